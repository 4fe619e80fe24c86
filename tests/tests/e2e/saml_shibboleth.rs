//! Shibboleth's service provider, as packaged by Debian, signs people in through the hub with signed requests and
//! encrypted assertions, by form and by artifact, and programs by ECP; it signs out of the hub by redirect and by
//! SOAP, and is told by both. What it takes of attributes is within the hub's own scope.

use clau_tests::support::ecp;
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Stores;
use clau_tests::support::process::free_port;
use clau_tests::support::saml_apache::Server;
use clau_tests::support::{saml_check, shibboleth};
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};

use crate::saml_scene::{
    BY_PASSWORD, BY_SEVERAL, BY_SMARTCARD, EMAIL, PERSISTENT, SamlHub, TRANSIENT, releasing,
    service,
};
use crate::scene::{PUPIL, TEACHER, assert_wants_a_password, shared_stores, wait_until_out};

struct Scene {
    hub: SamlHub,
    shibboleth: Server,
    entity_id: String,
    decryption_key: String,
}

async fn start(stores: Stores) -> Scene {
    let prepared = shibboleth::prepare(free_port());
    let services = [
        releasing(
            &["family_name", "given_name", "mail", "profile", "structures"],
            "shibboleth-sealed",
            prepared.metadata("sealed"),
            "name_id = \"persistent\"\nencrypt = \"required\"\nidp_initiated = true\necp = true",
        ),
        service(
            "shibboleth-artifact",
            prepared.metadata("artifact"),
            "key = \"ec\"",
        ),
    ];
    let hub = SamlHub::start(stores, &services).await;
    Scene {
        entity_id: prepared.entity_id("sealed"),
        decryption_key: prepared.decryption_key(),
        shibboleth: prepared.start(hub.hub.port()),
        hub,
    }
}

impl Scene {
    fn sealed(&self, page: &str) -> String {
        self.shibboleth.page("sealed", page)
    }

    fn artifact(&self, page: &str) -> String {
        self.shibboleth.page("artifact", page)
    }

    async fn sign_in(&self, visitor: &Visitor, url: &str, who: (&str, &str)) -> Value {
        let known = self.hub.sign_in(visitor, url, who).await.json();
        self.assert_known(&known);
        known
    }

    /// Opens a page as somebody who is signed in at the hub.
    async fn open(&self, visitor: &Visitor, url: &str) -> Value {
        let known = self.hub.open(visitor, url).await.json();
        self.assert_known(&known);
        known
    }

    fn assert_known(&self, known: &Value) {
        assert_eq!(
            known["signed_in"],
            true,
            "{known}\n{}",
            self.shibboleth.log()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_by_an_encrypted_assertion_and_is_told_by_the_browser() {
    let scene = start(shared_stores()).await;
    let visitor = Visitor::new();
    let page = scene.sealed("secure");
    let known = scene.sign_in(&visitor, &page, PUPIL).await;
    let hub = scene.hub.hub.url("/saml/metadata");
    assert_eq!(known["issuer"], hub, "{known}");
    assert_eq!(known["authn_context"], BY_PASSWORD, "{known}");
    assert!(known["session_index"].is_string(), "{known}");
    let name = &known["name_id"];
    assert_eq!(name["format"], PERSISTENT, "{known}");
    assert_eq!(name["name_qualifier"], hub, "{known}");
    assert_eq!(name["sp_name_qualifier"], scene.entity_id, "{known}");

    let attributes = &known["attributes"];
    assert_eq!(attributes["givenName"], json!(["Léa"]), "{known}");
    assert_eq!(attributes["sn"], json!(["Martin"]), "{known}");
    let mail = json!(["lea.martin@essais.example"]);
    assert_eq!(attributes["mail"], mail, "{known}");
    let affiliation = attributes["eduPersonAffiliation"].as_array();
    let affiliation = affiliation.unwrap_or_else(|| panic!("{known}"));
    assert!(affiliation.contains(&json!("student")), "{known}");
    let school = json!(["{UAI}0310999T"]);
    assert_eq!(attributes["supannEtablissement"], school, "{known}");
    // Shibboleth drops whatever has a scope that is not in the hub's metadata.
    let pairwise = attributes["pairwise-id"][0].as_str();
    let log = scene.shibboleth.log();
    assert!(
        pairwise.is_some_and(|id| id.contains('@')),
        "{known}\n{log}"
    );

    // Of the hub's answer others see nothing before it is opened, and then it is signed inside.
    let seen = scene.hub.seen();
    let answer = seen.last().expect("an answer");
    assert!(!answer.contains("Martin"), "{answer}");
    let opened = saml_check::decrypt(answer, &scene.decryption_key).expect("opened");
    assert!(opened.contains("Martin"), "{opened}");

    // The same person in another session has the same name.
    let other = Visitor::new();
    let again = scene.sign_in(&other, &page, PUPIL).await;
    assert_eq!(again["name_id"], *name);

    scene.hub.log_out(&visitor).await;
    wait_until_out(&visitor, &scene.sealed("session")).await;
    // That was one browser.
    let known = other.get(scene.sealed("session")).await.json();
    assert_eq!(known["signed_in"], true, "{known}");
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_for_nobody_to_be_asked_for_a_new_login_and_for_a_stronger_one() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    let refused = async |how: &str| {
        let url = scene.sealed(&format!("login?{how}"));
        scene.hub.open(&visitor, &url).await.body
    };
    let shown = refused("passive=1").await;
    assert!(shown.contains("NoPassive"), "{shown}");

    let login = scene.sealed("login");
    let known = scene.sign_in(&visitor, &login, PUPIL).await;
    // Now there is somebody, and nobody has to be asked.
    let again = scene.open(&visitor, &scene.sealed("login?passive=1")).await;
    assert_eq!(again["authn_instant"], known["authn_instant"], "{again}");
    // A login that is asked for anew is one.
    let anew = scene.sealed("login?force=1");
    let anew = scene.sign_in(&visitor, &anew, PUPIL).await;
    assert!(
        anew["authn_instant"].as_str() >= known["authn_instant"].as_str(),
        "{anew}"
    );
    assert_eq!(anew["name_id"], known["name_id"], "{anew}");

    for good in ["exact", "minimum", "maximum"] {
        let url = scene.sealed(&format!("login?context={BY_PASSWORD}&comparison={good}"));
        let known = scene.open(&visitor, &url).await;
        assert_eq!(known["authn_context"], BY_PASSWORD, "{good}: {known}");
    }
    for bad in [
        format!("context={BY_SEVERAL}&comparison=better"),
        format!("context={BY_SMARTCARD}"),
    ] {
        let shown = refused(&bad).await;
        assert!(shown.contains("NoAuthnContext"), "{bad}: {shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_called_as_it_asks() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    scene
        .sign_in(&visitor, &scene.sealed("secure"), TEACHER)
        .await;
    let mut transient = Vec::new();
    let url = scene.sealed("login?nameid=transient");
    for _ in 0..2 {
        let known = scene.open(&visitor, &url).await;
        assert_eq!(known["name_id"]["format"], TRANSIENT, "{known}");
        transient.push(known["name_id"]["value"].clone());
    }
    // The same in one session, so that a logout means both; another one in each.
    assert_eq!(transient[0], transient[1]);
    let other = scene.sign_in(&Visitor::new(), &url, TEACHER).await;
    assert_ne!(transient[0], other["name_id"]["value"], "{other}");
    let url = scene.sealed("login?nameid=emailAddress");
    let known = scene.open(&visitor, &url).await;
    assert_eq!(known["name_id"]["format"], EMAIL, "{known}");
    assert_eq!(known["name_id"]["value"], "claire.dufour@essais.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn fetches_answers_by_their_artifacts_and_is_told_by_soap() {
    let scene = start(shared_stores()).await;
    let visitor = Visitor::new();
    let page = scene.artifact("secure");
    let known = scene.sign_in(&visitor, &page, PUPIL).await;
    let attributes = &known["attributes"];
    assert_eq!(attributes["givenName"], json!(["Léa"]), "{known}");
    assert_eq!(known["name_id"]["format"], TRANSIENT, "{known}");
    assert_eq!(known["authn_context"], BY_PASSWORD, "{known}");
    // Nothing of this has passed through the browser.
    assert_eq!(scene.hub.seen(), Vec::<String>::new());
    // Another login, another artifact.
    scene.open(&visitor, &scene.artifact("login")).await;

    // A browser that loads nothing more.
    scene.hub.hub.log_out(&visitor).await;
    wait_until_out(&visitor, &scene.artifact("session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_here_signs_out_of_the_hub_and_of_the_others() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    scene
        .sign_in(&visitor, &scene.sealed("secure"), TEACHER)
        .await;
    scene.open(&visitor, &scene.artifact("secure")).await;

    let logout = scene.sealed("logout");
    let back = scene.hub.sign_out(&visitor, &logout).await;
    let log = scene.shibboleth.log();
    assert_eq!(back.url.as_str(), scene.sealed("session"), "{log}");
    assert_eq!(back.json()["signed_in"], false, "{}\n{log}", back.body);
    let seen = scene.hub.seen();
    let answer = seen.last().expect("an answer");
    assert!(answer.contains("LogoutResponse"), "{answer}");
    assert!(answer.contains("status:Success"), "{answer}");
    assert!(!answer.contains("PartialLogout"), "{answer}");
    assert_wants_a_password(&scene.hub.hub, &visitor).await;
    wait_until_out(&visitor, &scene.artifact("session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_by_soap_signs_out_of_the_hub() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    scene
        .sign_in(&visitor, &scene.artifact("secure"), TEACHER)
        .await;
    // The browser does not see the hub in between.
    let back = visitor.follow_within(scene.artifact("logout")).await;
    let log = scene.shibboleth.log();
    let session = scene.artifact("session");
    assert_eq!(back.url.as_str(), session, "{}\n{log}", back.text());
    assert_eq!(back.json()["signed_in"], false, "{}", back.body);
    assert_wants_a_password(&scene.hub.hub, &visitor).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_a_login_that_begins_at_the_hub() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    scene.hub.hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    let target = scene.sealed("session");
    let query = [
        ("providerId", scene.entity_id.as_str()),
        ("target", target.as_str()),
    ];
    let url = Url::parse_with_params(&scene.hub.hub.url("/saml/unsolicited"), query);
    let known = scene
        .open(&visitor, url.expect("an address").as_str())
        .await;
    let given_name = &known["attributes"]["givenName"];
    assert_eq!(*given_name, json!(["Léa"]), "{known}");
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_sign_in_too() {
    let scene = start(Stores::Embedded).await;
    let program = Visitor::new();
    let page = scene.sealed("secure");
    let sso = scene.hub.hub.url("/saml/sso");
    let asked = ecp::ask(&program, &page).await;
    let refused = ecp::sign_in(&sso, &asked, (PUPIL.0, "un-autre-mot")).await;
    assert!(!refused.body.contains("Assertion>"), "{}", refused.body);

    // Another request: the hub takes each once.
    let asked = ecp::ask(&program, &page).await;
    let answer = ecp::sign_in(&sso, &asked, PUPIL).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let shown = ecp::bring(&program, &asked, &answer.body).await;
    let known = program.follow_on_within(shown).await.json();
    scene.assert_known(&known);
    assert_eq!(known["attributes"]["sn"], json!(["Martin"]), "{known}");
}

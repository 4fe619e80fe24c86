//! pysaml2 signs people in through the hub with signed requests and encrypted assertions, is told of logouts by
//! the browser and by SOAP, and signs out of the hub by each way that there is.

use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Stores;
use clau_tests::support::process::free_port;
use clau_tests::support::saml_sp::Application;
use clau_tests::support::{pysaml2, saml_check};
use serde_json::{Value, json};

use crate::saml_scene::{
    AFFILIATION, BY_PASSWORD, BY_SEVERAL, BY_SMARTCARD, EMAIL, FAMILY_NAME, GIVEN_NAME, MAIL,
    PERSISTENT, SamlHub, TRANSIENT, service,
};
use crate::scene::{PUPIL, TEACHER, assert_wants_a_password, shared_stores, wait_until_out};

struct Scene {
    hub: SamlHub,
    pysaml2: Application,
    port: u16,
    decryption_key: String,
}

async fn start(stores: Stores) -> Scene {
    let port = free_port();
    let prepared = pysaml2::prepare(port);
    let services = [
        service(
            "pysaml2-sealed",
            prepared.metadata("sealed"),
            "name_id = \"persistent\"\nencrypt = \"required\"",
        ),
        // Not its `soap`: what comes in an envelope pysaml2 writes anew before it verifies it, with prefixes that
        // depend on what it has done before.
        service("pysaml2-plain", prepared.metadata("plain"), "key = \"ec\""),
    ];
    let hub = SamlHub::start(stores, &services).await;
    let decryption_key = prepared.decryption_key();
    Scene {
        pysaml2: prepared.start(hub.hub.port()),
        hub,
        port,
        decryption_key,
    }
}

impl Scene {
    fn sealed(&self, page: &str) -> String {
        self.pysaml2.page("sealed", page)
    }

    fn plain(&self, page: &str) -> String {
        self.pysaml2.page("plain", page)
    }

    async fn sign_in(&self, visitor: &Visitor, url: &str, who: (&str, &str)) -> Value {
        let known = self.hub.sign_in(visitor, url, who).await.json();
        assert_eq!(known["signed_in"], true, "{known}\n{}", self.pysaml2.log());
        known
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_by_an_encrypted_assertion_and_is_told_by_the_browser() {
    let scene = start(shared_stores()).await;
    let visitor = Visitor::new();
    let login = scene.sealed("login?relay=cahier");
    let known = scene.sign_in(&visitor, &login, PUPIL).await;
    assert_eq!(known["encrypted"], true, "{known}");
    assert_eq!(known["relay_state"], "cahier", "{known}");
    assert_eq!(known["authn_context"], BY_PASSWORD, "{known}");
    assert!(known["session_index"].is_string(), "{known}");
    assert!(known["session_not_on_or_after"].is_string(), "{known}");
    let attributes = &known["attributes"];
    assert_eq!(attributes[GIVEN_NAME], json!(["Léa"]), "{known}");
    assert_eq!(attributes[FAMILY_NAME], json!(["Martin"]), "{known}");
    assert_eq!(attributes[MAIL], json!(["lea.martin@essais.example"]));
    let affiliation = attributes[AFFILIATION].as_array().expect("values");
    assert!(affiliation.contains(&json!("student")), "{known}");
    // As pysaml2's own maps call it.
    assert_eq!(known["identity"]["givenName"], json!(["Léa"]), "{known}");

    // Of the hub's answer others see nothing before it is opened, and then it is signed inside.
    let seen = scene.hub.seen();
    let answer = seen.last().expect("an answer");
    assert!(!answer.contains("Martin"), "{answer}");
    let opened = saml_check::decrypt(answer, &scene.decryption_key).expect("opened");
    let from = opened.find("<saml:Assertion").expect("an assertion");
    let to = opened.find("</saml:Assertion>").expect("its end") + "</saml:Assertion>".len();
    assert_eq!(scene.hub.accept(&opened[from..to]), 1, "{opened}");

    scene.hub.log_out(&visitor).await;
    wait_until_out(&visitor, &scene.sealed("session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_called_as_it_asks() {
    let scene = start(Stores::Embedded).await;
    let (first, second) = (Visitor::new(), Visitor::new());
    let persistent = scene.sign_in(&first, &scene.sealed("login"), PUPIL).await;
    let name = &persistent["name_id"];
    assert_eq!(name["format"], PERSISTENT, "{persistent}");
    let entity_id = format!("https://localhost:{}/sealed/metadata", scene.port);
    assert_eq!(name["sp_name_qualifier"], entity_id, "{persistent}");
    // The same in another session, and another for another service.
    let again = scene.sign_in(&second, &scene.sealed("login"), PUPIL).await;
    assert_eq!(again["name_id"], *name);
    let login = scene.plain("login?nameid=persistent");
    let elsewhere = scene.hub.open(&first, &login).await.json();
    assert_eq!(elsewhere["name_id"]["format"], PERSISTENT, "{elsewhere}");
    assert_ne!(elsewhere["name_id"]["value"], name["value"]);

    // A transient one is another each time.
    let login = scene.sealed("login?nameid=transient");
    let mut values = Vec::new();
    for visitor in [&first, &second] {
        let known = scene.hub.open(visitor, &login).await.json();
        assert_eq!(known["name_id"]["format"], TRANSIENT, "{known}");
        values.push(known["name_id"]["value"].clone());
    }
    assert_ne!(values[0], values[1]);

    let login = scene.sealed("login?nameid=emailAddress");
    let known = scene.hub.open(&first, &login).await.json();
    assert_eq!(known["name_id"]["format"], EMAIL, "{known}");
    assert_eq!(known["name_id"]["value"], "lea.martin@essais.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_for_nobody_to_be_asked_for_a_new_login_and_for_a_stronger_one() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    let refused = async |how: &str| {
        let url = scene.sealed(&format!("login?{how}"));
        let answer = scene.hub.open(&visitor, &url).await.json();
        assert_eq!(answer["signed_in"], false, "{how}: {answer}");
        (answer["error"].clone(), answer["status"].clone())
    };
    let (error, status) = refused("passive=1").await;
    assert_eq!(error, "StatusNoPassive", "{status}");
    assert_eq!(status[1], "NoPassive");

    // By form, too.
    let login = scene.sealed("login?binding=post");
    let known = scene.sign_in(&visitor, &login, PUPIL).await;
    // Now there is somebody, and nobody has to be asked.
    let again = scene
        .hub
        .open(&visitor, &scene.sealed("login?passive=1"))
        .await
        .json();
    assert_eq!(again["name_id"], known["name_id"], "{again}");
    assert_eq!(again["authn_instant"], known["authn_instant"], "{again}");

    // A login that is asked for anew is one.
    let anew = scene
        .sign_in(&visitor, &scene.sealed("login?force=1"), PUPIL)
        .await;
    assert!(
        anew["authn_instant"].as_str() >= known["authn_instant"].as_str(),
        "{anew}"
    );

    for good in ["exact", "minimum", "maximum"] {
        let url = scene.sealed(&format!("login?context={BY_PASSWORD}&comparison={good}"));
        let known = scene.hub.open(&visitor, &url).await.json();
        assert_eq!(known["authn_context"], BY_PASSWORD, "{good}: {known}");
    }
    for bad in [
        format!("context={BY_SEVERAL}&comparison=better"),
        format!("context={BY_SMARTCARD}"),
    ] {
        let (error, status) = refused(&bad).await;
        assert_eq!(error, "StatusNoAuthnContext", "{bad}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_here_signs_out_of_the_hub_and_of_the_others() {
    let scene = start(Stores::Embedded).await;
    for binding in ["redirect", "post"] {
        let visitor = Visitor::new();
        let known = scene
            .sign_in(&visitor, &scene.sealed("login"), TEACHER)
            .await;
        assert_eq!(
            known["attributes"][GIVEN_NAME],
            json!(["Claire"]),
            "{known}"
        );
        // No second login at the other one, whose answers the other key signs.
        let other = scene.hub.open(&visitor, &scene.plain("login")).await.json();
        assert_eq!(
            other["attributes"][GIVEN_NAME],
            json!(["Claire"]),
            "{other}"
        );
        assert_eq!(other["encrypted"], false, "{other}");

        let logout = scene.sealed(&format!("logout?binding={binding}"));
        let answer = scene.hub.sign_out(&visitor, &logout).await;
        let ended = answer.json();
        assert_eq!(
            ended["signed_in"],
            false,
            "{binding}: {ended}\n{}",
            scene.pysaml2.log()
        );
        assert_eq!(
            ended["logout"],
            json!(["Success"]),
            "{binding}: {ended}\n{}",
            scene.pysaml2.log()
        );
        assert_wants_a_password(&scene.hub.hub, &visitor).await;
        wait_until_out(&visitor, &scene.plain("session")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn is_told_by_the_browser_when_a_person_signs_out_at_the_hub() {
    let scene = start(shared_stores()).await;
    let visitor = Visitor::new();
    scene.sign_in(&visitor, &scene.plain("login"), PUPIL).await;
    scene.hub.log_out(&visitor).await;
    wait_until_out(&visitor, &scene.plain("session")).await;
}

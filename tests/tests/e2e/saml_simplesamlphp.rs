//! SimpleSAMLphp, as packaged by Debian, signs people in through the hub with signed requests, by assertions that
//! are encrypted and by such that are not; it signs out of the hub by redirect, and is told by redirect and by
//! form.

use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Stores;
use clau_tests::support::process::free_port;
use clau_tests::support::saml_apache::Server;
use clau_tests::support::simplesamlphp;
use serde_json::{Value, json};

use crate::saml_scene::{
    AFFILIATION, BY_PASSWORD, BY_SEVERAL, BY_SMARTCARD, EMAIL, FAMILY_NAME, GIVEN_NAME, MAIL,
    PERSISTENT, SamlHub, TRANSIENT, service,
};
use crate::scene::{PUPIL, TEACHER, assert_wants_a_password, shared_stores, wait_until_out};

struct Scene {
    hub: SamlHub,
    simplesamlphp: Server,
    entity_id: String,
}

async fn start(stores: Stores) -> Scene {
    let prepared = simplesamlphp::prepare(free_port());
    let services = [
        service(
            "simplesamlphp-sealed",
            prepared.metadata("sealed"),
            "encrypt = \"required\"",
        ),
        service(
            "simplesamlphp-open",
            prepared.metadata("open"),
            "sign = \"assertion\"",
        ),
    ];
    let hub = SamlHub::start(stores, &services).await;
    Scene {
        entity_id: prepared.entity_id("sealed"),
        simplesamlphp: prepared.start(hub.hub.port()),
        hub,
    }
}

impl Scene {
    fn sealed(&self, page: &str) -> String {
        self.simplesamlphp.page("sealed", page)
    }

    fn open_page(&self, page: &str) -> String {
        self.simplesamlphp.page("open", page)
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
        let log = self.simplesamlphp.log();
        assert_eq!(known["signed_in"], true, "{known}\n{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_by_an_encrypted_assertion_and_is_told_by_the_browser() {
    let scene = start(shared_stores()).await;
    let visitor = Visitor::new();
    let known = scene
        .sign_in(&visitor, &scene.sealed("secure"), PUPIL)
        .await;
    let hub = scene.hub.hub.url("/saml/metadata");
    assert_eq!(known["issuer"], hub, "{known}");
    assert_eq!(known["authn_context"], BY_PASSWORD, "{known}");
    assert!(known["session_index"].is_string(), "{known}");
    let name = &known["name_id"];
    assert_eq!(name["format"], PERSISTENT, "{known}");
    assert_eq!(name["name_qualifier"], hub, "{known}");
    assert_eq!(name["sp_name_qualifier"], scene.entity_id, "{known}");

    let attributes = &known["attributes"];
    assert_eq!(attributes[GIVEN_NAME], json!(["Léa"]), "{known}");
    assert_eq!(attributes[FAMILY_NAME], json!(["Martin"]), "{known}");
    let mail = json!(["lea.martin@essais.example"]);
    assert_eq!(attributes[MAIL], mail, "{known}");
    let affiliation = attributes[AFFILIATION].as_array();
    let affiliation = affiliation.unwrap_or_else(|| panic!("{known}"));
    assert!(affiliation.contains(&json!("student")), "{known}");
    let seen = scene.hub.seen();
    let answer = seen.last().expect("an answer");
    assert!(answer.contains("EncryptedAssertion"), "{answer}");
    assert!(!answer.contains("Martin"), "{answer}");

    // The other one asks for no encryption and gets another name.
    let other = scene.open(&visitor, &scene.open_page("secure")).await;
    assert_eq!(other["name_id"]["format"], TRANSIENT, "{other}");
    assert_ne!(other["name_id"]["value"], name["value"], "{other}");
    let seen = scene.hub.seen();
    let answer = seen.last().expect("an answer");
    assert!(answer.contains("Martin"), "{answer}");

    // One is told by redirect, the other by form.
    scene.hub.log_out(&visitor).await;
    wait_until_out(&visitor, &scene.sealed("session")).await;
    wait_until_out(&visitor, &scene.open_page("session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_for_nobody_to_be_asked_for_a_new_login_and_for_a_stronger_one() {
    let scene = start(Stores::Embedded).await;
    let refused = async |visitor: &Visitor, how: &str| {
        let url = scene.sealed(&format!("login?{how}"));
        let answer = scene.hub.open(visitor, &url).await.json();
        assert_eq!(answer["signed_in"], false, "{how}: {answer}");
        answer["error"]["message"].to_string()
    };
    let reason = refused(&Visitor::new(), "passive=1").await;
    assert!(reason.contains("NoPassive"), "{reason}");
    // Somebody is at the hub, and not here yet.
    let visitor = Visitor::new();
    scene.hub.hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    for bad in [
        format!("context={BY_SEVERAL}&comparison=better"),
        format!("context={BY_SMARTCARD}"),
    ] {
        let reason = refused(&visitor, &bad).await;
        assert!(reason.contains("NoAuthnContext"), "{bad}: {reason}");
    }

    let known = scene.open(&visitor, &scene.sealed("login")).await;
    for good in ["exact", "minimum", "maximum"] {
        let how = format!("login?passive=1&context={BY_PASSWORD}&comparison={good}");
        let again = scene.open(&visitor, &scene.sealed(&how)).await;
        assert_eq!(again["authn_context"], BY_PASSWORD, "{good}: {again}");
    }
    // A login that is asked for anew is one.
    let anew = scene.sealed("login?force=1");
    let anew = scene.sign_in(&visitor, &anew, PUPIL).await;
    assert_eq!(anew["name_id"], known["name_id"], "{anew}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_called_as_it_asks() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    scene
        .sign_in(&visitor, &scene.sealed("secure"), TEACHER)
        .await;
    for (wanted, format) in [("transient", TRANSIENT), ("emailAddress", EMAIL)] {
        let url = scene.sealed(&format!("login?nameid={wanted}"));
        let known = scene.open(&visitor, &url).await;
        assert_eq!(known["name_id"]["format"], format, "{known}");
    }
    let known = visitor.get(scene.sealed("session")).await.json();
    assert_eq!(known["name_id"]["value"], "claire.dufour@essais.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_here_signs_out_of_the_hub() {
    let scene = start(Stores::Embedded).await;
    for provider in ["sealed", "open"] {
        let visitor = Visitor::new();
        let page = |page| scene.simplesamlphp.page(provider, page);
        scene.sign_in(&visitor, &page("secure"), TEACHER).await;
        let back = scene.hub.sign_out(&visitor, &page("logout")).await;
        let log = scene.simplesamlphp.log();
        assert_eq!(back.url.path(), format!("/{provider}/session"), "{log}");
        let ended = back.json();
        assert_eq!(ended["signed_in"], false, "{ended}\n{log}");
        let success = json!(["urn:oasis:names:tc:SAML:2.0:status:Success"]);
        assert_eq!(ended["logout"], success, "{ended}\n{log}");
        assert_wants_a_password(&scene.hub.hub, &visitor).await;
    }
}

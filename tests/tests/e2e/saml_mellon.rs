//! Apache's mod_auth_mellon, as packaged by Debian, signs people in through the hub with signed requests, by an
//! encrypted assertion in a form and by artifact; it signs out of the hub by redirect, and is told by redirect
//! and by SOAP.

use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Stores;
use clau_tests::support::mellon;
use clau_tests::support::process::free_port;
use clau_tests::support::saml_apache::Server;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::saml_scene::{BY_PASSWORD, PERSISTENT, SamlHub, TRANSIENT, service};
use crate::scene::{PUPIL, TEACHER, assert_wants_a_password, shared_stores, wait_until_out};

struct Scene {
    hub: SamlHub,
    mellon: Server,
    entity_id: String,
}

async fn start(stores: Stores) -> Scene {
    let prepared = mellon::prepare(free_port());
    let services = [
        service(
            "mellon-sealed",
            prepared.metadata("sealed"),
            "encrypt = \"required\"",
        ),
        service("mellon-artifact", prepared.metadata("artifact"), ""),
    ];
    let hub = SamlHub::start(stores, &services).await;
    Scene {
        entity_id: prepared.entity_id("sealed"),
        mellon: prepared.start(hub.hub.port()),
        hub,
    }
}

impl Scene {
    fn sealed(&self, page: &str) -> String {
        self.mellon.page("sealed", page)
    }

    fn artifact(&self, page: &str) -> String {
        self.mellon.page("artifact", page)
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
        assert_eq!(known["signed_in"], true, "{known}\n{}", self.mellon.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_by_an_encrypted_assertion_and_is_told_by_the_browser() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    let known = scene
        .sign_in(&visitor, &scene.sealed("secure"), PUPIL)
        .await;
    let hub = scene.hub.hub.url("/saml/metadata");
    assert_eq!(known["issuer"], hub, "{known}");
    assert_eq!(known["authn_context"], BY_PASSWORD, "{known}");
    assert!(known["session_index"].is_string(), "{known}");
    // It asks for the first format of its metadata.
    let name = &known["name_id"];
    assert_eq!(name["format"], PERSISTENT, "{known}");
    assert_eq!(name["name_qualifier"], hub, "{known}");
    assert_eq!(name["sp_name_qualifier"], scene.entity_id, "{known}");
    assert_eq!(known["user"], name["value"], "{known}");

    let attributes = &known["attributes"];
    assert_eq!(attributes["givenName"], json!(["Léa"]), "{known}");
    assert_eq!(attributes["sn"], json!(["Martin"]), "{known}");
    let mail = json!(["lea.martin@essais.example"]);
    assert_eq!(attributes["mail"], mail, "{known}");
    let affiliation = attributes["eduPersonAffiliation"].as_array();
    let affiliation = affiliation.unwrap_or_else(|| panic!("{known}"));
    assert!(affiliation.contains(&json!("student")), "{known}");
    let seen = scene.hub.seen();
    let answer = seen.last().expect("an answer");
    assert!(answer.contains("EncryptedAssertion"), "{answer}");
    assert!(!answer.contains("Martin"), "{answer}");

    scene.hub.log_out(&visitor).await;
    wait_until_out(&visitor, &scene.sealed("session")).await;
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
    // Nothing of this has passed through the browser.
    assert_eq!(scene.hub.seen(), Vec::<String>::new());

    // A browser that loads nothing more.
    scene.hub.hub.log_out(&visitor).await;
    wait_until_out(&visitor, &scene.artifact("session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_for_nobody_to_be_asked() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    let passive = scene.sealed("login?passive=1");
    let refused = scene.hub.open(&visitor, &passive).await;
    let log = scene.mellon.log();
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{log}");
    assert!(log.contains("NoPassive"), "{log}");

    let known = scene
        .sign_in(&visitor, &scene.sealed("login"), TEACHER)
        .await;
    let again = scene.open(&visitor, &passive).await;
    assert_eq!(again["name_id"], known["name_id"], "{again}");
    assert_eq!(again["authn_instant"], known["authn_instant"], "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_here_signs_out_of_the_hub_and_of_the_others() {
    let scene = start(shared_stores()).await;
    let visitor = Visitor::new();
    scene
        .sign_in(&visitor, &scene.sealed("secure"), TEACHER)
        .await;
    scene.open(&visitor, &scene.artifact("secure")).await;

    let logout = scene.sealed("logout");
    let back = scene.hub.sign_out(&visitor, &logout).await;
    let log = scene.mellon.log();
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

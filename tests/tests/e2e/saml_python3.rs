//! python3-saml, strict in everything, signs people in through the hub: without encryption, with encrypted
//! assertions, and with nothing encrypted but the name. Logouts go by redirect, from either side.

use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Stores;
use clau_tests::support::process::free_port;
use clau_tests::support::saml_sp::Application;
use clau_tests::support::{pysaml2, python3_saml};
use serde_json::{Value, json};

use crate::saml_scene::{
    BY_PASSWORD, BY_SEVERAL, BY_SMARTCARD, EMAIL, FAMILY_NAME, GIVEN_NAME, MAIL, PERSISTENT,
    SamlHub, TRANSIENT, service, shared,
};
use crate::scene::{PUPIL, TEACHER, assert_wants_a_password, shared_stores, wait_until_out};

struct Scene {
    hub: SamlHub,
    python3_saml: Application,
}

async fn start(stores: Stores) -> Scene {
    let prepared = python3_saml::prepare(free_port());
    let services = [
        service("python3-saml-open", prepared.metadata("open"), ""),
        // It verifies redirects by RSA alone.
        service("python3-saml-sealed", prepared.metadata("sealed"), ""),
        service(
            "python3-saml-name",
            prepared.metadata("name"),
            "encrypt = \"name_id\"",
        ),
    ];
    let hub = SamlHub::start(stores, &services).await;
    Scene {
        python3_saml: prepared.start(hub.hub.port()),
        hub,
    }
}

impl Scene {
    fn page(&self, provider: &str, page: &str) -> String {
        self.python3_saml.page(provider, page)
    }

    async fn sign_in(&self, visitor: &Visitor, url: &str, who: (&str, &str)) -> Value {
        let known = self.hub.sign_in(visitor, url, who).await.json();
        assert_eq!(
            known["signed_in"],
            true,
            "{known}\n{}",
            self.python3_saml.log()
        );
        known
    }

    /// Opens a page as somebody who is signed in at the hub.
    async fn open(&self, visitor: &Visitor, url: &str) -> Value {
        let known = self.hub.open(visitor, url).await.json();
        assert_eq!(
            known["signed_in"],
            true,
            "{known}\n{}",
            self.python3_saml.log()
        );
        known
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_with_everything_nothing_and_the_name_alone_encrypted() {
    let scene = start(shared_stores()).await;
    let visitor = Visitor::new();
    let login = scene.page("open", "login?relay=cahier+de+L%C3%A9a");
    let open = scene.sign_in(&visitor, &login, PUPIL).await;
    assert_eq!(open["encrypted"], false, "{open}");
    assert_eq!(open["relay_state"], "cahier de Léa", "{open}");
    assert_eq!(open["authn_context"], BY_PASSWORD, "{open}");
    assert!(open["session_not_on_or_after"].is_number(), "{open}");
    // The hub's own choice, where it asks for no certain one.
    assert_eq!(open["name_id"]["format"], TRANSIENT, "{open}");
    let attributes = &open["attributes"];
    assert_eq!(attributes[GIVEN_NAME], json!(["Léa"]), "{open}");
    assert_eq!(attributes[FAMILY_NAME], json!(["Martin"]), "{open}");
    assert_eq!(attributes[MAIL], json!(["lea.martin@essais.example"]));
    assert_eq!(open["friendly"]["givenName"], json!(["Léa"]), "{open}");

    let sealed = scene.open(&visitor, &scene.page("sealed", "login")).await;
    assert_eq!(sealed["encrypted"], true, "{sealed}");
    assert_eq!(shared(&sealed["attributes"]), shared(&open["attributes"]));
    assert_ne!(sealed["attributes"], open["attributes"]);
    assert_ne!(sealed["name_id"]["value"], open["name_id"]["value"]);

    let name = scene.open(&visitor, &scene.page("name", "login")).await;
    assert_eq!(name["encrypted"], false, "{name}");
    assert_eq!(name["name_encrypted"], true, "{name}");
    assert_eq!(name["attributes"][GIVEN_NAME], json!(["Léa"]), "{name}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_called_as_it_asks() {
    let scene = start(Stores::Embedded).await;
    let (first, second) = (Visitor::new(), Visitor::new());
    let login = scene.page("sealed", "login?nameid=persistent");
    let known = scene.sign_in(&first, &login, PUPIL).await;
    assert_eq!(known["name_id"]["format"], PERSISTENT, "{known}");
    let again = scene.sign_in(&second, &login, PUPIL).await;
    assert_eq!(again["name_id"], known["name_id"]);
    let login = scene.page("open", "login?nameid=persistent");
    let elsewhere = scene.open(&first, &login).await;
    assert_ne!(elsewhere["name_id"]["value"], known["name_id"]["value"]);
    let login = scene.page("open", "login?nameid=emailAddress");
    let known = scene.open(&first, &login).await;
    assert_eq!(known["name_id"]["format"], EMAIL, "{known}");
    assert_eq!(known["name_id"]["value"], "lea.martin@essais.example");
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_for_nobody_to_be_asked_for_a_new_login_and_for_a_stronger_one() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    let refused = async |how: &str| {
        let url = scene.page("open", &format!("login?{how}"));
        let answer = scene.hub.open(&visitor, &url).await.json();
        assert_eq!(answer["signed_in"], false, "{how}: {answer}");
        answer["status"].clone()
    };
    let status = refused("passive=1").await;
    assert_eq!(status[1], "NoPassive", "{status}");

    let known = scene
        .sign_in(&visitor, &scene.page("open", "login"), PUPIL)
        .await;
    let again = scene
        .open(&visitor, &scene.page("open", "login?passive=1"))
        .await;
    assert_eq!(again["authn_instant"], known["authn_instant"], "{again}");
    let login = scene.page("open", "login?force=1");
    let anew = scene.sign_in(&visitor, &login, PUPIL).await;
    assert!(
        anew["authn_instant"].as_str() >= known["authn_instant"].as_str(),
        "{anew}"
    );

    let exactly = scene.page("open", &format!("login?context={BY_PASSWORD}"));
    let known = scene.open(&visitor, &exactly).await;
    assert_eq!(known["authn_context"], BY_PASSWORD, "{known}");
    for bad in [
        format!("context={BY_SEVERAL}&comparison=better"),
        format!("context={BY_SMARTCARD}"),
    ] {
        let status = refused(&bad).await;
        assert_eq!(status[1], "NoAuthnContext", "{bad}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logouts_go_by_redirect_from_either_side() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    // Here: the hub answers, and has told the others before.
    scene
        .sign_in(&visitor, &scene.page("open", "login"), TEACHER)
        .await;
    for provider in ["sealed", "name"] {
        scene.open(&visitor, &scene.page(provider, "login")).await;
    }
    let logout = scene.page("open", "logout?relay=retour");
    let ended = scene.hub.sign_out(&visitor, &logout).await.json();
    assert_eq!(
        ended["signed_in"],
        false,
        "{ended}\n{}",
        scene.python3_saml.log()
    );
    let log = scene.python3_saml.log();
    assert_eq!(ended["logout"], json!(["Success"]), "{ended}\n{log}");
    assert_wants_a_password(&scene.hub.hub, &visitor).await;
    for provider in ["sealed", "name"] {
        wait_until_out(&visitor, &scene.page(provider, "session")).await;
    }

    // At the hub.
    scene
        .sign_in(&visitor, &scene.page("sealed", "login"), TEACHER)
        .await;
    scene.hub.log_out(&visitor).await;
    wait_until_out(&visitor, &scene.page("sealed", "session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_cannot_be_told_makes_a_logout_partial() {
    let prepared = python3_saml::prepare(free_port());
    let silent = pysaml2::prepare(free_port());
    let services = [
        service("python3-saml-open", prepared.metadata("open"), ""),
        service("pysaml2-soap", silent.metadata("soap"), ""),
    ];
    let hub = SamlHub::start(Stores::Embedded, &services).await;
    let python3_saml = prepared.start(hub.hub.port());
    let silent = silent.start(hub.hub.port());
    let visitor = Visitor::new();
    let login = python3_saml.page("open", "login");
    let known = hub.sign_in(&visitor, &login, PUPIL).await.json();
    assert_eq!(known["signed_in"], true, "{known}");
    let other = hub
        .open(&visitor, &silent.page("soap", "login"))
        .await
        .json();
    assert_eq!(other["signed_in"], true, "{other}");

    drop(silent);
    let logout = python3_saml.page("open", "logout");
    let ended = hub.sign_out(&visitor, &logout).await.json();
    assert_eq!(ended["signed_in"], false, "{ended}\n{}", python3_saml.log());
    assert_eq!(ended["logout"][1], "PartialLogout", "{ended}");
    // What could be ended is.
    assert_wants_a_password(&hub.hub, &visitor).await;
}

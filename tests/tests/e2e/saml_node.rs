//! node-saml on Node signs people in through the hub, with encrypted assertions and without, asks by redirect
//! and by form, and is told of logouts by forms that the browser brings.

use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Stores;
use clau_tests::support::node_saml;
use clau_tests::support::process::free_port;
use clau_tests::support::saml_sp::Application;
use serde_json::{Value, json};

use crate::saml_scene::{
    BY_PASSWORD, BY_SMARTCARD, EMAIL, FAMILY_NAME, GIVEN_NAME, PERSISTENT, SamlHub, TRANSIENT,
    service, shared,
};
use crate::scene::{PUPIL, TEACHER, assert_wants_a_password, shared_stores, wait_until_out};

struct Scene {
    hub: SamlHub,
    node_saml: Application,
}

async fn start(stores: Stores) -> Scene {
    let prepared = node_saml::prepare(free_port());
    let services = [
        service("node-saml-open", prepared.metadata("open"), ""),
        service(
            "node-saml-sealed",
            prepared.metadata("sealed"),
            "name_id = \"persistent\"",
        ),
    ];
    let hub = SamlHub::start(stores, &services).await;
    Scene {
        node_saml: prepared.start(hub.hub.port()),
        hub,
    }
}

impl Scene {
    fn page(&self, provider: &str, page: &str) -> String {
        self.node_saml.page(provider, page)
    }

    async fn sign_in(&self, visitor: &Visitor, url: &str, who: (&str, &str)) -> Value {
        let known = self.hub.sign_in(visitor, url, who).await.json();
        assert_eq!(
            known["signed_in"],
            true,
            "{known}\n{}",
            self.node_saml.log()
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
            self.node_saml.log()
        );
        known
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_with_and_without_encryption() {
    let scene = start(shared_stores()).await;
    let visitor = Visitor::new();
    let login = scene.page("sealed", "login?binding=post&relay=cahier");
    let sealed = scene.sign_in(&visitor, &login, PUPIL).await;
    assert_eq!(sealed["encrypted"], true, "{sealed}");
    assert_eq!(sealed["relay_state"], "cahier", "{sealed}");
    assert_eq!(sealed["name_id"]["format"], PERSISTENT, "{sealed}");
    assert_eq!(sealed["authn_context"], BY_PASSWORD, "{sealed}");
    assert_eq!(sealed["attributes"][GIVEN_NAME], json!(["Léa"]), "{sealed}");
    assert_eq!(
        sealed["attributes"][FAMILY_NAME],
        json!(["Martin"]),
        "{sealed}"
    );

    let open = scene.open(&visitor, &scene.page("open", "login")).await;
    assert_eq!(open["encrypted"], false, "{open}");
    assert_eq!(open["name_id"]["format"], TRANSIENT, "{open}");
    assert_eq!(shared(&open["attributes"]), shared(&sealed["attributes"]));
    assert_ne!(open["attributes"], sealed["attributes"]);

    let login = scene.page("open", "login?nameid=emailAddress");
    let known = scene.open(&visitor, &login).await;
    assert_eq!(known["name_id"]["format"], EMAIL, "{known}");
    assert_eq!(known["name_id"]["value"], "lea.martin@essais.example");
    let login = scene.page("open", "login?nameid=persistent");
    let known = scene.open(&visitor, &login).await;
    assert_ne!(known["name_id"]["value"], sealed["name_id"]["value"]);
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
    // The one refusal that node-saml takes for an answer, and only if it is spelled like this.
    let status = refused("passive=1").await;
    assert_eq!(status, json!(["Responder", "NoPassive"]));

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
    let minimum = format!("login?context={BY_PASSWORD}&comparison=minimum");
    let known = scene.open(&visitor, &scene.page("open", &minimum)).await;
    assert_eq!(known["authn_context"], BY_PASSWORD, "{known}");
    let status = refused(&format!("context={BY_SMARTCARD}")).await;
    assert_eq!(status[1], "NoAuthnContext", "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logouts_come_by_form_from_either_side() {
    let scene = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    scene
        .sign_in(&visitor, &scene.page("open", "login"), TEACHER)
        .await;
    scene.open(&visitor, &scene.page("sealed", "login")).await;
    let logout = scene.page("open", "logout?relay=retour");
    let ended = scene.hub.sign_out(&visitor, &logout).await.json();
    assert_eq!(
        ended["signed_in"],
        false,
        "{ended}\n{}",
        scene.node_saml.log()
    );
    assert_eq!(ended["logout"], json!(["Success"]), "{ended}");
    assert_eq!(ended["relay_state"], "retour", "{ended}");
    assert_wants_a_password(&scene.hub.hub, &visitor).await;
    wait_until_out(&visitor, &scene.page("sealed", "session")).await;

    scene
        .sign_in(&visitor, &scene.page("sealed", "login"), TEACHER)
        .await;
    scene.hub.log_out(&visitor).await;
    wait_until_out(&visitor, &scene.page("sealed", "session")).await;
}

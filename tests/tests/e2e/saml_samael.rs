//! samael, over xmlsec, reads what the hub says: signed requests by redirect, answers by form, in clear and
//! encrypted, by either key. It has no server, so the test looks at the hub's form instead of sending it.

use clau_tests::support::form::Form;
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Stores;
use clau_tests::support::samael::{ACS, Asked, Learnt, Samael, Wishes};
use reqwest::StatusCode;

use crate::saml_scene::{BY_PASSWORD, EMAIL, PERSISTENT, SamlHub, TRANSIENT, service};
use crate::scene::PUPIL;

struct Scene {
    hub: SamlHub,
    samael: Samael,
    metadata: String,
}

async fn start(encrypted: bool, settings: &str) -> Scene {
    let samael = Samael::new();
    let own = if encrypted {
        samael.metadata_with_encryption()
    } else {
        samael.metadata()
    };
    // It takes no answer with a value that is an element, as eduPersonTargetedID is among `supann`.
    let settings = format!("attributes = \"sdet\"\n{settings}");
    let services = [service("samael", &own, &settings)];
    let hub = SamlHub::start(Stores::Embedded, &services).await;
    let metadata = Visitor::new().get(hub.hub.url("/saml/metadata")).await.body;
    Scene {
        hub,
        samael,
        metadata,
    }
}

impl Scene {
    fn ask(&self, wishes: Wishes<'_>) -> Asked {
        self.samael.ask(&self.metadata, "cahier", wishes)
    }

    /// The form with which the hub answers a visitor who signs in.
    async fn sign_in(&self, visitor: &Visitor, asked: &Asked) -> Form {
        let (username, password) = PUPIL;
        let hub = &self.hub.hub;
        let answer = hub.log_in_at(visitor, &asked.url, username, password).await;
        let answer = visitor.follow_on(answer).await;
        answer.form_with("SAMLResponse")
    }

    /// The same for one who is signed in, or of whom nothing is to be asked.
    async fn open(&self, visitor: &Visitor, asked: &Asked) -> Form {
        visitor.follow(&asked.url).await.form_with("SAMLResponse")
    }

    fn read(&self, form: &Form, asked: &Asked) -> Result<Learnt, String> {
        assert_eq!(form.action.as_str(), ACS);
        assert_eq!(form.value("RelayState"), Some("cahier"));
        let answer = form.value("SAMLResponse").expect("an answer");
        self.samael.read(&self.metadata, answer, asked)
    }
}

fn assert_is_lea(learnt: &Learnt) {
    let values = |name| {
        let mut all = learnt.attributes.iter();
        all.find(|(known, _)| known == name)
            .map(|(_, values)| values.clone())
    };
    assert_eq!(
        values("givenName"),
        Some(vec!["Léa".to_owned()]),
        "{learnt:?}"
    );
    assert_eq!(values("sn"), Some(vec!["Martin".to_owned()]), "{learnt:?}");
    assert_eq!(learnt.context.as_deref(), Some(BY_PASSWORD), "{learnt:?}");
    assert!(learnt.session_index.is_some(), "{learnt:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_answers_in_clear() {
    for settings in [
        "",
        "key = \"ec\"",
        "sign = \"response\"",
        "sign = \"assertion\"",
    ] {
        let scene = start(false, &format!("signed_requests = true\n{settings}")).await;
        let visitor = Visitor::new();
        let asked = scene.ask(Wishes::default());
        let form = scene.sign_in(&visitor, &asked).await;
        let learnt = scene
            .read(&form, &asked)
            .unwrap_or_else(|error| panic!("{settings}: {error}"));
        assert_is_lea(&learnt);
        assert_eq!(learnt.name_id.1.as_deref(), Some(TRANSIENT), "{learnt:?}");
        // It is the answer to that request and to no other.
        let other = scene.ask(Wishes::default());
        assert!(scene.read(&form, &other).is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_answers_that_are_encrypted() {
    let scene = start(true, "signed_requests = true\nencrypt = \"required\"").await;
    let visitor = Visitor::new();
    let asked = scene.ask(Wishes::default());
    let form = scene.sign_in(&visitor, &asked).await;
    assert_is_lea(&scene.read(&form, &asked).expect("an answer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_for_names_for_new_logins_and_for_nobody_to_be_asked() {
    let scene = start(false, "signed_requests = true").await;
    let visitor = Visitor::new();
    let passive = Wishes {
        passive: true,
        ..Wishes::default()
    };
    let asked = scene.ask(passive);
    let form = scene.open(&visitor, &asked).await;
    let why = scene.read(&form, &asked).expect_err("nobody is there");
    assert!(why.contains("status:Responder"), "{why}");

    let called = |format| Wishes {
        name_id: Some(format),
        ..Wishes::default()
    };
    let asked = scene.ask(called(PERSISTENT));
    let form = scene.sign_in(&visitor, &asked).await;
    let first = scene.read(&form, &asked).expect("an answer");
    assert_eq!(first.name_id.1.as_deref(), Some(PERSISTENT), "{first:?}");
    let asked = scene.ask(called(EMAIL));
    let form = scene.open(&visitor, &asked).await;
    let known = scene.read(&form, &asked).expect("an answer");
    assert_eq!(known.name_id.0, "lea.martin@essais.example", "{known:?}");
    let asked = scene.ask(passive);
    let form = scene.open(&visitor, &asked).await;
    assert_is_lea(&scene.read(&form, &asked).expect("an answer"));

    let asked = scene.ask(Wishes {
        force: true,
        ..called(PERSISTENT)
    });
    let form = scene.sign_in(&visitor, &asked).await;
    let again = scene.read(&form, &asked).expect("an answer");
    assert_eq!(again.name_id, first.name_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_changed_signature_is_not_answered() {
    let scene = start(false, "signed_requests = true").await;
    let visitor = Visitor::new();
    let asked = scene.ask(Wishes::default());
    for changed in [
        asked.url.replace("RelayState=cahier", "RelayState=autre"),
        asked
            .url
            .split("&SigAlg=")
            .next()
            .unwrap_or_default()
            .to_owned(),
    ] {
        assert_ne!(changed, asked.url);
        let answer = visitor.follow(&changed).await;
        assert_ne!(answer.status, StatusCode::OK, "{}", answer.text());
        assert!(!answer.forms().iter().any(|form| form.has("password")));
    }
}

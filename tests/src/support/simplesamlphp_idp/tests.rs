//! It is what its module says: it answers what it was asked and what nobody asked, as it is told to, with what it
//! is told to say; begins and hears of logouts; can be stopped and frozen. Without a hub.

use std::time::Duration;

use clau_saml::error::Problem;
use clau_saml::message::Asserted;
use clau_saml::metadata::{Document, Trust};
use clau_saml::names::{context, name_id};

use super::*;
use crate::support::browser::Browser;
use crate::support::ca;
use crate::support::educonnect::{self, Child};
use crate::support::endpoint::{Behaviour, Endpoint};
use crate::support::faults::{Fault, Proxy};
use crate::support::process::{eventually, free_port};
use crate::support::saml_check;
use crate::support::saml_idp::now;
use crate::support::saml_relying::{Heard, Relying, provider, values};

const SCHOOL: &str = "0310001A";
const OTHER_SCHOOL: &str = "0820002B";

fn pupil() -> Person {
    let child = Child {
        id: "701294",
        uai: SCHOOL,
    };
    educonnect::pupil("l.martin", ("Martin", "Léa"), child)
        .with("FrEduCtRefId", &["{AAF}16|2|1234567"])
        .with("FrEduUrlRetour", &["https://localhost:1/fini"])
}

fn guardian() -> Person {
    let children = [(SCHOOL, "701294"), (OTHER_SCHOOL, "88")];
    let children = children.map(|(uai, id)| Child { id, uai });
    educonnect::guardian("a.martin", ("Martin", "Anne"), &children)
}

/// A provider, and the stand-in that it knows as a service.
struct Scene {
    idp: IdentityProvider,
    relying: Relying,
    visitor: Visitor,
}

impl Scene {
    async fn at(name: &str, place: Place) -> Self {
        let idp = IdentityProvider::start(name, place, &[pupil(), guardian()]);
        let relying = Relying::new(free_port());
        idp.register("hub", &relying.metadata());
        Self {
            idp,
            relying,
            visitor: Visitor::new(),
        }
    }

    /// Asks, and gives where the visitor is then, and what was asked.
    async fn ask(&self) -> (Answer, String) {
        let known = provider(&self.idp.metadata().await);
        let (url, asked) = self.relying.ask(&known, "aller");
        (self.visitor.follow_within(url).await, asked)
    }

    async fn heard(&self, page: &Answer, asked: Option<&str>) -> Heard {
        let known = provider(&self.idp.metadata().await);
        self.relying.hear(&known, page, asked)
    }

    /// A login from the question to the answer.
    async fn log_in(&self, who: &Person) -> Asserted {
        let (form, asked) = self.ask().await;
        let page = self.idp.sign_in(&self.visitor, &form, who).await;
        assert_eq!(
            page.form_with("SAMLResponse").value("RelayState"),
            Some("aller")
        );
        let heard = self.heard(&page, Some(&asked)).await;
        heard
            .unwrap_or_else(|problem| panic!("{problem}\n{}", self.idp.log()))
            .expect("a success")
    }

    /// A login of somebody who is signed in there already.
    async fn pass(&self) -> Heard {
        let (page, asked) = self.ask().await;
        self.heard(&page, Some(&asked)).await
    }

    async fn is_signed_in(&self) -> bool {
        let (page, _) = self.ask().await;
        page.forms().iter().any(|form| form.has("SAMLResponse"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_what_it_was_asked() {
    let scene = Scene::at("educonnect", Place::free()).await;
    let metadata = scene.idp.metadata().await;
    saml_check::verify(&metadata, &scene.idp.certificate()).expect("signed with its own key");
    let known = provider(&metadata);
    assert_eq!(known.entity_id, scene.idp.entity_id());
    assert!(known.wants_signed_requests, "{metadata}");
    assert_eq!(known.warnings().collect::<Vec<_>>(), []);
    let pinned = [clau_saml::key::Certificate::from_pem(&scene.idp.certificate()).unwrap()];
    let trust = Trust {
        pinned: &pinned,
        now: now(),
        longest_life: None,
    };
    Document::entity(metadata.as_bytes(), &trust).expect("believed by its certificate");

    // A wrong password shows the form again.
    let (form, _) = scene.ask().await;
    let nobody = Person::new(&pupil().login, "faux");
    let again = scene.idp.sign_in(&scene.visitor, &form, &nobody).await;
    assert!(again.form_with("password").has("username"));

    let who = scene.log_in(&pupil()).await;
    assert_eq!(values(&who, "FrEduVecteur"), ["4|||701294|0310001A"]);
    assert_eq!(values(&who, "FrEduCtRefId"), ["{AAF}16|2|1234567"]);
    let given_name: Vec<&str> = values(&who, "givenName");
    assert_eq!(given_name, ["Léa"]);
    let account = educonnect::account_id("l.martin");
    assert_eq!(account.len(), 96);
    assert_eq!(
        (who.name_id.value.as_str(), who.name_id.format.as_str()),
        (account.as_str(), name_id::PERSISTENT)
    );
    assert_eq!(who.context, context::PASSWORD_PROTECTED_TRANSPORT);
    assert!(who.session_index.is_some());

    // With another session, and what the test says of people now.
    scene.visitor.clear_cookies();
    let vectors = ["2|Martin|Anne|701294|0310001A", "2|Martin|Anne|88|0820002B"];
    let who = scene.log_in(&guardian()).await;
    assert_eq!(values(&who, "FrEduVecteur"), vectors);
    scene.visitor.clear_cookies();
    let moved = guardian().with("FrEduUrlRetour", &["https://localhost:2/"]);
    scene.idp.know(std::slice::from_ref(&moved));
    let who = scene.log_in(&moved).await;
    assert_eq!(values(&who, "FrEduUrlRetour"), ["https://localhost:2/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_as_it_is_told() {
    let scene = Scene::at("academie", Place::free()).await;
    scene.log_in(&pupil()).await;
    let (page, asked) = scene.ask().await;
    // Encrypted, and signed around and inside.
    let message = scene.relying.text_of(&page);
    assert!(message.contains("EncryptedAssertion"), "{message}");
    assert!(message.contains(AES_256_GCM), "{message}");
    assert_eq!(
        saml_check::verify(&message, &scene.idp.certificate()),
        Ok(1)
    );
    scene.heard(&page, Some(&asked)).await.unwrap().unwrap();
    // Another question is not answered by it.
    let problem = scene.heard(&page, Some("_autre")).await.unwrap_err();
    assert_eq!(problem, Problem::Refused("it answers another request"));

    let with = |change: fn(&mut Settings)| {
        let mut settings = Settings::default();
        change(&mut settings);
        scene.idp.behave(&settings);
        scene.pass()
    };
    with(|all| all.signs_response = false)
        .await
        .unwrap()
        .unwrap();
    with(|all| all.signs_assertion = false)
        .await
        .unwrap()
        .unwrap();
    let unsigned = with(|all| {
        all.signs_response = false;
        all.signs_assertion = false;
    });
    assert_eq!(unsigned.await.unwrap_err(), Problem::Unsigned);
    let who = with(|all| all.cipher = None).await.unwrap().unwrap();
    assert_eq!(values(&who, "sn"), ["Martin"]);
    let sealed = with(|all| all.cipher = Some(AES_128_CBC)).await;
    assert_eq!(sealed.unwrap_err(), Problem::Encryption);
    let weak = with(|all| all.signature = RSA_SHA1).await;
    assert!(matches!(weak.unwrap_err(), Problem::Signature(_)));
    let late = with(|all| all.lifetime = -300).await;
    assert!(matches!(late.unwrap_err(), Problem::Refused(_)));
    let strong = "http://eidas.europa.eu/LoA/substantial";
    let who = with(|all| all.context = Some("http://eidas.europa.eu/LoA/substantial".to_owned()));
    assert_eq!(who.await.unwrap().unwrap().context, strong);
    let who = with(|all| all.subject = "sn".to_owned()).await.unwrap();
    assert_eq!(who.unwrap().name_id.value, "Martin");

    scene.idp.behave(&Settings {
        scopes: vec!["academie.example".to_owned()],
        ..Settings::default()
    });
    let known = provider(&scene.idp.metadata().await);
    assert_eq!(known.scopes, ["academie.example"]);

    // Who knows the old key alone believes nothing any more.
    scene.idp.change_key();
    let (page, asked) = scene.ask().await;
    let problem = scene.relying.hear(&known, &page, Some(&asked));
    assert_eq!(problem.unwrap_err(), Problem::WrongSignature);
    scene.heard(&page, Some(&asked)).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn it_can_be_entered_from_its_own_side() {
    let scene = Scene::at("educonnect", Place::free()).await;
    let service = scene.relying.entity_id();
    let entrance = scene
        .idp
        .unsolicited(&service, Some("https://localhost:1/tuile"));
    let form = scene.visitor.follow_within(entrance).await;
    let page = scene.idp.sign_in(&scene.visitor, &form, &guardian()).await;
    let carried = page.form_with("SAMLResponse");
    assert_eq!(
        carried.value("RelayState"),
        Some("https://localhost:1/tuile")
    );
    let who = scene.heard(&page, None).await.unwrap().unwrap();
    assert_eq!(values(&who, "givenName"), ["Anne"]);
    // It is no answer to a question.
    assert!(scene.heard(&page, Some("_question")).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_from_either_side() {
    let scene = Scene::at("educonnect", Place::free()).await;
    let who = scene.log_in(&pupil()).await;
    assert!(scene.is_signed_in().await);
    let known = provider(&scene.idp.metadata().await);
    let (url, asked) = scene.relying.end(&known, &who);
    let back = scene.visitor.follow_within(url).await;
    assert_eq!(
        back.location_parameter("RelayState").as_deref(),
        Some("fini")
    );
    let ended = scene.relying.ended(&known, &back);
    assert_eq!(ended.in_response_to, asked);
    assert!(ended.status.is_success(), "{:?}", ended.status);
    assert!(!scene.is_signed_in().await);

    // From there: each service is told in turn, and the browser comes back.
    let who = scene.log_in(&pupil()).await;
    let page = scene.idp.logout("https://localhost:1/fini");
    let departure = scene.visitor.follow_within(page).await;
    let there = departure.location().expect("the service is told");
    let told = scene.relying.told(&known, &there);
    assert_eq!(told.name_id, who.name_id);
    assert_eq!(
        told.session_indexes,
        who.session_index.into_iter().collect::<Vec<_>>()
    );
    let relay_state = departure.location_parameter("RelayState");
    let answer = scene.relying.obey(&known, &told, relay_state.as_deref());
    let back = scene.visitor.follow_within(answer).await;
    let back = back.location().expect("the browser is sent back");
    assert_eq!(back.as_str(), "https://localhost:1/fini");
    assert!(!scene.is_signed_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_them_are_two() {
    let one = Scene::at("educonnect", Place::free()).await;
    let idp =
        IdentityProvider::start_as("academie", Place::free(), "urn:fi:ac:ent:1.0", &[pupil()]);
    assert_eq!(idp.entity_id(), "urn:fi:ac:ent:1.0");
    idp.register("hub", &one.relying.metadata());
    // The same browser, at both.
    let other = Scene {
        idp,
        relying: Relying::new(free_port()),
        visitor: one.visitor.copy(),
    };
    one.log_in(&pupil()).await;
    let other = Scene {
        visitor: one.visitor.copy(),
        ..other
    };
    other.idp.register("hub", &other.relying.metadata());
    assert!(!other.is_signed_in().await);
    other.log_in(&pupil()).await;
    let both = Scene {
        visitor: other.visitor.copy(),
        ..one
    };
    assert!(both.is_signed_in().await && other.is_signed_in().await);
    // Neither is believed when it says that it is the other.
    let (page, asked) = both.ask().await;
    let mut crossed = provider(&other.idp.metadata().await);
    crossed.entity_id = both.idp.entity_id().to_owned();
    let problem = both.relying.hear(&crossed, &page, Some(&asked));
    assert_eq!(problem.unwrap_err(), Problem::WrongSignature);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_stops_freezes_and_starts_again_behind_a_proxy() {
    let public = free_port();
    let place = Place::behind(public);
    let proxy = Proxy::start(public, place.port).await;
    let mut scene = Scene::at("educonnect", place).await;
    // Nothing on the way leads around the proxy.
    let before = proxy.connections();
    scene.log_in(&pupil()).await;
    assert!(proxy.connections() > before);
    let metadata = scene.idp.metadata().await;
    let port = format!("localhost:{}", place.port);
    assert!(!metadata.contains(&port), "{metadata}");

    let patience = Duration::from_millis(500);
    let url = format!("https://{port}/simplesaml/saml2/idp/metadata.php");
    let ask = || http::client().get(&url).timeout(patience).send();
    scene.idp.running().pause();
    assert!(ask().await.unwrap_err().is_timeout());
    scene.idp.running().resume();
    let answers = async || {
        ask()
            .await
            .ok()
            .filter(|answer| answer.status().is_success())
    };
    eventually("it answers again", Duration::from_secs(20), answers).await;
    scene.idp.running().stop();
    assert!(ask().await.unwrap_err().is_connect());
    scene.idp.running().restart();
    // Sessions and keys are what they were.
    assert!(scene.is_signed_in().await);
    scene.idp.running().kill();
    assert!(ask().await.unwrap_err().is_connect());
    scene.idp.running().restart();
    scene.pass().await.unwrap().unwrap();
    // Frozen is not too late to be stopped.
    scene.idp.running().pause();
    scene.idp.running().stop();
    proxy.tell(Fault::Page(502)).await;
    let answer = scene.visitor.get(scene.idp.metadata_url()).await;
    assert_eq!(answer.status, 502);
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_signs_in() {
    let acs_port = free_port();
    let behaviour = Behaviour::Status(200);
    let service = Endpoint::certified_by(ca::authority(), acs_port, behaviour).await;
    let idp = IdentityProvider::start("educonnect", Place::free(), &[pupil()]);
    let relying = Relying::new(acs_port);
    idp.register("hub", &relying.metadata());
    let known = provider(&idp.metadata().await);
    let (url, _) = relying.ask(&known, "aller");
    let browser = Browser::start().await;
    browser.open(url).await;
    browser.fill("[name=username]", &pupil().login).await;
    browser.fill("[name=password]", &pupil().password).await;
    browser.click(SUBMIT).await;
    browser
        .wait_for_address("the service", |address| address == relying.acs())
        .await;
    let received = service.received();
    let posted = received.iter().find(|one| one.line.starts_with("POST"));
    let posted = posted.expect("an answer");
    assert_eq!(posted.field("RelayState").as_deref(), Some("aller"));
    assert!(posted.field("SAMLResponse").is_some());
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_a_request_of_somebody_else() {
    let scene = Scene::at("educonnect", Place::free()).await;
    let known = provider(&scene.idp.metadata().await);
    let stranger = Relying::new(free_port());
    let (url, _) = stranger.ask(&known, "");
    let page = scene.visitor.follow_within(url).await;
    assert!(page.forms().iter().all(|form| !form.has("username")));
    // Its name alone does not help.
    scene.idp.register("other", &stranger.metadata());
    let (signed, _) = stranger.ask(&known, "");
    let page = scene.visitor.follow_within(&signed).await;
    assert!(page.form_with("username").has("password"));
    let (url, _) = signed.split_once("&SigAlg").expect("it is signed");
    let page = scene.visitor.follow_within(url).await;
    assert!(page.forms().iter().all(|form| !form.has("username")));
}

//! Signing in: what lets somebody in, and everything that must not.

use clau_saml::key::KeyKind;
use clau_saml::message::AcsChoice;
use clau_saml::names::{binding, name_id};

use super::provider::{Fault, Seal, Someone, lock};
use super::scene::Scene;
use crate::support::http::Visitor;

#[tokio::test]
async fn a_login_by_redirect_and_form() {
    for kind in [KeyKind::P256, KeyKind::Rsa2048] {
        let scene = Scene::start(kind).await;
        let visitor = Visitor::new();
        let page = scene.open(&visitor, "page?a=b%20c&d=%C3%A9").await;
        assert!(page.body.starts_with("Léa Martin"), "{}", page.body);
        assert_eq!(page.url.as_str(), scene.page("page?a=b%20c&d=%C3%A9"));
        let (request, state) = lock(&scene.hub.logins).remove(0);
        assert_eq!(request.header.issuer, scene.page("saml/metadata"));
        assert_eq!(request.name_id.format.as_deref(), Some(name_id::PERSISTENT));
        assert!(!request.force_authn && !request.is_passive);
        let by_form = AcsChoice::Location {
            location: scene.page("saml/acs"),
            binding: Some(binding::POST.to_owned()),
        };
        assert_eq!(request.acs, by_form);
        assert!(scene.knows(&visitor).await);
        assert!(lock(&scene.hub.logins).is_empty(), "one login is enough");
        // SAML-13: a key to what is kept here, and nothing of the page.
        assert!(state.len() == 64 && state.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
}

#[tokio::test]
async fn saml_01_however_an_answer_is_sealed_somebody_of_the_hub_has_signed_it() {
    let scene = Scene::start(KeyKind::P256).await;
    for seal in [Seal::Everything, Seal::Inside, Seal::Plain, Seal::Around] {
        *lock(&scene.hub.seal) = seal;
        let page = scene.open(&Visitor::new(), "").await;
        assert!(
            page.body.starts_with("Léa Martin"),
            "{seal:?}: {}",
            page.text()
        );
    }
    for (fault, status) in [
        (Fault::RelayState, 401),
        (Fault::InResponseTo, 401),
        (Fault::Unsolicited, 401),
        (Fault::Destination, 401),
        (Fault::Recipient, 401),
        (Fault::Audience, 401),
        (Fault::Issuer, 401),
        (Fault::Old, 401),
        (Fault::SessionOver, 401),
        (Fault::ForeignKey, 401),
        (Fault::Unsigned, 401),
        (Fault::Transient, 401),
        (Fault::NobodySignedIn, 401),
        (Fault::UnsignedDenial, 401),
        (Fault::Denied, 403),
    ] {
        for seal in [Seal::Everything, Seal::Inside, Seal::Plain, Seal::Around] {
            *lock(&scene.hub.seal) = seal;
            scene.break_by(Some(fault));
            let visitor = Visitor::new();
            let page = scene.open(&visitor, "").await;
            assert_eq!(page.status, status, "{fault:?} {seal:?}: {}", page.text());
            assert!(!page.text().contains("Léa"), "{fault:?} {seal:?}");
            assert_eq!(visitor.cookie("__Host-service"), None, "{fault:?} {seal:?}");
            scene.break_by(None);
            assert!(!scene.knows(&visitor).await, "{fault:?} {seal:?}");
        }
    }
    assert_eq!(scene.open(&Visitor::new(), "").await.status, 200);
}

#[tokio::test]
async fn saml_03_an_answer_is_of_use_once_and_only_to_the_browser_that_asked() {
    let scene = Scene::start(KeyKind::P256).await;
    let (visitor, thief) = (Visitor::new(), Visitor::new());
    let form = visitor.follow(&scene.base).await.form_with("RelayState");
    // The thief has a login of their own on its way.
    let theirs = thief.follow(&scene.base).await.form_with("RelayState");
    assert_eq!(thief.submit(&form).await.status, 401);
    // Their own state does not help: the answer is to another request.
    let state = theirs.value("RelayState").unwrap();
    let mixed = form.clone().with("RelayState", state);
    assert_eq!(thief.submit(&mixed).await.status, 401);
    assert!(!scene.knows(&thief).await);
    let page = visitor.follow_on(visitor.submit(&form).await).await;
    assert_eq!(page.status, 200);
    assert_eq!(visitor.submit(&form).await.status, 401, "a second time");
    assert!(scene.knows(&visitor).await);
    let nothing = visitor.post(scene.page("saml/acs"), &[], &[]).await;
    assert_eq!(nothing.status, 401);
    assert_eq!(visitor.get(scene.page("saml/acs")).await.status, 405);
}

#[tokio::test]
async fn saml_13_an_address_elsewhere_is_not_come_back_to() {
    let scene = Scene::start(KeyKind::P256).await;
    for elsewhere in [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
    ] {
        let mut address = scene.base.join("connexion").unwrap();
        address.query_pairs_mut().append_pair("vers", elsewhere);
        let visitor = Visitor::new();
        let page = scene.follow(&visitor, visitor.get(&address).await).await;
        assert_eq!(page.url, scene.base, "{elsewhere}");
        assert_eq!(page.status, 200, "{elsewhere}");
    }
}

#[tokio::test]
async fn ses_04_the_cookie_that_answers_by_form_need_is_the_only_one_that_goes_everywhere() {
    let scene = Scene::start(KeyKind::P256).await;
    let visitor = Visitor::new();
    let line = |answer: &crate::support::http::Answer| {
        let mut lines = answer.headers.get_all("set-cookie").iter();
        lines.next().unwrap().to_str().unwrap().to_owned()
    };
    let away = visitor.get(scene.page("connexion")).await;
    let departure = line(&away);
    assert!(
        departure.starts_with("__Host-service-login="),
        "{departure}"
    );
    for part in ["SameSite=None", "Secure", "HttpOnly"] {
        assert!(departure.contains(part), "{departure}");
    }
    let form = visitor.follow_on(away).await.form_with("RelayState");
    let session = line(&visitor.submit(&form).await);
    assert!(session.starts_with("__Host-service="), "{session}");
    for part in ["SameSite=Lax", "Secure", "HttpOnly"] {
        assert!(session.contains(part), "{session}");
    }
}

#[tokio::test]
async fn ses_06_a_second_person_in_the_same_browser_is_alone_there() {
    let scene = Scene::start(KeyKind::P256).await;
    let visitor = Visitor::new();
    scene.open(&visitor, "").await;
    let first = visitor.copy();
    *lock(&scene.hub.person) = Someone::new("n2", &[("givenName", "Noé"), ("sn", "Roux")]);
    let page = scene.open(&visitor, "connexion").await;
    assert!(page.body.starts_with("Noé Roux"), "{}", page.body);
    assert!(
        !scene.knows(&first).await,
        "the first one's session is over"
    );
    // A form of another site brings only the cookie that was made for it.
    let second = visitor.copy();
    let form = visitor.follow(scene.page("connexion")).await;
    let form = form.form_with("RelayState");
    let posted = Visitor::new();
    let name = "__Host-service-login";
    posted.set_cookie(name, &visitor.cookie(name).unwrap());
    let page = posted.follow_on(posted.submit(&form).await).await;
    assert_eq!(page.status, 200);
    assert!(!scene.knows(&second).await, "the second one's is over too");
}

#[tokio::test]
async fn sig_06_a_key_that_is_not_known_is_asked_for_once() {
    let scene = Scene::start(KeyKind::P256).await;
    assert_eq!(scene.open(&Visitor::new(), "").await.status, 200);
    assert_eq!(*lock(&scene.hub.fetched), 1);
    scene.hub.change_key();
    assert_eq!(scene.open(&Visitor::new(), "").await.status, 200);
    assert_eq!(*lock(&scene.hub.fetched), 2);
    // Whoever makes keys up does not make the service ask again and again.
    scene.break_by(Some(Fault::ForeignKey));
    for _ in 0..3 {
        assert_eq!(scene.open(&Visitor::new(), "").await.status, 401);
    }
    assert_eq!(*lock(&scene.hub.fetched), 2);
}

#[tokio::test]
async fn nobody_is_sent_where_the_hub_is_not() {
    for fault in [Fault::AddressElsewhere, Fault::AnotherEntity] {
        let scene = Scene::start(KeyKind::P256).await;
        scene.break_by(Some(fault));
        let page = scene.open(&Visitor::new(), "").await;
        assert_eq!(page.status, 502, "{fault:?}");
        scene.break_by(None);
        assert_eq!(
            scene.open(&Visitor::new(), "").await.status,
            200,
            "{fault:?}"
        );
    }
}

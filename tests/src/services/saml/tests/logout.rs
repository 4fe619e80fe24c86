//! Leaving: this service, the ENT from here, and when the hub says so.

use clau_domain::time::Timestamp;
use clau_saml::key::{KeyKind, SigningKey, Subject};
use clau_saml::message::LogoutRequest;
use clau_saml::names::logout_reason;

use super::provider::{Fault, Someone, lock};
use super::scene::{Scene, csrf};
use crate::support::http::{Answer, Visitor};

impl Scene {
    async fn leave(&self, visitor: &Visitor, path: &str) -> Answer {
        let csrf = csrf(&self.open(visitor, "").await);
        let answer = visitor.post(self.page(path), &[("csrf", &csrf)], &[]).await;
        visitor.follow_on(answer).await
    }

    async fn tell(&self, envelope: String) -> Answer {
        let to = self.page("saml/soap");
        Visitor::new().post_body(to, "text/xml", envelope).await
    }
}

#[tokio::test]
async fn leaving_the_service_leaves_nothing_else() {
    let scene = Scene::start(KeyKind::P256).await;
    let visitor = Visitor::new();
    let left = scene.leave(&visitor, "logout").await;
    assert!(
        left.text().contains("Vous restez connecté"),
        "{}",
        left.text()
    );
    assert!(!scene.knows(&visitor).await);
    assert!(lock(&scene.hub.logouts).is_empty());
}

#[tokio::test]
async fn leaving_the_ent_asks_the_hub_and_says_what_became_of_it() {
    let scene = Scene::start(KeyKind::Rsa2048).await;
    for (fault, words, status) in [
        (None, "déconnecté de l’ENT et de ses services", 200),
        (Some(Fault::PartialLogout), "n’a pas pu être prévenu", 200),
        (Some(Fault::FailedLogout), "non confirmée", 400),
        (Some(Fault::AnotherLogout), "non confirmée", 400),
        (Some(Fault::ForeignKey), "non confirmée", 400),
    ] {
        scene.break_by(None);
        let visitor = Visitor::new();
        scene.open(&visitor, "").await;
        scene.break_by(fault);
        let left = scene.leave(&visitor, "logout/ent").await;
        assert!(left.text().contains(words), "{fault:?}: {}", left.text());
        assert_eq!(left.status, status, "{fault:?}");
        assert!(!scene.knows(&visitor).await, "{fault:?}");
        if status == 200 {
            assert!(!left.url.as_str().contains("SAML"), "{}", left.url);
        }
        let request = lock(&scene.hub.logouts).pop().unwrap();
        assert_eq!(request.name_id.value, "n1");
        assert_eq!(
            request.name_id.sp_name_qualifier,
            Some(scene.page("saml/metadata"))
        );
        assert_eq!(request.session_indexes.len(), 1);
        assert_eq!(request.reason.as_deref(), Some(logout_reason::USER));
        assert!(request.not_on_or_after.is_some());
    }
}

#[tokio::test]
async fn saml_10_an_answer_to_a_logout_is_of_use_in_its_browser_and_once() {
    let scene = Scene::start(KeyKind::P256).await;
    let visitor = Visitor::new();
    let csrf = csrf(&scene.open(&visitor, "").await);
    let fields = [("csrf", csrf.as_str())];
    let away = visitor.post(scene.page("logout/ent"), &fields, &[]).await;
    let back = visitor.get(away.location().unwrap()).await;
    let answer = back.location().unwrap();
    assert_eq!(Visitor::new().get(&answer).await.status, 400);
    let page = visitor.follow(&answer).await;
    assert_eq!(page.status, 200);
    assert_eq!(visitor.follow(&answer).await.status, 400, "a second time");
    // A token of another form does not end anything.
    scene.open(&visitor, "").await;
    let foreign = visitor.post(scene.page("logout/ent"), &fields, &[]).await;
    assert_eq!(foreign.status, 403);
    assert!(scene.knows(&visitor).await);
}

#[tokio::test]
async fn saml_10_the_hub_ends_a_session_by_itself_and_through_the_browser() {
    let scene = Scene::start(KeyKind::P256).await;
    let visitor = Visitor::new();
    scene.open(&visitor, "").await;
    let other = Visitor::new();
    *lock(&scene.hub.person) = Someone::new("n2", &[]);
    scene.open(&other, "").await;
    // By itself: the other one's session.
    let request = scene.hub.logout_request(&scene.page("saml/soap"), |_| {});
    let told = scene.tell(scene.hub.in_envelope(&request, None)).await;
    assert_eq!(told.status, 200, "{}", told.body);
    for part in [
        "<soap:Body>",
        "status:Success",
        "<ds:Signature ",
        request.header.id.as_str(),
    ] {
        assert!(told.body.contains(part), "{part}: {}", told.body);
    }
    assert!(!scene.knows(&other).await && scene.knows(&visitor).await);
    let again = scene.tell(scene.hub.in_envelope(&request, None)).await;
    assert_eq!(again.status, 500, "a second time");
    assert!(again.body.contains("soap:Client"), "{}", again.body);
    // Through the browser: the first one's, which goes back to the hub with an answer.
    *lock(&scene.hub.person) = Someone::new("n1", &[]);
    scene.open(&visitor, "connexion").await;
    let to = scene.page("saml/slo");
    let request = scene.hub.logout_request(&to, |_| {});
    let address = scene.hub.in_address(&request);
    let done = visitor.follow(&address).await;
    assert!(done.text().contains("Tout est quitté"), "{}", done.text());
    let (answer, state) = lock(&scene.hub.answers).pop().unwrap();
    assert_eq!(answer.in_response_to, request.header.id);
    assert!(answer.status.is_success());
    assert_eq!(state.as_deref(), Some("the hub’s own"));
    assert!(!scene.knows(&visitor).await);
    assert_eq!(visitor.cookie("__Host-service"), None);
    assert_eq!(visitor.follow(&address).await.status, 400, "a second time");
}

#[tokio::test]
async fn saml_10_everything_else_ends_nothing() {
    let scene = Scene::start(KeyKind::P256).await;
    let visitor = Visitor::new();
    scene.open(&visitor, "").await;
    let soap = scene.page("saml/soap");
    let made = |change: &dyn Fn(&mut LogoutRequest)| scene.hub.logout_request(&soap, change);
    let subject = Subject {
        name: "stranger",
        year: 2026,
        serial: [1; 16],
    };
    let stranger = SigningKey::generate(KeyKind::P256, subject).unwrap();
    let good = made(&|_| {});
    let foreign = scene.hub.in_envelope(&good, Some(&stranger));
    let unsigned = clau_saml::binding::envelope(&good.write(None, None).unwrap());
    let of_others: [String; 4] = [
        scene.hub.in_envelope(
            &made(&|it| it.header.issuer = "https://other.example".to_owned()),
            None,
        ),
        scene.hub.in_envelope(
            &made(&|it| it.header.destination = Some(scene.page("saml/slo"))),
            None,
        ),
        scene.hub.in_envelope(
            &made(&|it| it.header.instant = Timestamp::from_millis(0)),
            None,
        ),
        scene.hub.in_envelope(
            &made(&|it| it.not_on_or_after = Some(Timestamp::from_millis(0))),
            None,
        ),
    ];
    let sent = [foreign, unsigned, "<a/>".to_owned(), String::new()];
    for envelope in sent.into_iter().chain(of_others) {
        let told = scene.tell(envelope.clone()).await;
        assert_eq!(told.status, 500, "{envelope}");
        assert!(told.body.contains("soap:Fault"), "{}", told.body);
        assert!(scene.knows(&visitor).await, "{envelope}");
    }
    // A good one about somebody who is not here, or another session, is good and ends nothing.
    for request in [
        made(&|it| it.name_id.value = "n9".to_owned()),
        made(&|it| it.session_indexes = vec!["another".to_owned()]),
    ] {
        let told = scene.tell(scene.hub.in_envelope(&request, None)).await;
        assert_eq!(told.status, 200, "{}", told.body);
        assert!(scene.knows(&visitor).await);
    }
    // What is meant for a program does not work in a browser, and the other way.
    let by_browser = scene.hub.in_address(&good);
    assert_eq!(visitor.get(&by_browser).await.status, 405);
    let to = scene.page("saml/slo");
    let crossed = by_browser.replace(&soap, &to);
    assert_eq!(visitor.get(&crossed).await.status, 400);
    for query in ["", "?SAMLRequest=x", "?SAMLRequest=a&SAMLResponse=b"] {
        let answer = visitor.get(format!("{to}{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
    }
    assert!(scene.knows(&visitor).await);
    // In the end the good one does what it says.
    assert_eq!(
        scene.tell(scene.hub.in_envelope(&good, None)).await.status,
        200
    );
    assert!(!scene.knows(&visitor).await);
}

#[tokio::test]
async fn where_the_hub_cannot_be_asked_this_service_is_left_and_says_so() {
    let scene = Scene::start(KeyKind::P256).await;
    let visitor = Visitor::new();
    scene.open(&visitor, "").await;
    let nobody = "https://localhost:1/".parse().unwrap();
    let node = scene.with_hub_at(nobody).await;
    let left = node.leave(&visitor, "logout/ent").await;
    assert!(
        left.text().contains("Vous restez connecté"),
        "{}",
        left.text()
    );
    assert!(!scene.knows(&visitor).await);
    assert_eq!(node.open(&visitor, "").await.status, 502);
}

#[tokio::test]
async fn the_service_says_what_the_hub_is_to_know() {
    let scene = Scene::start(KeyKind::P256).await;
    let metadata = Visitor::new().get(scene.page("saml/metadata")).await;
    assert_eq!(metadata.status, 200);
    let kind = metadata.headers.get("content-type").unwrap();
    assert_eq!(kind, "application/samlmetadata+xml");
    for part in [
        "AuthnRequestsSigned=\"true\"",
        "WantAssertionsSigned=\"true\"",
        "use=\"signing\"",
        "use=\"encryption\"",
        "Service d’essai",
        "Name=\"givenName\"",
    ] {
        assert!(metadata.body.contains(part), "{part}: {}", metadata.body);
    }
}

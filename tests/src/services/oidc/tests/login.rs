//! Signing in: what lets somebody in, and everything that must not.

use super::provider::{Fault, lock};
use super::scene::{Scene, csrf};
use crate::support::http::Visitor;

#[tokio::test]
async fn a_login_by_code_with_a_secret() {
    let scene = Scene::by_secret().await;
    let visitor = Visitor::new();
    let page = scene.open(&visitor).await;
    assert!(page.body.starts_with("Léa Martin"), "{}", page.body);
    assert_eq!(
        page.url.as_str(),
        scene.base.as_str(),
        "no code in the address bar"
    );
    let asked = scene.hub.asked("/oidc/authorize").remove(0);
    assert_eq!(asked["scope"], "openid profile ent offline_access");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(asked["redirect_uri"], scene.page("callback"));
    assert_eq!(asked["state"].len(), 64);
    assert_ne!(asked["state"], asked["nonce"]);
    let redeemed = scene.hub.asked("/oidc/token").remove(0);
    assert!(!redeemed.contains_key("client_id") && !redeemed.contains_key("client_secret"));
    assert_eq!(scene.hub.asked("/oidc/userinfo").len(), 1);
    assert!(scene.knows(&visitor).await);
    assert_eq!(
        scene.hub.asked("/oidc/authorize").len(),
        1,
        "one login is enough"
    );
}

#[tokio::test]
async fn a_login_by_a_form_with_a_key() {
    let scene = Scene::by_key().await;
    let page = scene.open(&Visitor::new()).await;
    assert!(page.body.starts_with("Léa Martin"), "{}", page.body);
    assert_eq!(
        scene.hub.asked("/oidc/authorize")[0]["response_mode"],
        "form_post"
    );
    let redeemed = scene.hub.asked("/oidc/token").remove(0);
    assert!(redeemed.contains_key("client_assertion"));
    // Answers come in a form and in no other way.
    let sent = Visitor::new()
        .get(scene.page("callback?state=s&code=c"))
        .await;
    assert_eq!(sent.status, 405);
}

#[tokio::test]
async fn oidc_09_what_is_forged_or_for_others_lets_nobody_in() {
    let scene = Scene::by_secret().await;
    for (fault, status) in [
        (Fault::State, 401),
        (Fault::NoIssuer, 401),
        (Fault::Issuer, 401),
        (Fault::Denied, 403),
        (Fault::TokenNonce, 401),
        (Fault::NoTokenNonce, 401),
        (Fault::TokenIssuer, 401),
        (Fault::TokenAudience, 401),
        (Fault::TwoAudiences, 401),
        (Fault::TokenExpired, 401),
        (Fault::Signature, 401),
        (Fault::Unsigned, 401),
        (Fault::AccessTokenHash, 401),
        (Fault::UserInfoSubject, 401),
        (Fault::Broken, 502),
    ] {
        scene.break_by(Some(fault));
        let visitor = Visitor::new();
        let page = scene.open(&visitor).await;
        assert_eq!(page.status, status, "{fault:?}: {}", page.text());
        assert!(!page.text().contains("Léa"), "{fault:?}");
        assert_eq!(visitor.cookie("__Host-by-secret"), None, "{fault:?}");
        scene.break_by(None);
        assert!(!scene.knows(&visitor).await, "{fault:?}");
        assert_eq!(scene.open(&visitor).await.status, 200, "after {fault:?}");
    }
}

#[tokio::test]
async fn ses_03_an_answer_is_of_use_once_and_only_to_the_browser_that_asked() {
    let scene = Scene::by_secret().await;
    let (visitor, thief) = (Visitor::new(), Visitor::new());
    let to_hub = visitor.follow_within(&scene.base).await;
    let back = visitor.get(to_hub.location().unwrap()).await;
    let answer = back.location().unwrap();
    // The thief has a login of their own on its way.
    thief.follow_within(&scene.base).await;
    assert_eq!(thief.get(&answer).await.status, 401);
    assert!(!scene.knows(&thief).await);
    assert_eq!(visitor.follow(&answer).await.status, 200);
    assert_eq!(visitor.get(&answer).await.status, 401, "a second time");
    assert!(scene.knows(&visitor).await);
    assert_eq!(Visitor::new().get(scene.page("callback")).await.status, 401);
}

#[tokio::test]
async fn ses_06_a_second_person_in_the_same_browser_is_alone_there() {
    let scene = Scene::by_secret().await;
    let visitor = Visitor::new();
    scene.open(&visitor).await;
    let first = visitor.copy();
    *lock(&scene.hub.person) = serde_json::json!({ "sub": "p2", "name": "Noé Roux" });
    let answer = visitor.get(scene.page("connexion")).await;
    let page = scene.follow(&visitor, answer).await;
    assert!(page.body.starts_with("Noé Roux"), "{}", page.body);
    assert!(
        !scene.knows(&first).await,
        "the first one's session is over"
    );
}

#[tokio::test]
async fn forms_need_the_token_of_their_session() {
    let scene = Scene::by_secret().await;
    let (visitor, other) = (Visitor::new(), Visitor::new());
    let own = csrf(&scene.open(&visitor).await);
    let foreign = csrf(&scene.open(&other).await);
    let send = async |token: &str| {
        let fields = [("csrf", token)];
        visitor.post(&scene.base, &fields, &[]).await.status
    };
    assert_eq!(send(&foreign).await, 403);
    assert_eq!(send("").await, 403);
    assert_eq!(send(&own).await, 200);
    let out = visitor
        .post(scene.page("logout"), &[("csrf", &foreign)], &[])
        .await;
    assert_eq!(out.status, 403);
    assert!(scene.knows(&visitor).await);
}

#[tokio::test]
async fn a_key_that_is_not_known_is_asked_for_once() {
    let scene = Scene::by_secret().await;
    assert_eq!(scene.open(&Visitor::new()).await.status, 200);
    let asked = || scene.hub.asked("/.well-known/openid-configuration").len();
    assert_eq!(asked(), 1);
    scene.hub.new_key();
    assert_eq!(scene.open(&Visitor::new()).await.status, 200);
    assert_eq!(asked(), 2);
    // Whoever makes keys up does not make the service ask again and again.
    for _ in 0..3 {
        scene.hub.new_key();
        let forged = scene.hub.logout_token("by-secret", "sid-1", |_| {});
        assert_eq!(scene.tell(&forged).await.status, 400);
    }
    assert_eq!(asked(), 2);
}

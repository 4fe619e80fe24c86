//! Signing out: from here, from the hub, from behind and through a frame.

use std::time::Duration;

use serde_json::json;

use super::scene::{Scene, csrf};
use crate::support::http::Visitor;
use crate::support::process::eventually;

#[tokio::test]
async fn leaving_the_service_takes_its_tokens_back() {
    let scene = Scene::by_secret().await;
    let visitor = Visitor::new();
    let token = csrf(&scene.open(&visitor).await);
    let left = visitor
        .post(scene.page("logout"), &[("csrf", &token)], &[])
        .await;
    assert!(
        left.text().contains("Vous avez quitté ce service"),
        "{}",
        left.text()
    );
    assert!(!scene.knows(&visitor).await);
    eventually(
        "the refresh token is taken back",
        Duration::from_secs(5),
        async || scene.hub.asked("/oidc/revoke").first().map(|_| ()),
    )
    .await;
    assert!(scene.hub.asked("/oidc/logout").is_empty());
}

#[tokio::test]
async fn leaving_the_ent_says_who_and_comes_back() {
    let scene = Scene::by_secret().await;
    let visitor = Visitor::new();
    let token = csrf(&scene.open(&visitor).await);
    let out = visitor
        .post(scene.page("logout/ent"), &[("csrf", &token)], &[])
        .await;
    let back = visitor.follow_on(out).await;
    assert_eq!(back.url.as_str(), scene.page("deconnecte"));
    assert!(
        back.text().contains("Vous êtes déconnecté"),
        "{}",
        back.text()
    );
    let asked = scene.hub.asked("/oidc/logout").remove(0);
    assert_eq!(asked["post_logout_redirect_uri"], scene.page("deconnecte"));
    assert_eq!(asked["client_id"], "by-secret");
    assert_eq!(asked["id_token_hint"].split('.').count(), 3);
    assert!(!scene.knows(&visitor).await);
}

#[tokio::test]
async fn oidc_15_the_hub_ends_a_session_from_behind() {
    let scene = Scene::by_secret().await;
    let (first, second) = (Visitor::new(), Visitor::new());
    scene.open(&first).await;
    let sid = scene.hub.latest_sid();
    scene.open(&second).await;
    let token = scene.hub.logout_token("by-secret", &sid, |_| {});
    assert_eq!(scene.tell(&token).await.status, 200);
    assert!(!scene.knows(&first).await);
    assert!(
        scene.knows(&second).await,
        "another session of the same person"
    );
    assert_eq!(scene.tell(&token).await.status, 400, "once");
    // All sessions of the person.
    let everywhere = scene.hub.logout_token("by-secret", &sid, |claims| {
        claims["sub"] = json!("p1");
        claims.as_object_mut().unwrap().remove("sid");
    });
    assert_eq!(scene.tell(&everywhere).await.status, 200);
    assert!(!scene.knows(&second).await);
}

#[tokio::test]
async fn oidc_15_forged_logout_tokens_end_nothing() {
    let scene = Scene::by_secret().await;
    let visitor = Visitor::new();
    scene.open(&visitor).await;
    let sid = scene.hub.latest_sid();
    let made =
        |change: fn(&mut serde_json::Value)| scene.hub.logout_token("by-secret", &sid, change);
    let mut forged = vec![
        scene.hub.logout_token("by-key", &sid, |_| {}),
        made(|claims| claims["iss"] = json!("https://other.example")),
        made(|claims| claims["nonce"] = json!("n")),
        made(|claims| claims["events"] = json!({})),
        made(|claims| claims["iat"] = json!(1_000)),
        String::new(),
        "a.b.c".to_owned(),
    ];
    let mut unsigned = made(|_| {});
    unsigned.truncate(unsigned.rfind('.').unwrap() + 1);
    forged.push(unsigned);
    for token in forged {
        let answer = scene.tell(&token).await;
        assert_eq!(answer.status, 400, "{token}");
        assert_eq!(answer.json()["error"], "invalid_request");
        assert!(scene.knows(&visitor).await, "{token}");
    }
}

#[tokio::test]
async fn the_hub_ends_a_session_through_a_frame() {
    let scene = Scene::by_key().await;
    let visitor = Visitor::new();
    scene.open(&visitor).await;
    let issuer = scene.hub.issuer().to_owned();
    let frame = |issuer: &str, sid: &str| {
        let query = [("iss", issuer), ("sid", sid)];
        let page = scene.page("deconnexion-frontale");
        url::Url::parse_with_params(&page, query)
            .unwrap()
            .to_string()
    };
    let sid = scene.hub.latest_sid();
    // Nobody's browser: a frame may come without cookies.
    let stranger = Visitor::new();
    for (issuer, sid) in [
        ("https://other.example", sid.as_str()),
        (issuer.as_str(), "sid-0"),
    ] {
        assert_eq!(stranger.get(frame(issuer, sid)).await.status, 200);
        assert!(scene.knows(&visitor).await);
    }
    let shown = stranger.get(frame(&issuer, &sid)).await;
    let policy = shown
        .header(reqwest::header::CONTENT_SECURITY_POLICY)
        .unwrap();
    assert!(
        policy.contains(&format!("frame-ancestors {issuer}")),
        "{policy}"
    );
    assert!(!scene.knows(&visitor).await);
    assert_eq!(
        stranger
            .get(scene.page("deconnexion-frontale"))
            .await
            .status,
        422
    );
}

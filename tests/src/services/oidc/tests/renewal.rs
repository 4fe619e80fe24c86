//! Staying signed in: claims that are renewed, and what ends when the hub says so.

use serde_json::json;
use tokio::task::JoinSet;

use super::provider::{Fault, lock};
use super::scene::Scene;
use crate::support::http::Visitor;

#[tokio::test]
async fn oidc_11_claims_are_renewed_when_the_access_token_ends() {
    let scene = Scene::by_secret().await;
    *lock(&scene.hub.life) = 0;
    let visitor = Visitor::new();
    scene.open(&visitor).await;
    *lock(&scene.hub.person) = json!({ "sub": "p1", "name": "Léa Roux" });
    *lock(&scene.hub.life) = 600;
    let page = visitor.get(&scene.base).await;
    assert!(page.body.starts_with("Léa Roux"), "{}", page.body);
    let refreshed = || {
        let asked = scene.hub.asked("/oidc/token");
        asked
            .into_iter()
            .filter(|form| form["grant_type"] == "refresh_token")
            .collect::<Vec<_>>()
    };
    let first = refreshed();
    // The login's own page already needed one: its token had no life at all.
    assert_eq!(first.len(), 2);
    assert_ne!(
        first[0]["refresh_token"], first[1]["refresh_token"],
        "rotated"
    );
    visitor.get(&scene.base).await;
    assert_eq!(refreshed().len(), 2, "fresh now");
}

#[tokio::test]
async fn oidc_11_pages_opened_together_present_a_refresh_token_once() {
    let scene = Scene::by_secret().await;
    let visitor = Visitor::new();
    scene.open(&visitor).await;
    scene.grow_old().await;
    let mut pages = JoinSet::new();
    for _ in 0..8 {
        let (visitor, page) = (visitor.copy(), scene.base.clone());
        pages.spawn(async move { visitor.get(page).await.status.as_u16() });
    }
    assert_eq!(pages.join_all().await, [200; 8]);
    let asked = scene.hub.asked("/oidc/token");
    let refreshed = asked
        .iter()
        .filter(|form| form["grant_type"] == "refresh_token");
    assert_eq!(refreshed.count(), 1);
}

#[tokio::test]
async fn a_refusal_ends_the_session_and_silence_does_not() {
    let scene = Scene::by_secret().await;
    let visitor = Visitor::new();
    scene.open(&visitor).await;
    scene.break_by(Some(Fault::Broken));
    scene.grow_old().await;
    assert!(scene.knows(&visitor).await, "the hub is silent");
    scene.break_by(Some(Fault::Refresh));
    assert!(scene.knows(&visitor).await, "not asked again at once");
    scene.grow_old().await;
    assert!(!scene.knows(&visitor).await, "the hub says no");
}

#[tokio::test]
async fn a_session_never_becomes_somebody_elses() {
    let scene = Scene::by_secret().await;
    let visitor = Visitor::new();
    scene.open(&visitor).await;
    *lock(&scene.hub.person) = json!({ "sub": "p2", "name": "Noé Roux" });
    scene.grow_old().await;
    let page = visitor.get(&scene.base).await;
    assert!(page.status.is_redirection(), "{}", page.body);
}

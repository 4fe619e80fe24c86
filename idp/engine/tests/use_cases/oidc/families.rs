//! Refresh families: rotation, reuse, lost answers, and what a family rests on (OIDC-11).

use std::time::Duration;

use clau_oidc::error::ErrorCode;
use serde_json::Value;

use super::{claims, code, member, redeem, token, token_of, userinfo, with};
use crate::scene::{Browser, Scene};

const OFFLINE: [(&str, &str); 1] = [("scope", "openid profile offline_access")];

async fn refresh(scene: &Scene, token_: &str) -> Result<Value, ErrorCode> {
    let parameters = [("grant_type", "refresh_token"), ("refresh_token", token_)];
    token(scene, &parameters).await
}

fn next(tokens: &Value) -> String {
    member(tokens, "refresh_token").to_owned()
}

async fn family(login: &str, changes: &[(&str, &str)]) -> (Scene, Browser, Value) {
    let (scene, browser) = with(login).await;
    let code = code(&scene, &browser, changes).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    (scene, browser, tokens)
}

#[tokio::test]
async fn oidc_11_each_refresh_gives_the_next_token_of_the_family() {
    let (scene, _browser, tokens) = family("paul.durand", &OFFLINE).await;
    let first = claims(member(&tokens, "id_token"));
    let mut current = next(&tokens);
    for _ in 0..3 {
        scene.pass(Duration::from_secs(600));
        let tokens = refresh(&scene, &current).await.expect("tokens");
        assert_ne!(next(&tokens), current);
        let told = claims(member(&tokens, "id_token"));
        for same in ["iss", "sub", "aud", "auth_time", "sid"] {
            assert_eq!(told[same], first[same], "{same}");
        }
        assert!(told.get("nonce").is_none());
        assert!(
            userinfo(&scene, member(&tokens, "access_token"))
                .await
                .is_ok()
        );
        current = next(&tokens);
    }
}

#[tokio::test]
async fn oidc_11_a_spent_token_ends_the_family() {
    let (scene, _browser, tokens) = family("paul.durand", &OFFLINE).await;
    let first = next(&tokens);
    let second = refresh(&scene, &first).await.expect("tokens");
    scene.pass(Duration::from_secs(31));
    assert_eq!(refresh(&scene, &first).await, Err(ErrorCode::InvalidGrant));
    assert_eq!(
        refresh(&scene, &next(&second)).await,
        Err(ErrorCode::InvalidGrant)
    );
    assert_eq!(
        userinfo(&scene, member(&second, "access_token")).await,
        Err(ErrorCode::InvalidToken)
    );
}

#[tokio::test]
async fn oidc_11_a_token_of_long_ago_ends_the_family_at_once() {
    let (scene, _browser, tokens) = family("paul.durand", &OFFLINE).await;
    let first = next(&tokens);
    let second = next(&refresh(&scene, &first).await.expect("tokens"));
    let third = next(&refresh(&scene, &second).await.expect("tokens"));
    assert_eq!(refresh(&scene, &first).await, Err(ErrorCode::InvalidGrant));
    assert_eq!(refresh(&scene, &third).await, Err(ErrorCode::InvalidGrant));
}

#[tokio::test]
async fn oidc_11_who_has_not_received_the_answer_gets_it_once_more() {
    let (scene, _browser, tokens) = family("paul.durand", &OFFLINE).await;
    let first = next(&tokens);
    refresh(&scene, &first).await.expect("tokens");
    scene.pass(Duration::from_secs(5));
    let again = refresh(&scene, &first).await.expect("the lost answer");
    // Once.
    assert_eq!(refresh(&scene, &first).await, Err(ErrorCode::InvalidGrant));
    // What it was given is the current token of the family.
    assert!(refresh(&scene, &next(&again)).await.is_ok());
}

#[tokio::test]
async fn oidc_11_two_at_once_are_a_race_and_no_theft() {
    let (scene, _browser, tokens) = family("paul.durand", &OFFLINE).await;
    let first = next(&tokens);
    let second = refresh(&scene, &first).await.expect("tokens");
    assert_eq!(refresh(&scene, &first).await, Err(ErrorCode::InvalidGrant));
    let third = refresh(&scene, &next(&second)).await.expect("it lives");
    // Again and again is no race.
    for _ in 0..5 {
        assert_eq!(
            refresh(&scene, &next(&second)).await,
            Err(ErrorCode::InvalidGrant)
        );
    }
    assert_eq!(
        refresh(&scene, &next(&third)).await,
        Err(ErrorCode::InvalidGrant)
    );
}

#[tokio::test]
async fn oidc_11_a_family_has_an_end_however_often_it_is_used() {
    let (scene, _browser, tokens) = family("paul.durand", &OFFLINE).await;
    let mut current = next(&tokens);
    for _ in 0..3 {
        scene.pass(Duration::from_secs(9 * 24 * 3600));
        current = next(&refresh(&scene, &current).await.expect("tokens"));
    }
    scene.pass(Duration::from_secs(3 * 24 * 3600));
    assert_eq!(
        refresh(&scene, &current).await,
        Err(ErrorCode::InvalidGrant)
    );
}

#[tokio::test]
async fn oidc_11_a_family_is_its_clients_and_asks_for_no_more_than_it_was_given() {
    let (scene, _browser, tokens) = family("paul.durand", &OFFLINE).await;
    let current = next(&tokens);
    let stolen = [
        ("grant_type", "refresh_token"),
        ("refresh_token", current.as_str()),
    ];
    assert_eq!(
        token_of(&scene, "editeur", &stolen).await,
        Err(ErrorCode::InvalidGrant)
    );
    let more = [
        ("grant_type", "refresh_token"),
        ("refresh_token", current.as_str()),
        ("scope", "email ent"),
    ];
    assert_eq!(token(&scene, &more).await, Err(ErrorCode::InvalidScope));
    let less = [
        ("grant_type", "refresh_token"),
        ("refresh_token", current.as_str()),
        ("scope", "openid email"),
    ];
    let narrow = token(&scene, &less).await.expect("spent by neither");
    assert_eq!(narrow["scope"], "openid");
    let info = userinfo(&scene, member(&narrow, "access_token")).await;
    assert!(!info.expect("claims").contains_key("given_name"));
    // Fewer scopes once are not fewer for ever.
    let wide = refresh(&scene, &next(&narrow)).await.expect("tokens");
    let info = userinfo(&scene, member(&wide, "access_token")).await;
    assert!(info.expect("claims").contains_key("given_name"));
}

#[tokio::test]
async fn ses_07_without_offline_access_a_family_ends_with_the_session() {
    let (scene, browser, tokens) = family("paul.durand", &[]).await;
    let cookie = browser.session.as_deref();
    scene.hub.log_out(&scene.cx(), cookie).await.expect("out");
    assert_eq!(
        userinfo(&scene, member(&tokens, "access_token")).await,
        Err(ErrorCode::InvalidToken)
    );
    assert_eq!(
        refresh(&scene, &next(&tokens)).await,
        Err(ErrorCode::InvalidGrant)
    );
}

#[tokio::test]
async fn ses_07_with_offline_access_it_outlives_the_session_but_not_the_account() {
    let (scene, browser, tokens) = family("paul.durand", &OFFLINE).await;
    let cookie = browser.session.as_deref();
    scene.hub.log_out(&scene.cx(), cookie).await.expect("out");
    let tokens = refresh(&scene, &next(&tokens)).await.expect("tokens");
    let lock = scene
        .hub
        .set_lock(&scene.cx(), "paul.durand", Some("test"))
        .await;
    lock.expect("locked");
    assert_eq!(
        userinfo(&scene, member(&tokens, "access_token")).await,
        Err(ErrorCode::InvalidToken)
    );
    assert_eq!(
        refresh(&scene, &next(&tokens)).await,
        Err(ErrorCode::InvalidGrant)
    );
}

#[tokio::test]
async fn oidc_11_a_refresh_asks_again_whether_the_service_is_for_the_person() {
    let (scene, _browser, tokens) = family("paul.durand", &OFFLINE).await;
    scene
        .apply(
            r#"
[[service]]
id = "bourses"
name = "Bourses"
access = [{ profiles = ["National_TUT"] }]
[service.oidc.client]
redirect_uris = ["https://bourses.example/callback"]
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile offline_access"
"#,
        )
        .await;
    assert_eq!(
        refresh(&scene, &next(&tokens)).await,
        Err(ErrorCode::InvalidGrant)
    );
}

#[tokio::test]
async fn ses_05_a_service_that_refreshes_keeps_nobody_signed_in() {
    let (scene, browser, tokens) = family("lea.martin", &[]).await;
    let mut current = next(&tokens);
    for _ in 0..2 {
        scene.pass(Duration::from_secs(14 * 60));
        current = next(&refresh(&scene, &current).await.expect("tokens"));
    }
    // Half an hour without a visit of hers.
    scene.pass(Duration::from_secs(2 * 60));
    assert!(scene.signed_in(&browser).await.is_none());
    assert_eq!(
        refresh(&scene, &current).await,
        Err(ErrorCode::InvalidGrant)
    );
}

#[tokio::test]
async fn a_new_proof_by_the_same_person_ends_no_family() {
    let (scene, mut browser, tokens) = family("paul.durand", &[]).await;
    let outcome = super::authorize(&scene, &browser, &[("prompt", "login")]).await;
    super::log_in(&scene, &mut browser, outcome, "paul.durand").await;
    assert!(refresh(&scene, &next(&tokens)).await.is_ok());
}

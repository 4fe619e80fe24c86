//! Devices: pending, typed, answered, polled; guesses are slowed.

use std::time::Duration;

use clau_engine::oidc::authenticate::Presented;
use clau_engine::oidc::device::DeviceFound;
use clau_oidc::error::ErrorCode;
use serde_json::Value;

use super::{list, member, token_of, userinfo, with};
use crate::scene::{Browser, Scene};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

async fn begin(scene: &Scene) -> Value {
    let presented = Presented {
        method: "POST",
        endpoint: "/oidc/device",
        ..Presented::default()
    };
    let parameters = list(&[("client_id", "borne"), ("scope", "openid profile")]);
    let response = scene
        .hub
        .oidc_device(&scene.cx(), presented, &parameters)
        .await
        .expect("codes");
    serde_json::to_value(response).expect("JSON")
}

async fn poll(scene: &Scene, device: &Value) -> Result<Value, ErrorCode> {
    let parameters = [
        ("grant_type", GRANT),
        ("device_code", member(device, "device_code")),
    ];
    token_of(scene, "borne", &parameters).await
}

async fn find(scene: &Scene, browser: &Browser, typed: &str) -> DeviceFound {
    let signed_in = scene.signed_in(browser).await.expect("signed in");
    scene
        .hub
        .device_found(&scene.cx(), &signed_in, typed)
        .await
        .expect("looked up")
}

async fn decide(scene: &Scene, browser: &Browser, typed: &str, allowed: bool) -> Option<String> {
    let signed_in = scene.signed_in(browser).await.expect("signed in");
    scene
        .hub
        .device_answered(&scene.cx(), &signed_in, typed, allowed)
        .await
        .expect("answered")
}

#[tokio::test]
async fn oidc_21_a_device_is_let_in_by_the_person_who_types_its_code() {
    let (scene, browser) = with("lea.martin").await;
    let device = begin(&scene).await;
    let code = member(&device, "user_code").to_owned();
    assert_eq!(
        member(&device, "verification_uri_complete"),
        format!("https://ent.example/device?user_code={code}")
    );
    assert_eq!(
        poll(&scene, &device).await,
        Err(ErrorCode::AuthorizationPending)
    );
    scene.pass(Duration::from_secs(1));
    assert_eq!(poll(&scene, &device).await, Err(ErrorCode::SlowDown));
    scene.pass(Duration::from_secs(5));
    let DeviceFound::Asked(asked) = find(&scene, &browser, &code.to_lowercase()).await else {
        panic!("not found");
    };
    assert_eq!(asked.service, "Borne");
    assert_eq!(
        decide(&scene, &browser, &code, true).await.as_deref(),
        Some("Borne")
    );
    // Nobody else can answer it now.
    assert_eq!(decide(&scene, &browser, &code, false).await, None);
    let tokens = poll(&scene, &device).await.expect("tokens");
    let info = userinfo(&scene, member(&tokens, "access_token"))
        .await
        .expect("claims");
    assert_eq!(info["given_name"], "Léa");
    assert_eq!(poll(&scene, &device).await, Err(ErrorCode::InvalidGrant));
}

#[tokio::test]
async fn oidc_21_a_device_is_told_that_the_person_said_no_or_nothing() {
    let (scene, browser) = with("lea.martin").await;
    let refused = begin(&scene).await;
    decide(&scene, &browser, member(&refused, "user_code"), false).await;
    assert_eq!(poll(&scene, &refused).await, Err(ErrorCode::AccessDenied));
    let late = begin(&scene).await;
    scene.pass(Duration::from_secs(600));
    assert_eq!(poll(&scene, &late).await, Err(ErrorCode::ExpiredToken));
    assert_eq!(
        decide(&scene, &browser, member(&late, "user_code"), true).await,
        None
    );
}

#[tokio::test]
async fn oidc_21_the_service_must_be_for_the_person_as_in_every_other_login() {
    let (scene, browser) = with("paul.durand").await;
    let device = begin(&scene).await;
    let code = member(&device, "user_code");
    assert!(matches!(
        find(&scene, &browser, code).await,
        DeviceFound::NotForYou { .. }
    ));
    assert_eq!(decide(&scene, &browser, code, true).await, None);
    assert_eq!(
        poll(&scene, &device).await,
        Err(ErrorCode::AuthorizationPending)
    );
}

#[tokio::test]
async fn oidc_21_codes_are_not_guessed() {
    let (scene, browser) = with("lea.martin").await;
    let device = begin(&scene).await;
    for _ in 0..10 {
        assert!(matches!(
            find(&scene, &browser, "BBBB-BBBB").await,
            DeviceFound::Unknown
        ));
    }
    let right = member(&device, "user_code");
    assert!(matches!(
        find(&scene, &browser, right).await,
        DeviceFound::Wait(_)
    ));
    assert_eq!(decide(&scene, &browser, right, true).await, None);
    // Somebody else of the same school is not held up.
    let mut other = Browser::default();
    scene.sign_in(&mut other, "tom.martin").await;
    assert!(matches!(
        find(&scene, &other, right).await,
        DeviceFound::Asked(_)
    ));
}

#[tokio::test]
async fn ses_07_a_device_is_out_when_the_session_that_let_it_in_ends() {
    let (scene, browser) = with("lea.martin").await;
    let device = begin(&scene).await;
    decide(&scene, &browser, member(&device, "user_code"), true).await;
    let tokens = poll(&scene, &device).await.expect("tokens");
    let cookie = browser.session.as_deref();
    scene.hub.log_out(&scene.cx(), cookie).await.expect("out");
    assert_eq!(
        userinfo(&scene, member(&tokens, "access_token")).await,
        Err(ErrorCode::InvalidToken)
    );
}

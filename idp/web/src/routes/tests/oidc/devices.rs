//! `/device`, where a person types what a screen shows, and the endpoint that screens ask.

use http::StatusCode;
use serde_json::Value;

use super::super::scene::{Answer, Browser, Scene};
use super::{assert_refused, json, post, scene, text};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// A screen that shows a code.
pub(super) struct Device(Value);

impl Device {
    pub(super) fn code(&self) -> &str {
        text(&self.0, "user_code")
    }

    /// The address in the picture on the screen, without the hub's own.
    pub(super) fn complete(&self) -> String {
        let address = text(&self.0, "verification_uri_complete");
        let path = address.strip_prefix("https://ent.example");
        path.expect("our own").to_owned()
    }

    async fn poll(&self, scene: &Scene) -> Answer {
        let parameters = [
            ("client_id", "borne"),
            ("grant_type", GRANT),
            ("device_code", text(&self.0, "device_code")),
        ];
        post(scene, "/oidc/token", &Browser::default(), &parameters).await
    }
}

pub(super) async fn shown(scene: &Scene) -> Device {
    let parameters = [("client_id", "borne"), ("scope", "openid profile")];
    let answer = post(scene, "/oidc/device", &Browser::default(), &parameters).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    Device(json(&answer))
}

#[tokio::test]
async fn a_screen_is_told_what_to_show_and_to_wait() {
    let scene = scene().await;
    let device = shown(&scene).await;
    assert_eq!(
        text(&device.0, "verification_uri"),
        "https://ent.example/device"
    );
    assert_eq!(
        device.complete(),
        format!("/device?user_code={}", device.code())
    );
    assert!(device.0["expires_in"].is_u64() && device.0["interval"].is_u64());
    assert_refused(
        &device.poll(&scene).await,
        StatusCode::BAD_REQUEST,
        "authorization_pending",
    );
    assert_refused(
        &device.poll(&scene).await,
        StatusCode::BAD_REQUEST,
        "slow_down",
    );
    let other = [("client_id", "telephone"), ("scope", "openid")];
    let answer = post(&scene, "/oidc/device", &Browser::default(), &other).await;
    assert_refused(&answer, StatusCode::BAD_REQUEST, "unauthorized_client");
}

#[tokio::test]
async fn who_types_the_code_signs_in_sees_what_would_happen_and_decides() {
    let scene = scene().await;
    let device = shown(&scene).await;
    let mut lea = Browser::default();
    let answer = scene.get(&mut lea, "/device").await;
    assert_eq!(answer.location().as_deref(), Some("/login?to=/device"));
    let answer = scene.log_in_at(&mut lea, "/device", "lea.martin").await;
    assert_eq!(answer.location().as_deref(), Some("/device"));
    let page = scene.get(&mut lea, "/device").await;
    let typed = device.code().to_lowercase().replace('-', " ");
    let form = page.form("/device").with("user_code", &typed);
    let page = scene.submit(&mut lea, &form).await;
    for shown in [device.code(), "Borne", "votre prénom"] {
        assert!(page.body.contains(shown), "{shown}: {}", page.body);
    }
    let form = page.form("/device/answer");
    assert_eq!(form.value("code"), Some(device.code()));
    let done = scene
        .submit(&mut lea, &form.clone().with("decision", "allow"))
        .await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(done.body.contains("regardez l&#39;écran"), "{}", done.body);
    assert_eq!(device.poll(&scene).await.status, StatusCode::OK);
    // Once: a second click says that no screen waits.
    let again = scene
        .submit(&mut lea, &form.with("decision", "allow"))
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    // And it can be taken back.
    let account = scene.get(&mut lea, "/account").await;
    assert_eq!(
        account.form("/account/grants/revoke").value("service"),
        Some("borne")
    );
}

#[tokio::test]
async fn a_scanned_picture_leads_past_the_login_to_the_question() {
    let scene = scene().await;
    let device = shown(&scene).await;
    let mut lea = Browser::default();
    let answer = scene
        .log_in_at(&mut lea, &device.complete(), "lea.martin")
        .await;
    assert_eq!(answer.location(), Some(device.complete()));
    let page = scene.get(&mut lea, &device.complete()).await;
    assert!(page.body.contains("/device/answer"), "{}", page.body);
    // Nothing happens by being there: no address lets a screen in.
    assert_refused(
        &device.poll(&scene).await,
        StatusCode::BAD_REQUEST,
        "authorization_pending",
    );
    let denied = page.form("/device/answer").with("decision", "deny");
    let done = scene.submit(&mut lea, &denied).await;
    assert!(
        done.body.contains("Rien n&#39;a été ouvert"),
        "{}",
        done.body
    );
    scene.pass_seconds(6);
    assert_refused(
        &device.poll(&scene).await,
        StatusCode::FORBIDDEN,
        "access_denied",
    );
}

#[tokio::test]
async fn ses_09_no_other_page_lets_a_screen_in() {
    let scene = scene().await;
    let device = shown(&scene).await;
    let mut lea = scene.signed_in("lea.martin").await;
    let page = scene.get(&mut lea, &device.complete()).await;
    let form = page.form("/device/answer").with("decision", "allow");
    let mut foreign = lea.clone().with("sec-fetch-site", "cross-site");
    let page = scene.get(&mut lea, "/device").await;
    let typed = page.form("/device").with("user_code", device.code());
    for (name, answer) in [
        ("another site", scene.submit(&mut foreign, &form).await),
        (
            "no token",
            scene.submit(&mut lea, &form.clone().without("csrf")).await,
        ),
        (
            "no token, typed",
            scene.submit(&mut lea, &typed.without("csrf")).await,
        ),
    ] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
    }
    let nothing = scene
        .submit(&mut lea, &form.clone().without("decision"))
        .await;
    assert_eq!(nothing.status, StatusCode::BAD_REQUEST);
    assert_refused(
        &device.poll(&scene).await,
        StatusCode::BAD_REQUEST,
        "authorization_pending",
    );
}

#[tokio::test]
async fn oidc_21_who_guesses_is_told_to_wait_and_others_are_not() {
    let scene = scene().await;
    let device = shown(&scene).await;
    let mut lea = scene.signed_in("lea.martin").await;
    let form = scene.get(&mut lea, "/device").await.form("/device");
    let guess = form.clone().with("user_code", "BCDF-GHJK");
    for _ in 0..10 {
        let answer = scene.submit(&mut lea, &guess).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("aria-invalid=\"true\""));
        assert_eq!(answer.form("/device").value("user_code"), Some("BCDF-GHJK"));
    }
    let right = form.clone().with("user_code", device.code());
    for answer in [
        scene.submit(&mut lea, &right).await,
        scene.get(&mut lea, &device.complete()).await,
    ] {
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(answer.header("retry-after"), "600");
        assert!(answer.body.contains("10 minutes"), "{}", answer.body);
    }
    let mut anne = scene.signed_in("anne.martin").await;
    let page = scene.get(&mut anne, &device.complete()).await;
    assert_eq!(page.status, StatusCode::OK);
    // What is missing or far too long is no guess.
    let missing = form.clone().with("user_code", " ");
    let answer = scene.submit(&mut anne.clone(), &missing).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "another one's form");
    let form = scene.get(&mut anne, "/device").await.form("/device");
    let answer = scene
        .submit(&mut anne, &form.clone().with("user_code", " "))
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let long = form.with("user_code", &"<b>".repeat(500));
    let answer = scene.submit(&mut anne, &long).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!answer.body.contains("<b>"));
}

#[tokio::test]
async fn a_screen_of_a_service_that_is_not_for_them_is_refused_with_the_reason() {
    let scene = scene().await;
    let device = shown(&scene).await;
    let mut paul = scene.signed_in("paul.durand").await;
    let page = scene.get(&mut paul, &device.complete()).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(
        page.body.contains("Borne n&#39;est pas ouvert pour vous"),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("Enseignant"),
        "what the hub sees them as"
    );
}

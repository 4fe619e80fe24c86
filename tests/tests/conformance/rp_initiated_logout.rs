//! Plan "RP-Initiated Logout OP": `oidcc-rp-initiated-logout-certification-test-plan`.

use clau_tests::support::http::Visitor;
use reqwest::StatusCode;

use crate::client::Rp;
use crate::discovery;
use crate::fields::Fields;
use crate::jose::{Key, hs256, peek};
use crate::logout::{self, arrived, assert_asked_or_told, assert_signed_out, forged, leave, url};
use crate::modules::somebody;
use crate::world::{AFTER_LOGOUT, secret};

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout_discovery_endpoint_verification() {
    let document = discovery::document().await;
    assert!(document["end_session_endpoint"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout() {
    let (person, rp) = (somebody().await, Rp::known("basic").await);
    let done = arrived(&person, &rp).await;
    let request = logout::request(&done);
    let left = leave(&person, &url(&rp, &request)).await;
    left.assert_back_at_the_client(request.value("state"));
    assert_signed_out(&person, &rp).await;
    // The same by POST, from a page of the client; its browser withholds the session's cookie.
    let done = arrived(&person, &rp).await;
    let request = logout::request(&done);
    let endpoint = rp.endpoint("end_session_endpoint");
    let answer = Visitor::new()
        .post(
            &endpoint,
            &request.pairs(),
            &[(reqwest::header::ORIGIN, "https://rp.essais.example")],
        )
        .await;
    assert!(
        answer.status.is_redirection() || answer.status == StatusCode::OK,
        "{} {}",
        answer.status,
        answer.text()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri() {
    let (person, rp) = (somebody().await, Rp::known("basic").await);
    let done = arrived(&person, &rp).await;
    for bad in [
        "https://rp.essais.example/bad_post_logout_redirect_uri",
        "https://evil.example/",
        rp.redirect_uri.as_str(),
        "javascript:alert(1)",
        "",
    ] {
        let request = logout::request(&done).with("post_logout_redirect_uri", bad);
        let left = logout::look(&person, &url(&rp, &request)).await;
        assert_eq!(left.to, None, "{bad}");
        assert!(!left.page().body.contains("href=\"javascript"), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout_modified_id_token_hint() {
    let (person, rp) = (somebody().await, Rp::known("basic").await);
    let done = arrived(&person, &rp).await;
    let request = logout::request(&done).with("id_token_hint", forged(&done, None));
    assert_asked_or_told(&person, &rp, &request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout_bad_id_token_hint() {
    let (person, rp) = (somebody().await, Rp::known("basic").await);
    let done = arrived(&person, &rp).await;
    let (header, claims) = peek(done.tokens.id());
    for hint in [
        forged(&done, Some(&Key::generate("ES256"))),
        forged(&done, Some(&Key::generate("RS256"))),
        // What the suite does with a client that has no keys.
        hs256(
            &secret("basic"),
            &serde_json::json!({"alg": "HS256", "kid": header["kid"]}),
            &claims,
        ),
        "nonsense".to_owned(),
    ] {
        let request = logout::request(&done).with("id_token_hint", hint);
        let left = logout::look(&person, &url(&rp, &request)).await;
        assert_eq!(left.to, None);
        assert!(person.is_signed_in().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout_no_id_token_hint() {
    let (person, rp) = (somebody().await, Rp::known("basic").await);
    let done = arrived(&person, &rp).await;
    let request = logout::request(&done).without("id_token_hint");
    assert_asked_or_told(&person, &rp, &request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout_no_params() {
    signs_out_here(|_| Fields::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout_only_state() {
    signs_out_here(|request| {
        request
            .without("id_token_hint")
            .without("post_logout_redirect_uri")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri() {
    signs_out_here(|request| request.without("post_logout_redirect_uri")).await;
}

/// Without an address to go to, the person is signed out, told so, and stays at the hub.
async fn signs_out_here(change: impl FnOnce(Fields) -> Fields) {
    let (person, rp) = (somebody().await, Rp::known("basic").await);
    let done = arrived(&person, &rp).await;
    let request = change(logout::request(&done));
    let left = leave(&person, &url(&rp, &request)).await;
    assert_eq!(left.to, None);
    assert_eq!(left.page().status, StatusCode::OK, "{}", left.page().text());
    assert_signed_out(&person, &rp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout_no_state() {
    let (person, rp) = (somebody().await, Rp::known("basic").await);
    let done = arrived(&person, &rp).await;
    let request = logout::request(&done).without("state");
    let left = leave(&person, &url(&rp, &request)).await;
    left.assert_back_at_the_client(None);
    assert_signed_out(&person, &rp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri() {
    let (person, rp) = (somebody().await, Rp::known("basic").await);
    let done = arrived(&person, &rp).await;
    let bad = format!("{AFTER_LOGOUT}?foo=bar");
    let request = logout::request(&done).with("post_logout_redirect_uri", bad);
    let left = logout::look(&person, &url(&rp, &request)).await;
    assert_eq!(left.to, None);
}

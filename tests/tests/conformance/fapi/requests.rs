//! Modules about requests that a FAPI client may not make.

use super::{first, request};
use crate::checks;
use crate::client::Ask;
use crate::jose;
use crate::modules::somebody;
use crate::person::End;

/// Refused when it is pushed.
async fn not_pushed(change: impl FnOnce(Ask) -> Ask, expected: &[&str]) {
    let rp = first().await;
    let ask = change(request(&rp));
    checks::json_error(&rp.push(&ask).await, &[400], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_request_object_without_redirect_uri_fails() {
    not_pushed(|ask| ask.without("redirect_uri"), &["invalid_request"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_redirect_uri_in_authorization_request() {
    not_pushed(|ask| ask.without("redirect_uri"), &["invalid_request"]).await;
}

/// RFC 9126 §2.4 would allow an unregistered address; OIDC-01 does not.
#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_plain_fapi_tolerate_unregistered_redirect_uri() {
    let elsewhere = format!("{}/{}", crate::world::CALLBACK, jose::random(10));
    not_pushed(
        |ask| ask.with("redirect_uri", elsewhere),
        &["invalid_request"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_response_type_code_idtoken_fails() {
    let expected = [
        "unsupported_response_type",
        "invalid_request",
        "unauthorized_client",
    ];
    not_pushed(|ask| ask.with("response_type", "code id_token"), &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_response_type_token_fails() {
    let expected = [
        "unsupported_response_type",
        "invalid_request",
        "unauthorized_client",
    ];
    not_pushed(|ask| ask.with("response_type", "token"), &expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_ensure_pkce_required() {
    let bare = |ask: Ask| {
        ask.without("code_challenge")
            .without("code_challenge_method")
    };
    not_pushed(bare, &["invalid_request"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_plain_pkce_rejected() {
    let plain = |ask: Ask| {
        let verifier = ask.verifier.clone().expect("PKCE");
        ask.with("code_challenge", verifier)
    };
    not_pushed(
        |ask| plain(ask).with("code_challenge_method", "plain"),
        &["invalid_request"],
    )
    .await;
    not_pushed(
        |ask| plain(ask).without("code_challenge_method"),
        &["invalid_request"],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_unsigned_authorization_request_without_using_par_fails()
 {
    let rp = first().await;
    let ask = request(&rp);
    let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
    assert_eq!(visit.shown, []);
    match &visit.end {
        End::Page(page) => assert!(page.status.is_client_error()),
        End::Back(_) => {
            checks::refused(&visit, &rp, &ask, &["invalid_request"]);
        }
    }
}

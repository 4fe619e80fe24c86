//! Modules about whether a client is who it says: assertions that are not good, codes of others, codes
//! without their verifier.

use serde_json::{Value, json};

use super::{code, first, request, second};
use crate::checks;
use crate::client::{Ask, PAR, Rp};
use crate::fields::Fields;
use crate::jose;
use crate::world::world;

/// Presents a code with an assertion of a test's own.
async fn redeemed_with(rp: &Rp, assertion: String) -> clau_tests::support::http::Answer {
    let (code, ask) = code(rp).await;
    let fields = rp.asserting(rp.code_fields(&code, &ask), assertion);
    rp.post_bound("token_endpoint", fields, vec![]).await
}

/// Pushes a request with an assertion whose claims were changed.
async fn pushed_with(
    rp: &Rp,
    change: impl FnOnce(&mut Value),
) -> clau_tests::support::http::Answer {
    let mut claims = rp.assertion_claims();
    change(&mut claims);
    let assertion = world().await.keys.fapi.sign("JWT", &claims);
    let fields = rp.asserting(request(rp).fields, assertion);
    let url = rp.endpoint(PAR);
    rp.send(reqwest::Method::POST, &url, &vec![], Some(&fields))
        .await
}

fn not_authenticated(answer: &clau_tests::support::http::Answer) {
    checks::json_error(answer, &[400, 401], &["invalid_client", "invalid_request"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_client_id_in_token_endpoint() {
    // Client two by name, with an assertion about client two, signed by client one.
    let (one, two) = (first().await, second().await);
    let (code, ask) = code(&one).await;
    let assertion = world().await.keys.fapi.sign("JWT", &two.assertion_claims());
    let fields = two.asserting(one.code_fields(&code, &ask), assertion);
    let answer = one.post_bound("token_endpoint", fields, vec![]).await;
    checks::json_error(&answer, &[400, 401], &["invalid_client", "invalid_grant"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_authorization_code_is_bound_to_client() {
    let (one, two) = (first().await, second().await);
    let (code, ask) = code(&one).await;
    let mut thief = two;
    thief.redirect_uri.clone_from(&one.redirect_uri);
    thief.dpop.clone_from(&one.dpop);
    checks::invalid_grant(&thief.redeem(&code, &ask).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_holder_of_key_required() {
    let rp = first().await;
    let (code, ask) = code(&rp).await;
    let answer = rp.post("token_endpoint", rp.code_fields(&code, &ask)).await;
    let expected = ["invalid_dpop_proof", "invalid_request", "invalid_grant"];
    checks::json_error(&answer, &[400], &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_signed_client_assertion_with_rs256_fails() {
    let rp = Rp::known("fapi-rsa").await;
    let key = &world().await.keys.fapi_rsa;
    // By the algorithm that is registered the key is good.
    let answer = redeemed_with(&rp, key.sign("JWT", &rp.assertion_claims())).await;
    checks::tokens(&answer, &rp);
    let header = json!({"alg": "RS256", "kid": key.kid(), "typ": "JWT"});
    let assertion = key.sign_with(&header, &rp.assertion_claims());
    checks::invalid_client(&redeemed_with(&rp, assertion).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_client_assertion_in_token_endpoint() {
    let rp = first().await;
    let (code, ask) = code(&rp).await;
    let fields = rp.code_fields(&code, &ask).with("client_id", &rp.id);
    not_authenticated(&rp.post_bound("token_endpoint", fields, vec![]).await);
}

/// Presents a code with an assertion whose claims were changed, and is not believed.
async fn assertion_fails(change: impl FnOnce(&mut Value)) {
    let rp = first().await;
    let mut claims = rp.assertion_claims();
    change(&mut claims);
    let assertion = world().await.keys.fapi.sign("JWT", &claims);
    not_authenticated(&redeemed_with(&rp, assertion).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_client_assertion_with_exp_is_5_minutes_in_past_fails()
{
    assertion_fails(|claims| claims["exp"] = json!(checks::now() - 300)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_client_assertion_with_wrong_aud_fails() {
    assertion_fails(|claims| claims["aud"] = json!("https://other.example/")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_client_assertion_with_no_sub_fails() {
    assertion_fails(|claims| {
        claims.as_object_mut().expect("claims").remove("sub");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_8_seconds_in_the_future_is_accepted()
 {
    let rp = first().await;
    let answer = pushed_with(&rp, |claims| {
        claims["iat"] = json!(checks::now() + 8);
        claims["nbf"] = json!(checks::now() + 8);
    })
    .await;
    checks::pushed(&answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_ensure_jwt_client_assertions_nbf_over_60_seconds_in_the_future_fails()
 {
    let rp = first().await;
    let answer = pushed_with(&rp, |claims| {
        for name in ["iat", "nbf", "exp"] {
            claims[name] = json!(claims[name].as_i64().expect("an instant") + 62);
        }
    })
    .await;
    not_authenticated(&answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_test_array_as_audience_fails() {
    let rp = first().await;
    for audience in [
        json!([rp.world.issuer(), "https://other.example/"]),
        json!([rp.world.issuer()]),
    ] {
        not_authenticated(&pushed_with(&rp, |claims| claims["aud"] = audience).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_test_par_endpoint_url_as_audience_fails() {
    let rp = first().await;
    let audience = json!(rp.endpoint(PAR));
    not_authenticated(&pushed_with(&rp, |claims| claims["aud"] = audience).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_test_token_endpoint_url_as_audience_fails() {
    let rp = first().await;
    let audience = json!(rp.endpoint("token_endpoint"));
    not_authenticated(&pushed_with(&rp, |claims| claims["aud"] = audience).await);
}

/// Presents a code with another verifier, or none.
async fn verifier_fails(change: impl FnOnce(Fields) -> Fields) {
    let rp = first().await;
    let (code, ask): (String, Ask) = code(&rp).await;
    let answer = rp.ask_for_tokens(change(rp.code_fields(&code, &ask))).await;
    checks::invalid_grant(&answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_pkce_code_verifier_required() {
    verifier_fails(|fields| fields.without("code_verifier")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_incorrect_pkce_code_verifier_rejected() {
    verifier_fails(|fields| fields.with("code_verifier", jose::random(64))).await;
}

//! Modules of well-behaved clients, and of people who say no.

use std::time::Duration;

use reqwest::header;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{code, first, flow, request, second, visit};
use crate::checks;
use crate::discovery::{self, offers};
use crate::dpop;
use crate::jose;
use crate::modules::{finish, somebody};

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_discovery_end_point_verification() {
    let document = discovery::document().await;
    assert_eq!(document, discovery::oauth_document().await);
    offers(&document, "response_types_supported", &["code"]);
    assert_eq!(
        document["authorization_response_iss_parameter_supported"],
        true
    );
    assert!(document[crate::client::PAR].is_string());
    assert!(document["require_pushed_authorization_requests"].is_boolean());
    for list in [
        "dpop_signing_alg_values_supported",
        "id_token_signing_alg_values_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "userinfo_signing_alg_values_supported",
    ] {
        offers(&document, list, &["ES256"]);
    }
    offers(
        &document,
        "token_endpoint_auth_methods_supported",
        &["private_key_jwt"],
    );
    offers(&document, "code_challenge_methods_supported", &["S256"]);
    offers(&document, "scopes_supported", &["openid"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_happy_flow() {
    let person = somebody().await;
    let one = first().await;
    let done = flow(&person, &one, &request(&one)).await;
    checks::assert_says_no_more(&done.claims);
    // The token is good in its header, whatever answer is preferred, and in no address.
    let endpoint = one.endpoint("userinfo_endpoint");
    let token = &done.tokens.access_token;
    let key = one.dpop.as_ref().expect("a key");
    for accept in [
        "application/json;charset=UTF-8",
        "application/json, */*",
        "*/*",
    ] {
        let proof = dpop::Proof::new("GET", &endpoint).token(token).sign(key);
        let headers = vec![
            (header::AUTHORIZATION, format!("DPoP {token}")),
            (dpop::HEADER, proof),
            (header::ACCEPT, accept.to_owned()),
        ];
        let answer = one.send(Method::GET, &endpoint, &headers, None).await;
        checks::userinfo(&answer, &done.claims["sub"]);
    }
    let in_query = format!("{endpoint}?access_token={token}");
    let proof = dpop::Proof::new("GET", &endpoint).token(token).sign(key);
    let answer = one
        .send(Method::GET, &in_query, &vec![(dpop::HEADER, proof)], None)
        .await;
    assert!(answer.status.is_client_error(), "{}", answer.status);

    // The second client: longer values, a redirect address with a query, `dpop_jkt` alone, and nothing
    // beside the reference in the address.
    let two = second().await;
    let jkt = two.dpop.as_ref().expect("a key").kid().to_owned();
    let ask = request(&two)
        .with("state", jose::random(128))
        .with("nonce", jose::random(43))
        .with("dpop_jkt", jkt);
    let request_uri = two.pushed(&ask).await;
    let visit = person.open(&two.pushed_url(&request_uri)).await;
    finish(visit, &two, &ask).await;
    // Neither client's token is worth anything under the other's key.
    let mut thief = two.clone();
    thief.dpop = Some(std::sync::Arc::new(jose::Key::generate("ES256")));
    assert!(!thief.is_good(token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_user_rejects_authentication() {
    for rp in [first().await, second().await] {
        let person = somebody().await.refusing();
        let ask = request(&rp).with("state", jose::random(128));
        let visit = visit(&person, &rp, &ask).await;
        checks::refused(&visit, &rp, &ask, &["access_denied"]);
        // Who said no is asked again the next time.
        let ask = request(&rp).with("prompt", "none");
        let visit = self::visit(&person, &rp, &ask).await;
        checks::refused(
            &visit,
            &rp,
            &ask,
            &["consent_required", "interaction_required"],
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_authorization_request_without_state_success() {
    let rp = first().await;
    let ask = request(&rp).without("state");
    flow(&somebody().await, &rp, &ask).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_authorization_request_without_nonce_success() {
    let rp = first().await;
    let ask = request(&rp).without("nonce");
    flow(&somebody().await, &rp, &ask).await;
    // Plain OAuth: no `openid`, no `nonce`, no ID token.
    let ask = rp.ask("profile").pkce().without("nonce");
    let visit = visit(&somebody().await, &rp, &ask).await;
    let code = rp.granted(&visit, &ask);
    let tokens = rp.tokens(&code, &ask).await;
    assert_eq!(tokens.id_token, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_authorization_request_with_64_char_nonce_success() {
    let rp = first().await;
    let ask = request(&rp).with("nonce", jose::random(64));
    flow(&somebody().await, &rp, &ask).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_other_scope_order_succeeds() {
    let rp = first().await;
    flow(&somebody().await, &rp, &rp.ask("profile openid").pkce()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_test_claims_parameter_identity_claims() {
    let rp = first().await;
    let offered = rp.metadata["claims_supported"].as_array().expect("a list");
    let standard = [
        "name",
        "given_name",
        "family_name",
        "birthdate",
        "email",
        "preferred_username",
    ];
    let mut wishes = json!({"userinfo": {}, "id_token": {}});
    for (place, unknown) in [("userinfo", "moon_phase"), ("id_token", "shoe_size")] {
        for (number, name) in standard.iter().enumerate() {
            assert!(offered.contains(&json!(name)), "{name} is not offered");
            // In each of the ways in which one may wish (OIDC Core §5.5.1).
            wishes[place][*name] = match number % 3 {
                0 => Value::Null,
                1 => json!({"essential": true}),
                _ => json!({"essential": false}),
            };
        }
        wishes[place][unknown] = json!({"essential": true});
    }
    wishes["attic"] = json!({"dust": null});
    let ask = request(&rp).with("claims", wishes.to_string());
    let done = flow(&somebody().await, &rp, &ask).await;
    let answer = rp.userinfo(&done.tokens.access_token).await;
    let claims = checks::userinfo(&answer, &done.claims["sub"]);
    for name in standard {
        assert!(claims.contains_key(name), "{name} is missing at userinfo");
        assert!(
            done.claims.get(name).is_some(),
            "{name} is missing in the ID token"
        );
    }
    assert!(!claims.contains_key("moon_phase") && done.claims.get("shoe_size").is_none());
    checks::standard_claims(done.claims.as_object().expect("claims"));
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_access_token_type_header_case_sensitivity() {
    let rp = first().await;
    let done = flow(&somebody().await, &rp, &request(&rp)).await;
    let endpoint = rp.endpoint("userinfo_endpoint");
    let token = &done.tokens.access_token;
    for scheme in ["dPOp", "dpop", "DPOP"] {
        let proof = dpop::Proof::new("GET", &endpoint).token(token);
        let headers = vec![
            (header::AUTHORIZATION, format!("{scheme} {token}")),
            (dpop::HEADER, proof.sign(rp.dpop.as_ref().expect("a key"))),
        ];
        let answer = rp.send(Method::GET, &endpoint, &headers, None).await;
        checks::userinfo(&answer, &done.claims["sub"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_attempt_reuse_authorization_code_after_one_second() {
    let rp = first().await;
    let ask = request(&rp);
    let done = flow(&somebody().await, &rp, &ask).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    checks::invalid_grant(&rp.redeem(&done.code, &ask).await);
    let answer = rp.userinfo(&done.tokens.access_token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_expired_auth_code() {
    let rp = first().await;
    let (code, ask) = code(&rp).await;
    tokio::time::sleep(Duration::from_secs(62)).await;
    checks::invalid_grant(&rp.redeem(&code, &ask).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_refresh_token() {
    let scope = "openid offline_access";
    let mut refresh_tokens = Vec::new();
    let clients = [first().await, second().await];
    for rp in &clients {
        let ask = rp.ask(scope).pkce().with("prompt", "consent");
        let visit = visit(&somebody().await, rp, &ask).await;
        let done = finish(visit, rp, &ask).await;
        // A confidential client may come with another key each time (RFC 9449 §5).
        let mut other = rp.clone();
        other.dpop = Some(std::sync::Arc::new(jose::Key::generate("ES256")));
        let after = crate::modules::reuse::renewed(&other, &done, Some(scope)).await;
        // FAPI 2.0 §5.3.2.1-9: a client that lost the answer is not locked out by it.
        let again = rp.refresh(done.tokens.refresh(), Some(scope)).await;
        let again = checks::tokens(&again, rp);
        let token = again.refresh_token.or(after.refresh_token);
        refresh_tokens.push(token.unwrap_or_else(|| done.tokens.refresh().to_owned()));
    }
    let [one, two] = &clients;
    checks::invalid_grant(&one.refresh(&refresh_tokens[1], Some(scope)).await);
    // Without saying who asks.
    let fields = crate::fields::Fields::of(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", &refresh_tokens[0]),
    ]);
    let answer = one
        .post_bound("token_endpoint", fields.clone(), vec![])
        .await;
    let expected = ["invalid_client", "invalid_grant", "invalid_request"];
    checks::json_error(&answer, &[400, 401], &expected);
    // Without a proof.
    let answer = one.post("token_endpoint", fields).await;
    let expected = ["invalid_dpop_proof", "invalid_grant", "invalid_request"];
    checks::json_error(&answer, &[400], &expected);
    // After all this the tokens are still good.
    checks::tokens(&two.refresh(&refresh_tokens[1], None).await, two);
    checks::tokens(&one.refresh(&refresh_tokens[0], None).await, one);
}

//! Modules about DPoP proofs (RFC 9449): how far clocks may differ, to which key a code is bound, and
//! every way in which a proof is none.

use std::sync::Arc;

use reqwest::header;
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};

use super::{first, flow, request, url};
use crate::checks::{self, now};
use crate::client::{Ask, Rp};
use crate::dpop::{HEADER, Proof};
use crate::jose::{self, Key};
use crate::modules::{finish, somebody};

/// A flow in which every proof (at PAR, token and userinfo endpoint) was changed, and all goes well.
async fn goes_well(change: impl Fn(Proof) -> Proof) {
    let rp = first().await;
    let key = rp.dpop.as_ref().expect("a key");
    let ask = request(&rp);
    let send = async |endpoint: &str, fields| {
        let url = rp.endpoint(endpoint);
        let mut headers = vec![(HEADER, change(Proof::new("POST", &url)).sign(key))];
        let fields = rp.authenticated(fields, &mut headers);
        rp.send(Method::POST, &url, &headers, Some(&fields)).await
    };
    let request_uri = checks::pushed(&send(crate::client::PAR, ask.fields.clone()).await);
    let visit = somebody().await.open(&url(&rp, &request_uri, &ask)).await;
    let code = rp.granted(&visit, &ask);
    let tokens = checks::tokens(
        &send("token_endpoint", rp.code_fields(&code, &ask)).await,
        &rp,
    );
    let endpoint = rp.endpoint("userinfo_endpoint");
    let proof = change(Proof::new("GET", &endpoint).token(&tokens.access_token));
    let headers = vec![
        (
            header::AUTHORIZATION,
            format!("DPoP {}", tokens.access_token),
        ),
        (HEADER, proof.sign(key)),
    ];
    let answer = rp.send(Method::GET, &endpoint, &headers, None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_check_dpop_proof_nbf_exp() {
    goes_well(|proof| {
        proof
            .claim("nbf", json!(now()))
            .claim("exp", json!(now() + 300))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_before_succeeds() {
    goes_well(|proof| proof.claim("iat", json!(now() - 10))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_after_succeeds() {
    // The suite says ten and sends eight.
    goes_well(|proof| proof.claim("iat", json!(now() + 8))).await;
}

fn jkt(rp: &Rp) -> String {
    rp.dpop.as_ref().expect("a key").kid().to_owned()
}

/// A thumbprint of no key.
fn other_jkt() -> String {
    jose::sha256("a key that nobody has")
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_mismatched_dpop_jkt_fails() {
    let rp = first().await;
    let ask = request(&rp).with("dpop_jkt", other_jkt());
    let answer = rp.push_with_proof(&ask).await;
    checks::json_error(&answer, &[400], &["invalid_request", "invalid_dpop_proof"]);
}

/// Somebody comes back with a code of a request that was pushed in one of several ways.
async fn coded(rp: &Rp, ask: &Ask, with_proof: bool) -> String {
    let answer = match with_proof {
        true => rp.push_with_proof(ask).await,
        false => rp.push(ask).await,
    };
    let request_uri = checks::pushed(&answer);
    let visit = somebody().await.open(&url(rp, &request_uri, ask)).await;
    rp.granted(&visit, ask)
}

fn bound_elsewhere(answer: &clau_tests::support::http::Answer) {
    let expected = ["invalid_grant", "invalid_dpop_proof", "invalid_request"];
    checks::json_error(answer, &[400], &expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt() {
    let mut rp = first().await;
    let ask = request(&rp);
    let code = coded(&rp, &ask, true).await;
    rp.dpop = Some(Arc::new(Key::generate("ES256")));
    bound_elsewhere(&rp.redeem(&code, &ask).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_jkt() {
    let rp = first().await;
    let ask = request(&rp).with("dpop_jkt", other_jkt());
    let code = coded(&rp, &ask, false).await;
    bound_elsewhere(&rp.redeem(&code, &ask).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_dpopproof_at_par_endpoint_binding_success() {
    let rp = first().await;
    let ask = request(&rp);
    let code = coded(&rp, &ask, true).await;
    rp.tokens(&code, &ask).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_dpop_auth_code_binding_success() {
    let rp = first().await;
    let ask = request(&rp).with("dpop_jkt", jkt(&rp));
    let request_uri = checks::pushed(&rp.push_with_proof(&ask).await);
    let visit = somebody().await.open(&url(&rp, &request_uri, &ask)).await;
    finish(visit, &rp, &ask).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_dpop_negative_tests() {
    let rp = first().await;
    let done = flow(&somebody().await, &rp, &request(&rp)).await;
    let token = done.tokens.access_token;
    let key = rp.dpop.clone().expect("a key");
    let endpoint = rp.endpoint("userinfo_endpoint");
    let good = || Proof::new("GET", &endpoint).token(&token);
    let call = async |scheme: &str, proofs: &[String]| {
        let mut headers = vec![(header::AUTHORIZATION, format!("{scheme} {token}"))];
        headers.extend(proofs.iter().map(|proof| (HEADER, proof.clone())));
        rp.send(Method::GET, &endpoint, &headers, None).await
    };
    let taken = async |what: &str, proof: String| {
        let answer = call("DPoP", &[proof]).await;
        assert_eq!(answer.status, StatusCode::OK, "{what}: {}", answer.body);
    };
    let refused = async |what: &str, proof: String| {
        let answer = call("DPoP", &[proof]).await;
        let status = answer.status.as_u16();
        assert!(status == 400 || status == 401, "{what}: {status}");
        let challenge = answer.header(header::WWW_AUTHENTICATE).unwrap_or_default();
        assert!(challenge.starts_with("DPoP"), "{what}: {challenge}");
    };

    taken("as it should be", good().sign(&key)).await;
    let none = Value::Null;
    refused("not well-formed", good().sign(&key).replace('.', "~")).await;
    for name in ["typ", "alg", "jwk"] {
        refused(name, good().header(name, none.clone()).sign(&key)).await;
    }
    for name in ["jti", "htm", "htu", "iat", "ath"] {
        refused(name, good().claim(name, none.clone()).sign(&key)).await;
    }
    refused("typ JWT", good().header("typ", json!("JWT")).sign(&key)).await;
    refused("alg none", good().header("alg", json!("none")).sign(&key)).await;
    refused("alg HS256", good().header("alg", json!("HS256")).sign(&key)).await;
    let mut spoilt = good().sign(&key);
    let last = if spoilt.ends_with("AA") { "BB" } else { "AA" };
    spoilt.replace_range(spoilt.len() - 6..spoilt.len() - 4, last);
    refused("signature", spoilt).await;
    let mut private = key.bare_jwk();
    private["d"] = json!(jose::encode(&[7; 32]));
    refused("private key", good().header("jwk", private).sign(&key)).await;
    refused("htm", good().claim("htm", json!("PUT")).sign(&key)).await;
    refused(
        "htu",
        good()
            .claim("htu", json!(rp.endpoint("token_endpoint")))
            .sign(&key),
    )
    .await;
    refused(
        "iat in an hour",
        good().claim("iat", json!(now() + 3_600)).sign(&key),
    )
    .await;
    refused(
        "iat an hour ago",
        good().claim("iat", json!(now() - 3_600)).sign(&key),
    )
    .await;
    refused(
        "ath",
        good().claim("ath", json!(jose::sha256("other"))).sign(&key),
    )
    .await;
    let other = Key::generate("ES256");
    refused("another key", good().sign(&other)).await;
    let mut named = good().header("jwk", key.bare_jwk());
    named = named.header("alg", json!("ES256"));
    refused("one key signs, another is named", named.sign(&other)).await;

    let fixed = json!(jose::random(20));
    taken("jti, first", good().claim("jti", fixed.clone()).sign(&key)).await;
    refused("jti, second", good().claim("jti", fixed).sign(&key)).await;

    let two = [good().sign(&key), good().sign(&key)];
    assert!(
        call("DPoP", &two).await.status.is_client_error(),
        "two proofs"
    );
    assert!(call("DPoP", &[]).await.status.is_client_error(), "no proof");
    let answer = call("Bearer", &[]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "as a bearer token");
    let answer = call("Bearer", &[good().sign(&key)]).await;
    assert_eq!(
        answer.status,
        StatusCode::UNAUTHORIZED,
        "as a bearer token with a proof"
    );

    // What must not matter.
    let plain = Url::parse(&endpoint).expect("an address");
    let upper = endpoint.replace("https://localhost", "HTTPS://LOCALHOST");
    for (what, htu) in [
        ("query and fragment", format!("{endpoint}?a=b#c")),
        ("capitals", upper),
        ("host as parsed", plain.to_string()),
    ] {
        taken(what, good().claim("htu", json!(htu)).sign(&key)).await;
    }
    let more = good()
        .header("moon", json!("full"))
        .claim("moon", json!({"phase": 1}));
    taken("unknown members", more.sign(&key)).await;
    taken("after all that", good().sign(&key)).await;
}

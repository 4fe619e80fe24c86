//! Userinfo: where the access token may stand, and how its absence is answered.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clau_oidc::dpop::token_digest;
use http::{Method, StatusCode};
use serde_json::{Value, json as value};

use super::super::scene::{Answer, Browser, Scene};
use super::{
    CALLBACK, SECRET, VERIFIER, address, all_of, assert_refused, basic, code, json, opened, post,
    scene, text, tokens, told,
};

const USERINFO: &str = "/oidc/userinfo";

fn bearer(token: &str) -> Browser {
    Browser::default().with("authorization", &format!("Bearer {token}"))
}

async fn access(scene: &Scene) -> String {
    let mut paul = scene.signed_in("paul.durand").await;
    text(&tokens(scene, &mut paul, &[]).await, "access_token").to_owned()
}

/// The one challenge of a refusal.
fn challenge(answer: &Answer) -> String {
    let mut all = all_of(answer, "www-authenticate");
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[tokio::test]
async fn the_token_comes_in_the_header_or_in_a_form() {
    let scene = scene().await;
    let token = access(&scene).await;
    let by_header = scene.get(&mut bearer(&token), USERINFO).await;
    let lower = Browser::default().with("authorization", &format!("bEARER {token}"));
    let by_lower = scene.get(&mut lower.clone(), USERINFO).await;
    let form = [("access_token", token.as_str())];
    let by_form = post(&scene, USERINFO, &Browser::default(), &form).await;
    let bare = bearer(&token).request(Method::POST, USERINFO);
    let posted = scene
        .send(bare.body(Body::empty()).expect("a request"))
        .await;
    // A body of unannounced length, as HTTP/2 has it.
    let body = Body::from_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(
        format!("access_token={token}"),
    )]));
    let streamed = Browser::default()
        .request(Method::POST, USERINFO)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body);
    let streamed = scene.send(streamed.expect("a request")).await;
    for answer in [by_header, by_lower, by_form, posted, streamed] {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(json(&answer)["given_name"], "Paul");
    }
}

#[tokio::test]
async fn who_brings_nothing_is_told_how_and_no_error() {
    let scene = scene().await;
    let token = access(&scene).await;
    let in_address = format!("{USERINFO}?access_token={token}");
    let cookie = scene.signed_in("paul.durand").await;
    for (name, answer) in [
        (
            "nothing",
            scene.get(&mut Browser::default(), USERINFO).await,
        ),
        (
            "in the address",
            scene.get(&mut Browser::default(), &in_address).await,
        ),
        ("a cookie", scene.get(&mut cookie.clone(), USERINFO).await),
        (
            "an empty form",
            post(&scene, USERINFO, &Browser::default(), &[]).await,
        ),
    ] {
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        assert_eq!(
            all_of(&answer, "www-authenticate"),
            ["Bearer", "DPoP"],
            "{name}"
        );
        assert!(answer.body.is_empty(), "{name}: {}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_token_that_is_no_good_is_challenged_in_the_words_of_rfc_6750() {
    let scene = scene().await;
    let good = access(&scene).await;
    let answer = scene.get(&mut bearer("canari"), USERINFO).await;
    assert_refused(&answer, StatusCode::UNAUTHORIZED, "invalid_token");
    let said = challenge(&answer);
    assert!(
        said.starts_with("Bearer error=\"invalid_token\", error_description=\""),
        "{said}"
    );
    // Another scheme, no scheme, no token.
    for odd in [format!("Basic {good}"), good.clone(), "Bearer".to_owned()] {
        let mut odd = Browser::default().with("authorization", &odd);
        let answer = scene.get(&mut odd, USERINFO).await;
        assert_refused(&answer, StatusCode::UNAUTHORIZED, "invalid_token");
    }
    // RFC 6750 §2: in one way.
    let twice = post(&scene, USERINFO, &bearer(&good), &[("access_token", &good)]).await;
    assert_refused(&twice, StatusCode::BAD_REQUEST, "invalid_request");
    let form = [
        ("access_token", good.as_str()),
        ("access_token", good.as_str()),
    ];
    let twice = post(&scene, USERINFO, &Browser::default(), &form).await;
    assert_refused(&twice, StatusCode::BAD_REQUEST, "invalid_request");
    let mut two = bearer(&good).with("authorization", &format!("Bearer {good}"));
    let answer = scene.get(&mut two, USERINFO).await;
    assert_refused(&answer, StatusCode::BAD_REQUEST, "invalid_request");
    // Good, and not for this.
    let mut paul = scene.signed_in("paul.durand").await;
    let other = tokens(&scene, &mut paul, &[("scope", "profile")]).await;
    let answer = scene
        .get(&mut bearer(text(&other, "access_token")), USERINFO)
        .await;
    assert_refused(&answer, StatusCode::FORBIDDEN, "insufficient_scope");
    assert!(challenge(&answer).starts_with("Bearer error=\"insufficient_scope\""));
}

#[tokio::test]
async fn a_client_that_wants_it_signed_gets_it_signed() {
    let scene = scene().await;
    let mut lea = scene.signed_in("lea.martin").await;
    let asking = address(&[
        ("client_id", "editeur"),
        ("redirect_uri", "https://editeur.example/callback"),
    ]);
    let code = told(&scene.get(&mut lea, &asking).await)["code"].clone();
    let redeemed = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", "https://editeur.example/callback"),
        ("code_verifier", VERIFIER),
    ];
    let tokens = json(&post(&scene, "/oidc/token", &basic("editeur", SECRET), &redeemed).await);
    let answer = scene
        .get(&mut bearer(text(&tokens, "access_token")), USERINFO)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/jwt");
    assert_eq!(answer.header("cache-control"), "no-store");
    let (header, claims) = opened(&answer.body);
    assert_eq!(header["alg"], "ES256");
    assert_eq!(claims["aud"], "editeur");
    assert_eq!(claims["given_name"], "Léa");
}

/// A key of a client, and proofs that it holds it (RFC 9449 §4.2).
struct Holder(EcdsaKeyPair);

impl Holder {
    fn new() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        Self(pair.expect("a key"))
    }

    fn proof(&self, scene: &Scene, method: &str, path: &str, token: Option<&str>) -> String {
        let point = self.0.public_key().as_ref();
        let half = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
        let mut jti = [0; 16];
        aws_lc_rs::rand::fill(&mut jti).expect("randomness");
        let header = value!({
            "typ": "dpop+jwt",
            "alg": "ES256",
            "jwk": { "kty": "EC", "crv": "P-256", "x": half(1..33), "y": half(33..65) },
        });
        let mut claims = value!({
            "jti": URL_SAFE_NO_PAD.encode(jti),
            "htm": method,
            "htu": format!("https://ent.example{path}"),
            "iat": scene.cx().now.as_millis() / 1000,
        });
        if let Some(token) = token {
            claims["ath"] = Value::String(token_digest(token));
        }
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = self.0.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

#[tokio::test]
async fn oidc_22_a_bound_token_wants_one_proof_of_its_own() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let holder = Holder::new();
    let code = code(&scene, &mut paul, &[]).await;
    let redeemed = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let proof = holder.proof(&scene, "POST", "/oidc/token", None);
    let bound = basic("bourses", SECRET).with("dpop", &proof);
    let tokens = json(&post(&scene, "/oidc/token", &bound, &redeemed).await);
    assert_eq!(tokens["token_type"], "DPoP", "{tokens}");
    let token = text(&tokens, "access_token");
    let dpop = Browser::default().with("authorization", &format!("DPoP {token}"));
    let proof = |who: &Holder| who.proof(&scene, "GET", USERINFO, Some(token));

    let mut good = dpop.clone().with("dpop", &proof(&holder));
    let answer = scene.get(&mut good, USERINFO).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    // The same proof once more, two of them, another's, none, and none of them as a bearer.
    let replayed = scene.get(&mut good, USERINFO).await;
    assert_refused(&replayed, StatusCode::UNAUTHORIZED, "invalid_dpop_proof");
    assert!(challenge(&replayed).starts_with("DPoP error=\"invalid_dpop_proof\""));
    let mut two = dpop
        .clone()
        .with("dpop", &proof(&holder))
        .with("dpop", &proof(&holder));
    let answer = scene.get(&mut two, USERINFO).await;
    assert_refused(&answer, StatusCode::UNAUTHORIZED, "invalid_dpop_proof");
    assert!(challenge(&answer).starts_with("DPoP "));
    for (name, mut odd) in [
        (
            "another key",
            dpop.clone().with("dpop", &proof(&Holder::new())),
        ),
        ("no proof", dpop.clone()),
        ("as a bearer", bearer(token)),
        (
            "as a bearer with proof",
            bearer(token).with("dpop", &proof(&holder)),
        ),
    ] {
        let answer = scene.get(&mut odd, USERINFO).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
        assert_eq!(json(&answer)["error"], "invalid_token", "{name}");
    }
}

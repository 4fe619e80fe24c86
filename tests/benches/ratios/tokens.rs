//! ID tokens signed per second and core, by each algorithm, against the bare library's signatures over the
//! same bytes with the same key, kept in both cases. Goal: at least 0.85 of it. The same for verifying,
//! without a goal.
//!
//! An ID token is all that stands between what the provider knows and the text that it sends: claims,
//! half digest of the access token, JSON, base64url, signature. The two take turns, and what counts is
//! this process's CPU time: nobody else's work is in it.

use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaEncoding, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clau_domain::time::Timestamp;
use clau_oidc::jose::{Algorithm, SigningKey, Typ, verify};
use clau_oidc::response::IdToken;

use crate::measure::{Goal, Report, taking_turns};

const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::Es256,
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::EdDsa,
];

pub(crate) fn measure(report: &mut Report) {
    for algorithm in ALGORITHMS {
        let key = SigningKey::generate(algorithm).expect("a key");
        let token = sign(&key);
        let (signed, signature) = token.rsplit_once('.').expect("three parts");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("our own token");
        let (mut bare_sign, public) = bare(&key);

        let (bare, ours) = taking_turns(|| bare_sign(signed.as_bytes()), || drop(sign(&key)));
        report.note(
            &format!("{algorithm}: bare signatures, one core"),
            bare,
            "/s",
        );
        report.note(&format!("{algorithm}: ID tokens, one core"), ours, "/s");
        report.add(
            &format!("{algorithm}: ID tokens / bare signatures"),
            ours / bare,
            "",
            Goal::AtLeast(0.85),
        );

        let keys = [key.verifying().expect("a key")];
        let (bare, ours) = taking_turns(
            || {
                let verified = public.verify_sig(signed.as_bytes(), &signature);
                verified.expect("our own signature");
            },
            || drop(verify(&token, Typ::IdToken, &keys).expect("our own token")),
        );
        report.note(
            &format!("{algorithm}: tokens verified, one core"),
            ours,
            "/s",
        );
        report.note(
            &format!("{algorithm}: tokens verified / bare verifications"),
            ours / bare,
            "",
        );
    }
}

/// An ID token as the code flow makes one.
fn sign(key: &SigningKey) -> String {
    let now = Timestamp::from_millis(1_795_420_800_007);
    let token = IdToken {
        issuer: "https://ent.example.fr",
        client_id: "bourses",
        subject: "Yz3kqk0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0",
        issued: now,
        expires: now + Duration::from_secs(600),
        authenticated_at: Some(now),
        nonce: Some("n-0S6_WzA2Mj"),
        acr: Some("https://refeds.org/profile/sfa"),
        amr: &["pwd"],
        session: Some("B2nqv4v0c5Yq0v8gqf1m3AB2nqv4v0c5Yq0v8gqf1m3"),
        code: None,
        access_token: Some(ACCESS_TOKEN),
        claims: serde_json::Map::new(),
    };
    token.sign(key).expect("signs")
}

/// As long as an opaque one of the hub.
const ACCESS_TOKEN: &str = "kq0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0Yz3kqk0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0Yz3kqk0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0Yz3kqk0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0Yz3kqk0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0Yz3kqk0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0Yz3kqk0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0";

/// Signs a message and throws the signature away.
type Sign = Box<dyn FnMut(&[u8])>;

/// The bare library's signer with a key of ours, and its verifier.
fn bare(key: &SigningKey) -> (Sign, ParsedPublicKey) {
    let pkcs8 = key.to_pkcs8().expect("PKCS#8");
    let random = SystemRandom::new();
    match key.algorithm() {
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).expect("the same key");
            let public = parsed(&ED25519, &pair);
            let sign = move |message: &[u8]| {
                black_box(pair.sign(message));
            };
            (Box::new(sign), public)
        }
        Algorithm::Rs256 => rsa(&pkcs8, &RSA_PKCS1_SHA256, &RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Ps256 => rsa(&pkcs8, &RSA_PSS_SHA256, &RSA_PSS_2048_8192_SHA256),
        Algorithm::Es256 | Algorithm::Es384 => {
            let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8);
            let pair = pair.expect("the same key");
            let public = parsed(&ECDSA_P256_SHA256_FIXED, &pair);
            let sign = move |message: &[u8]| {
                black_box(pair.sign(&random, message).expect("signs"));
            };
            (Box::new(sign), public)
        }
    }
}

fn rsa(
    pkcs8: &[u8],
    padding: &'static dyn RsaEncoding,
    verifying: &'static dyn VerificationAlgorithm,
) -> (Sign, ParsedPublicKey) {
    let pair = RsaKeyPair::from_pkcs8(pkcs8).expect("the same key");
    let public = parsed(verifying, &pair);
    let random = SystemRandom::new();
    let mut signature = vec![0; pair.public_modulus_len()];
    let sign = move |message: &[u8]| {
        pair.sign(padding, &random, message, &mut signature)
            .expect("signs");
        black_box(&signature);
    };
    (Box::new(sign), public)
}

fn parsed(algorithm: &'static dyn VerificationAlgorithm, pair: &impl KeyPair) -> ParsedPublicKey {
    ParsedPublicKey::new(algorithm, pair.public_key()).expect("the same key")
}

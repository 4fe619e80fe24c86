//! Proof that whoever presents a token holds the key that it is bound to (DPoP, RFC 9449). Whether a
//! proof's `jti` was seen before, and which nonces are ours, is the engine's to know (OIDC-22).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clau_domain::secret::same_secret;
use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;

use crate::error::{ErrorCode, OauthError};
use crate::jose::{Algorithm, Typ, Window, verify_with_embedded_key};

/// How far ahead a proof's own `exp` may lie.
const LONGEST_EXPIRY: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);

/// What a proof must have been made for. There is no `Debug`.
#[derive(Clone, Copy)]
pub struct Presented<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Address of the endpoint as clients know it, behind any proxy.
    pub url: &'a WebUrl,
    /// The access token that comes with it, at a protected resource (§7).
    pub access_token: Option<&'a str>,
    /// The nonce that the hub demands, if it does (§8).
    pub nonce: Option<&'a str>,
}

/// A proof that holds. It counts only if its `jti` is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Thumbprint of the key: the `jkt` of whatever is bound to it.
    pub jkt: String,
    /// To be remembered together with `jkt` until [`Proof::keep_until`].
    pub jti: String,
    /// From then on the proof is refused for its age.
    pub keep_until: Timestamp,
}

/// Checks a proof (§4.3). `algorithms` are those that are offered in the hub's metadata; HMAC is never
/// among them.
///
/// # Errors
/// `invalid_dpop_proof`; `use_dpop_nonce` when only the nonce is missing or old.
pub fn check(
    proof: &str,
    presented: Presented<'_>,
    algorithms: &[Algorithm],
    window: Window,
) -> Result<Proof, OauthError> {
    let bad = |why: &'static str| OauthError::new(ErrorCode::InvalidDpopProof, why);
    let refused = |error: &dyn std::fmt::Display| {
        OauthError::new(ErrorCode::InvalidDpopProof, error.to_string())
    };
    let (verified, jwk) =
        verify_with_embedded_key(proof, Typ::Dpop, algorithms).map_err(|e| refused(&e))?;
    let claims = verified.claims();
    let jti = claims.required_string("jti").map_err(|e| refused(&e))?;
    if jti.len() > 256 {
        return Err(bad("claim `jti` is too long"));
    }
    claims
        .check_string("htm", presented.method)
        .map_err(|e| refused(&e))?;
    let htu = claims.required_string("htu").map_err(|e| refused(&e))?;
    if !WebUrl::parse(htu).is_ok_and(|htu| same_endpoint(&htu, presented.url)) {
        return Err(bad("claim `htu` is another address"));
    }
    let issued = claims.check_issued(window).map_err(|e| refused(&e))?;
    claims.check_not_before(window).map_err(|e| refused(&e))?;
    if claims.has("exp") {
        // `exp` is the client's own care: `iat` says how old a proof may be.
        let until = Window {
            longest: LONGEST_EXPIRY,
            ..window
        };
        claims.check_expiry(until).map_err(|e| refused(&e))?;
    }
    if let Some(token) = presented.access_token {
        let ath = claims.required_string("ath").map_err(|e| refused(&e))?;
        if !same_secret(ath, &token_digest(token)) {
            return Err(bad("claim `ath` belongs to another access token"));
        }
    }
    let nonce = claims.string("nonce").map_err(|e| refused(&e))?;
    if let Some(wanted) = presented.nonce
        && !nonce.is_some_and(|nonce| same_secret(nonce, wanted))
    {
        return Err(OauthError::new(
            ErrorCode::UseDpopNonce,
            "the proof must carry the nonce of the DPoP-Nonce header",
        ));
    }
    Ok(Proof {
        jkt: jwk.thumbprint(),
        jti: jti.to_owned(),
        // One skew more than the window accepts: nodes' clocks differ too.
        keep_until: issued + window.longest + window.skew + window.skew,
    })
}

/// `ath`: what a proof says of the access token that it goes with (§4.2).
pub fn token_digest(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, access_token.as_bytes()))
}

/// A thumbprint as `dpop_jkt` brings it (§10): a SHA-256 in base64url.
pub fn is_thumbprint(text: &str) -> bool {
    URL_SAFE_NO_PAD
        .decode(text)
        .is_ok_and(|bytes| bytes.len() == 32)
}

/// `htu` has neither query nor fragment that count (§4.3).
fn same_endpoint(left: &WebUrl, right: &WebUrl) -> bool {
    left.origin() == right.origin() && left.path() == right.path()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;
    use crate::jose::SigningKey;

    /// RFC 9449 §4.1, figure 2: made at 1562262616.
    const EXAMPLE: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";

    fn window(now: i64) -> Window {
        Window {
            now: Timestamp::from_millis(now * 1000),
            skew: Duration::from_secs(5),
            longest: Duration::from_secs(60),
        }
    }

    fn url(text: &str) -> WebUrl {
        WebUrl::parse(text).expect("an address")
    }

    fn proof(key: &SigningKey, claims: &Value) -> String {
        let header =
            json!({"typ": "dpop+jwt", "alg": key.algorithm(), "jwk": key.public().to_json()});
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(&header), encode(claims));
        let signature = crate::jose::signature_for_tests(key, &signed);
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    #[test]
    fn oidc_22_the_example_of_the_rfc_holds() {
        let token_endpoint = url("https://server.example.com/token");
        let presented = Presented {
            method: "POST",
            url: &token_endpoint,
            access_token: None,
            nonce: None,
        };
        let held = check(EXAMPLE, presented, &Algorithm::ALL, window(1_562_262_620));
        let held = held.expect("the RFC's own example");
        assert_eq!(held.jti, "-BwC3ESc6acc2lTc");
        assert_eq!(held.jkt, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        let only = [Algorithm::EdDsa];
        assert!(check(EXAMPLE, presented, &only, window(1_562_262_620)).is_err());
        assert!(check(EXAMPLE, presented, &Algorithm::ALL, window(1_562_262_700)).is_err());
    }

    #[test]
    fn oidc_22_a_proof_is_for_one_request() {
        let key = SigningKey::generate(Algorithm::EdDsa).expect("a key");
        let endpoint = url("https://hub.example.fr/oidc/userinfo");
        let presented = Presented {
            method: "GET",
            url: &endpoint,
            access_token: Some("token-1"),
            nonce: Some("nonce-1"),
        };
        let good = json!({
            "jti": "1", "htm": "GET", "htu": "https://HUB.example.fr:443/oidc/userinfo?x=1",
            "iat": 1_000, "ath": token_digest("token-1"), "nonce": "nonce-1",
        });
        let at = |claims: &Value, now| {
            check(
                &proof(&key, claims),
                presented,
                &Algorithm::ALL,
                window(now),
            )
        };
        let held = at(&good, 1_010).expect("good");
        assert_eq!(held.jkt, key.public().thumbprint());
        // As long as it is accepted it is remembered.
        for now in 1_010..1_200 {
            let remembered = Timestamp::from_millis(now * 1000) < held.keep_until;
            assert!(at(&good, now).is_err() || remembered, "{now}");
        }
        for (name, value) in [
            ("jti", Value::Null),
            ("jti", json!("j".repeat(300))),
            ("htm", json!("POST")),
            ("htm", json!("get")),
            ("htu", json!("https://hub.example.fr/oidc/token")),
            (
                "htu",
                json!("https://hub.example.fr.evil.example/oidc/userinfo"),
            ),
            ("htu", json!("http://hub.example.fr/oidc/userinfo")),
            ("iat", json!(1_100)),
            ("iat", json!(900)),
            ("iat", json!("1000")),
            ("nbf", json!(1_100)),
            ("exp", json!(900)),
            ("ath", json!(token_digest("token-2"))),
            ("ath", json!(1)),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            let error = at(&bad, 1_010).expect_err(name);
            assert_eq!(error.code(), ErrorCode::InvalidDpopProof, "{name}");
        }
        for nonce in [json!("nonce-0"), json!("")] {
            let mut bad = good.clone();
            bad["nonce"] = nonce;
            assert!(at(&bad, 1_010).is_err());
        }
        let mut without = good;
        without.as_object_mut().expect("an object").remove("nonce");
        let error = at(&without, 1_010).expect_err("no nonce");
        assert_eq!(error.code(), ErrorCode::UseDpopNonce);
    }

    #[test]
    fn oidc_22_a_proof_carries_a_public_key_and_signs_with_it() {
        let key = SigningKey::generate(Algorithm::EdDsa).expect("a key");
        let other = SigningKey::generate(Algorithm::EdDsa).expect("a key");
        let endpoint = url("https://hub.example.fr/oidc/token");
        let presented = Presented {
            method: "POST",
            url: &endpoint,
            access_token: None,
            nonce: None,
        };
        let claims = json!({"jti": "1", "htm": "POST", "htu": endpoint.as_str(), "iat": 1_000});
        let good = proof(&key, &claims);
        let refusal =
            |proof: &str| check(proof, presented, &Algorithm::ALL, window(1_000)).is_err();
        assert!(!refusal(&good));
        // The signature of one key under the header of another.
        let swapped = format!(
            "{}.{}",
            proof(&other, &claims).rsplit_once('.').expect("parts").0,
            good.rsplit_once('.').expect("parts").1
        );
        assert!(refusal(&swapped));
        // A token of ours is no proof.
        assert!(refusal(&key.sign(Typ::Dpop, &claims).expect("signs")));
        assert!(refusal(
            &key.sign(Typ::AccessToken, &claims).expect("signs")
        ));
        assert!(is_thumbprint(&key.public().thumbprint()));
        assert!(!is_thumbprint("short"));
    }
}

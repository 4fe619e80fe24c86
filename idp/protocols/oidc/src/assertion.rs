//! Client authentication by signed assertion: `private_key_jwt` and `client_secret_jwt` (OIDC Core §9,
//! RFC 7523 §3). Which keys are the client's is the registry's to say, and whether a `jti` was seen
//! before the engine's (OIDC-08).

use std::time::Duration;

use clau_domain::time::Timestamp;

use crate::error::{ErrorCode, OauthError};
use crate::jose::{BadClaim, BadToken, Typ, VerifyingKey, Window, claimed_string, verify};

/// `client_assertion_type` of RFC 7523 §2.2.
pub const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Longest time that an assertion may be good for (OIDC-08).
pub const LONGEST: Duration = Duration::from_secs(300);

/// An assertion that holds. It counts only if its `jti` is new for this client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// To be remembered until [`Assertion::keep_until`].
    pub jti: String,
    /// From then on the assertion is refused for its age.
    pub keep_until: Timestamp,
}

/// The client that an assertion says it comes from, to look up its registration. Proves nothing.
pub fn claimed_client(assertion: &str) -> Option<String> {
    claimed_string(assertion, "sub")
}

/// Checks an assertion against the registered keys of `client_id`, each with its registered algorithm.
/// The audience is `issuer`, the hub, as one string: an assertion that also names another server could
/// be used by that server here.
///
/// # Errors
/// `invalid_client`.
pub fn check(
    assertion: &str,
    client_id: &str,
    issuer: &str,
    keys: &[VerifyingKey],
    (now, skew): (Timestamp, Duration),
) -> Result<Assertion, OauthError> {
    let window = Window {
        now,
        skew,
        longest: LONGEST,
    };
    read(assertion, client_id, issuer, keys, window).map_err(|why| {
        let text = match why {
            // The mistake of most libraries, in words that help whoever sets them up.
            BadToken::Claim(BadClaim::Value("aud") | BadClaim::Type { name: "aud", .. }) => {
                format!("claim `aud` of the client assertion must be the one string {issuer}")
            }
            other => other.to_string(),
        };
        OauthError::new(ErrorCode::InvalidClient, text)
    })
}

fn read(
    assertion: &str,
    client_id: &str,
    issuer: &str,
    keys: &[VerifyingKey],
    window: Window,
) -> Result<Assertion, BadToken> {
    let verified = verify(assertion, Typ::ClientAssertion, keys)?;
    let claims = verified.claims();
    claims.check_string("iss", client_id)?;
    claims.check_string("sub", client_id)?;
    claims.check_only_audience(issuer)?;
    let expires = claims.check_expiry(window)?;
    claims.check_issued(window)?;
    claims.check_not_before(window)?;
    let jti = claims.required_string("jti")?;
    if jti.len() > 256 {
        return Err(BadClaim::Value("jti").into());
    }
    Ok(Assertion {
        jti: jti.to_owned(),
        keep_until: expires + window.skew + window.skew,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::jose::{Algorithm, SigningKey};

    const ISSUER: &str = "https://hub.example.fr";
    const NOW: Timestamp = Timestamp::from_millis(1_000_000_000);
    const SKEW: Duration = Duration::from_secs(10);

    #[test]
    fn oidc_08_an_assertion_is_for_this_hub_now_and_by_this_client() {
        let key = SigningKey::generate(Algorithm::Es256).expect("a key");
        let keys = [key.verifying().expect("a key")];
        let good = json!({
            "iss": "bourses", "sub": "bourses", "aud": ISSUER, "jti": "1",
            "iat": 1_000_000, "exp": 1_000_060,
        });
        let token = |claims: &Value| key.sign(Typ::ClientAssertion, claims).expect("signs");
        let at = |claims: &Value, now| check(&token(claims), "bourses", ISSUER, &keys, (now, SKEW));
        assert_eq!(claimed_client(&token(&good)).as_deref(), Some("bourses"));
        let held = at(&good, NOW).expect("good");
        assert_eq!(held.jti, "1");
        assert!(held.keep_until >= Timestamp::from_millis(1_000_070_000));
        assert!(at(&good, Timestamp::from_millis(1_000_070_000)).is_err());
        for (name, value) in [
            ("iss", json!("transport")),
            ("sub", json!("transport")),
            ("sub", Value::Null),
            ("aud", json!("https://hub.example.fr/oidc/token")),
            ("aud", json!([ISSUER])),
            ("aud", json!([ISSUER, "https://evil.example"])),
            ("exp", json!(1_000_600)),
            ("exp", json!(999_000)),
            ("exp", Value::Null),
            ("iat", json!(1_000_100)),
            ("iat", json!(999_000)),
            ("iat", Value::Null),
            ("nbf", json!(1_000_100)),
            ("jti", json!("")),
            ("jti", json!(1)),
            ("jti", json!("j".repeat(300))),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            let error = at(&bad, NOW).expect_err(name);
            assert_eq!(error.code(), ErrorCode::InvalidClient, "{name}");
        }
        for typ in [Typ::AccessToken, Typ::LogoutToken, Typ::RequestObject] {
            let token = key.sign(typ, &good).expect("signs");
            assert!(check(&token, "bourses", ISSUER, &keys, (NOW, SKEW)).is_err());
        }
        let stranger = SigningKey::generate(Algorithm::Es256).expect("a key");
        let token = stranger.sign(Typ::ClientAssertion, &good).expect("signs");
        assert!(check(&token, "bourses", ISSUER, &keys, (NOW, SKEW)).is_err());
        assert!(check(&token, "bourses", ISSUER, &[], (NOW, SKEW)).is_err());
    }
}

//! Proof that whoever redeems a code is who asked for it (PKCE, RFC 7636). S256 only; when it is
//! required is said by the client's registration (OIDC-05).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clau_domain::secret::same_secret;
use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, OauthError};
use crate::parameters::Parameters;

/// SHA-256 of a verifier, as it came in the authorization request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Challenge(String);

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method` (RFC 7636 §4.3).
    ///
    /// # Errors
    /// `invalid_request`: no method means `plain`, and `plain` is refused.
    pub fn read(parameters: Parameters<'_>) -> Result<Option<Self>, OauthError> {
        let challenge = parameters.optional("code_challenge");
        let method = parameters.optional("code_challenge_method");
        match (challenge, method) {
            (None, None) => Ok(None),
            (Some(text), Some("S256")) => {
                let good = URL_SAFE_NO_PAD
                    .decode(text)
                    .is_ok_and(|bytes| bytes.len() == 32);
                good.then(|| Some(Self(text.to_owned()))).ok_or_else(|| {
                    OauthError::invalid_request("`code_challenge` is not a SHA-256 in base64url")
                })
            }
            (Some(_), _) => Err(OauthError::invalid_request(
                "`code_challenge_method` must be S256",
            )),
            (None, Some(_)) => Err(OauthError::invalid_request("`code_challenge` is missing")),
        }
    }
}

/// Whether the verifier of a token request goes with the challenge that its code is bound to
/// (RFC 7636 §4.6). A challenge asks for a verifier, and a verifier for a challenge: otherwise
/// somebody could leave the challenge out of a victim's request (OIDC-05).
///
/// # Errors
/// `invalid_grant`, and `invalid_request` for a verifier that is none.
pub fn check(challenge: Option<&Challenge>, verifier: Option<&str>) -> Result<(), OauthError> {
    let refused = |why| Err(OauthError::new(ErrorCode::InvalidGrant, why));
    let (challenge, verifier) = match (challenge, verifier) {
        (None, None) => return Ok(()),
        (Some(_), None) => return refused("`code_verifier` is missing"),
        (None, Some(_)) => {
            return refused("`code_verifier` came, but the code was asked for without a challenge");
        }
        (Some(challenge), Some(verifier)) => (challenge, verifier),
    };
    // RFC 7636 §4.1: 43 to 128 unreserved characters.
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(plain) {
        return Err(OauthError::invalid_request(
            "`code_verifier` must have 43 to 128 unreserved characters",
        ));
    }
    let made = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    if same_secret(&made, &challenge.0) {
        Ok(())
    } else {
        refused("`code_verifier` does not go with the challenge")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636 appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Challenge>, OauthError> {
        let pairs: Vec<(String, String)> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Challenge::read(Parameters::new(&pairs)?)
    }

    #[test]
    fn oidc_05_challenge_and_verifier_come_together() {
        let challenge = read(&[
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let challenge = challenge.expect("good").expect("there");
        let other = "a".repeat(43);
        for (challenge, verifier, good) in [
            (Some(&challenge), Some(VERIFIER), true),
            (Some(&challenge), Some(other.as_str()), false),
            (Some(&challenge), None, false),
            (None, Some(VERIFIER), false),
            (None, None, true),
            (Some(&challenge), Some(CHALLENGE), false),
        ] {
            assert_eq!(check(challenge, verifier).is_ok(), good, "{verifier:?}");
        }
        for bad in ["short", &"a".repeat(129), &format!("{VERIFIER} ")] {
            let error = check(Some(&challenge), Some(bad)).expect_err("none");
            assert_eq!(error.code(), ErrorCode::InvalidRequest);
        }
    }

    #[test]
    fn oidc_05_plain_is_refused() {
        assert_eq!(read(&[]), Ok(None));
        for bad in [
            &[("code_challenge", CHALLENGE)][..],
            &[
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "plain"),
            ],
            &[
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "s256"),
            ],
            &[("code_challenge_method", "S256")],
            &[
                ("code_challenge", "short"),
                ("code_challenge_method", "S256"),
            ],
        ] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}

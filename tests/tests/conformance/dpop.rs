//! DPoP proofs (RFC 9449), right and wrong.

use clau_tests::support::http::Answer;
use reqwest::header::HeaderName;
use serde_json::{Value, json};

use crate::checks::now;
use crate::jose::{self, Key};

/// `DPoP`
pub(crate) const HEADER: HeaderName = HeaderName::from_static("dpop");
/// `DPoP-Nonce`
const NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// A proof that is being made.
#[derive(Clone, Debug)]
pub(crate) struct Proof {
    claims: Value,
    header: Value,
}

impl Proof {
    /// For a request made now.
    pub(crate) fn new(method: &str, url: &str) -> Self {
        Self {
            claims: json!({
                "jti": jose::random(20), "htm": method, "htu": url, "iat": now(),
            }),
            header: json!({"typ": "dpop+jwt"}),
        }
    }

    /// With the access token that it goes with.
    #[must_use]
    pub(crate) fn token(self, access_token: &str) -> Self {
        self.claim("ath", json!(jose::sha256(access_token)))
    }

    /// With the nonce that the hub asked for.
    #[must_use]
    pub(crate) fn nonce(self, nonce: Option<String>) -> Self {
        match nonce {
            Some(nonce) => self.claim("nonce", json!(nonce)),
            None => self,
        }
    }

    /// With a claim set to a value, or without it when the value is null.
    #[must_use]
    pub(crate) fn claim(mut self, name: &str, value: Value) -> Self {
        set(&mut self.claims, name, value);
        self
    }

    /// With a member of the header set to a value, or without it when the value is null.
    #[must_use]
    pub(crate) fn header(mut self, name: &str, value: Value) -> Self {
        self.header[name] = value;
        self
    }

    /// Signed by a key that the header carries, unless the header was told otherwise.
    pub(crate) fn sign(self, key: &Key) -> String {
        let mut header = json!({"alg": key.alg(), "jwk": key.bare_jwk()});
        for (name, value) in self.header.as_object().expect("an object") {
            set(&mut header, name, value.clone());
        }
        key.sign_with(&header, &self.claims)
    }
}

/// The nonce without which the hub does not go on (RFC 9449 §8, §9).
pub(crate) fn nonce_wanted(answer: &Answer) -> Option<String> {
    let wanted = answer.body.contains("use_dpop_nonce")
        || answer
            .header(reqwest::header::WWW_AUTHENTICATE)
            .is_some_and(|challenge| challenge.contains("use_dpop_nonce"));
    if !wanted {
        return None;
    }
    let nonce = answer.header(NONCE);
    Some(
        nonce
            .expect("a nonce comes with the demand for it")
            .to_owned(),
    )
}

fn set(object: &mut Value, name: &str, value: Value) {
    let members = object.as_object_mut().expect("an object");
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
}

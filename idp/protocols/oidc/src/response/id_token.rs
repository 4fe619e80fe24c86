//! ID tokens (OIDC Core §2, §3.3.2.11): written for a client, and read back as hints.

use std::collections::BTreeMap;

use clau_domain::time::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::tokens::Seconds;
use crate::jose::{BadClaim, BadKey, BadToken, SigningKey, Typ, VerifyingKey, verify};

/// What an ID token says. There is no `Debug`.
#[derive(Clone)]
pub struct IdToken<'a> {
    /// The hub.
    pub issuer: &'a str,
    /// The client, which is the audience.
    pub client_id: &'a str,
    /// The person, as this client knows them.
    pub subject: &'a str,
    /// When it is made.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When the person proved who they are.
    pub authenticated_at: Option<Timestamp>,
    /// `nonce` of the request, as it came.
    pub nonce: Option<&'a str>,
    /// How strongly (`acr`).
    pub acr: Option<&'a str>,
    /// By what (`amr`, RFC 8176).
    pub amr: &'a [&'a str],
    /// The session, as this client knows it.
    pub session: Option<&'a str>,
    /// The code that comes with it from the authorization endpoint.
    pub code: Option<&'a str>,
    /// The access token that comes with it.
    pub access_token: Option<&'a str>,
    /// Claims about the person; those above win.
    pub claims: Map<String, Value>,
}

impl IdToken<'_> {
    /// Writes and signs it.
    ///
    /// # Errors
    /// [`BadKey::Library`].
    pub fn sign(&self, key: &SigningKey) -> Result<String, BadKey> {
        let half = |value: Option<&str>| value.map(|value| key.algorithm().half_digest(value));
        let about = self.claims.iter();
        let payload = Payload {
            iss: self.issuer,
            aud: self.client_id,
            sub: self.subject,
            iat: Seconds(self.issued),
            exp: Seconds(self.expires),
            auth_time: self.authenticated_at.map(Seconds),
            nonce: self.nonce,
            acr: self.acr,
            amr: (!self.amr.is_empty()).then_some(self.amr),
            sid: self.session,
            c_hash: half(self.code),
            at_hash: half(self.access_token),
            person: about
                .filter(|(name, _)| !OWN.contains(&name.as_str()))
                .map(|(name, value)| (name.as_str(), value))
                .collect(),
        };
        key.sign(Typ::IdToken, &payload)
    }
}

/// The names of [`Payload`]. A claim about the person never stands in for one of these, not even for one
/// that is not said.
const OWN: [&str; 12] = [
    "iss",
    "aud",
    "sub",
    "iat",
    "exp",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "sid",
    "c_hash",
    "at_hash",
];

/// The claims as they are written.
#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    iat: Seconds,
    exp: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<Seconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amr: Option<&'a [&'a str]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    c_hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_hash: Option<String>,
    #[serde(flatten)]
    person: BTreeMap<&'a str, &'a Value>,
}

/// What an ID token that comes back says (`id_token_hint`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The client that it was made for.
    pub client_id: String,
    /// The person, as that client knows them.
    pub subject: String,
    /// The session, as that client knows it.
    pub session: Option<String>,
}

/// Reads one of our own ID tokens. It may have expired (OIDC RP-Initiated Logout §2): it is no proof of
/// anything now, only of whom the client means (OIDC-13, OIDC-14).
///
/// # Errors
/// [`BadToken`].
pub fn read_hint(token: &str, issuer: &str, keys: &[VerifyingKey]) -> Result<Hint, BadToken> {
    let verified = verify(token, Typ::IdToken, keys)?;
    let claims = verified.claims();
    claims.check_string("iss", issuer)?;
    claims.required_instant("exp")?;
    claims.required_instant("iat")?;
    let client_id = match claims.strings("aud")?.as_slice() {
        [client_id] => (*client_id).to_owned(),
        _ => return Err(BadClaim::Value("aud").into()),
    };
    Ok(Hint {
        client_id,
        subject: claims.required_string("sub")?.to_owned(),
        session: claims.string("sid")?.map(str::to_owned),
    })
}

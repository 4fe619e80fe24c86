//! The answers of the token endpoint and its neighbours (RFC 6749 §5.1, RFC 7591 §3.2.1, RFC 7662 §2.2, RFC 8628 §3.2,
//! RFC 8693 §2.2, RFC 9126 §2.2; OIDC Core §5.3.2). All of them are sent with `Cache-Control: no-store`.

use std::time::Duration;

use clau_domain::time::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::tokens::{AccessToken, Seconds};
use crate::client::ClientMetadata;
use crate::jose::{BadKey, SigningKey, Typ};
use crate::request::TokenType;
use crate::scope::ScopeSet;

/// Tokens for a client. Written once and never kept; there is no `Debug`.
#[derive(Clone, Serialize)]
pub struct TokenResponse {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    scope: ScopeSet,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_token_type: Option<&'static str>,
}

impl TokenResponse {
    /// An access token; `bound` when it is of use only with a DPoP proof.
    pub fn new(access_token: String, bound: bool, life: Duration, scope: ScopeSet) -> Self {
        Self {
            access_token,
            token_type: if bound { "DPoP" } else { "Bearer" },
            expires_in: life.as_secs(),
            scope,
            refresh_token: None,
            id_token: None,
            issued_token_type: None,
        }
    }

    /// With a refresh token.
    #[must_use]
    pub fn with_refresh_token(mut self, token: String) -> Self {
        self.refresh_token = Some(token);
        self
    }

    /// With an ID token.
    #[must_use]
    pub fn with_id_token(mut self, token: String) -> Self {
        self.id_token = Some(token);
        self
    }

    /// As the answer to an exchange.
    #[must_use]
    pub fn exchanged(mut self, issued: TokenType) -> Self {
        self.issued_token_type = Some(issued.name());
        self
    }
}

/// What is told of a token.
#[derive(Clone, Debug)]
pub enum Introspection {
    /// Unknown, expired, taken back, or none of the asker's business; which of them is not said
    /// (OIDC-12).
    Inactive,
    /// Good.
    Active(Box<AccessToken>),
}

impl Introspection {
    /// The body (RFC 7662 §2.2).
    pub fn to_json(&self) -> Value {
        let Self::Active(token) = self else {
            return json!({ "active": false });
        };
        let mut body = json!({
            "active": true,
            "iss": token.issuer,
            "aud": token.audience_claim(),
            "sub": token.subject,
            "client_id": token.client_id,
            "scope": token.scope,
            "jti": token.jti,
            "iat": Seconds(token.issued),
            "exp": Seconds(token.expires),
            "token_type": if token.jkt.is_some() { "DPoP" } else { "Bearer" },
        });
        if let (Some(jkt), Some(members)) = (&token.jkt, body.as_object_mut()) {
            members.insert("cnf".to_owned(), json!({ "jkt": jkt }));
        }
        body
    }
}

/// A signed introspection for `audience` (RFC 9701 §5).
///
/// # Errors
/// [`BadKey::Library`].
pub fn sign_introspection(
    introspection: &Introspection,
    issuer: &str,
    audience: &str,
    now: Timestamp,
    key: &SigningKey,
) -> Result<String, BadKey> {
    let claims = json!({
        "iss": issuer,
        "aud": audience,
        "iat": Seconds(now),
        "token_introspection": introspection.to_json(),
    });
    key.sign(Typ::Introspection, &claims)
}

/// The body of a userinfo answer: `sub` first of all, and what `claims` say (OIDC Core §5.3.2).
pub fn userinfo(subject: &str, mut claims: Map<String, Value>) -> Map<String, Value> {
    for reserved in ["iss", "aud", "exp", "iat"] {
        claims.remove(reserved);
    }
    claims.insert("sub".to_owned(), json!(subject));
    claims
}

/// The same, signed for `client_id`.
///
/// # Errors
/// [`BadKey::Library`].
pub fn sign_userinfo(
    mut body: Map<String, Value>,
    issuer: &str,
    client_id: &str,
    key: &SigningKey,
) -> Result<String, BadKey> {
    // Without `exp` it can never be taken for an ID token (OIDC-10).
    body.remove("exp");
    body.insert("iss".to_owned(), json!(issuer));
    body.insert("aud".to_owned(), json!(client_id));
    key.sign(Typ::UserInfo, &body)
}

/// Codes for a device (RFC 8628 §3.2). There is no `Debug`.
#[derive(Clone, Serialize)]
pub struct DeviceResponse {
    /// For the device to ask with.
    pub device_code: String,
    /// For the person to type.
    pub user_code: String,
    /// Where to type it.
    pub verification_uri: String,
    /// The same with the code in it, for a QR code.
    pub verification_uri_complete: String,
    /// How long they are good, in seconds.
    pub expires_in: u64,
    /// How long to wait between two questions, in seconds.
    pub interval: u64,
}

/// Our reference to a pushed request (RFC 9126 §2.2). There is no `Debug`.
#[derive(Clone, Serialize)]
pub struct PushedResponse {
    /// The reference, with its prefix.
    pub request_uri: String,
    /// How long it is good, in seconds.
    pub expires_in: u64,
}

/// What a client is told of its own registration (RFC 7591 §3.2.1, RFC 7592 §3). There is no `Debug`.
#[derive(Clone)]
pub struct RegistrationResponse<'a> {
    /// Its identifier.
    pub client_id: &'a str,
    /// When it was registered.
    pub issued: Timestamp,
    /// Its secret, where its way of authentication needs one, and when that ends, if ever.
    pub secret: Option<(&'a str, Option<Timestamp>)>,
    /// The token by which it may change its registration.
    pub access_token: Option<&'a str>,
    /// Where it may change it.
    pub configuration_uri: Option<&'a str>,
    /// What it is registered with.
    pub metadata: &'a ClientMetadata,
}

impl RegistrationResponse<'_> {
    /// The body.
    pub fn to_json(&self) -> Value {
        let mut body = self.metadata.to_json();
        let mut say = |name: &str, value: Value| body.insert(name.to_owned(), value);
        say("client_id", json!(self.client_id));
        say("client_id_issued_at", json!(Seconds(self.issued)));
        if let Some((secret, ends)) = self.secret {
            say("client_secret", json!(secret));
            // Zero: never (RFC 7591 §3.2.1).
            say(
                "client_secret_expires_at",
                ends.map_or(json!(0), |ends| json!(Seconds(ends))),
            );
        }
        if let Some(token) = self.access_token {
            say("registration_access_token", json!(token));
        }
        if let Some(uri) = self.configuration_uri {
            say("registration_client_uri", json!(uri));
        }
        Value::Object(body)
    }
}

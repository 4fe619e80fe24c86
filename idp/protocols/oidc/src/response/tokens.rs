//! Access tokens as JWT (RFC 9068) and logout tokens (OIDC Back-Channel Logout §2.4): written, and read
//! back by whoever they are for.

use std::time::Duration;

use clau_domain::time::Timestamp;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use crate::jose::{BadClaim, BadKey, BadToken, SigningKey, Typ, VerifyingKey, Window, verify};
use crate::scope::ScopeSet;

/// The event of a logout token.
pub const BACKCHANNEL_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How long a logout token is good (OIDC-15).
pub const LOGOUT_TOKEN_LIFE: Duration = Duration::from_secs(120);

/// An instant as tokens write it: whole seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seconds(pub Timestamp);

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0.as_millis().div_euclid(1000))
    }
}

/// The claims of an access token (RFC 9068 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The hub.
    pub issuer: String,
    /// The resources that it is for; never empty.
    pub audience: Vec<String>,
    /// On whose behalf; the client itself when there is no person.
    pub subject: String,
    /// Who got it.
    pub client_id: String,
    /// What it allows.
    pub scope: ScopeSet,
    /// Its identifier, by which it is looked up and taken back.
    pub jti: String,
    /// When it was made.
    pub issued: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// Thumbprint of the key that it is bound to (RFC 9449 §6.1).
    pub jkt: Option<String>,
}

impl AccessToken {
    /// Writes and signs it.
    ///
    /// # Errors
    /// [`BadKey::Library`].
    pub fn sign(&self, key: &SigningKey) -> Result<String, BadKey> {
        let mut claims = json!({
            "iss": self.issuer,
            "aud": self.audience_claim(),
            "sub": self.subject,
            "client_id": self.client_id,
            "jti": self.jti,
            "iat": Seconds(self.issued),
            "exp": Seconds(self.expires),
        });
        if let Some(members) = claims.as_object_mut() {
            if !self.scope.is_empty() {
                members.insert("scope".to_owned(), json!(self.scope));
            }
            if let Some(jkt) = &self.jkt {
                members.insert("cnf".to_owned(), json!({ "jkt": jkt }));
            }
        }
        key.sign(Typ::AccessToken, &claims)
    }

    /// `aud`: a string where there is one only (RFC 7519 §4.1.3).
    pub(super) fn audience_claim(&self) -> Value {
        match self.audience.as_slice() {
            [one] => json!(one),
            several => json!(several),
        }
    }

    /// Reads one of ours that is meant for `audience` (RFC 9068 §4). Whether it was taken back is for
    /// the caller to look up by `jti`.
    ///
    /// # Errors
    /// [`BadToken`].
    pub fn read(
        token: &str,
        issuer: &str,
        audience: &str,
        keys: &[VerifyingKey],
        window: Window,
    ) -> Result<Self, BadToken> {
        let read = Self::open(token, issuer, keys, window)?;
        if read.audience.iter().any(|named| named == audience) {
            Ok(read)
        } else {
            Err(BadClaim::Value("aud").into())
        }
    }

    /// Reads one of ours, whoever it is meant for: for the hub itself, which tells others about it and
    /// looks at `audience` then.
    ///
    /// # Errors
    /// [`BadToken`].
    pub fn open(
        token: &str,
        issuer: &str,
        keys: &[VerifyingKey],
        window: Window,
    ) -> Result<Self, BadToken> {
        let verified = verify(token, Typ::AccessToken, keys)?;
        let claims = verified.claims();
        claims.check_string("iss", issuer)?;
        let audience = claims.strings("aud")?;
        if audience.is_empty() {
            return Err(BadClaim::Missing("aud").into());
        }
        let expires = claims.check_expiry(window)?;
        let issued = claims.check_issued(window)?;
        claims.check_not_before(window)?;
        let wrong = |name, expected| BadToken::Claim(BadClaim::Type { name, expected });
        let scope = claims.string("scope")?.unwrap_or_default();
        let jkt = match claims.members().get("cnf") {
            None => None,
            Some(Value::Object(cnf)) => {
                let jkt = cnf.get("jkt").and_then(Value::as_str);
                // Bound to something that cannot be checked here: not good here.
                Some(jkt.ok_or(wrong("cnf", "an object with `jkt`"))?.to_owned())
            }
            Some(_) => return Err(wrong("cnf", "an object with `jkt`")),
        };
        Ok(Self {
            issuer: issuer.to_owned(),
            audience: audience.into_iter().map(str::to_owned).collect(),
            subject: claims.required_string("sub")?.to_owned(),
            client_id: claims.required_string("client_id")?.to_owned(),
            scope: ScopeSet::parse(scope).map_err(|_| wrong("scope", "scopes"))?,
            jti: claims.required_string("jti")?.to_owned(),
            issued,
            expires,
            jkt,
        })
    }
}

/// Word to a client that a session has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoutToken {
    /// The hub.
    pub issuer: String,
    /// The client.
    pub client_id: String,
    /// Whose session, as this client knows the person.
    pub subject: Option<String>,
    /// Which session, as this client knows it. At least one of the two is given.
    pub session: Option<String>,
    /// To be remembered by the client until the token has expired.
    pub jti: String,
    /// When it was made.
    pub issued: Timestamp,
}

impl LogoutToken {
    /// Writes and signs it.
    ///
    /// # Errors
    /// [`BadKey::Library`].
    pub fn sign(&self, key: &SigningKey) -> Result<String, BadKey> {
        let mut claims = Map::new();
        let mut say = |name: &str, value: Value| claims.insert(name.to_owned(), value);
        say("iss", json!(self.issuer));
        say("aud", json!(self.client_id));
        say("iat", json!(Seconds(self.issued)));
        say("exp", json!(Seconds(self.issued + LOGOUT_TOKEN_LIFE)));
        say("jti", json!(self.jti));
        say("events", json!({ BACKCHANNEL_EVENT: {} }));
        if let Some(subject) = &self.subject {
            say("sub", json!(subject));
        }
        if let Some(session) = &self.session {
            say("sid", json!(session));
        }
        key.sign(Typ::LogoutToken, &claims)
    }

    /// Reads one of an issuer that `keys` belong to, meant for `client_id` (§2.6). It counts only if
    /// its `jti` is new. `window.longest` is how old it may be, normally [`LOGOUT_TOKEN_LIFE`].
    ///
    /// # Errors
    /// [`BadToken`].
    pub fn read(
        token: &str,
        issuer: &str,
        client_id: &str,
        keys: &[VerifyingKey],
        window: Window,
    ) -> Result<Self, BadToken> {
        let verified = verify(token, Typ::LogoutToken, keys)?;
        let claims = verified.claims();
        claims.check_string("iss", issuer)?;
        claims.check_audience(client_id)?;
        claims.check_expiry(window)?;
        let issued = claims.check_issued(window)?;
        claims.check_not_before(window)?;
        if claims.has("nonce") {
            return Err(BadClaim::Unexpected("nonce").into());
        }
        let event = match claims.members().get("events") {
            Some(Value::Object(events)) => events.get(BACKCHANNEL_EVENT),
            _ => None,
        };
        if !event.is_some_and(Value::is_object) {
            return Err(BadClaim::Value("events").into());
        }
        let read = Self {
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            subject: claims.string("sub")?.map(str::to_owned),
            session: claims.string("sid")?.map(str::to_owned),
            jti: claims.required_string("jti")?.to_owned(),
            issued,
        };
        if read.subject.is_none() && read.session.is_none() {
            return Err(BadClaim::Missing("sub").into());
        }
        Ok(read)
    }
}

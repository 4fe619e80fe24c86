//! Logout tokens (OIDC Back-Channel Logout §2.4, §2.6; OIDC-15): by them the hub says which of its
//! sessions has ended. Owns every check but one: whether a `jti` was seen before is in `grants`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

const TYP: &str = "logout+jwt";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// How far two clocks may be apart, in seconds.
const SKEW: i64 = 30;
/// Longest life of a logout token, in seconds.
const LONGEST: i64 = 120;
const LONGEST_TOKEN: usize = 8 * 1024;
const LONGEST_JTI: usize = 256;

/// What a good logout token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Notice {
    /// To be taken once.
    pub(super) jti: String,
    /// Until when the token could be presented again.
    pub(super) keep_until: i64,
    /// The session that ended; all of the person's where there is none.
    pub(super) sid: Option<String>,
    /// The person.
    pub(super) subject: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: Option<String>,
    kid: Option<String>,
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    iat: i64,
    exp: i64,
    jti: String,
    events: Map<String, Value>,
    sid: Option<String>,
    sub: Option<String>,
    nonce: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// The key that a token says it is signed with. Proves nothing.
pub(super) fn claimed_kid(token: &str) -> Option<String> {
    decoded::<Header>(token.split('.').next()?)?.kid
}

/// Checks a token of `issuer` for `client_id` against the hub's keys, at `now` (seconds since 1970).
///
/// # Errors
/// What is wrong with it, for the log.
pub(super) fn read(
    token: &str,
    issuer: &str,
    client_id: &str,
    keys: &[CoreJsonWebKey],
    now: i64,
) -> Result<Notice, &'static str> {
    if token.len() > LONGEST_TOKEN {
        return Err("it is too long");
    }
    let (message, signature) = token.rsplit_once('.').ok_or("it is no JWT")?;
    let (header, claims) = message.split_once('.').ok_or("it is no JWT")?;
    let header: Header = decoded(header).ok_or("its header cannot be read")?;
    // Algorithm and type are ours to know, not the token's to choose.
    if header.alg != "ES256" || header.typ.as_deref() != Some(TYP) || header.crit.is_some() {
        return Err("its header is not that of a logout token");
    }
    let kid = header.kid.ok_or("it names no key")?;
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| "its signature cannot be read")?;
    let es256 = CoreJwsSigningAlgorithm::EcdsaP256Sha256;
    let signed = keys
        .iter()
        .filter(|key| key.key_id().is_some_and(|id| id.as_str() == kid))
        .any(|key| {
            key.verify_signature(&es256, message.as_bytes(), &signature)
                .is_ok()
        });
    if !signed {
        return Err("none of the hub's keys has signed it");
    }
    let claims: Claims = decoded(claims).ok_or("its claims cannot be read")?;
    let for_us = match &claims.aud {
        Audience::One(audience) => audience == client_id,
        Audience::Several(audiences) => audiences.as_slice() == [client_id],
    };
    if claims.iss != issuer || !for_us {
        return Err("it is another's");
    }
    let fresh = claims.iat <= now + SKEW && claims.iat + LONGEST + SKEW >= now;
    if !fresh || claims.exp + SKEW < now || claims.exp > claims.iat + LONGEST {
        return Err("it is not of now");
    }
    if !claims.events.get(EVENT).is_some_and(Value::is_object) {
        return Err("it is about another event");
    }
    // With a nonce, it would be an ID token in disguise.
    if claims.nonce.is_some() {
        return Err("it has a nonce");
    }
    if claims.jti.is_empty() || claims.jti.len() > LONGEST_JTI {
        return Err("it has no usable `jti`");
    }
    if claims.sid.is_none() && claims.sub.is_none() {
        return Err("it names neither session nor person");
    }
    Ok(Notice {
        jti: claims.jti,
        keep_until: claims.iat + LONGEST + 2 * SKEW,
        sid: claims.sid,
        subject: claims.sub,
    })
}

fn decoded<T: DeserializeOwned>(part: &str) -> Option<T> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::services::oidc::credentials::ClientKey;

    const ISSUER: &str = "https://hub.example";
    const NOW: i64 = 1_000_000;

    fn good() -> Value {
        json!({
            "iss": ISSUER, "aud": "bourses", "iat": NOW, "exp": NOW + 120, "jti": "1",
            "events": { EVENT: {} }, "sid": "s1", "sub": "p1",
        })
    }

    fn keys(key: &ClientKey) -> Vec<CoreJsonWebKey> {
        serde_json::from_value(key.jwks()["keys"].clone()).unwrap()
    }

    #[test]
    fn oidc_15_a_logout_token_says_which_session_has_ended() {
        let key = ClientKey::generate().unwrap();
        let token = key.sign(TYP, &good()).unwrap();
        assert_eq!(claimed_kid(&token).as_deref(), Some(key.kid()));
        let read = |token: &str, at| read(token, ISSUER, "bourses", &keys(&key), at);
        let notice = read(&token, NOW).unwrap();
        assert_eq!(notice.jti, "1");
        assert_eq!(notice.sid.as_deref(), Some("s1"));
        assert_eq!(notice.subject.as_deref(), Some("p1"));
        assert!(read(&token, NOW + 151).is_err(), "it grows old");
        assert!(
            read(&token, notice.keep_until).is_err(),
            "its `jti` may be forgotten then"
        );
    }

    #[test]
    fn oidc_15_everything_else_is_refused() {
        let key = ClientKey::generate().unwrap();
        let read = |token: &str| read(token, ISSUER, "bourses", &keys(&key), NOW);
        for (name, value) in [
            ("iss", json!("https://other.example")),
            ("iss", Value::Null),
            ("aud", json!("restauration")),
            ("aud", json!(["bourses", "restauration"])),
            ("aud", Value::Null),
            ("iat", json!(NOW + 60)),
            ("iat", json!(NOW - 600)),
            ("iat", json!(NOW.to_string())),
            ("exp", json!(NOW - 60)),
            ("exp", json!(NOW + 600)),
            ("exp", Value::Null),
            ("jti", json!("")),
            ("jti", Value::Null),
            ("jti", json!("j".repeat(300))),
            ("events", json!({})),
            ("events", json!({ EVENT: true })),
            ("events", json!([EVENT])),
            ("nonce", json!("n")),
            ("sid", json!(7)),
        ] {
            let mut claims = good();
            claims[name] = value.clone();
            let token = key.sign(TYP, &claims).unwrap();
            assert!(read(&token).is_err(), "{name} = {value}");
        }
        let mut nobody = good();
        nobody
            .as_object_mut()
            .unwrap()
            .retain(|name, _| !["sid", "sub"].contains(&name.as_str()));
        assert!(read(&key.sign(TYP, &nobody).unwrap()).is_err());
    }

    #[test]
    fn oidc_15_only_the_hubs_key_counts() {
        let (key, stranger) = (
            ClientKey::generate().unwrap(),
            ClientKey::generate().unwrap(),
        );
        let read = |token: &str, keys: &[CoreJsonWebKey]| read(token, ISSUER, "bourses", keys, NOW);
        let token = key.sign(TYP, &good()).unwrap();
        assert!(read(&token, &keys(&stranger)).is_err());
        assert!(read(&token, &[]).is_err());
        for typ in ["JWT", "at+jwt", ""] {
            assert!(read(&key.sign(typ, &good()).unwrap(), &keys(&key)).is_err());
        }
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut parts = token.split('.');
        let (_, claims, signature) = (parts.next(), parts.next().unwrap(), parts.next().unwrap());
        for header in [
            json!({"alg": "none", "typ": TYP, "kid": key.kid()}),
            json!({"alg": "HS256", "typ": TYP, "kid": key.kid()}),
            json!({"alg": "ES256", "typ": TYP}),
            json!({"alg": "ES256", "typ": TYP, "kid": key.kid(), "crit": ["b64"]}),
        ] {
            for signature in [signature, ""] {
                let token = format!("{}.{claims}.{signature}", part(&header));
                assert!(read(&token, &keys(&key)).is_err(), "{header}");
            }
        }
        for cut in 0..token.len() {
            assert!(
                read(token.get(..cut).unwrap(), &keys(&key)).is_err(),
                "{cut}"
            );
        }
    }
}

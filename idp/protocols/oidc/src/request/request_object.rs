//! Signed request objects (JAR, RFC 9101; OIDC Core §6.1): the parameters of an authorization request
//! under the client's signature. What stands outside the object then does not count (§6.3).

use std::time::Duration;

use clau_domain::time::Timestamp;
use serde_json::Value;

use super::authorization::Outer;
use crate::client::Client;
use crate::error::{ErrorCode, OauthError};
use crate::jose::{BadClaim, BadToken, Claims, Typ, VerifyingKey, Window, verify};
use crate::parameters::Parameters;

/// Longest time that a request object may be good for (FAPI 2.0 Message Signing §5.3.1).
const LONGEST: Duration = Duration::from_secs(3_600);
/// Claims that are about the object and no parameters.
const ABOUT_THE_OBJECT: [&str; 6] = ["iss", "aud", "exp", "iat", "nbf", "jti"];

/// The parameters of the request object in `outer`. It is by `client`, signed by one of `keys` (its
/// registered ones, with its registered algorithm), meant for `issuer`, good now, and agrees with what
/// stands outside (OIDC-16).
///
/// # Errors
/// `invalid_request_object`, for a page: the object is what would have named the redirect address.
pub fn read(
    parameters: Parameters<'_>,
    client: &Client,
    issuer: &str,
    keys: &[VerifyingKey],
    (now, skew): (Timestamp, Duration),
) -> Result<Vec<(String, String)>, OauthError> {
    let bad = |why: String| OauthError::new(ErrorCode::InvalidRequestObject, why);
    let outer = Outer::read(parameters)?;
    let token = outer
        .request
        .ok_or_else(|| bad("no request object".to_owned()))?;
    if client.metadata.request_object_signing_alg.is_none() {
        return Err(OauthError::new(
            ErrorCode::InvalidRequestObject,
            "the client is not registered for signed requests",
        ));
    }
    let window = Window {
        now,
        skew,
        longest: LONGEST,
    };
    let claims = verified(token, client, issuer, keys, window).map_err(|e| bad(e.to_string()))?;
    for name in ["client_id", "response_type"] {
        let inside = claims.members().get(name).and_then(Value::as_str);
        let outside = parameters.optional(name);
        if outside.is_some() && inside != outside {
            return Err(bad(format!(
                "`{name}` differs inside and outside the object"
            )));
        }
    }
    let mut list = Vec::new();
    for (name, value) in claims.members() {
        if ABOUT_THE_OBJECT.contains(&name.as_str()) {
            continue;
        }
        match value {
            Value::String(text) => list.push((name.clone(), text.clone())),
            // `max_age` and `claims` (RFC 9101 §4).
            Value::Number(_) | Value::Object(_) => list.push((name.clone(), value.to_string())),
            Value::Array(items) if name == "resource" => {
                for item in items {
                    let text = item
                        .as_str()
                        .ok_or_else(|| bad(format!("`{name}` is no text")))?;
                    list.push((name.clone(), text.to_owned()));
                }
            }
            _ => {
                return Err(bad(format!(
                    "a parameter of the object is no text: `{name}`"
                )));
            }
        }
    }
    Ok(list)
}

fn verified(
    token: &str,
    client: &Client,
    issuer: &str,
    keys: &[VerifyingKey],
    window: Window,
) -> Result<Claims, BadToken> {
    let claims = verify(token, Typ::RequestObject, keys)?.into_claims();
    claims.check_string("iss", &client.client_id)?;
    claims.check_string("client_id", &client.client_id)?;
    claims.check_audience(issuer)?;
    claims.check_expiry(window)?;
    claims.check_issued(window)?;
    claims.check_not_before(window)?;
    // RFC 9101 §4: never nested. §10.8: with a `sub` it could pass for a client assertion.
    for name in ["request", "request_uri", "sub"] {
        if claims.has(name) {
            return Err(BadClaim::Unexpected(name).into());
        }
    }
    Ok(claims)
}

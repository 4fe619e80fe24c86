//! The `claims` parameter (OIDC Core §5.5): claims that are asked for one by one, beside scopes. What is
//! asked for is never more than what the registration releases.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::OauthError;
use crate::jose::object;

/// Most claims that one request names (AVL-02).
const MOST: usize = 64;

/// Which claims are wished for, where.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClaimsRequest {
    /// At the userinfo endpoint.
    pub userinfo: BTreeMap<String, Wish>,
    /// In the ID token.
    pub id_token: BTreeMap<String, Wish>,
}

/// How a claim is wished for (§5.5.1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wish {
    /// The person cannot be served without it.
    pub essential: bool,
    /// The values that would do, the best first; none means any.
    pub values: Vec<Value>,
}

impl ClaimsRequest {
    /// Reads the parameter.
    ///
    /// # Errors
    /// `invalid_request`.
    pub fn parse(text: &str) -> Result<Self, OauthError> {
        let members = object(text.as_bytes()).map_err(|_| bad())?;
        Ok(Self {
            userinfo: wishes(&members, "userinfo")?,
            id_token: wishes(&members, "id_token")?,
        })
    }

    /// The authentication contexts without which the request fails (§5.5.1.1).
    pub fn essential_acr(&self) -> Option<Vec<&str>> {
        let wish = self.id_token.get("acr").filter(|wish| wish.essential)?;
        Some(wish.values.iter().filter_map(Value::as_str).collect())
    }

    /// The person who must be signed in, by `sub` (§5.5.1).
    pub fn subject(&self) -> Option<&str> {
        self.id_token.get("sub")?.values.first()?.as_str()
    }
}

fn bad() -> OauthError {
    OauthError::invalid_request("`claims` is not as OIDC Core 5.5 describes it")
}

fn wishes(members: &Map<String, Value>, name: &str) -> Result<BTreeMap<String, Wish>, OauthError> {
    let claims = match members.get(name) {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(claims)) if claims.len() <= MOST => claims,
        Some(_) => return Err(bad()),
    };
    claims
        .iter()
        .map(|(name, value)| Ok((name.clone(), wish(value)?)))
        .collect()
}

fn wish(value: &Value) -> Result<Wish, OauthError> {
    let members = match value {
        Value::Null => return Ok(Wish::default()),
        Value::Object(members) => members,
        _ => return Err(bad()),
    };
    let essential = match members.get("essential") {
        None => false,
        Some(Value::Bool(essential)) => *essential,
        Some(_) => return Err(bad()),
    };
    let values = match (members.get("value"), members.get("values")) {
        (None, None) => Vec::new(),
        (Some(value), None) => vec![value.clone()],
        (None, Some(Value::Array(values))) if values.len() <= MOST => values.clone(),
        _ => return Err(bad()),
    };
    Ok(Wish { essential, values })
}

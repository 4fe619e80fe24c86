//! What a browser brings back (OIDC Core §3.1.2.5), and from there to a person as the provider knows them. The
//! code is exchanged once: what can be refused without it, is refused before.

use clau_oidc::jose::Claims;
use clau_oidc::parameters::Parameters;
use openidconnect::url::form_urlencoded;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::OpenIdProvider;
use super::client;
use super::depart::Pending;
use super::metadata::Provider;
use super::registration::Registered;
use super::token::Checked;
use crate::contract::{Arrival, Arrived, Call, Fault};
use crate::profile::{Said, identify};

/// Longest query that is read, in bytes.
const LONGEST: usize = 8 * 1024;
/// Longest name of a session there, in bytes.
const LONGEST_SID: usize = 255;

/// What is kept with a session, to end the provider's by.
#[derive(Serialize, Deserialize)]
pub(super) struct Upstream {
    /// Hint for a logout (RP-Initiated Logout §2).
    pub(super) id_token: String,
    pub(super) sid: Option<String>,
    pub(super) sub: String,
}

impl OpenIdProvider {
    pub(super) async fn finish(
        &self,
        call: &Call<'_>,
        arrival: &Arrival<'_>,
        pending: Option<&str>,
    ) -> Result<Arrived, Fault> {
        let Arrival::Query(query) = arrival else {
            return Err(Fault::Untrusted("an answer of another protocol".to_owned()));
        };
        // An OpenID provider answers; it never begins (FED-06).
        let pending = pending.ok_or_else(|| Fault::Untrusted("nobody has asked".to_owned()))?;
        let pending: Pending = serde_json::from_str(pending)
            .map_err(|_| Fault::Unusable("what was remembered cannot be read".to_owned()))?;
        let provider = self.held.provider()?;
        let keys = self.held.keys()?;
        let code = code(query, &pending, &provider, &self.registered)?;
        let with = (&self.registered, &*provider, &*keys);
        let tokens = client::exchange(call, with, code, pending.verifier.clone()).await?;
        let checked = self.check_id_token(call, &tokens, &pending).await?;
        let userinfo = match &provider.userinfo {
            Some(url) => Some(
                self.userinfo(call, url, &tokens.access, &checked.subject)
                    .await?,
            ),
            None => None,
        };
        self.arrived(tokens.text, checked, userinfo)
    }

    fn arrived(
        &self,
        id_token: String,
        checked: Checked,
        userinfo: Option<Claims>,
    ) -> Result<Arrived, Fault> {
        let sid = checked.claims.string("sid").map_err(super::bad_claim)?;
        if sid.is_some_and(|sid| sid.len() > LONGEST_SID) {
            return Err(Fault::Untrusted(
                "the name of its session is too long".to_owned(),
            ));
        }
        let sid = sid.map(str::to_owned);
        let said = Said {
            subject: Some(checked.subject.clone()),
            context: checked.context,
            authenticated_at: checked.authenticated_at,
            attributes: attributes(&checked.claims, userinfo.as_ref()),
        };
        let identified = identify(&self.registered.connector, &said)?;
        let upstream = Upstream {
            id_token,
            sid: sid.clone(),
            sub: checked.subject.clone(),
        };
        Ok(Arrived {
            identity: identified.identity,
            upstream: serde_json::to_string(&upstream)
                .map_err(|error| Fault::Unusable(format!("what must be kept: {error}")))?,
            names: self.names(sid.as_deref(), &checked.subject)?,
            once: Vec::new(),
        })
    }

    /// By what the provider may speak of this session later. A provider that names sessions in its front
    /// channel, and none in its ID tokens, puts the subject there (LemonLDAP::NG 2.16).
    fn names(&self, sid: Option<&str>, subject: &str) -> Result<Vec<String>, Fault> {
        let issuer = &self.registered.issuer;
        let mut names = Vec::new();
        match sid {
            Some(sid) => names.push(session_name(issuer, sid)),
            None if self.held.provider()?.front_channel_session => {
                names.push(session_name(issuer, subject));
            }
            None => {}
        }
        names.push(subject_name(issuer, subject));
        Ok(names)
    }
}

/// The name of a session there.
pub(super) fn session_name(issuer: &str, sid: &str) -> String {
    format!("sid:{issuer}/{sid}")
}

/// The name of all sessions of a person there.
pub(super) fn subject_name(issuer: &str, subject: &str) -> String {
    format!("sub:{issuer}/{subject}")
}

/// The parameters of a query, each once.
pub(super) fn parameters(query: &str) -> Result<Vec<(String, String)>, Fault> {
    if query.len() > LONGEST {
        return Err(Fault::Untrusted("the answer is too long".to_owned()));
    }
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    Parameters::new(&pairs).map_err(|error| Fault::Untrusted(error.to_string()))?;
    Ok(pairs)
}

/// A parameter that is there and not empty.
pub(super) fn parameter<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(known, _)| known == name);
    found
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
}

/// The code of an answer to the very request that is pending (FED-05, RFC 9207 §2.4).
fn code(
    query: &str,
    pending: &Pending,
    provider: &Provider,
    registered: &Registered,
) -> Result<String, Fault> {
    let pairs = parameters(query)?;
    let given = |name| parameter(&pairs, name);
    if given("state") != Some(pending.state.as_str()) {
        return Err(Fault::Untrusted("an answer to another request".to_owned()));
    }
    match given("iss") {
        Some(issuer) if issuer == registered.issuer => {}
        None if !provider.names_itself => {}
        Some(_) => return Err(Fault::Untrusted("an answer of another issuer".to_owned())),
        None => {
            return Err(Fault::Untrusted(
                "the answer does not name its issuer, as this provider always does".to_owned(),
            ));
        }
    }
    if let Some(error) = given("error") {
        return Err(refusal(error));
    }
    let code =
        given("code").ok_or_else(|| Fault::Untrusted("the answer has no code".to_owned()))?;
    Ok(code.to_owned())
}

/// What a provider says instead of a code (RFC 6749 §4.1.2.1, OIDC Core §3.1.2.6).
fn refusal(error: &str) -> Fault {
    let known = error
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if error.len() > 64 || !known {
        return Fault::Refused("with an error that has no name".to_owned());
    }
    match error {
        "server_error" | "temporarily_unavailable" => Fault::NoAnswer(error.to_owned()),
        "invalid_request"
        | "unauthorized_client"
        | "unsupported_response_type"
        | "invalid_scope"
        | "request_not_supported"
        | "registration_not_supported" => Fault::Unusable(format!(
            "the provider does not take the hub's request: {error}"
        )),
        "unmet_authentication_requirements" => Fault::TooWeak(error.to_owned()),
        // `access_denied`, `login_required`, `consent_required` and the like; FranceConnect's own, `Y04…`.
        _ => Fault::Refused(error.to_owned()),
    }
}

/// All that was said, as text: of two claims of one name, what comes from the user information endpoint.
pub(super) fn attributes(
    id_token: &Claims,
    userinfo: Option<&Claims>,
) -> Vec<(String, Vec<String>)> {
    let newer = userinfo.map(Claims::members);
    let older = id_token
        .members()
        .iter()
        .filter(|(name, _)| newer.is_none_or(|newer| !newer.contains_key(*name)));
    let all = newer.into_iter().flatten().chain(older);
    let read = all.filter_map(|(name, value)| Some((name.clone(), texts(value)?)));
    read.collect()
}

/// A text, a number, yes or no, or a list of these; objects have no place in an attribute.
fn texts(value: &Value) -> Option<Vec<String>> {
    let one = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    };
    match value {
        Value::Array(values) => values.iter().map(one).collect(),
        single => Some(vec![one(single)?]),
    }
}

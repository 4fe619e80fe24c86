//! The hub as a client of a provider: its addresses below its own, its proof (a secret in the body, or an
//! assertion by its own key), and the key that it has for what is encrypted. Nobody else is a client here.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clau_domain::secret::same_secret;
use clau_domain::time::Timestamp;
use clau_oidc::jose::{Algorithm, JwkSet, Typ, VerifyingKey, Window, verify};
use serde_json::{Map, Value};

use crate::services::server::{body_of, now};
use crate::upstreams::arguments::{Arguments, secret_in};

/// How a client says that it proves itself by an assertion (RFC 7523 §2.2).
const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Longest life of an assertion, and how far its clock may be off.
const LIFE: Duration = Duration::from_secs(300);
const SKEW: Duration = Duration::from_secs(10);

/// How the hub is registered at a provider.
#[derive(Debug, Clone, clap::Args)]
pub struct Registration {
    /// What the hub is called there.
    #[arg(long, value_name = "ID", default_value = "ent-region-demonstration")]
    pub client_id: String,
    /// File with the hub's secret; without it the hub proves itself by its key.
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
}

/// The hub. Not `Debug`: it has a secret.
pub(super) struct Client {
    pub(super) id: String,
    secret: Option<String>,
    /// Where codes go.
    pub(super) redirect: String,
    /// Where browsers go after a logout.
    pub(super) signed_out: String,
    keys: String,
    http: reqwest::Client,
}

impl Client {
    /// The hub by its registration.
    ///
    /// # Errors
    /// Secret or authority cannot be read.
    pub(super) fn new(
        registration: &Registration,
        arguments: &Arguments,
        own: &str,
    ) -> io::Result<Self> {
        let connector = arguments.connector(own);
        let at = |name: &str| arguments.at_hub(&format!("oidc/rp/{connector}/{name}"));
        let secret = registration.client_secret_file.as_deref().map(secret_in);
        Ok(Self {
            id: registration.client_id.clone(),
            secret: secret.transpose()?,
            redirect: at("callback"),
            signed_out: at("signed-out"),
            keys: at("jwks.json"),
            http: arguments.http_client()?,
        })
    }

    /// Whether a token request is the hub's: a secret in the body, or an assertion for one of `audiences`.
    pub(super) async fn is_proven(
        &self,
        field: impl Fn(&str) -> Option<String>,
        audiences: &[String],
    ) -> bool {
        let named = field("client_id").is_none_or(|id| id == self.id);
        match (
            field("client_secret"),
            field("client_assertion"),
            &self.secret,
        ) {
            (Some(given), None, Some(secret)) => {
                named && field("client_id").is_some() && same_secret(&given, secret)
            }
            (None, Some(assertion), None) => {
                let typed = field("client_assertion_type").as_deref() == Some(ASSERTION);
                named && typed && self.holds(&assertion, audiences).await
            }
            _ => false,
        }
    }

    async fn holds(&self, assertion: &str, audiences: &[String]) -> bool {
        let Ok(keys) = self.fetch().await else {
            return false;
        };
        let Ok(set) = JwkSet::from_members(&keys) else {
            return false;
        };
        let keys: Vec<VerifyingKey> = [Algorithm::Es256, Algorithm::Rs256]
            .into_iter()
            .flat_map(|algorithm| VerifyingKey::from_set(&set, algorithm))
            .collect();
        let Ok(verified) = verify(assertion, Typ::ClientAssertion, &keys) else {
            return false;
        };
        let claims = verified.claims();
        let window = Window {
            now: Timestamp::from_millis(now().saturating_mul(1_000)),
            skew: SKEW,
            longest: LIFE,
        };
        let own = |name| claims.check_string(name, &self.id).is_ok();
        own("iss")
            && own("sub")
            && audiences
                .iter()
                .any(|audience| claims.check_audience(audience).is_ok())
            && claims.check_expiry(window).is_ok()
            && claims.required_string("jti").is_ok()
    }

    /// The key that the hub has for what is encrypted (RFC 7517 §4.2).
    ///
    /// # Errors
    /// It has none, or does not answer.
    pub(super) async fn encryption_key(&self) -> Result<Map<String, Value>, String> {
        let set = self.fetch().await?;
        let keys = set.get("keys").and_then(Value::as_array);
        let mut keys = keys.into_iter().flatten().filter_map(Value::as_object);
        let is_for_it = |key: &&Map<String, Value>| key.get("use") == Some(&Value::from("enc"));
        let found = keys.find(is_for_it).cloned();
        found.ok_or_else(|| format!("{} has no key for encryption", self.keys))
    }

    async fn fetch(&self) -> Result<Map<String, Value>, String> {
        let why = |error: reqwest::Error| format!("{}: {}", self.keys, error.without_url());
        let answer = self.http.get(&self.keys).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let body = body_of(answer.map_err(why)?).await.map_err(why)?;
        let body = body.unwrap_or_default();
        serde_json::from_slice(&body).map_err(|error| format!("{}: {error}", self.keys))
    }
}

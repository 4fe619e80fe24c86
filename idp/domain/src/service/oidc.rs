//! How a service speaks OpenID Connect, as it is registered: what the hub decides about the client, and
//! what the client declares of itself. The declaration is kept in the words of RFC 7591 §2 and read by
//! `clau-oidc`; never interpreted here.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::Day;
use crate::ids::ServiceId;
use crate::secret::SecretString;
use crate::url::WebUrl;

/// How a service speaks OpenID Connect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OidcSettings {
    /// Client identifier; the service's id when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// Secrets by which the client authenticates. Only in files: they are never stored with the
    /// registration nor written back.
    #[serde(alias = "secrets", skip_serializing)]
    pub secret: OfferedSecrets,
    /// Whether people are asked before it receives anything.
    #[serde(skip_serializing_if = "is_default")]
    pub consent: ConsentRule,
    /// What its access tokens look like.
    #[serde(skip_serializing_if = "is_default")]
    pub access_token: AccessTokenKind,
    /// Which rules it is held to.
    #[serde(skip_serializing_if = "is_default")]
    pub profile: ClientProfile,
    /// Ways in which answers may reach it, by the specification's names; none means every way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_modes: Vec<String>,
    /// Last day on which a confidential client of long ago may leave PKCE out (OIDC-05).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pkce_exempt_until: Option<Day>,
    /// Addresses that tokens for this service may name (RFC 8707).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<WebUrl>,
    /// Services that may get tokens for this one, on a person's behalf; none means nobody.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub accepts: Vec<ServiceId>,
    /// How the client came into the registry.
    #[serde(skip_serializing_if = "is_default")]
    pub origin: ClientOrigin,
    /// What the client declares of itself (RFC 7591 §2).
    pub client: Map<String, Value>,
}

impl OidcSettings {
    /// The client identifier.
    pub fn client_id<'a>(&'a self, service: &'a ServiceId) -> &'a str {
        self.client_id.as_deref().unwrap_or(service.as_str())
    }

    /// Whether the client registered itself.
    pub fn is_dynamic(&self) -> bool {
        self.origin == ClientOrigin::Dynamic
    }

    /// Whether tokens for this service may name `address` (RFC 8707): exactly as it is registered.
    pub fn has_resource(&self, address: &str) -> bool {
        let mut registered = self.resources.iter();
        registered.any(|registered| registered.as_str() == address)
    }
}

/// Whether people are asked before a client receives anything. Pupils never are: for them the school
/// has decided, by the access rules (OIDC-18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentRule {
    /// One of the region's own services: opening it is enough.
    #[default]
    Implied,
    /// People are asked once, and again when it wants more.
    Ask,
}

/// What a client's access tokens look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessTokenKind {
    /// A reference that only the hub understands.
    #[default]
    Opaque,
    /// Signed claims (RFC 9068), which other servers can read.
    Jwt,
}

/// Which rules a client is held to beyond the ordinary ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientProfile {
    /// RFC 9700.
    #[default]
    Baseline,
    /// FAPI 2.0 Security Profile.
    Fapi2,
}

/// How a client came into the registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientOrigin {
    /// An operator registered it.
    #[default]
    Operator,
    /// It registered itself, by invitation (RFC 7591).
    Dynamic,
}

/// Secrets that a file offers for a client. They are no part of the registration: two registrations
/// with other secrets are equal, and nothing shows or writes them.
#[derive(Clone, Default)]
pub struct OfferedSecrets(pub Vec<SecretString>);

impl PartialEq for OfferedSecrets {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for OfferedSecrets {}

impl fmt::Debug for OfferedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OfferedSecrets({}, redacted)", self.0.len())
    }
}

impl<'de> Deserialize<'de> for OfferedSecrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a secret or a list of secrets")]
        enum Form {
            One(String),
            Several(Vec<String>),
        }
        let texts = match Form::deserialize(deserializer)? {
            Form::One(text) => vec![text],
            Form::Several(texts) => texts,
        };
        Ok(Self(texts.into_iter().map(SecretString::from).collect()))
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::ExposeSecret as _;

    #[test]
    fn log_02_secrets_are_read_and_never_written_or_shown() {
        for text in [
            r#"{"secret": "hunter2-hunter2", "client": {}}"#,
            r#"{"secrets": ["hunter2-hunter2", "hunter2-other"], "client": {}}"#,
        ] {
            let read: OidcSettings = serde_json::from_str(text).expect("settings");
            assert_eq!(read.secret.0[0].expose_secret(), "hunter2-hunter2");
            let written = serde_json::to_string(&read).expect("settings");
            assert!(!written.contains("hunter2"), "{written}");
            assert!(!format!("{read:?}").contains("hunter2"));
            let back: OidcSettings = serde_json::from_str(&written).expect("settings");
            assert_eq!(back, read, "secrets do not make a registration another one");
        }
    }

    #[test]
    fn the_service_id_is_the_client_id_unless_another_is_given() {
        let id: ServiceId = "bourses".parse().expect("an id");
        let mut settings = OidcSettings::default();
        assert_eq!(settings.client_id(&id), "bourses");
        settings.client_id = Some("BOURSES-2026".to_owned());
        assert_eq!(settings.client_id(&id), "BOURSES-2026");
    }
}

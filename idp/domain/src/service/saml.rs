//! How a service speaks SAML 2.0, as it is registered: where its metadata comes from, and what the hub
//! decides about it. Metadata is kept as it was handed in and read by `clau-saml`; never interpreted here.

use serde::{Deserialize, Serialize};

use crate::url::WebUrl;

/// How a service speaks SAML 2.0. Its metadata comes from one place: the registration itself, an address, or
/// a federation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SamlService {
    /// Its name; read from the metadata where that stands here.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub entity_id: String,
    /// Its metadata, an `EntityDescriptor`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// A file beside the one that registers the service, with its metadata. Only in files: what is stored is
    /// what the file held.
    #[serde(skip_serializing)]
    pub metadata_file: String,
    /// Where it publishes its metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_url: Option<WebUrl>,
    /// Certificates, in PEM, by one of which what comes from [`Self::metadata_url`] must be signed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata_certificate: String,
    /// The federation, by its name in the configuration, whose metadata describes it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub federation: String,
    /// How attributes are spelled, by a name of the catalogue.
    pub attributes: String,
    /// Nothing beyond what its metadata asks for, by a list of attributes or a category that federations agree
    /// on, where it asks for anything.
    #[serde(skip_serializing_if = "is_default")]
    pub only_requested: bool,
    /// How people are called where the service does not say how it wants it.
    #[serde(skip_serializing_if = "is_default")]
    pub name_id: NameIdKind,
    /// What is signed.
    #[serde(skip_serializing_if = "is_default")]
    pub sign: SignedParts,
    /// By which of the hub's keys.
    #[serde(skip_serializing_if = "is_default")]
    pub key: KeyChoice,
    /// What is encrypted.
    #[serde(skip_serializing_if = "is_default")]
    pub encrypt: Encryption,
    /// Requests must be signed even if its metadata does not say that they are.
    #[serde(skip_serializing_if = "is_default")]
    pub signed_requests: bool,
    /// It takes answers that it has not asked for.
    #[serde(skip_serializing_if = "is_default")]
    pub idp_initiated: bool,
    /// Programs may sign people in to it, by login and password (ECP).
    #[serde(skip_serializing_if = "is_default")]
    pub ecp: bool,
}

impl Default for SamlService {
    fn default() -> Self {
        Self {
            entity_id: String::new(),
            metadata: String::new(),
            metadata_file: String::new(),
            metadata_url: None,
            metadata_certificate: String::new(),
            federation: String::new(),
            attributes: "supann".to_owned(),
            only_requested: false,
            name_id: NameIdKind::default(),
            sign: SignedParts::default(),
            key: KeyChoice::default(),
            encrypt: Encryption::default(),
            signed_requests: false,
            idp_initiated: false,
            ecp: false,
        }
    }
}

/// How a person is called (SAML Core §8.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameIdKind {
    /// Another name in each session.
    #[default]
    Transient,
    /// The person's pseudonym for this service.
    Persistent,
    /// Their address of mail, where the registration lets it leave.
    Email,
    /// Their login, where the registration lets it leave; else the pseudonym.
    Unspecified,
}

/// What is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignedParts {
    /// The assertion, and the answer around it.
    #[default]
    Both,
    /// The assertion.
    Assertion,
    /// The answer.
    Response,
}

/// By which of the hub's keys a service's messages are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyChoice {
    /// RSA, which everybody understands.
    #[default]
    Rsa,
    /// ECDSA, which costs a tenth.
    Ec,
}

impl KeyChoice {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ec => "ec",
        }
    }
}

/// What is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// The assertion, if the service's metadata has a key for it.
    #[default]
    WhenPossible,
    /// The assertion; without a key for it the service is refused.
    Required,
    /// The name alone, if there is a key for it.
    NameId,
    /// Nothing.
    Never,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

//! How each kind of connector is reached. Secrets come in with a registration and are taken out of it before
//! it is stored: they are kept sealed beside it ([`super::Connector`] never shows them).

use serde::{Deserialize, Serialize};

use crate::url::WebUrl;

/// How a SAML identity provider is reached. Its metadata comes from one place: the registration itself, an
/// address, or a federation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SamlUpstream {
    /// Its name; read from the metadata where that stands here.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub entity_id: String,
    /// Its metadata, an `EntityDescriptor`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata: String,
    /// A file beside the one that registers the connector, with its metadata. Only in files.
    #[serde(skip_serializing)]
    pub metadata_file: String,
    /// Where it publishes its metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_url: Option<WebUrl>,
    /// Certificates, in PEM, by one of which what comes from `metadata_url` must be signed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub metadata_certificate: String,
    /// The federation, by its name in the configuration, whose metadata describes it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub federation: String,
    /// What the hub is called there, where that was agreed upon before: `sp-ent-entmip-prod`. The address of
    /// the connector's metadata where it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub own_entity_id: String,
    /// Answers that nobody asked for are accepted (french-ent.md §4.1). An `entrance` needs it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unsolicited: bool,
    /// Where the button leads instead of sending a request: the source's own entrance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entrance: Option<WebUrl>,
    /// Assertions must be encrypted; by the profile where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted: Option<bool>,
    /// The format of names that is asked for; none where it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name_id_format: String,
    /// The context that is asked for (`AuthnContextClassRef`); none where it is empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<String>,
    /// Scopes behind the `@` that it may use; those of its metadata where none is given (SAML-12).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// How its sessions end; by its profile and metadata where it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logout: Option<UpstreamLogout>,
    /// Where people sign out of it themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logout_url: Option<WebUrl>,
}

/// How a source's session ends when the hub's does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamLogout {
    /// By the protocol: the browser goes there and comes back.
    Protocol,
    /// The browser goes to the address that came with the login (`FrEduUrlRetour`).
    ReturnUrl,
    /// A button on the page after signing out.
    Button,
    /// Not at all.
    None,
}

/// How an OpenID provider is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcUpstream {
    /// Its issuer; the discovery document lies below.
    pub issuer: WebUrl,
    /// What the hub is called there.
    pub client_id: String,
    /// The client secret. Kept sealed.
    #[serde(default, skip_serializing)]
    pub client_secret: Option<String>,
    /// How the hub proves itself: `client_secret_basic`, `client_secret_post`, `private_key_jwt`; by the
    /// profile where it is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub authentication: String,
    /// What is asked for, besides `openid`; by the profile where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The level that is asked for (`acr_values`); by the profile where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_values: Vec<String>,
    /// By which algorithms its tokens may be signed; never `none`, never with a shared secret (FED-07). By the
    /// profile where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub algorithms: Vec<String>,
    /// Its tokens are encrypted for the hub.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub encrypted: bool,
    /// What comes from the user information endpoint must be signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_userinfo: Option<bool>,
    /// The provider chosen at the provider (`idp_hint`, for ProConnect).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub idp_hint: String,
    /// How its sessions end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logout: Option<UpstreamLogout>,
    /// Where people sign out of it themselves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logout_url: Option<WebUrl>,
}

/// How a CAS server is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CasUpstream {
    /// What stands before `/login`.
    pub url: WebUrl,
    /// What is validated with: `p3/serviceValidate` (with attributes), or `serviceValidate`.
    #[serde(default = "p3")]
    pub validate: String,
    /// How its sessions end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logout: Option<UpstreamLogout>,
}

/// How a directory is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LdapUpstream {
    /// Its servers, `ldaps://…` or `ldap://…` with StartTLS; the next is asked where one does not answer.
    pub servers: Vec<String>,
    /// Authorities whose certificates are believed besides the system's, PEM.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ca: String,
    /// A file beside the one that registers the connector, with these authorities. Only in files.
    #[serde(default, skip_serializing)]
    pub ca_file: String,
    /// Who looks people up.
    pub bind_dn: String,
    /// Their password. Kept sealed.
    #[serde(default, skip_serializing)]
    pub bind_password: Option<String>,
    /// Below what people are looked up.
    pub base: String,
    /// By what: `{login}` is replaced by what was typed, escaped.
    #[serde(default = "by_uid")]
    pub filter: String,
    /// The attribute that never changes: `entryUUID`, `objectGUID`.
    #[serde(default = "entry_uuid")]
    pub subject: String,
    /// How many connections are kept open.
    #[serde(default = "four", skip_serializing_if = "is_four")]
    pub connections: usize,
}

fn p3() -> String {
    "p3/serviceValidate".to_owned()
}

fn by_uid() -> String {
    "(&(objectClass=inetOrgPerson)(uid={login}))".to_owned()
}

fn entry_uuid() -> String {
    "entryUUID".to_owned()
}

fn four() -> usize {
    4
}

fn is_four(count: &usize) -> bool {
    *count == four()
}

//! Client metadata, read from JSON and written back (RFC 7591 §2, §3.2.1; OIDC Registration §2; OIDC
//! RP-Initiated, Back-Channel and Front-Channel Logout; RFC 9126 §6; RFC 9449 §5.2). Members that the
//! hub does not know are overlooked, as RFC 7591 asks; a known one of another type is refused.

use std::collections::BTreeSet;

use clau_domain::url::WebUrl;
use serde_json::{Map, Value, json};

use super::{ApplicationType, AuthMethod, GrantType, RedirectUri, ResponseType};
use crate::error::{ErrorCode, OauthError};
use crate::jose::{Algorithm, JwkSet, object};
use crate::scope::ScopeSet;

/// Most redirect addresses of one client.
const MOST_ADDRESSES: usize = 32;
/// Longest text that people will read.
const LONGEST_TEXT: usize = 512;

/// Whether a client knows people by a name of its own for them (OIDC Core §8, OIDC-20).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SubjectType {
    /// The same person has another `sub` in every sector.
    #[default]
    Pairwise,
    /// The same person has one `sub` everywhere.
    Public,
}

/// What a client declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientMetadata {
    /// Web server or program.
    pub application_type: ApplicationType,
    /// Where codes go.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where people go after signing out.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// How it proves itself.
    pub token_endpoint_auth_method: AuthMethod,
    /// By which algorithm it signs its assertions.
    pub token_endpoint_auth_signing_alg: Option<Algorithm>,
    /// What it may present for tokens.
    pub grant_types: BTreeSet<GrantType>,
    /// What it may be answered with.
    pub response_types: BTreeSet<ResponseType>,
    /// What it may ask for.
    pub scope: ScopeSet,
    /// Its name, as people read it.
    pub client_name: Option<String>,
    /// Its pages: home, logo, policy, terms.
    pub client_uri: Option<WebUrl>,
    /// Picture.
    pub logo_uri: Option<WebUrl>,
    /// Data protection policy.
    pub policy_uri: Option<WebUrl>,
    /// Terms of use.
    pub tos_uri: Option<WebUrl>,
    /// Who answers for it.
    pub contacts: Vec<String>,
    /// Its public keys.
    pub jwks: Option<JwkSet>,
    /// Where it publishes them.
    pub jwks_uri: Option<WebUrl>,
    /// Pairwise or public.
    pub subject_type: SubjectType,
    /// The list of addresses that share one pseudonym (OIDC Core §8.1).
    pub sector_identifier_uri: Option<WebUrl>,
    /// How its ID tokens and logout tokens are signed.
    pub id_token_signed_response_alg: Algorithm,
    /// How its user information is signed; plain JSON when it is not given.
    pub userinfo_signed_response_alg: Option<Algorithm>,
    /// How it signs its request objects; none are taken when it is not given (OIDC-16).
    pub request_object_signing_alg: Option<Algorithm>,
    /// Whether its requests must be signed (RFC 9101 §10.5).
    pub require_signed_request_object: bool,
    /// Longest age of a login, in seconds.
    pub default_max_age: Option<u64>,
    /// Whether ID tokens say when the person signed in.
    pub require_auth_time: bool,
    /// How strongly people should have signed in.
    pub default_acr_values: Vec<String>,
    /// Where a login can be started at its side.
    pub initiate_login_uri: Option<WebUrl>,
    /// Where it is told that a session has ended.
    pub backchannel_logout_uri: Option<WebUrl>,
    /// Whether it wants to hear which session.
    pub backchannel_logout_session_required: bool,
    /// The page that ends its session in the browser.
    pub frontchannel_logout_uri: Option<WebUrl>,
    /// Whether that page wants to hear which session.
    pub frontchannel_logout_session_required: bool,
    /// Whether its requests must be pushed.
    pub require_pushed_authorization_requests: bool,
    /// Whether its tokens must be bound to a key.
    pub dpop_bound_access_tokens: bool,
}

impl ClientMetadata {
    /// The names of all members that are read.
    pub const NAMES: [&'static str; 32] = [
        "application_type",
        "redirect_uris",
        "post_logout_redirect_uris",
        "token_endpoint_auth_method",
        "token_endpoint_auth_signing_alg",
        "grant_types",
        "response_types",
        "scope",
        "client_name",
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "contacts",
        "jwks",
        "jwks_uri",
        "subject_type",
        "sector_identifier_uri",
        "id_token_signed_response_alg",
        "userinfo_signed_response_alg",
        "request_object_signing_alg",
        "require_signed_request_object",
        "default_max_age",
        "require_auth_time",
        "default_acr_values",
        "initiate_login_uri",
        "backchannel_logout_uri",
        "backchannel_logout_session_required",
        "frontchannel_logout_uri",
        "frontchannel_logout_session_required",
        "require_pushed_authorization_requests",
        "dpop_bound_access_tokens",
    ];

    /// Reads a registration request (RFC 7591 §3.1).
    ///
    /// # Errors
    /// `invalid_redirect_uri` and `invalid_client_metadata`, naming the member.
    pub fn parse(body: &[u8]) -> Result<Self, OauthError> {
        let members = object(body).map_err(|why| bad_metadata(why.to_string()))?;
        Self::from_members(&members)
    }

    /// The same, of an object that was already read.
    ///
    /// # Errors
    /// See [`ClientMetadata::parse`].
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, OauthError> {
        let read = Members(members);
        let application_type = match read.text("application_type")? {
            None | Some("web") => ApplicationType::Web,
            Some("native") => ApplicationType::Native,
            Some(_) => return Err(unknown("application_type")),
        };
        let subject_type = match read.text("subject_type")? {
            None | Some("pairwise") => SubjectType::Pairwise,
            Some("public") => SubjectType::Public,
            Some(_) => return Err(unknown("subject_type")),
        };
        let jwks = match members.get("jwks") {
            None => None,
            Some(Value::Object(set)) => {
                let set = JwkSet::from_members(set);
                Some(set.map_err(|why| bad_metadata(format!("`jwks`: {why}")))?)
            }
            Some(_) => return Err(unknown("jwks")),
        };
        let method = match read.text("token_endpoint_auth_method")? {
            None => AuthMethod::SecretBasic,
            Some(text) => AuthMethod::parse(text).ok_or(unknown("token_endpoint_auth_method"))?,
        };
        let metadata = Self {
            application_type,
            redirect_uris: read.addresses("redirect_uris", application_type)?,
            post_logout_redirect_uris: read
                .addresses("post_logout_redirect_uris", application_type)?,
            token_endpoint_auth_method: method,
            // `client_secret_jwt` is always HS256 and needs no name.
            token_endpoint_auth_signing_alg: match method {
                AuthMethod::PrivateKeyJwt => read.algorithm("token_endpoint_auth_signing_alg")?,
                _ => None,
            },
            grant_types: read.set(
                "grant_types",
                GrantType::AuthorizationCode,
                GrantType::parse,
            )?,
            response_types: read.set("response_types", ResponseType::Code, ResponseType::parse)?,
            scope: ScopeSet::parse(read.text("scope")?.unwrap_or(crate::scope::OPENID))
                .map_err(|_| unknown("scope"))?,
            client_name: read.text("client_name")?.map(str::to_owned),
            client_uri: read.url("client_uri")?,
            logo_uri: read.url("logo_uri")?,
            policy_uri: read.url("policy_uri")?,
            tos_uri: read.url("tos_uri")?,
            contacts: read.texts("contacts")?,
            jwks,
            jwks_uri: read.url("jwks_uri")?,
            subject_type,
            sector_identifier_uri: read.url("sector_identifier_uri")?,
            id_token_signed_response_alg: read
                .algorithm("id_token_signed_response_alg")?
                // The default of OIDC Registration §2; the registry of the hub says ES256 itself.
                .unwrap_or(Algorithm::Rs256),
            userinfo_signed_response_alg: read.algorithm("userinfo_signed_response_alg")?,
            request_object_signing_alg: read.algorithm("request_object_signing_alg")?,
            require_signed_request_object: read.flag("require_signed_request_object")?,
            default_max_age: read.number("default_max_age")?,
            require_auth_time: read.flag("require_auth_time")?,
            default_acr_values: read.texts("default_acr_values")?,
            initiate_login_uri: read.url("initiate_login_uri")?,
            backchannel_logout_uri: read.url("backchannel_logout_uri")?,
            backchannel_logout_session_required: read
                .flag("backchannel_logout_session_required")?,
            frontchannel_logout_uri: read.url("frontchannel_logout_uri")?,
            frontchannel_logout_session_required: read
                .flag("frontchannel_logout_session_required")?,
            require_pushed_authorization_requests: read
                .flag("require_pushed_authorization_requests")?,
            dpop_bound_access_tokens: read.flag("dpop_bound_access_tokens")?,
        };
        metadata.check()?;
        Ok(metadata)
    }

    /// The members of a registration response (RFC 7591 §3.2.1), without identifier and secrets.
    pub fn to_json(&self) -> Map<String, Value> {
        let application = match self.application_type {
            ApplicationType::Web => "web",
            ApplicationType::Native => "native",
        };
        let subject = match self.subject_type {
            SubjectType::Pairwise => "pairwise",
            SubjectType::Public => "public",
        };
        let value = json!({
            "application_type": application,
            "redirect_uris": self.redirect_uris,
            "post_logout_redirect_uris": self.post_logout_redirect_uris,
            "token_endpoint_auth_method": self.token_endpoint_auth_method,
            "token_endpoint_auth_signing_alg": self.token_endpoint_auth_signing_alg,
            "grant_types": self.grant_types,
            "response_types": self.response_types,
            "scope": self.scope,
            "client_name": self.client_name,
            "client_uri": self.client_uri,
            "logo_uri": self.logo_uri,
            "policy_uri": self.policy_uri,
            "tos_uri": self.tos_uri,
            "contacts": self.contacts,
            "jwks": self.jwks.as_ref().map(JwkSet::to_json),
            "jwks_uri": self.jwks_uri,
            "subject_type": subject,
            "sector_identifier_uri": self.sector_identifier_uri,
            "id_token_signed_response_alg": self.id_token_signed_response_alg,
            "userinfo_signed_response_alg": self.userinfo_signed_response_alg,
            "request_object_signing_alg": self.request_object_signing_alg,
            "require_signed_request_object": self.require_signed_request_object,
            "default_max_age": self.default_max_age,
            "require_auth_time": self.require_auth_time,
            "default_acr_values": self.default_acr_values,
            "initiate_login_uri": self.initiate_login_uri,
            "backchannel_logout_uri": self.backchannel_logout_uri,
            "backchannel_logout_session_required": self.backchannel_logout_session_required,
            "frontchannel_logout_uri": self.frontchannel_logout_uri,
            "frontchannel_logout_session_required": self.frontchannel_logout_session_required,
            "require_pushed_authorization_requests": self.require_pushed_authorization_requests,
            "dpop_bound_access_tokens": self.dpop_bound_access_tokens,
        });
        let Value::Object(mut members) = value else {
            return Map::new();
        };
        // What is left out has its default when it is read back; the default of these two is not empty.
        members.retain(|name, value| {
            let kept_empty = ["grant_types", "response_types"].contains(&name.as_str());
            !value.is_null() && (kept_empty || *value != json!([]))
        });
        members
    }

    /// What only several members together make wrong.
    fn check(&self) -> Result<(), OauthError> {
        let has = |grant| self.grant_types.contains(&grant);
        let refused = |why: &'static str| Err(bad_metadata(why));
        if has(GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            return Err(OauthError::new(
                ErrorCode::InvalidRedirectUri,
                "`redirect_uris` must not be empty",
            ));
        }
        if !has(GrantType::AuthorizationCode) && !self.redirect_uris.is_empty() {
            return refused("`redirect_uris` need the grant type authorization_code");
        }
        if self.jwks.is_some() && self.jwks_uri.is_some() {
            return refused("`jwks` and `jwks_uri` are not used together");
        }
        let has_keys = self.jwks.is_some() || self.jwks_uri.is_some();
        let method = self.token_endpoint_auth_method;
        if method == AuthMethod::PrivateKeyJwt && !has_keys {
            return refused("`private_key_jwt` needs `jwks` or `jwks_uri`");
        }
        if self.request_object_signing_alg.is_some() && !has_keys {
            return refused("signed requests need `jwks` or `jwks_uri`");
        }
        if self.require_signed_request_object && self.request_object_signing_alg.is_none() {
            return refused("`require_signed_request_object` needs `request_object_signing_alg`");
        }
        if method == AuthMethod::None
            && (has(GrantType::ClientCredentials) || has(GrantType::TokenExchange))
        {
            return refused("a public client has no credentials to get tokens with");
        }
        Ok(())
    }

    /// Whether the client's sector is known from its addresses alone, or named (OIDC Core §8.1). An
    /// operator who registers a client knows whose it is; one that registers itself must pass this.
    ///
    /// # Errors
    /// `invalid_client_metadata`.
    pub fn check_sector(&self) -> Result<(), OauthError> {
        let uris = self.redirect_uris.iter();
        let hosts: BTreeSet<String> = uris.filter_map(RedirectUri::host).collect();
        if self.subject_type == SubjectType::Pairwise
            && hosts.len() > 1
            && self.sector_identifier_uri.is_none()
        {
            return Err(bad_metadata(
                "redirects to several hosts need a `sector_identifier_uri`",
            ));
        }
        Ok(())
    }
}

fn bad_metadata(why: impl Into<std::borrow::Cow<'static, str>>) -> OauthError {
    OauthError::new(ErrorCode::InvalidClientMetadata, why)
}

fn unknown(name: &str) -> OauthError {
    bad_metadata(format!(
        "`{name}` is not of the right type, or not supported"
    ))
}

#[derive(Clone, Copy)]
struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    fn text(self, name: &str) -> Result<Option<&'a str>, OauthError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST_TEXT => Ok(Some(text)),
            Some(_) => Err(unknown(name)),
        }
    }

    fn flag(self, name: &str) -> Result<bool, OauthError> {
        match self.0.get(name) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(unknown(name)),
        }
    }

    fn number(self, name: &str) -> Result<Option<u64>, OauthError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(value) => value.as_u64().map(Some).ok_or_else(|| unknown(name)),
        }
    }

    fn texts(self, name: &str) -> Result<Vec<String>, OauthError> {
        let Some(value) = self.0.get(name) else {
            return Ok(Vec::new());
        };
        let list = value.as_array().ok_or_else(|| unknown(name))?;
        if list.len() > MOST_ADDRESSES {
            return Err(unknown(name));
        }
        let text = |item: &Value| {
            item.as_str()
                .filter(|t| t.len() <= 2_048)
                .map(str::to_owned)
        };
        list.iter()
            .map(|item| text(item).ok_or_else(|| unknown(name)))
            .collect()
    }

    /// An address that pages link to or that the hub calls: `https` (calls also pass AVL-14).
    fn url(self, name: &str) -> Result<Option<WebUrl>, OauthError> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) => match WebUrl::parse(text) {
                Ok(url) if url.is_https() && url.fragment().is_none() => Ok(Some(url)),
                _ => Err(unknown(name)),
            },
        }
    }

    fn algorithm(self, name: &str) -> Result<Option<Algorithm>, OauthError> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| unknown(name)),
        }
    }

    fn addresses(
        self,
        name: &str,
        application: ApplicationType,
    ) -> Result<Vec<RedirectUri>, OauthError> {
        let bad = |why| OauthError::new(ErrorCode::InvalidRedirectUri, format!("`{name}`: {why}"));
        self.texts(name)?
            .iter()
            .map(|text| RedirectUri::register(text, application).map_err(bad))
            .collect()
    }

    fn set<T: Ord>(
        self,
        name: &str,
        usual: T,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<BTreeSet<T>, OauthError> {
        if !self.0.contains_key(name) {
            return Ok(BTreeSet::from([usual]));
        }
        self.texts(name)?
            .iter()
            .map(|text| parse(text).ok_or_else(|| unknown(name)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &Value) -> Result<ClientMetadata, OauthError> {
        ClientMetadata::parse(value.to_string().as_bytes())
    }

    #[test]
    fn metadata_reads_back() {
        let least = parse(&json!({"redirect_uris": ["https://a.example.fr/cb"], "x": 1}));
        let least = least.expect("good");
        assert_eq!(least.token_endpoint_auth_method, AuthMethod::SecretBasic);
        assert_eq!(least.id_token_signed_response_alg, Algorithm::Rs256);
        assert_eq!(least.subject_type, SubjectType::Pairwise);
        let full = json!({
            "application_type": "web",
            "redirect_uris": ["https://a.example.fr/cb"],
            "post_logout_redirect_uris": ["https://a.example.fr/bye"],
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "PS256",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code", "code id_token"],
            "scope": "ent openid",
            "client_name": "Bourses",
            "jwks_uri": "https://a.example.fr/keys",
            "subject_type": "public",
            "id_token_signed_response_alg": "ES256",
            "request_object_signing_alg": "ES256",
            "default_max_age": 60,
            "backchannel_logout_uri": "https://a.example.fr/logout",
            "backchannel_logout_session_required": true,
            "dpop_bound_access_tokens": true,
        });
        let read = parse(&full).expect("good");
        let written = Value::Object(read.to_json());
        assert_eq!(parse(&written), Ok(read));
        for (name, value) in full.as_object().expect("an object") {
            assert_eq!(&written[name], value, "{name}");
        }
    }

    #[test]
    fn every_name_is_read_and_every_member_has_one() {
        for name in ClientMetadata::NAMES {
            let declared = json!({
                "redirect_uris": ["https://a.example.fr/cb"],
                "token_endpoint_auth_method": "private_key_jwt",
                "jwks_uri": "https://a.example.fr/keys",
                name: { "neither": 1 },
            });
            assert!(parse(&declared).is_err(), "{name} is not read");
        }
        let least = parse(&json!({"redirect_uris": ["https://a.example.fr/cb"]})).expect("good");
        for name in least.to_json().keys() {
            assert!(ClientMetadata::NAMES.contains(&name.as_str()), "{name}");
        }
    }

    #[test]
    fn oidc_20_several_hosts_need_a_sector_and_ones_own_device_is_none() {
        let registered = |uris: Value| {
            let declared = json!({ "application_type": "native", "redirect_uris": uris });
            parse(&declared).expect("good").check_sector().is_ok()
        };
        // RFC 8252 §7 has programs use all of these.
        let own = json!([
            "http://127.0.0.1/cb",
            "http://[::1]/cb",
            "fr.example.app:/cb",
            "https://a.example.fr/cb",
        ]);
        assert!(registered(own));
        let several = json!(["https://a.example.fr/cb", "https://b.example.fr/cb"]);
        assert!(!registered(several));
    }

    #[test]
    fn oidc_06_nothing_implicit_can_be_registered() {
        let uris = json!(["https://a.example.fr/cb"]);
        for (name, value) in [
            ("grant_types", json!(["implicit"])),
            ("grant_types", json!(["password"])),
            ("response_types", json!(["token"])),
            ("response_types", json!(["id_token"])),
            ("response_types", json!(["code token"])),
            ("id_token_signed_response_alg", json!("none")),
            ("id_token_signed_response_alg", json!("HS256")),
            ("request_object_signing_alg", json!("none")),
        ] {
            let error = parse(&json!({"redirect_uris": uris, name: value})).expect_err(name);
            assert_eq!(error.code(), ErrorCode::InvalidClientMetadata);
        }
    }

    #[test]
    fn declarations_that_contradict_themselves_are_refused() {
        let uri = "https://a.example.fr/cb";
        let cc = "client_credentials";
        for bad in [
            json!({}),
            json!([]),
            json!({"redirect_uris": "https://a.example.fr/cb"}),
            json!({"redirect_uris": [uri], "token_endpoint_auth_method": "private_key_jwt"}),
            json!({"redirect_uris": [uri], "request_object_signing_alg": "ES256"}),
            json!({"redirect_uris": [uri], "require_signed_request_object": true}),
            json!({"redirect_uris": [uri], "jwks": {"keys": []}, "jwks_uri": "https://a.example.fr/k"}),
            json!({"redirect_uris": [uri], "jwks": {"keys": [{"kty": "oct", "k": "AA"}]}}),
            json!({"redirect_uris": [uri], "jwks_uri": "http://a.example.fr/k"}),
            json!({"redirect_uris": [uri], "default_max_age": -1}),
            json!({"redirect_uris": [uri], "require_auth_time": "true"}),
            json!({"redirect_uris": [uri], "subject_type": "other"}),
            json!({"redirect_uris": [uri], "grant_types": [cc]}),
            json!({"grant_types": [cc], "token_endpoint_auth_method": "none"}),
        ] {
            assert!(parse(&bad).is_err(), "{bad}");
        }
        let several = parse(&json!({"redirect_uris": [uri, "https://b.example.fr/cb"]}));
        assert!(several.expect("good").check_sector().is_err());
        assert!(parse(&json!({"grant_types": [cc]})).is_ok());
        let nothing = parse(&json!({"grant_types": [], "response_types": []})).expect("good");
        assert_eq!(parse(&Value::Object(nothing.to_json())), Ok(nothing));
        let error = parse(&json!({"redirect_uris": ["http://a.example.fr/cb"]}));
        assert_eq!(
            error.expect_err("plain").code(),
            ErrorCode::InvalidRedirectUri
        );
    }
}

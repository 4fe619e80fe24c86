//! The metadata document (OIDC Discovery §3, RFC 8414 §2, RFC 9207 §3, RFC 9126 §5, RFC 9449 §5.1, OIDC
//! logout specifications). It says what the hub can do, and nothing that it cannot.

use serde_json::{Map, Value, json};

use crate::client::{AuthMethod, GrantType, ResponseMode, ResponseType};
use crate::jose::Algorithm;

/// Where the endpoints are, below the issuer: the addresses of the contract with the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    issuer: String,
}

impl Endpoints {
    /// The endpoints of an issuer, which is the hub's base address without a slash at its end.
    pub fn of(issuer: &str) -> Self {
        Self {
            issuer: issuer.trim_end_matches('/').to_owned(),
        }
    }

    /// The issuer.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// An endpoint by its name: `token` gives `https://…/oidc/token`.
    pub fn endpoint(&self, name: &str) -> String {
        format!("{}/oidc/{name}", self.issuer)
    }
}

/// What depends on the deployment.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// The algorithms for which there is a key.
    pub algorithms: &'a [Algorithm],
    /// The authentication contexts that can be had.
    pub acr_values: &'a [&'a str],
    /// Every scope that some client may have.
    pub scopes: &'a [&'a str],
    /// Every claim that some client may receive.
    pub claims: &'a [&'a str],
    /// Page for developers.
    pub documentation: Option<&'a str>,
}

/// The document.
pub fn discovery(endpoints: &Endpoints, offer: &Offer<'_>) -> Value {
    let at = |name| endpoints.endpoint(name);
    let methods: Vec<&str> = AuthMethod::ALL.iter().map(|method| method.name()).collect();
    let confidential: Vec<&str> = methods.iter().copied().filter(|m| *m != "none").collect();
    let verified: Vec<&str> = Algorithm::ALL.iter().map(|known| known.name()).collect();
    let assertions: Vec<&str> = verified.iter().copied().chain(["HS256"]).collect();
    let addresses = json!({
        "issuer": endpoints.issuer(),
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("jwks"),
        "introspection_endpoint": at("introspect"),
        "revocation_endpoint": at("revoke"),
        "pushed_authorization_request_endpoint": at("par"),
        "device_authorization_endpoint": at("device"),
        "registration_endpoint": at("register"),
        "end_session_endpoint": at("logout"),
    });
    let abilities = json!({
        "scopes_supported": offer.scopes,
        "claims_supported": offer.claims,
        "acr_values_supported": offer.acr_values,
        "response_types_supported": ResponseType::ALL,
        "response_modes_supported": ResponseMode::ALL,
        "grant_types_supported": GrantType::ALL,
        "subject_types_supported": ["pairwise", "public"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": assertions,
        "introspection_endpoint_auth_methods_supported": confidential,
        "introspection_endpoint_auth_signing_alg_values_supported": assertions,
        "revocation_endpoint_auth_methods_supported": methods,
        "revocation_endpoint_auth_signing_alg_values_supported": assertions,
        "id_token_signing_alg_values_supported": offer.algorithms,
        "userinfo_signing_alg_values_supported": offer.algorithms,
        "introspection_signing_alg_values_supported": offer.algorithms,
        "request_object_signing_alg_values_supported": verified,
        "dpop_signing_alg_values_supported": verified,
        "code_challenge_methods_supported": ["S256"],
    });
    let switches = json!({
        "claim_types_supported": ["normal"],
        "ui_locales_supported": ["fr", "oc", "en"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        // Only references of our own pushed requests.
        "request_uri_parameter_supported": false,
        "require_request_uri_registration": false,
        "require_pushed_authorization_requests": false,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
        "frontchannel_logout_supported": true,
        "frontchannel_logout_session_supported": true,
    });
    let mut document = Map::new();
    for part in [addresses, abilities, switches] {
        if let Value::Object(members) = part {
            document.extend(members);
        }
    }
    if let Some(page) = offer.documentation {
        document.insert("service_documentation".to_owned(), json!(page));
    }
    Value::Object(document)
}

//! The routes of a provider that programs come to: discovery, keys, tokens, who it is (OpenID Connect
//! Discovery §4, Core §3.1.3, §5.3).

use std::io;
use std::sync::Arc;

use axum::extract::{Form as Fields, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use clau_oidc::pkce;
use serde_json::{Map, Value, json};

use super::gate::{Gate, PREFIX};
use super::grants::Grant;
use super::seal::seal;
use crate::services::server::now;

type Shared = State<Arc<Gate>>;

/// The routes.
pub(super) fn router() -> Router<Arc<Gate>> {
    Router::new()
        .route(
            &format!("{PREFIX}/.well-known/openid-configuration"),
            get(discovery),
        )
        .route(&format!("{PREFIX}/jwks"), get(keys))
        .route(&format!("{PREFIX}/token"), axum::routing::post(token))
        .route(&format!("{PREFIX}/userinfo"), get(who).post(who))
}

async fn discovery(State(gate): Shared) -> Json<Value> {
    let manner = gate.manner;
    let at = |name: &str| format!("{}/{name}", gate.issuer);
    let scopes = manner.scopes.iter().map(|(word, _)| *word);
    let scopes: Vec<&str> = std::iter::once("openid").chain(scopes).collect();
    let mut claims: Vec<&str> = manner
        .scopes
        .iter()
        .flat_map(|(_, claims)| claims.iter().copied())
        .chain(["sub", "acr", "amr", "auth_time", "iss"])
        .collect();
    claims.sort_unstable();
    claims.dedup();
    let mut document = json!({
        "issuer": gate.issuer,
        "authorization_endpoint": at("authorize"),
        "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"),
        "jwks_uri": at("jwks"),
        "end_session_endpoint": at("session/end"),
        "acr_values_supported": manner.levels.here,
        "scopes_supported": scopes,
        "claims_supported": claims,
        "claims_parameter_supported": true,
        "grant_types_supported": ["authorization_code"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "userinfo_signing_alg_values_supported": ["ES256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES256", "RS256"],
        "authorization_response_iss_parameter_supported": true,
    });
    if let Some(members) = document.as_object_mut() {
        if manner.parameters.knows("code_challenge") {
            let methods = json!(["S256"]);
            members.insert("code_challenge_methods_supported".to_owned(), methods);
        }
        if manner.encrypted {
            for name in ["id_token", "userinfo"] {
                let algorithms = json!(["ECDH-ES", "RSA-OAEP", "RSA-OAEP-256"]);
                members.insert(
                    format!("{name}_encryption_alg_values_supported"),
                    algorithms,
                );
                let contents = json!(["A256GCM"]);
                members.insert(format!("{name}_encryption_enc_values_supported"), contents);
            }
        }
    }
    Json(document)
}

async fn keys(State(gate): Shared) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/jwk-set+json")];
    (kind, json!({ "keys": [gate.signer.jwk()] }).to_string()).into_response()
}

/// An error of the token endpoint (RFC 6749 §5.2).
fn refused(status: StatusCode, error: &str, text: &str) -> Response {
    eprintln!("refused: {error} {text}");
    let body = json!({ "error": error, "error_description": text });
    (status, Json(body)).into_response()
}

async fn token(State(gate): Shared, Fields(fields): Fields<Vec<(String, String)>>) -> Response {
    let field = |name: &str| {
        let mut all = fields.iter();
        let found = all.find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    };
    let audiences = [gate.issuer.clone(), format!("{}/token", gate.issuer)];
    if !gate.client.is_proven(&field, &audiences).await {
        let text = "client authentication failed";
        return refused(StatusCode::UNAUTHORIZED, "invalid_client", text);
    }
    if field("grant_type").as_deref() != Some("authorization_code") {
        let text = "unsupported grant_type requested";
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type", text);
    }
    let invalid = || {
        let text = "grant request is invalid";
        refused(StatusCode::BAD_REQUEST, "invalid_grant", text)
    };
    let code = field("code").unwrap_or_default();
    let Some(grant) = gate.grants.redeem(&code) else {
        return invalid();
    };
    if field("redirect_uri").as_deref() != Some(gate.client.redirect.as_str())
        || pkce::check(grant.challenge.as_ref(), field("code_verifier").as_deref()).is_err()
    {
        return invalid();
    }
    match gate.tokens(&code, grant).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => refused(StatusCode::BAD_REQUEST, "server_error", &error.to_string()),
    }
}

impl Gate {
    async fn tokens(&self, code: &str, grant: Grant) -> io::Result<Value> {
        let lifetimes = self.manner.lifetimes;
        let id_token = self.id_token(&grant).await?;
        let scope = grant.scope.join(" ");
        let access_token = self.grants.token(code, grant, lifetimes.access_token)?;
        Ok(json!({
            "access_token": access_token,
            "expires_in": lifetimes.access_token,
            "id_token": id_token,
            "scope": scope,
            "token_type": "Bearer",
        }))
    }

    async fn id_token(&self, grant: &Grant) -> io::Result<String> {
        let person = self.person(&grant.person);
        let person = person.ok_or_else(|| io::Error::other("nobody is there"))?;
        let mut claims = self.about(grant, now() + self.manner.lifetimes.id_token);
        claims.insert("acr".to_owned(), json!(grant.level));
        claims.insert("auth_time".to_owned(), json!(grant.since));
        if grant.wants_methods {
            claims.insert("amr".to_owned(), json!(person.methods));
        }
        if let Some(nonce) = &grant.nonce {
            claims.insert("nonce".to_owned(), json!(nonce));
        }
        self.sealed(&claims).await
    }

    async fn user_info(&self, grant: &Grant, until: i64) -> io::Result<String> {
        let person = self.person(&grant.person);
        let person = person.ok_or_else(|| io::Error::other("nobody is there"))?;
        let mut claims = person.released(self.manner, &grant.scope);
        claims.extend(self.about(grant, until));
        self.sealed(&claims).await
    }

    /// What every token says.
    fn about(&self, grant: &Grant, until: i64) -> Map<String, Value> {
        let subject = self.person(&grant.person);
        let subject = subject.map(|person| (self.manner.subject)(person, &self.client.id));
        let members = [
            ("sub", json!(subject)),
            ("iss", json!(self.issuer)),
            ("aud", json!(self.client.id)),
            ("iat", json!(now())),
            ("exp", json!(until)),
        ];
        members
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect()
    }

    async fn sealed(&self, claims: &Map<String, Value>) -> io::Result<String> {
        let signed = self.signer.sign(claims)?;
        if !self.manner.encrypted {
            return Ok(signed);
        }
        let key = self
            .client
            .encryption_key()
            .await
            .map_err(io::Error::other)?;
        seal(&signed, &key, (&self.issuer, &self.client.id))
            .map_err(|unsealable| io::Error::other(unsealable.0))
    }
}

/// Who an access token is of: a signed token of its own kind, not JSON.
async fn who(State(gate): Shared, headers: HeaderMap) -> Response {
    let authorization = headers.get(header::AUTHORIZATION);
    let token = authorization
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    let grant = token.and_then(|token| gate.grants.of_token(token));
    let Some((until, grant)) = grant else {
        let challenge =
            "Bearer error=\"invalid_token\", error_description=\"invalid token provided\"";
        let text = "invalid token provided";
        let answer = refused(StatusCode::UNAUTHORIZED, "invalid_token", text);
        return ([(header::WWW_AUTHENTICATE, challenge)], answer).into_response();
    };
    match gate.user_info(&grant, until).await {
        Ok(text) => {
            let kind = [(header::CONTENT_TYPE, "application/jwt; charset=utf-8")];
            (kind, text).into_response()
        }
        Err(error) => refused(StatusCode::BAD_REQUEST, "server_error", &error.to_string()),
    }
}

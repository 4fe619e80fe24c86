//! Dynamic registration (RFC 7591, 7592; OIDC Registration) as the suite does it: what it always sends,
//! with the initial access token of the world.

use std::sync::Arc;

use clau_tests::support::http::Answer;
use reqwest::header;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::checks;
use crate::client::{Auth, Rp};
use crate::jose::{self, Key};
use crate::world::{CALLBACK, World, world};

/// A client that has registered itself.
pub(crate) struct Registered {
    pub(crate) rp: Rp,
    /// What the hub answered.
    pub(crate) body: Value,
    /// The key whose public half was registered.
    pub(crate) key: Arc<Key>,
}

/// Sets members, or takes them out where they are null.
pub(crate) fn merge(metadata: &mut Value, more: Value) {
    let Value::Object(more) = more else {
        panic!("metadata is an object");
    };
    let members = metadata.as_object_mut().expect("metadata is an object");
    for (name, value) in more {
        if value.is_null() {
            members.remove(&name);
        } else {
            members.insert(name, value);
        }
    }
}

/// What the suite sends in each registration, with `more` on top.
pub(crate) fn usual(key: &Key, more: Value) -> Value {
    let mut metadata = json!({
        "client_name": format!("Suite {}", jose::random(8)),
        "grant_types": ["authorization_code"],
        "jwks": jose::jwks(&[key]),
        "token_endpoint_auth_method": "client_secret_basic",
        "response_types": ["code"],
        "redirect_uris": [CALLBACK],
        "contacts": ["certification@oidf.org"],
    });
    merge(&mut metadata, more);
    metadata
}

/// Registers and expects success.
pub(crate) async fn register(more: Value) -> Rp {
    registered(more).await.rp
}

/// Registers and expects success; gives everything.
pub(crate) async fn registered(more: Value) -> Registered {
    let key = Arc::new(Key::generate("RS256"));
    registered_with(key, more).await
}

/// The same with a key of the test's choice.
pub(crate) async fn registered_with(key: Arc<Key>, more: Value) -> Registered {
    let world = world().await;
    let sent = usual(&key, more);
    let answer = send(world, &sent).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    checks::assert_not_stored(&answer);
    let body = checks::json_body(&answer);
    assert!(body.get("error").is_none());
    let text = |name: &str| body[name].as_str().map(str::to_owned);
    let secret = text("client_secret");
    if secret.is_some() {
        assert!(body["client_secret_expires_at"].is_number(), "{body}");
    }
    let manage = text("registration_client_uri").expect("an address to manage it");
    assert!(manage.starts_with(&world.issuer()), "{manage}");
    assert!(text("registration_access_token").is_some_and(|token| token.len() >= 22));
    let mut rp = Rp::unregistered(world).await;
    rp.id = text("client_id").expect("an identifier");
    let method = sent["token_endpoint_auth_method"].as_str();
    rp.auth = match method.expect("a method") {
        "none" => Auth::None,
        "client_secret_basic" => Auth::Basic(secret.expect("a secret")),
        "client_secret_post" => Auth::Post(secret.expect("a secret")),
        "client_secret_jwt" => Auth::SecretJwt(secret.expect("a secret")),
        "private_key_jwt" => {
            assert_eq!(secret, None, "a secret that nobody needs");
            Auth::Key(Arc::clone(&key))
        }
        other => panic!("{other}"),
    };
    rp.id_token_alg = match body["id_token_signed_response_alg"].as_str() {
        Some("ES256") => "ES256",
        Some("PS256") => "PS256",
        Some("EdDSA") => "EdDSA",
        _ => "RS256",
    };
    if let Some(first) = sent["redirect_uris"][0].as_str() {
        first.clone_into(&mut rp.redirect_uri);
    }
    Registered { rp, body, key }
}

/// Registers and gives whatever comes of it.
pub(crate) async fn attempt(more: Value) -> Answer {
    let sent = usual(&Key::generate("ES256"), more);
    send(world().await, &sent).await
}

/// Sends a registration with the world's initial access token.
pub(crate) async fn send(world: &'static World, metadata: &Value) -> Answer {
    let rp = Rp::unregistered(world).await;
    let token = world.invitation().await;
    let headers = vec![(header::AUTHORIZATION, format!("Bearer {token}"))];
    let url = rp.endpoint("registration_endpoint");
    rp.send_json(Method::POST, &url, &headers, metadata).await
}

impl Registered {
    /// Asks for or changes the registration with its own token (RFC 7592).
    pub(crate) async fn manage(&self, method: Method, body: Option<&Value>) -> Answer {
        let text = |name: &str| self.body[name].as_str().expect("a text").to_owned();
        let token = text("registration_access_token");
        let headers = vec![(header::AUTHORIZATION, format!("Bearer {token}"))];
        let url = text("registration_client_uri");
        match body {
            Some(body) => self.rp.send_json(method, &url, &headers, body).await,
            None => self.rp.send(method, &url, &headers, None).await,
        }
    }
}

//! A relying party of our own: everything that a client sends to the hub by itself, and the addresses to
//! which it sends browsers. Sends what a test wants sent, right or wrong; what the hub answers is judged
//! in `checks.rs`.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_tests::support::http::{self, Answer};
use reqwest::header::{self, HeaderName};
use reqwest::{Method, StatusCode, Url};
use serde_json::{Value, json};

use crate::checks::{self, Tokens};
use crate::dpop;
use crate::fields::Fields;
use crate::jose::{self, Key};
use crate::person::Visit;
use crate::world::{CALLBACK, World, secret, world};

/// The kind of assertion of RFC 7523.
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The endpoint for pushed requests, by its name in the metadata.
pub(crate) const PAR: &str = "pushed_authorization_request_endpoint";

/// How a client proves itself.
#[derive(Clone)]
pub(crate) enum Auth {
    None,
    Basic(String),
    Post(String),
    SecretJwt(String),
    Key(Arc<Key>),
}

/// A relying party.
#[derive(Clone)]
pub(crate) struct Rp {
    pub(crate) world: &'static World,
    pub(crate) id: String,
    pub(crate) auth: Auth,
    pub(crate) redirect_uri: String,
    pub(crate) response_type: &'static str,
    pub(crate) response_mode: Option<&'static str>,
    /// What its ID tokens are signed by.
    pub(crate) id_token_alg: &'static str,
    /// The key that its tokens are bound to.
    pub(crate) dpop: Option<Arc<Key>>,
    pub(crate) metadata: Value,
    http: reqwest::Client,
}

/// An authorization request.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    pub(crate) fields: Fields,
    pub(crate) verifier: Option<String>,
}

impl Ask {
    /// With a parameter.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields = self.fields.with(name, value);
        self
    }

    /// Without a parameter.
    #[must_use]
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields = self.fields.without(name);
        self
    }

    /// With PKCE (RFC 7636).
    #[must_use]
    pub(crate) fn pkce(self) -> Self {
        let verifier = jose::random(64);
        let mut ask = self
            .with("code_challenge", jose::sha256(&verifier))
            .with("code_challenge_method", "S256");
        ask.verifier = Some(verifier);
        ask
    }

    /// `state` as it was sent.
    pub(crate) fn state(&self) -> Option<&str> {
        self.fields.value("state")
    }

    /// `nonce` as it was sent.
    pub(crate) fn nonce(&self) -> Option<&str> {
        self.fields.value("nonce")
    }
}

/// Headers of a request.
pub(crate) type Headers = Vec<(HeaderName, String)>;

impl Rp {
    /// A client that is registered by hand.
    pub(crate) async fn known(id: &str) -> Self {
        Self::known_at(world().await, id).await
    }

    /// The same in a world of its own.
    pub(crate) async fn known_at(world: &'static World, id: &str) -> Self {
        let keys = &world.keys;
        let auth = match id {
            "native" | "kiosk" => Auth::None,
            "hs" => Auth::SecretJwt(secret(id)),
            "assertion" => Auth::Key(Arc::clone(&keys.assertion)),
            "fapi" => Auth::Key(Arc::clone(&keys.fapi)),
            "fapi-two" => Auth::Key(Arc::clone(&keys.fapi_two)),
            "fapi-rsa" => Auth::Key(Arc::clone(&keys.fapi_rsa)),
            id if id.ends_with("-post") => Auth::Post(secret(id)),
            _ => Auth::Basic(secret(id)),
        };
        let mut rp = Self::unregistered(world).await;
        rp.id = id.to_owned();
        rp.auth = auth;
        if id == "native" {
            rp.redirect_uri = "http://127.0.0.1:49152/callback".to_owned();
        }
        if id.starts_with("fapi") {
            rp.dpop = Some(Arc::new(Key::generate("ES256")));
        }
        rp
    }

    /// A client that nobody knows yet; it has read the hub's metadata.
    pub(crate) async fn unregistered(world: &'static World) -> Self {
        let http = http::client();
        let url = world.hub.url("/.well-known/openid-configuration");
        let response = http.get(&url).send().await.expect("the hub answers");
        assert_eq!(response.status(), StatusCode::OK, "{url}");
        let metadata = response.bytes().await.expect("a document");
        Self {
            world,
            id: String::new(),
            auth: Auth::None,
            redirect_uri: CALLBACK.to_owned(),
            response_type: "code",
            response_mode: None,
            id_token_alg: "ES256",
            dpop: None,
            metadata: serde_json::from_slice(&metadata).expect("the metadata is JSON"),
            http,
        }
    }

    /// An endpoint by its name in the metadata.
    pub(crate) fn endpoint(&self, name: &str) -> String {
        let endpoint = &self.metadata[name];
        let text = endpoint.as_str();
        text.unwrap_or_else(|| panic!("no {name} in the metadata"))
            .to_owned()
    }

    /// The hub's public keys.
    pub(crate) async fn keys(&self) -> Value {
        let url = self.endpoint("jwks_uri");
        let answer = self.send(Method::GET, &url, &vec![], None).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.json()
    }

    /// A request for these scopes, as the client makes it usually.
    pub(crate) fn ask(&self, scope: &str) -> Ask {
        let mut fields = Fields::of(&[
            ("response_type", self.response_type),
            ("client_id", &self.id),
            ("redirect_uri", &self.redirect_uri),
            ("scope", scope),
            ("state", &jose::random(24)),
            ("nonce", &jose::random(24)),
        ]);
        if let Some(mode) = self.response_mode {
            fields = fields.with("response_mode", mode);
        }
        let verifier = None;
        Ask { fields, verifier }
    }

    /// The address to which a browser is sent with a request.
    pub(crate) fn authorize_url(&self, ask: &Ask) -> String {
        self.authorize_url_of(&ask.fields)
    }

    /// The same with any parameters.
    pub(crate) fn authorize_url_of(&self, fields: &Fields) -> String {
        let endpoint = self.endpoint("authorization_endpoint");
        format!("{endpoint}?{}", fields.encoded())
    }

    /// Sends a request without cookies and gives the answer, redirects not followed. `body` is a form.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &Headers,
        body: Option<&Fields>,
    ) -> Answer {
        let mut request = self.http.request(method, url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(fields) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(fields.encoded());
        }
        Self::answered(url, request).await
    }

    /// Sends JSON.
    pub(crate) async fn send_json(
        &self,
        method: Method,
        url: &str,
        headers: &Headers,
        body: &Value,
    ) -> Answer {
        let mut request = self
            .http
            .request(method, url)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        Self::answered(url, request).await
    }

    async fn answered(url: &str, request: reqwest::RequestBuilder) -> Answer {
        let response = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{url}: {error:?}"));
        Answer {
            url: Url::parse(url).expect("an address of the hub"),
            status: response.status(),
            headers: response.headers().clone(),
            body: String::from_utf8_lossy(&response.bytes().await.expect("a body")).into_owned(),
        }
    }

    /// What an assertion of this client claims, for the hub and now.
    pub(crate) fn assertion_claims(&self) -> Value {
        let now = checks::now();
        json!({
            "iss": self.id, "sub": self.id, "aud": self.world.issuer(), "jti": jose::random(20),
            "iat": now, "nbf": now, "exp": now + 60,
        })
    }

    /// Adds what proves the client to a request.
    pub(crate) fn authenticated(&self, fields: Fields, headers: &mut Headers) -> Fields {
        match &self.auth {
            Auth::None => fields.with("client_id", &self.id),
            Auth::Basic(secret) => {
                headers.push((header::AUTHORIZATION, basic(&self.id, secret)));
                fields
            }
            Auth::Post(secret) => fields
                .with("client_id", &self.id)
                .with("client_secret", secret),
            Auth::SecretJwt(secret) => {
                let header = json!({"alg": "HS256", "typ": "JWT"});
                self.asserting(
                    fields,
                    jose::hs256(secret, &header, &self.assertion_claims()),
                )
            }
            Auth::Key(key) => self.asserting(fields, key.sign("JWT", &self.assertion_claims())),
        }
    }

    /// Adds an assertion to a request.
    pub(crate) fn asserting(&self, fields: Fields, assertion: String) -> Fields {
        fields
            .with("client_id", &self.id)
            .with("client_assertion_type", ASSERTION_TYPE)
            .with("client_assertion", assertion)
    }

    /// Posts a form to an endpoint as this client.
    pub(crate) async fn post(&self, endpoint: &str, fields: Fields) -> Answer {
        let mut headers = Vec::new();
        let fields = self.authenticated(fields, &mut headers);
        let url = self.endpoint(endpoint);
        self.send(Method::POST, &url, &headers, Some(&fields)).await
    }

    /// Posts a form to the token endpoint as this client, with a DPoP proof if it has a key for one.
    pub(crate) async fn ask_for_tokens(&self, fields: Fields) -> Answer {
        let mut headers = Vec::new();
        let fields = self.authenticated(fields, &mut headers);
        self.post_bound("token_endpoint", fields, headers).await
    }

    /// Posts a form as it is, with a DPoP proof if the client has a key for one.
    pub(crate) async fn post_bound(
        &self,
        endpoint: &str,
        fields: Fields,
        headers: Headers,
    ) -> Answer {
        let url = self.endpoint(endpoint);
        let Some(key) = &self.dpop else {
            return self.send(Method::POST, &url, &headers, Some(&fields)).await;
        };
        let mut nonce = None;
        for _ in 0..2 {
            let mut headers = headers.clone();
            let proof = dpop::Proof::new("POST", &url).nonce(nonce);
            headers.push((dpop::HEADER, proof.sign(key)));
            let answer = self.send(Method::POST, &url, &headers, Some(&fields)).await;
            nonce = dpop::nonce_wanted(&answer);
            if nonce.is_none() {
                return answer;
            }
        }
        panic!("{url} asks for one nonce after another");
    }

    /// Presents a code.
    pub(crate) async fn redeem(&self, code: &str, ask: &Ask) -> Answer {
        self.ask_for_tokens(self.code_fields(code, ask)).await
    }

    /// What a request with a code says.
    pub(crate) fn code_fields(&self, code: &str, ask: &Ask) -> Fields {
        let fields = Fields::of(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
        ]);
        match &ask.verifier {
            Some(verifier) => fields.with("code_verifier", verifier),
            None => fields,
        }
    }

    /// Presents a code and receives good tokens for it.
    pub(crate) async fn tokens(&self, code: &str, ask: &Ask) -> Tokens {
        let answer = self.redeem(code, ask).await;
        let tokens = checks::tokens(&answer, self);
        checks::id_token_of_tokens(&tokens, self, ask).await;
        tokens
    }

    /// Presents a refresh token, for fewer scopes if they are given.
    pub(crate) async fn refresh(&self, token: &str, scope: Option<&str>) -> Answer {
        let fields = Fields::of(&[("grant_type", "refresh_token"), ("refresh_token", token)]);
        let fields = match scope {
            Some(scope) => fields.with("scope", scope),
            None => fields,
        };
        self.ask_for_tokens(fields).await
    }

    /// Somebody opens a request of this client and is sent back with a code.
    pub(crate) fn granted(&self, visit: &Visit, ask: &Ask) -> String {
        checks::granted(visit, self, ask)
    }

    /// The claims at the userinfo endpoint, by `GET`.
    pub(crate) async fn userinfo(&self, access_token: &str) -> Answer {
        self.userinfo_with(Method::GET, access_token).await
    }

    /// The same by any method, the token in the header.
    pub(crate) async fn userinfo_with(&self, method: Method, access_token: &str) -> Answer {
        let url = self.endpoint("userinfo_endpoint");
        let Some(key) = &self.dpop else {
            let headers = vec![(header::AUTHORIZATION, format!("Bearer {access_token}"))];
            return self.send(method, &url, &headers, None).await;
        };
        let mut nonce = None;
        for _ in 0..2 {
            let proof = dpop::Proof::new(method.as_str(), &url).token(access_token);
            let headers = vec![
                (header::AUTHORIZATION, format!("DPoP {access_token}")),
                (dpop::HEADER, proof.nonce(nonce).sign(key)),
            ];
            let answer = self.send(method.clone(), &url, &headers, None).await;
            nonce = dpop::nonce_wanted(&answer);
            if nonce.is_none() {
                return answer;
            }
        }
        panic!("{url} asks for one nonce after another");
    }

    /// Whether an access token is still good for anything.
    pub(crate) async fn is_good(&self, access_token: &str) -> bool {
        self.userinfo(access_token).await.status == StatusCode::OK
    }

    /// Pushes a request (RFC 9126).
    pub(crate) async fn push(&self, ask: &Ask) -> Answer {
        self.post(PAR, ask.fields.clone()).await
    }

    /// Pushes a request with a DPoP proof, which binds the code (RFC 9449 §10.1).
    pub(crate) async fn push_with_proof(&self, ask: &Ask) -> Answer {
        let mut headers = Vec::new();
        let fields = self.authenticated(ask.fields.clone(), &mut headers);
        self.post_bound(PAR, fields, headers).await
    }

    /// Pushes a request and gives the address that stands for it.
    pub(crate) async fn pushed(&self, ask: &Ask) -> String {
        let answer = self.push(ask).await;
        checks::pushed(&answer)
    }

    /// The address to which a browser is sent with a pushed request, and nothing but it.
    pub(crate) fn pushed_url(&self, request_uri: &str) -> String {
        self.authorize_url_of(&Fields::of(&[
            ("client_id", &self.id),
            ("request_uri", request_uri),
        ]))
    }

    /// What a token is, as this client is told (RFC 7662).
    pub(crate) async fn introspect(&self, token: &str) -> Answer {
        let fields = Fields::of(&[("token", token)]);
        self.post("introspection_endpoint", fields).await
    }

    /// Takes a token back (RFC 7009).
    pub(crate) async fn revoke(&self, token: &str) -> Answer {
        let fields = Fields::of(&[("token", token)]);
        self.post("revocation_endpoint", fields).await
    }
}

/// A `Basic` header (RFC 6749 §2.3.1: both parts are form-encoded first).
pub(crate) fn basic(id: &str, secret: &str) -> String {
    let encoded =
        |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let both = format!("{}:{}", encoded(id), encoded(secret));
    format!("Basic {}", STANDARD.encode(both))
}

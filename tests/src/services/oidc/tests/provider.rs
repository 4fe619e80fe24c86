//! A hub for tests: signs everybody in as whoever is next, checks what it is asked as a hub must, keeps
//! what it was asked, and goes wrong where it is told to.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::JsonWebKey as _;
use openidconnect::core::{CoreJsonWebKey, CoreJwsSigningAlgorithm};
use serde_json::{Value, json};
use url::Url;

use crate::services::oidc::credentials::ClientKey;
use crate::services::server::{Arguments, http_client, now, secret};
use crate::services::testing;
use crate::support::ca::{self, TlsFiles};
use crate::support::process::Scratch;

/// What the hub does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::services) enum Fault {
    /// Answers with another state than it was given.
    State,
    /// Does not say who answers.
    NoIssuer,
    /// Says that another answers.
    Issuer,
    /// Says no.
    Denied,
    /// Puts another nonce into the ID token.
    TokenNonce,
    /// Leaves the nonce out of it.
    NoTokenNonce,
    /// Names another issuer in it.
    TokenIssuer,
    /// Makes it for another client.
    TokenAudience,
    /// Makes it for another client too.
    TwoAudiences,
    /// Makes one that has expired.
    TokenExpired,
    /// Signs it with a key that is not published.
    Signature,
    /// Does not sign it.
    Unsigned,
    /// Lets it go with another access token.
    AccessTokenHash,
    /// Answers about somebody else when asked who it is.
    UserInfoSubject,
    /// Takes no refresh token.
    Refresh,
    /// Answers nothing of use at the token endpoint.
    Broken,
}

/// A client as the hub knows it.
#[derive(Clone)]
pub(in crate::services) enum Client {
    /// Its secret.
    Secret(&'static str),
    /// Where its keys are.
    Keys(Url),
}

/// Parameters of a request.
pub(in crate::services) type Parameters = BTreeMap<String, String>;

#[derive(Clone)]
struct Login {
    client: String,
    nonce: Option<String>,
    challenge: Option<String>,
    person: Value,
    sid: String,
}

/// A hub.
pub(in crate::services) struct FakeHub {
    issuer: String,
    tls: TlsFiles,
    /// Its certificate, and whatever else a test wants to keep beside it.
    pub(in crate::services) files: Scratch,
    key: Mutex<Option<Arc<ClientKey>>>,
    clients: Mutex<HashMap<String, Client>>,
    /// Who signs in next: the claims of the userinfo endpoint.
    pub(in crate::services) person: Mutex<Value>,
    /// What goes wrong.
    pub(in crate::services) faults: Mutex<HashSet<Fault>>,
    /// How long access tokens live.
    pub(in crate::services) life: Mutex<i64>,
    /// What is answered to the next questions of a device; a person when it says so, then pending.
    pub(in crate::services) device: Mutex<VecDeque<&'static str>>,
    /// Path and parameters of each call, in order.
    pub(in crate::services) calls: Mutex<Vec<(String, Parameters)>>,
    codes: Mutex<HashMap<String, Login>>,
    access: Mutex<HashMap<String, Login>>,
    refresh: Mutex<HashMap<String, Login>>,
    assertions: Mutex<HashSet<String>>,
    logins: Mutex<usize>,
}

pub(in crate::services) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

type Shared = State<Arc<FakeHub>>;

impl FakeHub {
    /// Starts one, which speaks TLS as the library wants it for some calls.
    pub(in crate::services) async fn start() -> Arc<Self> {
        let files = Scratch::new("fake-hub");
        let tls = ca::authority().localhost_files(&files);
        let own = testing::secured(
            testing::arguments(
                &Url::parse("https://unused.example/").unwrap(),
                files.path(),
            ),
            &tls,
        );
        let hub = Arc::new(Self {
            issuer: own.base.as_str().trim_end_matches('/').to_owned(),
            tls,
            files,
            key: Mutex::default(),
            clients: Mutex::default(),
            person: Mutex::default(),
            faults: Mutex::default(),
            life: Mutex::new(600),
            device: Mutex::default(),
            calls: Mutex::default(),
            codes: Mutex::default(),
            access: Mutex::default(),
            refresh: Mutex::default(),
            assertions: Mutex::default(),
            logins: Mutex::default(),
        });
        hub.new_key();
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(document))
            .route("/oidc/jwks", get(keys))
            .route("/oidc/authorize", get(authorize))
            .route("/oidc/token", post(token))
            .route("/oidc/userinfo", get(userinfo))
            .route("/oidc/device", post(device))
            .route("/oidc/revoke", post(revoke))
            .route("/oidc/logout", get(logout))
            .with_state(Arc::clone(&hub));
        let base = own.base.clone();
        tokio::spawn(async move { own.serve(routes).await });
        testing::listening(&base).await;
        hub
    }

    /// Arguments of a service that joins it.
    pub(in crate::services) fn arguments(&self, name: &str) -> Arguments {
        let hub = Url::parse(&self.issuer).unwrap();
        let data = self.files.join(&format!("{name}.sqlite"));
        testing::secured(testing::arguments(&hub, &data), &self.tls)
    }

    /// What it calls itself.
    pub(in crate::services) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Knows a client from now on.
    pub(in crate::services) fn register(&self, client_id: &str, client: Client) {
        lock(&self.clients).insert(client_id.to_owned(), client);
    }

    /// Signs with another key from now on, and publishes that one alone.
    pub(in crate::services) fn new_key(&self) {
        *lock(&self.key) = Some(Arc::new(ClientKey::generate().unwrap()));
    }

    /// What it was asked at a path.
    pub(in crate::services) fn asked(&self, path: &str) -> Vec<Parameters> {
        let calls = lock(&self.calls);
        let of_path = calls.iter().filter(|(called, _)| called == path);
        of_path.map(|(_, parameters)| parameters.clone()).collect()
    }

    /// The session of the latest login.
    pub(in crate::services) fn latest_sid(&self) -> String {
        format!("sid-{}", lock(&self.logins))
    }

    /// A logout token for a session; `change` makes it another.
    pub(in crate::services) fn logout_token(
        &self,
        client_id: &str,
        sid: &str,
        change: impl FnOnce(&mut Value),
    ) -> String {
        let mut claims = json!({
            "iss": self.issuer, "aud": client_id, "iat": now(), "exp": now() + 120,
            "jti": secret().unwrap(), "sid": sid,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        change(&mut claims);
        self.key().sign("logout+jwt", &claims).unwrap()
    }

    fn key(&self) -> Arc<ClientKey> {
        Arc::clone(lock(&self.key).as_ref().unwrap())
    }

    fn has(&self, fault: Fault) -> bool {
        lock(&self.faults).contains(&fault)
    }

    fn note(&self, path: &str, parameters: &Parameters) {
        lock(&self.calls).push((path.to_owned(), parameters.clone()));
    }

    fn login(&self, client: &str) -> Login {
        *lock(&self.logins) += 1;
        Login {
            client: client.to_owned(),
            nonce: None,
            challenge: None,
            person: lock(&self.person).clone(),
            sid: self.latest_sid(),
        }
    }

    /// Tokens for a login; a refresh token where its scope brings one or the client is one of ours.
    fn tokens(&self, login: &Login) -> Response {
        let (access, refresh) = (secret().unwrap(), secret().unwrap());
        lock(&self.access).insert(access.clone(), login.clone());
        lock(&self.refresh).insert(refresh.clone(), login.clone());
        Json(json!({
            "access_token": access, "token_type": "Bearer", "expires_in": *lock(&self.life),
            "refresh_token": refresh, "id_token": self.id_token(login, &access),
        }))
        .into_response()
    }

    fn id_token(&self, login: &Login, access_token: &str) -> String {
        let half = |text: &str| {
            let digest = digest(&SHA256, text.as_bytes());
            URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16])
        };
        let mut claims = json!({
            "iss": self.issuer, "aud": login.client, "sub": login.person["sub"],
            "iat": now(), "exp": now() + 300, "nonce": login.nonce, "sid": login.sid,
            "at_hash": half(access_token),
        });
        let mut wrong = |fault, name: &str, value: Value| {
            if self.has(fault) {
                claims[name] = value;
            }
        };
        wrong(Fault::TokenNonce, "nonce", json!("another"));
        wrong(Fault::NoTokenNonce, "nonce", Value::Null);
        wrong(Fault::TokenIssuer, "iss", json!("https://other.example"));
        wrong(Fault::TokenAudience, "aud", json!("another"));
        wrong(Fault::TwoAudiences, "aud", json!([login.client, "another"]));
        wrong(Fault::TokenExpired, "exp", json!(now() - 1));
        wrong(Fault::AccessTokenHash, "at_hash", json!(half("another")));
        let members = claims.as_object_mut().unwrap();
        members.retain(|_, value| !value.is_null());
        let token = self.key().sign("JWT", &claims).unwrap();
        if self.has(Fault::Signature) {
            // As if signed by the published key: its name in the header.
            let forged = ClientKey::generate().unwrap().sign("JWT", &claims).unwrap();
            let header = token.split('.').next().unwrap();
            let (_, rest) = forged.split_once('.').unwrap();
            return format!("{header}.{rest}");
        }
        if self.has(Fault::Unsigned) {
            let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#);
            return format!("{header}.{}.", token.split('.').nth(1).unwrap());
        }
        token
    }

    /// Who calls, if it is proven as registered: by a secret in the header or by a key, never both.
    async fn authenticated(&self, headers: &HeaderMap, form: &Parameters) -> Option<String> {
        if let Some(header) = headers.get(header::AUTHORIZATION) {
            let encoded = header.to_str().ok()?.strip_prefix("Basic ")?;
            let text = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
            let (client_id, presented) = text.split_once(':')?;
            let known = lock(&self.clients).get(client_id).cloned()?;
            let right = matches!(known, Client::Secret(secret) if secret == presented);
            return (right && !form.contains_key("client_assertion")).then(|| client_id.to_owned());
        }
        let assertion = form.get("client_assertion")?;
        let (message, signature) = assertion.rsplit_once('.')?;
        let claims = URL_SAFE_NO_PAD.decode(message.split('.').nth(1)?).ok()?;
        let claims: Value = serde_json::from_slice(&claims).ok()?;
        let client_id = claims["sub"].as_str()?.to_owned();
        let Some(Client::Keys(address)) = lock(&self.clients).get(&client_id).cloned() else {
            return None;
        };
        let http = http_client(Some(ca::authority().pem().as_bytes())).ok()?;
        let answer = http.get(address).send().await.ok()?;
        let set: Value = serde_json::from_slice(&answer.bytes().await.ok()?).ok()?;
        let key: CoreJsonWebKey = serde_json::from_value(set["keys"][0].clone()).ok()?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let es256 = CoreJwsSigningAlgorithm::EcdsaP256Sha256;
        let signed = key.verify_signature(&es256, message.as_bytes(), &signature);
        let good = signed.is_ok()
            && claims["iss"] == client_id
            && claims["aud"] == self.issuer
            && claims["exp"].as_i64()? > now()
            && lock(&self.assertions).insert(claims["jti"].as_str()?.to_owned());
        good.then_some(client_id)
    }
}

fn error(code: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": code }))).into_response()
}

async fn document(State(hub): Shared) -> Json<Value> {
    hub.note("/.well-known/openid-configuration", &Parameters::new());
    let issuer = hub.issuer.clone();
    let at = |name: &str| format!("{issuer}/oidc/{name}");
    Json(json!({
        "issuer": issuer, "authorization_endpoint": at("authorize"), "token_endpoint": at("token"),
        "userinfo_endpoint": at("userinfo"), "jwks_uri": at("jwks"),
        "device_authorization_endpoint": at("device"), "revocation_endpoint": at("revoke"),
        "end_session_endpoint": at("logout"), "response_types_supported": ["code"],
        "subject_types_supported": ["pairwise"], "id_token_signing_alg_values_supported": ["ES256", "RS256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(hub): Shared) -> Json<Value> {
    Json(hub.key().jwks())
}

async fn authorize(State(hub): Shared, Query(query): Query<Parameters>) -> Response {
    hub.note("/oidc/authorize", &query);
    let mut answer = vec![("state", query["state"].clone())];
    if hub.has(Fault::State) {
        answer = vec![("state", secret().unwrap())];
    }
    if hub.has(Fault::Denied) {
        answer.push(("error", "access_denied".to_owned()));
    } else {
        let code = secret().unwrap();
        let login = Login {
            nonce: query.get("nonce").cloned(),
            challenge: query.get("code_challenge").cloned(),
            ..hub.login(&query["client_id"])
        };
        lock(&hub.codes).insert(code.clone(), login);
        answer.push(("code", code));
    }
    if hub.has(Fault::Issuer) {
        answer.push(("iss", "https://other.example".to_owned()));
    } else if !hub.has(Fault::NoIssuer) {
        answer.push(("iss", hub.issuer.clone()));
    }
    let target = &query["redirect_uri"];
    if query
        .get("response_mode")
        .is_some_and(|mode| mode == "form_post")
    {
        let field = |(name, value): &(&str, String)| {
            format!("<input type=hidden name={name} value=\"{value}\">")
        };
        let fields: String = answer.iter().map(field).collect();
        let form = format!(
            "<form method=post action=\"{target}\">{fields}<button id=post>Continuer</button></form>"
        );
        let origin = Url::parse(target).unwrap().origin().ascii_serialization();
        let policy = format!("default-src 'none'; form-action {origin}");
        return ([(header::CONTENT_SECURITY_POLICY, policy)], Html(form)).into_response();
    }
    Redirect::to(Url::parse_with_params(target, &answer).unwrap().as_str()).into_response()
}

async fn token(State(hub): Shared, headers: HeaderMap, Form(form): Form<Parameters>) -> Response {
    hub.note("/oidc/token", &form);
    if hub.has(Fault::Broken) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let Some(client) = hub.authenticated(&headers, &form).await else {
        return error("invalid_client");
    };
    let found = match form["grant_type"].as_str() {
        "authorization_code" => {
            let login = lock(&hub.codes).remove(&form["code"]);
            login.filter(|login| {
                let digest = digest(&SHA256, form["code_verifier"].as_bytes());
                login.challenge == Some(URL_SAFE_NO_PAD.encode(digest))
            })
        }
        "refresh_token" if hub.has(Fault::Refresh) => None,
        "refresh_token" => {
            let login = lock(&hub.refresh).remove(&form["refresh_token"]);
            login.map(|login| Login {
                nonce: None,
                person: lock(&hub.person).clone(),
                ..login
            })
        }
        "urn:ietf:params:oauth:grant-type:device_code" => match lock(&hub.device).pop_front() {
            Some("person") => Some(hub.login(&client)),
            said => return error(said.unwrap_or("authorization_pending")),
        },
        _ => return error("unsupported_grant_type"),
    };
    match found.filter(|login| login.client == client) {
        Some(login) => hub.tokens(&login),
        None => error("invalid_grant"),
    }
}

async fn userinfo(State(hub): Shared, headers: HeaderMap) -> Response {
    hub.note("/oidc/userinfo", &Parameters::new());
    let header = headers
        .get(header::AUTHORIZATION)
        .unwrap()
        .to_str()
        .unwrap();
    let login = lock(&hub.access).get(&header["Bearer ".len()..]).cloned();
    match login {
        None => StatusCode::UNAUTHORIZED.into_response(),
        Some(mut login) => {
            if hub.has(Fault::UserInfoSubject) {
                login.person["sub"] = json!("another");
            }
            Json(login.person).into_response()
        }
    }
}

async fn device(State(hub): Shared, headers: HeaderMap, Form(form): Form<Parameters>) -> Response {
    hub.note("/oidc/device", &form);
    if hub.authenticated(&headers, &form).await.is_none() {
        return error("invalid_client");
    }
    let issuer = hub.issuer.clone();
    Json(json!({
        "device_code": secret().unwrap(), "user_code": "WDJB-MJHT", "verification_uri": format!("{issuer}/device"),
        "verification_uri_complete": format!("{issuer}/device?user_code=WDJB-MJHT"), "expires_in": 600, "interval": 1,
    }))
    .into_response()
}

async fn revoke(State(hub): Shared, headers: HeaderMap, Form(form): Form<Parameters>) -> Response {
    if hub.authenticated(&headers, &form).await.is_none() {
        return error("invalid_client");
    }
    lock(&hub.refresh).remove(&form["token"]);
    lock(&hub.access).remove(&form["token"]);
    hub.note("/oidc/revoke", &form);
    StatusCode::OK.into_response()
}

async fn logout(State(hub): Shared, Query(query): Query<Parameters>) -> Redirect {
    hub.note("/oidc/logout", &query);
    Redirect::to(&query["post_logout_redirect_uri"])
}

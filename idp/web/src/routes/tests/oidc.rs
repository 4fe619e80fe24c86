//! OpenID Connect through the whole router: statuses, headers, forms and pages of its endpoints. What the
//! use cases decide is proven beside them; here is what travels over HTTP.

mod authorize;
mod cors;
mod devices;
mod discovery;
mod languages;
mod log;
mod logout;
mod outage;
mod programs;
mod questions;
mod registration;
mod userinfo;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http::{HeaderName, StatusCode};
use serde_json::Value;
use tokio::sync::OnceCell;

use super::scene::{Answer, Browser, Form, PASSWORD, Scene};

const CALLBACK: &str = "https://bourses.example/callback";
const SECRET: &str = "a-secret-that-is-long-enough-for-everybody";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The name of a service that tries to be markup.
const HOSTILE: &str = "</form><script>alert('x')</script>";

const CLIENTS: &str = r#"
[[service]]
id = "bourses"
name = "Bourses"
access = [{}]
release = { attributes = ["given_name", "family_name", "mail"], approval = "test" }
[service.oidc]
secret = "a-secret-that-is-long-enough-for-everybody"
[service.oidc.client]
redirect_uris = ["https://bourses.example/callback", "https://bourses.example/tenant?of=1"]
post_logout_redirect_uris = ["https://bourses.example/bye"]
grant_types = ["authorization_code", "refresh_token"]
response_types = ["code", "code id_token"]
scope = "openid profile email ent offline_access"

[[service]]
id = "agenda"
name = "Agenda"
access = [{ profiles = ["National_TUT"] }]
[service.oidc]
secret = "a-secret-that-is-long-enough-for-everybody"
[service.oidc.client]
redirect_uris = ["https://agenda.example/callback"]
frontchannel_logout_uri = "https://agenda.example/fin"

[[service]]
id = "editeur"
name = "Éditeur"
access = [{ profiles = ["National_ENS"] }, { profiles = ["National_TUT"] }, { profiles = ["National_ELV"] }]
release = { attributes = ["given_name"] }
[service.oidc]
consent = "ask"
secret = "a-secret-that-is-long-enough-for-everybody"
[service.oidc.client]
redirect_uris = ["https://editeur.example/callback"]
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile offline_access"
policy_uri = "https://editeur.example/donnees"
userinfo_signed_response_alg = "ES256"

[[service]]
id = "hostile"
name = "</form><script>alert('x')</script>"
access = [{}]
[service.oidc]
consent = "ask"
secret = "a-secret-that-is-long-enough-for-everybody"
[service.oidc.client]
redirect_uris = ["https://hostile.example/callback"]

[[service]]
id = "telephone"
name = "Téléphone"
access = [{}]
[service.oidc.client]
application_type = "native"
token_endpoint_auth_method = "none"
redirect_uris = ["http://127.0.0.1/cb", "http://[::1]/cb", "fr.example.app:/cb"]
post_logout_redirect_uris = ["fr.example.app:/bye", "http://[::1]/bye"]
scope = "openid"

[[service]]
id = "borne"
name = "Borne"
access = [{ profiles = ["National_ELV"] }, { profiles = ["National_TUT"] }]
release = { attributes = ["given_name"] }
[service.oidc.client]
token_endpoint_auth_method = "none"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code"]
response_types = []
scope = "openid profile"

[[service]]
id = "arrete"
name = "Arrêté"
enabled = false
access = [{}]
[service.oidc]
secret = "a-secret-that-is-long-enough-for-everybody"
[service.oidc.client]
redirect_uris = ["https://arrete.example/callback"]
"#;

/// The region with its clients, and with keys: those of RSA take their time to be made.
async fn scene() -> Scene {
    static MADE: OnceCell<Vec<u8>> = OnceCell::const_new();
    let made = MADE
        .get_or_init(async || {
            let scene = Scene::new().await;
            scene.hub.tend_keys(&scene.cx()).await.expect("keys");
            scene.apply(CLIENTS).await;
            scene.into_file().await
        })
        .await;
    Scene::from_file(made).await
}

/// A query or form of bourses, with changes: a value of "" takes a parameter away.
fn asked(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut all = pairs(&[
        ("client_id", "bourses"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    for (name, value) in changes {
        all.retain(|(known, _)| known != name);
        if !value.is_empty() {
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    all
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    list.iter().map(own).collect()
}

/// Where the browser goes for it.
fn address(changes: &[(&str, &str)]) -> String {
    let query = serde_urlencoded::to_string(asked(changes)).expect("a query");
    format!("/oidc/authorize?{query}")
}

/// The parameters of an address, behind its `?` or its `#`.
fn parameters(address: &str) -> BTreeMap<String, String> {
    let (_, list) = address.rsplit_once(['?', '#']).expect("parameters");
    serde_urlencoded::from_str(list).expect("well formed")
}

/// What a client is told at its own address.
fn told(answer: &Answer) -> BTreeMap<String, String> {
    let location = answer.location();
    parameters(&location.unwrap_or_else(|| panic!("{}: {}", answer.status, answer.body)))
}

/// A code of bourses for whoever is signed in.
async fn code(scene: &Scene, browser: &mut Browser, changes: &[(&str, &str)]) -> String {
    let told = told(&scene.get(browser, &address(changes)).await);
    let code = told.get("code");
    code.unwrap_or_else(|| panic!("no code: {told:?}")).clone()
}

/// How a program proves itself: `client_secret_basic`.
fn basic(client: &str, secret: &str) -> Browser {
    let credentials = STANDARD.encode(format!("{client}:{secret}"));
    Browser::default().with("authorization", &format!("Basic {credentials}"))
}

/// What a program posts.
async fn post(scene: &Scene, path: &str, program: &Browser, list: &[(&str, &str)]) -> Answer {
    let form = Form {
        action: path.to_owned(),
        fields: pairs(list),
    };
    scene.submit(&mut program.clone(), &form).await
}

/// The token endpoint's answer to a code of bourses.
async fn redeemed(scene: &Scene, code: &str) -> Answer {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    post(scene, "/oidc/token", &basic("bourses", SECRET), &parameters).await
}

/// Tokens of bourses for whoever is signed in.
async fn tokens(scene: &Scene, browser: &mut Browser, changes: &[(&str, &str)]) -> Value {
    let code = code(scene, browser, changes).await;
    json(&redeemed(scene, &code).await)
}

fn json(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body)
        .unwrap_or_else(|error| panic!("{error}: {} {}", answer.status, answer.body))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    let text = value[name].as_str();
    text.unwrap_or_else(|| panic!("no {name}: {value}"))
}

/// The JSON of a refusal: its status, its code, a sentence for developers, and the reference that the log
/// has behind it; kept by nobody.
fn assert_refused(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = json(answer);
    assert_eq!(body["error"], code, "{body}");
    let described = text(&body, "error_description");
    let reference = described
        .rsplit_once(" [")
        .and_then(|(_, rest)| rest.strip_suffix(']'));
    assert_eq!(reference.map(str::len), Some(9), "{described}");
}

/// Header and claims of a token, not verified.
fn opened(token: &str) -> (Value, Value) {
    let part = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&bytes).expect("JSON")
    };
    let mut parts = token.split('.');
    let (header, claims) = (parts.next(), parts.next());
    (
        part(header.expect("a header")),
        part(claims.expect("claims")),
    )
}

/// Every value of a header.
fn all_of(answer: &Answer, name: &'static str) -> Vec<String> {
    let values = answer.headers.get_all(HeaderName::from_static(name));
    let text = |value: &http::HeaderValue| value.to_str().expect("ASCII").to_owned();
    values.iter().map(text).collect()
}

/// Where the forms of a page, and the redirects after them, may lead besides the hub.
fn form_targets(answer: &Answer) -> String {
    let policy = answer.header("content-security-policy");
    let (_, targets) = policy.rsplit_once("form-action ").expect("a policy");
    targets
        .strip_prefix("'self'")
        .expect(targets)
        .trim()
        .to_owned()
}

fn sign_in_form(page: &Answer, login: &str) -> Form {
    page.form("/login")
        .with("username", login)
        .with("password", PASSWORD)
}

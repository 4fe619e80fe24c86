//! OpenID Connect, use case by use case, with a clock that stands: codes, refresh families, consent,
//! devices, exchange, registration, keys, logout.

mod codes;
mod consent;
mod devices;
mod exchange;
mod families;
mod keys;
mod logout;
mod registration;
mod tokens;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clau_engine::leaving::{Delivery, Leaving};
use clau_engine::login::{Finished, Step, Then};
use clau_engine::oidc::Failure;
use clau_engine::oidc::answer::Onward;
use clau_engine::oidc::authenticate::Presented;
use clau_engine::oidc::authorize::Authorized;
use clau_engine::oidc::resource::{Scheme, UserInfo};
use clau_oidc::error::ErrorCode;
use clau_storage::signing_keys::{self, SigningKeyRow};
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use crate::scene::{Browser, PASSWORD, Scene};

pub(crate) const CALLBACK: &str = "https://bourses.example/callback";
pub(crate) const SECRET: &str = "a-secret-that-is-long-enough-for-everybody";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

const CLIENTS: &str = r#"
[[service]]
id = "bourses"
name = "Bourses"
access = [{}]
release = { attributes = ["given_name", "family_name", "mail", "children"], approval = "test" }
[service.oidc]
secret = "a-secret-that-is-long-enough-for-everybody"
[service.oidc.client]
redirect_uris = ["https://bourses.example/callback"]
post_logout_redirect_uris = ["https://bourses.example/bye"]
grant_types = ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"]
response_types = ["code", "code id_token"]
scope = "openid profile email ent offline_access"
backchannel_logout_uri = "https://bourses.example/backchannel"
frontchannel_logout_uri = "https://bourses.example/frontchannel"
frontchannel_logout_session_required = true

[[service]]
id = "editeur"
name = "Éditeur"
access = [{}]
release = { attributes = ["given_name"] }
[service.oidc]
consent = "ask"
secret = "a-secret-that-is-long-enough-for-everybody"
[service.oidc.client]
redirect_uris = ["https://editeur.example/callback"]
grant_types = ["authorization_code", "refresh_token"]
scope = "openid profile offline_access"
policy_uri = "https://editeur.example/policy"

[[service]]
id = "staff"
name = "Salle des professeurs"
access = [{ profiles = ["National_ENS"] }]
[service.oidc]
secret = "a-secret-that-is-long-enough-for-everybody"
accepts = ["bourses"]
resources = ["https://api.staff.example/"]
[service.oidc.client]
redirect_uris = ["https://staff.example/callback"]
grant_types = ["authorization_code", "client_credentials"]
scope = "openid profile reports"

[[service]]
id = "borne"
name = "Borne"
access = [{ profiles = ["National_ELV", "National_TUT"] }]
release = { attributes = ["given_name"] }
[service.oidc.client]
token_endpoint_auth_method = "none"
grant_types = ["urn:ietf:params:oauth:grant-type:device_code"]
response_types = []
scope = "openid profile"
"#;

/// A scene with clients and keys.
pub(crate) async fn scene() -> Scene {
    let scene = Scene::new().await;
    seed_keys(&scene).await;
    scene.apply(CLIENTS).await;
    scene
}

/// Every scene has the same master key and the same keys: RSA keys take their time to be made.
async fn seed_keys(scene: &Scene) {
    static KEYS: OnceCell<Vec<SigningKeyRow>> = OnceCell::const_new();
    let keys = KEYS
        .get_or_init(async || {
            scene.hub.tend_keys(&scene.cx()).await.expect("keys");
            let rows = signing_keys::all(&scene.database, "oidc").await;
            rows.expect("rows")
        })
        .await;
    for key in keys {
        let added = signing_keys::add(&scene.database, key, None).await;
        added.expect("added");
    }
}

/// A scene in which somebody is signed in.
pub(crate) async fn with(login: &str) -> (Scene, Browser) {
    let scene = scene().await;
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, login).await;
    (scene, browser)
}

pub(crate) fn list(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A good request of bourses, with changes: a value of "" takes a parameter away.
pub(crate) fn request(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
    let mut all = list(&[
        ("client_id", "bourses"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", &challenge),
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

pub(crate) async fn authorize(
    scene: &Scene,
    browser: &Browser,
    changes: &[(&str, &str)],
) -> Authorized {
    let list = request(changes);
    scene
        .hub
        .oidc_authorize(&scene.cx(), browser.cookies(), &list)
        .await
        .expect("authorize")
}

/// The parameters of an answer that goes to the client.
pub(crate) fn answered(outcome: Authorized) -> Map<String, Value> {
    match outcome {
        Authorized::Answer(answered) => parameters(&answered),
        Authorized::Step(step) => of_step(step),
        other => panic!("no answer: {other:?}"),
    }
}

pub(crate) fn of_step(step: Step) -> Map<String, Value> {
    match step {
        Step::Finished(Finished {
            then: Then::Oidc(onward),
            ..
        }) => match *onward {
            Onward::Answer(answered) => parameters(&answered),
            other => panic!("no answer: {other:?}"),
        },
        other => panic!("no answer: {other:?}"),
    }
}

fn parameters(answered: &Leaving) -> Map<String, Value> {
    let pairs: Vec<(String, String)> = match &answered.delivery {
        Delivery::Redirect(address) => {
            let url = url::Url::parse(address).expect("an address");
            let fragment = url.fragment().unwrap_or_default().to_owned();
            url.query_pairs()
                .chain(url::form_urlencoded::parse(fragment.as_bytes()))
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect()
        }
        Delivery::Form { fields, .. } => fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
    };
    pairs
        .into_iter()
        .map(|(name, value)| (name, Value::String(value)))
        .collect()
}

/// A code of bourses for whoever is signed in.
pub(crate) async fn code(scene: &Scene, browser: &Browser, changes: &[(&str, &str)]) -> String {
    text(&answered(authorize(scene, browser, changes).await), "code")
}

pub(crate) fn text(members: &Map<String, Value>, name: &str) -> String {
    let value = members.get(name).and_then(Value::as_str);
    value
        .unwrap_or_else(|| panic!("no {name}: {members:?}"))
        .to_owned()
}

/// What the token endpoint answers bourses.
pub(crate) async fn token(scene: &Scene, parameters: &[(&str, &str)]) -> Result<Value, ErrorCode> {
    token_of(scene, "bourses", parameters).await
}

pub(crate) async fn token_of(
    scene: &Scene,
    client: &str,
    parameters: &[(&str, &str)],
) -> Result<Value, ErrorCode> {
    let mut all = list(parameters);
    let header = header(client, SECRET);
    let public = client == "borne";
    if public {
        all.extend(list(&[("client_id", client)]));
    }
    let presented = Presented {
        authorization: (!public).then_some(header.as_str()),
        method: "POST",
        endpoint: "/oidc/token",
        ..Presented::default()
    };
    let outcome = scene.hub.oidc_token(&scene.cx(), presented, &all).await;
    outcome
        .map(|response| serde_json::to_value(response).expect("JSON"))
        .map_err(|failure| code_of(&failure))
}

pub(crate) fn code_of(failure: &Failure) -> ErrorCode {
    match failure {
        Failure::Oauth(error) => error.code(),
        Failure::Hub(error) => panic!("the hub failed: {error}"),
    }
}

/// How a client of this scene authenticates: `client_secret_basic`.
pub(crate) fn header(client: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")))
}

/// Redeems a code of bourses.
pub(crate) async fn redeem(scene: &Scene, code: &str) -> Result<Value, ErrorCode> {
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    token(scene, &parameters).await
}

pub(crate) async fn userinfo(scene: &Scene, token: &str) -> Result<Map<String, Value>, ErrorCode> {
    let presented = Presented {
        method: "GET",
        endpoint: "/oidc/userinfo",
        ..Presented::default()
    };
    let outcome = scene
        .hub
        .oidc_userinfo(&scene.cx(), presented, (token, Scheme::Bearer))
        .await;
    match outcome {
        Ok(UserInfo::Plain(claims)) => Ok(claims),
        Ok(UserInfo::Signed(_)) => panic!("bourses wants plain claims"),
        Err(failure) => Err(code_of(&failure)),
    }
}

pub(crate) fn member<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {value}"))
}

/// The claims of a token, not verified.
pub(crate) fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a token");
    let bytes = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// Signs in on the login page of a request, and gives what comes after it.
pub(crate) async fn log_in(
    scene: &Scene,
    browser: &mut Browser,
    outcome: Authorized,
    login: &str,
) -> Step {
    let Authorized::Step(step) = outcome else {
        panic!("no login page: {outcome:?}");
    };
    let page = crate::scene::identify(step, browser);
    scene.submit(browser, &page.handle, (login, PASSWORD)).await
}

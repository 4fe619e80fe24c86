//! Modules in which all goes well, and what comes of it: codes, tokens, user information, scopes.

use reqwest::header;
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};

use super::{Setting, flow, somebody};
use crate::checks;
use crate::client::Rp;
use crate::fields::Fields;

pub(crate) async fn oidcc_server(setting: &Setting) {
    let rp = setting.rp().await;
    let done = flow(&somebody().await, &rp, &rp.ask("openid")).await;
    checks::assert_says_no_more(&done.claims);
    if setting.is_hybrid() {
        let front = done.visit.reply().fields.value("id_token");
        checks::assert_says_no_more(&crate::jose::peek(front.expect("an ID token")).1);
    }
    // Two codes are never alike.
    let again = flow(&somebody().await, &rp, &rp.ask("openid")).await;
    assert_ne!(done.code, again.code);
}

pub(crate) async fn oidcc_server_client_secret_post(setting: &Setting) {
    let rp = setting.known(setting.with_post).await;
    let methods = &rp.metadata["token_endpoint_auth_methods_supported"];
    let methods = methods.as_array().expect("a list");
    assert!(methods.contains(&json!("client_secret_post")));
    flow(&somebody().await, &rp, &rp.ask("openid")).await;
}

pub(crate) async fn oidcc_idtoken_signature(setting: &Setting) {
    // Without a word about algorithms: RS256 (OIDC Registration §2).
    let mut rp = setting.registered(json!({})).await;
    rp.id_token_alg = "RS256";
    let done = flow(&somebody().await, &rp, &rp.ask("openid")).await;
    let (header, _) = crate::jose::peek(done.tokens.id());
    assert!(header["kid"].is_string(), "{header}");
    assert_eq!(header["alg"], "RS256");
}

/// The suite skips it where `none` is not offered. Then it must not be had either.
pub(crate) async fn oidcc_idtoken_unsigned(setting: &Setting) {
    let rp = setting.rp().await;
    let offered = rp.metadata["id_token_signing_alg_values_supported"].as_array();
    assert!(!offered.expect("a list").contains(&json!("none")));
    let answer =
        crate::registration::attempt(json!({"id_token_signed_response_alg": "none"})).await;
    checks::json_error(&answer, &[400], &["invalid_client_metadata"]);
}

pub(crate) async fn oidcc_userinfo_get(setting: &Setting) {
    userinfo_by(setting, Method::GET).await;
}

pub(crate) async fn oidcc_userinfo_post_header(setting: &Setting) {
    userinfo_by(setting, Method::POST).await;
}

async fn userinfo_by(setting: &Setting, method: Method) {
    let rp = setting.rp().await;
    let done = flow(&somebody().await, &rp, &rp.ask("openid profile")).await;
    let answer = rp.userinfo_with(method, &done.tokens.access_token).await;
    let claims = checks::userinfo(&answer, &done.claims["sub"]);
    checks::assert_not_stored(&answer);
    assert_eq!(claims.get("given_name"), Some(&json!("Alix")));
}

pub(crate) async fn oidcc_userinfo_post_body(setting: &Setting) {
    let rp = setting.rp().await;
    let done = flow(&somebody().await, &rp, &rp.ask("openid")).await;
    let body = Fields::of(&[("access_token", &done.tokens.access_token)]);
    let url = rp.endpoint("userinfo_endpoint");
    let answer = rp.send(Method::POST, &url, &vec![], Some(&body)).await;
    checks::userinfo(&answer, &done.claims["sub"]);
}

pub(crate) async fn oidcc_scope_profile(setting: &Setting) {
    let claims = claims_of(setting, "openid profile").await;
    for (name, value) in [
        (
            "name",
            json!(claims["given_name"].as_str().map(|given| {
                format!(
                    "{given} {}",
                    claims["family_name"].as_str().unwrap_or_default()
                )
            })),
        ),
        ("given_name", json!("Alix")),
        ("birthdate", json!("1999-03-14")),
    ] {
        assert_eq!(claims.get(name), Some(&value), "{name}");
    }
    assert!(claims.contains_key("preferred_username"));
    absent(&claims, &["email", "phone_number", "address", "ent_uid"]);
}

pub(crate) async fn oidcc_scope_email(setting: &Setting) {
    let claims = claims_of(setting, "openid email").await;
    let mail = claims["email"].as_str().expect("an address");
    assert!(mail.ends_with("@essais.example"), "{mail}");
    assert_eq!(claims.get("email_verified"), Some(&json!(false)));
    absent(&claims, &["name", "phone_number", "address", "ent_uid"]);
}

/// People who are entered by hand have neither address nor telephone; those of a feed are in
/// `oidcc_scope_all`.
pub(crate) async fn oidcc_scope_address(setting: &Setting) {
    let claims = claims_of(setting, "openid address").await;
    absent(&claims, &["name", "email", "phone_number", "ent_uid"]);
}

pub(crate) async fn oidcc_scope_phone(setting: &Setting) {
    let claims = claims_of(setting, "openid phone").await;
    absent(&claims, &["name", "email", "address", "ent_uid"]);
}

pub(crate) async fn oidcc_scope_all(setting: &Setting) {
    let rp = setting.rp().await;
    let person = crate::world::world().await.of_a_feed().await;
    let scope = "openid email phone address profile";
    let done = flow(&person, &rp, &rp.ask(scope)).await;
    let answer = rp.userinfo(&done.tokens.access_token).await;
    let claims = checks::userinfo(&answer, &done.claims["sub"]);
    for name in [
        "name",
        "given_name",
        "family_name",
        "preferred_username",
        "phone_number",
        "phone_number_verified",
        "address",
    ] {
        assert!(claims.contains_key(name), "{name} is missing: {claims:?}");
    }
    assert_eq!(claims["phone_number_verified"], false);
    let address = &claims["address"];
    assert!(address["postal_code"].is_string() && address["locality"].is_string());
}

/// The suite reads the tokens' scopes nowhere; the hub says what it granted.
async fn claims_of(setting: &Setting, scope: &str) -> Map<String, Value> {
    let rp = setting.rp().await;
    let offered = rp.metadata["scopes_supported"].as_array().expect("a list");
    for word in scope.split(' ') {
        assert!(offered.contains(&json!(word)), "{word} is not offered");
    }
    let done = flow(&somebody().await, &rp, &rp.ask(scope)).await;
    assert_eq!(sorted(&done.tokens.scope), sorted(scope));
    checks::assert_says_no_more(&done.claims);
    let answer = rp.userinfo(&done.tokens.access_token).await;
    checks::userinfo(&answer, &done.claims["sub"])
}

fn absent(claims: &Map<String, Value>, names: &[&str]) {
    for name in names {
        assert!(!claims.contains_key(*name), "{name} was not asked for");
    }
}

fn sorted(scope: &str) -> Vec<&str> {
    let mut words: Vec<&str> = scope.split(' ').collect();
    words.sort_unstable();
    words
}

pub(crate) async fn oidcc_alternate_happy_flow(setting: &Setting) {
    let rp = setting.rp().await;
    let mut ask = rp.ask("email openid");
    ask.fields = ask.fields.reversed();
    let done = flow(&somebody().await, &rp, &ask).await;
    let answer = rp.userinfo(&done.tokens.access_token).await;
    let claims = checks::userinfo(&answer, &done.claims["sub"]);
    assert!(claims.contains_key("email"));
}

pub(crate) async fn oidcc_ensure_request_with_valid_pkce_succeeds(setting: &Setting) {
    let rp = setting.rp().await;
    flow(&somebody().await, &rp, &rp.ask("openid").pkce()).await;
}

pub(crate) async fn oidcc_claims_essential(setting: &Setting) {
    let rp = setting.rp().await;
    let wish = json!({"userinfo": {"name": {"essential": true}}});
    let ask = rp.ask("openid").with("claims", wish.to_string());
    let done = flow(&somebody().await, &rp, &ask).await;
    checks::assert_says_no_more(&done.claims);
    let answer = rp.userinfo(&done.tokens.access_token).await;
    let claims = checks::userinfo(&answer, &done.claims["sub"]);
    assert!(
        claims["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("Alix"))
    );
    absent(&claims, &["given_name", "email"]);
    // Asked for where the ID token is made, it is there.
    let wish = json!({"id_token": {"name": null}});
    let ask = rp.ask("openid").with("claims", wish.to_string());
    let done = flow(&somebody().await, &rp, &ask).await;
    assert!(done.claims["name"].is_string(), "{}", done.claims);
}

pub(crate) async fn oidcc_ensure_post_request_succeeds(setting: &Setting) {
    let rp = setting.rp().await;
    let person = somebody().await;
    let ask = rp.ask("openid");
    let url = rp.endpoint("authorization_endpoint");
    let visit = person.posted_from_a_client(&url, &ask.fields).await;
    super::finish(visit, &rp, &ask).await;
    // The browser withholds its cookies from a form of another site; the session counts all the same.
    let ask = rp.ask("openid").with("prompt", "none");
    let visit = person.posted_from_a_client(&url, &ask.fields).await;
    assert_eq!(visit.shown, []);
    super::finish(visit, &rp, &ask).await;
}

/// How the answer looks when it is a page that sends itself on.
pub(crate) async fn form_post_page(rp: &Rp) {
    let person = somebody().await;
    let ask = rp
        .ask("openid")
        .with("state", "\"><script>alert(1)</script>&'");
    let visit = person.open(&rp.authorize_url(&ask)).await;
    rp.granted(&visit, &ask);
    let page = visit.answers.last().expect("the page");
    assert_eq!(page.status, StatusCode::OK);
    checks::assert_not_stored(page);
    let kind = page.header(header::CONTENT_TYPE).unwrap_or_default();
    assert!(kind.starts_with("text/html"), "{kind}");
    assert!(!page.body.contains("<script>alert"), "not escaped");
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    let policy = policy.expect("a policy for content");
    let allowed = policy
        .split(';')
        .map(str::trim)
        .find(|directive| directive.starts_with("form-action"));
    assert!(
        allowed.is_none_or(|sources| sources.contains("https://rp.essais.example")),
        "the policy keeps the form from its address: {policy}"
    );
    let forms = page.forms();
    assert_eq!(forms.len(), 1, "one form");
    let hidden = page.body.matches("type=\"hidden\"").count();
    assert_eq!(hidden, forms[0].fields.len(), "every field is hidden");
    // Nothing of the answer stands in an address.
    assert!(!page.url.as_str().contains("code="), "{}", page.url);
}

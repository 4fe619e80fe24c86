//! The modules that read the metadata document and nothing else (OIDC Discovery, RFC 8414).

use clau_tests::support::http::Visitor;
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};

use crate::checks;
use crate::client::Rp;
use crate::world::world;

/// Reads the document as a client does that knows the issuer only.
pub(crate) async fn document() -> Value {
    let world = world().await;
    let url = world.hub.url("/.well-known/openid-configuration");
    let answer = Visitor::new().get(&url).await;
    assert_eq!(answer.status, StatusCode::OK);
    let document = checks::json_body(&answer);
    assert_eq!(document["issuer"], json!(world.issuer()), "byte by byte");
    every_endpoint_is_https(&document);
    document
}

/// The same by RFC 8414: the same hub, the same words.
pub(crate) async fn oauth_document() -> Value {
    let url = world()
        .await
        .hub
        .url("/.well-known/oauth-authorization-server");
    let answer = Visitor::new().get(&url).await;
    assert_eq!(answer.status, StatusCode::OK);
    checks::json_body(&answer)
}

fn every_endpoint_is_https(document: &Value) {
    for (name, value) in document.as_object().expect("an object") {
        if name.ends_with("_endpoint") || name == "jwks_uri" || name == "issuer" {
            let url = Url::parse(value.as_str().expect("an address")).expect("an address");
            assert_eq!(url.scheme(), "https", "{name}");
            assert_eq!(url.fragment(), None, "{name}");
        }
    }
}

/// Asserts that a list of the document has all of these.
pub(crate) fn offers(document: &Value, name: &str, values: &[&str]) {
    let list = document[name].as_array();
    let list = list.unwrap_or_else(|| panic!("{name} is no list: {}", document[name]));
    assert!(list.iter().all(Value::is_string), "{name}");
    for value in values {
        assert!(list.contains(&json!(value)), "{name} lacks {value}");
    }
}

/// `oidcc-discovery-endpoint-verification` for a client that is registered by hand.
pub(crate) async fn verification() -> Value {
    let document = document().await;
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "registration_endpoint",
    ] {
        assert!(document[name].is_string(), "{name}");
    }
    offers(
        &document,
        "response_types_supported",
        &["code", "code id_token"],
    );
    offers(
        &document,
        "response_modes_supported",
        &["query", "fragment", "form_post"],
    );
    offers(
        &document,
        "grant_types_supported",
        &["authorization_code", "refresh_token"],
    );
    offers(
        &document,
        "scopes_supported",
        &["openid", "profile", "email", "offline_access"],
    );
    offers(&document, "claims_supported", &["sub", "name", "email"]);
    offers(
        &document,
        "id_token_signing_alg_values_supported",
        &["RS256", "ES256"],
    );
    offers(
        &document,
        "userinfo_signing_alg_values_supported",
        &["RS256"],
    );
    offers(
        &document,
        "request_object_signing_alg_values_supported",
        &["RS256"],
    );
    offers(&document, "code_challenge_methods_supported", &["S256"]);
    offers(&document, "subject_types_supported", &["pairwise"]);
    offers(&document, "ui_locales_supported", &["fr", "oc", "en"]);
    assert_eq!(document["claims_parameter_supported"], true);
    assert_eq!(document["request_parameter_supported"], true);
    // Left out, it would mean that addresses are fetched (OIDC Discovery §3).
    assert_eq!(document["request_uri_parameter_supported"], false);
    for (name, value) in document.as_object().expect("an object") {
        let empty = value.as_array().is_some_and(Vec::is_empty);
        assert!(!value.is_null() && !empty, "RFC 8414 §3.2: {name} is empty");
    }
    key_set(&Rp::unregistered(world().await).await.keys().await);
    document
}

/// Each key has a name of its own, says what it is for, and has no private half.
pub(crate) fn key_set(set: &Value) {
    let keys = set["keys"].as_array().expect("keys");
    let mut names: Vec<&str> = keys
        .iter()
        .map(|key| key["kid"].as_str().expect("a kid"))
        .collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "two keys of one name");
    for key in keys {
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private} is published");
        }
        assert_eq!(key["use"], "sig");
        assert!(key["alg"].is_string());
        if key["kty"] == "RSA" {
            let n = key["n"].as_str().expect("a modulus");
            assert!(n.len() >= 342, "an RSA key of less than 2048 bits");
        }
    }
    for alg in ["RS256", "ES256"] {
        assert!(keys.iter().any(|key| key["alg"] == alg), "no key for {alg}");
    }
}

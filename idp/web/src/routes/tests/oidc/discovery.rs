//! Metadata and keys: what everybody may read, and that it is true.

use clau_domain::language::Language;
use http::{Method, StatusCode};
use serde_json::{Value, json as value};

use super::super::scene::{Browser, HOST_NAME, Scene};
use super::{json, scene};

const DOCUMENTS: [&str; 2] = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
];

async fn document(scene: &Scene) -> Value {
    json(&scene.get(&mut Browser::default(), DOCUMENTS[0]).await)
}

fn words<'a>(document: &'a Value, name: &str) -> Vec<&'a str> {
    let list = document[name].as_array();
    let list = list.unwrap_or_else(|| panic!("no {name}"));
    list.iter().filter_map(Value::as_str).collect()
}

#[tokio::test]
async fn oidc_17_metadata_and_keys_are_for_everybody_and_kept_for_an_hour() {
    let scene = scene().await;
    for path in [DOCUMENTS[0], DOCUMENTS[1], "/oidc/jwks"] {
        let mut page = Browser::default().with("origin", "https://anywhere.example");
        for browser in [&mut Browser::default(), &mut page] {
            let answer = scene.get(browser, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
            assert_eq!(answer.header("content-type"), "application/json");
            assert_eq!(answer.header("cache-control"), "public, max-age=3600");
            assert!(answer.header("pragma").is_empty(), "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), "*");
            assert!(answer.header("access-control-allow-credentials").is_empty());
            assert!(answer.header("set-cookie").is_empty());
        }
    }
}

#[tokio::test]
async fn both_documents_say_the_same_and_every_address_in_them_is_the_hubs_own() {
    let scene = scene().await;
    let known = document(&scene).await;
    let other = json(&scene.get(&mut Browser::default(), DOCUMENTS[1]).await);
    assert_eq!(known, other);
    let own = format!("https://{HOST_NAME}");
    assert_eq!(known["issuer"], own.as_str());
    let members = known.as_object().expect("an object");
    let mut endpoints = 0;
    for (name, address) in members {
        let is_address = name.ends_with("_endpoint") || name.ends_with("_uri");
        if is_address {
            let address = address.as_str().expect("text");
            assert!(
                address.starts_with(&format!("{own}/oidc/")),
                "{name}: {address}"
            );
            endpoints += 1;
        }
    }
    assert_eq!(endpoints, 10, "{known}");
}

#[tokio::test]
async fn what_the_document_names_is_answered_there() {
    let scene = scene().await;
    let known = document(&scene).await;
    let (get, post) = (&[Method::GET][..], &[Method::POST][..]);
    let both = &[Method::GET, Method::POST][..];
    for (name, methods) in [
        ("authorization_endpoint", both),
        ("token_endpoint", post),
        ("userinfo_endpoint", both),
        ("jwks_uri", get),
        ("introspection_endpoint", post),
        ("revocation_endpoint", post),
        ("pushed_authorization_request_endpoint", post),
        ("device_authorization_endpoint", both),
        ("registration_endpoint", post),
        ("end_session_endpoint", both),
    ] {
        let address = known[name].as_str().expect(name);
        let path = address
            .strip_prefix("https://ent.example")
            .expect("our own");
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
            let request = Browser::default()
                .request(method.clone(), path)
                .body(axum::body::Body::empty());
            let answer = scene.send(request.expect("a request")).await;
            let answered =
                ![StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&answer.status);
            let expected = methods.contains(&method);
            assert_eq!(answered, expected, "{method} {path}: {}", answer.status);
        }
    }
}

#[tokio::test]
async fn what_the_document_promises_is_there() {
    let scene = scene().await;
    let known = document(&scene).await;
    let set = json(&scene.get(&mut Browser::default(), "/oidc/jwks").await);
    let keys = set["keys"].as_array().expect("keys");
    let published: Vec<&str> = keys.iter().filter_map(|key| key["alg"].as_str()).collect();
    for list in [
        "id_token_signing_alg_values_supported",
        "userinfo_signing_alg_values_supported",
        "introspection_signing_alg_values_supported",
    ] {
        for algorithm in words(&known, list) {
            assert!(published.contains(&algorithm), "{list}: {algorithm}");
        }
    }
    // Discovery §3 demands it.
    assert!(published.contains(&"RS256"), "{published:?}");
    let languages = Language::ALL.map(|language| language.tag());
    assert_eq!(words(&known, "ui_locales_supported"), languages);
    assert_eq!(known["code_challenge_methods_supported"], value!(["S256"]));
    assert_eq!(
        known["authorization_response_iss_parameter_supported"],
        true
    );
    for grant in words(&known, "grant_types_supported") {
        assert!(!["implicit", "password"].contains(&grant));
    }
    for kind in words(&known, "response_types_supported") {
        assert!(["code", "code id_token"].contains(&kind));
    }
}

#[tokio::test]
async fn key_03_the_key_set_has_public_keys_and_nothing_else() {
    let scene = scene().await;
    let set = json(&scene.get(&mut Browser::default(), "/oidc/jwks").await);
    let keys = set["keys"].as_array().expect("keys");
    assert_eq!(keys.len(), 4, "{set}");
    for key in keys {
        let members = key.as_object().expect("an object");
        for name in members.keys() {
            let public = ["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"];
            assert!(public.contains(&name.as_str()), "{name}");
        }
        assert_eq!(key["use"], "sig");
        assert!(key["kid"].is_string() && key["alg"].is_string());
    }
}

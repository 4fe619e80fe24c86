//! Dynamic registration over HTTP: which method does what, and what is answered.

use std::time::Duration;

use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::{Value, json as value};

use super::super::scene::{Answer, Browser, Scene};
use super::{address, all_of, assert_refused, json, scene, text, told};

async fn invitation(scene: &Scene) -> String {
    let template = serde_json::from_value(value!({
        "access": [{}],
        "release": { "attributes": ["given_name"] },
        "scope": "openid profile",
        "consent": "implied",
    }));
    let until = scene.cx().now + Duration::from_secs(3600);
    let token = scene
        .hub
        .invite_clients(
            &scene.cx(),
            "test",
            &template.expect("a template"),
            (9, until),
        )
        .await;
    token.expect("invited").expose().to_owned()
}

fn declared() -> Value {
    value!({
        "client_name": "Manuel",
        "redirect_uris": ["https://manuel.example/callback"],
        "token_endpoint_auth_method": "client_secret_basic",
    })
}

/// A request to a registration's address; an empty token is none.
async fn ask(scene: &Scene, method: Method, path: &str, token: &str, body: &Value) -> Answer {
    let mut request = Browser::default().request(method, path);
    if !token.is_empty() {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let body = match body {
        Value::Null => Body::empty(),
        body => Body::from(body.to_string()),
    };
    let request = request
        .header("content-type", "application/json")
        .body(body);
    scene.send(request.expect("a request")).await
}

async fn register(scene: &Scene, token: &str, body: &Value) -> Answer {
    ask(scene, Method::POST, "/oidc/register", token, body).await
}

#[tokio::test]
async fn oidc_21_who_is_not_invited_hears_401_and_registers_nothing() {
    let scene = scene().await;
    for token in ["", "x", &"a".repeat(43)] {
        let answer = register(&scene, token, &declared()).await;
        assert_refused(&answer, StatusCode::UNAUTHORIZED, "invalid_token");
        let challenge = all_of(&answer, "www-authenticate");
        assert_eq!(challenge.len(), 1, "{challenge:?}");
        assert!(challenge[0].starts_with("Bearer error=\"invalid_token\""));
    }
    let token = invitation(&scene).await;
    let doubled = Browser::default()
        .request(Method::POST, "/oidc/register")
        .header("authorization", format!("Bearer {token}"))
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(declared().to_string()));
    let answer = scene.send(doubled.expect("a request")).await;
    assert_refused(&answer, StatusCode::UNAUTHORIZED, "invalid_token");
}

#[tokio::test]
async fn a_registration_is_made_read_changed_and_taken_back() {
    let scene = scene().await;
    let answer = register(&scene, &invitation(&scene).await, &declared()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let made = json(&answer);
    let client = text(&made, "client_id");
    assert!(!text(&made, "client_secret").is_empty());
    assert_eq!(made["client_secret_expires_at"], 0);
    let token = text(&made, "registration_access_token");
    let own = text(&made, "registration_client_uri");
    let own = own.strip_prefix("https://ent.example").expect("our own");

    let answer = ask(&scene, Method::GET, own, token, &Value::Null).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    let read = json(&answer);
    assert_eq!(read["client_name"], "Manuel");
    assert!(read.get("client_secret").is_none(), "told once");

    let mut changed = declared();
    changed["client_id"] = value!(client);
    changed["client_name"] = value!("Manuel de 5e");
    let answer = ask(&scene, Method::PUT, own, token, &changed).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(json(&answer)["client_name"], "Manuel de 5e");
    let asking = address(&[
        ("client_id", client),
        ("redirect_uri", "https://manuel.example/callback"),
        ("scope", "openid"),
    ]);
    let mut lea = scene.signed_in("lea.martin").await;
    assert!(told(&scene.get(&mut lea, &asking).await).contains_key("code"));

    let answer = ask(&scene, Method::DELETE, own, token, &Value::Null).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert!(answer.body.is_empty());
    let answer = ask(&scene, Method::GET, own, token, &Value::Null).await;
    assert_refused(&answer, StatusCode::UNAUTHORIZED, "invalid_token");
    let answer = scene.get(&mut lea, &asking).await;
    assert_eq!(
        answer.status,
        StatusCode::BAD_REQUEST,
        "nobody knows it now"
    );
}

#[tokio::test]
async fn what_cannot_be_registered_is_told_by_its_name() {
    let scene = scene().await;
    let token = invitation(&scene).await;
    let with = |name: &str, member: Value| {
        let mut declared = declared();
        declared[name] = member;
        declared
    };
    for (body, error) in [
        (
            with("redirect_uris", value!(["http://manuel.example/"])),
            "invalid_redirect_uri",
        ),
        (
            with("redirect_uris", value!(["https://manuel.example/#x"])),
            "invalid_redirect_uri",
        ),
        (
            with("token_endpoint_auth_method", value!("tls_client_auth")),
            "invalid_client_metadata",
        ),
        (
            with("grant_types", value!(["client_credentials"])),
            "invalid_client_metadata",
        ),
        (value!([]), "invalid_client_metadata"),
        (value!("x"), "invalid_client_metadata"),
    ] {
        let answer = register(&scene, &token, &body).await;
        assert_refused(&answer, StatusCode::BAD_REQUEST, error);
    }
    let long = with("client_name", value!("a".repeat(70_000)));
    let answer = register(&scene, &token, &long).await;
    assert_refused(&answer, StatusCode::BAD_REQUEST, "invalid_request");
    let other = ask(
        &scene,
        Method::GET,
        "/oidc/register/bourses",
        &token,
        &Value::Null,
    )
    .await;
    assert_refused(&other, StatusCode::UNAUTHORIZED, "invalid_token");
}

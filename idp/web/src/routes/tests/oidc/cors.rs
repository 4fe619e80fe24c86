//! Which pages of other sites may read which answers (OIDC-17).

use axum::body::Body;
use http::{Method, StatusCode};

use super::super::scene::{Answer, Browser, Scene};
use super::{all_of, basic, post, scene};

const FOR_CLIENTS: [&str; 3] = ["/oidc/token", "/oidc/revoke", "/oidc/userinfo"];
const FOR_NOBODY: [&str; 9] = [
    "/oidc/authorize",
    "/oidc/continue",
    "/oidc/introspect",
    "/oidc/par",
    "/oidc/device",
    "/oidc/register",
    "/oidc/logout",
    "/login",
    "/account",
];

async fn send(scene: &Scene, method: Method, path: &str, origin: &str) -> Answer {
    let request = Browser::default()
        .request(method, path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,dpop");
    scene
        .send(request.body(Body::empty()).expect("a request"))
        .await
}

/// Every header of the kind.
fn cors(answer: &Answer) -> Vec<&str> {
    let names = answer.headers.keys().map(http::HeaderName::as_str);
    names
        .filter(|name| name.starts_with("access-control-"))
        .collect()
}

#[tokio::test]
async fn oidc_17_pages_of_registered_clients_may_call_and_nobody_elses() {
    let scene = scene().await;
    for path in FOR_CLIENTS {
        for origin in [
            "https://bourses.example",
            "https://editeur.example",
            "http://127.0.0.1",
        ] {
            let answer = send(&scene, Method::OPTIONS, path, origin).await;
            assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}");
            assert_eq!(answer.header("access-control-allow-origin"), origin);
            let allowed = answer.header("access-control-allow-headers");
            for header in ["authorization", "content-type", "dpop"] {
                assert!(allowed.contains(header), "{allowed}");
            }
            assert!(
                answer
                    .header("access-control-allow-methods")
                    .contains("POST")
            );
            assert!(all_of(&answer, "vary").contains(&"Origin".to_owned()));
            // The answer itself, which is a refusal here: pages must be able to read why.
            let answer = send(&scene, Method::POST, path, origin).await;
            assert!(answer.status.is_client_error());
            assert_eq!(
                answer.header("access-control-allow-origin"),
                origin,
                "{path}"
            );
            assert_eq!(
                cors(&answer),
                [
                    "access-control-allow-origin",
                    "access-control-expose-headers"
                ]
            );
        }
        for origin in [
            "https://evil.example",
            "https://arrete.example",
            "https://bourses.example.evil.example",
            "http://bourses.example",
            "https://bourses.example:8443",
            "https://ent.example",
            "http://127.0.0.1:51004",
            "null",
            "*",
            "",
        ] {
            for method in [Method::OPTIONS, Method::POST] {
                let answer = send(&scene, method, path, origin).await;
                assert!(cors(&answer).is_empty(), "{path} {origin}");
                assert!(all_of(&answer, "vary").contains(&"Origin".to_owned()));
            }
        }
    }
}

#[tokio::test]
async fn oidc_17_what_was_refused_at_the_door_of_an_endpoint_can_be_read_as_well() {
    let scene = scene().await;
    let page = basic("bourses", "wrong").with("origin", "https://bourses.example");
    let answer = post(&scene, "/oidc/token", &page, &[("grant_type", "x")]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://bourses.example"
    );
    assert!(
        answer
            .header("access-control-expose-headers")
            .contains("www-authenticate")
    );
    let wrong_type = page
        .request(Method::POST, "/oidc/token?x=y")
        .header("content-type", "application/json")
        .body(Body::from("{}"));
    let answer = scene.send(wrong_type.expect("a request")).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://bourses.example"
    );
    let answer = send(
        &scene,
        Method::PUT,
        "/oidc/token",
        "https://bourses.example",
    )
    .await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://bourses.example"
    );
}

#[tokio::test]
async fn oidc_17_no_page_reads_what_is_for_people_or_for_servers() {
    let scene = scene().await;
    for path in FOR_NOBODY {
        for method in [Method::OPTIONS, Method::GET, Method::POST] {
            let answer = send(&scene, method.clone(), path, "https://bourses.example").await;
            assert!(cors(&answer).is_empty(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn oidc_17_metadata_and_keys_may_be_asked_for_beforehand() {
    let scene = scene().await;
    for path in ["/.well-known/openid-configuration", "/oidc/jwks"] {
        let answer = send(&scene, Method::OPTIONS, path, "https://anywhere.example").await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-methods"), "GET");
        assert!(answer.header("access-control-allow-credentials").is_empty());
    }
}

//! What programs post, and what they are answered: JSON that nobody keeps, with the status of the
//! specifications; requests that two programs could read in two ways are refused.

use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{Method, StatusCode};
use serde_json::json as value;

use super::super::scene::{Answer, Browser, Scene};
use super::{
    CALLBACK, SECRET, VERIFIER, all_of, asked, assert_refused, basic, code, json, post, redeemed,
    scene, text, tokens,
};

const FORM: &str = "application/x-www-form-urlencoded";
const ENDPOINTS: [&str; 5] = [
    "/oidc/token",
    "/oidc/introspect",
    "/oidc/revoke",
    "/oidc/par",
    "/oidc/device",
];

#[tokio::test]
async fn tokens_are_json_that_nobody_keeps() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let code = code(&scene, &mut paul, &[]).await;
    let answer = redeemed(&scene, &code).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    assert!(answer.header("set-cookie").is_empty());
    let body = json(&answer);
    assert_eq!(body["token_type"], "Bearer");
    assert!(body["expires_in"].is_u64(), "{body}");
    assert_eq!(body["scope"], "openid profile");
    for token in ["access_token", "refresh_token", "id_token"] {
        assert!(!text(&body, token).is_empty());
    }
    assert_refused(
        &redeemed(&scene, &code).await,
        StatusCode::BAD_REQUEST,
        "invalid_grant",
    );
}

#[tokio::test]
async fn oidc_08_who_does_not_prove_itself_hears_401_and_how_it_could() {
    let scene = scene().await;
    let token = ("token", "canari");
    for path in [
        "/oidc/token",
        "/oidc/introspect",
        "/oidc/revoke",
        "/oidc/par",
    ] {
        let wrong = post(&scene, path, &basic("bourses", "not the secret"), &[token]).await;
        assert_refused(&wrong, StatusCode::UNAUTHORIZED, "invalid_client");
        let challenge = all_of(&wrong, "www-authenticate");
        assert_eq!(
            challenge,
            ["Basic realm=\"Clau\", charset=\"UTF-8\""],
            "{path}"
        );
        // RFC 6749 §5.2: the challenge answers the header; who used the body is not asked for one.
        let in_body = [("client_id", "bourses"), ("client_secret", SECRET), token];
        let wrong = post(&scene, path, &Browser::default(), &in_body).await;
        assert_refused(&wrong, StatusCode::UNAUTHORIZED, "invalid_client");
        assert!(all_of(&wrong, "www-authenticate").is_empty(), "{path}");
        let unknown = post(&scene, path, &basic("inconnu", SECRET), &[token]).await;
        assert_refused(&unknown, StatusCode::UNAUTHORIZED, "invalid_client");
        let disabled = post(&scene, path, &basic("arrete", SECRET), &[token]).await;
        assert_refused(&disabled, StatusCode::UNAUTHORIZED, "invalid_client");
    }
}

/// A request of bourses with a good code, and with what makes it bad.
struct Odd<'a> {
    path: &'a str,
    headers: Vec<(http::HeaderName, String)>,
    body: String,
}

async fn send(scene: &Scene, odd: Odd<'_>) -> Answer {
    let mut request = Browser::default().request(Method::POST, odd.path);
    for (name, value) in &odd.headers {
        request = request.header(name, value);
    }
    scene
        .send(request.body(Body::from(odd.body)).expect("a request"))
        .await
}

#[tokio::test]
async fn oidc_03_what_could_be_read_in_two_ways_is_refused_and_spends_nothing() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let code = code(&scene, &mut paul, &[]).await;
    let body = serde_urlencoded::to_string([
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ])
    .expect("a form");
    let header = basic("bourses", SECRET).headers.remove(0).1;
    let authorized = (AUTHORIZATION, header.clone());
    let form = (CONTENT_TYPE, FORM.to_owned());
    let dpop = http::HeaderName::from_static("dpop");
    let with = |headers: &[(http::HeaderName, String)], body: String| Odd {
        path: "/oidc/token",
        headers: headers.to_vec(),
        body,
    };
    let good = [authorized.clone(), form.clone()];
    let with_type = |kind: &str| [authorized.clone(), (CONTENT_TYPE, kind.to_owned())];
    for (name, odd, error) in [
        (
            "a parameter in the address",
            Odd {
                path: "/oidc/token?grant_type=authorization_code",
                ..with(&good, body.clone())
            },
            "invalid_request",
        ),
        (
            "the code in the address",
            Odd {
                path: &format!("/oidc/token?code={code}"),
                ..with(&good, body.replace(&format!("&code={code}"), ""))
            },
            "invalid_request",
        ),
        (
            "a parameter twice",
            with(&good, format!("{body}&grant_type=authorization_code")),
            "invalid_request",
        ),
        (
            "the code twice",
            with(&good, format!("{body}&code={code}")),
            "invalid_request",
        ),
        (
            "two credentials",
            with(
                &[authorized.clone(), authorized.clone(), form.clone()],
                body.clone(),
            ),
            "invalid_request",
        ),
        (
            "two proofs",
            with(
                &[
                    authorized.clone(),
                    form.clone(),
                    (dpop.clone(), "a.b.c".to_owned()),
                    (dpop.clone(), "a.b.c".to_owned()),
                ],
                body.clone(),
            ),
            "invalid_dpop_proof",
        ),
        (
            "header and body",
            with(
                &good,
                format!("{body}&client_id=bourses&client_secret={SECRET}"),
            ),
            "invalid_request",
        ),
        (
            "JSON",
            with(
                &with_type("application/json"),
                "{\"grant_type\":\"authorization_code\"}".to_owned(),
            ),
            "invalid_request",
        ),
        (
            "a form that says JSON",
            with(&with_type("application/json"), body.clone()),
            "invalid_request",
        ),
        (
            "a form in parts",
            with(&with_type("multipart/form-data; boundary=x"), body.clone()),
            "invalid_request",
        ),
        (
            "no type",
            with(std::slice::from_ref(&authorized), body.clone()),
            "invalid_request",
        ),
        (
            "too long",
            with(&good, format!("{body}&x={}", "a".repeat(17_000))),
            "invalid_request",
        ),
        (
            "too many",
            with(
                &good,
                (0..70).fold(body.clone(), |body, number| format!("{body}&x{number}=")),
            ),
            "invalid_request",
        ),
        (
            "no text",
            with(&good, format!("{body}&x=%ff")),
            "invalid_request",
        ),
        (
            "a null",
            with(&good, format!("{body}&x=%00")),
            "invalid_request",
        ),
    ] {
        let answer = send(&scene, odd).await;
        assert_eq!(json(&answer)["error"], error, "{name}");
        assert_refused(&answer, StatusCode::BAD_REQUEST, error);
    }
    // Announced at a length that it does not have.
    let long = with(
        &[
            authorized.clone(),
            form.clone(),
            (http::header::CONTENT_LENGTH, "9999999".to_owned()),
        ],
        body.clone(),
    );
    assert_refused(
        &send(&scene, long).await,
        StatusCode::BAD_REQUEST,
        "invalid_request",
    );
    let charset = with(
        &with_type("Application/X-WWW-Form-Urlencoded; charset=UTF-8"),
        body,
    );
    assert_eq!(send(&scene, charset).await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_endpoint_of_programs_takes_posts_and_tells_so() {
    let scene = scene().await;
    for path in ENDPOINTS {
        for method in [Method::GET, Method::PUT, Method::DELETE, Method::PATCH] {
            if path == "/oidc/device" && method == Method::GET {
                continue;
            }
            let request = Browser::default().request(method.clone(), path);
            let answer = scene
                .send(request.body(Body::empty()).expect("a request"))
                .await;
            assert_refused(&answer, StatusCode::METHOD_NOT_ALLOWED, "invalid_request");
            assert!(answer.header("allow").contains("POST"), "{method} {path}");
        }
    }
    // People who open the address that devices use.
    let answer = scene.get(&mut Browser::default(), "/oidc/device").await;
    assert_eq!(answer.location().as_deref(), Some("/device"));
}

#[tokio::test]
async fn oidc_12_an_introspection_is_json_or_signed_as_it_is_asked_for() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let tokens = tokens(&scene, &mut paul, &[]).await;
    let access = text(&tokens, "access_token");
    let bourses = basic("bourses", SECRET);
    let plain = post(&scene, "/oidc/introspect", &bourses, &[("token", access)]).await;
    assert_eq!(plain.header("content-type"), "application/json");
    assert_eq!(plain.header("cache-control"), "no-store");
    assert_eq!(json(&plain)["active"], true);
    for accepted in [
        "application/token-introspection+jwt",
        "application/json, application/token-introspection+jwt",
    ] {
        let wants = bourses.clone().with("accept", accepted);
        let signed = post(&scene, "/oidc/introspect", &wants, &[("token", access)]).await;
        assert_eq!(signed.status, StatusCode::OK, "{}", signed.body);
        assert_eq!(
            signed.header("content-type"),
            "application/token-introspection+jwt"
        );
        assert_eq!(signed.header("cache-control"), "no-store");
        let parts = super::opened(&signed.body);
        assert_eq!(parts.0["typ"], "token-introspection+jwt");
        assert_eq!(parts.1["aud"], "bourses");
        assert_eq!(parts.1["iss"], "https://ent.example");
        assert_eq!(parts.1["token_introspection"]["active"], true);
        assert!(parts.1.get("sub").is_none() && parts.1.get("exp").is_none());
    }
    let nothing = post(&scene, "/oidc/introspect", &bourses, &[("token", "canari")]).await;
    assert_eq!(nothing.status, StatusCode::OK);
    assert_eq!(json(&nothing), value!({ "active": false }));
    let public = [("client_id", "telephone"), ("token", access)];
    let refused = post(&scene, "/oidc/introspect", &Browser::default(), &public).await;
    assert_refused(&refused, StatusCode::UNAUTHORIZED, "invalid_client");
    let missing = post(&scene, "/oidc/introspect", &bourses, &[]).await;
    assert_refused(&missing, StatusCode::BAD_REQUEST, "invalid_request");
}

#[tokio::test]
async fn a_revocation_is_answered_alike_whatever_the_token_was() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let tokens = tokens(&scene, &mut paul, &[]).await;
    let bourses = basic("bourses", SECRET);
    for token in [
        "canari",
        text(&tokens, "refresh_token"),
        text(&tokens, "refresh_token"),
    ] {
        let answer = post(&scene, "/oidc/revoke", &bourses, &[("token", token)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(json(&answer), value!({}));
    }
    let missing = post(&scene, "/oidc/revoke", &bourses, &[]).await;
    assert_refused(&missing, StatusCode::BAD_REQUEST, "invalid_request");
}

#[tokio::test]
async fn a_pushed_request_is_answered_with_201_and_read_as_strictly() {
    let scene = scene().await;
    let bourses = basic("bourses", SECRET);
    let push = async |changes: &[(&str, &str)]| {
        let list = asked(changes);
        let list: Vec<(&str, &str)> = list.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        post(&scene, "/oidc/par", &bourses, &list).await
    };
    let answer = push(&[]).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let body = json(&answer);
    assert!(text(&body, "request_uri").starts_with("urn:ietf:params:oauth:request_uri:"));
    assert_eq!(body["expires_in"], 90);
    for (changes, error) in [
        (("redirect_uri", "https://evil.example/"), "invalid_request"),
        (("redirect_uri", ""), "invalid_request"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("response_type", "token"), "unsupported_response_type"),
        (
            ("request_uri", "urn:ietf:params:oauth:request_uri:x"),
            "invalid_request",
        ),
        (("client_id", "editeur"), "invalid_client"),
        (("scope", "reports"), "invalid_scope"),
    ] {
        let answer = push(&[changes]).await;
        assert!(answer.status.is_client_error(), "{changes:?}");
        assert_eq!(json(&answer)["error"], error, "{changes:?}");
    }
}

//! The security rules of the web layer (`WEB-…`) and of overload (`AVL-…`), seen from outside: headers,
//! hosts, paths and the framing of requests.

use std::time::Duration;

use clau_tests::support::endpoint::send_raw;
use clau_tests::support::http::{Answer, Visitor};
use clau_tests::support::hub::{Hub, Stores};
use reqwest::header::{self, HeaderName};

use crate::scene::{PUPIL, region, setup};

const PATIENCE: Duration = Duration::from_secs(5);

async fn hub() -> Hub {
    setup(Stores::Embedded).applying(region()).start().await
}

/// One answer of every kind: page, redirect, refusal, error, file, protocol.
async fn answers_of_every_kind(hub: &Hub) -> Vec<Answer> {
    let visitor = Visitor::new();
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    let stranger = Visitor::new();
    let mut answers = Vec::new();
    for path in [
        "/login",
        "/account",
        "/nulle-part",
        "/cas/login?service=https://evil.example/",
        "/cas/serviceValidate",
        "/cas/proxy",
        "/health/live",
        "/logout",
    ] {
        answers.push(stranger.get(hub.url(path)).await);
        answers.push(visitor.get(hub.url(path)).await);
    }
    answers.push(visitor.get(hub.url("/")).await);
    answers.push(
        stranger
            .post(hub.url("/login"), &[("username", "x")], &[])
            .await,
    );
    answers.push(stranger.post(hub.url("/nulle-part"), &[], &[]).await);
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn web_01_no_page_may_run_or_show_what_is_not_ours() {
    let hub = hub().await;
    for answer in answers_of_every_kind(&hub).await {
        let policy = answer
            .header(header::CONTENT_SECURITY_POLICY)
            .unwrap_or_default()
            .to_owned();
        for directive in [
            "default-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.contains(directive),
                "{} {}: {policy}",
                answer.status,
                answer.url
            );
        }
        assert!(
            !policy.contains("unsafe") && !policy.contains('*'),
            "{}: {policy}",
            answer.url
        );
        let html = answer
            .header(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.contains("html"));
        assert!(
            !html || policy.contains("form-action"),
            "{}: {policy}",
            answer.url
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_04_every_answer_carries_the_protecting_headers() {
    let hub = hub().await;
    for answer in answers_of_every_kind(&hub).await {
        for (name, value) in [
            ("strict-transport-security", "max-age="),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("permissions-policy", "camera=()"),
        ] {
            let header = answer
                .header(HeaderName::from_static(name))
                .unwrap_or_default();
            assert!(
                header.contains(value),
                "{} {}: {name}: {header}",
                answer.status,
                answer.url
            );
        }
        let server = answer.header(header::SERVER).unwrap_or_default();
        assert!(
            !server.contains(|c: char| c.is_ascii_digit()),
            "versions are told: {server}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_05_addresses_come_from_the_configuration() {
    let hub = hub().await;
    let visitor = Visitor::new();
    let answer = visitor
        .get_with(hub.url("/login"), &[(header::HOST, "evil.example")])
        .await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert!(!answer.body.contains("evil.example"), "{}", answer.body);
    for (name, value) in [
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "host=evil.example;proto=http"),
        ("x-forwarded-proto", "http"),
        ("x-original-url", "/account"),
    ] {
        let headers = [(HeaderName::from_static(name), value)];
        for path in [
            "/account",
            "/cas/login?service=https://localhost:1/",
            "/login",
        ] {
            let answer = visitor.get_with(hub.url(path), &headers).await;
            let location = answer.header(header::LOCATION).unwrap_or_default();
            assert!(
                !location.contains("evil") && !location.starts_with("http:"),
                "{name}: {location}"
            );
            assert!(!answer.body.contains("evil.example"), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_08_tricks_with_paths_open_nothing() {
    let hub = hub().await;
    let host = format!("localhost:{}", hub.port());
    for path in [
        "/account/",
        "//account",
        "/./account",
        "/login/../account",
        "/login/..%2faccount",
        "/%61ccount",
        "/account%00",
        "/account%2f",
        "/account;x=y",
        "/..;/account",
        "/login/%2e%2e/account",
        "/login/%252e%252e/account",
        "\\account",
        "/account%5c",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let answer = send_raw(hub.port(), request.as_bytes(), PATIENCE).await;
        let status = answer
            .split_whitespace()
            .nth(1)
            .unwrap_or("closed")
            .to_owned();
        assert!(
            status == "closed" || !status.starts_with('2'),
            "{path} opens:\n{answer}"
        );
        assert!(!status.starts_with('5'), "{path} breaks:\n{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_10_errors_tell_a_reference_and_nothing_of_the_inside() {
    let hub = hub().await;
    let visitor = Visitor::new();
    for path in [
        "/nulle-part",
        "/cas/login?service=https://evil.example/<script>alert(1)</script>",
    ] {
        let answer = visitor.get(hub.url(path)).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        let page = answer.body.to_lowercase();
        for inside in [
            "panick",
            "sqlite",
            "stack",
            "src/",
            ".rs",
            "<script>alert",
            "googleapis",
            "cdn.",
        ] {
            assert!(!page.contains(inside), "{path} tells {inside}");
        }
        let loaded: Vec<&str> = page
            .split("src=\"")
            .skip(1)
            .chain(page.split("<link").skip(1))
            .collect();
        assert!(
            loaded.iter().all(|rest| !rest.starts_with("http")),
            "{path} loads from elsewhere"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn web_11_ambiguous_framing_is_refused() {
    let hub = hub().await;
    let host = format!("localhost:{}", hub.port());
    let head = format!("POST /login HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    let smuggled = format!("GET /health/live HTTP/1.1\r\nHost: {host}\r\n\r\n");
    for (name, request) in [
        (
            "both lengths",
            format!(
                "{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{smuggled}"
            ),
        ),
        (
            "two lengths",
            format!("{head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef"),
        ),
        (
            "a list of lengths",
            format!("{head}Content-Length: 5, 6\r\n\r\nabcdef"),
        ),
        (
            "a signed length",
            format!("{head}Content-Length: +5\r\n\r\nabcde"),
        ),
        ("a folded header", format!("{head}X-A: b\r\n c\r\n\r\n")),
        (
            "a space before the colon",
            format!("{head}Content-Length : 5\r\n\r\nabcde"),
        ),
        ("a bare CR", format!("{head}X-A: b\rc\r\n\r\n")),
        ("a NUL", format!("{head}X-A: b\0c\r\n\r\n")),
        (
            "an unknown coding",
            format!("{head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        ),
        (
            "no host",
            "GET /login HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(),
        ),
        (
            "two hosts",
            format!("GET /login HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n"),
        ),
    ] {
        let answer = send_raw(hub.port(), request.as_bytes(), PATIENCE).await;
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(refused, "{name} is accepted:\n{answer}");
        assert_eq!(
            answer.matches("HTTP/1.1 ").count().max(1),
            1,
            "{name} gives two answers:\n{answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn avl_02_oversized_requests_are_refused() {
    let hub = hub().await;
    let host = format!("localhost:{}", hub.port());
    let long = "a".repeat(20_000);
    let many: String = (0..300)
        .map(|number| format!("X-{number}: a\r\n"))
        .collect();
    for (name, request) in [
        (
            "a long address",
            format!("GET /login?x={long} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
        ),
        (
            "many headers",
            format!("GET /login HTTP/1.1\r\nHost: {host}\r\n{many}\r\n"),
        ),
        (
            "a long header",
            format!("GET /login HTTP/1.1\r\nHost: {host}\r\nX-A: {long}{long}{long}\r\n\r\n"),
        ),
        (
            "a long form",
            format!(
                "POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                     Content-Length: {}\r\n\r\nusername={long}",
                long.len() + 9
            ),
        ),
    ] {
        let answer = send_raw(hub.port(), request.as_bytes(), PATIENCE).await;
        let refused = answer.is_empty() || answer.starts_with("HTTP/1.1 4");
        assert!(
            refused,
            "{name} is accepted:\n{}",
            answer.lines().next().unwrap_or_default()
        );
    }
}

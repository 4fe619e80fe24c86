//! What every answer carries and which requests get none of a handler's time.

use axum::Router;
use axum::body::Body;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{Method, Request, StatusCode};
use tower::ServiceExt;

use super::scene::{Answer, Browser, HOST_NAME, Scene};
use crate::app::App;
use crate::http::entry;

/// One answer of every kind: page, redirect, refusal, error, file, protocol.
async fn answers_of_every_kind(scene: &Scene) -> Vec<(String, Answer)> {
    let mut member = scene.signed_in("lea.martin").await;
    let mut stranger = Browser::default();
    let mut answers = Vec::new();
    for path in [
        "/",
        "/login",
        "/account",
        "/account/password",
        "/logout",
        "/charter",
        "/accessibility",
        "/nulle-part",
        "/a//b",
        "/cas/login",
        "/cas/login?service=https://evil.example/",
        "/cas/login?service=https://pedagogie.example/",
        "/cas/serviceValidate",
        "/cas/proxy",
        "/cas/samlValidate",
        "/health/live",
        "/health/ready",
        "/robots.txt",
        "/.well-known/security.txt",
        crate::assets::path("style.css"),
    ] {
        answers.push((path.to_owned(), scene.get(&mut stranger, path).await));
        answers.push((path.to_owned(), scene.get(&mut member, path).await));
    }
    let bare = |method: Method, path: &str| {
        stranger
            .request(method, path)
            .body(Body::empty())
            .expect("a request")
    };
    answers.push((
        "POST /".to_owned(),
        scene.send(bare(Method::POST, "/")).await,
    ));
    answers.push((
        "POST /login".to_owned(),
        scene.send(bare(Method::POST, "/login")).await,
    ));
    answers.push((
        "DELETE /account".to_owned(),
        scene.send(bare(Method::DELETE, "/account")).await,
    ));
    answers
}

#[tokio::test]
async fn web_04_every_answer_carries_the_protecting_headers() {
    let scene = Scene::new().await;
    for (name, answer) in answers_of_every_kind(&scene).await {
        for (header, value) in [
            ("strict-transport-security", "max-age="),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=()"),
            ("content-security-policy", "default-src 'none'"),
            ("content-security-policy", "base-uri 'none'"),
            ("content-security-policy", "frame-ancestors 'none'"),
            ("content-security-policy", "form-action "),
        ] {
            let sent = answer.header(header);
            assert!(
                sent.contains(value),
                "{name} {}: {header}: {sent}",
                answer.status
            );
        }
        let policy = answer.header("content-security-policy");
        assert!(
            !policy.contains("unsafe") && !policy.contains('*'),
            "{name}: {policy}"
        );
    }
}

#[tokio::test]
async fn ses_10_only_files_may_be_kept() {
    let scene = Scene::new().await;
    for (name, answer) in answers_of_every_kind(&scene).await {
        let caching = answer.header("cache-control");
        let expected = if name.starts_with("/static/") {
            "immutable"
        } else {
            "no-store"
        };
        assert!(caching.contains(expected), "{name}: {caching}");
    }
}

#[tokio::test]
async fn web_05_other_hosts_are_not_answered_but_health_is() {
    let scene = Scene::new().await;
    let ask = |path: &str, host: &str| {
        Request::get(path)
            .header(HOST, host)
            .body(Body::empty())
            .expect("a request")
    };
    let answer = scene.send(ask("/login", "evil.example")).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(!answer.body.contains("evil.example"), "{}", answer.body);
    assert_eq!(
        scene.send(ask("/health/live", "10.1.2.3")).await.status,
        StatusCode::OK
    );
    // What proxies write is no address of ours.
    let mut liar = Browser::default()
        .with("x-forwarded-host", "evil.example")
        .with("forwarded", "host=evil.example;proto=http");
    let answer = scene.get(&mut liar, "/account").await;
    assert_eq!(answer.location().as_deref(), Some("/login?to=/account"));
    assert!(
        !scene
            .get(&mut liar, "/login")
            .await
            .body
            .contains("evil.example")
    );
}

#[tokio::test]
async fn web_08_tricks_with_paths_open_nothing() {
    let scene = Scene::new().await;
    let mut member = scene.signed_in("lea.martin").await;
    for path in [
        "/account/",
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
        "/account%5c",
        "/ACCOUNT",
    ] {
        let answer = scene.get(&mut member, path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
    }
}

#[tokio::test]
async fn web_10_a_problem_has_a_reference_and_nothing_of_the_inside() {
    let scene = Scene::new().await;
    let mut stranger = Browser::default();
    let answer = scene.get(&mut stranger, "/nulle-part").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let (_, rest) = answer.body.split_once("<code>").expect("a reference");
    assert_eq!(rest.split('<').next().map(str::len), Some(9));
    let request = stranger
        .request(Method::DELETE, "/login")
        .body(Body::empty())
        .expect("a request");
    let answer = scene.send(request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.header("allow").contains("POST") && answer.body.contains("<code>"));
}

#[tokio::test]
async fn avl_02_oversized_and_shapeless_forms_are_refused() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let form = scene.get(&mut browser, "/login").await.form("/login");
    let long = form.clone().with("username", &"a".repeat(20_000));
    assert_eq!(
        scene.submit(&mut browser, &long).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let mut twice = form.clone().with("username", "lea.martin");
    twice
        .fields
        .push(("username".to_owned(), "tom.martin".to_owned()));
    assert_eq!(
        scene.submit(&mut browser, &twice).await.status,
        StatusCode::BAD_REQUEST
    );
    let mut many = form;
    many.fields
        .extend((0..100).map(|number| (format!("x{number}"), String::new())));
    assert_eq!(
        scene.submit(&mut browser, &many).await.status,
        StatusCode::BAD_REQUEST
    );
    let request = browser
        .request(Method::POST, "/login")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(CONTENT_LENGTH, "9999999")
        .body(Body::from("a=b"))
        .expect("a request");
    assert_eq!(
        scene.send(request).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let request = browser
        .request(Method::POST, "/login")
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from("{}"))
        .expect("a request");
    assert_eq!(scene.send(request).await.status, StatusCode::BAD_REQUEST);
    let long = format!("/login?x={}", "a".repeat(9000));
    assert_eq!(
        scene.get(&mut browser, &long).await.status,
        StatusCode::URI_TOO_LONG
    );
}

#[tokio::test]
async fn avl_08_a_panic_costs_one_request_and_says_so() {
    let scene = Scene::new().await;
    async fn broken() -> &'static str {
        panic!("the secret 4711")
    }
    let app = App::new(scene.web.clone());
    let router: Router = Router::new()
        .route("/broken", get(broken))
        .layer(from_fn_with_state(app.clone(), entry::enter))
        .with_state(app);
    let request = Request::get("/broken")
        .header(HOST, HOST_NAME)
        .body(Body::empty());
    let answer = router
        .oneshot(request.expect("a request"))
        .await
        .expect("an answer");
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.headers().contains_key("x-content-type-options"));
    let body = axum::body::to_bytes(answer.into_body(), 1 << 20)
        .await
        .expect("a body");
    let body = String::from_utf8(body.to_vec()).expect("text");
    assert!(body.contains("<code>") && !body.contains("4711"), "{body}");
}

#[tokio::test]
async fn avl_04_health_tells_process_and_stores_apart() {
    let scene = Scene::new().await;
    let mut balancer = Browser::default();
    assert_eq!(
        scene.get(&mut balancer, "/health/live").await.body,
        "live\n"
    );
    let answer = scene.get(&mut balancer, "/health/ready").await;
    assert_eq!(
        (answer.status, answer.body.lines().next()),
        (StatusCode::OK, Some("ready"))
    );
    scene.hub.close().await;
    scene.pass_seconds(10);
    scene.get(&mut balancer, "/health/ready").await;
    scene.pass_seconds(10);
    let answer = scene.get(&mut balancer, "/health/ready").await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.body
    );
    assert_eq!(
        scene.get(&mut balancer, "/health/live").await.status,
        StatusCode::OK
    );
    // Nobody types a password that cannot be checked.
    let answer = scene.get(&mut balancer, "/login").await;
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.body
    );
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn log_02_no_log_line_holds_what_was_typed_or_handed_over() {
    super::log::keep();
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let page = scene.get(&mut browser, "/login").await;
    let form = page.form("/login");
    // A password typed where the login goes, a wrong one, and the right one.
    for (login, password) in [("canari-dans-le-nid", "x"), ("lea.martin", "canari-jaune")] {
        let typed = form
            .clone()
            .with("username", login)
            .with("password", password);
        scene.submit(&mut browser, &typed).await;
    }
    let mut lea = scene.signed_in("lea.martin").await;
    let answer = scene
        .get(&mut lea, "/cas/login?service=https://pedagogie.example/")
        .await;
    let to = answer.location().expect("to the service");
    let ticket = to.split_once("ticket=").expect("a ticket").1.to_owned();
    let path = format!("/cas/serviceValidate?service=https://pedagogie.example/&ticket={ticket}");
    scene.get(&mut Browser::default(), &path).await;
    scene.get(&mut lea, "/?q=canari-cherche").await;
    scene.get(&mut lea, "/nulle-part?secret=canari-perdu").await;
    let form = scene.get(&mut lea, "/logout").await.form("/logout");
    let session = lea.session().expect("a session");
    scene.submit(&mut lea, &form).await;

    let log = super::log::kept();
    assert!(
        log.contains("login.failure") && log.contains("login.success"),
        "{log}"
    );
    let csrf = form.value("csrf").expect("a token");
    for secret in [
        "canari",
        super::scene::PASSWORD,
        &ticket,
        &session,
        csrf,
        "2013-05-28",
    ] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    let device = lea.cookies.get("__Host-clau-device").expect("a device");
    assert!(!log.contains(device.as_str()));
}

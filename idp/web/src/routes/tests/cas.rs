//! The CAS endpoints over HTTP: statuses, headers, formats. What tickets do is the engine's business
//! and proven there.

use axum::body::Body;
use http::{Method, StatusCode};

use super::scene::{Answer, Browser, Scene};

const SERVICE: &str = "https://pedagogie.example/";

fn query(path: &str, parameters: &[(&str, &str)]) -> String {
    format!(
        "{path}?{}",
        serde_urlencoded::to_string(parameters).expect("a query")
    )
}

fn login(parameters: &[(&str, &str)]) -> String {
    query("/cas/login", parameters)
}

async fn ticket(scene: &Scene, browser: &mut Browser) -> String {
    let answer = scene.get(browser, &login(&[("service", SERVICE)])).await;
    let to = answer
        .location()
        .unwrap_or_else(|| panic!("{} {}", answer.status, answer.body));
    to.split_once("ticket=").expect("a ticket").1.to_owned()
}

async fn validate(scene: &Scene, path: &str, parameters: &[(&str, &str)]) -> Answer {
    scene
        .get(&mut Browser::default(), &query(path, parameters))
        .await
}

#[tokio::test]
async fn cas_01_what_is_not_registered_gets_a_page() {
    let scene = Scene::new().await;
    let mut lea = scene.signed_in("lea.martin").await;
    for service in [
        "https://evil.example/",
        "http://pedagogie.example/",
        "https://pedagogie.example@evil.example/",
        "https://pedagogie.example.evil.example/",
        "https://user@pedagogie.example/",
        "https://pedagogie.example/#fragment",
        "https://pedagogie.example/%2e%2e/",
        "//pedagogie.example/",
        "javascript:alert(1)",
        "/account",
    ] {
        for browser in [&mut lea, &mut Browser::default()] {
            let answer = scene.get(browser, &login(&[("service", service)])).await;
            assert_eq!(answer.location(), None, "{service}");
            assert!(
                answer.status.is_client_error(),
                "{service}: {}",
                answer.status
            );
            assert!(!answer.body.contains("ST-"), "{service}");
        }
    }
    let twice = format!(
        "{}&service=https://evil.example/",
        login(&[("service", SERVICE)])
    );
    assert_eq!(
        scene.get(&mut lea, &twice).await.status,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn cas_03_a_ticket_is_good_once_in_every_format() {
    let scene = Scene::new().await;
    let mut lea = scene.signed_in("lea.martin").await;
    for (path, format, kind, yes, no) in [
        ("/cas/validate", "", "text/plain", "yes\n", "no\n"),
        (
            "/cas/serviceValidate",
            "",
            "application/xml",
            "authenticationSuccess",
            "INVALID_TICKET",
        ),
        (
            "/cas/proxyValidate",
            "XML",
            "application/xml",
            "authenticationSuccess",
            "INVALID_TICKET",
        ),
        (
            "/cas/p3/serviceValidate",
            "JSON",
            "application/json",
            "authenticationSuccess",
            "INVALID_TICKET",
        ),
        (
            "/cas/p3/proxyValidate",
            "",
            "application/xml",
            "authenticationSuccess",
            "INVALID_TICKET",
        ),
    ] {
        let ticket = ticket(&scene, &mut lea).await;
        let parameters = [
            ("service", SERVICE),
            ("ticket", ticket.as_str()),
            ("format", format),
        ];
        let first = validate(&scene, path, &parameters).await;
        assert_eq!(first.status, StatusCode::OK);
        assert!(first.header("content-type").starts_with(kind), "{path}");
        assert!(first.body.contains(yes), "{path}: {}", first.body);
        let second = validate(&scene, path, &parameters).await;
        assert_eq!(second.status, StatusCode::OK);
        assert!(second.body.contains(no), "{path}: {}", second.body);
        assert!(!second.body.contains(&ticket), "a refusal repeats nothing");
    }
}

#[tokio::test]
async fn cas_06_renew_and_gateway_mean_it() {
    let scene = Scene::new().await;
    let mut stranger = Browser::default();
    let gateway = login(&[("service", SERVICE), ("gateway", "true")]);
    let answer = scene.get(&mut stranger, &gateway).await;
    assert_eq!(
        (answer.status, answer.location().as_deref()),
        (StatusCode::SEE_OTHER, Some(SERVICE))
    );
    let mut lea = scene.signed_in("lea.martin").await;
    assert!(
        scene
            .get(&mut lea, &gateway)
            .await
            .location()
            .is_some_and(|to| to.contains("ticket=ST-"))
    );
    let both = login(&[("service", SERVICE), ("gateway", "true"), ("renew", "true")]);
    assert!(
        scene
            .get(&mut lea, &both)
            .await
            .body
            .contains("id=\"login-submit\"")
    );
    // A ticket of an old session where a new login is asked for.
    let old = ticket(&scene, &mut lea).await;
    let parameters = [
        ("service", SERVICE),
        ("ticket", old.as_str()),
        ("renew", "true"),
    ];
    let answer = validate(&scene, "/cas/serviceValidate", &parameters).await;
    assert!(
        answer.body.contains("authenticationFailure"),
        "{}",
        answer.body
    );
    // A service that never takes its ticket does not keep the browser turning.
    let mut last = scene.get(&mut lea, &login(&[("service", SERVICE)])).await;
    for _ in 0..40 {
        last = scene.get(&mut lea, &login(&[("service", SERVICE)])).await;
        if last.location().is_none() {
            break;
        }
    }
    assert_eq!(last.status, StatusCode::LOOP_DETECTED);
}

#[tokio::test]
async fn cas_09_refusals_are_well_formed_whatever_is_sent() {
    let scene = Scene::new().await;
    let nasty = "ST-<&\">]]>'</cas:user>";
    for path in [
        "/cas/serviceValidate",
        "/cas/p3/proxyValidate",
        "/cas/proxy",
    ] {
        for parameters in [
            vec![],
            vec![("service", SERVICE), ("ticket", nasty)],
            vec![("pgt", nasty), ("targetService", SERVICE)],
            vec![("ticket", "a"), ("ticket", "b"), ("service", SERVICE)],
        ] {
            let answer = validate(&scene, path, &parameters).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(answer.body.contains("code=\""), "{path}: {}", answer.body);
            assert!(
                !answer.body.contains("</cas:user>"),
                "{path}: {}",
                answer.body
            );
            let mut json = parameters.clone();
            json.push(("format", "JSON"));
            let answer = validate(&scene, path, &json).await;
            let value: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
            assert!(value["serviceResponse"].is_object(), "{path}: {value}");
        }
    }
}

#[tokio::test]
async fn cas_10_logout_leads_to_registered_services_only() {
    let scene = Scene::new().await;
    for (parameters, away) in [
        (vec![("service", SERVICE)], Some(SERVICE)),
        (vec![("service", "https://evil.example/")], None),
        (vec![("url", SERVICE)], None),
        (vec![("service", "javascript:alert(1)")], None),
        (vec![], None),
    ] {
        let mut lea = scene.signed_in("lea.martin").await;
        let before = lea.clone();
        let answer = scene
            .get(&mut lea, &query("/cas/logout", &parameters))
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let to = answer.location().expect("somewhere");
        match away {
            Some(away) => assert_eq!(to, away),
            None => assert!(to.starts_with("/logout?done="), "{to}"),
        }
        assert!(answer.header("clear-site-data").contains("cache"));
        assert!(!scene.is_signed_in(&before).await);
    }
}

#[tokio::test]
async fn cas_11_the_ticket_goes_where_it_belongs_and_leaves_no_trace() {
    let scene = Scene::new().await;
    let mut lea = scene.signed_in("lea.martin").await;
    let odd = "https://pedagogie.example/page?a=b%26c&d=%C3%A9";
    let answer = scene.get(&mut lea, &login(&[("service", odd)])).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    let to = answer.location().expect("to the service");
    assert!(to.starts_with(&format!("{odd}&ticket=ST-")), "{to}");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
    for polluted in ["?ticket=ST-1", "?pgtIou=x", "?%74icket=x"] {
        let service = format!("{SERVICE}{polluted}");
        let answer = scene.get(&mut lea, &login(&[("service", &service)])).await;
        assert_eq!(answer.location(), None, "{polluted}");
    }
    let page = scene
        .get(
            &mut lea,
            &login(&[("service", SERVICE), ("method", "POST")]),
        )
        .await;
    let form = page.form(SERVICE);
    assert!(
        form.value("ticket")
            .is_some_and(|ticket| ticket.starts_with("ST-"))
    );
    assert_eq!(form.value("csrf"), None, "our token stays with us");
    let policy = page.header("content-security-policy");
    assert!(
        policy.ends_with("form-action 'self' https://pedagogie.example"),
        "{policy}"
    );
    let header = scene
        .get(
            &mut lea,
            &login(&[("service", SERVICE), ("method", "HEADER")]),
        )
        .await;
    assert_eq!(
        (header.status, header.header("service")),
        (StatusCode::OK, SERVICE)
    );
    assert!(header.header("ticket").starts_with("ST-"));
}

#[tokio::test]
async fn cas_14_saml_1_1_keeps_the_same_rules() {
    let scene = Scene::new().await;
    let mut lea = scene.signed_in("lea.martin").await;
    let envelope = |ticket: &str, prolog: &str| {
        format!(
            "{prolog}<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>\
             <p:Request xmlns:p=\"urn:oasis:names:tc:SAML:1.0:protocol\" MajorVersion=\"1\" MinorVersion=\"1\" \
             RequestID=\"_1\" IssueInstant=\"2026-11-02T07:00:00Z\"><p:AssertionArtifact>{ticket}</p:AssertionArtifact>\
             </p:Request></e:Body></e:Envelope>"
        )
    };
    let ask = async |body: String| {
        let path = query("/cas/samlValidate", &[("TARGET", SERVICE)]);
        let request = Browser::default()
            .request(Method::POST, &path)
            .header("content-type", "text/xml")
            .body(Body::from(body))
            .expect("a request");
        scene.send(request).await
    };
    let text = ticket(&scene, &mut lea).await;
    let answer = ask(envelope(&text, "")).await;
    assert!(answer.body.contains("NameIdentifier"), "{}", answer.body);
    assert!(
        !ask(envelope(&text, ""))
            .await
            .body
            .contains("NameIdentifier")
    );
    let text = ticket(&scene, &mut lea).await;
    assert!(
        !ask(envelope(&text, "<!DOCTYPE x>"))
            .await
            .body
            .contains("NameIdentifier")
    );
    let long = ask("<a>".repeat(10_000)).await;
    assert_eq!(long.status, StatusCode::OK);
    assert!(long.body.contains("RequestDenied"), "{}", long.body);
}

#[tokio::test]
async fn who_asks_to_be_asked_is_asked() {
    let scene = Scene::new().await;
    let mut lea = Browser::default();
    let start = login(&[("service", SERVICE), ("warn", "true")]);
    let answer = scene.log_in_at(&mut lea, &start, "lea.martin").await;
    assert!(
        answer.location().is_some_and(|to| to.contains("ticket=")),
        "{}",
        answer.body
    );
    let page = scene.get(&mut lea, &login(&[("service", SERVICE)])).await;
    assert!(
        page.body.contains("Vous allez ouvrir Pédagogie"),
        "{}",
        page.body
    );
    let form = page.form("/cas/login");
    let forged = form.clone().with("csrf", "x");
    assert_eq!(
        scene.submit(&mut lea.clone(), &forged).await.status,
        StatusCode::FORBIDDEN
    );
    let answer = scene.submit(&mut lea, &form).await;
    assert!(
        answer.location().is_some_and(|to| to.contains("ticket=")),
        "{}",
        answer.body
    );
    let elsewhere = form.with("service", "https://evil.example/");
    assert_eq!(
        scene.submit(&mut lea, &elsewhere).await.status,
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_service_for_others_is_refused_in_words() {
    let scene = Scene::new().await;
    let mut lea = scene.signed_in("lea.martin").await;
    let answer = scene
        .get(&mut lea, &login(&[("service", "https://notes.example/")]))
        .await;
    assert_eq!(
        (answer.status, answer.location()),
        (StatusCode::FORBIDDEN, None)
    );
    for word in ["Notes", "Élève", "Collège Clémence-Isaure", "<code>"] {
        assert!(answer.body.contains(word), "{word}: {}", answer.body);
    }
}

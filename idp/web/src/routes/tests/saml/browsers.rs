//! What browsers bring to `/saml/sso`, and the pages that they get.

use axum::body::Body;
use clau_saml::binding::Role;
use clau_saml::message::AcsChoice;
use http::header::{CONTENT_TYPE, SET_COOKIE};
use http::{Method, StatusCode};

use super::super::log;
use super::super::scene::{Browser, Form, PASSWORD, Scene};
use super::{CANARY, asks, assert_page, form, form_targets, path, post, read, request, scene};

const NOT_ANSWERED: &str = "Nous ne pouvons pas répondre à ce service";
const UNKNOWN: &str = "Service inconnu";
const SPENT: &str = "Cette demande n&#39;attend plus de réponse";

#[tokio::test]
async fn saml_09_metadata_is_what_it_says_it_is_and_may_be_kept_for_an_hour() {
    let scene = scene().await;
    let answer = scene.get(&mut Browser::default(), "/saml/metadata").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(
        answer.header("content-type"),
        "application/samlmetadata+xml"
    );
    assert_eq!(answer.header("cache-control"), "public, max-age=3600");
    assert!(
        answer
            .body
            .contains("entityID=\"https://ent.example/saml/metadata\"")
    );
    assert!(answer.body.contains("<ds:SignatureValue>"));
    assert!(answer.header("set-cookie").is_empty());
    // The same for everybody, until the hour is over.
    let again = scene.get(&mut Browser::default(), "/saml/metadata").await;
    assert_eq!(
        again.body.split("<ds:SignatureValue>").next(),
        answer.body.split("<ds:SignatureValue>").next()
    );
}

#[tokio::test]
async fn web_10_what_is_wrong_is_told_on_a_page_and_nothing_of_it_is_shown() {
    let scene = scene().await;
    let good = request(&scene, "cantine");
    let mut elsewhere = request(&scene, "cantine");
    elsewhere.acs = AcsChoice::Location {
        location: format!("https://evil.example/{CANARY}"),
        binding: None,
    };
    let mut unknown = request(&scene, "cantine");
    unknown.header.issuer = format!("https://evil.example/{CANARY}");
    let mut lost = request(&scene, "cantine");
    lost.header.destination = Some(format!("https://evil.example/{CANARY}"));
    let signed_query = path(
        super::SSO,
        Role::Request,
        &good.write(None).expect("a request"),
        Some(&super::KEY),
    );
    let forged = signed_query.replace("RelayState=", "RelayState=canari");
    let twice = format!("{}&SAMLRequest=canari", asks(&good));
    let mut paul = scene.signed_in("paul.durand").await;
    for (path, status, title) in [
        (
            "/saml/sso".to_owned(),
            StatusCode::BAD_REQUEST,
            NOT_ANSWERED,
        ),
        (
            "/saml/sso?SAMLRequest=canari".to_owned(),
            StatusCode::BAD_REQUEST,
            NOT_ANSWERED,
        ),
        (
            "/saml/sso?SAMLResponse=canari".to_owned(),
            StatusCode::BAD_REQUEST,
            NOT_ANSWERED,
        ),
        (twice, StatusCode::BAD_REQUEST, NOT_ANSWERED),
        (forged, StatusCode::BAD_REQUEST, NOT_ANSWERED),
        (asks(&lost), StatusCode::BAD_REQUEST, NOT_ANSWERED),
        (asks(&elsewhere), StatusCode::FORBIDDEN, UNKNOWN),
        (asks(&unknown), StatusCode::FORBIDDEN, UNKNOWN),
        (
            "/saml/unsolicited?providerId=https%3A%2F%2Fevil.example%2Fcanari".to_owned(),
            StatusCode::FORBIDDEN,
            UNKNOWN,
        ),
        (
            "/saml/unsolicited?providerId=https%3A%2F%2Fcantine.example%2Fsp&target=canari"
                .to_owned(),
            StatusCode::FORBIDDEN,
            UNKNOWN,
        ),
        (
            "/saml/continue?request=canari".to_owned(),
            StatusCode::GONE,
            SPENT,
        ),
        (
            "/saml/arrived?request=canari".to_owned(),
            StatusCode::GONE,
            SPENT,
        ),
        (
            "/saml/slo/back?logout=canari".to_owned(),
            StatusCode::GONE,
            SPENT,
        ),
        (
            "/saml/slo/tell?request=canari".to_owned(),
            StatusCode::GONE,
            SPENT,
        ),
    ] {
        for browser in [&mut paul, &mut Browser::default()] {
            let answer = scene.get(browser, &path).await;
            assert_page(&answer, status, title);
        }
    }
    for fields in [
        vec![],
        vec![("SAMLRequest", "canari")],
        vec![("SAMLRequest", "canari"), ("SAMLResponse", "canari")],
    ] {
        let form = Form {
            action: "/saml/sso".to_owned(),
            fields: fields
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        };
        let answer = scene.submit(&mut Browser::default(), &form).await;
        assert_page(&answer, StatusCode::BAD_REQUEST, NOT_ANSWERED);
    }
}

#[tokio::test]
async fn avl_02_a_body_is_of_a_known_kind_and_not_too_long() {
    let scene = scene().await;
    let send = async |kind: &str, body: String| {
        let request = Browser::default()
            .request(Method::POST, "/saml/sso")
            .header(CONTENT_TYPE, kind)
            .body(Body::from(body))
            .expect("a request");
        scene.send(request).await
    };
    let form = "application/x-www-form-urlencoded";
    let long = format!("SAMLRequest={}", "A".repeat(140_000));
    assert_eq!(send(form, long).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    for kind in ["", "text/plain", "application/json", "multipart/form-data"] {
        let answer = send(kind, "SAMLRequest=AAAA".to_owned()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{kind}");
    }
    let answer = scene.get(&mut Browser::default(), "/saml/artifact").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn saml_14_the_answer_is_a_form_to_the_registered_address_that_needs_no_script() {
    let scene = scene().await;
    let mut browser = Browser::default();
    let asked = request(&scene, "cantine");
    let sent = scene.get(&mut browser, &asks(&asked)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER);
    let next = sent.location().expect("an address");
    assert!(next.starts_with("/saml/continue?request="), "{next}");
    let cookie = sent.headers.get(SET_COOKIE).expect("a cookie");
    let cookie = cookie.to_str().expect("ASCII");
    for part in [
        "__Host-",
        "; Secure",
        "; HttpOnly",
        "; SameSite=Lax",
        "; Path=/",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let page = scene.get(&mut browser, &next).await;
    assert_eq!(form_targets(&page), "https://cantine.example");
    assert!(page.body.contains("Cantine"));
    let typed = page
        .form("/login")
        .with("username", "paul.durand")
        .with("password", PASSWORD);
    let answer = scene.submit(&mut browser, &typed).await;
    read(&scene, &answer, &asked).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(form_targets(&answer), "https://cantine.example");
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("script-src 'self'") && !policy.contains("unsafe"),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let out: Vec<Form> = answer
        .forms()
        .into_iter()
        .filter(|form| !form.action.starts_with('/'))
        .collect();
    assert_eq!(out.len(), 1, "{out:?}");
    assert_eq!(out[0].value("RelayState"), Some("a b&\"<c>"));
    assert!(!answer.body.contains("<c>") && !answer.body.contains("onload"));
    assert!(
        answer
            .body
            .contains("<button class=\"main-button\" id=\"onward-button\" type=\"submit\">")
    );
}

#[tokio::test]
async fn saml_14_neither_a_relay_state_nor_a_name_is_markup() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let asked = request(&scene, "hostile");
    let answer = scene.get(&mut paul, &asks(&asked)).await;
    read(&scene, &answer, &asked).await;
    assert!(!answer.body.contains("<script>alert"), "{}", answer.body);
    assert!(
        answer.body.contains("&#60;script&#62;alert"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn ses_04_a_form_of_another_site_is_answered_to_the_cookies_that_come_after_it() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let asked = request(&scene, "cantine");
    let xml = asked.write(None).expect("a request");
    let mut cross = Browser::default()
        .with("origin", "https://cantine.example")
        .with("sec-fetch-site", "cross-site");
    let answer = scene
        .submit(&mut cross, &form("/saml/sso", Role::Request, &xml))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    // The session cookie stays Lax: nothing is set here, and nothing taken away.
    assert!(answer.header("set-cookie").is_empty());
    let next = answer.location().expect("an address");
    assert!(next.starts_with("/saml/arrived?request="), "{next}");
    let page = scene.get(&mut paul, &next).await;
    read(&scene, &page, &asked).await;
    assert_page(&scene.get(&mut paul, &next).await, StatusCode::GONE, SPENT);
    // The very same form once more.
    let answer = scene
        .submit(&mut cross, &form("/saml/sso", Role::Request, &xml))
        .await;
    assert_page(&answer, StatusCode::BAD_REQUEST, NOT_ANSWERED);
}

#[tokio::test]
async fn ses_03_the_address_of_a_request_that_waits_is_worth_nothing_in_another_browser() {
    let scene = scene().await;
    let mut attacker = Browser::default();
    let sent = scene
        .get(&mut attacker, &asks(&request(&scene, "cantine")))
        .await;
    let next = sent.location().expect("an address");
    let mut victim = scene.signed_in("paul.durand").await;
    for browser in [&mut victim, &mut Browser::default()] {
        let answer = scene.get(browser, &next).await;
        assert_page(&answer, StatusCode::GONE, SPENT);
    }
    assert_eq!(scene.get(&mut attacker, &next).await.status, StatusCode::OK);
}

#[tokio::test]
async fn saml_03_a_service_is_opened_from_here_where_it_is_registered_for_that() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let path = "/saml/unsolicited?providerId=https%3A%2F%2Fagenda.example%2Fsp\
                &shire=https%3A%2F%2Fagenda.example%2Facs&target=%22%3E%3Cb%3E";
    let page = scene.get(&mut paul, path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let form = page.form("https://agenda.example/acs");
    assert_eq!(form.value("RelayState"), Some("\"><b>"));
    assert!(!page.body.contains("\"><b>"));
    // A target is the service's: nobody is sent there.
    assert_eq!(form_targets(&page), "https://agenda.example");
}

#[tokio::test]
async fn saml_07_who_may_not_is_told_so_and_the_service_when_they_go_back() {
    let scene = scene().await;
    let mut lea = scene.signed_in("lea.martin").await;
    let page = scene
        .get(&mut lea, &asks(&request(&scene, "cantine")))
        .await;
    assert!(page.body.contains("Cantine"), "{}", page.body);
    assert_ne!(page.status, StatusCode::SEE_OTHER);
    let form = page.form("https://cantine.example/acs");
    assert!(form.value("SAMLResponse").is_some());
    assert_eq!(form_targets(&page), "https://cantine.example");
    // It goes nowhere of itself.
    assert!(!page.body.contains("submit.js"), "{}", page.body);
}

#[tokio::test]
async fn log_02_no_message_of_saml_is_in_the_log() {
    log::keep();
    let scene: Scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let mut asked = request(&scene, "cantine");
    asked.header.id = format!("_{CANARY}");
    let answer = scene.get(&mut paul, &asks(&asked)).await;
    let told = read(&scene, &answer, &asked).await;
    let mut wrong = request(&scene, "cantine");
    wrong.header.issuer = format!("https://evil.example/{CANARY}");
    scene.get(&mut paul, &asks(&wrong)).await;
    let garbage = format!("<a>{CANARY}</a>");
    post(&scene, &Browser::default(), "/saml/artifact", garbage).await;
    let log = log::kept();
    assert!(log.contains("saml.assertion"), "the log is kept");
    let index = told.session_index.expect("an index");
    for secret in [CANARY, &told.name_id.value, &index, &told.assertion_id] {
        assert!(!log.contains(secret), "{secret}");
    }
}

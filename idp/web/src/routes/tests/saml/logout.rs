//! `/saml/slo`: what a service's wish does to the browser that brings it, and how others are told.

use clau_saml::binding::Role;
use clau_saml::message::{Asserted, LogoutRequest, LogoutResponse, NameId, Status};
use clau_saml::names::name_id;
use http::StatusCode;

use super::super::scene::{Answer, Browser, Scene};
use super::{KEY, SLO, asks, assert_page, form, form_targets, header, path, read, request, scene};

const NOT_ANSWERED: &str = "Nous ne pouvons pas répondre à ce service";

pub(super) fn wish(scene: &Scene, id: &str, about: Option<&Asserted>) -> LogoutRequest {
    let nobody = NameId {
        value: "personne".to_owned(),
        format: name_id::PERSISTENT.to_owned(),
        name_qualifier: None,
        sp_name_qualifier: None,
    };
    LogoutRequest {
        header: header(scene, id, SLO),
        name_id: about.map_or(nobody, |about| about.name_id.clone()),
        session_indexes: about
            .and_then(|about| about.session_index.clone())
            .into_iter()
            .collect(),
        reason: None,
        not_on_or_after: None,
    }
}

async fn opened(scene: &Scene, browser: &mut Browser, id: &str) -> Asserted {
    let asked = request(scene, id);
    let page = scene.get(browser, &asks(&asked)).await;
    read(scene, &page, &asked).await
}

fn brings(wish: &LogoutRequest) -> String {
    let xml = wish.write(None, None).expect("a request");
    path(SLO, Role::Request, &xml, Some(&KEY))
}

fn forgets(answer: &Answer) -> bool {
    answer.header("clear-site-data") == "\"cache\", \"storage\""
}

#[tokio::test]
async fn saml_10_a_signed_wish_ends_the_session_and_the_browser_forgets_it() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let about = opened(&scene, &mut paul, "cantine").await;
    let answer = scene
        .get(&mut paul, &brings(&wish(&scene, "cantine", Some(&about))))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(forgets(&answer));
    assert!(paul.session().is_none() && !scene.is_signed_in(&paul).await);
    let next = answer.location().expect("an address");
    assert!(next.starts_with("/saml/slo/back?logout="), "{next}");
    let back = scene.get(&mut paul, &next).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    let address = back.location().expect("an address");
    assert!(
        address.starts_with("https://cantine.example/slo?SAMLResponse="),
        "{address}"
    );
    assert!(address.contains("&Signature="));
    assert_eq!(back.header("referrer-policy"), "no-referrer");
    let again = scene.get(&mut paul, &next).await;
    assert_eq!(again.status, StatusCode::GONE);
}

#[tokio::test]
async fn saml_10_what_is_not_signed_or_not_about_this_browser_leaves_it_as_it_was() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let about = opened(&scene, &mut paul, "cantine").await;
    let xml = wish(&scene, "cantine", Some(&about))
        .write(None, None)
        .expect("a request");
    let answer = scene
        .get(&mut paul, &path(SLO, Role::Request, &xml, None))
        .await;
    assert_page(&answer, StatusCode::BAD_REQUEST, NOT_ANSWERED);
    let answer = scene
        .submit(&mut paul, &form("/saml/slo", Role::Request, &xml))
        .await;
    assert_page(&answer, StatusCode::BAD_REQUEST, NOT_ANSWERED);
    assert!(scene.is_signed_in(&paul).await);
    // About nobody: its sender is answered, and this browser keeps its session and its cookie.
    let answer = scene
        .get(&mut paul, &brings(&wish(&scene, "cantine", None)))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(!forgets(&answer) && answer.header("set-cookie").is_empty());
    assert!(scene.is_signed_in(&paul).await);
    // About another session of the same person.
    let mut other = scene.signed_in("paul.durand").await;
    let answer = scene
        .get(&mut other, &brings(&wish(&scene, "cantine", Some(&about))))
        .await;
    assert!(!forgets(&answer));
    assert!(scene.is_signed_in(&other).await && !scene.is_signed_in(&paul).await);
}

#[tokio::test]
async fn ses_04_a_wish_in_a_form_comes_without_cookies_and_ends_the_session_it_names() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let about = opened(&scene, &mut paul, "cantine").await;
    let xml = wish(&scene, "cantine", Some(&about))
        .write(Some(&KEY), None)
        .expect("a request");
    let mut cross = Browser::default()
        .with("origin", "https://cantine.example")
        .with("sec-fetch-site", "cross-site");
    let answer = scene
        .submit(&mut cross, &form("/saml/slo", Role::Request, &xml))
        .await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(!scene.is_signed_in(&paul).await);
}

/// The first frame of a page, as a path of the hub.
fn frame(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("<iframe").expect("a frame");
    let (_, rest) = rest.split_once("src=\"https://ent.example").expect("ours");
    rest.split('"')
        .next()
        .expect("its end")
        .replace("&#38;", "&")
}

#[tokio::test]
async fn web_01_others_are_told_in_frames_that_only_this_page_shows_and_only_lead_to_them() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let about = opened(&scene, &mut paul, "cantine").await;
    opened(&scene, &mut paul, "agenda").await;
    let page = scene
        .get(&mut paul, &brings(&wish(&scene, "cantine", Some(&about))))
        .await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(forgets(&page) && paul.session().is_none());
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("frame-src https://agenda.example https://ent.example; "),
        "{policy}"
    );
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(page.body.contains("Agenda") && page.body.contains("/saml/slo/back?logout="));
    let framed = frame(&page);
    let inner = scene.get(&mut Browser::default(), &framed).await;
    assert_eq!(inner.status, StatusCode::OK, "{}", inner.body);
    let policy = inner.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'self'"), "{policy}");
    assert_eq!(form_targets(&inner), "https://agenda.example");
    let carried = inner.form("https://agenda.example/slo");
    let message = carried.value("SAMLRequest").expect("a wish");
    assert!(!message.is_empty() && carried.value("RelayState").is_none());
    // By hand it is a page of its own, which nobody frames.
    let by_hand = scene
        .get(&mut Browser::default(), &format!("{framed}&by=hand"))
        .await;
    let policy = by_hand.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let carried = by_hand.form("https://agenda.example/slo");
    assert!(carried.value("RelayState").is_some());

    // Its answer: nothing to see in a frame, the page that says who was told by hand.
    let (_, request) = framed.split_once("request=").expect("a name");
    let answer = |header| LogoutResponse {
        header,
        in_response_to: request.to_owned(),
        status: Status::success(),
    };
    let unsigned = answer(header(&scene, "agenda", SLO))
        .write(None)
        .expect("an answer");
    let refused = scene
        .submit(
            &mut Browser::default(),
            &form("/saml/slo", Role::Response, &unsigned),
        )
        .await;
    assert_page(&refused, StatusCode::BAD_REQUEST, NOT_ANSWERED);
    let signed = answer(header(&scene, "agenda", SLO))
        .write(Some(&KEY))
        .expect("an answer");
    let carried = form("/saml/slo", Role::Response, &signed);
    let told = scene.submit(&mut Browser::default(), &carried).await;
    assert_eq!(told.status, StatusCode::OK);
    assert_eq!(
        (told.header("content-type"), told.body.as_str()),
        ("text/plain", "")
    );
    let by_hand = carried.with("RelayState", "by-hand");
    let told = scene.submit(&mut Browser::default(), &by_hand).await;
    let location = told.location().expect("an address");
    assert!(location.starts_with("/logout?done="), "{location}");
    // A state of somebody else's leads nowhere.
    let elsewhere = by_hand.with("RelayState", "https://evil.example/");
    let told = scene.submit(&mut Browser::default(), &elsewhere).await;
    assert!(told.location().is_none() && !told.body.contains("evil"));
}

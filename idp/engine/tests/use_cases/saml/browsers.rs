//! A request and the browser that brought it: it waits there and nowhere else, and is answered once.

use std::time::Duration;

use clau_engine::login::{Cookies, Finished, Step, Then};
use clau_engine::saml::sso::{SsoAnswer, Unsolicited};
use clau_saml::message::StatusCode;

use super::{
    BUS, CANTINE, IDP, NOTES, ask, by_form, go_on, leaving, log_in, of_step, said, scene, started,
    told, why, with,
};
use crate::scene::{Browser, PASSWORD, Scene, identify, request};

#[tokio::test]
async fn ses_03_a_request_that_waits_in_one_browser_is_nothing_in_another() {
    let scene = scene().await;
    let mut attacker = Browser::default();
    let request = CANTINE.request(&scene);
    let name = started(ask(&scene, &attacker, &request).await, &mut attacker);
    // A victim who is signed in, one who is not, and one with a request of their own.
    let mut victim = Browser::default();
    scene.sign_in(&mut victim, "lea.martin").await;
    let mut other = Browser::default();
    let own = CANTINE.request(&scene);
    started(ask(&scene, &other, &own).await, &mut other);
    for browser in [&victim, &other, &Browser::default()] {
        for agreed in [false, true] {
            let outcome = scene
                .hub
                .saml_continue(&scene.cx(), browser.cookies(), &name, agreed)
                .await;
            assert!(matches!(outcome, Ok(SsoAnswer::Expired)), "{outcome:?}");
        }
    }
    // Nor does the attacker's login form work there, with the attacker's own password.
    let SsoAnswer::Step(step) = go_on(&scene, &attacker, &name).await else {
        panic!("no login page");
    };
    let page = identify(step, &mut attacker);
    let step = scene
        .submit(&mut victim, &page.handle, ("paul.durand", PASSWORD))
        .await;
    assert!(matches!(step, Step::Expired), "{step:?}");
    // Where it waits it goes on.
    let step = log_in(&scene, &mut attacker, &name, "paul.durand").await;
    let said = said(&of_step(step));
    let asserted = CANTINE.read(&scene, &said, Some(&request.header.id)).await;
    assert!(asserted.is_ok());
}

#[tokio::test]
async fn saml_05_a_request_that_waits_is_answered_once() {
    let scene = scene().await;
    let mut browser = Browser::default();
    let request = CANTINE.request(&scene);
    let name = started(ask(&scene, &browser, &request).await, &mut browser);
    // Two windows with its login page.
    let SsoAnswer::Step(step) = go_on(&scene, &browser, &name).await else {
        panic!("no login page");
    };
    let first = identify(step, &mut browser);
    of_step(log_in(&scene, &mut browser, &name, "paul.durand").await);
    let step = scene
        .submit(&mut browser, &first.handle, ("paul.durand", PASSWORD))
        .await;
    assert!(
        matches!(
            step,
            Step::Finished(Finished {
                then: Then::Gone,
                ..
            })
        ),
        "{step:?}"
    );
    let again = go_on(&scene, &browser, &name).await;
    assert!(matches!(again, SsoAnswer::Expired), "{again:?}");
}

#[tokio::test]
async fn saml_05_a_request_waits_half_an_hour() {
    let scene = scene().await;
    let mut browser = Browser::default();
    let name = started(
        ask(&scene, &browser, &CANTINE.request(&scene)).await,
        &mut browser,
    );
    scene.pass(Duration::from_secs(30 * 60 - 1));
    let waits = go_on(&scene, &browser, &name).await;
    assert!(
        matches!(waits, SsoAnswer::Step(Step::Identify(_))),
        "{waits:?}"
    );
    scene.pass(Duration::from_secs(1));
    let over = go_on(&scene, &browser, &name).await;
    assert!(matches!(over, SsoAnswer::Expired), "{over:?}");
}

async fn arrived(scene: &Scene, browser: &Browser, name: &str) -> SsoAnswer {
    let outcome = scene
        .hub
        .saml_arrived(&scene.cx(), browser.cookies(), name)
        .await;
    outcome.expect("acted on")
}

#[tokio::test]
async fn ses_04_a_form_of_another_site_comes_without_cookies_and_the_browser_comes_back_with_them()
{
    let (scene, browser) = with("paul.durand").await;
    let post = async |request: &clau_saml::message::AuthnRequest| {
        let received = by_form(&request.write(None).expect("a request"));
        let outcome = scene
            .hub
            .saml_sso(&scene.cx(), Cookies::default(), &received)
            .await;
        match outcome.expect("acted on") {
            SsoAnswer::Arrived(token) => token.expose().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    let request = CANTINE.request(&scene);
    let name = post(&request).await;
    let said = said(&leaving(Ok(arrived(&scene, &browser, &name).await)));
    assert_eq!(said.relay_state.as_deref(), Some("s"));
    let asserted = CANTINE.read(&scene, &said, Some(&request.header.id)).await;
    assert!(asserted.is_ok());
    // Once, and not long.
    let again = arrived(&scene, &browser, &name).await;
    assert!(matches!(again, SsoAnswer::Expired), "{again:?}");
    let late = post(&CANTINE.request(&scene)).await;
    scene.pass(Duration::from_secs(90));
    let late = arrived(&scene, &browser, &late).await;
    assert!(matches!(late, SsoAnswer::Expired), "{late:?}");
    // Who is not signed in gets the login page of this very browser.
    let name = post(&CANTINE.request(&scene)).await;
    let mut stranger = Browser::default();
    let name = started(Ok(arrived(&scene, &stranger, &name).await), &mut stranger);
    of_step(log_in(&scene, &mut stranger, &name, "lea.martin").await);
    let nothing = arrived(&scene, &browser, "x").await;
    assert!(matches!(nothing, SsoAnswer::Expired), "{nothing:?}");
}

#[tokio::test]
async fn saml_06_a_fresh_proof_is_asked_for_and_had() {
    let (scene, mut browser) = with("paul.durand").await;
    scene.pass(Duration::from_secs(60));
    let mut request = CANTINE.request(&scene);
    request.force_authn = true;
    let name = started(ask(&scene, &browser, &request).await, &mut browser);
    scene.pass(Duration::from_secs(60));
    let step = log_in(&scene, &mut browser, &name, "paul.durand").await;
    let said = said(&of_step(step));
    let asserted = CANTINE.read(&scene, &said, Some(&request.header.id)).await;
    assert_eq!(
        asserted.expect("an assertion").authenticated_at,
        scene.cx().now
    );
    // What was proven a while ago is told as that.
    let proven = scene.cx().now;
    scene.pass(Duration::from_secs(60));
    let asserted = super::asserted(&scene, &browser, &CANTINE, |_| {}).await;
    assert_eq!(asserted.expect("an assertion").authenticated_at, proven);
}

#[tokio::test]
async fn saml_06_where_nobody_may_be_asked_nobody_is() {
    let scene = scene().await;
    let nobody = Browser::default();
    let no_passive = (StatusCode::Responder, Some(StatusCode::NoPassive));
    let outcome = told(&scene, &nobody, &CANTINE, |request| {
        request.is_passive = true
    })
    .await;
    assert_eq!(outcome, no_passive);
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, "lea.martin").await;
    let good = super::asserted(&scene, &browser, &CANTINE, |request| {
        request.is_passive = true
    });
    assert!(good.await.is_ok());
    // A fresh proof would be a question.
    let both = told(&scene, &browser, &CANTINE, |request| {
        request.is_passive = true;
        request.force_authn = true;
    });
    assert_eq!(both.await, no_passive);
    // So would be the page that says no.
    let denied = told(&scene, &browser, &NOTES, |request| {
        request.is_passive = true
    })
    .await;
    let request_denied = (StatusCode::Responder, Some(StatusCode::RequestDenied));
    assert_eq!(denied, request_denied);
}

#[tokio::test]
async fn saml_06_who_wants_to_be_asked_before_each_service_is_asked_and_answered_once() {
    let scene = scene().await;
    let mut browser = Browser::default();
    let mut warned = request("https://pedagogie.example/");
    warned.warn = true;
    let clau_engine::cas::LoginAnswer::Step(step) = scene.cas_login(&browser, warned).await else {
        panic!("no login page");
    };
    let page = identify(step, &mut browser);
    scene
        .submit(&mut browser, &page.handle, ("paul.durand", PASSWORD))
        .await;
    let passive = told(&scene, &browser, &CANTINE, |request| {
        request.is_passive = true
    })
    .await;
    assert_eq!(
        passive,
        (StatusCode::Responder, Some(StatusCode::NoPassive))
    );
    let request = CANTINE.request(&scene);
    let name = started(ask(&scene, &browser, &request).await, &mut browser);
    let asks = go_on(&scene, &browser, &name).await;
    let SsoAnswer::Step(Step::Finished(Finished {
        then:
            Then::AskSaml {
                service,
                leads_to,
                request: asked,
            },
        ..
    })) = asks
    else {
        panic!("{asks:?}");
    };
    assert_eq!(service, "CANTINE");
    assert_eq!(leads_to.as_deref(), Some("https://cantine.example"));
    let yes = async |name: &str, browser: &Browser| {
        scene
            .hub
            .saml_continue(&scene.cx(), browser.cookies(), name, true)
            .await
    };
    // Another browser says yes in vain.
    let mut other = Browser::default();
    scene.sign_in(&mut other, "lea.martin").await;
    let outcome = yes(asked.expose(), &other).await;
    assert!(matches!(outcome, Ok(SsoAnswer::Expired)), "{outcome:?}");
    let said = said(&leaving(yes(asked.expose(), &browser).await));
    let asserted = CANTINE.read(&scene, &said, Some(&request.header.id)).await;
    assert!(asserted.is_ok());
    for name in [&name, asked.expose()] {
        let outcome = yes(name, &browser).await;
        assert!(matches!(outcome, Ok(SsoAnswer::Expired)), "{outcome:?}");
    }
}

#[tokio::test]
async fn saml_03_a_service_is_opened_unasked_only_where_it_is_registered_for_that() {
    let (scene, browser) = with("paul.durand").await;
    let open = async |provider: &str, acs: Option<&str>, target: Option<&str>| {
        let wish = Unsolicited {
            provider,
            acs,
            target,
        };
        scene
            .hub
            .saml_unsolicited(&scene.cx(), browser.cookies(), wish)
            .await
    };
    let cantine = open(&CANTINE.entity_id(), None, None).await;
    assert!(why(cantine).contains("not registered for answers that it has not asked for"));
    let bus = BUS.entity_id();
    let elsewhere = open(&bus, Some("https://evil.example/acs"), None).await;
    assert!(why(elsewhere).contains("is not in the metadata of the service"));
    let unknown = open(IDP, None, None).await;
    assert!(why(unknown).contains("no service of this name"));
    for acs in [None, Some(BUS.acs())] {
        let good = said(&leaving(open(&bus, acs.as_deref(), Some("/ligne/3")).await));
        assert_eq!(good.relay_state.as_deref(), Some("/ligne/3"));
        assert!(!good.xml.contains("InResponseTo"));
        let asserted = BUS.read(&scene, &good, None).await;
        assert!(asserted.is_ok());
    }
    // A target of any length is no address that a browser could not take.
    let long = "x".repeat(4000);
    let good = said(&leaving(open(&bus, None, Some(&long)).await));
    assert_eq!(good.relay_state, None);
    // Whom it is not for is told so here; the service has asked for nothing.
    let mut parent = Browser::default();
    scene.sign_in(&mut parent, "anne.martin").await;
    let wish = Unsolicited {
        provider: &bus,
        acs: None,
        target: None,
    };
    let outcome = scene
        .hub
        .saml_unsolicited(&scene.cx(), parent.cookies(), wish)
        .await;
    assert!(
        matches!(
            &outcome,
            Ok(SsoAnswer::Step(Step::Finished(Finished {
                then: Then::NotForYou { back: None, .. },
                ..
            })))
        ),
        "{outcome:?}"
    );
}

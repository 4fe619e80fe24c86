//! CAS tickets: for one service, once, for a short time, from a living session.

use std::time::Duration;

use clau_cas::ticket::Presented;
use clau_domain::login::{CasRequest, HandOver, Resume};
use clau_domain::policy::Attribute;
use clau_domain::secret::{ProxyGrantingKind, Token};
use clau_engine::cas::{Failure, LoginAnswer, ProxyFailure};
use clau_engine::login::{Start, Step, Then};

use crate::scene::{Browser, PASSWORD, Scene, redemption, request, ticket_of};

const PEDAGOGIE: &str = "https://pedagogie.example/";

async fn lea(scene: &Scene) -> Browser {
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, "lea.martin").await;
    browser
}

#[tokio::test]
async fn cas_01_an_address_that_is_not_registered_gets_a_page() {
    let scene = Scene::new().await;
    let browser = lea(&scene).await;
    for stranger in [
        "https://evil.example/",
        "http://pedagogie.example/",
        "https://pedagogie.example:8443/",
        "https://pedagogie.example.evil.example/",
        "https://xpedagogie.example/",
    ] {
        let answer = scene.cas_login(&browser, request(stranger)).await;
        assert!(
            matches!(answer, LoginAnswer::Unknown),
            "{stranger}: {answer:?}"
        );
        let mut gateway = request(stranger);
        gateway.gateway = true;
        let answer = scene.cas_login(&browser, gateway).await;
        assert!(
            matches!(answer, LoginAnswer::Unknown),
            "{stranger}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn cas_02_a_ticket_is_one_service_s_and_a_mistake_burns_it() {
    let scene = Scene::new().await;
    let browser = lea(&scene).await;
    let ticket = scene.ticket(&browser, PEDAGOGIE).await;
    let stolen = scene.redeem(&ticket, "https://orientation.example/").await;
    assert_eq!(stolen.err(), Some(Failure::InvalidService));
    assert_eq!(
        scene.redeem(&ticket, PEDAGOGIE).await.err(),
        Some(Failure::InvalidTicket)
    );
    // The same address in other words is the same address.
    let ticket = scene
        .ticket(&browser, "https://PEDAGOGIE.example:443/?x=1")
        .await;
    assert!(
        scene
            .redeem(&ticket, "https://pedagogie.example/?x=1")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn cas_03_a_ticket_is_good_once_and_for_a_minute() {
    let scene = Scene::new().await;
    let browser = lea(&scene).await;
    let ticket = scene.ticket(&browser, PEDAGOGIE).await;
    assert!(scene.redeem(&ticket, PEDAGOGIE).await.is_ok());
    assert_eq!(
        scene.redeem(&ticket, PEDAGOGIE).await.err(),
        Some(Failure::InvalidTicket)
    );
    let late = scene.ticket(&browser, PEDAGOGIE).await;
    scene.pass(Duration::from_secs(60));
    assert_eq!(
        scene.redeem(&late, PEDAGOGIE).await.err(),
        Some(Failure::InvalidTicket)
    );
}

#[tokio::test]
async fn cas_03_a_hundred_at_once_and_one_of_them_gets_it() {
    let scene = Scene::new().await;
    let browser = lea(&scene).await;
    for _ in 0..5 {
        let ticket = scene.ticket(&browser, PEDAGOGIE).await;
        let attempts = (0..100).map(|_| scene.redeem(&ticket, PEDAGOGIE));
        let outcomes = futures_util::future::join_all(attempts).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    }
}

#[tokio::test]
async fn cas_05_nothing_else_is_a_ticket() {
    let scene = Scene::new().await;
    let mut browser = lea(&scene).await;
    let page = scene.login_page(&mut browser).await;
    let ticket = scene.ticket(&browser, PEDAGOGIE).await;
    let body = ticket.strip_prefix("ST-").expect("prefix").to_owned();
    let session = browser.session.clone().expect("session");
    for other in [
        session.clone(),
        format!("ST-{session}"),
        format!("PT-{body}"),
        format!("PGT-{body}"),
        format!("ST-{}", browser.browser.clone().expect("browser")),
        format!("ST-{}", browser.device.clone().expect("device")),
        page.handle,
        body.clone(),
        String::new(),
    ] {
        // Most have not even the form of a ticket; those that have are found nowhere.
        if Presented::parse(&other).is_some() {
            let mut presented = redemption(&other, PEDAGOGIE);
            presented.proxies = true;
            let outcome = scene
                .hub
                .redeem(&scene.cx(), presented)
                .await
                .expect("redeem");
            assert_eq!(outcome.err(), Some(Failure::InvalidTicket), "{other}");
        }
        if let Some(granting) = Token::<ProxyGrantingKind>::parse(&other) {
            let target = PEDAGOGIE.parse().expect("address");
            let proxied = scene.hub.proxy_ticket(&scene.cx(), &granting, target).await;
            assert_eq!(
                proxied.expect("proxy").err(),
                Some(ProxyFailure::InvalidTicket),
                "{other}"
            );
        }
    }
    for cookie in [&ticket, &body] {
        assert!(
            scene
                .hub
                .signed_in(&scene.cx(), Some(cookie))
                .await
                .expect("lookup")
                .is_none()
        );
    }
    assert!(
        scene.redeem(&ticket, PEDAGOGIE).await.is_ok(),
        "none of them burnt the real one"
    );
}

#[tokio::test]
async fn cas_06_renew_asks_again_and_refuses_tickets_of_an_old_session() {
    let scene = Scene::new().await;
    let mut browser = lea(&scene).await;
    let ticket = scene.ticket(&browser, PEDAGOGIE).await;
    let mut presented = redemption(&ticket, PEDAGOGIE);
    presented.renew = true;
    let outcome = scene
        .hub
        .redeem(&scene.cx(), presented)
        .await
        .expect("redeem");
    assert_eq!(outcome.err(), Some(Failure::NotFresh));

    // renew beats gateway: the login page, not a way back.
    let mut both = request(PEDAGOGIE);
    (both.renew, both.gateway) = (true, true);
    let answer = scene.cas_login(&browser, both).await;
    let LoginAnswer::Step(Step::Identify(page)) = answer else {
        panic!("{answer:?}")
    };
    browser.browser = Some(page.browser.expose().to_owned());
    let step = scene
        .submit(&mut browser, &page.handle, ("lea.martin", PASSWORD))
        .await;
    let ticket = ticket_of(LoginAnswer::Step(step));
    let mut presented = redemption(&ticket, PEDAGOGIE);
    presented.renew = true;
    let outcome = scene
        .hub
        .redeem(&scene.cx(), presented)
        .await
        .expect("redeem");
    assert!(outcome.expect("fresh").from_new_login);
}

#[tokio::test]
async fn cas_06_gateway_shows_nothing_and_adds_no_ticket() {
    let scene = Scene::new().await;
    let mut gateway = request(PEDAGOGIE);
    gateway.gateway = true;
    let answer = scene.cas_login(&Browser::default(), gateway.clone()).await;
    assert!(
        matches!(&answer, LoginAnswer::Back(url) if url.as_str() == PEDAGOGIE),
        "{answer:?}"
    );
    let browser = lea(&scene).await;
    ticket_of(scene.cas_login(&browser, gateway.clone()).await);
    // A service that is not for this person: back, not a page.
    gateway.service = Some("https://notes.example/".parse().expect("address"));
    let answer = scene.cas_login(&browser, gateway).await;
    assert!(matches!(answer, LoginAnswer::Back(_)), "{answer:?}");
}

#[tokio::test]
async fn cas_06_a_service_that_sends_the_browser_back_for_ever_is_stopped() {
    let scene = Scene::new().await;
    let browser = lea(&scene).await;
    let mut stopped = false;
    for _ in 0..20 {
        let answer = scene.cas_login(&browser, request(PEDAGOGIE)).await;
        stopped |= matches!(answer, LoginAnswer::Looping { .. });
    }
    assert!(stopped);
    scene.pass(Duration::from_secs(30));
    scene.ticket(&browser, PEDAGOGIE).await;
}

#[tokio::test]
async fn cas_08_a_proxy_ticket_without_a_grant_of_its_own_chain_is_nothing() {
    let scene = Scene::new().await;
    let browser = lea(&scene).await;
    // A callback that is not registered gives no proxy-granting ticket and no success (CAS-07).
    let ticket = scene.ticket(&browser, PEDAGOGIE).await;
    let mut presented = redemption(&ticket, PEDAGOGIE);
    presented.pgt_url = Some("https://evil.example/pgt".parse().expect("address"));
    let outcome = scene
        .hub
        .redeem(&scene.cx(), presented)
        .await
        .expect("redeem");
    assert_eq!(outcome.err(), Some(Failure::InvalidProxyCallback));
    // Neither does a registered one that does not answer.
    let ticket = scene.ticket(&browser, "https://orientation.example/").await;
    let mut presented = redemption(&ticket, "https://orientation.example/");
    presented.pgt_url = Some("https://orientation.example/pgt".parse().expect("address"));
    let outcome = scene
        .hub
        .redeem(&scene.cx(), presented)
        .await
        .expect("redeem");
    assert_eq!(outcome.err(), Some(Failure::InvalidProxyCallback));
}

#[tokio::test]
async fn rel_02_a_ticket_dies_with_its_session() {
    let scene = Scene::new().await;
    let browser = lea(&scene).await;
    let ticket = scene.ticket(&browser, PEDAGOGIE).await;
    scene
        .hub
        .log_out(&scene.cx(), browser.session.as_deref())
        .await
        .expect("logout");
    assert_eq!(
        scene.redeem(&ticket, PEDAGOGIE).await.err(),
        Some(Failure::InvalidTicket)
    );
    let answer = scene.cas_login(&browser, request(PEDAGOGIE)).await;
    assert!(
        matches!(answer, LoginAnswer::Step(Step::Identify(_))),
        "{answer:?}"
    );
}

#[tokio::test]
async fn log_05_a_service_gets_what_was_approved_and_a_new_one_a_pseudonym_only() {
    let scene = Scene::new().await;
    let browser = lea(&scene).await;
    let ticket = scene.ticket(&browser, PEDAGOGIE).await;
    let valid = scene.redeem(&ticket, PEDAGOGIE).await.expect("valid");
    let released = valid.grant.released();
    assert!(released.allows(Attribute::Login) && released.allows(Attribute::Profile));
    assert!(
        !released.allows(Attribute::BirthDate),
        "listed, but nobody approved it"
    );
    assert!(!released.allows(Attribute::FamilyName));
    let ticket = scene.ticket(&browser, "https://orientation.example/").await;
    let other = scene
        .redeem(&ticket, "https://orientation.example/")
        .await
        .expect("valid");
    let only = other
        .grant
        .released()
        .attributes()
        .iter()
        .copied()
        .collect::<Vec<_>>();
    assert_eq!(only, [Attribute::PairwiseId]);
    assert_ne!(other.grant.released().pairwise(), released.pairwise());
}

#[tokio::test]
async fn access_is_decided_by_profile_level_and_period_and_says_why() {
    let scene = Scene::new().await;
    let mut paul = Browser::default();
    scene.sign_in(&mut paul, "paul.durand").await;
    for (service, expected) in [
        ("https://orientation.example/", "NotNamed"),
        ("https://notes.example/", "OutOfPeriod"),
    ] {
        let answer = scene.cas_login(&paul, request(service)).await;
        assert!(format!("{answer:?}").contains(expected), "{answer:?}");
    }
    let ticket = scene.ticket(&paul, PEDAGOGIE).await;
    let valid = scene.redeem(&ticket, PEDAGOGIE).await.expect("valid");
    assert_eq!(
        valid.grant.because()[0].structure,
        "Collège Clémence-Isaure"
    );
}

#[tokio::test]
async fn rights_that_go_between_ticket_and_redemption_are_gone() {
    let scene = Scene::new().await;
    let browser = lea(&scene).await;
    let ticket = scene.ticket(&browser, PEDAGOGIE).await;
    scene.pass(Duration::from_secs(1));
    scene
        .apply(
            "[[service]]\nid = \"pedagogie\"\nname = \"Pédagogie\"\nenabled = false\naccess = [{}]\n\
             [service.cas]\nurls = [\"https://pedagogie.example/\"]\n",
        )
        .await;
    scene.pass(Duration::from_secs(3));
    assert!(scene.redeem(&ticket, PEDAGOGIE).await.is_err());
    let answer = scene.cas_login(&browser, request(PEDAGOGIE)).await;
    assert!(matches!(answer, LoginAnswer::Unknown), "{answer:?}");
}

#[tokio::test]
async fn warn_asks_before_each_service() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let mut warned = request(PEDAGOGIE);
    warned.warn = true;
    let answer = scene.cas_login(&browser, warned).await;
    let LoginAnswer::Step(Step::Identify(page)) = answer else {
        panic!("{answer:?}")
    };
    browser.browser = Some(page.browser.expose().to_owned());
    let step = scene
        .submit(&mut browser, &page.handle, ("lea.martin", PASSWORD))
        .await;
    assert!(
        matches!(&step, Step::Finished(f) if matches!(f.then, Then::Cas(_))),
        "{step:?}"
    );
    let answer = scene
        .cas_login(&browser, request("https://orientation.example/"))
        .await;
    assert!(format!("{answer:?}").contains("Ask"), "{answer:?}");
    let signed_in = scene.signed_in(&browser).await.expect("in");
    let url = "https://orientation.example/".parse().expect("address");
    let then = scene
        .hub
        .cas_confirmed(&scene.cx(), &signed_in, url, HandOver::Get)
        .await;
    assert!(matches!(then.expect("confirm"), Some(Then::Cas(_))));
}

#[tokio::test]
async fn a_service_may_want_a_younger_proof() {
    let scene = Scene::new().await;
    scene
        .apply(
            "[[service]]\nid = \"paie\"\nname = \"Paie\"\naccess = [{}]\nsession = { max_age_minutes = 10 }\n\
             [service.cas]\nurls = [\"https://paie.example/\"]\n",
        )
        .await;
    scene.pass(Duration::from_secs(3));
    let browser = lea(&scene).await;
    scene.ticket(&browser, "https://paie.example/").await;
    scene.pass(Duration::from_secs(600));
    let answer = scene
        .cas_login(&browser, request("https://paie.example/"))
        .await;
    assert!(
        matches!(answer, LoginAnswer::Step(Step::Identify(_))),
        "{answer:?}"
    );
    scene.ticket(&browser, PEDAGOGIE).await;
}

#[tokio::test]
async fn the_page_of_a_login_names_the_service_and_the_one_origin_it_leads_to() {
    let scene = Scene::new().await;
    let request = CasRequest {
        service: "pedagogie".parse().expect("id"),
        url: PEDAGOGIE.parse().expect("address"),
        method: HandOver::Get,
        warn: false,
    };
    let start = Start {
        resume: Resume::Cas(request),
        force: false,
        hint: String::new(),
        sources: Vec::new(),
    };
    let step = scene
        .hub
        .start_login(&scene.cx(), Browser::default().cookies(), start)
        .await;
    let Step::Identify(page) = step.expect("start") else {
        panic!("login page")
    };
    assert_eq!(page.service.as_deref(), Some("Pédagogie"));
    assert_eq!(page.leads_to.as_deref(), Some("https://pedagogie.example"));
}

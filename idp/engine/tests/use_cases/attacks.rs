//! What somebody tries who holds an old paper, an open browser or a fast machine. Each test failed
//! once.

use std::time::Duration;

use clau_domain::login::HandOver;
use clau_domain::secret::{Digest, ParticipationKind, ProxyGrantingKind, Token};
use clau_domain::session::{Participation, ParticipationProtocol};
use clau_engine::cas::{LoginAnswer, ProxyFailure};
use clau_engine::login::{IdentifyProblem, Step, Then};
use clau_storage::tickets::{Life, Tickets};

use crate::scene::{Browser, PASSWORD, Scene, request, ticket_of};

const PEDAGOGIE: &str = "https://pedagogie.example/";
const WRONG: &str = "pas le bon mot de passe";

async fn code(scene: &Scene, login: &str) -> String {
    let code = scene.hub.new_code(&scene.cx(), login).await;
    code.expect("a code")
}

/// The page on which the holder of a code chooses a password.
async fn credentials_page(
    scene: &Scene,
    browser: &mut Browser,
    (login, code): (&str, &str),
) -> String {
    let page = scene.login_page(browser).await;
    match scene.submit(browser, &page.handle, (login, code)).await {
        Step::ChooseCredentials(page) => page.handle,
        other => panic!("{other:?}"),
    }
}

/// The page of the charter, for a scene that has one.
async fn charter_page(scene: &Scene, browser: &mut Browser) -> String {
    let page = scene.login_page(browser).await;
    let step = scene.submit(browser, &page.handle, ("lea.martin", PASSWORD));
    match step.await {
        Step::AcceptCharter(page) => page.handle,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn pwd_10_a_code_that_was_replaced_meanwhile_activates_nothing() {
    let scene = Scene::new().await;
    let stolen = code(&scene, "nouvelle.eleve").await;
    let mut thief = Browser::default();
    let handle = credentials_page(&scene, &mut thief, ("nouvelle.eleve", &stolen)).await;
    // The school hears of it and hands out another paper while the thief is still choosing.
    let good = code(&scene, "nouvelle.eleve").await;
    let step = scene
        .choose(&thief, &handle, ("", PASSWORD, PASSWORD))
        .await;
    assert!(matches!(step, Step::Expired), "{step:?}");
    let mut owner = Browser::default();
    let handle = credentials_page(&scene, &mut owner, ("nouvelle.eleve", &good)).await;
    let step = scene
        .choose(&owner, &handle, ("", PASSWORD, PASSWORD))
        .await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
}

#[tokio::test]
async fn fed_04_who_activates_an_account_anew_is_alone_in_it() {
    let scene = Scene::new().await;
    let mut intruder = Browser::default();
    scene.sign_in(&mut intruder, "lea.martin").await;
    let code = code(&scene, "lea.martin").await;
    let mut owner = Browser::default();
    let handle = credentials_page(&scene, &mut owner, ("lea.martin", &code)).await;
    let new = "montgolfière et canard";
    let step = scene.choose(&owner, &handle, ("", new, new)).await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
    assert!(scene.signed_in(&intruder).await.is_none());
}

#[tokio::test]
async fn ses_07_a_login_on_its_way_stops_at_a_lock_and_at_a_new_password() {
    let scene = Scene::with(|settings| settings.charter_version = "2026".to_owned()).await;
    let (hub, mut browser) = (&scene.hub, Browser::default());
    let handle = charter_page(&scene, &mut browser).await;
    let lock = hub.set_lock(&scene.cx(), "lea.martin", Some("test")).await;
    lock.expect("locked");
    let accept = |handle| {
        let (cx, browser) = (scene.cx(), &browser);
        async move { hub.accept_charter(&cx, browser.cookies(), handle).await }
    };
    let step = accept(&handle).await.expect("an answer");
    assert!(matches!(step, Step::Expired), "{step:?}");

    hub.set_lock(&scene.cx(), "lea.martin", None)
        .await
        .expect("unlocked");
    let mut browser = Browser::default();
    let handle = charter_page(&scene, &mut browser).await;
    scene.pass(Duration::from_secs(1));
    hub.set_password(&scene.cx(), "lea.martin", "montgolfière et canard")
        .await
        .expect("set");
    let step = hub
        .accept_charter(&scene.cx(), browser.cookies(), &handle)
        .await;
    assert!(matches!(step, Ok(Step::Expired)), "{step:?}");
}

#[tokio::test]
async fn ses_07_a_password_set_by_a_file_ends_sessions_too() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, "lea.martin").await;
    let person = |password: &str| {
        format!(
            "[[person]]\nlogin = \"lea.martin\"\ngiven_name = \"Léa\"\nfamily_name = \"Martin\"\n\
             password = \"{password}\"\n\
             affiliation = [{{ structure = \"0310001A\", profile = \"National_ELV\" }}]\n"
        )
    };
    scene.apply(&person(PASSWORD)).await;
    assert!(scene.signed_in(&browser).await.is_some(), "the same one");
    scene.apply(&person("montgolfière et canard")).await;
    assert!(scene.signed_in(&browser).await.is_none());
}

#[tokio::test]
async fn ses_12_a_person_has_so_many_sessions_and_loses_the_oldest() {
    let scene = Scene::new().await;
    let mut browsers = Vec::new();
    for _ in 0..52 {
        let mut browser = Browser::default();
        scene.sign_in(&mut browser, "lea.martin").await;
        browsers.push(browser);
        scene.pass(Duration::from_secs(1));
    }
    assert!(scene.signed_in(&browsers[0]).await.is_none());
    assert!(scene.signed_in(&browsers[1]).await.is_none());
    let last = scene.signed_in(&browsers[51]).await.expect("the last one");
    let listed = scene.hub.sessions(&scene.cx(), &last).await.expect("list");
    assert_eq!(listed.len(), 50);
}

#[tokio::test]
async fn rel_10_a_session_that_opened_a_thousand_services_tells_them_all() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let signed_in = scene.sign_in(&mut browser, "lea.martin").await;
    let tickets = Tickets::in_database(scene.database.clone());
    let owner = signed_in.digest.to_string();
    let now = scene.cx().now;
    let life = Life {
        owner: Some(&owner),
        expires_at: now + Duration::from_secs(3600),
        now,
    };
    for number in 0..1100 {
        let part = Participation {
            service: "pedagogie".parse().expect("id"),
            opened_at: now,
            protocol: ParticipationProtocol::Cas {
                url: PEDAGOGIE.to_owned(),
                ticket: format!("ST-{number}"),
            },
        };
        let digest = Digest::of("cas-st", &number.to_string());
        let put = tickets.put::<ParticipationKind>(&digest, &part, life);
        put.await.expect("stored");
    }
    let ended = scene
        .hub
        .log_out(&scene.cx(), browser.session.as_deref())
        .await;
    assert_eq!(ended.expect("logout").expect("a session").services, 1100);
}

#[tokio::test]
async fn pwd_03_a_shared_computer_knows_everybody_who_signed_in_there() {
    let scene = Scene::new().await;
    let mut shared = Browser::default();
    scene.sign_in(&mut shared, "lea.martin").await;
    let device = shared.device.clone();
    scene.sign_in(&mut shared, "tom.martin").await;
    assert_eq!(shared.device, device, "one device, not a new one each time");
    // A classmate at home keeps guessing at Léa's password.
    let mut stranger = Browser::default();
    for _ in 0..20 {
        let page = scene.login_page(&mut stranger).await;
        let step = scene.submit(&mut stranger, &page.handle, ("lea.martin", WRONG));
        assert!(matches!(step.await, Step::Identify(_)));
    }
    // It does not hold her up where she works, though Tom was the last there.
    scene.sign_in(&mut shared, "lea.martin").await;
    // Of somebody who never was there the device says nothing.
    for _ in 0..20 {
        let page = scene.login_page(&mut stranger).await;
        let step = scene.submit(&mut stranger, &page.handle, ("paul.durand", WRONG));
        assert!(matches!(step.await, Step::Identify(_)));
    }
    let page = scene.login_page(&mut shared).await;
    let step = scene.submit(&mut shared, &page.handle, ("paul.durand", PASSWORD));
    let Step::Identify(page) = step.await else {
        panic!("not held up")
    };
    assert!(matches!(page.problem, Some(IdentifyProblem::Wait(_))));
}

#[tokio::test]
async fn log_06_who_was_told_is_shown_to_whoever_signs_out_and_not_to_the_next() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, "lea.martin").await;
    let ticket = scene.ticket(&browser, PEDAGOGIE).await;
    scene.redeem(&ticket, PEDAGOGIE).await.expect("valid");
    let ended = scene
        .hub
        .log_out(&scene.cx(), browser.session.as_deref())
        .await;
    let logout = ended.expect("logout").expect("a session").logout;
    let told = async || scene.hub.told(&scene.cx(), logout).await.expect("told");
    assert_eq!(told().await.len(), 1);
    scene.pass(Duration::from_secs(10 * 60));
    assert!(told().await.is_empty());
}

#[tokio::test]
async fn pwd_04_attempts_that_were_turned_away_do_not_make_failures_look_few() {
    let scene = Scene::new().await;
    scene.move_to_address([203, 0, 113, 9]);
    let mut browser = Browser::default();
    let mut looked_at = 0;
    for number in 0..300 {
        let page = scene.login_page(&mut browser).await;
        let login = format!("cible.n{number}");
        let step = scene.submit(&mut browser, &page.handle, (&login, WRONG));
        let Step::Identify(page) = step.await else {
            panic!("{login} is in")
        };
        looked_at += usize::from(page.problem == Some(IdentifyProblem::BadCredentials));
    }
    assert!(looked_at <= 32, "{looked_at} guesses at once");
}

#[tokio::test]
async fn pwd_09_who_is_told_to_come_back_has_lost_no_guess() {
    let scene = Scene::with(|settings| {
        settings.passwords.threads = 1;
        settings.passwords.queue = 1;
    })
    .await;
    let mut pages = Vec::new();
    for _ in 0..12 {
        let mut browser = Browser::default();
        let page = scene.login_page(&mut browser).await;
        pages.push((browser, page.handle));
    }
    // One impatient person and a slow page: the same form twelve times.
    let attempts = pages.iter_mut().map(|(browser, handle)| {
        let (scene, handle) = (&scene, handle.clone());
        async move { scene.submit(browser, &handle, ("lea.martin", WRONG)).await }
    });
    let steps = futures_util::future::join_all(attempts).await;
    let busy = steps.iter().filter(|step| {
        matches!(step, Step::Identify(page) if matches!(page.problem, Some(IdentifyProblem::Busy(_))))
    });
    assert!(busy.count() >= 9);
    scene.sign_in(&mut Browser::default(), "lea.martin").await;
}

#[tokio::test]
async fn cas_06_neither_gateway_nor_warning_is_a_way_around_a_fresh_proof() {
    let scene = Scene::new().await;
    scene
        .apply(
            "[[service]]\nid = \"bourses\"\nname = \"Bourses\"\naccess = [{}]\n\
             session = { max_age_minutes = 5 }\n\
             [service.cas]\nurls = [\"https://bourses.example/\"]\naccepts_proxies = [\"orientation\"]\n",
        )
        .await;
    scene.pass(Duration::from_secs(3));
    let bourses = "https://bourses.example/";
    let mut browser = Browser::default();
    let signed_in = scene.sign_in(&mut browser, "lea.martin").await;
    let mut gateway = request(bourses);
    gateway.gateway = true;
    ticket_of(scene.cas_login(&browser, gateway.clone()).await);
    scene.pass(Duration::from_secs(5 * 60));
    let answer = scene.cas_login(&browser, gateway).await;
    assert!(matches!(answer, LoginAnswer::Back(_)), "{answer:?}");
    let url = bourses.parse().expect("address");
    let confirmed = scene
        .hub
        .cas_confirmed(&scene.cx(), &signed_in, url, HandOver::Get)
        .await;
    let Ok(Some(Then::Page(login))) = confirmed else {
        panic!("{confirmed:?}")
    };
    assert_eq!(
        login.as_str(),
        "/cas/login?service=https%3A%2F%2Fbourses.example%2F"
    );
    let granting = granting(&scene, signed_in.digest).await;
    let target = bourses.parse().expect("address");
    let proxied = scene.hub.proxy_ticket(&scene.cx(), &granting, target).await;
    assert_eq!(
        proxied.expect("an answer").err(),
        Some(ProxyFailure::UnauthorizedService)
    );
}

#[tokio::test]
async fn cas_08_a_proxy_acts_for_a_person_as_long_as_it_is_for_them() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let signed_in = scene.sign_in(&mut browser, "lea.martin").await;
    let granting = granting(&scene, signed_in.digest).await;
    let ask = || async {
        let target = PEDAGOGIE.parse().expect("address");
        let asked = scene.hub.proxy_ticket(&scene.cx(), &granting, target).await;
        asked.expect("an answer").map(drop)
    };
    assert_eq!(ask().await, Ok(()));
    scene.pass(Duration::from_secs(1));
    scene
        .apply(
            "[[service]]\nid = \"orientation\"\nname = \"Orientation\"\n\
             access = [{ profiles = [\"National_DIR\"] }]\n\
             [service.cas]\nurls = [\"https://orientation.example/\"]\n",
        )
        .await;
    scene.pass(Duration::from_secs(3));
    assert_eq!(ask().await, Err(ProxyFailure::UnauthorizedService));
}

/// A proxy-granting ticket of Orientation's, as its callback would have got it.
async fn granting(scene: &Scene, session: Digest) -> Token<ProxyGrantingKind> {
    let token = Token::<ProxyGrantingKind>::mint(scene.cx().random);
    let now = scene.cx().now;
    let owner = session.to_string();
    let value = serde_json::json!({
        "session": session, "service": "orientation", "proxies": ["https://orientation.example/pgt"],
    });
    let life = Life {
        owner: Some(&owner),
        expires_at: now + Duration::from_secs(3600),
        now,
    };
    Tickets::in_database(scene.database.clone())
        .put::<ProxyGrantingKind>(&token.digest(), &value, life)
        .await
        .expect("stored");
    token
}

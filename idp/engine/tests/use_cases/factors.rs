//! Second factors: set up, asked for, spent once, taken away; and what whoever has proven half of who they are can
//! do, which is nothing (MFA-05, MFA-07 to MFA-11).

use std::time::Duration;

use clau_domain::session::{Assurance, Second};
use clau_domain::time::Timestamp;
use clau_engine::accounts::AccountError;
use clau_engine::factors::{Changed, Confirmed, FourEyes, NewTotp, StartTotp};
use clau_engine::login::{IdentifyProblem, ProveSecond, SecondProblem, Step};
use clau_engine::session::SignedIn;
use futures_util::future::join_all;
use totp_rs::Builder;

use crate::scene::{Browser, PASSWORD, Scene, identify, keep};

const ANNE: &str = "anne.martin";
/// A service that asks for several factors.
const CONSOLE: &str = "https://console.example/";
const CONSOLE_SERVICE: &str = r#"
[[service]]
id = "console"
name = "Console"
access = [{}]
session = { assurance = "multi_factor" }
[service.cas]
urls = ["https://console.example/"]
"#;
/// A step of time.
const STEP: Duration = Duration::from_secs(30);

/// An application of somebody's.
struct App(String);

impl App {
    fn of(new: &NewTotp) -> Self {
        Self(new.secret.replace(' ', ""))
    }

    fn code(&self, now: Timestamp) -> String {
        let secret = totp_rs::Secret::try_from_base32(&self.0).expect("base32");
        let totp = Builder::new()
            .with_secret(secret)
            .build()
            .expect("a secret");
        let seconds = u64::try_from(now.as_millis() / 1000).expect("after 1970");
        totp.generate(seconds).to_string()
    }
}

fn now(scene: &Scene) -> Timestamp {
    scene.cx().now
}

async fn begin(scene: &Scene, signed_in: &SignedIn) -> NewTotp {
    let started = scene.hub.start_totp(&scene.cx(), signed_in).await;
    match started.expect("started") {
        StartTotp::Show(new) => new,
        other => panic!("{other:?}"),
    }
}

async fn confirm(scene: &Scene, signed_in: &SignedIn, new: &NewTotp, code: &str) -> Confirmed {
    let about = (new.handle.as_str(), "  Mon\ttéléphone ");
    let confirmed = scene
        .hub
        .confirm_totp(&scene.cx(), signed_in, about, code)
        .await;
    confirmed.expect("asked")
}

/// Somebody sets up an application; the first one brings a sheet of codes. A step later its next code is good.
async fn set_up(scene: &Scene, login: &str) -> (App, Vec<String>) {
    let mut browser = Browser::default();
    let signed_in = scene.sign_in(&mut browser, login).await;
    let new = begin(scene, &signed_in).await;
    let app = App::of(&new);
    let code = app.code(now(scene));
    let Confirmed::Added(Some(codes)) = confirm(scene, &signed_in, &new, &code).await else {
        panic!("not added")
    };
    scene.pass(STEP);
    (app, codes.expose().to_vec())
}

/// Login and password, as far as the page that asks for more.
async fn half(scene: &Scene, browser: &mut Browser, login: &str) -> ProveSecond {
    let page = scene.login_page(browser).await;
    let step = scene.submit(browser, &page.handle, (login, PASSWORD)).await;
    match step {
        Step::ProveSecond(page) => page,
        other => panic!("{other:?}"),
    }
}

async fn prove(scene: &Scene, browser: &mut Browser, handle: &str, code: &str) -> Step {
    let step = scene
        .hub
        .prove_second(&scene.cx(), browser.cookies(), handle, code)
        .await;
    keep(step.expect("asked"), browser)
}

fn again(step: Step) -> ProveSecond {
    match step {
        Step::ProveSecond(page) => page,
        other => panic!("{other:?}"),
    }
}

/// So many who know Anne's password come with one code at once: how many of them are let in.
async fn let_in_by(scene: &Scene, code: &str, many: usize) -> usize {
    let mut waiting = Vec::new();
    for _ in 0..many {
        let mut browser = Browser::default();
        let page = half(scene, &mut browser, ANNE).await;
        waiting.push((browser, page));
    }
    let cx = scene.cx();
    let answers = join_all(waiting.iter().map(|(browser, page)| {
        let cookies = browser.cookies();
        scene.hub.prove_second(&cx, cookies, &page.handle, code)
    }));
    let steps = answers.await.into_iter();
    let finished = steps.filter(|step| matches!(step, Ok(Step::Finished(_))));
    finished.count()
}

async fn signed_in_by(scene: &Scene, login: &str, code: &str) -> (Browser, SignedIn) {
    let mut browser = Browser::default();
    let page = half(scene, &mut browser, login).await;
    let step = prove(scene, &mut browser, &page.handle, code).await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
    let signed_in = scene.signed_in(&browser).await.expect("a session");
    (browser, signed_in)
}

#[tokio::test]
async fn mfa_05_a_factor_is_set_up_by_whoever_has_just_proven_who_they_are_and_that_it_works() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let anne = scene.sign_in(&mut browser, ANNE).await;
    let new = begin(&scene, &anne).await;
    let debugged = format!("{new:?}");
    assert!(!debugged.contains(&new.secret), "{debugged}");
    // Somebody else's page is nobody's.
    let mut other = Browser::default();
    let paul = scene.sign_in(&mut other, "paul.durand").await;
    let stolen = confirm(&scene, &paul, &new, &App::of(&new).code(now(&scene))).await;
    assert!(matches!(stolen, Confirmed::Expired), "{stolen:?}");
    let new = begin(&scene, &anne).await;
    let app = App::of(&new);
    let Confirmed::Wrong(new) = confirm(&scene, &anne, &new, "000000").await else {
        panic!("a wrong code was taken")
    };
    assert_eq!(app.0, App::of(&new).0, "the picture stays the same");
    let code = app.code(now(&scene));
    let Confirmed::Added(Some(codes)) = confirm(&scene, &anne, &new, &code).await else {
        panic!("not added")
    };
    assert_eq!(codes.expose().len(), 10);
    assert!(
        codes.expose().iter().all(|code| code.len() == 19),
        "16 and 3 hyphens"
    );
    // Once: the page is spent.
    let twice = confirm(&scene, &anne, &new, &code).await;
    assert!(
        matches!(twice, Confirmed::ProveAgain | Confirmed::Expired),
        "{twice:?}"
    );
    let known = scene.hub.factors(&anne).await.expect("known");
    assert_eq!(known.apps.len(), 1);
    assert_eq!(known.apps[0].name, "Mon téléphone");
    assert_eq!(known.codes, 10);
    // Five minutes later it is too late for another one, and by the password alone it was at once.
    let started = scene.hub.start_totp(&scene.cx(), &anne).await;
    assert!(matches!(started, Ok(StartTotp::ProveAgain)), "{started:?}");
    scene.pass(STEP);
    let (_, strong) = signed_in_by(&scene, ANNE, &app.code(now(&scene))).await;
    let started = scene.hub.start_totp(&scene.cx(), &strong).await;
    assert!(matches!(started, Ok(StartTotp::Show(_))), "{started:?}");
    scene.pass(Duration::from_secs(301));
    let started = scene.hub.start_totp(&scene.cx(), &strong).await;
    assert!(matches!(started, Ok(StartTotp::ProveAgain)), "{started:?}");
}

#[tokio::test]
async fn mfa_07_of_many_who_come_with_one_code_one_gets_in_and_it_is_never_good_again() {
    let scene = Scene::new().await;
    let (app, _) = set_up(&scene, ANNE).await;
    let code = app.code(now(&scene));
    assert_eq!(let_in_by(&scene, &code, 8).await, 1);
    // Nor is the one before, which was never used: time only goes on.
    scene.pass(Duration::from_secs(3 * 3600));
    let mut browser = Browser::default();
    let page = half(&scene, &mut browser, ANNE).await;
    let newer = app.code(now(&scene));
    let step = prove(&scene, &mut browser, &page.handle, &newer).await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
    let mut browser = Browser::default();
    let page = half(&scene, &mut browser, ANNE).await;
    let before = Timestamp::from_millis(now(&scene).as_millis() - 30_000);
    let step = prove(&scene, &mut browser, &page.handle, &app.code(before)).await;
    assert_eq!(again(step).problem, Some(SecondProblem::Wrong));
}

#[tokio::test]
async fn mfa_08_half_a_login_leads_to_the_other_half_and_nowhere_else_and_begins_again_after_five()
{
    let scene = Scene::new().await;
    let (app, _) = set_up(&scene, ANNE).await;
    let mut browser = Browser::default();
    let mut page = half(&scene, &mut browser, ANNE).await;
    assert_eq!(browser.session, None);
    // Every other door of a login leads back to this page.
    let cx = scene.cx();
    let step = scene
        .hub
        .accept_charter(&cx, browser.cookies(), &page.handle);
    page = again(step.await.expect("asked"));
    let step = scene
        .choose(
            &browser,
            &page.handle,
            ("autre", "un-tout-autre-mot", "un-tout-autre-mot"),
        )
        .await;
    page = again(step);
    let step = scene.hub.saw_link(&cx, browser.cookies(), &page.handle);
    page = again(step.await.expect("asked"));
    // Another browser has nothing of it.
    let mut thief = Browser::default();
    scene.login_page(&mut thief).await;
    let step = prove(&scene, &mut thief, &page.handle, &app.code(now(&scene))).await;
    assert!(matches!(step, Step::Expired), "{step:?}");
    for _ in 0..4 {
        scene.pass(Duration::from_secs(20));
        page = again(prove(&scene, &mut browser, &page.handle, "123456").await);
        assert_eq!(page.problem, Some(SecondProblem::Wrong));
    }
    scene.pass(Duration::from_secs(20));
    let step = prove(&scene, &mut browser, &page.handle, "123456").await;
    let page = identify(step, &mut browser);
    assert_eq!(page.problem, Some(IdentifyProblem::SecondFailed));
    assert_eq!(browser.session, None);
}

#[tokio::test]
async fn pwd_08_second_factors_are_guessed_at_the_pace_of_passwords() {
    let scene = Scene::new().await;
    set_up(&scene, ANNE).await;
    let mut browser = Browser::default();
    let mut waited = 0;
    for number in 0..12 {
        let mut page = half(&scene, &mut browser, ANNE).await;
        for _ in 0..4 {
            let code = format!("{:06}", number * 4);
            let step = prove(&scene, &mut browser, &page.handle, &code).await;
            page = again(step);
            waited += usize::from(matches!(page.problem, Some(SecondProblem::Wait(_))));
        }
    }
    assert!(waited > 30, "{waited} of 48 had to wait");
}

#[tokio::test]
async fn mfa_09_a_recovery_code_is_good_once_and_a_new_sheet_ends_the_old_one() {
    let scene = Scene::new().await;
    let (app, codes) = set_up(&scene, ANNE).await;
    // As people type: lower case, without hyphens.
    let typed = codes[0].to_lowercase().replace('-', " ");
    let (_, signed_in) = signed_in_by(&scene, ANNE, &typed).await;
    assert_eq!(signed_in.session.method.second, Some(Second::RecoveryCode));
    let mut browser = Browser::default();
    let page = half(&scene, &mut browser, ANNE).await;
    let page = again(prove(&scene, &mut browser, &page.handle, &codes[0]).await);
    assert_eq!(page.problem, Some(SecondProblem::Wrong));
    // Of many at once one is taken.
    assert_eq!(let_in_by(&scene, &codes[1], 4).await, 1);
    // Somebody else's codes are nothing to them.
    let (_, others) = set_up(&scene, "paul.durand").await;
    scene.pass(Duration::from_secs(60));
    let page = half(&scene, &mut browser, ANNE).await;
    let page = again(prove(&scene, &mut browser, &page.handle, &others[0]).await);
    assert_eq!(page.problem, Some(SecondProblem::Wrong));
    scene.pass(Duration::from_secs(60));
    let (_, strong) = signed_in_by(&scene, ANNE, &app.code(now(&scene))).await;
    assert_eq!(scene.hub.factors(&strong).await.expect("known").codes, 8);
    let made = scene.hub.new_recovery_codes(&scene.cx(), &strong).await;
    let Ok(Changed::Done(sheet)) = made else {
        panic!("{made:?}")
    };
    assert_eq!(scene.hub.factors(&strong).await.expect("known").codes, 10);
    scene.pass(Duration::from_secs(60));
    let mut browser = Browser::default();
    let page = half(&scene, &mut browser, ANNE).await;
    let page = again(prove(&scene, &mut browser, &page.handle, &codes[2]).await);
    assert_eq!(page.problem, Some(SecondProblem::Wrong));
    scene.pass(Duration::from_secs(60));
    let step = prove(&scene, &mut browser, &page.handle, &sheet.expose()[0]).await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
}

#[tokio::test]
async fn mfa_10_a_factor_goes_by_a_factor_or_by_two_operators_and_by_nothing_else() {
    let scene = Scene::new().await;
    let mut browser = Browser::default();
    let weak = scene.sign_in(&mut browser, ANNE).await;
    let (_, codes) = set_up(&scene, ANNE).await;
    let id = scene.hub.factors(&weak).await.expect("known").apps[0].id;
    // A session of before, by the password alone.
    let removed = scene.hub.remove_factor(&scene.cx(), &weak, id).await;
    assert!(matches!(removed, Ok(Changed::ProveAgain)), "{removed:?}");
    let made = scene.hub.new_recovery_codes(&scene.cx(), &weak).await;
    assert!(matches!(made, Ok(Changed::ProveAgain)), "{made:?}");
    // A new code from the school opens the account as far as the second factor.
    let code = scene.hub.new_code(&scene.cx(), ANNE).await;
    let code = code.expect("a code");
    let page = scene.login_page(&mut browser).await;
    let step = scene
        .submit(&mut browser, &page.handle, (ANNE, &code))
        .await;
    let page = again(step);
    let step = prove(&scene, &mut browser, &page.handle, &codes[0]).await;
    assert!(matches!(step, Step::ChooseCredentials(_)), "{step:?}");

    let Step::ChooseCredentials(page) = step else {
        panic!("no page")
    };
    let step = scene
        .choose(&browser, &page.handle, (ANNE, PASSWORD, PASSWORD))
        .await;
    assert!(matches!(keep(step, &mut browser), Step::Finished(_)));
    let strong = scene.signed_in(&browser).await.expect("a session");
    let removed = scene.hub.remove_factor(&scene.cx(), &strong, id).await;
    assert!(matches!(removed, Ok(Changed::Done(()))), "{removed:?}");
    let known = scene.hub.factors(&strong).await.expect("known");
    assert_eq!(
        (known.apps.len(), known.codes),
        (0, 0),
        "nothing to recover"
    );

    // Two operators, and everything that was open ends.
    set_up(&scene, ANNE).await;
    let alone = FourEyes {
        asked_by: "Solange",
        agreed_by: " solange ",
        reason: "téléphone perdu",
    };
    let refused = scene.hub.remove_factors(&scene.cx(), ANNE, alone).await;
    assert!(
        matches!(refused, Err(AccountError::FourEyes(_))),
        "{refused:?}"
    );
    let two = FourEyes {
        agreed_by: "Bastien",
        ..alone
    };
    let removed = scene.hub.remove_factors(&scene.cx(), ANNE, two).await;
    assert_eq!(removed.expect("removed"), 1);
    assert!(scene.signed_in(&browser).await.is_none(), "still signed in");
    scene.sign_in(&mut browser, ANNE).await;
}

#[tokio::test]
async fn mfa_11_a_service_that_asks_for_more_gets_it_in_mid_session_or_is_not_opened() {
    let scene = Scene::new().await;
    scene.apply(CONSOLE_SERVICE).await;
    let console = CONSOLE;
    // Who has no second factor proves all they can, and is told what is missing.
    let mut paul = Browser::default();
    scene.sign_in(&mut paul, "paul.durand").await;
    let answer = scene.cas_login(&paul, crate::scene::request(console)).await;
    let step = crate::scene::step_of(answer);
    let page = identify(step, &mut paul);
    assert_eq!(page.at_least, Some(Assurance::MultiFactor));
    let step = scene
        .submit(&mut paul, &page.handle, ("paul.durand", PASSWORD))
        .await;
    let page = identify(step, &mut paul);
    assert_eq!(page.problem, Some(IdentifyProblem::NoSecond));

    // Who has one, and is signed in since before they had it, is asked for that and for nothing else.
    let mut anne = Browser::default();
    let before = scene.sign_in(&mut anne, ANNE).await;
    let pedagogie = "https://pedagogie.example/";
    let ticket = scene.ticket(&anne, pedagogie).await;
    scene.redeem(&ticket, pedagogie).await.expect("valid");
    let (app, _) = set_up(&scene, ANNE).await;
    let answer = scene.cas_login(&anne, crate::scene::request(console)).await;
    let page = again(crate::scene::step_of(answer));
    assert_eq!(page.service.as_deref(), Some("Console"));
    let step = prove(&scene, &mut anne, &page.handle, &app.code(now(&scene))).await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
    let after = scene.signed_in(&anne).await.expect("a session");
    assert_ne!(after.digest, before.digest, "SES-02");
    assert_eq!(after.session.method.assurance(), Assurance::MultiFactor);
    assert_eq!(
        after.session.authenticated_at, before.session.authenticated_at,
        "nobody is told of a fresher login than there was"
    );
    // What was open stays open, and the console opens without a question.
    let ticket = scene.ticket(&anne, console).await;
    let told = scene.redeem(&ticket, console).await.expect("valid");
    assert_eq!(told.assurance, Assurance::MultiFactor);
    assert!(
        !told.from_new_login,
        "it was an open session that became stronger"
    );
    let ended = scene
        .hub
        .log_out(&scene.cx(), anne.session.as_deref())
        .await;
    assert_eq!(ended.expect("out").expect("a session").services, 2);
}

#[tokio::test]
async fn ses_03_a_browser_that_was_closed_since_is_not_asked_for_a_code_that_it_could_not_give() {
    let scene = Scene::new().await;
    scene.apply(CONSOLE_SERVICE).await;
    let mut anne = Browser::default();
    scene.sign_in(&mut anne, ANNE).await;
    let (app, _) = set_up(&scene, ANNE).await;
    // A remembered session is there still, the cookie of its browser is not.
    anne.browser = None;
    let answer = scene.cas_login(&anne, crate::scene::request(CONSOLE)).await;
    let page = identify(crate::scene::step_of(answer), &mut anne);
    assert!(anne.browser.is_some(), "it gets another one");
    let step = scene
        .submit(&mut anne, &page.handle, (ANNE, PASSWORD))
        .await;
    let page = again(step);
    let step = prove(&scene, &mut anne, &page.handle, &app.code(now(&scene))).await;
    assert!(matches!(step, Step::Finished(_)), "{step:?}");
}

//! Bourses and restauration, registered as in the demo: a parent asks for a grant and is out there when
//! out of the hub, a pupil reserves a meal, and a kiosk without a keyboard says that it is reserved.

use std::time::Duration;

use clau_tests::support::browser::{Browser, Setup};
use clau_tests::support::http::{Answer, Visitor};
use clau_tests::support::hub::Stores;
use clau_tests::support::process::eventually;
use sqlx::SqlitePool;

use crate::reference_region::{FAMILY, PARENT, start};
use crate::scene::{LOGOUT_LIMIT, PUPIL, assert_wants_a_password, shared_stores, sign_in_at};

/// The kiosk asks every five seconds.
const KIOSK_LIMIT: Duration = Duration::from_secs(30);
/// The services that are registered.
const OURS: [&str; 2] = ["bourses", "restauration"];

/// Whether a service lets this visitor in without asking the hub.
async fn knows(visitor: &Visitor, service: &str) -> bool {
    visitor.get(service).await.status == 200
}

async fn wait_until_out(visitor: &Visitor, service: &str) {
    eventually(&format!("{service} lets go"), LOGOUT_LIMIT, async || {
        (!knows(visitor, service).await).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_asks_for_a_grant_and_is_out_with_the_hub() {
    parents_walk(Stores::Embedded, Setup::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_without_scripts_on_the_shared_stores_and_a_phone() {
    let browser = Setup::plain_phone();
    parents_walk(shared_stores(), browser).await;
}

async fn parents_walk(stores: Stores, browser: Setup) {
    let region = start(stores, &OURS, r#""lea.martin", "hugo.martin""#).await;
    let (hub, services) = (&region.hub, &region.services);
    let bourses = services.bourses();
    let parent = Browser::start_with(browser).await;
    parent.open(hub.url("/")).await;
    parent.sign_in(PARENT.0, PARENT.1).await;
    parent.wait_for_text("Bourses").await;
    parent.open_link(&bourses).await;
    parent
        .wait_for_address("bourses", |address| address == bourses)
        .await;
    assert_eq!(parent.count("section.child").await, 2, "{}", services.log());
    let told = parent.text().await;
    assert!(!told.contains("Léa") && !told.contains("Hugo"), "{told}");
    parent.click("#ask-1").await;
    parent.fill("#name", "Mon aînée").await;
    parent.fill("#income", "12 500").await;
    parent.fill("#dependants", "2").await;
    parent.click("#honest").await;
    parent.click("#request-submit").await;
    parent.wait_for_text("Demande déposée").await;
    let home = parent.text().await;
    assert!(
        home.contains("Mon aînée") && home.contains("Enfant 2"),
        "{home}"
    );
    parent
        .screenshot(&format!("bourses-{}", browser.window.0))
        .await;

    parent.open(hub.url("/logout")).await;
    parent.click("#logout-submit").await;
    parent.wait_for_text("Bourses").await;
    eventually("bourses is told from behind", LOGOUT_LIMIT, async || {
        parent.open(&bourses).await;
        let address = parent.address().await;
        address.starts_with(&hub.url("/")).then_some(())
    })
    .await;
    parent.find("#login-submit").await;
    parent.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn out_of_one_service_is_out_of_all() {
    let region = start(Stores::Embedded, &OURS, r#""lea.martin""#).await;
    let (hub, services) = (&region.hub, &region.services);
    let (bourses, meals) = (services.bourses(), services.restauration());
    let visitor = Visitor::new();
    let home = sign_in_at(hub, &visitor, &bourses, PARENT).await;
    assert!(
        home.text().contains("Inès Martin"),
        "{}\n{}",
        home.text(),
        services.log()
    );
    let entered = by_form(&visitor, visitor.follow(&meals).await).await;
    assert!(entered.text().contains("Enfant 1"), "{}", entered.text());
    assert!(knows(&visitor, &bourses).await && knows(&visitor, &meals).await);
    // Another browser of the same person stays.
    let elsewhere = Visitor::new();
    sign_in_at(hub, &elsewhere, &bourses, PARENT).await;

    let leave = home
        .forms()
        .into_iter()
        .find(|form| form.action.path() == "/logout/ent")
        .expect("a way out of the ENT");
    let page = visitor.submit(&leave).await;
    let page = visitor.follow_on(page).await;
    // By its hint the hub knows who asks; where it still asks back, the person says yes.
    let page = match page
        .forms()
        .into_iter()
        .find(|form| form.action.path() == "/oidc/logout")
    {
        Some(form) => {
            let answer = visitor.submit(&form).await;
            visitor.follow_on(answer).await
        }
        None => page,
    };
    let back = format!("{bourses}deconnecte");
    assert!(
        page.url.as_str() == back || page.body.contains(&back),
        "{}\n{}",
        page.url,
        page.text()
    );
    assert_wants_a_password(hub, &visitor).await;
    assert!(!knows(&visitor, &bourses).await);
    wait_until_out(&visitor, &meals).await;
    assert!(knows(&elsewhere, &bourses).await);

    // Leaving a service alone leaves the hub as it is.
    let home = elsewhere.get(&bourses).await;
    let leave = home
        .forms()
        .into_iter()
        .find(|form| form.action.path() == "/logout")
        .expect("a way out of the service");
    let left = elsewhere.submit(&leave).await;
    assert!(left.text().contains("Vous avez quitté"), "{}", left.text());
    assert!(!knows(&elsewhere, &bourses).await);
    assert_eq!(elsewhere.follow(&bourses).await.url.as_str(), bourses);
}

/// Sends the hub's form, as its page's own script or button does.
async fn by_form(visitor: &Visitor, answer: Answer) -> Answer {
    let form = answer.form_with("state");
    let answer = visitor.submit(&form).await;
    visitor.follow_on(answer).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_who_is_new_at_the_hub_is_there_after_a_refresh() {
    let region = start(Stores::Embedded, &OURS, r#""lea.martin""#).await;
    let bourses = region.services.bourses();
    let visitor = Visitor::new();
    let home = sign_in_at(&region.hub, &visitor, &bourses, PARENT).await;
    assert!(!home.text().contains("Enfant 2"), "{}", home.text());
    let both = FAMILY.replace("@CHILDREN@", r#""lea.martin", "hugo.martin""#);
    region.hub.apply("family.toml", &both);
    let file = region.scratch.join("bourses.sqlite");
    let pool = SqlitePool::connect(&format!("sqlite:{}", file.display()))
        .await
        .expect("the service's own file");
    // Twice, since a refresh token is good once: the second is the one that came with the first.
    for _ in 0..2 {
        let stale = sqlx::query("UPDATE grants SET fresh_until = 0");
        stale.execute(&pool).await.expect("as if time went by");
        let home = visitor.get(&bourses).await;
        assert!(
            home.text().contains("Enfant 2"),
            "{} {}\n{}",
            home.status,
            home.text(),
            region.services.log()
        );
    }
    // A refresh token is nothing that a page shows or a log holds.
    let (token,): (String,) = sqlx::query_as("SELECT refresh_token FROM grants")
        .fetch_one(&pool)
        .await
        .expect("one session");
    assert!(!home.body.contains(&token) && !region.services.log().contains(&token));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pupil_reserves_a_meal_and_the_kiosk_says_so() {
    let region = start(Stores::Embedded, &OURS, r#""lea.martin""#).await;
    let (hub, services) = (&region.hub, &region.services);
    let pupil = Browser::start_with(Setup::phone()).await;
    let meals = services.restauration();
    pupil.open(&meals).await;
    pupil.sign_in(PUPIL.0, PUPIL.1).await;
    // By a form that the hub's page sends itself.
    pupil
        .wait_for_address("restauration", |address| address == meals)
        .await;
    pupil.click("#meal-1-1").await;
    pupil.click("#meals-1-submit").await;
    pupil.find("#meal-1-1[checked]").await;
    pupil.screenshot("restauration-390").await;

    let kiosk = Browser::start_with(Setup {
        scripts: false,
        ..Setup::default()
    })
    .await;
    kiosk.open(services.kiosk()).await;
    kiosk.find(".picture svg").await;
    kiosk.screenshot("kiosk-code").await;
    // What is on the screen is typed on the telephone.
    let code = shown_code(&kiosk).await;
    pupil.open(hub.url("/device")).await;
    pupil.fill("#user-code", &code.to_lowercase()).await;
    pupil.click("#device-submit").await;
    pupil.click("#device-allow").await;
    eventually("the kiosk greets", KIOSK_LIMIT, async || {
        let shown = kiosk.text().await;
        shown
            .contains("Bonjour Léa, votre repas est réservé")
            .then_some(())
    })
    .await;
    kiosk.screenshot("kiosk-greeting").await;
    assert!(!kiosk.text().await.contains("Martin"));
    // Nobody is signed in there, and soon nobody is known.
    eventually("the kiosk forgets", KIOSK_LIMIT, async || {
        let shown = kiosk.text().await;
        (!shown.contains("Léa") && kiosk.has("#user-code").await).then_some(())
    })
    .await;
    assert_ne!(shown_code(&kiosk).await, code, "a code is good once");

    // Somebody who was shown a code that is not in front of them says no.
    let code = shown_code(&kiosk).await;
    pupil.open(hub.url("/device")).await;
    pupil.fill("#user-code", &code).await;
    pupil.click("#device-submit").await;
    pupil.click("#device-deny").await;
    eventually("the kiosk hears the no", KIOSK_LIMIT, async || {
        let shown = kiosk.text().await;
        shown.contains("Demande refusée").then_some(())
    })
    .await;
    pupil.close().await;
    kiosk.close().await;
}

async fn shown_code(kiosk: &Browser) -> String {
    eventually("the kiosk shows a code", KIOSK_LIMIT, async || {
        // The page may load itself again between two looks at it.
        let client = kiosk.client();
        let code = client
            .find(fantoccini::Locator::Id("user-code"))
            .await
            .ok()?;
        code.text().await.ok().filter(|code| !code.is_empty())
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_both_services_are_accessible() {
    let region = start(Stores::Embedded, &OURS, r#""lea.martin", "hugo.martin""#).await;
    let browser = Browser::start().await;
    browser.open(region.services.bourses()).await;
    browser.sign_in(PARENT.0, PARENT.1).await;
    browser.find("#ask-1").await;
    browser.assert_accessible("bourses").await;
    browser.click("#ask-1").await;
    browser.find("#request-submit").await;
    browser.assert_accessible("the request").await;
    browser.click("#request-submit").await;
    browser.find("#problems").await;
    browser.assert_accessible("the request with mistakes").await;
    browser.open(region.services.restauration()).await;
    browser.find("#meals-2-submit").await;
    browser.assert_accessible("restauration").await;
    browser.open(region.services.kiosk()).await;
    browser.find("#user-code").await;
    // A screen that nobody can touch has to go on by itself.
    let mut found = browser.accessibility().await;
    found.retain(|violation| violation.id != "meta-refresh");
    assert!(found.is_empty(), "{found:#?}");
    browser.close().await;
}

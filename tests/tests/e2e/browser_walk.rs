//! A person's morning in a real browser: portal, a service, back, a second service without a second
//! login, out of one and thereby of the other. With scripts and without, on a phone and by keyboard.

use clau_tests::support::browser::{Browser, Setup};
use clau_tests::support::process::eventually;

use crate::scene::{LOGOUT_LIMIT, PUPIL, Scene, TEACHER};

/// Issue 2: a page weighs less than this in all, in bytes.
const MOST_BYTES: u64 = 60_000;

#[tokio::test(flavor = "multi_thread")]
async fn one_login_opens_everything_and_one_logout_closes_it() {
    let scene = Scene::shared().await;
    let browser = Browser::start().await;
    walk(&scene, &browser).await;
    // About the hub's own pages: the clients' pages are not ours to polish.
    let mut complaints = browser.complaints().await;
    complaints.retain(|complaint| complaint.starts_with(&scene.hub.url("/")));
    assert!(
        complaints.is_empty(),
        "the browser complains: {complaints:#?}"
    );
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_works_without_scripts() {
    let scene = Scene::embedded().await;
    let browser = Browser::start_with(Setup {
        scripts: false,
        ..Setup::default()
    })
    .await;
    walk(&scene, &browser).await;
    browser.close().await;
}

async fn walk(scene: &Scene, browser: &Browser) {
    let hub = &scene.hub;
    browser.open(hub.url("/")).await;
    browser
        .wait_for_address("the login page", |address| address.contains("/login"))
        .await;
    browser.sign_in(PUPIL.0, PUPIL.1).await;
    browser.wait_for_text("Atelier PHP").await;
    browser.screenshot("portal").await;
    assert!(
        !browser.text().await.contains("Salle des professeurs"),
        "a pupil sees the staff's tile"
    );

    // Tile, service, back, second tile: no page asks for a password on the way.
    let service = scene.apache.phpcas("index");
    browser.open_link(&service).await;
    browser
        .wait_for_address("the PHP service", |address| address == service)
        .await;
    browser.wait_for_text(PUPIL.0).await;
    browser.open(hub.url("/")).await;
    let second = scene.python.page("/");
    browser.open_link(&second).await;
    browser
        .wait_for_address("the Python service", |address| address == second)
        .await;
    browser.wait_for_text(PUPIL.0).await;

    // Out of the first service, thereby of the hub and of the second.
    browser.open(scene.apache.phpcas("logout")).await;
    if browser.address().await.starts_with(&hub.url("/"))
        && browser.has("form[method=post] button").await
    {
        browser.click("main form[method=post] button").await;
    }
    eventually(
        "the second service is signed out",
        LOGOUT_LIMIT,
        async || {
            browser.open(scene.python.page("/session")).await;
            browser.text().await.contains("false").then_some(())
        },
    )
    .await;
    browser.open(hub.url("/account")).await;
    browser.find("#login-submit").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_is_enough() {
    let scene = Scene::embedded().await;
    let browser = Browser::start().await;
    browser.open(scene.hub.url("/login")).await;
    browser.find("#login-submit").await;
    // The first stop is the way past the navigation, or the first field.
    let mut stops = Vec::new();
    for _ in 0..12 {
        browser.press("\u{e004}").await; // Tab
        let stop = browser
            .script("const e = document.activeElement; return e.name || e.id || e.tagName.toLowerCase();")
            .await;
        stops.push(stop.as_str().unwrap_or_default().to_owned());
        if stops.last().is_some_and(|stop| stop == "login-submit") {
            break;
        }
    }
    let place = |name: &str| stops.iter().position(|stop| stop == name);
    assert!(
        place("username") < place("password") && place("password") < place("login-submit"),
        "{stops:?}"
    );
    // Focus can be seen.
    let outline = browser
        .script("const s = getComputedStyle(document.activeElement); return s.outlineStyle + ' ' + s.boxShadow;")
        .await;
    assert_ne!(outline, "none none", "focus is invisible");

    browser.fill("[name=username]", TEACHER.0).await;
    browser.fill("[name=password]", TEACHER.1).await;
    browser.press("\u{e007}").await; // Enter
    browser.wait_for_text("Salle des professeurs").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_light_and_fit_a_phone() {
    let scene = Scene::embedded().await;
    let browser = Browser::start_with(Setup {
        window: (320, 640),
        ..Setup::default()
    })
    .await;
    browser.open(scene.hub.url("/login")).await;
    check_page(&browser, "login").await;
    browser.sign_in(TEACHER.0, TEACHER.1).await;
    browser.wait_for_text("Atelier PHP").await;
    check_page(&browser, "portal").await;
    browser.open(scene.hub.url("/account")).await;
    check_page(&browser, "account").await;
    browser.close().await;
}

async fn check_page(browser: &Browser, name: &str) {
    browser.screenshot(&format!("phone-{name}")).await;
    let overflow = browser
        .script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth;",
        )
        .await;
    assert_eq!(overflow, 0, "{name} scrolls sideways on a phone");
    let bytes = browser
        .script(
            "return performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))\
             .reduce((sum, entry) => sum + Math.max(entry.encodedBodySize, entry.transferSize), 0);",
        )
        .await;
    let bytes = bytes.as_f64().unwrap_or(f64::MAX);
    assert!(
        bytes > 0.0 && bytes < MOST_BYTES as f64,
        "{name} weighs {bytes} bytes"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_speaks_the_persons_language() {
    let scene = Scene::embedded().await;
    for language in ["fr", "oc", "en"] {
        let browser = Browser::start_with(Setup {
            language,
            ..Setup::default()
        })
        .await;
        browser.open(scene.hub.url("/login")).await;
        let spoken = browser
            .script("return document.documentElement.lang;")
            .await;
        assert_eq!(spoken, language);
        browser.screenshot(&format!("login-{language}")).await;
        browser.close().await;
    }
}

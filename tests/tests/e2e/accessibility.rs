//! axe-core finds nothing serious on any page that people meet (WCAG 2.1 AA, RGAA).

use clau_tests::support::browser::Browser;

use crate::asking::{Asking, PARENT};
use crate::scene::{PUPIL, Scene, TEACHER};

#[tokio::test(flavor = "multi_thread")]
async fn every_page_before_the_login_is_accessible() {
    let scene = Scene::embedded().await;
    let hub = &scene.hub;
    let browser = Browser::start().await;
    let unknown = hub.cas_login("https://inconnu.example/");
    let pages = [
        ("login", hub.url("/login")),
        ("unknown-service", unknown),
        ("logged-out", hub.url("/logout")),
        ("not-found", hub.url("/nulle-part")),
        ("service-login", hub.cas_login(&scene.python.page("/"))),
    ];
    for (name, url) in pages {
        browser.open(&url).await;
        check(&browser, name).await;
    }
    browser.open(hub.url("/login")).await;
    browser.sign_in(PUPIL.0, "pas-le-bon-mot-de-passe").await;
    browser.find("#login-submit").await;
    check(&browser, "login-refused").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_after_the_login_is_accessible() {
    let scene = Scene::embedded().await;
    let hub = &scene.hub;
    let browser = Browser::start().await;
    browser.open(hub.url("/login")).await;
    browser.sign_in(TEACHER.0, TEACHER.1).await;
    browser.wait_for_text("Atelier PHP").await;
    check(&browser, "portal").await;
    browser.open(scene.python.page("/")).await;
    browser.wait_for_text(TEACHER.0).await;
    let refused = hub.cas_login("https://inconnu.example/");
    for (name, url) in [
        ("account", hub.url("/account")),
        ("search", hub.url("/?q=atelier")),
        ("refused", refused),
        ("logout", hub.url("/logout")),
    ] {
        browser.open(&url).await;
        check(&browser, name).await;
    }
    // Asked before each service, whoever wanted that at login.
    browser.open(hub.url("/logout")).await;
    browser.click("#logout-submit").await;
    browser.find("a[href='/login']").await;
    check(&browser, "signed-out").await;
    browser
        .open(format!(
            "{}&warn=true",
            hub.cas_login(&scene.python.page("/"))
        ))
        .await;
    browser.sign_in(TEACHER.0, TEACHER.1).await;
    // There first: what is opened on the way would be overtaken.
    let service = scene.python.page("/");
    let there = |address: &str| address.starts_with(&service);
    browser.wait_for_address("the service", there).await;
    browser
        .open(hub.cas_login(&scene.apache.phpcas("index")))
        .await;
    browser.find("#warn-submit").await;
    check(&browser, "warn").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_that_a_service_brings_about_is_accessible() {
    let scene = Asking::start().await;
    let browser = Browser::start().await;
    browser.open(scene.request(&[])).await;
    browser.sign_in(PARENT.0, PARENT.1).await;
    browser.find("#consent-allow").await;
    check(&browser, "consent").await;
    browser.click("#consent-allow").await;
    browser
        .wait_for_address("the service", |address| address.contains("code="))
        .await;
    for (name, url, part) in [
        (
            "account-grants",
            scene.hub.url("/account"),
            "#grant-revoke-agenda-familles",
        ),
        (
            "choose-account",
            scene.request(&[("prompt", "select_account")]),
            "#account-continue",
        ),
        (
            "login-confirm",
            scene.request(&[("prompt", "login")]),
            "#login-submit",
        ),
        ("service-logout", scene.goodbye(), "#logout-confirm"),
        (
            "service-request",
            scene.request(&[("redirect_uri", "https://ailleurs.example/")]),
            ".reference",
        ),
        (
            "request-spent",
            scene.hub.url("/oidc/continue?request=x"),
            ".reference",
        ),
    ] {
        browser.open(&url).await;
        browser.find(part).await;
        check(&browser, name).await;
    }
    // A form that would send itself, with its script lost on the way.
    browser.lose("*submit*.js").await;
    browser
        .open(scene.request(&[("response_mode", "form_post")]))
        .await;
    browser.find("#onward-button").await;
    check(&browser, "form-post").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_for_screens_without_a_keyboard_is_accessible() {
    let scene = Asking::start().await;
    let browser = Browser::start().await;
    browser.open(scene.hub.url("/device")).await;
    browser.sign_in(PUPIL.0, PUPIL.1).await;
    browser.find("#user-code").await;
    check(&browser, "device").await;
    browser.fill("#user-code", "BCDF-GHJK").await;
    browser.click("#device-submit").await;
    browser.find("#problem").await;
    check(&browser, "device-unknown").await;
    for (answer, name) in [("#device-allow", "allowed"), ("#device-deny", "denied")] {
        let (_, picture) = scene.screen().await;
        browser.open(&picture).await;
        browser.find(answer).await;
        check(&browser, "device-confirm").await;
        browser.click(answer).await;
        browser.find("main .actions a").await;
        check(&browser, &format!("device-{name}")).await;
    }
    browser.close().await;
}

/// Checks the page as it is, in the light and in the dark scheme.
async fn check(browser: &Browser, name: &str) {
    for (dark, scheme) in [(true, "dark"), (false, "light")] {
        browser.prefer_dark(dark).await;
        browser.screenshot(&format!("axe-{name}-{scheme}")).await;
        browser
            .assert_accessible(&format!("{name} ({scheme})"))
            .await;
    }
}

//! axe-core finds nothing serious on any page that people meet (WCAG 2.1 AA, RGAA).

use clau_tests::support::browser::Browser;

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
    browser
        .open(hub.cas_login(&scene.apache.phpcas("index")))
        .await;
    browser.find("#warn-submit").await;
    check(&browser, "warn").await;
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

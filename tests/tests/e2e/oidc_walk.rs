//! A parent, a pupil and a service that asks, in a real browser, with scripts and without: reading and
//! agreeing, changing one's mind, another language in between, two windows, the way out. Every page of it
//! is kept as a picture, on a telephone and on a desk.

use clau_tests::support::browser::{Browser, Setup};

use crate::asking::{ASKING, Asking, PARENT, SCREEN};
use crate::scene::{PUPIL, TEACHER};

/// A telephone and a desk, in CSS pixels.
const WINDOWS: [(u32, u32, &str); 2] = [(390, 844, "phone"), (1280, 900, "desk")];

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_agrees_takes_it_back_and_is_asked_again() {
    let scene = Asking::start().await;
    let browser = Browser::start().await;
    agree_and_take_back(&scene, &browser).await;
    // What the browser says of the hub's own pages.
    let mut complaints = browser.complaints().await;
    complaints.retain(|complaint| complaint.starts_with(&scene.hub.url("/")));
    // A refused password is answered with a status that the console repeats.
    complaints.retain(|complaint| !complaint.contains("status of 422"));
    assert!(complaints.is_empty(), "{complaints:#?}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_needs_no_scripts_to_agree() {
    let scene = Asking::start().await;
    let browser = without_scripts().await;
    agree_and_take_back(&scene, &browser).await;
    browser.close().await;
}

async fn without_scripts() -> Browser {
    let setup = Setup {
        scripts: false,
        ..Setup::default()
    };
    Browser::start_with(setup).await
}

async fn agree_and_take_back(scene: &Asking, browser: &Browser) {
    browser.open(scene.request(&[])).await;
    browser
        .wait_for_text(&format!("Pour ouvrir {ASKING}"))
        .await;
    pictures(browser, "login-for-a-service").await;
    // A mistake, and another language in between: the request is still there.
    browser.sign_in(PARENT.0, "pas-le-bon-mot-de-passe").await;
    browser.find("#problem").await;
    pictures(browser, "login-refused-for-a-service").await;
    speak(browser, "oc", &format!("Per dobrir {ASKING}")).await;
    speak(browser, "fr", &format!("Pour ouvrir {ASKING}")).await;
    browser.sign_in(PARENT.0, PARENT.1).await;
    browser.find("#consent-allow").await;
    let page = browser.text().await;
    for shown in [
        ASKING,
        "votre prénom",
        "vos enfants",
        "agenda.example",
        "Refuser",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    pictures(browser, "consent").await;
    pictures_of(browser, "consent-decision", ".decision").await;
    speak(browser, "en", "Accept").await;
    pictures(browser, "consent-en").await;
    speak(browser, "fr", "Accepter").await;

    // No, and then yes.
    browser.click("#consent-deny").await;
    arrive(scene, browser, "error=access_denied").await;
    browser.open(scene.request(&[])).await;
    browser.click("#consent-allow").await;
    let address = arrive(scene, browser, "code=").await;
    let state = scene
        .arrived("/retour")
        .pop()
        .and_then(|received| received.parameter("state"));
    assert_eq!(
        state.as_deref(),
        Some("l'été \"2026\" & la suite"),
        "{address}"
    );
    // Agreed is agreed.
    browser.open(scene.request(&[])).await;
    arrive(scene, browser, "code=").await;

    browser.open(scene.hub.url("/account")).await;
    browser.wait_for_text("Services autorisés").await;
    pictures_of(browser, "account-grants", "#grants").await;
    browser.click("#grant-revoke-agenda-familles").await;
    browser.find("#done").await;
    assert!(browser.text().await.contains("n'a plus accès"));
    assert!(!browser.has("#grant-revoke-agenda-familles").await);
    pictures(browser, "account-grant-revoked").await;
    browser
        .open(scene.request(&[("scope", "openid profile offline_access")]))
        .await;
    browser.find("#consent-allow").await;
    browser.wait_for_text("même en votre absence").await;
    pictures(browser, "consent-lasting").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_10_who_has_signed_out_leaves_nothing_behind_the_back_button() {
    let scene = Asking::start().await;
    let browser = Browser::start().await;
    browser.open(scene.request(&[])).await;
    browser.sign_in(PARENT.0, PARENT.1).await;
    browser.find("#consent-allow").await;
    browser.open(scene.hub.url("/account")).await;
    browser.wait_for_text("Votre identité").await;
    browser.open(scene.hub.url("/logout")).await;
    browser.click("main form button").await;
    browser.wait_for_text("Déconnexion terminée").await;
    // Past the logout, the account and the question, as far as there is something.
    for _ in 0..4 {
        browser.back().await;
        let page = browser.text().await;
        for left in ["Anne", "anne.martin@essais.example", "vos enfants"] {
            assert!(!page.contains(left), "{left} is still there: {page}");
        }
        assert!(!browser.has("#consent-allow").await);
    }
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_16_two_windows_of_one_pushed_request_give_one_answer() {
    let scene = Asking::start().await;
    let browser = Browser::start().await;
    browser.open(scene.pushed().await).await;
    let on = browser
        .wait_for_address("the login", |address| address.contains("/oidc/continue?"))
        .await;
    browser
        .wait_for_text(&format!("Pour ouvrir {ASKING}"))
        .await;
    let first = browser.window().await;
    let second = browser.open_window().await;
    browser.open(&on).await;
    browser
        .wait_for_text(&format!("Pour ouvrir {ASKING}"))
        .await;
    browser.switch_to(&first).await;
    browser.sign_in(PARENT.0, PARENT.1).await;
    // The other one is asked as well, and answers first.
    browser.find("#consent-allow").await;
    browser.switch_to(&second).await;
    browser.open(&on).await;
    browser.click("#consent-allow").await;
    arrive(&scene, &browser, "code=").await;
    browser.switch_to(&first).await;
    browser.click("#consent-allow").await;
    browser.wait_for_text("n'attend plus de réponse").await;
    pictures(&browser, "request-spent").await;
    assert_eq!(scene.arrived("/retour").len(), 1, "one answer");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_sits_at_a_screen_of_others_chooses_the_account() {
    let scene = Asking::start().await;
    let browser = Browser::start().await;
    browser.open(scene.hub.url("/login")).await;
    browser.sign_in(TEACHER.0, TEACHER.1).await;
    browser.wait_for_text("Bonjour Claire").await;
    browser
        .open(scene.request(&[("prompt", "select_account")]))
        .await;
    browser.find("#account-continue").await;
    pictures(&browser, "choose-account").await;
    browser.click("#account-other").await;
    browser
        .wait_for_text(&format!("Pour ouvrir {ASKING}"))
        .await;
    browser.sign_in(PARENT.0, PARENT.1).await;
    browser.find("#consent-allow").await;
    assert!(browser.text().await.contains("Anne Martin"));
    // The same person proves it once more.
    browser.open(scene.request(&[("prompt", "login")])).await;
    browser
        .wait_for_text(&format!("{ASKING} demande de saisir à nouveau"))
        .await;
    pictures(&browser, "login-confirm").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_sends_itself_needs_one_press_without_scripts() {
    let scene = Asking::start().await;
    let form_post = scene.request(&[("response_mode", "form_post")]);
    for scripts in [true, false] {
        let browser = Browser::start_with(Setup {
            scripts,
            ..Setup::default()
        })
        .await;
        browser.open(&form_post).await;
        browser.sign_in(PUPIL.0, PUPIL.1).await;
        if !scripts {
            browser.find("#onward-button").await;
            pictures(&browser, "form-post").await;
            browser.click("#onward-button").await;
        }
        let arrival = scene.arrival();
        browser
            .wait_for_address("the service", |address| address == arrival)
            .await;
        let arrived = scene.arrived("/retour").pop().expect("a form");
        assert!(arrived.line.starts_with("POST "), "{}", arrived.line);
        assert_eq!(
            arrived.field("state").as_deref(),
            Some("l'été \"2026\" & la suite")
        );
        assert!(arrived.field("code").is_some());
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_cannot_be_trusted_ends_on_a_page_that_says_what_to_do() {
    let scene = Asking::start().await;
    let browser = Browser::start().await;
    browser
        .open(scene.request(&[("redirect_uri", "https://ailleurs.example/")]))
        .await;
    browser
        .wait_for_text("Nous ne pouvons pas répondre à ce service")
        .await;
    pictures(&browser, "service-request").await;
    let reference = browser.find(".reference code").await.text().await;
    let reference = reference.expect("a reference");
    let line = scene.hub.logged(&reference).await;
    assert!(line.contains("redirect_uri"), "in words: {line}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_agrees_to_sign_out_is_led_back_to_the_service() {
    let scene = Asking::start().await;
    let browser = Browser::start().await;
    browser.open(scene.hub.url("/login")).await;
    browser.sign_in(PARENT.0, PARENT.1).await;
    browser.wait_for_text("Bonjour Anne").await;
    browser.open(scene.goodbye()).await;
    browser
        .wait_for_text(&format!("{ASKING} propose de vous déconnecter"))
        .await;
    pictures(&browser, "service-logout").await;
    browser.click("#logout-confirm").await;
    browser
        .wait_for_address("the service's goodbye", |address| {
            address.contains("/au-revoir?state=")
        })
        .await;
    let arrived = scene.arrived("/au-revoir").pop().expect("a visitor");
    assert_eq!(arrived.parameter("state").as_deref(), Some("à bientôt"));
    browser.open(scene.hub.url("/account")).await;
    browser.find("#login-submit").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn web_01_a_program_behind_an_address_in_brackets_is_reached_from_the_login() {
    let scene = Asking::start().await;
    let browser = Browser::start().await;
    let request = scene.request(&[
        ("client_id", "telephone"),
        ("redirect_uri", "http://[::1]:1/retour"),
        ("scope", "openid"),
    ]);
    browser.open(&request).await;
    browser.sign_in(PARENT.0, PARENT.1).await;
    // Nobody listens there: that the browser goes there is all.
    browser
        .wait_for_address("the program", |address| {
            address.starts_with("http://[::1]:1/retour?code=")
                || address.starts_with("chrome-error:")
        })
        .await;
    let complaints = browser.complaints().await;
    assert!(
        !complaints
            .iter()
            .any(|said| said.contains("Content Security Policy")),
        "{complaints:#?}"
    );
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pupil_lets_a_screen_in_and_another_one_not() {
    let scene = Asking::start().await;
    let browser = Browser::start().await;
    browser.open(scene.hub.url("/device")).await;
    browser.sign_in(PUPIL.0, PUPIL.1).await;
    browser.find("#user-code").await;
    pictures(&browser, "device").await;
    browser.fill("#user-code", "bcdf ghjk").await;
    browser.click("#device-submit").await;
    browser.find("#problem").await;
    pictures(&browser, "device-unknown").await;

    let (code, _) = scene.screen().await;
    browser.fill("#user-code", &code.to_lowercase()).await;
    browser.click("#device-submit").await;
    browser.wait_for_text(SCREEN).await;
    assert!(browser.text().await.contains(&code));
    pictures(&browser, "device-confirm").await;
    pictures_of(&browser, "device-decision", ".decision").await;
    // The same question in another language.
    speak(&browser, "oc", SCREEN).await;
    speak(&browser, "fr", SCREEN).await;
    browser.click("#device-allow").await;
    browser.wait_for_text("regardez l'écran").await;
    pictures(&browser, "device-allowed").await;

    let (_, picture) = scene.screen().await;
    browser.open(&picture).await;
    browser.click("#device-deny").await;
    browser.wait_for_text("Rien n'a été ouvert").await;
    pictures(&browser, "device-denied").await;

    // Ten made-up codes are enough.
    for _ in 0..10 {
        browser
            .open(scene.hub.url("/device?user_code=BCDF-GHJK"))
            .await;
        if browser.text().await.contains("10 minutes") {
            break;
        }
    }
    browser
        .open(scene.hub.url("/device?user_code=BCDF-GHJK"))
        .await;
    browser.wait_for_text("10 minutes").await;
    pictures(&browser, "device-wait").await;
    browser.close().await;
}

/// Waits until the browser is at the service with this in its address.
async fn arrive(scene: &Asking, browser: &Browser, with: &str) -> String {
    let arrival = scene.arrival();
    browser
        .wait_for_address("the service", |address| {
            address.starts_with(&arrival) && address.contains(with)
        })
        .await
}

/// Changes the language by the switch of the page, and waits for words on it.
async fn speak(browser: &Browser, language: &str, words: &str) {
    browser
        .click(&format!(".languages a[hreflang={language}]"))
        .await;
    browser.find(&format!("html[lang={language}]")).await;
    browser.wait_for_text(words).await;
}

/// The page as it is, on a telephone and on a desk: nothing of it is cut off at the side.
async fn pictures(browser: &Browser, name: &str) {
    pictures_of(browser, name, "body").await;
}

/// The same, from a part of the page on.
async fn pictures_of(browser: &Browser, name: &str, part: &str) {
    for (width, height, window) in WINDOWS {
        browser.resize(width, height).await;
        browser
            .script(&format!(
                "document.querySelector('{part}').scrollIntoView();"
            ))
            .await;
        let wide = browser
            .script("return document.documentElement.scrollWidth > innerWidth;")
            .await;
        assert_eq!(wide, false, "{name} scrolls sideways on a {window}");
        browser.screenshot(&format!("oidc-{name}-{window}")).await;
    }
}

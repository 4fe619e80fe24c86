//! Modules about whether somebody has to sign in, and what the request may say of them: `prompt`,
//! `max_age`, hints, languages, authentication contexts.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Done, Setting, flow, somebody};
use crate::checks::{self, ACR, PAGE_NEEDED};
use crate::client::{Ask, Rp};
use crate::person::{Person, Shown};

/// The same person twice; the second time nobody may be asked anything, and it is the same login.
async fn twice(rp: &Rp, first: Ask, second: impl FnOnce(&Done, Ask) -> Ask) {
    let person = somebody().await;
    let before = flow(&person, rp, &first).await;
    assert_eq!(before.visit.shown.first(), Some(&Shown::Login));
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let ask = second(&before, rp.ask("openid"));
    let after = flow(&person, rp, &ask).await;
    assert_eq!(after.visit.shown, [], "asked again");
    assert_eq!(after.claims["auth_time"], before.claims["auth_time"]);
    assert_eq!(after.claims["sub"], before.claims["sub"]);
}

/// The same person twice; the second time the password is asked for again.
async fn again(rp: &Rp, pause: Duration, name: &str, value: &str) {
    let person = somebody().await;
    let before = flow(&person, rp, &rp.ask("openid")).await;
    tokio::time::sleep(pause).await;
    let ask = rp.ask("openid").with(name, value);
    let looked = person.copy().look(&rp.authorize_url(&ask)).await;
    assert!(
        crate::person::has_password(looked.page()),
        "{name}={value}: {}",
        looked.page().text()
    );
    let after = flow(&person, rp, &ask).await;
    assert_eq!(after.visit.shown, [Shown::Login]);
    assert_eq!(after.claims["sub"], before.claims["sub"]);
    let instant = |claims: &Value| claims["auth_time"].as_i64().expect("an instant");
    assert!(instant(&after.claims) > instant(&before.claims));
    assert!((instant(&after.claims) - checks::now()).abs() < 10);
}

pub(crate) async fn oidcc_prompt_login(setting: &Setting) {
    let pause = Duration::from_millis(1_100);
    again(&setting.rp().await, pause, "prompt", "login").await;
}

pub(crate) async fn oidcc_max_age_1(setting: &Setting) {
    // A login of one second ago would still do.
    let pause = Duration::from_millis(2_100);
    again(&setting.rp().await, pause, "max_age", "1").await;
}

pub(crate) async fn oidcc_max_age_10000(setting: &Setting) {
    let rp = setting.rp().await;
    let first = rp.ask("openid").with("max_age", "15000");
    twice(&rp, first, |_, ask| ask.with("max_age", "10000")).await;
}

pub(crate) async fn oidcc_prompt_none_not_logged_in(setting: &Setting) {
    let rp = setting.rp().await;
    let person = somebody().await;
    let ask = rp
        .ask("openid")
        .with("prompt", "none")
        .with("state", crate::jose::random(128));
    let visit = person.open(&rp.authorize_url(&ask)).await;
    assert_eq!(visit.shown, []);
    checks::refused(&visit, &rp, &ask, &PAGE_NEEDED);
    assert!(!person.is_signed_in().await);
}

pub(crate) async fn oidcc_prompt_none_logged_in(setting: &Setting) {
    let rp = setting.rp().await;
    let first = rp.ask("openid");
    twice(&rp, first, |_, ask| ask.with("prompt", "none")).await;
}

pub(crate) async fn oidcc_id_token_hint(setting: &Setting) {
    let rp = setting.rp().await;
    let first = rp.ask("openid");
    twice(&rp, first, |before, ask| {
        ask.with("prompt", "none")
            .with("id_token_hint", before.tokens.id())
    })
    .await;
}

/// A parameter that changes nothing of what comes back.
async fn harmless(setting: &Setting, name: &str, value: &str) -> Person {
    let rp = setting.rp().await;
    let person = somebody().await;
    let ask = rp.ask("openid").with(name, value);
    let done = flow(&person, &rp, &ask).await;
    assert_eq!(done.visit.shown.first(), Some(&Shown::Login));
    person
}

pub(crate) async fn oidcc_display_page(setting: &Setting) {
    harmless(setting, "display", "page").await;
}

pub(crate) async fn oidcc_display_popup(setting: &Setting) {
    harmless(setting, "display", "popup").await;
}

pub(crate) async fn oidcc_ensure_request_with_unknown_parameter_succeeds(setting: &Setting) {
    harmless(setting, "extra", "foobar").await;
}

pub(crate) async fn oidcc_claims_locales(setting: &Setting) {
    harmless(setting, "claims_locales", "se").await;
}

pub(crate) async fn oidcc_ui_locales(setting: &Setting) {
    harmless(setting, "ui_locales", "se").await;
    // The page speaks the first language that it knows, whatever the browser prefers.
    let rp = setting.rp().await;
    for (asked, spoken) in [("se en", "en"), ("oc", "oc"), ("fr en", "fr")] {
        let ask = rp.ask("openid").with("ui_locales", asked);
        let visit = somebody().await.look(&rp.authorize_url(&ask)).await;
        let page = visit.page();
        assert!(
            page.body.contains(&format!("<html lang=\"{spoken}\"")),
            "{asked}: {}",
            page.body.chars().take(200).collect::<String>()
        );
    }
}

pub(crate) async fn oidcc_login_hint(setting: &Setting) {
    harmless(setting, "login_hint", "buffy@localhost").await;
    let rp = setting.rp().await;
    let ask = rp.ask("openid").with("login_hint", "buffy@localhost");
    let visit = somebody().await.look(&rp.authorize_url(&ask)).await;
    let form = visit.page().form_with("password");
    assert_eq!(form.value("username"), Some("buffy@localhost"));
}

pub(crate) async fn oidcc_ensure_request_with_acr_values_succeeds(setting: &Setting) {
    let rp = setting.rp().await;
    let offered = rp.metadata["acr_values_supported"].as_array();
    let offered: Vec<&str> = offered
        .expect("a list")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert!(offered.contains(&ACR));
    let ask = rp.ask("openid").with("acr_values", offered.join(" "));
    let done = flow(&somebody().await, &rp, &ask).await;
    assert!(offered.iter().any(|acr| done.claims["acr"] == json!(acr)));
    // What nobody offers is no reason to refuse (OIDC Core §3.1.2.1: voluntary).
    let ask = rp.ask("openid").with("acr_values", "1 2");
    let done = flow(&somebody().await, &rp, &ask).await;
    assert_eq!(done.claims["acr"], ACR);
}

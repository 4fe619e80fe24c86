//! In which language the pages on the way to a service speak, and that changing it loses nothing.

use super::super::scene::{Answer, Browser};
use super::{address, scene, sign_in_form, told};

fn language(page: &Answer) -> &str {
    let (_, rest) = page.body.split_once("<html lang=\"").expect("a page");
    rest.split('"').next().expect("its end")
}

/// Where the language switch of a page leads.
fn switch(page: &Answer, to: &str) -> String {
    let link = format!("href=\"/language?to={to}&#38;back=");
    let (_, rest) = page.body.split_once(&link).expect("a switch");
    let back = rest.split('"').next().expect("its end");
    format!("/language?to={to}&back={back}")
}

#[tokio::test]
async fn a_service_wishes_a_language_for_whoever_has_chosen_none() {
    let scene = scene().await;
    for (wish, browsers, expected) in [
        ("oc", "en", "oc"),
        ("de-DE oc-FR en", "fr", "oc"),
        ("EN-gb", "fr", "en"),
        ("de", "oc", "oc"),
        ("", "en", "en"),
    ] {
        let mut browser = Browser::default().with("accept-language", browsers);
        let page = scene
            .get(&mut browser, &address(&[("ui_locales", wish)]))
            .await;
        assert_eq!(language(&page), expected, "{wish}");
        // The page after a mistake speaks it too.
        let page = scene.submit(&mut browser, &sign_in_form(&page, "x")).await;
        assert_eq!(language(&page), expected, "{wish}");
        // It was that service's wish, and is no choice of the person's.
        let page = scene.get(&mut browser, "/login").await;
        assert_eq!(language(&page), browsers, "{wish}");
    }
    let mut browser = Browser::default();
    scene.get(&mut browser, "/language?to=en&back=/").await;
    let page = scene
        .get(&mut browser, &address(&[("ui_locales", "oc")]))
        .await;
    assert_eq!(language(&page), "en", "the person's choice counts");
}

#[tokio::test]
async fn the_language_can_be_changed_on_every_page_on_the_way_to_a_service() {
    let scene = scene().await;
    let asking = address(&[
        ("client_id", "editeur"),
        ("redirect_uri", "https://editeur.example/callback"),
        ("prompt", "select_account"),
        ("state", "é&=?#"),
        ("ui_locales", "fr"),
    ]);
    let mut browser = Browser::default();
    let page = scene.get(&mut browser, &asking).await;
    let page = scene.follow(&mut browser, &switch(&page, "oc")).await;
    assert_eq!(language(&page), "oc");
    let wrong = sign_in_form(&page, "paul.durand").with("password", "x");
    let page = scene.submit(&mut browser, &wrong).await;
    let page = scene.follow(&mut browser, &switch(&page, "en")).await;
    assert_eq!(language(&page), "en");
    scene.pass_seconds(30);
    let question = scene
        .submit(&mut browser, &sign_in_form(&page, "paul.durand"))
        .await;
    let question = scene.follow(&mut browser, &switch(&question, "oc")).await;
    assert_eq!(language(&question), "oc");
    // It begins where it began: with the question which account, and the one after it.
    let goes_on = question.form("/oidc/account").with("choice", "continue");
    let question = scene.submit(&mut browser, &goes_on).await;
    let question = scene.follow(&mut browser, &switch(&question, "fr")).await;
    let goes_on = question.form("/oidc/account").with("choice", "continue");
    let question = scene.submit(&mut browser, &goes_on).await;
    assert_eq!(language(&question), "fr");
    let agreed = question.form("/oidc/consent").with("decision", "allow");
    let answer = scene.submit(&mut browser, &agreed).await;
    assert_eq!(told(&answer)["state"], "é&=?#");
}

#[tokio::test]
async fn another_account_is_chosen_in_any_language() {
    let scene = scene().await;
    let mut browser = scene.signed_in("paul.durand").await;
    let asking = address(&[("prompt", "select_account"), ("ui_locales", "en")]);
    let question = scene.get(&mut browser, &asking).await;
    assert_eq!(language(&question), "en");
    let other = question.form("/oidc/account").with("choice", "other");
    let page = scene.submit(&mut browser, &other).await;
    assert_eq!(language(&page), "en");
    assert!(page.body.contains("Bourses"), "{}", page.body);
    let page = scene.follow(&mut browser, &switch(&page, "oc")).await;
    assert!(page.body.contains("/oidc/account"), "back at the question");
}

#[tokio::test]
async fn the_question_of_a_device_can_be_read_in_another_language() {
    let scene = scene().await;
    let device = super::devices::shown(&scene).await;
    let mut lea = scene.signed_in("lea.martin").await;
    let question = scene.get(&mut lea, &device.complete()).await;
    let question = scene.follow(&mut lea, &switch(&question, "en")).await;
    assert_eq!(language(&question), "en");
    assert_eq!(
        question.form("/device/answer").value("code"),
        Some(device.code())
    );
}

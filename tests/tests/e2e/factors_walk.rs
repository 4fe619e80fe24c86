//! Two-step verification in a real browser, with codes by oathtool as a phone would show them: a teacher sets it up,
//! is asked at the next login and in mid-session, and comes in by a printed code. What a code is worth is proven in
//! the engine's tests (MFA-07 to MFA-11); here it is what people see.

use std::process::Command;

use clau_tests::support::browser::{Browser, Setup};
use clau_tests::support::hub::Stores;
use clau_tests::support::process::eventually;

use crate::scene::{LOGOUT_LIMIT, PUPIL, TEACHER, region, setup, shared_stores};

const CONSOLE: &str = r#"
[[service]]
id = "console"
name = "Console"
access = [{}]
[service.session]
assurance = "multi_factor"
[service.cas]
urls = ["https://localhost:9/console/"]
"#;

/// The code that an application shows now, or so many half minutes later.
fn code(secret: &str, steps: i64) -> String {
    let at = format!("now {} seconds", steps * 30);
    let output = Command::new("oathtool")
        .args(["--totp", "--base32", "--now", &at, &secret.replace(' ', "")])
        .output()
        .expect("oathtool runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn mfa_05_a_teacher_sets_up_an_application_and_is_asked_for_its_codes() {
    walk(Stores::Embedded, Setup::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_on_a_phone_without_scripts_on_the_shared_stores() {
    let browser = Setup::plain_phone();
    walk(shared_stores(), browser).await;
}

async fn walk(stores: Stores, browser: Setup) {
    let hub = setup(stores)
        .applying(region())
        .applying(CONSOLE)
        .start()
        .await;
    let width = browser.window.0;
    let look = async |person: &Browser, page: &str| {
        if browser.scripts {
            person.assert_accessible(page).await;
        }
        person.screenshot(&format!("{page}-{width}")).await;
    };
    let teacher = Browser::start_with(browser).await;
    teacher.open(hub.url("/account")).await;
    teacher.sign_in(TEACHER.0, TEACHER.1).await;
    look(&teacher, "second-account").await;
    teacher.click("#second-manage").await;
    look(&teacher, "second-none").await;
    teacher.click("#factor-new").await;
    teacher.find(".qr svg").await;
    look(&teacher, "second-new").await;
    teacher.click("details summary").await;
    let secret = teacher.find("#secret").await.text().await.expect("text");
    teacher.fill("#code", "000000").await;
    teacher.click("#confirm-submit").await;
    teacher.find("#problem").await;
    teacher.fill("#code", &code(&secret, 0)).await;
    teacher.fill("#name", "Mon téléphone").await;
    teacher.click("#confirm-submit").await;
    teacher.find(".recovery-codes").await;
    look(&teacher, "second-codes").await;
    let codes = teacher.find(".recovery-codes").await.text().await;
    let codes: Vec<String> = codes
        .expect("text")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    assert_eq!(codes.len(), 10, "{codes:?}");
    teacher.click("#codes-kept").await;
    teacher.wait_for_text("Mon téléphone").await;
    look(&teacher, "second-some").await;

    // Whoever has none is told how to get one.
    let login = hub.url("/cas/login?service=https%3A%2F%2Flocalhost%3A9%2Fconsole%2F");
    let pupil = Browser::start_with(browser).await;
    pupil.open(&login).await;
    pupil.sign_in(PUPIL.0, PUPIL.1).await;
    pupil.find("#problem").await;
    look(&pupil, "second-missing").await;
    pupil.close().await;

    // In mid-session, for a service that wants more: the code alone. The next one, for this one is spent.
    teacher.open(&login).await;
    teacher.find("#second-submit").await;
    teacher.wait_for_text("Console").await;
    look(&teacher, "second-asked").await;
    assert!(
        !teacher.has("[name=password]").await,
        "asked for more than that"
    );
    teacher.fill("#code", "123456").await;
    teacher.click("#second-submit").await;
    teacher.find("#problem").await;
    look(&teacher, "second-wrong").await;
    // In a new browser, from the beginning; and by a code of the sheet, as it is on paper.
    let elsewhere = Browser::start_with(browser).await;
    elsewhere.open(hub.url("/account")).await;
    elsewhere.sign_in(TEACHER.0, TEACHER.1).await;
    elsewhere.find("#second-submit").await;
    elsewhere.open(hub.url("/account")).await;
    elsewhere.find("#login-submit").await;
    elsewhere.sign_in(TEACHER.0, TEACHER.1).await;
    let paper = codes.first().expect("a code").to_lowercase();
    // The wrong guess of before may still hold somebody up.
    eventually("the code of the sheet is taken", LOGOUT_LIMIT, async || {
        elsewhere.fill("#code", &paper).await;
        elsewhere.click("#second-submit").await;
        let inside = elsewhere.has("#second-manage").await;
        inside.then_some(())
    })
    .await;
    let complaints = elsewhere.complaints().await;
    let own = complaints
        .iter()
        .filter(|text| !text.contains("status of 4"));
    assert_eq!(own.count(), 0, "{complaints:#?}");
    elsewhere.close().await;

    // The operator sees that there is one, and nothing of it.
    let shown = hub.run(&["accounts", "factors", TEACHER.0]);
    assert!(shown.contains("Mon téléphone"), "{shown}");
    assert!(shown.contains("recovery codes left: 9"), "{shown}");
    let alone = hub.command(&[
        "accounts",
        "remove-factors",
        TEACHER.0,
        "--asked-by",
        "A",
        "--agreed-by",
        "a",
        "--because",
        "perdu",
    ]);
    assert!(!alone.status.success(), "one person is not two");
    hub.run(&[
        "accounts",
        "remove-factors",
        TEACHER.0,
        "--asked-by",
        "A",
        "--agreed-by",
        "B",
        "--because",
        "perdu",
    ]);
    teacher.open(hub.url("/account")).await;
    teacher.sign_in(TEACHER.0, TEACHER.1).await;
    teacher.find("#second-manage").await;
    teacher.close().await;
    let logs = hub.logs();
    for secret in [&secret, &secret.replace(' ', ""), &codes[0], &codes[1]] {
        assert!(!logs.contains(secret), "LOG-02");
    }
}

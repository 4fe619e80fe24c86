//! From the academy's feed to a child's first morning: import, printed sheet, first login with the code,
//! a password of one's own, the charter, the portal.

use clau_tests::feedgen::{self, Plan};
use clau_tests::support::browser::Browser;
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Stores;

use crate::scene::setup;

const CHOSEN: &str = "trois-lapins-dans-la-neige";

/// Login and code of one sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sheet {
    login: String,
    code: String,
}

/// Reads the sheets as a person does: the words beside "Identifiant" and "Code".
fn read(page: &str) -> Vec<Sheet> {
    let value = |text: &str, label: &str| {
        let (_, rest) = text.split_once(&format!("<dt>{label}</dt><dd"))?;
        let (_, rest) = rest.split_once('>')?;
        Some(rest.split_once('<')?.0.to_owned())
    };
    page.split("<li>")
        .skip(1)
        .filter_map(|sheet| {
            Some(Sheet {
                login: value(sheet, "Identifiant")?,
                code: value(sheet, "Code")?,
            })
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sheet_of_paper_leads_to_the_portal() {
    let hub = setup(Stores::Embedded).charter("2026-09").start().await;
    let feed = hub.scratch().join("feed");
    let summary = feedgen::write(&Plan::tiny(), &feed).expect("there is room for the feed");
    hub.run(&["import", "aaf", &feed.to_string_lossy()]);
    let pupil = summary.cast.first().expect("a pupil to show");
    let school = pupil.schools.first().expect("the pupil's school");
    let file = hub.scratch().join("sheets.html");
    hub.run(&[
        "accounts",
        "sheets",
        "--uai",
        school,
        "--out",
        &file.to_string_lossy(),
    ]);
    let sheets = read(&std::fs::read_to_string(&file).expect("the sheets are written"));
    assert!(
        sheets.len() > 10,
        "{} sheets for a school of sixty pupils",
        sheets.len()
    );
    let sheet = sheets.first().expect("counted above").clone();

    let browser = Browser::start().await;
    browser.open(hub.url("/login")).await;
    // On paper the code is in capitals with hyphens; children type it as they like.
    browser
        .sign_in(&sheet.login, &sheet.code.to_lowercase())
        .await;
    browser.find("#credentials-submit").await;
    browser.assert_accessible("credentials").await;
    browser.screenshot("credentials").await;
    // Too easy, then two different ones, then one that holds.
    for (first, again) in [
        ("12345678", "12345678"),
        (CHOSEN, "autre-chose-encore"),
        (CHOSEN, CHOSEN),
    ] {
        browser.fill("[name=new_password]", first).await;
        browser.fill("[name=again]", again).await;
        browser.click("#credentials-submit").await;
        if first != again || first != CHOSEN {
            browser.find("#problem").await;
            browser.assert_accessible("credentials-refused").await;
        }
    }
    browser.find("#charter-submit").await;
    browser.assert_accessible("charter").await;
    browser.screenshot("charter").await;
    browser.click("#accept").await;
    browser.click("#charter-submit").await;
    browser
        .wait_for_address("the portal", |address| address == hub.url("/"))
        .await;
    browser.assert_accessible("first-portal").await;
    browser.close().await;

    // The paper is worth nothing any more; the password is.
    let finder = Visitor::new();
    let answer = hub.log_in(&finder, &sheet.login, &sheet.code).await;
    let page = finder.follow_on(answer).await;
    assert!(
        page.forms().iter().any(|form| form.has("password")),
        "{}",
        page.text()
    );
    hub.signed_in(&Visitor::new(), &sheet.login, CHOSEN).await;

    // Printed again, only those who have not been in yet have a sheet.
    hub.run(&[
        "accounts",
        "sheets",
        "--uai",
        school,
        "--out",
        &file.to_string_lossy(),
    ]);
    let left = read(&std::fs::read_to_string(&file).expect("the sheets are written"));
    assert_eq!(left.len(), sheets.len() - 1);
    assert!(!left.iter().any(|other| other.login == sheet.login));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_feed_twice_changes_nothing() {
    let hub = setup(Stores::Embedded).start().await;
    let feed = hub.scratch().join("feed");
    feedgen::write(&Plan::tiny(), &feed).expect("there is room for the feed");
    let first = hub.run(&["import", "aaf", &feed.to_string_lossy(), "--json"]);
    let first: serde_json::Value = serde_json::from_str(&first).expect("a report in JSON");
    let school = hub.run(&["import", "aaf", &feed.to_string_lossy(), "--json"]);
    let second: serde_json::Value = serde_json::from_str(&school).expect("a report in JSON");
    let created = |report: &serde_json::Value| numbers(report, "created");
    assert!(created(&first) > 100, "{first}");
    assert_eq!(created(&second), 0, "{second}");
    assert_eq!(numbers(&second, "changed"), 0, "{second}");
}

/// The sum of all numbers called `name` in a report, wherever they are.
fn numbers(value: &serde_json::Value, name: &str) -> u64 {
    match value {
        serde_json::Value::Object(map) => map
            .iter()
            .map(|(key, value)| match value.as_u64() {
                Some(number) if key == name => number,
                _ => numbers(value, name),
            })
            .sum(),
        serde_json::Value::Array(list) => list.iter().map(|value| numbers(value, name)).sum(),
        _ => 0,
    }
}

//! The reference services of the ENT in a real browser: a teacher writes in the class notebook, a pupil
//! reads it there and, through a proxy ticket, in orientation; out of one service is out of all.

use std::time::Duration;

use clau_tests::support::browser::{Browser, Setup};
use clau_tests::support::ca;
use clau_tests::support::hub::{Hub, Stores};
use clau_tests::support::process::{Scratch, eventually};
use clau_tests::support::reference::ReferenceServices;

use crate::reference_region::free_ports;
use crate::scene::{LOGOUT_LIMIT, PUPIL, TEACHER, region, setup, shared_stores};

const SERVICES: &str = r#"
[[service]]
id = "pedagogie"
name = "Pédagogie"
access = [{}]
release = { attributes = ["given_name", "family_name", "profile", "structures", "classes"] }
[service.cas]
urls = ["https://localhost:@PEDAGOGIE@/"]
profile = "standard"
accepts_proxies = ["orientation"]
[service.tile]
title = "Cahier de textes"
category = "pedagogy"
url = "https://localhost:@PEDAGOGIE@/"

[[service]]
id = "orientation"
name = "Orientation"
access = [{ profiles = ["National_ELV"] }]
release = { attributes = ["given_name", "family_name", "profile", "structures", "classes"] }
[service.cas]
urls = ["https://localhost:@ORIENTATION@/"]
profile = "standard"
proxy_callbacks = ["https://localhost:@ORIENTATION@/pgt"]
[service.tile]
title = "Mes vœux"
category = "orientation"
url = "https://localhost:@ORIENTATION@/"
"#;

struct Region {
    hub: Hub,
    services: ReferenceServices,
    _scratch: Scratch,
}

async fn start(stores: Stores) -> Region {
    let setup = setup(stores);
    let ports = free_ports(setup.port());
    let registered = SERVICES
        .replace("@PEDAGOGIE@", &ports.pedagogie.to_string())
        .replace("@ORIENTATION@", &ports.orientation.to_string());
    let hub = setup.applying(region()).applying(registered).start().await;
    let scratch = Scratch::new("reference");
    let tls = ca::authority().localhost_files(&scratch);
    let services = ReferenceServices::start(ports, &scratch, &tls);
    Region {
        hub,
        services,
        _scratch: scratch,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lesson_reaches_the_pupil_through_both_services() {
    walk(Stores::Embedded, Setup::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_without_scripts_on_the_shared_stores() {
    walk(
        shared_stores(),
        Setup {
            scripts: false,
            ..Setup::default()
        },
    )
    .await;
}

async fn walk(stores: Stores, browser: Setup) {
    let Region {
        hub,
        services,
        _scratch,
    } = start(stores).await;
    let (notebook, wishes) = (services.pedagogie(), services.orientation());

    let teacher = Browser::start_with(browser).await;
    teacher.open(&notebook).await;
    teacher.sign_in(TEACHER.0, TEACHER.1).await;
    teacher
        .wait_for_address("the notebook", |address| address.starts_with(&notebook))
        .await;
    let class = teacher.find("nav a[href*='6A']").await;
    class.click().await.expect("a link");
    teacher.fill("#entry-lesson", "Les fractions, suite").await;
    teacher.click("#entry-submit").await;
    teacher.wait_for_text("Les fractions, suite").await;
    teacher.screenshot("notebook-teacher").await;

    let pupil = Browser::start_with(browser).await;
    pupil.open(hub.url("/")).await;
    pupil.find("#login-submit").await;
    pupil.sign_in(PUPIL.0, PUPIL.1).await;
    pupil.wait_for_text("Cahier de textes").await;
    pupil.open_link(&notebook).await;
    pupil.wait_for_text("Les fractions, suite").await;
    assert!(
        !pupil.has("#entry-submit").await,
        "a pupil writes in the notebook"
    );
    pupil.click("#portal-link").await;
    pupil.wait_for_text("Mes vœux").await;
    pupil.open_link(&wishes).await;
    pupil
        .wait_for_address("orientation", |address| address.starts_with(&wishes))
        .await;
    // By proxy ticket: orientation asks pédagogie in the pupil's name.
    assert!(
        pupil.text().await.contains("Les fractions, suite"),
        "{}\n{}",
        pupil.text().await,
        services.log()
    );
    pupil.screenshot("orientation-pupil").await;

    pupil.click("#logout-ent").await;
    eventually(
        "orientation takes the pupil to the hub and back",
        Duration::from_secs(20),
        async || {
            if pupil.address().await.starts_with(&hub.url("/"))
                && pupil.has("main form[method=post] button").await
            {
                pupil.click("main form[method=post] button").await;
            }
            pupil.address().await.starts_with(&wishes).then_some(())
        },
    )
    .await;
    // The hub told pédagogie: it asks to sign in again, and so does the hub.
    eventually("pédagogie is signed out", LOGOUT_LIMIT, async || {
        pupil.open(&notebook).await;
        pupil
            .address()
            .await
            .starts_with(&hub.url("/"))
            .then_some(())
    })
    .await;
    pupil.find("#login-submit").await;
    // The teacher, in another browser, goes on.
    teacher.open(&notebook).await;
    assert!(teacher.address().await.starts_with(&notebook));
    pupil.close().await;
    teacher.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_services_are_accessible() {
    let Region {
        hub: _hub,
        services,
        _scratch,
    } = start(Stores::Embedded).await;
    let browser = Browser::start().await;
    browser.open(services.pedagogie()).await;
    browser.sign_in(PUPIL.0, PUPIL.1).await;
    browser.find("#portal-link").await;
    browser.assert_accessible("pedagogie").await;
    browser.open(services.orientation()).await;
    browser.find("#wish-submit").await;
    browser.assert_accessible("orientation").await;
    browser.close().await;
}

//! People come by sources in a real browser: a pupil by ÉduConnect, from a service to the choice, to the source and
//! back over its form, and out of all three; a teacher by the directory of their school. Owns no rule: what a
//! browser lets through is proven here (SES-04, WEB-01); what is believed, in `federation_walks`.

use clau_tests::support::apache::Apache;
use clau_tests::support::browser::Browser;
use clau_tests::support::hub::Stores;
use clau_tests::support::simplesamlphp_idp::IdentityProvider;
use clau_tests::support::slapd::Slapd;
use clau_tests::support::upstream::Place;

use crate::federation_scene::{choose, pupil, ready, saml};
use crate::scene::{Ports, region, region_at, setup, shared_stores};

#[tokio::test(flavor = "multi_thread")]
async fn a_pupil_walks_through_educonnect_to_a_service_and_out_again() {
    let who = pupil("lea.martin");
    let idp = IdentityProvider::start("educonnect", Place::free(), std::slice::from_ref(&who));
    let ports = Ports::free();
    let setup = setup(shared_stores()).applying(region_at(ports));
    let apache = Apache::start_on(ports.apache, ports.saml, setup.port());
    let more = "logout = \"protocol\"";
    let hub = setup.applying(saml("educonnect", &idp, more)).start().await;
    idp.register("ent", &hub.run(&["connector", "metadata", "educonnect"]));
    ready(&hub, &["educonnect"]).await;
    let browser = Browser::start().await;

    let service = apache.phpcas("index");
    browser.open(&service).await;
    choose(&browser, "educonnect").await;
    sign_in(&browser, (&who.login, &who.password)).await;
    browser.find("#linked-continue").await;
    browser.assert_accessible("a new link").await;
    browser.screenshot("federation-linked").await;
    browser.click("#linked-continue").await;
    let there = |address: &str| address == service;
    browser.wait_for_address("the service", there).await;
    browser.wait_for_text("lea.martin").await;

    // Out of the hub, and on the way out of the source: the next login asks there again.
    browser.open(hub.url("/logout")).await;
    if browser.has("main form[method=post] button").await {
        browser.click("main form[method=post] button").await;
    }
    browser.find("#signed-out-source.is-done").await;
    browser.screenshot("federation-signed-out").await;
    browser.open(hub.url("/login?source=educonnect")).await;
    browser.find("#submit_button").await;

    let mut complaints = browser.complaints().await;
    complaints.retain(|complaint| complaint.starts_with(&hub.url("/")));
    assert!(complaints.is_empty(), "{complaints:#?}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agricultural_teacher_types_the_password_of_the_school_s_directory() {
    let mut directory = Slapd::start();
    let setup = setup(Stores::Embedded).applying(region());
    let hub = setup.applying(directory.as_school()).start().await;
    ready(&hub, &["annuaire"]).await;
    let browser = Browser::start().await;
    browser.open(hub.url("/")).await;
    choose(&browser, "annuaire").await;
    browser.find("#directory-submit").await;
    browser.assert_accessible("a directory's password").await;
    browser.screenshot("federation-directory").await;
    // It does not answer: told so, with a reference, and asked again.
    directory.stop();
    browser.fill("[name=username]", "b.delmas").await;
    browser.fill("[name=password]", "garonne-et-gers").await;
    browser.click("#directory-submit").await;
    browser.find("#problem .reference").await;
    browser
        .assert_accessible("a directory that does not answer")
        .await;
    browser.screenshot("federation-directory-silent").await;
    directory.restart();
    browser.fill("[name=username]", "b.delmas").await;
    browser.fill("[name=password]", "garonne-et-gers").await;
    browser.click("#directory-submit").await;
    // Made known by this login: there is no other account to be told about.
    browser.wait_for_text("Bonjour Bérengère").await;
    browser.screenshot("federation-directory-portal").await;
    let mut complaints = browser.complaints().await;
    // That the page of before was a failure is no fault.
    complaints.retain(|complaint| !complaint.contains("with a status of 502"));
    assert!(complaints.is_empty(), "{complaints:#?}");
    browser.close().await;
}

/// On the login page of SimpleSAMLphp.
async fn sign_in(browser: &Browser, (login, password): (&str, &str)) {
    browser.fill("[name=username]", login).await;
    browser.fill("[name=password]", password).await;
    browser.click("#submit_button").await;
}

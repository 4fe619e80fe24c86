//! Transport and the médiacentre's resources, registered as in the demo: a parent subscribes a child to a bus
//! and is out there when out of the hub, the pupil finds it, and a publisher knows a reader by nothing but an
//! opaque name that stays the same.

use clau_tests::support::browser::{Browser, Setup};
use clau_tests::support::hub::Stores;
use clau_tests::support::process::eventually;

use crate::reference_region::{PARENT, Region, metadata_is_known, start};
use crate::scene::{LOGOUT_LIMIT, PUPIL, TEACHER, shared_stores};

/// The services that are registered.
const OURS: [&str; 2] = ["transport", "mediacentre"];

/// The region, once the hub has the metadata that both services publish.
async fn ready(stores: Stores) -> Region {
    let region = start(stores, &OURS, r#""lea.martin""#).await;
    metadata_is_known(&region.services).await;
    region
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parent_subscribes_a_child_to_a_bus_and_the_pupil_finds_it() {
    walk(Stores::Embedded, Setup::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn and_without_scripts_on_the_shared_stores_and_a_phone() {
    let browser = Setup::plain_phone();
    walk(shared_stores(), browser).await;
}

async fn walk(stores: Stores, setup: Setup) {
    let region = ready(stores).await;
    let (hub, services) = (&region.hub, &region.services);
    let transport = services.transport();
    let parent = Browser::start_with(setup).await;
    parent.open(hub.url("/")).await;
    parent.sign_in(PARENT.0, PARENT.1).await;
    parent.wait_for_text("Transport scolaire").await;
    parent.open_link(&transport).await;
    arrive(&parent, &transport, setup).await;
    assert_eq!(parent.count("section.child").await, 1, "{}", services.log());
    let told = parent.text().await;
    assert!(!told.contains("Léa"), "{told}");
    parent.click("#ask-1-1").await;
    parent.click("#choose-301").await;
    parent.fill("#name", "Mon aînée").await;
    parent.click("#stop-3").await;
    parent.click("#rules").await;
    parent.click("#subscription-submit").await;
    parent.wait_for_text("Caraman").await;
    let home = parent.text().await;
    assert!(home.contains("Mon aînée"), "{home}");
    let width = setup.window.0;
    parent.screenshot(&format!("transport-{width}")).await;

    // The pupil, with their own account.
    let pupil = Browser::start_with(setup).await;
    pupil.open(&transport).await;
    pupil.sign_in(PUPIL.0, PUPIL.1).await;
    arrive(&pupil, &transport, setup).await;
    pupil.wait_for_text("Caraman").await;
    pupil.close().await;

    parent.open(hub.url("/logout")).await;
    parent.click("#logout-submit").await;
    parent.wait_for_text("Transport scolaire").await;
    parent.screenshot(&format!("saml-signed-out-{width}")).await;
    eventually("transport is told", LOGOUT_LIMIT, async || {
        parent.open(&transport).await;
        parent.has("#login-submit").await.then_some(())
    })
    .await;
    parent.close().await;
}

/// Goes on to a service as a browser does: by itself, or by the button where there are no scripts.
async fn arrive(browser: &Browser, service: &str, setup: Setup) {
    if !setup.scripts {
        browser.click("#onward-button").await;
    }
    let there = |address: &str| address == service;
    browser.wait_for_address("the service", there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_knows_a_reader_by_an_opaque_name_that_stays() {
    let region = ready(Stores::Embedded).await;
    let resources = region.services.mediacentre();
    let pupil = Browser::start().await;
    pupil.open(&resources).await;
    pupil.sign_in(PUPIL.0, PUPIL.1).await;
    pupil.wait_for_text("Ressources numériques").await;
    let shelf = pupil.text().await;
    assert!(
        !shelf.contains("Léa") && !shelf.contains("Martin"),
        "{shelf}"
    );
    pupil.click(".books form button").await;
    pupil.wait_for_text("Mes favoris").await;
    pupil.screenshot("mediacentre").await;
    pupil.close().await;

    // Another browser, another session: the same shelf.
    let again = Browser::start().await;
    again.open(&resources).await;
    again.sign_in(PUPIL.0, PUPIL.1).await;
    again.wait_for_text("Mes favoris").await;
    again.close().await;

    // Somebody else has their own, and a guardian none at all.
    let teacher = Browser::start().await;
    teacher.open(&resources).await;
    teacher.sign_in(TEACHER.0, TEACHER.1).await;
    teacher.wait_for_text("Toutes les ressources").await;
    assert!(!teacher.text().await.contains("Mes favoris"));
    teacher.close().await;
    let guardian = Browser::start().await;
    guardian.open(&resources).await;
    guardian.sign_in(PARENT.0, PARENT.1).await;
    guardian.wait_for_text("pas ouvert").await;
    guardian.screenshot("mediacentre-refused").await;
    guardian.close().await;
}

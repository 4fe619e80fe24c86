//! python-cas signs people in through the hub, reads attributes, and is told when they sign out.

use clau_tests::support::http::Visitor;
use clau_tests::support::process::eventually;
use reqwest::StatusCode;

use crate::scene::{LOGOUT_LIMIT, PUPIL, Scene, ticket};

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_reads_attributes_and_is_signed_out() {
    let scene = Scene::embedded().await;
    let visitor = Visitor::new();
    let answer = scene
        .hub
        .log_in_at(&visitor, &scene.python.page("/"), PUPIL.0, PUPIL.1)
        .await;
    let known = visitor.follow_on(answer).await.json();
    assert_eq!(
        known["attributes"]["login"],
        PUPIL.0,
        "{known}\n{}",
        scene.python.log()
    );
    let released = known["attributes"].to_string();
    assert!(
        released.contains("Martin") && released.contains("6A"),
        "{released}"
    );

    scene.hub.log_out(&visitor).await;
    eventually("python-cas is told", LOGOUT_LIMIT, async || {
        let known = visitor.get(scene.python.page("/session")).await.json();
        (known["signed_in"] == false).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_02_a_ticket_of_another_service_is_refused() {
    let scene = Scene::embedded().await;
    let visitor = Visitor::new();
    scene.hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    let stolen = ticket(&scene.hub, &visitor, &scene.apache.phpcas("index")).await;
    let page = format!("{}?ticket={stolen}", scene.python.page("/"));
    let answer = Visitor::new().get(&page).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    // Tried at the wrong door once, it opens the right one no more.
    let page = format!("{}?ticket={stolen}", scene.apache.phpcas("index"));
    let answer = Visitor::new().get(&page).await;
    assert!(!answer.body.contains(PUPIL.0), "{}", answer.body);
}

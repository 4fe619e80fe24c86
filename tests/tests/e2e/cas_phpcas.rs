//! phpCAS, as packaged by Debian, signs people in through the hub, by gateway too, calls another service
//! by proxy ticket, and is told when they sign out.

use clau_tests::support::http::Visitor;
use clau_tests::support::process::eventually;

use crate::scene::{LOGOUT_LIMIT, PUPIL, Scene, TEACHER, wait_until_signed_out};

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_and_reads_attributes() {
    let scene = Scene::shared().await;
    let visitor = Visitor::new();

    // Nobody is signed in: the gateway page shows itself, and shows no login page on the way.
    let stranger = visitor.follow(scene.apache.phpcas("gateway")).await;
    assert!(stranger.json()["user"].is_null(), "{}", stranger.body);

    let answer = scene
        .hub
        .log_in_at(
            &visitor,
            &scene.apache.phpcas("index"),
            TEACHER.0,
            TEACHER.1,
        )
        .await;
    let known = visitor.follow_on(answer).await.json();
    assert_eq!(
        known["attributes"]["login"],
        TEACHER.0,
        "{known}\n{}",
        scene.apache.log()
    );
    let released = known["attributes"].to_string();
    assert!(
        released.contains("Dufour") && released.contains("6A") && released.contains("5B"),
        "{released}"
    );

    // A fresh application session, the same session at the hub.
    let fresh = Visitor::new();
    scene.hub.signed_in(&fresh, TEACHER.0, TEACHER.1).await;
    let greeted = fresh.follow(scene.apache.phpcas("gateway")).await.json();
    assert_eq!(
        greeted["user"], known["user"],
        "the same person has the same name"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_ticket_opens_the_service_behind_the_service() {
    let scene = Scene::embedded().await;
    let visitor = Visitor::new();
    let answer = scene
        .hub
        .log_in_at(&visitor, &scene.apache.phpcas("proxy"), PUPIL.0, PUPIL.1)
        .await;
    let answer = visitor.follow_on(answer).await.json();
    assert_eq!(
        answer["attributes"]["login"],
        PUPIL.0,
        "{answer}\n{}",
        scene.apache.log()
    );
    assert_eq!(answer["called"], true, "{answer}\n{}", scene.apache.log());
    assert_eq!(answer["backend"]["user"], answer["user"], "{answer}");
    let proxies = &answer["backend"]["proxies"];
    assert_eq!(*proxies, serde_json::json!([scene.apache.phpcas("proxy")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_of_one_service_ends_the_others() {
    let scene = Scene::shared().await;
    let visitor = Visitor::new();
    let answer = scene
        .hub
        .log_in_at(&visitor, &scene.apache.phpcas("index"), PUPIL.0, PUPIL.1)
        .await;
    assert_eq!(
        visitor.follow_on(answer).await.json()["attributes"]["login"],
        PUPIL.0,
        "{}",
        scene.apache.log()
    );
    assert_eq!(
        visitor.follow(scene.python.page("/")).await.json()["attributes"]["login"],
        PUPIL.0
    );

    // phpCAS ends its own session, goes to /cas/logout?service=… and wants to come back.
    let answer = visitor.follow(scene.apache.phpcas("logout")).await;
    let confirmation = answer
        .forms()
        .into_iter()
        .find(|form| form.method == "post" && form.action.path().contains("logout"));
    let answer = match confirmation {
        Some(form) => {
            let answer = visitor.submit(&form).await;
            visitor.follow_on(answer).await
        }
        None => answer,
    };
    assert_eq!(
        answer.url.as_str(),
        scene.apache.phpcas("session"),
        "{}",
        answer.text()
    );
    assert_eq!(answer.json()["signed_in"], false);

    eventually("python-cas is told", LOGOUT_LIMIT, async || {
        let known = visitor.get(scene.python.page("/session")).await.json();
        (known["signed_in"] == false).then_some(())
    })
    .await;
    wait_until_signed_out(&visitor, &scene.apache.phpcas("index")).await;
    // The hub itself wants a password again.
    assert!(
        visitor
            .follow(scene.hub.url("/account"))
            .await
            .form_with("password")
            .has("username")
    );
}

//! Apache's mod_auth_cas, as packaged by Debian, signs people in through the hub, reads attributes by
//! CAS 3 and by SAML 1.1, and is told when they sign out.

use clau_tests::support::http::Visitor;
use clau_tests::support::process::eventually;

use crate::scene::{LOGOUT_LIMIT, PUPIL, Scene, wait_until_signed_out};

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_reads_attributes_and_is_signed_out() {
    let scene = Scene::embedded().await;
    let visitor = Visitor::new();
    let page = scene.apache.protected();

    let answer = scene.hub.log_in_at(&visitor, &page, PUPIL.0, PUPIL.1).await;
    let answer = visitor.follow_on(answer).await;
    let known = answer.json();
    assert_eq!(
        known["attributes"]["login"],
        PUPIL.0,
        "{known}\n{}",
        scene.apache.log()
    );
    assert_eq!(known["attributes"]["User"], known["user"]);
    let released = known["attributes"].to_string();
    assert!(
        released.contains("Martin") && released.contains("6A"),
        "{released}"
    );

    // The same session, the same module by the older protocol: no second login.
    let by_saml = visitor
        .follow(scene.apache.protected_by_saml())
        .await
        .json();
    assert_eq!(
        by_saml["attributes"]["login"],
        PUPIL.0,
        "{by_saml}\n{}",
        scene.apache.log()
    );
    // Each service knows the pupil by a name of its own.
    assert_ne!(by_saml["user"], known["user"]);
    assert!(
        by_saml["attributes"].to_string().contains("Martin"),
        "{by_saml}"
    );

    let told = scene.hub.log_out(&visitor).await;
    wait_until_signed_out(&visitor, &page).await;
    wait_until_signed_out(&visitor, &scene.apache.protected_by_saml()).await;
    // mod_auth_cas answers a notice with a redirect; the person reads that both were told all the same.
    eventually("both services were told", LOGOUT_LIMIT, async || {
        let page = visitor.get(&told.url).await;
        (page.body.matches("prévenu").count() == 2 && !page.body.contains("en train")).then_some(())
    })
    .await;
}

//! What survives when a node or a store goes away and comes back (REL-03 … REL-05, AVL-15).

use std::time::{Duration, Instant};

use clau_tests::support::http::Visitor;
use clau_tests::support::hub::{Hub, Stores};
use clau_tests::support::postgres::{self, Postgres};
use clau_tests::support::process::eventually;
use clau_tests::support::redis::{self, Redis};
use reqwest::StatusCode;

use crate::scene::{PUPIL, SERVICE, region, setup, shared_stores, ticket};

/// REL-05: how soon the hub is itself again after a store is back.
const RECOVERY_LIMIT: Duration = Duration::from_secs(20);

async fn is_signed_in(hub: &Hub, visitor: &Visitor) -> bool {
    let page = visitor.follow(hub.url("/account")).await;
    page.status == StatusCode::OK && !page.forms().iter().any(|form| form.has("password"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_the_hub_signs_nobody_out() {
    for stores in [Stores::Embedded, shared_stores()] {
        let mut hub = setup(stores).applying(region()).start().await;
        let visitor = Visitor::new();
        hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
        let ticket = ticket(&hub, &visitor, SERVICE).await;
        hub.stop(0);
        hub.start(0).await;
        assert!(is_signed_in(&hub, &visitor).await);
        // A ticket under way arrives as well.
        let url = format!("/cas/serviceValidate?service={SERVICE}&ticket={ticket}");
        let answer = Visitor::new().get(hub.url(&url)).await;
        assert!(
            answer.body.contains("authenticationSuccess"),
            "{}",
            answer.body
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_03_a_killed_node_costs_nobody_a_password() {
    let mut hub = setup(shared_stores())
        .nodes(2)
        .applying(region())
        .start()
        .await;
    let visitor = hub.visitor_at(0);
    // Half-way through the login page …
    let page = visitor.follow(hub.url("/login")).await;
    let form = page
        .form_with("password")
        .with("username", PUPIL.0)
        .with("password", PUPIL.1);
    hub.kill(0);
    // … the other node takes the rest.
    let visitor = hub.move_to(&visitor, 1);
    let answer = visitor.submit(&form).await;
    visitor.follow_on(answer).await;
    assert!(is_signed_in(&hub, &visitor).await);
    hub.start(0).await;
    let visitor = hub.move_to(&visitor, 0);
    assert!(is_signed_in(&hub, &visitor).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn avl_15_a_power_cut_keeps_what_was_acknowledged() {
    let mut hub = setup(Stores::Embedded).applying(region()).start().await;
    let (stays, leaves) = (Visitor::new(), Visitor::new());
    hub.signed_in(&stays, PUPIL.0, PUPIL.1).await;
    hub.signed_in(&leaves, PUPIL.0, PUPIL.1).await;
    let used = ticket(&hub, &stays, SERVICE).await;
    let validation = format!("/cas/serviceValidate?service={SERVICE}&ticket={used}");
    assert!(
        Visitor::new()
            .get(hub.url(&validation))
            .await
            .body
            .contains("authenticationSuccess")
    );
    // The cookie as a thief would keep it.
    let thief = leaves.copy();
    hub.log_out(&leaves).await;
    hub.kill(0);
    hub.start(0).await;
    assert!(is_signed_in(&hub, &stays).await);
    assert!(
        !is_signed_in(&hub, &thief).await,
        "an acknowledged logout came back"
    );
    assert!(
        Visitor::new()
            .get(hub.url(&validation))
            .await
            .body
            .contains("INVALID_TICKET"),
        "a consumed ticket came back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_04_redis_away_opens_nothing_and_loses_nobody() {
    let mut redis = Redis::start();
    let stores = Stores::Shared {
        database: postgres::shared().fresh_database(),
        tickets: redis.url(0),
    };
    let hub = setup(stores).applying(region()).start().await;
    let visitor = Visitor::new();
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    redis.stop();
    // The login page may be shown; nobody gets past it, and nobody waits for long.
    let asked = Instant::now();
    let stranger = Visitor::new();
    let mut page = stranger.follow(hub.url("/login")).await;
    if let Some(form) = page.forms().into_iter().find(|form| form.has("password")) {
        page = stranger
            .submit(&form.with("username", PUPIL.0).with("password", PUPIL.1))
            .await;
    }
    assert!(
        page.status.is_server_error(),
        "{} {}",
        page.status,
        page.text()
    );
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "people wait {:?}",
        asked.elapsed()
    );
    eventually(
        "the node says that it is not ready",
        RECOVERY_LIMIT,
        async || (hub.readiness(0).await == Some(StatusCode::SERVICE_UNAVAILABLE)).then_some(()),
    )
    .await;
    redis.restart();
    eventually("the session goes on", RECOVERY_LIMIT, async || {
        is_signed_in(&hub, &visitor).await.then_some(())
    })
    .await;
    // Emptied, it signs people out and lets nobody in.
    redis.command("FLUSHALL");
    assert!(!is_signed_in(&hub, &visitor).await);
    // A session is looked for at once; what the node thinks of its stores may be a second old, and until
    // it is asked anew nobody is shown a login page.
    eventually(
        "the node says that it is ready",
        RECOVERY_LIMIT,
        async || (hub.readiness(0).await == Some(StatusCode::OK)).then_some(()),
    )
    .await;
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_05_postgresql_away_is_said_in_words_and_recovered_from() {
    let mut postgres = Postgres::start();
    let stores = Stores::Shared {
        database: postgres.fresh_database(),
        tickets: redis::shared().url(1),
    };
    let hub = setup(stores).applying(region()).start().await;
    let before = Visitor::new().follow(hub.url("/login")).await;
    let form = before
        .form_with("password")
        .with("username", PUPIL.0)
        .with("password", PUPIL.1);
    postgres.stop();
    let asked = Instant::now();
    let page = Visitor::new().submit(&form).await;
    assert!(
        !page.status.is_success() && !page.status.is_redirection(),
        "{} {}",
        page.status,
        page.text()
    );
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "people wait {:?}",
        asked.elapsed()
    );
    postgres.restart();
    eventually("people get in again", RECOVERY_LIMIT, async || {
        let visitor = Visitor::new();
        let page = visitor.follow(hub.url("/login")).await;
        let form = page.forms().into_iter().find(|form| form.has("password"))?;
        let answer = visitor
            .submit(&form.with("username", PUPIL.0).with("password", PUPIL.1))
            .await;
        visitor.follow_on(answer).await;
        is_signed_in(&hub, &visitor).await.then_some(())
    })
    .await;
}

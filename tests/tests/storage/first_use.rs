//! What others make and may be used once, by its id alone: proofs (OIDC-22) and assertions (OIDC-08).
//! The same on every ticket store, and whatever Redis does (AVL-05).

use std::sync::Arc;

use clau_domain::secret::{AssertionKind, DpopProofKind};
use clau_tests::support::process::free_port;

use crate::stage::{MINUTE, SECOND, START, Stage, TICK, digest};

on_every_store!(
    oidc_08_of_many_that_present_an_assertion_at_once_one_is_the_first,
    oidc_22_a_proof_is_used_once_however_long_a_clock_is_behind,
    oidc_22_kinds_do_not_share_what_was_used,
    sweeping_forgets_what_can_be_used_no_more,
);

async fn oidc_22_a_proof_is_used_once_however_long_a_clock_is_behind(stage: Stage) {
    let [here, there] = [stage.node().await, stage.node().await];
    let end = START + MINUTE;
    let first = async |node: &crate::stage::Node, name: &str, now| {
        node.tickets
            .first_use::<DpopProofKind>(&digest(name), end, now)
            .await
            .expect("first use")
    };
    assert!(first(&here, "proof", START).await);
    assert!(first(&here, "last", end - TICK).await);
    assert!(!first(&here, "late", end).await, "it is too old to be used");
    for node in [&here, &there, &stage.node().await] {
        for now in [START, START + SECOND, end - TICK, end, end + MINUTE] {
            assert!(!first(node, "proof", now).await, "{now}");
        }
    }
    // A node whose clock is ahead cleans up; by another's the proof is still good.
    here.tickets
        .sweep(end + MINUTE - TICK)
        .await
        .expect("sweep");
    for node in [&here, &there] {
        assert!(!first(node, "proof", end - TICK).await);
    }
}

async fn oidc_22_kinds_do_not_share_what_was_used(stage: Stage) {
    let node = stage.node().await;
    let id = digest("jti");
    let end = START + MINUTE;
    let tickets = &node.tickets;
    let proof = tickets.first_use::<DpopProofKind>(&id, end, START).await;
    assert!(proof.expect("first use"));
    let assertion = tickets.first_use::<AssertionKind>(&id, end, START).await;
    assert!(assertion.expect("first use"));
    let proof = tickets.first_use::<DpopProofKind>(&id, end, START).await;
    assert!(!proof.expect("first use"));
}

async fn oidc_08_of_many_that_present_an_assertion_at_once_one_is_the_first(stage: Stage) {
    let nodes = [Arc::new(stage.node().await), Arc::new(stage.node().await)];
    for round in 0..10 {
        let id = digest(&format!("round {round}"));
        let mut attempts = tokio::task::JoinSet::new();
        for attempt in 0..60 {
            let node = Arc::clone(&nodes[attempt % 2]);
            attempts.spawn(async move {
                node.tickets
                    .first_use::<AssertionKind>(&id, START + MINUTE, START)
                    .await
                    .expect("first use")
            });
        }
        let first = attempts.join_all().await.into_iter().filter(|first| *first);
        assert_eq!(first.count(), 1, "round {round}");
    }
}

async fn sweeping_forgets_what_can_be_used_no_more(stage: Stage) {
    let node = stage.node().await;
    for index in 0..3 {
        let first = node
            .tickets
            .first_use::<AssertionKind>(&digest(&index.to_string()), START + MINUTE, START)
            .await;
        assert!(first.expect("first use"));
    }
    // A minute longer than it matters, for clocks that are behind.
    let end = START + 2 * MINUTE;
    let sweep = async |now| node.tickets.sweep(now).await.expect("sweep");
    assert_eq!(sweep(end - TICK).await, 0);
    assert_eq!(sweep(end).await, 3);
    assert_eq!(sweep(end).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn avl_05_what_was_used_is_known_while_redis_is_away() {
    let away = Stage::with_redis(&format!("redis://127.0.0.1:{}", free_port())).await;
    let [here, there] = [away.node().await, away.node().await];
    let first = async |node: &crate::stage::Node| {
        node.tickets
            .first_use::<AssertionKind>(&digest("jti"), START + MINUTE, START)
            .await
            .expect("the database answers")
    };
    assert!(here.tickets.ping().await.is_err(), "Redis is away");
    assert!(first(&here).await);
    assert!(!first(&here).await);
    assert!(!first(&there).await);
}

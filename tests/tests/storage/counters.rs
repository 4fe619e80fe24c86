//! Counters, the same on every store.

use std::sync::Arc;

use clau_storage::counters::MOST_MEMBERS;

use crate::stage::{MINUTE, START, Stage, TICK};

on_every_store!(
    pwd_04_different_members_are_counted_once_in_each_window,
    pwd_07_100_parallel_attempts_on_two_nodes_are_all_counted,
    pwd_07_a_window_begins_with_its_first_hit_and_does_not_move,
    pwd_07_parallel_members_on_two_nodes_are_all_counted,
);

async fn pwd_07_a_window_begins_with_its_first_hit_and_does_not_move(stage: Stage) {
    let counters = stage.node().await.counters;
    let hit = async |now| counters.hit("login|x", MINUTE, now).await.expect("hit");
    let peek = async |now| counters.peek("login|x", now).await.expect("peek");
    assert_eq!(peek(START).await, 0);
    assert_eq!(hit(START).await, 1);
    assert_eq!(hit(START + MINUTE - TICK).await, 2);
    assert_eq!(peek(START + MINUTE - TICK).await, 2);
    assert_eq!(peek(START + MINUTE).await, 0);
    assert_eq!(hit(START + MINUTE).await, 1);
    assert_eq!(hit(START + 2 * MINUTE - TICK).await, 2);
    assert_eq!(
        counters.hit("login|y", MINUTE, START).await.expect("hit"),
        1
    );
    counters.reset("login|x").await.expect("reset");
    assert_eq!(peek(START + MINUTE).await, 0);
    assert_eq!(hit(START + MINUTE).await, 1);
    assert_eq!(counters.peek("login|y", START).await.expect("peek"), 1);
    counters.sweep(START + 5 * MINUTE).await.expect("sweep");
    assert_eq!(peek(START + 5 * MINUTE).await, 0);
}

async fn pwd_07_100_parallel_attempts_on_two_nodes_are_all_counted(stage: Stage) {
    let nodes = [Arc::new(stage.node().await), Arc::new(stage.node().await)];
    let mut attempts = tokio::task::JoinSet::new();
    for attempt in 0..100 {
        let node = Arc::clone(&nodes[attempt % 2]);
        attempts.spawn(async move { node.counters.hit("x", MINUTE, START).await.expect("hit") });
    }
    let mut seen = attempts.join_all().await;
    seen.sort_unstable();
    // Each saw a number of its own: exactly so many pass a limit as it says.
    assert_eq!(seen, (1..=100).collect::<Vec<u64>>());
}

async fn pwd_04_different_members_are_counted_once_in_each_window(stage: Stage) {
    let counters = stage.node().await.counters;
    let distinct = async |member: &str, now| {
        counters
            .distinct("address|x", member, MINUTE, now)
            .await
            .expect("distinct")
    };
    let peek = async |now| {
        counters
            .peek_distinct("address|x", now)
            .await
            .expect("peek")
    };
    assert_eq!(peek(START).await, 0);
    assert_eq!(distinct("a", START).await, 1);
    assert_eq!(distinct("a", START + TICK).await, 1);
    assert_eq!(distinct("", START).await, 2);
    assert_eq!(distinct("b", START + MINUTE - TICK).await, 3);
    assert_eq!(peek(START + MINUTE - TICK).await, 3);
    assert_eq!(peek(START + MINUTE).await, 0);
    assert_eq!(distinct("b", START + MINUTE).await, 1);
    // Another count under the same name, and another name.
    assert_eq!(
        counters.hit("address|x", MINUTE, START).await.expect("hit"),
        1
    );
    let other = counters.distinct("address|y", "a", MINUTE, START).await;
    assert_eq!(other.expect("distinct"), 1);
    counters.sweep(START + 5 * MINUTE).await.expect("sweep");
    assert!(peek(START + 5 * MINUTE).await < MOST_MEMBERS);
}

async fn pwd_07_parallel_members_on_two_nodes_are_all_counted(stage: Stage) {
    let nodes = [Arc::new(stage.node().await), Arc::new(stage.node().await)];
    let mut attempts = tokio::task::JoinSet::new();
    for attempt in 0..60 {
        let node = Arc::clone(&nodes[attempt % 2]);
        let member = (attempt / 3).to_string();
        attempts.spawn(async move {
            node.counters
                .distinct("x", &member, MINUTE, START)
                .await
                .expect("distinct")
        });
    }
    let most = attempts.join_all().await.into_iter().max();
    assert_eq!(most, Some(20));
    assert_eq!(
        nodes[0]
            .counters
            .peek_distinct("x", START)
            .await
            .expect("peek"),
        20
    );
}

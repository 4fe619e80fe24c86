//! Leases on both engines.

use clau_storage::{Database, leases};

use crate::stage::{MINUTE, SECOND, START, Stage, TICK};

on_both_engines!(
    a_lease_is_held_by_one_until_its_end,
    of_many_nodes_that_ask_at_once_one_gets_the_lease,
);

async fn a_lease_is_held_by_one_until_its_end(stage: Stage) {
    let take = async |holder: &str, until, now| {
        leases::take(&stage.database, "feeds", holder, until, now)
            .await
            .expect("take")
    };
    let end = START + MINUTE;
    assert!(take("a", end, START).await);
    assert!(!take("b", end + MINUTE, START).await);
    assert!(
        take("a", end + SECOND, START + SECOND).await,
        "its holder prolongs it"
    );
    assert!(!take("b", end + MINUTE, end + SECOND - TICK).await);
    assert!(take("b", end + MINUTE, end + SECOND).await, "it is over");
    assert!(!take("a", end + MINUTE, end + SECOND).await);
    leases::release(&stage.database, "feeds", "a")
        .await
        .expect("release");
    assert!(
        !take("a", end + MINUTE, end + SECOND).await,
        "only its holder gives it back"
    );
    leases::release(&stage.database, "feeds", "b")
        .await
        .expect("release");
    assert!(take("a", end + MINUTE, end + SECOND).await);
    let other = leases::take(&stage.database, "outbox", "b", end, START)
        .await
        .expect("take");
    assert!(other, "one name keeps nobody from another");
}

async fn of_many_nodes_that_ask_at_once_one_gets_the_lease(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    for round in 0..5 {
        let mut attempts = tokio::task::JoinSet::new();
        for holder in 0..20 {
            let database = if holder % 2 == 0 {
                stage.database.clone()
            } else {
                other.clone()
            };
            let now = START + round * MINUTE;
            attempts.spawn(async move {
                let holder = holder.to_string();
                leases::take(&database, "feeds", &holder, now + MINUTE, now)
                    .await
                    .expect("take")
            });
        }
        let winners = attempts
            .join_all()
            .await
            .into_iter()
            .filter(|won| *won)
            .count();
        assert_eq!(winners, 1);
    }
}

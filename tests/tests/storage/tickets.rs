//! The ticket store, the same on every store.

use std::collections::BTreeSet;
use std::sync::Arc;

use clau_domain::secret::{LoginKind, ProxyTicketKind, ServiceTicketKind, SessionKind};
use clau_storage::StorageError;
use clau_storage::tickets::{Life, MOST_OWNED};
use serde::{Deserialize, Serialize};

use crate::stage::{MINUTE, SECOND, START, Stage, TICK, digest, life, life_of};

on_every_store!(
    avl_08_a_value_of_another_shape_is_an_error_that_does_not_quote_it,
    cas_03_a_ticket_is_taken_once_and_not_at_its_end,
    cas_05_kinds_do_not_share_entries,
    ft_03_of_100_parallel_takes_on_two_nodes_one_wins,
    owned_entries_are_listed_while_they_live,
    put_replaces_and_replace_only_what_is_alive,
    rel_02_an_ended_entry_stays_ended_on_every_node,
    ses_05_an_entry_is_found_until_its_end_and_not_at_it,
    ses_07_everything_of_an_owner_can_be_ended,
    ses_07_replacing_does_not_bring_back_what_was_ended_or_taken,
    sweeping_removes_what_is_over_and_nothing_else,
);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Value {
    text: String,
    number: i64,
}

fn value(number: i64) -> Value {
    Value {
        text: "É\u{1F511} \"quoted\"\n\0".to_owned(),
        number,
    }
}

async fn ses_05_an_entry_is_found_until_its_end_and_not_at_it(stage: Stage) {
    let node = stage.node().await;
    let id = digest("session");
    node.tickets
        .put::<SessionKind>(&id, &value(7), life())
        .await
        .expect("put");
    let end = START + MINUTE;
    let get = async |now| {
        node.tickets
            .get::<SessionKind, Value>(&id, now)
            .await
            .expect("get")
    };
    assert_eq!(get(START).await, Some(value(7)));
    assert_eq!(get(end - TICK).await, Some(value(7)));
    assert_eq!(get(end).await, None);
    // Half a second after the end, which text comparison of instants once let pass.
    assert_eq!(get(end + SECOND / 2).await, None);
    assert_eq!(
        node.tickets
            .get::<SessionKind, Value>(&digest("other"), START)
            .await
            .expect("get"),
        None
    );
}

async fn cas_03_a_ticket_is_taken_once_and_not_at_its_end(stage: Stage) {
    let node = stage.node().await;
    let take = async |name: &str, now| {
        node.tickets
            .take::<ServiceTicketKind, Value>(&digest(name), now)
            .await
            .expect("take")
    };
    for name in ["once", "late", "last"] {
        node.tickets
            .put::<ServiceTicketKind>(&digest(name), &value(1), life())
            .await
            .expect("put");
    }
    assert_eq!(take("once", START).await, Some(value(1)));
    assert_eq!(take("once", START).await, None);
    assert_eq!(take("last", START + MINUTE - TICK).await, Some(value(1)));
    assert_eq!(take("late", START + MINUTE).await, None);
    assert_eq!(take("never", START).await, None);
    let found = node
        .tickets
        .get::<ServiceTicketKind, Value>(&digest("once"), START)
        .await;
    assert_eq!(found.expect("get"), None);
}

async fn cas_05_kinds_do_not_share_entries(stage: Stage) {
    let node = stage.node().await;
    let id = digest("ticket");
    node.tickets
        .put::<ServiceTicketKind>(&id, &value(1), life_of("person"))
        .await
        .expect("put");
    assert_eq!(
        node.tickets
            .get::<ProxyTicketKind, Value>(&id, START)
            .await
            .expect("get"),
        None
    );
    assert_eq!(
        node.tickets
            .take::<ProxyTicketKind, Value>(&id, START)
            .await
            .expect("take"),
        None
    );
    assert!(
        !node
            .tickets
            .remove::<ProxyTicketKind>(&id)
            .await
            .expect("remove")
    );
    let owned = node
        .tickets
        .owned::<ProxyTicketKind, Value>("person", START)
        .await
        .expect("owned");
    assert!(owned.is_empty());
    node.tickets
        .end::<ProxyTicketKind>(&[id], START + MINUTE, START)
        .await
        .expect("end");
    let taken = node
        .tickets
        .take::<ServiceTicketKind, Value>(&id, START)
        .await
        .expect("take");
    assert_eq!(taken, Some(value(1)));
}

async fn ft_03_of_100_parallel_takes_on_two_nodes_one_wins(stage: Stage) {
    let nodes = [Arc::new(stage.node().await), Arc::new(stage.node().await)];
    for round in 0..20 {
        let id = digest(&format!("round {round}"));
        nodes[0]
            .tickets
            .put::<ServiceTicketKind>(&id, &round, life())
            .await
            .expect("put");
        let mut attempts = tokio::task::JoinSet::new();
        for attempt in 0..100 {
            let node = Arc::clone(&nodes[attempt % 2]);
            attempts.spawn(async move {
                node.tickets
                    .take::<ServiceTicketKind, i32>(&id, START)
                    .await
                    .expect("take")
            });
        }
        let won: Vec<i32> = attempts.join_all().await.into_iter().flatten().collect();
        assert_eq!(won, [round], "round {round}");
    }
}

async fn put_replaces_and_replace_only_what_is_alive(stage: Stage) {
    let node = stage.node().await;
    let id = digest("login");
    let replace = async |number, now| {
        let end = START + 2 * MINUTE;
        node.tickets
            .replace::<LoginKind>(&id, &value(number), end, now)
            .await
            .expect("replace")
    };
    let get = async |now| {
        node.tickets
            .get::<LoginKind, Value>(&id, now)
            .await
            .expect("get")
    };
    assert!(!replace(1, START).await, "there is nothing yet");
    node.tickets
        .put::<LoginKind>(&id, &value(2), life())
        .await
        .expect("put");
    node.tickets
        .put::<LoginKind>(&id, &value(3), life())
        .await
        .expect("put");
    assert_eq!(get(START).await, Some(value(3)));
    assert!(!replace(4, START + MINUTE).await, "it is over");
    assert!(replace(5, START + MINUTE - TICK).await);
    assert_eq!(get(START + 2 * MINUTE - TICK).await, Some(value(5)));
    assert_eq!(get(START + 2 * MINUTE).await, None);
    assert!(node.tickets.remove::<LoginKind>(&id).await.expect("remove"));
    assert!(!node.tickets.remove::<LoginKind>(&id).await.expect("remove"));
    assert!(!replace(6, START).await, "it is gone");
}

async fn owned_entries_are_listed_while_they_live(stage: Stage) {
    let node = stage.node().await;
    let listed = async |owner: &str, now| {
        let owned = node
            .tickets
            .owned::<SessionKind, i32>(owner, now)
            .await
            .expect("owned");
        owned
            .into_iter()
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
    };
    for (name, seconds) in [("a", 10), ("b", 30), ("c", 20)] {
        let life = Life {
            expires_at: START + seconds * SECOND,
            ..life_of("person 1")
        };
        node.tickets
            .put::<SessionKind>(&digest(name), &seconds, life)
            .await
            .expect("put");
    }
    // Owners that a careless key would mix up.
    for owner in ["person", "person 1\n", "person:1", ""] {
        node.tickets
            .put::<SessionKind>(&digest(owner), &0, life_of(owner))
            .await
            .expect("put");
        assert_eq!(listed(owner, START).await, [0], "{owner:?}");
    }
    node.tickets
        .put::<SessionKind>(&digest("nobody's"), &1, life())
        .await
        .expect("put");
    assert_eq!(listed("person 1", START).await, [30, 20, 10]);
    assert_eq!(listed("person 1", START + 10 * SECOND).await, [30, 20]);
    // Prolonged: listed until its new end, under the owner it had.
    let end = START + 40 * SECOND;
    assert!(
        node.tickets
            .replace::<SessionKind>(&digest("c"), &40, end, START)
            .await
            .expect("replace")
    );
    assert_eq!(listed("person 1", START + 35 * SECOND).await, [40]);
    node.tickets
        .take::<SessionKind, i32>(&digest("c"), START)
        .await
        .expect("take");
    node.tickets
        .remove::<SessionKind>(&digest("b"))
        .await
        .expect("remove");
    assert_eq!(listed("person 1", START).await, [10]);
    assert_eq!(listed("stranger", START).await, [0; 0]);
}

async fn ses_07_everything_of_an_owner_can_be_ended(stage: Stage) {
    let node = stage.node().await;
    let count = MOST_OWNED + 5;
    for index in 0..count {
        let id = digest(&index.to_string());
        node.tickets
            .put::<SessionKind>(&id, &index, life_of("person"))
            .await
            .expect("put");
    }
    let mut ended = BTreeSet::new();
    loop {
        let owned = node
            .tickets
            .owned::<SessionKind, usize>("person", START)
            .await
            .expect("owned");
        assert!(owned.len() <= MOST_OWNED);
        if owned.is_empty() {
            break;
        }
        let digests: Vec<_> = owned.into_iter().map(|(digest, _)| digest).collect();
        node.tickets
            .end::<SessionKind>(&digests, START + MINUTE, START)
            .await
            .expect("end");
        ended.extend(digests);
    }
    assert_eq!(ended.len(), count);
}

async fn rel_02_an_ended_entry_stays_ended_on_every_node(stage: Stage) {
    let [here, there] = [stage.node().await, stage.node().await];
    let ids = [digest("one"), digest("two"), digest("kept")];
    for id in &ids {
        here.tickets
            .put::<SessionKind>(id, &1, life_of("person"))
            .await
            .expect("put");
        let found = there
            .tickets
            .get::<SessionKind, i32>(id, START)
            .await
            .expect("get");
        assert_eq!(found, Some(1));
    }
    // Named twice, and one that does not exist: no matter.
    let over = [ids[0], ids[1], ids[0], digest("unknown")];
    here.tickets
        .end::<SessionKind>(&over, START + MINUTE, START)
        .await
        .expect("end");
    here.tickets
        .end::<SessionKind>(&over, START + MINUTE, START)
        .await
        .expect("again");
    here.tickets
        .end::<SessionKind>(&[], START + MINUTE, START)
        .await
        .expect("none");
    for node in [&here, &there] {
        for id in &ids[..2] {
            let found = node
                .tickets
                .get::<SessionKind, i32>(id, START + TICK)
                .await
                .expect("get");
            assert_eq!(found, None);
            let taken = node
                .tickets
                .take::<SessionKind, i32>(id, START + TICK)
                .await
                .expect("take");
            assert_eq!(taken, None);
        }
        let kept = node
            .tickets
            .get::<SessionKind, i32>(&ids[2], START + TICK)
            .await
            .expect("get");
        assert_eq!(kept, Some(1));
        let owned = node
            .tickets
            .owned::<SessionKind, i32>("person", START)
            .await
            .expect("owned");
        assert_eq!(owned, [(ids[2], 1)]);
    }
}

async fn ses_07_replacing_does_not_bring_back_what_was_ended_or_taken(stage: Stage) {
    let [here, there] = [stage.node().await, stage.node().await];
    let ids = [digest("ended"), digest("taken")];
    for id in &ids {
        here.tickets
            .put::<SessionKind>(id, &1, life_of("person"))
            .await
            .expect("put");
    }
    here.tickets
        .end::<SessionKind>(&ids[..1], START + MINUTE, START)
        .await
        .expect("end");
    here.tickets
        .take::<SessionKind, i32>(&ids[1], START)
        .await
        .expect("take");
    for id in &ids {
        // A request under way on another node notes that the session was seen.
        let end = START + 2 * MINUTE;
        assert!(
            !there
                .tickets
                .replace::<SessionKind>(id, &2, end, START)
                .await
                .expect("replace")
        );
        assert_eq!(
            there
                .tickets
                .get::<SessionKind, i32>(id, START)
                .await
                .expect("get"),
            None
        );
    }
}

async fn sweeping_removes_what_is_over_and_nothing_else(stage: Stage) {
    let node = stage.node().await;
    let [over, alive] = [digest("over"), digest("alive")];
    node.tickets
        .put::<SessionKind>(&over, &1, life())
        .await
        .expect("put");
    let longer = Life {
        expires_at: START + 2 * MINUTE,
        ..life()
    };
    node.tickets
        .put::<SessionKind>(&alive, &2, longer)
        .await
        .expect("put");
    let swept = node.tickets.sweep(START + MINUTE).await.expect("sweep");
    // Redis needs no sweeping.
    assert_eq!(swept, u64::from(stage.redis.is_none()));
    assert_eq!(node.tickets.sweep(START + MINUTE).await.expect("sweep"), 0);
    let found = node
        .tickets
        .get::<SessionKind, i32>(&alive, START + MINUTE)
        .await
        .expect("get");
    assert_eq!(found, Some(2));
    node.tickets.ping().await.expect("ping");
}

async fn avl_08_a_value_of_another_shape_is_an_error_that_does_not_quote_it(stage: Stage) {
    let node = stage.node().await;
    let id = digest("session");
    node.tickets
        .put::<SessionKind>(&id, &"a secret", life())
        .await
        .expect("put");
    let error = node
        .tickets
        .get::<SessionKind, i32>(&id, START)
        .await
        .expect_err("a text is no number");
    assert!(
        matches!(
            error,
            StorageError::Corrupt {
                what: "session",
                ..
            }
        ),
        "{error}"
    );
    assert!(!error.to_string().contains("secret"), "{error}");
}

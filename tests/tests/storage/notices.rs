//! The outbox of logout notices on both engines.

use std::collections::BTreeSet;

use clau_domain::ids::{NoticeId, PersonId, ServiceId};
use clau_domain::random::SeededForTests;
use clau_storage::notices::{self, Backlog, Delivery, NewNotice, Notice};
use clau_storage::{Database, leases};
use serde_json::json;

use crate::stage::{MINUTE, SECOND, START, Stage, TICK, digest};

on_both_engines!(
    ft_01_a_logout_that_is_not_committed_owes_nothing,
    rel_10_a_notice_is_tried_until_it_is_taken_or_given_up,
    rel_10_a_service_that_does_not_answer_holds_up_no_other,
    rel_10_claims_of_a_dead_node_run_out,
    rel_10_two_nodes_never_deliver_the_same_notice_at_once,
);

fn notices_to(services: &[&str]) -> Vec<NewNotice> {
    static RANDOM: SeededForTests = SeededForTests::new(1);
    let notice = |service: &&str| NewNotice {
        id: NoticeId::mint(START, &RANDOM),
        logout: digest("session"),
        person: PersonId::mint(START, &RANDOM),
        service: service.parse::<ServiceId>().expect("a service id"),
        document: json!({ "url": "https://é.example/", "ticket": "ST-1" }),
    };
    services.iter().map(notice).collect()
}

async fn owe(stage: &Stage, notices: &[NewNotice]) {
    let mut tx = stage.database.begin().await.expect("begin");
    notices::add(&mut tx, notices, START).await.expect("add");
    tx.commit().await.expect("commit");
}

async fn claim(database: &Database, limit: u32, now: clau_domain::time::Timestamp) -> Vec<Notice> {
    notices::claim(database, now, limit, now + MINUTE)
        .await
        .expect("claim")
}

async fn ft_01_a_logout_that_is_not_committed_owes_nothing(stage: Stage) {
    let mut tx = stage.database.begin().await.expect("begin");
    notices::add(&mut tx, &notices_to(&["a", "b"]), START)
        .await
        .expect("add");
    drop(tx);
    assert!(claim(&stage.database, 10, START).await.is_empty());
    let backlog = notices::waiting(&stage.database, START)
        .await
        .expect("waiting");
    assert_eq!(backlog, Backlog::default());
    // The connection it was on works for the next.
    assert!(
        leases::take(&stage.database, "x", "a", START, START)
            .await
            .expect("take")
    );
}

async fn rel_10_a_notice_is_tried_until_it_is_taken_or_given_up(stage: Stage) {
    let database = &stage.database;
    let new = notices_to(&["folios", "moodle", "pronote"]);
    owe(&stage, &new).await;
    let claimed = claim(database, 10, START).await;
    assert_eq!(claimed.len(), 3);
    let moodle = claimed
        .iter()
        .find(|notice| notice.service == "moodle")
        .expect("claimed");
    assert_eq!((moodle.id, moodle.person), (new[1].id, new[1].person));
    assert_eq!(moodle.document, new[1].document);
    assert_eq!((moodle.attempts, moodle.created_at), (1, START));
    assert_eq!(moodle.logout, digest("session"));

    let later = START + 30 * SECOND;
    notices::delivered(database, new[0].id, START + SECOND)
        .await
        .expect("delivered");
    notices::failed(database, new[1].id, "time-out", Some(later))
        .await
        .expect("failed");
    notices::failed(database, new[2].id, "410 Gone", None)
        .await
        .expect("failed");
    assert!(claim(database, 10, later - TICK).await.is_empty());
    let waiting = async |now| notices::waiting(database, now).await.expect("waiting");
    assert_eq!(waiting(later - TICK).await, Backlog { owed: 1, due: 0 });
    assert_eq!(waiting(later).await, Backlog { owed: 1, due: 1 });
    let again = claim(database, 10, later).await;
    assert_eq!(
        again
            .iter()
            .map(|notice| notice.attempts)
            .collect::<Vec<_>>(),
        [2]
    );

    let states = notices::of_logout(database, &digest("session"))
        .await
        .expect("of logout");
    let told: Vec<_> = states
        .iter()
        .map(|state| {
            (
                state.service.as_str(),
                state.delivery,
                state.last_error.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("folios", Delivery::Delivered(START + SECOND), None),
            ("moodle", Delivery::Waiting(later), Some("time-out")),
            ("pronote", Delivery::GivenUp, Some("410 Gone")),
        ]
    );
    // A second answer to the same notice changes nothing.
    notices::failed(database, new[0].id, "late", Some(START))
        .await
        .expect("failed");
    assert!(claim(database, 10, later).await.is_empty());
    assert!(
        notices::of_logout(database, &digest("another"))
            .await
            .expect("of logout")
            .is_empty()
    );

    assert_eq!(notices::sweep(database, START).await.expect("sweep"), 0);
    assert_eq!(
        notices::sweep(database, START + TICK).await.expect("sweep"),
        2
    );
    let left = notices::of_logout(database, &digest("session"))
        .await
        .expect("of logout");
    assert_eq!(left.len(), 1, "what is still owed is not forgotten");
}

async fn rel_10_claims_of_a_dead_node_run_out(stage: Stage) {
    owe(&stage, &notices_to(&["moodle"])).await;
    assert_eq!(claim(&stage.database, 10, START).await.len(), 1);
    assert!(
        claim(&stage.database, 10, START + MINUTE - TICK)
            .await
            .is_empty()
    );
    let again = claim(&stage.database, 10, START + MINUTE).await;
    assert_eq!(
        again
            .iter()
            .map(|notice| notice.attempts)
            .collect::<Vec<_>>(),
        [2]
    );
}

async fn rel_10_a_service_that_does_not_answer_holds_up_no_other(stage: Stage) {
    let mut services = vec!["dead"; 30];
    services.extend(["b", "a"]);
    owe(&stage, &notices_to(&services)).await;
    let claimed: BTreeSet<_> = claim(&stage.database, 4, START)
        .await
        .into_iter()
        .map(|notice| notice.service)
        .collect();
    assert_eq!(claimed, ["a", "b", "dead"].map(str::to_owned).into());
}

async fn rel_10_two_nodes_never_deliver_the_same_notice_at_once(stage: Stage) {
    let services: Vec<String> = (0..120)
        .map(|index| format!("service-{}", index % 7))
        .collect();
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    owe(&stage, &notices_to(&services)).await;
    let other = Database::open(&stage.config).await.expect("a second node");
    let mut nodes = tokio::task::JoinSet::new();
    for node in 0..4 {
        let database = if node % 2 == 0 {
            stage.database.clone()
        } else {
            other.clone()
        };
        nodes.spawn(async move {
            let mut claimed = Vec::new();
            // A claim may come back empty because another node was faster: ask some more.
            for _ in 0..30 {
                claimed.extend(
                    claim(&database, 10, START)
                        .await
                        .into_iter()
                        .map(|notice| notice.id),
                );
            }
            claimed
        });
    }
    let claimed = nodes.join_all().await.concat();
    let different: BTreeSet<_> = claimed.iter().collect();
    assert_eq!((claimed.len(), different.len()), (120, 120));
}

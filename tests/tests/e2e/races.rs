//! Redemption races: the same ticket on two nodes at once, in both kinds of store, is honoured at most
//! once (CAS-03, REL-01, FT-03).

use clau_tests::support::http::Visitor;
use clau_tests::support::hub::{Hub, Stores};
use reqwest::Url;
use tokio::task::JoinSet;

use crate::scene::{PUPIL, SERVICE, region, setup, shared_stores, ticket};

const ROUNDS: usize = 20;
const ROUNDS_OF_A_SESSION: usize = 10;
const REDEMPTIONS: usize = 100;

#[tokio::test(flavor = "multi_thread")]
async fn cas_03_two_nodes_on_postgresql_and_redis_honour_a_ticket_once() {
    race(shared_stores()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_03_two_nodes_on_one_sqlite_file_honour_a_ticket_once() {
    race(Stores::Embedded).await;
}

async fn race(stores: Stores) {
    let hub = setup(stores).nodes(2).applying(region()).start().await;
    let visitor = Visitor::new();
    for round in 0..ROUNDS {
        // The hub stops a session that comes back for the same service again and again.
        if round % ROUNDS_OF_A_SESSION == 0 {
            visitor.clear_cookies();
            hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
        }
        let ticket = ticket(&hub, &visitor, SERVICE).await;
        assert_eq!(successes(&hub, &ticket).await, 1, "round {round}");
    }
}

/// How many of a hundred validations at once, half of them on each node, are successes.
async fn successes(hub: &Hub, ticket: &str) -> usize {
    let url = Url::parse_with_params(
        &hub.url("/cas/p3/serviceValidate"),
        [("service", SERVICE), ("ticket", ticket)],
    )
    .expect("our own address");
    // Services that validate: connections of their own, kept over the round.
    let services: [std::sync::Arc<Visitor>; 2] =
        [hub.visitor_at(0).into(), hub.visitor_at(1).into()];
    let mut validations = JoinSet::new();
    for number in 0..REDEMPTIONS {
        let service = services[number % 2].clone();
        let url = url.clone();
        validations.spawn(async move { service.get(&url).await.body });
    }
    let answers = validations.join_all().await;
    for answer in &answers {
        assert!(
            answer.contains("authenticationSuccess") || answer.contains("INVALID_TICKET"),
            "a race ends in yes or no, never in: {answer}"
        );
    }
    answers
        .iter()
        .filter(|answer| answer.contains("authenticationSuccess"))
        .count()
}

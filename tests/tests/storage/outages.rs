//! Stores that are away, full, frozen or read-only: nothing is granted, whoever asks hears of it in
//! time, and everything works again by itself (FT-04 to FT-06, REL-04, REL-05).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clau_domain::secret::{ServiceTicketKind, SessionKind};
use clau_storage::StorageError;
use clau_tests::support::postgres::Postgres;
use clau_tests::support::process::{Scratch, eventually};
use clau_tests::support::redis::Redis;

use crate::stage::{
    MINUTE, Node, SECOND, START, Stage, digest, life, life_of, postgres_config, redis_config,
};

/// REL-05: the page that says "unavailable" comes within this.
const PATIENCE: Duration = Duration::from_secs(3);
/// REL-05: it works again this long after the store is back.
const RECOVERY: Duration = Duration::from_secs(10);

/// Every call fails as it should, and in time.
async fn assert_unavailable(node: &Node) {
    let id = digest("any");
    let tickets = &node.tickets;
    assert_refused(
        "put",
        tickets.put::<SessionKind>(&id, &1, life_of("person")),
    )
    .await;
    assert_refused("get", tickets.get::<SessionKind, i32>(&id, START)).await;
    assert_refused("take", tickets.take::<ServiceTicketKind, i32>(&id, START)).await;
    assert_refused(
        "replace",
        tickets.replace::<SessionKind>(&id, &1, START + MINUTE, START),
    )
    .await;
    assert_refused("owned", tickets.owned::<SessionKind, i32>("person", START)).await;
    assert_refused("ping", tickets.ping()).await;
    assert_refused("hit", node.counters.hit("x", MINUTE, START)).await;
    assert_refused("distinct", node.counters.distinct("x", "y", MINUTE, START)).await;
}

async fn assert_refused<T: std::fmt::Debug>(
    call: &str,
    outcome: impl Future<Output = Result<T, StorageError>>,
) {
    let began = Instant::now();
    let outcome = outcome.await;
    assert!(
        matches!(outcome, Err(StorageError::Unavailable(_))),
        "{call}: {outcome:?}"
    );
    assert!(
        began.elapsed() < PATIENCE,
        "{call} took {:?}",
        began.elapsed()
    );
}

/// The store answers again without a restart of the node.
async fn recovered(node: &Node) {
    eventually("the store answers again", RECOVERY, async || {
        node.tickets.ping().await.ok()
    })
    .await;
    node.tickets
        .put::<SessionKind>(&digest("new"), &1, life())
        .await
        .expect("put");
    let found = node
        .tickets
        .get::<SessionKind, i32>(&digest("new"), START)
        .await
        .expect("get");
    assert_eq!(found, Some(1));
    node.counters.hit("y", MINUTE, START).await.expect("hit");
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_05_a_restart_of_redis_costs_nobody_a_session() {
    let mut redis = Redis::start();
    let stage = Stage::with_redis(&redis.url(0)).await;
    let node = stage.node().await;
    node.tickets
        .put::<SessionKind>(&digest("s"), &7, life_of("person"))
        .await
        .expect("put");
    node.tickets
        .put::<ServiceTicketKind>(&digest("t"), &8, life())
        .await
        .expect("put");
    redis.restart();
    // The very first call finds its way.
    let found = node
        .tickets
        .get::<SessionKind, i32>(&digest("s"), START)
        .await;
    assert_eq!(found.expect("get"), Some(7));
    let owned = node
        .tickets
        .owned::<SessionKind, i32>("person", START)
        .await
        .expect("owned");
    assert_eq!(owned, [(digest("s"), 7)]);
    let take = async || {
        node.tickets
            .take::<ServiceTicketKind, i32>(&digest("t"), START)
            .await
            .expect("take")
    };
    assert_eq!(take().await, Some(8));
    redis.restart();
    assert_eq!(take().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_05_while_redis_is_down_nothing_is_granted_and_logout_works() {
    let mut redis = Redis::start();
    let stage = Stage::with_redis(&redis.url(0)).await;
    let node = stage.node().await;
    node.tickets
        .put::<SessionKind>(&digest("s"), &7, life_of("person"))
        .await
        .expect("put");
    redis.stop();
    assert_unavailable(&node).await;
    // A node that starts now starts, and says so.
    let newcomer = stage.node().await;
    assert_unavailable(&newcomer).await;
    let ended = newcomer
        .tickets
        .end::<SessionKind>(&[digest("s")], START + MINUTE, START)
        .await;
    ended.expect("the ledger is there");
    redis.restart();
    recovered(&node).await;
    recovered(&newcomer).await;
    for (node, now) in [(&newcomer, START), (&node, START + 5 * SECOND)] {
        let found = node
            .tickets
            .get::<SessionKind, i32>(&digest("s"), now)
            .await
            .expect("get");
        assert_eq!(found, None, "ended while Redis was away");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_05_a_frozen_redis_keeps_nobody_waiting() {
    let redis = Redis::start();
    let stage = Stage::with_redis(&redis.url(0)).await;
    let node = stage.node().await;
    node.tickets.ping().await.expect("ping");
    redis.process().signal("STOP");
    // At the same time: they do not queue behind each other.
    let began = Instant::now();
    tokio::join!(
        assert_unavailable(&node),
        assert_refused("ping", node.tickets.ping()),
        assert_refused("ping", node.tickets.ping()),
        assert_refused("peek", node.counters.peek("x", START)),
    );
    assert!(began.elapsed() < 8 * PATIENCE);
    redis.process().signal("CONT");
    recovered(&node).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_05_a_full_or_read_only_redis_refuses_what_it_cannot_keep() {
    let redis = Redis::start();
    let stage = Stage::with_redis(&redis.url(0)).await;
    let node = stage.node().await;
    let put = async |name: &str| {
        node.tickets
            .put::<ServiceTicketKind>(&digest(name), &7, life())
            .await
    };
    put("t").await.expect("put");
    put("u").await.expect("put");
    assert_eq!(
        redis.command("CONFIG SET maxmemory-policy noeviction"),
        "+OK"
    );
    assert_eq!(redis.command("CONFIG SET maxmemory 1"), "+OK");
    assert_refused("put", put("v")).await;
    assert_refused("hit", node.counters.hit("x", MINUTE, START)).await;
    // What is there can be redeemed.
    let taken = node
        .tickets
        .take::<ServiceTicketKind, i32>(&digest("t"), START)
        .await;
    assert_eq!(taken.expect("take"), Some(7));
    assert_eq!(redis.command("CONFIG SET maxmemory 0"), "+OK");
    recovered(&node).await;
    // A replica of nobody: what a failover leaves of the old primary.
    assert_eq!(
        redis.command("CONFIG SET replica-serve-stale-data yes"),
        "+OK"
    );
    assert_eq!(redis.command("REPLICAOF 127.0.0.1 1"), "+OK");
    assert_refused("put", put("v")).await;
    let id = digest("u");
    let take = node.tickets.take::<ServiceTicketKind, i32>(&id, START);
    assert_refused("take", take).await;
    assert_refused("hit", node.counters.hit("x", MINUTE, START)).await;
    assert_eq!(redis.command("REPLICAOF NO ONE"), "+OK");
    recovered(&node).await;
    let taken = node
        .tickets
        .take::<ServiceTicketKind, i32>(&id, START)
        .await;
    assert_eq!(taken.expect("take"), Some(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_05_without_its_ledger_a_ticket_is_refused_and_a_session_lasts_a_minute() {
    let redis = Redis::start();
    let mut postgres = Postgres::start();
    let config = postgres_config(&postgres.fresh_database());
    let stage = Stage::on(
        config,
        Some(redis_config(&redis.url(0))),
        Scratch::new("ledger"),
    )
    .await;
    let node = stage.node().await;
    for name in ["t", "u"] {
        node.tickets
            .put::<ServiceTicketKind>(&digest(name), &1, life())
            .await
            .expect("put");
    }
    let long = clau_storage::tickets::Life {
        expires_at: START + 60 * MINUTE,
        ..life()
    };
    node.tickets
        .put::<SessionKind>(&digest("s"), &7, long)
        .await
        .expect("put");
    let get = async |now| {
        node.tickets
            .get::<SessionKind, i32>(&digest("s"), now)
            .await
    };
    assert_eq!(get(START).await.expect("get"), Some(7));
    postgres.stop();
    let take = async |name: &'static str| {
        node.tickets
            .take::<ServiceTicketKind, i32>(&digest(name), START)
            .await
    };
    assert_refused("take", take("t")).await;
    // People who are signed in go on, for as long as a logout elsewhere may take to be known.
    assert_eq!(get(START + 5 * SECOND).await.expect("get"), Some(7));
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(get(START + 5 * SECOND).await.expect("get"), Some(7));
    }
    assert!(
        began.elapsed() < SECOND,
        "one of many asks the ledger, not each of them"
    );
    assert_eq!(get(START + 54 * SECOND).await.expect("get"), Some(7));
    assert_refused("get", get(START + 55 * SECOND)).await;
    assert_refused(
        "end",
        node.tickets
            .end::<SessionKind>(&[digest("s")], START, START),
    )
    .await;
    postgres.restart();
    let later = START + 2 * MINUTE;
    let found = eventually("sessions are good again", RECOVERY, async || {
        get(later).await.ok()
    });
    assert_eq!(found.await, Some(7));
    assert_eq!(
        take("t").await.expect("take"),
        None,
        "refused once is used (AVL-06)"
    );
    assert_eq!(take("u").await.expect("take"), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_06_while_postgresql_is_down_nothing_is_granted() {
    let mut postgres = Postgres::start();
    let config = postgres_config(&postgres.fresh_database());
    let stage = Stage::on(config, None, Scratch::new("down")).await;
    let node = stage.node().await;
    node.tickets
        .put::<SessionKind>(&digest("s"), &7, life_of("person"))
        .await
        .expect("put");
    postgres.stop();
    assert_unavailable(&node).await;
    assert_refused(
        "end",
        node.tickets
            .end::<SessionKind>(&[digest("s")], START, START),
    )
    .await;
    postgres.restart();
    recovered(&node).await;
    let found = node
        .tickets
        .get::<SessionKind, i32>(&digest("s"), START)
        .await
        .expect("get");
    assert_eq!(found, Some(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_06_a_frozen_postgresql_keeps_nobody_waiting() {
    let postgres = Postgres::start();
    let config = postgres_config(&postgres.fresh_database());
    let stage = Stage::on(config, None, Scratch::new("frozen")).await;
    let node = stage.node().await;
    node.tickets.ping().await.expect("ping");
    // Its children, which hold the connections, and itself, which would make new ones.
    let family = family(postgres.process().pid());
    signal("STOP", &family);
    assert_unavailable(&node).await;
    signal("CONT", &family);
    recovered(&node).await;
}

/// A process and its children.
fn family(parent: u32) -> Vec<String> {
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    let mut family = vec![parent.to_string()];
    family.extend(
        children
            .expect("/proc")
            .split_whitespace()
            .map(str::to_owned),
    );
    family
}

fn signal(signal: &str, processes: &[String]) {
    let status = std::process::Command::new("kill")
        .args(["-s", signal])
        .args(processes)
        .status();
    assert!(status.expect("kill runs").success());
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_04_a_crash_of_postgresql_lets_nobody_redeem_twice() {
    const TICKETS: usize = 40;
    let mut postgres = Postgres::start();
    let config = postgres_config(&postgres.fresh_database());
    let redis = Redis::start();
    for redis in [None, Some(redis_config(&redis.url(0)))] {
        let stage = Stage::on(config.clone(), redis, Scratch::new("crash")).await;
        let nodes = [Arc::new(stage.node().await), Arc::new(stage.node().await)];
        for index in 0..TICKETS {
            let id = digest(&index.to_string());
            nodes[0]
                .tickets
                .put::<ServiceTicketKind>(&id, &index, life())
                .await
                .expect("put");
        }
        let done = Arc::new(AtomicBool::new(false));
        let mut clients = tokio::task::JoinSet::new();
        for client in 0..8 {
            let node = Arc::clone(&nodes[client % 2]);
            let done = Arc::clone(&done);
            clients.spawn(async move {
                let mut won = Vec::new();
                // Around and around, whatever the answer was, as impatient services would.
                while !done.load(Ordering::Relaxed) {
                    for index in 0..TICKETS {
                        let id = digest(&((index + client) % TICKETS).to_string());
                        let taken = node
                            .tickets
                            .take::<ServiceTicketKind, usize>(&id, START)
                            .await;
                        won.extend(taken.ok().flatten());
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                }
                won
            });
        }
        tokio::time::sleep(Duration::from_millis(15)).await;
        // As a crash ends it: no connection is told, nothing is written down any more.
        postgres.process().signal("QUIT");
        postgres.restart();
        let probe = async || nodes[0].tickets.ping().await.ok();
        eventually("PostgreSQL answers again", RECOVERY, probe).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        done.store(true, Ordering::Relaxed);
        let won = clients.join_all().await.concat();
        let different: BTreeSet<_> = won.iter().collect();
        assert_eq!(won.len(), different.len(), "{won:?}");
        assert!(!won.is_empty());
    }
}

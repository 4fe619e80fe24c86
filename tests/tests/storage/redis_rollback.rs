//! What Redis forgets or brings back: its replication is asynchronous, its backups are old, and
//! somebody may flush it. Whatever it does, what is over stays over (AVL-05, REL-01, REL-02, REL-04).

use clau_domain::secret::{ServiceTicketKind, SessionKind};
use clau_domain::time::Timestamp;
use clau_storage::tickets::Life;
use clau_tests::support::redis::{Redis, shared};

use crate::stage::{MINUTE, SECOND, START, Stage, TICK, digest, life, life_of};

/// A Redis that can go back in time: copies of entries, put back later as a failover to a replica that
/// lags behind, or a restored backup, would.
struct PastOf<'a> {
    redis: &'a Redis,
    prefix: String,
}

impl<'a> PastOf<'a> {
    fn new(stage: &Stage, redis: &'a Redis) -> Self {
        let prefix = stage
            .redis
            .as_ref()
            .expect("a stage with Redis")
            .prefix
            .clone();
        Self { redis, prefix }
    }

    fn remember(&self, space: &str, name: &str) {
        let key = self.key(space, name);
        assert_eq!(self.redis.command(&format!("COPY {key} past:{key}")), ":1");
    }

    fn come_back(&self, space: &str, name: &str) {
        let key = self.key(space, name);
        assert_eq!(
            self.redis
                .command(&format!("COPY past:{key} {key} REPLACE")),
            ":1"
        );
    }

    fn key(&self, space: &str, name: &str) -> String {
        format!("{}:t:{space}:{}", self.prefix, digest(name))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn avl_05_a_ticket_that_redis_brings_back_stays_taken() {
    let stage = Stage::redis().await;
    let past = PastOf::new(&stage, shared());
    let [here, there] = [stage.node().await, stage.node().await];
    here.tickets
        .put::<ServiceTicketKind>(&digest("st"), &1, life())
        .await
        .expect("put");
    past.remember("cas-st", "st");
    let take = async |node: &crate::stage::Node, now| {
        node.tickets
            .take::<ServiceTicketKind, i32>(&digest("st"), now)
            .await
            .expect("take")
    };
    assert_eq!(take(&here, START).await, Some(1));
    for node in [&here, &there, &stage.node().await] {
        past.come_back("cas-st", "st");
        assert_eq!(take(node, START + SECOND).await, None);
        past.come_back("cas-st", "st");
        let id = digest("st");
        let seen = node
            .tickets
            .get::<ServiceTicketKind, i32>(&id, START + SECOND)
            .await;
        assert_eq!(seen.expect("get"), None);
        let end = START + 2 * MINUTE;
        let replaced = node
            .tickets
            .replace::<ServiceTicketKind>(&id, &2, end, START + SECOND)
            .await;
        assert!(!replaced.expect("replace"));
        let owned = node
            .tickets
            .owned::<ServiceTicketKind, i32>("person", START + SECOND)
            .await;
        assert!(owned.expect("owned").is_empty());
    }
    // As long as the entry could live, and longer: its own end refuses it then.
    for now in [START + MINUTE - TICK, START + MINUTE, START + 10 * MINUTE] {
        here.tickets.sweep(now).await.expect("sweep");
        past.come_back("cas-st", "st");
        assert_eq!(take(&there, now).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_02_a_session_that_redis_brings_back_stays_ended_on_every_node() {
    let stage = Stage::redis().await;
    let past = PastOf::new(&stage, shared());
    let [here, there] = [stage.node().await, stage.node().await];
    let long = Life {
        expires_at: START + 600 * MINUTE,
        ..life_of("person")
    };
    for name in ["ended", "kept"] {
        here.tickets
            .put::<SessionKind>(&digest(name), &1, long)
            .await
            .expect("put");
        past.remember("session", name);
    }
    let get = async |node: &crate::stage::Node, name: &str, now| {
        node.tickets
            .get::<SessionKind, i32>(&digest(name), now)
            .await
            .expect("get")
    };
    // The other node knows the state of things before the logout.
    assert_eq!(get(&there, "ended", START).await, Some(1));
    let logout = START + SECOND;
    here.tickets
        .end::<SessionKind>(&[digest("ended")], START + 600 * MINUTE, logout)
        .await
        .expect("end");
    past.come_back("session", "ended");
    assert_eq!(
        get(&here, "ended", logout).await,
        None,
        "at once where it was ended"
    );
    assert_eq!(
        get(&there, "ended", START + 5 * SECOND).await,
        None,
        "seconds later elsewhere"
    );
    for minute in [1, 5, 599] {
        let now = logout + minute * MINUTE;
        past.come_back("session", "ended");
        for node in [&here, &there, &stage.node().await] {
            node.tickets.sweep(now).await.expect("sweep");
            assert_eq!(get(node, "ended", now).await, None, "after {minute} min");
            assert_eq!(get(node, "kept", now).await, Some(1), "after {minute} min");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_02_a_logout_is_seen_elsewhere_although_its_commit_was_slow() {
    let stage = Stage::redis().await;
    let past = PastOf::new(&stage, shared());
    let [here, there] = [stage.node().await, stage.node().await];
    let long = Life {
        expires_at: START + 600 * MINUTE,
        ..life()
    };
    here.tickets
        .put::<SessionKind>(&digest("ended"), &1, long)
        .await
        .expect("put");
    past.remember("session", "ended");
    // The other node reads the ledger again and again …
    let get = async |now: Timestamp| {
        there
            .tickets
            .get::<SessionKind, i32>(&digest("ended"), now)
            .await
            .expect("get")
    };
    for seconds in (0..40).step_by(5) {
        assert_eq!(get(START + seconds * SECOND).await, Some(1));
    }
    // … before a logout of long ago, by the clock of its node, is committed.
    here.tickets
        .end::<SessionKind>(&[digest("ended")], START + 600 * MINUTE, START)
        .await
        .expect("end");
    past.come_back("session", "ended");
    assert_eq!(get(START + 40 * SECOND).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn ses_07_ending_longer_than_it_was_taken_counts() {
    let stage = Stage::redis().await;
    let past = PastOf::new(&stage, shared());
    let [here, there] = [stage.node().await, stage.node().await];
    // Taken with a short life, and a copy somewhere with a longer one.
    let long = Life {
        expires_at: START + 60 * MINUTE,
        ..life()
    };
    here.tickets
        .put::<SessionKind>(&digest("s"), &1, long)
        .await
        .expect("put");
    past.remember("session", "s");
    here.tickets
        .put::<SessionKind>(&digest("s"), &1, life())
        .await
        .expect("put");
    here.tickets
        .take::<SessionKind, i32>(&digest("s"), START)
        .await
        .expect("take");
    assert_eq!(
        there
            .tickets
            .get::<SessionKind, i32>(&digest("s"), START)
            .await
            .expect("get"),
        None
    );
    here.tickets
        .end::<SessionKind>(&[digest("s")], START + 60 * MINUTE, START)
        .await
        .expect("end");
    past.come_back("session", "s");
    for node in [&here, &there] {
        let now = START + 30 * MINUTE;
        node.tickets.sweep(now).await.expect("sweep");
        let found = node
            .tickets
            .get::<SessionKind, i32>(&digest("s"), now)
            .await
            .expect("get");
        assert_eq!(found, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_05_a_flush_signs_people_out_and_lets_nobody_in() {
    let redis = Redis::start();
    let stage = Stage::with_redis(&redis.url(0)).await;
    let node = stage.node().await;
    let put = async |name: &str| {
        node.tickets
            .put::<SessionKind>(&digest(name), &1, life_of("person"))
            .await
            .expect("put");
    };
    let get = async |name: &str| {
        node.tickets
            .get::<SessionKind, i32>(&digest(name), START)
            .await
            .expect("get")
    };
    for name in ["alive", "taken", "ended"] {
        put(name).await;
    }
    assert_eq!(node.counters.hit("x", MINUTE, START).await.expect("hit"), 1);
    node.tickets
        .take::<SessionKind, i32>(&digest("taken"), START)
        .await
        .expect("take");
    node.tickets
        .end::<SessionKind>(&[digest("ended")], START + MINUTE, START)
        .await
        .expect("end");
    // Everything is lost, the scripts too.
    for flush in ["FLUSHALL", "SCRIPT FLUSH"] {
        assert_eq!(redis.command(flush), "+OK");
    }
    assert_eq!(get("alive").await, None);
    for name in ["taken", "ended"] {
        // As a backup from before would have it.
        put(name).await;
        assert_eq!(get(name).await, None, "{name}");
        let again = node
            .tickets
            .take::<SessionKind, i32>(&digest(name), START)
            .await
            .expect("take");
        assert_eq!(again, None, "{name}");
    }
    // Nothing is locked out: new sessions and counts work at once.
    put("new").await;
    assert_eq!(get("new").await, Some(1));
    assert_eq!(node.counters.hit("x", MINUTE, START).await.expect("hit"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_in_redis_expires() {
    let redis = Redis::start();
    let stage = Stage::with_redis(&redis.url(0)).await;
    let node = stage.node().await;
    let end = START + 2 * MINUTE;
    node.tickets
        .put::<SessionKind>(&digest("a"), &1, life_of("person"))
        .await
        .expect("put");
    node.tickets
        .put::<SessionKind>(&digest("b"), &1, life())
        .await
        .expect("put");
    node.tickets
        .replace::<SessionKind>(&digest("a"), &1, end, START)
        .await
        .expect("replace");
    for _ in 0..2 {
        node.counters.hit("x", MINUTE, START).await.expect("hit");
        node.counters
            .distinct("x", "y", MINUTE, START)
            .await
            .expect("distinct");
    }
    assert_eq!(redis.command("DBSIZE"), ":5");
    let prefix = &stage.redis.as_ref().expect("Redis").prefix;
    let mut lives = Vec::new();
    for key in [
        format!("t:session:{}", digest("a")),
        format!("t:session:{}", digest("b")),
        "o:session:=person".to_owned(),
        "c:x".to_owned(),
        "d:x".to_owned(),
    ] {
        let left = redis.command(&format!("PTTL {prefix}:{key}"));
        lives.push(
            left.trim_start_matches(':')
                .parse::<i64>()
                .expect("a number"),
        );
    }
    let whole: Vec<i64> = lives
        .iter()
        .map(|millis| (millis + 59_999) / 60_000)
        .collect();
    assert_eq!(whole, [2, 1, 2, 1, 1], "{lives:?}");
}

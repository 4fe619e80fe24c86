//! Signing keys on both engines: what is added, how a key ends, and nodes that add at the same time.

use clau_storage::Database;
use clau_storage::signing_keys::{self, Retiring, SigningKeyRow};
use serde_json::json;

use crate::stage::{MINUTE, SECOND, START, Stage, TICK};

on_both_engines!(
    key_02_a_key_and_the_end_of_the_one_before_it_come_together,
    key_02_of_many_nodes_that_make_the_next_key_at_once_one_does,
    key_03_debug_shows_nothing_of_the_private_key,
    key_09_a_revoked_key_is_over_at_once_and_never_comes_back,
    keys_that_verify_nothing_any_more_are_swept,
);

fn key(kid: &str, algorithm: &str, generation: u32) -> SigningKeyRow {
    SigningKeyRow {
        kid: kid.to_owned(),
        purpose: "oidc".to_owned(),
        algorithm: algorithm.to_owned(),
        generation,
        sealed: b"\0sealed\xff".to_vec(),
        public: json!({ "kty": "EC", "kid": kid, "x": "é" }),
        created_at: START,
        signs_from: START + MINUTE,
        signs_until: None,
        verifies_until: None,
    }
}

async fn all(database: &Database) -> Vec<SigningKeyRow> {
    signing_keys::all(database, "oidc").await.expect("all")
}

async fn kids(database: &Database) -> Vec<String> {
    all(database).await.into_iter().map(|key| key.kid).collect()
}

async fn add(database: &Database, row: &SigningKeyRow, former: Option<Retiring<'_>>) -> bool {
    signing_keys::add(database, row, former).await.expect("add")
}

/// The end of a key in so many minutes.
fn retiring(kid: &str, minutes: u32) -> Retiring<'_> {
    Retiring {
        kid,
        signs_until: START + minutes * MINUTE,
        verifies_until: START + (minutes + 10) * MINUTE,
    }
}

async fn key_02_a_key_and_the_end_of_the_one_before_it_come_together(stage: Stage) {
    let database = &stage.database;
    assert_eq!(all(database).await, []);
    let (first, second) = (key("a", "ES256", 1), key("b", "ES256", 2));
    assert!(add(database, &first, None).await);
    assert_eq!(all(database).await, std::slice::from_ref(&first));
    assert!(add(database, &second, Some(retiring("a", 5))).await);
    let ended = SigningKeyRow {
        signs_until: Some(START + 5 * MINUTE),
        verifies_until: Some(START + 15 * MINUTE),
        ..first
    };
    assert_eq!(all(database).await, [ended.clone(), second.clone()]);

    // Somebody else's generation, or a name that is taken: nothing is added and nothing ends.
    for late in [key("c", "ES256", 2), key("b", "ES256", 3)] {
        assert!(!add(database, &late, Some(retiring("b", 1))).await);
        assert_eq!(all(database).await, [ended.clone(), second.clone()]);
    }
    // Other algorithms and other purposes count for themselves.
    let other = key("d", "RS256", 2);
    let elsewhere = SigningKeyRow {
        purpose: "logout".to_owned(),
        signs_until: Some(START + MINUTE),
        verifies_until: Some(START + 2 * MINUTE),
        ..key("e", "ES256", 2)
    };
    assert!(add(database, &elsewhere, None).await);
    assert!(add(database, &other, Some(retiring("nobody", 1))).await);
    assert_eq!(all(database).await, [ended, second, other]);
    let kept = signing_keys::all(database, "logout").await.expect("all");
    assert_eq!(kept, [elsewhere]);
}

async fn key_02_of_many_nodes_that_make_the_next_key_at_once_one_does(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    assert!(add(&stage.database, &key("0", "ES256", 0), None).await);
    let mut former = "0".to_owned();
    for generation in 1..=5 {
        let mut nodes = tokio::task::JoinSet::new();
        for node in 1..=20 {
            let database = if node % 2 == 0 {
                stage.database.clone()
            } else {
                other.clone()
            };
            let former = former.clone();
            nodes.spawn(async move {
                // Each node's key and dates are its own.
                let row = key(&format!("{generation}-{node}"), "ES256", generation);
                let added = add(&database, &row, Some(retiring(&former, node))).await;
                added.then_some((row.kid, node))
            });
        }
        let won: Vec<_> = nodes.join_all().await.into_iter().flatten().collect();
        let [(kid, node)] = won.as_slice() else {
            panic!("one adds it: {won:?}");
        };
        let keys = all(&stage.database).await;
        let count = usize::try_from(generation).expect("small") + 1;
        assert_eq!((keys.len(), &keys[count - 1].kid), (count, kid));
        let before = &keys[count - 2];
        assert_eq!(before.kid, former);
        let end = retiring(&former, *node);
        assert_eq!(before.signs_until, Some(end.signs_until));
        assert_eq!(before.verifies_until, Some(end.verifies_until));
        former.clone_from(kid);
    }
}

async fn key_09_a_revoked_key_is_over_at_once_and_never_comes_back(stage: Stage) {
    let database = &stage.database;
    let now = START + 2 * MINUTE;
    let revoke = async |kid: &str, now| {
        signing_keys::revoke(database, kid, now)
            .await
            .expect("revoke")
    };
    assert!(add(database, &key("a", "ES256", 1), None).await);
    assert!(revoke("a", now).await);
    assert!(!revoke("a", now + SECOND).await, "it is over already");
    assert!(!revoke("unknown", now).await);
    // A node that has not heard of it retires the key as planned.
    assert!(add(database, &key("b", "ES256", 2), Some(retiring("a", 5))).await);
    let ends = all(database).await;
    assert_eq!(
        (ends[0].signs_until, ends[0].verifies_until),
        (Some(now), Some(now))
    );
    // An end that comes sooner than planned does count, and one that is planned can be brought forward.
    assert!(add(database, &key("c", "ES256", 3), Some(retiring("b", 50))).await);
    assert!(add(database, &key("d", "ES256", 4), Some(retiring("b", 5))).await);
    let ends = all(database).await;
    assert_eq!(ends[1].signs_until, Some(START + 5 * MINUTE));
    assert_eq!(ends[1].verifies_until, Some(START + 15 * MINUTE));
    assert!(revoke("b", now).await);
    let ends = all(database).await;
    assert_eq!(
        (ends[1].signs_until, ends[1].verifies_until),
        (Some(now), Some(now))
    );
}

async fn keys_that_verify_nothing_any_more_are_swept(stage: Stage) {
    let database = &stage.database;
    assert!(add(database, &key("a", "ES256", 1), None).await);
    assert!(add(database, &key("b", "ES256", 2), Some(retiring("a", 5))).await);
    let sweep = async |now| signing_keys::sweep(database, now).await.expect("sweep");
    let end = START + 15 * MINUTE;
    assert_eq!(sweep(end - TICK).await, 0);
    assert_eq!(kids(database).await, ["a", "b"]);
    assert_eq!(sweep(end).await, 1);
    assert_eq!(sweep(START + 10_000 * MINUTE).await, 0, "it has no end");
    assert_eq!(kids(database).await, ["b"]);
}

async fn key_03_debug_shows_nothing_of_the_private_key(stage: Stage) {
    assert!(add(&stage.database, &key("a", "ES256", 1), None).await);
    let shown = format!("{:?}", all(&stage.database).await);
    assert!(shown.contains("ES256"), "{shown}");
    // Neither as a text nor as a list of bytes.
    for hidden in ["sealed", "115, 101, 97", "255"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

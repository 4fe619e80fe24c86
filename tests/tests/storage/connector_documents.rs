//! Documents of connectors on both engines: the last good copy stays, and each node sees which one it lacks.

use std::collections::BTreeMap;

use clau_domain::connector::ConnectorId;
use clau_domain::time::Timestamp;
use clau_storage::connector_documents::{self, Body, DocumentRow, Good, Tried};
use clau_storage::{Database, StorageError};

use crate::connectors::connector;
use crate::stage::{MINUTE, SECOND, START, Stage};

on_both_engines!(
    a_failed_fetch_leaves_the_last_good_copy,
    a_node_reads_the_bodies_that_it_lacks,
    documents_of_connectors_that_are_no_more_are_forgotten,
);

const ORIGIN: &str = "https://idp.example.fr/metadata";

async fn good(
    database: &Database,
    connector: &ConnectorId,
    (body, now): (&[u8], Timestamp),
) -> Result<(), StorageError> {
    let good = Good {
        connector,
        name: "metadata",
        origin: ORIGIN,
        body,
        tag: Some("\"1\""),
        now,
        valid_until: Some(now + MINUTE),
        next_at: now + SECOND,
        warnings: &["the key is short".to_owned()],
    };
    connector_documents::put_good(database, good).await
}

async fn one(database: &Database) -> DocumentRow {
    let mut all = connector_documents::all(database).await.expect("all");
    assert_eq!(all.len(), 1);
    all.pop().expect("one")
}

async fn a_failed_fetch_leaves_the_last_good_copy(stage: Stage) {
    let database = &stage.database;
    let id = connector("educonnect");
    let tried = |problem, now: Timestamp| Tried {
        connector: &id,
        name: "metadata",
        origin: ORIGIN,
        now,
        next_at: now + SECOND,
        problem,
    };
    let put_tried = async |problem, now| {
        connector_documents::put_tried(database, tried(problem, now))
            .await
            .expect("tried");
    };
    put_tried(Some("no answer\0"), START).await;
    let first = one(database).await;
    assert_eq!(
        (first.version, first.good_at, first.problem.as_deref()),
        (0, None, Some("no answer\u{fffd}"))
    );
    let known = BTreeMap::new();
    let bodies = connector_documents::bodies(database, &known).await;
    assert_eq!(bodies.expect("bodies"), []);

    good(database, &id, (b"\0one", START + SECOND))
        .await
        .expect("good");
    let there = one(database).await;
    let expected = DocumentRow {
        key: (id.clone(), "metadata".to_owned()),
        origin: ORIGIN.to_owned(),
        version: there.version,
        tag: Some("\"1\"".to_owned()),
        tried_at: START + SECOND,
        good_at: Some(START + SECOND),
        valid_until: Some(START + SECOND + MINUTE),
        next_at: START + SECOND + SECOND,
        problem: None,
        warnings: vec!["the key is short".to_owned()],
    };
    assert_eq!(there, expected);

    // A fetch elsewhere that fails, then one that confirms: the copy is the same.
    let elsewhere = Tried {
        origin: "https://elsewhere.example.fr",
        ..tried(Some("404"), START + MINUTE)
    };
    connector_documents::put_tried(database, elsewhere)
        .await
        .expect("tried");
    let failed = one(database).await;
    let expected = DocumentRow {
        tried_at: START + MINUTE,
        next_at: START + MINUTE + SECOND,
        problem: Some("404".to_owned()),
        ..there
    };
    assert_eq!(failed, expected);
    put_tried(None, START + MINUTE + SECOND).await;
    let confirmed = one(database).await;
    let now = START + MINUTE + SECOND;
    let expected = DocumentRow {
        tried_at: now,
        good_at: Some(now),
        next_at: now + SECOND,
        problem: None,
        ..failed
    };
    assert_eq!(confirmed, expected);
    let key = (id, "metadata".to_owned());
    let body = connector_documents::body(database, key).await;
    assert_eq!(body.expect("body").expect("there").bytes, b"\0one");
}

async fn a_node_reads_the_bodies_that_it_lacks(stage: Stage) {
    let database = &stage.database;
    let [one, two] = ["one", "two"].map(connector);
    let mut known = BTreeMap::new();
    let news = async |known: &mut BTreeMap<_, _>| {
        let bodies: Vec<Body> = connector_documents::bodies(database, known)
            .await
            .expect("bodies");
        for body in &bodies {
            known.insert(body.key.clone(), body.version);
        }
        let texts = bodies.into_iter().map(|body| {
            let text = String::from_utf8(body.bytes).expect("text");
            format!("{} {text}", body.key.0)
        });
        texts.collect::<Vec<_>>()
    };
    good(database, &one, (b"a", START)).await.expect("good");
    good(database, &two, (b"b", START)).await.expect("good");
    assert_eq!(news(&mut known).await, ["one a", "two b"]);
    assert_eq!(news(&mut known).await, Vec::<String>::new());
    // The same bytes again are no news; others are, on a node whose clock is behind too.
    good(database, &one, (b"a", START + MINUTE))
        .await
        .expect("good");
    assert_eq!(news(&mut known).await, Vec::<String>::new());
    for body in [b"c", b"d"] {
        let before = Timestamp::from_millis(START.as_millis() - 1000);
        good(database, &one, (body, before)).await.expect("good");
        let text = format!("one {}", char::from(body[0]));
        assert_eq!(news(&mut known).await, [text]);
    }
    // Forgotten and fetched again: read again, whatever number it had.
    connector_documents::keep_only(database, &[&two])
        .await
        .expect("keep only");
    good(database, &one, (b"d", START + SECOND))
        .await
        .expect("good");
    assert_eq!(news(&mut known).await, ["one d"]);
}

async fn documents_of_connectors_that_are_no_more_are_forgotten(stage: Stage) {
    let database = &stage.database;
    let [one, two, three] = ["one", "two", "three"].map(connector);
    for id in [&one, &two, &three] {
        good(database, id, (b"a", START)).await.expect("good");
    }
    let keep = async |ids: &[&ConnectorId]| {
        connector_documents::keep_only(database, ids)
            .await
            .expect("keep only")
    };
    assert_eq!(keep(&[&two, &connector("new")]).await, 2);
    assert_eq!(keep(&[&two]).await, 0);
    assert_eq!(self::one(database).await.key.0, two);
}

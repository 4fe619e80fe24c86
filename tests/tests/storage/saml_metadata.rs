//! Metadata of SAML services on both engines: a copy is replaced whole or stays, whatever happens half way
//! and however many nodes replace it.

use std::io::{BufRead, BufReader};
use std::time::Instant;

use clau_domain::time::Timestamp;
use clau_storage::saml_metadata::{self, EntityRow, Replaced, SourceRow};
use clau_storage::{Database, StorageError};

use crate::child;
use crate::stage::{MINUTE, SECOND, START, Stage, digest};

on_both_engines!(
    a_copy_is_replaced_and_what_is_absent_is_gone,
    a_fetch_that_brings_nothing_leaves_the_copy,
    one_entity_more_leaves_the_others,
    sources_that_nobody_names_are_forgotten_with_their_copies,
    an_entity_twice_in_a_copy_is_the_first,
    ids_as_long_as_they_may_be_and_texts_that_cannot_be_kept,
    an_error_half_way_leaves_the_former_copy,
    ft_01_a_node_killed_half_way_leaves_the_former_copy,
    of_nodes_that_replace_a_copy_at_once_one_wins_whole,
    a_federation_is_kept_in_no_time,
);

fn federation(name: &str, at: Timestamp) -> SourceRow {
    SourceRow {
        name: name.to_owned(),
        tag: Some(format!("\"{at}\"")),
        tried_at: at,
        good_at: Some(at),
        valid_until: Some(at + 60 * MINUTE),
        next_at: at + MINUTE,
        entities: 0,
        problem: None,
    }
}

fn entity(id: &str, words: &str) -> EntityRow {
    EntityRow {
        entity_id: id.to_owned(),
        xml: format!("<EntityDescriptor entityID=\"{id}\">é {words}</EntityDescriptor>"),
        digest: digest(words).to_string(),
        valid_until: None,
    }
}

/// Entities by number.
fn entities(numbers: std::ops::Range<u32>, words: &str) -> Vec<EntityRow> {
    let one = |number| entity(&format!("https://sp{number}.example/"), words);
    numbers.map(one).collect()
}

async fn replace(database: &Database, source: &SourceRow, rows: Vec<EntityRow>) -> Replaced {
    saml_metadata::replace::<StorageError>(database, source, &mut rows.into_iter().map(Ok))
        .await
        .expect("replace")
}

async fn find(database: &Database, source: &str, id: &str) -> Option<EntityRow> {
    saml_metadata::find(database, source, id)
        .await
        .expect("find")
}

async fn source(database: &Database, name: &str) -> Option<SourceRow> {
    saml_metadata::source(database, name).await.expect("source")
}

/// Whether the copy of `renater` is these entities.
async fn holds(database: &Database, rows: &[EntityRow]) {
    for row in rows {
        let found = find(database, "renater", &row.entity_id).await;
        assert_eq!(found.as_ref(), Some(row));
    }
    let known = source(database, "renater").await.expect("known");
    assert_eq!(usize::try_from(known.entities), Ok(rows.len()));
}

async fn a_copy_is_replaced_and_what_is_absent_is_gone(stage: Stage) {
    let database = &stage.database;
    assert_eq!(source(database, "renater").await, None);
    assert_eq!(
        find(database, "renater", "https://sp1.example/").await,
        None
    );

    let first = federation("renater", START);
    let rows = entities(0..450, "first");
    let done = replace(database, &first, rows.clone()).await;
    let all_new = Replaced {
        entities: 450,
        written: 450,
        removed: 0,
    };
    assert_eq!(done, all_new);
    holds(database, &rows).await;
    let counted = SourceRow {
        entities: 450,
        ..first
    };
    assert_eq!(source(database, "renater").await, Some(counted));

    // The same in another federation is another thing.
    replace(
        database,
        &federation("edugain", START),
        entities(0..1, "other"),
    )
    .await;

    let second = federation("renater", START + MINUTE);
    let mut rows = entities(225..460, "first");
    rows[0] = entity(&rows[0].entity_id, "changed");
    rows[1].valid_until = Some(START + 2 * MINUTE);
    let done = replace(database, &second, rows.clone()).await;
    let some = Replaced {
        entities: 235,
        written: 12,
        removed: 225,
    };
    assert_eq!(done, some);
    holds(database, &rows).await;
    assert_eq!(
        find(database, "renater", "https://sp0.example/").await,
        None
    );
    let other = find(database, "edugain", "https://sp0.example/").await;
    assert_eq!(other, Some(entity("https://sp0.example/", "other")));

    // Nothing in it is a copy too.
    let done = replace(database, &second, Vec::new()).await;
    assert_eq!((done.entities, done.removed), (0, 235));
    holds(database, &[]).await;
}

async fn a_fetch_that_brings_nothing_leaves_the_copy(stage: Stage) {
    let database = &stage.database;
    let rows = entities(0..3, "kept");
    replace(database, &federation("renater", START), rows.clone()).await;
    let tried = async |now, problem| {
        saml_metadata::tried(database, "renater", now, now + SECOND, problem)
            .await
            .expect("tried");
        source(database, "renater").await.expect("known")
    };
    let good = source(database, "renater").await.expect("known");

    let failed = tried(START + MINUTE, Some("the signature\0 is wrong")).await;
    let expected = SourceRow {
        tried_at: START + MINUTE,
        next_at: START + MINUTE + SECOND,
        problem: Some("the signature\u{fffd} is wrong".to_owned()),
        ..good
    };
    assert_eq!(failed, expected, "tag, age and validity are the copy's");
    holds(database, &rows).await;

    let confirmed = tried(START + 2 * MINUTE, None).await;
    let expected = SourceRow {
        tried_at: START + 2 * MINUTE,
        good_at: Some(START + 2 * MINUTE),
        next_at: START + 2 * MINUTE + SECOND,
        problem: None,
        ..expected
    };
    assert_eq!(confirmed, expected);
    holds(database, &rows).await;

    // One that never worked is known for it.
    saml_metadata::tried(database, "new", START, START + SECOND, Some("no answer"))
        .await
        .expect("tried");
    let new = source(database, "new").await.expect("known");
    assert_eq!((new.good_at, new.entities), (None, 0));
    assert_eq!(new.problem.as_deref(), Some("no answer"));
}

async fn one_entity_more_leaves_the_others(stage: Stage) {
    let database = &stage.database;
    let mdq = federation("renater", START);
    let mut rows = entities(0..3, "each by itself");
    for row in &rows {
        saml_metadata::put(database, &mdq, row).await.expect("put");
    }
    holds(database, &rows).await;
    rows[1] = EntityRow {
        valid_until: Some(START + MINUTE),
        ..entity(&rows[1].entity_id, "again")
    };
    saml_metadata::put(database, &mdq, &rows[1])
        .await
        .expect("put");
    holds(database, &rows).await;
}

async fn sources_that_nobody_names_are_forgotten_with_their_copies(stage: Stage) {
    let database = &stage.database;
    for name in ["renater", "edugain", "https://sp.example/metadata"] {
        replace(database, &federation(name, START), entities(0..2, name)).await;
    }
    let names = async || {
        let sources = saml_metadata::sources(database).await.expect("sources");
        sources
            .into_iter()
            .map(|source| source.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names().await,
        ["edugain", "https://sp.example/metadata", "renater"]
    );
    let kept = ["renater", "never heard of"];
    let forgotten = saml_metadata::keep_only(database, &kept).await;
    assert_eq!(forgotten.expect("keep only"), 2);
    assert_eq!(names().await, ["renater"]);
    assert_eq!(
        find(database, "edugain", "https://sp0.example/").await,
        None
    );
    holds(database, &entities(0..2, "renater")).await;
}

async fn an_entity_twice_in_a_copy_is_the_first(stage: Stage) {
    let database = &stage.database;
    let source = federation("renater", START);
    // Within a batch and across batches, new and known.
    for words in ["a", "b"] {
        let mut rows = entities(0..250, words);
        rows.insert(1, entity("https://sp0.example/", "the other"));
        rows.push(entity("https://sp3.example/", "the other"));
        let done = replace(database, &source, rows).await;
        assert_eq!((done.entities, done.written), (250, 250));
        holds(database, &entities(0..250, words)).await;
    }
}

async fn ids_as_long_as_they_may_be_and_texts_that_cannot_be_kept(stage: Stage) {
    let database = &stage.database;
    let source = federation("renater", START);
    // 1,024 characters of four bytes that do not repeat, so that nothing compresses them.
    let long: String = (0..1024_u32)
        .filter_map(|number| char::from_u32(0x2_0000 + number * 37 % 40_000))
        .collect();
    assert_eq!((long.chars().count(), long.len()), (1024, 4096));
    let cut: String = long.chars().take(1023).collect();
    let mut large = entity("https://large.example/", "large");
    large.xml = "<é/>".repeat(1 << 20);
    let rows = vec![entity(&long, "long"), entity(&cut, "cut"), large];
    replace(database, &source, rows.clone()).await;
    holds(database, &rows).await;

    for bad in [entity("https://a\0b.example/", "id"), entity("c", "\0")] {
        let bad = EntityRow {
            xml: format!("{}\0", bad.xml),
            ..bad
        };
        let mut with_bad = vec![Ok(entity("d", "new")), Ok(bad.clone())].into_iter();
        let refused = saml_metadata::replace(database, &source, &mut with_bad).await;
        assert!(
            matches!(refused, Err(StorageError::Defect(_))),
            "{refused:?}"
        );
        let refused = saml_metadata::put(database, &source, &bad).await;
        assert!(
            matches!(refused, Err(StorageError::Defect(_))),
            "{refused:?}"
        );
        holds(database, &rows).await;
    }
}

/// What somebody else's iterator fails with.
#[derive(Debug, PartialEq)]
enum Broken {
    Truncated,
    Store(String),
}

impl From<StorageError> for Broken {
    fn from(error: StorageError) -> Self {
        Self::Store(error.to_string())
    }
}

async fn an_error_half_way_leaves_the_former_copy(stage: Stage) {
    let database = &stage.database;
    let rows = entities(0..5, "former");
    replace(database, &federation("renater", START), rows.clone()).await;
    let before = source(database, "renater").await;
    // Far enough that batches have been written.
    let half = entities(3..603, "new").into_iter().map(Ok);
    let mut half = half.chain([Err(Broken::Truncated)]);
    let late = federation("renater", START + MINUTE);
    let outcome = saml_metadata::replace(database, &late, &mut half).await;
    assert_eq!(outcome, Err(Broken::Truncated));
    holds(database, &rows).await;
    assert_eq!(source(database, "renater").await, before);
    // The store is not held by what failed.
    replace(database, &late, entities(3..8, "new")).await;
    holds(database, &entities(3..8, "new")).await;
}

/// The part of a node that says so when it has written half of a copy, and then waits to be killed.
pub(crate) async fn replace_half(database: &Database, say: impl Fn(String) + Send) {
    let mut written = 0;
    let half = entities(0..1000, "half").into_iter().map(Ok);
    let mut half = half.inspect(move |_: &Result<_, StorageError>| {
        written += 1;
        if written == 600 {
            say("half".to_owned());
            std::thread::sleep(60 * SECOND);
        }
    });
    let source = federation("renater", START + MINUTE);
    saml_metadata::replace(database, &source, &mut half)
        .await
        .expect("it has been killed by now");
}

async fn ft_01_a_node_killed_half_way_leaves_the_former_copy(stage: Stage) {
    let database = &stage.database;
    let rows = entities(0..300, "former");
    replace(database, &federation("renater", START), rows.clone()).await;
    let before = source(database, "renater").await;
    let mut node = child::start("replace", &stage.config);
    let output = BufReader::new(node.stdout.take().expect("piped"));
    let half = output
        .lines()
        .map_while(Result::ok)
        .find(|line| line.ends_with("half"));
    // Readers see the former copy while another is being written.
    holds(database, &rows).await;
    node.kill().expect("kill");
    node.wait().expect("the child ends");
    assert!(half.is_some(), "it got half way");
    holds(database, &rows).await;
    assert_eq!(source(database, "renater").await, before);
    replace(
        database,
        &federation("renater", START + MINUTE),
        entities(100..200, "next"),
    )
    .await;
    holds(database, &entities(100..200, "next")).await;
}

async fn of_nodes_that_replace_a_copy_at_once_one_wins_whole(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    for round in 0..3 {
        let mut nodes = tokio::task::JoinSet::new();
        for node in 0..4_u32 {
            let database = [&stage.database, &other][node as usize % 2].clone();
            nodes.spawn(async move {
                let source = federation("renater", START + node * MINUTE);
                let rows = entities(
                    node * 50..node * 50 + 300 + node,
                    &format!("{round} {node}"),
                );
                replace(&database, &source, rows).await;
            });
        }
        nodes.join_all().await;
        let known = source(&other, "renater").await.expect("known");
        let node = known.entities - 300;
        assert_eq!(known.tried_at, START + node * MINUTE, "one node's, whole");
        let rows = entities(
            node * 50..node * 50 + 300 + node,
            &format!("{round} {node}"),
        );
        holds(&stage.database, &rows).await;
        let elsewhere = if node == 0 { 340 } else { 0 };
        let elsewhere = format!("https://sp{elsewhere}.example/");
        assert_eq!(find(&stage.database, "renater", &elsewhere).await, None);
    }
}

/// 5,000 entities of 8 kB. The limits are far above what it takes, for machines that do other things
/// meanwhile: they tell batches from a statement for each.
async fn a_federation_is_kept_in_no_time(stage: Stage) {
    let database = &stage.database;
    let words: String = (0..1600_u32)
        .map(|number| format!("{:x} ", number * 7919))
        .collect();
    let rows = |changed: &'static str| {
        let words = words.clone();
        (0..5000).map(move |number| {
            let id = format!("https://sp{number}.example/");
            let mut one = entity(&id, if number % 100 == 0 { changed } else { "same" });
            one.xml.push_str(&words);
            Ok::<_, StorageError>(one)
        })
    };
    let mut times = Vec::new();
    for words in ["first", "second"] {
        let source = federation("renater", START);
        let began = Instant::now();
        let done = saml_metadata::replace(database, &source, &mut rows(words)).await;
        times.push(began.elapsed());
        assert_eq!(
            done.expect("replace").written,
            if words == "first" { 5000 } else { 50 }
        );
    }
    println!("new and refreshed: {times:?}");
    assert!(times[0] < 10 * SECOND && times[1] < 3 * SECOND, "{times:?}");
}

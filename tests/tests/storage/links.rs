//! Links on both engines: one for each connector and subject, and never replaced.

use clau_domain::ids::PersonId;
use clau_storage::Database;
use clau_storage::links::{self, How, Link};
use serde_json::json;

use crate::connectors::connector;
use crate::folk;
use crate::stage::{MINUTE, SECOND, START, Stage};

on_both_engines!(
    a_link_is_read_as_written_and_removed_by_its_owner_alone,
    fed_01_of_many_who_link_a_subject_at_once_one_does,
    fed_01_the_same_subject_of_another_connector_is_somebody_else,
);

/// A link of a person's.
pub(crate) fn link(id: &str, subject: &str, person: PersonId) -> Link {
    Link {
        connector: connector(id),
        subject: subject.to_owned(),
        person,
        how: How::Matched,
        detail: json!({ "by": "feed_key", "key": "é" }),
        linked_at: START,
        used_at: None,
    }
}

/// Adds a link.
pub(crate) async fn add(database: &Database, link: &Link) -> bool {
    let mut tx = database.begin().await.expect("begin");
    let added = links::add(&mut tx, link).await.expect("add");
    tx.commit().await.expect("commit");
    added
}

async fn somebody(database: &Database) -> PersonId {
    folk::person(database, &folk::row("Ana", "Roux"), "staff", None).await
}

async fn a_link_is_read_as_written_and_removed_by_its_owner_alone(stage: Stage) {
    let database = &stage.database;
    let (person, other) = (somebody(database).await, somebody(database).await);
    let id = connector("educonnect");
    let of_person = async |person| links::of_person(database, person).await.expect("of person");
    let mut wanted = Vec::new();
    for (step, how) in [How::Matched, How::Proven, How::Created, How::Operator]
        .into_iter()
        .enumerate()
    {
        let number = u32::try_from(step).expect("small");
        let link = Link {
            how,
            linked_at: START + number * SECOND,
            used_at: (step == 2).then_some(START + MINUTE),
            ..link("educonnect", &format!("sub’{step}"), person)
        };
        assert!(add(database, &link).await);
        assert!(!add(database, &link).await, "it is there already");
        wanted.push(link);
    }
    assert_eq!(of_person(person).await, wanted);
    let stolen = link("educonnect", "sub’0", other);
    assert!(!add(database, &stolen).await);
    let find = async |subject: &str| links::find(database, &id, subject).await.expect("find");
    assert_eq!(find("sub’0").await.as_ref(), Some(&wanted[0]));
    assert_eq!(find("sub").await, None);

    links::used(database, &id, "sub’0", START + MINUTE)
        .await
        .expect("used");
    wanted[0].used_at = Some(START + MINUTE);
    assert_eq!(of_person(person).await, wanted);
    let count = async || {
        links::count_of_connector(database, &id)
            .await
            .expect("count")
    };
    assert_eq!(count().await, 4);
    for (person, removed) in [(other, false), (person, true), (person, false)] {
        let mut tx = database.begin().await.expect("begin");
        let gone = links::remove(&mut tx, &id, "sub’0", person).await;
        assert_eq!(gone.expect("remove"), removed);
        tx.commit().await.expect("commit");
    }
    assert_eq!(count().await, 3);
    assert!(add(database, &stolen).await, "it is free again");
}

async fn fed_01_the_same_subject_of_another_connector_is_somebody_else(stage: Stage) {
    let database = &stage.database;
    let (one, two) = (somebody(database).await, somebody(database).await);
    assert!(add(database, &link("toulouse", "1", one)).await);
    assert!(add(database, &link("montpellier", "1", two)).await);
    for (id, person) in [
        ("toulouse", Some(one)),
        ("montpellier", Some(two)),
        ("x", None),
    ] {
        let found = links::find(database, &connector(id), "1").await;
        assert_eq!(found.expect("find").map(|link| link.person), person, "{id}");
    }
}

async fn fed_01_of_many_who_link_a_subject_at_once_one_does(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    for round in 0..5 {
        let subject = round.to_string();
        let mut running = tokio::task::JoinSet::new();
        for attempt in 0..12 {
            let database = [&stage.database, &other][attempt % 2].clone();
            let subject = subject.clone();
            running.spawn(async move {
                let person = somebody(&database).await;
                add(&database, &link("op", &subject, person))
                    .await
                    .then_some(person)
            });
        }
        let won: Vec<PersonId> = running.join_all().await.into_iter().flatten().collect();
        assert_eq!(won.len(), 1);
        let found = links::find(&other, &connector("op"), &subject).await;
        assert_eq!(found.expect("find").expect("there").person, won[0]);
    }
}

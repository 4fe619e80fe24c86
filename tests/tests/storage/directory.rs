//! The directory and the registry on both engines: what is written is what is read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use clau_domain::announcement::Announcement;
use clau_domain::person::{AffiliationDetail, Contact};
use clau_domain::policy::Attribute;
use clau_domain::profile::Profile;
use clau_domain::service::Service;
use clau_storage::Database;
use clau_storage::people::{self, RecordKey};
use clau_storage::visits::{self, Visit};
use clau_storage::{announcements, services, structures};
use serde_json::json;

use crate::folk;
use crate::stage::{MINUTE, SECOND, START, Stage, digest};

on_both_engines!(
    a_person_is_read_as_written,
    a_structure_keeps_the_id_of_its_first_writing,
    every_renewal_of_a_pseudonym_is_counted_and_stays,
    fed_13_a_guardian_belongs_where_their_children_do_and_only_with_parental_authority,
    imp_06_the_same_key_of_another_source_or_kind_is_somebody_else,
    the_registry_says_that_it_has_changed,
    visits_are_counted_and_favourites_kept,
    what_is_not_committed_was_never_written,
);

async fn a_person_is_read_as_written(stage: Stage) {
    let database = &stage.database;
    let school = folk::school(database, "7", Some("0310001B")).await;
    let row = folk::row("Élodie \u{1F600}", "D’Ñuño-Œuvrard");
    let id = folk::person(database, &row, "pupil", Some((&school, Profile::Pupil))).await;
    let person = people::find(database, id)
        .await
        .expect("find")
        .expect("there");
    assert_eq!(
        (person.id, &person.names, &person.contact),
        (id, &row.names, &row.contact)
    );
    assert_eq!((&person.ine, &person.further), (&row.ine, &row.further));
    assert_eq!(
        person.birth_date.map(|date| date.to_string()),
        row.birth_date
    );
    assert_eq!(person.login, "", "there is no account yet");
    let external = person.external.expect("a key");
    assert_eq!(
        (external.source.as_str(), external.key),
        ("toulouse", id.to_string())
    );
    let [affiliation] = &person.affiliations[..] else {
        panic!("{:?}", person.affiliations)
    };
    assert_eq!(
        (affiliation.structure.id, affiliation.profile),
        (school.id, Profile::Pupil)
    );
    assert_eq!(affiliation.structure.uai, school.uai);
    assert_eq!(affiliation.detail.classes, ["2GT1"]);

    // Changed: nothing of the old remains.
    let mut less = folk::row("Élodie", "Roux");
    (less.ine, less.birth_date, less.contact) = (None, None, Contact::default());
    less.further.clear();
    let mut tx = database.begin().await.expect("begin");
    people::put(&mut tx, id, &less).await.expect("put");
    tx.commit().await.expect("commit");
    let person = people::find(database, id)
        .await
        .expect("find")
        .expect("there");
    assert_eq!(
        (person.names, person.ine, person.contact),
        (less.names, None, Contact::default())
    );
    assert!(person.further.is_empty() && person.birth_date.is_none());
    assert!(
        people::find(database, folk::id())
            .await
            .expect("find")
            .is_none()
    );
}

async fn imp_06_the_same_key_of_another_source_or_kind_is_somebody_else(stage: Stage) {
    let database = &stage.database;
    let mut tx = database.begin().await.expect("begin");
    let keys = [
        ("toulouse", "pupil"),
        ("toulouse", "staff"),
        ("montpellier", "pupil"),
    ]
    .map(|(source, kind)| RecordKey {
        source,
        kind,
        key: "1",
    });
    let mut ids = Vec::new();
    for key in &keys {
        assert_eq!(people::find_record(&mut tx, key).await.expect("find"), None);
        let id = folk::id();
        people::put(&mut tx, id, &folk::row("A", "B"))
            .await
            .expect("put");
        people::put_record(&mut tx, key, id, digest(key.kind), &[])
            .await
            .expect("record");
        ids.push(id);
    }
    for (key, id) in keys.iter().zip(&ids) {
        let found = people::find_record(&mut tx, key).await.expect("find");
        assert_eq!(found, Some((*id, digest(key.kind))));
    }
    // Delivered again with other words: the same person.
    people::put_record(&mut tx, &keys[0], ids[0], digest("new"), &[])
        .await
        .expect("record");
    let found = people::find_record(&mut tx, &keys[0]).await.expect("find");
    assert_eq!(found, Some((ids[0], digest("new"))));
    tx.commit().await.expect("commit");
    let records = people::records(database, ids[1]).await.expect("records");
    let [record] = &records[..] else {
        panic!("{records:?}")
    };
    assert_eq!(
        (record.source.as_str(), record.kind.as_str()),
        ("toulouse", "staff")
    );
    assert_eq!((record.gone_at, record.suspended_at), (None, None));
}

async fn fed_13_a_guardian_belongs_where_their_children_do_and_only_with_parental_authority(
    stage: Stage,
) {
    let database = &stage.database;
    let [one, two] = [
        folk::school(database, "1", None).await,
        folk::school(database, "2", None).await,
    ];
    let guardian = folk::person(database, &folk::row("Ana", "Roux"), "guardian", None).await;
    let mut children = Vec::new();
    for (given, school) in [("Léo", &one), ("Mia", &two), ("Tom", &two)] {
        let row = folk::row(given, "Roux");
        children.push(folk::person(database, &row, "pupil", Some((school, Profile::Pupil))).await);
    }
    folk::relation(database, children[0], guardian, 1).await;
    folk::relation(database, children[1], guardian, 2).await;
    // Pays, and may not see.
    folk::relation(database, children[2], guardian, 0).await;
    let find = async |id| {
        people::find(database, id)
            .await
            .expect("find")
            .expect("there")
    };
    let person = find(guardian).await;
    let names: Vec<_> = person
        .children
        .iter()
        .map(|child| child.names.given.as_str())
        .collect();
    assert_eq!(names, ["Léo", "Mia"]);
    let schools: BTreeSet<_> = person.affiliations.iter().map(|a| a.structure.id).collect();
    assert_eq!(schools, BTreeSet::from([one.id, two.id]));
    assert!(
        person
            .affiliations
            .iter()
            .all(|a| a.profile == Profile::Guardian)
    );
    let pupil = find(children[1]).await;
    assert_eq!(
        pupil
            .guardians
            .iter()
            .map(|kin| (kin.id, kin.legal_rank))
            .collect::<Vec<_>>(),
        [(guardian, 2)]
    );
    assert!(find(children[2]).await.guardians.is_empty());

    // Parental authority ends: at once.
    folk::relation(database, children[1], guardian, 0).await;
    let person = find(guardian).await;
    assert_eq!(person.children.len(), 1);
    assert!(person.affiliations.iter().all(|a| a.structure.id == one.id));
    assert!(find(children[1]).await.guardians.is_empty());
}

async fn every_renewal_of_a_pseudonym_is_counted_and_stays(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    let row = folk::row("Léa", "Petit");
    let id = folk::person(&stage.database, &row, "pupil", None).await;
    let renewed = async || {
        let person = people::find(&other, id).await.expect("find");
        person.expect("there").renewed
    };
    assert!(renewed().await.is_empty());
    let mut nodes = tokio::task::JoinSet::new();
    for node in 0..16 {
        let database = [&stage.database, &other][node % 2].clone();
        let sector = ["pronote", "//exemple.fr"][node / 2 % 2];
        nodes.spawn(async move { people::renew(&database, id, sector).await });
    }
    for done in nodes.join_all().await {
        assert!(done.expect("renew"));
    }
    let all = [("//exemple.fr".to_owned(), 8), ("pronote".to_owned(), 8)];
    assert_eq!(renewed().await, BTreeMap::from(all.clone()));

    let mut tx = stage.database.begin().await.expect("begin");
    let changed = folk::row("Léa-Marie", "Grand");
    people::put(&mut tx, id, &changed).await.expect("put");
    tx.commit().await.expect("commit");
    assert_eq!(renewed().await, BTreeMap::from(all));
    let nobody = people::renew(&stage.database, folk::id(), "pronote").await;
    assert!(!nobody.expect("renew"));
}

async fn a_structure_keeps_the_id_of_its_first_writing(stage: Stage) {
    let database = &stage.database;
    let first = folk::school(database, "7", Some("0310001B")).await;
    let again = folk::school(database, "7", None).await;
    assert_ne!(first.id, again.id);
    let mut tx = database.begin().await.expect("begin");
    let found = structures::by_key(&mut tx, "toulouse", "7")
        .await
        .expect("by key")
        .expect("there");
    drop(tx);
    assert_eq!(
        (found.id, &found.uai, &found.detail),
        (first.id, &None, &first.detail)
    );
    let uai = first.uai.expect("a UAI");
    assert_eq!(
        structures::by_uai(database, &uai).await.expect("by UAI"),
        None
    );
    let other = folk::school(database, "8", Some("0310001B")).await;
    let by_uai = structures::by_uai(database, &uai)
        .await
        .expect("by UAI")
        .expect("there");
    assert_eq!(by_uai.id, other.id);
    assert_eq!(structures::all(database).await.expect("all").len(), 2);
}

async fn the_registry_says_that_it_has_changed(stage: Stage) {
    let database = &stage.database;
    let service: Service =
        serde_json::from_value(json!({ "id": "moodle", "name": "Moodle — é" })).expect("a service");
    let announcement: Announcement = serde_json::from_value(
        json!({ "id": "rentree", "title": "Rentrée", "text": { "fr": "Lundi", "en": "Monday" } }),
    )
    .expect("an announcement");
    let mut versions = vec![services::version(database).await.expect("version")];
    for (step, name) in ["one", "two", "two"].into_iter().enumerate() {
        let now = START + u32::try_from(step).expect("small") * SECOND;
        let mut tx = database.begin().await.expect("begin");
        let changed = Service {
            name: name.to_owned(),
            ..service.clone()
        };
        services::put(&mut tx, &changed, now).await.expect("put");
        tx.commit().await.expect("commit");
        assert_eq!(services::all(database).await.expect("all"), [changed]);
        versions.push(services::version(database).await.expect("version"));
    }
    let mut tx = database.begin().await.expect("begin");
    announcements::put(&mut tx, &announcement, START)
        .await
        .expect("put");
    tx.commit().await.expect("commit");
    assert_eq!(
        announcements::all(database).await.expect("all"),
        [announcement]
    );
    versions.push(services::version(database).await.expect("version"));
    for (index, version) in versions.iter().enumerate() {
        assert!(!versions[..index].contains(version), "{versions:?}");
    }
    assert_eq!(
        services::version(database).await.expect("version"),
        versions[4]
    );
}

async fn visits_are_counted_and_favourites_kept(stage: Stage) {
    let database = &stage.database;
    let person = folk::person(database, &folk::row("Ana", "Roux"), "local", None).await;
    let [moodle, folios] = ["moodle", "folios"].map(|id| id.parse().expect("a service id"));
    let few = BTreeSet::from([Attribute::PairwiseId]);
    let many = BTreeSet::from([Attribute::PairwiseId, Attribute::FamilyName]);
    let record = async |service, attributes, after: Duration| {
        visits::record(database, person, service, attributes, START + after)
            .await
            .expect("record");
    };
    record(&moodle, &many, Duration::ZERO).await;
    record(&folios, &few, SECOND).await;
    record(&moodle, &few, MINUTE).await;
    let seen = visits::of_person(database, person)
        .await
        .expect("of person");
    let visit = |service: &str, first_at, last_at, times| Visit {
        service: service.to_owned(),
        first_at,
        last_at,
        times,
        attributes: few.clone(),
    };
    assert_eq!(
        seen,
        [
            visit("moodle", START, START + MINUTE, 2),
            visit("folios", START + SECOND, START + SECOND, 1),
        ]
    );
    for since in [Some(START), Some(START + SECOND)] {
        visits::set_favourite(database, person, &folios, since)
            .await
            .expect("set");
    }
    let favourites = async || {
        visits::favourites(database, person)
            .await
            .expect("favourites")
    };
    assert_eq!(favourites().await, BTreeSet::from(["folios".to_owned()]));
    visits::set_favourite(database, person, &folios, None)
        .await
        .expect("set");
    assert!(favourites().await.is_empty());
}

async fn what_is_not_committed_was_never_written(stage: Stage) {
    let database = &stage.database;
    let school = folk::school(database, "1", None).await;
    let id = folk::id();
    let record = RecordKey {
        source: "toulouse",
        kind: "pupil",
        key: "1",
    };
    for commit in [false, true] {
        let mut tx = database.begin().await.expect("begin");
        people::put(&mut tx, id, &folk::row("A", "B"))
            .await
            .expect("put");
        let affiliation = (school.id, Profile::Pupil, AffiliationDetail::default());
        people::put_record(&mut tx, &record, id, digest("x"), &[affiliation])
            .await
            .expect("record");
        // Nobody else sees it meanwhile.
        assert!(people::find(database, id).await.expect("find").is_none());
        if commit {
            tx.commit().await.expect("commit");
        } else {
            drop(tx);
        }
        assert_eq!(
            people::find(database, id).await.expect("find").is_some(),
            commit
        );
    }
}

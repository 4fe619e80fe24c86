//! Who has an identifier, on both engines: records that count, and nobody who was made known by a connector.

use clau_domain::ids::PersonId;
use clau_domain::person::{AffiliationDetail, BirthDate, Contact};
use clau_domain::profile::Profile;
use clau_storage::matching::{self, Matched};
use clau_storage::newcomers::{self, Said};
use clau_storage::people::{self, PersonRow, RelationRow};
use clau_storage::{Database, connectors};
use serde_json::json;

use crate::connectors::connector;
use crate::folk;
use crate::stage::{MINUTE, START, Stage};

on_both_engines!(
    fed_02_a_record_is_found_by_source_and_key,
    fed_02_staff_are_found_by_the_address_that_the_academy_gave,
    fed_02_what_a_connector_said_is_nobodys_identifier,
    fed_08_a_pupil_is_found_by_school_and_number_and_guardians_by_the_pupil,
    people_are_found_by_ine_and_birth_date,
);

fn found(person: PersonId, source: &str, kind: &str) -> Matched {
    Matched {
        person,
        source: source.to_owned(),
        kind: kind.to_owned(),
    }
}

fn numbered(number: &str) -> AffiliationDetail {
    AffiliationDetail {
        school_record: number.to_owned(),
        ..AffiliationDetail::default()
    }
}

fn with_academic_mail(mail: &str) -> PersonRow {
    PersonRow {
        contact: Contact {
            mail: Some("private@example.org".to_owned()),
            academic_mail: Some(mail.to_owned()),
            ..Contact::default()
        },
        ..folk::plain("Ana", "Roux")
    }
}

/// Makes a record's affiliations stop counting, as enough absences do.
async fn suspend(database: &Database, source: &str) {
    // Records of a connector that is removed are suspended; no other door does that without an import.
    let mut tx = database.begin().await.expect("begin");
    connectors::remove(&mut tx, &connector(source), START + MINUTE)
        .await
        .expect("remove");
    tx.commit().await.expect("commit");
}

async fn fed_02_a_record_is_found_by_source_and_key(stage: Stage) {
    let database = &stage.database;
    let mut people = Vec::new();
    for (source, kind) in [
        ("toulouse", "pupil"),
        ("toulouse", "staff"),
        ("montpellier", "guardian"),
    ] {
        let row = folk::plain("A", kind);
        people.push(folk::recorded(database, (source, kind, "1"), &row, None).await);
    }
    let by_record = async |source: &str, key: &str| {
        matching::by_record(database, source, key)
            .await
            .expect("by record")
    };
    assert_eq!(
        by_record("toulouse", "1").await,
        [
            found(people[0], "toulouse", "pupil"),
            found(people[1], "toulouse", "staff"),
        ]
    );
    assert_eq!(
        by_record("montpellier", "1").await,
        [found(people[2], "montpellier", "guardian")]
    );
    assert_eq!(by_record("toulouse", "2").await, []);
    let id = folk::recorded(
        database,
        ("connector:x", "local", "2"),
        &folk::plain("B", "C"),
        None,
    )
    .await;
    assert_eq!(
        by_record("connector:x", "2").await,
        [found(id, "connector:x", "local")]
    );
    suspend(database, "x").await;
    assert_eq!(by_record("connector:x", "2").await, []);
    let suspended = &people::records(database, id).await.expect("records")[0];
    assert_eq!(by_record(&suspended.source, "2").await, []);
}

async fn fed_08_a_pupil_is_found_by_school_and_number_and_guardians_by_the_pupil(stage: Stage) {
    let database = &stage.database;
    let [one, two] = [
        folk::school(database, "1", Some("0310001B")).await,
        folk::school(database, "2", Some("0310002C")).await,
    ];
    let pupil = async |key: &str, school, number| {
        let row = folk::plain("Léo", key);
        let place = Some((school, Profile::Pupil, numbered(number)));
        folk::recorded(database, ("toulouse", "pupil", key), &row, place).await
    };
    let leo = pupil("p1", &one, "7012").await;
    let mia = pupil("p2", &two, "7012").await;
    let by = async |uai: &str, number: &str| {
        let uai = uai.parse().expect("a UAI");
        matching::pupils_by_school_record(database, &uai, number)
            .await
            .expect("by school record")
    };
    assert_eq!(
        by("0310001B", "7012").await,
        [found(leo, "toulouse", "pupil")]
    );
    assert_eq!(
        by("0310002C", "7012").await,
        [found(mia, "toulouse", "pupil")]
    );
    assert_eq!(by("0310002C", "701").await, []);
    assert_eq!(
        by("0310002C", "").await,
        [],
        "who has none is not found by none"
    );
    // Two with one number: both, so that it can be told.
    let tom = pupil("p3", &one, "7012").await;
    let both = by("0310001B", "7012").await;
    assert_eq!(both.len(), 2);
    assert!(both.contains(&found(tom, "toulouse", "pupil")));

    let mut guardians = Vec::new();
    for (key, given, rank) in [("g1", "Ana", 1), ("g2", "Luc", 2), ("g3", "Max", 0)] {
        let mut row = folk::plain(given, "Roux");
        row.names.birth = format!("{given}-née");
        let id = folk::recorded(database, ("toulouse", "guardian", key), &row, None).await;
        folk::relation(database, leo, id, rank).await;
        guardians.push(id);
    }
    // What another source says of somebody who is no pupil of its own counts as little.
    let mut tx = database.begin().await.expect("begin");
    let relation = RelationRow {
        pupil: leo,
        guardian: guardians[2],
        source: "montpellier",
        kinship: "10",
        legal_rank: 1,
    };
    people::put_relation(&mut tx, relation)
        .await
        .expect("relation");
    tx.commit().await.expect("commit");
    let names = matching::guardians_of(database, leo).await.expect("names");
    let names: Vec<_> = names
        .iter()
        .map(|name| {
            let names = &name.names;
            let words = format!("{} {} {}", names.given, names.family, names.birth);
            (name.person, words, name.legal_rank, name.source.as_str())
        })
        .collect();
    assert_eq!(
        names,
        [
            (guardians[0], "Ana Roux Ana-née".to_owned(), 1, "toulouse"),
            (guardians[1], "Luc Roux Luc-née".to_owned(), 2, "toulouse"),
        ]
    );
    let none = matching::guardians_of(database, mia).await;
    assert_eq!(none.expect("names"), []);
}

async fn fed_02_staff_are_found_by_the_address_that_the_academy_gave(stage: Stage) {
    let database = &stage.database;
    let record = async |kind, key, mail| {
        let row = with_academic_mail(mail);
        folk::recorded(database, ("toulouse", kind, key), &row, None).await
    };
    let ana = record("staff", "s1", "Ana.Roux@ac-Toulouse.fr").await;
    record("guardian", "g1", "luc.roux@ac-toulouse.fr").await;
    let by = async |mail: &str| {
        matching::staff_by_academic_mail(database, mail)
            .await
            .expect("by mail")
    };
    for mail in ["ana.roux@ac-toulouse.fr", "ANA.ROUX@AC-TOULOUSE.FR"] {
        assert_eq!(by(mail).await, [found(ana, "toulouse", "staff")]);
    }
    assert_eq!(
        by("luc.roux@ac-toulouse.fr").await,
        [],
        "no member of staff"
    );
    assert_eq!(
        by("private@example.org").await,
        [],
        "no address of an academy"
    );
    assert_eq!(by("").await, []);
    let again = record("staff", "s2", "ana.roux@ac-toulouse.fr").await;
    let both = by("ana.roux@ac-toulouse.fr").await;
    assert!(both.len() == 2 && both.iter().any(|one| one.person == again));
    // Changed: found by the new one alone.
    let mut tx = database.begin().await.expect("begin");
    people::put(&mut tx, again, &with_academic_mail("a.roux@ac-toulouse.fr"))
        .await
        .expect("put");
    tx.commit().await.expect("commit");
    assert_eq!(by("ana.roux@ac-toulouse.fr").await.len(), 1);
    assert_eq!(by("a.roux@ac-toulouse.fr").await.len(), 1);
}

async fn people_are_found_by_ine_and_birth_date(stage: Stage) {
    let database = &stage.database;
    let row = folk::row("Léo", "Roux");
    let pupil = folk::recorded(database, ("toulouse", "pupil", "1"), &row, None).await;
    let staff = folk::recorded(database, ("toulouse", "staff", "2"), &row, None).await;
    let local = folk::recorded(database, ("local", "local", "3"), &row, None).await;
    let by_ine = matching::pupils_by_ine(database, "123456789AB").await;
    let mut pupils = vec![
        found(pupil, "toulouse", "pupil"),
        found(local, "local", "local"),
    ];
    pupils.sort();
    assert_eq!(by_ine.expect("by INE"), pupils);
    let other = matching::pupils_by_ine(database, "123456789ab").await;
    assert_eq!(other.expect("by INE"), []);
    let date = |text: &str| text.parse::<BirthDate>().expect("a date");
    let candidates = matching::by_birth_date(database, date("2012-02-29"))
        .await
        .expect("by birth date");
    let mut people: Vec<_> = candidates.iter().map(|one| one.matched.person).collect();
    people.sort();
    let mut expected = vec![pupil, staff, local];
    expected.sort();
    assert_eq!(people, expected);
    for candidate in candidates {
        assert_eq!(candidate.names, row.names);
        assert_eq!(candidate.further, row.further);
    }
    let none = matching::by_birth_date(database, date("2012-02-28")).await;
    assert_eq!(none.expect("by birth date"), []);
}

async fn fed_02_what_a_connector_said_is_nobodys_identifier(stage: Stage) {
    let database = &stage.database;
    let school = folk::school(database, "1", Some("0310001B")).await;
    let mut row = with_academic_mail("victim@ac-toulouse.fr");
    row.ine = Some("123456789AB".to_owned());
    row.birth_date = Some("2012-02-29".to_owned());
    let affiliations = [
        (school.id, Profile::Pupil, numbered("7012")),
        (school.id, Profile::Teacher, AffiliationDetail::default()),
    ];
    let id = connector("lycee");
    let said = Said {
        connector: &id,
        subject: "1",
        person: &row,
        affiliations: &affiliations,
    };
    let person = folk::id();
    let login = newcomers::create(database, person, said, json!([]), START).await;
    assert!(login.expect("create").is_some());
    let mail = matching::staff_by_academic_mail(database, "victim@ac-toulouse.fr").await;
    assert_eq!(mail.expect("by mail"), []);
    let ine = matching::pupils_by_ine(database, "123456789AB").await;
    assert_eq!(ine.expect("by INE"), []);
    let uai = school.uai.expect("a UAI");
    let number = matching::pupils_by_school_record(database, &uai, "7012").await;
    assert_eq!(number.expect("by school record"), []);
    // Among the candidates of a pivot it says whose word it is.
    let date = "2012-02-29".parse().expect("a date");
    let pivot = matching::by_birth_date(database, date)
        .await
        .expect("pivot");
    assert_eq!(pivot.len(), 1);
    assert_eq!(pivot[0].matched, found(person, "connector:lycee", "local"));
}

//! Two people who become one and are two again, on both engines: what moves, what stays, and nobody who gets
//! what no record of theirs gives. Imports in between: `tests/import/merges.rs`.

use clau_domain::ids::{MergeId, PersonId, ServiceId};
use clau_domain::person::{AffiliationDetail, Contact, Person};
use clau_domain::profile::Profile;
use clau_domain::random::SeededForTests;
use clau_domain::time::Timestamp;
use clau_storage::accounts::Account;
use clau_storage::links::{self, Link};
use clau_storage::merges::{self, LOCKED_BECAUSE, Merge, NewMerge, Undone};
use clau_storage::people::{self, PersonRow, RecordKey, RelationRow};
use clau_storage::{Database, accounts, consents, matching, visits};

use crate::folk;
use crate::links::{add, link};
use crate::stage::{MINUTE, SECOND, START, Stage, digest};

on_both_engines!(
    a_merge_moves_everything_and_undoing_moves_it_back,
    each_record_keeps_its_own_words,
    fed_02_a_silent_record_is_found_by_its_own_identifiers,
    fed_04_a_link_made_in_between_belongs_to_nobody,
    fed_13_of_two_relations_the_lesser_holds_and_both_come_back,
    fed_13_what_was_taken_away_meanwhile_stays_away,
    merges_are_undone_in_their_order,
    of_two_merges_at_once_one_is_done,
    who_is_nobody_or_somebody_else_is_not_merged,
);

static RANDOM: SeededForTests = SeededForTests::new(3 << 32);

/// Merges, and the merge's id; `None` where it was not done.
async fn merge(database: &Database, kept: PersonId, gone: PersonId) -> Option<MergeId> {
    let id = MergeId::mint(START, &RANDOM);
    let new = NewMerge {
        id,
        kept,
        gone,
        by: "admin",
        reason: "la même mère",
    };
    let mut tx = database.begin().await.expect("begin");
    let done = merges::merge(&mut tx, new, START + MINUTE).await;
    tx.commit().await.expect("commit");
    done.expect("merge").then_some(id)
}

async fn undo(database: &Database, id: MergeId) -> Option<Undone> {
    let mut tx = database.begin().await.expect("begin");
    let undone = merges::undo(&mut tx, id, START + 2 * MINUTE).await;
    tx.commit().await.expect("commit");
    undone.expect("undo")
}

async fn person(database: &Database, id: PersonId) -> Person {
    let person = people::find(database, id).await.expect("find");
    person.expect("there")
}

async fn account(database: &Database, id: PersonId) -> Account {
    let account = accounts::by_person(database, id).await;
    account.expect("by person").expect("there")
}

/// A person by a record of a source, with an account.
async fn guardian(database: &Database, source: &str, key: &str, row: &PersonRow) -> PersonId {
    let id = folk::recorded(database, (source, "guardian", key), row, None).await;
    let account = accounts::NewAccount {
        person: id,
        names: (row.names.given.clone(), row.names.family.clone()),
        code: None,
    };
    let mut tx = database.begin().await.expect("begin");
    accounts::create(&mut tx, &[account], START)
        .await
        .expect("create");
    tx.commit().await.expect("commit");
    id
}

/// A pupil of a source in a school of their own.
async fn pupil(database: &Database, source: &str, key: &str) -> PersonId {
    let school = folk::school(database, &format!("{source} {key}"), None).await;
    let row = folk::plain("Léo", key);
    let place = Some((&school, Profile::Pupil, AffiliationDetail::default()));
    folk::recorded(database, (source, "pupil", key), &row, place).await
}

async fn relate(
    database: &Database,
    (pupil, guardian): (PersonId, PersonId),
    source: &str,
    rank: u8,
) {
    let relation = RelationRow {
        pupil,
        guardian,
        source,
        kinship: "10",
        legal_rank: rank,
    };
    let mut tx = database.begin().await.expect("begin");
    people::put_relation(&mut tx, relation)
        .await
        .expect("relation");
    tx.commit().await.expect("commit");
}

/// Everything that is known of somebody, to be compared.
#[derive(Debug, PartialEq)]
struct State {
    person: Person,
    records: Vec<people::RecordState>,
    links: Vec<Link>,
    favourites: Vec<String>,
    locked: Option<(Timestamp, String)>,
}

async fn state(database: &Database, id: PersonId) -> State {
    let favourites = visits::favourites(database, id).await.expect("favourites");
    State {
        person: person(database, id).await,
        records: people::records(database, id).await.expect("records"),
        links: links::of_person(database, id).await.expect("links"),
        favourites: favourites.into_iter().collect(),
        locked: account(database, id).await.locked,
    }
}

fn service(id: &str) -> ServiceId {
    id.parse().expect("a service id")
}

fn given(person: &Person) -> Vec<&str> {
    let children = person.children.iter();
    children.map(|child| child.names.family.as_str()).collect()
}

async fn a_merge_moves_everything_and_undoing_moves_it_back(stage: Stage) {
    let database = &stage.database;
    let mut row = folk::row("Anne", "Martin");
    let kept = guardian(database, "toulouse", "11", &row).await;
    row.names.family = "MARTIN".to_owned();
    let gone = guardian(database, "agriculture", "1", &row).await;
    for (source, child, parent) in [("toulouse", "p1", kept), ("agriculture", "p2", gone)] {
        let child = pupil(database, source, child).await;
        relate(database, (child, parent), source, 1).await;
        let id = ["educonnect", "lycee"][usize::from(parent == gone)];
        assert!(add(database, &link(id, "1", parent)).await);
    }
    for (person, name) in [(kept, "folios"), (gone, "folios"), (gone, "moodle")] {
        visits::set_favourite(database, person, &service(name), Some(START))
            .await
            .expect("set");
    }
    let none = Default::default();
    visits::record(database, gone, &service("moodle"), &none, START)
        .await
        .expect("record");
    consents::put(
        database,
        gone,
        &service("moodle"),
        &serde_json::json!({}),
        START,
    )
    .await
    .expect("consent");
    let mut tx = database.begin().await.expect("begin");
    let lock = Some((START, "asked by the school"));
    accounts::set_lock(&mut tx, gone, lock).await.expect("lock");
    tx.commit().await.expect("commit");
    let before = (state(database, kept).await, state(database, gone).await);

    let id = merge(database, kept, gone).await.expect("merged");
    let one = state(database, kept).await;
    assert_eq!(one.person.names, before.0.person.names);
    assert_eq!(one.person.login, before.0.person.login);
    assert_eq!(
        one.person.external, before.0.person.external,
        "known to services as before"
    );
    assert_eq!(given(&one.person), ["p1", "p2"]);
    assert_eq!(one.person.affiliations.len(), 2);
    let records: Vec<_> = one
        .records
        .iter()
        .map(|record| record.source.as_str())
        .collect();
    assert_eq!(records, ["agriculture", "toulouse"]);
    assert_eq!(one.links.len(), 2);
    assert_eq!(one.favourites, ["folios", "moodle"]);
    assert_eq!(one.locked, None);
    let away = state(database, gone).await;
    assert!(!away.person.belongs() && away.person.children.is_empty());
    assert!(away.records.is_empty() && away.links.is_empty());
    assert_eq!(
        away.locked,
        Some((START + MINUTE, LOCKED_BECAUSE.to_owned()))
    );
    // What a service received under another pseudonym is that one's history, and what was agreed to.
    assert_eq!(visits::of_person(database, kept).await.expect("visits"), []);
    assert_eq!(
        visits::of_person(database, gone)
            .await
            .expect("visits")
            .len(),
        1
    );
    let consents = consents::of_person(database, gone).await;
    assert_eq!(consents.expect("consents").len(), 1);
    let expected = Merge {
        id,
        kept,
        gone,
        by: "admin".to_owned(),
        reason: "la même mère".to_owned(),
        merged_at: START + MINUTE,
        undone_at: None,
    };
    for person in [kept, gone] {
        let merges = merges::of_person(database, person).await;
        assert_eq!(merges.expect("of person"), std::slice::from_ref(&expected));
        assert_eq!(merges::kept_of(database, person).await.expect("kept"), kept);
    }
    assert_eq!(
        merges::open(database).await.expect("open"),
        std::slice::from_ref(&expected)
    );

    let undone = undo(database, id).await.expect("undone");
    assert_eq!(
        (undone.kept, undone.gone, undone.removed),
        (kept, gone, vec![])
    );
    assert_eq!(state(database, kept).await, before.0);
    assert_eq!(state(database, gone).await, before.1);
    assert_eq!(undo(database, id).await, None, "once");
    assert_eq!(merges::open(database).await.expect("open"), []);
    let merges = merges::of_person(database, gone).await.expect("of person");
    assert_eq!(merges[0].undone_at, Some(START + 2 * MINUTE));
    assert_eq!(merges::kept_of(database, gone).await.expect("kept"), gone);
    // And once more, the other way round.
    assert!(merge(database, gone, kept).await.is_some());
    assert_eq!(given(&person(database, gone).await), ["p1", "p2"]);
}

/// Says something of a person by a record, as an import or a file does.
async fn say(database: &Database, (source, kind, key): (&str, &str, &str), row: &PersonRow) {
    let key = RecordKey { source, kind, key };
    let mut tx = database.begin().await.expect("begin");
    let (id, _) = people::find_record(&mut tx, &key)
        .await
        .expect("find")
        .expect("a record");
    people::describe(&mut tx, &key, id, row)
        .await
        .expect("describe");
    people::put_record(&mut tx, &key, id, digest("said"), &[])
        .await
        .expect("record");
    tx.commit().await.expect("commit");
}

async fn each_record_keeps_its_own_words(stage: Stage) {
    let database = &stage.database;
    let kept = folk::recorded(
        database,
        ("toulouse", "guardian", "11"),
        &folk::plain("Anne", "Martin"),
        None,
    )
    .await;
    // A local record has the word only where no feed has it, even if it is the kept one's own.
    let gone = folk::recorded(
        database,
        ("local", "local", "anne"),
        &folk::row("Anne", "Locale"),
        None,
    )
    .await;
    let id = merge(database, kept, gone).await.expect("merged");
    let names = async |id| person(database, id).await.names.family;
    let one = person(database, kept).await;
    assert_eq!(one.names.family, "Martin");
    // What the first does not say, the next does.
    assert_eq!(
        one.birth_date.map(|date| date.to_string()).as_deref(),
        Some("2012-02-29")
    );
    assert_eq!(one.ine.as_deref(), Some("123456789AB"));

    let local = ("local", "local", "anne");
    say(database, local, &folk::plain("Anne", "Locale-Deux")).await;
    assert_eq!(names(kept).await, "Martin");
    assert_eq!(
        person(database, kept).await.ine,
        None,
        "nobody says it any more"
    );
    say(
        database,
        ("toulouse", "guardian", "11"),
        &folk::plain("Anne", "Martin-Roy"),
    )
    .await;
    assert_eq!(names(kept).await, "Martin-Roy");
    assert_eq!(names(gone).await, "Locale", "nobody reads it");

    assert!(undo(database, id).await.is_some());
    assert_eq!(names(kept).await, "Martin-Roy");
    assert_eq!(names(gone).await, "Locale-Deux");
    // Each is written by its own record again, at once.
    say(database, local, &folk::plain("Anne", "Locale-Trois")).await;
    assert_eq!(names(gone).await, "Locale-Trois");
    assert_eq!(names(kept).await, "Martin-Roy");

    // The other way round: a feed's record speaks for somebody whom a file defines.
    let id = merge(database, gone, kept).await.expect("merged");
    assert_eq!(names(gone).await, "Martin-Roy");
    assert!(undo(database, id).await.is_some());
    assert_eq!(names(gone).await, "Locale-Trois");
}

async fn fed_02_a_silent_record_is_found_by_its_own_identifiers(stage: Stage) {
    let database = &stage.database;
    let staff = |mail: &str| PersonRow {
        contact: Contact {
            academic_mail: Some(mail.to_owned()),
            ..Contact::default()
        },
        ..folk::plain("Anne", "Martin")
    };
    let kept = folk::recorded(
        database,
        ("toulouse", "guardian", "11"),
        &folk::plain("Anne", "Martin"),
        None,
    )
    .await;
    for (source, kind, key, mail) in [
        ("toulouse", "staff", "21", "a.martin@ac-toulouse.fr"),
        ("montpellier", "staff", "21", "a.martin@ac-montpellier.fr"),
        ("connector:lycee", "local", "x", "proviseur@ac-toulouse.fr"),
    ] {
        let gone = folk::recorded(database, (source, kind, key), &staff(mail), None).await;
        assert!(merge(database, kept, gone).await.is_some());
    }
    let by = async |mail| {
        let found = matching::staff_by_academic_mail(database, mail).await;
        let found = found.expect("by mail");
        found.into_iter().map(|one| one.person).collect::<Vec<_>>()
    };
    assert_eq!(by("a.martin@ac-toulouse.fr").await, [kept]);
    assert_eq!(by("a.martin@ac-montpellier.fr").await, [kept]);
    assert_eq!(
        by("proviseur@ac-toulouse.fr").await,
        [],
        "said by a connector"
    );
    let mail = person(database, kept).await.contact.academic_mail;
    assert_eq!(
        mail.as_deref(),
        Some("a.martin@ac-montpellier.fr"),
        "for services"
    );
    let found = matching::by_record(database, "toulouse", "21").await;
    assert_eq!(found.expect("by record")[0].person, kept);

    // A guardian whom two records write in two ways is found by either.
    let pupil = pupil(database, "toulouse", "p1").await;
    relate(database, (pupil, kept), "toulouse", 1).await;
    let other = folk::recorded(
        database,
        ("agriculture", "guardian", "1"),
        &folk::plain("Anne", "Martin-Roy"),
        None,
    )
    .await;
    assert!(merge(database, kept, other).await.is_some());
    let names = matching::guardians_of(database, pupil)
        .await
        .expect("names");
    let mut names: Vec<_> = names
        .iter()
        .map(|one| (one.person, one.names.family.as_str()))
        .collect();
    names.sort_unstable();
    assert_eq!(names, [(kept, "Martin"), (kept, "Martin-Roy")]);
}

async fn fed_13_of_two_relations_the_lesser_holds_and_both_come_back(stage: Stage) {
    let database = &stage.database;
    let row = folk::plain("Anne", "Martin");
    let kept = guardian(database, "toulouse", "11", &row).await;
    let gone = guardian(database, "toulouse", "12", &row).await;
    let child = pupil(database, "toulouse", "p1").await;
    relate(database, (child, kept), "toulouse", 1).await;
    relate(database, (child, gone), "toulouse", 0).await;
    let id = merge(database, kept, gone).await.expect("merged");
    assert!(person(database, kept).await.children.is_empty());
    assert!(person(database, child).await.guardians.is_empty());
    assert!(undo(database, id).await.is_some());
    assert_eq!(given(&person(database, kept).await), ["p1"]);
    assert!(person(database, gone).await.children.is_empty());

    // Two records of one child: what each has goes together, and apart again.
    let twin = pupil(database, "agriculture", "p2").await;
    relate(database, (twin, kept), "agriculture", 1).await;
    let id = merge(database, child, twin).await.expect("merged");
    let one = person(database, child).await;
    assert_eq!((one.guardians.len(), one.affiliations.len()), (1, 2));
    let children = person(database, kept).await.children;
    assert_eq!((children.len(), children[0].affiliations.len()), (1, 2));
    assert!(undo(database, id).await.is_some());
    assert_eq!(given(&person(database, kept).await), ["p1", "p2"]);

    // A pupil of age who is their own guardian has two records, and is nobody's guardian.
    let own = guardian(database, "toulouse", "13", &row).await;
    relate(database, (child, own), "toulouse", 1).await;
    let id = merge(database, child, own).await.expect("merged");
    let one = person(database, child).await;
    assert!(one.children.is_empty() && one.guardians.iter().all(|kin| kin.id == kept));
    assert!(undo(database, id).await.is_some());
    assert_eq!(given(&person(database, own).await), ["p1"]);
}

async fn fed_13_what_was_taken_away_meanwhile_stays_away(stage: Stage) {
    let database = &stage.database;
    let row = folk::plain("Anne", "Martin");
    let kept = guardian(database, "toulouse", "11", &row).await;
    let gone = guardian(database, "toulouse", "12", &row).await;
    let [one, two] = [
        pupil(database, "toulouse", "p1").await,
        pupil(database, "toulouse", "p2").await,
    ];
    relate(database, (one, gone), "toulouse", 1).await;
    relate(database, (two, gone), "toulouse", 1).await;
    relate(database, (two, kept), "toulouse", 1).await;
    let id = merge(database, kept, gone).await.expect("merged");
    assert_eq!(given(&person(database, kept).await), ["p1", "p2"]);
    relate(database, (one, kept), "toulouse", 0).await;
    relate(database, (two, kept), "toulouse", 0).await;
    assert!(undo(database, id).await.is_some());
    for guardian in [kept, gone] {
        assert!(person(database, guardian).await.children.is_empty());
    }
}

async fn fed_04_a_link_made_in_between_belongs_to_nobody(stage: Stage) {
    let database = &stage.database;
    let row = folk::plain("Anne", "Martin");
    let kept = guardian(database, "toulouse", "11", &row).await;
    let gone = guardian(database, "toulouse", "12", &row).await;
    assert!(add(database, &link("toulouse", "1", kept)).await);
    assert!(add(database, &link("toulouse", "2", gone)).await);
    let id = merge(database, kept, gone).await.expect("merged");
    assert!(
        !add(database, &link("op", "3", gone)).await,
        "nobody is there"
    );
    let between = Link {
        linked_at: START + MINUTE + SECOND,
        ..link("op", "3", kept)
    };
    assert!(add(database, &between).await);
    let undone = undo(database, id).await.expect("undone");
    assert_eq!(undone.removed, [between]);
    for (person, subject) in [(kept, "1"), (gone, "2")] {
        let links = links::of_person(database, person).await.expect("links");
        let subjects: Vec<_> = links.iter().map(|link| link.subject.as_str()).collect();
        assert_eq!(subjects, [subject]);
    }
}

async fn who_is_nobody_or_somebody_else_is_not_merged(stage: Stage) {
    let database = &stage.database;
    let row = folk::plain("Anne", "Martin");
    let [one, two, three] = [
        guardian(database, "toulouse", "1", &row).await,
        guardian(database, "toulouse", "2", &row).await,
        guardian(database, "toulouse", "3", &row).await,
    ];
    assert_eq!(merge(database, one, one).await, None);
    assert_eq!(merge(database, one, folk::id()).await, None);
    assert_eq!(merge(database, folk::id(), one).await, None);
    assert!(merge(database, one, two).await.is_some());
    for (kept, gone) in [(one, two), (three, two), (two, three), (two, one)] {
        assert_eq!(merge(database, kept, gone).await, None);
    }
    assert_eq!(account(database, three).await.locked, None);
    let nothing = undo(database, MergeId::mint(START, &RANDOM)).await;
    assert_eq!(nothing, None);
}

async fn merges_are_undone_in_their_order(stage: Stage) {
    let database = &stage.database;
    let row = folk::plain("Anne", "Martin");
    let mut people = Vec::new();
    for key in ["1", "2", "3"] {
        let person = guardian(database, "toulouse", key, &row).await;
        let child = pupil(database, "toulouse", &format!("p{key}")).await;
        relate(database, (child, person), "toulouse", 1).await;
        people.push(person);
    }
    let first = merge(database, people[1], people[2]).await.expect("merged");
    let second = merge(database, people[0], people[1]).await.expect("merged");
    assert_eq!(
        given(&person(database, people[0]).await),
        ["p1", "p2", "p3"]
    );
    let kept = merges::kept_of(database, people[2]).await;
    assert_eq!(kept.expect("kept"), people[0]);
    assert_eq!(undo(database, first).await, None, "the other one first");
    assert_eq!(
        given(&person(database, people[0]).await),
        ["p1", "p2", "p3"]
    );
    assert!(undo(database, second).await.is_some());
    assert_eq!(given(&person(database, people[1]).await), ["p2", "p3"]);
    assert!(undo(database, first).await.is_some());
    for (id, child) in people.iter().zip(["p1", "p2", "p3"]) {
        assert_eq!(given(&person(database, *id).await), [child]);
        assert_eq!(account(database, *id).await.locked, None);
    }
}

async fn of_two_merges_at_once_one_is_done(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    let row = folk::plain("Anne", "Martin");
    for round in 0..5 {
        let database = &stage.database;
        let [one, two] = [
            guardian(database, "toulouse", &format!("{round}a"), &row).await,
            guardian(database, "toulouse", &format!("{round}b"), &row).await,
        ];
        let (database, other) = (database.clone(), other.clone());
        let here = tokio::spawn(async move { merge(&database, one, two).await });
        let there = tokio::spawn(async move { merge(&other, two, one).await });
        let done = [here.await.expect("here"), there.await.expect("there")];
        assert_eq!(done.into_iter().flatten().count(), 1, "round {round}");
    }
    let open = merges::open(&stage.database).await.expect("open");
    assert_eq!(open.len(), 5);
}

//! Second factors and recovery codes on both engines: one of many is the first, and what is replaced is gone.

use clau_domain::ids::{FactorId, PersonId};
use clau_domain::random::SeededForTests;
use clau_domain::secret::Digest;
use clau_storage::Database;
use clau_storage::factors::{self, CodesLeft, Factor, FactorKind};
use tokio::task::JoinSet;

use crate::folk;
use crate::stage::{SECOND, START, Stage};

on_both_engines!(
    a_factor_is_read_as_written_and_removed_by_its_owner_alone,
    mfa_07_of_many_who_accept_a_step_at_once_one_is_first,
    mfa_09_of_many_who_spend_a_code_at_once_one_does_and_a_new_sheet_ends_the_old_one,
);

async fn somebody(database: &Database) -> PersonId {
    folk::person(database, &folk::row("Ana", "Roux"), "staff", None).await
}

fn factor(person: PersonId, seed: u64) -> Factor {
    Factor {
        id: FactorId::mint(START, &SeededForTests::new(seed)),
        person,
        kind: FactorKind::Totp,
        name: "Mon téléphone".to_owned(),
        sealed: vec![0, 1, 255],
        step: -1,
        created_at: START,
        used_at: None,
    }
}

async fn add(database: &Database, factor: &Factor) {
    let mut tx = database.begin().await.expect("begin");
    assert!(factors::add(&mut tx, factor).await.expect("add"));
    tx.commit().await.expect("commit");
}

async fn a_factor_is_read_as_written_and_removed_by_its_owner_alone(stage: Stage) {
    let database = &stage.database;
    let (person, other) = (somebody(database).await, somebody(database).await);
    let wanted = [factor(person, 1), factor(person, 2)];
    for factor in &wanted {
        add(database, factor).await;
    }
    let mut known = factors::of_person(database, person).await.expect("known");
    known.sort_by_key(|factor| factor.id);
    let mut sorted = wanted.to_vec();
    sorted.sort_by_key(|factor| factor.id);
    assert_eq!(known, sorted);
    assert!(!format!("{known:?}").contains("255"), "KEY-08");
    let mut tx = database.begin().await.expect("begin");
    let [first, _] = &wanted;
    assert!(
        !factors::remove(&mut tx, first.id, other)
            .await
            .expect("remove")
    );
    assert!(
        factors::remove(&mut tx, first.id, person)
            .await
            .expect("remove")
    );
    tx.commit().await.expect("commit");
    let mut tx = database.begin().await.expect("begin");
    assert_eq!(
        factors::remove_all(&mut tx, person).await.expect("remove"),
        1
    );
    tx.commit().await.expect("commit");
    assert!(
        factors::of_person(database, person)
            .await
            .expect("known")
            .is_empty()
    );
}

async fn mfa_07_of_many_who_accept_a_step_at_once_one_is_first(stage: Stage) {
    let database = &stage.database;
    let person = somebody(database).await;
    let factor = factor(person, 1);
    add(database, &factor).await;
    for step in [7, 8] {
        let mut running = JoinSet::new();
        for _ in 0..12 {
            let (database, factor) = (database.clone(), factor.clone());
            running.spawn(async move {
                let accepted = factors::accept(&database, &factor, step, START).await;
                accepted.expect("asked")
            });
        }
        let all = running.join_all().await;
        assert_eq!(all.into_iter().filter(|first| *first).count(), 1, "{step}");
    }
    let older = factors::accept(database, &factor, 7, START + SECOND).await;
    assert!(!older.expect("asked"));
    let known = factors::of_person(database, person).await.expect("known");
    assert_eq!((known[0].step, known[0].used_at), (8, Some(START)));
}

async fn mfa_09_of_many_who_spend_a_code_at_once_one_does_and_a_new_sheet_ends_the_old_one(
    stage: Stage,
) {
    let database = &stage.database;
    let (person, other) = (somebody(database).await, somebody(database).await);
    let sheet = |name: &str| -> Vec<Digest> {
        let code = |number| Digest::of("test", &format!("{name}{number}"));
        (0..3).map(code).collect()
    };
    let make = async |digests: &[Digest]| {
        let mut tx = database.begin().await.expect("begin");
        let made = factors::replace_codes(&mut tx, person, digests, START).await;
        made.expect("made");
        tx.commit().await.expect("commit");
    };
    let spend = async |person, digest| {
        let spent = factors::spend_code(database, person, digest, START).await;
        spent.expect("asked")
    };
    let left = async || factors::codes_left(database, person).await.expect("left");
    assert_eq!(left().await, CodesLeft::default());
    let (old, new) = (sheet("old"), sheet("new"));
    make(&old).await;
    assert!(!spend(other, old[0]).await, "somebody else's");
    let mut running = JoinSet::new();
    for _ in 0..12 {
        let (database, digest) = (database.clone(), old[0]);
        running.spawn(async move {
            let spent = factors::spend_code(&database, person, digest, START).await;
            spent.expect("asked")
        });
    }
    let all = running.join_all().await;
    assert_eq!(all.into_iter().filter(|spent| *spent).count(), 1);
    assert_eq!(left().await.codes, 2);
    make(&new).await;
    assert!(!spend(person, old[1]).await, "of the former sheet");
    assert_eq!(left().await.codes, 3);
    // Without a factor there is nothing to recover.
    let mut tx = database.begin().await.expect("begin");
    let removed = factors::remove_codes_without_factor(&mut tx, person).await;
    removed.expect("removed");
    tx.commit().await.expect("commit");
    assert!(!spend(person, new[0]).await);
}

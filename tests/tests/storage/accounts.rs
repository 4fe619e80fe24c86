//! Accounts on both engines: logins that are never reused, codes that work once.

use std::collections::BTreeSet;

use clau_domain::ids::PersonId;
use clau_domain::names::LoginName;
use clau_storage::accounts::{self, NewAccount, SealedCode};
use clau_storage::{Database, people};

use crate::folk;
use crate::stage::{MINUTE, SECOND, START, Stage, digest};

on_both_engines!(
    a_lock_is_put_on_and_taken_off,
    a_password_is_rehashed_only_if_it_is_still_the_same,
    adm_13_a_login_is_never_given_to_somebody_else,
    adm_13_homonyms_are_numbered_by_two_nodes_at_once,
    pwd_01_an_imported_hash_never_replaces_a_way_in_of_ones_own,
    rel_01_an_activation_code_works_once_whatever_the_race,
    the_charter_is_noted,
);

fn code(name: &str) -> SealedCode {
    SealedCode {
        digest: digest(name),
        sealed: vec![0, 255, 7],
        until: START + MINUTE,
    }
}

fn new_account(person: PersonId, given: &str, family: &str) -> NewAccount {
    NewAccount {
        person,
        names: (given.to_owned(), family.to_owned()),
        code: Some(code(&person.to_string())),
    }
}

/// People of the given names, each with an account.
pub(crate) async fn enrolled(
    database: &Database,
    names: &[(&str, &str)],
) -> Vec<(PersonId, LoginName)> {
    let mut new = Vec::new();
    for (given, family) in names {
        let person = folk::person(database, &folk::row(given, family), "local", None).await;
        new.push(new_account(person, given, family));
    }
    let mut tx = database.begin().await.expect("begin");
    let logins = accounts::create(&mut tx, &new, START)
        .await
        .expect("create");
    tx.commit().await.expect("commit");
    new.into_iter()
        .map(|account| account.person)
        .zip(logins)
        .collect()
}

fn login(text: &str) -> LoginName {
    LoginName::typed(text).expect("a login")
}

async fn adm_13_a_login_is_never_given_to_somebody_else(stage: Stage) {
    let database = &stage.database;
    let people = enrolled(
        database,
        &[
            ("Élodie", "Roux"),
            ("Elodie", "ROUX"),
            ("Jean-Noël", "D’Ax"),
            ("Élodie", "Roux"),
        ],
    )
    .await;
    let logins: Vec<&str> = people.iter().map(|(_, login)| login.as_str()).collect();
    assert_eq!(
        logins,
        [
            "elodie.roux",
            "elodie.roux2",
            "jean-noel.dax",
            "elodie.roux3"
        ]
    );
    let account = accounts::by_login(database, &login("elodie.roux2"))
        .await
        .expect("by login");
    let account = account.expect("there");
    assert_eq!(
        (account.person, account.login.as_str()),
        (people[1].0, "elodie.roux2")
    );
    assert_eq!(
        account.activation_digest,
        Some(digest(&people[1].0.to_string()))
    );
    assert_eq!(account.activation_until, Some(START + MINUTE));
    assert_eq!((account.created_at, account.activated_at), (START, None));

    let take = async |person, text: &str| {
        let mut tx = database.begin().await.expect("begin");
        let taken = accounts::take_login(&mut tx, person, &login(text), START)
            .await
            .expect("take");
        tx.commit().await.expect("commit");
        taken
    };
    // Another login; the first goes on leading there, and nobody else gets it.
    assert!(take(people[0].0, "elodie.roux4").await);
    for text in ["elodie.roux", "elodie.roux4"] {
        let found = accounts::by_login(database, &login(text))
            .await
            .expect("by login");
        let found = found.expect("there");
        assert_eq!(
            (found.person, found.login.as_str()),
            (people[0].0, "elodie.roux4")
        );
    }
    assert!(!take(people[1].0, "elodie.roux").await);
    assert!(!take(people[1].0, "elodie.roux4").await);
    assert!(
        take(people[0].0, "elodie.roux").await,
        "back to one of one's own"
    );
    // The next homonym steps over the number that somebody chose.
    let next = enrolled(database, &[("Élodie", "Roux")]).await;
    assert_eq!(next[0].1.as_str(), "elodie.roux5");
    let shown = people::find(database, next[0].0)
        .await
        .expect("find")
        .expect("there");
    assert_eq!(shown.login, "elodie.roux5");

    let tester = folk::person(database, &folk::row("T", "T"), "local", None).await;
    let mut tx = database.begin().await.expect("begin");
    let mut make = async |text: &str| {
        let name = login(text);
        accounts::create_with_login(&mut tx, tester, &name, None, START)
            .await
            .expect("create")
    };
    assert!(!make("elodie.roux").await);
    assert!(make("tester").await);
    tx.commit().await.expect("commit");
    let account = accounts::by_person(database, tester)
        .await
        .expect("by person")
        .expect("there");
    assert_eq!(
        (account.login.as_str(), account.activation_digest),
        ("tester", None)
    );
    assert!(
        accounts::by_person(database, folk::id())
            .await
            .expect("by person")
            .is_none()
    );
    assert!(
        accounts::by_login(database, &login("nobody"))
            .await
            .expect("by login")
            .is_none()
    );
}

async fn adm_13_homonyms_are_numbered_by_two_nodes_at_once(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    let mut nodes = tokio::task::JoinSet::new();
    for node in 0..8 {
        let database = if node % 2 == 0 {
            stage.database.clone()
        } else {
            other.clone()
        };
        nodes.spawn(async move {
            let people = enrolled(&database, &[("Léa", "Petit"), ("Léa", "Petit")]).await;
            people
                .into_iter()
                .map(|(_, login)| login.as_str().to_owned())
                .collect::<Vec<_>>()
        });
    }
    let logins: BTreeSet<String> = nodes.join_all().await.concat().into_iter().collect();
    let expected: BTreeSet<String> = (2..=16)
        .map(|number| format!("lea.petit{number}"))
        .chain(["lea.petit".to_owned()])
        .collect();
    assert_eq!(logins, expected);
}

async fn rel_01_an_activation_code_works_once_whatever_the_race(stage: Stage) {
    let database = &stage.database;
    let person = enrolled(database, &[("Ana", "Roux")]).await[0].0;
    let right = digest(&person.to_string());
    let other = Database::open(&stage.config).await.expect("a second node");
    let activate = async |database: Database, code, hash: String, now| {
        let mut tx = database.begin().await.expect("begin");
        let done = accounts::activate(&mut tx, person, code, &hash, now)
            .await
            .expect("activate");
        tx.commit().await.expect("commit");
        done
    };
    assert!(!activate(database.clone(), digest("wrong"), "a".to_owned(), START).await);
    assert!(
        !activate(database.clone(), right, "b".to_owned(), START + MINUTE).await,
        "too late"
    );
    let lock = async |lock| {
        let mut tx = database.begin().await.expect("begin");
        accounts::set_lock(&mut tx, person, lock)
            .await
            .expect("lock");
        tx.commit().await.expect("commit");
    };
    lock(Some((START, "asked by the school"))).await;
    assert!(
        !activate(database.clone(), right, "c".to_owned(), START).await,
        "locked"
    );
    lock(None).await;
    let mut running = tokio::task::JoinSet::new();
    for attempt in 0..20 {
        let database = if attempt % 2 == 0 {
            database.clone()
        } else {
            other.clone()
        };
        running.spawn(async move {
            let mut tx = database.begin().await.expect("begin");
            let hash = format!("hash {attempt}");
            let done = accounts::activate(&mut tx, person, right, &hash, START + SECOND).await;
            tx.commit().await.expect("commit");
            done.expect("activate").then_some(hash)
        });
    }
    let won: Vec<String> = running.join_all().await.into_iter().flatten().collect();
    assert_eq!(won.len(), 1);
    let account = accounts::by_person(database, person)
        .await
        .expect("by person")
        .expect("there");
    assert_eq!(account.password_hash.as_ref(), won.first());
    assert_eq!(
        (account.activation_digest, account.activation_until),
        (None, None)
    );
    assert_eq!(account.activated_at, Some(START + SECOND));
    // A new code, and a password set otherwise ends it.
    let mut tx = database.begin().await.expect("begin");
    accounts::renew_code(&mut tx, person, code("new"))
        .await
        .expect("renew");
    accounts::set_password(&mut tx, person, "set", START + MINUTE)
        .await
        .expect("set");
    tx.commit().await.expect("commit");
    assert!(!activate(database.clone(), digest("new"), "d".to_owned(), START).await);
    let account = accounts::by_person(database, person)
        .await
        .expect("by person")
        .expect("there");
    assert_eq!(account.password_hash.as_deref(), Some("set"));
    assert_eq!(
        account.activated_at,
        Some(START + SECOND),
        "the first time counts"
    );
    assert_eq!(account.password_set_at, Some(START + MINUTE));
}

async fn pwd_01_an_imported_hash_never_replaces_a_way_in_of_ones_own(stage: Stage) {
    let database = &stage.database;
    let people = enrolled(
        database,
        &[("Ana", "Roux"), ("Ben", "Roux"), ("Cléo", "Roux")],
    )
    .await;
    let import = async |person, hash: &str| {
        let mut tx = database.begin().await.expect("begin");
        let set = accounts::import_password(&mut tx, person, hash, START).await;
        tx.commit().await.expect("commit");
        set.expect("import")
    };
    let account = async |person| {
        let account = accounts::by_person(database, person)
            .await
            .expect("by person");
        account.expect("there")
    };
    let ana = people[0].0;
    assert!(import(ana, "$wrapped$1").await);
    assert!(import(ana, "$wrapped$2").await, "until the first login");
    let imported = account(ana).await;
    assert_eq!(imported.password_hash.as_deref(), Some("$wrapped$2"));
    assert!(imported.activation_digest.is_none() && imported.activated_at.is_some());
    accounts::rehash(database, ana, "$wrapped$2", "$argon2id$own")
        .await
        .expect("rehash");
    assert!(!import(ana, "$wrapped$2").await);
    let own = account(ana).await.password_hash;
    assert_eq!(own.as_deref(), Some("$argon2id$own"));

    // Somebody for whom a source vouches had their password taken away for it (FED-04).
    let ben = people[1].0;
    let mut tx = database.begin().await.expect("begin");
    accounts::federate(&mut tx, ben, START)
        .await
        .expect("federate");
    tx.commit().await.expect("commit");
    assert!(!import(ben, "$wrapped$1").await);
    assert_eq!(account(ben).await.password_hash, None);
    assert_eq!(account(people[2].0).await.password_hash, None);
}

async fn a_password_is_rehashed_only_if_it_is_still_the_same(stage: Stage) {
    let database = &stage.database;
    let person = enrolled(database, &[("Ana", "Roux")]).await[0].0;
    let mut tx = database.begin().await.expect("begin");
    accounts::set_password(&mut tx, person, "old", START)
        .await
        .expect("set");
    tx.commit().await.expect("commit");
    let hash = async || {
        let account = accounts::by_person(database, person)
            .await
            .expect("by person");
        account.expect("there").password_hash.expect("a password")
    };
    accounts::rehash(database, person, "another", "stolen")
        .await
        .expect("rehash");
    assert_eq!(hash().await, "old");
    accounts::rehash(database, person, "old", "stronger")
        .await
        .expect("rehash");
    assert_eq!(hash().await, "stronger");
}

async fn a_lock_is_put_on_and_taken_off(stage: Stage) {
    let database = &stage.database;
    let person = enrolled(database, &[("Ana", "Roux")]).await[0].0;
    for lock in [Some((START, "asked by the school")), None] {
        let mut tx = database.begin().await.expect("begin");
        accounts::set_lock(&mut tx, person, lock)
            .await
            .expect("lock");
        tx.commit().await.expect("commit");
        let account = accounts::by_person(database, person)
            .await
            .expect("by person");
        let locked = account.expect("there").locked;
        assert_eq!(locked, lock.map(|(at, because)| (at, because.to_owned())));
    }
}

async fn the_charter_is_noted(stage: Stage) {
    let database = &stage.database;
    let person = enrolled(database, &[("Ana", "Roux")]).await[0].0;
    for (version, now) in [("2026", START), ("2027", START + MINUTE)] {
        accounts::accept_charter(database, person, version, now)
            .await
            .expect("accept");
        let account = accounts::by_person(database, person)
            .await
            .expect("by person");
        assert_eq!(
            account.expect("there").charter,
            Some((version.to_owned(), now))
        );
    }
}

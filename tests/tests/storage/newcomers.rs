//! People whom no feed has brought, on both engines: made once, and kept to what their connector says.

use std::collections::BTreeSet;

use clau_domain::person::AffiliationDetail;
use clau_domain::profile::Profile;
use clau_storage::links::{self, How};
use clau_storage::newcomers::{self, Said};
use clau_storage::{Database, accounts, people};
use serde_json::json;

use crate::connectors::connector;
use crate::folk;
use crate::stage::{MINUTE, SECOND, START, Stage};

on_both_engines!(
    fed_01_a_subject_is_made_known_once_whatever_the_race,
    fed_04_an_account_loses_what_it_was_entered_with_before,
    somebody_is_made_known_and_kept_to_what_is_said,
);

async fn somebody_is_made_known_and_kept_to_what_is_said(stage: Stage) {
    let database = &stage.database;
    let [one, two] = [
        folk::school(database, "1", None).await,
        folk::school(database, "2", None).await,
    ];
    let id = connector("lycee-agricole");
    let row = folk::row("Élodie", "Roux");
    let at = |school: &clau_domain::structure::Structure, profile| {
        [(school.id, profile, AffiliationDetail::default())]
    };
    let before = at(&one, Profile::Teacher);
    let said = Said {
        connector: &id,
        subject: "elodie@lycee",
        person: &row,
        affiliations: &before,
    };
    let person = folk::id();
    let why = json!([{ "made": "lycee-agricole" }]);
    let login = newcomers::create(database, person, said, why.clone(), START)
        .await
        .expect("create")
        .expect("made");
    assert_eq!(login.as_str(), "elodie.roux");
    let find = async || {
        let person = people::find(database, person).await.expect("find");
        person.expect("there")
    };
    let there = find().await;
    assert_eq!(
        (there.login.as_str(), &there.names),
        ("elodie.roux", &row.names)
    );
    assert_eq!(there.external, None, "no feed knows them");
    let account = accounts::by_person(database, person)
        .await
        .expect("by person")
        .expect("there");
    assert_eq!(
        (account.password_hash, account.activation_digest),
        (None, None)
    );
    assert_eq!(account.activated_at, Some(START));
    let links = links::of_person(database, person).await.expect("links");
    assert_eq!(links.len(), 1);
    assert_eq!(
        (links[0].how, &links[0].detail, links[0].used_at),
        (How::Created, &why, Some(START))
    );

    // Once more: neither a second person, nor another one in the link's place.
    let again = newcomers::create(database, folk::id(), said, why.clone(), START).await;
    assert_eq!(again.expect("create"), None);
    let mut tx = database.begin().await.expect("begin");
    links::remove(&mut tx, &id, "elodie@lycee", person)
        .await
        .expect("remove");
    tx.commit().await.expect("commit");
    let again = newcomers::create(database, folk::id(), said, why, START).await;
    assert_eq!(again.expect("create"), None, "a human says who that is");

    // The next login says something else.
    let married = folk::row("Élodie", "Roux-Petit");
    let after = at(&two, Profile::Librarian);
    for affiliations in [&after[..], &after[..], &[]] {
        let said = Said {
            person: &married,
            affiliations,
            ..said
        };
        let mut tx = database.begin().await.expect("begin");
        let renewed = newcomers::renew(&mut tx, said).await.expect("renew");
        tx.commit().await.expect("commit");
        assert_eq!(renewed, Some(person));
        let there = find().await;
        assert_eq!(there.names, married.names);
        assert_eq!(there.login, "elodie.roux");
        let places: Vec<_> = there
            .affiliations
            .iter()
            .map(|one| (one.structure.id, one.profile))
            .collect();
        let wanted: Vec<_> = affiliations
            .iter()
            .map(|(id, profile, _)| (*id, *profile))
            .collect();
        assert_eq!(places, wanted);
    }
    let mut tx = database.begin().await.expect("begin");
    let unknown = Said {
        subject: "nobody",
        ..said
    };
    let renewed = newcomers::renew(&mut tx, unknown).await;
    assert_eq!(renewed.expect("renew"), None);
}

async fn fed_01_a_subject_is_made_known_once_whatever_the_race(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    let id = connector("franceconnect");
    for round in 0..3 {
        let subject = format!("sub{round}");
        let mut running = tokio::task::JoinSet::new();
        for attempt in 0..8 {
            let database = [&stage.database, &other][attempt % 2].clone();
            let (id, subject) = (id.clone(), subject.clone());
            running.spawn(async move {
                let person = folk::id();
                let row = folk::plain("Jean", "Petit");
                let said = Said {
                    connector: &id,
                    subject: &subject,
                    person: &row,
                    affiliations: &[],
                };
                let made = newcomers::create(&database, person, said, json!([]), START).await;
                made.expect("create").map(|login| (person, login))
            });
        }
        let made: Vec<_> = running.join_all().await.into_iter().flatten().collect();
        assert_eq!(made.len(), 1, "round {round}");
        let found = links::find(&other, &id, &subject).await.expect("find");
        assert_eq!(found.expect("there").person, made[0].0);
        // Whoever came too late has left nothing: not even a login that nobody can have any more.
        let login = match round {
            0 => "jean.petit".to_owned(),
            round => format!("jean.petit{}", round + 1),
        };
        assert_eq!(made[0].1.as_str(), login);
    }
}

async fn fed_04_an_account_loses_what_it_was_entered_with_before(stage: Stage) {
    let database = &stage.database;
    let federate = async |person| {
        let mut tx = database.begin().await.expect("begin");
        let taken = accounts::federate(&mut tx, person, START + MINUTE).await;
        tx.commit().await.expect("commit");
        taken.expect("federate")
    };
    let find = async |person| {
        let account = accounts::by_person(database, person).await;
        account.expect("by person").expect("there")
    };
    let people = crate::accounts::enrolled(database, &[("Ana", "Roux"), ("Luc", "Roux")]).await;
    let (code, password) = (people[0].0, people[1].0);
    let mut tx = database.begin().await.expect("begin");
    accounts::set_password(&mut tx, password, "hash", START + SECOND)
        .await
        .expect("set");
    tx.commit().await.expect("commit");
    for (person, activated) in [(code, START + MINUTE), (password, START + SECOND)] {
        assert!(federate(person).await);
        let account = find(person).await;
        assert_eq!(
            (account.password_hash, account.password_set_at),
            (None, None)
        );
        assert_eq!(
            (account.activation_digest, account.activation_until),
            (None, None)
        );
        assert_eq!(
            account.activated_at,
            Some(activated),
            "the first time counts"
        );
        assert!(!federate(person).await, "nothing was left");
    }
    let logins: BTreeSet<_> = [find(code).await.login, find(password).await.login].into();
    assert_eq!(
        logins,
        BTreeSet::from(["ana.roux".to_owned(), "luc.roux".to_owned()])
    );
    assert!(!federate(folk::id()).await, "nobody");
}

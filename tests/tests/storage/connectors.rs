//! Connectors on both engines: the registry's version, secrets that stay or go, and what a connector that is
//! removed leaves behind.

use std::collections::BTreeSet;

use clau_domain::connector::{Connector, ConnectorId};
use clau_domain::person::AffiliationDetail;
use clau_domain::profile::Profile;
use clau_storage::connector_documents::{self, Good};
use clau_storage::connectors::{self, Secret};
use clau_storage::newcomers::{self, Said};
use clau_storage::{Database, links, matching, people, services};
use serde_json::json;

use crate::folk;
use crate::stage::{MINUTE, SECOND, START, Stage};

on_both_engines!(
    a_secret_stays_until_it_is_replaced_or_removed,
    every_change_of_a_connector_changes_the_version,
    fed_01_a_removed_connector_leaves_nothing_to_its_successor,
    key_08_debug_shows_nothing_of_a_connectors_secret,
);

/// A connector's id.
pub(crate) fn connector(id: &str) -> ConnectorId {
    id.parse().expect("a connector's id")
}

fn registration(id: &str, name: &str) -> Connector {
    let text = json!({
        "id": id, "name": name,
        "oidc": { "issuer": "https://op.example.fr", "client_id": "hub", "client_secret": "in clear" },
    });
    serde_json::from_value(text).expect("a connector")
}

async fn put(database: &Database, connector: &Connector, secret: Secret) {
    let mut tx = database.begin().await.expect("begin");
    connectors::put(&mut tx, connector, secret, START)
        .await
        .expect("put");
    tx.commit().await.expect("commit");
}

async fn remove(database: &Database, id: &ConnectorId) -> bool {
    let mut tx = database.begin().await.expect("begin");
    let removed = connectors::remove(&mut tx, id, START + MINUTE)
        .await
        .expect("remove");
    tx.commit().await.expect("commit");
    removed
}

async fn a_secret_stays_until_it_is_replaced_or_removed(stage: Stage) {
    let database = &stage.database;
    let id = connector("proconnect");
    assert_eq!(connectors::find(database, &id).await.expect("find"), None);
    for (secret, name, sealed) in [
        (Secret::Keep, "one", None),
        (
            Secret::Replace(vec![0, 1, 255]),
            "two",
            Some(vec![0, 1, 255]),
        ),
        (Secret::Keep, "three", Some(vec![0, 1, 255])),
        (Secret::Replace(vec![9]), "four", Some(vec![9])),
        (Secret::Remove, "five", None),
    ] {
        put(database, &registration("proconnect", name), secret).await;
        let found = connectors::find(database, &id)
            .await
            .expect("find")
            .expect("there");
        assert_eq!(
            (found.connector.name.as_str(), &found.sealed),
            (name, &sealed)
        );
        let oidc = found.connector.oidc.as_ref().expect("what it was");
        assert_eq!(oidc.client_secret, None, "nothing of it in clear");
        assert_eq!(found.updated_at, START);
    }
    put(database, &registration("cas", "CAS"), Secret::Keep).await;
    let all = connectors::all(database).await.expect("all");
    let ids: Vec<&str> = all.iter().map(|one| one.connector.id.as_str()).collect();
    assert_eq!(ids, ["cas", "proconnect"]);
}

async fn key_08_debug_shows_nothing_of_a_connectors_secret(stage: Stage) {
    let database = &stage.database;
    let secret = Secret::Replace(vec![211, 212, 213]);
    assert_eq!(format!("{secret:?}"), "Replace(redacted)");
    put(database, &registration("op", "OP"), secret).await;
    let all = connectors::all(database).await.expect("all");
    let shown = format!("{all:?}");
    assert!(shown.contains("op") && !shown.contains("212"), "{shown}");
}

async fn every_change_of_a_connector_changes_the_version(stage: Stage) {
    let database = &stage.database;
    let mut versions = vec![services::version(database).await.expect("version")];
    for secret in [Secret::Keep, Secret::Keep, Secret::Remove] {
        put(database, &registration("op", "the same"), secret).await;
        versions.push(services::version(database).await.expect("version"));
    }
    assert!(remove(database, &connector("op")).await);
    versions.push(services::version(database).await.expect("version"));
    for (index, version) in versions.iter().enumerate() {
        assert!(!versions[..index].contains(version), "{versions:?}");
    }
}

async fn fed_01_a_removed_connector_leaves_nothing_to_its_successor(stage: Stage) {
    let database = &stage.database;
    let (id, other) = (connector("lycee"), connector("autre"));
    let school = folk::school(database, "1", Some("0310001B")).await;
    for id in [&id, &other] {
        put(database, &registration(id.as_str(), "L"), Secret::Keep).await;
        let good = Good {
            connector: id,
            name: "metadata",
            origin: "https://op.example.fr",
            body: b"<a/>",
            tag: None,
            now: START,
            valid_until: None,
            next_at: START,
            warnings: &[],
        };
        connector_documents::put_good(database, good)
            .await
            .expect("put");
    }
    let affiliations = [(school.id, Profile::Teacher, AffiliationDetail::default())];
    let said = |id, person| Said {
        connector: id,
        subject: "4711",
        person,
        affiliations: &affiliations,
    };
    let row = folk::plain("Ana", "Roux");
    let mut made = Vec::new();
    for id in [&id, &other] {
        let person = folk::id();
        let login = newcomers::create(database, person, said(id, &row), json!([]), START).await;
        assert!(login.expect("create").is_some());
        made.push(person);
    }

    assert!(remove(database, &id).await);
    assert!(!remove(database, &id).await);
    assert_eq!(
        links::find(database, &id, "4711").await.expect("find"),
        None
    );
    let documents = connector_documents::all(database).await.expect("all");
    let left: BTreeSet<_> = documents.iter().map(|row| row.key.0.as_str()).collect();
    assert_eq!(left, BTreeSet::from(["autre"]));
    let find = async |person| {
        let person = people::find(database, person).await.expect("find");
        person.expect("there")
    };
    assert!(!find(made[0]).await.belongs());
    assert!(find(made[1]).await.belongs());

    // Registered again: the same subject is somebody else.
    put(database, &registration("lycee", "Another"), Secret::Keep).await;
    let mut tx = database.begin().await.expect("begin");
    let known = newcomers::renew(&mut tx, said(&id, &row)).await;
    assert_eq!(known.expect("renew"), None);
    drop(tx);
    let source = newcomers::source(&id);
    let found = matching::by_record(database, &source, "4711").await;
    assert_eq!(found.expect("by record"), []);
    let person = folk::id();
    let login = newcomers::create(database, person, said(&id, &row), json!([]), START + SECOND)
        .await
        .expect("create");
    assert_eq!(login.expect("made").as_str(), "ana.roux3");
}

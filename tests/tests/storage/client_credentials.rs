//! Credentials of clients on both engines, and the registry's version, which changes with them.

use clau_domain::ids::ServiceId;
use clau_domain::secret::Digest;
use clau_domain::service::Service;
use clau_domain::time::Timestamp;
use clau_storage::authorizations::{self, NewAuthorization};
use clau_storage::client_credentials::{self, Credential, CredentialKind};
use clau_storage::services::RegistryVersion;
use clau_storage::{Database, StorageError, Tx, services, settings};
use serde_json::json;

use crate::authorizations::{code, insert, service};
use crate::stage::{MINUTE, SECOND, START, Stage, digest};

on_both_engines!(
    a_service_has_the_credentials_it_was_given_last,
    changes_at_once_are_each_counted,
    every_change_of_credentials_or_services_changes_the_version,
    key_08_debug_shows_nothing_of_a_sealed_secret,
    oidc_21_a_removed_registration_leaves_nothing_to_its_successor,
);

fn credential(owner: &str, kind: CredentialKind, name: &str) -> Credential {
    Credential {
        service: service(owner),
        kind,
        digest: digest(name),
        sealed: None,
        created_at: START,
        expires_at: None,
    }
}

fn secret(owner: &str, name: &str) -> Credential {
    credential(owner, CredentialKind::Secret, name)
}

fn registration(id: &str, name: &str) -> Service {
    serde_json::from_value(json!({ "id": id, "name": name })).expect("a service")
}

async fn begin(database: &Database) -> Tx {
    database.begin().await.expect("begin")
}

async fn put(database: &Database, credential: &Credential) {
    let mut tx = begin(database).await;
    client_credentials::put(&mut tx, credential)
        .await
        .expect("put");
    tx.commit().await.expect("commit");
}

async fn replace(database: &Database, owner: &str, kind: CredentialKind, with: &[Credential]) {
    let mut tx = begin(database).await;
    client_credentials::replace(&mut tx, &service(owner), kind, with)
        .await
        .expect("replace");
    tx.commit().await.expect("commit");
}

async fn register(database: &Database, service: &Service, now: Timestamp) {
    let mut tx = begin(database).await;
    services::put(&mut tx, service, now).await.expect("put");
    tx.commit().await.expect("commit");
}

async fn remove(database: &Database, service: &ServiceId) -> bool {
    let mut tx = begin(database).await;
    let removed = services::remove(&mut tx, service).await.expect("remove");
    tx.commit().await.expect("commit");
    removed
}

async fn version(database: &Database) -> RegistryVersion {
    services::version(database).await.expect("version")
}

async fn a_service_has_the_credentials_it_was_given_last(stage: Stage) {
    let database = &stage.database;
    let of = async |owner: &str| {
        client_credentials::of_service(database, &service(owner))
            .await
            .expect("of service")
    };
    let sealed = Credential {
        sealed: Some(b"\0sealed\xff".to_vec()),
        expires_at: Some(START - MINUTE),
        ..secret("bourses", "old")
    };
    let newer = Credential {
        created_at: START + SECOND,
        ..secret("bourses", "new")
    };
    let token = credential("bourses", CredentialKind::Registration, "token");
    // The same secret at another service is another credential.
    let other = secret("moodle", "old");
    for credential in [&newer, &sealed, &token, &other] {
        put(database, credential).await;
    }
    assert_eq!(
        of("bourses").await,
        [token.clone(), sealed.clone(), newer.clone()],
        "what is over too, by kind and age"
    );
    let all = client_credentials::all(database).await.expect("all");
    assert_eq!(all, [token.clone(), sealed, newer.clone(), other.clone()]);

    let dated = Credential {
        expires_at: Some(START + MINUTE),
        ..newer
    };
    put(database, &dated).await;
    assert_eq!(of("bourses").await[2], dated, "its dates are changed");

    let fresh = secret("bourses", "fresh");
    // Named twice by an operator: no matter.
    let twice = [fresh.clone(), fresh.clone()];
    replace(database, "bourses", CredentialKind::Secret, &twice).await;
    assert_eq!(of("bourses").await, [token, fresh.clone()]);
    replace(database, "bourses", CredentialKind::Registration, &[]).await;
    assert_eq!(of("bourses").await, std::slice::from_ref(&fresh));
    assert_eq!(
        of("moodle").await,
        std::slice::from_ref(&other),
        "nobody else's change"
    );

    for foreign in [
        secret("moodle", "x"),
        credential("bourses", CredentialKind::Registration, "x"),
    ] {
        let mut tx = begin(database).await;
        let refused = client_credentials::replace(
            &mut tx,
            &service("bourses"),
            CredentialKind::Secret,
            &[foreign],
        )
        .await;
        assert!(matches!(refused, Err(StorageError::Defect(_))));
        tx.commit().await.expect("commit");
    }
    assert_eq!(of("bourses").await, [fresh]);

    let mut tx = begin(database).await;
    client_credentials::remove_of_service(&mut tx, &service("bourses"))
        .await
        .expect("remove");
    tx.commit().await.expect("commit");
    let all = client_credentials::all(database).await.expect("all");
    assert_eq!(all, [other]);
}

async fn every_change_of_credentials_or_services_changes_the_version(stage: Stage) {
    let database = &stage.database;
    let bourses = registration("bourses", "Bourses");
    let id = bourses.id.clone();
    let mut versions = vec![version(database).await];
    let mut note = async |what: &str| {
        let version = version(database).await;
        assert!(!versions.contains(&version), "{what}: {versions:?}");
        versions.push(version);
    };
    // The same instant throughout: sums of dates would be the same again.
    register(database, &bourses, START).await;
    note("registered").await;
    register(database, &registration("bourses", "Other"), START).await;
    note("renamed within a millisecond").await;
    assert!(remove(database, &id).await);
    note("removed").await;
    register(database, &registration("bourses", "Other"), START).await;
    note("registered as before").await;
    assert!(remove(database, &id).await);
    register(database, &registration("moodle", "Moodle"), START).await;
    note("one removed, another registered").await;
    assert!(!remove(database, &id).await, "it is gone");

    put(database, &secret("moodle", "a")).await;
    note("a secret").await;
    replace(
        database,
        "moodle",
        CredentialKind::Secret,
        &[secret("moodle", "b")],
    )
    .await;
    note("another in its place").await;
    replace(
        database,
        "moodle",
        CredentialKind::Secret,
        &[secret("moodle", "a")],
    )
    .await;
    note("the first one again").await;
    let mut tx = begin(database).await;
    client_credentials::remove_of_service(&mut tx, &service("moodle"))
        .await
        .expect("remove");
    tx.commit().await.expect("commit");
    note("none").await;

    // What is not committed has not happened.
    let before = version(database).await;
    let mut tx = begin(database).await;
    services::put(&mut tx, &bourses, START).await.expect("put");
    client_credentials::put(&mut tx, &secret("bourses", "a"))
        .await
        .expect("put");
    drop(tx);
    assert_eq!(version(database).await, before);
}

async fn changes_at_once_are_each_counted(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    let mut nodes = tokio::task::JoinSet::new();
    for node in 0..20 {
        let database = if node % 2 == 0 {
            stage.database.clone()
        } else {
            other.clone()
        };
        nodes.spawn(async move {
            // In either order: no two of them wait for each other for ever.
            let [a, b] = [
                registration("a", &node.to_string()),
                registration("b", &node.to_string()),
            ];
            let order = if node % 3 == 0 { [a, b] } else { [b, a] };
            let mut tx = begin(&database).await;
            for service in &order {
                services::put(&mut tx, service, START).await.expect("put");
            }
            tx.commit().await.expect("commit");
        });
    }
    nodes.join_all().await;
    let counted = settings::find(&stage.database, "registry-changes").await;
    assert_eq!(counted.expect("find").as_deref(), Some("40"));
}

async fn oidc_21_a_removed_registration_leaves_nothing_to_its_successor(stage: Stage) {
    let database = &stage.database;
    let owners = ["bourses", "moodle"];
    let ids: [Digest; 2] = owners.map(digest);
    for (owner, id) in owners.into_iter().zip(ids) {
        register(database, &registration(owner, owner), START).await;
        put(database, &secret(owner, "secret")).await;
        let new = NewAuthorization {
            service: &service(owner),
            ..code(id)
        };
        insert(database, &new).await;
    }
    assert!(remove(database, &service("bourses")).await);
    let left = client_credentials::all(database).await.expect("all");
    assert_eq!(left, [secret("moodle", "secret")]);
    let end = START + MINUTE;
    let redeem = async |id| {
        authorizations::redeem(database, &id, end, START)
            .await
            .expect("redeem")
    };
    assert!(redeem(ids[0]).await.is_none());
    assert!(redeem(ids[1]).await.is_some());
    let all = services::all(database).await.expect("all");
    assert_eq!(all, [registration("moodle", "moodle")]);
}

async fn key_08_debug_shows_nothing_of_a_sealed_secret(stage: Stage) {
    let sealed = Credential {
        sealed: Some(b"canary".to_vec()),
        ..secret("bourses", "secret")
    };
    put(&stage.database, &sealed).await;
    let all = client_credentials::all(&stage.database).await.expect("all");
    let shown = format!("{all:?}");
    assert!(shown.contains("bourses"), "{shown}");
    for hidden in ["sealed", "canary", "99, 97, 110"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

//! Consents on both engines.

use clau_domain::ids::PersonId;
use clau_storage::{consents, services};
use serde_json::json;

use crate::authorizations::service;
use crate::folk;
use crate::stage::{SECOND, START, Stage};

on_both_engines!(
    a_consent_is_kept_until_it_is_taken_back,
    consents_go_with_their_service,
);

/// Somebody whom the directory knows.
async fn somebody(stage: &Stage, given: &str) -> PersonId {
    folk::person(&stage.database, &folk::row(given, "Durand"), "local", None).await
}

async fn a_consent_is_kept_until_it_is_taken_back(stage: Stage) {
    let database = &stage.database;
    let (zoe, leo) = (somebody(&stage, "Zoé").await, somebody(&stage, "Léo").await);
    let (bourses, moodle) = (service("bourses"), service("moodle"));
    let find = async |person, service| {
        consents::find(database, person, service)
            .await
            .expect("find")
    };
    let put = async |person, service, scope: &str, now| {
        consents::put(database, person, service, &json!({ "scope": scope }), now)
            .await
            .expect("put");
    };
    assert_eq!(find(zoe, &bourses).await, None);
    put(zoe, &bourses, "openid", START).await;
    put(zoe, &moodle, "openid é", START + SECOND).await;
    put(leo, &bourses, "openid email", START).await;
    // Asked again for more: the last answer counts.
    put(zoe, &bourses, "openid ent", START + 2 * SECOND).await;
    let agreed = find(zoe, &bourses).await.expect("agreed");
    assert_eq!(agreed.service, bourses);
    assert_eq!(agreed.detail, json!({ "scope": "openid ent" }));
    assert_eq!(agreed.given_at, START + 2 * SECOND);

    let of = async |person| {
        consents::of_person(database, person)
            .await
            .expect("of person")
    };
    let moodles = find(zoe, &moodle).await.expect("agreed");
    assert_eq!(of(zoe).await, [agreed, moodles.clone()]);
    assert_eq!(of(leo).await.len(), 1);
    assert_eq!(of(folk::id()).await, []);

    let remove = async |person, service| {
        consents::remove(database, person, service)
            .await
            .expect("remove")
    };
    assert!(remove(zoe, &bourses).await);
    assert!(!remove(zoe, &bourses).await);
    assert!(!remove(leo, &moodle).await);
    assert_eq!(of(zoe).await, [moodles]);
    assert_eq!(of(leo).await.len(), 1, "each takes back their own");
}

async fn consents_go_with_their_service(stage: Stage) {
    let database = &stage.database;
    let zoe = somebody(&stage, "Zoé").await;
    for id in ["bourses", "moodle"] {
        consents::put(database, zoe, &service(id), &json!({}), START)
            .await
            .expect("put");
    }
    let mut tx = database.begin().await.expect("begin");
    services::remove(&mut tx, &service("bourses"))
        .await
        .expect("remove");
    tx.commit().await.expect("commit");
    let left = consents::of_person(database, zoe).await.expect("of person");
    let left: Vec<_> = left
        .iter()
        .map(|consent| consent.service.as_str())
        .collect();
    assert_eq!(left, ["moodle"]);
}

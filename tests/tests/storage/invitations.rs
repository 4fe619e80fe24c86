//! Invitations to register a client, on both engines.

use clau_storage::invitations::{self, Invitation};
use clau_storage::{Database, StorageError};
use serde_json::json;

use crate::stage::{MINUTE, SECOND, START, Stage, TICK, digest};

on_both_engines!(
    oidc_21_an_invitation_is_good_for_its_uses_and_until_its_end,
    oidc_21_of_many_that_use_an_invitation_at_once_as_many_win_as_it_has_uses,
);

fn invitation(name: &str, uses: u32) -> Invitation {
    Invitation {
        digest: digest(name),
        label: format!("Éditeur {name}"),
        detail: json!({ "scope": "openid", "sector": "é" }),
        uses_left: uses,
        created_at: START,
        expires_at: START + MINUTE,
    }
}

async fn oidc_21_an_invitation_is_good_for_its_uses_and_until_its_end(stage: Stage) {
    let database = &stage.database;
    let all = async || invitations::all(database).await.expect("all");
    let use_one = async |name: &str, now| {
        invitations::use_one(database, &digest(name), now)
            .await
            .expect("use")
    };
    assert_eq!(all().await, []);
    let (twice, never) = (invitation("twice", 2), invitation("never", 0));
    let newer = Invitation {
        created_at: START + SECOND,
        ..invitation("newer", 1)
    };
    for new in [&twice, &never, &newer] {
        invitations::add(database, new).await.expect("add");
    }
    let taken = invitations::add(database, &twice).await;
    assert!(matches!(taken, Err(StorageError::Conflict(_))), "{taken:?}");

    let listed = all().await;
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0], newer, "the newest first");
    assert!(listed.contains(&twice) && listed.contains(&never));

    let end = START + MINUTE;
    for (left, now) in [(1, START), (0, end - TICK)] {
        let used = use_one("twice", now).await;
        let expected = Invitation {
            uses_left: left,
            ..twice.clone()
        };
        assert_eq!(used, Some(expected));
    }
    for (name, now) in [
        ("twice", START),
        ("never", START),
        ("newer", end),
        ("unknown", START),
    ] {
        assert_eq!(use_one(name, now).await, None, "{name}");
    }
    // A refusal has taken nothing.
    assert_eq!(all().await[0], newer);

    let remove = async |name: &str| {
        invitations::remove(database, &digest(name))
            .await
            .expect("remove")
    };
    assert!(remove("newer").await);
    assert!(!remove("newer").await);
    assert_eq!(use_one("newer", START).await, None);
    assert_eq!(all().await.len(), 2);
}

async fn oidc_21_of_many_that_use_an_invitation_at_once_as_many_win_as_it_has_uses(stage: Stage) {
    let other = Database::open(&stage.config).await.expect("a second node");
    for round in 0..5 {
        let new = invitation(&round.to_string(), 3);
        let id = new.digest;
        invitations::add(&stage.database, &new).await.expect("add");
        let mut callers = tokio::task::JoinSet::new();
        for caller in 0..40 {
            let database = if caller % 2 == 0 {
                stage.database.clone()
            } else {
                other.clone()
            };
            callers.spawn(async move {
                invitations::use_one(&database, &id, START)
                    .await
                    .expect("use")
                    .map(|used| used.uses_left)
            });
        }
        let mut left: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
        left.sort_unstable();
        assert_eq!(left, [0, 1, 2], "round {round}");
    }
}

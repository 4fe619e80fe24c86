//! Authorizations of OpenID Connect clients on both engines: which step follows which, and what each
//! leaves behind. Races are in `authorization_races`.

use std::sync::LazyLock;

use clau_domain::ids::{PersonId, ServiceId};
use clau_domain::random::SeededForTests;
use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;
use clau_storage::authorizations::{
    self, Answer, Authorization, MOST_LISTED, NewAuthorization, State,
};
use clau_storage::{Database, StorageError};
use serde_json::{Value, json};

use crate::stage::{MINUTE, SECOND, START, Stage, TICK, digest};

on_both_engines!(
    a_persons_offline_grants_are_listed_the_newest_first,
    a_session_hands_its_authorizations_on,
    an_authorization_is_found_as_it_was_stored,
    expired_authorizations_are_swept_a_thousand_at_a_time_and_no_others,
    log_02_debug_shows_nothing_of_what_was_allowed,
    oidc_04_a_code_is_redeemed_once_and_not_at_its_end,
    oidc_11_a_refresh_token_turns_once_for_each_generation,
    oidc_11_a_repeated_token_is_counted_until_the_next_rotation,
    oidc_11_what_is_revoked_stays_so,
    oidc_12_access_tokens_are_withdrawn_without_the_rest,
    oidc_21_a_device_code_is_answered_once_by_whoever_types_its_code,
    rel_02_everything_of_a_person_or_a_service_is_revoked,
);

static DETAIL: LazyLock<Value> = LazyLock::new(
    || json!({ "scope": "openid ent", "nonce": "é\u{1F511}\n\"secret\"", "deep": [1, null] }),
);
static BOURSES: LazyLock<ServiceId> = LazyLock::new(|| service("bourses"));

/// A service's id.
pub(crate) fn service(id: &str) -> ServiceId {
    id.parse().expect("a service id")
}

/// A person's id. No authorization waits for its person to be in the directory.
fn person() -> PersonId {
    static RANDOM: SeededForTests = SeededForTests::new(3);
    PersonId::mint(START, &RANDOM)
}

/// A code that a client got for nobody in particular, a minute long.
pub(crate) fn code(id: Digest) -> NewAuthorization<'static> {
    NewAuthorization {
        id,
        service: &BOURSES,
        person: None,
        session: None,
        parent: None,
        user_code: None,
        state: State::Granted,
        offline: false,
        detail: &DETAIL,
        expires_at: START + MINUTE,
    }
}

/// Stores an authorization.
pub(crate) async fn insert(database: &Database, new: &NewAuthorization<'_>) {
    authorizations::insert(database, new, START)
        .await
        .expect("insert");
}

/// An authorization that must be there.
pub(crate) async fn found(database: &Database, id: &Digest) -> Authorization {
    authorizations::find(database, id)
        .await
        .expect("find")
        .expect("there")
}

async fn state(database: &Database, name: &str) -> State {
    found(database, &digest(name)).await.state
}

async fn an_authorization_is_found_as_it_was_stored(stage: Stage) {
    let database = &stage.database;
    let person = person();
    let full = NewAuthorization {
        person: Some(person),
        session: Some(digest("session")),
        parent: Some(digest("parent")),
        user_code: Some(digest("WDJB-MJHT")),
        offline: true,
        ..code(digest("full"))
    };
    insert(database, &full).await;
    let expected = Authorization {
        id: digest("full"),
        service: BOURSES.clone(),
        person: Some(person),
        session: Some(digest("session")),
        parent: Some(digest("parent")),
        state: State::Granted,
        offline: true,
        generation: 0,
        access_generation: 0,
        detail: DETAIL.clone(),
        created_at: START,
        used_at: None,
        rotated_at: None,
        expires_at: START + MINUTE,
    };
    assert!(found(database, &digest("full")).await == expected);

    for (name, state) in [
        ("pending", State::Pending),
        ("granted", State::Granted),
        ("redeemed", State::Redeemed),
        ("refused", State::Refused),
        ("revoked", State::Revoked),
    ] {
        let new = NewAuthorization {
            state,
            // Long over: it is found all the same.
            expires_at: START - MINUTE,
            ..code(digest(name))
        };
        insert(database, &new).await;
        let read = found(database, &digest(name)).await;
        let nothing = (read.person, read.session, read.parent, read.offline);
        assert_eq!((read.state, nothing), (state, (None, None, None, false)));
    }
    let none = authorizations::find(database, &digest("unknown")).await;
    assert!(none.expect("find").is_none());

    for taken in [
        code(digest("full")),
        NewAuthorization {
            user_code: Some(digest("WDJB-MJHT")),
            ..code(digest("other"))
        },
    ] {
        let refused = authorizations::insert(database, &taken, START).await;
        assert!(
            matches!(refused, Err(StorageError::Conflict(_))),
            "{refused:?}"
        );
    }
}

async fn oidc_04_a_code_is_redeemed_once_and_not_at_its_end(stage: Stage) {
    let database = &stage.database;
    for name in ["once", "last", "late"] {
        insert(database, &code(digest(name))).await;
    }
    let month = START + 30 * 24 * 60 * MINUTE;
    let redeem = async |name: &str, now: Timestamp| {
        authorizations::redeem(database, &digest(name), month, now)
            .await
            .expect("redeem")
    };
    let first = redeem("once", START + SECOND).await.expect("granted");
    assert_eq!(
        (first.state, first.used_at, first.expires_at),
        (State::Redeemed, Some(START + SECOND), month)
    );
    assert!(first == found(database, &digest("once")).await);
    assert!(redeem("once", START + SECOND).await.is_none());
    assert!(redeem("last", START + MINUTE - TICK).await.is_some());
    assert!(redeem("late", START + MINUTE).await.is_none());
    assert!(redeem("unknown", START).await.is_none());
    // The one that came too late has not been touched.
    let late = found(database, &digest("late")).await;
    assert_eq!(
        (late.state, late.used_at, late.expires_at),
        (State::Granted, None, START + MINUTE)
    );
    for state in [
        State::Pending,
        State::Redeemed,
        State::Refused,
        State::Revoked,
    ] {
        let name = format!("{state:?}");
        let new = NewAuthorization {
            state,
            ..code(digest(&name))
        };
        insert(database, &new).await;
        assert!(redeem(&name, START).await.is_none(), "{name}");
    }
}

/// A family of refresh tokens that lives for an hour.
async fn family(database: &Database, name: &str) -> Digest {
    let new = NewAuthorization {
        state: State::Redeemed,
        expires_at: START + 60 * MINUTE,
        ..code(digest(name))
    };
    insert(database, &new).await;
    new.id
}

async fn oidc_11_a_refresh_token_turns_once_for_each_generation(stage: Stage) {
    let database = &stage.database;
    let id = family(database, "family").await;
    let rotate = async |generation, now| {
        authorizations::rotate(database, &id, generation, now)
            .await
            .expect("rotate")
    };
    for generation in 0..3 {
        let now = START + (generation + 1) * SECOND;
        assert!(rotate(generation + 1, now).await.is_none(), "not yet made");
        let next = rotate(generation, now).await.expect("the valid one");
        assert_eq!(next.generation, generation + 1);
        assert_eq!((next.used_at, next.rotated_at), (Some(now), Some(now)));
        assert!(next == found(database, &id).await);
        assert!(rotate(generation, now).await.is_none(), "replaced");
    }
    assert_eq!(found(database, &id).await.access_generation, 0);
    let end = START + 60 * MINUTE;
    assert!(rotate(3, end).await.is_none(), "absolute lifetime");
    assert!(rotate(3, end - TICK).await.is_some());
    // The end does not move.
    assert_eq!(found(database, &id).await.expires_at, end);

    for state in [
        State::Pending,
        State::Granted,
        State::Refused,
        State::Revoked,
    ] {
        let new = NewAuthorization {
            state,
            ..code(digest(&format!("{state:?}")))
        };
        insert(database, &new).await;
        let none = authorizations::rotate(database, &new.id, 0, START).await;
        assert!(none.expect("rotate").is_none(), "{state:?}");
        let none = authorizations::repeat(database, &new.id, 0).await;
        assert!(none.expect("repeat").is_none(), "{state:?}");
    }
}

async fn oidc_11_a_repeated_token_is_counted_until_the_next_rotation(stage: Stage) {
    let database = &stage.database;
    let id = family(database, "family").await;
    let repeat = async |former| {
        authorizations::repeat(database, &id, former)
            .await
            .expect("repeat")
    };
    let rotate = async |generation| {
        authorizations::rotate(database, &id, generation, START)
            .await
            .expect("rotate")
            .expect("the valid one")
    };
    assert!(repeat(0).await.is_none(), "it is the valid one");
    rotate(0).await;
    for times in 1..=3 {
        let repeated = repeat(0).await.expect("the one before");
        assert_eq!(repeated.times, times);
        assert_eq!(repeated.authorization.generation, 1);
        assert!(repeated.authorization == found(database, &id).await);
    }
    assert!(repeat(1).await.is_none(), "it is the valid one");
    assert!(repeat(u32::MAX).await.is_none(), "there is none such");
    rotate(1).await;
    assert!(repeat(0).await.is_none(), "older than the one before");
    assert_eq!(repeat(1).await.expect("the one before").times, 1);
    authorizations::revoke(database, &id, START)
        .await
        .expect("revoke");
    assert!(repeat(1).await.is_none(), "the family is over");
}

async fn oidc_11_what_is_revoked_stays_so(stage: Stage) {
    let database = &stage.database;
    let revoke = async |id: Digest, now| {
        authorizations::revoke(database, &id, now)
            .await
            .expect("revoke")
    };
    for state in [
        State::Pending,
        State::Granted,
        State::Redeemed,
        State::Refused,
    ] {
        let new = NewAuthorization {
            state,
            ..code(digest(&format!("{state:?}")))
        };
        insert(database, &new).await;
        assert!(revoke(new.id, START + SECOND).await, "{state:?}");
        assert!(!revoke(new.id, START + 2 * SECOND).await, "{state:?}");
        let read = found(database, &new.id).await;
        assert_eq!(
            (read.state, read.used_at),
            (State::Revoked, Some(START + SECOND))
        );
        let end = START + 60 * MINUTE;
        let redeemed = authorizations::redeem(database, &new.id, end, START).await;
        assert!(redeemed.expect("redeem").is_none(), "{state:?}");
        let rotated = authorizations::rotate(database, &new.id, 0, START).await;
        assert!(rotated.expect("rotate").is_none(), "{state:?}");
    }
    // A node whose clock is behind could still redeem it.
    let over = digest("over");
    insert(database, &code(over)).await;
    assert!(revoke(over, START + MINUTE).await);
    let redeemed = authorizations::redeem(database, &over, START + 2 * MINUTE, START).await;
    assert!(redeemed.expect("redeem").is_none());
    assert!(!revoke(digest("unknown"), START).await);
}

async fn oidc_12_access_tokens_are_withdrawn_without_the_rest(stage: Stage) {
    let database = &stage.database;
    let id = family(database, "family").await;
    let before = found(database, &id).await;
    for generation in 1..=2 {
        let withdrawn = authorizations::withdraw_access(database, &id).await;
        assert!(withdrawn.expect("withdraw"));
        let expected = Authorization {
            access_generation: generation,
            ..before.clone()
        };
        assert!(found(database, &id).await == expected);
    }
    let none = authorizations::withdraw_access(database, &digest("unknown")).await;
    assert!(!none.expect("withdraw"));
}

async fn oidc_21_a_device_code_is_answered_once_by_whoever_types_its_code(stage: Stage) {
    let database = &stage.database;
    let person = person();
    let allowed = json!({ "scope": "openid" });
    let device = |name: &str| NewAuthorization {
        state: State::Pending,
        user_code: Some(digest(&format!("{name}'s code"))),
        ..code(digest(name))
    };
    for name in ["yes", "no", "late"] {
        insert(database, &device(name)).await;
    }
    let typed = async |name: &str, now| {
        authorizations::by_user_code(database, &digest(&format!("{name}'s code")), now)
            .await
            .expect("by code")
            .map(|waiting| waiting.id)
    };
    let answer = async |name: &str, state, now| {
        let answer = Answer {
            person,
            session: Some(digest("session")),
            state,
            offline: true,
            detail: &allowed,
        };
        authorizations::answer(database, &digest(name), &answer, now).await
    };
    assert_eq!(typed("yes", START).await, Some(digest("yes")));
    assert_eq!(
        typed("late", START + MINUTE - TICK).await,
        Some(digest("late"))
    );
    assert_eq!(typed("late", START + MINUTE).await, None);
    assert_eq!(typed("nobody", START).await, None);

    assert!(answer("yes", State::Granted, START).await.expect("answer"));
    let granted = found(database, &digest("yes")).await;
    assert_eq!(granted.person, Some(person));
    assert_eq!(granted.session, Some(digest("session")));
    assert_eq!((granted.state, granted.offline), (State::Granted, true));
    assert_eq!(granted.detail, allowed);
    assert_eq!(granted.expires_at, START + MINUTE, "not prolonged by it");
    assert_eq!(typed("yes", START).await, None, "answered");
    assert!(!answer("yes", State::Refused, START).await.expect("answer"));
    assert_eq!(state(database, "yes").await, State::Granted);

    assert!(answer("no", State::Refused, START).await.expect("answer"));
    assert_eq!(state(database, "no").await, State::Refused);
    let end = START + 60 * MINUTE;
    let redeemed = authorizations::redeem(database, &digest("no"), end, START).await;
    assert!(redeemed.expect("redeem").is_none());

    assert!(
        !answer("late", State::Granted, START + MINUTE)
            .await
            .expect("answer")
    );
    assert!(
        !answer("nobody", State::Granted, START)
            .await
            .expect("answer")
    );
    for none in [State::Pending, State::Redeemed, State::Revoked] {
        let refused = answer("late", none, START).await;
        assert!(matches!(refused, Err(StorageError::Defect(_))), "{none:?}");
    }
    assert_eq!(state(database, "late").await, State::Pending);
    // What people type comes back in other requests once it has been answered.
    insert(
        database,
        &NewAuthorization {
            user_code: Some(digest("yes's code")),
            ..device("again")
        },
    )
    .await;
    assert_eq!(typed("yes", START).await, Some(digest("again")));
}

async fn a_session_hands_its_authorizations_on(stage: Stage) {
    let database = &stage.database;
    for (name, session) in [("a", "old"), ("b", "old"), ("c", "other")] {
        let new = NewAuthorization {
            session: Some(digest(session)),
            ..code(digest(name))
        };
        insert(database, &new).await;
    }
    insert(database, &code(digest("none"))).await;
    let moved = async |from: &str, to: &str| {
        authorizations::move_session(database, &digest(from), &digest(to))
            .await
            .expect("move")
    };
    assert_eq!(moved("old", "new").await, 2);
    assert_eq!(moved("old", "new").await, 0);
    for (name, session) in [
        ("a", Some("new")),
        ("b", Some("new")),
        ("c", Some("other")),
        ("none", None),
    ] {
        assert_eq!(
            found(database, &digest(name)).await.session,
            session.map(digest),
            "{name}"
        );
    }
}

async fn a_persons_offline_grants_are_listed_the_newest_first(stage: Stage) {
    let database = &stage.database;
    let (mine, theirs) = (person(), person());
    let listed = async |person, now| {
        authorizations::of_person(database, person, now)
            .await
            .expect("of person")
            .into_iter()
            .map(|grant| grant.id)
            .collect::<Vec<_>>()
    };
    let grant = |name: &str, person| NewAuthorization {
        person: Some(person),
        state: State::Redeemed,
        offline: true,
        ..code(digest(name))
    };
    for (step, name) in ["first", "second"].into_iter().enumerate() {
        let now = START + u32::try_from(step).expect("small") * SECOND;
        authorizations::insert(database, &grant(name, mine), now)
            .await
            .expect("insert");
    }
    insert(database, &grant("theirs", theirs)).await;
    insert(
        database,
        &NewAuthorization {
            offline: false,
            ..grant("dies with its session", mine)
        },
    )
    .await;
    for state in [
        State::Pending,
        State::Granted,
        State::Refused,
        State::Revoked,
    ] {
        let new = NewAuthorization {
            state,
            ..grant(&format!("{state:?}"), mine)
        };
        insert(database, &new).await;
    }
    assert_eq!(
        listed(mine, START).await,
        [digest("second"), digest("first")]
    );
    assert_eq!(listed(theirs, START).await, [digest("theirs")]);
    assert_eq!(listed(mine, START + MINUTE).await, []);
    assert_eq!(listed(person(), START).await, []);

    let many = person();
    for index in 0..=MOST_LISTED {
        insert(database, &grant(&index.to_string(), many)).await;
    }
    assert_eq!(listed(many, START).await.len(), MOST_LISTED);
}

async fn rel_02_everything_of_a_person_or_a_service_is_revoked(stage: Stage) {
    let database = &stage.database;
    let (mine, theirs) = (person(), person());
    let restauration = service("restauration");
    for (name, person, service, state) in [
        ("code", mine, &*BOURSES, State::Granted),
        ("tokens", mine, &*BOURSES, State::Redeemed),
        ("gone", mine, &*BOURSES, State::Revoked),
        ("elsewhere", mine, &restauration, State::Redeemed),
        ("theirs", theirs, &*BOURSES, State::Redeemed),
        ("theirs elsewhere", theirs, &restauration, State::Redeemed),
    ] {
        let new = NewAuthorization {
            person: Some(person),
            service,
            state,
            ..code(digest(name))
        };
        insert(database, &new).await;
    }
    // A client for itself has nobody who could.
    insert(database, &code(digest("its own"))).await;
    // Past the end of them all: what is over by one clock may be alive by another.
    let now = START + 10 * MINUTE;
    let of_person = async |service| {
        authorizations::revoke_of_person(database, mine, service, now)
            .await
            .expect("revoke")
    };
    let alive = async || {
        let mut alive = Vec::new();
        for name in [
            "code",
            "tokens",
            "elsewhere",
            "theirs",
            "theirs elsewhere",
            "its own",
        ] {
            let read = found(database, &digest(name)).await;
            if read.state != State::Revoked {
                alive.push(name);
            } else {
                assert_eq!(read.used_at, Some(now), "{name}");
            }
        }
        alive
    };
    assert_eq!(of_person(Some(&*BOURSES)).await, 2);
    assert_eq!(of_person(Some(&*BOURSES)).await, 0);
    assert_eq!(
        alive().await,
        ["elsewhere", "theirs", "theirs elsewhere", "its own"]
    );
    assert_eq!(of_person(None).await, 1);
    assert_eq!(alive().await, ["theirs", "theirs elsewhere", "its own"]);
    let of_service = async || {
        authorizations::revoke_of_service(database, &BOURSES, now)
            .await
            .expect("revoke")
    };
    assert_eq!(of_service().await, 2);
    assert_eq!(of_service().await, 0);
    assert_eq!(alive().await, ["theirs elsewhere"]);
}

async fn expired_authorizations_are_swept_a_thousand_at_a_time_and_no_others(stage: Stage) {
    let database = &stage.database;
    for index in 0..1003 {
        insert(database, &code(digest(&index.to_string()))).await;
    }
    let id = digest("7");
    let end = START + 2 * MINUTE;
    authorizations::redeem(database, &id, end, START)
        .await
        .expect("redeem")
        .expect("granted");
    let sweep = async |now| authorizations::sweep(database, now).await.expect("sweep");
    assert_eq!(sweep(START + MINUTE - TICK).await, 0);
    assert_eq!(sweep(START + MINUTE).await, 1002);
    assert_eq!(found(database, &id).await.state, State::Redeemed);
    assert_eq!(sweep(end).await, 1);
    assert_eq!(sweep(end).await, 0);
    let gone = authorizations::find(database, &id).await;
    assert!(gone.expect("find").is_none());
}

async fn log_02_debug_shows_nothing_of_what_was_allowed(stage: Stage) {
    insert(&stage.database, &code(digest("code"))).await;
    let shown = format!("{:?}", found(&stage.database, &digest("code")).await);
    assert!(shown.contains("bourses"), "{shown}");
    for hidden in ["secret", "scope", "openid"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}

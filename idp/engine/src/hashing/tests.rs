//! Argon2id, the queue, and hashes of other systems: read, refused, wrapped and checked.

mod old;

use super::*;
use clau_domain::random::SeededForTests;

fn password(text: &str) -> Password {
    Password::typed(text).expect("not empty")
}

async fn check(hasher: &Hasher, text: &str, stored: Option<&str>) -> Result<Check, Error> {
    hasher.check(hasher.place()?, password(text), stored).await
}

fn settings(threads: usize, queue: usize) -> Passwords {
    Passwords {
        memory_kib: 19 * 1024,
        passes: 2,
        threads,
        queue,
    }
}

#[tokio::test]
async fn pwd_01_hashes_are_argon2id_and_checked_again() {
    let hasher = Hasher::start(settings(1, 10)).expect("starts");
    let hash = hasher
        .hash(password("correct horse"), &SeededForTests::new(1))
        .await
        .expect("hash");
    assert!(
        hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
        "{hash}"
    );
    assert!(hasher.understands(&hash));
    for (text, expected) in [
        ("correct horse", Check::Right),
        ("correct horsf", Check::Wrong),
    ] {
        assert_eq!(check(&hasher, text, Some(&hash)).await.ok(), Some(expected));
    }
    assert_eq!(check(&hasher, "x", None).await.ok(), Some(Check::Wrong));
    assert!(
        Hasher::start(Passwords {
            memory_kib: 8 * 1024,
            ..settings(1, 1)
        })
        .is_err()
    );
}

#[tokio::test]
async fn pwd_01_stored_parameters_are_bounded_on_read() {
    let hasher = Hasher::start(settings(1, 10)).expect("starts");
    for hostile in [
        "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=19456,t=4000000,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "plain",
        "",
    ] {
        assert_eq!(
            check(&hasher, "x", Some(hostile)).await.ok(),
            Some(Check::Wrong)
        );
    }
}

#[tokio::test]
async fn pwd_01_older_parameters_are_told() {
    let strong = Hasher::start(Passwords {
        passes: 3,
        ..settings(1, 10)
    })
    .expect("starts");
    let weak = Hasher::start(settings(1, 10)).expect("starts");
    let hash = weak
        .hash(password("a password"), &SeededForTests::new(1))
        .await
        .expect("hash");
    let checked = check(&strong, "a password", Some(&hash)).await;
    assert_eq!(checked.ok(), Some(Check::RightButOld));
}

#[tokio::test]
async fn pwd_09_past_the_queue_the_answer_is_at_once_and_the_abandoned_are_skipped() {
    let hasher = Arc::new(Hasher::start(settings(1, 2)).expect("starts"));
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let hasher = Arc::clone(&hasher);
        waiting.push(tokio::spawn(async move { check(&hasher, "x", None).await }));
    }
    let mut busy = 0;
    for task in waiting {
        busy += usize::from(matches!(task.await.expect("no panic"), Err(Error::Busy)));
    }
    assert!(
        (1..20).contains(&busy),
        "{busy} of 20 were told to come back"
    );
    // Clients who hang up leave jobs that cost nothing, and the queue works on.
    for _ in 0..2 {
        let asked = tokio::time::timeout(Duration::ZERO, check(&hasher, "x", None));
        assert!(asked.await.is_err());
    }
    assert_eq!(check(&hasher, "x", None).await.ok(), Some(Check::Wrong));
}

//! Many callers at once, on two nodes: each step of an authorization happens once (OIDC-04, OIDC-11).

use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;
use clau_storage::Database;
use clau_storage::authorizations::{self, Answer, Authorization, NewAuthorization, State};
use serde_json::json;

use crate::authorizations::{code, found, insert};
use crate::folk;
use crate::stage::{MINUTE, START, Stage, digest};

on_both_engines!(
    oidc_04_of_many_that_redeem_a_code_at_once_one_gets_it,
    oidc_11_of_many_that_bring_the_same_refresh_token_one_turns_it,
    oidc_11_repeats_at_once_are_each_counted,
    oidc_11_what_is_revoked_while_it_turns_ends_revoked,
    oidc_21_of_many_that_answer_a_device_one_is_heard,
);

const ROUNDS: usize = 10;
const CALLERS: usize = 40;
const END: Timestamp = Timestamp::from_millis(START.as_millis() + 3_600_000);

/// Runs a call many times at once, by turns on two nodes; what each of them got.
async fn at_once<T, F>(stage: &Stage, call: impl Fn(Database, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let other = Database::open(&stage.config).await.expect("a second node");
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let node = if caller % 2 == 0 {
            stage.database.clone()
        } else {
            other.clone()
        };
        callers.spawn(call(node, caller));
    }
    callers.join_all().await
}

async fn family(database: &Database, round: usize) -> Digest {
    let new = NewAuthorization {
        state: State::Redeemed,
        expires_at: END,
        ..code(digest(&round.to_string()))
    };
    insert(database, &new).await;
    new.id
}

async fn rotate(database: &Database, id: Digest, generation: u32) -> Option<Authorization> {
    authorizations::rotate(database, &id, generation, START)
        .await
        .expect("rotate")
}

async fn oidc_04_of_many_that_redeem_a_code_at_once_one_gets_it(stage: Stage) {
    for round in 0..ROUNDS {
        let id = digest(&round.to_string());
        insert(&stage.database, &code(id)).await;
        let outcomes = at_once(&stage, |node, _| async move {
            authorizations::redeem(&node, &id, END, START)
                .await
                .expect("redeem")
        })
        .await;
        let won: Vec<_> = outcomes.into_iter().flatten().collect();
        assert_eq!(won.len(), 1, "round {round}");
        assert!(won[0] == found(&stage.database, &id).await);
    }
}

async fn oidc_11_of_many_that_bring_the_same_refresh_token_one_turns_it(stage: Stage) {
    let id = family(&stage.database, 0).await;
    for generation in 0..10 {
        let outcomes = at_once(&stage, |node, _| async move {
            rotate(&node, id, generation).await
        })
        .await;
        let won: Vec<_> = outcomes
            .iter()
            .flatten()
            .map(|next| next.generation)
            .collect();
        assert_eq!(won, [generation + 1]);
    }
}

async fn oidc_11_repeats_at_once_are_each_counted(stage: Stage) {
    let id = family(&stage.database, 0).await;
    rotate(&stage.database, id, 0).await.expect("the valid one");
    let outcomes = at_once(&stage, |node, _| async move {
        let repeated = authorizations::repeat(&node, &id, 0).await.expect("repeat");
        repeated.expect("the one before").times
    })
    .await;
    let mut times: Vec<_> = outcomes
        .into_iter()
        .map(|times| usize::try_from(times).expect("small"))
        .collect();
    times.sort_unstable();
    assert_eq!(times, (1..=CALLERS).collect::<Vec<_>>());
}

async fn oidc_11_what_is_revoked_while_it_turns_ends_revoked(stage: Stage) {
    for round in 0..ROUNDS {
        let id = family(&stage.database, round).await;
        let outcomes = at_once(&stage, |node, caller| async move {
            if caller == CALLERS / 2 {
                let revoked = authorizations::revoke(&node, &id, START).await;
                assert!(revoked.expect("revoke"));
            }
            // Whatever turned, its token is worth nothing after the revocation.
            rotate(&node, id, 0).await.is_some()
        })
        .await;
        let turned = outcomes.into_iter().filter(|turned| *turned).count();
        let after = found(&stage.database, &id).await;
        assert_eq!(after.state, State::Revoked, "round {round}");
        assert_eq!(usize::try_from(after.generation), Ok(turned));
        assert!(turned <= 1, "round {round}");
        assert!(rotate(&stage.database, id, 1).await.is_none());
    }
}

async fn oidc_21_of_many_that_answer_a_device_one_is_heard(stage: Stage) {
    for round in 0..ROUNDS {
        let waiting = NewAuthorization {
            state: State::Pending,
            user_code: Some(digest("code")),
            expires_at: START + MINUTE,
            ..code(digest(&round.to_string()))
        };
        let id = waiting.id;
        insert(&stage.database, &waiting).await;
        let outcomes = at_once(&stage, |node, caller| async move {
            let (person, detail) = (folk::id(), json!({ "answer": caller }));
            let answer = Answer {
                person,
                session: None,
                state: if caller % 3 == 0 {
                    State::Granted
                } else {
                    State::Refused
                },
                offline: false,
                detail: &detail,
            };
            let heard = authorizations::answer(&node, &id, &answer, START)
                .await
                .expect("answer");
            heard.then_some((answer.state, person, detail))
        })
        .await;
        let heard: Vec<_> = outcomes.into_iter().flatten().collect();
        let after = found(&stage.database, &id).await;
        let read = after
            .person
            .map(|person| (after.state, person, after.detail));
        assert_eq!(heard, Vec::from_iter(read), "round {round}");
    }
}

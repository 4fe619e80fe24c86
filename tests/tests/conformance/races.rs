//! What is good once is good once, on two nodes that share PostgreSQL and Redis and are asked at the same
//! moment: codes, refresh tokens, pushed requests, DPoP proofs, client assertions (OIDC-04, 08, 11, 16,
//! 22; REL-01).

use std::sync::Arc;
use std::time::{Duration, Instant};

use clau_tests::support::http::{Answer, Visitor};
use clau_tests::support::hub::{Setup, Stores};
use clau_tests::support::{postgres, redis};
use reqwest::StatusCode;
use reqwest::header::{self, HeaderName};
use tokio::runtime::Runtime;
use tokio::sync::{OnceCell, oneshot};
use tokio::task::JoinSet;

use crate::checks;
use crate::client::{Ask, Headers, Rp};
use crate::dpop;
use crate::fields::Fields;
use crate::jose::Key;
use crate::modules::{Done, flow};
use crate::person::End;
use crate::world::World;

const ROUNDS: usize = 20;
const AT_ONCE: usize = 12;
/// The hub stops a session that comes back for the same client again and again.
const ROUNDS_OF_A_SESSION: usize = 8;

/// Two nodes and a world of their own. What balances between them lives on a thread of its own: it has to
/// outlive the test that comes first.
async fn world() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    let start = async || {
        let (tell, told) = oneshot::channel();
        std::thread::spawn(move || {
            let runtime = Runtime::new().expect("the system gives threads");
            runtime.block_on(async {
                let stores = Stores::Shared {
                    database: postgres::shared().fresh_database(),
                    tickets: redis::shared().url(0),
                };
                let world = World::start(Setup::new(stores).nodes(2)).await;
                // Whoever waited may have failed meanwhile.
                let _ = tell.send(world);
                std::future::pending::<()>().await;
            });
        });
        told.await.expect("both nodes start")
    };
    WORLD.get_or_init(start).await
}

/// Connections to both nodes, kept over the rounds.
struct Nodes([Arc<Visitor>; 2]);

impl Nodes {
    fn of(world: &World) -> Self {
        Self([
            world.hub.visitor_at(0).into(),
            world.hub.visitor_at(1).into(),
        ])
    }

    /// The same request on both nodes, many times at once; how long it took, and every answer. `body`
    /// is a form to be posted.
    async fn volley(
        &self,
        url: &str,
        body: Option<&Fields>,
        headers: &Headers,
    ) -> (Duration, Vec<Answer>) {
        let begun = Instant::now();
        let mut requests = JoinSet::new();
        for number in 0..AT_ONCE {
            let visitor = Arc::clone(&self.0[number % 2]);
            let (url, body, headers) = (url.to_owned(), body.cloned(), headers.clone());
            requests.spawn(async move {
                let headers: Vec<(HeaderName, &str)> = headers
                    .iter()
                    .map(|(name, value)| (name.clone(), value.as_str()))
                    .collect();
                match body {
                    Some(body) => visitor.post(&url, &body.pairs(), &headers).await,
                    None => visitor.get_with(&url, &headers).await,
                }
            });
        }
        let answers = requests.join_all().await;
        (begun.elapsed(), answers)
    }
}

/// Splits answers into the ones that were good and the rest.
fn split(answers: Vec<Answer>) -> (Vec<Answer>, Vec<Answer>) {
    answers
        .into_iter()
        .partition(|answer| answer.status == StatusCode::OK)
}

async fn strict() -> Rp {
    Rp::known_at(world().await, "strict").await
}

fn request(rp: &Rp) -> Ask {
    rp.ask("openid offline_access").pkce()
}

async fn done(rp: &Rp) -> Done {
    flow(&world().await.somebody(), rp, &request(rp)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_04_a_code_is_redeemed_once_on_two_nodes() {
    let rp = strict().await;
    let nodes = Nodes::of(rp.world);
    let url = rp.endpoint("token_endpoint");
    let mut person = rp.world.somebody();
    for round in 0..ROUNDS {
        if round % ROUNDS_OF_A_SESSION == 0 {
            person = rp.world.somebody();
        }
        let ask = request(&rp);
        let visit = person.open(&rp.authorize_url(&ask)).await;
        let code = rp.granted(&visit, &ask);
        let mut headers = Vec::new();
        let fields = rp.authenticated(rp.code_fields(&code, &ask), &mut headers);
        let (_, answers) = nodes.volley(&url, Some(&fields), &headers).await;
        let (won, lost) = split(answers);
        assert_eq!(won.len(), 1, "round {round}");
        lost.iter().for_each(checks::invalid_grant);
        // Whoever came second has ended it for whoever came first, however close they were.
        let tokens = checks::tokens(&won[0], &rp);
        assert!(!rp.is_good(&tokens.access_token).await, "round {round}");
        checks::invalid_grant(&rp.refresh(tokens.refresh(), None).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_11_a_refresh_token_is_rotated_once_on_two_nodes() {
    let rp = strict().await;
    let nodes = Nodes::of(rp.world);
    let url = rp.endpoint("token_endpoint");
    let mut decided = 0;
    for round in 0..ROUNDS {
        let token = done(&rp).await.tokens.refresh().to_owned();
        let mut headers = Vec::new();
        let fields = Fields::of(&[("grant_type", "refresh_token"), ("refresh_token", &token)]);
        let fields = rp.authenticated(fields, &mut headers);
        let (took, answers) = nodes.volley(&url, Some(&fields), &headers).await;
        let (won, lost) = split(answers);
        lost.iter().for_each(checks::invalid_grant);
        assert!(!won.is_empty(), "round {round}: nobody");
        // Who asks more than a second later has lost an answer, and is given it once more.
        if took < Duration::from_millis(900) {
            assert_eq!(won.len(), 1, "round {round}");
            decided += 1;
        }
    }
    assert!(
        decided >= ROUNDS / 2,
        "only {decided} rounds were fast enough"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_16_a_pushed_request_is_opened_once_on_two_nodes() {
    let rp = strict().await;
    let mut person = rp.world.somebody();
    for round in 0..ROUNDS {
        if round % ROUNDS_OF_A_SESSION == 0 {
            person = rp.world.somebody();
            person.sign_in().await;
        }
        let ask = request(&rp);
        let url = rp.pushed_url(&rp.pushed(&ask).await);
        let mut visits = JoinSet::new();
        for number in 0..AT_ONCE {
            let (person, url) = (person.at_node(number % 2), url.clone());
            visits.spawn(async move { person.look(&url).await });
        }
        let codes = visits
            .join_all()
            .await
            .into_iter()
            .filter(|visit| match &visit.end {
                End::Back(reply) => reply.fields.value("code").is_some(),
                End::Page(page) => {
                    assert!(page.status.is_client_error(), "{}", page.status);
                    false
                }
            });
        assert_eq!(codes.count(), 1, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_22_a_proof_is_taken_once_on_two_nodes() {
    let mut rp = strict().await;
    let key = Arc::new(Key::generate("ES256"));
    rp.dpop = Some(Arc::clone(&key));
    let nodes = Nodes::of(rp.world);
    let url = rp.endpoint("userinfo_endpoint");
    let token = done(&rp).await.tokens.access_token;
    let mut nonce = None;
    for round in 0..ROUNDS {
        let proof = dpop::Proof::new("GET", &url)
            .token(&token)
            .nonce(nonce.clone());
        let headers = vec![
            (header::AUTHORIZATION, format!("DPoP {token}")),
            (dpop::HEADER, proof.sign(&key)),
        ];
        let (_, answers) = nodes.volley(&url, None, &headers).await;
        if let Some(wanted) = answers.iter().find_map(dpop::nonce_wanted) {
            nonce = Some(wanted);
            continue;
        }
        let (won, lost) = split(answers);
        assert_eq!(won.len(), 1, "round {round}");
        for answer in &lost {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.body);
        }
    }
    assert!(rp.is_good(&token).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_08_an_assertion_is_taken_once_on_two_nodes() {
    let world = world().await;
    let rp = Rp::known_at(world, "assertion").await;
    let nodes = Nodes::of(world);
    let url = rp.endpoint("revocation_endpoint");
    for round in 0..ROUNDS {
        let mut headers = Vec::new();
        let fields = rp.authenticated(Fields::of(&[("token", "nothing")]), &mut headers);
        let (_, answers) = nodes.volley(&url, Some(&fields), &headers).await;
        let (won, lost) = split(answers);
        assert_eq!(won.len(), 1, "round {round}");
        lost.iter().for_each(checks::invalid_client);
    }
}

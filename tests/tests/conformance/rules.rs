//! The rules OIDC-01 … OIDC-22 of the security reference, seen from outside of one running hub; what a
//! single function can prove is tested in `idp/protocols/oidc`.

mod addresses;
mod clients;
mod codes;
mod cors;
mod exchange;
mod leaving;
mod people;
mod silence;
mod steps;
mod tokens;

use clau_tests::support::http::Answer;

use crate::checks;
use crate::client::{Ask, Rp};
use crate::fields::Fields;
use crate::modules::{Done, flow, somebody};

/// A request that a strict client makes.
fn request(rp: &Rp) -> Ask {
    rp.ask("openid profile offline_access").pkce()
}

/// Somebody's flow with a strict client.
async fn done(rp: &Rp) -> Done {
    flow(&somebody().await, rp, &request(rp)).await
}

/// A code that nobody has presented yet.
async fn code(rp: &Rp) -> (String, Ask) {
    let ask = request(rp);
    let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
    (rp.granted(&visit, &ask), ask)
}

/// Posts a form to the token endpoint with headers of the test's own.
async fn post_raw(rp: &Rp, fields: &Fields, headers: &crate::client::Headers) -> Answer {
    let url = rp.endpoint("token_endpoint");
    rp.send(reqwest::Method::POST, &url, headers, Some(fields))
        .await
}

/// What is told of a token that is no good: that it is not, and nothing else (OIDC-12).
fn inactive(answer: &Answer) {
    assert_eq!(answer.status, reqwest::StatusCode::OK, "{}", answer.body);
    assert_eq!(
        checks::json_body(answer),
        serde_json::json!({"active": false})
    );
}

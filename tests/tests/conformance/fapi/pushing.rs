//! Modules about references to pushed requests (RFC 9126): used once, in time, by their own client, and
//! the only thing that counts.

use std::time::Duration;

use reqwest::{Method, StatusCode};

use super::{first, flow, request, second, url};
use crate::checks;
use crate::client::{PAR, Rp};
use crate::jose;
use crate::modules::{finish, somebody};
use crate::person::{End, Visit, has_password};

/// A reference that is not good: a page that says so, or `invalid_request_uri` to the client.
fn not_good(visit: &Visit, rp: &Rp) {
    assert_eq!(visit.shown, []);
    match &visit.end {
        End::Page(page) => {
            assert!(page.status.is_client_error(), "{}", page.status);
            assert!(!has_password(page));
        }
        End::Back(reply) => {
            assert_eq!(reply.to, rp.redirect_uri);
            checks::refused_anywhere(reply, &["invalid_request_uri", "invalid_request"]);
        }
    }
}

/// The suite warns where the second visit fails, and takes it: this hub spends a reference when it is
/// first opened (OIDC-16), so that nobody who finds the address later can go on with it.
#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds()
 {
    let rp = first().await;
    let ask = request(&rp);
    let address = url(&rp, &rp.pushed(&ask).await, &ask);
    let person = somebody().await;
    let seen = person.look(&address).await;
    assert!(has_password(seen.page()));
    not_good(&person.open(&address).await, &rp);
    // The page that was open already still leads to the end.
    let form = seen.page().form_with("password");
    let form = form
        .with("username", &person.login)
        .with("password", crate::world::PASSWORD);
    let answer = person.visitor.submit(&form).await;
    let visit = person.go_on(answer, true).await;
    finish(visit, &rp, &ask).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_attempt_reuse_request_uri() {
    let rp = first().await;
    let ask = request(&rp);
    let address = url(&rp, &rp.pushed(&ask).await, &ask);
    let person = somebody().await;
    finish(person.open(&address).await, &rp, &ask).await;
    not_good(&person.open(&address).await, &rp);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_attempt_to_use_expired_request_uri() {
    let rp = first().await;
    let ask = request(&rp);
    let answer = rp.push(&ask).await;
    let life = answer.json()["expires_in"].as_u64().expect("a life");
    assert!(life <= 90, "{life} s is long for a request");
    let address = url(&rp, &checks::pushed(&answer), &ask);
    tokio::time::sleep(Duration::from_secs(life + 2)).await;
    not_good(&somebody().await.open(&address).await, &rp);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_attempt_to_use_request_uri_for_different_client() {
    let (one, two) = (first().await, second().await);
    let ask = request(&one);
    let request_uri = one.pushed(&ask).await;
    let visit = somebody()
        .await
        .open(&url(&two, &request_uri, &request(&two)))
        .await;
    not_good(&visit, &two);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_authorization_request_containing_request_uri_form_param()
{
    let rp = first().await;
    for uri in [
        "urn:ietf:params:oauth:request_uri:abcdefghijklmnopqrstuv",
        "https://rp.essais.example/r",
    ] {
        let ask = request(&rp).with("request_uri", uri);
        let expected = [
            "invalid_request",
            "invalid_request_object",
            "request_uri_not_supported",
        ];
        checks::json_error(&rp.push(&ask).await, &[400], &expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_attempt_invalid_http_method() {
    let rp = first().await;
    let mut headers = Vec::new();
    let fields = rp.authenticated(request(&rp).fields, &mut headers);
    let answer = rp
        .send(Method::PUT, &rp.endpoint(PAR), &headers, Some(&fields))
        .await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    let url = format!("{}?{}", rp.endpoint(PAR), fields.encoded());
    let answer = rp.send(Method::GET, &url, &headers, None).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_par_without_duplicate_parameters() {
    let rp = first().await;
    let ask = request(&rp);
    let request_uri = rp.pushed(&ask).await;
    let visit = somebody().await.open(&rp.pushed_url(&request_uri)).await;
    finish(visit, &rp, &ask).await;
}

/// A parameter beside the reference counts for nothing.
async fn overlooked(name: &str) {
    let rp = first().await;
    let ask = request(&rp);
    let request_uri = rp.pushed(&ask).await;
    let address = format!(
        "{}&{name}={}",
        url(&rp, &request_uri, &ask),
        jose::random(20)
    );
    let visit = somebody().await.open(&address).await;
    finish(visit, &rp, &ask).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_different_nonce_inside_and_outside_request_object() {
    overlooked("nonce").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_different_state_inside_and_outside_request_object() {
    overlooked("state").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_state_only_outside_request_object_not_used() {
    let rp = first().await;
    let ask = request(&rp).without("state");
    let request_uri = rp.pushed(&ask).await;
    let address = format!(
        "{}&state={}",
        url(&rp, &request_uri, &ask),
        jose::random(20)
    );
    let visit = somebody().await.open(&address).await;
    finish(visit, &rp, &ask).await;
}

/// A long value comes back whole, or the request is refused when it is pushed.
async fn long(name: &str, length: usize) {
    let rp = first().await;
    let ask = request(&rp).with(name, jose::random(length));
    let answer = rp.push(&ask).await;
    if answer.status == StatusCode::CREATED {
        flow(&somebody().await, &rp, &ask).await;
    } else {
        checks::json_error(&answer, &[400], &["invalid_request"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_authorization_request_with_long_nonce() {
    long("nonce", 384).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fapi2_security_profile_final_ensure_authorization_request_with_long_state() {
    long("state", 1_000).await;
}

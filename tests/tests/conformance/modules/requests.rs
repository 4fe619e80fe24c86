//! Modules in which the request is not as it should be, or asks for what the hub does not do.

use clau_tests::support::endpoint::{Behaviour, Endpoint};
use reqwest::StatusCode;
use serde_json::json;

use super::{Setting, flow, somebody};
use crate::checks;
use crate::client::{Ask, Rp};
use crate::fields::Fields;
use crate::jose;
use crate::person::{End, Visit};

pub(crate) async fn oidcc_response_type_missing(setting: &Setting) {
    let rp = setting.rp().await;
    let ask = rp.ask("openid").without("response_type");
    let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
    assert_eq!(visit.shown, []);
    let expected = ["invalid_request", "unsupported_response_type"];
    checks::refused(&visit, &rp, &ask, &expected);
}

pub(crate) async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(setting: &Setting) {
    let rp = setting.rp().await;
    let ask = rp.ask("openid").without("nonce");
    flow(&somebody().await, &rp, &ask).await;
}

pub(crate) async fn oidcc_ensure_request_without_nonce_fails(setting: &Setting) {
    let rp = setting.rp().await;
    let ask = rp.ask("openid").without("nonce");
    let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
    assert_eq!(visit.shown, []);
    checks::refused(&visit, &rp, &ask, &["invalid_request"]);
}

pub(crate) async fn oidcc_ensure_registered_redirect_uri(setting: &Setting) {
    let rp = setting.rp().await;
    let elsewhere = format!("{}/{}", rp.redirect_uri, jose::random(10));
    let ask = rp.ask("openid").with("redirect_uri", elsewhere);
    let person = somebody().await;
    person
        .open(&rp.authorize_url(&ask))
        .await
        .assert_refused_on_a_page();
    // Whoever is signed in already is not sent there either.
    person.sign_in().await;
    person
        .open(&rp.authorize_url(&ask))
        .await
        .assert_refused_on_a_page();
}

/// A request object without signature, by value: never overlooked, and never believed.
pub(crate) async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    setting: &Setting,
) {
    let rp = setting.rp().await;
    none_is_not_offered(&rp);
    let (ask, outside) = by_value(&rp);
    let visit = somebody().await.open(&rp.authorize_url_of(&outside)).await;
    assert_not_taken(&visit, &rp, &ask, "request_not_supported");
}

/// The address inside the object is good, the one outside is not: neither is used.
pub(crate) async fn oidcc_ensure_request_object_with_redirect_uri(setting: &Setting) {
    let rp = setting.rp().await;
    none_is_not_offered(&rp);
    let (_, outside) = by_value(&rp);
    let outside = outside.with(
        "redirect_uri",
        format!("{}/{}", rp.redirect_uri, jose::random(10)),
    );
    let visit = somebody().await.open(&rp.authorize_url_of(&outside)).await;
    visit.assert_refused_on_a_page();
}

/// A request object that would have to be fetched: refused, and never fetched.
pub(crate) async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    setting: &Setting,
) {
    let endpoint = Endpoint::start(Behaviour::Status(200)).await;
    let rp = setting
        .registered(json!({"request_uris": [endpoint.url("/request")]}))
        .await;
    none_is_not_offered(&rp);
    assert_eq!(rp.metadata["request_uri_parameter_supported"], false);
    let ask = rp.ask("openid");
    let outside = outside(&rp, &ask).with("request_uri", endpoint.url("/request"));
    let visit = somebody().await.open(&rp.authorize_url_of(&outside)).await;
    assert_not_taken(&visit, &rp, &ask, "request_uri_not_supported");
    assert_eq!(endpoint.received(), [], "fetched");
}

fn none_is_not_offered(rp: &Rp) {
    let offered = rp.metadata["request_object_signing_alg_values_supported"].as_array();
    assert!(!offered.expect("a list").contains(&json!("none")));
}

/// A request inside an unsigned object, with what has to stand outside as well.
fn by_value(rp: &Rp) -> (Ask, Fields) {
    let ask = rp.ask("openid");
    let mut claims = json!({"iss": rp.id, "aud": rp.world.issuer()});
    for (name, value) in ask.fields.pairs() {
        claims[name] = json!(value);
    }
    let outside = outside(rp, &ask).with("request", jose::none(&claims));
    (ask, outside)
}

/// What OIDC Core §6.1 wants outside of a request object.
fn outside(rp: &Rp, ask: &Ask) -> Fields {
    Fields::of(&[
        ("client_id", &rp.id),
        ("response_type", rp.response_type),
        ("scope", "openid"),
        (
            "redirect_uri",
            ask.fields.value("redirect_uri").expect("set"),
        ),
    ])
}

/// A page that says no, or an error to the client; never a login on the strength of what was sent.
fn assert_not_taken(visit: &Visit, rp: &Rp, _ask: &Ask, unsupported: &str) {
    assert_eq!(visit.shown, [], "somebody was asked to sign in");
    match &visit.end {
        End::Page(page) => {
            assert!(page.status.is_client_error(), "{}", page.status);
            assert_ne!(page.status, StatusCode::NOT_FOUND);
        }
        End::Back(reply) => {
            assert_eq!(reply.to, rp.redirect_uri);
            let expected = [unsupported, "invalid_request_object", "invalid_request_uri"];
            checks::refused_anywhere(reply, &expected);
        }
    }
}

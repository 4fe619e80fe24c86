//! openid-client on Node signs people in through the hub as a client without a secret and as one that
//! holds to FAPI 2.0, signs in a device, reads claims, refreshes, looks into tokens and takes them back,
//! and is told when people sign out.

use std::time::Duration;

use clau_tests::support::http::{Answer, Visitor};
use clau_tests::support::hub::{Hub, Stores};
use clau_tests::support::openid_client::OpenidClient;
use clau_tests::support::process::eventually;
use reqwest::StatusCode;
use serde_json::json;

use crate::scene::{
    PUPIL, TEACHER, assert_refreshed, assert_wants_a_password, hub_at_free_ports, shared_stores,
    sign_in_at, sign_out_at, wait_until_out,
};

/// How long a device may take to hear that it was let in: it asks every five seconds.
const DEVICE_LIMIT: Duration = Duration::from_secs(30);

async fn start(stores: Stores) -> (Hub, OpenidClient) {
    let (hub, ports) = hub_at_free_ports(stores).await;
    let client = OpenidClient::start(ports.openid_client, hub.port());
    (hub, client)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fapi_client_pushes_its_request_and_binds_its_tokens() {
    let (hub, client) = start(shared_stores()).await;
    let visitor = Visitor::new();
    // The browser carries a reference and who it is from, nothing else.
    let departure = visitor.get(client.fapi("login")).await;
    let mut carried: Vec<String> = departure
        .location()
        .unwrap_or_else(|| panic!("{}\n{}", departure.body, client.log()))
        .query_pairs()
        .map(|(name, _)| name.into_owned())
        .collect();
    carried.sort();
    assert_eq!(carried, ["client_id", "request_uri"]);

    let known = sign_in_at(&hub, &visitor, &client.fapi("login"), PUPIL)
        .await
        .json();
    assert_eq!(
        known["claims"]["given_name"],
        "Léa",
        "{known}\n{}",
        client.log()
    );
    assert_eq!(
        known["claims"]["ent_profiles"],
        json!(["National_ELV"]),
        "{known}"
    );
    assert!(known["claims"]["email"].is_null(), "{known}");
    assert_eq!(known["tokens"]["type"], "dpop", "{known}");

    let refreshed = visitor.follow(client.fapi("refresh")).await.json();
    assert_refreshed(&known, &refreshed);
    assert_eq!(refreshed["tokens"]["type"], "dpop", "{refreshed}");

    let told = visitor.get(client.fapi("introspect")).await.json();
    assert_eq!(told["active"], true, "{told}\n{}", client.log());
    assert_eq!(told["client_id"], "openid-client-fapi", "{told}");
    assert_eq!(told["sub"], known["sub"], "{told}");
    assert!(told["cnf"]["jkt"].is_string(), "{told}");

    let answer = visitor.get(client.fapi("revoke")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let refused = visitor.get(client.fapi("refresh")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    assert_eq!(refused.json()["error"], "invalid_grant");
    // The grant is gone, and with it the access token that it gave last.
    let told = visitor.get(client.fapi("introspect")).await.json();
    assert_eq!(told, json!({ "active": false }));
    let refused = visitor.get(client.fapi("userinfo")).await;
    assert_eq!(refused.json()["error"], "invalid_token", "{}", client.log());

    hub.log_out(&visitor).await;
    wait_until_out(&visitor, &client.fapi("session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_of_a_client_without_a_secret_signs_out_of_the_hub_and_of_the_others() {
    let (hub, client) = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    let known = sign_in_at(&hub, &visitor, &client.public("login"), TEACHER)
        .await
        .json();
    assert_eq!(
        known["claims"]["email"],
        "claire.dufour@essais.example",
        "{known}\n{}",
        client.log()
    );
    assert!(known["claims"]["preferred_username"].is_null(), "{known}");
    assert_eq!(known["tokens"]["type"], "dpop", "{known}");
    let refreshed = visitor.follow(client.public("refresh")).await.json();
    assert_refreshed(&known, &refreshed);
    let claims = visitor.get(client.public("userinfo")).await.json();
    assert_eq!(claims, known["claims"], "{}", client.log());
    // No second login at the other one.
    let other = visitor.follow(client.fapi("login")).await.json();
    assert_eq!(other["claims"]["given_name"], "Claire", "{other}");

    let answer = sign_out_at(&visitor, &client.public("logout")).await;
    assert_eq!(
        answer.url.path(),
        "/public/goodbye",
        "{} {}",
        answer.url,
        answer.text()
    );
    assert_eq!(
        answer.json(),
        json!({ "signed_in": false, "came_back": true })
    );
    assert_wants_a_password(&hub, &visitor).await;
    wait_until_out(&visitor, &client.fapi("session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_let_in_by_a_person_elsewhere_and_goes_on_without_them() {
    let (hub, client) = start(Stores::Embedded).await;
    // The device shows a code …
    let shown = Visitor::new().get(client.public("device")).await.json();
    let code = shown["user_code"]
        .as_str()
        .unwrap_or_else(|| panic!("{shown}\n{}", client.log()));
    assert_eq!(code.len(), "WDJB-MJHT".len(), "{shown}");
    let pending = Visitor::new()
        .get(client.public("device/session"))
        .await
        .json();
    assert_eq!(pending["state"], "pending", "{pending}");

    // … which a person takes from its picture with a telephone.
    let person = Visitor::new();
    let address = shown["verification_uri_complete"]
        .as_str()
        .unwrap_or_default();
    let page = sign_in_at(&hub, &person, address, PUPIL).await;
    let page = submit_if_any(&person, page, "user_code").await;
    assert!(page.text().contains(code), "{}", page.text());
    let form = page.form_with("code").with("decision", "allow");
    let done = person.submit(&form).await;
    let done = person.follow_on(done).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());

    let device = Visitor::new();
    let known = eventually("the device is let in", DEVICE_LIMIT, async || {
        let known = device.get(client.public("device/session")).await.json();
        (known["state"] != "pending").then_some(known)
    })
    .await;
    assert_eq!(known["state"], "signed_in", "{known}\n{}", client.log());
    assert_eq!(known["claims"]["given_name"], "Léa", "{known}");

    // The person leaves; the device was given access that outlives the session.
    hub.log_out(&person).await;
    let refreshed = device.get(client.public("device/refresh")).await.json();
    assert_refreshed(&known, &refreshed);
}

/// Submits the form with this field as it is, if the page has one.
async fn submit_if_any(visitor: &Visitor, page: Answer, field: &str) -> Answer {
    match page.forms().into_iter().find(|form| form.has(field)) {
        Some(form) => {
            let answer = visitor.submit(&form).await;
            visitor.follow_on(answer).await
        }
        None => page,
    }
}

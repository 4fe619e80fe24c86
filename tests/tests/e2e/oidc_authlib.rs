//! Authlib signs people in through the hub, reads claims, refreshes its tokens by itself, signs out of the
//! hub, and is told when they sign out: once with a secret, once with a signature.

use clau_tests::support::authlib::Authlib;
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::{Hub, Stores};
use reqwest::StatusCode;
use serde_json::json;

use crate::scene::{
    PUPIL, TEACHER, assert_refreshed, assert_wants_a_password, hub_at_free_ports, shared_stores,
    sign_in_at, sign_out_at, wait_until_out,
};

async fn start(stores: Stores) -> (Hub, Authlib) {
    let (hub, ports) = hub_at_free_ports(stores).await;
    let authlib = Authlib::start(ports.authlib, hub.port());
    (hub, authlib)
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_reads_claims_refreshes_and_is_told() {
    let (hub, authlib) = start(shared_stores()).await;
    let visitor = Visitor::new();
    let known = sign_in_at(&hub, &visitor, &authlib.secret("login"), PUPIL)
        .await
        .json();
    let claims = &known["claims"];
    assert_eq!(claims["given_name"], "Léa", "{known}\n{}", authlib.log());
    assert_eq!(claims["name"], "Léa Martin", "{known}");
    assert_eq!(claims["email"], "lea.martin@essais.example", "{known}");
    assert_eq!(claims["email_verified"], false, "{known}");
    assert_eq!(claims["ent_profiles"], json!(["National_ELV"]), "{known}");
    let affiliation = &claims["ent_affiliations"][0];
    assert_eq!(affiliation["uai"], "0310999T", "{known}");
    assert_eq!(affiliation["structure"], "Collège des Essais", "{known}");
    assert_eq!(affiliation["classes"], json!(["6A"]), "{known}");
    // Of the same scopes, and not released.
    for claim in ["preferred_username", "ent_uid", "birthdate", "ent_ine"] {
        assert!(claims[claim].is_null(), "{claim}: {known}");
    }
    let said = &known["id_token"];
    assert_eq!(said["amr"], json!(["pwd"]), "{known}");
    assert!(
        said["auth_time"].is_u64() && said["sid"].is_string(),
        "{known}"
    );

    let refreshed = visitor.follow(authlib.secret("refresh")).await.json();
    assert_refreshed(&known, &refreshed);
    let claims = visitor.get(authlib.secret("userinfo")).await.json();
    assert_eq!(claims, refreshed["claims"], "{}", authlib.log());

    hub.log_out(&visitor).await;
    wait_until_out(&visitor, &authlib.secret("session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_here_signs_out_of_the_hub_and_of_the_others() {
    let (hub, authlib) = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    let known = sign_in_at(&hub, &visitor, &authlib.key("login"), TEACHER)
        .await
        .json();
    // Nothing is released to this one: it learns that somebody is there, and the next time that it is
    // the same person.
    assert_eq!(
        known["claims"],
        json!({ "sub": known["sub"] }),
        "{known}\n{}",
        authlib.log()
    );
    let other = visitor.follow(authlib.secret("login")).await.json();
    assert_eq!(other["claims"]["given_name"], "Claire", "{other}");
    assert_ne!(
        other["sub"], known["sub"],
        "each service has a name of its own for her"
    );

    let answer = sign_out_at(&visitor, &authlib.key("logout")).await;
    assert_eq!(
        answer.url.path(),
        "/key/goodbye",
        "{} {}",
        answer.url,
        answer.text()
    );
    // With the word that the application sent along.
    assert_eq!(
        answer.json(),
        json!({ "signed_in": false, "came_back": true })
    );
    assert_wants_a_password(&hub, &visitor).await;
    wait_until_out(&visitor, &authlib.secret("session")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_while_nobody_is_there_outlives_the_session() {
    let (hub, authlib) = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    let known = sign_in_at(&hub, &visitor, &authlib.key("login"), PUPIL)
        .await
        .json();
    let scope = known["tokens"]["scope"].as_str().unwrap_or_default();
    assert!(
        scope.split(' ').any(|scope| scope == "offline_access"),
        "{known}"
    );
    visitor.follow(authlib.secret("login")).await;
    hub.log_out(&visitor).await;
    wait_until_out(&visitor, &authlib.secret("session")).await;
    // Registered without an address for notices; what was given for later still holds.
    let refreshed = visitor.follow(authlib.key("refresh")).await.json();
    assert_eq!(refreshed["sub"], known["sub"], "{}", authlib.log());
    assert_refreshed(&known, &refreshed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_logout_token_ends_nothing() {
    let (hub, authlib) = start(Stores::Embedded).await;
    let visitor = Visitor::new();
    sign_in_at(&hub, &visitor, &authlib.secret("login"), PUPIL).await;
    for token in ["", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        let answer = Visitor::new()
            .post(
                authlib.secret("backchannel"),
                &[("logout_token", token)],
                &[],
            )
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{token}");
    }
    let known = visitor.get(authlib.secret("session")).await.json();
    assert_eq!(known["signed_in"], true);
}

//! Token exchange: a service at another one, in a person's name.

use clau_engine::oidc::authenticate::Presented;
use clau_engine::oidc::resource::Told;
use clau_oidc::error::ErrorCode;
use serde_json::Value;

use super::{code, list, member, redeem, token, userinfo, with};
use crate::scene::Scene;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";

async fn exchange(scene: &Scene, subject: &str, target: (&str, &str)) -> Result<Value, ErrorCode> {
    let parameters = [
        ("grant_type", GRANT),
        ("subject_token", subject),
        ("subject_token_type", ACCESS),
        target,
    ];
    token(scene, &parameters).await
}

async fn introspect(scene: &Scene, client: &str, token: &str) -> Value {
    let header = super::header(client, super::SECRET);
    let presented = Presented {
        authorization: Some(&header),
        method: "POST",
        endpoint: "/oidc/introspect",
        ..Presented::default()
    };
    let told = scene
        .hub
        .oidc_introspect(&scene.cx(), presented, &list(&[("token", token)]), false)
        .await;
    match told.expect("told") {
        Told::Plain(body) => body,
        Told::Signed(_) => panic!("plain was asked for"),
    }
}

#[tokio::test]
async fn oidc_21_a_service_acts_for_a_person_where_it_is_accepted() {
    let (scene, browser) = with("paul.durand").await;
    let code = code(&scene, &browser, &[]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let own = member(&tokens, "access_token").to_owned();
    let exchanged = exchange(&scene, &own, ("audience", "staff"))
        .await
        .expect("a token");
    assert_eq!(member(&exchanged, "issued_token_type"), ACCESS);
    assert!(exchanged.get("refresh_token").is_none() && exchanged.get("id_token").is_none());
    let token = member(&exchanged, "access_token").to_owned();
    let told = introspect(&scene, "staff", &token).await;
    assert_eq!(told["active"], true);
    assert_eq!(told["aud"], "staff");
    assert_eq!(told["client_id"], "bourses");
    let mine = introspect(&scene, "bourses", &own).await;
    assert_ne!(
        told["sub"], mine["sub"],
        "each service has its own pseudonym"
    );
    // It is for the other service and opens nothing here.
    assert_eq!(userinfo(&scene, &token).await, Err(ErrorCode::InvalidToken));
    // A third one hears nothing of it.
    assert_eq!(
        introspect(&scene, "editeur", &token).await,
        serde_json::json!({ "active": false })
    );
    // It ends with what it came from.
    let cookie = browser.session.as_deref();
    scene.hub.log_out(&scene.cx(), cookie).await.expect("out");
    assert_eq!(introspect(&scene, "staff", &token).await["active"], false);
}

#[tokio::test]
async fn oidc_21_by_address_as_well_as_by_name() {
    let (scene, browser) = with("paul.durand").await;
    let code = code(&scene, &browser, &[]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let own = member(&tokens, "access_token");
    let target = ("resource", "https://api.staff.example/");
    let exchanged = exchange(&scene, own, target).await.expect("a token");
    let told = introspect(&scene, "staff", member(&exchanged, "access_token")).await;
    assert_eq!(told["aud"], "https://api.staff.example/");
}

#[tokio::test]
async fn oidc_21_no_exchange_without_acceptance_right_or_a_token_of_ones_own() {
    let (scene, browser) = with("paul.durand").await;
    let code = code(&scene, &browser, &[]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let own = member(&tokens, "access_token").to_owned();
    for target in [
        ("audience", "editeur"),
        ("audience", "nobody"),
        ("resource", "https://elsewhere.example/"),
        ("audience", ""),
    ] {
        assert_eq!(
            exchange(&scene, &own, target).await,
            Err(ErrorCode::InvalidTarget),
            "{target:?}"
        );
    }
    for subject in [
        "x",
        member(&tokens, "refresh_token"),
        member(&tokens, "id_token"),
    ] {
        assert_eq!(
            exchange(&scene, subject, ("audience", "staff")).await,
            Err(ErrorCode::InvalidRequest)
        );
    }
    // The other service is for teachers: a pupil is not carried past its door.
    let (scene, browser) = with("lea.martin").await;
    let code = super::code(&scene, &browser, &[]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    assert_eq!(
        exchange(
            &scene,
            member(&tokens, "access_token"),
            ("audience", "staff")
        )
        .await,
        Err(ErrorCode::InvalidTarget)
    );
}

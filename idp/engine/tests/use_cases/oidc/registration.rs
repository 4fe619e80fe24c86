//! Dynamic registration: by invitation, within what it allows, changed and removed by the client itself.

use std::time::Duration;

use clau_engine::oidc::template::Template;
use clau_oidc::error::ErrorCode;
use serde_json::{Value, json};

use super::{authorize, code_of, scene, with};
use crate::scene::{Browser, Scene};

fn template() -> Template {
    toml::from_str(
        "access = [{}]\nrelease = { attributes = [\"given_name\"] }\nscope = \"openid profile\"\n",
    )
    .expect("a template")
}

async fn invite(scene: &Scene, uses: u32) -> String {
    let until = scene.cx().now + Duration::from_secs(3600);
    let token = scene
        .hub
        .invite_clients(&scene.cx(), "test", &template(), (uses, until))
        .await;
    token.expect("invited").expose().to_owned()
}

async fn register(
    scene: &Scene,
    invitation: Option<&str>,
    declared: &Value,
) -> Result<Value, ErrorCode> {
    let body = declared.to_string();
    let outcome = scene
        .hub
        .oidc_register(&scene.cx(), invitation, body.as_bytes())
        .await;
    outcome
        .map(|registered| registered.to_json().clone())
        .map_err(|failure| code_of(&failure))
}

fn declared() -> Value {
    json!({
        "client_name": "Manuel numérique",
        "redirect_uris": ["https://manuel.example/callback"],
        "scope": "openid profile email",
    })
}

#[tokio::test]
async fn oidc_21_a_client_registers_itself_by_invitation_and_within_it() {
    let scene = scene().await;
    for stranger in [None, Some("x"), Some("a".repeat(43).as_str())] {
        assert_eq!(
            register(&scene, stranger, &declared()).await,
            Err(ErrorCode::InvalidToken)
        );
    }
    let invitation = invite(&scene, 1).await;
    // A mistake does not use the invitation up.
    let bad = json!({ "redirect_uris": ["http://manuel.example/callback"] });
    assert_eq!(
        register(&scene, Some(&invitation), &bad).await,
        Err(ErrorCode::InvalidRedirectUri)
    );
    let registered = register(&scene, Some(&invitation), &declared())
        .await
        .expect("in");
    assert_eq!(
        registered["scope"], "openid profile",
        "what was not offered is not had"
    );
    assert_eq!(registered["id_token_signed_response_alg"], "RS256");
    assert_eq!(registered["client_secret_expires_at"], 0);
    assert!(
        registered["client_secret"]
            .as_str()
            .is_some_and(|secret| secret.len() >= 32)
    );
    assert_eq!(
        register(&scene, Some(&invitation), &declared()).await,
        Err(ErrorCode::InvalidToken)
    );
    // People are asked, and know it by the name that it gave.
    let mut browser = Browser::default();
    scene.sign_in(&mut browser, "paul.durand").await;
    let id = registered["client_id"].as_str().expect("an id");
    let changes = [
        ("client_id", id),
        ("redirect_uri", "https://manuel.example/callback"),
    ];
    let outcome = format!("{:?}", authorize(&scene, &browser, &changes).await);
    assert!(
        outcome.contains("Consent") && outcome.contains("Manuel numérique"),
        "{outcome}"
    );
}

#[tokio::test]
async fn oidc_21_a_registration_is_changed_and_removed_by_its_own_token_only() {
    let (scene, _browser) = with("paul.durand").await;
    let invitation = invite(&scene, 2).await;
    let mine = register(&scene, Some(&invitation), &declared())
        .await
        .expect("in");
    let other = register(&scene, Some(&invitation), &declared())
        .await
        .expect("in");
    let id = mine["client_id"].as_str().expect("an id");
    let token = mine["registration_access_token"].as_str();
    let stranger = other["registration_access_token"].as_str();
    let read = async |token| {
        let read = scene.hub.oidc_registration(&scene.cx(), id, token).await;
        read.map(|registered| registered.to_json().clone())
            .map_err(|failure| code_of(&failure))
    };
    assert_eq!(read(stranger).await, Err(ErrorCode::InvalidToken));
    let told = read(token).await.expect("told");
    assert_eq!(told["client_id"], id);
    assert_eq!(told["client_id_issued_at"], mine["client_id_issued_at"]);
    assert!(
        told.get("client_secret").is_none(),
        "it is stored as a digest"
    );
    let change = async |token, body: &Value| {
        let body = body.to_string();
        let outcome = scene
            .hub
            .oidc_change_registration(&scene.cx(), (id, token), body.as_bytes())
            .await;
        outcome
            .map(|registered| registered.to_json().clone())
            .map_err(|failure| code_of(&failure))
    };
    let mut wanted = declared();
    wanted["client_id"] = json!(id);
    wanted["redirect_uris"] = json!(["https://manuel.example/other"]);
    assert_eq!(
        change(stranger, &wanted).await,
        Err(ErrorCode::InvalidToken)
    );
    let changed = change(token, &wanted).await.expect("changed");
    assert_eq!(changed["redirect_uris"], wanted["redirect_uris"]);
    wanted["client_id"] = json!("bourses");
    assert_eq!(
        change(token, &wanted).await,
        Err(ErrorCode::InvalidClientMetadata)
    );
    let remove = async |token| scene.hub.oidc_unregister(&scene.cx(), id, token).await;
    assert!(remove(stranger).await.is_err());
    remove(token).await.expect("removed");
    assert_eq!(read(token).await, Err(ErrorCode::InvalidToken));
}

#[tokio::test]
async fn oidc_06_what_is_paired_with_implicit_is_registered_without_it() {
    let scene = scene().await;
    let invitation = invite(&scene, 2).await;
    let hybrid = json!({
        "redirect_uris": ["https://manuel.example/callback"],
        "grant_types": ["authorization_code", "implicit"],
        "response_types": ["code id_token"],
    });
    let registered = register(&scene, Some(&invitation), &hybrid)
        .await
        .expect("in");
    assert_eq!(registered["grant_types"], json!(["authorization_code"]));
    let own = json!({ "grant_types": ["client_credentials"], "response_types": [] });
    assert_eq!(
        register(&scene, Some(&invitation), &own).await,
        Err(ErrorCode::InvalidClientMetadata)
    );
}

#[tokio::test]
async fn oidc_20_who_registers_themselves_names_the_sector_of_several_hosts() {
    let scene = scene().await;
    let invitation = invite(&scene, 1).await;
    let mut several = declared();
    several["redirect_uris"] = json!(["https://a.example/cb", "https://b.example/cb"]);
    assert_eq!(
        register(&scene, Some(&invitation), &several).await,
        Err(ErrorCode::InvalidClientMetadata)
    );
}

#[tokio::test]
async fn oidc_21_an_operator_withdraws_invitations_and_removes_who_came_by_them() {
    let scene = scene().await;
    let cx = scene.cx();
    let (used, other) = (invite(&scene, 1).await, invite(&scene, 2).await);
    let registered = register(&scene, Some(&used), &declared()).await;
    let registered = registered.expect("registered");
    let listed = scene.hub.list_invitations(&cx).await.expect("a list");
    assert_eq!(listed.len(), 2);
    assert_eq!(listed.iter().filter(|one| one.good).count(), 1);
    assert!(listed.iter().all(|one| !used.contains(&one.name)));
    let good = listed.iter().find(|one| one.good).expect("one is good");
    let withdrawn = scene.hub.withdraw_invitation(&good.name).await;
    withdrawn.expect("withdrawn");
    assert_eq!(
        register(&scene, Some(&other), &declared()).await,
        Err(ErrorCode::InvalidToken)
    );
    assert!(scene.hub.withdraw_invitation(&good.name).await.is_err());

    let id = registered["client_id"].as_str().expect("an identifier");
    let id = id.parse().expect("an identifier");
    scene.hub.remove_client(&cx, &id).await.expect("removed");
    assert!(scene.hub.remove_client(&cx, &id).await.is_err());
    let of_a_file = "bourses".parse().expect("an identifier");
    let refused = scene.hub.remove_client(&cx, &of_a_file).await;
    assert!(refused.is_err(), "what a file declares is removed there");
}

#[tokio::test]
async fn an_operator_ends_what_a_client_holds() {
    let (scene, browser) = with("paul.durand").await;
    let token = async || {
        let code = super::code(&scene, &browser, &[]).await;
        let tokens = super::redeem(&scene, &code).await.expect("tokens");
        super::member(&tokens, "access_token").to_owned()
    };
    let bourses = "bourses".parse().expect("an identifier");
    let end = async |login| scene.hub.end_client(&scene.cx(), &bourses, login).await;
    let first = token().await;
    assert_eq!(end(Some("anne.martin")).await.expect("ended"), 0);
    assert!(super::userinfo(&scene, &first).await.is_ok());
    assert_eq!(end(Some("paul.durand")).await.expect("ended"), 1);
    assert!(super::userinfo(&scene, &first).await.is_err());
    let second = token().await;
    assert_eq!(end(None).await.expect("ended"), 1);
    assert!(super::userinfo(&scene, &second).await.is_err());
    assert!(end(Some("nobody")).await.is_err());
    let unknown = "nothing".parse().expect("an identifier");
    assert!(
        scene
            .hub
            .end_client(&scene.cx(), &unknown, None)
            .await
            .is_err()
    );
}

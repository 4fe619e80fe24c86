//! Access tokens: what they open, who may ask about them, how they are given back (OIDC-10, OIDC-12).

use clau_domain::session::Context;
use clau_engine::oidc::authenticate::Presented;
use clau_engine::oidc::resource::Told;
use clau_oidc::error::ErrorCode;
use serde_json::{Value, json};

use super::{claims, code, code_of, list, member, redeem, token_of, userinfo, with};
use crate::scene::Scene;

fn presented<'a>(header: &'a str, endpoint: &'a str) -> Presented<'a> {
    Presented {
        authorization: Some(header),
        method: "POST",
        endpoint,
        ..Presented::default()
    }
}

async fn introspect(scene: &Scene, client: &str, token: &str) -> Value {
    let header = super::header(client, super::SECRET);
    let presented = presented(&header, "/oidc/introspect");
    let told = scene
        .hub
        .oidc_introspect(&scene.cx(), presented, &list(&[("token", token)]), false)
        .await;
    match told.expect("told") {
        Told::Plain(body) => body,
        Told::Signed(_) => panic!("plain was asked for"),
    }
}

async fn revoke(scene: &Scene, client: &str, token: &str) {
    let header = super::header(client, super::SECRET);
    let presented = presented(&header, "/oidc/revoke");
    scene
        .hub
        .oidc_revoke(&scene.cx(), presented, &list(&[("token", token)]))
        .await
        .expect("always");
}

#[tokio::test]
async fn oidc_12_only_who_is_concerned_hears_of_a_token() {
    let (scene, browser) = with("paul.durand").await;
    let code = code(&scene, &browser, &[]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let access = member(&tokens, "access_token");
    let told = introspect(&scene, "bourses", access).await;
    assert_eq!(told["active"], true);
    assert_eq!(told["scope"], "openid profile");
    let nothing = json!({ "active": false });
    assert_eq!(introspect(&scene, "editeur", access).await, nothing);
    for none in [
        "x",
        member(&tokens, "refresh_token"),
        member(&tokens, "id_token"),
    ] {
        assert_eq!(introspect(&scene, "bourses", none).await, nothing, "{none}");
    }
    scene.pass(std::time::Duration::from_secs(600));
    assert_eq!(introspect(&scene, "bourses", access).await, nothing);
}

#[tokio::test]
async fn oidc_12_a_token_is_given_back_by_its_own_client_only() {
    let (scene, browser) = with("paul.durand").await;
    let code = code(&scene, &browser, &[("scope", "openid offline_access")]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let access = member(&tokens, "access_token");
    let refresh = member(&tokens, "refresh_token");
    revoke(&scene, "editeur", access).await;
    revoke(&scene, "editeur", refresh).await;
    revoke(&scene, "bourses", "nonsense").await;
    assert!(userinfo(&scene, access).await.is_ok());
    // An access token alone: the client goes on.
    revoke(&scene, "bourses", access).await;
    assert_eq!(userinfo(&scene, access).await, Err(ErrorCode::InvalidToken));
    let again = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let next = super::token(&scene, &again).await.expect("tokens");
    assert!(
        userinfo(&scene, member(&next, "access_token"))
            .await
            .is_ok()
    );
    // The refresh token: everything.
    revoke(&scene, "bourses", member(&next, "refresh_token")).await;
    assert_eq!(
        userinfo(&scene, member(&next, "access_token")).await,
        Err(ErrorCode::InvalidToken)
    );
}

#[tokio::test]
async fn oidc_10_no_token_opens_what_another_kind_opens() {
    let (scene, browser) = with("paul.durand").await;
    let first = code(&scene, &browser, &[]).await;
    let tokens = redeem(&scene, &first).await.expect("tokens");
    let spare = code(&scene, &browser, &[]).await;
    let session = browser.session.as_deref().expect("a cookie");
    for (kind, token) in [
        ("refresh", member(&tokens, "refresh_token")),
        ("ID", member(&tokens, "id_token")),
        ("code", spare.as_str()),
        ("session", session),
    ] {
        assert_eq!(
            userinfo(&scene, token).await,
            Err(ErrorCode::InvalidToken),
            "{kind}"
        );
    }
    for (kind, token) in [
        ("access", member(&tokens, "access_token")),
        ("ID", member(&tokens, "id_token")),
        ("code", spare.as_str()),
        ("session", session),
    ] {
        let parameters = [("grant_type", "refresh_token"), ("refresh_token", token)];
        assert_eq!(
            super::token(&scene, &parameters).await,
            Err(ErrorCode::InvalidGrant),
            "{kind}"
        );
    }
    for (kind, token) in [
        ("access", member(&tokens, "access_token")),
        ("refresh", member(&tokens, "refresh_token")),
        ("ID", member(&tokens, "id_token")),
        ("session", session),
    ] {
        assert_eq!(
            redeem(&scene, token).await,
            Err(ErrorCode::InvalidGrant),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn oidc_08_a_client_authenticates_as_it_is_registered_and_in_no_other_way() {
    let (scene, browser) = with("paul.durand").await;
    let code = code(&scene, &browser, &[]).await;
    let body = list(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("redirect_uri", super::CALLBACK),
        ("code_verifier", super::VERIFIER),
    ]);
    let mut in_body = body.clone();
    in_body.extend(list(&[
        ("client_id", "bourses"),
        ("client_secret", super::SECRET),
    ]));
    let mut by_name = body.clone();
    by_name.extend(list(&[("client_id", "bourses")]));
    let right = super::header("bourses", super::SECRET);
    let wrong = super::header("bourses", "another-secret-that-is-long-enough-too");
    let empty = super::header("bourses", "");
    let stranger = super::header("nobody", super::SECRET);
    for (what, header, list) in [
        ("secret in the body", None, &in_body),
        ("both ways", Some(&right), &in_body),
        ("no secret", None, &by_name),
        ("wrong secret", Some(&wrong), &body),
        ("empty secret", Some(&empty), &body),
        ("unknown client", Some(&stranger), &body),
        ("nothing", None, &body),
    ] {
        let presented = Presented {
            authorization: header.map(String::as_str),
            method: "POST",
            endpoint: "/oidc/token",
            ..Presented::default()
        };
        let outcome = scene.hub.oidc_token(&scene.cx(), presented, list).await;
        let code = code_of(&outcome.err().expect(what));
        assert!(
            matches!(code, ErrorCode::InvalidClient | ErrorCode::InvalidRequest),
            "{what}: {code:?}"
        );
    }
    assert!(redeem(&scene, &code).await.is_ok(), "nothing was spent");
}

#[tokio::test]
async fn a_client_gets_a_token_of_its_own() {
    let (scene, _browser) = with("paul.durand").await;
    let parameters = [("grant_type", "client_credentials"), ("scope", "reports")];
    let tokens = token_of(&scene, "staff", &parameters)
        .await
        .expect("a token");
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none());
    let access = member(&tokens, "access_token");
    let told = introspect(&scene, "staff", access).await;
    assert_eq!(told["sub"], "staff");
    assert_eq!(told["scope"], "reports");
    assert_eq!(
        userinfo(&scene, access).await,
        Err(ErrorCode::InsufficientScope)
    );
    let refused = token_of(&scene, "bourses", &parameters).await;
    assert_eq!(refused, Err(ErrorCode::UnauthorizedClient));
}

#[tokio::test]
async fn signed_access_tokens_say_what_rfc_9068_asks_for() {
    let (scene, browser) = with("paul.durand").await;
    scene
        .apply(
            r#"
[[service]]
id = "bourses"
name = "Bourses"
access = [{}]
release = { attributes = ["given_name"] }
[service.oidc]
access_token = "jwt"
[service.oidc.client]
redirect_uris = ["https://bourses.example/callback"]
scope = "openid profile"
"#,
        )
        .await;
    let code = code(&scene, &browser, &[]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let access = member(&tokens, "access_token");
    let told = claims(access);
    assert_eq!(told["iss"], "https://ent.example");
    assert_eq!(told["aud"], "https://ent.example");
    assert_eq!(told["client_id"], "bourses");
    assert_eq!(told["scope"], "openid profile");
    for name in ["sub", "jti", "iat", "exp"] {
        assert!(told.get(name).is_some(), "{name}");
    }
    assert_eq!(
        userinfo(&scene, access).await.expect("claims")["given_name"],
        "Paul"
    );
    revoke(&scene, "bourses", access).await;
    assert_eq!(userinfo(&scene, access).await, Err(ErrorCode::InvalidToken));
}

#[tokio::test]
async fn fed_13_a_token_shows_children_as_they_are_now() {
    let (scene, browser) = with("anne.martin").await;
    let code = code(&scene, &browser, &[("scope", "openid ent")]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let access = member(&tokens, "access_token");
    let children = async || {
        let info = userinfo(&scene, access).await.expect("claims");
        info["ent_children"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(children().await, 2);
    let anne = scene.signed_in(&browser).await.expect("signed in");
    scene
        .end_authority(anne.person.id, anne.children[0].id)
        .await;
    assert_eq!(children().await, 1);
}

#[tokio::test]
async fn fed_13_what_outlives_the_session_says_no_more_than_was_chosen_in_it() {
    let (scene, browser) = with("anne.martin").await;
    let anne = scene.signed_in(&browser).await.expect("signed in");
    let chosen = Context::Child(anne.children[0].id);
    let changed = scene.hub.choose_context(&scene.cx(), &anne, chosen).await;
    changed.expect("chosen").expect("theirs");
    let code = code(&scene, &browser, &[("scope", "openid ent offline_access")]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let access = member(&tokens, "access_token");
    let children = async || {
        let info = userinfo(&scene, access).await?;
        Ok(info["ent_children"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(children().await, Ok(1));
    // Acting for the other child is another login of the service: this one goes on as it was.
    let now = scene.signed_in(&browser).await.expect("signed in");
    let cx = scene.cx();
    let all = scene.hub.choose_context(&cx, &now, Context::Everything);
    all.await.expect("chosen").expect("theirs");
    assert_eq!(children().await, Ok(1));
    // Without the child there is nothing left that was agreed to: the other one was not.
    let (guardian, child) = (anne.person.id, anne.children[0].id);
    scene.end_authority(guardian, child).await;
    assert_eq!(children().await, Err(ErrorCode::InvalidToken));
}

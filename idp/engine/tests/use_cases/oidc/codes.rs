//! Codes: bound to their client, address, challenge and session; good once, for a minute.

use std::time::Duration;

use clau_engine::oidc::authorize::Authorized;
use clau_oidc::error::ErrorCode;

use super::{
    CALLBACK, VERIFIER, answered, authorize, claims, code, log_in, member, of_step, redeem, scene,
    text, token, token_of, userinfo, with,
};
use crate::scene::Browser;

#[tokio::test]
async fn oidc_04_a_code_is_good_once_and_its_second_use_ends_what_came_of_it() {
    let (scene, browser) = with("paul.durand").await;
    let code = code(
        &scene,
        &browser,
        &[("scope", "openid profile offline_access")],
    )
    .await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let access = member(&tokens, "access_token").to_owned();
    assert!(userinfo(&scene, &access).await.is_ok());
    assert_eq!(redeem(&scene, &code).await, Err(ErrorCode::InvalidGrant));
    assert_eq!(
        userinfo(&scene, &access).await,
        Err(ErrorCode::InvalidToken)
    );
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", member(&tokens, "refresh_token")),
    ];
    assert_eq!(token(&scene, &refresh).await, Err(ErrorCode::InvalidGrant));
}

#[tokio::test]
async fn oidc_04_a_code_lives_a_minute() {
    let (scene, browser) = with("paul.durand").await;
    let young = code(&scene, &browser, &[]).await;
    let old = code(&scene, &browser, &[]).await;
    scene.pass(Duration::from_millis(59_999));
    assert!(redeem(&scene, &young).await.is_ok());
    scene.pass(Duration::from_millis(1));
    assert_eq!(redeem(&scene, &old).await, Err(ErrorCode::InvalidGrant));
}

#[tokio::test]
async fn oidc_04_a_code_is_bound_and_a_wrong_try_burns_it() {
    let (scene, browser) = with("paul.durand").await;
    let other_verifier = "a".repeat(43);
    for wrong in [
        ("redirect_uri", "https://bourses.example/callback/"),
        ("code_verifier", other_verifier.as_str()),
        ("code_verifier", ""),
    ] {
        let code = code(&scene, &browser, &[]).await;
        let mut parameters = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        parameters.retain(|(name, _)| *name != wrong.0);
        parameters.push(wrong);
        assert_eq!(
            token(&scene, &parameters).await,
            Err(ErrorCode::InvalidGrant),
            "{wrong:?}"
        );
        assert_eq!(redeem(&scene, &code).await, Err(ErrorCode::InvalidGrant));
    }
    // Another client's.
    let code = code(&scene, &browser, &[]).await;
    let parameters = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    assert_eq!(
        token_of(&scene, "editeur", &parameters).await,
        Err(ErrorCode::InvalidGrant)
    );
    assert_eq!(redeem(&scene, &code).await, Err(ErrorCode::InvalidGrant));
}

#[tokio::test]
async fn oidc_04_a_code_dies_with_its_session() {
    let (scene, browser) = with("paul.durand").await;
    let code = code(&scene, &browser, &[]).await;
    let cookie = browser.session.as_deref();
    scene.hub.log_out(&scene.cx(), cookie).await.expect("out");
    assert_eq!(redeem(&scene, &code).await, Err(ErrorCode::InvalidGrant));
}

#[tokio::test]
async fn an_id_token_tells_of_the_login() {
    let (scene, browser) = with("paul.durand").await;
    let before = scene.cx().now;
    scene.pass(Duration::from_secs(100));
    let code = code(&scene, &browser, &[]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let told = claims(member(&tokens, "id_token"));
    assert_eq!(told["iss"], "https://ent.example");
    assert_eq!(told["aud"], "bourses");
    assert_eq!(told["nonce"], "n");
    assert_eq!(told["auth_time"], before.as_millis() / 1000);
    assert_eq!(told["acr"], "https://refeds.org/profile/sfa");
    assert_eq!(told["amr"], serde_json::json!(["pwd"]));
    assert!(told.get("given_name").is_none(), "claims are for userinfo");
    let info = userinfo(&scene, member(&tokens, "access_token"))
        .await
        .expect("claims");
    assert_eq!(info["sub"], told["sub"]);
    assert_eq!(info["given_name"], "Paul");
    assert!(!info.contains_key("email"), "the scope was not asked for");
}

#[tokio::test]
async fn oidc_13_who_is_signed_in_is_asked_again_when_the_client_wants_it() {
    let (scene, mut browser) = with("paul.durand").await;
    scene.pass(Duration::from_secs(120));
    assert!(
        answered(authorize(&scene, &browser, &[("max_age", "121")]).await).contains_key("code")
    );
    for changes in [("prompt", "login"), ("max_age", "60"), ("max_age", "0")] {
        let outcome = authorize(&scene, &browser, &[changes]).await;
        let step = log_in(&scene, &mut browser, outcome, "paul.durand").await;
        let code = text(&of_step(step), "code");
        let tokens = redeem(&scene, &code).await.expect("tokens");
        let told = claims(member(&tokens, "id_token"));
        assert_eq!(
            told["auth_time"],
            scene.cx().now.as_millis() / 1000,
            "{changes:?}"
        );
        scene.pass(Duration::from_secs(120));
    }
}

#[tokio::test]
async fn oidc_13_no_page_is_shown_where_none_may_be() {
    let scene = scene().await;
    let browser = Browser::default();
    let error = |outcome| text(&answered(outcome), "error");
    let none = [("prompt", "none")];
    assert_eq!(
        error(authorize(&scene, &browser, &none).await),
        "login_required"
    );
    let (scene, browser) = with("paul.durand").await;
    let outcome = authorize(&scene, &browser, &none).await;
    assert!(answered(outcome).contains_key("code"));
    scene.pass(Duration::from_secs(120));
    let old = [("prompt", "none"), ("max_age", "60")];
    assert_eq!(
        error(authorize(&scene, &browser, &old).await),
        "login_required"
    );
    let asked = [
        ("prompt", "none"),
        ("client_id", "editeur"),
        ("redirect_uri", "https://editeur.example/callback"),
    ];
    assert_eq!(
        error(authorize(&scene, &browser, &asked).await),
        "consent_required"
    );
    let (scene, browser) = with("lea.martin").await;
    let staff = [
        ("prompt", "none"),
        ("client_id", "staff"),
        ("redirect_uri", "https://staff.example/callback"),
    ];
    assert_eq!(
        error(authorize(&scene, &browser, &staff).await),
        "access_denied"
    );
}

#[tokio::test]
async fn oidc_13_a_hint_of_another_person_is_not_answered_with_this_one() {
    let (scene, browser) = with("paul.durand").await;
    let code = code(&scene, &browser, &[]).await;
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let hint = member(&tokens, "id_token");
    let same = [("prompt", "none"), ("id_token_hint", hint)];
    assert!(answered(authorize(&scene, &browser, &same).await).contains_key("code"));
    let mut other = Browser::default();
    scene.sign_in(&mut other, "lea.martin").await;
    let refused = answered(authorize(&scene, &other, &same).await);
    assert_eq!(text(&refused, "error"), "login_required");
    // With a page: the login page, and whoever signs in there must be the one that was meant.
    let outcome = authorize(&scene, &other, &[("id_token_hint", hint)]).await;
    let step = log_in(&scene, &mut other, outcome, "lea.martin").await;
    assert_eq!(text(&of_step(step), "error"), "login_required");
    let broken = format!("{hint}x");
    let refused = answered(
        authorize(
            &scene,
            &browser,
            &[("prompt", "none"), ("id_token_hint", &broken)],
        )
        .await,
    );
    assert_eq!(text(&refused, "error"), "invalid_request");
}

#[tokio::test]
async fn oidc_02_nothing_is_redirected_before_client_and_address_belong_together() {
    let (scene, browser) = with("paul.durand").await;
    for changes in [
        [("client_id", "nobody")],
        [("client_id", "")],
        [("redirect_uri", "https://evil.example/callback")],
        [("redirect_uri", "https://bourses.example/callback?x=1")],
        [("redirect_uri", "")],
        [("request_uri", "https://evil.example/request")],
        [("request_uri", "urn:ietf:params:oauth:request_uri:unknown")],
        [("request", "a.b.c")],
    ] {
        let outcome = authorize(&scene, &browser, &changes).await;
        assert!(
            matches!(outcome, Authorized::Refused(_)),
            "{changes:?}: {outcome:?}"
        );
    }
    // From then on the client hears of its mistakes, with its state, the issuer and a reference.
    let refused = answered(authorize(&scene, &browser, &[("scope", "nothing")]).await);
    assert_eq!(text(&refused, "error"), "invalid_scope");
    assert_eq!(text(&refused, "state"), "s");
    assert_eq!(text(&refused, "iss"), "https://ent.example");
    assert!(text(&refused, "error_description").ends_with("[TEST]"));
}

#[tokio::test]
async fn a_hybrid_answer_has_an_id_token_that_belongs_to_its_code() {
    let (scene, browser) = with("paul.durand").await;
    let hybrid = [("response_type", "code id_token")];
    let answer = answered(authorize(&scene, &browser, &hybrid).await);
    let front = claims(&text(&answer, "id_token"));
    let code = text(&answer, "code");
    let half = clau_oidc::jose::Algorithm::Es256.half_digest(&code);
    assert_eq!(front["c_hash"], half.as_str());
    let tokens = redeem(&scene, &code).await.expect("tokens");
    let back = claims(member(&tokens, "id_token"));
    assert_eq!(front["sub"], back["sub"]);
    assert_eq!(front["sid"], back["sid"]);
    let half = clau_oidc::jose::Algorithm::Es256.half_digest(member(&tokens, "access_token"));
    assert_eq!(back["at_hash"], half.as_str());
}

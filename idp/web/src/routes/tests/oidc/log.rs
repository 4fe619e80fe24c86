//! LOG-02: nothing that proves something, and nothing that somebody said to somebody else, is in the log,
//! down to its last detail.

use std::time::Duration;

use axum::body::Body;
use http::{Method, StatusCode};
use serde_json::json as value;

use super::super::log;
use super::super::scene::{Browser, Scene};
use super::{
    CALLBACK, HOSTILE, SECRET, VERIFIER, address, asked, basic, json, post, redeemed, scene,
    sign_in_form, text, told,
};

/// A secret of a request, which no other test uses.
fn canary(what: &str) -> String {
    format!("canari-{what}-0123456789abcdef")
}

#[tokio::test]
async fn log_02_no_log_line_holds_what_a_login_or_a_token_is_made_of() {
    log::keep();
    let scene = scene().await;
    let mut secrets: Vec<String> = [
        "state",
        "nonce",
        "hint",
        "token-hint",
        "verifier",
        "assertion",
    ]
    .into_iter()
    .map(canary)
    .collect();
    // A verifier has 43 characters at least.
    let verifier = format!("{}{}", canary("verifier"), "0".repeat(20));
    let mut paul = Browser::default();
    let (state, nonce, hint) = (canary("state"), canary("nonce"), canary("hint"));
    let told_apart = [
        ("state", state.as_str()),
        ("nonce", &nonce),
        ("login_hint", &hint),
        ("scope", "openid profile offline_access"),
        (
            "claims",
            "{\"userinfo\":{\"name\":{\"value\":\"canari-claim-0123\"}}}",
        ),
    ];
    secrets.push("canari-claim".to_owned());
    let page = scene.get(&mut paul, &address(&told_apart)).await;
    let answer = scene
        .submit(&mut paul, &sign_in_form(&page, "paul.durand"))
        .await;
    let code = told(&answer)["code"].clone();
    secrets.push(
        sign_in_form(&page, "x")
            .value("handle")
            .expect("a handle")
            .to_owned(),
    );
    secrets.extend(tokens_and_refusals(&scene, &code, &verifier).await);
    secrets.push(code);

    // Refused on a page, refused by a redirect, silent, with hints that are none.
    let bad_hint = canary("token-hint");
    for changes in [
        vec![
            ("state", state.as_str()),
            ("redirect_uri", "https://evil.example/canari-state"),
        ],
        vec![("state", &state), ("response_type", "token")],
        vec![
            ("state", &state),
            ("prompt", "none"),
            ("id_token_hint", &bad_hint),
        ],
        vec![("state", &state), ("request", &bad_hint)],
        vec![
            ("state", &state),
            ("login_hint", HOSTILE),
            ("prompt", "login"),
        ],
    ] {
        scene.get(&mut paul, &address(&changes)).await;
    }
    secrets.push("canari-state".to_owned());
    secrets.extend(pushed(&scene, &mut paul, &state).await);
    secrets.extend(registered(&scene).await);
    let session = paul.session().expect("a session");
    let bye = format!("/oidc/logout?id_token_hint={bad_hint}&state={state}");
    let question = scene.get(&mut paul, &bye).await;
    let form = question.form("/oidc/logout");
    scene.submit(&mut paul, &form).await;
    secrets.push(form.value("csrf").expect("a token").to_owned());
    secrets.push(session);

    let log = log::kept();
    for event in [
        "oidc.code",
        "oidc.refused",
        "oidc.request_refused",
        "oidc.revoked",
    ] {
        assert!(log.contains(event), "{event}");
    }
    for secret in &secrets {
        assert!(
            secret.len() > 8 && !log.contains(secret),
            "{secret} is in the log"
        );
    }
    for said in [SECRET, VERIFIER, "canari-", "canari%2D", HOSTILE] {
        assert!(!log.contains(said), "{said} is in the log");
    }
}

/// What the token endpoint and its neighbours are sent and answer.
async fn tokens_and_refusals(scene: &Scene, code: &str, verifier: &str) -> Vec<String> {
    let bourses = basic("bourses", SECRET);
    let assertion = format!("e30.{}.x", canary("assertion"));
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let made_up = [
        ("grant_type", "authorization_code"),
        ("code", "canari-code-0123"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier),
    ];
    post(scene, "/oidc/token", &bourses, &made_up).await;
    let with_assertion = [
        ("grant_type", "client_credentials"),
        ("client_id", "bourses"),
        ("client_assertion_type", kind),
        ("client_assertion", &assertion),
    ];
    post(scene, "/oidc/token", &Browser::default(), &with_assertion).await;
    post(
        scene,
        "/oidc/token",
        &basic("bourses", "canari-secret-0123"),
        &made_up,
    )
    .await;
    let in_address = format!("/oidc/token?code={}", canary("state"));
    post(scene, &in_address, &bourses, &made_up).await;
    let proof = format!("e30.{}.x", canary("assertion"));
    post(
        scene,
        "/oidc/token",
        &bourses.clone().with("dpop", &proof),
        &made_up,
    )
    .await;

    let tokens = json(&redeemed(scene, code).await);
    let access = text(&tokens, "access_token").to_owned();
    let refresh = text(&tokens, "refresh_token").to_owned();
    let mut bearer = Browser::default().with("authorization", &format!("Bearer {access}"));
    assert_eq!(
        scene.get(&mut bearer, "/oidc/userinfo").await.status,
        StatusCode::OK
    );
    let in_address = format!("/oidc/userinfo?access_token={access}");
    scene.get(&mut Browser::default(), &in_address).await;
    post(scene, "/oidc/introspect", &bourses, &[("token", &access)]).await;
    let refreshed = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh.as_str()),
    ];
    let next = json(&post(scene, "/oidc/token", &bourses, &refreshed).await);
    let next = text(&next, "refresh_token").to_owned();
    // Once too often: the family ends with a warning.
    scene.pass_seconds(120);
    post(scene, "/oidc/token", &bourses, &refreshed).await;
    post(scene, "/oidc/revoke", &bourses, &[("token", &next)]).await;
    let id_token = text(&tokens, "id_token").to_owned();
    let subject = super::opened(&id_token).1;
    vec![
        access,
        refresh,
        next,
        id_token,
        text(&subject, "sub").to_owned(),
        text(&subject, "sid").to_owned(),
    ]
}

/// A request that is pushed, and where it goes on.
async fn pushed(scene: &Scene, browser: &mut Browser, state: &str) -> Vec<String> {
    let list = asked(&[("state", state)]);
    let list: Vec<(&str, &str)> = list.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let answer = post(scene, "/oidc/par", &basic("bourses", SECRET), &list).await;
    let uri = text(&json(&answer), "request_uri").to_owned();
    let arrive = serde_urlencoded::to_string([("client_id", "bourses"), ("request_uri", &uri)]);
    let arrive = format!("/oidc/authorize?{}", arrive.expect("a query"));
    let on = scene
        .get(browser, &arrive)
        .await
        .location()
        .expect("an address");
    scene.get(browser, &on).await;
    let tail = |text: &str, mark: char| {
        let (_, tail) = text.rsplit_once(mark).expect("a name");
        tail.to_owned()
    };
    vec![tail(&uri, ':'), tail(&on, '=')]
}

/// A client that registers itself, and a screen with a code.
async fn registered(scene: &Scene) -> Vec<String> {
    let template = serde_json::from_value(value!({ "access": [{}], "scope": "openid" }));
    let until = scene.cx().now + Duration::from_secs(3600);
    let invited = scene
        .hub
        .invite_clients(
            &scene.cx(),
            "test",
            &template.expect("a template"),
            (1, until),
        )
        .await
        .expect("invited");
    let declared = value!({
        "redirect_uris": ["https://manuel.example/callback"],
        "token_endpoint_auth_method": "client_secret_jwt",
    });
    let request = Browser::default()
        .request(Method::POST, "/oidc/register")
        .header("authorization", format!("Bearer {}", invited.expose()))
        .body(Body::from(declared.to_string()));
    let made = json(&scene.send(request.expect("a request")).await);
    let device = super::devices::shown(scene).await;
    let mut lea = scene.signed_in("lea.martin").await;
    scene.get(&mut lea, &device.complete()).await;
    scene.get(&mut lea, "/device?user_code=ZZZZ-ZZZZ").await;
    vec![
        invited.expose().to_owned(),
        text(&made, "client_secret").to_owned(),
        text(&made, "registration_access_token").to_owned(),
        device.code().to_owned(),
    ]
}

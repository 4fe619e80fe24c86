//! With the stores gone: programs hear so in JSON and when to come back, people on a page; nobody gets in.

use http::StatusCode;

use super::super::scene::{Answer, Browser};
use super::{
    CALLBACK, SECRET, address, asked, assert_refused, basic, code, post, scene, text, tokens,
};

#[tokio::test]
async fn rel_05_programs_are_told_to_come_back() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let tokens = tokens(&scene, &mut paul, &[]).await;
    let code = code(&scene, &mut paul, &[]).await;
    let access = text(&tokens, "access_token").to_owned();
    let refresh = text(&tokens, "refresh_token").to_owned();
    scene.hub.close().await;
    let bourses = basic("bourses", SECRET);
    let list = asked(&[]);
    let list: Vec<(&str, &str)> = list.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let redeemed = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", super::VERIFIER),
    ];
    let refreshed = [("grant_type", "refresh_token"), ("refresh_token", &refresh)];
    let device = [("client_id", "borne"), ("scope", "openid")];
    let mut bearer = Browser::default().with("authorization", &format!("Bearer {access}"));
    let stranger = Browser::default();
    for (name, answer) in [
        (
            "code",
            post(&scene, "/oidc/token", &bourses, &redeemed).await,
        ),
        (
            "refresh",
            post(&scene, "/oidc/token", &bourses, &refreshed).await,
        ),
        (
            "introspection",
            post(&scene, "/oidc/introspect", &bourses, &[("token", &access)]).await,
        ),
        (
            "revocation",
            post(&scene, "/oidc/revoke", &bourses, &[("token", &access)]).await,
        ),
        ("pushed", post(&scene, "/oidc/par", &bourses, &list).await),
        (
            "device",
            post(&scene, "/oidc/device", &stranger, &device).await,
        ),
        ("userinfo", scene.get(&mut bearer, "/oidc/userinfo").await),
    ] {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{name}");
        assert_refused(
            &answer,
            StatusCode::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
        );
        assert_eq!(answer.header("retry-after"), "5", "{name}");
        assert!(answer.header("www-authenticate").is_empty(), "{name}");
        assert!(
            !answer.body.to_lowercase().contains("sql"),
            "{}",
            answer.body
        );
    }
    // What everybody may know was read before.
    let keys = scene.get(&mut Browser::default(), "/oidc/jwks").await;
    assert_eq!(keys.status, StatusCode::OK, "{}", keys.body);
}

#[tokio::test]
async fn rel_05_without_a_word_from_the_stores_not_even_the_keys_are_told() {
    let scene = scene().await;
    scene.hub.close().await;
    for path in ["/.well-known/openid-configuration", "/oidc/jwks"] {
        let answer = scene.get(&mut Browser::default(), path).await;
        assert_refused(
            &answer,
            StatusCode::SERVICE_UNAVAILABLE,
            "temporarily_unavailable",
        );
    }
}

#[tokio::test]
async fn rel_05_people_see_a_page_and_can_try_again() {
    let scene = scene().await;
    let mut paul = scene.signed_in("paul.durand").await;
    let editor = address(&[
        ("client_id", "editeur"),
        ("redirect_uri", "https://editeur.example/callback"),
    ]);
    let agreed = scene.get(&mut paul, &editor).await.form("/oidc/consent");
    let silent = address(&[("prompt", "none")]);
    scene.hub.close().await;
    let asking = scene.get(&mut paul, &editor).await;
    assert_page(&asking);
    assert!(asking.body.contains("id=\"retry\" href=\"/oidc/authorize?"));
    assert_page(&scene.get(&mut paul, &silent).await);
    let agreed = agreed.with("decision", "allow");
    assert_page(&scene.submit(&mut paul, &agreed).await);
    assert_page(&scene.get(&mut paul, "/oidc/logout").await);
    assert_page(&scene.get(&mut paul, "/device").await);
    // Nobody types a password that cannot be checked; what was known a second ago is not asked again.
    scene.pass_seconds(2);
    assert_page(&scene.get(&mut Browser::default(), &editor).await);
}

fn assert_page(answer: &Answer) {
    assert_eq!(
        answer.status,
        StatusCode::SERVICE_UNAVAILABLE,
        "{}",
        answer.body
    );
    assert!(answer.body.contains("Service momentanément indisponible"));
    assert!(!answer.header("retry-after").is_empty());
    assert!(answer.location().is_none());
}

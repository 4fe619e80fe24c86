//! Signing keys: made, published before they sign, rotated with overlap, revoked.

use std::time::Duration;

use clau_engine::signing::Purpose;
use clau_oidc::error::ErrorCode;
use serde_json::Value;

use super::{code, member, redeem, scene, userinfo, with};
use crate::scene::Scene;

async fn published(scene: &Scene) -> Vec<String> {
    let now = scene.cx().now;
    let ring = scene.hub.key_ring(now).await.expect("keys");
    let set = ring.key_set(now);
    let keys = set["keys"].as_array().expect("a list");
    keys.iter()
        .map(|key| key["kid"].as_str().expect("a kid").to_owned())
        .collect()
}

fn kid(token: &str) -> String {
    use base64::Engine as _;
    let header = token.split('.').next().expect("a token");
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(header)
        .expect("base64url");
    let header: Value = serde_json::from_slice(&bytes).expect("JSON");
    header["kid"].as_str().expect("a kid").to_owned()
}

#[tokio::test]
async fn key_02_the_next_key_is_published_before_it_signs_and_the_former_one_after() {
    let (scene, browser) = with("paul.durand").await;
    let before = published(&scene).await;
    assert_eq!(before.len(), 4, "one for each algorithm");
    let sign = async || {
        let code = code(&scene, &browser, &[("scope", "openid")]).await;
        let tokens = redeem(&scene, &code).await.expect("tokens");
        kid(member(&tokens, "id_token"))
    };
    let first = sign().await;
    let listed = scene
        .hub
        .rotate_keys(&scene.cx(), Purpose::Oidc, None)
        .await
        .expect("rotated");
    assert_eq!(listed.iter().filter(|key| key.state == "next").count(), 4);
    let during = published(&scene).await;
    assert!(before.iter().all(|kid| during.contains(kid)) && during.len() == 8);
    assert_eq!(sign().await, first, "nobody can know the new key yet");
    // Twice in a row is one rotation.
    scene
        .hub
        .rotate_keys(&scene.cx(), Purpose::Oidc, None)
        .await
        .expect("again");
    assert_eq!(published(&scene).await.len(), 8);
    // Within an idle limit, so that the session lives on.
    for _ in 0..4 {
        scene.pass(Duration::from_secs(30 * 60));
        assert!(scene.signed_in(&browser).await.is_some());
    }
    let second = sign().await;
    assert_ne!(second, first);
    assert!(during.contains(&second));
    assert!(
        published(&scene).await.contains(&first),
        "its tokens are still around"
    );
    scene.pass(Duration::from_secs(2 * 3600));
    assert!(!published(&scene).await.contains(&first));
}

#[tokio::test]
async fn key_02_keys_are_rotated_by_themselves_when_they_are_old() {
    let scene = scene().await;
    scene.pass(Duration::from_secs(89 * 24 * 3600));
    scene.hub.tend_keys(&scene.cx()).await.expect("tended");
    assert_eq!(published(&scene).await.len(), 4);
    scene.pass(Duration::from_secs(24 * 3600));
    scene.hub.tend_keys(&scene.cx()).await.expect("tended");
    assert_eq!(published(&scene).await.len(), 8);
}

#[tokio::test]
async fn key_09_a_revoked_key_is_believed_by_nobody_and_replaced_at_once() {
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
    let first = redeem(&scene, &code(&scene, &browser, &[]).await)
        .await
        .expect("tokens");
    let access = member(&first, "access_token").to_owned();
    assert!(userinfo(&scene, &access).await.is_ok());
    let revoked = kid(&access);
    assert!(
        scene
            .hub
            .revoke_key(&scene.cx(), &revoked)
            .await
            .expect("revoked")
    );
    assert!(!published(&scene).await.contains(&revoked));
    assert_eq!(
        userinfo(&scene, &access).await,
        Err(ErrorCode::InvalidToken)
    );
    let second = redeem(&scene, &code(&scene, &browser, &[]).await)
        .await
        .expect("tokens");
    assert_ne!(kid(member(&second, "access_token")), revoked);
    assert!(
        userinfo(&scene, member(&second, "access_token"))
            .await
            .is_ok()
    );
    assert!(
        !scene
            .hub
            .revoke_key(&scene.cx(), "nobody's")
            .await
            .expect("asked")
    );
}

#[tokio::test]
async fn key_03_private_keys_are_sealed_in_the_database() {
    let scene = scene().await;
    let rows = clau_storage::signing_keys::all(&scene.database, "oidc")
        .await
        .expect("rows");
    for row in rows {
        let text = format!("{row:?}");
        assert!(!text.contains("sealed: ["), "{text}");
        let algorithm = row.algorithm.parse().expect("an algorithm");
        let as_key = clau_oidc::jose::SigningKey::from_pkcs8(algorithm, &row.sealed);
        assert!(as_key.is_err(), "what is stored is no key");
        assert!(row.public.get("d").is_none());
    }
}

#[tokio::test]
async fn key_09_a_key_signs_whatever_is_rotated_and_revoked_in_any_order() {
    let scene = scene().await;
    let signs = async || {
        let keys = scene.hub.list_keys(&scene.cx()).await.expect("keys");
        let of = |state: &'static str| -> Vec<String> {
            let es256 = keys
                .iter()
                .filter(|key| key.purpose == "oidc" && key.algorithm == "ES256");
            es256
                .filter(|key| key.state == state)
                .map(|key| key.kid.clone())
                .collect()
        };
        (of("signing"), of("next"))
    };
    let (first, _) = signs().await;
    let rotated = scene
        .hub
        .rotate_keys(&scene.cx(), Purpose::Oidc, None)
        .await;
    rotated.expect("rotated");
    // The next key is known to others: the one that signs goes on, and another one is published.
    let (_, next) = signs().await;
    let revoked = scene.hub.revoke_key(&scene.cx(), &next[0]).await;
    assert!(revoked.expect("revoked"));
    let (signing, other) = signs().await;
    assert_eq!(signing, first, "what signs was not revoked");
    assert!(other.len() == 1 && other != next, "{other:?}");
    // There is no moment without one: the new one begins when the revoked one would have.
    scene.pass(Duration::from_secs(30 * 60));
    let revoked = scene.hub.revoke_key(&scene.cx(), &other[0]).await;
    assert!(revoked.expect("revoked"));
    let keys = scene.hub.list_keys(&scene.cx()).await.expect("keys");
    let of = |kid: &str| keys.iter().find(|key| key.kid == kid).expect("listed");
    let (_, third) = signs().await;
    assert_eq!(
        of(&first[0]).signs_until.as_deref(),
        Some(of(&third[0]).signs_from.as_str())
    );
    // The one that signs is: the next one has not been published for long, and nobody waits for it.
    let revoked = scene.hub.revoke_key(&scene.cx(), &first[0]).await;
    assert!(revoked.expect("revoked"));
    let (signing, _) = signs().await;
    assert!(signing.len() == 1 && signing != first, "{signing:?}");
    scene.pass(Duration::from_secs(2 * 3600));
    scene.hub.tend_keys(&scene.cx()).await.expect("tended");
    assert_eq!(signs().await.0.len(), 1);
}

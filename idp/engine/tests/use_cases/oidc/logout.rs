//! Logout that a client asks for, and who is told.

use clau_engine::oidc::logout::EndSessionAnswer;
use clau_engine::signing::Purpose;

use super::{code, list, member, redeem, with};
use crate::scene::{Browser, Scene};

async fn end(
    scene: &Scene,
    browser: &Browser,
    parameters: &[(&str, &str)],
    confirmed: bool,
) -> EndSessionAnswer {
    scene
        .hub
        .oidc_end_session(&scene.cx(), browser.cookies(), &list(parameters), confirmed)
        .await
        .expect("answered")
}

async fn hint(scene: &Scene, browser: &Browser) -> String {
    let code = code(scene, browser, &[]).await;
    let tokens = redeem(scene, &code).await.expect("tokens");
    member(&tokens, "id_token").to_owned()
}

const BYE: (&str, &str) = ("post_logout_redirect_uri", "https://bourses.example/bye");

#[tokio::test]
async fn oidc_14_a_good_hint_ends_the_session_and_leads_back() {
    let (scene, browser) = with("paul.durand").await;
    let hint = hint(&scene, &browser).await;
    // Hints do not expire.
    scene.pass(std::time::Duration::from_secs(50 * 60));
    let parameters = [("id_token_hint", hint.as_str()), BYE, ("state", "a b")];
    let EndSessionAnswer::Ended {
        ended: Some(ended),
        back: Some(back),
    } = end(&scene, &browser, &parameters, false).await
    else {
        panic!("not ended");
    };
    assert_eq!(back.address, "https://bourses.example/bye?state=a%20b");
    assert_eq!(back.origin.as_deref(), Some("https://bourses.example"));
    assert_eq!(ended.services, 1, "the client itself is told as well");
    assert!(scene.signed_in(&browser).await.is_none());
    let frames = scene
        .hub
        .frames(&scene.cx(), ended.logout)
        .await
        .expect("frames");
    assert_eq!(frames.len(), 1);
    let address = frames[0].address.as_str();
    assert!(
        address
            .starts_with("https://bourses.example/frontchannel?iss=https%3A%2F%2Fent.example&sid="),
        "{address}"
    );
    // Whoever is signed out already is only sent back.
    let again = end(&scene, &browser, &parameters, false).await;
    assert!(
        matches!(
            again,
            EndSessionAnswer::Ended {
                ended: None,
                back: Some(_)
            }
        ),
        "{again:?}"
    );
}

#[tokio::test]
async fn oidc_14_without_proof_the_person_is_asked() {
    let (scene, browser) = with("paul.durand").await;
    let good = hint(&scene, &browser).await;
    let forged = format!("{}x", good);
    for parameters in [
        vec![],
        vec![("state", "s")],
        vec![("client_id", "bourses"), BYE],
        vec![("id_token_hint", forged.as_str()), BYE],
        vec![
            ("id_token_hint", good.as_str()),
            ("client_id", "editeur"),
            BYE,
        ],
        vec![
            ("id_token_hint", good.as_str()),
            (
                "post_logout_redirect_uri",
                "https://bourses.example/bye?x=1",
            ),
        ],
    ] {
        // The question's form may lead to an address that is the client's own, and to no other.
        let own = parameters == [("client_id", "bourses"), BYE];
        let expected = own.then_some("https://bourses.example");
        let answer = end(&scene, &browser, &parameters, false).await;
        let EndSessionAnswer::Ask { leads_to, .. } = answer else {
            panic!("{parameters:?}: {answer:?}");
        };
        assert_eq!(leads_to.as_deref(), expected, "{parameters:?}");
        assert!(scene.signed_in(&browser).await.is_some());
    }
    // Who says yes goes back only where the client is known and the address its own.
    let known = [("client_id", "bourses"), BYE];
    let EndSessionAnswer::Ended { back, .. } = end(&scene, &browser, &known, true).await else {
        panic!("not ended");
    };
    assert!(back.is_some());
    let mut browser = browser;
    scene.sign_in(&mut browser, "paul.durand").await;
    let unknown = [BYE];
    let EndSessionAnswer::Ended { back, .. } = end(&scene, &browser, &unknown, true).await else {
        panic!("not ended");
    };
    assert!(back.is_none());
}

#[tokio::test]
async fn oidc_14_a_hint_of_another_person_or_session_proves_nothing() {
    let (scene, browser) = with("paul.durand").await;
    let hint = hint(&scene, &browser).await;
    let mut other = Browser::default();
    scene.sign_in(&mut other, "lea.martin").await;
    let mut elsewhere = Browser::default();
    scene.sign_in(&mut elsewhere, "paul.durand").await;
    for browser in [&other, &elsewhere] {
        let answer = end(&scene, browser, &[("id_token_hint", &hint), BYE], false).await;
        assert!(matches!(answer, EndSessionAnswer::Ask { .. }), "{answer:?}");
        assert!(scene.signed_in(browser).await.is_some());
    }
}

#[tokio::test]
async fn oidc_14_a_hint_outlives_the_key_that_signed_it_unless_that_was_revoked() {
    let (scene, mut browser) = with("paul.durand").await;
    let first = hint(&scene, &browser).await;
    let rotated = scene
        .hub
        .rotate_keys(&scene.cx(), Purpose::Oidc, None)
        .await;
    rotated.expect("rotated");
    scene.pass(std::time::Duration::from_secs(24 * 3600));
    let keys = scene.hub.key_ring(scene.cx().now).await.expect("keys");
    let published = keys.key_set(scene.cx().now);
    assert_eq!(published["keys"].as_array().map(Vec::len), Some(4));
    // The session has ended meanwhile; the hint still says where to.
    let parameters = [("id_token_hint", first.as_str()), BYE];
    let led = async |browser: &Browser| match end(&scene, browser, &parameters, false).await {
        EndSessionAnswer::Ended { back, .. } => back.is_some(),
        _ => false,
    };
    assert!(led(&browser).await);
    let kid = |token: &str| {
        use base64::Engine as _;
        let header = token.split('.').next().expect("a header");
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(header);
        let header: serde_json::Value =
            serde_json::from_slice(&bytes.expect("base64url")).expect("JSON");
        header["kid"].as_str().expect("a kid").to_owned()
    };
    scene.sign_in(&mut browser, "paul.durand").await;
    let second = hint(&scene, &browser).await;
    let revoked = scene.hub.revoke_key(&scene.cx(), &kid(&second)).await;
    assert!(revoked.expect("revoked"));
    let parameters = [("id_token_hint", second.as_str()), BYE];
    let outcome = end(&scene, &browser, &parameters, false).await;
    assert!(
        matches!(outcome, EndSessionAnswer::Ask { .. }),
        "{outcome:?}"
    );
}

//! Signing out: OIDC-14, 15.

use std::time::Duration;

use clau_tests::support::endpoint::Behaviour;
use clau_tests::support::process::eventually;

use crate::backchannel_logout::{assert_good, listening, notice};
use crate::client::Rp;
use crate::fields::Fields;
use crate::jose;
use crate::logout::{self, arrived, assert_signed_out, leave, look, url};
use crate::modules::{flow, somebody};
use crate::person::{End, is_consent};
use crate::registration;
use crate::world::AFTER_LOGOUT;

#[tokio::test(flavor = "multi_thread")]
async fn oidc_14_only_a_good_hint_signs_out_without_asking() {
    let (person, rp) = (somebody().await, Rp::known("strict").await);
    let done = flow(&person, &rp, &rp.ask("openid").pkce()).await;
    let stranger = somebody().await;
    let theirs = flow(&stranger, &rp, &rp.ask("openid").pkce()).await;
    // Not the hint of somebody else, not a name, not a login.
    for request in [
        Fields::default(),
        Fields::of(&[("client_id", "strict")]),
        Fields::of(&[("logout_hint", &person.login)]),
        Fields::of(&[("id_token_hint", theirs.tokens.id())]),
        logout::request(&theirs),
        Fields::of(&[("id_token_hint", &done.tokens.access_token)]),
    ] {
        let left = look(&person, &url(&rp, &request)).await;
        assert_eq!(left.to, None, "{request:?}");
        assert!(
            person.is_signed_in().await,
            "{request:?} signs somebody out"
        );
    }
    // The page that asks has a form that no other site can send.
    let left = look(&person, &url(&rp, &Fields::default())).await;
    let form = left
        .page()
        .forms()
        .into_iter()
        .find(|form| form.action.path().contains("logout"));
    let form = form.unwrap_or_else(|| panic!("nothing to confirm: {}", left.page().text()));
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let foreign = [(reqwest::header::ORIGIN, "https://evil.example")];
    person.visitor.post(&form.action, &fields, &foreign).await;
    assert!(
        person.is_signed_in().await,
        "another site signs somebody out"
    );
    // With the hint of the person who is here there is nothing to ask.
    let request = logout::request(&done);
    let left = look(&person, &url(&rp, &request)).await;
    left.assert_back_at_the_client(request.value("state"));
    assert_signed_out(&person, &rp).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_14_the_address_afterwards_is_the_clients_own() {
    let rp = Rp::known("strict").await;
    let other = registration::register(serde_json::json!({
        "post_logout_redirect_uris": ["https://other.essais.example/bye"],
        "redirect_uris": ["https://other.essais.example/callback"],
    }))
    .await;
    for (address, client_id) in [
        ("https://other.essais.example/bye", None),
        ("https://other.essais.example/bye", Some(other.id.as_str())),
        (AFTER_LOGOUT, Some(other.id.as_str())),
        ("https://rp.essais.example/post_logout_redirect/", None),
        ("https://RP.essais.example/post_logout_redirect", None),
        ("https://rp.essais.example/post_logout_redirect#x", None),
        ("http://rp.essais.example/post_logout_redirect", None),
        ("//rp.essais.example/post_logout_redirect", None),
        ("javascript:alert(1)", None),
    ] {
        let person = somebody().await;
        let done = flow(&person, &rp, &rp.ask("openid").pkce()).await;
        let mut request = logout::request(&done).with("post_logout_redirect_uri", address);
        if let Some(client_id) = client_id {
            request = request.with("client_id", client_id);
        }
        let left = leave(&person, &url(&rp, &request)).await;
        assert_eq!(left.to, None, "{address} of {client_id:?}");
        for page in &left.pages {
            assert!(!page.body.contains("href=\"javascript"), "{address}");
            assert!(!page.body.contains("href=\"https://other"), "{address}");
        }
    }
    // A hint that has expired by the clock still tells who it was (OIDC RP-Initiated Logout §4): the
    // session that it names is over, so there is nobody to sign out and nothing to ask.
    let person = somebody().await;
    let done = flow(&person, &rp, &rp.ask("openid").pkce()).await;
    person.sign_out().await;
    let request = logout::request(&done);
    let left = leave(&person, &url(&rp, &request)).await;
    left.assert_back_at_the_client(request.value("state"));
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_14_what_was_under_way_ends_with_the_session() {
    let rp = Rp::known("asking").await;
    let person = somebody().await;
    person.sign_in().await;
    let ask = rp.ask("openid").pkce();
    let seen = person.look(&rp.authorize_url(&ask)).await;
    let form = seen.page().forms().into_iter().find(is_consent);
    let form = form.expect("asked to agree").pressed(0);
    person.sign_out().await;
    let answer = person.visitor.submit(&form).await;
    let visit = person.go_on(answer, false).await;
    let none = |end: &End| match end {
        End::Back(reply) => assert!(reply.fields.value("code").is_none(), "a code after logout"),
        End::Page(_) => {}
    };
    none(&visit.end);
    // Neither is it taken up by whoever signs in next with this browser.
    let next = somebody().await;
    let next = crate::person::Person::new(next.world, next.login.clone(), person.visitor.copy());
    next.sign_in().await;
    let answer = next.visitor.submit(&form).await;
    none(&next.go_on(answer, false).await.end);
    for answer in &seen.answers {
        if !answer.url.path().ends_with("/authorize") {
            none(&next.look(answer.url.as_str()).await.end);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_15_a_logout_anywhere_is_told_in_a_token_of_its_own_kind() {
    let (rp, endpoint) = listening(1).await;
    let mut seen = Vec::new();
    // At the portal, by another client, by somebody else at the same browser, by a lock.
    for way in ["portal", "client", "somebody else", "lock"] {
        let person = somebody().await;
        let done = arrived(&person, &rp).await;
        match way {
            "portal" => person.sign_out().await,
            "client" => {
                let other = Rp::known("basic").await;
                let there = arrived(&person, &other).await;
                assert_ne!(there.claims["sid"], serde_json::Value::Null);
                leave(&person, &url(&other, &logout::request(&there))).await;
            }
            "somebody else" => {
                let next = somebody().await;
                let login = next.login.clone();
                let next = crate::person::Person::new(next.world, login, person.visitor.copy());
                let ask = rp.ask("openid").with("prompt", "login");
                next.open(&rp.authorize_url(&ask)).await;
            }
            _ => {
                let because = ["accounts", "lock", &person.login, "--because", "essai"];
                rp.world.hub.run(&because);
                person.is_signed_in().await;
            }
        }
        let (_, token) = notice(&endpoint, &done.claims["sid"]).await;
        let claims = assert_good(&token, &rp, &done.claims).await;
        seen.push(claims["jti"].clone());
        // Nobody takes it for anything else.
        let fields = Fields::of(&[
            ("id_token_hint", &token),
            ("post_logout_redirect_uri", AFTER_LOGOUT),
        ]);
        let left = look(&somebody().await, &url(&rp, &fields)).await;
        assert_eq!(left.to, None, "a logout token as a hint");
        assert!(
            !rp.is_good(&token).await,
            "a logout token as an access token"
        );
    }
    let count = seen.len();
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    assert_eq!(seen.len(), count, "one `jti` twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_15_a_client_that_does_not_answer_is_told_again_and_holds_up_nobody() {
    let (rp, endpoint) = listening(2).await;
    endpoint.behave(Behaviour::Status(503));
    let person = somebody().await;
    let done = arrived(&person, &rp).await;
    let asked = std::time::Instant::now();
    person.sign_out().await;
    assert!(
        asked.elapsed() < Duration::from_secs(3),
        "{:?}",
        asked.elapsed()
    );
    let sid = &done.claims["sid"];
    let (_, first) = notice(&endpoint, sid).await;
    endpoint.behave(Behaviour::Status(200));
    let before = endpoint.received().len();
    let limit = Duration::from_secs(120);
    let again = eventually("told once more", limit, async || {
        let calls = endpoint.received();
        let tokens = calls[before..]
            .iter()
            .filter_map(|call| call.field("logout_token"));
        tokens
            .into_iter()
            .find(|token| jose::peek(token).1["sid"] == *sid)
    })
    .await;
    // Good when it arrives, however late that is.
    let claims = assert_good(&again, &rp, &done.claims).await;
    assert!(claims["exp"].as_i64() > Some(crate::checks::now()));
    assert_eq!(claims["sub"], jose::peek(&first).1["sub"]);
}

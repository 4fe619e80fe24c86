//! What each kind of token is good for, and for whom: OIDC-10, 11, 12.

use std::time::Duration;

use reqwest::header;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::checks;
use crate::client::{ASSERTION_TYPE, Auth, Rp};
use crate::fields::Fields;
use crate::jose;
use crate::modules::{flow, somebody};
use crate::person::Person;
use crate::registration::{self, registered};
use crate::world::world;

/// Places where a token may be presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Userinfo,
    Introspection,
    Code,
    Refresh,
    DeviceCode,
    Hint,
    Assertion,
    Request,
    Registration,
    Management,
    Pushed,
}

const PLACES: [Place; 11] = [
    Place::Userinfo,
    Place::Introspection,
    Place::Code,
    Place::Refresh,
    Place::DeviceCode,
    Place::Hint,
    Place::Assertion,
    Place::Request,
    Place::Registration,
    Place::Management,
    Place::Pushed,
];

/// Whether a token is taken in a place.
async fn taken((rp, nobody): (&Rp, &Person), manage: &str, place: Place, token: &str) -> bool {
    let bearer = vec![(header::AUTHORIZATION, format!("Bearer {token}"))];
    match place {
        Place::Userinfo => rp.userinfo(token).await.status.is_success(),
        Place::Introspection => rp.introspect(token).await.json()["active"] == json!(true),
        Place::Code => {
            let ask = super::request(rp);
            rp.redeem(token, &ask).await.status.is_success()
        }
        Place::Refresh => rp.refresh(token, None).await.status.is_success(),
        Place::DeviceCode => {
            let fields = Fields::of(&[
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
                ("device_code", token),
            ]);
            let kiosk = Rp::known("kiosk").await;
            kiosk.ask_for_tokens(fields).await.status.is_success()
        }
        Place::Hint => {
            let fields = Fields::of(&[("id_token_hint", token)])
                .with("post_logout_redirect_uri", crate::world::AFTER_LOGOUT);
            let left = crate::logout::look(nobody, &crate::logout::url(rp, &fields)).await;
            left.to.is_some()
        }
        Place::Assertion => {
            let url = rp.endpoint("revocation_endpoint");
            let fields = Fields::of(&[("token", "x"), ("client_assertion", token)])
                .with("client_id", &rp.id)
                .with("client_assertion_type", ASSERTION_TYPE);
            let answer = rp.send(Method::POST, &url, &vec![], Some(&fields)).await;
            answer.status.is_success()
        }
        Place::Request => {
            let fields = Fields::of(&[("client_id", &rp.id), ("request", token)]);
            let answer = nobody.visitor.get(rp.authorize_url_of(&fields)).await;
            !answer.status.is_client_error()
        }
        Place::Registration => {
            let url = rp.endpoint("registration_endpoint");
            let metadata = registration::usual(&jose::Key::generate("ES256"), json!({}));
            let answer = rp.send_json(Method::POST, &url, &bearer, &metadata).await;
            answer.status.is_success()
        }
        Place::Management => {
            let answer = rp.send(Method::GET, manage, &bearer, None).await;
            answer.status.is_success()
        }
        Place::Pushed => {
            let prefixed = format!("urn:ietf:params:oauth:request_uri:{token}");
            let visit = nobody.open(&rp.pushed_url(&prefixed)).await;
            matches!(visit.end, crate::person::End::Back(_))
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_10_no_kind_of_token_is_ever_another() {
    for client in ["strict", "jwt-tokens"] {
        let (rp, nobody) = (Rp::known(client).await, somebody().await);
        let who = (&rp, &nobody);
        let done = super::done(&rp).await;
        let (unused, _) = super::code(&rp).await;
        let pushed = rp.pushed(&super::request(&rp)).await;
        let reference = pushed.rsplit(':').next().expect("a reference").to_owned();
        let registered = registered(json!({})).await;
        let text = |name: &str| registered.body[name].as_str().expect("a text").to_owned();
        let manage = text("registration_client_uri");
        let key = world().await.keys.assertion.clone();
        let assertion = key.sign("JWT", &Rp::known("assertion").await.assertion_claims());
        // A name, the token, and where it is good.
        let tokens: Vec<(&str, String, &[Place])> = vec![
            (
                "access token",
                done.tokens.access_token.clone(),
                &[Place::Userinfo, Place::Introspection],
            ),
            ("ID token", done.tokens.id().to_owned(), &[Place::Hint]),
            (
                "refresh token",
                done.tokens.refresh().to_owned(),
                &[Place::Refresh, Place::Introspection],
            ),
            ("code", unused, &[Place::Code]),
            ("spent code", done.code.clone(), &[]),
            ("reference of a pushed request", reference, &[Place::Pushed]),
            ("assertion of another client", assertion, &[]),
            (
                "initial access token",
                world().await.invitation().await.to_owned(),
                &[Place::Registration],
            ),
            (
                "registration access token",
                text("registration_access_token"),
                &[Place::Management],
            ),
            ("client secret", crate::world::secret(client), &[]),
        ];
        for (name, token, good) in &tokens {
            for place in PLACES {
                // The second use of a code would end what the rest is about.
                let ends_all = *name == "spent code" && place == Place::Code;
                if good.contains(&place) || ends_all {
                    continue;
                }
                let taken = taken(who, &manage, place, token).await;
                assert!(!taken, "{client}: {name} is taken as {place:?}");
            }
        }
        // Each is still good where it belongs: none was spent in a wrong place.
        for (name, token, good) in &tokens {
            let Some(&place) = good
                .first()
                .filter(|place| !matches!(place, Place::Code | Place::Pushed))
            else {
                continue;
            };
            assert!(
                taken(who, &manage, place, token).await,
                "{client}: {name} at {place:?}"
            );
        }
        // Sessions and their cookies are none of these either.
        let person = somebody().await;
        person.sign_in().await;
        for cookie in person.visitor.cookie_names() {
            let value = person.visitor.cookie(&cookie).unwrap_or_default();
            for place in PLACES {
                assert!(
                    !taken(who, &manage, place, &value).await,
                    "{cookie} as {place:?}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_10_each_kind_says_what_it_is() {
    let rp = Rp::known("jwt-tokens").await;
    let done = super::done(&rp).await;
    let keys = rp.keys().await;
    let (header, claims) = jose::verified(&done.tokens.access_token, &keys);
    assert_eq!(header["typ"], "at+jwt", "RFC 9068");
    assert_eq!(claims["iss"], json!(rp.world.issuer()));
    assert_eq!(claims["client_id"], json!(rp.id));
    assert_ne!(
        claims["aud"],
        json!(rp.id),
        "an access token is not for its client"
    );
    assert!(claims["jti"].is_string() && claims["exp"].is_i64() && claims["sub"].is_string());
    for name in ["name", "email", "nonce", "auth_time_of"] {
        assert!(claims.get(name).is_none(), "{name}");
    }
    let (header, _) = jose::peek(done.tokens.id());
    assert_ne!(header["typ"], "at+jwt");
    // The opaque ones say nothing at all.
    let opaque = super::done(&Rp::known("strict").await).await.tokens;
    assert_ne!(opaque.access_token.matches('.').count(), 2);
    for token in [&opaque.access_token, &opaque.refresh_token.expect("one")] {
        assert!(!token.starts_with("eyJ"), "{token}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_11_a_refresh_token_is_replaced_and_its_reuse_ends_the_family() {
    let rp = Rp::known("strict").await;
    let first = super::done(&rp).await.tokens;
    let second = checks::tokens(&rp.refresh(first.refresh(), None).await, &rp);
    assert_ne!(second.refresh(), first.refresh());
    // In the same second: an attacker who was faster, or slower.
    checks::invalid_grant(&rp.refresh(first.refresh(), None).await);

    // A lost answer is given once more, some seconds later.
    let first = super::done(&rp).await.tokens;
    let second = checks::tokens(&rp.refresh(first.refresh(), None).await, &rp);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let again = checks::tokens(&rp.refresh(first.refresh(), None).await, &rp);
    // Again and again: each time refused, and in the end the family is over.
    for _ in 0..4 {
        checks::invalid_grant(&rp.refresh(first.refresh(), None).await);
    }
    for token in [second.refresh(), again.refresh()] {
        checks::invalid_grant(&rp.refresh(token, None).await);
    }
    for token in [
        &first.access_token,
        &second.access_token,
        &again.access_token,
    ] {
        assert!(
            !rp.is_good(token).await,
            "an access token outlives its family"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_11_a_refresh_asks_anew_whether_all_is_well() {
    let rp = Rp::known("strict").await;
    let world = world().await;
    // Fewer scopes may be asked for, more may not.
    let tokens = super::done(&rp).await.tokens;
    let narrow = checks::tokens(&rp.refresh(tokens.refresh(), Some("openid")).await, &rp);
    assert_eq!(narrow.scope, "openid");
    let wide = rp
        .refresh(narrow.refresh(), Some("openid profile email"))
        .await;
    if wide.status == StatusCode::OK {
        // RFC 6749 §3.3: what is too much may be overlooked, and the answer says so.
        let scope = checks::tokens(&wide, &rp).scope;
        assert!(!scope.contains("email"), "{scope}");
    } else {
        checks::json_error(&wide, &[400], &["invalid_scope"]);
    }
    // Whoever is locked meanwhile gets nothing, and neither does what they have.
    let person = somebody().await;
    let done = flow(&person, &rp, &super::request(&rp)).await;
    world
        .hub
        .run(&["accounts", "lock", &person.login, "--because", "essai"]);
    let refused = rp.refresh(done.tokens.refresh(), None).await;
    checks::json_error(&refused, &[400], &["invalid_grant"]);
    clau_tests::support::process::eventually("it is over", Duration::from_secs(10), async || {
        (!rp.is_good(&done.tokens.access_token).await).then_some(())
    })
    .await;
    // Another client, or nobody, with the right token.
    let tokens = super::done(&rp).await.tokens;
    let other = Rp::known("asking").await;
    checks::invalid_grant(&other.refresh(tokens.refresh(), None).await);
    let mut nobody = rp.clone();
    nobody.auth = Auth::None;
    checks::invalid_client(&nobody.refresh(tokens.refresh(), None).await);
    checks::tokens(&rp.refresh(tokens.refresh(), None).await, &rp);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_11_without_offline_access_a_refresh_token_dies_with_the_session() {
    crate::modules::reuse::offline_access_outlives_the_session("strict").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_12_nobody_learns_of_tokens_that_are_not_theirs() {
    let (rp, other) = (Rp::known("strict").await, Rp::known("asking").await);
    let tokens = super::done(&rp).await.tokens;
    let own = checks::json_body(&rp.introspect(&tokens.access_token).await);
    assert_eq!(own["active"], true);
    assert_eq!(own["client_id"], json!(rp.id));
    assert!(own["exp"].is_i64() && own["scope"].is_string() && own["iss"].is_string());
    for token in [
        tokens.access_token.as_str(),
        tokens.refresh(),
        "nonsense",
        "a.b.c",
    ] {
        super::inactive(&other.introspect(token).await);
    }
    let answer = rp.introspect(tokens.id()).await;
    super::inactive(&answer);
    // Who asks says who they are; a public client never may.
    let mut nobody = rp.clone();
    nobody.auth = Auth::None;
    checks::invalid_client(&nobody.introspect(&tokens.access_token).await);
    let native = Rp::known("native").await;
    let answer = native.introspect(&tokens.access_token).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);

    // Another client takes nothing back, and is told nothing (RFC 7009 §2.1).
    let answer = other.revoke(&tokens.access_token).await;
    assert!(answer.status.is_success() || answer.status.is_client_error());
    other.revoke(tokens.refresh()).await;
    assert!(
        rp.is_good(&tokens.access_token).await,
        "taken back by a stranger"
    );
    let renewed = checks::tokens(&rp.refresh(tokens.refresh(), None).await, &rp);
    // Its own client does, with all that hangs on it.
    assert_eq!(rp.revoke(renewed.refresh()).await.status, StatusCode::OK);
    assert_eq!(rp.revoke("nonsense").await.status, StatusCode::OK);
    for token in [&tokens.access_token, &renewed.access_token] {
        super::inactive(&rp.introspect(token).await);
        assert!(!rp.is_good(token).await);
    }
    checks::invalid_grant(&rp.refresh(renewed.refresh(), None).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn oidc_12_userinfo_is_for_tokens_about_a_person() {
    let rp = Rp::known("strict").await;
    // Without `openid` there is nobody to tell of.
    let ask = rp.ask("profile").pkce();
    let visit = somebody().await.open(&rp.authorize_url(&ask)).await;
    let code = rp.granted(&visit, &ask);
    let tokens = rp.tokens(&code, &ask).await;
    let answer = rp.userinfo(&tokens.access_token).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    let challenge = answer.header(header::WWW_AUTHENTICATE).unwrap_or_default();
    assert!(challenge.contains("insufficient_scope"), "{challenge}");
    // Nothing, something else, and a token in the address.
    let url = rp.endpoint("userinfo_endpoint");
    let good = super::done(&rp).await.tokens.access_token;
    let bare = rp.send(Method::GET, &url, &vec![], None).await;
    assert_eq!(bare.status, StatusCode::UNAUTHORIZED);
    // RFC 6750 §3.1: who sent nothing is told no error.
    let challenge = bare.header(header::WWW_AUTHENTICATE).unwrap_or_default();
    assert!(
        challenge.starts_with("Bearer") && !challenge.contains("error="),
        "{challenge}"
    );
    let in_query = format!("{url}?access_token={good}");
    let answer = rp.send(Method::GET, &in_query, &vec![], None).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    // Two places at once.
    let headers = vec![(header::AUTHORIZATION, format!("Bearer {good}"))];
    let body = Fields::of(&[("access_token", &good)]);
    let answer = rp.send(Method::POST, &url, &headers, Some(&body)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    // The service itself is nobody.
    let machine = Rp::known("machine").await;
    let fields = Fields::of(&[("grant_type", "client_credentials")]);
    let answer = machine.ask_for_tokens(fields).await;
    let tokens = checks::tokens(&answer, &machine);
    assert_eq!((tokens.refresh_token, tokens.id_token), (None, None));
    assert!(!machine.is_good(&tokens.access_token).await, "about nobody");
    assert!(rp.is_good(&good).await);
}

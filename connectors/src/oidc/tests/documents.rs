//! Discovery documents and key sets: what is believed, what is kept, and how often keys are asked for.

use std::sync::Arc;
use std::time::Duration;

use clau_oidc::jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

use super::scene::{ISSUER, NOW, Scene, made, registration, wish};
use crate::contract::{Answer, Arrival, Call, Fault, Http, Request, Response, Taken, WantedFrom};

fn discovery(scene: &Scene, change: impl Fn(&mut Value)) -> Result<Taken, Fault> {
    let mut document = scene.provider.state().discovery.clone();
    change(&mut document);
    let taken = scene
        .driver
        .take("discovery", document.to_string().as_bytes(), NOW);
    assert!(
        scene.login().is_ok(),
        "what is not believed changes nothing"
    );
    taken
}

#[test]
fn keys_are_wanted_as_soon_as_it_is_known_where_they_are() {
    let scene = Scene::plain();
    let driver = made(&registration(json!({}), json!({}))).expect("a driver");
    let wanted = |driver: &dyn crate::contract::Driver| -> Vec<(&str, String)> {
        let documents = driver.documents().into_iter();
        let address = |from| match from {
            WantedFrom::Url(url) => url.as_str().to_owned(),
            WantedFrom::Federation { .. } => panic!("no federation"),
        };
        documents
            .map(|wanted| (wanted.name, address(wanted.from)))
            .collect()
    };
    let first = (
        "discovery",
        format!("{ISSUER}/.well-known/openid-configuration"),
    );
    assert_eq!(wanted(&*driver), std::slice::from_ref(&first));
    let keys = ("keys", format!("{ISSUER}/jwks"));
    assert_eq!(wanted(&*scene.driver), [first, keys]);
}

#[test]
fn fed_12_another_issuer_is_not_believed() {
    let scene = Scene::plain();
    for other in [
        json!("https://guichet.example.fr/api/v2/"),
        json!("https://GUICHET.example.fr/api/v2"),
        json!("https://guichet.example.fr"),
        json!("https://evil.example/api/v2"),
        json!([ISSUER]),
        Value::Null,
    ] {
        let taken = discovery(&scene, |document| document["issuer"] = other.clone());
        assert!(matches!(taken, Err(Fault::Untrusted(_))), "{other}");
    }
}

#[test]
fn fed_12_every_address_is_https() {
    let scene = Scene::plain();
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
    ] {
        for bad in [
            json!("http://guichet.example.fr/x"),
            json!("http://127.0.0.1:8080/x"),
            json!("javascript:alert(1)"),
            json!("https://user@guichet.example.fr/x"),
            json!("https://guichet.example.fr/x#y"),
            json!("/x"),
            json!(7),
        ] {
            let taken = discovery(&scene, |document| document[name] = bad.clone());
            assert!(matches!(taken, Err(Fault::Untrusted(_))), "{name} = {bad}");
        }
    }
    for needed in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        let taken = discovery(&scene, |document| document[needed] = Value::Null);
        assert!(matches!(taken, Err(Fault::Untrusted(_))), "{needed}");
    }
}

#[test]
fn fed_12_what_is_no_document_or_too_long_changes_nothing() {
    let scene = Scene::plain();
    let good = scene.provider.state().discovery.to_string();
    let twice = good.replacen('{', &format!("{{\"issuer\":\"{ISSUER}\","), 1);
    let padded = good.replacen('{', &format!("{{{}", " ".repeat(70_000)), 1);
    let too_many = json!({ "keys": vec![json!({}); 33] }).to_string();
    let long_keys = format!("{}{}", " ".repeat(140_000), scene.provider.state().keys);
    for (name, text) in [
        ("discovery", ""),
        ("discovery", "<html>"),
        ("discovery", "[]"),
        ("discovery", twice.as_str()),
        ("discovery", padded.as_str()),
        ("keys", "{}"),
        ("keys", r#"{"keys":[]}"#),
        ("keys", r#"{"keys":{}}"#),
        ("keys", too_many.as_str()),
        ("keys", long_keys.as_str()),
        ("metadata", good.as_str()),
    ] {
        let taken = scene.driver.take(name, text.as_bytes(), NOW);
        assert!(taken.is_err(), "{name}: {} bytes", text.len());
        assert!(scene.login().is_ok());
    }
}

#[test]
fn fed_12_a_set_with_a_private_key_or_none_of_the_right_kind_is_refused() {
    let scene = Scene::plain();
    let good = scene.provider.state().keys["keys"][0].clone();
    let mut private = good.clone();
    private["d"] = json!("AAAA");
    let mut secret = good.clone();
    secret["kty"] = json!("oct");
    secret["k"] = json!("AAAA");
    let mut encryption = good.clone();
    encryption["use"] = json!("enc");
    let other = SigningKey::generate(Algorithm::EdDsa).expect("a key");
    for bad in [private, secret, encryption, other.public().to_json()] {
        let set = json!({ "keys": [bad] }).to_string();
        assert!(scene.driver.take("keys", set.as_bytes(), NOW).is_err());
        assert!(scene.login().is_ok());
    }
    // Beside a good one, what cannot be used is overlooked.
    let set = json!({ "keys": [other.public().to_json(), good, { "kty": "new" }] }).to_string();
    assert!(scene.driver.take("keys", set.as_bytes(), NOW).is_ok());
    assert!(scene.login().is_ok());
}

#[test]
fn fed_12_a_new_key_is_asked_for_once_a_minute_and_the_login_goes_on() {
    let mut scene = Scene::plain();
    let roll = |scene: &Scene| {
        let next = Arc::new(SigningKey::generate(Algorithm::Es256).expect("a key"));
        let mut state = scene.provider.state();
        state.keys = json!({ "keys": [next.public().to_json()] });
        state.signs_by = next;
    };
    roll(&scene);
    assert!(scene.login().is_ok(), "its key is asked for by the way");
    assert_eq!(scene.provider.calls("/jwks"), 1);
    assert_eq!(
        scene.provider.calls("/token"),
        1,
        "the code is exchanged once"
    );
    assert!(scene.login().is_ok());
    assert_eq!(scene.provider.calls("/jwks"), 1);
    // Another one within the minute: refused, and not asked for.
    roll(&scene);
    scene.now = NOW + Duration::from_secs(59);
    assert!(matches!(scene.login(), Err(Fault::Untrusted(_))));
    assert_eq!(scene.provider.calls("/jwks"), 1);
    scene.now = NOW + Duration::from_secs(60);
    scene.provider.state().id_token = Box::new(|claims| {
        for name in ["iat", "exp", "auth_time"] {
            claims[name] = json!(claims[name].as_i64().expect("seconds") + 60);
        }
    });
    assert!(scene.login().is_ok());
    assert_eq!(scene.provider.calls("/jwks"), 2);
}

/// A provider that takes its time: whoever asks is asked again once before it answers.
struct Slow<'a>(&'a super::provider::Provider);

impl Http for Slow<'_> {
    fn send<'a>(&'a self, request: Request<'a>) -> Answer<'a, Response> {
        let mut waited = false;
        let wait = std::future::poll_fn(move |_| {
            if std::mem::replace(&mut waited, true) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        });
        Box::pin(async move {
            wait.await;
            self.0.send(request).await
        })
    }
}

#[test]
fn fed_12_those_who_come_while_a_new_key_is_fetched_wait_for_it() {
    let scene = Scene::plain();
    let next = Arc::new(SigningKey::generate(Algorithm::Es256).expect("a key"));
    {
        let mut state = scene.provider.state();
        state.keys = json!({ "keys": [next.public().to_json()] });
        state.signs_by = next;
    }
    let slow = Slow(&scene.provider);
    let call = Call {
        http: &slow,
        ..scene.call()
    };
    let away = || {
        let (address, pending) = scene.depart(&wish()).expect("away");
        (scene.provider.authorize(&address), pending)
    };
    let logins = [away(), away(), away()];
    let arrivals = logins.each_ref().map(|(query, _)| Arrival::Query(query));
    let all = arrivals
        .iter()
        .zip(&logins)
        .map(|(arrival, (_, pending))| scene.driver.arrive(&call, arrival, Some(pending)));
    let mut all = std::pin::pin!(futures_util::future::join_all(all));
    let waker = futures_util::task::noop_waker();
    let mut context = std::task::Context::from_waker(&waker);
    let answers = (0..100).find_map(|_| match all.as_mut().poll(&mut context) {
        std::task::Poll::Ready(answers) => Some(answers),
        std::task::Poll::Pending => None,
    });
    let answers = answers.expect("all answer");
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3);
    assert_eq!(scene.provider.calls("/jwks"), 1);
}

#[test]
fn fed_12_a_stranger_cannot_make_the_hub_ask_for_keys_again_and_again() {
    let scene = Scene::plain();
    let stranger = SigningKey::generate(Algorithm::Es256).expect("a key");
    for _ in 0..5 {
        let token = stranger.sign(clau_oidc::jose::Typ::LogoutToken, &json!({}));
        let token = token.expect("signs");
        let notice = crate::contract::Notice::LogoutToken(&token);
        let heard = super::scene::now(scene.driver.hear(&scene.call(), &notice));
        assert!(matches!(heard, Err(Fault::Untrusted(_))));
    }
    assert_eq!(scene.provider.calls("/jwks"), 1);
}

#[test]
fn fed_12_where_keys_cannot_be_had_the_last_good_ones_stay() {
    let scene = Scene::plain();
    let stranger = Arc::new(SigningKey::generate(Algorithm::Es256).expect("a key"));
    let own = std::mem::replace(&mut scene.provider.state().signs_by, stranger);
    scene.provider.state().keys = json!("rubbish");
    assert!(matches!(scene.login(), Err(Fault::Untrusted(_))));
    assert_eq!(scene.provider.calls("/jwks"), 1);
    scene.provider.state().signs_by = own;
    assert!(scene.login().is_ok());
}

#[test]
fn what_does_not_fit_the_registration_is_told() {
    let oidc = json!({
        "acr_values": ["eidas2"], "scopes": ["profile"], "algorithms": ["PS256", "ES256"],
    });
    let scene = Scene::new(oidc, json!({}));
    let warned = |name: &str, value: Value| {
        let taken = discovery(&scene, |document| document[name] = value.clone());
        taken.expect("believed").warnings.join("\n")
    };
    assert_eq!(
        warned("acr_values_supported", json!(["eidas2", "eidas3"])),
        ""
    );
    assert!(warned("acr_values_supported", json!(["eidas1"])).contains("`eidas2`"));
    assert!(warned("scopes_supported", json!(["openid"])).contains("`profile`"));
    let posts = json!(["client_secret_post"]);
    let methods = "token_endpoint_auth_methods_supported";
    assert!(warned(methods, posts).contains("client_secret_basic"));
    let signs = "id_token_signing_alg_values_supported";
    assert!(warned(signs, json!(["RS256", "HS256"])).contains("oidc.algorithms"));
    let signed = Scene::new(json!({ "signed_userinfo": true }), json!({}));
    signed.provider.state().signed = true;
    let taken = discovery(&signed, |document| {
        document["userinfo_endpoint"] = Value::Null
    });
    assert!(matches!(taken, Err(Fault::Unusable(_))));
}

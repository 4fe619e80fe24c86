//! Logout towards a provider, and from it.

use std::time::Duration;

use clau_oidc::jose::{Algorithm, SigningKey, Typ};
use serde_json::{Value, json};

use super::provider::{SECONDS, encrypted};
use super::scene::{CLIENT, HUB, ISSUER, NOW, STATE, Scene, now, parameter, parameters};
use crate::contract::{Fault, Heard, Leave, LogoutOutcome, Notice, SignOut};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn sign_out(scene: &Scene, upstream: &str) -> SignOut {
    now(scene.driver.sign_out(&scene.call(), upstream, STATE)).expect("a way")
}

fn hear(scene: &Scene, notice: &Notice<'_>) -> Result<Heard, Fault> {
    now(scene.driver.hear(&scene.call(), notice))
}

/// Names and what must come once, of a logout that is believed.
fn ended(
    scene: &Scene,
    notice: &Notice<'_>,
) -> (Vec<String>, Vec<(String, clau_domain::time::Timestamp)>) {
    match hear(scene, notice).expect("believed") {
        Heard::Ended { names, once, reply } => {
            assert_eq!(reply, None);
            (names, once)
        }
        Heard::Answered { .. } => panic!("nobody was asked"),
    }
}

fn refused(scene: &Scene, notice: &Notice<'_>) -> bool {
    matches!(hear(scene, notice), Err(Fault::Untrusted(_)))
}

fn good() -> Value {
    json!({
        "iss": ISSUER, "aud": CLIENT, "iat": SECONDS, "exp": SECONDS + 120, "jti": "one",
        "events": { EVENT: {} }, "sid": "session-1", "sub": "s-1",
    })
}

fn signed(scene: &Scene, typ: Typ, claims: &Value) -> String {
    let key = std::sync::Arc::clone(&scene.provider.state().signs_by);
    key.sign(typ, claims).expect("signs")
}

#[test]
fn the_browser_goes_there_with_the_token_as_a_hint_and_comes_back() {
    let scene = Scene::plain();
    let upstream = scene.login().expect("in").upstream;
    let kept: Value = serde_json::from_str(&upstream).expect("JSON");
    let SignOut::Away { leave, .. } = sign_out(&scene, &upstream) else {
        panic!("away and back")
    };
    let Leave::Redirect(address) = leave else {
        panic!("by a redirect")
    };
    assert!(address.starts_with(&format!("{ISSUER}/session/end?")));
    let get = |name| parameter(&address, name);
    assert_eq!(get("id_token_hint").as_deref(), kept["id_token"].as_str());
    assert_eq!(get("state").as_deref(), Some(STATE));
    let back = format!("{HUB}/oidc/rp/guichet/signed-out");
    assert_eq!(get("post_logout_redirect_uri"), Some(back));
    assert_eq!(
        parameters(&address).len(),
        3,
        "nothing that anybody could refuse"
    );
    // A hint that was lost: the provider still learns who asks.
    let lost = upstream.replace(kept["id_token"].as_str().expect("a token"), "");
    let SignOut::Away {
        leave: Leave::Redirect(address),
        ..
    } = sign_out(&scene, &lost)
    else {
        panic!("away and back")
    };
    assert_eq!(parameter(&address, "client_id").as_deref(), Some(CLIENT));
    for (query, went) in [
        (format!("state={STATE}"), true),
        ("error=access_denied".to_owned(), false),
    ] {
        let Ok(Heard::Answered { done }) = hear(&scene, &Notice::CameBack(&query)) else {
            panic!("an answer")
        };
        assert_eq!(done, went, "{query}");
    }
}

#[test]
fn where_there_is_no_such_address_there_is_a_button_or_nothing() {
    let button = "https://guichet.example.fr/out";
    for (oidc, endpoint, expected) in [
        (json!({}), false, SignOut::Nothing),
        (
            json!({ "logout_url": button }),
            false,
            SignOut::Button(button.to_owned()),
        ),
        (
            json!({ "logout": "protocol", "logout_url": button }),
            false,
            SignOut::Button(button.to_owned()),
        ),
        (
            json!({ "logout": "button", "logout_url": button }),
            true,
            SignOut::Button(button.to_owned()),
        ),
        (
            json!({ "logout": "none", "logout_url": button }),
            true,
            SignOut::Nothing,
        ),
    ] {
        let scene = Scene::new(oidc.clone(), json!({}));
        if !endpoint {
            scene.provider.state().discovery["end_session_endpoint"] = Value::Null;
            scene.fetch().expect("documents");
        }
        let upstream = scene.login().expect("in").upstream;
        assert_eq!(sign_out(&scene, &upstream), expected, "{oidc}");
    }
}

#[test]
fn oidc_15_a_logout_token_says_which_session_is_over() {
    let scene = Scene::plain();
    let names = scene.login().expect("in").names;
    let token = signed(&scene, Typ::LogoutToken, &good());
    let (meant, once) = ended(&scene, &Notice::LogoutToken(&token));
    assert_eq!(meant, names[..1], "the session, where it is named");
    let until = NOW + Duration::from_secs(720);
    assert_eq!(once, [(format!("logout:{ISSUER}/one"), until)]);
    let mut person = good();
    person.as_object_mut().expect("claims").remove("sid");
    let token = signed(&scene, Typ::LogoutToken, &person);
    let (meant, _) = ended(&scene, &Notice::LogoutToken(&token));
    assert_eq!(meant, names[1..], "else all of the person's");
    // Providers of today write `JWT`, and some leave `exp` out.
    let mut older = good();
    older.as_object_mut().expect("claims").remove("exp");
    older["aud"] = json!([CLIENT]);
    let token = signed(&scene, Typ::IdToken, &older);
    assert_eq!(ended(&scene, &Notice::LogoutToken(&token)).0, names[..1]);
}

#[test]
fn oidc_15_once_is_remembered_for_as_long_as_the_token_could_come_again() {
    let mut scene = Scene::plain();
    let mut lasting = good();
    lasting["exp"] = json!(SECONDS + 86_400);
    let token = signed(&scene, Typ::LogoutToken, &lasting);
    let (_, once) = ended(&scene, &Notice::LogoutToken(&token));
    scene.now = once[0].1;
    assert!(refused(&scene, &Notice::LogoutToken(&token)));
}

#[test]
fn oidc_15_everything_else_is_refused() {
    let scene = Scene::plain();
    for (name, value) in [
        ("iss", json!("https://evil.example")),
        ("iss", Value::Null),
        ("aud", json!("another")),
        ("aud", json!([CLIENT, "another"])),
        ("aud", Value::Null),
        ("iat", json!(SECONDS + 61)),
        ("iat", json!(SECONDS - 661)),
        ("iat", json!(SECONDS.to_string())),
        ("iat", Value::Null),
        ("exp", json!(SECONDS - 60)),
        ("exp", json!("later")),
        ("nbf", json!(SECONDS + 61)),
        ("jti", json!("")),
        ("jti", json!(1)),
        ("jti", json!("j".repeat(257))),
        ("jti", Value::Null),
        ("events", json!({})),
        ("events", json!({ EVENT: true })),
        ("events", json!({ "https://evil.example/event": {} })),
        ("events", json!([EVENT])),
        ("events", json!(EVENT)),
        ("events", Value::Null),
        ("nonce", json!("n")),
        ("nonce", json!("")),
        ("sid", json!(7)),
        ("sid", json!("")),
        ("sub", json!(["s-1"])),
    ] {
        let mut claims = good();
        match &value {
            Value::Null => drop(claims.as_object_mut().expect("claims").remove(name)),
            value => claims[name] = value.clone(),
        }
        let token = signed(&scene, Typ::LogoutToken, &claims);
        assert!(
            refused(&scene, &Notice::LogoutToken(&token)),
            "{name} = {value}"
        );
    }
    let mut nobody = good();
    let members = nobody.as_object_mut().expect("claims");
    members.retain(|name, _| !["sid", "sub"].contains(&name.as_str()));
    let token = signed(&scene, Typ::LogoutToken, &nobody);
    assert!(refused(&scene, &Notice::LogoutToken(&token)));
    // An ID token of this very login ends nothing.
    let upstream: Value = serde_json::from_str(&scene.login().expect("in").upstream).expect("JSON");
    let id_token = upstream["id_token"].as_str().expect("a token");
    assert!(refused(&scene, &Notice::LogoutToken(id_token)));
    let stranger = SigningKey::generate(Algorithm::Es256).expect("a key");
    let mut forged = vec![
        stranger.sign(Typ::LogoutToken, &good()).expect("signs"),
        signed(&scene, Typ::AccessToken, &good()),
        String::new(),
        "a.b.c".to_owned(),
    ];
    let token = signed(&scene, Typ::LogoutToken, &good());
    forged.push(
        token
            .rsplit_once('.')
            .map(|(rest, _)| format!("{rest}."))
            .expect("a token"),
    );
    for token in forged {
        assert!(refused(&scene, &Notice::LogoutToken(&token)), "{token}");
    }
}

#[test]
fn oidc_15_a_logout_token_may_be_encrypted_where_tokens_are() {
    let scene = Scene::new(json!({ "encrypted": true }), json!({}));
    let token = signed(&scene, Typ::LogoutToken, &good());
    let sealed = encrypted(&token, scene.keys.oidc_decryption[0].public());
    assert_eq!(ended(&scene, &Notice::LogoutToken(&sealed)).0.len(), 1);
    assert_eq!(ended(&scene, &Notice::LogoutToken(&token)).0.len(), 1);
    let plain = Scene::plain();
    let token = signed(&plain, Typ::LogoutToken, &good());
    let sealed = encrypted(&token, plain.keys.oidc_decryption[0].public());
    assert!(refused(&plain, &Notice::LogoutToken(&sealed)));
}

#[test]
fn a_front_channel_logout_names_issuer_and_session() {
    let scene = Scene::plain();
    let names = scene.login().expect("in").names;
    let issuer = "iss=https%3A%2F%2Fguichet.example.fr%2Fapi%2Fv2";
    let (meant, once) = ended(
        &scene,
        &Notice::FrontChannel(&format!("{issuer}&sid=session-1")),
    );
    assert_eq!(meant, names[..1]);
    assert!(once.is_empty());
    for bad in [
        String::new(),
        issuer.to_owned(),
        "sid=session-1".to_owned(),
        "iss=https%3A%2F%2Fevil.example&sid=session-1".to_owned(),
        format!("{issuer}&sid="),
        format!("{issuer}&sid=a&sid=session-1"),
        format!("{issuer}%2F&sid=session-1"),
    ] {
        assert!(refused(&scene, &Notice::FrontChannel(&bad)), "{bad}");
    }
}

#[test]
fn notices_of_other_protocols_are_none() {
    let scene = Scene::plain();
    assert!(refused(&scene, &Notice::Cas("<logout/>")));
    let reply = scene.driver.reply(&scene.call(), "", LogoutOutcome::Done);
    assert!(matches!(reply, Err(Fault::Unusable(_))));
}

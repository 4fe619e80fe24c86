//! Logins that succeed, and what is handed over of them.

use std::sync::Arc;

use clau_domain::session::Assurance;
use clau_domain::time::Timestamp;
use clau_oidc::jose::{Algorithm, SigningKey};
use serde_json::{Value, json};

use super::provider::{Proof, Provider, RSA, SECONDS, nameless};
use super::scene::{ISSUER, NOW, Scene, registration, wish};
use crate::contract::{Fault, Wish};

#[test]
fn somebody_logs_in_and_is_known_by_the_subject() {
    let scene = Scene::plain();
    assert_eq!(scene.driver.ready(NOW), Ok(()));
    let arrived = scene.login().expect("in");
    assert_eq!(arrived.identity.subject, "s-1");
    assert_eq!(arrived.identity.source.as_str(), "guichet");
    let at = Timestamp::from_millis((SECONDS - 5) * 1000);
    assert_eq!(arrived.identity.authenticated_at, at);
    assert_eq!(
        arrived.names,
        [
            format!("sid:{ISSUER}/session-1"),
            format!("sub:{ISSUER}/s-1")
        ]
    );
    let upstream: Value = serde_json::from_str(&arrived.upstream).expect("JSON");
    assert_eq!(upstream["sid"], "session-1");
    assert_eq!(upstream["sub"], "s-1");
    assert_eq!(
        upstream["id_token"]
            .as_str()
            .expect("a token")
            .split('.')
            .count(),
        3
    );
    assert!(
        arrived.once.is_empty(),
        "the code and the nonce are good once"
    );
}

#[test]
fn every_way_to_prove_the_hub_is_taken() {
    for (name, proof) in [
        ("client_secret_basic", Proof::Basic),
        ("client_secret_post", Proof::Post),
    ] {
        let scene = Scene::new(json!({ "authentication": name }), json!({}));
        scene.provider.state().proof = proof;
        assert!(scene.login().is_ok(), "{name}");
    }
    let scene = Scene::new(json!({ "authentication": "private_key_jwt" }), json!({}));
    let key = scene.keys.oidc_signing.as_ref().expect("a key").verifying();
    scene.provider.state().proof = Proof::Key(key.expect("a key"));
    assert!(scene.login().is_ok());
    assert!(scene.login().is_ok(), "each assertion is another");
    let mut scene = scene;
    scene.keys.oidc_signing = None;
    assert!(matches!(scene.login(), Err(Fault::Unusable(_))));
}

#[test]
fn every_algorithm_with_a_public_key_is_taken_that_the_registration_names() {
    for algorithm in Algorithm::ALL {
        let key = match algorithm {
            Algorithm::Rs256 => Arc::clone(&RSA),
            _ => Arc::new(SigningKey::generate(algorithm).expect("a key")),
        };
        let named = registration(json!({ "algorithms": [algorithm.name()] }), json!({}));
        let scene = Scene::of(Provider::new(Arc::clone(&key)), &named);
        assert!(scene.login().is_ok(), "{algorithm}");
        scene.provider.state().signed = true;
        assert!(scene.login().is_ok(), "{algorithm}");
    }
}

#[test]
fn a_key_without_a_name_verifies_a_token_without_one() {
    let scene = Scene::plain();
    {
        let mut state = scene.provider.state();
        let key = Arc::clone(&state.signs_by);
        state.id_token_text = Box::new(move |token| *token = nameless(&key, token));
        let key = state.keys["keys"][0].as_object_mut().expect("a key");
        for member in ["kid", "alg", "use"] {
            key.remove(member);
        }
    }
    scene.fetch().expect("documents");
    assert!(scene.login().is_ok());
}

#[test]
fn what_was_said_is_handed_over_as_text() {
    use crate::oidc::arrive::attributes;
    use clau_oidc::jose::Claims;
    let claims = |value: Value| Claims::new(value.as_object().expect("claims").clone());
    let older = claims(json!({ "uid": "old", "acr": "eidas1", "email_verified": true }));
    let newer = claims(json!({
        "uid": "jdupont", "siret": 13_002_526_500_013_u64, "email_verified": false,
        "given_name_array": ["Jeanne", "Marie"], "roles": ["a", 1, true],
        "address": { "country": "FR" }, "mixed": ["a", { "b": "c" }], "none": null, "empty": [],
    }));
    let mut read = attributes(&older, Some(&newer));
    read.sort();
    let expected = [
        ("acr", vec!["eidas1"]),
        ("email_verified", vec!["false"]),
        ("empty", vec![]),
        ("given_name_array", vec!["Jeanne", "Marie"]),
        ("roles", vec!["a", "1", "true"]),
        ("siret", vec!["13002526500013"]),
        ("uid", vec!["jdupont"]),
    ];
    let expected = expected.map(|(name, values)| {
        let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
        (name.to_owned(), values)
    });
    assert_eq!(read, expected);
    let alone = attributes(&older, None);
    assert!(alone.contains(&("uid".to_owned(), vec!["old".to_owned()])));
}

#[test]
fn what_franceconnect_plus_sends_is_opened_and_believed() {
    let registered = registration(
        json!({
            "authentication": "private_key_jwt", "encrypted": true, "acr_values": ["eidas2"],
            "algorithms": ["ES256"], "scopes": ["openid", "identite_pivot"],
        }),
        json!({
            "profile": "franceconnect",
            "levels": { "eidas1": "single_factor", "eidas2": "substantial", "eidas3": "high" },
            "attributes": { "subject": ["uid"] },
        }),
    );
    let key = SigningKey::generate(Algorithm::Es256).expect("a key");
    let scene = Scene::of(Provider::new(Arc::new(key)), &registered);
    let own = scene.keys.oidc_signing.as_ref().expect("a key").verifying();
    {
        let mut state = scene.provider.state();
        state.proof = Proof::Key(own.expect("a key"));
        state.signed = true;
        // A former key opens what was encrypted before the new one came.
        state.encrypts_for = Some(scene.keys.oidc_decryption[1].public().clone());
    }
    let arrived = scene.login().expect("in");
    assert_eq!(arrived.identity.subject, "jdupont", "as the mapping says");
    assert_eq!(arrived.identity.level, Assurance::Substantial);
    let upstream: Value = serde_json::from_str(&arrived.upstream).expect("JSON");
    let hint = upstream["id_token"].as_str().expect("a token");
    assert_eq!(hint.split('.').count(), 3, "a hint is a token that is open");
    // For another key, or for nobody: refused in the same words.
    let words = |login: Result<(), Fault>| login.expect_err("refused").to_string();
    let stranger = clau_oidc::jose::DecryptionKey::generate("ECDH-ES").expect("a key");
    scene.provider.state().encrypts_for = Some(stranger.public().clone());
    let unopened = words(scene.login().map(drop));
    let mut public = scene.keys.oidc_decryption[0].public().clone();
    public["kid"] = json!("another");
    scene.provider.state().encrypts_for = Some(public);
    assert!(scene.login().is_ok(), "a name given by hand");
    scene.provider.state().id_token_text = Box::new(|token| token.push('A'));
    assert_ne!(
        words(scene.login().map(drop)),
        unopened,
        "that one opens, and is no token"
    );
    scene.provider.state().id_token_text = Box::new(|_| {});
    scene.provider.state().encrypts_for = None;
    assert!(
        matches!(scene.login(), Err(Fault::Untrusted(_))),
        "not encrypted"
    );
}

#[test]
fn a_provider_without_user_information_says_all_in_its_id_token() {
    let scene = Scene::new(
        json!({}),
        json!({ "attributes": { "subject": ["matricule"] } }),
    );
    {
        let mut state = scene.provider.state();
        let discovery = state.discovery.as_object_mut().expect("a document");
        discovery.remove("userinfo_endpoint");
        discovery.remove("end_session_endpoint");
        state.id_token = Box::new(|claims| claims["matricule"] = json!(4711));
    }
    scene.fetch().expect("documents");
    assert_eq!(scene.login().expect("in").identity.subject, "4711");
    assert_eq!(scene.provider.calls("/userinfo"), 0);
}

#[test]
fn an_id_token_without_sid_names_the_person_and_where_the_front_channel_needs_it_the_session() {
    let scene = Scene::plain();
    let without = |claims: &mut Value| {
        claims.as_object_mut().expect("claims").remove("sid");
    };
    scene.provider.state().id_token = Box::new(without);
    let person = format!("sub:{ISSUER}/s-1");
    assert_eq!(scene.login().expect("in").names, [person.as_str()]);
    // As LemonLDAP::NG 2.16 does it: the front channel's `sid` is the subject.
    scene.provider.state().discovery["frontchannel_logout_session_supported"] = json!(true);
    scene.fetch().expect("documents");
    let names = scene.login().expect("in").names;
    assert_eq!(names, [format!("sid:{ISSUER}/s-1"), person]);
}

#[test]
fn when_they_logged_in_is_said_or_no_later_than_the_token() {
    let scene = Scene::plain();
    scene.provider.state().id_token = Box::new(|claims| {
        claims.as_object_mut().expect("claims").remove("auth_time");
    });
    let arrived = scene.login().expect("in");
    assert_eq!(arrived.identity.authenticated_at, NOW);
    // A clock that is ahead of ours.
    scene.provider.state().id_token = Box::new(|claims| claims["auth_time"] = json!(SECONDS + 30));
    let arrived = scene.login().expect("in");
    assert_eq!(arrived.identity.authenticated_at, NOW);
}

#[test]
fn a_login_that_had_to_be_anew_was() {
    let scene = Scene::plain();
    let anew = Wish {
        force: true,
        ..wish()
    };
    assert!(scene.login_as(&anew).is_ok());
    for old in [json!(SECONDS - 61), json!(SECONDS - 3600), Value::Null] {
        scene.provider.state().id_token = Box::new(move |claims| {
            claims["auth_time"] = old.clone();
            if old.is_null() {
                claims.as_object_mut().expect("claims").remove("auth_time");
            }
        });
        assert!(matches!(scene.login_as(&anew), Err(Fault::Untrusted(_))));
        assert!(scene.login().is_ok(), "where it had not to be");
    }
}

#[test]
fn an_error_of_the_provider_says_whose_fault_it_is() {
    let scene = Scene::plain();
    let (_, pending) = scene.depart(&wish()).expect("away");
    let state = super::scene::STATE;
    let answer = |error: &str| {
        let query = format!("error={error}&error_description=x&state={state}");
        scene.arrive(&query, Some(&pending)).expect_err("an error")
    };
    assert_eq!(
        answer("access_denied"),
        Fault::Refused("access_denied".to_owned())
    );
    assert_eq!(answer("Y040001"), Fault::Refused("Y040001".to_owned()));
    for refused in ["login_required", "consent_required", "interaction_required"] {
        assert!(matches!(answer(refused), Fault::Refused(_)), "{refused}");
    }
    for away in ["server_error", "temporarily_unavailable"] {
        assert!(matches!(answer(away), Fault::NoAnswer(_)), "{away}");
    }
    for ours in ["invalid_request", "invalid_scope", "unauthorized_client"] {
        assert!(matches!(answer(ours), Fault::Unusable(_)), "{ours}");
    }
    assert!(matches!(
        answer("unmet_authentication_requirements"),
        Fault::TooWeak(_)
    ));
    // A stranger's words are not repeated.
    let Fault::Refused(words) = answer("%3Cscript%3E") else {
        panic!("refused")
    };
    assert!(!words.contains("script"));
    assert!(scene.provider.state().calls.is_empty(), "nothing is asked");
}

#[test]
fn the_token_endpoint_says_whose_fault_it_is() {
    let scene = Scene::plain();
    scene.provider.state().proof = Proof::Post;
    assert!(
        matches!(scene.login(), Err(Fault::Unusable(_))),
        "another secret"
    );
    scene.provider.state().proof = Proof::Basic;
    let with = |status: u16, body: &'static str, kind: &'static str| {
        scene.provider.state().tokens = Box::new(move |answer| {
            answer.status = status;
            answer.body = body.as_bytes().to_vec();
            answer.content_type = kind.to_owned();
        });
        scene.login().expect_err("no tokens")
    };
    let json = "application/json";
    assert!(matches!(with(500, "oops", "text/html"), Fault::NoAnswer(_)));
    assert!(matches!(with(503, "{}", json), Fault::NoAnswer(_)));
    assert!(matches!(with(0, "", json), Fault::NoAnswer(_)));
    assert!(matches!(
        with(400, r#"{"error":"invalid_grant"}"#, json),
        Fault::Untrusted(_)
    ));
    assert!(matches!(
        with(401, r#"{"error":"invalid_client"}"#, json),
        Fault::Unusable(_)
    ));
    assert!(matches!(
        with(400, r#"{"error":"odd"}"#, json),
        Fault::NoAnswer(_)
    ));
    assert!(matches!(with(400, "{}", json), Fault::Untrusted(_)));
    assert!(matches!(with(302, "", "text/html"), Fault::Untrusted(_)));
    assert!(matches!(
        with(200, "<html>", "text/html"),
        Fault::Untrusted(_)
    ));
    assert!(matches!(with(200, "{}", json), Fault::Untrusted(_)));
    assert!(matches!(with(200, "[]", json), Fault::Untrusted(_)));
    // Nothing that came is repeated.
    let fault = with(
        200,
        r#"{"access_token":"canary","token_type":"Bearer","id_token":"canary"}"#,
        json,
    );
    assert!(!fault.to_string().contains("canary"), "{fault}");
    assert!(matches!(fault, Fault::Untrusted(_)));
}

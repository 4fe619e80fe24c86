//! How a provider is, in words, and what the hub says of itself.

use serde_json::{Value, json};

use super::provider::Proof;
use super::scene::{HUB, ISSUER, Scene, now};
use crate::contract::{Fault, Finding, Verdict};

fn check(scene: &Scene) -> Vec<Finding> {
    use futures_util::FutureExt as _;
    let call = scene.call();
    let findings = scene.driver.check(&call).now_or_never();
    findings.expect("nothing waits")
}

fn verdict(findings: &[Finding], step: &str) -> Option<Verdict> {
    let mut of_step = findings.iter().filter(|finding| finding.step == step);
    of_step.next().map(|finding| finding.verdict)
}

#[test]
fn where_everything_is_good_it_says_so() {
    let scene = Scene::plain();
    let findings = check(&scene);
    assert!(
        findings
            .iter()
            .all(|finding| finding.verdict == Verdict::Good),
        "{findings:#?}"
    );
    for step in ["addresses", "discovery", "keys", "credentials", "logout"] {
        assert!(verdict(&findings, step).is_some(), "{step}");
    }
    let told = |words: &str| findings.iter().any(|finding| finding.words.contains(words));
    assert!(told(&format!("{HUB}/oidc/rp/guichet/callback")));
    assert!(!told(super::scene::SECRET));
    assert!(scene.login().is_ok(), "it has changed nothing");
}

#[test]
fn what_is_wrong_is_told_by_its_step() {
    let bad = |bend: &dyn Fn(&Scene), step: &str| {
        let scene = Scene::plain();
        bend(&scene);
        let findings = check(&scene);
        assert_eq!(
            verdict(&findings, step),
            Some(Verdict::Bad),
            "{step}: {findings:#?}"
        );
    };
    bad(
        &|scene| scene.provider.state().discovery["issuer"] = json!("https://evil.example"),
        "discovery",
    );
    bad(
        &|scene| scene.provider.state().discovery = json!("rubbish"),
        "discovery",
    );
    bad(
        &|scene| scene.provider.state().keys = json!({ "keys": [] }),
        "keys",
    );
    bad(
        &|scene| scene.provider.state().proof = Proof::Post,
        "credentials",
    );
    bad(
        &|scene| scene.provider.state().tokens = Box::new(|answer| answer.status = 0),
        "credentials",
    );
    let warned = |bend: &dyn Fn(&Scene), step: &str| {
        let scene = Scene::plain();
        bend(&scene);
        assert_eq!(
            verdict(&check(&scene), step),
            Some(Verdict::Warning),
            "{step}"
        );
    };
    warned(
        &|scene| scene.provider.state().discovery["end_session_endpoint"] = Value::Null,
        "logout",
    );
    let methods = "token_endpoint_auth_methods_supported";
    warned(
        &|scene| scene.provider.state().discovery[methods] = json!(["private_key_jwt"]),
        "registration",
    );
}

#[test]
fn encryption_is_tried_by_what_both_sides_have() {
    let mut scene = Scene::new(json!({ "encrypted": true }), json!({}));
    let offered = "id_token_encryption_alg_values_supported";
    for (algorithms, expected) in [
        (json!(["RSA-OAEP", "ECDH-ES"]), Verdict::Good),
        (json!(["RSA-OAEP"]), Verdict::Warning),
    ] {
        scene.provider.state().discovery[offered] = algorithms;
        assert_eq!(verdict(&check(&scene), "encryption"), Some(expected));
    }
    scene.keys.oidc_decryption.clear();
    assert_eq!(verdict(&check(&scene), "own keys"), Some(Verdict::Bad));
}

#[test]
fn it_is_alive_where_it_answers_with_its_document() {
    let scene = Scene::plain();
    assert_eq!(now(scene.driver.probe(&scene.call())), Ok(()));
    assert_eq!(
        scene.provider.state().calls,
        [format!("{ISSUER}/.well-known/openid-configuration")]
    );
    let elsewhere = Scene::new(json!({}), json!({}));
    let connector =
        super::scene::registration(json!({ "issuer": "https://gone.example.fr" }), json!({}));
    let driver = super::scene::made(&connector).expect("a driver");
    let probed = now(driver.probe(&elsewhere.call()));
    assert!(matches!(probed, Err(Fault::NoAnswer(_))));
}

#[test]
fn the_hub_publishes_the_keys_that_the_provider_needs_and_no_private_half() {
    let published = |oidc: Value| {
        let scene = Scene::new(oidc, json!({}));
        let introduction = scene.driver.introduction(&scene.call()).expect("keys");
        (scene, introduction)
    };
    assert!(published(json!({})).1.is_none());
    for (oidc, uses) in [
        (json!({ "authentication": "private_key_jwt" }), vec!["sig"]),
        (json!({ "encrypted": true }), vec!["enc", "enc"]),
        (
            json!({ "authentication": "private_key_jwt", "encrypted": true }),
            vec!["sig", "enc", "enc"],
        ),
    ] {
        let (_, introduction) = published(oidc);
        let introduction = introduction.expect("keys");
        assert_eq!(introduction.content_type, "application/jwk-set+json");
        let set: Value = serde_json::from_str(&introduction.body).expect("JSON");
        let keys = set["keys"].as_array().expect("a list");
        let found: Vec<&str> = keys
            .iter()
            .map(|key| key["use"].as_str().expect("a use"))
            .collect();
        assert_eq!(found, uses);
        for key in keys {
            assert!(key["kid"].is_string() && key["alg"].is_string());
            assert!(key.get("d").is_none());
        }
    }
    let (mut scene, _) = published(json!({ "authentication": "private_key_jwt" }));
    scene.keys.oidc_signing = None;
    let none = scene.driver.introduction(&scene.call());
    assert!(matches!(none, Err(Fault::Unusable(_))));
}

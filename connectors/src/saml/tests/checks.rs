//! How a source is, in words.

use clau_saml::names::binding;

use crate::contract::{Finding, Verdict};

use super::*;

const SSO: &str = "https://idp.example/saml/sso";

fn check(scene: &Scene) -> Vec<Finding> {
    let call = scene.call();
    now(scene.driver.check(&call))
}

/// What was found in a step.
#[track_caller]
fn found(findings: &[Finding], step: &str, verdict: Verdict, words: &str) {
    let fits = |it: &Finding| it.step == step && it.verdict == verdict && it.words.contains(words);
    assert!(findings.iter().any(fits), "{step} {words}: {findings:#?}");
}

#[test]
fn fed_14_a_source_is_alive_that_answers_anything_but_an_error_of_its_own() {
    let scene = Scene::plain();
    let probe = || {
        let call = scene.call();
        now(scene.driver.probe(&call))
    };
    assert!(matches!(probe(), Err(Fault::NoAnswer(_))));
    for (status, alive) in [
        (200, true),
        (302, true),
        (400, true),
        (499, true),
        (500, false),
        (503, false),
    ] {
        scene.net.answer(SSO, status, "");
        assert_eq!(probe().is_ok(), alive, "{status}");
        assert!(alive || matches!(probe(), Err(Fault::NoAnswer(_))));
    }
    // A page of any length is one.
    scene.net.fail(SSO, Fault::Untrusted("too long".to_owned()));
    assert!(probe().is_ok());
    assert!(
        scene
            .net
            .asked
            .lock()
            .expect("the net")
            .iter()
            .all(|url| url == SSO)
    );
}

#[test]
fn a_good_source_is_good_in_every_step() {
    let mut registration = registration("essais", &IDP.metadata(), json!({}));
    merge(
        &mut registration,
        json!({ "attributes": { "subject": ["eppn"], "uai": ["a", "b"] } }),
    );
    let scene = Scene::of(registration);
    scene.net.answer(SSO, 400, "");
    let findings = check(&scene);
    assert!(
        findings.iter().all(|it| it.verdict == Verdict::Good),
        "{findings:#?}"
    );
    found(
        &findings,
        "metadata",
        Verdict::Good,
        "stands in the registration; it is good until 2026-11-24",
    );
    found(&findings, "certificate", Verdict::Good, "until 2046-12-31");
    found(
        &findings,
        "address",
        Verdict::Good,
        "https://idp.example/saml/sso by HTTP-Redirect",
    );
    found(&findings, "answer", Verdict::Good, "answers");
    found(&findings, "logout", Verdict::Good, "protocol");
    found(&findings, "scope", Verdict::Good, "idp.example");
    found(&findings, "keys", Verdict::Good, "signed");
    found(
        &findings,
        "attribute",
        Verdict::Good,
        "`uai` is read from a, or else b",
    );
}

#[test]
fn what_is_wrong_is_told_in_words() {
    let metadata = IDP
        .metadata()
        .replace("SingleLogoutService", "Nothing")
        .replace("shibmd:Scope", "shibmd:Nothing")
        .replace(name_id::PERSISTENT, name_id::EMAIL);
    let mut registration = registration("essais", &metadata, json!({ "encrypted": true }));
    merge(
        &mut registration,
        json!({ "attributes": { "login": ["eppn"] } }),
    );
    let mut scene = Scene::of(registration);
    scene.keys = Keys::default();
    let findings = check(&scene);
    found(&findings, "answer", Verdict::Bad, "nobody is there");
    found(&findings, "logout", Verdict::Warning, "stay open");
    found(&findings, "scope", Verdict::Bad, "`eppn`");
    found(&findings, "keys", Verdict::Bad, "no key that signs");
    found(&findings, "keys", Verdict::Bad, "no key that opens");
    found(&findings, "subject", Verdict::Bad, "no persistent names");
    let findings = check(&Scene::plain());
    found(
        &findings,
        "subject",
        Verdict::Warning,
        "saml.name_id_format",
    );
    let asked = Scene::with(json!({ "name_id_format": name_id::PERSISTENT }));
    found(&check(&asked), "subject", Verdict::Good, "persistent");
}

#[test]
fn certificates_are_spoken_of_before_they_end() {
    // Until 2046-12-31T00:00:00Z.
    let ends = OF_IDP.certificate().says_until().expect("a date");
    for (now, verdict, words) in [
        (ends - DAY * 31, Verdict::Good, "until 2046-12-31"),
        (ends - DAY * 29, Verdict::Warning, "ends on 2046-12-31"),
        (ends + SECOND, Verdict::Warning, "ended on 2046-12-31"),
    ] {
        let metadata = IDP.metadata_with(now, &[IDP.key]);
        let scene = Scene::of(registration("essais", &metadata, json!({}))).at(now);
        found(&check(&scene), "certificate", verdict, words);
    }
}

#[test]
fn metadata_is_fetched_anew_and_not_used() {
    let at = "https://idp.example/metadata.xml";
    let saml = json!({ "entity_id": IDP.entity_id(), "metadata_url": at });
    let scene = Scene::of(json!({ "id": "essais", "name": "Essais", "saml": saml }));
    found(&check(&scene), "metadata", Verdict::Bad, "nobody is there");
    scene.net.answer(at, 404, "");
    found(&check(&scene), "metadata", Verdict::Bad, "status 404");
    scene.net.answer(at, 200, "<html>");
    found(&check(&scene), "metadata", Verdict::Bad, "XML");
    scene.net.answer(at, 200, &OTHER.metadata());
    found(&check(&scene), "metadata", Verdict::Bad, "another entity");
    scene.net.answer(at, 200, &IDP.metadata());
    let findings = check(&scene);
    found(
        &findings,
        "metadata",
        Verdict::Good,
        "no certificate is pinned",
    );
    found(&findings, "address", Verdict::Good, SSO);
    assert!(
        scene.driver.ready(NOW).is_err(),
        "only the engine brings it"
    );
    // In a federation it is what the engine has brought.
    let saml = json!({ "entity_id": IDP.entity_id(), "federation": "renater" });
    let scene = Scene::of(json!({ "id": "essais", "name": "Essais", "saml": saml }));
    found(&check(&scene), "metadata", Verdict::Bad, "no metadata");
    let metadata = IDP.metadata();
    scene
        .driver
        .take("metadata", metadata.as_bytes(), NOW)
        .expect("metadata");
    found(
        &check(&scene),
        "metadata",
        Verdict::Good,
        "federation `renater`",
    );
}

#[test]
fn a_source_that_takes_forms_alone_is_told_as_such() {
    let sso = format!("<md:SingleSignOnService Binding=\"{}\"", binding::REDIRECT);
    let metadata = IDP
        .metadata()
        .replace(&sso, "<md:SingleSignOnService Binding=\"urn:none\"");
    let scene = Scene::of(registration("essais", &metadata, json!({})));
    found(&check(&scene), "address", Verdict::Good, "by HTTP-POST");
}

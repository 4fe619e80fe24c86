//! Requests for a login, as the source reads them.

use clau_saml::binding::{Binding, LONGEST_RELAY_STATE};
use clau_saml::message::AcsChoice;
use clau_saml::names::binding;

use super::*;

#[test]
fn a_request_is_signed_and_says_where_from_and_where_to() {
    let scene = Scene::plain();
    let (leave, pending) = scene.depart(&wish()).expect("a departure");
    let Leave::Redirect(url) = &leave else {
        panic!("by redirect, where the source takes that: {leave:?}")
    };
    assert!(url.starts_with("https://idp.example/saml/sso?SAMLRequest="));
    let request = scene.read(&leave);
    assert_eq!(
        request.header.issuer,
        format!("{HUB}/saml/sp/essais/metadata")
    );
    request
        .header
        .check("https://idp.example/saml/sso", true, NOW)
        .expect("for there and now");
    let acs = AcsChoice::Location {
        location: scene.acs(),
        binding: Some(binding::POST.to_owned()),
    };
    assert_eq!(request.acs, acs);
    assert_eq!((request.context, request.scoping), (None, None));
    assert_eq!(request.name_id, clau_saml::message::NameIdPolicy::default());
    assert!(pending.contains(&request.header.id));
    // Nothing of it in logs.
    assert!(!format!("{leave:?}").contains("SAML"));
    let (other, _) = scene.asked(&wish());
    assert_ne!(other.header.id, request.header.id);
}

#[test]
fn saml_13_what_travels_is_a_short_name_and_no_address() {
    let redirecting = Scene::plain();
    let posting = Scene::of(registration("essais", &without_redirect(), json!({})));
    for scene in [&redirecting, &posting] {
        let (leave, pending) = scene.depart(&wish()).expect("a departure");
        let received = came(&leave);
        assert_eq!(received.relay_state.as_deref(), Some(STATE));
        assert!(STATE.len() <= LONGEST_RELAY_STATE);
        // The two know nothing of one another: the state does not tell the request.
        assert!(!pending.contains(STATE));
    }
}

/// Metadata of a source that takes requests by form alone.
fn without_redirect() -> String {
    let sso = format!("<md:SingleSignOnService Binding=\"{}\"", binding::REDIRECT);
    let metadata = IDP.metadata();
    assert!(metadata.contains(&sso));
    metadata.replace(&sso, "<md:SingleSignOnService Binding=\"urn:none\"")
}

#[test]
fn by_form_where_the_source_takes_no_redirect() {
    let scene = Scene::of(registration("essais", &without_redirect(), json!({})));
    let (leave, pending) = scene.depart(&wish()).expect("a departure");
    let Leave::Form { action, .. } = &leave else {
        panic!("by form: {leave:?}")
    };
    assert_eq!(action, "https://idp.example/saml/sso");
    assert_eq!(came(&leave).binding, Binding::Post);
    let request = scene.read(&leave);
    let answer = IDP.seal(&IDP.answer(&scene, Some(&request)));
    assert!(scene.arrive(&answer, Some(&pending)).is_ok());
}

#[test]
fn how_people_are_to_be_called_is_the_registrations() {
    for (format, create) in [(name_id::PERSISTENT, true), (name_id::EMAIL, true)] {
        let scene = Scene::with(json!({ "name_id_format": format }));
        let policy = scene.asked(&wish()).0.name_id;
        assert_eq!(
            (policy.format.as_deref(), policy.allow_create),
            (Some(format), create)
        );
        assert_eq!(scene.introduced().name_id_formats, [format]);
    }
    let mut transient = registration(
        "essais",
        &IDP.metadata(),
        json!({ "name_id_format": name_id::TRANSIENT }),
    );
    merge(
        &mut transient,
        json!({ "attributes": { "subject": ["uid"] } }),
    );
    let policy = Scene::of(transient).asked(&wish()).0.name_id;
    assert!(policy.format.is_some() && !policy.allow_create);
}

#[test]
fn an_entrance_of_the_sources_own_leads_to_an_answer_that_nobody_asked_for() {
    let entrance = "https://idp.example/idp/profile/SAML2/Unsolicited/SSO?providerId=sp";
    let scene = Scene::with(json!({ "unsolicited": true, "entrance": entrance }));
    let anew = Wish {
        force: true,
        ..wish()
    };
    let (leave, pending) = scene.depart(&anew).expect("a departure");
    assert!(leave == Leave::Redirect(entrance.to_owned()));
    let answer = |at: Timestamp| {
        let mut answer = IDP.answer(&scene, None);
        assertion(&mut answer).authentication.at = at;
        IDP.seal(&answer)
    };
    assert!(scene.arrive(&answer(NOW), Some(&pending)).is_ok());
    assert!(scene.arrive(&answer(NOW), None).is_ok());
    // What was wished for holds where the departure is known, although nobody could be told.
    let old = scene.arrive(&answer(NOW - DAY), Some(&pending));
    assert!(matches!(old, Err(Fault::TooWeak(_))), "{old:?}");
}

#[test]
fn without_a_key_nobody_departs() {
    let mut scene = Scene::plain();
    scene.keys.saml_signing = None;
    let departure = scene.depart(&wish());
    assert!(
        matches!(departure, Err(Fault::Unusable(_))),
        "{departure:?}"
    );
    let introduction = scene.driver.introduction(&scene.call());
    assert!(matches!(introduction, Err(Fault::Unusable(_))));
}

#[test]
fn what_the_hub_says_of_itself() {
    let mut registration = registration("essais", &IDP.metadata(), json!({}));
    merge(
        &mut registration,
        json!({ "attributes": { "subject": ["uid", "eduPersonUniqueId"], "login": ["uid"] } }),
    );
    let mut scene = Scene::of(registration);
    scene.keys.saml_signing_certificates = [&*OF_HUB, &*NEXT]
        .map(|key| key.certificate().clone())
        .to_vec();
    let introduction = scene.driver.introduction(&scene.call());
    let introduction = introduction.expect("ours").expect("something");
    assert_eq!(introduction.content_type, "application/samlmetadata+xml");
    assert_eq!(introduction.body.matches("Name=\"uid\"").count(), 1);
    let read = scene.introduced();
    assert_eq!(read.entity_id, format!("{HUB}/saml/sp/essais/metadata"));
    assert!(read.signs_requests && read.wants_signed_assertions);
    assert_eq!(read.keys.certificates.len(), 2);
    assert_eq!(read.keys.encryption[0].certificate, *FOR_HUB.certificate());
    assert_eq!(read.acs[0].location.as_str(), scene.acs());
    for by in [binding::REDIRECT, binding::POST, binding::SOAP] {
        let logout = read.logout_by(&[by]).expect("an address");
        assert_eq!(logout.location.as_str(), scene.slo());
    }
    // Signed by the key that signs.
    let pinned = [OF_HUB.certificate().clone()];
    let trust = clau_saml::metadata::Trust {
        pinned: &pinned,
        now: NOW,
        longest_life: None,
    };
    let body = introduction.body.as_bytes();
    assert!(clau_saml::metadata::Document::entity(body, &trust).is_ok());
}

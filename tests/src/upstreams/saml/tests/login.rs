//! Logins at the simulators: asked for, and not.

use clau_saml::binding::{Received, Role};
use clau_saml::key::{KeyKind, SigningKey, Subject};
use clau_saml::message::StatusCode;
use clau_saml::names::{binding, context, name_id};

use super::party::{Party, Request, values};
use crate::feedgen::Role as Part;
use crate::support::http::Visitor;
use crate::support::saml_check;
use crate::upstreams::people::Region;
use crate::upstreams::saml::{educonnect, guichet, lycee};

fn stranger() -> SigningKey {
    let subject = Subject {
        name: "stranger",
        year: 2026,
        serial: [9; 16],
    };
    SigningKey::generate(KeyKind::Rsa2048, subject).unwrap()
}

#[tokio::test]
async fn a_parent_comes_from_educonnect_with_keys_and_vectors() {
    let party = Party::start(&educonnect::MANNER, None).await;
    for binding in [binding::REDIRECT, binding::POST] {
        let visitor = Visitor::new();
        let request = Request {
            binding,
            ..Request::default()
        };
        let (id, page) = party.ask(&visitor, request).await;
        let page = party.choose(&visitor, &page, "trois enfants").await;
        let form = page.form_with("SAMLResponse");
        assert_eq!(form.value("RelayState"), Some("the state"));
        let received = Received::from_form(&form.fields).unwrap();
        assert_eq!(received.role, Role::Response);
        assert!(received.open().unwrap().is_signed());
        let asserted = party.entered(&page, Some(&id));
        assert_eq!(asserted.context, context::PASSWORD_PROTECTED_TRANSPORT);
        assert_eq!(asserted.name_id.format, name_id::TRANSIENT);
        let parent = Region::demo(1).unwrap();
        let parent = parent.first(Part::ParentOfTwoMinistries).unwrap();
        assert_eq!(values(&asserted, "FrEduCtRefId").len(), 2);
        assert_eq!(values(&asserted, "FrEduVecteur").len(), 3);
        let names = ["urn:oid:2.5.4.4", "urn:oid:2.5.4.42"].map(|oid| &values(&asserted, oid)[0]);
        assert_eq!(
            names,
            [&parent.identity.family_name, &parent.identity.given_name]
        );
        let back = &values(&asserted, "urn:oid:1.3.6.1.4.1.20326.10.999.1.5")[0];
        assert_eq!(back, &party.arguments.address("Logout"));
    }
}

#[tokio::test]
async fn what_educonnect_sends_is_sealed_and_fits_the_schema() {
    let party = Party::start(&educonnect::MANNER, None).await;
    let visitor = Visitor::new();
    let (_, page) = party.ask(&visitor, Request::default()).await;
    let page = party.choose(&visitor, &page, "élève").await;
    let message = decoded(&page.form_with("SAMLResponse"));
    saml_check::validate(&message).unwrap();
    assert!(message.contains("EncryptedAssertion") && !message.contains("FrEduVecteur"));
    let policy = page.header(reqwest::header::CONTENT_SECURITY_POLICY);
    assert!(policy.unwrap().contains("script-src 'self'"), "{policy:?}");
}

fn decoded(form: &crate::support::form::Form) -> String {
    use base64::Engine as _;
    let text = form.value("SAMLResponse").unwrap();
    let bytes = base64::engine::general_purpose::STANDARD.decode(text);
    String::from_utf8(bytes.unwrap()).unwrap()
}

#[tokio::test]
async fn educonnect_is_entered_from_its_own_side() {
    let party = Party::start(&educonnect::MANNER, Some("urn:fi:ent:demo-edu:1.0")).await;
    let visitor = Visitor::new();
    let entrance = |service: &str| {
        let service: String = url::form_urlencoded::byte_serialize(service.as_bytes()).collect();
        let path = "idp/profile/SAML2/Unsolicited/SSO";
        let query = format!("providerId={service}&target=https%3A%2F%2Fent.example%2Fsuite");
        party.arguments.address(&format!("{path}?{query}"))
    };
    let page = visitor.follow_within(entrance(party.entity_id())).await;
    let page = party.choose(&visitor, &page, "élève").await;
    let form = page.form_with("SAMLResponse");
    assert_eq!(form.value("RelayState"), Some("https://ent.example/suite"));
    let pupil = party.entered(&page, None);
    let vector = &values(&pupil, "FrEduVecteur")[0];
    assert!(vector.starts_with("4|||"), "{vector}");
    // Once more without a question, and never for somebody else.
    let page = visitor.follow_within(entrance(party.entity_id())).await;
    assert!(page.forms()[0].has("SAMLResponse"));
    let page = visitor
        .follow_within(entrance("https://evil.example/saml"))
        .await;
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn an_agent_comes_from_the_guichet_from_both_sides() {
    let party = Party::start(&guichet::MANNER, Some("urn:fi:ent:demo-agents:1.0")).await;
    let visitor = Visitor::new();
    let (id, page) = party.ask(&visitor, Request::default()).await;
    let page = party.choose(&visitor, &page, "professeur principal").await;
    let teacher = party.entered(&page, Some(&id));
    let mail = &values(&teacher, "ctemail")[0];
    let region = Region::demo(1).unwrap();
    let known = region.first(Part::Teacher).unwrap();
    assert_eq!(mail.to_lowercase(), known.identity.mail);
    assert!(values(&teacher, "FrEduRne")[0].starts_with(&known.schools[0]));
    let entrance = party.arguments.address(
        "sso/SSO?SPEntityID=urn:fi:ent:demo-agents:1.0&TARGET=https%3A%2F%2Fent.example%2F",
    );
    let visitor = Visitor::new();
    let page = visitor.follow_within(entrance).await;
    let page = party.choose(&visitor, &page, "chef").await;
    assert_eq!(
        page.form_with("SAMLResponse").value("RelayState"),
        Some("https://ent.example/")
    );
    let head = party.entered(&page, None);
    assert_ne!(values(&head, "FrEduRneResp"), ["X"]);
}

#[tokio::test]
async fn a_lycee_signs_inside_what_it_encrypts_and_nothing_around_it() {
    let party = Party::start(&lycee::MANNER, None).await;
    let visitor = Visitor::new();
    let persistent = || Request {
        format: Some(name_id::PERSISTENT),
        ..Request::default()
    };
    let (id, page) = party.ask(&visitor, persistent()).await;
    let page = party.choose(&visitor, &page, "apprenti").await;
    let received = Received::from_form(&page.form_with("SAMLResponse").fields).unwrap();
    assert!(!received.open().unwrap().is_signed());
    let first = party.entered(&page, Some(&id));
    let again = party.ask(&visitor, persistent()).await;
    let again = party.entered(&again.1, Some(&again.0));
    assert_eq!(first.name_id, again.name_id);
    assert_ne!(first.assertion_id, again.assertion_id);
    assert_eq!(values(&first, "ENTPersonProfils"), ["National_ELV"]);
    assert_eq!(party.provider.scopes, ["educagri.example"]);
}

#[tokio::test]
async fn requests_that_are_not_the_hubs_are_refused_on_a_page() {
    let party = Party::start(&educonnect::MANNER, None).await;
    let elsewhere = || Some("https://evil.example/acs".to_owned());
    let bad = [
        Request {
            signed: false,
            ..Request::default()
        },
        Request {
            signed: false,
            binding: binding::POST,
            ..Request::default()
        },
        Request {
            key: Some(stranger()),
            ..Request::default()
        },
        Request {
            issuer: elsewhere(),
            ..Request::default()
        },
        Request {
            consumer: elsewhere(),
            ..Request::default()
        },
        Request {
            destination: elsewhere(),
            ..Request::default()
        },
    ];
    for request in bad {
        let (_, page) = party.ask(&Visitor::new(), request).await;
        assert_eq!(page.status, 400, "{}", page.body);
        assert!(page.forms().is_empty(), "{}", page.body);
    }
    let nothing = party.provider.sso_by(&[binding::REDIRECT]).unwrap();
    let page = Visitor::new().get(nothing.location.as_str()).await;
    assert_eq!(page.status, 400);
}

#[tokio::test]
async fn a_key_that_the_hub_has_changed_is_fetched() {
    let party = Party::start(&educonnect::MANNER, None).await;
    let (_, page) = party.ask(&Visitor::new(), Request::default()).await;
    assert_eq!(page.status, 200);
    let new = stranger();
    party.publish(new.clone());
    let request = Request {
        key: Some(new),
        ..Request::default()
    };
    let (_, page) = party.ask(&Visitor::new(), request).await;
    assert_eq!(page.status, 200, "{}", page.body);
}

#[tokio::test]
async fn a_session_answers_unless_it_must_not() {
    let party = Party::start(&educonnect::MANNER, None).await;
    let visitor = Visitor::new();
    let passive = || Request {
        passive: true,
        ..Request::default()
    };
    let refused = |page: &_, id: &str| {
        let status = party.read(page, Some(id)).unwrap().unwrap_err();
        status.detail.unwrap()
    };
    let (id, page) = party.ask(&visitor, passive()).await;
    assert_eq!(refused(&page, &id), StatusCode::NoPassive);
    let (id, page) = party.ask(&visitor, Request::default()).await;
    let page = party.choose(&visitor, &page, "deux établissements").await;
    let first = party.entered(&page, Some(&id));
    let (id, page) = party.ask(&visitor, passive()).await;
    let again = party.entered(&page, Some(&id));
    assert_eq!(
        values(&first, "FrEduVecteur"),
        values(&again, "FrEduVecteur")
    );
    assert_eq!(first.authenticated_at, again.authenticated_at);
    let force = Request {
        force: true,
        ..Request::default()
    };
    let (id, page) = party.ask(&visitor, force).await;
    let give_up = page.form_with("demande").with("personne", "");
    let page = visitor.submit(&give_up).await;
    assert_eq!(refused(&page, &id), StatusCode::AuthnFailed);
    // What was asked for once is answered once.
    assert_eq!(visitor.submit(&give_up).await.status, 400);
    for (request, code) in [
        (
            Request {
                class: Some("https://refeds.org/profile/mfa"),
                ..Request::default()
            },
            StatusCode::NoAuthnContext,
        ),
        (
            Request {
                format: Some(name_id::EMAIL),
                ..Request::default()
            },
            StatusCode::InvalidNameIdPolicy,
        ),
    ] {
        let (id, page) = party.ask(&visitor, request).await;
        assert_eq!(refused(&page, &id), code);
    }
}

//! Tests of the answers in every form.

use clau_domain::random::SeededForTests;
use clau_domain::url::WebUrl;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::profile::Catalogue;
use crate::samples::{self, FACTS, NOW};
use crate::xml::{Element, read};

const CAS: &str = "http://www.yale.edu/tp/cas";
const SAML: &str = "urn:oasis:names:tc:SAML:1.0:assertion";
const SAMLP: &str = "urn:oasis:names:tc:SAML:1.0:protocol";
const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";

fn profile(name: &str) -> &'static AttributeProfile {
    Catalogue::builtin().find(name).expect("in the catalogue")
}

fn failure() -> Failure {
    Failure {
        code: FailureCode::InvalidTicket,
        text: "ticket <x> & \"y\"\0 is spent".to_owned(),
    }
}

#[test]
fn cas_1_answers_are_two_lines() {
    let grant = samples::grant_of_all(&samples::named("a\nyes\r\n\u{85}b"));
    let success = Success {
        released: grant.released(),
        profile: profile("moodle"),
        authentication: FACTS,
        pgt_iou: None,
        proxies: &[],
    };
    let answer = success.render(Endpoint::Validate, Format::Json);
    assert_eq!(answer.body, "yes\nayesb\n");
    assert_eq!(answer.media_type, "text/plain;charset=UTF-8");
    assert_eq!(
        failure().render(Endpoint::Validate, Format::Xml).body,
        "no\n\n"
    );
}

#[test]
fn success_with_proxies_and_standard_attributes() {
    let grant = samples::grant_of_all(&samples::pupil());
    let iou = Token::mint(&SeededForTests::new(4));
    let proxies = [
        "https://b.example.fr/pgt".to_owned(),
        "https://a.example.fr/pgt?x&y".to_owned(),
    ];
    let success = Success {
        released: grant.released(),
        profile: profile("pronote"),
        authentication: AuthenticationFacts {
            from_new_login: true,
            ..FACTS
        },
        pgt_iou: Some(&iou),
        proxies: &proxies,
    };
    let expected = format!(
        "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\">
  <cas:authenticationSuccess>
    <cas:user>maelle.rouquette</cas:user>
    <cas:attributes>
      <cas:authenticationDate>2026-11-23T07:30:00.000Z</cas:authenticationDate>
      <cas:longTermAuthenticationRequestTokenUsed>false</cas:longTermAuthenticationRequestTokenUsed>
      <cas:isFromNewLogin>true</cas:isFromNewLogin>
      <cas:userAttributes>
        <nom>ROUQUETTE</nom>
        <prenom>Maëlle</prenom>
        <dateNaissance>14/05/2014</dateNaissance>
        <codePostal>31000</codePostal>
        <categories>National_1</categories>
      </cas:userAttributes>
    </cas:attributes>
    <cas:proxyGrantingTicket>{}</cas:proxyGrantingTicket>
    <cas:proxies>
      <cas:proxy>https://b.example.fr/pgt</cas:proxy>
      <cas:proxy>https://a.example.fr/pgt?x&amp;y</cas:proxy>
    </cas:proxies>
  </cas:authenticationSuccess>
</cas:serviceResponse>
",
        iou.expose()
    );
    let answer = success.render(Endpoint::P3ProxyValidate, Format::Xml);
    assert_eq!(answer.body, expected);
    assert_eq!(answer.media_type, "application/xml;charset=UTF-8");
    let answer = success.render(Endpoint::P3ProxyValidate, Format::Json);
    assert_eq!(answer.media_type, "application/json;charset=UTF-8");
    let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
    let expected = json!({ "serviceResponse": { "authenticationSuccess": {
        "user": "maelle.rouquette",
        "attributes": {
            "authenticationDate": "2026-11-23T07:30:00.000Z",
            "longTermAuthenticationRequestTokenUsed": "false",
            "isFromNewLogin": "true",
            "nom": "ROUQUETTE",
            "prenom": "Maëlle",
            "dateNaissance": "14/05/2014",
            "codePostal": "31000",
            "categories": "National_1",
        },
        "proxyGrantingTicket": iou.expose(),
        "proxies": proxies,
    } } });
    assert_eq!(answer, expected);
}

#[test]
fn standard_attributes_stand_where_the_schema_has_them() {
    let grant = samples::grant_of_all(&samples::pupil());
    for profile in Catalogue::builtin().profiles() {
        let success = Success {
            released: grant.released(),
            profile,
            authentication: AuthenticationFacts {
                assurance: Assurance::MultiFactor,
                ..FACTS
            },
            pgt_iou: None,
            proxies: &[],
        };
        let answer = success.render(Endpoint::P3ServiceValidate, Format::Xml);
        let tree = read(answer.body.as_bytes()).expect("well-formed");
        let success = tree.only(CAS, "authenticationSuccess").expect("one");
        let attributes = success.only(CAS, "attributes").expect("one container");
        for name in STANDARD_ATTRIBUTES {
            assert!(
                attributes.only(CAS, name).is_some(),
                "{}: {name}",
                profile.name()
            );
        }
        assert!(
            success
                .children()
                .first()
                .is_some_and(|user| user.is(CAS, "user"))
        );
    }
}

#[test]
fn cas_09_every_error_answer_can_be_parsed() {
    for code in [
        FailureCode::InvalidRequest,
        FailureCode::InvalidTicketSpec,
        FailureCode::UnauthorizedServiceProxy,
        FailureCode::InvalidProxyCallback,
        FailureCode::InvalidTicket,
        FailureCode::InvalidService,
        FailureCode::InternalError,
    ] {
        let failure = Failure { code, ..failure() };
        let answer = failure.render(Endpoint::ServiceValidate, Format::Xml);
        let tree = read(answer.body.as_bytes()).expect("well-formed");
        let element = tree.only(CAS, "authenticationFailure").expect("one");
        assert_eq!(element.attribute("code"), Some(code.as_str()));
        assert_eq!(element.leaf(), Some("ticket <x> & \"y\" is spent"));
        let answer = failure.render(Endpoint::ServiceValidate, Format::Json);
        let answer: Value = serde_json::from_str(&answer.body).expect("JSON");
        let expected = json!({ "serviceResponse": { "authenticationFailure": {
            "code": code.as_str(), "description": "ticket <x> & \"y\" is spent",
        } } });
        assert_eq!(answer, expected);
    }
}

#[test]
fn proxy_answers() {
    let ticket = Token::mint(&SeededForTests::new(6));
    let xml = proxy_success(&ticket, Format::Xml).body;
    let tree = read(xml.as_bytes()).expect("well-formed");
    let success = tree.only(CAS, "proxySuccess").expect("one");
    let proxy = success.only(CAS, "proxyTicket").and_then(Element::leaf);
    assert_eq!(proxy, Some(ticket.expose()));
    let answer: Value =
        serde_json::from_str(&proxy_success(&ticket, Format::Json).body).expect("JSON");
    assert_eq!(
        answer["serviceResponse"]["proxySuccess"]["proxyTicket"],
        ticket.expose()
    );
    for code in [
        ProxyFailureCode::InvalidRequest,
        ProxyFailureCode::InvalidTicket,
        ProxyFailureCode::UnauthorizedService,
        ProxyFailureCode::InternalError,
    ] {
        let answer = proxy_failure(code, "<no>", Format::Xml).body;
        let tree = read(answer.as_bytes()).expect("well-formed");
        let failure = tree.only(CAS, "proxyFailure").expect("one");
        assert_eq!(
            (failure.attribute("code"), failure.leaf()),
            (Some(code.as_str()), Some("<no>"))
        );
        let answer: Value =
            serde_json::from_str(&proxy_failure(code, "<no>", Format::Json).body).expect("JSON");
        assert_eq!(
            answer["serviceResponse"]["proxyFailure"]["code"],
            code.as_str()
        );
    }
}

#[test]
fn cas_14_saml_1_1_answers() {
    let grant = samples::grant_of_all(&samples::named("</x><y a=\""));
    let success = Success {
        released: grant.released(),
        profile: profile("english-attack"),
        authentication: FACTS,
        pgt_iou: None,
        proxies: &[],
    };
    let recipient = WebUrl::parse("https://notes.example.fr/?a=1&b=2").expect("an address");
    let random = SeededForTests::new(9);
    let envelope = Saml11 {
        issuer: "https://ent.example.fr",
        recipient: Some(&recipient),
        in_response_to: Some("_r1"),
        now: NOW,
        random: &random,
    };
    let answer = success.render_saml11(&envelope).body;
    let tree = read(answer.as_bytes()).expect("well-formed");
    let response = tree
        .only(SOAP, "Body")
        .and_then(|b| b.only(SAMLP, "Response"))
        .expect("one");
    assert_eq!(response.attribute("Recipient"), Some(recipient.as_str()));
    assert_eq!(response.attribute("InResponseTo"), Some("_r1"));
    let status = response
        .only(SAMLP, "Status")
        .and_then(|s| s.only(SAMLP, "StatusCode"));
    assert_eq!(
        status.and_then(|s| s.attribute("Value")),
        Some("samlp:Success")
    );
    let assertion = response.only(SAML, "Assertion").expect("one");
    assert_ne!(
        assertion.attribute("AssertionID"),
        response.attribute("ResponseID")
    );
    assert_eq!(
        assertion.attribute("Issuer"),
        Some("https://ent.example.fr")
    );
    let conditions = assertion.only(SAML, "Conditions").expect("one");
    assert_eq!(
        conditions.attribute("NotBefore"),
        Some("2026-11-23T07:59:00.000Z")
    );
    assert_eq!(
        conditions.attribute("NotOnOrAfter"),
        Some("2026-11-23T08:01:00.000Z")
    );
    let statement = assertion.only(SAML, "AttributeStatement").expect("one");
    let name = statement
        .only(SAML, "Subject")
        .and_then(|s| s.only(SAML, "NameIdentifier"));
    assert_eq!(name.and_then(Element::leaf), Some("</x><y a=\""));
    let value = |name: &str| {
        let attribute = statement
            .children()
            .iter()
            .find(|a| a.attribute("AttributeName") == Some(name))?;
        attribute.only(SAML, "AttributeValue")?.leaf()
    };
    assert_eq!(value("ENTPersonStructRattachRNE"), Some("0318000C"));
    assert_eq!(value("Nom"), Some("</x><y a=\""));
    assert_eq!(value("isFromNewLogin"), Some("false"));

    let answer = failure()
        .render_saml11(&Saml11 {
            recipient: None,
            ..envelope
        })
        .body;
    let tree = read(answer.as_bytes()).expect("well-formed");
    let response = tree
        .only(SOAP, "Body")
        .and_then(|b| b.only(SAMLP, "Response"))
        .expect("one");
    let status = response.only(SAMLP, "Status").expect("one");
    let code = status
        .only(SAMLP, "StatusCode")
        .and_then(|code| code.attribute("Value"));
    assert_eq!(code, Some("samlp:RequestDenied"));
    assert!(response.only(SAML, "Assertion").is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a person is called, the answer has one user, that one, and no element that the
    /// profile does not have.
    #[test]
    fn xml_06_no_name_changes_the_answer(name in any::<String>()) {
        let name = format!("n{name}");
        let grant = samples::grant_of_all(&samples::named(&name));
        let legal = legal(&name);
        for known in ["moodle", "english-attack", "webgerest", "generic", "standard"] {
            let success = Success {
                released: grant.released(),
                profile: profile(known),
                authentication: FACTS,
                pgt_iou: None,
                proxies: &[],
            };
            let answer = success.render(Endpoint::ServiceValidate, Format::Xml).body;
            let tree = read(answer.as_bytes()).expect("well-formed");
            prop_assert_eq!(tree.children().len(), 1);
            let outcome = tree.only(CAS, "authenticationSuccess").expect("one");
            let user = outcome.only(CAS, "user").and_then(Element::leaf).expect("one");
            let expected = match known {
                "standard" => "pairwise-1".to_owned(),
                "generic" => format!("TOULOUSE-{legal}"),
                _ => legal.clone().into_owned(),
            };
            prop_assert_eq!(user, expected);
        }
    }
}

#[test]
fn mfa_11_a_service_is_told_of_more_than_one_factor_in_every_form() {
    let grant = samples::grant_of_all(&samples::pupil());
    for (assurance, told) in [
        (Assurance::SingleFactor, None),
        (
            Assurance::MultiFactor,
            Some("https://refeds.org/profile/mfa"),
        ),
        (
            Assurance::Substantial,
            Some("http://eidas.europa.eu/LoA/substantial"),
        ),
    ] {
        let success = Success {
            released: grant.released(),
            profile: profile("standard"),
            authentication: AuthenticationFacts { assurance, ..FACTS },
            pgt_iou: None,
            proxies: &[],
        };
        for format in [Format::Xml, Format::Json] {
            let body = success.render(Endpoint::P3ServiceValidate, format).body;
            assert_eq!(body.contains("authnContextClass"), told.is_some(), "{body}");
            assert!(told.is_none_or(|told| body.contains(told)), "{body}");
        }
    }
}

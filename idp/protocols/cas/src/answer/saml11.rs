//! The answer of `/samlValidate` (CAS protocol §4.2.5): a SAML 1.1 response in a SOAP envelope, with
//! the namespaces written as the specification's example has them. It is not signed: the service
//! asked for it over a connection whose other end it has verified.

use std::time::Duration;

use clau_domain::random::Random;
use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;

use super::{AuthenticationFacts, Failure};
use crate::profile::{Content, Item, Spelled};
use crate::xml::Xml;

const ATTRIBUTES: &str = "http://www.ja-sig.org/products/cas/";
/// How far the clocks of hub and service may be apart, and how long the answer is good.
const TOLERANCE: Duration = Duration::from_secs(60);

/// What a SAML 1.1 answer says besides the person.
#[derive(Clone, Copy)]
pub struct Saml11<'a> {
    /// The hub's name: its base address.
    pub issuer: &'a str,
    /// The service's address (`TARGET`); `None` when the request had no usable one.
    pub recipient: Option<&'a WebUrl>,
    /// `RequestID` of the request.
    pub in_response_to: Option<&'a str>,
    /// The moment.
    pub now: Timestamp,
    /// For the ids of response and assertion.
    pub random: &'a dyn Random,
}

pub(super) fn success(
    envelope: &Saml11<'_>,
    spelled: &Spelled,
    authentication: &AuthenticationFacts,
) -> String {
    let status = Xml::parent("StatusCode", Vec::new()).with("Value", "samlp:Success");
    let assertion = assertion(envelope, spelled, authentication);
    response(
        envelope,
        vec![Xml::parent("Status", vec![status]), assertion],
    )
}

pub(super) fn failure(envelope: &Saml11<'_>, failure: &Failure) -> String {
    let code = Xml::parent("StatusCode", Vec::new()).with("Value", "samlp:RequestDenied");
    let text = format!("{}: {}", failure.code.as_str(), failure.text);
    let status = Xml::parent("Status", vec![code, Xml::text("StatusMessage", &text)]);
    response(envelope, vec![status])
}

fn response(envelope: &Saml11<'_>, children: Vec<Xml>) -> String {
    let mut response = Xml::parent("Response", children)
        .with("xmlns", "urn:oasis:names:tc:SAML:1.0:protocol")
        .with("xmlns:saml", "urn:oasis:names:tc:SAML:1.0:assertion")
        .with("xmlns:samlp", "urn:oasis:names:tc:SAML:1.0:protocol")
        .with("IssueInstant", &envelope.now.rfc3339())
        .with("MajorVersion", "1")
        .with("MinorVersion", "1")
        .with("ResponseID", &id(envelope.random));
    if let Some(recipient) = envelope.recipient {
        response = response.with("Recipient", recipient.as_str());
    }
    if let Some(request) = envelope.in_response_to {
        response = response.with("InResponseTo", request);
    }
    let body = Xml::parent("SOAP-ENV:Body", vec![response]);
    Xml::parent(
        "SOAP-ENV:Envelope",
        vec![Xml::parent("SOAP-ENV:Header", Vec::new()), body],
    )
    .with(
        "xmlns:SOAP-ENV",
        "http://schemas.xmlsoap.org/soap/envelope/",
    )
    .document()
}

fn assertion(
    envelope: &Saml11<'_>,
    spelled: &Spelled,
    authentication: &AuthenticationFacts,
) -> Xml {
    let mut conditions = Vec::new();
    if let Some(recipient) = envelope.recipient {
        let audience = Xml::text("Audience", recipient.as_str());
        conditions.push(Xml::parent("AudienceRestrictionCondition", vec![audience]));
    }
    let conditions = Xml::parent("Conditions", conditions)
        .with("NotBefore", &(envelope.now - TOLERANCE).rfc3339())
        .with("NotOnOrAfter", &(envelope.now + TOLERANCE).rfc3339());
    let mut statement = vec![subject(&spelled.user)];
    statement.extend(attributes(spelled, authentication));
    let authenticated = Xml::parent("AuthenticationStatement", vec![subject(&spelled.user)])
        .with(
            "AuthenticationInstant",
            &authentication.authenticated_at.rfc3339(),
        )
        .with(
            "AuthenticationMethod",
            "urn:oasis:names:tc:SAML:1.0:am:unspecified",
        );
    let children = vec![
        conditions,
        authenticated,
        Xml::parent("AttributeStatement", statement),
    ];
    Xml::parent("Assertion", children)
        .with("xmlns", "urn:oasis:names:tc:SAML:1.0:assertion")
        .with("AssertionID", &id(envelope.random))
        .with("IssueInstant", &envelope.now.rfc3339())
        .with("Issuer", envelope.issuer)
        .with("MajorVersion", "1")
        .with("MinorVersion", "1")
}

fn subject(user: &str) -> Xml {
    let method = Xml::text(
        "ConfirmationMethod",
        "urn:oasis:names:tc:SAML:1.0:cm:artifact",
    );
    Xml::parent(
        "Subject",
        vec![
            Xml::text("NameIdentifier", user),
            Xml::parent("SubjectConfirmation", vec![method]),
        ],
    )
}

/// One attribute for each name; items inside others stand under their own names.
fn attributes(spelled: &Spelled, authentication: &AuthenticationFacts) -> Vec<Xml> {
    let mut values: Vec<(String, Vec<String>)> = Vec::new();
    flatten(&spelled.items, &mut values);
    for (name, value) in authentication.standard() {
        if !values.iter().any(|(known, _)| known == name) {
            values.push((name.to_owned(), vec![value]));
        }
    }
    values
        .into_iter()
        .map(|(name, values)| {
            let values = values
                .iter()
                .map(|value| Xml::text("AttributeValue", value))
                .collect();
            Xml::parent("Attribute", values)
                .with("AttributeName", &name)
                .with("AttributeNamespace", ATTRIBUTES)
        })
        .collect()
}

fn flatten(items: &[Item], values: &mut Vec<(String, Vec<String>)>) {
    for item in items {
        match &item.content {
            Content::Items(inner) => flatten(inner, values),
            Content::Text(text) if text.is_empty() => {}
            Content::Text(text) => match values.iter_mut().find(|(name, _)| *name == item.name) {
                Some((_, known)) => known.push(text.clone()),
                None => values.push((item.name.clone(), vec![text.clone()])),
            },
        }
    }
}

/// An id that XML takes as one: it begins with `_`. 128 bits.
pub(crate) fn id(random: &dyn Random) -> String {
    let bytes: [u8; 16] = random.bytes();
    bytes
        .iter()
        .fold("_".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

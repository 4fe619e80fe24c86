//! A program that signs in where browsers go otherwise (SAML Profiles §4.2, Enhanced Client or Proxy): it gets a
//! request from a service, brings it to an identity provider with a name and a password, and brings the answer
//! back, if that is for there.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderName};

use super::form;
use super::http::{Answer, Visitor};

/// What is in a message that a service means for a client.
const PAOS: &str = "application/vnd.paos+xml";
/// What a client says that it knows.
const KNOWN: &str =
    "ver=\"urn:liberty:paos:2003-08\";\"urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp\"";

/// What a service has asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The envelope for the identity provider.
    pub request: String,
    /// Where the answer belongs.
    pub consumer: String,
    relay_state: Option<String>,
}

/// Opens a page as a program that can do this, and takes what the service asks for.
pub async fn ask(visitor: &Visitor, page: &str) -> Asked {
    let headers = [
        (ACCEPT, "text/html; application/vnd.paos+xml"),
        (HeaderName::from_static("paos"), KNOWN),
    ];
    let answer = visitor.get_with(page, &headers).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let envelope = answer.body;
    let header = element(&envelope, "Header").unwrap_or_else(|| panic!("no header: {envelope}"));
    let consumer = attribute(&envelope, "Request", "responseConsumerURL");
    let relay_state = element(&envelope, "RelayState").map(|range| form::text(&envelope[range]));
    Asked {
        request: without(&envelope, header, ""),
        consumer: consumer.unwrap_or_else(|| panic!("no address: {envelope}")),
        relay_state,
    }
}

/// Brings a request to an identity provider, as somebody with a password.
pub async fn sign_in(sso: &str, asked: &Asked, (username, password): (&str, &str)) -> Answer {
    let credentials = STANDARD.encode(format!("{username}:{password}"));
    let credentials = format!("Basic {credentials}");
    let headers = [
        (AUTHORIZATION, credentials.as_str()),
        (CONTENT_TYPE, "text/xml"),
    ];
    let program = Visitor::new();
    program
        .post_body_with(sso, &headers, asked.request.clone())
        .await
}

/// Brings the identity provider's envelope to the service, unless it is for somewhere else.
pub async fn bring(visitor: &Visitor, asked: &Asked, envelope: &str) -> Answer {
    let header = element(envelope, "Header").unwrap_or_else(|| panic!("no header: {envelope}"));
    let consumer = attribute(envelope, "Response", "AssertionConsumerServiceURL");
    assert_eq!(consumer.as_ref(), Some(&asked.consumer), "{envelope}");
    let relay_state = asked.relay_state.as_ref().map(|state| {
        format!(
            "<e:RelayState xmlns:e=\"urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp\" s:mustUnderstand=\"1\" \
             s:actor=\"http://schemas.xmlsoap.org/soap/actor/next\">{state}</e:RelayState>"
        )
    });
    let ours = format!(
        "<s:Header xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">{}</s:Header>",
        relay_state.unwrap_or_default()
    );
    let back = without(envelope, header, &ours);
    visitor.post_body(&asked.consumer, PAOS, back).await
}

fn without(text: &str, part: Range<usize>, instead: &str) -> String {
    let mut text = text.to_owned();
    text.replace_range(part, instead);
    text
}

/// Where the first element with this local name is.
fn element(xml: &str, name: &str) -> Option<Range<usize>> {
    find(xml, name, |_| ()).map(|(range, ())| range)
}

/// An attribute of the first element with this local name.
fn attribute(xml: &str, element: &str, name: &str) -> Option<String> {
    let (_, value) = find(xml, element, |tag| {
        let attribute = tag.try_get_attribute(name).ok()??;
        Some(form::text(&attribute.value))
    })?;
    value
}

fn find<T>(
    xml: &str,
    name: &str,
    look: impl FnOnce(&BytesStart<'_>) -> T,
) -> Option<(Range<usize>, T)> {
    let mut reader = Reader::from_str(xml);
    loop {
        let start = usize::try_from(reader.buffer_position()).ok()?;
        let (tag, is_empty) = match reader.read_event().ok()? {
            Event::Start(tag) => (tag, false),
            Event::Empty(tag) => (tag, true),
            Event::Eof => return None,
            _ => continue,
        };
        if tag.local_name().as_ref() != name {
            continue;
        }
        let found = look(&tag);
        if !is_empty {
            reader.read_to_end(tag.name()).ok()?;
        }
        let end = usize::try_from(reader.buffer_position()).ok()?;
        return Some((start..end, found));
    }
}

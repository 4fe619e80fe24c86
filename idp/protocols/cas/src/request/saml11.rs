//! `/samlValidate` (CAS protocol §4.2): the address in `TARGET`, the ticket as the artifact of a
//! SAML 1.1 request in a SOAP envelope, or as the parameter `SAMLart`. The body is read under the
//! XML rules of received messages (CAS-14).

use clau_domain::url::WebUrl;

use super::{BadRequest, Parameters, service};
use crate::ticket::Presented;
use crate::xml::{self, Element};

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SAMLP: &str = "urn:oasis:names:tc:SAML:1.0:protocol";

/// A SAML 1.1 validation.
#[derive(Clone, Debug)]
pub struct SamlValidate {
    /// The address the service says it is (`TARGET`).
    pub service: WebUrl,
    /// What it presents. Proxy tickets are refused here as at `/serviceValidate`.
    pub ticket: Presented,
    /// Only a ticket from a login that just took place.
    pub renew: bool,
    /// `RequestID` of the request, for the answer's `InResponseTo`.
    pub request_id: Option<String>,
}

impl SamlValidate {
    /// Reads parameters and body. `body` is empty when the request was a GET.
    ///
    /// # Errors
    /// [`BadRequest`].
    pub fn parse(parameters: &[(String, String)], body: &[u8]) -> Result<Self, BadRequest> {
        let parameters = Parameters(parameters);
        let target = parameters.required("TARGET")?;
        let by_parameter = parameters
            .optional("SAMLart")?
            .filter(|text| !text.is_empty());
        let (artifact, request_id) = match by_parameter {
            Some(text) if body.is_empty() => (text.to_owned(), None),
            Some(_) => return Err(BadRequest::Twice("SAMLart")),
            None if body.is_empty() => return Err(BadRequest::Missing("SAMLart")),
            None => artifact(&xml::read(body)?).ok_or(BadRequest::NotSaml)?,
        };
        let service = service("TARGET", target, true)?;
        if !service.is_https() && !service.is_loopback() {
            return Err(BadRequest::NotHttps("TARGET"));
        }
        Ok(Self {
            service,
            ticket: Presented::parse(artifact.trim())
                .ok_or(BadRequest::Ticket("AssertionArtifact"))?,
            renew: parameters.flag("renew")?,
            request_id,
        })
    }
}

/// The one artifact of the one request, and the request's id.
fn artifact(envelope: &Element) -> Option<(String, Option<String>)> {
    if !envelope.is(SOAP, "Envelope") {
        return None;
    }
    let request = envelope.only(SOAP, "Body")?.only(SAMLP, "Request")?;
    if request.attribute("MajorVersion") != Some("1") {
        return None;
    }
    let artifact = request.only(SAMLP, "AssertionArtifact")?.leaf()?.to_owned();
    let id = request
        .attribute("RequestID")
        .filter(|id| is_id(id))
        .map(str::to_owned);
    Some((artifact, id))
}

/// What may be repeated as an `xs:NCName`.
fn is_id(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

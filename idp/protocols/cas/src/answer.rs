//! The answers of the validation endpoints, in every form: plain text (CAS 1.0), XML, JSON and SAML
//! 1.1. All forms are written from one tree, so that they say the same (CAS-09). Never decides an
//! outcome.

mod json;
mod saml11;
mod xml;

use clau_domain::policy::Released;
use clau_domain::secret::{ProxyGrantingIouKind, ProxyTicketKind, Token};
use clau_domain::session::Assurance;
use clau_domain::time::Timestamp;

use crate::profile::AttributeProfile;
use crate::request::{Endpoint, Format};
use crate::xml::legal;

pub use saml11::Saml11;
pub(crate) use saml11::id as message_id;

/// Names of the attributes that say how the person signed in (CAS protocol §2.5.7), in the order of
/// the schema; and the one by which Apereo's server tells how strongly, which clients look for.
pub(crate) const STANDARD_ATTRIBUTES: [&str; 4] = [
    "authenticationDate",
    "longTermAuthenticationRequestTokenUsed",
    "isFromNewLogin",
    "authnContextClass",
];

/// How the person signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthenticationFacts {
    /// When they proved who they are.
    pub authenticated_at: Timestamp,
    /// For this very ticket, not by an older session.
    pub from_new_login: bool,
    /// In a session that is remembered on the device.
    pub long_term: bool,
    /// How strongly.
    pub assurance: Assurance,
}

impl AuthenticationFacts {
    /// [`STANDARD_ATTRIBUTES`] with their values, in their order. One factor is what everybody expects and nobody is
    /// told of; more is said (MFA-11).
    fn standard(&self) -> impl Iterator<Item = (&'static str, String)> {
        let more = self.assurance > Assurance::SingleFactor;
        let values = [
            Some(self.authenticated_at.rfc3339()),
            Some(self.long_term.to_string()),
            Some(self.from_new_login.to_string()),
            more.then(|| self.assurance.context().to_owned()),
        ];
        let all = STANDARD_ATTRIBUTES.into_iter().zip(values);
        all.filter_map(|(name, value)| Some((name, value?)))
    }
}

/// A ticket that was honoured.
#[derive(Clone, Copy, Debug)]
pub struct Success<'a> {
    /// What the service receives.
    pub released: Released<'a>,
    /// In whose words.
    pub profile: &'a AttributeProfile,
    /// How the person signed in.
    pub authentication: AuthenticationFacts,
    /// Names the proxy-granting ticket that went to the callback.
    pub pgt_iou: Option<&'a Token<ProxyGrantingIouKind>>,
    /// The proxies in between, the last first.
    pub proxies: &'a [String],
}

/// An answer to send: status 200, this type and this body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// `Content-Type`.
    pub media_type: &'static str,
    /// The body, in UTF-8.
    pub body: String,
}

impl Rendered {
    pub(crate) fn plain(body: String) -> Self {
        Self {
            media_type: "text/plain;charset=UTF-8",
            body,
        }
    }

    pub(crate) fn json(value: &serde_json::Value) -> Self {
        Self {
            media_type: Format::Json.media_type(),
            body: format!("{value:#}\n"),
        }
    }

    pub(crate) fn xml(document: String) -> Self {
        Self {
            media_type: Format::Xml.media_type(),
            body: document,
        }
    }
}

impl Success<'_> {
    /// The answer of an endpoint. `format` is overlooked at `/validate`.
    pub fn render(&self, endpoint: Endpoint, format: Format) -> Rendered {
        let spelled = self.profile.spell(self.released, &self.authentication);
        match (endpoint, format) {
            (Endpoint::Validate, _) => {
                let user: String = legal(&spelled.user)
                    .chars()
                    .filter(|c| !c.is_control())
                    .collect();
                Rendered::plain(format!("yes\n{user}\n"))
            }
            (_, Format::Xml) => Rendered::xml(xml::success(self, spelled, endpoint.is_p3())),
            (_, Format::Json) => Rendered::json(&json::success(self, spelled, endpoint.is_p3())),
        }
    }

    /// The answer of `/samlValidate` (CAS protocol §4.2.5).
    pub fn render_saml11(&self, envelope: &Saml11<'_>) -> Rendered {
        let spelled = self.profile.spell(self.released, &self.authentication);
        Rendered::xml(saml11::success(envelope, &spelled, &self.authentication))
    }
}

/// Codes of a validation that failed (CAS protocol §2.5.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureCode {
    /// A parameter is missing or wrong.
    InvalidRequest,
    /// The ticket is not of the kind that the endpoint takes.
    InvalidTicketSpec,
    /// The service does not accept the proxy.
    UnauthorizedServiceProxy,
    /// The proxy callback is not registered or did not answer.
    InvalidProxyCallback,
    /// The ticket is unknown, spent, expired, or not from a new login where one is asked.
    InvalidTicket,
    /// The ticket is another service's, or the service is not registered.
    InvalidService,
    /// The hub cannot say.
    InternalError,
}

impl FailureCode {
    /// The code as it is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::InvalidTicketSpec => "INVALID_TICKET_SPEC",
            Self::UnauthorizedServiceProxy => "UNAUTHORIZED_SERVICE_PROXY",
            Self::InvalidProxyCallback => "INVALID_PROXY_CALLBACK",
            Self::InvalidTicket => "INVALID_TICKET",
            Self::InvalidService => "INVALID_SERVICE",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }
}

/// A ticket that was not honoured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Why, for programs.
    pub code: FailureCode,
    /// Why, for the log of the service. Nothing that the request carried.
    pub text: String,
}

impl Failure {
    /// The answer of an endpoint.
    pub fn render(&self, endpoint: Endpoint, format: Format) -> Rendered {
        match (endpoint, format) {
            (Endpoint::Validate, _) => Rendered::plain("no\n\n".to_owned()),
            (_, Format::Xml) => {
                let code = self.code.as_str();
                Rendered::xml(xml::failure("cas:authenticationFailure", code, &self.text))
            }
            (_, Format::Json) => {
                let code = self.code.as_str();
                Rendered::json(&json::failure("authenticationFailure", code, &self.text))
            }
        }
    }

    /// The answer of `/samlValidate`.
    pub fn render_saml11(&self, envelope: &Saml11<'_>) -> Rendered {
        Rendered::xml(saml11::failure(envelope, self))
    }
}

/// Codes of a proxy ticket that was not given (CAS protocol §2.7.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyFailureCode {
    /// A parameter is missing or wrong.
    InvalidRequest,
    /// The proxy-granting ticket is unknown or its session has ended.
    InvalidTicket,
    /// The target is not registered or does not accept this proxy.
    UnauthorizedService,
    /// The hub cannot say.
    InternalError,
}

impl ProxyFailureCode {
    /// The code as it is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "INVALID_REQUEST",
            Self::InvalidTicket => "INVALID_TICKET",
            Self::UnauthorizedService => "UNAUTHORIZED_SERVICE",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }
}

/// The answer of `/proxy` (CAS protocol §2.7.2): a proxy ticket.
pub fn proxy_success(ticket: &Token<ProxyTicketKind>, format: Format) -> Rendered {
    match format {
        Format::Xml => Rendered::xml(xml::proxy_success(ticket.expose())),
        Format::Json => Rendered::json(&json::proxy_success(ticket.expose())),
    }
}

/// The answer of `/proxy` when there is no ticket.
pub fn proxy_failure(code: ProxyFailureCode, text: &str, format: Format) -> Rendered {
    match format {
        Format::Xml => Rendered::xml(xml::failure("cas:proxyFailure", code.as_str(), text)),
        Format::Json => Rendered::json(&json::failure("proxyFailure", code.as_str(), text)),
    }
}

#[cfg(test)]
mod tests;

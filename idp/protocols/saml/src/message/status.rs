//! How an answer turned out (SAML Core §3.2.2.2): one code of the first level, and one of the second that
//! says more.

use crate::error::Problem;
use crate::names::ns;
use crate::xml::{Node, Writer};

const PREFIX: &str = "urn:oasis:names:tc:SAML:2.0:status:";

/// A code. The first three are of the first level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusCode {
    /// It went well.
    Success,
    /// The fault is the asker's.
    Requester,
    /// The fault is the answerer's, or nobody's.
    Responder,
    /// The person could not be authenticated.
    AuthnFailed,
    /// What the policy for name identifiers asks for cannot be.
    InvalidNameIdPolicy,
    /// The login that is asked for cannot be had.
    NoAuthnContext,
    /// None of the identity providers that are listed is known.
    NoAvailableIdp,
    /// None of them is supported.
    NoSupportedIdp,
    /// Nobody could be asked, and nobody is signed in.
    NoPassive,
    /// Not every participant could be told.
    PartialLogout,
    /// There are more intermediaries than are allowed.
    ProxyCountExceeded,
    /// It was understood and is not done.
    RequestDenied,
    /// It is not done here.
    RequestUnsupported,
    /// The person is not known.
    UnknownPrincipal,
    /// It cannot be answered by the binding that is asked for.
    UnsupportedBinding,
}

impl StatusCode {
    const ALL: [(Self, &'static str); 15] = [
        (Self::Success, "Success"),
        (Self::Requester, "Requester"),
        (Self::Responder, "Responder"),
        (Self::AuthnFailed, "AuthnFailed"),
        (Self::InvalidNameIdPolicy, "InvalidNameIDPolicy"),
        (Self::NoAuthnContext, "NoAuthnContext"),
        (Self::NoAvailableIdp, "NoAvailableIDP"),
        (Self::NoSupportedIdp, "NoSupportedIDP"),
        (Self::NoPassive, "NoPassive"),
        (Self::PartialLogout, "PartialLogout"),
        (Self::ProxyCountExceeded, "ProxyCountExceeded"),
        (Self::RequestDenied, "RequestDenied"),
        (Self::RequestUnsupported, "RequestUnsupported"),
        (Self::UnknownPrincipal, "UnknownPrincipal"),
        (Self::UnsupportedBinding, "UnsupportedBinding"),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        let mut all = Self::ALL.into_iter();
        all.find(|(code, _)| *code == self)
            .map_or("Responder", |(_, name)| name)
    }

    fn from_uri(uri: &str) -> Option<Self> {
        let name = uri.strip_prefix(PREFIX)?;
        let mut all = Self::ALL.into_iter();
        all.find(|(_, known)| *known == name).map(|(code, _)| code)
    }
}

/// How an answer turned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Of the first level.
    pub code: StatusCode,
    /// Of the second.
    pub detail: Option<StatusCode>,
    /// For whoever reads the log on the other side.
    pub message: Option<String>,
}

impl Status {
    /// It went well.
    pub const fn success() -> Self {
        Self {
            code: StatusCode::Success,
            detail: None,
            message: None,
        }
    }

    /// The fault is the asker's.
    pub fn requester(detail: StatusCode, message: impl Into<String>) -> Self {
        Self::failed(StatusCode::Requester, detail, message)
    }

    /// The fault is ours, or nobody's.
    pub fn responder(detail: StatusCode, message: impl Into<String>) -> Self {
        Self::failed(StatusCode::Responder, detail, message)
    }

    fn failed(code: StatusCode, detail: StatusCode, message: impl Into<String>) -> Self {
        Self {
            code,
            detail: Some(detail),
            message: Some(message.into()),
        }
    }

    /// Whether it went well.
    pub fn is_success(&self) -> bool {
        self.code == StatusCode::Success
    }

    pub(super) fn read(response: Node<'_>) -> Result<Self, Problem> {
        let status = response.one(ns::SAMLP, "Status", "an answer has no status")?;
        let code = status.one(ns::SAMLP, "StatusCode", "a status has no code")?;
        let value = |node: Node<'_>| node.attribute("Value").and_then(StatusCode::from_uri);
        let detail = code.child(ns::SAMLP, "StatusCode")?.and_then(value);
        let message = status.child(ns::SAMLP, "StatusMessage")?;
        Ok(Self {
            code: value(code).ok_or(Problem::Message("a status has a code of no meaning"))?,
            detail,
            message: message.map(Node::text).transpose()?,
        })
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        let uri = |code: StatusCode| format!("{PREFIX}{}", code.name());
        writer
            .open("samlp:Status", &[])
            .open("samlp:StatusCode", &[("Value", &uri(self.code))]);
        if let Some(detail) = self.detail {
            writer.empty("samlp:StatusCode", &[("Value", &uri(detail))]);
        }
        writer.close();
        if let Some(message) = &self.message {
            writer.leaf("samlp:StatusMessage", &[], message);
        }
        writer.close();
    }
}

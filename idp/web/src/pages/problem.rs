//! The page of everything that went wrong: what, why, what to do, and the reference to give.

use askama::Template;
use http::StatusCode;

use super::{Frame, Page};

/// The page.
#[derive(Debug, Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    /// Around it.
    pub frame: Frame,
    /// What went wrong.
    pub kind: Problem,
    /// Where trying again leads, if that makes sense.
    pub retry: Option<String>,
    /// What the operator finds in the log.
    pub reference: String,
}

impl Page for ProblemPage {}

impl ProblemPage {
    pub(crate) fn status(&self) -> u16 {
        self.kind.status().as_u16()
    }

    pub(crate) const fn words(&self) -> Words {
        self.kind.words()
    }
}

/// What went wrong, by whose fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The browser or a link: a request of the wrong shape.
    BadRequest,
    /// A form that did not come from a page of ours (SES-09).
    FormRefused,
    /// The browser keeps no cookies.
    Cookies,
    /// A login that waited too long, or another browser's.
    Expired,
    /// A service's request that was answered already, or has waited too long.
    Spent,
    /// An address that belongs to no registered service (CAS-01).
    UnknownService,
    /// A service sent the person here with a request that cannot be accepted: an unknown client, an
    /// address that is not registered, an unreadable or spent request (OIDC-01, OIDC-16).
    ServiceRequest,
    /// A service that sends the browser back again and again.
    Looping,
    /// Nothing there.
    NotFound,
    /// Not by this method.
    Method,
    /// A form longer than allowed (AVL-02).
    TooLarge,
    /// An address longer than allowed (AVL-02).
    TooLong,
    /// Another host name than the hub's (WEB-05).
    Misdirected,
    /// Too many requests.
    TooMany,
    /// A defect of the hub.
    Internal,
    /// A store does not answer (REL-05).
    Unavailable,
}

/// Texts of a problem.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) advice: &'static str,
}

macro_rules! words {
    ($title:literal, $text:literal, $advice:literal) => {
        Words {
            title: $title,
            text: $text,
            advice: $advice,
        }
    };
}

impl Problem {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::BadRequest,
        Self::FormRefused,
        Self::Cookies,
        Self::Expired,
        Self::Spent,
        Self::UnknownService,
        Self::ServiceRequest,
        Self::Looping,
        Self::NotFound,
        Self::Method,
        Self::TooLarge,
        Self::TooLong,
        Self::Misdirected,
        Self::TooMany,
        Self::Internal,
        Self::Unavailable,
    ];

    /// The status of the answer.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::ServiceRequest => StatusCode::BAD_REQUEST,
            Self::FormRefused | Self::Cookies | Self::UnknownService => StatusCode::FORBIDDEN,
            Self::Expired | Self::Spent => StatusCode::GONE,
            Self::Looping => StatusCode::LOOP_DETECTED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooLong => StatusCode::URI_TOO_LONG,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    pub(crate) const fn words(self) -> Words {
        match self {
            Self::BadRequest => words!(
                "error-bad-request-title",
                "error-bad-request-text",
                "error-bad-request-advice"
            ),
            Self::FormRefused => words!(
                "error-form-refused-title",
                "error-form-refused-text",
                "error-form-refused-advice"
            ),
            Self::Cookies => {
                words!(
                    "error-cookies-title",
                    "error-cookies-text",
                    "error-cookies-advice"
                )
            }
            Self::Expired => {
                words!(
                    "error-expired-title",
                    "error-expired-text",
                    "error-expired-advice"
                )
            }
            Self::Spent => {
                words!(
                    "error-spent-title",
                    "error-spent-text",
                    "error-spent-advice"
                )
            }
            Self::UnknownService => words!(
                "error-unknown-service-title",
                "error-unknown-service-text",
                "error-unknown-service-advice"
            ),
            Self::ServiceRequest => words!(
                "error-service-request-title",
                "error-service-request-text",
                "error-service-request-advice"
            ),
            Self::Looping => {
                words!(
                    "error-looping-title",
                    "error-looping-text",
                    "error-looping-advice"
                )
            }
            Self::NotFound => {
                words!(
                    "error-not-found-title",
                    "error-not-found-text",
                    "error-not-found-advice"
                )
            }
            Self::Method => {
                words!(
                    "error-method-title",
                    "error-method-text",
                    "error-method-advice"
                )
            }
            Self::TooLarge | Self::TooLong => {
                words!(
                    "error-too-large-title",
                    "error-too-large-text",
                    "error-too-large-advice"
                )
            }
            Self::Misdirected => words!(
                "error-misdirected-title",
                "error-misdirected-text",
                "error-misdirected-advice"
            ),
            Self::TooMany => {
                words!(
                    "error-too-many-title",
                    "error-too-many-text",
                    "error-too-many-advice"
                )
            }
            Self::Internal => {
                words!(
                    "error-internal-title",
                    "error-internal-text",
                    "error-internal-advice"
                )
            }
            Self::Unavailable => words!(
                "error-unavailable-title",
                "error-unavailable-text",
                "error-unavailable-advice"
            ),
        }
    }

    pub(crate) const fn is_about_login(&self) -> bool {
        matches!(self, Self::Cookies | Self::Expired)
    }
}

//! Why there is no person, and whose fault that is.

use std::error::Error;
use std::fmt;

use openidconnect::core::CoreErrorResponseType;
use openidconnect::{RequestTokenError, StandardErrorResponse, UserInfoError};

use crate::services::page::Trouble;

/// Why something asked of the hub did not come.
#[derive(Debug)]
pub enum OidcError {
    /// What came is not good for us: a forged or foreign token, a code that was used.
    Refused(String),
    /// The hub does not answer, or not as it should.
    Hub(String),
}

impl fmt::Display for OidcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => write!(f, "refused: {why}"),
            Self::Hub(why) => write!(f, "the hub: {why}"),
        }
    }
}

impl Error for OidcError {}

impl From<OidcError> for Trouble {
    fn from(error: OidcError) -> Self {
        match error {
            OidcError::Refused(why) => Self::Refused(why),
            OidcError::Hub(why) => Self::Hub(why),
        }
    }
}

impl OidcError {
    /// Any failure of a call to the hub.
    pub(super) fn hub(error: &(dyn Error + 'static)) -> Self {
        Self::Hub(with_causes(error))
    }

    /// A failure of the token endpoint. Only `invalid_grant` speaks about what was presented; the
    /// other codes are about this service or the hub (RFC 6749 §5.2).
    pub(super) fn token<RE: Error + 'static>(
        error: RequestTokenError<RE, StandardErrorResponse<CoreErrorResponseType>>,
    ) -> Self {
        match &error {
            RequestTokenError::ServerResponse(answer) => match answer.error() {
                CoreErrorResponseType::InvalidGrant => Self::Refused(answer.to_string()),
                _ => Self::Hub(answer.to_string()),
            },
            _ => Self::hub(&error),
        }
    }

    /// A failure of the userinfo endpoint: 401 and 403 are about the token, or the person.
    pub(super) fn userinfo<RE: Error + 'static>(error: UserInfoError<RE>) -> Self {
        match &error {
            UserInfoError::ClaimsVerification(_) => Self::Refused(with_causes(&error)),
            UserInfoError::Response(status, _, _) if matches!(status.as_u16(), 401 | 403) => {
                Self::Refused(format!("userinfo answers {status}"))
            }
            // The answer itself is about a person: it is not for the log.
            UserInfoError::Response(status, _, _) => {
                Self::Hub(format!("userinfo answers {status}"))
            }
            _ => Self::hub(&error),
        }
    }
}

fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

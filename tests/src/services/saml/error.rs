//! Why there is no person, and whose fault that is.

use std::fmt;

use clau_saml::error::Problem;

use crate::services::page::Trouble;

/// Why something asked of the hub did not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SamlError {
    /// A message is not good for us.
    Message(Problem),
    /// It is, but for what is not in the message: another browser's, or one that was seen before.
    Refused(&'static str),
    /// The hub says no, in its own words.
    Denied(String),
    /// The hub does not answer, or not as it should.
    Hub(String),
}

impl SamlError {
    /// A call to the hub that failed, with its causes. The address is left out.
    pub(super) fn unreachable(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        Self::Hub(text)
    }

    /// Whether another key of the hub might help.
    pub(super) fn is_about_keys(&self) -> bool {
        matches!(
            self,
            Self::Message(Problem::WrongSignature | Problem::NoKey)
        )
    }
}

impl fmt::Display for SamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(problem) => problem.fmt(f),
            Self::Refused(why) => f.write_str(why),
            Self::Denied(why) => write!(f, "the hub says no: {why}"),
            Self::Hub(why) => write!(f, "the hub: {why}"),
        }
    }
}

impl std::error::Error for SamlError {}

impl From<Problem> for SamlError {
    fn from(problem: Problem) -> Self {
        Self::Message(problem)
    }
}

impl From<SamlError> for Trouble {
    fn from(error: SamlError) -> Self {
        match error {
            SamlError::Message(Problem::Own(_)) => Self::Internal(error.to_string()),
            SamlError::Message(_) | SamlError::Refused(_) => Self::Refused(error.to_string()),
            SamlError::Denied(why) => {
                eprintln!("login denied: {why}");
                Self::Forbidden("L’ENT ne vous ouvre pas ce service.")
            }
            SamlError::Hub(why) => Self::Hub(why),
        }
    }
}

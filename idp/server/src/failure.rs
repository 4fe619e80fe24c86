//! Why a command ends without success, and its exit code. Never a message without what to do.

use std::process::ExitCode;

use clau_engine::Error;
use clau_engine::accounts::AccountError;
use clau_storage::StorageError;

use crate::config::Problem;

/// Why a command failed. The exit codes are part of the contract with scripts.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked for cannot be done: a mistake in a file, a refused feed, an unknown login.
    /// Exit code 1.
    Refused(String),
    /// The configuration is wrong. Exit code 3.
    Config(Vec<Problem>),
    /// A store does not answer, or the machine does not do its part: try again later. Exit code 4.
    Unavailable(String),
    /// A defect of Clau. Exit code 70, as in `sysexits.h`.
    Defect(String),
}

impl Failure {
    /// A wrong configuration that is about no key in particular.
    pub(crate) fn config(what: impl Into<String>) -> Self {
        Self::Config(vec![Problem::file("", &what.into())])
    }

    /// The exit code. 2 is the command line's own, for arguments that it does not understand.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Refused(_) => 1,
            Self::Config(_) => 3,
            Self::Unavailable(_) => 4,
            Self::Defect(_) => 70,
        })
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(what) => f.write_str(what),
            Self::Unavailable(what) => write!(f, "{what}\nNothing is lost; try again in a moment."),
            Self::Defect(what) => write!(f, "{what}\nThis is a defect of Clau: please report it."),
            Self::Config(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                f.write_str(&lines.join("\n"))
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Unavailable(_) | Error::Busy => Self::Unavailable(text),
            Error::Config(_) => Self::config(text),
            Error::Defect(_) => Self::Defect(text),
        }
    }
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Error::from(error).into()
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Hub(error) => error.into(),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// What the operating system refuses while a command writes its result.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Refused(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_exit_code() {
        let code = |failure: Failure| format!("{:?}", failure.exit_code());
        let expected = |code: u8| format!("{:?}", ExitCode::from(code));
        assert_eq!(code(Failure::Refused(String::new())), expected(1));
        assert_eq!(code(Error::Config("no".to_owned()).into()), expected(3));
        assert_eq!(code(Error::Busy.into()), expected(4));
        assert_eq!(code(Error::Defect("no".to_owned()).into()), expected(70));
        let nobody = AccountError::NoSuchLogin("x".to_owned());
        assert_eq!(code(nobody.into()), expected(1));
    }
}

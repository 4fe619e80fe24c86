//! Why a use case could not do its work, by whose fault. Refusals that a person can act on are not
//! errors: they are steps and outcomes of the use case itself.

use clau_storage::StorageError;

/// An error of a use case.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A store does not answer: say so, and try again later (REL-05).
    #[error("{0}")]
    Unavailable(String),
    /// Too many passwords wait to be hashed: come back in a moment (PWD-09).
    #[error("the password queue is full")]
    Busy,
    /// The hub is set up wrongly.
    #[error("{0}")]
    Config(String),
    /// A defect of the hub, or a hand in its database.
    #[error("{0}")]
    Defect(String),
}

impl From<StorageError> for Error {
    fn from(error: StorageError) -> Self {
        let text = error.to_string();
        match error {
            StorageError::Unavailable(_) => Self::Unavailable(text),
            StorageError::Config(_) | StorageError::Migration(_) => Self::Config(text),
            StorageError::Conflict(_) | StorageError::Corrupt { .. } | StorageError::Defect(_) => {
                Self::Defect(text)
            }
        }
    }
}

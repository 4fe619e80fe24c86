//! What applying files comes to: mistakes, what was done, why nothing was. Never applies anything.

use serde::Serialize;

use crate::error::Error;

/// A mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The file.
    pub file: String,
    /// Where in it: `service pedagogie: cas.profile`, or line and column.
    pub place: String,
    /// What is wrong and what was expected.
    pub what: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.file, self.place, self.what)
    }
}

/// What was done, or would be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// New ones, as `service pedagogie`.
    pub created: Vec<String>,
    /// Changed ones.
    pub changed: Vec<String>,
    /// How many were as they should be.
    pub unchanged: usize,
    /// What deserves a look.
    pub warnings: Vec<Mistake>,
    /// Activation codes of new local people without a password, by login.
    #[serde(skip)]
    pub codes: Vec<(String, String)>,
}

/// Why nothing was applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The files have mistakes.
    #[error("{} mistake(s); nothing was applied", .0.len())]
    Mistakes(Vec<Mistake>),
    /// The hub cannot do it now.
    #[error(transparent)]
    Hub(#[from] Error),
}

impl From<clau_storage::StorageError> for ApplyError {
    fn from(error: clau_storage::StorageError) -> Self {
        Self::Hub(error.into())
    }
}

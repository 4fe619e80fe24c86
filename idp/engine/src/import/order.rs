//! What an import is told and what it tells besides its report: the delivery, the operator's options,
//! progress, and why nothing was imported. Never imports anything.

use clau_domain::feed::{FeedDate, Refusal, Warning};
use clau_domain::time::Timestamp;
use clau_storage::imports::ImportStorageError;

use super::report::{Report, School};
use crate::Error;

/// A delivery to import.
pub struct Delivery<I> {
    /// Name of the source: 1 to 32 lower-case letters, digits and hyphens; `toulouse`, `agriculture`.
    /// Keys are unique within a source only, so that its name must never change.
    pub source: String,
    /// Name of the delivery, for the report.
    pub name: String,
    /// Its day.
    pub date: FeedDate,
    /// What is odd about it as a whole.
    pub warnings: Vec<Warning>,
    /// Its records. Read on a thread of its own.
    pub entries: I,
}

/// What an operator decides about an import.
#[derive(Clone, Copy, Debug)]
pub struct ImportOptions {
    /// Stage and check, and apply nothing.
    pub dry_run: bool,
    /// Share of a school's people, in percent, that may be missing. More refuses the whole set
    /// (IMP-04).
    pub max_gone_percent: f64,
}

impl Default for ImportOptions {
    /// Apply, unless a school would lose more than a tenth of its people.
    fn default() -> Self {
        Self {
            dry_run: false,
            max_gone_percent: 10.0,
        }
    }
}

/// Where an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The phase.
    pub phase: Phase,
    /// Records (reading, checking) or schools (applying) done.
    pub done: u64,
    /// How many there will be; not known while reading.
    pub total: Option<u64>,
}

/// The phases of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// Records are read and staged.
    Reading,
    /// Verdicts are found.
    Checking,
    /// Schools are applied.
    Applying,
}

/// Who looks on while an import runs: it tells the time, and hears how far it is.
pub trait Watch: Send + Sync {
    /// The time now: an import is longer than one instant.
    fn now(&self) -> Timestamp;
    /// Called after every transaction.
    fn progress(&self, progress: Progress);
}

/// Why nothing, or not everything, was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The name of the source cannot be one.
    #[error(
        "`{0}` cannot be the name of a source: 1 to 32 lower-case letters, digits and hyphens, and \
         not `local`"
    )]
    BadSource(String),
    /// One import at a time.
    #[error("another import is running; if it has died, try again in a minute")]
    Running,
    /// The reader refused the set.
    #[error("the set is refused, and nothing of it was imported. {0}")]
    Refused(#[from] Refusal),
    /// The set is older than what was applied last (IMP-05).
    #[error(
        "the set is refused: it is of {found}, and the set of {applied} is already applied. An old \
         set would give back rights that have ended"
    )]
    Older {
        /// Its day.
        found: String,
        /// Day of the set applied last, ISO 8601.
        applied: String,
    },
    /// Too many people of a school are missing (IMP-04).
    #[error("{}", too_many_gone(.schools, *.limit_percent))]
    TooManyGone {
        /// The schools, with how many they had and how many are missing (`counts.gone`).
        schools: Vec<School>,
        /// The limit, in percent.
        limit_percent: f64,
        /// What the import would have done.
        report: Box<Report>,
    },
    /// The lease ran out: this import was too slow for its own clock, or the process was stopped for
    /// minutes. What was begun is resumed by whoever imports next.
    #[error("the import was taken over by another one")]
    TakenOver,
    /// Stores, keys, defects.
    #[error(transparent)]
    Hub(#[from] Error),
}

impl From<ImportStorageError> for ImportError {
    fn from(error: ImportStorageError) -> Self {
        match error {
            ImportStorageError::LeaseLost => Self::TakenOver,
            ImportStorageError::Storage(error) => Self::Hub(error.into()),
        }
    }
}

impl From<clau_storage::StorageError> for ImportError {
    fn from(error: clau_storage::StorageError) -> Self {
        Self::Hub(error.into())
    }
}

fn too_many_gone(schools: &[School], limit: f64) -> String {
    use std::fmt::Write;
    let mut text = format!(
        "the set is refused: in {} school(s) more than {limit} % of the people are missing, and \
         nothing was imported.",
        schools.len()
    );
    for school in schools.iter().take(20) {
        let (gone, before) = (school.counts.gone, school.before);
        let share = percent(gone, before);
        // Writing to a String cannot fail.
        let _written = write!(
            text,
            "\n  {} {}: {gone} of {before} ({share:.0} %)",
            school.uai, school.name
        );
    }
    text.push_str("\nIf they have really left, import again with a higher limit (--max-gone).");
    text
}

/// A share in percent.
pub(super) fn percent(part: u64, whole: u64) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "people of a school are far below 2^52"
    )]
    let share = part as f64 * 100.0 / whole.max(1) as f64;
    share
}

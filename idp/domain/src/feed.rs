//! The vocabulary of a delivery of directory data, whichever feed it came by: what a reader of
//! `clau-connectors` hands over and the importer of `clau-engine` takes in. Owns the shape of the
//! records and of what is said about them ([`Warning`], [`Refusal`]). Never reads a file, never
//! decides who gets an account. Spec: french-ent.md §2.4–2.8, security.md IMP-01…IMP-09.
//!
//! Texts of a record are clean (IMP-09): NFC, without control characters, capped in length, without
//! the separators `$` and `|`, and with no HTML meaning. An empty text is "the feed does not say".

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

mod finding;
mod record;

pub use finding::{Reason, Refusal, Unusable, Warning, WarningKind};
pub use record::{
    Division, Group, GuardianRecord, InStructure, Kinship, MefRecord, PupilRecord, Relation,
    StaffFunction, StaffRecord, StructureRecord, SubjectRecord, TaughtMef, TaughtSubject,
};

/// What a reader yields, in this order of kinds: structures, subjects, MEF, pupils, guardians,
/// staff. A record that is handed over keeps the set's promise; a [`Refusal`] ends the set.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum Item {
    /// A record and what was odd about it.
    Record {
        /// Where it begins.
        at: Place,
        /// What it says.
        record: Record,
        /// What was odd. Mostly empty.
        warnings: Vec<Warning>,
    },
    /// A record that nobody can be made from. The report names it; the rest of the set is good.
    Unusable {
        /// Where it begins.
        at: Place,
        /// What it would have been.
        kind: RecordKind,
        /// Its identifier as written, cleaned, possibly empty.
        key: String,
        /// Why.
        reason: Unusable,
    },
}

/// Name of a file of the set, shared by everything that is said about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(Arc<str>);

impl FileName {
    /// A name as it is shown: without folders.
    pub fn new(name: &str) -> Self {
        Self(Arc::from(name))
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for FileName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// A line of a file, counted from 1; 0 speaks of the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// The file.
    pub file: FileName,
    /// The line.
    pub line: u64,
}

impl fmt::Display for Place {
    /// `file:line`, as compilers write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

/// Key of a record (`ENTPersonJointure`, `ENTStructureJointure`…): unique in its source and nowhere
/// else (IMP-06). 1 to 64 visible ASCII characters without `$` and `|`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FeedKey(String);

/// A text that cannot be the key of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key has 1 to 64 visible ASCII characters, `$` and `|` excepted")]
pub struct NotAKey;

impl FeedKey {
    /// Longest key, in bytes.
    pub const LONGEST: usize = 64;

    /// A key as the feed writes it.
    ///
    /// # Errors
    /// [`NotAKey`] where the text has not the form.
    pub fn new(text: &str) -> Result<Self, NotAKey> {
        let good = |byte: u8| byte.is_ascii_graphic() && byte != b'$' && byte != b'|';
        if (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(good) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAKey)
        }
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FeedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<FeedKey> for String {
    fn from(key: FeedKey) -> Self {
        key.0
    }
}

/// The day of a delivery. Later deliveries compare greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedDate(jiff::civil::Date);

impl FeedDate {
    /// Reads `yyyymmdd`, the form in the names of files. Nothing where it is no day of the calendar
    /// between 2000 and 2199.
    pub fn from_compact(text: &str) -> Option<Self> {
        if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let year = text.get(..4)?.parse().ok()?;
        let month = text.get(4..6)?.parse().ok()?;
        let day = text.get(6..)?.parse().ok()?;
        let date = jiff::civil::Date::new(year, month, day).ok()?;
        (2000..=2199).contains(&year).then_some(Self(date))
    }
}

impl fmt::Display for FeedDate {
    /// ISO 8601: `yyyy-mm-dd`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for FeedDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a set says of itself, by the names and the heads of its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetHeader {
    /// Project: `ENT2DVA-ENT16`.
    pub project: String,
    /// Day of delivery.
    pub date: FeedDate,
    /// Files, in the order in which they are read.
    pub files: Vec<SetFile>,
    /// Version of the format, `AAF-VE2407`, where the files say it.
    pub version: Option<String>,
    /// Code of the academy, `16`, where the files say it.
    pub academy: Option<String>,
}

/// One file of a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SetFile {
    /// Its name.
    pub name: FileName,
    /// What it holds.
    pub kind: RecordKind,
    /// Its number among those of its kind.
    pub number: u32,
    /// Its size, expanded, in bytes.
    pub bytes: u64,
}

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// A school.
    Structure,
    /// A school subject.
    Subject,
    /// A MEF: a year of a course of study.
    Mef,
    /// A pupil.
    Pupil,
    /// Somebody who is related to a pupil.
    Guardian,
    /// A member of staff.
    Staff,
}

impl RecordKind {
    /// Every kind, in the order in which a set is read.
    pub const ALL: [Self; 6] = [
        Self::Structure,
        Self::Subject,
        Self::Mef,
        Self::Pupil,
        Self::Guardian,
        Self::Staff,
    ];

    /// The word that reports and storage use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Subject => "subject",
            Self::Mef => "mef",
            Self::Pupil => "pupil",
            Self::Guardian => "guardian",
            Self::Staff => "staff",
        }
    }

    /// Whether records of this kind are people.
    pub const fn is_person(self) -> bool {
        matches!(self, Self::Pupil | Self::Guardian | Self::Staff)
    }
}

impl fmt::Display for RecordKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One record. Boxed where large, so that a queue of records moves pointers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Record {
    /// A school.
    Structure(Box<StructureRecord>),
    /// A subject.
    Subject(SubjectRecord),
    /// A MEF.
    Mef(MefRecord),
    /// A pupil.
    Pupil(Box<PupilRecord>),
    /// A guardian.
    Guardian(Box<GuardianRecord>),
    /// A member of staff.
    Staff(Box<StaffRecord>),
}

impl Record {
    /// The record's key.
    pub fn key(&self) -> &FeedKey {
        match self {
            Self::Structure(record) => &record.key,
            Self::Subject(record) => &record.key,
            Self::Mef(record) => &record.key,
            Self::Pupil(record) => &record.key,
            Self::Guardian(record) => &record.key,
            Self::Staff(record) => &record.key,
        }
    }

    /// What the record is about.
    pub const fn kind(&self) -> RecordKind {
        match self {
            Self::Structure(_) => RecordKind::Structure,
            Self::Subject(_) => RecordKind::Subject,
            Self::Mef(_) => RecordKind::Mef,
            Self::Pupil(_) => RecordKind::Pupil,
            Self::Guardian(_) => RecordKind::Guardian,
            Self::Staff(_) => RecordKind::Staff,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain() {
        for good in ["52000", "2212420A11A", "AGRI-10"] {
            assert_eq!(FeedKey::new(good).expect(good).as_str(), good);
        }
        for bad in ["", " 1", "1 2", "1$2", "1|2", "é", "1\n", &"1".repeat(65)] {
            assert_eq!(FeedKey::new(bad), Err(NotAKey), "{bad}");
        }
    }

    #[test]
    fn days_of_delivery_are_days() {
        let date = FeedDate::from_compact("20260901").expect("a day");
        assert_eq!(date.to_string(), "2026-09-01");
        assert!(date < FeedDate::from_compact("20261001").expect("a day"));
        for bad in [
            "", "20260231", "2026090", "2026-9-1", "+2026090", "19990101", "éé2609",
        ] {
            assert_eq!(FeedDate::from_compact(bad), None, "{bad}");
        }
    }

    #[test]
    fn old_and_new_kinship_codes_are_told_apart() {
        assert_eq!(Kinship::of_code("1"), Some(Kinship::Father));
        assert_eq!(Kinship::of_code("10"), Some(Kinship::Mother));
        assert_eq!(Kinship::of_code("8"), None);
    }

    #[test]
    fn a_refusal_names_file_line_and_reason() {
        let refusal = Refusal {
            file: FileName::new("ENT_Complet_20260901_Eleve_0000.xml"),
            line: Some(12),
            column: None,
            reason: Reason::DeltaRequest {
                found: "deleteRequest".to_owned(),
            },
        };
        assert_eq!(
            refusal.to_string(),
            "ENT_Complet_20260901_Eleve_0000.xml, line 12: `deleteRequest` is found in a complete \
             set, which may only hold `addRequest`"
        );
        let json = serde_json::to_value(&refusal).expect("json");
        assert_eq!(json["reason"]["reason"], "delta_request");
    }
}

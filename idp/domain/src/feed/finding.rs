//! What is said about a delivery: a warning about something odd, a record that cannot be used, a
//! refusal of the whole set. Owns the words and their sentences. Never decides which it is: that is
//! the reader's. Spec: security.md IMP-01, IMP-02, IMP-05, IMP-09, XML-03.

use std::fmt;

use serde::Serialize;

use super::{FeedDate, FeedKey, FileName, Place, RecordKind};

/// Something odd that real feeds have. Never a reason to refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Where; line 0 speaks of the file as a whole.
    pub at: Place,
    /// The record, where it is about one.
    pub key: Option<FeedKey>,
    /// What kind of oddity, for counting.
    pub kind: WarningKind,
    /// The attribute and the value in question, shortened.
    pub detail: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.kind)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        match &self.key {
            Some(key) => write!(f, " (record {key})"),
            None => Ok(()),
        }
    }
}

/// Kinds of oddities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// No title (M., Mme).
    MissingTitle,
    /// A title that is none.
    UnknownTitle,
    /// No family name or no first name.
    MissingName,
    /// A birth date that no calendar has.
    BadBirthDate,
    /// A UAI that has not the form of one.
    BadUai,
    /// A UAI whose check letter is wrong.
    UaiCheckLetter,
    /// An INE that has not 11 letters and digits.
    BadIne,
    /// A mail address that is none; left out.
    BadMail,
    /// A key of another record that has not the form of a key; left out.
    BadReference,
    /// A value with more or fewer `$` fields than the format says; left out where that is safer.
    FieldCount,
    /// An attribute written twice; the values were joined.
    DuplicateAttribute,
    /// Several values where one is expected; the first was taken.
    SeveralValues,
    /// A rank of legal responsibility other than 0, 1, 2; taken as 0.
    UnknownRank,
    /// A kinship code that no nomenclature has.
    UnknownKinship,
    /// Something else than yes or no; taken as not said.
    UnknownFlag,
    /// Two parallel lists of different lengths.
    UnevenLists,
    /// Control or invisible characters, removed.
    ControlCharacters,
    /// HTML entities escaped once too often, undone.
    DoubleEscaped,
    /// `$` or `|` inside a text, replaced by a space.
    Separator,
    /// A text longer than its field may be, cut.
    TooLong,
    /// The numbering of the files of one kind has a gap.
    NumberGap,
    /// Some names of files carry a prefix that others lack.
    PrefixedName,
    /// An XML file whose name is not that of a file of the feed; not read.
    ForeignFile,
}

impl WarningKind {
    /// The oddity in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MissingTitle => "no title",
            Self::UnknownTitle => "unknown title",
            Self::MissingName => "a name is missing",
            Self::BadBirthDate => "not a birth date",
            Self::BadUai => "not a UAI",
            Self::UaiCheckLetter => "the UAI's check letter is wrong",
            Self::BadIne => "not an INE",
            Self::BadMail => "not a mail address, left out",
            Self::BadReference => "not the key of a record, left out",
            Self::FieldCount => "unexpected number of fields",
            Self::DuplicateAttribute => "attribute written twice, values joined",
            Self::SeveralValues => "several values where one is expected, the first was taken",
            Self::UnknownRank => "unknown rank of legal responsibility, taken as none",
            Self::UnknownKinship => "unknown kinship code",
            Self::UnknownFlag => "neither yes nor no, taken as not said",
            Self::UnevenLists => "parallel lists of different lengths",
            Self::ControlCharacters => "control or invisible characters removed",
            Self::DoubleEscaped => "HTML entities escaped once too often, undone",
            Self::Separator => "`$` or `|` inside a text, replaced by a space",
            Self::TooLong => "too long, cut",
            Self::NumberGap => "a number is missing among the files of this kind",
            Self::PrefixedName => "the name has a prefix that others of the set lack",
            Self::ForeignFile => "not named like a file of the feed, not read",
        }
    }
}

impl fmt::Display for WarningKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why nobody can be made from a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Unusable {
    /// No identifier.
    #[error("the record has no identifier")]
    NoKey,
    /// An identifier that has not the form of a key.
    #[error("the record's identifier is not a key: 1 to 64 visible ASCII characters")]
    BadKey,
    /// The identifier and the jointure attribute differ: nobody knows whose record this is.
    #[error("the record's identifier and its jointure attribute differ")]
    TwoKeys,
}

/// Why the whole set was refused, and where. Nothing of it was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct Refusal {
    /// The file, or the folder or archive where it is about the set.
    pub file: FileName,
    /// The line, counted from 1.
    pub line: Option<u64>,
    /// The column in bytes of UTF-8, counted from 1.
    pub column: Option<u64>,
    /// Why.
    pub reason: Reason,
}

impl Refusal {
    /// A refusal that is about a file or a set as a whole.
    pub const fn of_file(file: FileName, reason: Reason) -> Self {
        Self {
            file,
            line: None,
            column: None,
            reason,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        write!(f, ": {}", self.reason)
    }
}

/// Why a set was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The file system said no.
    #[error("it cannot be read: {detail}")]
    Io {
        /// What it said.
        detail: String,
    },
    /// Neither a folder nor an archive that can be read.
    #[error("it is neither a folder, a zip archive nor a gzip-compressed tar archive")]
    NotASet,
    /// Nothing in it is named like a file of the feed.
    #[error(
        "it holds no file of the feed (names such as ENT_Complet_20260901_Eleve_0000.xml are expected)"
    )]
    Empty,
    /// An archive that cannot be unpacked to its end.
    #[error("the archive is damaged or cut short: {detail}")]
    BrokenArchive {
        /// What is wrong with it.
        detail: String,
    },
    /// The archive is larger than is allowed.
    #[error("the archive is larger than {limit} bytes")]
    ArchiveTooLarge {
        /// Largest size allowed.
        limit: u64,
    },
    /// What is in it is larger than is allowed.
    #[error("it expands to more than {limit} bytes")]
    ExpandsTooMuch {
        /// Largest size allowed.
        limit: u64,
    },
    /// It expands as only a bomb does.
    #[error("it expands more than {limit} times its size")]
    ExpandsTooFast {
        /// Largest ratio allowed.
        limit: u64,
    },
    /// It has more entries than is allowed.
    #[error("it has more than {limit} entries")]
    TooManyEntries {
        /// Most entries allowed.
        limit: u64,
    },
    /// An entry that is a link.
    #[error("{entry} is a link; a feed holds plain files only")]
    Link {
        /// The entry.
        entry: String,
    },
    /// An entry that is a device or the like.
    #[error("{entry} is neither a file nor a folder")]
    Special {
        /// The entry.
        entry: String,
    },
    /// An entry whose name leaves the archive.
    #[error("the entry {entry} names a place outside the archive")]
    Traversal {
        /// The entry.
        entry: String,
    },
    /// The same file twice.
    #[error("it is there twice: {other} is the same file of the set")]
    DuplicateFile {
        /// The other one.
        other: String,
    },
    /// The name of a file does not say which set it belongs to.
    #[error(
        "its name does not say `_Complet_` and the day, as in ENT_Complet_20260901_Eleve_0000.xml"
    )]
    Unnamed,
    /// A delta: only complete sets are imported.
    #[error("it belongs to a delta; only complete sets (`_Complet_`) are imported")]
    Delta,
    /// Files of several days.
    #[error("it is of {found}, other files of the set of {expected}: they are not one delivery")]
    MixedDates {
        /// The other files' day.
        expected: FeedDate,
        /// This file's.
        found: FeedDate,
    },
    /// Files of several projects.
    #[error(
        "it is of project {found}, other files of the set of {expected}: they are not one delivery"
    )]
    MixedProjects {
        /// The other files' project.
        expected: String,
        /// This file's.
        found: String,
    },
    /// Files of several academies.
    #[error(
        "it is of academy {found}, other files of the set of {expected}: they are not one delivery"
    )]
    MixedAcademies {
        /// The other files' academy.
        expected: String,
        /// This file's.
        found: String,
    },
    /// A kind of which a complete set has at least one file, be it without records.
    #[error("the set is incomplete: it has no file of {}", missing.join(", "))]
    Incomplete {
        /// The words that are missing among the names.
        missing: Vec<&'static str>,
    },
    /// An encoding that feeds do not use.
    #[error("its encoding is {encoding}; UTF-8, ISO-8859-15, ISO-8859-1 and windows-1252 are read")]
    UnknownEncoding {
        /// As declared.
        encoding: String,
    },
    /// Bytes that are not what the declaration says.
    #[error("it is not {encoding} as it declares: {detail}")]
    Misencoded {
        /// As declared, UTF-8 by default.
        encoding: String,
        /// What was found.
        detail: String,
    },
    /// The file ends before its document does.
    #[error("it is cut short: it ends {detail}")]
    Truncated {
        /// Where it ends.
        detail: String,
    },
    /// Not XML.
    #[error("it is not well-formed XML: {detail}")]
    NotWellFormed {
        /// What is wrong.
        detail: String,
    },
    /// XML of something else.
    #[error("it is not a file of the feed: its root element is `{found}`, not `ficAlimMENESR`")]
    ForeignRoot {
        /// The root element.
        found: String,
    },
    /// A document type declaration that is not the feed's.
    #[error(
        "its document type is not the feed's (only `ficAlimMENESR SYSTEM \"ficAlimMENESR.dtd\"`, \
         which is never fetched, may be declared)"
    )]
    ForeignDocumentType,
    /// A document type declaration with declarations of its own.
    #[error("its document type declares entities or elements of its own, which a feed never does")]
    InternalSubset,
    /// A reference to an entity.
    #[error("it refers to the entity `{name}`; only the five of XML itself are known")]
    Entity {
        /// The entity's name.
        name: String,
    },
    /// An element where the format has none such.
    #[error("the element `{found}` is not expected {place}")]
    UnexpectedElement {
        /// The element.
        found: String,
        /// Where.
        place: String,
    },
    /// Something is missing that the format asks for.
    #[error("{what} is missing {place}")]
    Missing {
        /// What.
        what: String,
        /// Where.
        place: String,
    },
    /// A modification or deletion, which only a delta may hold.
    #[error("`{found}` is found in a complete set, which may only hold `addRequest`")]
    DeltaRequest {
        /// The request.
        found: String,
    },
    /// A record of a type that nobody knows.
    #[error("records of type `{found}` are unknown")]
    UnknownType {
        /// The type.
        found: String,
    },
    /// A record in a file of another kind.
    #[error("it holds a record of type {found}, but by its name it is a file of type {expected}")]
    MisplacedType {
        /// The file's kind.
        expected: RecordKind,
        /// The record's.
        found: RecordKind,
    },
    /// Larger than anything a feed holds (XML-03).
    #[error("{what} is larger than a feed's ever is (limit {limit})")]
    TooLarge {
        /// What.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
}

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

use crate::person::{BirthDate, Contact, Function, Names};
use crate::uai::Uai;

mod finding;

pub use finding::{Reason, Refusal, Unusable, Warning, WarningKind};

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

/// A school, or what the feed lists among schools (french-ent.md §2.7).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StructureRecord {
    /// Key: `ENTStructureJointure`.
    pub key: FeedKey,
    /// `ENTStructureUAI`, where it has the form of a UAI. Its check letter may be wrong.
    pub uai: Option<Uai>,
    /// `ENTEtablissementUAI`, where it differs: an earlier UAI or that of the host school.
    pub other_uai: Option<Uai>,
    /// Current name without the codes that feeds wrap it in: `COLLEGE JEAN JAURES`.
    pub name: String,
    /// Type: `COLLEGE`.
    pub kind_label: String,
    /// Nature code: `340`.
    pub kind_code: String,
    /// Supervising ministry.
    pub ministry: String,
    /// Its code: `06`.
    pub ministry_code: String,
    /// `PU` or `PR`, or a numeric contract code.
    pub contract: String,
    /// SIRET (14 digits) or SIREN.
    pub siret: String,
    /// Street, with the post-office box where there is one.
    pub street: String,
    /// Postal code.
    pub postal_code: String,
    /// Commune.
    pub city: String,
    /// Telephone.
    pub phone: String,
    /// Mail address.
    pub mail: String,
    /// Academy: `TOULOUSE`.
    pub academy: String,
    /// Its code: `16`.
    pub academy_code: String,
    /// Schools that this one is attached to (a SEGPA to its collège).
    pub hosts: Vec<FeedKey>,
    /// Classes.
    pub classes: Vec<Division>,
    /// Teaching groups.
    pub groups: Vec<Group>,
    /// Not a school in which people are: typed `SANS OBJET` (replacement zones), or without a UAI.
    pub pseudo: bool,
}

/// A class of a school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Division {
    /// Name: `6A`.
    pub name: String,
    /// Label.
    pub label: String,
    /// MEF codes of its pupils.
    pub mefs: Vec<String>,
}

/// A teaching group of a school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Name: `6A-LATIN`.
    pub name: String,
    /// Label.
    pub label: String,
    /// Names of the classes its pupils come from.
    pub divisions: Vec<String>,
}

/// A subject. A local one names the national one it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SubjectRecord {
    /// Code: `ENTMatJointure`.
    pub key: FeedKey,
    /// Label.
    pub label: String,
    /// Code of the national subject.
    pub national: String,
}

/// A MEF. A local one names the national one it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MefRecord {
    /// Code: `ENTMefJointure`, 11 characters.
    pub key: FeedKey,
    /// Label.
    pub label: String,
    /// Code of the national MEF.
    pub national: String,
    /// Statistical code.
    pub statistical: String,
    /// Level: `6EME`.
    pub level: String,
    /// Stream.
    pub stream: String,
}

/// A pupil (french-ent.md §2.4).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PupilRecord {
    /// Key: `ENTPersonJointure`.
    pub key: FeedKey,
    /// Names.
    pub names: Names,
    /// Birth date.
    pub birth_date: Option<BirthDate>,
    /// INE, 11 letters and digits, where the feed gives one of that form.
    pub ine: Option<String>,
    /// Identifier in the school's own system (`ENTEleveStructRattachId`).
    pub school_record: String,
    /// MEN identifier carried for a pupil of an agricultural school.
    pub school_record_men: String,
    /// School attended.
    pub structure: Option<FeedKey>,
    /// Classes.
    pub classes: Vec<InStructure>,
    /// Teaching groups.
    pub groups: Vec<InStructure>,
    /// MEF code.
    pub mef: String,
    /// Its label.
    pub mef_label: String,
    /// Level: `6EME`.
    pub level: String,
    /// Stream (`ENTEleveFiliere`).
    pub stream: String,
    /// `SCOLAIRE`, `APPRENTI`…
    pub status: String,
    /// Boarding, as the feed labels it.
    pub regime: String,
    /// Holds a grant (`ENTEleveBoursier`).
    pub scholarship: Option<bool>,
    /// Takes school transport.
    pub transport: Option<bool>,
    /// Subjects: code and label. A label may be empty.
    pub subjects: Vec<(String, String)>,
    /// How to reach the pupil.
    pub contact: Contact,
    /// Who is related to the pupil, and with what right.
    pub guardians: Vec<Relation>,
    /// Keys of the guardians at whose address the pupil lives.
    pub lives_with: Vec<FeedKey>,
}

/// A name that means something within one school only: a class or a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct InStructure {
    /// Key of the school. It may dangle.
    pub structure: FeedKey,
    /// The name there.
    pub name: String,
}

/// What somebody is to a pupil. A value of the feed that has not its six fields gives no relation:
/// shifted fields would hand a child to a stranger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Relation {
    /// Key of the guardian. It may dangle.
    pub guardian: FeedKey,
    /// Code of the kinship as the feed writes it.
    pub kinship_code: String,
    /// What the code means.
    pub kinship: Kinship,
    /// Rank of legal responsibility: 1 or 2; 0 for somebody without parental authority.
    pub legal: u8,
    /// Pays the fees.
    pub financial: bool,
    /// May be contacted.
    pub contact: bool,
    /// Receives payments.
    pub payment: bool,
}

/// Kinship of a guardian to a pupil, in the union of the old and the new nomenclature
/// (french-ent.md §1.8). The two overlap in no code, though the old one counts fathers first and
/// the new one mothers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kinship {
    /// Mother.
    Mother,
    /// Father.
    Father,
    /// Brother or sister.
    Sibling,
    /// Grandparent, great-grandparent.
    Ascendant,
    /// Another member of the family.
    Family,
    /// Educator.
    Educator,
    /// Foster carer (assistant familial).
    FosterCarer,
    /// Child minder.
    ChildMinder,
    /// Tutor in law.
    Tutor,
    /// Child welfare (ASE, ex DDASS).
    ChildWelfare,
    /// The pupil, of age.
    Themself,
    /// Another tie, or a code that no nomenclature has.
    Other,
}

impl Kinship {
    /// What a code stands for. Nothing for a code that no nomenclature has.
    pub fn of_code(code: &str) -> Option<Self> {
        Some(match code {
            "10" | "2" => Self::Mother,
            "20" | "1" => Self::Father,
            "37" => Self::Sibling,
            "38" => Self::Ascendant,
            "39" | "4" => Self::Family,
            "41" => Self::Educator,
            "42" => Self::FosterCarer,
            "43" => Self::ChildMinder,
            "50" | "3" => Self::Tutor,
            "51" | "5" => Self::ChildWelfare,
            "70" | "7" => Self::Themself,
            "90" | "6" => Self::Other,
            _ => return None,
        })
    }
}

/// Somebody who is related to a pupil, perhaps to none in this set (french-ent.md §2.5).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GuardianRecord {
    /// Key: `ENTPersonJointure`.
    pub key: FeedKey,
    /// Names.
    pub names: Names,
    /// How to reach them.
    pub contact: Contact,
    /// Consents to the address being given to parents' associations.
    pub share_address: Option<bool>,
}

/// A member of staff (french-ent.md §2.6).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StaffRecord {
    /// Key: `ENTPersonJointure`.
    pub key: FeedKey,
    /// Names.
    pub names: Names,
    /// Birth date.
    pub birth_date: Option<BirthDate>,
    /// Academic mail address.
    pub mail: Option<String>,
    /// School of administrative attachment.
    pub structure: Option<FeedKey>,
    /// Functions, each in a school, which may lie outside this set.
    pub functions: Vec<StaffFunction>,
    /// Classes taught.
    pub classes: Vec<InStructure>,
    /// Groups taught.
    pub groups: Vec<InStructure>,
    /// Subjects taught to classes.
    pub class_subjects: Vec<TaughtSubject>,
    /// Subjects taught to groups.
    pub group_subjects: Vec<TaughtSubject>,
    /// Classes of which they are the main teacher (professeur principal).
    pub main_teacher_of: Vec<InStructure>,
    /// Disciplines of recruitment and of the post: code and label.
    pub disciplines: Vec<(String, String)>,
    /// Labels of the subjects taught.
    pub subjects: Vec<InStructure>,
    /// MEF taught.
    pub mefs: Vec<TaughtMef>,
    /// Whether they teach: `ENTPersonCategorieEnseignant`, else `PersEducNatPresenceDevantEleves`.
    pub teaches: Option<bool>,
}

/// A function of a member of staff in one school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StaffFunction {
    /// Key of the school. It may dangle: replacement teachers list many.
    pub structure: FeedKey,
    /// The function.
    pub function: Function,
}

/// A class or group and a subject taught to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaughtSubject {
    /// The class or group.
    pub division: InStructure,
    /// Code of the subject.
    pub subject: String,
}

/// A MEF taught in a school.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaughtMef {
    /// Key of the school.
    pub structure: FeedKey,
    /// Code.
    pub mef: String,
    /// Label.
    pub label: String,
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

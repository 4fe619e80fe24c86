//! What each kind of record says (french-ent.md §2.4–2.8), as typed fields. Owns the meaning of the
//! codes that decide about people, such as kinship. Never knows how a feed spells an attribute.

use serde::Serialize;

use super::FeedKey;
use crate::person::{BirthDate, Contact, Function, Names};
use crate::uai::Uai;

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

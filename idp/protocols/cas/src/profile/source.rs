//! Where a value of a profile comes from. Each source names the attributes of the registration that
//! must be released for it; it reads through them and through nothing else.

use clau_domain::ids::StructureId;
use clau_domain::person::{Affiliation, ExternalKey, Kin, Person};
use clau_domain::policy::{Attribute, Released};
use clau_domain::profile::Profile;
use clau_domain::structure::StructureKind;
use serde::Deserialize;

use super::words;
use crate::answer::AuthenticationFacts;

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident needs [$($gate:ident),*];)*) => {
        /// A value, or several, that a profile may spell; in `catalogue.toml` by its snake-case name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Source {
            $($(#[$doc])* $name,)*
        }

        impl Source {
            /// Attributes that must be released, all of them.
            pub const fn gates(self) -> &'static [Attribute] {
                match self {
                    $(Self::$name => &[$(Attribute::$gate),*],)*
                }
            }
        }
    };
}

sources! {
    /// The pseudonym for this service.
    PairwiseId needs [];
    /// When the person proved who they are.
    AuthenticationDate needs [];
    /// `true` when that was for this very ticket.
    FromNewLogin needs [];
    /// `true` in a session that is remembered.
    LongTerm needs [];
    /// Our own id.
    Uid needs [Uid];
    /// Login.
    Login needs [Login];
    /// `TOULOUSE-1234567`.
    ExternalId needs [ExternalId];
    /// `1234567`: the key without its source.
    ExternalKey needs [ExternalId];
    /// The key followed by the three-digit code of its academy.
    AcademicId needs [ExternalId];
    /// Usual family name.
    FamilyName needs [FamilyName];
    /// First name.
    GivenName needs [GivenName];
    /// First name and family name.
    DisplayName needs [GivenName, FamilyName];
    /// `M.` or `Mme`.
    Title needs [Title];
    /// `2011-05-14`.
    BirthDate needs [BirthDate];
    /// `14/05/2011`.
    BirthDateFrench needs [BirthDate];
    /// National pupil identifier.
    Ine needs [Ine];
    /// Mail address the person gave, else the academic one.
    Mail needs [Mail];
    /// Academic address.
    AcademicMail needs [Mail];
    /// Academic address, else the one the person gave.
    AcademicMailFirst needs [Mail];
    /// Telephone numbers.
    Phone needs [Phones];
    /// Postal address on one line.
    Address needs [Address];
    /// Postal code.
    PostalCode needs [PostalCode];
    /// `National_ELV`; as all that is said of a profile, nothing of a citizen.
    ProfileCode needs [Profile];
    /// `National_1` to `National_7` (SDET version 3).
    ProfileNumber needs [Profile];
    /// `National_1` to `National_4`: pupil, guardian, teacher, everybody else.
    ProfileOfFour needs [Profile];
    /// `Student`, `Relative`, `Teacher`, `Personnel`.
    ProfileWord needs [Profile];
    /// `ELV`.
    ProfileShort needs [Profile];
    /// `National_ELV`, `_TUT`, `_ENS`, and `_DOC` for everybody else.
    ProfileOfKne needs [Profile];
    /// UAI of schools.
    Uai needs [Structures];
    /// `true` for the person's first structure, `false` for the others.
    MainStructure needs [Structures];
    /// Our own ids of structures.
    StructureId needs [Structures];
    /// Keys of structures in their source.
    StructureKey needs [Structures];
    /// Names of structures.
    StructureName needs [Structures];
    /// Types of structures as the feed labels them.
    StructureType needs [Structures];
    /// `1ORD`, `CLG`, `LYC`, `LP`.
    StructureTypeShort needs [Structures];
    /// Names of classes.
    Class needs [Classes];
    /// `0310001A$6A`.
    ClassOfStructure needs [Classes];
    /// The same of a pupil, or of a guardian's children when those may leave.
    PupilClass needs [Classes];
    /// Classes of which a teacher is the main one, `0310001A$6A`.
    MainTeacherOf needs [Classes];
    /// Class and subject code, `6A$030602`.
    ClassSubject needs [Classes, Subjects];
    /// Names of groups.
    Group needs [Groups];
    /// `0310001A$6LV2`.
    GroupOfStructure needs [Groups];
    /// Function codes.
    FunctionCode needs [Functions];
    /// Function labels.
    FunctionLabel needs [Functions];
    /// Labels of posts.
    PostLabel needs [Functions];
    /// MEF codes.
    Mef needs [Schooling];
    /// Levels.
    Level needs [Schooling];
    /// Subject codes.
    SubjectCode needs [Subjects];
    /// Disciplines of a teacher's posts.
    Discipline needs [Subjects];
    /// Boarding label.
    Regime needs [SchoolLife];
    /// Ids of children.
    ChildUid needs [Children];
    /// External ids of children.
    ChildExternalId needs [Children];
    /// Ids of guardians.
    GuardianUid needs [Guardians];
    /// External ids of guardians.
    GuardianExternalId needs [Guardians];
    /// Every further attribute, under its own name.
    Further needs [Further];
}

/// A person as one entry of a profile looks at them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) released: Released<'a>,
    pub(super) authentication: &'a AuthenticationFacts,
    /// Only affiliations with these profiles; none given means all.
    pub(super) profiles: &'a [Profile],
    /// Only this structure.
    pub(super) structure: Option<StructureId>,
    /// Only this class.
    pub(super) class: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// The person, when all attributes leave and they are what is looked at.
    fn person(&self, gates: &[Attribute]) -> Option<&'a Person> {
        let last = gates.last()?;
        let person = self.released.person_for(*last)?;
        let released = gates.iter().all(|gate| self.released.allows(*gate));
        let looked_at = self.profiles.is_empty()
            || person
                .affiliations
                .iter()
                .any(|a| self.profiles.contains(&a.profile));
        (released && looked_at).then_some(person)
    }

    /// The affiliations that are looked at, when all attributes leave.
    pub(super) fn affiliations(&self, gates: &[Attribute]) -> Vec<&'a Affiliation> {
        let all = self
            .person(gates)
            .map_or(&[][..], |person| &person.affiliations);
        all.iter()
            .filter(|affiliation| self.looks_at(affiliation))
            .collect()
    }

    fn looks_at(&self, affiliation: &Affiliation) -> bool {
        (self.profiles.is_empty() || self.profiles.contains(&affiliation.profile))
            && self
                .structure
                .is_none_or(|id| id == affiliation.structure.id)
    }

    /// The values of a source, each once, in the order of the affiliations, none of them empty.
    pub(super) fn values(&self, source: Source) -> Vec<String> {
        let mut values: Vec<String> = Vec::new();
        for value in self.all_values(source) {
            if !value.is_empty() && !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    fn all_values(&self, source: Source) -> Vec<String> {
        let gates = source.gates();
        match source {
            Source::PairwiseId => vec![self.released.pairwise().to_owned()],
            Source::AuthenticationDate => vec![self.authentication.authenticated_at.rfc3339()],
            Source::FromNewLogin => vec![self.authentication.from_new_login.to_string()],
            Source::LongTerm => vec![self.authentication.long_term.to_string()],
            Source::Uid
            | Source::Login
            | Source::ExternalId
            | Source::ExternalKey
            | Source::AcademicId
            | Source::FamilyName
            | Source::GivenName
            | Source::DisplayName
            | Source::Title
            | Source::BirthDate
            | Source::BirthDateFrench
            | Source::Ine
            | Source::Mail
            | Source::AcademicMail
            | Source::AcademicMailFirst
            | Source::Phone
            | Source::Address
            | Source::PostalCode
            | Source::ChildUid
            | Source::ChildExternalId
            | Source::GuardianUid
            | Source::GuardianExternalId => self
                .person(gates)
                .map(|person| of_person(source, person))
                .unwrap_or_default(),
            // Spelled under their own names, see the sibling module.
            Source::Further => Vec::new(),
            Source::PupilClass => self.pupil_classes(),
            _ => {
                let affiliations = self.affiliations(gates);
                affiliations
                    .iter()
                    .flat_map(|a| self.of_affiliation(source, a))
                    .collect()
            }
        }
    }

    fn pupil_classes(&self) -> Vec<String> {
        let pupil = |affiliation: &&Affiliation| affiliation.profile == Profile::Pupil;
        let own = self
            .affiliations(&[Attribute::Classes])
            .into_iter()
            .filter(pupil);
        let parent = self.person(&[Attribute::Classes, Attribute::Children]);
        let children = parent.into_iter().flat_map(|person| &person.children);
        let theirs = children.flat_map(|child| &child.affiliations);
        own.chain(theirs.filter(|affiliation| {
            self.structure
                .is_none_or(|id| id == affiliation.structure.id)
        }))
        .flat_map(|affiliation| in_structure(affiliation, &affiliation.detail.classes))
        .collect()
    }

    fn of_affiliation(&self, source: Source, affiliation: &Affiliation) -> Vec<String> {
        let structure = &affiliation.structure;
        let detail = &affiliation.detail;
        let functions = detail.functions.iter();
        match source {
            Source::ProfileCode
            | Source::ProfileNumber
            | Source::ProfileOfFour
            | Source::ProfileWord
            | Source::ProfileShort
            | Source::ProfileOfKne => {
                let said = words::of_profile(source, affiliation.profile);
                said.map(str::to_owned).into_iter().collect()
            }
            Source::Uai => structure
                .uai
                .iter()
                .map(|uai| uai.as_str().to_owned())
                .collect(),
            Source::MainStructure => {
                let person = self.person(&[Attribute::Structures]);
                let first = person.and_then(|person| person.affiliations.first());
                vec![
                    first
                        .is_some_and(|first| first.structure.id == structure.id)
                        .to_string(),
                ]
            }
            Source::StructureId => vec![structure.id.to_string()],
            Source::StructureKey => vec![structure.key.clone()],
            Source::StructureName => vec![structure.name.clone()],
            Source::StructureType => vec![structure.kind_label.clone()],
            Source::StructureTypeShort => vec![short_type(affiliation).to_owned()],
            Source::Class => self.classes(affiliation),
            Source::ClassOfStructure => in_structure(affiliation, &self.classes(affiliation)),
            Source::MainTeacherOf => in_structure(affiliation, &detail.main_teacher_of),
            Source::ClassSubject => detail
                .class_subjects
                .iter()
                .filter(|(class, _)| self.class.is_none_or(|only| only == class))
                .map(|(class, subject)| format!("{class}${subject}"))
                .collect(),
            Source::Group => detail.groups.clone(),
            Source::GroupOfStructure => in_structure(affiliation, &detail.groups),
            Source::FunctionCode => functions.map(|function| function.code.clone()).collect(),
            Source::FunctionLabel => functions.map(|function| function.label.clone()).collect(),
            Source::PostLabel => functions
                .map(|function| function.post_label.clone())
                .collect(),
            Source::Mef => detail.mefs.clone(),
            Source::Level => vec![detail.level.clone()],
            Source::SubjectCode => detail
                .subjects
                .iter()
                .map(|(code, _)| code.clone())
                .collect(),
            Source::Discipline => detail.disciplines.clone(),
            Source::Regime => vec![detail.regime.clone()],
            _ => Vec::new(),
        }
    }

    /// The classes of an affiliation that are looked at.
    pub(super) fn classes(&self, affiliation: &Affiliation) -> Vec<String> {
        let classes = affiliation.detail.classes.iter();
        classes
            .filter(|class| self.class.is_none_or(|only| only == *class))
            .cloned()
            .collect()
    }
}

fn of_person(source: Source, person: &Person) -> Vec<String> {
    let contact = &person.contact;
    let external = |key: &ExternalKey| key.to_string();
    let ids = |kin: &[Kin]| kin.iter().map(|kin| kin.id.to_string()).collect();
    let keys = |kin: &[Kin]| {
        kin.iter()
            .filter_map(|k| k.external.as_ref())
            .map(external)
            .collect()
    };
    let one = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
    match source {
        Source::Uid => vec![person.id.to_string()],
        Source::Login => vec![person.login.clone()],
        Source::ExternalId => one(person.external.as_ref().map(external)),
        Source::ExternalKey => one(person
            .external
            .as_ref()
            .map(|external| external.key.clone())),
        Source::AcademicId => one(person.external.as_ref().and_then(academic_id)),
        Source::FamilyName => vec![person.names.family.clone()],
        Source::GivenName => vec![person.names.given.clone()],
        Source::DisplayName => vec![person.names.display()],
        Source::Title => vec![person.names.title.clone()],
        Source::BirthDate => one(person.birth_date.map(|date| date.to_string())),
        Source::BirthDateFrench => one(person.birth_date.map(|date| date.french())),
        Source::Ine => one(person.ine.clone()),
        Source::Mail => one(contact
            .mail
            .clone()
            .or_else(|| contact.academic_mail.clone())),
        Source::AcademicMail => one(contact.academic_mail.clone()),
        Source::AcademicMailFirst => one(contact
            .academic_mail
            .clone()
            .or_else(|| contact.mail.clone())),
        Source::Phone => [&contact.mobile, &contact.home_phone, &contact.work_phone]
            .into_iter()
            .flatten()
            .cloned()
            .collect(),
        Source::Address => {
            let place = format!("{} {}", contact.postal_code, contact.city);
            let lines = contact
                .address
                .iter()
                .map(|line| line.trim())
                .chain([place.trim()]);
            let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
            vec![lines.join(", ")]
        }
        Source::PostalCode => vec![contact.postal_code.clone()],
        Source::ChildUid => ids(&person.children),
        Source::ChildExternalId => keys(&person.children),
        Source::GuardianUid => ids(&person.guardians),
        Source::GuardianExternalId => keys(&person.guardians),
        _ => Vec::new(),
    }
}

/// Names with their school in front, as the national schema writes them; without one, the key of the
/// structure stands there.
fn in_structure(affiliation: &Affiliation, names: &[String]) -> Vec<String> {
    let structure = &affiliation.structure;
    let school = structure
        .uai
        .as_ref()
        .map_or(structure.key.as_str(), |uai| uai.as_str());
    names
        .iter()
        .map(|name| format!("{school}${name}"))
        .collect()
}

fn short_type(affiliation: &Affiliation) -> &'static str {
    let label = affiliation.structure.kind_label.to_uppercase();
    if affiliation.structure.kind != StructureKind::School {
        ""
    } else if label.contains("PROFESSIONNEL") {
        "LP"
    } else if label.starts_with("LYC") {
        "LYC"
    } else if label.starts_with("COLL") {
        "CLG"
    } else if label.starts_with("ECOLE") {
        "1ORD"
    } else {
        ""
    }
}

/// The key and the code of its academy (french-ent §1.7); the agricultural source has one of its own.
fn academic_id(external: &ExternalKey) -> Option<String> {
    // La Réunion, whose own code is 028, is left out: its keys would pass for agricultural ones.
    const CODES: [(&str, &str); 28] = [
        ("AGRICOLE", "028"),
        ("AGRICULTURE", "028"),
        ("AIX-MARSEILLE", "002"),
        ("AMIENS", "020"),
        ("BESANCON", "003"),
        ("BORDEAUX", "004"),
        ("CAEN", "005"),
        ("CLERMONT", "006"),
        ("CORSE", "027"),
        ("CRETEIL", "024"),
        ("DIJON", "007"),
        ("GRENOBLE", "008"),
        ("LILLE", "009"),
        ("LIMOGES", "022"),
        ("LYON", "010"),
        ("MONTPELLIER", "011"),
        ("NANCY-METZ", "012"),
        ("NANTES", "017"),
        ("NICE", "023"),
        ("ORLEANS-TOURS", "018"),
        ("PARIS", "001"),
        ("POITIERS", "013"),
        ("REIMS", "019"),
        ("RENNES", "014"),
        ("ROUEN", "021"),
        ("STRASBOURG", "015"),
        ("TOULOUSE", "016"),
        ("VERSAILLES", "025"),
    ];
    let source = external.source.to_uppercase();
    let code = CODES
        .iter()
        .find(|(name, _)| *name == source)
        .map(|(_, code)| code)?;
    Some(format!("{}{code}", external.key))
}

//! Where a value comes from. Each source names the released attributes that it needs, reads through them and
//! through nothing else; a school's number in front of a class is there only if schools are released.

use clau_domain::person::{Affiliation, BirthDate, ExternalKey, Person};
use clau_domain::policy::{Attribute, Released};
use clau_domain::profile::Profile;

use super::{Spelling, Why, fredu};
use crate::message::{NameId, Value};
use crate::names::name_id;

/// Longest part of a subject identifier on either side of the `@` (SAML Subject Identifier Attributes §3.3).
const LONGEST_PART: usize = 127;

macro_rules! sources {
    ($($(#[$doc:meta])* $name:ident needs $needs:expr;)*) => {
        /// A value, or several, that a profile may spell.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Source {
            $($(#[$doc])* $name,)*
        }

        impl Source {
            /// Attributes that must be released, all of them.
            pub(super) const fn needs(self) -> &'static [Attribute] {
                match self {
                    $(Self::$name => $needs,)*
                }
            }
        }
    };
}

sources! {
    /// The pseudonym for this service.
    PairwiseId needs &[];
    /// The same with the scope: `pairwise-id`.
    PairwiseScoped needs &[];
    /// The same as a name identifier: `eduPersonTargetedID`.
    TargetedId needs &[];
    /// The scope itself, which is the hub's and tells nothing of anybody.
    Scope needs &[];
    /// The region, in the GAR.
    EntId needs &[];
    /// Our own id.
    Uid needs &[Attribute::Uid];
    /// The same with the scope: `subject-id`.
    SubjectScoped needs &[Attribute::Uid];
    /// Login.
    Login needs &[Attribute::Login];
    /// The same with the scope: a login is never given to somebody else.
    PrincipalName needs &[Attribute::Login];
    /// `TOULOUSE$1234567`.
    Jointure needs &[Attribute::ExternalId];
    /// The number of a pupil in the school's own system.
    SchoolRecord needs &[Attribute::ExternalId];
    /// Usual family name.
    FamilyName needs &[Attribute::FamilyName];
    /// The same of somebody who works in a school.
    FamilyNameOfStaff needs &[Attribute::FamilyName];
    /// First name.
    GivenName needs &[Attribute::GivenName];
    /// The same of somebody who works in a school.
    GivenNameOfStaff needs &[Attribute::GivenName];
    /// First name and family name.
    DisplayName needs &[Attribute::GivenName, Attribute::FamilyName];
    /// Family name and first name, in capitals without accents, as directories sort people.
    DirectoryName needs &[Attribute::GivenName, Attribute::FamilyName];
    /// `M.` or `Mme`, as the feed has it.
    Title needs &[Attribute::Title];
    /// `M.` or `Mme`, and nothing else.
    TitleOfTwo needs &[Attribute::Title];
    /// Mail address the person gave, else the academic one.
    Mail needs &[Attribute::Mail];
    /// Academic address of somebody who works in a school.
    AcademicMail needs &[Attribute::Mail];
    /// `2011-05-14`.
    BirthDate needs &[Attribute::BirthDate];
    /// `20110514`.
    BirthDateDigits needs &[Attribute::BirthDate];
    /// `14/05/2011`.
    BirthDateFrench needs &[Attribute::BirthDate];
    /// National pupil identifier.
    Ine needs &[Attribute::Ine];
    /// `National_ELV`.
    ProfileCode needs &[Attribute::Profile];
    /// `student`, `member`.
    Affiliation needs &[Attribute::Profile];
    /// `student@scope`.
    ScopedAffiliation needs &[Attribute::Profile];
    /// The one that counts most.
    PrimaryAffiliation needs &[Attribute::Profile];
    /// UAI of schools.
    Uai needs &[Attribute::Structures];
    /// `{UAI}0310001A`.
    UaiLabelled needs &[Attribute::Structures];
    /// Keys of structures in their source.
    StructureKey needs &[Attribute::Structures];
    /// `0310001A$ENS$ENSEIGNEMENT$L1000$MATHEMATIQUES`.
    Functions needs &[Attribute::Functions];
    /// `0310001A$6A`, of a pupil.
    PupilClasses needs &[Attribute::Classes];
    /// The same of whoever teaches there.
    TaughtClasses needs &[Attribute::Classes];
    /// The same of the main teacher.
    MainTeacherOf needs &[Attribute::Classes];
    /// `0310001A$6A$061300`.
    ClassSubjects needs &[Attribute::Classes, Attribute::Subjects];
    /// `0310001A$6LV2`, of a pupil.
    PupilGroups needs &[Attribute::Groups];
    /// The same of whoever teaches there.
    TaughtGroups needs &[Attribute::Groups];
    /// Subject codes of a pupil.
    PupilSubjects needs &[Attribute::Subjects];
    /// `0310001A$MATHEMATIQUES`, of whoever teaches.
    TaughtSubjects needs &[Attribute::Subjects];
    /// MEF codes of a pupil.
    PupilMefs needs &[Attribute::Schooling];
    /// Their label.
    MefLabel needs &[Attribute::Schooling];
    /// Level of a pupil.
    Level needs &[Attribute::Schooling];
    /// Stream of a pupil.
    Stream needs &[Attribute::Schooling];
    /// Status of a pupil.
    Status needs &[Attribute::Schooling];
    /// Boarding label.
    Regime needs &[Attribute::SchoolLife];
    /// Holds a grant: `O` or `N`.
    Scholarship needs &[Attribute::SchoolLife];
    /// Takes school transport: `O` or `N`.
    Transport needs &[Attribute::SchoolLife];
    /// Our own ids of children.
    Children needs &[Attribute::Children];
    /// Our own ids of guardians, with the rank of their responsibility.
    Guardians needs &[Attribute::Guardians];
    /// Work telephone.
    WorkPhone needs &[Attribute::Phones];
    /// Home telephone.
    HomePhone needs &[Attribute::Phones];
    /// Mobile telephone.
    Mobile needs &[Attribute::Phones];
    /// Lines of the address, joined by `$`.
    Address needs &[Attribute::Address];
    /// The same by RFC 4517, which escapes what joins them.
    AddressEscaped needs &[Attribute::Address];
    /// Postal code; part of an address, too.
    PostalCode needs &[Attribute::PostalCode];
    /// Commune.
    City needs &[Attribute::Address];
    /// Country.
    Country needs &[Attribute::Address];
    /// Vectors of national education. Each kind needs part of these.
    Vectors needs fredu::VECTOR;
    /// Schools where somebody works.
    SchoolsOfStaff needs &[Attribute::Structures, Attribute::Functions];
    /// Schools that somebody heads.
    SchoolsOfHead needs &[Attribute::Structures, Attribute::Functions];
    /// The function that counts most.
    MainFunction needs &[Attribute::Functions];
}

/// A value, or why there is none although there is something to say.
type Said = Result<Value, Why>;

impl Source {
    /// Its values for a person, in the order of the affiliations; some may be empty, or the same.
    pub(super) fn values(self, spelling: &Spelling<'_>, released: Released<'_>) -> Vec<Said> {
        let pairwise = released.pairwise();
        match self {
            Self::PairwiseId => return vec![text(pairwise)],
            Self::PairwiseScoped => return vec![scoped(pairwise, spelling.scope)],
            Self::TargetedId => return vec![Ok(targeted(pairwise, spelling))],
            Self::Scope => return vec![text(spelling.scope)],
            Self::EntId => {
                let id = spelling.ent_id.filter(|id| !id.is_empty());
                return vec![id.ok_or(Why::NoEntId).and_then(text)];
            }
            Self::Vectors => return texts(fredu::vectors(released)),
            _ => {}
        }
        self.person(released).map_or_else(Vec::new, |person| {
            let with_schools = released.allows(Attribute::Structures);
            match self.of_person(person, spelling) {
                Some(said) => said,
                None => of_affiliations(self, person, with_schools),
            }
        })
    }

    /// The person, if everything that is needed leaves.
    fn person(self, released: Released<'_>) -> Option<&Person> {
        let as_part = (self == Self::PostalCode)
            .then(|| released.person_for(Attribute::Address))
            .flatten();
        if as_part.is_some() {
            return as_part;
        }
        let needs = self.needs();
        let last = needs.last()?;
        let all = needs.iter().all(|need| released.allows(*need));
        released.person_for(*last).filter(|_| all)
    }

    /// What is said of the person as a whole; `None` for what is said of each affiliation.
    fn of_person(self, person: &Person, spelling: &Spelling<'_>) -> Option<Vec<Said>> {
        let contact = &person.contact;
        let names = &person.names;
        let one = |value: Option<&str>| value.map(text).into_iter().collect();
        Some(match self {
            Self::Uid => vec![text(&person.id.to_string())],
            Self::SubjectScoped => vec![scoped(&person.id.to_string(), spelling.scope)],
            Self::Login => vec![text(&person.login)],
            Self::PrincipalName => vec![principal(&person.login, spelling.scope)],
            Self::Jointure => person.external.iter().map(jointure).collect(),
            Self::FamilyName => vec![text(&names.family)],
            Self::FamilyNameOfStaff => one(person.is_staff().then_some(&names.family)),
            Self::GivenName => vec![text(&names.given)],
            Self::GivenNameOfStaff => one(person.is_staff().then_some(&names.given)),
            Self::DisplayName => vec![text(&names.display())],
            Self::DirectoryName => {
                let name = format!("{} {}", names.family, names.given);
                vec![text(
                    clau_domain::names::fold(name.trim())
                        .to_uppercase()
                        .as_str(),
                )]
            }
            Self::Title => vec![text(&names.title)],
            Self::TitleOfTwo => one(title_of_two(&names.title)),
            Self::Mail => one(contact.mail.as_deref().or(contact.academic_mail.as_deref())),
            Self::AcademicMail => {
                let own = contact.academic_mail.as_deref();
                let lower = own.filter(|_| person.is_staff()).map(str::to_lowercase);
                one(lower.as_deref())
            }
            Self::BirthDate | Self::BirthDateDigits | Self::BirthDateFrench => {
                let date = person.birth_date.map(|date| self.date(date));
                one(date.as_deref())
            }
            Self::Ine => one(person.ine.as_deref()),
            Self::ProfileCode => {
                let profiles = person.profiles();
                let national = profiles.iter().filter_map(|profile| profile.national());
                national.map(text).collect()
            }
            Self::Affiliation => affiliations(person).into_iter().map(text).collect(),
            Self::PrimaryAffiliation => one(primary_affiliation(person)),
            Self::ScopedAffiliation => affiliations(person)
                .into_iter()
                .map(|affiliation| scoped(affiliation, spelling.scope))
                .collect(),
            Self::Children => {
                let children = person.children.iter();
                children.map(|kin| text(&kin.id.to_string())).collect()
            }
            Self::Guardians => person.guardians.iter().map(guardian).collect(),
            Self::WorkPhone => one(contact.work_phone.as_deref()),
            Self::HomePhone => one(contact.home_phone.as_deref()),
            Self::Mobile => one(contact.mobile.as_deref()),
            Self::Address => vec![fields(
                &contact
                    .address
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>(),
            )],
            Self::AddressEscaped => vec![text(&escaped(&contact.address))],
            Self::PostalCode => vec![text(&contact.postal_code)],
            Self::City => vec![text(&contact.city)],
            Self::Country => vec![text(&contact.country)],
            Self::SchoolsOfStaff => texts(fredu::schools_of_staff(person)),
            Self::SchoolsOfHead => texts(fredu::schools_of_head(person)),
            Self::MainFunction => one(fredu::main_function(person)),
            _ => return None,
        })
    }

    fn date(self, date: BirthDate) -> String {
        match self {
            Self::BirthDateFrench => date.french(),
            Self::BirthDateDigits => date.to_string().replace('-', ""),
            _ => date.to_string(),
        }
    }
}

fn of_affiliations(source: Source, person: &Person, with_schools: bool) -> Vec<Said> {
    person
        .affiliations
        .iter()
        .flat_map(|affiliation| of_affiliation(source, affiliation, with_schools))
        .collect()
}

fn of_affiliation(source: Source, affiliation: &Affiliation, with_schools: bool) -> Vec<Said> {
    let structure = &affiliation.structure;
    let detail = &affiliation.detail;
    let is_pupil = affiliation.profile == Profile::Pupil;
    let teaches = matches!(affiliation.profile, Profile::Teacher | Profile::Librarian);
    let school = if with_schools {
        let uai = structure.uai.as_ref();
        uai.map_or(structure.key.as_str(), |uai| uai.as_str())
    } else {
        ""
    };
    let in_school = |names: &[String]| -> Vec<Said> {
        names
            .iter()
            .filter(|name| !name.trim().is_empty())
            .map(|name| fields(&[school, name]))
            .collect()
    };
    let yes_or_no = |known: Option<bool>| -> Vec<Said> {
        known
            .map(|yes| text(if yes { "O" } else { "N" }))
            .into_iter()
            .collect()
    };
    let all = |list: &[String]| list.iter().map(|it| text(it)).collect();
    match source {
        Source::Uai => structure.uai.iter().map(|uai| text(uai.as_str())).collect(),
        Source::UaiLabelled => {
            let labelled = structure.uai.iter().map(|uai| format!("{{UAI}}{uai}"));
            labelled.map(|uai| text(&uai)).collect()
        }
        Source::StructureKey => vec![text(&structure.key)],
        Source::Functions if affiliation.profile.is_staff() => {
            let functions = detail.functions.iter();
            functions
                .map(|it| fields(&[school, &it.code, &it.label, &it.post_code, &it.post_label]))
                .collect()
        }
        Source::PupilClasses if is_pupil => in_school(&detail.classes),
        Source::PupilGroups if is_pupil => in_school(&detail.groups),
        Source::PupilSubjects if is_pupil => {
            detail.subjects.iter().map(|(code, _)| text(code)).collect()
        }
        Source::PupilMefs if is_pupil => all(&detail.mefs),
        Source::MefLabel if is_pupil => vec![text(&detail.mef_label)],
        Source::Level if is_pupil => vec![text(&detail.level)],
        Source::Stream if is_pupil => vec![text(&detail.stream)],
        Source::Status if is_pupil => vec![text(&detail.status)],
        Source::Regime if is_pupil => vec![text(&detail.regime)],
        Source::Scholarship if is_pupil => yes_or_no(detail.scholarship),
        Source::Transport if is_pupil => yes_or_no(detail.transport),
        Source::SchoolRecord if is_pupil => vec![text(&detail.school_record)],
        Source::TaughtClasses if teaches => in_school(&detail.classes),
        Source::TaughtGroups if teaches => in_school(&detail.groups),
        Source::MainTeacherOf if teaches => in_school(&detail.main_teacher_of),
        Source::ClassSubjects if teaches => {
            let taught = detail.class_subjects.iter();
            taught
                .map(|(class, subject)| fields(&[school, class, subject]))
                .collect()
        }
        Source::TaughtSubjects if teaches => {
            let labels: Vec<String> = detail.subjects.iter().map(|it| it.1.clone()).collect();
            in_school(&labels)
        }
        _ => Vec::new(),
    }
}

fn text(text: &str) -> Said {
    Ok(Value::Text(text.trim().to_owned()))
}

fn texts(list: Vec<Result<String, Why>>) -> Vec<Said> {
    list.into_iter().map(|said| said.map(Value::Text)).collect()
}

fn fields(fields: &[&str]) -> Said {
    let is_empty = fields.iter().all(|field| field.trim().is_empty());
    if is_empty {
        return text("");
    }
    joined('$', fields).map(Value::Text)
}

/// Fields with their separator between them. The notations of national education have no way to write a field
/// that holds it.
pub(super) fn joined(separator: char, fields: &[&str]) -> Result<String, Why> {
    if fields.iter().any(|field| field.contains(separator)) {
        return Err(Why::Separator);
    }
    let fields: Vec<&str> = fields.iter().map(|field| field.trim()).collect();
    Ok(fields.join(&separator.to_string()))
}

/// RFC 4517 §3.3.28.
fn escaped(lines: &[String]) -> String {
    let lines = lines.iter().map(|line| line.trim());
    let lines = lines.filter(|line| !line.is_empty());
    let lines = lines.map(|line| line.replace('\\', "\\5C").replace('$', "\\24"));
    lines.collect::<Vec<_>>().join("$")
}

/// A subject identifier (SAML Subject Identifier Attributes §3.3, §3.4), or another value that a service
/// reads as being of the scope.
fn scoped(unique: &str, scope: &str) -> Said {
    let plain = |byte: u8| byte.is_ascii_alphanumeric();
    let part = |text: &str, others: &[u8]| {
        let mut bytes = text.bytes();
        text.len() <= LONGEST_PART
            && bytes.next().is_some_and(plain)
            && bytes.all(|byte| plain(byte) || others.contains(&byte))
    };
    if part(unique, b"=-") && part(scope, b"-.") {
        text(&format!("{unique}@{scope}"))
    } else {
        Err(Why::Notation)
    }
}

/// `eduPersonPrincipalName`: one `@`, and it is ours.
fn principal(login: &str, scope: &str) -> Said {
    let allowed = |c: char| c.is_ascii_graphic() && c != '@';
    if login.is_empty() || !login.chars().all(allowed) || scope.is_empty() {
        return Err(Why::Notation);
    }
    text(&format!("{login}@{scope}"))
}

/// The pseudonym as the name identifier that the service knows the person by.
fn targeted(pairwise: &str, spelling: &Spelling<'_>) -> Value {
    Value::NameId(NameId {
        value: pairwise.to_owned(),
        format: name_id::PERSISTENT.to_owned(),
        name_qualifier: Some(spelling.issuer.to_owned()),
        sp_name_qualifier: Some(spelling.audience.to_owned()),
    })
}

/// The key with the name of its source in front.
fn jointure(external: &ExternalKey) -> Said {
    fields(&[&external.source.to_uppercase(), &external.key])
}

/// `clé$lien$financier$légal$contact$paiement`, of which the hub knows who, and that they are legally
/// responsible.
fn guardian(kin: &clau_domain::person::Kin) -> Said {
    let id = kin.id.to_string();
    let rank = kin.legal_rank.to_string();
    fields(&[&id, "", "", &rank, "", ""])
}

fn title_of_two(title: &str) -> Option<&'static str> {
    match title.trim() {
        "M." | "M" => Some("M."),
        "Mme" | "Mlle" => Some("Mme"),
        _ => None,
    }
}

/// What people of a profile are, in the words of eduPerson, besides `employee` and `member`.
const fn role(profile: Profile) -> Option<&'static str> {
    match profile {
        Profile::Pupil => Some("student"),
        Profile::Teacher | Profile::Librarian => Some("faculty"),
        Profile::Head
        | Profile::SchoolLife
        | Profile::Staff
        | Profile::Academy
        | Profile::Authority => Some("staff"),
        Profile::Guardian | Profile::Citizen => None,
    }
}

/// The affiliations of eduPerson: roles, what follows from them, and `affiliate` for guardians who are nothing
/// else.
fn affiliations(person: &Person) -> Vec<&'static str> {
    let profiles = person.profiles();
    let mut said: Vec<&'static str> = Vec::new();
    for role in profiles.iter().filter_map(|profile| role(*profile)) {
        if !said.contains(&role) {
            said.push(role);
        }
    }
    if person.is_staff() {
        said.push("employee");
    }
    if !said.is_empty() {
        said.push("member");
    } else if profiles.contains(&Profile::Guardian) {
        said.push("affiliate");
    }
    said
}

/// Staff before pupils before guardians.
fn primary_affiliation(person: &Person) -> Option<&'static str> {
    let profiles = person.profiles();
    let staff = profiles.iter().find(|profile| profile.is_staff());
    staff
        .and_then(|profile| role(*profile))
        .or_else(|| affiliations(person).first().copied())
}

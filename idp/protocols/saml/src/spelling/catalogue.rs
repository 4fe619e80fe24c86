//! Which names each profile has, in the order in which they are told. The handbook's table is this one
//! (`saml.md`). Adding a name is adding a line here, and to [`super::source`] if it holds something new.
//! Names of SupAnn are those of its schema of 2021-10-01, names of eduPerson those of 2022-08; names of
//! ENTs are of the national schema (french-ent §3), names of national education as partners have shown them
//! (french-ent §4).

use clau_domain::policy::Attribute;

use super::Profile;
use super::source::Source;
use crate::names::subject_id;

/// A name of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name, as it is sent.
    pub name: &'static str,
    /// How people call it, where the name is a number.
    pub friendly: Option<&'static str>,
    pub(super) source: Source,
}

impl Name {
    /// The attributes that a registration must release for it, all of them. None for what every service gets.
    pub const fn needs(&self) -> &'static [Attribute] {
        self.source.needs()
    }

    /// Whether somebody could take `name` for it.
    pub(super) fn resembles(&self, name: &str) -> bool {
        let mut called = [Some(self.name), self.friendly].into_iter().flatten();
        called.any(|called| called.eq_ignore_ascii_case(name))
    }

    /// Whether people call it so, as well as by its name.
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name || self.friendly == Some(name)
    }
}

impl Profile {
    /// The names that it has.
    pub const fn catalogue(self) -> &'static [Name] {
        match self {
            Self::Supann => SUPANN,
            Self::Sdet => SDET,
            Self::Gar => GAR,
            Self::Fredu => FREDU,
            Self::None => &[],
        }
    }
}

const fn oid(name: &'static str, friendly: &'static str, source: Source) -> Name {
    Name {
        name,
        friendly: Some(friendly),
        source,
    }
}

const fn plain(name: &'static str, source: Source) -> Name {
    Name {
        name,
        friendly: None,
        source,
    }
}

const SUPANN: &[Name] = &[
    oid(subject_id::PAIRWISE, "pairwise-id", Source::PairwiseScoped),
    oid(subject_id::GENERAL, "subject-id", Source::SubjectScoped),
    oid(
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.10",
        "eduPersonTargetedID",
        Source::TargetedId,
    ),
    oid(
        "urn:oid:1.3.6.1.4.1.25178.1.2.9",
        "schacHomeOrganization",
        Source::Scope,
    ),
    oid(
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.6",
        "eduPersonPrincipalName",
        Source::PrincipalName,
    ),
    oid("urn:oid:0.9.2342.19200300.100.1.1", "uid", Source::Login),
    oid(
        "urn:oid:2.16.840.1.113730.3.1.241",
        "displayName",
        Source::DisplayName,
    ),
    oid("urn:oid:2.5.4.3", "cn", Source::DirectoryName),
    oid("urn:oid:2.5.4.4", "sn", Source::FamilyName),
    oid("urn:oid:2.5.4.42", "givenName", Source::GivenName),
    oid(
        "urn:oid:1.3.6.1.4.1.7135.1.2.1.4",
        "supannCivilite",
        Source::TitleOfTwo,
    ),
    oid("urn:oid:0.9.2342.19200300.100.1.3", "mail", Source::Mail),
    oid(
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.1",
        "eduPersonAffiliation",
        Source::Affiliation,
    ),
    oid(
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.5",
        "eduPersonPrimaryAffiliation",
        Source::PrimaryAffiliation,
    ),
    oid(
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
        "eduPersonScopedAffiliation",
        Source::ScopedAffiliation,
    ),
    oid(
        "urn:oid:1.3.6.1.4.1.7135.1.2.1.14",
        "supannEtablissement",
        Source::UaiLabelled,
    ),
    oid(
        "urn:oid:1.3.6.1.4.1.7135.1.2.1.40",
        "supannOIDCDateDeNaissance",
        Source::BirthDate,
    ),
    oid(
        "urn:oid:1.3.6.1.4.1.25178.1.2.3",
        "schacDateOfBirth",
        Source::BirthDateDigits,
    ),
    oid(
        "urn:oid:1.3.6.1.4.1.7135.1.2.1.9",
        "supannCodeINE",
        Source::Ine,
    ),
    oid("urn:oid:2.5.4.20", "telephoneNumber", Source::WorkPhone),
    oid(
        "urn:oid:0.9.2342.19200300.100.1.20",
        "homePhone",
        Source::HomePhone,
    ),
    oid(
        "urn:oid:0.9.2342.19200300.100.1.41",
        "mobile",
        Source::Mobile,
    ),
    oid("urn:oid:2.5.4.16", "postalAddress", Source::AddressEscaped),
    oid("urn:oid:2.5.4.17", "postalCode", Source::PostalCode),
    oid("urn:oid:2.5.4.7", "l", Source::City),
];

const SDET: &[Name] = &[
    plain("uid", Source::Uid),
    plain("ENTPersonLogin", Source::Login),
    plain("ENTPersonJointure", Source::Jointure),
    plain("sn", Source::FamilyName),
    plain("givenName", Source::GivenName),
    plain("displayName", Source::DisplayName),
    plain("personalTitle", Source::Title),
    plain("mail", Source::Mail),
    plain("ENTPersonDateNaissance", Source::BirthDateFrench),
    plain("ENTPersonProfils", Source::ProfileCode),
    plain("ENTPersonStructRattach", Source::StructureKey),
    plain("ENTPersonStructRattachRNE", Source::Uai),
    plain("ESCOUAI", Source::Uai),
    plain("ENTPersonFonctions", Source::Functions),
    plain("ENTEleveClasses", Source::PupilClasses),
    plain("ENTEleveGroupes", Source::PupilGroups),
    plain("ENTEleveMEF", Source::PupilMefs),
    plain("ENTEleveLibelleMEF", Source::MefLabel),
    plain("ENTEleveNivFormation", Source::Level),
    plain("ENTEleveFiliere", Source::Stream),
    plain("ENTEleveStatutEleve", Source::Status),
    plain("ENTEleveCodeEnseignements", Source::PupilSubjects),
    plain("ENTEleveStructRattachId", Source::SchoolRecord),
    plain("ENTEleveINE", Source::Ine),
    plain("ENTEleveRegime", Source::Regime),
    plain("ENTEleveBoursier", Source::Scholarship),
    plain("ENTEleveTransport", Source::Transport),
    plain("ENTElevePersRelEleve", Source::Guardians),
    plain("ENTAuxPersRelEleveEleve", Source::Children),
    plain("ENTAuxEnsClasses", Source::TaughtClasses),
    plain("ENTAuxEnsGroupes", Source::TaughtGroups),
    plain("ENTAuxEnsClassesPrincipal", Source::MainTeacherOf),
    plain("ENTAuxEnsClassesMatieres", Source::ClassSubjects),
    plain("ENTAuxEnsMatiereEnseignEtab", Source::TaughtSubjects),
    plain("telephoneNumber", Source::WorkPhone),
    plain("homePhone", Source::HomePhone),
    plain("mobile", Source::Mobile),
    plain("ENTPersonAdresse", Source::Address),
    plain("ENTPersonCodePostal", Source::PostalCode),
    plain("ENTPersonVille", Source::City),
    plain("ENTPersonPays", Source::Country),
];

const GAR: &[Name] = &[
    plain("idEnt", Source::EntId),
    plain("GARPersonIdentifiant", Source::PairwiseId),
];

const FREDU: &[Name] = &[
    plain("FrEduVecteur", Source::Vectors),
    plain("FrEduRne", Source::SchoolsOfStaff),
    plain("FrEduRneResp", Source::SchoolsOfHead),
    plain("FrEduFonctAdm", Source::MainFunction),
    plain("ctemail", Source::AcademicMail),
    plain("ctln", Source::FamilyNameOfStaff),
    plain("ctfn", Source::GivenNameOfStaff),
];

//! A school of the Ministry of Agriculture, with what it has: the ministry's identity provider, its own of any
//! kind, a directory (french-ent.md §5). Names of the national directory schema, of SupAnn and of the ministry's
//! CAS are all tried; what a school calls otherwise, its registration says.

use clau_domain::connector::{Audience, Field, MatchBy};
use clau_domain::profile::Profile;

use super::names::{FAMILY_NAME, GIVEN_NAME, MAIL, ONE_FACTOR, SEVERAL_AS_ONE, TARGETED_ID, UID};
use super::{Known, KnownOidc, KnownSaml, MailWord};

pub(super) const KNOWN: Known = Known {
    attributes: &[
        (Field::Subject, &TARGETED_ID),
        (Field::Login, &[UID[0], UID[1], "preferred_username"]),
        (Field::FamilyName, &FAMILY_NAME),
        (Field::GivenName, &GIVEN_NAME),
        (
            Field::Title,
            &[
                "personalTitle",
                "urn:oid:1.3.6.1.4.1.7135.1.2.1.4",
                "supannCivilite",
            ],
        ),
        (
            Field::BirthDate,
            &[
                "ENTPersonDateNaissance",
                "urn:oid:1.3.6.1.4.1.7135.1.2.1.40",
                "supannOIDCDateDeNaissance",
                "birthdate",
            ],
        ),
        (Field::Mail, &MAIL),
        (Field::MailVerified, &["email_verified"]),
        (Field::AcademicMail, &MAIL),
        (
            Field::Ine,
            &[
                "ENTEleveINE",
                "urn:oid:1.3.6.1.4.1.7135.1.2.1.9",
                "supannCodeINE",
            ],
        ),
        (
            Field::Uai,
            &[
                "ENTPersonStructRattachRNE",
                "ESCOUAI",
                "urn:oid:1.3.6.1.4.1.7135.1.2.1.14",
                "supannEtablissement",
                "rne",
                "uai",
            ],
        ),
        (
            Field::Profile,
            &[
                "fr_edu_fonct_adm",
                "FrEduFonctAdm",
                "ENTPersonProfils",
                "urn:oid:1.3.6.1.4.1.5923.1.1.1.5",
                "eduPersonPrimaryAffiliation",
                "urn:oid:1.3.6.1.4.1.5923.1.1.1.1",
                "eduPersonAffiliation",
            ],
        ),
        (Field::SchoolFunction, &["fr_edu_rne", "FrEduRne"]),
        (Field::HeadOf, &["fr_edu_rne_resp", "FrEduRneResp"]),
        (Field::Class, &["ENTEleveClasses"]),
        (Field::Key, &["ENTPersonJointure"]),
    ],
    profiles: &[
        ("National_ELV", Profile::Pupil),
        ("National_TUT", Profile::Guardian),
        ("National_ENS", Profile::Teacher),
        ("National_DOC", Profile::Librarian),
        ("National_DIR", Profile::Head),
        ("National_EVS", Profile::SchoolLife),
        ("National_ETA", Profile::Staff),
        ("National_1", Profile::Pupil),
        ("National_2", Profile::Guardian),
        ("National_3", Profile::Teacher),
        // Some send it for whoever does not teach (french-ent.md §1.1): it makes nobody a head.
        ("National_4", Profile::Staff),
        ("National_5", Profile::SchoolLife),
        ("National_6", Profile::Staff),
        ("student", Profile::Pupil),
        ("faculty", Profile::Teacher),
        ("teacher", Profile::Teacher),
        ("staff", Profile::Staff),
        ("employee", Profile::Staff),
        ("eleve", Profile::Pupil),
        ("etudiant", Profile::Pupil),
        ("apprenti", Profile::Pupil),
        ("parent", Profile::Guardian),
        ("responsable", Profile::Guardian),
        ("enseignant", Profile::Teacher),
        ("formateur", Profile::Teacher),
        ("personnel", Profile::Staff),
    ],
    matching: &[MatchBy::Key, MatchBy::Ine, MatchBy::AcademicMail],
    speaks_as: &[
        Profile::Pupil,
        Profile::Guardian,
        Profile::Teacher,
        Profile::Librarian,
        Profile::Head,
        Profile::SchoolLife,
        Profile::Staff,
    ],
    created_as: None,
    mail: MailWord::ByProtocol,
    audience: &[Audience::Agriculture],
    label: None,
    description: None,
    order: 10,
    saml: KnownSaml {
        levels: &[ONE_FACTOR, SEVERAL_AS_ONE],
        encrypted: false,
        logout: None,
    },
    oidc: KnownOidc::PLAIN,
};

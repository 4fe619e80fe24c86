//! A member of RENATER or eduGAIN, a university for the most part (french-ent.md §9): eduPerson and SupAnn. What
//! stands behind an `@` its driver has looked at before (SAML-12).

use clau_domain::connector::{Audience, Field, MatchBy};
use clau_domain::profile::Profile;

use super::names::{
    AFFILIATION, BIRTH_DATE, FAMILY_NAME, GIVEN_NAME, INE, MAIL, ONE_FACTOR, PRINCIPAL_NAME,
    SCHOOL, SEVERAL_FACTORS, SUBJECT, TITLE,
};
use super::{Known, KnownOidc, KnownSaml, MailWord};

pub(super) const KNOWN: Known = Known {
    attributes: &[
        (Field::Subject, &SUBJECT),
        (Field::Login, &PRINCIPAL_NAME),
        (Field::FamilyName, &FAMILY_NAME),
        (Field::GivenName, &GIVEN_NAME),
        (Field::Title, &TITLE),
        (Field::BirthDate, &BIRTH_DATE),
        (Field::Mail, &MAIL),
        (Field::MailVerified, &["email_verified"]),
        (Field::Ine, &INE),
        (Field::Uai, &SCHOOL),
        (Field::Profile, &AFFILIATION),
    ],
    // `member`, `affiliate`, `alum` and `library-walk-in` say nothing that the hub has a place for.
    profiles: &[
        ("student", Profile::Pupil),
        ("faculty", Profile::Teacher),
        ("teacher", Profile::Teacher),
        ("staff", Profile::Staff),
        ("employee", Profile::Staff),
        ("researcher", Profile::Staff),
    ],
    matching: &[MatchBy::Ine],
    speaks_as: &[Profile::Pupil, Profile::Teacher, Profile::Staff],
    created_as: None,
    mail: MailWord::ByProtocol,
    audience: &[Audience::University],
    label: None,
    description: None,
    order: 10,
    saml: KnownSaml {
        levels: &[ONE_FACTOR, SEVERAL_FACTORS],
        encrypted: false,
        logout: None,
    },
    oidc: KnownOidc::PLAIN,
};

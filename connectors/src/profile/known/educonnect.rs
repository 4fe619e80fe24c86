//! ÉduConnect: pupils and guardians of national education (french-ent.md §4.1, §4.3, §4.4, §4.6). The national
//! identity provider knows a person by the keys of the feeds, or by vectors; of the rest it says little, and
//! little of it is needed.

use clau_domain::connector::{Audience, Field, MatchBy, UpstreamLogout};
use clau_domain::profile::Profile;

use super::names::{FAMILY_NAME, GIVEN_NAME, ONE_FACTOR, SEVERAL_AS_ONE};
use super::{Known, KnownOidc, KnownSaml, MailWord};

/// Identifiers of attributes of national education; the last number tells them apart.
macro_rules! national {
    ($number:literal) => {
        concat!("urn:oid:1.3.6.1.4.1.20326.10.999.1.", $number)
    };
}

// The INE is not among the attributes: what ÉduConnect sends to some is a hash of it, or the child's where a
// guardian signs in. Nor is the mail address: of pupils it is not needed, and nobody is found by it.
pub(super) const KNOWN: Known = Known {
    attributes: &[
        (
            Field::Subject,
            &[national!("57"), "FrEduCtId", "FrEduCtOpaqueId"],
        ),
        (Field::FamilyName, &FAMILY_NAME),
        (Field::GivenName, &GIVEN_NAME),
        (Field::Title, &[national!("76")]),
        (Field::BirthDate, &[national!("67"), "FrEduCtDateNaissance"]),
        (Field::Uai, &[national!("72"), "FrEduCtEleveUAI"]),
        (
            Field::Profile,
            &[national!("7"), "FrEduCtPersonAffiliation"],
        ),
        (Field::FeedKey, &["FrEduCtRefId"]),
        (Field::Vector, &["FrEduVecteur"]),
        (Field::ReturnUrl, &[national!("5"), "FrEduUrlRetour"]),
    ],
    profiles: &[
        ("eleve1d", Profile::Pupil),
        ("eleve2d", Profile::Pupil),
        ("resp1d", Profile::Guardian),
        ("resp2d", Profile::Guardian),
    ],
    matching: &[MatchBy::FeedKey, MatchBy::Vector],
    speaks_as: &[Profile::Pupil, Profile::Guardian],
    created_as: None,
    mail: MailWord::ByProtocol,
    audience: &[Audience::Family],
    label: Some([
        "Se connecter avec ÉduConnect",
        "Se connectar amb ÉduConnect",
        "Sign in with ÉduConnect",
    ]),
    description: Some([
        "Élèves et parents, avec le compte de l'éducation nationale.",
        "Escolans e parents, amb lo compte de l'educacion nacionala.",
        "Pupils and parents, with the account of national education.",
    ]),
    order: 10,
    saml: KnownSaml {
        levels: &[ONE_FACTOR, SEVERAL_AS_ONE],
        encrypted: true,
        logout: Some(UpstreamLogout::ReturnUrl),
    },
    oidc: KnownOidc::PLAIN,
};

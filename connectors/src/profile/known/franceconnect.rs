//! FranceConnect version 2: citizens, with the identity that the State has of them (french-ent.md §7.1). What it
//! says comes from the national register, except the mail address, which people have typed: it is not asked for.

use clau_domain::connector::{Audience, Field, MatchBy, UpstreamLogout};
use clau_domain::profile::Profile;
use clau_domain::session::Assurance;

use super::{Known, KnownOidc, KnownSaml, MailWord};

pub(super) const KNOWN: Known = Known {
    attributes: &[
        (Field::FamilyName, &["preferred_username", "family_name"]),
        (Field::BirthName, &["family_name"]),
        (Field::GivenNames, &["given_name_array", "given_name"]),
        (Field::BirthDate, &["birthdate"]),
        (Field::Gender, &["gender"]),
        (Field::BirthPlace, &["birthplace"]),
        (Field::BirthCountry, &["birthcountry"]),
    ],
    profiles: &[],
    matching: &[MatchBy::Pivot],
    speaks_as: &[Profile::Guardian, Profile::Pupil],
    created_as: Some(Profile::Citizen),
    mail: MailWord::Typed,
    audience: &[Audience::Citizen],
    label: Some([
        "S'identifier avec FranceConnect",
        "S'identificar amb FranceConnect",
        "Sign in with FranceConnect",
    ]),
    description: Some([
        "Avec un compte que vous avez déjà : impôts, assurance maladie, La Poste…",
        "Amb un compte qu'avètz ja : impòsts, assegurança malautiá, La Poste…",
        "With an account that you already have: taxes, health insurance, La Poste…",
    ]),
    order: 10,
    saml: KnownSaml::PLAIN,
    oidc: KnownOidc {
        levels: &[
            ("eidas1", Assurance::SingleFactor),
            ("eidas2", Assurance::Substantial),
            ("eidas3", Assurance::High),
        ],
        authentication: "client_secret_post",
        scopes: &[
            "given_name",
            "family_name",
            "preferred_username",
            "gender",
            "birthdate",
            "birthplace",
            "birthcountry",
        ],
        acr_values: &["eidas1"],
        algorithms: &["ES256", "RS256"],
        signed_userinfo: Some(true),
        logout: Some(UpstreamLogout::Protocol),
    },
};

//! An academy's own guichet (FIM): agents of national education (french-ent.md §4.5, §4.7). What lasts is the
//! account's name in the academy's directory, because its `NameID` is another one at each login; by OpenID
//! Connect it is `sub`. `FrEduUrlRetour` leads back to the portal there and signs nobody out: it is not read.

use clau_domain::connector::{Audience, Field, MatchBy, UpstreamLogout};
use clau_domain::profile::Profile;
use clau_domain::session::Assurance;

use super::names::{ONE_FACTOR, SEVERAL_FACTORS, TIME_SYNC_TOKEN};
use super::{Known, KnownOidc, KnownSaml, MailWord};

pub(super) const KNOWN: Known = Known {
    attributes: &[
        (
            Field::Subject,
            &["ctremoteuser", "uid", "urn:oid:0.9.2342.19200300.100.1.1"],
        ),
        (
            Field::Login,
            &["ctremoteuser", "uid", "urn:oid:0.9.2342.19200300.100.1.1"],
        ),
        (
            Field::FamilyName,
            &["ctln", "sn", "urn:oid:2.5.4.4", "family_name"],
        ),
        (
            Field::GivenName,
            &["ctfn", "givenName", "urn:oid:2.5.4.42", "given_name"],
        ),
        (
            Field::AcademicMail,
            &[
                "ctemail",
                "mail",
                "urn:oid:0.9.2342.19200300.100.1.3",
                "email",
            ],
        ),
        (Field::Uai, &["rne"]),
        (Field::Profile, &["FrEduFonctAdm", "fr_edu_fonct_adm"]),
        (Field::SchoolFunction, &["FrEduRne", "fr_edu_rne"]),
        (Field::HeadOf, &["FrEduRneResp", "fr_edu_rne_resp"]),
    ],
    profiles: &[],
    matching: &[MatchBy::AcademicMail],
    speaks_as: &[
        Profile::Teacher,
        Profile::Librarian,
        Profile::Head,
        Profile::SchoolLife,
        Profile::Staff,
        Profile::Academy,
    ],
    created_as: None,
    mail: MailWord::Official,
    audience: &[Audience::Agent],
    label: None,
    description: Some([
        "Enseignants et personnels de l'éducation nationale.",
        "Ensenhaires e personals de l'educacion nacionala.",
        "Teachers and staff of national education.",
    ]),
    order: 10,
    saml: KnownSaml {
        // The academies' token asks for a code of its own before it shows a number: two factors.
        levels: &[
            ONE_FACTOR,
            SEVERAL_FACTORS,
            &[(TIME_SYNC_TOKEN, Assurance::MultiFactor)],
        ],
        encrypted: false,
        logout: Some(UpstreamLogout::Button),
    },
    oidc: KnownOidc::PLAIN,
};

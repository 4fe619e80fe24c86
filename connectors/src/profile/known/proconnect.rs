//! ProConnect: public agents, by the identity provider of their employer (french-ent.md §7.2). Anybody whose
//! employer has a SIRET can have an account there, with an address that it does not say to have verified: nobody
//! is found by it (FED-02). An agent is linked once, by proof.

use clau_domain::connector::{Audience, Field, UpstreamLogout};
use clau_domain::profile::Profile;
use clau_domain::session::Assurance;

use super::{Known, KnownOidc, KnownSaml, MailWord};

pub(super) const KNOWN: Known = Known {
    attributes: &[
        (Field::Login, &["email"]),
        (Field::FamilyName, &["usual_name"]),
        (Field::GivenName, &["given_name"]),
        (Field::Mail, &["email"]),
        (Field::MailVerified, &["email_verified"]),
        (Field::Siret, &["siret"]),
    ],
    profiles: &[],
    matching: &[],
    speaks_as: &[
        Profile::Teacher,
        Profile::Librarian,
        Profile::Head,
        Profile::SchoolLife,
        Profile::Staff,
        Profile::Academy,
        Profile::Authority,
    ],
    created_as: None,
    mail: MailWord::ByProtocol,
    audience: &[Audience::Agent],
    label: Some([
        "S'identifier avec ProConnect",
        "S'identificar amb ProConnect",
        "Sign in with ProConnect",
    ]),
    description: Some([
        "Agents publics, avec leur compte professionnel.",
        "Agents publics, amb lor compte professional.",
        "Public agents, with their account at work.",
    ]),
    order: 20,
    saml: KnownSaml::PLAIN,
    oidc: KnownOidc {
        levels: &[
            ("eidas0", Assurance::SingleFactor),
            ("eidas0-mfa", Assurance::MultiFactor),
            ("eidas1", Assurance::SingleFactor),
            ("eidas1-mfa", Assurance::MultiFactor),
            ("eidas2", Assurance::Substantial),
            ("eidas3", Assurance::High),
            // The words that came before eidas0 and eidas1-mfa, still sent by its own identity provider.
            (
                "https://proconnect.gouv.fr/assurance/self-asserted",
                Assurance::SingleFactor,
            ),
            (
                "https://proconnect.gouv.fr/assurance/self-asserted-2fa",
                Assurance::MultiFactor,
            ),
            (
                "https://proconnect.gouv.fr/assurance/consistency-checked",
                Assurance::SingleFactor,
            ),
            (
                "https://proconnect.gouv.fr/assurance/consistency-checked-2fa",
                Assurance::MultiFactor,
            ),
        ],
        authentication: "client_secret_post",
        scopes: &[
            "given_name",
            "usual_name",
            "email",
            "uid",
            "siret",
            "idp_id",
        ],
        // Its tokens name a level only where one was asked for; a weaker one is named all the same.
        acr_values: &["eidas1"],
        algorithms: &["ES256", "RS256"],
        signed_userinfo: Some(true),
        logout: Some(UpstreamLogout::Protocol),
    },
};

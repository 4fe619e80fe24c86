//! What is known of systems of a kind, as data: one module for each profile, all of one shape. Never reads what
//! a source says: that is [`super::reading`], and it reads a registration, not this.

mod academie;
mod agriculture;
mod educonnect;
mod franceconnect;
mod names;
mod proconnect;
mod renater;

use clau_domain::connector::{
    Audience, ConnectorKind, ConnectorProfile, Field, MatchBy, UpstreamLogout,
};
use clau_domain::profile::Profile;
use clau_domain::session::Assurance;

/// A list of contexts and how strong a login is that names them.
pub(super) type Levels = &'static [(&'static str, Assurance)];

/// What is known of systems of a kind. What is empty says nothing.
#[derive(Debug)]
pub(super) struct Known {
    /// What attributes are called, tried in order.
    pub(super) attributes: &'static [(Field, &'static [&'static str])],
    /// What its words for people are.
    pub(super) profiles: &'static [(&'static str, Profile)],
    /// By what its people are found.
    pub(super) matching: &'static [MatchBy],
    /// As what it speaks of people.
    pub(super) speaks_as: &'static [Profile],
    /// What people become whom a registration lets be created in a structure of its choice.
    pub(super) created_as: Option<Profile>,
    /// What the mail addresses are worth that it says.
    pub(super) mail: MailWord,
    /// Where it is shown.
    pub(super) audience: &'static [Audience],
    /// What its button says: French, Occitan, English. None where its own name says it better.
    pub(super) label: Option<[&'static str; 3]>,
    /// One sentence below.
    pub(super) description: Option<[&'static str; 3]>,
    /// Order among others.
    pub(super) order: i32,
    /// Where it speaks SAML.
    pub(super) saml: KnownSaml,
    /// Where it speaks OpenID Connect.
    pub(super) oidc: KnownOidc,
}

/// What mail addresses are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MailWord {
    /// By the protocol: an OpenID provider says which it has verified, others have what a school has written.
    ByProtocol,
    /// An administration has given each to its agent.
    Official,
    /// People have typed them; nobody has verified any.
    Typed,
}

/// What is known where it speaks SAML.
#[derive(Debug)]
pub(super) struct KnownSaml {
    /// Contexts, later lists before earlier ones.
    pub(super) levels: &'static [Levels],
    /// Whether assertions must be encrypted.
    pub(super) encrypted: bool,
    /// How its sessions end; by its metadata where it is not said.
    pub(super) logout: Option<UpstreamLogout>,
}

/// What is known where it speaks OpenID Connect.
#[derive(Debug)]
pub(super) struct KnownOidc {
    /// `acr`.
    pub(super) levels: Levels,
    /// How the hub proves itself.
    pub(super) authentication: &'static str,
    /// What is asked for besides `openid`.
    pub(super) scopes: &'static [&'static str],
    /// The level that is asked for.
    pub(super) acr_values: &'static [&'static str],
    /// Signatures of tokens. Never a shared secret's (FED-07).
    pub(super) algorithms: &'static [&'static str],
    /// User information must be signed.
    pub(super) signed_userinfo: Option<bool>,
    /// How its sessions end; by its discovery document where it is not said.
    pub(super) logout: Option<UpstreamLogout>,
}

impl KnownSaml {
    const PLAIN: Self = Self {
        levels: &[],
        encrypted: false,
        logout: None,
    };
}

impl KnownOidc {
    const PLAIN: Self = Self {
        levels: &[],
        authentication: "client_secret_basic",
        scopes: &[],
        acr_values: &[],
        algorithms: &["ES256", "RS256", "PS256"],
        signed_userinfo: None,
        logout: None,
    };
}

/// Nothing in particular.
const PLAIN: Known = Known {
    attributes: &[],
    profiles: &[],
    matching: &[],
    speaks_as: &[],
    created_as: None,
    mail: MailWord::ByProtocol,
    audience: &[],
    label: None,
    description: None,
    order: 0,
    saml: KnownSaml::PLAIN,
    oidc: KnownOidc::PLAIN,
};

impl Known {
    /// What is known of a profile.
    pub(super) const fn of(profile: ConnectorProfile) -> &'static Self {
        match profile {
            ConnectorProfile::Plain => &PLAIN,
            ConnectorProfile::Educonnect => &educonnect::KNOWN,
            ConnectorProfile::Academie => &academie::KNOWN,
            ConnectorProfile::Franceconnect => &franceconnect::KNOWN,
            ConnectorProfile::Proconnect => &proconnect::KNOWN,
            ConnectorProfile::Renater => &renater::KNOWN,
            ConnectorProfile::Agriculture => &agriculture::KNOWN,
        }
    }

    /// The contexts that a kind of connector names. CAS and directories name none.
    pub(super) fn levels(&self, kind: Option<ConnectorKind>) -> &[Levels] {
        match kind {
            Some(ConnectorKind::Saml) => self.saml.levels,
            Some(ConnectorKind::Oidc) => std::slice::from_ref(&self.oidc.levels),
            Some(ConnectorKind::Cas | ConnectorKind::Ldap) | None => &[],
        }
    }
}

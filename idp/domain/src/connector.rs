//! A connector as it is registered: another system in which people prove who they are, how it is spoken to,
//! for whom it may speak and how it is shown. The same shape is read from `clau apply` files, stored and
//! written back by exports. Never speaks to anybody: drivers do, in `clau-connectors`.

mod kinds;
mod trust;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::profile::Profile;
use crate::service::Localised;
use crate::session::Assurance;

pub use kinds::{CasUpstream, LdapUpstream, OidcUpstream, SamlUpstream, UpstreamLogout};
pub use trust::{Scope, Trust};

/// A connector's identifier: `educonnect`, `lycee-agricole-auch`. It stands in addresses and in links, and
/// never changes. Written as a service's is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConnectorId(String);

/// Why a text is not an identifier of a connector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a connector's identifier: 1 to 40 lower-case letters, digits and single hyphens, with no hyphen at either end"
)]
pub struct BadConnectorId(String);

impl ConnectorId {
    /// The identifier's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectorId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ConnectorId {
    type Err = BadConnectorId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for ConnectorId {
    type Error = BadConnectorId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let good = (1..=40).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--");
        if good {
            Ok(Self(text))
        } else {
            Err(BadConnectorId(text))
        }
    }
}

impl From<ConnectorId> for String {
    fn from(id: ConnectorId) -> Self {
        id.0
    }
}

/// A connector. Exactly one of `saml`, `oidc`, `cas` and `ldap` is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connector {
    /// Identifier, fixed once chosen: people are linked by it.
    pub id: ConnectorId,
    /// Name as pages and logs show it.
    pub name: String,
    /// A disabled connector is refused on every path (SAML-16), and its sessions end.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enabled: bool,
    /// What is known of systems of its kind: attribute names, levels, logout, matching, button. Whatever is
    /// given here replaces what the profile says.
    #[serde(default)]
    pub profile: ConnectorProfile,
    /// Speaks SAML 2.0; the hub is the service provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saml: Option<SamlUpstream>,
    /// Speaks OpenID Connect; the hub is the relying party.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc: Option<OidcUpstream>,
    /// Speaks CAS; the hub is the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cas: Option<CasUpstream>,
    /// A directory, LDAP or Active Directory; login and password are asked for on a page of the hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ldap: Option<LdapUpstream>,
    /// For whom it may speak, whatever it claims.
    #[serde(default)]
    pub trust: Trust,
    /// What its attributes are called, by what they mean. Names are tried in order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<Field, Vec<String>>,
    /// What its profiles, titles or groups are: its word on the left, ours on the right.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<String, Profile>,
    /// How strong a login is, by the context it names (`acr`, `AuthnContextClassRef`). A context that is not
    /// listed is refused where the list is not empty.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<String, Assurance>,
    /// By what its people are found in the directory, in this order.
    #[serde(default, rename = "match", skip_serializing_if = "Vec::is_empty")]
    pub matching: Vec<MatchBy>,
    /// What becomes of people whom no feed has brought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create: Option<Creation>,
    /// How it is shown where people choose.
    #[serde(default, skip_serializing_if = "Button::is_default")]
    pub button: Button,
}

impl Connector {
    /// How it is spoken to, in a word.
    pub fn kind(&self) -> Option<ConnectorKind> {
        let kinds = [
            (self.saml.is_some(), ConnectorKind::Saml),
            (self.oidc.is_some(), ConnectorKind::Oidc),
            (self.cas.is_some(), ConnectorKind::Cas),
            (self.ldap.is_some(), ConnectorKind::Ldap),
        ];
        let mut given = kinds.into_iter().filter(|(given, _)| *given);
        match (given.next(), given.next()) {
            (Some((_, kind)), None) => Some(kind),
            _ => None,
        }
    }
}

/// How a connector is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectorKind {
    /// SAML 2.0.
    Saml,
    /// OpenID Connect.
    Oidc,
    /// CAS.
    Cas,
    /// LDAP.
    Ldap,
}

impl ConnectorKind {
    /// The word that logs and commands use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Saml => "saml",
            Self::Oidc => "oidc",
            Self::Cas => "cas",
            Self::Ldap => "ldap",
        }
    }
}

/// What is known of systems of a kind (french-ent.md §4, §5, §7, §9).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConnectorProfile {
    /// Nothing in particular: everything is said in the registration.
    #[default]
    Plain,
    /// ÉduConnect: pupils and guardians of national education.
    Educonnect,
    /// An academy's own guichet (FIM): agents of national education.
    Academie,
    /// FranceConnect version 2: citizens.
    Franceconnect,
    /// ProConnect: public agents.
    Proconnect,
    /// A university or another member of RENATER or eduGAIN.
    Renater,
    /// A school of the Ministry of Agriculture.
    Agriculture,
}

/// What an attribute means to the hub: the allow-list of what is read of an upstream (FED-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What never changes of a person there (FED-01).
    Subject,
    /// Login there, for people to recognise themselves.
    Login,
    /// Usual family name.
    FamilyName,
    /// Birth name.
    BirthName,
    /// Usual first name.
    GivenName,
    /// All first names, in one text or several values.
    GivenNames,
    /// `M.` or `Mme`.
    Title,
    /// Birth date: ISO 8601 or `dd/mm/yyyy`.
    BirthDate,
    /// `male` or `female`, as identity services say.
    Gender,
    /// Commune of birth (INSEE code).
    BirthPlace,
    /// Country of birth (INSEE code).
    BirthCountry,
    /// Mail address.
    Mail,
    /// Whether the source has verified the mail address.
    MailVerified,
    /// Address given by the academy: the key of agents.
    AcademicMail,
    /// INE of a pupil.
    Ine,
    /// UAI of the school, or of several.
    Uai,
    /// What the person is there, in the source's words.
    Profile,
    /// School and function in one value (`FrEduRne`): `UAI$type$…`.
    SchoolFunction,
    /// Schools that the person heads (`FrEduRneResp`); `X` is none.
    HeadOf,
    /// Classes.
    Class,
    /// National key of a person in a feed (`FrEduCtRefId`).
    FeedKey,
    /// Identity vector (`FrEduVecteur`).
    Vector,
    /// Key of the person in the feed of this very source, without anything around it.
    Key,
    /// Number of the employer (SIRET).
    Siret,
    /// Where the browser goes to sign out there (`FrEduUrlRetour`).
    ReturnUrl,
}

/// By what a person of an upstream is found in the directory. Each is an identifier that somebody with
/// authority gave; a name or an address that people choose themselves is not among them (FED-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchBy {
    /// Academy and key of the feed (`FrEduCtRefId`).
    FeedKey,
    /// Identity vector: pupil's number and school, and the guardian's name among those of that pupil.
    Vector,
    /// Key of the person in the feed of a source that this connector is trusted with.
    Key,
    /// INE.
    Ine,
    /// Mail address given by the academy or the ministry, among staff.
    AcademicMail,
    /// Every field of the pivot identity, where all are there on both sides.
    Pivot,
}

/// What becomes of people whom no feed has brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Creation {
    /// Who gets an account at the first login.
    #[serde(default)]
    pub who: CreationRule,
    /// What they are, where the source does not say it in words that are mapped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<Profile>,
    /// Where: the key or UAI of a structure, where the source names no school.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<String>,
}

/// Who gets an account at the first login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CreationRule {
    /// Whoever the source vouches for, within the trust.
    #[default]
    Everybody,
    /// Adults who work there; pupils and guardians come by the feed.
    Staff,
}

/// How a connector is shown where people choose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Button {
    /// Under which answer to "who are you?" it stands; the profile's where none is given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audience: Vec<Audience>,
    /// What it says; by its profile, or "with" and its name, where nothing is given.
    #[serde(skip_serializing_if = "Localised::is_empty")]
    pub label: Localised,
    /// One sentence below.
    #[serde(skip_serializing_if = "Localised::is_empty")]
    pub description: Localised,
    /// Not shown: it is reached by its own address, by a school's or by a service.
    #[serde(skip_serializing_if = "is_default")]
    pub hidden: bool,
    /// Order among those of the same answer; smaller first, then by name.
    #[serde(skip_serializing_if = "is_default")]
    pub order: i32,
    /// Endings of mail addresses whose people come by it: what a service hints at is then enough.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mail_domains: Vec<String>,
}

impl Button {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// An answer to "who are you?".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// A pupil or a parent.
    Family,
    /// Staff of a school, an academy, a local authority.
    Agent,
    /// Anybody of an agricultural school.
    Agriculture,
    /// A citizen.
    Citizen,
    /// Somebody of a university.
    University,
}

impl Audience {
    /// All of them, in the order in which the page asks.
    pub const ALL: [Self; 5] = [
        Self::Family,
        Self::Agent,
        Self::Agriculture,
        Self::University,
        Self::Citizen,
    ];

    /// The word that texts and addresses use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::Agent => "agent",
            Self::Agriculture => "agriculture",
            Self::Citizen => "citizen",
            Self::University => "university",
        }
    }
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

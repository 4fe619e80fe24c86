//! A service as it is registered: who may use it, what it receives, how it is reached and shown.
//! The same shape is read from `clau apply` files, stored and written back by exports. Never matches
//! an address itself: that is [`crate::url`].

mod oidc;
mod saml;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::connector::ConnectorId;
use crate::ids::ServiceId;
use crate::policy::Attribute;
use crate::profile::Profile;
use crate::session::Assurance;
use crate::uai::Uai;
use crate::url::{UrlPattern, WebUrl};

pub use oidc::{
    AccessTokenKind, ClientOrigin, ClientProfile, ConsentRule, OfferedSecrets, OidcSettings,
};

pub use saml::{Encryption, KeyChoice, NameIdKind, SamlService, SignedParts};

/// A relying party: what a person opens. One service may speak several protocols.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Identifier, fixed once chosen: pseudonyms are derived from it.
    pub id: ServiceId,
    /// Name as pages and logs show it.
    pub name: String,
    /// A disabled service is refused on every path (SAML-16).
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub enabled: bool,
    /// Who may use it: any rule that names the person. None means nobody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access: Vec<AccessRule>,
    /// What it receives.
    #[serde(default, skip_serializing_if = "Release::is_minimal")]
    pub release: Release,
    /// Speaks CAS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cas: Option<CasSettings>,
    /// Speaks OpenID Connect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc: Option<OidcSettings>,
    /// Speaks SAML 2.0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saml: Option<SamlService>,
    /// Session limits of its own: a ticket is refused to a session that is older.
    #[serde(default, skip_serializing_if = "ServiceSession::is_default")]
    pub session: ServiceSession,
    /// Where its people log in.
    #[serde(default, skip_serializing_if = "ServiceLogin::is_default")]
    pub login: ServiceLogin,
    /// Tile on the portal; without one the service is reachable but not shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tile: Option<Tile>,
}

impl Service {
    /// The attributes that leave: those that the registration lists, and sensitive ones only with an
    /// approval (LOG-05). The pairwise id always does.
    pub fn released(&self) -> BTreeSet<Attribute> {
        let approved = !self.release.approval.trim().is_empty();
        self.release
            .attributes
            .iter()
            .copied()
            .filter(|attribute| approved || !attribute.is_sensitive())
            .chain([Attribute::PairwiseId])
            .collect()
    }
}

/// Names the people who may use a service. Every list that is given must be met by one and the same
/// affiliation; a list that is not given asks nothing. A rule with no list names everybody but citizens, whom
/// only a rule with their profile names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccessRule {
    /// Profiles.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
    /// Schools by UAI.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub structures: Vec<Uai>,
    /// Types of structure as the feed labels them: `COLLEGE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub structure_types: Vec<String>,
    /// Départements: the first three characters of the UAI.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub departments: Vec<String>,
    /// Levels (`ENTEleveNivFormation`).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// Function codes of staff: `DIR`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
    /// Teaching groups or local groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// First day, `2026-09-01`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

impl AccessRule {
    /// Whether `today` lies in the rule's period, both ends included.
    pub fn is_open_on(&self, today: jiff::civil::Date) -> bool {
        self.from.is_none_or(|from| from.0 <= today)
            && self.until.is_none_or(|until| today <= until.0)
    }
}

/// A calendar day of a registration, `2026-09-01`, in the region's time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(pub jiff::civil::Date);

impl TryFrom<String> for Day {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
            .map(Self)
            .map_err(|_| format!("`{text}` is not a day such as 2026-09-01"))
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.0.to_string()
    }
}

/// Which attributes leave, and who approved the sensitive ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Release {
    /// Attributes by name. None means the pairwise id only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// Who approved the release of sensitive attributes, when and why. Without it they do not leave.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub approval: String,
}

impl Release {
    fn is_minimal(&self) -> bool {
        *self == Self::default()
    }
}

/// How a service speaks CAS.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CasSettings {
    /// Addresses that tickets may be sent to.
    pub urls: Vec<UrlPattern>,
    /// Name of the attribute profile in the catalogue of `clau-cas`: `pronote`, `generic`, …
    #[serde(default = "opaque")]
    pub profile: String,
    /// How it is told that a session has ended.
    #[serde(default)]
    pub logout: CasLogout,
    /// Addresses at which it receives proxy-granting tickets; none means that it gets none (CAS-07).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proxy_callbacks: Vec<UrlPattern>,
    /// Services through which it may be reached by proxy ticket; none means never (CAS-08).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepts_proxies: Vec<ServiceId>,
}

/// Back-channel single logout of a CAS service (CAS protocol §2.3.3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CasLogout {
    /// Where the notice goes; the service address of the ticket when it is not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<WebUrl>,
    /// In which form.
    pub style: LogoutStyle,
}

/// Form of a CAS logout notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoutStyle {
    /// Form field `logoutRequest`, as the protocol says.
    #[default]
    Form,
    /// The XML as the whole body, as some ENTs have always sent it.
    Raw,
    /// The service is not told.
    None,
}

/// Limits on the session that a service accepts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceSession {
    /// Longest time since the person proved who they are, in minutes; past it they prove it again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_minutes: Option<u32>,
    /// The least strength of a login; a weaker one is asked to step up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assurance: Option<Assurance>,
}

impl ServiceSession {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Where the people of a service log in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceLogin {
    /// Connectors that are offered first, in this order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ConnectorId>,
    /// No others are offered; whoever is in already stays in.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub only: bool,
}

impl ServiceLogin {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What the portal shows of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// Title; the service's name when it is not given.
    #[serde(default, skip_serializing_if = "Localised::is_empty")]
    pub title: Localised,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Localised::is_empty")]
    pub description: Localised,
    /// Category, by its key: `pedagogy`, `school_life`, `services`, `orientation`, `resources`, `tools`.
    #[serde(default)]
    pub category: Category,
    /// Icon, by its name in the built-in set.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub icon: String,
    /// Where the tile leads.
    pub url: WebUrl,
    /// Order within the category; smaller first, then by title.
    #[serde(default)]
    pub order: i32,
}

/// Category of a tile: the portal's sections, in this order.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Notebook, platform, homework.
    Pedagogy,
    /// Marks, absences, timetable.
    SchoolLife,
    /// Digital resources.
    Resources,
    /// Orientation.
    Orientation,
    /// Grants, transport, canteen.
    Services,
    /// Everything else.
    #[default]
    Tools,
}

impl Category {
    /// All of them, in the portal's order.
    pub const ALL: [Self; 6] = [
        Self::Pedagogy,
        Self::SchoolLife,
        Self::Resources,
        Self::Orientation,
        Self::Services,
        Self::Tools,
    ];
}

/// A text by language tag; a plain string stands for French.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "LocalisedForm", into = "LocalisedForm")]
pub struct Localised(BTreeMap<crate::language::Language, String>);

impl Localised {
    /// The text in `language`, else in French, else in any.
    pub fn in_language(&self, language: crate::language::Language) -> Option<&str> {
        self.0
            .get(&language)
            .or_else(|| self.0.get(&crate::language::Language::Fr))
            .or_else(|| self.0.values().next())
            .map(String::as_str)
    }

    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(crate::language::Language, String)> for Localised {
    fn from_iter<I: IntoIterator<Item = (crate::language::Language, String)>>(texts: I) -> Self {
        Self(texts.into_iter().collect())
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum LocalisedForm {
    Plain(String),
    ByLanguage(BTreeMap<crate::language::Language, String>),
}

impl From<LocalisedForm> for Localised {
    fn from(form: LocalisedForm) -> Self {
        match form {
            LocalisedForm::Plain(text) => Self(BTreeMap::from([(Default::default(), text)])),
            LocalisedForm::ByLanguage(texts) => Self(texts),
        }
    }
}

impl From<Localised> for LocalisedForm {
    fn from(text: Localised) -> Self {
        Self::ByLanguage(text.0)
    }
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

fn opaque() -> String {
    "opaque".to_owned()
}

//! What an operator decides, as use cases need it: already checked, with defaults filled in. Never
//! reads a file: the server does.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clau_connectors::contract::{Drivers, NoDrivers};
use clau_domain::password::Refused;
use clau_domain::session::{Limits, SessionPolicy};
use clau_domain::uai::Uai;
use clau_domain::url::WebUrl;
use clau_saml::key::Certificate;
use ipnet::IpNet;

/// Settings of the hub.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people reach the hub, without a slash at the end: `https://ent.example.fr`.
    pub base_url: String,
    /// Name of the region's workspace, as pages show it.
    pub region: String,
    /// Whom to ask, as pages show it: a mail address or a page.
    pub contact: String,
    /// Time zone of dates and periods.
    pub time_zone: jiff::tz::TimeZone,
    /// Version of the charter that people must have accepted; empty for none.
    pub charter_version: String,
    /// Session limits by population.
    pub sessions: SessionPolicy,
    /// Whether "remember me" is offered at all.
    pub remember: bool,
    /// Networks of schools: "remember me" is off and many people share an address.
    pub school_networks: Vec<IpNet>,
    /// Password hashing.
    pub passwords: Passwords,
    /// Passwords that nobody may choose: those that are built in, and the operator's own (PWD-02).
    pub refused: Refused,
    /// How long an activation code is good.
    pub activation_life: Duration,
    /// How long a CAS ticket is good (at most 5 minutes; CAS-03).
    pub ticket_life: Duration,
    /// Outbound calls.
    pub outbound: OutboundSettings,
    /// OpenID Connect.
    pub oidc: OidcSettings,
    /// SAML.
    pub saml: SamlSettings,
    /// Makes the drivers of connectors.
    pub drivers: Arc<dyn Drivers>,
    /// Host names of schools, each with the school's UAI: who comes by one is sent to the login page as
    /// somebody of that school.
    pub school_hosts: BTreeMap<String, Uai>,
    /// Absences in complete feeds after which a record's affiliations stop counting (IMP-04).
    pub absences_before_suspension: u32,
}

/// How long what the OpenID Connect provider gives out is good.
#[derive(Clone, Copy, Debug)]
pub struct OidcSettings {
    /// A code (at most a minute; OIDC-04).
    pub code_life: Duration,
    /// An access token, and an ID token.
    pub access_token_life: Duration,
    /// A refresh family, from its beginning, however often it is used.
    pub refresh_life: Duration,
    /// For how long a client that has not received the answer may present its refresh token once more.
    pub refresh_grace: Duration,
    /// A code that a device shows.
    pub device_life: Duration,
    /// Age at which a signing key gets its successor.
    pub key_rotation: Duration,
    /// How long a new key is published before it signs: as long as anybody may have cached the key set.
    pub key_publish: Duration,
}

impl OidcSettings {
    /// The longest life of a token that is verified by a key (KEY-02).
    pub(crate) fn longest_token(&self) -> Duration {
        self.access_token_life
    }
}

impl Default for OidcSettings {
    fn default() -> Self {
        const DAY: u64 = 24 * 3600;
        Self {
            code_life: Duration::from_secs(60),
            access_token_life: Duration::from_secs(10 * 60),
            refresh_life: Duration::from_secs(30 * DAY),
            refresh_grace: Duration::from_secs(30),
            device_life: Duration::from_secs(10 * 60),
            key_rotation: Duration::from_secs(90 * DAY),
            key_publish: Duration::from_secs(2 * 3600),
        }
    }
}

/// What the SAML identity provider says of itself.
#[derive(Clone, Debug)]
pub struct SamlSettings {
    /// For how long metadata of ours is good once it was fetched (`validUntil`).
    pub metadata_life: Duration,
    /// How long a new key is published before it signs: as long as partners take to fetch metadata, or to
    /// copy it by hand.
    pub key_publish: Duration,
    /// What stands behind the `@` of scoped attributes; the hub's host where it is empty.
    pub scope: String,
    /// The region's identifier in the GAR; empty where it has none.
    pub gar_ent_id: String,
    /// Federations whose metadata is believed.
    pub federations: Vec<Federation>,
}

/// A federation: many entities, described by somebody who signs for all of them.
#[derive(Clone, Debug)]
pub struct Federation {
    /// Its name in registrations.
    pub name: String,
    /// How its metadata is had.
    pub published: Published,
    /// By one of these its metadata is signed (SAML-11).
    pub certificates: Vec<Certificate>,
    /// For how long its metadata may say that it is good.
    pub longest_life: Duration,
}

/// How a federation publishes its metadata.
#[derive(Clone, Debug)]
pub enum Published {
    /// All of it in one document.
    Aggregate(WebUrl),
    /// Entity by entity (Metadata Query Protocol); the address of the service.
    Query(WebUrl),
}

impl Default for SamlSettings {
    fn default() -> Self {
        const DAY: u64 = 24 * 3600;
        Self {
            metadata_life: Duration::from_secs(10 * DAY),
            key_publish: Duration::from_secs(30 * DAY),
            scope: String::new(),
            gar_ent_id: String::new(),
            federations: Vec::new(),
        }
    }
}

/// How passwords are hashed (PWD-01) and how many at a time (PWD-09).
#[derive(Clone, Copy, Debug)]
pub struct Passwords {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes.
    pub passes: u32,
    /// Threads that hash; each holds `memory_kib`.
    pub threads: usize,
    /// Requests that may wait; one more is told to come back.
    pub queue: usize,
}

impl Default for Passwords {
    /// Argon2id with 19 MiB and two passes (OWASP), on every core, with two seconds of work waiting.
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
            threads,
            queue: threads * 100,
        }
    }
}

/// Which calls the hub may make, and how long they may take (AVL-03, AVL-14).
#[derive(Clone, Debug)]
pub struct OutboundSettings {
    /// Certificate authorities to trust besides the system's, PEM.
    pub extra_ca: Option<PathBuf>,
    /// Private networks that may be called all the same: services on the region's own network.
    pub allow_networks: Vec<IpNet>,
    /// Longest time to connect.
    pub connect_timeout: Duration,
    /// Longest time in all.
    pub total_timeout: Duration,
}

impl Default for OutboundSettings {
    fn default() -> Self {
        Self {
            extra_ca: None,
            allow_networks: Vec::new(),
            connect_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_secs(5),
        }
    }
}

impl Settings {
    /// The hub's host, without its port.
    pub fn host(&self) -> &str {
        let authority = self
            .base_url
            .split_once("://")
            .map_or(self.base_url.as_str(), |(_, rest)| rest);
        authority.split([':', '/']).next().unwrap_or_default()
    }

    /// What stands behind the `@` of scoped attributes.
    pub fn scope(&self) -> &str {
        if self.saml.scope.is_empty() {
            self.host()
        } else {
            &self.saml.scope
        }
    }

    /// Settings of a hub at `base_url` with every default.
    pub fn for_base_url(base_url: &str) -> Self {
        const HOUR: u32 = 3600;
        Self {
            base_url: base_url.trim_end_matches('/').to_owned(),
            region: "Mon espace numérique".to_owned(),
            contact: String::new(),
            time_zone: jiff::tz::TimeZone::get("Europe/Paris").unwrap_or(jiff::tz::TimeZone::UTC),
            charter_version: "2026-09".to_owned(),
            sessions: SessionPolicy {
                pupil: Limits {
                    idle_seconds: HOUR / 2,
                    absolute_seconds: 10 * HOUR,
                },
                guardian: Limits {
                    idle_seconds: HOUR,
                    absolute_seconds: 10 * HOUR,
                },
                staff: Limits {
                    idle_seconds: HOUR,
                    absolute_seconds: 10 * HOUR,
                },
                remembered: Limits {
                    idle_seconds: 7 * 24 * HOUR,
                    absolute_seconds: 30 * 24 * HOUR,
                },
            },
            remember: true,
            school_networks: Vec::new(),
            passwords: Passwords::default(),
            refused: Refused::default(),
            activation_life: Duration::from_secs(180 * 24 * 3600),
            ticket_life: Duration::from_secs(60),
            outbound: OutboundSettings::default(),
            oidc: OidcSettings::default(),
            saml: SamlSettings::default(),
            drivers: Arc::new(NoDrivers),
            school_hosts: BTreeMap::new(),
            absences_before_suspension: 2,
        }
    }
}

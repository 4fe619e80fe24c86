//! The configuration: one TOML file, the environment on top, every mistake told at once with its
//! place and the nearest right key. Never opens what it names, except files that hold a secret.
//!
//! Every key, its meaning and its default: `handbook/clau.example.toml`, which a test keeps true.

mod oidc;
mod people;
mod read;
mod saml;
mod secret;
mod stores;
mod surroundings;

mod server;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clau_domain::session::{Limits, SessionPolicy};
use clau_engine::Settings;
use clau_engine::settings::{OutboundSettings, Passwords as Hashing};
use serde::{Deserialize, Serialize};

pub use oidc::Oidc;
pub use people::{Import, Login, Passwords, Sessions};
pub(crate) use read::read_on;
pub use read::{Source, read};
pub use saml::{Federation, Saml};
pub use secret::SecretText;
pub use server::Server;
pub use stores::{Database, Secrets, TicketStore, Tickets};
pub(crate) use stores::{WANTED_DATABASE, is_database};
pub use surroundings::{Log, LogFormat, Outbound, Region};

/// The commented example with every key.
pub const EXAMPLE: &str = include_str!("../handbook/clau.example.toml");

/// The whole configuration, one field for each section.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[database]`
    pub database: Database,
    /// `[tickets]`
    pub tickets: Tickets,
    /// `[secrets]`
    pub secrets: Secrets,
    /// `[sessions]`
    pub sessions: Sessions,
    /// `[passwords]`
    pub passwords: Passwords,
    /// `[login]`
    pub login: Login,
    /// `[oidc]`
    pub oidc: Oidc,
    /// `[saml]`
    pub saml: Saml,
    /// `[import]`
    pub import: Import,
    /// `[outbound]`
    pub outbound: Outbound,
    /// `[region]`
    pub region: Region,
    /// `[log]`
    pub log: Log,
    /// Where relative paths start.
    #[serde(skip)]
    pub directory: PathBuf,
}

/// A mistake in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The key, `server.base_url`; empty when it is about the file as a whole.
    pub key: String,
    /// Where it is written: `clau.toml:12:5` or the name of a variable; empty when it is nowhere.
    pub place: String,
    /// What is wrong and what was expected, as the rest of a sentence that begins with the key.
    pub what: String,
}

impl Problem {
    pub(crate) fn key(section: &str, key: &str, what: &str) -> Self {
        Self {
            key: format!("{section}.{key}"),
            place: String::new(),
            what: what.to_owned(),
        }
    }

    pub(crate) fn file(place: &str, what: &str) -> Self {
        Self {
            key: String::new(),
            place: place.to_owned(),
            what: what.to_owned(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        if !self.key.is_empty() {
            write!(f, "`{}` ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

impl Config {
    /// A path of the configuration, from the directory of its file.
    pub fn path(&self, path: &Path) -> PathBuf {
        self.directory.join(path)
    }

    /// What the engine needs of it. Meaningful once [`read`] has found no problem.
    pub fn settings(&self) -> Settings {
        const MINUTE: u32 = 60;
        const HOUR: u32 = 60 * MINUTE;
        const DAY: u32 = 24 * HOUR;
        let sessions = &self.sessions;
        let limits = |idle_minutes: u32, absolute_hours: u32| Limits {
            idle_seconds: idle_minutes.saturating_mul(MINUTE),
            absolute_seconds: absolute_hours.saturating_mul(HOUR),
        };
        let defaults = Hashing::default();
        let threads = self
            .passwords
            .threads
            .map_or(defaults.threads, |threads| threads as usize);
        let mut settings = Settings::for_base_url(&self.server.base_url);
        settings.region.clone_from(&self.region.name);
        settings.contact.clone_from(&self.region.contact);
        if let Ok(zone) = jiff::tz::TimeZone::get(&self.region.time_zone) {
            settings.time_zone = zone;
        }
        settings
            .charter_version
            .clone_from(&self.login.charter_version);
        settings.sessions = SessionPolicy {
            pupil: limits(sessions.pupil_idle_minutes, sessions.pupil_absolute_hours),
            guardian: limits(
                sessions.guardian_idle_minutes,
                sessions.guardian_absolute_hours,
            ),
            staff: limits(sessions.staff_idle_minutes, sessions.staff_absolute_hours),
            remembered: Limits {
                idle_seconds: sessions.remember_idle_days.saturating_mul(DAY),
                absolute_seconds: sessions.remember_days.saturating_mul(DAY),
            },
        };
        settings.remember = sessions.remember_days > 0;
        settings
            .school_networks
            .clone_from(&sessions.school_networks);
        settings.school_hosts.clone_from(&self.login.school_hosts);
        settings.passwords = Hashing {
            memory_kib: self.passwords.memory_kib,
            passes: self.passwords.passes,
            threads,
            queue: self
                .passwords
                .queue
                .map_or(threads * 100, |queue| queue as usize),
        };
        settings.activation_life =
            Duration::from_secs(u64::from(self.login.activation_days) * u64::from(DAY));
        settings.ticket_life = Duration::from_secs(self.tickets.cas_seconds.into());
        settings.outbound = OutboundSettings {
            extra_ca: self
                .outbound
                .extra_ca
                .as_deref()
                .map(|path| self.path(path)),
            allow_networks: self.outbound.allow_networks.clone(),
            connect_timeout: Duration::from_secs(self.outbound.connect_seconds.into()),
            total_timeout: Duration::from_secs(self.outbound.total_seconds.into()),
        };
        settings.oidc = self.oidc.settings();
        settings.saml = self.saml.settings();
        settings.absences_before_suspension = self.import.absences_before_suspension;
        settings
    }

    /// Everything in it that cannot work together, or cannot work at all.
    fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.server.problems(&mut problems);
        self.database.problems(&mut problems);
        self.tickets.problems(&mut problems);
        self.secrets.problems(&self.database, &mut problems);
        self.sessions.problems(&mut problems);
        self.passwords.problems(&mut problems);
        self.login.problems(&mut problems);
        self.oidc.problems(&mut problems);
        self.saml.problems(&mut problems);
        self.import.problems(&mut problems);
        self.outbound.problems(&mut problems);
        self.region.problems(&mut problems);
        self.log.problems(&mut problems);
        problems
    }
}

//! `[database]`, `[tickets]` and `[secrets]`: what the hub keeps, where, and under which key. Never
//! opens a store.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Problem;
use super::secret::SecretText;

/// Section `[database]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://…`.
    pub url: SecretText,
    /// File that holds the address.
    pub url_file: Option<PathBuf>,
    /// Most connections.
    pub connections: u32,
}

/// What `[database] url` is when it is not given.
pub(super) const DEFAULT_DATABASE: &str = "sqlite:clau.db";

impl Default for Database {
    fn default() -> Self {
        Self {
            url: SecretText::from(DEFAULT_DATABASE),
            url_file: None,
            connections: 8,
        }
    }
}

impl Database {
    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let default = self.url.expose() == DEFAULT_DATABASE;
        if self.url_file.is_some() && !default {
            problems.push(Problem::key(
                "database",
                "url_file",
                "is given besides `url`: give one of them",
            ));
        }
        if self.url_file.is_none() && !is_database(self.url.expose()) {
            problems.push(Problem::key("database", "url", WANTED_DATABASE));
        }
        if !(1..=1000).contains(&self.connections) {
            problems.push(Problem::key(
                "database",
                "connections",
                "must be from 1 to 1000",
            ));
        }
    }
}

/// What is said about a database address of another kind.
pub(crate) const WANTED_DATABASE: &str =
    "must be `sqlite:FILE` or `postgres://user:password@host/database`";

/// Whether an address is of a kind that there is an engine for.
pub(crate) fn is_database(url: &str) -> bool {
    ["sqlite:", "postgres://", "postgresql://"]
        .iter()
        .any(|scheme| {
            url.strip_prefix(scheme)
                .is_some_and(|rest| !rest.is_empty())
        })
}

/// Which ticket store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketStore {
    /// Beside the directory.
    #[default]
    Database,
    /// A Redis server.
    Redis,
}

/// Section `[tickets]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tickets {
    /// Which store.
    pub store: TicketStore,
    /// Where Redis is.
    pub redis_url: Option<SecretText>,
    /// File that holds where Redis is.
    pub redis_url_file: Option<PathBuf>,
    /// Authority that certified Redis, PEM.
    pub redis_ca: Option<PathBuf>,
    /// What every key starts with.
    pub redis_prefix: String,
    /// Life of a CAS ticket, in seconds.
    pub cas_seconds: u32,
}

impl Default for Tickets {
    fn default() -> Self {
        Self {
            store: TicketStore::Database,
            redis_url: None,
            redis_url_file: None,
            redis_ca: None,
            redis_prefix: "clau".to_owned(),
            cas_seconds: 60,
        }
    }
}

impl Tickets {
    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |key, what| problems.push(Problem::key("tickets", key, what));
        match (self.store, &self.redis_url, &self.redis_url_file) {
            (TicketStore::Redis, None, None) => {
                wrong(
                    "redis_url",
                    "must be given for store = \"redis\": redis://host:6379/0",
                );
            }
            (_, Some(_), Some(_)) => {
                wrong(
                    "redis_url_file",
                    "is given besides `redis_url`: give one of them",
                );
            }
            (TicketStore::Database, Some(_), _) | (TicketStore::Database, _, Some(_)) => {
                wrong(
                    "store",
                    "is \"database\" although Redis is given: write store = \"redis\"",
                );
            }
            _ => {}
        }
        let plain = self
            .redis_prefix
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        if self.redis_prefix.is_empty() || !plain || self.redis_prefix.len() > 40 {
            wrong(
                "redis_prefix",
                "must be 1 to 40 letters, digits, `-`, `_` and `.`",
            );
        }
        // CAS-03: five minutes is the longest that the protocol recommends.
        if !(10..=300).contains(&self.cas_seconds) {
            wrong("cas_seconds", "must be from 10 to 300");
        }
    }
}

/// Section `[secrets]`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// The master key.
    pub master_key: Option<SecretText>,
    /// File that holds the master key.
    pub master_key_file: Option<PathBuf>,
}

impl Secrets {
    pub(super) fn problems(&self, database: &Database, problems: &mut Vec<Problem>) {
        let mut wrong = |key, what| problems.push(Problem::key("secrets", key, what));
        match (&self.master_key, &self.master_key_file) {
            (Some(_), Some(_)) => {
                wrong(
                    "master_key_file",
                    "is given besides `master_key`: give one of them",
                );
            }
            (None, None)
                if database.url.expose().starts_with("postgres") || database.url_file.is_some() =>
            {
                wrong(
                    "master_key_file",
                    "must be given with PostgreSQL: every node needs the same key. Make one with \
                     `openssl rand -hex 32` and keep a copy apart from the database",
                );
            }
            (Some(key), None) if clau_engine::keys::MasterKey::parse(key.expose()).is_err() => {
                wrong(
                    "master_key",
                    "must be 64 hexadecimal digits (`openssl rand -hex 32`)",
                );
            }
            _ => {}
        }
    }
}

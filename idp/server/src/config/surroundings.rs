//! `[outbound]`, `[region]` and `[log]`: whom the hub may call, what it is called, what it tells.
//! Never calls anybody.

use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Problem;

/// Section `[outbound]` (AVL-03, AVL-14).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbound {
    /// Further certificate authorities, PEM.
    pub extra_ca: Option<PathBuf>,
    /// Private networks that may be called.
    pub allow_networks: Vec<IpNet>,
    /// Longest time to connect, in seconds.
    pub connect_seconds: u32,
    /// Longest time in all, in seconds.
    pub total_seconds: u32,
}

impl Default for Outbound {
    fn default() -> Self {
        Self {
            extra_ca: None,
            allow_networks: Vec::new(),
            connect_seconds: 2,
            total_seconds: 5,
        }
    }
}

impl Outbound {
    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |key, what| problems.push(Problem::key("outbound", key, what));
        if !(1..=10).contains(&self.total_seconds) {
            wrong("total_seconds", "must be from 1 to 10");
        }
        if !(1..=self.total_seconds.max(1)).contains(&self.connect_seconds) {
            wrong("connect_seconds", "must be from 1 to `total_seconds`");
        }
    }
}

/// Section `[region]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Region {
    /// Name of the workspace.
    pub name: String,
    /// Whom people can ask; empty for nobody.
    pub contact: String,
    /// Time zone, by its name in the IANA database.
    pub time_zone: String,
}

impl Default for Region {
    fn default() -> Self {
        Self {
            name: "Mon espace numérique".to_owned(),
            contact: String::new(),
            time_zone: "Europe/Paris".to_owned(),
        }
    }
}

impl Region {
    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |key, what| problems.push(Problem::key("region", key, what));
        if self.name.trim().is_empty() || self.name.chars().count() > 80 {
            wrong("name", "must be a name of 80 characters at most");
        }
        if jiff::tz::TimeZone::get(&self.time_zone).is_err() {
            wrong(
                "time_zone",
                "is not a time zone such as Europe/Paris or Indian/Reunion",
            );
        }
    }
}

/// Form of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// An object for machines.
    Json,
}

/// Section `[log]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Form.
    pub format: LogFormat,
    /// Level, for everything or by part.
    pub level: String,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: "info".to_owned(),
        }
    }
}

impl Log {
    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let understood = tracing_subscriber::EnvFilter::builder().parse(&self.level);
        if self.level.trim().is_empty() || understood.is_err() {
            problems.push(Problem::key(
                "log",
                "level",
                "must be error, warn, info, debug or trace, also by part: info,clau_engine=debug",
            ));
        }
    }
}

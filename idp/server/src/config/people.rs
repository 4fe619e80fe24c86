//! `[sessions]`, `[passwords]`, `[login]` and `[import]`: what people meet. Never decides anything:
//! the engine does, by these figures.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clau_domain::uai::Uai;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Problem;

/// Section `[sessions]` (SES-05, SES-06).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sessions {
    /// Pupils: minutes without a visit.
    pub pupil_idle_minutes: u32,
    /// Pupils: hours in any case.
    pub pupil_absolute_hours: u32,
    /// Guardians: minutes without a visit.
    pub guardian_idle_minutes: u32,
    /// Guardians: hours in any case.
    pub guardian_absolute_hours: u32,
    /// Staff: minutes without a visit.
    pub staff_idle_minutes: u32,
    /// Staff: hours in any case.
    pub staff_absolute_hours: u32,
    /// "Remember me": days in any case; 0 when it is not offered.
    pub remember_days: u32,
    /// "Remember me": days without a visit.
    pub remember_idle_days: u32,
    /// Networks of schools.
    pub school_networks: Vec<IpNet>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self {
            pupil_idle_minutes: 30,
            pupil_absolute_hours: 10,
            guardian_idle_minutes: 60,
            guardian_absolute_hours: 10,
            staff_idle_minutes: 60,
            staff_absolute_hours: 10,
            remember_days: 30,
            remember_idle_days: 7,
            school_networks: Vec::new(),
        }
    }
}

impl Sessions {
    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |key, what| problems.push(Problem::key("sessions", key, what));
        for (idle_key, idle, absolute_key, absolute) in [
            (
                "pupil_idle_minutes",
                self.pupil_idle_minutes,
                "pupil_absolute_hours",
                self.pupil_absolute_hours,
            ),
            (
                "guardian_idle_minutes",
                self.guardian_idle_minutes,
                "guardian_absolute_hours",
                self.guardian_absolute_hours,
            ),
            (
                "staff_idle_minutes",
                self.staff_idle_minutes,
                "staff_absolute_hours",
                self.staff_absolute_hours,
            ),
        ] {
            if !(1..=24).contains(&absolute) {
                wrong(absolute_key, "must be from 1 to 24");
            } else if idle == 0 || idle > absolute * 60 {
                wrong(
                    idle_key,
                    "must be 1 at least, and no longer than the absolute limit",
                );
            }
        }
        if self.remember_days > 90 {
            wrong("remember_days", "must be from 0 to 90");
        } else if self.remember_days > 0
            && !(1..=self.remember_days).contains(&self.remember_idle_days)
        {
            wrong("remember_idle_days", "must be from 1 to `remember_days`");
        }
    }
}

/// Section `[passwords]` (PWD-01, PWD-02, PWD-09).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Passwords {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Hashes at the same time; one for each core when it is not given.
    pub threads: Option<u32>,
    /// Hashes that may wait; 100 for each thread when it is not given.
    pub queue: Option<u32>,
    /// A filter of passwords that nobody may choose, besides the built-in one (PWD-02).
    pub refused_file: Option<PathBuf>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            passes: 2,
            threads: None,
            queue: None,
            refused_file: None,
        }
    }
}

impl Passwords {
    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |key, what| problems.push(Problem::key("passwords", key, what));
        if !(19_456..=1_048_576).contains(&self.memory_kib) {
            wrong(
                "memory_kib",
                "must be from 19456 (OWASP's floor) to 1048576",
            );
        }
        if !(2..=20).contains(&self.passes) {
            wrong("passes", "must be from 2 to 20");
        }
        if self
            .threads
            .is_some_and(|threads| !(1..=256).contains(&threads))
        {
            wrong("threads", "must be from 1 to 256");
        }
        if self
            .queue
            .is_some_and(|queue| !(1..=100_000).contains(&queue))
        {
            wrong("queue", "must be from 1 to 100000");
        }
    }
}

/// Section `[login]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Login {
    /// Version of the charter; empty for none.
    pub charter_version: String,
    /// Life of an activation code, in days.
    pub activation_days: u32,
    /// Host names of schools, each with the school's UAI: whoever comes by one is sent to the login page as
    /// somebody of that school.
    pub school_hosts: BTreeMap<String, Uai>,
}

impl Default for Login {
    fn default() -> Self {
        Self {
            charter_version: "2026-09".to_owned(),
            activation_days: 180,
            school_hosts: BTreeMap::new(),
        }
    }
}

impl Login {
    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |key, what| problems.push(Problem::key("login", key, what));
        if self.charter_version.chars().count() > 40
            || self.charter_version.chars().any(char::is_control)
        {
            wrong("charter_version", "must be a short text such as 2026-09");
        }
        let is_host = |name: &str| {
            let letters =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
            name.contains('.') && name.len() <= 253 && name.chars().all(letters)
        };
        if self.school_hosts.keys().any(|name| !is_host(name)) {
            wrong(
                "school_hosts",
                "must have host names in small letters, such as lycee-auch.ent.example.fr",
            );
        }
        if !(1..=400).contains(&self.activation_days) {
            wrong("activation_days", "must be from 1 to 400");
        }
    }
}

/// Section `[import]` (IMP-02, IMP-04).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Import {
    /// Share of one school's people that a feed may mark as gone, in percent.
    pub max_gone_percent: u32,
    /// Complete feeds without a person before access is suspended.
    pub absences_before_suspension: u32,
    /// Where archives are unpacked; the system's directory for such things when it is not given.
    pub scratch: Option<PathBuf>,
}

impl Default for Import {
    fn default() -> Self {
        Self {
            max_gone_percent: 10,
            absences_before_suspension: 2,
            scratch: None,
        }
    }
}

impl Import {
    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |key, what| problems.push(Problem::key("import", key, what));
        if self.max_gone_percent > 100 {
            wrong("max_gone_percent", "must be from 0 to 100");
        }
        if !(1..=30).contains(&self.absences_before_suspension) {
            wrong("absences_before_suspension", "must be from 1 to 30");
        }
    }
}

//! `[oidc]`: how long what the OpenID Connect provider gives out is good. Never makes or reads a key.

use std::time::Duration;

use clau_engine::settings::OidcSettings;
use serde::{Deserialize, Serialize};

use super::Problem;

/// Section `[oidc]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Oidc {
    /// Life of a code, in seconds.
    pub code_seconds: u32,
    /// Life of access and ID tokens, in minutes.
    pub access_token_minutes: u32,
    /// Life of a refresh family, in days.
    pub refresh_days: u32,
    /// How long a refresh token may be presented once more, in seconds.
    pub refresh_grace_seconds: u32,
    /// Life of a code that a device shows, in minutes.
    pub device_minutes: u32,
    /// Age of a signing key at which the next one is made, in days.
    pub key_rotation_days: u32,
    /// How long the next key is published before it signs, in minutes.
    pub key_publish_minutes: u32,
}

impl Default for Oidc {
    fn default() -> Self {
        Self {
            code_seconds: 60,
            access_token_minutes: 10,
            refresh_days: 30,
            refresh_grace_seconds: 30,
            device_minutes: 10,
            key_rotation_days: 90,
            key_publish_minutes: 120,
        }
    }
}

impl Oidc {
    /// As the engine needs it.
    pub(super) fn settings(&self) -> OidcSettings {
        const MINUTE: u64 = 60;
        const DAY: u64 = 24 * 60 * MINUTE;
        let times = |count: u32, unit: u64| Duration::from_secs(u64::from(count) * unit);
        OidcSettings {
            code_life: times(self.code_seconds, 1),
            access_token_life: times(self.access_token_minutes, MINUTE),
            refresh_life: times(self.refresh_days, DAY),
            refresh_grace: times(self.refresh_grace_seconds, 1),
            device_life: times(self.device_minutes, MINUTE),
            key_rotation: times(self.key_rotation_days, DAY),
            key_publish: times(self.key_publish_minutes, MINUTE),
        }
    }

    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let mut within = |key, value: u32, range: std::ops::RangeInclusive<u32>| {
            if !range.contains(&value) {
                let what = format!("must be from {} to {}", range.start(), range.end());
                problems.push(Problem::key("oidc", key, &what));
            }
        };
        // OIDC-04: a minute is the longest.
        within("code_seconds", self.code_seconds, 5..=60);
        within("access_token_minutes", self.access_token_minutes, 1..=60);
        within("refresh_days", self.refresh_days, 1..=400);
        within("refresh_grace_seconds", self.refresh_grace_seconds, 0..=120);
        within("device_minutes", self.device_minutes, 1..=30);
        within("key_rotation_days", self.key_rotation_days, 1..=400);
        // Clients keep the key set for an hour.
        within("key_publish_minutes", self.key_publish_minutes, 60..=10_080);
    }
}

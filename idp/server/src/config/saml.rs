//! `[saml]`: what the SAML identity provider says of itself, and whose metadata it believes. Never reads a
//! certificate: whoever opens the hub does.

use std::path::PathBuf;
use std::time::Duration;

use clau_domain::url::WebUrl;
use clau_engine::settings::SamlSettings;
use serde::{Deserialize, Serialize};

use super::Problem;

const DAY: u64 = 24 * 3600;

/// Section `[saml]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Saml {
    /// What stands behind the `@` of scoped attributes.
    pub scope: String,
    /// The region's identifier in the GAR.
    pub gar_ent_id: String,
    /// How long a new key is published before it signs, in days.
    pub key_publish_days: u32,
    /// For how long metadata of the hub is good, in days.
    pub metadata_days: u32,
    /// Federations whose metadata is believed.
    pub federations: Vec<Federation>,
}

/// A federation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Federation {
    /// Its name in registrations.
    pub name: String,
    /// Where all of its metadata is, in one document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<WebUrl>,
    /// Where its metadata is asked for, entity by entity (MDQ).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_url: Option<WebUrl>,
    /// File with the certificates by one of which it is signed, PEM.
    pub certificate: PathBuf,
    /// For how long its metadata may say that it is good, in days.
    #[serde(default = "longest_days")]
    pub longest_days: u32,
}

const fn longest_days() -> u32 {
    30
}

impl Default for Saml {
    fn default() -> Self {
        Self {
            scope: String::new(),
            gar_ent_id: String::new(),
            key_publish_days: 30,
            metadata_days: 10,
            federations: Vec::new(),
        }
    }
}

impl Saml {
    /// As the engine needs it, without federations: their certificates are in files.
    pub(super) fn settings(&self) -> SamlSettings {
        let days = |count: u32| Duration::from_secs(u64::from(count) * DAY);
        SamlSettings {
            metadata_life: days(self.metadata_days),
            key_publish: days(self.key_publish_days),
            scope: self.scope.clone(),
            gar_ent_id: self.gar_ent_id.clone(),
            federations: Vec::new(),
        }
    }

    pub(super) fn problems(&self, problems: &mut Vec<Problem>) {
        let mut wrong = |key, what: &str| problems.push(Problem::key("saml", key, what));
        let is_domain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
        if !self.scope.chars().all(is_domain) {
            wrong(
                "scope",
                "must be a domain in lower case, such as ent.example.fr",
            );
        }
        if self
            .gar_ent_id
            .contains(|c: char| c.is_whitespace() || c.is_control())
        {
            wrong("gar_ent_id", "must be an identifier without spaces");
        }
        if !(1..=400).contains(&self.key_publish_days) {
            wrong("key_publish_days", "must be from 1 to 400");
        }
        if !(2..=90).contains(&self.metadata_days) {
            wrong("metadata_days", "must be from 2 to 90");
        }
        for (index, federation) in self.federations.iter().enumerate() {
            let name = &federation.name;
            let mut wrong = |what: &str| {
                wrong("federations", &format!("`{name}`: {what}"));
            };
            let twin = self
                .federations
                .iter()
                .take(index)
                .any(|other| other.name == *name);
            if name.is_empty() || name.contains([':', ' ']) || twin {
                wrong("a name of its own is expected, without colons and spaces");
            }
            let address = match (&federation.url, &federation.query_url) {
                (Some(url), None) | (None, Some(url)) => url,
                _ => {
                    wrong("exactly one of `url` and `query_url` is expected");
                    continue;
                }
            };
            if !address.is_https() {
                wrong("an https address is expected");
            }
            if !(1..=90).contains(&federation.longest_days) {
                wrong("`longest_days` must be from 1 to 90");
            }
        }
    }
}

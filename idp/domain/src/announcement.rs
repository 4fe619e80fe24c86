//! A word to people on the portal: to everybody or to a structure's people, for a time. Plain text
//! only; nothing in it is ever read as markup (WEB-02).

use serde::{Deserialize, Serialize};

use crate::person::Person;
use crate::profile::Profile;
use crate::service::{Day, Localised};
use crate::uai::Uai;

/// An announcement as it is defined and stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announcement {
    /// Its identifier, chosen by who writes it.
    pub id: String,
    /// Headline.
    pub title: Localised,
    /// Text; line breaks are kept.
    pub text: Localised,
    /// Structures whose people see it; none means everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub structures: Vec<Uai>,
    /// Profiles that see it; none means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
    /// First day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Day>,
    /// Last day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Day>,
}

impl Announcement {
    /// The structure through which the person is spoken to (`Some(None)`: everybody is), or `None`
    /// when the announcement is not for them today.
    pub fn reaches(&self, person: &Person, today: jiff::civil::Date) -> Option<Option<String>> {
        let in_time = self.from.is_none_or(|day| day.0 <= today)
            && self.until.is_none_or(|day| today <= day.0);
        if !in_time {
            return None;
        }
        let through = person.affiliations.iter().find(|affiliation| {
            let uai = affiliation.structure.uai.as_ref();
            let here =
                self.structures.is_empty() || uai.is_some_and(|uai| self.structures.contains(uai));
            here && (self.profiles.is_empty() || self.profiles.contains(&affiliation.profile))
        })?;
        Some((!self.structures.is_empty()).then(|| through.structure.name.clone()))
    }
}

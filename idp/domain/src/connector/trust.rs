//! For whom a connector may speak, whatever it claims: of a person whom it vouches for, the hub sees what
//! lies within. Never widened by anything that a connector says (FED-10).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::person::{Person, StructureRef};
use crate::profile::Profile;
use crate::uai::Uai;

/// For whom a connector may speak. Closed by default: without schools, feeds or `everywhere`, for nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Trust {
    /// Schools, by UAI; other structures, by key.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub structures: BTreeSet<String>,
    /// Feeds whose people it knows, with all their structures.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub sources: BTreeSet<String>,
    /// The same by the number of the academy (french-ent.md §1.7): `{ 16 = "toulouse", 98 = "agriculture" }`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub academies: BTreeMap<String, String>,
    /// Everywhere: an identity service of the State.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub everywhere: bool,
    /// As what; every profile where none is named.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub profiles: BTreeSet<Profile>,
}

impl Trust {
    /// The feed of an academy, by its number; one digit and two are the same.
    pub fn source_of_academy(&self, number: &str) -> Option<&str> {
        let bare = |text: &str| text.trim().trim_start_matches('0').to_owned();
        let found = self
            .academies
            .iter()
            .find(|(known, _)| bare(known) == bare(number));
        found.map(|(_, source)| source.as_str())
    }

    /// Whether it is trusted with the people of a feed.
    pub fn admits_source(&self, source: &str) -> bool {
        self.everywhere
            || self.sources.contains(source)
            || self.academies.values().any(|known| known == source)
    }

    /// Whether it is trusted with a school that it names itself.
    pub fn names_school(&self, uai: &Uai) -> bool {
        self.structures
            .iter()
            .any(|known| known.eq_ignore_ascii_case(uai.as_str()))
    }

    /// Whether it may speak of a structure.
    pub fn admits_structure(&self, structure: &StructureRef) -> bool {
        self.admits_source(&structure.source)
            || structure
                .uai
                .as_ref()
                .is_some_and(|uai| self.names_school(uai))
            || self.structures.contains(&structure.key)
    }

    /// Whether it may speak of people as this.
    pub fn admits_profile(&self, profile: Profile) -> bool {
        self.profiles.is_empty() || self.profiles.contains(&profile)
    }
}

/// What a person is seen through: all of them, or what a connector may speak for.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// A proof of the hub's own.
    Everything,
    /// A proof that a connector gave.
    Within(&'a Trust),
}

impl Person {
    /// The person as far as `scope` reaches: affiliations within, children who have one within.
    #[must_use]
    pub fn within(mut self, scope: Scope<'_>) -> Self {
        let Scope::Within(trust) = scope else {
            return self;
        };
        self.affiliations.retain(|affiliation| {
            trust.admits_structure(&affiliation.structure)
                && trust.admits_profile(affiliation.profile)
        });
        if !trust.admits_profile(Profile::Guardian) {
            self.children.clear();
        }
        for child in &mut self.children {
            child
                .affiliations
                .retain(|affiliation| trust.admits_structure(&affiliation.structure));
        }
        self.children.retain(|child| !child.affiliations.is_empty());
        if !trust.admits_profile(Profile::Pupil) {
            self.guardians.clear();
        }
        self
    }
}

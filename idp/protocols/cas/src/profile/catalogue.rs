//! The catalogue of attribute profiles that is part of the hub. Its text is `catalogue.toml`; adding a
//! dialect is adding to that file.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{AttributeProfile, Entry};
use crate::xml::element_name;

static BUILTIN: LazyLock<Catalogue> = LazyLock::new(|| {
    let parsed = Catalogue::parse(include_str!("catalogue.toml"));
    #[expect(
        clippy::expect_used,
        reason = "the text is part of the binary, and a test parses it"
    )]
    parsed.expect("the built-in catalogue is well-formed")
});

/// Attribute profiles by name.
#[derive(Clone, Debug)]
pub struct Catalogue {
    profiles: BTreeMap<String, AttributeProfile>,
}

/// A name that no profile has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no attribute profile `{name}`; the nearest name is `{nearest}`")]
pub struct UnknownProfile {
    /// The name that was asked for.
    pub name: String,
    /// The name of a profile that looks most like it.
    pub nearest: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    profile: Vec<AttributeProfile>,
}

impl Catalogue {
    /// The catalogue of this version of the hub.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Reads a catalogue.
    ///
    /// # Errors
    /// What is wrong with the text, and in which profile.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut profiles = BTreeMap::new();
        for profile in file.profile {
            profile
                .attributes
                .iter()
                .try_for_each(check)
                .map_err(|what| format!("profile `{}`: {what}", profile.name))?;
            let name = profile.name.clone();
            if profiles.insert(name.clone(), profile).is_some() {
                return Err(format!("profile `{name}` is there twice"));
            }
        }
        Ok(Self { profiles })
    }

    /// The profile of a name.
    ///
    /// # Errors
    /// [`UnknownProfile`], with the name that looks most like it.
    pub fn find(&self, name: &str) -> Result<&AttributeProfile, UnknownProfile> {
        self.profiles.get(name).ok_or_else(|| {
            let wanted = name.to_lowercase();
            let nearest = self
                .names()
                .min_by_key(|known| clau_domain::spelling::distance(&wanted, known));
            UnknownProfile {
                name: name.to_owned(),
                nearest: nearest.unwrap_or_default().to_owned(),
            }
        })
    }

    /// All names, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// All profiles, by name.
    pub fn profiles(&self) -> impl Iterator<Item = &AttributeProfile> {
        self.profiles.values()
    }
}

/// What the types cannot say of an entry.
fn check(entry: &Entry) -> Result<(), String> {
    let names = entry
        .marks
        .iter()
        .map(|mark| &mark.name)
        .chain([&entry.name])
        .chain(&entry.within);
    for name in names {
        if element_name(name) != *name {
            return Err(format!("`{name}` is no name for an element"));
        }
    }
    if entry.source.is_some() != entry.entries.is_empty() && entry.each.is_none() {
        return Err(format!("`{}` has either a source or entries", entry.name));
    }
    entry.entries.iter().try_for_each(check)
}

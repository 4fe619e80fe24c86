//! Attribute profiles: the dialects in which school software expects to hear who somebody is, as data.
//! A profile says what `cas:user` holds, which shape the answer has and which attributes it spells, in
//! order. What may leave at all is decided before, by the service's registration: a profile reads
//! through [`Released`] and cannot say more (rules in `catalogue.toml`, facts in french-ent §8).

mod catalogue;
mod source;
mod spelling;
mod words;

use std::collections::BTreeSet;

use clau_domain::policy::{Attribute, Released};
use clau_domain::profile::Profile;
use serde::Deserialize;

pub use catalogue::{Catalogue, UnknownProfile};
pub use source::Source;
pub use spelling::{Content, Item, Spelled};

use crate::answer::AuthenticationFacts;

/// One dialect.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttributeProfile {
    name: String,
    about: String,
    /// It spells whatever is released and misses nothing that is not.
    #[serde(default)]
    adapts: bool,
    /// What `cas:user` holds.
    user: Source,
    #[serde(default)]
    shape: Shape,
    /// An element of its own around the attributes of a flat profile.
    #[serde(default)]
    container: Option<String>,
    #[serde(default)]
    attributes: Vec<Entry>,
}

/// Where the attributes stand in the XML answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `cas:attributes/cas:NAME`, one element for each value (CAS protocol §2.5.7).
    #[default]
    Standard,
    /// `cas:NAME` beside `cas:user`.
    Flat,
    /// `cas:attributes/cas:userAttributes/NAME`, without prefix and with one value for each name.
    Nested,
}

/// One attribute of a profile, or an element around others.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Name of the element.
    name: String,
    /// Where the values come from.
    #[serde(default)]
    source: Option<Source>,
    /// What becomes of several values.
    #[serde(default)]
    values: Values,
    /// Only these values are sent.
    #[serde(default)]
    only: Vec<String>,
    /// Only what the person is as one of these profiles.
    #[serde(default)]
    of: Vec<Profile>,
    /// The element is sent, empty, when there is no value.
    #[serde(default)]
    empty: bool,
    /// An element around all values.
    #[serde(default)]
    within: Option<String>,
    /// The element is repeated, with what is inside, for each of these.
    #[serde(default)]
    each: Option<Each>,
    /// XML attributes of the element.
    #[serde(default)]
    marks: Vec<Mark>,
    /// What is inside.
    #[serde(default)]
    entries: Vec<Entry>,
}

/// What becomes of several values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Values {
    /// One element for each.
    #[default]
    Repeated,
    /// The first only.
    First,
    /// The last only.
    Last,
    /// One element, with this between the values.
    Joined(String),
    /// One element: `[a, b]`.
    Bracketed,
}

/// What an element is repeated for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Each {
    /// Each structure of the person.
    Structure,
    /// Each class of the person, in the structure around it.
    Class,
}

/// An XML attribute of an element.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    name: String,
    source: Source,
}

impl AttributeProfile {
    /// The name by which services are registered with it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whom it is for, in one sentence.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Where its attributes stand.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// What a registration must release for the profile to be complete. What it does not release is
    /// left out; without the user's own attribute, `cas:user` is the pairwise id. A profile that adapts
    /// needs nothing.
    pub fn needs(&self) -> BTreeSet<Attribute> {
        if self.adapts {
            return BTreeSet::new();
        }
        let mut needs: BTreeSet<Attribute> = self.user.gates().iter().copied().collect();
        for entry in &self.attributes {
            entry.needs(&mut needs);
        }
        needs
    }

    /// Spells a person's attributes.
    pub fn spell(&self, released: Released<'_>, authentication: &AuthenticationFacts) -> Spelled {
        spelling::spell(self, released, authentication)
    }
}

impl Entry {
    fn needs(&self, needs: &mut BTreeSet<Attribute>) {
        let marks = self.marks.iter().map(|mark| mark.source);
        let sources = marks.chain(self.source);
        needs.extend(sources.flat_map(Source::gates).copied());
        match self.each {
            None => {}
            Some(Each::Structure) => needs.extend([Attribute::Structures]),
            Some(Each::Class) => needs.extend([Attribute::Classes]),
        }
        for entry in &self.entries {
            entry.needs(needs);
        }
    }
}

#[cfg(test)]
mod tests;

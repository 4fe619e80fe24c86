//! What a service receives of a person, in the attributes of SAML. How they are called is the registration's
//! choice of a [`Profile`]; what may leave at all is decided before, by the same registration, and read through
//! [`Released`] alone: a profile cannot say more (LOG-05, SAML-09).
//!
//! | profile | names | for |
//! | --- | --- | --- |
//! | `supann` | `urn:oid:…`: eduPerson, SupAnn, SCHAC, and the directory's own | universities and what federations like RENATER register |
//! | `sdet` | `ENTPersonProfils` …, plain | software made for an ENT |
//! | `gar` | `idEnt`, `GARPersonIdentifiant` | the GAR, which looks everything else up |
//! | `fredu` | `FrEduVecteur`, `FrEduRne`, `ctemail` …, plain | services of national education |
//! | `none` | | services that the name identifier is enough for |
//!
//! | module | owns |
//! | --- | --- |
//! | [`catalogue`] | which names a profile has, and what stands under each |
//! | [`source`] | where a value comes from, and which released attributes it needs |
//! | [`fredu`] | the vectors and school codes of national education |
//! | [`asked`] | what a service's metadata asks for, as attributes of the registration |
//!
//! A value that its notation cannot hold is left out, never bent: a class with a `$` in its name would
//! otherwise be read as two fields, a guardian with a `|` in theirs as somebody else (FED-08).

mod asked;
mod catalogue;
mod fredu;
mod source;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use clau_domain::policy::{self, Released};

pub use asked::{Asked, bundle};
pub use catalogue::Name;

use crate::message::{Attribute, Value};
use crate::names::attribute_name;

/// How attributes are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// By the identifiers of eduPerson and SupAnn.
    #[default]
    Supann,
    /// By the names of the national directory schema of ENTs.
    Sdet,
    /// As the GAR wants them: two, whatever is released.
    Gar,
    /// By the names of national education.
    Fredu,
    /// Not at all.
    None,
}

/// A name that no profile has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no attribute profile `{name}`: supann, sdet, gar, fredu or none; the nearest is `{nearest}`"
)]
pub struct UnknownProfile {
    /// The name that was asked for.
    pub name: String,
    /// The one that looks most like it.
    pub nearest: &'static str,
}

impl Profile {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Supann, Self::Sdet, Self::Gar, Self::Fredu, Self::None];

    /// The word used in registrations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Supann => "supann",
            Self::Sdet => "sdet",
            Self::Gar => "gar",
            Self::Fredu => "fredu",
            Self::None => "none",
        }
    }

    /// All words used in registrations.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::name)
    }

    /// The profile that a registration names.
    ///
    /// # Errors
    /// [`UnknownProfile`], with the name that looks most like it.
    pub fn from_name(name: &str) -> Result<Self, UnknownProfile> {
        let known = Self::ALL.into_iter().find(|known| known.name() == name);
        known.ok_or_else(|| {
            let wanted = name.to_lowercase();
            let nearest =
                Self::names().min_by_key(|known| clau_domain::spelling::distance(&wanted, known));
            UnknownProfile {
                name: name.to_owned(),
                nearest: nearest.unwrap_or_default(),
            }
        })
    }

    /// What its names are (SAML Core §8.2).
    pub const fn format(self) -> &'static str {
        match self {
            Self::Supann => attribute_name::URI,
            Self::Sdet | Self::Gar | Self::Fredu | Self::None => attribute_name::BASIC,
        }
    }

    /// The attributes of a registration that it has a name for. What else is released, it leaves unsaid.
    pub fn speaks_of(self) -> BTreeSet<policy::Attribute> {
        let named = self.catalogue().iter().flat_map(Name::needs).copied();
        let further = self.has_further().then_some(policy::Attribute::Further);
        named.chain(further).collect()
    }

    /// Whether further attributes of local people go out under their own names.
    const fn has_further(self) -> bool {
        matches!(self, Self::Sdet)
    }
}

/// For whom a person is spelled, and how.
#[derive(Clone, Copy, Debug)]
pub struct Spelling<'a> {
    /// The hub.
    pub issuer: &'a str,
    /// The service, by its name in its metadata.
    pub audience: &'a str,
    /// What stands behind the `@` of scoped values: a domain of the region's.
    pub scope: &'a str,
    /// The region's identifier in the GAR, where it has one.
    pub ent_id: Option<&'a str>,
    /// How.
    pub profile: Profile,
}

/// A person in the words of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spelled {
    /// What is told: each with a value, each value once, in the order of the catalogue.
    pub attributes: Vec<Attribute>,
    /// What could not be told although it may, each once: for the log.
    pub left_out: Vec<LeftOut>,
}

/// A value that is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}")]
pub struct LeftOut {
    /// Under which name.
    pub name: &'static str,
    /// Why.
    pub why: Why,
}

/// Why a value is not told. Says nothing about the person but that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// A field holds the character that separates fields.
    #[error("a field holds the character that separates fields")]
    Separator,
    /// Its specification has no way to write it.
    #[error("its specification has no way to write the value")]
    Notation,
    /// National education has no number for the pupil, or for the school.
    #[error("the number of the pupil or of the school is not known")]
    NoNumber,
    /// The hub has no identifier in the GAR.
    #[error("the hub's configuration has no identifier for the GAR")]
    NoEntId,
}

impl Spelling<'_> {
    /// Spells what is released.
    pub fn spell(&self, released: Released<'_>) -> Spelled {
        let mut spelled = Spelled::default();
        for name in self.profile.catalogue() {
            let mut values: Vec<Value> = Vec::new();
            for value in name.source.values(self, released) {
                match value {
                    Ok(value) if !is_empty(&value) && !values.contains(&value) => {
                        values.push(value);
                    }
                    Ok(_) => {}
                    Err(why) => spelled.leave_out(name.name, why),
                }
            }
            spelled.tell(name.name, self.profile.format(), name.friendly, values);
        }
        if self.profile.has_further() {
            self.further(released, &mut spelled);
        }
        spelled
    }

    /// Further attributes of local people. One that is called like an attribute of any profile is not told: it
    /// would pass for it.
    fn further(&self, released: Released<'_>, spelled: &mut Spelled) {
        let Some(person) = released.person_for(policy::Attribute::Further) else {
            return;
        };
        for (name, texts) in &person.further {
            let name = name.trim();
            let known = Profile::ALL.into_iter().flat_map(Profile::catalogue);
            if name.is_empty() || known.into_iter().any(|known| known.resembles(name)) {
                continue;
            }
            let mut values: Vec<Value> = Vec::new();
            for text in texts {
                let value = Value::Text(text.clone());
                if !is_empty(&value) && !values.contains(&value) {
                    values.push(value);
                }
            }
            spelled.tell(name, self.profile.format(), None, values);
        }
    }
}

impl Spelled {
    fn tell(
        &mut self,
        name: &str,
        format: &'static str,
        friendly_name: Option<&'static str>,
        values: Vec<Value>,
    ) {
        if !values.is_empty() {
            self.attributes.push(Attribute {
                name: name.to_owned(),
                format,
                friendly_name,
                values,
            });
        }
    }

    fn leave_out(&mut self, name: &'static str, why: Why) {
        let left_out = LeftOut { name, why };
        if !self.left_out.contains(&left_out) {
            self.left_out.push(left_out);
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.trim().is_empty(),
        Value::NameId(name) => name.value.is_empty(),
    }
}

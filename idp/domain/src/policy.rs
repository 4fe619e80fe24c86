//! Who may open which service, and which attributes it then gets: one pure decision for every
//! protocol. A [`Grant`] comes from [`decide`] and from nowhere else; protocol crates only spell it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, ServiceId};
use crate::person::{Affiliation, Person};
use crate::profile::Profile;
use crate::service::{AccessRule, Service};

/// A fact about a person that may be released to a service. The names are those of the register of
/// processing and of the account page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// Pseudonym for this service alone.
    PairwiseId,
    /// The hub's own id, the same for every service.
    Uid,
    /// Login.
    Login,
    /// Key in the feed, with its source.
    ExternalId,
    /// Family name.
    FamilyName,
    /// First name.
    GivenName,
    /// `M.` or `Mme`.
    Title,
    /// Profiles.
    Profile,
    /// Structures with UAI, name and type.
    Structures,
    /// Classes.
    Classes,
    /// Teaching groups.
    Groups,
    /// Functions of staff.
    Functions,
    /// Level, MEF, stream, status.
    Schooling,
    /// Subjects and disciplines.
    Subjects,
    /// Mail address.
    Mail,
    /// Date of birth.
    BirthDate,
    /// National pupil identifier.
    Ine,
    /// Identifiers of children.
    Children,
    /// Identifiers of guardians.
    Guardians,
    /// Postal code.
    PostalCode,
    /// Postal address.
    Address,
    /// Telephone numbers.
    Phones,
    /// Boarding, grant and transport.
    SchoolLife,
    /// Further attributes of local people.
    Further,
}

impl Attribute {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::PairwiseId,
        Self::Uid,
        Self::Login,
        Self::ExternalId,
        Self::FamilyName,
        Self::GivenName,
        Self::Title,
        Self::Profile,
        Self::Structures,
        Self::Classes,
        Self::Groups,
        Self::Functions,
        Self::Schooling,
        Self::Subjects,
        Self::Mail,
        Self::BirthDate,
        Self::Ine,
        Self::Children,
        Self::Guardians,
        Self::PostalCode,
        Self::Address,
        Self::Phones,
        Self::SchoolLife,
        Self::Further,
    ];

    /// Whether the service's registration must name the attribute one by one, with an approval: what
    /// could harm a minor if it left without need (LOG-05).
    pub const fn is_sensitive(self) -> bool {
        matches!(
            self,
            Self::BirthDate
                | Self::Ine
                | Self::Children
                | Self::Guardians
                | Self::PostalCode
                | Self::Address
                | Self::Phones
                | Self::SchoolLife
        )
    }

    /// The word used in registrations.
    pub fn name(self) -> String {
        // A unit variant serialises to its name.
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

/// Proof that this person may have this service now, and which attributes it gets. Tickets,
/// assertions and codes are made from a grant and from nothing else.
#[derive(Clone, Debug)]
pub struct Grant {
    person: Person,
    service: ServiceId,
    pairwise: String,
    released: BTreeSet<Attribute>,
    because: Vec<Reason>,
}

/// One affiliation and the number of the rule it fulfils: the "why" of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Position of the rule in the service's registration, from 1.
    pub rule: usize,
    /// Name of the structure in which the person fulfils it.
    pub structure: String,
    /// Profile there.
    pub profile: Profile,
}

impl Grant {
    /// Who.
    pub fn person_id(&self) -> PersonId {
        self.person.id
    }

    /// Which service.
    pub fn service(&self) -> &ServiceId {
        &self.service
    }

    /// Why: never empty.
    pub fn because(&self) -> &[Reason] {
        &self.because
    }

    /// The same, with nothing released beyond `agreed`: what the person has agreed to. `pairwise-id` is
    /// how a service knows anybody at all; it stays.
    #[must_use]
    pub fn within(mut self, agreed: &BTreeSet<Attribute>) -> Self {
        self.released
            .retain(|attribute| *attribute == Attribute::PairwiseId || agreed.contains(attribute));
        self
    }

    /// What the service receives.
    pub fn released(&self) -> Released<'_> {
        Released { grant: self }
    }
}

/// The view of a person that a service gets: what its registration does not allow reads as absent.
#[derive(Clone, Copy, Debug)]
pub struct Released<'a> {
    grant: &'a Grant,
}

impl<'a> Released<'a> {
    /// Whether the attribute leaves.
    pub fn allows(self, attribute: Attribute) -> bool {
        self.grant.released.contains(&attribute)
    }

    /// The attributes that leave.
    pub fn attributes(self) -> &'a BTreeSet<Attribute> {
        &self.grant.released
    }

    /// The pseudonym of the person for this service. Always allowed: it tells nothing.
    pub fn pairwise(self) -> &'a str {
        &self.grant.pairwise
    }

    /// The person, if `attribute` leaves. Readers name the attribute they are about to read.
    pub fn person_for(self, attribute: Attribute) -> Option<&'a Person> {
        self.allows(attribute).then_some(&self.grant.person)
    }

    /// The affiliations, if `attribute` leaves.
    pub fn affiliations_for(self, attribute: Attribute) -> &'a [Affiliation] {
        self.person_for(attribute)
            .map_or(&[], |person| &person.affiliations)
    }
}

/// Why a service is not for a person now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub enum Refusal {
    /// The person has left every structure.
    #[error("the person belongs to no structure any more")]
    Gone,
    /// The service is switched off.
    #[error("the service is switched off")]
    Disabled,
    /// No rule names the person's profile, structure, level or function.
    #[error("no access rule of the service names this person")]
    NotNamed,
    /// A rule would fit, but not today.
    #[error("an access rule fits but its period has not begun or is over")]
    OutOfPeriod,
}

/// Decides whether `person` may open `service` on `today`, and mints the grant. Closed by default: a
/// service without a rule is for nobody. `pairwise` is the person's pseudonym for the service.
///
/// # Errors
/// The [`Refusal`] that is most useful to the person: a period that is over before "not for you".
pub fn decide(
    person: &Person,
    service: &Service,
    pairwise: String,
    today: jiff::civil::Date,
) -> Result<Grant, Refusal> {
    if !service.enabled {
        return Err(Refusal::Disabled);
    }
    if !person.belongs() {
        return Err(Refusal::Gone);
    }
    let mut because = Vec::new();
    let mut out_of_period = false;
    for (index, rule) in service.access.iter().enumerate() {
        for affiliation in person.affiliations.iter().filter(|a| names(rule, a)) {
            if rule.is_open_on(today) {
                because.push(Reason {
                    rule: index + 1,
                    structure: affiliation.structure.name.clone(),
                    profile: affiliation.profile,
                });
            } else {
                out_of_period = true;
            }
        }
    }
    if because.is_empty() {
        return Err(if out_of_period {
            Refusal::OutOfPeriod
        } else {
            Refusal::NotNamed
        });
    }
    Ok(Grant {
        person: person.clone(),
        service: service.id.clone(),
        pairwise,
        released: service.released(),
        because,
    })
}

/// Whether a rule names an affiliation. Every list that the rule gives must be met; a list that it
/// does not give asks nothing. Citizens are named by their profile or not at all: whoever wrote a rule for
/// everybody meant the people of schools, and anybody can become a citizen.
fn names(rule: &AccessRule, affiliation: &Affiliation) -> bool {
    let structure = &affiliation.structure;
    let detail = &affiliation.detail;
    let same = |a: &str, b: &str| a.eq_ignore_ascii_case(b);
    let profile_named = match affiliation.profile {
        Profile::Citizen => rule.profiles.contains(&Profile::Citizen),
        known => met(&rule.profiles, |profile| *profile == known),
    };
    profile_named
        && met(&rule.structures, |uai| structure.uai.as_ref() == Some(uai))
        && met(&rule.structure_types, |label| {
            same(label, &structure.kind_label)
        })
        && met(&rule.departments, |code| {
            structure
                .uai
                .as_ref()
                .is_some_and(|uai| uai.department() == code)
        })
        && met(&rule.levels, |level| same(level, &detail.level))
        && met(&rule.functions, |code| {
            detail.functions.iter().any(|f| same(&f.code, code))
        })
        && met(&rule.groups, |name| {
            detail.groups.iter().any(|group| same(group, name))
        })
}

fn met<T>(wanted: &[T], fits: impl FnMut(&T) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(fits)
}

#[cfg(test)]
mod tests;

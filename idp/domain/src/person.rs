//! A person as the region knows them: identity, affiliations, children. Never the account's secrets
//! (those stay in storage) and never a decision about access ([`crate::policy`]).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ids::{PersonId, StructureId};
use crate::profile::Profile;
use crate::session::Context;
use crate::structure::StructureKind;
use crate::uai::Uai;

/// A person with everything that policy and attribute release may read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Our own id, stable for life.
    pub id: PersonId,
    /// Login of the account, as typed on the login page.
    pub login: String,
    /// Names.
    pub names: Names,
    /// Birth date, where the source knows it.
    pub birth_date: Option<BirthDate>,
    /// Key in the feed that the person came by; the oldest where there are several.
    pub external: Option<ExternalKey>,
    /// INE of a pupil.
    pub ine: Option<String>,
    /// How to reach them.
    pub contact: Contact,
    /// Further attributes of local people, by name.
    pub further: BTreeMap<String, Vec<String>>,
    /// What they are, where. A guardian has one for each school of a child.
    pub affiliations: Vec<Affiliation>,
    /// Children over whom they have parental authority.
    pub children: Vec<Kin>,
    /// Guardians with parental authority.
    pub guardians: Vec<Kin>,
    /// How often their pseudonym was given anew, by sector; where never, there is no entry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub renewed: BTreeMap<String, u32>,
}

impl Person {
    /// Whether the region has any reason to let this person in: an affiliation of their own or one
    /// through a child. Someone who has left every school keeps an account but gets no session.
    pub fn belongs(&self) -> bool {
        !self.affiliations.is_empty()
    }

    /// Profiles, without repetition, in national order.
    pub fn profiles(&self) -> Vec<Profile> {
        Profile::ALL
            .into_iter()
            .filter(|profile| self.affiliations.iter().any(|a| a.profile == *profile))
            .collect()
    }

    /// The profile by which pages greet and services that take only one know them: staff before
    /// guardian before pupil, because someone who works in a school is known there as staff; a citizen is
    /// who is nothing else.
    pub fn main_profile(&self) -> Option<Profile> {
        let profiles = self.profiles();
        let staff = profiles.iter().find(|profile| profile.is_staff());
        let known = profiles.iter().rfind(|it| **it != Profile::Citizen);
        staff.or(known).or(profiles.last()).copied()
    }

    /// Whether there is such a context for the person: the child is theirs, they are something in the structure.
    pub fn can_act(&self, context: Context) -> bool {
        match context {
            Context::Everything => true,
            Context::Child(child) => self.children.iter().any(|kin| kin.id == child),
            Context::School(structure) => {
                let mut all = self.affiliations.iter();
                all.any(|affiliation| affiliation.structure.id == structure)
            }
        }
    }

    /// The person as far as a context reaches. The same person when the child is not theirs (any more) or the
    /// structure is none of theirs.
    #[must_use]
    pub fn acting(self, context: Context) -> Self {
        match context {
            Context::Everything => self,
            Context::Child(child) => self.acting_for(child),
            Context::School(structure) => self.acting_in(structure),
        }
    }

    /// The person as guardian of one child only: what concerns the others is left out.
    fn acting_for(mut self, child: PersonId) -> Self {
        let Some(chosen) = self.children.iter().find(|kin| kin.id == child).cloned() else {
            return self;
        };
        self.affiliations.retain(|affiliation| {
            affiliation.profile != Profile::Guardian
                || chosen.affiliations.iter().any(|theirs| {
                    theirs.structure.id == affiliation.structure.id
                        && theirs.detail.level == affiliation.detail.level
                })
        });
        self.children = vec![chosen];
        self
    }

    /// The person in one structure only: what they are elsewhere is left out, and children who are elsewhere.
    fn acting_in(mut self, structure: StructureId) -> Self {
        let is_there = |affiliation: &Affiliation| affiliation.structure.id == structure;
        if !self.affiliations.iter().any(is_there) {
            return self;
        }
        self.affiliations.retain(is_there);
        for child in &mut self.children {
            child.affiliations.retain(is_there);
        }
        self.children.retain(|child| !child.affiliations.is_empty());
        self
    }

    /// Whether any affiliation is a staff one.
    pub fn is_staff(&self) -> bool {
        self.affiliations
            .iter()
            .any(|affiliation| affiliation.profile.is_staff())
    }
}

/// Names of a person. Control characters were removed and text normalised (NFC) where they came in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// Usual family name (`sn`).
    pub family: String,
    /// Birth name (`ENTPersonNomPatro`), empty when it is not told apart.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub birth: String,
    /// Usual first name (`givenName`).
    pub given: String,
    /// Other first names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<String>,
    /// `M.` or `Mme`, empty when unknown.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
}

impl Names {
    /// First name and family name, as pages show them.
    pub fn display(&self) -> String {
        format!("{} {}", self.given, self.family).trim().to_owned()
    }
}

/// A calendar date of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BirthDate {
    year: i16,
    month: i8,
    day: i8,
}

/// A text or date that no calendar has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a date of birth")]
pub struct NotADate;

impl BirthDate {
    /// A date that exists in the calendar, from 1880 on.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, NotADate> {
        match jiff::civil::Date::new(year, month, day) {
            Ok(_) if (1880..=2199).contains(&year) => Ok(Self { year, month, day }),
            _ => Err(NotADate),
        }
    }

    /// Reads `dd/mm/yyyy`, the form of the feeds.
    pub fn from_french(text: &str) -> Result<Self, NotADate> {
        let mut parts = text.trim().split('/');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(day), Some(month), Some(year), None) if year.len() == 4 => Self::new(
                year.parse().map_err(|_| NotADate)?,
                month.parse().map_err(|_| NotADate)?,
                day.parse().map_err(|_| NotADate)?,
            ),
            _ => Err(NotADate),
        }
    }

    /// `dd/mm/yyyy`, as Pronote and pages want it.
    pub fn french(self) -> String {
        format!("{:02}/{:02}/{:04}", self.day, self.month, self.year)
    }
}

impl fmt::Display for BirthDate {
    /// ISO 8601: `yyyy-mm-dd`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for BirthDate {
    type Err = NotADate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let date: jiff::civil::Date = text.parse().map_err(|_| NotADate)?;
        Self::new(date.year(), date.month(), date.day())
    }
}

impl TryFrom<String> for BirthDate {
    type Error = NotADate;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<BirthDate> for String {
    fn from(date: BirthDate) -> Self {
        date.to_string()
    }
}

/// Key of a record in the source that delivered it: unique there and nowhere else (IMP-06).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExternalKey {
    /// Name of the source: `toulouse`, `agriculture`.
    pub source: String,
    /// `ENTPersonJointure` in that source.
    pub key: String,
}

impl fmt::Display for ExternalKey {
    /// `TOULOUSE-1234567`, the external id that services know from other ENTs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.source.to_uppercase(), self.key)
    }
}

/// How to reach a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Mail address the person or the feed gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mail: Option<String>,
    /// Professional address given by the academy, the key for federation of agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub academic_mail: Option<String>,
    /// Home telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_phone: Option<String>,
    /// Work telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work_phone: Option<String>,
    /// Mobile telephone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<String>,
    /// Postal address, line by line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub address: Vec<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    /// Commune.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// Country.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
}

/// What a person is in one structure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affiliation {
    /// The structure.
    pub structure: StructureRef,
    /// The profile there.
    pub profile: Profile,
    /// Classes, groups, functions and the rest.
    pub detail: AffiliationDetail,
}

/// The structure of an affiliation, with what services ask about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StructureRef {
    /// Our own id.
    pub id: StructureId,
    /// Who delivers it: a feed, `local`.
    #[serde(default)]
    pub source: String,
    /// Key in its source.
    pub key: String,
    /// UAI of a school.
    pub uai: Option<Uai>,
    /// School, local authority or academy.
    pub kind: StructureKind,
    /// Name as shown.
    pub name: String,
    /// Type as the feed labels it: `COLLEGE`.
    pub kind_label: String,
    /// Supervising ministry, label.
    pub ministry: String,
}

/// Classes, groups and functions of an affiliation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AffiliationDetail {
    /// Classes: the pupil's own, or those a teacher has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Teaching groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// Functions of staff.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<Function>,
    /// Classes of which a teacher is the main one (professeur principal).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub main_teacher_of: Vec<String>,
    /// Class and subject code, for each a teacher has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub class_subjects: Vec<(String, String)>,
    /// MEF code of a pupil; those a teacher has.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mefs: Vec<String>,
    /// Label of the pupil's MEF.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mef_label: String,
    /// Level (`ENTEleveNivFormation`): `6EME`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub level: String,
    /// Stream (`ENTEleveFiliere`).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stream: String,
    /// Status (`ENTEleveStatutEleve`): `SCOLAIRE`, `APPRENTI`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// Boarding label (`ENTEleveRegime`).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub regime: String,
    /// Holds a grant (`ENTEleveBoursier`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scholarship: Option<bool>,
    /// Takes school transport (`ENTEleveTransport`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport: Option<bool>,
    /// Subjects: code and label.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<(String, String)>,
    /// Disciplines of a teacher's post.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub disciplines: Vec<String>,
    /// Identifier in the school's own system (`ENTEleveStructRattachId`), by which ÉduConnect knows
    /// the pupil.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub school_record: String,
}

/// A function of a member of staff.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Function {
    /// Code: `ENS`, `DIR`.
    pub code: String,
    /// Label.
    pub label: String,
    /// Code of the post, or of the discipline.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub post_code: String,
    /// Label of the post.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub post_label: String,
}

/// A child of a guardian or a guardian of a child, as the other may see them: names and schools,
/// never the address (separated parents must not find each other through the hub).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kin {
    /// Who.
    pub id: PersonId,
    /// Key in the feed.
    pub external: Option<ExternalKey>,
    /// Names.
    pub names: Names,
    /// Rank of legal responsibility of the guardian, 1 or 2.
    pub legal_rank: u8,
    /// Affiliations of the child as pupil; empty for a guardian.
    pub affiliations: Vec<Affiliation>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_feeds() {
        let date = BirthDate::from_french("14/09/1995").expect("a date");
        assert_eq!(
            (date.to_string().as_str(), date.french().as_str()),
            ("1995-09-14", "14/09/1995")
        );
        for bad in [
            "",
            "31/02/2010",
            "1/1",
            "14/09/95",
            "14/09/1995/1",
            "aa/bb/cccc",
            "01/01/1700",
        ] {
            assert_eq!(BirthDate::from_french(bad), Err(NotADate), "{bad}");
        }
    }
}

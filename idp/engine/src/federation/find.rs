//! Whose record a source means: by identifiers that somebody with authority gave, each looked for where the source
//! may speak; one person, or a stop (FED-02, FED-08). A name alone never finds anybody: it only tells a pupil's
//! guardians apart. Never links: [`super::link`] does.

use std::collections::{BTreeMap, BTreeSet};

use clau_domain::connector::{Connector, MatchBy, Scope, Trust};
use clau_domain::identity::{ExternalIdentity, Vector, VectorOf};
use clau_domain::ids::PersonId;
use clau_domain::names::fold;
use clau_domain::person::{Names, Person};
use clau_storage::matching::{self, Matched};
use clau_storage::{people, structures};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::{Cx, Hub};

/// Whose record it is.
#[derive(Debug)]
pub(crate) enum Found {
    /// This person's, and why.
    One(PersonId, Vec<Reason>),
    /// Nobody's for sure.
    Nobody(Stop),
}

/// Why nobody was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// No record fits.
    NobodyThere,
    /// Records of more than one person fit.
    Several,
    /// Somebody fits, and not where this source may speak.
    OutOfReach,
}

/// Why a match was made, for the person to see and for an operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// By what.
    pub by: ReasonBy,
    /// The child it is about, by first name; empty for the person themselves.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub child: String,
    /// The school it is about, or schools; empty where it is about none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
}

/// By what a match or a link was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonBy {
    /// An identifier of the source ([`MatchBy`]).
    Match(MatchBy),
    /// The person has typed the activation code of the account here.
    Code,
    /// The person has typed its password.
    Password,
    /// The person was signed in here.
    Session,
    /// The account was made at the first login.
    Created,
    /// An operator has said so.
    Operator,
}

/// People that one rule finds, each with why.
type Candidates = BTreeMap<PersonId, Vec<Reason>>;

/// A rule that contradicts itself ends the search: what another rule would find is not believed then.
enum Search {
    Found(Candidates),
    Stop(Stop),
}

impl Hub {
    /// Whose record a source means.
    pub(crate) async fn find_person(
        &self,
        cx: &Cx<'_>,
        connector: &Connector,
        identity: &ExternalIdentity,
    ) -> Result<Found, Error> {
        for by in &connector.matching {
            let search = match by {
                MatchBy::FeedKey => self.by_feed_keys(&connector.trust, identity).await?,
                MatchBy::Vector => self.by_vectors(&connector.trust, identity).await?,
                MatchBy::Key => self.by_key(&connector.trust, identity).await?,
                MatchBy::Ine => self.by_ine(identity).await?,
                MatchBy::AcademicMail => self.by_academic_mail(identity).await?,
                MatchBy::Pivot => self.by_pivot(identity).await?,
            };
            let candidates = match search {
                Search::Stop(stop) => return Ok(Found::Nobody(stop)),
                Search::Found(candidates) if candidates.is_empty() => continue,
                Search::Found(candidates) => candidates,
            };
            return self.settle(cx, connector, (*by, candidates)).await;
        }
        Ok(Found::Nobody(Stop::NobodyThere))
    }

    /// One of those found: within reach, or joined by keys that the same source has vouched for.
    async fn settle(
        &self,
        cx: &Cx<'_>,
        connector: &Connector,
        (by, candidates): (MatchBy, Candidates),
    ) -> Result<Found, Error> {
        let mut within = Vec::new();
        for (person, reasons) in candidates {
            let Some(found) = people::find(self.database(), person).await? else {
                continue;
            };
            let seen = found.clone().within(Scope::Within(&connector.trust));
            if seen.belongs() {
                within.push((found, reasons));
            }
        }
        match within.as_slice() {
            [] => Ok(Found::Nobody(Stop::OutOfReach)),
            [(person, reasons)] => Ok(Found::One(person.id, reasons.clone())),
            _ if by == MatchBy::FeedKey => self.unify(cx, connector, within).await,
            _ => Ok(Found::Nobody(Stop::Several)),
        }
    }

    /// Academy and key: exact in the feed of that academy (french-ent.md §4.3).
    async fn by_feed_keys(
        &self,
        trust: &Trust,
        identity: &ExternalIdentity,
    ) -> Result<Search, Error> {
        let mut candidates = Candidates::new();
        for key in &identity.feed_keys {
            let Some(source) = trust.source_of_academy(&key.academy) else {
                continue;
            };
            for found in matching::by_record(self.database(), source, &key.key).await? {
                let place = self.places_in(source, found.person).await?;
                let reason = Reason::by(MatchBy::FeedKey, "", &place);
                add(&mut candidates, found, reason);
            }
        }
        Ok(Search::Found(candidates))
    }

    /// The key in the feed of this very source.
    async fn by_key(&self, trust: &Trust, identity: &ExternalIdentity) -> Result<Search, Error> {
        let mut candidates = Candidates::new();
        let Some(key) = &identity.claims.key else {
            return Ok(Search::Found(candidates));
        };
        let feeds: BTreeSet<&String> = trust
            .sources
            .iter()
            .chain(trust.academies.values())
            .collect();
        for source in feeds {
            for found in matching::by_record(self.database(), source, key).await? {
                let place = self.places_in(source, found.person).await?;
                add(&mut candidates, found, Reason::by(MatchBy::Key, "", &place));
            }
        }
        Ok(Search::Found(candidates))
    }

    /// Where a feed says that somebody is, in words that they recognise: the names of its structures.
    async fn places_in(&self, source: &str, person: PersonId) -> Result<String, Error> {
        let person = people::find(self.database(), person).await?;
        let affiliations = person.iter().flat_map(|person| &person.affiliations);
        let there = affiliations.filter(|affiliation| affiliation.structure.source == source);
        let names: BTreeSet<&str> = there
            .map(|affiliation| affiliation.structure.name.as_str())
            .collect();
        Ok(names.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// FED-08: each vector is one tuple, and all of them mean one person. One about a school that is none of the
    /// region's says nothing here; one about a school of the region that fits nobody contradicts the others.
    async fn by_vectors(
        &self,
        trust: &Trust,
        identity: &ExternalIdentity,
    ) -> Result<Search, Error> {
        let mut together: Option<Candidates> = None;
        for vector in &identity.vectors {
            let Some(school) = structures::by_uai(self.database(), &vector.uai).await? else {
                continue;
            };
            if !trust.names_school(&vector.uai) && !trust.admits_source(&school.source) {
                continue;
            }
            let found = match self.by_vector(vector, &school.name).await? {
                Search::Stop(stop) => return Ok(Search::Stop(stop)),
                Search::Found(found) => found,
            };
            together = Some(match together {
                None => found,
                Some(before) => {
                    let same = before.keys().eq(found.keys());
                    if !same {
                        return Ok(Search::Stop(Stop::Several));
                    }
                    let mut both = before;
                    for (person, reasons) in found {
                        both.entry(person).or_default().extend(reasons);
                    }
                    both
                }
            });
        }
        Ok(Search::Found(together.unwrap_or_default()))
    }

    async fn by_vector(&self, vector: &Vector, school: &str) -> Result<Search, Error> {
        let pupils =
            matching::pupils_by_school_record(self.database(), &vector.uai, &vector.pupil).await?;
        // One pupil may have two records there.
        let mut pupils: Vec<Matched> = pupils;
        pupils.dedup_by_key(|pupil| pupil.person);
        let pupil = match pupils.as_slice() {
            [] => return Ok(Search::Stop(Stop::NobodyThere)),
            [pupil] => pupil.person,
            _ => return Ok(Search::Stop(Stop::Several)),
        };
        let VectorOf::Guardian {
            family_name,
            given_name,
        } = &vector.who
        else {
            let reason = Reason::by(MatchBy::Vector, "", school);
            return Ok(Search::Found(Candidates::from([(pupil, vec![reason])])));
        };
        let child = people::find(self.database(), pupil).await?;
        let child = child.map(|child| child.names.given).unwrap_or_default();
        let guardians = matching::guardians_of(self.database(), pupil).await?;
        let named: Vec<PersonId> = guardians
            .into_iter()
            .filter(|guardian| is_called(&guardian.names, family_name, given_name))
            .map(|guardian| guardian.person)
            .collect();
        match named.as_slice() {
            [] => Ok(Search::Stop(Stop::NobodyThere)),
            [guardian] => {
                let reason = Reason::by(MatchBy::Vector, &child, school);
                Ok(Search::Found(Candidates::from([(*guardian, vec![reason])])))
            }
            // Two guardians of one name: a stop, not a guess.
            _ => Ok(Search::Stop(Stop::Several)),
        }
    }

    async fn by_ine(&self, identity: &ExternalIdentity) -> Result<Search, Error> {
        let mut candidates = Candidates::new();
        if let Some(ine) = &identity.claims.ine {
            for found in matching::pupils_by_ine(self.database(), ine).await? {
                add(&mut candidates, found, Reason::by(MatchBy::Ine, "", ""));
            }
        }
        Ok(Search::Found(candidates))
    }

    /// The address that the academy gave, among staff.
    async fn by_academic_mail(&self, identity: &ExternalIdentity) -> Result<Search, Error> {
        let mut candidates = Candidates::new();
        if let Some(mail) = &identity.claims.academic_mail {
            for found in matching::staff_by_academic_mail(self.database(), mail).await? {
                add(
                    &mut candidates,
                    found,
                    Reason::by(MatchBy::AcademicMail, "", ""),
                );
            }
        }
        Ok(Search::Found(candidates))
    }

    /// Every field, there on both sides, and equal (french-ent.md §7.1). Feeds have no birth date of guardians,
    /// and no place of birth at all: those who are found were registered with them.
    async fn by_pivot(&self, identity: &ExternalIdentity) -> Result<Search, Error> {
        let claims = &identity.claims;
        let (Some(date), Some(given)) = (claims.birth_date, claims.given_names.first()) else {
            return Ok(Search::Found(Candidates::new()));
        };
        let asked = [&claims.birth_name, &claims.gender, &claims.birth_country];
        let born_in_france = claims.birth_country == "99100";
        let complete = asked.iter().all(|text| !text.is_empty())
            && (!born_in_france || !claims.birth_place.is_empty());
        if !complete {
            return Ok(Search::Found(Candidates::new()));
        }
        let mut candidates = Candidates::new();
        for person in matching::by_birth_date(self.database(), date).await? {
            let has = |name: &str, value: &str| {
                person
                    .further
                    .get(name)
                    .is_some_and(|known| known.iter().any(|known| known == value))
            };
            let birth = if person.names.birth.is_empty() {
                &person.names.family
            } else {
                &person.names.birth
            };
            let all = same_name(birth, &claims.birth_name)
                && same_name(&person.names.given, given)
                && has("gender", &claims.gender)
                && has("birth_country", &claims.birth_country)
                && (!born_in_france || has("birth_place", &claims.birth_place));
            if all {
                add(
                    &mut candidates,
                    person.matched,
                    Reason::by(MatchBy::Pivot, "", ""),
                );
            }
        }
        Ok(Search::Found(candidates))
    }
}

impl Reason {
    fn by(by: MatchBy, child: &str, place: &str) -> Self {
        Self {
            by: ReasonBy::Match(by),
            child: child.to_owned(),
            place: place.to_owned(),
        }
    }

    /// A reason that is no match.
    pub(crate) fn of(by: ReasonBy) -> Self {
        Self {
            by,
            child: String::new(),
            place: String::new(),
        }
    }
}

fn add(candidates: &mut Candidates, found: Matched, reason: Reason) {
    candidates.entry(found.person).or_default().push(reason);
}

/// Whether somebody has this name, as usual or as birth name.
fn is_called(names: &Names, family: &str, given: &str) -> bool {
    let family_fits = same_name(&names.family, family)
        || (!names.birth.is_empty() && same_name(&names.birth, family));
    family_fits && same_name(&names.given, given)
}

/// Whether two people are called the same: usual or birth name, and first name.
pub(super) fn have_one_name(left: &Person, right: &Person) -> bool {
    let birth = |person: &Person| person.names.birth.clone();
    let family_fits = same_name(&left.names.family, &right.names.family)
        || (!birth(left).is_empty() && same_name(&birth(left), &right.names.family))
        || (!birth(right).is_empty() && same_name(&left.names.family, &birth(right)))
        || (!birth(left).is_empty() && same_name(&birth(left), &birth(right)));
    family_fits && same_name(&left.names.given, &right.names.given)
}

/// Whether two names are one, but for accents, capitals, hyphens, spaces and apostrophes.
fn same_name(left: &str, right: &str) -> bool {
    let bare =
        |name: &str| -> String { fold(name).chars().filter(|c| c.is_alphanumeric()).collect() };
    let (left, right) = (bare(left), bare(right));
    // A name in another script folds to nothing, and nothing is no name.
    !left.is_empty() && left == right
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fed_08_names_are_compared_as_people_write_them() {
        assert!(same_name("D’HAUTPOUL", "d'hautpoul"));
        assert!(same_name("Jean-Éric", "JEAN ERIC"));
        assert!(!same_name("Martin", "Martine"));
        assert!(!same_name("", ""));
        assert!(!same_name("Ψ", "Ω"), "nothing is not a name");
    }
}

//! What the attributes of a CAS answer say of a person.
//!
//! Owns the names under which hubs send things. Takes the first name that is there, in the
//! attribute shapes of french-ent.md §8.2.

use super::client::Success;
use crate::services::person::{Class, Person, Role};

const PROFILES: &[&str] = &[
    "ENTPersonProfils",
    "ENTPersonProfil",
    "profile",
    "profiles",
    "profil",
    "user_profile",
    "categories",
];
const SCHOOLS: &[&str] = &[
    "ENTPersonStructRattachRNE",
    "ENTPersonStructRattachUAI",
    "UAI",
    "uai",
    "structures",
    "CodeRNE",
    "rne",
];
/// Classes by what they say: those taught, those of a pupil or of a guardian's children, and either.
const TAUGHT: &[&str] = &["ENTAuxEnsClasses"];
const ATTENDED: &[&str] = &["ENTEleveClasses", "eleveClasses"];
const CLASSES: &[&str] = &["ENTClasses", "ENTClasse", "classes"];
const GIVEN_NAMES: &[&str] = &[
    "givenName",
    "prenom",
    "ENTPersonPrenom",
    "Prenoms",
    "Prenom",
    "firstName",
    "firstname",
];
const FAMILY_NAMES: &[&str] = &["sn", "nom", "ENTPersonNom", "Nom", "lastName", "lastname"];
const FULL_NAMES: &[&str] = &["displayName", "cn", "fullname", "user_nom"];
const LEVELS: &[&str] = &["ENTEleveNivFormation", "niveau", "level"];

impl Person {
    /// Reads the answer of the hub.
    #[must_use]
    pub fn from_answer(answer: &Success) -> Self {
        let all = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| answer.attributes.get(*name))
                .cloned()
                .unwrap_or_default()
        };
        let one = |names: &[&str]| all(names).into_iter().next();
        let own_school = one(SCHOOLS).unwrap_or_default();
        let role = Role::of_profiles(all(PROFILES).iter().flat_map(|value| value.split(';')));
        let of = |names: &[&str]| -> Vec<Class> {
            all(names)
                .iter()
                .map(|value| class(value, &own_school))
                .collect()
        };
        let (named, either) = (of(TAUGHT), of(CLASSES));
        let mut taught = if named.is_empty() && role == Some(Role::Teacher) {
            either.clone()
        } else {
            named
        };
        let mut classes = [taught.clone(), of(ATTENDED), either].concat();
        for list in [&mut taught, &mut classes] {
            list.sort();
            list.dedup();
        }
        let given_name = one(GIVEN_NAMES);
        let name = one(FULL_NAMES).or_else(|| match (&given_name, one(FAMILY_NAMES)) {
            (Some(given), Some(family)) => Some(format!("{given} {family}")),
            (given, family) => given.clone().or(family),
        });
        Self {
            user: answer.user.clone(),
            name: name.unwrap_or_else(|| answer.user.clone()),
            role,
            taught,
            classes,
            level: one(LEVELS),
            given_name,
            ..Self::default()
        }
    }
}

/// `UAI$class`, or the class alone.
fn class(value: &str, own_school: &str) -> Class {
    match value.split_once('$') {
        Some((uai, name)) => Class {
            uai: uai.to_owned(),
            name: name.to_owned(),
        },
        None => Class {
            uai: own_school.to_owned(),
            name: value.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(attributes: &[(&str, &[&str])]) -> Success {
        Success {
            user: "u1".to_owned(),
            attributes: attributes
                .iter()
                .map(|(name, values)| {
                    (
                        (*name).to_owned(),
                        values.iter().map(|v| (*v).to_owned()).collect(),
                    )
                })
                .collect(),
            ..Success::default()
        }
    }

    #[test]
    fn reads_a_teacher_with_classes_in_two_schools() {
        let person = Person::from_answer(&answer(&[
            ("ENTPersonProfils", &["National_ENS", "National_3"]),
            ("prenom", &["Océane"]),
            ("nom", &["FABRE"]),
            (
                "ENTAuxEnsClasses",
                &["0318000C$6A", "0318003F$5EME 01", "0318000C$6A"],
            ),
        ]));
        assert_eq!(person.role, Some(Role::Teacher));
        assert_eq!(person.name, "Océane FABRE");
        assert_eq!(person.classes.len(), 2);
    }

    #[test]
    fn a_teacher_who_is_a_parent_reads_in_the_childs_class_and_writes_in_the_own() {
        let person = Person::from_answer(&answer(&[
            ("ENTPersonProfils", &["National_ENS", "National_TUT"]),
            ("ENTAuxEnsClasses", &["0318000C$6A"]),
            ("ENTEleveClasses", &["0318003F$3B"]),
        ]));
        let class = |uai: &str, name: &str| Class {
            uai: uai.to_owned(),
            name: name.to_owned(),
        };
        let (own, childs) = (class("0318000C", "6A"), class("0318003F", "3B"));
        assert!(person.has(&own) && person.has(&childs));
        assert!(person.teaches(&own) && !person.teaches(&childs));
    }

    #[test]
    fn a_class_without_school_is_of_the_own_school() {
        let person = Person::from_answer(&answer(&[
            ("profile", &["National_ELV"]),
            ("UAI", &["0318000C"]),
            ("classes", &["6°1"]),
        ]));
        assert_eq!(
            person.classes,
            [Class {
                uai: "0318000C".to_owned(),
                name: "6°1".to_owned()
            }]
        );
        assert_eq!(Person::from_answer(&answer(&[])).role, None);
    }
}

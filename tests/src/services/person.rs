//! The person as a reference service knows them: from the attributes of a CAS answer alone.
//!
//! Owns the names under which hubs send things. Takes the first name that is there, in the
//! attribute shapes of french-ent.md §8.2.

use serde::{Deserialize, Serialize};

use super::cas_client::Success;

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

/// What somebody is for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Teaches; writes in the notebook.
    Teacher,
    /// A pupil.
    Pupil,
    /// A guardian of pupils.
    Guardian,
    /// Anybody else of a school.
    Staff,
}

/// A class of a school.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Class {
    /// The school's UAI; empty where the hub does not say it.
    pub uai: String,
    /// The name of the class.
    pub name: String,
}

/// A signed-in person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// What the hub calls them for this service.
    pub user: String,
    /// Full name, or `user` where it is not sent.
    pub name: String,
    /// What they are; nothing where the service is not told.
    pub role: Option<Role>,
    /// Their classes, or their children's.
    pub classes: Vec<Class>,
    /// Those of them they teach.
    pub taught: Vec<Class>,
    /// Level of studies of a pupil.
    pub level: Option<String>,
}

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
        let role = all(PROFILES)
            .iter()
            .flat_map(|value| value.split(';'))
            .filter_map(role)
            .min_by_key(|role| *role as u8);
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
        let name = one(FULL_NAMES).or_else(|| match (one(GIVEN_NAMES), one(FAMILY_NAMES)) {
            (Some(given), Some(family)) => Some(format!("{given} {family}")),
            (given, family) => given.or(family),
        });
        Self {
            user: answer.user.clone(),
            name: name.unwrap_or_else(|| answer.user.clone()),
            role,
            taught,
            classes,
            level: one(LEVELS),
        }
    }

    /// Whether this class is theirs.
    #[must_use]
    pub fn has(&self, class: &Class) -> bool {
        self.classes.contains(class)
    }

    /// Whether they write in this class's notebook: a teacher does not in a child's.
    #[must_use]
    pub fn teaches(&self, class: &Class) -> bool {
        self.role == Some(Role::Teacher) && self.taught.contains(class)
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

/// New and old national profiles (french-ent.md §1.1), and plain words.
fn role(profile: &str) -> Option<Role> {
    match profile.trim() {
        "National_ENS" | "National_DOC" | "National_3" | "ENS" | "Teacher" => Some(Role::Teacher),
        "National_ELV" | "National_1" | "ELV" | "Student" => Some(Role::Pupil),
        "National_TUT" | "National_2" | "TUT" | "Relative" => Some(Role::Guardian),
        "" => None,
        _ => Some(Role::Staff),
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

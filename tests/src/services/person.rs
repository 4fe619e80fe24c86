//! The person as a reference service knows them. Who reads the hub's answer into it is the gate.

use serde::{Deserialize, Serialize};

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

impl Role {
    /// Reads a profile: new and old national codes (french-ent.md §1.1), and plain words.
    #[must_use]
    pub fn of_profile(profile: &str) -> Option<Self> {
        match profile.trim() {
            "National_ENS" | "National_DOC" | "National_3" | "ENS" | "Teacher" => {
                Some(Self::Teacher)
            }
            "National_ELV" | "National_1" | "ELV" | "Student" => Some(Self::Pupil),
            "National_TUT" | "National_2" | "TUT" | "Relative" => Some(Self::Guardian),
            "" => None,
            _ => Some(Self::Staff),
        }
    }

    /// What counts of several profiles.
    #[must_use]
    pub fn of_profiles<'a>(profiles: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        profiles
            .into_iter()
            .filter_map(Self::of_profile)
            .min_by_key(|role| *role as u8)
    }
}

/// A class of a school.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Class {
    /// The school's UAI; empty where the hub does not say it.
    pub uai: String,
    /// The name of the class.
    pub name: String,
}

/// A child of a guardian. Hubs tell identifiers and no names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Child {
    /// What the hub calls the child.
    pub uid: String,
    /// Key in the directory the child comes from; empty for nobody's.
    pub external_id: String,
}

/// A signed-in person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What the hub calls them everywhere, where it says so: by it a guardian's child is the pupil.
    #[serde(default)]
    pub uid: Option<String>,
    /// Given name alone.
    #[serde(default)]
    pub given_name: Option<String>,
    /// Their children.
    #[serde(default)]
    pub children: Vec<Child>,
    /// The ENT they come from, as it calls itself, where it says so.
    #[serde(default)]
    pub ent: Option<String>,
}

impl Person {
    /// Their child with this identifier.
    #[must_use]
    pub fn child(&self, uid: &str) -> Option<&Child> {
        self.children.iter().find(|child| child.uid == uid)
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

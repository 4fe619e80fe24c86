//! The cast: a few people of a delivery with something to show, and what systems upstream know of them.
//!
//! Owns who is chosen for which part and what is said of them. Whatever is said stands in the delivery or is
//! what its records were made of; nobody is made for the sake of a part.

use serde::Serialize;

use super::Plan;
use super::households::{self, Child, Guardian, Household};
use super::neighbours::{Neighbour, Standing};
use super::records;
use super::schools::{Kind, Region, School};
use super::staff::Member;

/// Somebody to log in as in the demo or in a test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Character {
    /// What this person stands for.
    pub role: Role,
    /// Key in the feed (`ENTPersonJointure`).
    pub key: String,
    /// Given name and usual name as made, before the office typed them.
    pub name: String,
    /// UAI of the schools concerned: own school, or the children's.
    pub schools: Vec<String>,
    /// The class, or the keys of the children.
    pub detail: Vec<String>,
    /// Number of the academy that sends the feed.
    pub academy: u8,
    /// What systems upstream know of them.
    pub identity: Identity,
    /// The children of a guardian, those of the other feed among them.
    pub children: Vec<Ward>,
    /// The same person in another feed: number of the academy and key.
    pub elsewhere: Vec<(u8, String)>,
}

/// What systems upstream know of somebody. Empty is what there is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Usual given name.
    pub given_name: String,
    /// Usual family name.
    pub family_name: String,
    /// Family name at birth.
    pub birth_name: String,
    /// Whether it is a woman or a girl.
    pub feminine: bool,
    /// Birth date (ISO 8601); none of guardians.
    pub birth_date: String,
    /// Academic address of staff.
    pub mail: String,
    /// INE of a pupil.
    pub ine: String,
    /// Number of a pupil in the school's own system.
    pub school_record: String,
}

/// A child of a guardian.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ward {
    /// Number of the academy whose feed has the child.
    pub academy: u8,
    /// Key in that feed.
    pub key: String,
    /// Number in the school's own system.
    pub school_record: String,
    /// The school.
    pub uai: String,
}

/// What a [`Character`] stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A pupil of a 3e or a Terminale, who has wishes to make.
    Pupil,
    /// A legal guardian with children in two schools.
    Parent,
    /// A main teacher of the pupil's class.
    Teacher,
    /// The head of the pupil's school.
    Head,
    /// One of two legal guardians of a child who have one name: by the name neither can be told.
    HomonymParent,
    /// A legal guardian with children in two schools of an academy and in one of agriculture: one human
    /// whom two feeds know by different keys.
    ParentOfTwoMinistries,
    /// A guardian of an agricultural feed who has the name of the one before and is somebody else.
    Homonym,
    /// A pupil of an agricultural lycée, or an apprentice.
    AgriculturalPupil,
    /// A teacher of an agricultural lycée, or of the centre of apprentices.
    AgriculturalTeacher,
}

/// Takes from a family whoever has a part.
pub(crate) fn family(
    plan: &Plan,
    region: &Region,
    (household, neighbour): (&Household, Option<&Neighbour>),
    summary: &mut super::Summary,
) {
    let scene = Scene { plan, region };
    let has = |role: Role| summary.cast.iter().any(|character| character.role == role);
    let mut found = Vec::new();
    match neighbour {
        None => {
            found.extend(
                (!has(Role::Pupil))
                    .then(|| scene.choosing(household))
                    .flatten(),
            );
            found.extend(
                (!has(Role::Parent))
                    .then(|| scene.parent(household))
                    .flatten(),
            );
            if !has(Role::HomonymParent) && household.has_parents_of_one_name() {
                let parents = household.legal_guardians().into_iter().take(2);
                found.extend(parents.filter_map(|position| {
                    scene.guardian(Role::HomonymParent, household, position)
                }));
            }
        }
        Some(neighbour) => {
            let standing = neighbour.standing(household.index);
            if let Standing::Shared(theirs) = standing
                && !has(Role::ParentOfTwoMinistries)
            {
                found.extend(scene.of_two_ministries(household, neighbour, theirs));
            }
            if standing == Standing::Homonym {
                found.extend(scene.guardian(Role::Homonym, household, 0));
            }
            for child in &household.children {
                let pupil = scene.pupil(Role::AgriculturalPupil, child);
                let known = |pupil: &Character| {
                    let mut all = summary.cast.iter();
                    all.any(|other| {
                        other.role == Role::AgriculturalPupil && other.schools == pupil.schools
                    })
                };
                let named =
                    |pupil: &Character| !pupil.identity.ine.is_empty() && standing == Standing::Own;
                found.extend(pupil.filter(|pupil| !known(pupil) && named(pupil)));
            }
        }
    }
    summary.cast.extend(found);
}

/// Keeps a main teacher of the pupil's class and the head of the school, or a teacher of each school.
pub(crate) fn member(
    plan: &Plan,
    region: &Region,
    (member, mail): (&Member, &str),
    summary: &mut super::Summary,
) {
    let Some(school) = region.schools.iter().find(|school| {
        let first = member.functions.first();
        first.is_some_and(|function| function.0 == school.key)
    }) else {
        return;
    };
    if member.attached.is_none() {
        return;
    }
    let mail = match records::has_mail(member, plan.seed) {
        true => mail,
        false => "",
    };
    let role = if school.kind.is_agricultural() {
        (member.teaches && !mail.is_empty()).then_some(Role::AgriculturalTeacher)
    } else {
        of_the_pupils_school(member, school, &summary.cast)
    };
    let known = |role: Role| {
        let mut all = summary.cast.iter();
        all.any(|other| {
            let same_place =
                !school.kind.is_agricultural() || other.schools == [school.uai.clone()];
            other.role == role && same_place
        })
    };
    let Some(role) = role.filter(|role| !known(*role)) else {
        return;
    };
    let identity = Identity {
        birth_date: iso(member.birth),
        mail: mail.to_owned(),
        ..named(&member.usual_name, &member.birth_name, member.given)
    };
    let classes = member.classes.iter().map(|(class, _, _)| class.clone());
    summary.cast.push(Character {
        schools: vec![school.uai.clone()],
        detail: classes.collect(),
        ..bare(role, plan, member.key.clone(), identity)
    });
}

fn of_the_pupils_school(member: &Member, school: &School, cast: &[Character]) -> Option<Role> {
    let pupil = cast
        .iter()
        .find(|character| character.role == Role::Pupil)?;
    if pupil.schools.first() != Some(&school.uai) {
        return None;
    }
    let mut classes = member.classes.iter();
    let own_class = classes.any(|(class, _, main)| *main && pupil.detail.first() == Some(class));
    match (member.is_head, own_class) {
        (true, _) => Some(Role::Head),
        (_, true) => Some(Role::Teacher),
        _ => None,
    }
}

/// What a family is looked at with.
struct Scene<'a> {
    plan: &'a Plan,
    region: &'a Region,
}

impl Scene<'_> {
    /// A pupil with wishes to make, who has a parent.
    fn choosing(&self, household: &Household) -> Option<Character> {
        let has_parent = |child: &&Child| {
            let mut relations = child.relations.iter();
            relations.any(|r| r.legal == 1 && r.kinship != 70)
        };
        let mut children = household.children.iter();
        let child = children
            .find(|child| (child.level.age == 14 || child.level.age == 17) && has_parent(child))?;
        self.pupil(Role::Pupil, child)
    }

    /// A parent of children in two schools.
    fn parent(&self, household: &Household) -> Option<Character> {
        let first = household.guardians.iter().enumerate().find(|(place, _)| {
            household.children.iter().all(|child| {
                let mut relations = child.relations.iter();
                relations.any(|r| r.guardian == *place && r.legal > 0)
            })
        });
        let parent = self.guardian(Role::Parent, household, first?.0)?;
        (parent.schools.len() > 1).then_some(parent)
    }

    /// A parent whom the neighbour knows as well, with children in two schools there and one here.
    fn of_two_ministries(
        &self,
        household: &Household,
        neighbour: &Neighbour,
        theirs: (usize, usize),
    ) -> Option<Character> {
        let family = neighbour.family(theirs)?;
        let place = *family.legal_guardians().first()?;
        let known_as = family.guardians.get(place)?;
        let wards: Vec<Ward> = wards(&family, place, neighbour.region(), neighbour.academy());
        let mut schools: Vec<String> = wards.iter().map(|ward| ward.uai.clone()).collect();
        schools.sort();
        schools.dedup();
        if schools.len() < 2 {
            return None;
        }
        let mut parent = self.guardian(Role::ParentOfTwoMinistries, household, 0)?;
        parent.schools.extend(schools);
        parent.children.extend(wards);
        let key = households::key(known_as.number);
        parent.elsewhere = vec![(neighbour.academy(), key)];
        Some(parent)
    }

    fn guardian(&self, role: Role, household: &Household, place: usize) -> Option<Character> {
        let guardian: &Guardian = household.guardians.get(place)?;
        let children = wards(household, place, self.region, self.plan.academy.code());
        let mut schools: Vec<String> = children.iter().map(|ward| ward.uai.clone()).collect();
        schools.sort();
        schools.dedup();
        let identity = named(&guardian.usual_name, &guardian.birth_name, guardian.given);
        let key = households::key(guardian.number);
        Some(Character {
            schools,
            detail: children.iter().map(|ward| ward.key.clone()).collect(),
            children,
            ..bare(role, self.plan, key, identity)
        })
    }

    fn pupil(&self, role: Role, child: &Child) -> Option<Character> {
        let school = self.region.schools.get(child.school)?;
        let class = child.class_name(school).unwrap_or_default();
        let identity = Identity {
            birth_date: iso(child.birth),
            ine: records::ine_of(child, school),
            school_record: child.school_record(),
            ..named(&child.usual_name, &child.birth_name, child.given)
        };
        let mut detail = vec![class.to_owned()];
        if school.kind == Kind::Cfaa {
            detail.push("APPRENTI".to_owned());
        }
        Some(Character {
            schools: vec![school.uai.clone()],
            detail,
            ..bare(role, self.plan, households::key(child.number), identity)
        })
    }
}

/// The children whom a guardian answers for.
fn wards(household: &Household, place: usize, region: &Region, academy: u8) -> Vec<Ward> {
    let children = household.children.iter().filter(|child| {
        let mut relations = child.relations.iter();
        relations.any(|r| r.guardian == place && r.legal > 0)
    });
    let wards = children.filter_map(|child| {
        Some(Ward {
            academy,
            key: households::key(child.number),
            school_record: child.school_record(),
            uai: region.schools.get(child.school)?.uai.clone(),
        })
    });
    wards.collect()
}

fn named(usual: &str, birth: &str, given: super::names::Given) -> Identity {
    Identity {
        given_name: given.first.to_owned(),
        family_name: usual.to_owned(),
        birth_name: birth.to_owned(),
        feminine: given.feminine,
        ..Identity::default()
    }
}

fn bare(role: Role, plan: &Plan, key: String, identity: Identity) -> Character {
    Character {
        role,
        key,
        name: format!("{} {}", identity.given_name, identity.family_name),
        schools: Vec::new(),
        detail: Vec::new(),
        academy: plan.academy.code(),
        identity,
        children: Vec::new(),
        elsewhere: Vec::new(),
    }
}

fn iso((year, month, day): (u16, u8, u8)) -> String {
    format!("{year:04}-{month:02}-{day:02}")
}

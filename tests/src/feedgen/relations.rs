//! Who is responsible for whom in a family: the relations between pupils and adults.
//!
//! Owns kinship, legal rank and payer with the shares of french-ent.md §2.4 and §12: separated
//! parents, other contacts, half-siblings, pupils of age who are their own guardians.

use super::Plan;
use super::draw::{Draw, at};
use super::households::{Household, Relation};
use super::{names, places};

impl Household {
    pub(super) fn relate(&mut self, plan: &Plan, draw: &mut Draw, alone: bool) {
        if alone {
            return;
        }
        let parents = self.guardians.len();
        let old_codes = draw.chance(20);
        let first_kinship = self.first_kinship(draw, parents);
        let contacts = at(&[0, 0, 0, 0, 0, 0, 0, 1, 1, 2], draw.below(10));
        let mut others = Vec::new();
        for _ in 0..contacts {
            let kinship = draw.pick(&[38, 38, 39, 39, 37, 41, 42, 43, 90]);
            let home = self.homes.len();
            let area = draw.below(plan.schools.div_ceil(12).max(1));
            self.homes
                .push(places::home(draw, plan.academy.code(), area));
            let name = names::family(draw);
            let feminine = draw.chance(600);
            others.push((
                self.adult(draw, (name.clone(), name), feminine, home),
                kinship,
            ));
        }
        let other_father =
            (self.children.len() > 1 && parents == 2 && draw.chance(60)).then(|| {
                let name = names::family(draw);
                self.homes.push(places::home(draw, plan.academy.code(), 0));
                let home = self.homes.len() - 1;
                (
                    self.adult(draw, (name.clone(), name.clone()), false, home),
                    name,
                )
            });
        let second_pays = draw.chance(300);
        for position in 0..self.children.len() {
            let own_father = other_father.as_ref().filter(|_| position == 1);
            let mut relations: Vec<Relation> = (0..parents)
                .map(|parent| {
                    let guardian = if parent == 1 {
                        own_father.map_or(1, |(index, _)| *index)
                    } else {
                        parent
                    };
                    let feminine = self
                        .guardians
                        .get(guardian)
                        .is_some_and(|g| g.given.feminine);
                    let kinship = if parent == 0 {
                        first_kinship
                    } else if feminine {
                        10
                    } else {
                        20
                    };
                    Relation {
                        guardian,
                        kinship,
                        financial: (parent == 1) == (second_pays && parents == 2),
                        legal: if parent == 0 { 1 } else { 2 },
                        contact: draw.chance(600),
                        payment: parent == 0 && draw.chance(500),
                    }
                })
                .collect();
            for (guardian, kinship) in &others {
                relations.push(Relation {
                    guardian: *guardian,
                    kinship: *kinship,
                    financial: false,
                    legal: 0,
                    contact: true,
                    payment: false,
                });
            }
            let own_guardian = self.is_adult(plan, position) && draw.chance(600);
            if own_guardian {
                relations = vec![self.own_guardian(draw, position)];
            }
            if old_codes {
                for relation in &mut relations {
                    relation.kinship = old_kinship(relation.kinship);
                }
            }
            if let Some(child) = self.children.get_mut(position) {
                child.relations = relations;
                if let Some((_, name)) = own_father {
                    child.birth_name.clone_from(name);
                    child.usual_name.clone_from(name);
                }
            }
        }
        self.forget_unrelated();
    }

    /// Gives the second legal guardian the names of the first: names that say nothing of who is who.
    pub(super) fn give_parents_one_name(&mut self) {
        let [first, second, ..] = self.legal_guardians()[..] else {
            return;
        };
        let Some(family) = self.guardians.get(first).map(|g| g.usual_name.clone()) else {
            return;
        };
        for position in [first, second] {
            if let Some(guardian) = self.guardians.get_mut(position) {
                guardian.birth_name.clone_from(&family);
                guardian.usual_name.clone_from(&family);
                guardian.given.first = names::OF_BOTH;
            }
        }
    }

    /// Whether two who answer for every child cannot be told by their names.
    pub(super) fn has_parents_of_one_name(&self) -> bool {
        let [first, second, ..] = self.legal_guardians()[..] else {
            return false;
        };
        let name = |position: usize| {
            let guardian = self.guardians.get(position);
            guardian.map(|g| (g.usual_name.as_str(), g.given.first))
        };
        name(first) == name(second)
    }

    /// The positions of those who answer for every child, the first in rank first.
    pub(super) fn legal_guardians(&self) -> Vec<usize> {
        let answers = |position: &usize| {
            let mut children = self.children.iter();
            children.all(|child| {
                let mut relations = child.relations.iter();
                relations.any(|r| r.guardian == *position && r.legal > 0 && r.kinship != 70)
            })
        };
        let mut found: Vec<usize> = (0..self.guardians.len()).filter(answers).collect();
        found.sort_by_key(|position| {
            let first = self.children.first();
            let mut relations = first.into_iter().flat_map(|child| &child.relations);
            relations.find(|r| r.guardian == *position).map(|r| r.legal)
        });
        found
    }

    /// The kinship of the first legal guardian: mostly the mother, where alone sometimes nobody's.
    fn first_kinship(&self, draw: &mut Draw, parents: usize) -> u8 {
        let feminine = self.guardians.first().is_some_and(|g| g.given.feminine);
        let parent = if feminine { 10 } else { 20 };
        let unusual = parents == 1 && draw.chance(150);
        if unusual {
            at(&[50, 51, 38], draw.below(3))
        } else {
            parent
        }
    }

    fn is_adult(&self, plan: &Plan, position: usize) -> bool {
        self.children.get(position).is_some_and(|child| {
            let (year, month, day) = child.birth;
            let today = plan.date;
            let eighteen = (year + 18, month, day);
            eighteen
                <= (
                    u16::try_from(today.year()).unwrap_or(0),
                    today.month().unsigned_abs(),
                    today.day().unsigned_abs(),
                )
        })
    }

    /// The pupil as his own guardian: the same human under a second key.
    fn own_guardian(&mut self, draw: &mut Draw, position: usize) -> Relation {
        let (names, given) = self.children.get(position).map_or_else(
            || ((String::new(), String::new()), names::given(draw, true)),
            |child| {
                (
                    (child.birth_name.clone(), child.usual_name.clone()),
                    child.given,
                )
            },
        );
        let guardian = self.adult(draw, names, given.feminine, 0);
        if let Some(record) = self.guardians.get_mut(guardian) {
            record.given = given;
        }
        Relation {
            guardian,
            kinship: 70,
            financial: true,
            legal: 1,
            contact: true,
            payment: true,
        }
    }

    /// Drops adults no child refers to: a family whose only child is of age has no parent here.
    fn forget_unrelated(&mut self) {
        let used: Vec<bool> = (0..self.guardians.len())
            .map(|index| {
                self.children
                    .iter()
                    .any(|c| c.relations.iter().any(|r| r.guardian == index))
            })
            .collect();
        let mut places = Vec::with_capacity(used.len());
        let mut next = 0;
        for is_used in &used {
            places.push(next);
            next += usize::from(*is_used);
        }
        let mut keep = used.iter();
        self.guardians
            .retain(|_| keep.next().copied().unwrap_or(false));
        for child in &mut self.children {
            for relation in &mut child.relations {
                relation.guardian = places
                    .get(relation.guardian)
                    .copied()
                    .unwrap_or(relation.guardian);
            }
        }
    }
}

/// The code academies used before the national nomenclature of 2015 (french-ent.md §1.8).
fn old_kinship(kinship: u8) -> u8 {
    match kinship {
        10 => 2,
        20 => 1,
        50 => 3,
        37..=39 => 4,
        51 => 5,
        70 => 7,
        _ => 6,
    }
}

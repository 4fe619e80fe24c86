//! Families with children in the schools of two feeds, each of which knows the parents by keys of its own.
//!
//! Owns which households of a feed are those of another one, as the other one made them on the first day.
//! Never changes the other feed: it is made without knowing of this.

use super::Plan;
use super::draw::Draw;
use super::households::{self, Guardian, Household, Relation};
use super::schools::{Kind, Region, School};

/// One household in so many is shared.
const SHARED_EVERY: usize = 3;
/// A household whose first parent has the name of the first shared one's, and is somebody else.
const HOMONYM: usize = 4;
/// Households of the neighbour that are looked at.
const LOOKED_AT: usize = 2_000;

/// The feed beside this one, as far as it matters here.
pub(crate) struct Neighbour {
    plan: Plan,
    region: Region,
    /// Households with a parent who answers for all children, by number and most children; those with two
    /// schools first.
    families: Vec<Family>,
}

/// A household of the neighbour: its number, and how many children it may have.
type Family = (usize, usize);

/// What a household is to the neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Nothing.
    Own,
    /// One of its own.
    Shared(Family),
    /// Of the same name as the first shared one.
    Homonym,
}

impl Neighbour {
    /// The neighbour of a plan, if it has one.
    pub(crate) fn of(plan: &Plan) -> Option<Self> {
        let plan = plan.neighbour.as_deref()?.clone();
        let region = Region::new(&plan);
        let in_two_schools = |household: &Household| {
            let mut schools = household.children.iter().map(|child| child.school);
            let first = schools.next();
            schools.any(|school| Some(school) != first)
        };
        let (mut wide, mut narrow) = (Vec::new(), Vec::new());
        let mut children = 0;
        for index in 0..LOOKED_AT {
            let rest = plan.pupils.saturating_sub(children);
            let Some(household) = Household::new(&plan, &region, index, rest).filter(|_| rest > 0)
            else {
                break;
            };
            children += household.children.len();
            let parents = household.legal_guardians();
            if parents.is_empty() || household.has_parents_of_one_name() {
                continue;
            }
            if in_two_schools(&household) {
                wide.push((index, rest));
            } else {
                narrow.push((index, rest));
            }
        }
        // The first one has a part of its own in the neighbour's cast.
        let mut families: Vec<Family> = wide.split_off(wide.len().min(1));
        families.append(&mut wide);
        families.append(&mut narrow);
        Some(Self {
            plan,
            region,
            families,
        })
    }

    /// What the household with this number is.
    pub(crate) fn standing(&self, index: usize) -> Standing {
        if index == HOMONYM {
            return Standing::Homonym;
        }
        let shared = self.families.get(index / SHARED_EVERY);
        match shared.filter(|_| index.is_multiple_of(SHARED_EVERY)) {
            Some(family) => Standing::Shared(*family),
            None => Standing::Own,
        }
    }

    /// The household with this number in the feed of `plan`, which has this neighbour.
    pub(crate) fn household(
        &self,
        plan: &Plan,
        region: &Region,
        index: usize,
        limit: usize,
    ) -> Option<Household> {
        match self.standing(index) {
            Standing::Own => Household::new(plan, region, index, limit),
            Standing::Shared(family) => {
                let theirs = self.family(family)?;
                shared(plan, region, index, &theirs)
                    .or_else(|| Household::new(plan, region, index, limit))
            }
            Standing::Homonym => {
                let theirs = self.family(*self.families.first()?)?;
                let mut draw = Draw::keyed(plan.seed, "homonym", index as u64);
                let mut homonym = single(plan, region, index, &mut draw)?;
                let model = theirs.guardians.get(*theirs.legal_guardians().first()?)?;
                if let Some(guardian) = homonym.guardians.first_mut() {
                    guardian.birth_name.clone_from(&model.birth_name);
                    guardian.usual_name.clone_from(&model.usual_name);
                    guardian.given = model.given;
                }
                Some(homonym)
            }
        }
    }

    /// A household of the neighbour.
    pub(crate) fn family(&self, (index, limit): Family) -> Option<Household> {
        Household::new(&self.plan, &self.region, index, limit)
    }

    /// Its schools.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// The number of its academy.
    pub(crate) fn academy(&self) -> u8 {
        self.plan.academy.code()
    }
}

/// The household under another number: the same parents and homes, and one more child, who goes to a lycée
/// here. None where there is no such school.
fn shared(plan: &Plan, region: &Region, index: usize, theirs: &Household) -> Option<Household> {
    let mut draw = Draw::keyed(plan.seed, "shared household", index as u64);
    let first = theirs.children.first()?;
    let parents = theirs.legal_guardians();
    let mut household = bare(index, theirs);
    for (position, place) in parents.iter().enumerate() {
        let guardian = theirs.guardians.get(*place)?;
        household.guardians.push(Guardian {
            number: households::guardian_number(index, position),
            ..guardian.clone()
        });
    }
    let names = (first.birth_name.clone(), first.usual_name.clone());
    let school = lycee(region, &mut draw)?;
    let mut child = household.child(plan, &mut draw, school, None, &names)?;
    child.birth_name.clone_from(&first.birth_name);
    child.usual_name.clone_from(&first.usual_name);
    child.home = first.home;
    let answered = first.relations.iter().filter_map(|relation| {
        let position = parents
            .iter()
            .position(|place| *place == relation.guardian)?;
        Some(Relation {
            guardian: position,
            ..relation.clone()
        })
    });
    child.relations = answered.collect();
    // Whoever pays may be among those who are not here.
    let pays = |relation: &Relation| relation.financial;
    if !child.relations.iter().any(pays)
        && let Some(relation) = child.relations.first_mut()
    {
        relation.financial = true;
    }
    household.children.push(child);
    Some(household)
}

/// A household of one parent and one child, who goes to a lycée here.
fn single(plan: &Plan, region: &Region, index: usize, draw: &mut Draw) -> Option<Household> {
    let model = (index..index + 200)
        .filter_map(|other| Household::new(plan, region, other, 1))
        .find(|household| !household.legal_guardians().is_empty())?;
    let place = *model.legal_guardians().first()?;
    let guardian = model.guardians.get(place)?;
    let first = model.children.first()?;
    let relation = first.relations.iter().find(|r| r.guardian == place)?;
    let mut household = bare(index, &model);
    household.guardians.push(Guardian {
        number: households::guardian_number(index, 0),
        ..guardian.clone()
    });
    let names = (first.birth_name.clone(), first.usual_name.clone());
    let school = lycee(region, draw)?;
    let mut child = household.child(plan, draw, school, None, &names)?;
    child.relations = vec![Relation {
        guardian: 0,
        financial: true,
        legal: 1,
        ..relation.clone()
    }];
    household.children.push(child);
    Some(household)
}

fn bare(index: usize, model: &Household) -> Household {
    Household {
        index,
        homes: model.homes.clone(),
        guardians: Vec::new(),
        children: Vec::new(),
    }
}

fn lycee<'r>(region: &'r Region, draw: &mut Draw) -> Option<&'r School> {
    let all = region.schools.iter();
    let lycees: Vec<&School> = all.filter(|school| school.kind == Kind::Legta).collect();
    lycees.get(draw.below(lycees.len())).copied()
}

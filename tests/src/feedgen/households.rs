//! Families: children in schools of the region, and the adults the academy links to them.
//!
//! Owns who lives with whom, names in a family, and what changes for a family from one day to the
//! next; who is responsible for whom is in `relations`. A household is made from its number alone;
//! none is remembered.

use super::catalogue::Level;
use super::draw::{Draw, at, happened};
use super::names::{self, Given};
use super::places::{self, Home};
use super::schools::{Kind, Region, School};
use super::{Plan, birth_year_base};

/// Keys a household may use: six for children, the rest for adults.
pub(crate) const KEYS_PER_HOUSEHOLD: usize = 16;
const FIRST_KEY: usize = 1_000_000;
const FIRST_ADULT: usize = 6;
/// Adults of the feed whom no pupil refers to.
const FIRST_STRANGER_KEY: usize = 5_000_000;
/// Some of the first families have two parents of one name: by a name alone neither can be told.
const NAMESAKES_UP_TO: usize = 1_000;
const NAMESAKES_EVERY: usize = 50;
const NAMESAKES_AT: usize = 23;

/// A guardian or another adult.
#[derive(Debug, Clone)]
pub(crate) struct Guardian {
    pub(crate) number: usize,
    pub(crate) title: &'static str,
    pub(crate) birth_name: String,
    pub(crate) usual_name: String,
    pub(crate) given: Given,
    pub(crate) home: usize,
}

/// What ties a pupil to an adult: the six fields of `ENTElevePersRelEleve` after the key.
#[derive(Debug, Clone)]
pub(crate) struct Relation {
    /// Index in the household's guardians.
    pub(crate) guardian: usize,
    pub(crate) kinship: u8,
    pub(crate) financial: bool,
    pub(crate) legal: u8,
    pub(crate) contact: bool,
    pub(crate) payment: bool,
}

/// A pupil.
#[derive(Debug, Clone)]
pub(crate) struct Child {
    pub(crate) number: usize,
    pub(crate) birth_name: String,
    pub(crate) usual_name: String,
    pub(crate) given: Given,
    pub(crate) birth: (u16, u8, u8),
    pub(crate) school: usize,
    pub(crate) level: &'static Level,
    pub(crate) class: usize,
    pub(crate) relations: Vec<Relation>,
    pub(crate) home: usize,
}

/// A family.
#[derive(Debug, Clone)]
pub(crate) struct Household {
    pub(crate) index: usize,
    pub(crate) homes: Vec<Home>,
    pub(crate) guardians: Vec<Guardian>,
    pub(crate) children: Vec<Child>,
}

/// The key of the person with this number.
pub(crate) fn key(number: usize) -> String {
    (FIRST_KEY + number).to_string()
}

/// The number of an adult of a household.
pub(crate) fn guardian_number(household: usize, position: usize) -> usize {
    household * KEYS_PER_HOUSEHOLD + FIRST_ADULT + position
}

/// An adult of the feed whom no pupil of it refers to.
pub(crate) fn stranger(plan: &Plan, index: usize) -> (String, Guardian, Home) {
    let mut draw = Draw::keyed(plan.seed, "stranger", index as u64);
    let feminine = draw.chance(550);
    let name = names::family(&mut draw);
    let area = draw.below(plan.schools.div_ceil(12).max(1));
    let guardian = Guardian {
        number: FIRST_STRANGER_KEY - FIRST_KEY + index,
        title: title(&mut draw, feminine, 230),
        birth_name: name.clone(),
        usual_name: name,
        given: names::given(&mut draw, feminine),
        home: 0,
    };
    let home = places::home(&mut draw, plan.academy.code(), area);
    (key(guardian.number), guardian, home)
}

impl Household {
    /// The family with this number as it was on the first day, with `limit` children at most.
    pub(crate) fn new(plan: &Plan, region: &Region, index: usize, limit: usize) -> Option<Self> {
        let mut draw = Draw::keyed(plan.seed, "household", index as u64);
        let school = region.any_school(&mut draw)?;
        let area = school.area;
        // Nobody answers for an apprentice.
        let alone = draw.chance(30) || school.kind == Kind::Cfaa;
        let mut household = Self {
            index,
            homes: vec![places::home(&mut draw, plan.academy.code(), area)],
            guardians: Vec::new(),
            children: Vec::new(),
        };
        let names = household.adults(plan, &mut draw, area, alone);
        let first = household.child(plan, &mut draw, school, None, &names)?;
        let age = first.level.age;
        household.children.push(first);
        let siblings = if alone {
            0
        } else {
            at(&[0, 0, 0, 0, 0, 0, 1, 1, 1, 2], draw.below(10))
        };
        for _ in 0..siblings.min(limit.saturating_sub(1)) {
            let gap = u16::try_from(draw.between(0, 5)).unwrap_or(0);
            let sibling_age = if draw.chance(500) {
                age + gap
            } else {
                age.saturating_sub(gap)
            };
            let Some(school) = region.school_for_age(&mut draw, sibling_age, area) else {
                continue;
            };
            if let Some(child) = household.child(plan, &mut draw, school, Some(sibling_age), &names)
            {
                household.children.push(child);
            }
        }
        household.relate(plan, &mut draw, alone);
        for child in &mut household.children {
            let school = region.schools.get(child.school);
            if school.is_some_and(|school| school.kind == Kind::Cfaa) {
                child.relations.clear();
            }
        }
        if index < NAMESAKES_UP_TO && index % NAMESAKES_EVERY == NAMESAKES_AT {
            household.give_parents_one_name();
        }
        Some(household)
    }

    /// The family on the plan's day: who left, moved, changed class, school or name since.
    pub(crate) fn on_day(&mut self, plan: &Plan, region: &Region) {
        let (seed, day) = (plan.seed, plan.day);
        let moved = |purpose: &str, number: usize, share: usize| {
            happened(seed, purpose, number as u64, share, day)
        };
        if moved("move", self.index, 100) {
            let mut draw = Draw::keyed(seed, "new home", self.index as u64);
            let area = self.index % plan.schools.div_ceil(12).max(1);
            if let Some(home) = self.homes.first_mut() {
                *home = places::home(&mut draw, plan.academy.code(), area);
            }
        }
        for guardian in &mut self.guardians {
            if moved("rename", guardian.number, 40) {
                let mut draw = Draw::keyed(seed, "new name", guardian.number as u64);
                guardian.usual_name = names::family(&mut draw);
            }
        }
        self.children
            .retain(|child| !moved("leave", child.number, 60));
        for child in &mut self.children {
            let mut draw = Draw::keyed(seed, "other class", child.number as u64);
            if moved("change school", child.number, 30) {
                let area = region.schools.get(child.school).map_or(0, |s| s.area);
                if let Some(school) = region.school_for_age(&mut draw, child.level.age, area) {
                    child.school = school.index;
                    if let Some(offer) = school
                        .offers
                        .iter()
                        .find(|offer| offer.level.age == child.level.age)
                    {
                        child.level = offer.level;
                        child.class = draw.below(offer.classes.len());
                    }
                }
            } else if moved("change class", child.number, 80) {
                child.class += 1;
            }
        }
    }

    /// Makes the adults and gives the names their children may bear: (father's, mother's).
    fn adults(
        &mut self,
        plan: &Plan,
        draw: &mut Draw,
        area: usize,
        alone: bool,
    ) -> (String, String) {
        let father_name = names::family(draw);
        let mother_name = names::family(draw);
        if alone {
            return (father_name, mother_name);
        }
        let married = draw.chance(450);
        let two = draw.chance(475);
        let same_sex = draw.chance(10);
        let first_feminine = two || draw.chance(830);
        let second_feminine = same_sex == first_feminine;
        let names_of = |feminine: bool| {
            if feminine {
                (
                    mother_name.clone(),
                    if married {
                        father_name.clone()
                    } else {
                        mother_name.clone()
                    },
                )
            } else {
                (father_name.clone(), father_name.clone())
            }
        };
        let first = names_of(first_feminine);
        self.adult(draw, first, first_feminine, 0);
        if two {
            let separated = draw.chance(300);
            let home = if separated {
                self.homes
                    .push(places::home(draw, plan.academy.code(), area));
                self.homes.len() - 1
            } else {
                0
            };
            let second = names_of(second_feminine);
            self.adult(draw, second, second_feminine, home);
        }
        (father_name, mother_name)
    }

    pub(super) fn adult(
        &mut self,
        draw: &mut Draw,
        (birth_name, usual_name): (String, String),
        feminine: bool,
        home: usize,
    ) -> usize {
        let position = self.guardians.len();
        self.guardians.push(Guardian {
            number: guardian_number(self.index, position),
            title: title(draw, feminine, 230),
            birth_name,
            usual_name,
            given: names::given(draw, feminine),
            home,
        });
        position
    }

    pub(super) fn child(
        &self,
        plan: &Plan,
        draw: &mut Draw,
        school: &School,
        age: Option<u16>,
        names: &(String, String),
    ) -> Option<Child> {
        let (father, mother) = names;
        let fits = |level: &Level| age.is_none_or(|age| level.age == age);
        let shares = school.offers.iter().map(|offer| {
            if fits(offer.level) {
                offer.level.share
            } else {
                0
            }
        });
        let offer = school.offers.get(draw.weighted(shares))?;
        let feminine = draw.chance(490);
        let mut given = names::given(draw, feminine);
        let mut family = match draw.below(10) {
            0 => mother.clone(),
            1 => format!("{father}-{mother}"),
            _ => father.clone(),
        };
        if draw.chance(12) {
            (family, given) = names::homonym(draw);
        }
        let usual = if draw.chance(25) {
            mother.clone()
        } else {
            family.clone()
        };
        let repeated = u16::from(draw.chance(80));
        Some(Child {
            number: self.index * KEYS_PER_HOUSEHOLD + self.children.len(),
            birth_name: family,
            usual_name: usual,
            given,
            birth: (
                birth_year_base(plan.date).saturating_sub(offer.level.age + repeated),
                u8::try_from(draw.between(1, 12)).unwrap_or(1),
                u8::try_from(draw.between(1, 28)).unwrap_or(1),
            ),
            school: school.index,
            level: offer.level,
            class: draw.below(offer.classes.len()),
            relations: Vec::new(),
            home: 0,
        })
    }
}

impl Child {
    /// The name of the class on this day.
    pub(crate) fn class_name<'r>(&self, school: &'r School) -> Option<&'r str> {
        let offer = school
            .offers
            .iter()
            .find(|offer| offer.level.mef == self.level.mef)?;
        offer
            .classes
            .get(self.class % offer.classes.len().max(1))
            .map(String::as_str)
    }

    /// Number in the school's own system (`ENTEleveStructRattachId`).
    pub(crate) fn school_record(&self) -> String {
        (100_000 + self.number).to_string()
    }
}

fn title(draw: &mut Draw, feminine: bool, missing: usize) -> &'static str {
    if draw.chance(missing) {
        ""
    } else if !feminine {
        "M."
    } else if draw.chance(40) {
        "Mlle"
    } else {
        "Mme"
    }
}

//! The schools of a region: how many, where, how large, with which classes.
//!
//! Owns the layout, which is small (a few hundred schools) and held in memory; people are not.
//! Never decides which pupil sits where: households and staff draw from this layout.

use super::catalogue::{
    AGRICULTURAL_LEVELS, AGRICULTURE, APPRENTICE_LEVELS, COLLEGE, COLLEGE_LEVELS, LYCEE,
    LYCEE_LEVELS, Level, SEGPA_LEVELS, Subject, VOCATIONAL, VOCATIONAL_LEVELS,
};
use super::draw::{Draw, at};
use super::places::{self, Commune};
use super::{Academy, Plan};

/// The kinds of school the generator knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    College,
    Lycee,
    LyceePro,
    /// A section inside a collège with a number and staff of its own.
    Segpa,
    /// A lycée of the Ministry of Agriculture.
    Legta,
    /// A centre of apprentices of the Ministry of Agriculture, with a number of its own beside the lycée's.
    Cfaa,
}

impl Kind {
    /// Whether such a school is the Ministry of Agriculture's.
    pub(crate) fn is_agricultural(self) -> bool {
        matches!(self, Self::Legta | Self::Cfaa)
    }
}

/// One year of one course in one school, with its classes.
#[derive(Debug, Clone)]
pub(crate) struct Offer {
    pub(crate) level: &'static Level,
    pub(crate) classes: Vec<String>,
}

/// One school.
#[derive(Debug, Clone)]
pub(crate) struct School {
    pub(crate) index: usize,
    pub(crate) kind: Kind,
    pub(crate) key: String,
    pub(crate) uai: String,
    pub(crate) name: String,
    pub(crate) commune: Commune,
    pub(crate) area: usize,
    /// Relative size: the mean number of pupils of such a school in France.
    pub(crate) weight: usize,
    /// Number of staff records whose main school this is.
    pub(crate) staff: usize,
    pub(crate) offers: Vec<Offer>,
    /// The school this one is part of.
    pub(crate) host: Option<String>,
}

/// A replacement zone: a structure of the feed that is no school.
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    pub(crate) key: String,
    pub(crate) uai: String,
    pub(crate) name: String,
}

/// All structures of a region.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) schools: Vec<School>,
    pub(crate) zones: Vec<Zone>,
    total_weight: usize,
}

/// The kinds in the order in which an area gets its schools.
const PATTERN: &[Kind] = &[
    Kind::College,
    Kind::Lycee,
    Kind::College,
    Kind::College,
    Kind::LyceePro,
    Kind::Lycee,
    Kind::College,
    Kind::College,
    Kind::Lycee,
    Kind::College,
    Kind::College,
    Kind::Segpa,
];
/// The same for the agricultural schools of a region.
const AGRICULTURAL_PATTERN: &[Kind] = &[Kind::Legta, Kind::Legta, Kind::Legta, Kind::Cfaa];
/// Numbers in UAI begin here, and for agricultural schools there.
const FIRST_NUMBER: usize = 8_000;
const FIRST_AGRICULTURAL_NUMBER: usize = 9_500;
/// Staff in thousandths that belong to a replacement zone and to no school.
const REPLACEMENT_SHARE: usize = 20;

impl Region {
    /// Lays out the region of a plan.
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut schools: Vec<School> = (0..plan.schools)
            .map(|index| bare_school(plan, index))
            .collect();
        let total_weight = schools
            .iter()
            .map(|school| school.weight)
            .sum::<usize>()
            .max(1);
        let in_schools = plan.staff - plan.staff * replacement_share(plan.academy) / 1000;
        let mut given = 0;
        let mut weight_so_far = 0;
        for school in &mut schools {
            weight_so_far += school.weight;
            let up_to_here = in_schools * weight_so_far / total_weight;
            school.staff = up_to_here - given;
            given = up_to_here;
            let pupils = plan.pupils * school.weight / total_weight;
            school.offers = offers(school.kind, pupils, at(&[0, 1, 2, 0], school.index));
        }
        let hosts: Vec<Option<String>> = schools
            .iter()
            .map(|school| {
                let host = match school.kind {
                    Kind::Segpa => schools.get(school.index.checked_sub(1)?)?,
                    Kind::Cfaa => schools.first()?,
                    _ => return None,
                };
                Some(host.key.clone())
            })
            .collect();
        for (school, host) in schools.iter_mut().zip(hosts) {
            school.host = host;
        }
        let zones = match plan.academy {
            Academy::Agriculture => 0,
            _ => plan.schools.div_ceil(40),
        };
        let zones = (0..zones).map(|index| zone(plan.academy, index)).collect();
        Self {
            schools,
            zones,
            total_weight,
        }
    }

    /// A school drawn in proportion to its size.
    pub(crate) fn any_school(&self, draw: &mut Draw) -> Option<&School> {
        let mut rest = draw.below(self.total_weight);
        for school in &self.schools {
            if rest < school.weight {
                return Some(school);
            }
            rest -= school.weight;
        }
        None
    }

    /// A school which has a level for this age, near `area` in nine cases of ten where there is one.
    pub(crate) fn school_for_age(&self, draw: &mut Draw, age: u16, area: usize) -> Option<&School> {
        let near = draw.chance(900);
        let fits = |school: &&School| school.offers.iter().any(|offer| offer.level.age == age);
        let here: Vec<&School> = self
            .schools
            .iter()
            .filter(|s| s.area == area)
            .filter(fits)
            .collect();
        if near && !here.is_empty() {
            return Some(at(&here, draw.below(here.len())));
        }
        // Few levels, many schools: a handful of tries finds one without a list of them all.
        for _ in 0..12 {
            let index = draw.below(self.schools.len());
            if let Some(school) = self.schools.get(index).filter(|s| fits(s)) {
                return Some(school);
            }
        }
        here.first().copied()
    }
}

impl School {
    /// The subjects taught here.
    pub(crate) fn subjects(&self) -> &'static [Subject] {
        match self.kind {
            Kind::College | Kind::Segpa => COLLEGE,
            Kind::Lycee => LYCEE,
            Kind::LyceePro => VOCATIONAL,
            Kind::Legta | Kind::Cfaa => AGRICULTURE,
        }
    }

    /// Label of the kind as `ENTStructureTypeStruct` has it, nature code, and short name.
    pub(crate) fn kind_labels(&self) -> (&'static str, &'static str, &'static str) {
        match self.kind {
            Kind::College => ("COLLEGE", "340", "CLG"),
            Kind::Segpa => ("SECTION ENSEIGT GENERAL ET PROF ADAPTE", "390", "SEGPA"),
            Kind::Lycee => ("LYCEE GENERAL ET TECHNOLOGIQUE", "302", "LGT"),
            Kind::LyceePro => ("LYCEE PROFESSIONNEL", "320", "LP"),
            Kind::Legta => ("LYCEE ENS GENERAL TECHNO PROF AGRICOLE", "307", "LEGTA"),
            // Its number in the nomenclature was not seen.
            Kind::Cfaa => ("CENTRE DE FORMATION D'APPRENTIS AGRICOLE", "", "CFAA"),
        }
    }

    /// All classes with their level, in the order of the offers.
    pub(crate) fn classes(&self) -> impl Iterator<Item = (&str, &'static Level)> {
        self.offers.iter().flat_map(|offer| {
            offer
                .classes
                .iter()
                .map(|class| (class.as_str(), offer.level))
        })
    }

    /// Groups with their label and the classes they draw from: half classes, languages.
    pub(crate) fn groups(&self) -> Vec<(String, String, Vec<&str>)> {
        let mut groups = Vec::new();
        for offer in &self.offers {
            let classes: Vec<&str> = offer.classes.iter().map(String::as_str).collect();
            for class in &classes {
                for half in 1..=2 {
                    groups.push((
                        half_class(class, half),
                        format!("{class} GROUPE {half}"),
                        vec![*class],
                    ));
                }
            }
            for language in LANGUAGES {
                groups.push((
                    language_group(offer.level, language),
                    format!("{} {language} LV2", offer.level.label),
                    classes.clone(),
                ));
            }
        }
        groups
    }
}

/// Languages a pupil may have as second, each a group of a level.
pub(crate) const LANGUAGES: &[&str] = &["ESPAGNOL", "ALLEMAND", "OCCITAN", "ITALIEN"];

/// The name of the group of a level for a language.
pub(crate) fn language_group(level: &Level, language: &str) -> String {
    let short: String = language.chars().take(3).collect();
    format!("{}{short}", level.prefix)
}

/// The name of the half of a class.
pub(crate) fn half_class(class: &str, half: usize) -> String {
    format!("{class}GP{half}")
}

/// The key of a school, and of those which are not in the feed though its people mention them.
pub(crate) fn structure_key(index: usize) -> String {
    (30_000 + index * 3).to_string()
}

/// A key that looks like a school's and is none of this feed.
pub(crate) fn dangling_key(draw: &mut Draw) -> String {
    (30_001 + draw.below(900) * 3).to_string()
}

/// Staff in thousandths that serve a zone: agricultural schools have none.
fn replacement_share(academy: Academy) -> usize {
    match academy {
        Academy::Agriculture => 0,
        _ => REPLACEMENT_SHARE,
    }
}

fn bare_school(plan: &Plan, index: usize) -> School {
    let (pattern, first) = match plan.academy {
        Academy::Agriculture => (AGRICULTURAL_PATTERN, FIRST_AGRICULTURAL_NUMBER),
        _ => (PATTERN, FIRST_NUMBER),
    };
    let kind = at(pattern, index);
    let area = index / pattern.len();
    let mut draw = Draw::keyed(plan.seed, "school", index as u64);
    let communes = places::communes(plan.academy.code(), area);
    let commune = at(communes, index % pattern.len());
    let mean = match kind {
        Kind::College => 460,
        Kind::Lycee => 810,
        Kind::LyceePro => 310,
        Kind::Segpa => 60,
        Kind::Legta => 300,
        Kind::Cfaa => 120,
    };
    let same_kind = |i: &usize| at(pattern, *i) == kind;
    let rank = (0..index).filter(same_kind).count();
    School {
        index,
        kind,
        key: structure_key(index),
        uai: places::uai(commune.department, first + index),
        name: places::school_name(kind, rank),
        commune,
        area,
        weight: mean * draw.between(75, 125) / 100,
        staff: 0,
        offers: Vec::new(),
        host: None,
    }
}

fn offers(kind: Kind, pupils: usize, style: usize) -> Vec<Offer> {
    let levels = match kind {
        Kind::College => COLLEGE_LEVELS,
        Kind::Segpa => SEGPA_LEVELS,
        Kind::Lycee => LYCEE_LEVELS,
        Kind::LyceePro => VOCATIONAL_LEVELS,
        Kind::Legta => AGRICULTURAL_LEVELS,
        Kind::Cfaa => APPRENTICE_LEVELS,
    };
    let total: usize = levels.iter().map(|level| level.share).sum();
    levels
        .iter()
        .map(|level| {
            let count = (pupils * level.share)
                .div_ceil(total * level.class_size)
                .max(1);
            Offer {
                level,
                classes: (0..count).map(|n| class_name(level, n, style)).collect(),
            }
        })
        .collect()
}

/// A class name in the style of the school: «6A» or «6EME 01», «2NDE3».
fn class_name(level: &Level, number: usize, style: usize) -> String {
    let letters = ["A", "B", "C", "D", "E", "F", "G", "H", "J", "K", "L", "M"];
    match (style, letters.get(number)) {
        (0, Some(letter)) if level.age < 15 => format!("{}{letter}", level.prefix),
        (2, _) if level.age < 15 => format!("{}EME {:02}", level.prefix, number + 1),
        (1, _) if level.age < 15 => format!("{}°{}", level.prefix, number + 1),
        _ => format!("{}{}", level.prefix, number + 1),
    }
}

fn zone(academy: Academy, index: usize) -> Zone {
    let commune = at(places::communes(academy.code(), index), 0);
    let number = 1_016_001 + index;
    // The letter after the right one: such numbers fail the check in real feeds too.
    let right = u32::try_from(number).map_or('A', places::check_letter);
    let wrong = if right == 'V' { 'W' } else { 'V' };
    Zone {
        key: (29_000 + index * 3).to_string(),
        uai: format!("{number}{wrong}"),
        name: format!("Z.REMP-{}-AC_{}", commune.name, academy.label()),
    }
}

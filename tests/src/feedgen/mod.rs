//! The generator of complete AAF feeds of any size (french-ent.md §2).
//!
//! Owns the plan of a region and the writing of a delivery from it: made-up people with the habits
//! and the oddities of real feeds, the same bytes for the same plan. Constant memory: schools are
//! held, people are made from their number and forgotten. Never copies a value from a real feed.
//!
//! ```no_run
//! use clau_tests::feedgen::{self, Plan};
//! let summary = feedgen::write(&Plan::tiny(), std::path::Path::new("target/feed"))?;
//! assert_eq!(summary.pupils, 60);
//! # Ok::<(), std::io::Error>(())
//! ```

mod catalogue;
mod draw;
pub mod faults;
mod households;
mod names;
mod places;
#[cfg(test)]
mod reader_tests;
mod records;
mod reference;
mod relations;
mod schools;
mod staff;
#[cfg(test)]
mod tests;
mod xml;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

pub use xml::WrittenFile;

use households::Household;
use schools::Region;
use xml::{Delivery, Kind, Series, Sink};

/// The academy that sends the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Academy {
    /// Code 16.
    Toulouse,
    /// Code 11.
    Montpellier,
}

impl Academy {
    /// The national code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Toulouse => 16,
            Self::Montpellier => 11,
        }
    }

    /// The name in capitals, as feeds have it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Toulouse => "TOULOUSE",
            Self::Montpellier => "MONTPELLIER",
        }
    }
}

/// What to make.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Same seed, same people.
    pub seed: u64,
    /// Schools; replacement zones come on top.
    pub schools: usize,
    /// Pupils on the first day.
    pub pupils: usize,
    /// Guardian records on the first day: those the pupils refer to, filled up to this number with
    /// adults whom no pupil of the feed refers to. Never fewer than the pupils need.
    pub guardians: usize,
    /// Staff records on the first day.
    pub staff: usize,
    /// The date of the first day.
    pub date: Date,
    /// Days after the first: each brings some arrivals, leavers, moves and new names.
    pub day: u32,
    /// Who sends it.
    pub academy: Academy,
    /// First part of the file names.
    pub project: String,
    /// A chunk is ended when it is larger than this.
    pub chunk_bytes: usize,
}

impl Plan {
    /// Two schools and sixty pupils, in small chunks: for tests.
    #[must_use]
    pub fn tiny() -> Self {
        Self {
            schools: 2,
            pupils: 60,
            guardians: 100,
            staff: 30,
            chunk_bytes: 40_000,
            ..Self::region()
        }
    }

    /// Six schools and about 2,500 people.
    #[must_use]
    pub fn demo() -> Self {
        Self {
            schools: 6,
            pupils: 900,
            guardians: 1_400,
            staff: 220,
            chunk_bytes: 400_000,
            ..Self::region()
        }
    }

    /// A whole region: 300 schools, 575,000 people.
    #[must_use]
    pub fn region() -> Self {
        Self {
            seed: 1,
            schools: 300,
            pupils: 220_000,
            guardians: 330_000,
            staff: 25_000,
            date: Date::constant(2026, 11, 16),
            day: 0,
            academy: Academy::Toulouse,
            project: "ENTCLAU".to_owned(),
            chunk_bytes: 1_500_000,
        }
    }

    /// The same region one day later.
    #[must_use]
    pub fn next_day(&self) -> Self {
        Self {
            day: self.day + 1,
            ..self.clone()
        }
    }

    /// The date of the delivery.
    fn delivered_on(&self) -> Date {
        self.date
            .checked_add(jiff::Span::new().days(i64::from(self.day)))
            .unwrap_or(self.date)
    }
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Schools.
    pub schools: usize,
    /// Replacement zones: structures of the feed that are no schools.
    pub zones: usize,
    /// Pupil records.
    pub pupils: usize,
    /// Guardian records.
    pub guardians: usize,
    /// Those of them whom no pupil of the feed refers to.
    pub unrelated_guardians: usize,
    /// Staff records.
    pub staff: usize,
    /// Subject records.
    pub subjects: usize,
    /// MEF records.
    pub mefs: usize,
    /// The files in the order they were written.
    pub files: Vec<WrittenFile>,
    /// A few people with something to show.
    pub cast: Vec<Character>,
}

impl Summary {
    /// Records of all kinds.
    #[must_use]
    pub fn records(&self) -> usize {
        self.schools
            + self.zones
            + self.pupils
            + self.guardians
            + self.staff
            + self.subjects
            + self.mefs
    }
}

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
}

/// Writes the delivery of a plan: into a directory, or into an archive where the name ends in
/// `.zip`, `.tar.gz` or `.tgz`.
///
/// # Errors
/// Those of the file system, and `InvalidInput` for a plan without schools.
pub fn write(plan: &Plan, target: &Path) -> io::Result<Summary> {
    if plan.schools == 0 || plan.staff < plan.schools {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a plan needs at least one school, and as many staff as schools",
        ));
    }
    let region = Region::new(plan);
    let mut sink = Sink::create(target)?;
    sink.put("ficAlimMENESR.dtd", xml::DTD.as_bytes())?;
    let date = plan.delivered_on();
    let delivery = Delivery {
        project: plan.project.clone(),
        day: format!("{:04}{:02}{:02}", date.year(), date.month(), date.day()),
        written_on: format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year()),
        academy_code: plan.academy.code(),
        chunk_bytes: plan.chunk_bytes.max(1),
    };
    let mut summary = Summary {
        schools: region.schools.len(),
        zones: region.zones.len(),
        ..Summary::default()
    };
    families(plan, &region, &delivery, &mut sink, &mut summary)?;
    employees(plan, &region, &delivery, &mut sink, &mut summary)?;
    let mut structures = Series::new(Kind::Structure, &delivery);
    reference::structures(&mut structures, &mut sink, plan, &region)?;
    summary.files.extend(structures.finish(&mut sink, false)?);
    let mut subjects = Series::new(Kind::Subject, &delivery);
    summary.subjects = reference::subjects(&mut subjects, &mut sink)?;
    summary.files.extend(subjects.finish(&mut sink, false)?);
    let mut mefs = Series::new(Kind::Mef, &delivery);
    summary.mefs = reference::mefs(&mut mefs, &mut sink)?;
    summary.files.extend(mefs.finish(&mut sink, false)?);
    sink.finish()?;
    Ok(summary)
}

fn families(
    plan: &Plan,
    region: &Region,
    delivery: &Delivery,
    sink: &mut Sink,
    summary: &mut Summary,
) -> io::Result<()> {
    let mut pupils = Series::new(Kind::Pupil, delivery);
    let mut guardians = Series::new(Kind::Guardian, delivery);
    let arrivals = (plan.pupils * 6 * usize::try_from(plan.day).unwrap_or(0)).div_ceil(1000);
    let (mut made, mut adults, mut index) = (0, 0, 0);
    while made < plan.pupils + arrivals {
        let first_day = made < plan.pupils;
        let goal = if first_day {
            plan.pupils
        } else {
            plan.pupils + arrivals
        };
        let Some(mut household) = Household::new(plan, region, index, goal - made) else {
            break;
        };
        index += 1;
        made += household.children.len();
        if first_day {
            adults += household.guardians.len();
        }
        household.on_day(plan, region);
        characters(region, &household, summary);
        for child in &household.children {
            records::pupil(&mut pupils, &household, child, region);
            pupils.end(sink)?;
        }
        for (position, guardian) in household.guardians.iter().enumerate() {
            let home = household.homes.get(guardian.home);
            records::guardian(&mut guardians, guardian, home, plan.seed);
            guardians.end(sink)?;
            let related = household
                .children
                .iter()
                .any(|c| c.relations.iter().any(|r| r.guardian == position));
            summary.unrelated_guardians += usize::from(!related);
        }
        summary.pupils += household.children.len();
        summary.guardians += household.guardians.len();
    }
    for stranger in 0..plan.guardians.saturating_sub(adults) {
        let (_, guardian, home) = households::stranger(plan, stranger);
        records::guardian(&mut guardians, &guardian, Some(&home), plan.seed);
        guardians.end(sink)?;
        summary.guardians += 1;
        summary.unrelated_guardians += 1;
    }
    summary.files.extend(pupils.finish(sink, false)?);
    summary.files.extend(guardians.finish(sink, true)?);
    Ok(())
}

fn employees(
    plan: &Plan,
    region: &Region,
    delivery: &Delivery,
    sink: &mut Sink,
    summary: &mut Summary,
) -> io::Result<()> {
    let mut series = Series::new(Kind::Staff, delivery);
    let mut mails: HashMap<String, u32> = HashMap::new();
    for member in staff::all(plan, region) {
        let mail = format!(
            "{}.{}",
            names::mail_part(member.given.first),
            names::mail_part(&member.usual_name)
        );
        let homonyms = mails.entry(mail.clone()).or_insert(0);
        *homonyms += 1;
        let number = if *homonyms > 1 {
            homonyms.to_string()
        } else {
            String::new()
        };
        let mail = format!(
            "{mail}{number}@ac-{}.example",
            plan.academy.label().to_lowercase()
        );
        records::staff(&mut series, &member, &mail, plan.seed);
        series.end(sink)?;
        summary.staff += 1;
        staff_characters(region, &member, summary);
    }
    summary.files.extend(series.finish(sink, false)?);
    Ok(())
}

/// Keeps the first pupil with wishes to make and the first parent with children in two schools.
fn characters(region: &Region, household: &Household, summary: &mut Summary) {
    let has = |role: Role| summary.cast.iter().any(|character| character.role == role);
    let uai = |school: usize| {
        region
            .schools
            .get(school)
            .map(|s| s.uai.clone())
            .unwrap_or_default()
    };
    let choosing = household.children.iter().find(|child| {
        (child.level.age == 14 || child.level.age == 17)
            && child
                .relations
                .iter()
                .any(|r| r.legal == 1 && r.kinship != 70)
    });
    let mut found = Vec::new();
    if let Some(child) = choosing.filter(|_| !has(Role::Pupil)) {
        let class = region
            .schools
            .get(child.school)
            .and_then(|school| child.class_name(school))
            .unwrap_or_default();
        found.push(Character {
            role: Role::Pupil,
            key: households::key(child.number),
            name: format!("{} {}", child.given.first, child.usual_name),
            schools: vec![uai(child.school)],
            detail: vec![class.to_owned()],
        });
    }
    let mut places: Vec<String> = household
        .children
        .iter()
        .map(|child| uai(child.school))
        .collect();
    places.sort();
    places.dedup();
    let parent = household
        .guardians
        .iter()
        .enumerate()
        .find(|(position, _)| {
            household.children.iter().all(|c| {
                c.relations
                    .iter()
                    .any(|r| r.guardian == *position && r.legal > 0)
            })
        });
    if let Some((_, guardian)) = parent.filter(|_| places.len() > 1 && !has(Role::Parent)) {
        found.push(Character {
            role: Role::Parent,
            key: households::key(guardian.number),
            name: format!("{} {}", guardian.given.first, guardian.usual_name),
            schools: places,
            detail: household
                .children
                .iter()
                .map(|child| households::key(child.number))
                .collect(),
        });
    }
    summary.cast.extend(found);
}

/// Keeps a main teacher of the pupil's class, and the head of the school.
fn staff_characters(region: &Region, member: &staff::Member, summary: &mut Summary) {
    let Some(pupil) = summary
        .cast
        .iter()
        .find(|character| character.role == Role::Pupil)
    else {
        return;
    };
    let Some(school) = region
        .schools
        .iter()
        .find(|school| pupil.schools.first() == Some(&school.uai))
    else {
        return;
    };
    let here = member
        .functions
        .first()
        .is_some_and(|function| function.0 == school.key);
    let own_class = member
        .classes
        .iter()
        .any(|(class, _, main)| *main && pupil.detail.first() == Some(class));
    let role = match (member.is_head, own_class) {
        (true, _) => Role::Head,
        (_, true) => Role::Teacher,
        _ => return,
    };
    if !here
        || member.attached.is_none()
        || summary.cast.iter().any(|character| character.role == role)
    {
        return;
    }
    let character = Character {
        role,
        key: member.key.clone(),
        name: format!("{} {}", member.given.first, member.usual_name),
        schools: vec![school.uai.clone()],
        detail: member
            .classes
            .iter()
            .map(|(class, _, _)| class.clone())
            .collect(),
    };
    summary.cast.push(character);
}

/// The calendar year in which the school year of a date begins.
fn birth_year_base(date: Date) -> u16 {
    let year = u16::try_from(date.year()).unwrap_or(2026);
    if date.month() >= 8 { year } else { year - 1 }
}

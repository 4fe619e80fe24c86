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

#[cfg(test)]
mod agriculture_tests;
mod catalogue;
mod characters;
mod draw;
pub mod faults;
mod households;
mod names;
mod neighbours;
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

pub use characters::{Character, Identity, Role, Ward};
pub use xml::WrittenFile;

use households::Household;
use neighbours::Neighbour;
use schools::Region;
use xml::{Delivery, Kind, Series, Sink};

/// The academy that sends the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Academy {
    /// Code 16.
    Toulouse,
    /// Code 11.
    Montpellier,
    /// Code 98: no academy, but what stands in its place for the schools of the Ministry of Agriculture
    /// (french-ent.md §2.10).
    Agriculture,
}

impl Academy {
    /// The national code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Toulouse => 16,
            Self::Montpellier => 11,
            Self::Agriculture => 98,
        }
    }

    /// The name in capitals, as feeds have it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Toulouse => "TOULOUSE",
            Self::Montpellier => "MONTPELLIER",
            Self::Agriculture => "AGRICOLE",
        }
    }

    /// What stands behind the `@` of the addresses that it gives its staff.
    #[must_use]
    pub fn mail_domain(self) -> &'static str {
        match self {
            Self::Toulouse => "ac-toulouse.example",
            Self::Montpellier => "ac-montpellier.example",
            Self::Agriculture => "educagri.example",
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
    /// A region whose families have children here as well.
    pub neighbour: Option<Box<Plan>>,
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
            neighbour: None,
        }
    }

    /// The agricultural schools beside this region, in a feed of their own: three lycées and a centre of
    /// apprentices, with a child of one family in three of its own there.
    #[must_use]
    pub fn agriculture(&self) -> Self {
        Self {
            schools: 4,
            pupils: (self.pupils / 6).max(40),
            guardians: 0,
            staff: 64,
            academy: Academy::Agriculture,
            project: "ENTAGRI".to_owned(),
            neighbour: Some(Box::new(self.clone())),
            ..self.clone()
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

/// Writes the delivery of a plan: into a directory, or into an archive where the name ends in
/// `.zip`, `.tar.gz` or `.tgz`.
///
/// # Errors
/// Those of the file system, and `InvalidInput` for a plan without schools.
pub fn write(plan: &Plan, target: &Path) -> io::Result<Summary> {
    check(plan)?;
    deliver(plan, Sink::create(target)?)
}

/// A few people of a plan with something to show, without a delivery.
///
/// # Errors
/// As [`write`].
pub fn cast(plan: &Plan) -> io::Result<Vec<Character>> {
    check(plan)?;
    Ok(deliver(plan, Sink::Nowhere)?.cast)
}

fn check(plan: &Plan) -> io::Result<()> {
    if plan.schools == 0 || plan.staff < plan.schools {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "a plan needs at least one school, and as many staff as schools",
        ));
    }
    Ok(())
}

fn deliver(plan: &Plan, mut sink: Sink) -> io::Result<Summary> {
    let region = Region::new(plan);
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
    summary.subjects = reference::subjects(&mut subjects, &mut sink, plan)?;
    summary.files.extend(subjects.finish(&mut sink, false)?);
    let mut mefs = Series::new(Kind::Mef, &delivery);
    summary.mefs = reference::mefs(&mut mefs, &mut sink, plan)?;
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
    let neighbour = Neighbour::of(plan);
    let (mut made, mut adults, mut index) = (0, 0, 0);
    while made < plan.pupils + arrivals {
        let first_day = made < plan.pupils;
        let goal = if first_day {
            plan.pupils
        } else {
            plan.pupils + arrivals
        };
        let made_now = match &neighbour {
            Some(neighbour) => neighbour.household(plan, region, index, goal - made),
            None => Household::new(plan, region, index, goal - made),
        };
        let Some(mut household) = made_now else {
            break;
        };
        index += 1;
        made += household.children.len();
        if first_day {
            adults += household.guardians.len();
        }
        household.on_day(plan, region);
        characters::family(plan, region, (&household, neighbour.as_ref()), summary);
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
        let mail = format!("{mail}{number}@{}", plan.academy.mail_domain());
        records::staff(&mut series, &member, &mail, plan.seed);
        series.end(sink)?;
        summary.staff += 1;
        characters::member(plan, region, (&member, &mail), summary);
    }
    summary.files.extend(series.finish(sink, false)?);
    Ok(())
}

/// A name in plain letters, as old software writes it.
#[must_use]
pub fn plain_letters(name: &str) -> String {
    names::without_accents(name)
}

/// The calendar year in which the school year of a date begins.
fn birth_year_base(date: Date) -> u16 {
    let year = u16::try_from(date.year()).unwrap_or(2026);
    if date.month() >= 8 { year } else { year - 1 }
}

//! Staff: heads, teachers with their subjects and classes, school life, offices, counsellors who
//! serve twenty schools, replacement teachers of a zone.
//!
//! Owns who does what where. Every class has a teacher in each of its school's subjects as far as
//! there are teachers enough. A member of staff is made from the position in the school alone.

use super::catalogue::{
    ASSISTANT, BURSAR, COUNSELLOR, DEPUTY, EDUCATION, Function, HEAD, INTEGRATION, LABORATORY,
    LIBRARY, NOTHING, NURSE, OFFICE, SUPPORT, Subject,
};
use super::draw::{Draw, at, happened};
use super::names::{self, Given};
use super::schools::{self, Region, School};
use super::{Plan, birth_year_base};

const FIRST_KEY: usize = 7_000_000;

/// What a member of staff does in the main school.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Post {
    Other(Function),
    /// A teacher: which of the school's teachers.
    Teacher(usize),
}

/// A function at a structure: key, function code, label, post, post label.
pub(crate) type Held = (String, String, String, String, String);

/// One member of staff.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) title: &'static str,
    pub(crate) birth_name: String,
    pub(crate) usual_name: String,
    pub(crate) given: Given,
    pub(crate) birth: (u16, u8, u8),
    /// The main structure; some have none in the feed.
    pub(crate) attached: Option<String>,
    pub(crate) functions: Vec<Held>,
    pub(crate) subject: Option<&'static Subject>,
    /// Classes taught, and whether as main teacher.
    pub(crate) classes: Vec<(String, &'static str, bool)>,
    pub(crate) teaches: bool,
    pub(crate) is_head: bool,
}

/// All staff of a region on the plan's day, in the order of their keys.
pub(crate) fn all<'r>(plan: &'r Plan, region: &'r Region) -> impl Iterator<Item = Member> + 'r {
    let in_schools: usize = region.schools.iter().map(|school| school.staff).sum();
    let of_schools = region.schools.iter().scan(0, |first, school| {
        let start = *first;
        *first += school.staff;
        Some((school, start))
    });
    let schools = of_schools.flat_map(move |(school, start)| {
        (0..school.staff)
            .filter(move |position| stays(plan, start + position))
            .map(move |position| member(plan, region, school, (start, position)))
    });
    let zones = (in_schools..plan.staff)
        .filter(|index| stays(plan, *index))
        .map(|index| replacement(plan, region, index));
    let arrived = (0..arrivals(plan)).map(|index| replacement(plan, region, plan.staff + index));
    schools.chain(zones).chain(arrived)
}

fn stays(plan: &Plan, index: usize) -> bool {
    !happened(plan.seed, "staff leaves", index as u64, 30, plan.day)
}

fn arrivals(plan: &Plan) -> usize {
    (plan.staff * 3 * usize::try_from(plan.day).unwrap_or(0)).div_ceil(1000)
}

fn member(
    plan: &Plan,
    region: &Region,
    school: &School,
    (start, position): (usize, usize),
) -> Member {
    let index = start + position;
    let mut draw = Draw::keyed(plan.seed, "staff", index as u64);
    let post = post(school, position);
    let mut member = person(plan, region, &mut draw, index);
    member.attached = (!draw.chance(60)).then(|| school.key.clone());
    match post {
        Post::Other(function) => {
            member.is_head = position == 0;
            member.functions.push(held(&school.key, function));
            if function.code == COUNSELLOR.code {
                member.attached = None;
                for _ in 0..draw.between(8, 19) {
                    let key = if draw.chance(400) {
                        schools::dangling_key(&mut draw)
                    } else {
                        elsewhere(region, &mut draw, school)
                    };
                    member.functions.push(held(&key, function));
                }
            } else if function.code == "-" && draw.chance(500) {
                member.functions.clear();
            }
        }
        Post::Teacher(rank) => teach(region, school, rank, &mut draw, &mut member),
    }
    member
}

/// The posts of a school in the order they are filled.
fn post(school: &School, position: usize) -> Post {
    let first = [HEAD, LIBRARY, EDUCATION, ASSISTANT, BURSAR, DEPUTY];
    let small = [HEAD, EDUCATION];
    let first: &[Function] = if school.staff < 12 { &small } else { &first };
    if let Some(function) = first.get(position) {
        return Post::Other(*function);
    }
    let later = position - first.len();
    match beside_teaching(later) {
        Some(function) => Post::Other(function),
        None => Post::Teacher(
            (0..later)
                .filter(|before| beside_teaching(*before).is_none())
                .count(),
        ),
    }
}

/// What three in ten of those after the first posts do; none for a teacher.
fn beside_teaching(later: usize) -> Option<Function> {
    let early = later < 20;
    match later % 20 {
        2 | 9 => Some(ASSISTANT),
        5 => Some(OFFICE),
        7 => Some(if early { NURSE } else { LABORATORY }),
        12 => Some(if early { COUNSELLOR } else { EDUCATION }),
        15 => Some(if early { SUPPORT } else { INTEGRATION }),
        18 if !early => Some(NOTHING),
        _ => None,
    }
}

fn teach(region: &Region, school: &School, rank: usize, draw: &mut Draw, member: &mut Member) {
    let subjects = school.subjects();
    // Teachers are dealt to the subjects one by one; the subjects with most hours get the surplus.
    let (position, turn) = deal(subjects, rank);
    let subject = at(subjects, position);
    let colleagues = (0..school.staff)
        .filter(|other| matches!(post(school, *other), Post::Teacher(rank) if deal(subjects, rank).0 == position))
        .count()
        .max(1);
    member.subject = subjects.get(position);
    member.teaches = true;
    let (code, label) = subject.discipline;
    member.functions.push((
        school.key.clone(),
        "ENS".to_owned(),
        "ENSEIGNEMENT".to_owned(),
        format!("L{code}"),
        label.to_owned(),
    ));
    for (number, (class, level)) in school.classes().enumerate() {
        if number % colleagues == turn % colleagues {
            let main = number % subjects.len() == position;
            member.classes.push((class.to_owned(), level.mef, main));
        }
    }
    if draw.chance(80) {
        let key = if draw.chance(300) {
            schools::dangling_key(draw)
        } else {
            elsewhere(region, draw, school)
        };
        member.functions.push((
            key,
            "ENS".to_owned(),
            "ENSEIGNEMENT".to_owned(),
            format!("L{code}"),
            label.to_owned(),
        ));
    }
}

/// The subject of the `rank`th teacher of a school, and how many before have the same.
fn deal(subjects: &[Subject], rank: usize) -> (usize, usize) {
    let count = subjects.len();
    if rank < count {
        return (rank, 0);
    }
    let hours: usize = subjects.iter().map(|s| s.hours).sum();
    let (round, mut place) = ((rank - count) / hours, (rank - count) % hours);
    for (position, subject) in subjects.iter().enumerate() {
        if place < subject.hours {
            return (position, 1 + round * subject.hours + place);
        }
        place -= subject.hours;
    }
    (0, 0)
}

fn replacement(plan: &Plan, region: &Region, index: usize) -> Member {
    let mut draw = Draw::keyed(plan.seed, "staff", index as u64);
    let mut member = person(plan, region, &mut draw, index);
    let school = draw.pick(&[super::catalogue::COLLEGE, super::catalogue::LYCEE]);
    let subject = at(school, draw.below(school.len()));
    member.subject = school.iter().find(|s| s.code == subject.code);
    member.teaches = draw.chance(800);
    let (code, label) = subject.discipline;
    let zone = region.zones.get(draw.below(region.zones.len()));
    member.attached = zone.map(|zone| zone.key.clone());
    let mut keys: Vec<String> = zone.map(|zone| zone.key.clone()).into_iter().collect();
    for _ in 0..draw.between(1, 20) {
        let known = region
            .schools
            .get(draw.below(region.schools.len()))
            .filter(|_| draw.chance(600));
        keys.push(known.map_or_else(
            || schools::dangling_key(&mut draw),
            |school| school.key.clone(),
        ));
    }
    for key in keys {
        member.functions.push((
            key,
            "ENS".to_owned(),
            "ENSEIGNEMENT".to_owned(),
            format!("L{code}"),
            label.to_owned(),
        ));
    }
    member
}

fn person(plan: &Plan, region: &Region, draw: &mut Draw, index: usize) -> Member {
    let feminine = draw.chance(620);
    let mut given = names::given(draw, feminine);
    let mut birth_name = names::family(draw);
    let mut usual_name = if feminine && draw.chance(350) {
        names::family(draw)
    } else {
        birth_name.clone()
    };
    if draw.chance(50) {
        // A parent of the same region: one human, two records, two keys.
        let household =
            super::households::Household::new(plan, region, draw.below(plan.pupils.max(2) / 2), 1);
        if let Some(parent) = household.as_ref().and_then(|h| h.guardians.first()) {
            (given, birth_name, usual_name) = (
                parent.given,
                parent.birth_name.clone(),
                parent.usual_name.clone(),
            );
        }
    }
    if happened(plan.seed, "staff renames", index as u64, 30, plan.day) {
        usual_name = names::family(&mut Draw::keyed(plan.seed, "new staff name", index as u64));
    }
    let age = u16::try_from(draw.between(23, 63)).unwrap_or(40);
    Member {
        key: (FIRST_KEY + index).to_string(),
        title: if draw.chance(20) {
            ""
        } else if given.feminine {
            "Mme"
        } else {
            "M."
        },
        birth_name,
        usual_name,
        given,
        birth: (
            birth_year_base(plan.date).saturating_sub(age),
            u8::try_from(draw.between(1, 12)).unwrap_or(1),
            u8::try_from(draw.between(1, 28)).unwrap_or(1),
        ),
        attached: None,
        functions: Vec::new(),
        subject: None,
        classes: Vec::new(),
        teaches: false,
        is_head: false,
    }
}

fn held(key: &str, function: Function) -> Held {
    (
        key.to_owned(),
        function.code.to_owned(),
        function.label.to_owned(),
        function.post.to_owned(),
        function.post_label.to_owned(),
    )
}

/// Another school, of the same area where there is one.
fn elsewhere(region: &Region, draw: &mut Draw, school: &School) -> String {
    let near: Vec<&School> = region
        .schools
        .iter()
        .filter(|other| other.area == school.area && other.index != school.index)
        .collect();
    if near.is_empty() {
        schools::dangling_key(draw)
    } else {
        at(&near, draw.below(near.len())).key.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_teacher_in_every_subject() {
        let plan = Plan::demo();
        let region = Region::new(&plan);
        for school in region.schools.iter().filter(|s| s.staff >= 30) {
            let members: Vec<Member> = all(&plan, &region)
                .filter(|m| m.functions.first().is_some_and(|f| f.0 == school.key))
                .collect();
            for (class, _) in school.classes() {
                for subject in school.subjects() {
                    let taught = members.iter().any(|m| {
                        m.subject.is_some_and(|s| s.code == subject.code)
                            && m.classes.iter().any(|c| c.0 == class)
                    });
                    assert!(taught, "{} {class} {}", school.name, subject.label);
                }
            }
        }
    }
}

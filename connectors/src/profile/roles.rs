//! What somebody is said to be, and where: words of a source, function codes of national education
//! (french-ent.md §1.2, §4.7), schools. Claims, in our words: the engine decides what comes of them (FED-10).

use std::collections::BTreeSet;

use clau_domain::connector::{Connector, Field};
use clau_domain::identity::ClaimedRole;
use clau_domain::names::fold;
use clau_domain::profile::Profile;
use clau_domain::uai::Uai;

use super::reading::{MOST, Reading, uai};

/// The function of whoever heads a school.
const HEAD: &str = "DIR";

/// What a source says that somebody is: each once, those of a school with a function first.
pub(super) fn roles(reading: &Reading<'_>) -> Vec<ClaimedRole> {
    let words = words(reading);
    let mut roles = Roles(Vec::new());
    let is_head = words.contains(&HEAD);
    for value in reading.parts(Field::SchoolFunction) {
        roles.add(function_in_school(value, reading.connector));
    }
    for value in reading.parts(Field::HeadOf) {
        roles.add(headed(value, is_head));
    }
    let schools: Vec<Uai> = reading
        .parts(Field::Uai)
        .into_iter()
        .filter_map(uai)
        .filter(|school| !roles.know(school))
        .collect();
    let profiles = profiles(&words, reading.connector);
    roles.add_all(schools, profiles);
    roles.0
}

struct Roles(Vec<ClaimedRole>);

impl Roles {
    fn add(&mut self, role: Option<ClaimedRole>) {
        if let Some(role) = role
            && self.0.len() < MOST
            && !self.0.contains(&role)
        {
            self.0.push(role);
        }
    }

    fn know(&self, school: &Uai) -> bool {
        self.0.iter().any(|role| role.uai.as_ref() == Some(school))
    }

    /// Schools and profiles that come in two lists. Which belong together is plain where one of the lists has one
    /// entry; where both have several, nobody is said to be everything everywhere.
    fn add_all(&mut self, schools: Vec<Uai>, profiles: BTreeSet<Profile>) {
        let role = |uai: Option<Uai>, profile: Option<Profile>| {
            Some(ClaimedRole {
                uai,
                profile,
                function: String::new(),
            })
        };
        let together = schools.len() == 1 || profiles.len() == 1;
        for school in &schools {
            if together {
                for profile in &profiles {
                    self.add(role(Some(school.clone()), Some(*profile)));
                }
            }
            if !together || profiles.is_empty() {
                self.add(role(Some(school.clone()), None));
            }
        }
        if !together || schools.is_empty() {
            for profile in profiles {
                self.add(role(None, Some(profile)));
            }
        }
    }
}

/// What the source calls the person, without the scope that some write behind it.
fn words<'a>(reading: &Reading<'a>) -> Vec<&'a str> {
    let words = reading.parts(Field::Profile).into_iter();
    words
        .map(|word| word.split_once('@').map_or(word, |(word, _)| word))
        .collect()
}

/// The profiles that its words stand for. Who is something in particular is not staff besides: `employee` comes
/// with every `faculty`.
fn profiles(words: &[&str], connector: &Connector) -> BTreeSet<Profile> {
    let known = words.iter().filter_map(|word| profile_of(word, connector));
    let mut profiles: BTreeSet<Profile> = known.collect();
    let particular = |it: &Profile| it.is_staff() && *it != Profile::Staff;
    if profiles.iter().any(particular) {
        profiles.remove(&Profile::Staff);
    }
    profiles
}

/// A word of the source's, to the letter, else without regard to capitals and accents.
fn profile_of(word: &str, connector: &Connector) -> Option<Profile> {
    let exact = connector.profiles.get(word).copied();
    exact.or_else(|| {
        let folded = fold(word);
        let mut known = connector.profiles.iter();
        let found = known.find(|(known, _)| fold(known) == folded);
        found.map(|(_, profile)| *profile)
    })
}

/// `UAI$type$secteur$fonction$UAJ$tna$typeEtab$code`: eight fields. In seven, as some send it, the fourth is not
/// a function. Whoever has such a value works in the school; which profile that is, the function tells, by the
/// registration or by the national table.
fn function_in_school(value: &str, connector: &Connector) -> Option<ClaimedRole> {
    let fields: Vec<&str> = value.split('$').map(str::trim).collect();
    let school = uai(fields.first()?)?;
    let function = match fields.as_slice() {
        [_, _, _, function, _, _, _, _] => code(function),
        _ => "",
    };
    let profile = connector.profiles.get(function).copied();
    Some(ClaimedRole {
        uai: Some(school),
        profile: Some(profile.unwrap_or_else(|| Profile::of_function(function))),
        function: function.to_owned(),
    })
}

/// `UAI$…`, or the number of the school alone; `X` is none. The list alone makes nobody a head: the
/// administrative function has to say so, too (french-ent.md §4.7).
fn headed(value: &str, is_head: bool) -> Option<ClaimedRole> {
    let school = uai(value.split('$').next()?.trim())?;
    Some(if is_head {
        ClaimedRole {
            uai: Some(school),
            profile: Some(Profile::Head),
            function: HEAD.to_owned(),
        }
    } else {
        ClaimedRole {
            uai: Some(school),
            profile: Some(Profile::Staff),
            function: String::new(),
        }
    })
}

/// A function code; empty for what is none, and for `-`, "SANS OBJET".
fn code(text: &str) -> &str {
    let is_code = (1..=8).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if is_code { text } else { "" }
}

//! The second delivery, of agricultural schools: what is its own, and who is in both.

use std::collections::{BTreeMap, BTreeSet};

use super::tests::{Record, first, read, written};
use super::*;

/// Both deliveries of the demo, as records, and what was said of them.
struct Both {
    region: Feed,
    agriculture: Feed,
}

struct Feed {
    pupils: BTreeMap<String, Record>,
    guardians: BTreeMap<String, Record>,
    staff: Vec<Record>,
    structures: Vec<Record>,
    summary: Summary,
}

impl Both {
    fn of_the_demo() -> Self {
        let plan = Plan::demo();
        Self {
            region: Feed::written(&plan),
            agriculture: Feed::written(&plan.agriculture()),
        }
    }

    fn feed(&self, academy: u8) -> &Feed {
        match academy {
            98 => &self.agriculture,
            _ => &self.region,
        }
    }
}

impl Feed {
    fn written(plan: &Plan) -> Self {
        let (directory, summary) = written(plan);
        let keyed = |part: &str| {
            let records = read(directory.path(), part).into_iter();
            let key = |record: &Record| first(record, "ENTPersonJointure").to_owned();
            records.map(|record| (key(&record), record)).collect()
        };
        Self {
            pupils: keyed("_Eleve_"),
            guardians: keyed("_PersRelEleve_"),
            staff: read(directory.path(), "_PersEducNat_"),
            structures: read(directory.path(), "_EtabEducNat_"),
            summary,
        }
    }

    fn all(&self, role: Role) -> Vec<&Character> {
        let cast = self.summary.cast.iter();
        cast.filter(|character| character.role == role).collect()
    }

    /// The name of a guardian, as whoever compares names sees it.
    fn name(&self, key: &str) -> String {
        let record = &self.guardians[key];
        let name = format!(
            "{} {}",
            first(record, "givenName"),
            first(record, "sn").trim()
        );
        names::without_accents(&name).to_uppercase()
    }

    /// Whether a guardian has parental authority over a pupil.
    fn answers(&self, guardian: &str, pupil: &str) -> bool {
        self.pupils[pupil]["ENTElevePersRelEleve"]
            .iter()
            .any(|value| {
                let fields: Vec<&str> = value.split('$').collect();
                fields[0] == guardian && ["1", "2"].contains(&fields[3])
            })
    }
}

#[test]
fn agricultural_schools_have_numbers_people_and_addresses_of_their_own() {
    let both = Both::of_the_demo();
    let feed = &both.agriculture;
    assert_eq!(feed.summary.schools, 4);
    assert_eq!(feed.summary.zones, 0);
    let mut uais = BTreeSet::new();
    for structure in &feed.structures {
        let uai = first(structure, "ENTStructureUAI");
        let letter = places::check_letter(uai[..7].parse().unwrap());
        assert!(uai.ends_with(letter), "{uai}");
        assert!(first(structure, "ENTEtablissementMinistereTutelle").contains("AGRICULTURE"));
        uais.insert(uai.to_owned());
    }
    assert_eq!(uais.len(), 4);
    for structure in &both.region.structures {
        assert!(!uais.contains(first(structure, "ENTStructureUAI")));
    }
    let statuses: BTreeSet<&str> = feed
        .pupils
        .values()
        .map(|pupil| first(pupil, "ENTEleveStatutEleve"))
        .collect();
    assert_eq!(
        statuses,
        BTreeSet::from(["APPRENTI", "ETUDIANT", "SCOLAIRE"])
    );
    for pupil in feed.pupils.values() {
        assert!(!first(pupil, "ENTEleveStructureRattachIdMEN").is_empty());
        if first(pupil, "ENTEleveStatutEleve") == "APPRENTI" {
            assert!(pupil["ENTElevePersRelEleve"].is_empty(), "{pupil:?}");
        }
    }
    for pupil in both.region.pupils.values() {
        assert!(!pupil.contains_key("ENTEleveStructureRattachIdMEN"));
    }
    let mails: Vec<&str> = feed
        .staff
        .iter()
        .map(|staff| first(staff, "mail"))
        .collect();
    let written = mails.iter().filter(|mail| !mail.is_empty());
    assert!(
        written
            .clone()
            .all(|mail| mail.ends_with("@educagri.example"))
    );
    assert!(written.count() > 40);
}

#[test]
fn national_numbers_are_one_persons_and_keys_are_one_feeds() {
    let both = Both::of_the_demo();
    let numbers = |feed: &Feed| -> BTreeSet<String> {
        let all = feed.pupils.values();
        let all = all.map(|pupil| first(pupil, "ENTEleveINE").to_owned());
        all.filter(|ine| !ine.is_empty()).collect()
    };
    assert!(numbers(&both.region).is_disjoint(&numbers(&both.agriculture)));
    let mut pupils = both.agriculture.pupils.keys();
    assert!(pupils.any(|key| both.region.pupils.contains_key(key)));
}

#[test]
fn a_parent_of_two_ministries_is_in_both_under_two_keys_and_one_name() {
    let both = Both::of_the_demo();
    let [parent] = both.agriculture.all(Role::ParentOfTwoMinistries)[..] else {
        panic!("{:?}", both.agriculture.summary.cast);
    };
    let [(academy, other_key)] = &parent.elsewhere[..] else {
        panic!("{parent:?}");
    };
    assert_eq!((*academy, parent.academy), (16, 98));
    assert_ne!(&parent.key, other_key);
    assert_eq!(
        both.agriculture.name(&parent.key),
        both.region.name(other_key)
    );
    let schools: BTreeSet<&str> = parent
        .children
        .iter()
        .map(|ward| ward.uai.as_str())
        .collect();
    assert_eq!(
        schools.len(),
        3,
        "two schools there and one here: {parent:?}"
    );
    for ward in &parent.children {
        let feed = both.feed(ward.academy);
        let pupil = &feed.pupils[&ward.key];
        assert_eq!(first(pupil, "ENTEleveStructRattachId"), ward.school_record);
        let key = if ward.academy == 98 {
            &parent.key
        } else {
            other_key
        };
        assert!(feed.answers(key, &ward.key), "{ward:?}");
    }
    // Somebody else with that name.
    let [homonym] = both.agriculture.all(Role::Homonym)[..] else {
        panic!("{:?}", both.agriculture.summary.cast);
    };
    assert_ne!(homonym.key, parent.key);
    let name = both.agriculture.name(&homonym.key);
    assert_eq!(name, both.agriculture.name(&parent.key));
    assert!(
        parent
            .children
            .iter()
            .all(|ward| !homonym.children.contains(ward))
    );
    assert_eq!(homonym.children.len(), 1);
    assert!(
        both.agriculture
            .answers(&homonym.key, &homonym.children[0].key)
    );
    // And more families than this one are shared.
    let shared = both.agriculture.guardians.keys().filter(|key| {
        let name = both.agriculture.name(key);
        both.region
            .guardians
            .keys()
            .any(|other| both.region.name(other) == name)
    });
    assert!(shared.count() > 10);
}

#[test]
fn two_parents_of_one_child_have_one_name() {
    let both = Both::of_the_demo();
    let [one, other] = both.region.all(Role::HomonymParent)[..] else {
        panic!("{:?}", both.region.summary.cast);
    };
    assert_ne!(one.key, other.key);
    assert_eq!(one.children, other.children);
    let feed = &both.region;
    assert_eq!(feed.name(&one.key), feed.name(&other.key));
    for ward in &one.children {
        assert!(feed.answers(&one.key, &ward.key) && feed.answers(&other.key, &ward.key));
    }
}

#[test]
fn every_agricultural_school_shows_a_teacher_and_a_pupil() {
    let both = Both::of_the_demo();
    let feed = &both.agriculture;
    for structure in &feed.structures {
        let here =
            |character: &&Character| character.schools == [first(structure, "ENTStructureUAI")];
        let count = |role| feed.all(role).into_iter().filter(here).count();
        assert_eq!(
            (
                count(Role::AgriculturalTeacher),
                count(Role::AgriculturalPupil)
            ),
            (1, 1)
        );
    }
    for teacher in feed.all(Role::AgriculturalTeacher) {
        let mut staff = feed.staff.iter();
        let record = staff.find(|staff| first(staff, "ENTPersonJointure") == teacher.key);
        assert_eq!(first(record.unwrap(), "mail"), teacher.identity.mail);
    }
    for pupil in feed.all(Role::AgriculturalPupil) {
        let record = &feed.pupils[&pupil.key];
        assert_eq!(first(record, "ENTEleveINE"), pupil.identity.ine);
        assert_eq!(
            first(record, "ENTEleveStructRattachId"),
            pupil.identity.school_record
        );
        let date = first(record, "ENTPersonDateNaissance");
        let parts: Vec<&str> = date.split('/').collect();
        assert_eq!(
            format!("{}-{}-{}", parts[2], parts[1], parts[0]),
            pupil.identity.birth_date
        );
    }
}

#[test]
fn the_cast_is_the_same_without_a_delivery() {
    let plan = Plan::demo();
    for plan in [plan.agriculture(), plan] {
        let (_, summary) = written(&plan);
        assert_eq!(cast(&plan).unwrap(), summary.cast);
        assert!(summary.cast.len() > 5);
    }
}

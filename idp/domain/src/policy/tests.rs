//! The policy as tables: who × which rule × which day → what.

use super::*;
use crate::ids::StructureId;
use crate::person::{AffiliationDetail, Contact, Function, Names, StructureRef};
use crate::profile::Profile;
use crate::random::SeededForTests;
use crate::session::{Context, Limits, SessionPolicy};
use crate::structure::StructureKind;
use crate::time::Timestamp;

fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 11, 23)
}

fn affiliation(profile: Profile, uai: &str, detail: AffiliationDetail) -> Affiliation {
    let random = SeededForTests::new(uai.bytes().map(u64::from).sum());
    Affiliation {
        structure: StructureRef {
            id: StructureId::mint(Timestamp::from_millis(0), &random),
            source: "toulouse".to_owned(),
            key: uai.to_owned(),
            uai: uai.parse().ok(),
            kind: StructureKind::School,
            name: format!("École {uai}"),
            kind_label: "COLLEGE".to_owned(),
            ministry: String::new(),
        },
        profile,
        detail,
    }
}

fn person(affiliations: Vec<Affiliation>) -> Person {
    Person {
        id: PersonId::mint(Timestamp::from_millis(0), &SeededForTests::new(1)),
        login: "lea.martin".to_owned(),
        names: Names::default(),
        birth_date: None,
        external: None,
        ine: None,
        contact: Contact::default(),
        further: Default::default(),
        affiliations,
        children: Vec::new(),
        guardians: Vec::new(),
        renewed: Default::default(),
    }
}

/// A pupil in one school and, at another, a teacher of group G1: an odd person, for the tests.
fn both() -> Person {
    person(vec![
        affiliation(
            Profile::Pupil,
            "0310001A",
            AffiliationDetail {
                level: "5EME".to_owned(),
                ..AffiliationDetail::default()
            },
        ),
        affiliation(
            Profile::Teacher,
            "0320002B",
            AffiliationDetail {
                groups: vec!["G1".to_owned()],
                functions: vec![Function {
                    code: "ENS".to_owned(),
                    ..Function::default()
                }],
                ..AffiliationDetail::default()
            },
        ),
    ])
}

fn service(rules: &str) -> Service {
    toml::from_str(&format!("id = \"s\"\nname = \"S\"\n{rules}")).expect("a registration")
}

fn outcome(person: &Person, rules: &str) -> Result<usize, Refusal> {
    let decided = decide(person, &service(rules), "pairwise".to_owned(), today());
    decided.map(|grant| grant.because().len())
}

#[test]
fn a_citizen_is_named_by_profile_or_not_at_all() {
    let citizen = person(vec![affiliation(
        Profile::Citizen,
        "0310001A",
        AffiliationDetail::default(),
    )]);
    for (rules, expected) in [
        ("access = [{}]", Err(Refusal::NotNamed)),
        (
            "access = [{ structures = [\"0310001A\"] }]",
            Err(Refusal::NotNamed),
        ),
        (
            "access = [{ profiles = [\"National_TUT\"] }]",
            Err(Refusal::NotNamed),
        ),
        ("access = [{ profiles = [\"Citizen\"] }]", Ok(1)),
        ("access = [{}, { profiles = [\"Citizen\"] }]", Ok(1)),
        (
            "access = [{ profiles = [\"Citizen\"], departments = [\"032\"] }]",
            Err(Refusal::NotNamed),
        ),
    ] {
        assert_eq!(outcome(&citizen, rules), expected, "{rules}");
    }
    // Whoever is something else besides comes in by that.
    let mut parent = both();
    parent.affiliations.extend(citizen.affiliations);
    assert_eq!(outcome(&parent, "access = [{}]"), Ok(2));
}

#[test]
fn people_are_greeted_as_citizens_when_they_are_nothing_else() {
    let of = |profiles: &[Profile]| {
        let one = |profile: &Profile| affiliation(*profile, "0310001A", Default::default());
        person(profiles.iter().map(one).collect()).main_profile()
    };
    for (profiles, expected) in [
        (&[][..], None),
        (&[Profile::Citizen][..], Some(Profile::Citizen)),
        (&[Profile::Citizen, Profile::Pupil], Some(Profile::Pupil)),
        (
            &[Profile::Pupil, Profile::Guardian, Profile::Citizen],
            Some(Profile::Guardian),
        ),
        (
            &[Profile::Citizen, Profile::Guardian, Profile::Authority],
            Some(Profile::Authority),
        ),
    ] {
        assert_eq!(of(profiles), expected, "{profiles:?}");
    }
}

#[test]
fn ses_05_citizens_stay_as_long_as_guardians() {
    let limits = |minutes: u32| Limits {
        idle_seconds: minutes * 60,
        absolute_seconds: minutes * 600,
    };
    let policy = SessionPolicy {
        pupil: limits(1),
        guardian: limits(2),
        staff: limits(3),
        remembered: limits(4),
    };
    for (profile, expected) in [
        (Profile::Citizen, 2),
        (Profile::Guardian, 2),
        (Profile::Pupil, 1),
        (Profile::Authority, 3),
    ] {
        let one = person(vec![affiliation(profile, "0310001A", Default::default())]);
        assert_eq!(policy.limits(&one, false), limits(expected), "{profile}");
    }
}

#[test]
fn rules_name_people_by_one_affiliation_of_theirs() {
    for (rules, expected) in [
        ("", Err(Refusal::NotNamed)),
        ("access = [{}]", Ok(2)),
        ("access = [{ profiles = [\"National_ELV\"] }]", Ok(1)),
        (
            "access = [{ profiles = [\"National_DIR\"] }]",
            Err(Refusal::NotNamed),
        ),
        (
            "access = [{ structures = [\"0310001A\"], profiles = [\"National_ELV\"] }]",
            Ok(1),
        ),
        // Pupil here and teacher there do not add up to a teacher here.
        (
            "access = [{ structures = [\"0310001A\"], profiles = [\"National_ENS\"] }]",
            Err(Refusal::NotNamed),
        ),
        ("access = [{ departments = [\"032\"] }]", Ok(1)),
        ("access = [{ levels = [\"5eme\"] }]", Ok(1)),
        ("access = [{ levels = [\"6EME\", \"5EME\"] }]", Ok(1)),
        ("access = [{ functions = [\"ENS\"] }]", Ok(1)),
        (
            "access = [{ functions = [\"DIR\"] }]",
            Err(Refusal::NotNamed),
        ),
        ("access = [{ groups = [\"g1\"] }]", Ok(1)),
        ("access = [{ structure_types = [\"college\"] }]", Ok(2)),
        (
            "access = [{ structure_types = [\"LYCEE\"] }]",
            Err(Refusal::NotNamed),
        ),
        (
            "access = [{ profiles = [\"National_DIR\"] }, { levels = [\"5EME\"] }]",
            Ok(1),
        ),
    ] {
        assert_eq!(outcome(&both(), rules), expected, "{rules}");
    }
}

#[test]
fn periods_include_both_ends() {
    for (from, until, expected) in [
        ("2026-11-23", "2026-11-23", Ok(2)),
        ("2026-11-24", "2026-12-31", Err(Refusal::OutOfPeriod)),
        ("2026-09-01", "2026-11-22", Err(Refusal::OutOfPeriod)),
    ] {
        let rules = format!("access = [{{ from = \"{from}\", until = \"{until}\" }}]");
        assert_eq!(outcome(&both(), &rules), expected, "{rules}");
    }
    // Closed by its period for one reason, open for another.
    let rules = "access = [{ until = \"2026-01-01\" }, { levels = [\"5EME\"] }]";
    assert_eq!(outcome(&both(), rules), Ok(1));
}

#[test]
fn saml_16_a_disabled_service_and_a_person_without_structure_get_nothing() {
    assert_eq!(
        outcome(&both(), "enabled = false\naccess = [{}]"),
        Err(Refusal::Disabled)
    );
    assert_eq!(
        outcome(&person(Vec::new()), "access = [{}]"),
        Err(Refusal::Gone)
    );
}

#[test]
fn log_05_sensitive_attributes_leave_with_an_approval_only() {
    let sensitive = Attribute::ALL
        .into_iter()
        .filter(|attribute| attribute.is_sensitive());
    for attribute in sensitive {
        let name = attribute.name();
        let asked = format!("access = [{{}}]\n[release]\nattributes = [\"{name}\", \"login\"]\n");
        let approved = format!("{asked}approval = \"DPO, 2026-09-01: canteen registration\"\n");
        for (rules, leaves) in [(&asked, false), (&approved, true)] {
            let grant = decide(&both(), &service(rules), "p".to_owned(), today()).expect("open");
            let released = grant.released();
            assert_eq!(released.allows(attribute), leaves, "{name}");
            assert_eq!(released.person_for(attribute).is_some(), leaves, "{name}");
            assert!(released.allows(Attribute::Login) && released.allows(Attribute::PairwiseId));
            assert!(!released.allows(Attribute::FamilyName));
            assert!(released.affiliations_for(Attribute::Structures).is_empty());
        }
    }
}

#[test]
fn a_registration_survives_being_written_and_read() {
    let text = "access = [{ profiles = [\"National_ELV\"], from = \"2026-09-01\" }]\n\
                [cas]\nurls = [\"https://a.example/\"]\n\
                [tile]\ntitle = { fr = \"Élan\", en = \"Drive\" }\nurl = \"https://a.example/\"\n";
    let first = service(text);
    let written = serde_json::to_string(&first).expect("writes");
    assert_eq!(
        serde_json::from_str::<Service>(&written).expect("reads"),
        first
    );
    let written = toml::to_string(&first).expect("writes");
    assert_eq!(toml::from_str::<Service>(&written).expect("reads"), first);
}

#[test]
fn a_guardian_acting_for_one_child_is_that_child_s_guardian_only() {
    let kin = |given: &str, uai: &str| crate::person::Kin {
        id: PersonId::mint(
            Timestamp::from_millis(0),
            &SeededForTests::new(uai.len() as u64 + u64::from(given.len() as u32)),
        ),
        external: None,
        names: Names {
            given: given.to_owned(),
            ..Names::default()
        },
        legal_rank: 1,
        affiliations: vec![affiliation(
            Profile::Pupil,
            uai,
            AffiliationDetail::default(),
        )],
    };
    let mut parent = person(vec![
        affiliation(Profile::Guardian, "0310001A", AffiliationDetail::default()),
        affiliation(Profile::Guardian, "0320002B", AffiliationDetail::default()),
        affiliation(Profile::Staff, "0310001A", AffiliationDetail::default()),
    ]);
    parent.children = vec![kin("Léa", "0310001A"), kin("Thomas", "0320002B")];
    let thomas = parent.children[1].id;
    let acting = parent.clone().acting(Context::Child(thomas));
    let kept: Vec<_> = acting
        .affiliations
        .iter()
        .map(|a| (a.profile, a.structure.key.as_str()))
        .collect();
    assert_eq!(
        kept,
        [
            (Profile::Guardian, "0320002B"),
            (Profile::Staff, "0310001A")
        ]
    );
    assert_eq!(acting.children.len(), 1);
    let stranger = PersonId::mint(Timestamp::from_millis(9), &SeededForTests::new(9));
    assert_eq!(parent.clone().acting(Context::Child(stranger)), parent);
}

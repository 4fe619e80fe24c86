//! Records become rows.

use clau_domain::feed::{FeedKey, Kinship, StaffFunction};
use clau_domain::person::{Function, Names};

use super::*;

fn key(text: &str) -> FeedKey {
    FeedKey::new(text).expect(text)
}

fn place() -> StagePlace {
    StagePlace {
        n: 1,
        file: 1,
        line: 1,
    }
}

fn names() -> Names {
    Names {
        family: "ROUX".into(),
        given: "Élodie".into(),
        ..Names::default()
    }
}

fn function(structure: &str, code: &str) -> StaffFunction {
    let function = Function {
        code: code.into(),
        ..Function::default()
    };
    StaffFunction {
        structure: key(structure),
        function,
    }
}

fn member_of_staff(functions: Vec<StaffFunction>) -> StaffRecord {
    StaffRecord {
        key: key("1"),
        names: names(),
        birth_date: None,
        mail: None,
        structure: Some(key("A")),
        functions,
        classes: Vec::new(),
        groups: Vec::new(),
        class_subjects: Vec::new(),
        group_subjects: Vec::new(),
        main_teacher_of: Vec::new(),
        disciplines: Vec::new(),
        subjects: Vec::new(),
        mefs: Vec::new(),
        teaches: None,
    }
}

fn what(person: &StagePerson) -> Vec<(&str, &str)> {
    person
        .affiliations
        .iter()
        .map(|a| (a.structure.as_str(), a.profile))
        .collect()
}

#[test]
fn imp_07_profiles_come_from_functions_and_nothing_else() {
    let functions = vec![
        function("A", "DIR"),
        function("B", "ENS"),
        function("B", "XYZ"),
    ];
    let record = member_of_staff(functions);
    let row = staff(place(), record).expect("row");
    assert_eq!(
        what(&row),
        [
            ("A", "National_DIR"),
            ("B", "National_ENS"),
            ("B", "National_ETA")
        ]
    );
}

#[test]
fn staff_without_a_function_are_staff_and_teach_if_they_do() {
    let mut record = member_of_staff(vec![]);
    assert_eq!(
        what(&staff(place(), record.clone()).expect("row")),
        [("A", "National_ETA")]
    );
    record.teaches = Some(true);
    assert_eq!(
        what(&staff(place(), record.clone()).expect("row")),
        [("A", "National_ENS")]
    );
    record.functions = vec![function("A", "-")];
    assert_eq!(
        what(&staff(place(), record.clone()).expect("row")),
        [("A", "National_ENS")]
    );
    record.teaches = None;
    record.classes = vec![InStructure {
        structure: key("C"),
        name: "6A".into(),
    }];
    let row = staff(place(), record).expect("row");
    assert_eq!(what(&row), [("A", "National_ETA"), ("C", "National_ENS")]);
    assert!(row.affiliations[1].detail.contains("6A"));
}

#[test]
fn imp_06_contradictory_relations_give_the_lesser_authority() {
    let relation = |legal| Relation {
        guardian: key("9"),
        kinship_code: "10".into(),
        kinship: Kinship::Mother,
        legal,
        financial: true,
        contact: true,
        payment: true,
    };
    assert_eq!(relations(vec![relation(1), relation(0)])[0].legal_rank, 0);
    assert_eq!(relations(vec![relation(1), relation(2)])[0].legal_rank, 2);
    assert_eq!(relations(vec![relation(1), relation(1)]).len(), 1);
}

#[test]
fn the_digest_sees_every_part() {
    let with = |functions| {
        staff(place(), member_of_staff(functions))
            .expect("row")
            .digest
    };
    let one = with(vec![function("A", "ENS")]);
    assert_eq!(one, with(vec![function("A", "ENS")]));
    assert_ne!(one, with(vec![function("A", "DOC")]));
    assert_ne!(one, with(vec![function("B", "ENS")]));
}

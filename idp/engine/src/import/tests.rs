//! Ids and thresholds of an import. Imports into real databases are in the tests crate.

use super::*;
use clau_domain::random::SeededForTests;
use clau_storage::imports::stage::{StagePlace, StageRelation};

fn person(kind: &'static str, key: &str, home: &str, guardians: &[&str]) -> StagePerson {
    let relation = |guardian: &&str| StageRelation {
        guardian: (*guardian).to_owned(),
        kinship: String::new(),
        legal_rank: 1,
        financial: false,
        contact: false,
        payment: false,
    };
    StagePerson {
        place: StagePlace {
            n: 1,
            file: 1,
            line: 1,
        },
        kind,
        key: key.to_owned(),
        home: home.to_owned(),
        family_name: String::new(),
        given_name: String::new(),
        search: String::new(),
        birth_date: None,
        mail: None,
        ine: None,
        detail: String::new(),
        digest: clau_domain::secret::Digest::of("test", key),
        unusable: None,
        affiliations: Vec::new(),
        relations: guardians.iter().map(relation).collect(),
    }
}

#[test]
fn ids_of_one_import_lie_together_by_school_and_are_never_the_same() {
    let random = SeededForTests::new(1);
    let mut mint = Minter::new(Timestamp::from_millis(1_795_000_000_000), &random);
    let a1 = mint.person(&person("pupil", "1", "A", &["g1"]));
    let b1 = mint.person(&person("pupil", "2", "B", &["g2"]));
    let a2 = mint.person(&person("staff", "3", "A", &[]));
    let guardian_of_b = mint.person(&person("guardian", "g2", "", &[]));
    let guardian_of_a = mint.person(&person("guardian", "g1", "", &[]));
    let school_a = [a1, a2, guardian_of_a];
    let school_b = [b1, guardian_of_b];
    assert!(
        school_a.iter().max() < school_b.iter().min(),
        "{school_a:?} {school_b:?}"
    );
    let many: std::collections::BTreeSet<_> = (0..100_000)
        .map(|_| mint.person(&person("pupil", "1", "A", &[])))
        .collect();
    assert_eq!(many.len(), 100_000);
}

#[test]
fn pooled_random_bytes_are_those_of_the_source_and_never_twice() {
    let source = SeededForTests::new(7);
    let pooled = Pooled::new(&source);
    let random: &dyn Random = &pooled;
    let drawn: std::collections::BTreeSet<[u8; 16]> = (0..2_000).map(|_| random.bytes()).collect();
    assert_eq!(drawn.len(), 2_000);
}

#[test]
fn imp_04_a_share_above_the_limit_refuses_the_set() {
    let school = |before, gone| School {
        before,
        name: "Collège".to_owned(),
        counts: Counts {
            gone,
            ..Counts::default()
        },
        ..School::default()
    };
    let with = |schools| Report {
        schools,
        ..Report::default()
    };
    assert!(refuse_losses(with(vec![school(100, 10), school(0, 0)]), 10.0).is_ok());
    let refused = refuse_losses(with(vec![school(100, 11), school(50, 0)]), 10.0);
    let text = refused.expect_err("above the limit").to_string();
    assert!(text.contains("Collège: 11 of 100 (11 %)"), "{text}");
    assert!(refuse_losses(with(vec![school(100, 100)]), 100.0).is_ok());
}

#[test]
fn sources_have_plain_names() {
    assert!(is_source("toulouse") && is_source("agri-2"));
    for bad in ["", "local", "Toulouse", "a b", "é", &"a".repeat(33)] {
        assert!(!is_source(bad), "{bad}");
    }
}

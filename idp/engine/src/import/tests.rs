//! Ids and thresholds of an import. Imports into real databases are in the tests crate.

use super::*;
use clau_domain::random::SeededForTests;

#[test]
fn ids_of_one_import_sort_in_the_order_of_the_delivery() {
    let random = SeededForTests::new(1);
    let mut mint = Minter {
        now: Timestamp::from_millis(1_795_000_000_000),
        random: &random,
        next: 0,
    };
    let mut last = mint.person();
    for step in [1, 62, 254, 16_000, 66_000] {
        mint.next += step;
        let next = mint.person();
        assert!(last < next, "{last} < {next}");
        last = next;
    }
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

//! Random histories of deliveries, and what must hold after each.

use std::collections::BTreeMap;

use clau_engine::import::ImportOptions;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::delivery::Feed;
use super::site::Site;

/// A pupil in a history: key, name, school, guardians with rank.
type Member = (u8, u8, u8, Vec<(u8, u8)>);

const NAMES: [(&str, &str); 3] = [("Léa", "Martin"), ("Paul", "Durand"), ("Zoé", "O'Neil")];
const SCHOOLS: [&str; 3] = ["A", "B", "C"];

fn day() -> impl Strategy<Value = (u8, Vec<Member>, Vec<u8>)> {
    let ties = prop::collection::vec((0..6_u8, 0..3_u8), 0..3);
    let member = (0..10_u8, 0..3_u8, 0..3_u8, ties);
    // Which schools, which pupils, which guardians' records.
    (
        0..8_u8,
        prop::collection::vec(member, 0..8),
        prop::collection::vec(0..6_u8, 0..6),
    )
}

fn delivery((schools, pupils, guardians): &(u8, Vec<Member>, Vec<u8>)) -> Feed {
    let mut feed = Feed::new();
    for (bit, school) in SCHOOLS.iter().enumerate() {
        if schools & (1 << bit) != 0 {
            feed.school(school);
        }
    }
    for (code, name, school, ties) in pupils {
        let ties: Vec<(String, u8)> = ties
            .iter()
            .map(|(guardian, rank)| (format!("g{guardian}"), *rank))
            .collect();
        let ties: Vec<(&str, u8)> = ties
            .iter()
            .map(|(key, rank)| (key.as_str(), *rank))
            .collect();
        let school = SCHOOLS[usize::from(*school)];
        feed.pupil(
            &format!("p{code}"),
            NAMES[usize::from(*name)],
            school,
            &ties,
        );
    }
    for code in guardians {
        feed.guardian(&format!("g{code}"), ("Anne", "Martin"));
    }
    feed
}

/// What nothing may ever break.
async fn invariants(site: &Site, logins: &mut BTreeMap<String, String>) {
    for (broken, why) in [
        (
            "SELECT COUNT(*) FROM person p WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.person_id = p.id)",
            "everybody has an account",
        ),
        (
            "SELECT COUNT(*) FROM person p WHERE NOT EXISTS (SELECT 1 FROM record r WHERE r.person_id = p.id)",
            "everybody has a record",
        ),
        (
            "SELECT COUNT(*) FROM affiliation a WHERE NOT EXISTS (SELECT 1 FROM record r \
             WHERE r.source = a.source AND r.kind = a.kind AND r.key = a.key AND r.person_id = a.person_id)",
            "an affiliation comes by a record of the same person",
        ),
        (
            "SELECT COUNT(*) FROM record WHERE (absences = 0) <> (gone_at IS NULL)",
            "gone is absent",
        ),
        (
            "SELECT COUNT(*) FROM record WHERE (absences >= 2) <> (suspended_at IS NOT NULL)",
            "two absences suspend",
        ),
        ("SELECT COUNT(*) FROM stage_person", "nothing stays staged"),
        ("SELECT COUNT(*) FROM lease", "nobody holds the lease"),
    ] {
        assert_eq!(site.number(broken).await, 0, "{why}");
    }
    let owners = site
        .texts("SELECT login || ' ' || lower(hex(person_id)) FROM login_name")
        .await;
    for line in owners {
        let (login, owner) = line.split_once(' ').expect("two words");
        let known = logins
            .entry(login.to_owned())
            .or_insert_with(|| owner.to_owned());
        assert_eq!(known, owner, "the login {login} has changed hands");
    }
}

#[test]
fn rel_06_random_histories_break_nothing() {
    let runtime = tokio::runtime::Runtime::new().expect("runtime");
    let mut runner = TestRunner::new(Config {
        cases: 12,
        failure_persistence: None,
        ..Config::default()
    });
    let history = prop::collection::vec(day(), 1..5);
    let result = runner.run(&history, |days| {
        runtime.block_on(async {
            let site = Site::sqlite().await;
            let mut logins = BTreeMap::new();
            let options = ImportOptions {
                dry_run: false,
                max_gone_percent: 100.0,
            };
            for (index, day) in days.iter().enumerate() {
                let date = format!("202609{:02}", index + 1);
                let items = delivery(day).items();
                let report = site
                    .import_with(&date, items.clone(), options)
                    .await
                    .expect("imports");
                let imported: u64 = report
                    .kinds
                    .values()
                    .map(|c| c.created + c.changed + c.same + c.returned)
                    .sum();
                assert_eq!(imported + report.not_imported.len() as u64, report.records);
                invariants(&site, &mut logins).await;
                let before = site.directory().await;
                site.import_with(&date, items, options)
                    .await
                    .expect("imports again");
                assert!(
                    site.directory().await == before,
                    "importing twice changes nothing"
                );
            }
        });
        Ok(())
    });
    result.expect("holds");
}

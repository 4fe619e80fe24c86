//! What a delivery may and may not do, rule by rule.

use clau_domain::feed::{Record, RecordKind, Unusable};
use clau_engine::import::{ImportError, ImportOptions, NotImported, Reason, Report};

use super::delivery::{Feed, pupil, relation, two_schools};
use super::site::{SOURCE, Site, assert_same};

fn reasons(report: &Report) -> Vec<(&str, Reason)> {
    report
        .not_imported
        .iter()
        .map(|NotImported { key, reason, .. }| (&**key, *reason))
        .collect()
}

const ALL_MAY_GO: ImportOptions = ImportOptions {
    dry_run: false,
    max_gone_percent: 100.0,
};

async fn directory_of_two_schools(site: &Site) {
    let report = site
        .import("20260901", two_schools().items())
        .await
        .expect("imports");
    assert_eq!(reasons(&report), [("14", Reason::NoAuthority)]);
    assert_eq!(report.elsewhere, 1, "the function in school Z");
    assert_eq!(
        site.meaning().await,
        [
            "account guardian 11 anne.martin",
            "account guardian 12 luc.martin",
            "account guardian 13 marie.durand",
            "account guardian 15 rose.roux",
            "account pupil 1 jean.martin",
            "account pupil 2 lucie.martin",
            "account pupil 3 paul.durand",
            "account pupil 4 zoe.roux",
            "account staff 21 ada.prof",
            "account staff 22 guy.chef",
            "affiliation pupil 1 A National_ELV {\"classes\":[\"6A\"],\"level\":\"6EME\"}",
            "affiliation pupil 2 B National_ELV {\"classes\":[\"6A\"],\"level\":\"6EME\"}",
            "affiliation pupil 3 A National_ELV {\"classes\":[\"6A\"],\"level\":\"6EME\"}",
            "affiliation pupil 4 B National_ELV {\"classes\":[\"6A\"],\"level\":\"6EME\"}",
            "affiliation staff 21 A National_ENS {\"functions\":[{\"code\":\"ENS\",\"label\":\"\"}]}",
            "affiliation staff 21 B National_ENS {\"functions\":[{\"code\":\"ENS\",\"label\":\"\"}]}",
            "affiliation staff 22 A National_DIR {\"functions\":[{\"code\":\"DIR\",\"label\":\"\"}]}",
            "record guardian 11 Martin Anne A 0",
            "record guardian 12 Martin Luc A 0",
            "record guardian 13 Durand Marie A 0",
            "record guardian 15 Roux Rose B 0",
            "record pupil 1 Martin Jean A 0",
            "record pupil 2 Martin Lucie B 0",
            "record pupil 3 Durand Paul A 0",
            "record pupil 4 Roux Zoé B 0",
            "record staff 21 Prof Ada A 0",
            "record staff 22 Chef Guy A 0",
            "relation 1 11 1",
            "relation 1 12 2",
            "relation 2 11 1",
            "relation 2 12 2",
            "relation 3 13 1",
            "relation 4 15 1",
            "structure A College A ",
            "structure B College B ",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_hold_the_same_directory() {
    let (sqlite, postgres) = (Site::sqlite().await, Site::postgres().await);
    directory_of_two_schools(&sqlite).await;
    directory_of_two_schools(&postgres).await;
    assert_same(
        &sqlite.directory().await,
        &postgres.directory().await,
        "SQLite and PostgreSQL",
    );
    let mut next = two_schools().without("4").without("22");
    next.pupil("5", ("Jean", "Martin"), "B", &[("16", 1)])
        .guardian("16", ("Anne", "Martin"));
    for site in [&sqlite, &postgres] {
        site.import_with("20260902", next.items(), ALL_MAY_GO)
            .await
            .expect("imports");
    }
    assert_same(
        &sqlite.directory().await,
        &postgres.directory().await,
        "the day after",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_08_a_delivery_may_come_in_any_order_and_twice() {
    let (forth, back) = (Site::sqlite().await, Site::sqlite().await);
    let items = two_schools().items();
    let reversed = items.iter().rev().cloned().collect();
    forth
        .import("20260901", items.clone())
        .await
        .expect("imports");
    back.import("20260901", reversed)
        .await
        .expect("imports in reverse");
    // Homonyms are numbered in the order of delivery; here are none.
    assert_eq!(forth.meaning().await, back.meaning().await);
    let before = forth.directory().await;
    let again = forth
        .import("20260901", items)
        .await
        .expect("imports again");
    assert_same(&before, &forth.directory().await, "the same delivery again");
    assert_eq!(again.people_counts().same, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_06_duplicated_keys_refuse_both_and_change_nothing() {
    let site = Site::sqlite().await;
    site.import("20260901", two_schools().items())
        .await
        .expect("imports");
    let before = site.meaning().await;
    let mut doubled = two_schools();
    doubled.pupil("3", ("Autre", "Personne"), "B", &[("15", 1)]);
    doubled
        .pupil("9", ("Neuf", "Un"), "A", &[])
        .staff("9", ("Neuf", "Deux"), &[("A", "ENS")]);
    let report = site
        .import("20260902", doubled.items())
        .await
        .expect("imports");
    let duplicates: Vec<_> = report
        .not_imported
        .iter()
        .filter(|r| r.reason == Reason::Duplicate)
        .collect();
    assert_eq!(duplicates.len(), 4, "{duplicates:?}");
    assert_eq!(
        site.meaning().await,
        before,
        "REL-06: what is doubled leaves what was"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_06_homonyms_and_twins_are_two_people() {
    let site = Site::sqlite().await;
    let mut feed = Feed::new();
    feed.school("A");
    for code in ["1", "2", "3"] {
        feed.pupil(code, ("Léa", "Martin"), "A", &[]);
    }
    site.import("20260901", feed.items())
        .await
        .expect("imports");
    assert_eq!(
        site.texts("SELECT login FROM account ORDER BY login").await,
        ["lea.martin", "lea.martin2", "lea.martin3"]
    );
    assert_eq!(site.number("SELECT COUNT(*) FROM person").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_06_the_same_key_of_another_source_is_another_person() {
    let site = Site::sqlite().await;
    site.import("20260901", two_schools().items())
        .await
        .expect("imports");
    let items = two_schools().items().into_iter().map(Ok).collect();
    let options = ImportOptions::default();
    site.import_results("montpellier", "20260901", items, options)
        .await
        .expect("imports");
    assert_eq!(site.number("SELECT COUNT(*) FROM person").await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_07_a_pupil_who_comes_back_as_staff_is_an_alarm() {
    let site = Site::sqlite().await;
    site.import("20260901", two_schools().items())
        .await
        .expect("imports");
    let before = site.meaning().await;
    let mut feed = two_schools().without("3");
    feed.staff("3", ("Paul", "Durand"), &[("A", "DIR")]);
    let items = feed.items();
    let report = site
        .import_with("20260902", items, ALL_MAY_GO)
        .await
        .expect("imports");
    let alarms: Vec<_> = report.alarms().map(|record| &*record.key).collect();
    assert_eq!(alarms, ["3"]);
    assert!(report.to_string().contains("ALARM"), "{report}");
    let kept: Vec<_> = site.meaning().await;
    // Guardian 13 has no pupil left in the delivery: absent, not suspended.
    let change = ["record guardian 13 Durand Marie A 1 gone".to_owned()];
    let differing: Vec<_> = kept
        .iter()
        .filter(|line| !before.contains(line))
        .cloned()
        .collect();
    assert_eq!(differing, change);
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_07_accounts_that_exist_are_not_touched() {
    let site = Site::sqlite().await;
    site.import("20260901", two_schools().items())
        .await
        .expect("imports");
    let accounts = "SELECT hex(person_id) || login || hex(activation_digest) || hex(activation_sealed) \
                    || activation_until || created_at FROM account ORDER BY 1";
    let before = site.texts(accounts).await;
    // Nor is what their pseudonyms are made of.
    let people = "SELECT hex(p.id) || r.key || p.renewed FROM person p JOIN record r ON r.person_id = p.id \
                  ORDER BY 1";
    for id in site.texts("SELECT hex(id) FROM person").await {
        let id = id.parse().expect("an id");
        let counted = clau_storage::people::renew(&site.database, id, "pronote").await;
        assert!(counted.expect("renew"));
    }
    let pseudonyms = site.texts(people).await;
    assert!(
        pseudonyms
            .iter()
            .all(|one| one.ends_with(r#"{"pronote":1}"#)),
        "{pseudonyms:?}"
    );
    let mut feed = two_schools().without("4");
    feed.pupil("4", ("Zoé-Marie", "Roux-Neuf"), "A", &[("15", 1)]);
    site.import_with("20260902", feed.items(), ALL_MAY_GO)
        .await
        .expect("imports");
    assert_eq!(site.texts(accounts).await, before);
    assert_eq!(site.texts(people).await, pseudonyms);
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_04_absence_is_counted_then_suspends_and_returning_ends_it() {
    let site = Site::sqlite().await;
    site.import("20260901", two_schools().items())
        .await
        .expect("imports");
    let without = two_schools().without("4");
    let state = "SELECT CAST(absences AS TEXT) || ' ' || (gone_at IS NOT NULL) || (suspended_at IS NOT NULL) \
                 FROM record WHERE key = '4'";
    let report = site
        .import_with("20260902", without.items(), ALL_MAY_GO)
        .await
        .expect("imports");
    assert_eq!(
        (report.kinds["pupil"].gone, report.kinds["pupil"].suspended),
        (1, 0)
    );
    assert_eq!(site.texts(state).await, ["1 10"]);
    site.import_with("20260902", without.items(), ALL_MAY_GO)
        .await
        .expect("imports");
    assert_eq!(
        site.texts(state).await,
        ["1 10"],
        "the same day again is no further absence"
    );
    let report = site
        .import_with("20260903", without.items(), ALL_MAY_GO)
        .await
        .expect("imports");
    assert_eq!(site.texts(state).await, ["2 11"]);
    assert_eq!(
        (report.kinds["pupil"].gone, report.kinds["pupil"].suspended),
        (0, 1)
    );
    let report = site
        .import("20260904", two_schools().items())
        .await
        .expect("imports");
    assert_eq!(report.kinds["pupil"].returned, 1);
    assert_eq!(site.texts(state).await, ["0 00"]);
    assert_eq!(site.number("SELECT COUNT(*) FROM account").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_04_a_school_that_loses_too_many_refuses_the_set() {
    let site = Site::sqlite().await;
    site.import("20260901", two_schools().items())
        .await
        .expect("imports");
    let before = site.directory().await;
    for feed in [
        two_schools().without("3"),
        two_schools().without("B"),
        Feed::new(),
    ] {
        let refused = site
            .import("20260902", feed.items())
            .await
            .expect_err("too many are gone");
        let text = refused.to_string();
        assert!(matches!(refused, ImportError::TooManyGone { .. }), "{text}");
        assert!(text.contains("College") && text.contains('%'), "{text}");
        assert_same(&before, &site.directory().await, "refused");
        assert_eq!(site.number("SELECT COUNT(*) FROM stage_person").await, 0);
    }
    assert_eq!(
        site.number("SELECT COUNT(*) FROM import WHERE state = 'refused'")
            .await,
        3
    );
    let feed = two_schools().without("B");
    site.import_with("20260902", feed.items(), ALL_MAY_GO)
        .await
        .expect("by order");
    assert_eq!(
        site.number("SELECT COUNT(*) FROM structure WHERE gone_at IS NOT NULL")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_05_an_older_set_is_refused() {
    let site = Site::sqlite().await;
    site.import("20260902", two_schools().items())
        .await
        .expect("imports");
    let before = site.directory().await;
    let refused = site
        .import("20260901", two_schools().items())
        .await
        .expect_err("older");
    assert!(refused.to_string().contains("2026-09-01"), "{refused}");
    assert_same(&before, &site.directory().await, "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_05_a_school_of_another_source_is_not_the_senders_to_change() {
    let site = Site::sqlite().await;
    let with_uai = |code: &str| {
        let mut record = super::delivery::school(code);
        record.uai = "0310001A".parse().ok();
        let mut feed = Feed::new();
        feed.add("Etab", Record::Structure(Box::new(record)));
        feed.pupil("1", ("Jean", "Martin"), code, &[]);
        feed.items()
    };
    site.import("20260901", with_uai("A"))
        .await
        .expect("imports");
    let before = site.directory().await;
    let items = with_uai("X").into_iter().map(Ok).collect();
    let options = ImportOptions::default();
    let report = site
        .import_results("montpellier", "20260901", items, options)
        .await
        .expect("imports");
    assert_eq!(
        reasons(&report),
        [("X", Reason::ForeignUai), ("1", Reason::SchoolRefused)]
    );
    assert_same(&before, &site.directory().await, "foreign");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reason_names_its_record() {
    let site = Site::sqlite().await;
    let mut feed = two_schools();
    feed.pseudo("Z1").pseudo("Z2");
    feed.pupil("5", ("Avec", "Zone"), "Z2", &[]);
    feed.pupil("6", ("Sans", "Ecole"), "", &[("17", 1)])
        .guardian("17", ("Parent", "Perdu"));
    feed.pupil("7", ("Autre", "Ecole"), "Y", &[]);
    feed.guardian("18", ("Personne", "Connue"));
    feed.staff("23", ("Rem", "Placant"), &[("Z1", "ENS")]);
    feed.staff("24", ("Ail", "Leurs"), &[("Y", "ENS"), ("X", "ENS")]);
    feed.staff("25", ("Sans", "Rien"), &[]);
    feed.unusable(RecordKind::Pupil, "8", Unusable::TwoKeys);
    feed.unusable(RecordKind::Staff, "", Unusable::NoKey);
    feed.unusable(RecordKind::Staff, "", Unusable::NoKey);
    let report = site
        .import("20260901", feed.items())
        .await
        .expect("imports");
    let mut told = reasons(&report);
    told.sort();
    let mut expected = vec![
        ("Z1", Reason::Pseudo),
        ("6", Reason::NoSchool),
        ("7", Reason::OtherSchool),
        ("14", Reason::NoAuthority),
        ("17", Reason::PupilRefused),
        ("18", Reason::Unreferenced),
        ("23", Reason::SchoolRefused),
        ("24", Reason::OtherSchool),
        ("25", Reason::NoSchool),
        ("8", Reason::TwoKeys),
        ("", Reason::NoKey),
        ("", Reason::NoKey),
    ];
    expected.sort();
    assert_eq!(told, expected);
    let imported: u64 = report.kinds.values().map(|counts| counts.created).sum();
    assert_eq!(
        imported + told.len() as u64,
        report.records,
        "every record is accounted for"
    );
    let json = serde_json::to_value(&report).expect("json");
    assert_eq!(json["not_imported"][0]["reason"], "pseudo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guardian_key_that_dangles_is_a_warning_and_is_tied_when_it_comes() {
    let site = Site::sqlite().await;
    let report = site
        .import("20260901", two_schools().without("12").items())
        .await
        .expect("imports");
    let dangling = report
        .warnings
        .iter()
        .find(|group| group.what.contains("guardian"));
    assert_eq!(
        dangling.map(|group| group.times),
        Some(2),
        "{:?}",
        report.warnings
    );
    assert_eq!(site.number("SELECT COUNT(*) FROM relation").await, 4);
    site.import("20260902", two_schools().items())
        .await
        .expect("imports");
    assert_eq!(site.number("SELECT COUNT(*) FROM relation").await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_06_a_moved_pupil_keeps_the_account_and_a_doubtful_one_does_not() {
    let site = Site::sqlite().await;
    let with_ine = |code: &str, name: (&str, &str), school: &str| {
        let mut record = pupil(code, name, school, &[]);
        record.ine = Some("123456789AB".to_owned());
        Record::Pupil(Box::new(record))
    };
    let mut feed = two_schools();
    feed.add("Eleve", with_ine("31", ("Inès", "Faure"), "A"));
    site.import("20260901", feed.items())
        .await
        .expect("imports");
    let accounts = site.number("SELECT COUNT(*) FROM account").await;
    // Another school with another key: the same INE, birth date and name.
    let mut moved = two_schools();
    moved.add("Eleve", with_ine("32", ("INES", "FAURE"), "B"));
    site.import_with("20260902", moved.items(), ALL_MAY_GO)
        .await
        .expect("imports");
    assert_eq!(site.number("SELECT COUNT(*) FROM account").await, accounts);
    let people = "SELECT COUNT(DISTINCT person_id) FROM record WHERE key IN ('31', '32')";
    assert_eq!(site.number(people).await, 1);
    // Another name with that INE waits for a human.
    moved.add("Eleve", with_ine("33", ("Louis", "Autre"), "B"));
    let report = site
        .import("20260903", moved.items())
        .await
        .expect("imports");
    assert_eq!(
        site.number("SELECT COUNT(*) FROM account").await,
        accounts + 1
    );
    assert!(
        report
            .warnings
            .iter()
            .any(|group| group.what.contains("INE")),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn authority_that_ends_ends_at_once() {
    let site = Site::sqlite().await;
    site.import("20260901", two_schools().items())
        .await
        .expect("imports");
    let rank = "SELECT legal_rank FROM relation rel JOIN record p ON p.person_id = rel.pupil_id \
                JOIN record g ON g.person_id = rel.guardian_id WHERE p.key = '1' AND g.key = '12'";
    assert_eq!(site.number(rank).await, 2);
    let mut feed = two_schools().without("1");
    let mut custody = pupil("1", ("Jean", "Martin"), "A", &[("11", 1)]);
    custody.guardians.push(relation("12", 0));
    feed.add("Eleve", Record::Pupil(Box::new(custody)));
    site.import("20260902", feed.items())
        .await
        .expect("imports");
    assert_eq!(site.number(rank).await, 0);
    let mut feed = two_schools().without("1");
    feed.pupil("1", ("Jean", "Martin"), "A", &[("11", 1)]);
    site.import("20260903", feed.items())
        .await
        .expect("imports");
    assert_eq!(
        site.number(&rank.replace("legal_rank", "COUNT(*)")).await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_school_that_joins_brings_functions_of_people_who_were_there() {
    let site = Site::sqlite().await;
    site.import("20260901", two_schools().items())
        .await
        .expect("imports");
    let mut feed = two_schools();
    feed.school("Z");
    let report = site
        .import("20260902", feed.items())
        .await
        .expect("imports");
    assert_eq!(report.kinds["staff"].changed, 1);
    let there = "SELECT COUNT(*) FROM affiliation a JOIN structure s ON s.id = a.structure_id \
                 WHERE s.key = 'Z'";
    assert_eq!(site.number(there).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_08_one_import_at_a_time() {
    let site = Site::sqlite().await;
    let now = clau_engine::import::Watch::now(&site.clock);
    let until = now + std::time::Duration::from_secs(60);
    let lease = clau_storage::imports::LEASE;
    assert!(
        clau_storage::leases::take(&site.database, lease, "other", until, now)
            .await
            .expect("free")
    );
    let refused = site
        .import("20260901", two_schools().items())
        .await
        .expect_err("taken");
    assert!(matches!(refused, ImportError::Running), "{refused}");
    site.clock.pass(60_000);
    site.import("20260901", two_schools().items())
        .await
        .expect("the lease of the dead runs out");
    assert_eq!(
        site.texts("SELECT holder FROM lease").await,
        Vec::<String>::new()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_needs_a_plain_name() {
    let site = Site::sqlite().await;
    let options = ImportOptions::default();
    for source in ["local", "Tou louse", ""] {
        let refused = site
            .import_results(source, "20260901", Vec::new(), options)
            .await;
        assert!(
            matches!(refused, Err(ImportError::BadSource(_))),
            "{source}"
        );
    }
    assert_eq!(SOURCE, "toulouse");
}

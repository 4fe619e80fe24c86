//! Generated deliveries, day after day, on both engines.

use clau_engine::import::ImportOptions;
use clau_tests::feedgen::{self, Plan};

use super::site::{Site, assert_same};

#[tokio::test(flavor = "multi_thread")]
async fn generated_days_give_the_same_directory_on_both_engines() {
    let (sqlite, postgres) = (Site::sqlite().await, Site::postgres().await);
    let options = ImportOptions {
        dry_run: false,
        max_gone_percent: 100.0,
    };
    let mut plan = Plan {
        pupils: 300,
        guardians: 500,
        staff: 60,
        schools: 4,
        ..Plan::tiny()
    };
    for day in 0..3 {
        let folder = tempfile::tempdir().expect("folder");
        let summary = feedgen::write(&plan, folder.path()).expect("writes");
        let one = sqlite
            .import_path(folder.path(), options)
            .await
            .expect("imports");
        let other = postgres
            .import_path(folder.path(), options)
            .await
            .expect("imports");
        assert_eq!(one.records as usize, summary.records(), "day {day}");
        assert_eq!(
            (&one.kinds, &one.schools),
            (&other.kinds, &other.schools),
            "day {day}"
        );
        assert_eq!(one.not_imported, other.not_imported, "day {day}");
        let before = sqlite.directory().await;
        assert_same(&before, &postgres.directory().await, &format!("day {day}"));
        sqlite
            .import_path(folder.path(), options)
            .await
            .expect("imports again");
        postgres
            .import_path(folder.path(), options)
            .await
            .expect("imports again");
        assert_same(
            &before,
            &sqlite.directory().await,
            &format!("day {day} again"),
        );
        let imported: u64 = one
            .kinds
            .values()
            .map(|c| c.created + c.changed + c.same + c.returned)
            .sum();
        assert_eq!(
            imported + one.not_imported.len() as u64,
            one.records,
            "day {day}"
        );
        plan = plan.next_day();
    }
}

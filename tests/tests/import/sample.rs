//! The anonymised feed that is delivered beside the repository, where it is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clau_engine::import::{ImportOptions, Reason};

use super::site::{Site, assert_same};

fn sample() -> Option<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.join("../../shared/data/aaf");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not there", folder.display());
    None
}

async fn every_record_is_accounted_for(site: Site) {
    let Some(folder) = sample() else { return };
    let report = site
        .import_path(&folder, ImportOptions::default())
        .await
        .expect("imports");
    println!("{report}");
    assert_eq!((report.records, report.people), (14_550, 11_318));
    let imported: u64 = report.kinds.values().map(|c| c.created).sum();
    assert_eq!(imported + report.not_imported.len() as u64, 14_550);
    let by_reason: BTreeMap<(&str, Reason), u64> = report
        .reasons
        .iter()
        .map(|r| ((r.kind.as_str(), r.reason), r.records))
        .collect();
    assert_eq!(by_reason[&("guardian", Reason::Unreferenced)], 8946);
    assert_eq!(by_reason[&("guardian", Reason::NoAuthority)], 148);
    // Two of the 101 without a school of attachment teach in one of the delivery.
    assert_eq!(by_reason[&("staff", Reason::NoSchool)], 95);
    assert_eq!(by_reason[&("staff", Reason::OtherSchool)], 4);
    assert_eq!(report.kinds["pupil"].created, 642);
    assert_eq!(report.kinds["guardian"].created, 881);
    assert_eq!(report.kinds["staff"].created, 602);
    assert_eq!(report.accounts_created, 642 + 881 + 602);
    assert_eq!(
        site.number("SELECT COUNT(*) FROM account").await,
        642 + 881 + 602
    );
    assert_eq!(
        site.number("SELECT COUNT(*) FROM nomenclature").await,
        718 + 2504
    );
    assert!(report.not_imported.iter().all(|record| record.line > 0));
    let before = site.directory().await;
    let again = site
        .import_path(&folder, ImportOptions::default())
        .await
        .expect("imports again");
    assert_same(
        &before,
        &site.directory().await,
        "importing twice changes nothing",
    );
    assert_eq!(
        again
            .kinds
            .values()
            .map(|c| c.created + c.changed + c.gone)
            .sum::<u64>(),
        0
    );
    assert_eq!(again.not_imported, report.not_imported);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_of_the_sample_is_accounted_for_on_sqlite() {
    every_record_is_accounted_for(Site::sqlite().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_of_the_sample_is_accounted_for_on_postgres() {
    if sample().is_some() {
        every_record_is_accounted_for(Site::postgres().await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rehearsal_tells_the_same_and_writes_nothing() {
    let Some(folder) = sample() else { return };
    let site = Site::sqlite().await;
    let empty = site.directory().await;
    let rehearsal = ImportOptions {
        dry_run: true,
        ..ImportOptions::default()
    };
    let told = site
        .import_path(&folder, rehearsal)
        .await
        .expect("rehearses");
    assert_same(&empty, &site.directory().await, "a rehearsal");
    assert_eq!(site.number("SELECT COUNT(*) FROM import").await, 0);
    let done = site
        .import_path(&folder, ImportOptions::default())
        .await
        .expect("imports");
    assert_eq!((told.kinds, told.schools), (done.kinds, done.schools));
    assert_eq!(told.not_imported, done.not_imported);
}

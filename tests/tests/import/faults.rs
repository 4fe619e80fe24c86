//! Deliveries with a fault: refused whole, with the file and the reason, and the directory stays.

use std::path::Path;

use clau_engine::import::{ImportError, ImportOptions};
use clau_tests::feedgen::{self, Plan, faults};

use super::site::{Site, assert_same};

async fn refused(site: &Site, folder: &Path, what: &str) -> String {
    let before = site.directory().await;
    let refused = site
        .import_path(folder, ImportOptions::default())
        .await
        .expect_err(what);
    assert_same(&before, &site.directory().await, what);
    assert_eq!(
        site.number("SELECT COUNT(*) FROM stage_person").await,
        0,
        "{what}"
    );
    refused.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_03_a_faulty_delivery_leaves_the_directory_as_it_was() {
    let site = Site::sqlite().await;
    let first = tempfile::tempdir().expect("folder");
    feedgen::write(&Plan::tiny(), first.path()).expect("writes");
    site.import_path(first.path(), ImportOptions::default())
        .await
        .expect("imports");
    type Fault = fn(&Path) -> std::io::Result<()>;
    let all: [(&str, Fault); 5] = [
        ("truncated", |folder| {
            faults::truncate(folder, "_PersEducNat_").map(drop)
        }),
        ("misencoded", |folder| {
            faults::misencode(folder, "_PersRelEleve_").map(drop)
        }),
        ("foreign", |folder| {
            faults::foreign(folder, "_Eleve_").map(drop)
        }),
        ("external entity", |folder| {
            faults::external_entity(folder, "_Eleve_").map(drop)
        }),
        ("deletion", |folder| {
            faults::deletion(folder, "_Eleve_").map(drop)
        }),
    ];
    for (what, fault) in all {
        let folder = tempfile::tempdir().expect("folder");
        feedgen::write(&Plan::tiny().next_day(), folder.path()).expect("writes");
        fault(folder.path()).expect(what);
        let text = refused(&site, folder.path(), what).await;
        assert!(text.contains(".xml"), "{what}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_04_lost_files_and_schools_are_refused() {
    let site = Site::sqlite().await;
    let first = tempfile::tempdir().expect("folder");
    feedgen::write(&Plan::tiny(), first.path()).expect("writes");
    site.import_path(first.path(), ImportOptions::default())
        .await
        .expect("imports");
    let folder = tempfile::tempdir().expect("folder");
    feedgen::write(&Plan::tiny().next_day(), folder.path()).expect("writes");
    faults::lose(folder.path(), "_Eleve_0001").expect("loses");
    let before = site.directory().await;
    let refused = site
        .import_path(folder.path(), ImportOptions::default())
        .await;
    assert!(matches!(
        refused,
        Err(ImportError::TooManyGone { .. } | ImportError::Refused(_))
    ));
    assert_same(&before, &site.directory().await, "a file is lost");
}

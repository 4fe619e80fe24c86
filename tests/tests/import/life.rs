//! The life of the hub goes on while an import runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clau_domain::names::LoginName;
use clau_engine::import::ImportOptions;
use clau_tests::feedgen::{self, Plan};

use super::site::Site;

#[tokio::test(flavor = "multi_thread")]
async fn imp_08_others_read_and_write_while_an_import_runs() {
    let site = Arc::new(Site::sqlite().await);
    let folder = tempfile::tempdir().expect("folder");
    feedgen::write(&Plan::demo(), folder.path()).expect("writes");
    let running = Arc::new(AtomicBool::new(true));
    let others = {
        let (site, running) = (Arc::clone(&site), Arc::clone(&running));
        tokio::spawn(async move {
            let (mut longest, mut turns) = (Duration::ZERO, 0);
            while running.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let value = turns.to_string();
                clau_storage::settings::insert_if_absent(&site.database, &value, &value)
                    .await
                    .expect("writes");
                let login = LoginName::typed("jean.martin").expect("login");
                clau_storage::accounts::by_login(&site.database, &login)
                    .await
                    .expect("reads");
                longest = longest.max(begun.elapsed());
                turns += 1;
                tokio::task::yield_now().await;
            }
            (longest, turns)
        })
    };
    site.import_path(folder.path(), ImportOptions::default())
        .await
        .expect("imports");
    running.store(false, Ordering::Relaxed);
    let (longest, turns) = others.await.expect("nobody was refused");
    assert!(turns > 5, "{turns} turns, the longest {longest:?}");
    assert!(
        longest < Duration::from_secs(2),
        "{turns} turns, the longest {longest:?}"
    );
}

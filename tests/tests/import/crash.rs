//! An import that is cut off: at every transaction, and by the death of its process.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use clau_engine::import::{ImportOptions, Phase};

use super::delivery::{Feed, two_schools};
use super::site::{Site, assert_same};

const OPTIONS: ImportOptions = ImportOptions {
    dry_run: false,
    max_gone_percent: 100.0,
};

/// The day after, with something of everything: arrivals, leavers, moves, changed names.
fn next_day() -> Feed {
    let mut feed = two_schools().without("4").without("22").without("2");
    feed.pupil("2", ("Lucie", "Martin-Roy"), "A", &[("11", 1)]);
    feed.pupil("5", ("Jean", "Martin"), "B", &[("16", 1)])
        .guardian("16", ("Anne", "Martin"));
    feed.school("C")
        .pupil("6", ("Nina", "Petit"), "C", &[("11", 2)]);
    feed
}

/// Runs the import of the next day and cuts it off at the `n`th progress. Whether it was cut.
async fn cut_at(site: &Arc<Site>, n: u32) -> bool {
    let seen = Arc::new(AtomicU32::new(0));
    let (cut, hear) = tokio::sync::oneshot::channel();
    let mut cut = Some(cut);
    let count = Arc::clone(&seen);
    *site.clock.on_progress.lock().expect("unpoisoned") = Some(Box::new(move |_| {
        if count.fetch_add(1, Ordering::Relaxed) + 1 == n {
            // Ends the task at its next wait, in the middle of the transaction after this one.
            let _heard = cut.take().map(|cut| cut.send(()));
        }
    }));
    let mut running = {
        let site = Arc::clone(site);
        tokio::spawn(async move {
            site.import_with("20260902", next_day().items(), OPTIONS)
                .await
        })
    };
    let ended = tokio::select! {
        ended = &mut running => ended,
        Ok(()) = hear => {
            running.abort();
            running.await
        }
    };
    *site.clock.on_progress.lock().expect("unpoisoned") = None;
    site.clock.pass(120_000);
    match ended {
        Ok(done) => {
            done.expect("imports");
            false
        }
        Err(_) => true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_02_imp_03_cut_at_any_transaction_the_import_is_whole_or_resumed() {
    let whole = Site::sqlite().await;
    whole
        .import("20260901", two_schools().items())
        .await
        .expect("imports");
    whole
        .import_with("20260902", next_day().items(), OPTIONS)
        .await
        .expect("imports");
    let expected = whole.meaning().await;
    let mut cuts = 0;
    for n in 1..=12 {
        let site = Arc::new(Site::sqlite().await);
        site.import("20260901", two_schools().items())
            .await
            .expect("imports");
        let before = site.meaning().await;
        if cut_at(&site, n).await {
            cuts += 1;
        }
        let applying = "SELECT COUNT(*) FROM import WHERE state = 'applying'";
        let begun = site.number(applying).await == 1;
        if begun {
            site.resume()
                .await
                .expect("resumes")
                .expect("something to resume");
        } else if site.meaning().await == before {
            site.import_with("20260902", next_day().items(), OPTIONS)
                .await
                .expect("imports");
        }
        assert_same(
            &expected,
            &site.meaning().await,
            &format!("cut at progress {n}"),
        );
        assert!(site.resume().await.expect("nothing left").is_none());
        assert_eq!(site.number("SELECT COUNT(*) FROM stage_person").await, 0);
    }
    assert!(cuts > 0, "{cuts} imports were cut off");
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_03_the_next_import_finishes_what_was_begun() {
    let site = Arc::new(Site::sqlite().await);
    site.import("20260901", two_schools().items())
        .await
        .expect("imports");
    let mut n = 1;
    // The first transaction of applying comes after those of reading and checking.
    while site
        .number("SELECT COUNT(*) FROM import WHERE state = 'applying'")
        .await
        == 0
    {
        assert!(n < 20, "never cut while applying");
        cut_at(&site, n).await;
        n += 1;
    }
    let report = site
        .import_with("20260903", next_day().items(), OPTIONS)
        .await
        .expect("imports");
    assert_eq!(
        report.people_counts().created,
        0,
        "the day before was finished first"
    );
    // Imports that were cut off too late to notice are done as well.
    let left = site.number("SELECT COUNT(*) FROM import WHERE state = 'applying'");
    assert_eq!(left.await, 0);
    let done = site.number("SELECT COUNT(*) FROM import WHERE state = 'done'");
    assert!(done.await >= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_told_phase_by_phase() {
    let site = Site::sqlite().await;
    let phases = Arc::new(std::sync::Mutex::new(Vec::new()));
    let told = Arc::clone(&phases);
    *site.clock.on_progress.lock().expect("unpoisoned") = Some(Box::new(move |progress| {
        told.lock().expect("unpoisoned").push(progress.phase)
    }));
    site.import("20260901", two_schools().items())
        .await
        .expect("imports");
    let mut phases = phases.lock().expect("unpoisoned").clone();
    phases.dedup();
    assert_eq!(phases, [Phase::Reading, Phase::Checking, Phase::Applying]);
}

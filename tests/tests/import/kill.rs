//! An import whose process is killed (`kill -9`): the directory is the old or the new one in each school,
//! and the next node finishes what was begun. The process that dies is this test binary again.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use clau_engine::import::ImportOptions;
use clau_tests::feedgen::{self, Plan};

use super::site::{Site, assert_same};

/// Tells the child which file and which feed.
const FILE: &str = "CLAU_TEST_IMPORT_FILE";
const FEED: &str = "CLAU_TEST_IMPORT_FEED";
/// Name of the test that is the child.
const CHILD: &str = "kill::the_process_that_dies";
/// Places at which it dies.
const POINTS: usize = 20;

const OPTIONS: ImportOptions = ImportOptions {
    dry_run: false,
    max_gone_percent: 100.0,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_process_that_dies() {
    let (Ok(file), Ok(feed)) = (std::env::var(FILE), std::env::var(FEED)) else {
        return;
    };
    let site = Site::sqlite_at(Path::new(&file), 2).await;
    *site.clock.on_progress.lock().expect("unpoisoned") =
        Some(Box::new(|progress| println!("\nprogress {progress:?}")));
    site.import_path(Path::new(&feed), OPTIONS)
        .await
        .expect("imports");
}

#[tokio::test(flavor = "multi_thread")]
async fn imp_03_ft_02_killed_at_twenty_points_nothing_is_mixed_and_the_rest_is_resumed() {
    let folder = tempfile::tempdir().expect("folder");
    let plan = Plan {
        schools: 6,
        pupils: 120,
        guardians: 200,
        staff: 40,
        ..Plan::tiny()
    };
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    feedgen::write(&plan, &first).expect("writes");
    feedgen::write(&plan.next_day(), &second).expect("writes");
    let base = folder.path().join("base.db");
    {
        let site = Site::sqlite_at(&base, 1).await;
        site.import_path(&first, OPTIONS).await.expect("imports");
        site.close().await;
    }
    let whole = folder.path().join("whole.db");
    std::fs::copy(&base, &whole).expect("copies");
    let expected = {
        let site = Site::sqlite_at(&whole, 2).await;
        site.import_path(&second, OPTIONS).await.expect("imports");
        site.meaning().await
    };
    let (mut resumed, mut untouched) = (0, 0);
    for point in 0..POINTS {
        let file = folder.path().join(format!("{point}.db"));
        std::fs::copy(&base, &file).expect("copies");
        die_at(&file, &second, point);
        let site = Site::sqlite_at(&file, 3).await;
        site.clock.pass(120_000);
        assert_eq!(site.texts("PRAGMA integrity_check").await, ["ok"]);
        match site.resume().await.expect("resumes") {
            Some(_) => resumed += 1,
            None if site
                .number("SELECT COUNT(*) FROM import WHERE state = 'done'")
                .await
                == 1 =>
            {
                untouched += 1;
                site.import_path(&second, OPTIONS).await.expect("imports");
            }
            None => {}
        }
        assert_same(
            &expected,
            &site.meaning().await,
            &format!("killed at point {point}"),
        );
    }
    assert!(
        resumed > 0 && untouched > 0,
        "{resumed} resumed, {untouched} begun again"
    );
}

/// Runs the import of a feed in a process of its own, and kills it at the progress, or a little after.
fn die_at(file: &Path, feed: &Path, point: usize) {
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args(["--exact", CHILD, "--nocapture", "--test-threads=1"])
        .env(FILE, file)
        .env(FEED, feed)
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts again");
    let output = BufReader::new(child.stdout.take().expect("piped"));
    let told = output
        .lines()
        .map_while(Result::ok)
        .filter(|line| line.starts_with("progress"));
    // Every progress twice: at once, and in the middle of the transaction that follows.
    let _last = told.take(point / 2 + 1).last();
    std::thread::sleep(Duration::from_micros(700 * (point as u64 % 2)));
    // Already gone when the import was shorter than that.
    let _killed = child.kill();
    child.wait().expect("our own child");
}

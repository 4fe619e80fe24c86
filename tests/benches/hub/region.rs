//! A whole region: generated, imported into SQLite, served. People a second and peak memory of the
//! import; time to readiness and resident memory of the hub on it.

use std::time::{Duration, Instant};

use super::Line;
use super::machine::{Machine, program};

pub(crate) async fn measure() -> Vec<Line> {
    let prepared = Machine::prepare();
    let feed = prepared.scratch.join("feed");
    eprintln!("generating a region's feed …");
    let made = std::process::Command::new(program("clau-feedgen"))
        .args(["--preset", "region", "--out"])
        .arg(&feed)
        .status();
    assert!(made.expect("clau-feedgen runs").success());
    eprintln!("importing it …");
    let path = feed.display().to_string();
    let (took, peak) = prepared.watch(&["import", "aaf", &path, "--source", "banc"]);
    let again = prepared.watch(&["import", "aaf", &path, "--source", "banc"]).0;
    let people = people_in(&prepared.scratch.join("clau.db")).await;
    let rate = people as f64 / took.as_secs_f64();
    eprintln!("  {people} people in {took:.1?}; again, unchanged, in {again:.1?}");
    let began = Instant::now();
    let machine = prepared.serve().await;
    let start = began.elapsed();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let resident = machine.memory("VmRSS") / 1024;
    vec![
        Line {
            what: "import of a region into SQLite, people a second",
            figure: format!("{rate:.0}"),
            goal: "≥ 10 000",
            met: rate >= 10_000.0,
        },
        Line {
            what: "import of a region, peak memory",
            figure: format!("{} MB", peak / 1024),
            goal: "< 300 MB",
            met: peak / 1024 < 300,
        },
        Line {
            what: "start to ready on a region",
            figure: format!("{} ms", start.as_millis()),
            goal: "< 300 ms",
            met: start < Duration::from_millis(300),
        },
        Line {
            what: "resident memory, idle on a region",
            figure: format!("{resident} MB"),
            goal: "< 60 MB",
            met: resident < 60,
        },
    ]
}

async fn people_in(file: &std::path::Path) -> i64 {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).read_only(true);
    let pool = sqlx::SqlitePool::connect_with(options).await.expect("opens");
    sqlx::query_scalar("SELECT COUNT(*) FROM person").fetch_one(&pool).await.expect("counts")
}

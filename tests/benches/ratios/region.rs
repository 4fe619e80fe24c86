//! A whole region in one SQLite file: how fast its feed is imported and with how much memory, how soon the
//! hub is ready on it, and how much memory it takes when nobody comes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use clau_tests::feedgen::{self, Plan};
use clau_tests::support::hub::{Setup, Stores, program};
use clau_tests::support::process::{Launch, Scratch};

use crate::measure::{Goal, Report, command, memory, settle};

pub(crate) async fn measure(report: &mut Report) {
    let scratch = Scratch::new("region");
    let feed = scratch.join("feed");
    let start = Instant::now();
    let summary = feedgen::write(&Plan::region(), &feed).expect("there is room for the feed");
    report.note("region's feed written", start.elapsed().as_secs_f64(), "s");
    let people = summary.pupils + summary.guardians + summary.staff;

    let mut hub = Setup::new(Stores::Embedded).plain().start().await;
    let port = hub.port();
    hub.stop(0);
    let folder = feed.to_string_lossy();
    let spent = command(hub.configuration(), &["import", "aaf", &folder]);
    report.add(
        "people imported a second",
        people as f64 / spent.wall.as_secs_f64(),
        "people/s",
        Goal::AtLeast(10_000.0),
    );
    report.add("import: peak memory", spent.peak, "MB", Goal::AtMost(300.0));

    let start = Instant::now();
    let process = Launch::new("region", program("clau"))
        .args(["--config".as_ref(), hub.configuration().as_os_str()])
        .args(["serve"])
        .start(&scratch);
    while !is_ready(port) {
        assert!(process.is_running(), "{}", process.log());
        thread::sleep(Duration::from_millis(2));
    }
    report.add(
        "start-up to ready, region in SQLite",
        start.elapsed().as_secs_f64(),
        "s",
        Goal::AtMost(0.3),
    );
    settle(process.pid());
    let resident = memory(process.pid(), "VmRSS").expect("the hub runs");
    report.add("resident memory, idle", resident, "MB", Goal::AtMost(60.0));
}

fn is_ready(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let request = format!(
        "GET /health/ready HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n"
    );
    let mut answer = String::new();
    let asked = stream
        .write_all(request.as_bytes())
        .and_then(|()| stream.read_to_string(&mut answer));
    asked.is_ok() && answer.starts_with("HTTP/1.1 200")
}

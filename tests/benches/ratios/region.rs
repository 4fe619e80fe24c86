//! A whole region in one SQLite file: how fast its feed is imported and with how much memory, how soon the
//! hub is ready on it, and how much memory it takes when nobody comes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use clau_tests::feedgen::{self, Plan};
use clau_tests::support::hub::{Setup, Stores, program};
use clau_tests::support::process::{Launch, Scratch};

use crate::measure::{Goal, Report, cpu_time, memory};

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
    let (seconds, peak) = import(hub.configuration(), &feed);
    report.add(
        "people imported a second",
        people as f64 / seconds,
        "people/s",
        Goal::AtLeast(10_000.0),
    );
    report.add("import: peak memory", peak, "MB", Goal::AtMost(300.0));

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

/// Seconds and peak memory (MB) of `clau import aaf`.
fn import(configuration: &Path, feed: &Path) -> (f64, f64) {
    let start = Instant::now();
    let mut import = Command::new(program("clau"))
        .arg("--config")
        .arg(configuration)
        .args(["import", "aaf"])
        .arg(feed)
        .stdout(Stdio::null())
        .spawn()
        .expect("clau runs");
    let mut peak = 0.0_f64;
    loop {
        peak = memory(import.id(), "VmHWM").unwrap_or(0.0).max(peak);
        match import.try_wait().expect("our own child") {
            Some(status) => {
                assert!(status.success(), "the import failed: {status}");
                return (start.elapsed().as_secs_f64(), peak);
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    }
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

/// Waits until the process has done nothing to speak of for two seconds.
fn settle(pid: u32) {
    let start = Instant::now();
    let mut last = cpu_time(pid);
    while start.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_secs(2));
        let now = cpu_time(pid);
        if now - last < Duration::from_millis(40) {
            return;
        }
        last = now;
    }
}

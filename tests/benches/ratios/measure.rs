//! CPU time and memory of a process as the kernel counts them, two things done in turns, what a command costs,
//! percentiles, and the table at the end.

use std::path::Path;
use std::process::{self, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use clau_tests::support::hub::program;

/// How long one of two works before the other takes its turn. The kernel counts in hundredths of a second.
const TURN: Duration = Duration::from_millis(250);
/// Turns of each.
const TURNS: u32 = 10;

/// The figures of one run, each beside its goal.
#[derive(Debug, Default)]
pub(crate) struct Report {
    lines: Vec<String>,
}

/// What a figure should be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// At least this.
    AtLeast(f64),
    /// At most this.
    AtMost(f64),
}

impl Report {
    /// Adds a figure, and says it at once: a run takes minutes.
    pub(crate) fn add(&mut self, what: &str, figure: f64, unit: &str, goal: Goal) {
        let (met, wanted) = match goal {
            Goal::AtLeast(least) => (figure >= least, format!("at least {least}")),
            Goal::AtMost(most) => (figure <= most, format!("at most {most}")),
        };
        let verdict = if met { "met" } else { "MISSED" };
        let line = format!("{what:<58} {figure:>10.2} {unit:<10} {wanted:<16} {verdict}");
        println!("{line}");
        self.lines.push(line);
    }

    /// A figure that has no goal of its own but explains another.
    pub(crate) fn note(&mut self, what: &str, figure: f64, unit: &str) {
        let line = format!("{what:<58} {figure:>10.2} {unit}");
        println!("{line}");
        self.lines.push(line);
    }

    /// The whole table.
    pub(crate) fn print(&self) {
        println!("\n== summary");
        for line in &self.lines {
            println!("{line}");
        }
    }
}

/// User and system time that a process has used on all its threads.
pub(crate) fn cpu_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // After the name in brackets; utime and stime are fields 14 and 15 of the line.
    let (_, fields) = stat.rsplit_once(") ").expect("the kernel's format");
    let ticks: u64 = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    // USER_HZ has been 100 on every Linux port that we run on for decades.
    Duration::from_millis(ticks * 10)
}

/// How often a second each of the two can be done on one core, by this process's CPU time.
pub(crate) fn taking_turns(mut bare: impl FnMut(), mut ours: impl FnMut()) -> (f64, f64) {
    // As many as fit into a turn; the first ones also warm the caches.
    let start = Instant::now();
    let mut times = 0_u32;
    while start.elapsed() < TURN {
        bare();
        ours();
        times += 2;
    }
    let (mut for_bare, mut for_ours) = (Duration::ZERO, Duration::ZERO);
    for _ in 0..TURNS {
        for_bare += turn(times, &mut bare);
        for_ours += turn(times, &mut ours);
    }
    let done = f64::from(times * TURNS);
    (done / for_bare.as_secs_f64(), done / for_ours.as_secs_f64())
}

/// CPU time for doing something so many times.
fn turn(times: u32, work: &mut impl FnMut()) -> Duration {
    let before = cpu_time(process::id());
    for _ in 0..times {
        work();
    }
    cpu_time(process::id()) - before
}

/// Microseconds, for a line of the report.
pub(crate) fn micros(cost: Duration) -> f64 {
    cost.as_secs_f64() * 1e6
}

/// A line of `/proc/PID/status` in MB: `VmRSS`, `VmHWM`. `None` when the process is gone.
pub(crate) fn memory(pid: u32, line: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let (_, rest) = status.split_once(&format!("{line}:"))?;
    let kilobytes: f64 = rest.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes / 1024.0)
}

/// What a command has cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// How long it took.
    pub(crate) wall: Duration,
    /// User and system time of all its threads.
    pub(crate) cpu: Duration,
    /// Its peak resident memory, in MB.
    pub(crate) peak: f64,
}

/// Runs `clau` with a configuration until it ends, which must be well.
pub(crate) fn command(configuration: &Path, arguments: &[&str]) -> Spent {
    let start = Instant::now();
    let mut child = Command::new(program("clau"))
        .arg("--config")
        .arg(configuration)
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .expect("clau runs");
    let mut spent = Spent {
        wall: Duration::ZERO,
        cpu: Duration::ZERO,
        peak: 0.0,
    };
    loop {
        // Until it is waited for, the kernel still tells what a process that has ended has used.
        spent.cpu = cpu_time(child.id());
        spent.peak = memory(child.id(), "VmHWM").unwrap_or(0.0).max(spent.peak);
        match child.try_wait().expect("our own child") {
            Some(status) => {
                assert!(status.success(), "clau {arguments:?} failed: {status}");
                spent.wall = start.elapsed();
                return spent;
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// Waits until a process has done nothing to speak of for two seconds.
pub(crate) fn settle(pid: u32) {
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

/// The value that all but one percent stay below, in milliseconds.
pub(crate) fn p99(mut latencies: Vec<Duration>) -> f64 {
    latencies.sort();
    let index = (latencies.len() * 99 / 100).min(latencies.len().saturating_sub(1));
    latencies
        .get(index)
        .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
}

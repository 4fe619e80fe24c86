//! CPU time and memory of a process as the kernel counts them, percentiles, and the table at the end.

use std::fs;
use std::time::Duration;

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

/// The value that all but one percent stay below, in milliseconds.
pub(crate) fn p99(mut latencies: Vec<Duration>) -> f64 {
    latencies.sort();
    let index = (latencies.len() * 99 / 100).min(latencies.len().saturating_sub(1));
    latencies
        .get(index)
        .map_or(f64::NAN, |latency| latency.as_secs_f64() * 1000.0)
}

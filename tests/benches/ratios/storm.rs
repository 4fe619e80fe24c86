//! A storm of password logins at ten times what the hub can do, while people with a session go on
//! working. Goal: their p99 stays within 3 times of the quiet one.
//!
//! The storm comes from a process of its own that yields to everybody: it stands for ten thousand
//! browsers elsewhere, and what is measured is how the hub shares itself out, not how the client does.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Hub;
use clau_tests::support::process::{Launch, Scratch};
use tokio::task::JoinSet;

use crate::measure::{Goal, Report, p99};
use crate::testers;

/// The argument that makes this program the storm.
pub(crate) const COMMAND: &str = "storm-sender";

const DURATION: Duration = Duration::from_secs(10);
const HOLDERS: usize = 20;
/// Time between two pages of one person. Somebody who reads, not a load generator.
const PACE: Duration = Duration::from_millis(200);
/// Most logins under way at the same time: browsers in their turn wait for an answer.
const UNDER_WAY: usize = 2_000;

pub(crate) async fn measure(report: &mut Report, capacity: f64) {
    let hub = Arc::new(testers::hub().await);
    let browser = Visitor::new();
    let mut holders = Vec::new();
    for number in 0..HOLDERS {
        assert!(
            testers::log_in(&hub.url(""), &browser, number).await,
            "tester{number} is not let in"
        );
        holders.push(Arc::new(browser.copy()));
    }
    let quiet = p99(latencies(&hub, &holders).await);
    report.note("portal with a session, quiet: p99", quiet, "ms");

    let scratch = Scratch::new("storm");
    let program = std::env::current_exe().expect("the system names our executable");
    let storm = Launch::new("storm", "nice")
        .args(["-n", "19"])
        .args([program.as_os_str()])
        .args([COMMAND, &hub.url(""), &(capacity * 10.0).to_string()])
        .start(&scratch);
    // It has begun when the first logins were told to come back, or let in.
    storm.wait_until(|| last_count(&storm.log()).filter(|(sent, _)| *sent > 0.0));
    let stormy = p99(latencies(&hub, &holders).await);
    let (sent, refused) = last_count(&storm.log()).unwrap_or_default();
    report.note(
        "storm: logins answered",
        sent / DURATION.as_secs_f64(),
        "logins/s",
    );
    report.note(
        "storm: told to come back",
        100.0 * refused / sent.max(1.0),
        "%",
    );
    report.note("portal with a session, in the storm: p99", stormy, "ms");
    report.add(
        "p99 in the storm / quiet",
        stormy / quiet,
        "×",
        Goal::AtMost(3.0),
    );
}

/// The last line of the storm's log: logins answered so far, and those of them told to come back.
fn last_count(log: &str) -> Option<(f64, f64)> {
    let (sent, refused) = log.lines().last()?.split_once(' ')?;
    Some((sent.parse().ok()?, refused.parse().ok()?))
}

/// How long each page took that the holders of a session opened.
async fn latencies(hub: &Arc<Hub>, holders: &[Arc<Visitor>]) -> Vec<Duration> {
    let start = Instant::now();
    let mut people = JoinSet::new();
    for holder in holders {
        let (hub, holder) = (Arc::clone(hub), Arc::clone(holder));
        people.spawn(async move {
            let mut latencies = Vec::new();
            let mut pace = tokio::time::interval(PACE);
            while start.elapsed() < DURATION {
                pace.tick().await;
                let asked = Instant::now();
                let page = holder.get(hub.url("/")).await;
                latencies.push(asked.elapsed());
                assert!(
                    page.status.is_success(),
                    "a session holder got {}",
                    page.status
                );
            }
            latencies
        });
    }
    people.join_all().await.into_iter().flatten().collect()
}

/// Sends logins at a steady rate, whether or not the hub keeps up, until it is killed.
pub(crate) async fn send(base: &str, rate: f64) {
    let (answered, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let visitor = Visitor::new();
    let mut pace = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
    let mut told = Instant::now();
    let mut under_way = JoinSet::new();
    for number in 0.. {
        pace.tick().await;
        while under_way.try_join_next().is_some() {}
        if under_way.len() < UNDER_WAY {
            let (base, visitor) = (base.to_owned(), visitor.copy());
            let (answered, refused) = (Arc::clone(&answered), Arc::clone(&refused));
            under_way.spawn(async move {
                if !testers::log_in(&base, &visitor, number).await {
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                answered.fetch_add(1, Ordering::Relaxed);
            });
        }
        if told.elapsed() > Duration::from_millis(100) {
            told = Instant::now();
            println!(
                "{} {}",
                answered.load(Ordering::Relaxed),
                refused.load(Ordering::Relaxed)
            );
        }
    }
}

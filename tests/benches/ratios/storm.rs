//! A storm of password logins at ten times what the hub can do, while people with a session go on
//! working. Goal: their p99 stays within 3 times of the quiet one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Hub;
use tokio::task::JoinSet;

use crate::measure::{Goal, Report, p99};
use crate::testers;

const DURATION: Duration = Duration::from_secs(10);
const HOLDERS: usize = 20;
/// Time between two pages of one person. Somebody who reads, not a load generator.
const PACE: Duration = Duration::from_millis(100);

pub(crate) async fn measure(report: &mut Report, capacity: f64) {
    let hub = Arc::new(testers::hub().await);
    let browser = Visitor::new();
    let mut holders = Vec::new();
    for number in 0..HOLDERS {
        assert!(
            testers::log_in(&hub, &browser, number).await,
            "tester{number} is not let in"
        );
        holders.push(Arc::new(browser.copy()));
    }
    let quiet = p99(latencies(&hub, &holders).await);
    report.note("portal with a session, quiet: p99", quiet, "ms");

    let storm = Storm::start(Arc::clone(&hub), capacity * 10.0);
    let stormy = p99(latencies(&hub, &holders).await);
    let (sent, refused) = storm.end().await;
    report.note(
        "storm: logins sent",
        sent as f64 / DURATION.as_secs_f64(),
        "logins/s",
    );
    report.note(
        "storm: told to come back",
        100.0 * refused as f64 / sent.max(1) as f64,
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

/// Logins that arrive at a steady rate, whether or not the hub keeps up.
struct Storm {
    over: Arc<AtomicBool>,
    refused: Arc<AtomicUsize>,
    sender: tokio::task::JoinHandle<usize>,
}

impl Storm {
    fn start(hub: Arc<Hub>, rate: f64) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let refused = Arc::new(AtomicUsize::new(0));
        let (ended, counted) = (Arc::clone(&over), Arc::clone(&refused));
        let sender = tokio::spawn(async move {
            let visitor = Visitor::new();
            let mut pace = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
            let mut sent = 0;
            let mut under_way = JoinSet::new();
            while !ended.load(Ordering::Relaxed) {
                pace.tick().await;
                let (hub, visitor, counted) =
                    (Arc::clone(&hub), visitor.copy(), Arc::clone(&counted));
                under_way.spawn(async move {
                    if !testers::log_in(&hub, &visitor, sent).await {
                        counted.fetch_add(1, Ordering::Relaxed);
                    }
                });
                sent += 1;
                while under_way.try_join_next().is_some() {}
            }
            under_way.abort_all();
            sent
        });
        Self {
            over,
            refused,
            sender,
        }
    }

    /// Ends it: how many logins were sent, and how many were told to come back.
    async fn end(self) -> (usize, usize) {
        self.over.store(true, Ordering::Relaxed);
        let sent = self.sender.await.unwrap_or_default();
        (sent, self.refused.load(Ordering::Relaxed))
    }
}

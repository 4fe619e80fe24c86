//! Password logins against bare Argon2id on the same cores. Goal: at least 0.90 of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clau_tests::support::http::Visitor;
use tokio::task::JoinSet;

use crate::measure::{Goal, Report};
use crate::testers;

const DURATION: Duration = Duration::from_secs(10);

/// Logins a second that the hub can do.
pub(crate) async fn measure(report: &mut Report) -> f64 {
    let cores = thread::available_parallelism().map_or(2, usize::from);
    let bare = tokio::task::spawn_blocking(move || bare(cores))
        .await
        .expect("the threads end");
    report.note("bare Argon2id, all cores", bare, "hashes/s");

    let hub = Arc::new(testers::hub().await);
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let mut clients = JoinSet::new();
    for _ in 0..cores * 4 {
        let (hub, next) = (Arc::clone(&hub), Arc::clone(&next));
        clients.spawn(async move {
            let visitor = Visitor::new();
            let mut done = 0_u32;
            while start.elapsed() < DURATION {
                let number = next.fetch_add(1, Ordering::Relaxed);
                assert!(
                    testers::log_in(&hub.url(""), &visitor, number).await,
                    "tester{number} is not let in"
                );
                done += 1;
            }
            done
        });
    }
    let done: u32 = clients.join_all().await.into_iter().sum();
    let capacity = f64::from(done) / start.elapsed().as_secs_f64();
    report.note("password logins", capacity, "logins/s");
    report.add(
        "password logins / bare Argon2id",
        capacity / bare,
        "",
        Goal::AtLeast(0.90),
    );
    capacity
}

fn bare(cores: usize) -> f64 {
    let start = Instant::now();
    let threads: Vec<_> = (0..cores)
        .map(|_| {
            thread::spawn(move || {
                let mut memory = testers::memory();
                let mut done = 0_u32;
                while start.elapsed() < DURATION {
                    testers::hash(&mut memory);
                    done += 1;
                }
                done
            })
        })
        .collect();
    let done: u32 = threads
        .into_iter()
        .filter_map(|thread| thread.join().ok())
        .sum();
    f64::from(done) / start.elapsed().as_secs_f64()
}

//! Password logins against bare Argon2id, in processor time on the same cores.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clau_tests::support::http::Visitor;

use super::Line;
use super::load::figure_of;
use super::machine::{Machine, PASSWORD};

const LOGINS: usize = 600;
const AT_ONCE: usize = 8;

pub(crate) async fn measure() -> Vec<Line> {
    eprintln!("password logins against bare Argon2id …");
    let machine = Arc::new(Machine::with_people(LOGINS).await);
    let bare = figure_of("argon2", &[]);
    let next = Arc::new(AtomicUsize::new(0));
    let before = machine.cpu();
    let began = std::time::Instant::now();
    let mut visitors = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE {
        let (machine, next) = (Arc::clone(&machine), Arc::clone(&next));
        visitors.spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= LOGINS {
                    return;
                }
                log_in(&machine.base, number).await;
            }
        });
    }
    visitors.join_all().await;
    let rate = LOGINS as f64 / began.elapsed().as_secs_f64();
    let each = (machine.cpu() - before).as_secs_f64() * 1000.0 / LOGINS as f64;
    let ratio = bare / each;
    eprintln!("  {rate:.0} logins a second beside their own visitors; {each:.2} ms of processor each, bare hash {bare:.2} ms");
    vec![Line {
        what: "password logins / bare Argon2id, same processor time",
        figure: format!("{ratio:.2}"),
        goal: "≥ 0.90",
        met: ratio >= 0.90,
    }]
}

/// The login page and its form, as a browser does it.
pub(crate) async fn log_in(base: &str, number: usize) -> Visitor {
    let visitor = Visitor::new();
    let page = visitor.get(format!("{base}/login")).await;
    let form = page
        .form_with("password")
        .with("username", &format!("eleve.n{number}"))
        .with("password", PASSWORD);
    let answer = visitor.submit(&form).await;
    assert!(answer.status.is_redirection(), "eleve.n{number}: {}", answer.status);
    visitor
}

//! A storm of password logins at ten times what the cores can hash, while people who are already in
//! open the portal: their 99th percentile against the quiet one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clau_tests::support::http::Visitor;

use super::Line;
use super::machine::Machine;
use super::passwords::log_in;

const QUIET: Duration = Duration::from_secs(8);
const STORM: Duration = Duration::from_secs(12);
/// One core hashes some fifty passwords a second.
const HASHES_A_SECOND_AND_CORE: usize = 50;

pub(crate) async fn measure() -> Vec<Line> {
    eprintln!("people at work during a storm of logins …");
    let machine = Arc::new(Machine::with_people(50).await);
    let holder = log_in(&machine.base, 0).await;
    let quiet = p99(&machine, &holder, QUIET).await;
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let rate = 10 * cores * HASHES_A_SECOND_AND_CORE;
    let over = Arc::new(AtomicBool::new(false));
    let (sent, busy) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let storm = tokio::spawn(storm(Arc::clone(&machine), rate, Arc::clone(&over), Arc::clone(&sent), Arc::clone(&busy)));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let stormy = p99(&machine, &holder, STORM).await;
    over.store(true, Ordering::Relaxed);
    storm.await.expect("the storm");
    let ratio = stormy.as_secs_f64() / quiet.as_secs_f64();
    eprintln!(
        "  quiet p99 {quiet:.1?}, in the storm {stormy:.1?}; {} logins sent, {} told to come back",
        sent.load(Ordering::Relaxed),
        busy.load(Ordering::Relaxed)
    );
    vec![Line {
        what: "p99 of session holders in a storm / quiet",
        figure: format!("{ratio:.2}"),
        goal: "≤ 3",
        met: ratio <= 3.0,
    }]
}

/// A page every ten milliseconds, as people arrive: late ones are not forgiven.
async fn p99(machine: &Machine, holder: &Visitor, during: Duration) -> Duration {
    let url = format!("{}/account", machine.base);
    let mut times = Vec::new();
    let began = Instant::now();
    let mut tick = tokio::time::interval(Duration::from_millis(10));
    while began.elapsed() < during {
        tick.tick().await;
        let asked = Instant::now();
        let answer = holder.get(&url).await;
        assert!(answer.status.is_success(), "{}", answer.status);
        times.push(asked.elapsed());
    }
    times.sort();
    times[times.len() * 99 / 100]
}

async fn storm(
    machine: Arc<Machine>,
    rate: usize,
    over: Arc<AtomicBool>,
    sent: Arc<AtomicUsize>,
    busy: Arc<AtomicUsize>,
) {
    let visitor = Visitor::new();
    let page = visitor.get(format!("{}/login", machine.base)).await;
    let form = page.form_with("password");
    let mut tick = tokio::time::interval(Duration::from_secs(1) / u32::try_from(rate).unwrap_or(1));
    let mut flying = tokio::task::JoinSet::new();
    let visitor = Arc::new(visitor);
    while !over.load(Ordering::Relaxed) {
        tick.tick().await;
        let number = sent.fetch_add(1, Ordering::Relaxed);
        let form = form
            .clone()
            .with("username", &format!("inconnu.n{number}"))
            .with("password", "un mot de passe quelconque");
        let (visitor, busy) = (Arc::clone(&visitor), Arc::clone(&busy));
        flying.spawn(async move {
            if visitor.submit(&form).await.status.as_u16() == 503 {
                busy.fetch_add(1, Ordering::Relaxed);
            }
        });
        while flying.try_join_next().is_some() {}
    }
    flying.abort_all();
}

//! The CAS round trip with an existing session (login redirect, then serviceValidate) in the hub's
//! processor time, against two bare axum requests and the store operations it cannot do without.

use std::io::Write as _;

use clau_tests::support::http::Visitor;
use clau_tests::support::process::free_port;

use super::Line;
use super::load::{figure_of, role};
use super::machine::{Machine, cpu_of};
use super::passwords::log_in;

const TRIPS: u32 = 3000;
const SERVICE: &str = "http://localhost/cours";

pub(crate) async fn measure() -> Vec<Line> {
    eprintln!("CAS round trips against bare requests and store operations …");
    let machine = Machine::with_people(20).await;
    let visitor = log_in(&machine.base, 0).await;
    // Loops are stopped by the hub: each session is used as a person would, not a thousand times.
    let mut visitors = vec![visitor];
    for number in 1..20 {
        visitors.push(log_in(&machine.base, number).await);
    }
    round_trips(&machine, &visitors, 200).await;
    let before = machine.cpu();
    round_trips(&machine, &visitors, TRIPS).await;
    let hub = (machine.cpu() - before).as_secs_f64() * 1000.0 / f64::from(TRIPS);
    let bare = bare_request().await;
    let database = machine.database();
    let login = "eleve.n0".to_owned();
    let stores = figure_of(
        "stores",
        &[("DATABASE", database), ("LOGIN", login), ("TRIPS", TRIPS.to_string())],
    );
    let ratio = hub / (2.0 * bare + stores);
    eprintln!("  hub {hub:.3} ms, two bare requests {:.3} ms, store operations {stores:.3} ms", 2.0 * bare);
    vec![Line {
        what: "CAS round trip / (2 bare requests + store operations)",
        figure: format!("{ratio:.2}"),
        goal: "≤ 3",
        met: ratio <= 3.0,
    }]
}

async fn round_trips(machine: &Machine, visitors: &[Visitor], trips: u32) {
    let base = &machine.base;
    let plain = Visitor::new();
    for (trip, visitor) in (0..trips).zip(visitors.iter().cycle()) {
        // A page of its own each time keeps clear of the guard against redirect loops.
        let page = trip / 100;
        let service = format!("{SERVICE}/{page}");
        let answer = visitor.get(format!("{base}/cas/login?service={service}")).await;
        let Some(ticket) = answer.location_parameter("ticket") else {
            // The guard against loops spoke: wait it out.
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            continue;
        };
        let url = format!("{base}/cas/p3/serviceValidate?service={service}&ticket={ticket}");
        let answer = plain.get(url).await;
        assert!(answer.text().contains("authenticationSuccess"), "{}", answer.text());
    }
}

/// Processor milliseconds of one bare axum request.
async fn bare_request() -> f64 {
    let port = free_port();
    let mut child = role("axum", &[("PORT", port.to_string())])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .expect("the role runs");
    let visitor = Visitor::new();
    let url = format!("http://127.0.0.1:{port}/");
    while visitor.try_get(&url).await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let before = cpu_of(child.id());
    let requests = 10 * TRIPS;
    for _ in 0..requests {
        visitor.get(&url).await;
    }
    let each = (cpu_of(child.id()) - before).as_secs_f64() * 1000.0 / f64::from(requests);
    if let Some(mut input) = child.stdin.take() {
        input.flush().expect("standard input");
    }
    child.wait().expect("the role ends");
    each
}

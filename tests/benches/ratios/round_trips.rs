//! The CAS round trip (login redirect with an existing session, then serviceValidate) in the server's CPU
//! time, against two bare requests with their unavoidable store operations. Goal: at most 3 times.

use std::time::Duration;

use clau_tests::support::http::Visitor;
use clau_tests::support::process::{Launch, Scratch, free_port};

use crate::bare;
use crate::measure::{Goal, Report, cpu_time};
use crate::testers::{self, SERVICE};

/// Sessions that round trips are made with, and how many each makes: the hub stops a browser that comes
/// back for the same service too often in a few seconds.
const SESSIONS: usize = 250;
const TRIPS: usize = 10;

pub(crate) async fn measure(report: &mut Report) {
    let hub = hub().await;
    let bare = bare().await;
    let micros = |cost: Duration| cost.as_secs_f64() * 1e6;
    report.note("CAS round trip, the hub's CPU time", micros(hub), "µs");
    report.note(
        "two bare requests with their store operations",
        micros(bare),
        "µs",
    );
    let ratio = hub.as_secs_f64() / bare.as_secs_f64();
    report.add(
        "CAS round trip / two bare requests",
        ratio,
        "×",
        Goal::AtMost(3.0),
    );
}

async fn hub() -> Duration {
    let hub = testers::hub().await;
    let browser = Visitor::new();
    let mut sessions = Vec::new();
    for number in 0..SESSIONS {
        assert!(
            testers::log_in(&hub.url(""), &browser, number).await,
            "tester{number} is not let in"
        );
        sessions.push(browser.copy());
    }
    let service = Visitor::new();
    let before = cpu_time(hub.process(0).pid());
    for _ in 0..TRIPS {
        for session in &sessions {
            let answer = session.get(hub.cas_login(SERVICE)).await;
            let ticket = answer
                .location_parameter("ticket")
                .unwrap_or_else(|| panic!("no ticket: {}", answer.text()));
            let path = format!("/cas/p3/serviceValidate?service={SERVICE}&ticket={ticket}");
            let answer = service.get(hub.url(&path)).await;
            assert!(
                answer.body.contains("authenticationSuccess"),
                "{}",
                answer.body
            );
        }
    }
    (cpu_time(hub.process(0).pid()) - before) / u32::try_from(SESSIONS * TRIPS).unwrap_or(u32::MAX)
}

async fn bare() -> Duration {
    let scratch = Scratch::new("bare");
    let port = free_port();
    let program = std::env::current_exe().expect("the system names our executable");
    let server = Launch::new("bare", program)
        .args([
            bare::COMMAND,
            &port.to_string(),
            &scratch.join("bare.db").to_string_lossy(),
        ])
        .start(&scratch);
    server.wait_for_port(port);
    let client = Visitor::new();
    let base = format!("http://localhost:{port}");
    let trip = async |number: usize| {
        let ticket = format!("ST-{number:032}");
        let answer = client.get(format!("{base}/login?ticket={ticket}")).await;
        assert!(answer.location().is_some(), "{}", server.log());
        client.get(format!("{base}/validate?ticket={ticket}")).await;
    };
    for number in 0..100 {
        trip(number).await;
    }
    let before = cpu_time(server.pid());
    for number in 0..SESSIONS * TRIPS {
        trip(1_000 + number).await;
    }
    (cpu_time(server.pid()) - before) / u32::try_from(SESSIONS * TRIPS).unwrap_or(u32::MAX)
}

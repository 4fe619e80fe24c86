//! The CAS round trip (login redirect with an existing session, then serviceValidate) in the server's CPU
//! time, against two bare requests with their unavoidable store operations. Goal: at most 3 times.

use std::time::Duration;

use clau_tests::support::http::Visitor;

use crate::bare::Bare;
use crate::measure::{Goal, Report, cpu_time, micros};
use crate::testers::{self, SERVICE, SESSIONS, TRIPS};

pub(crate) async fn measure(report: &mut Report) {
    let hub = hub().await;
    let bare = bare().await;
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
    let sessions = testers::sessions(&hub).await;
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
    let bare = Bare::start();
    let client = Visitor::new();
    let trip = async |number: usize| {
        let ticket = format!("ST-{number:032}");
        let answer = client
            .get(bare.url(&format!("/login?ticket={ticket}")))
            .await;
        assert!(answer.location().is_some(), "{}", bare.process.log());
        client
            .get(bare.url(&format!("/validate?ticket={ticket}")))
            .await;
    };
    for number in 0..100 {
        trip(number).await;
    }
    let before = cpu_time(bare.process.pid());
    for number in 0..SESSIONS * TRIPS {
        trip(1_000 + number).await;
    }
    (cpu_time(bare.process.pid()) - before) / u32::try_from(SESSIONS * TRIPS).unwrap_or(u32::MAX)
}

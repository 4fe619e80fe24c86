//! Logins while a source is ill: by password and by a directory that is well, with people who come back from an ill
//! one all the while. For each illness, their p99 against that of the same logins while that source answers. Goal:
//! no change, which on a machine that also runs the visitors is a ratio of 1.25 at most.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clau_tests::support::endpoint::{Behaviour, Endpoint};
use clau_tests::support::faults::{Fault, Proxy};
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::Hub;
use clau_tests::support::process::free_port;
use clau_tests::support::slapd::Slapd;
use tokio::task::JoinSet;

use crate::measure::{Goal, Report, p99};
use crate::testers;

/// Logins of each kind in each state.
const LOGINS: usize = 300;
/// People who come back from the ill source, one after the other each.
const COMING: usize = 8;
/// How long each of them rests in between.
const REST: Duration = Duration::from_millis(50);
/// What the ill source says while it is well: nobody it knows.
const NOBODY: &str = "<cas:serviceResponse xmlns:cas='http://www.yale.edu/tp/cas'>\
    <cas:authenticationFailure code='INVALID_TICKET'>unknown</cas:authenticationFailure></cas:serviceResponse>";
/// Of the directory.
const ANOTHER: (&str, &str) = ("b.delmas", "garonne-et-gers");

pub(crate) async fn measure(report: &mut Report) {
    let directory = Slapd::start();
    let server = Endpoint::start(Behaviour::Body(NOBODY.to_owned())).await;
    let proxy = Proxy::start(free_port(), server.port()).await;
    let hub = testers::hub_with(&connectors(&directory, proxy.port())).await;
    let hub = Arc::new(hub);
    // Whoever comes first is made known.
    let first = by_directory(&hub).await;
    report.note("sources: the first login of somebody", millis(first), "ms");

    let well = state(&hub).await;
    report.note(
        "sources: p99 by password, all are well",
        well.password,
        "ms",
    );
    report.note(
        "sources: p99 by directory, all are well",
        well.directory,
        "ms",
    );
    report.note("sources: came back from the other meanwhile", well.came, "");
    for (name, fault) in [
        ("is stopped", Fault::Refuse),
        ("answers rubbish", Fault::Rubbish),
        ("has an expired certificate", Fault::Expired),
        ("is slow", Fault::Late(Duration::from_secs(3))),
        ("hangs", Fault::Hang),
    ] {
        proxy.tell(fault).await;
        let ill = state(&hub).await;
        for (kind, ill, well) in [
            ("password", ill.password, well.password),
            ("directory", ill.directory, well.directory),
        ] {
            report.add(
                &format!("sources: p99 by {kind}, another {name} / well"),
                ill / well,
                "",
                Goal::AtMost(1.25),
            );
        }
        report.note("sources: came back from it meanwhile", ill.came, "");
        proxy.tell(Fault::None).await;
    }
}

/// What is seen in one state.
struct Seen {
    password: f64,
    directory: f64,
    /// How many came back from the ill source and were answered.
    came: f64,
}

async fn state(hub: &Arc<Hub>) -> Seen {
    let over = Arc::new(AtomicBool::new(false));
    let came = Arc::new(AtomicUsize::new(0));
    let mut coming = JoinSet::new();
    for _ in 0..COMING {
        let (hub, over, came) = (Arc::clone(hub), Arc::clone(&over), Arc::clone(&came));
        coming.spawn(async move {
            while !over.load(Ordering::Relaxed) {
                come_back(&hub).await;
                came.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(REST).await;
            }
        });
    }
    let (mut password, mut directory) = (Vec::new(), Vec::new());
    let visitor = Visitor::new();
    for number in 0..LOGINS {
        let start = Instant::now();
        let let_in = testers::log_in(&hub.url(""), &visitor, number).await;
        password.push(start.elapsed());
        assert!(let_in, "tester{number} is not let in");
        directory.push(by_directory(hub).await);
    }
    over.store(true, Ordering::Relaxed);
    // Whoever waits for an answer may wait no longer.
    coming.shutdown().await;
    Seen {
        password: p99(password),
        directory: p99(directory),
        came: came.load(Ordering::Relaxed) as f64,
    }
}

/// Somebody comes back from the ill source with a ticket, which the hub has to ask about.
async fn come_back(hub: &Hub) {
    let visitor = Visitor::new();
    let away = visitor.get(hub.url("/login?source=ill")).await;
    let Some(service) = away.location_parameter("service") else {
        // The page that says that it does not answer: it is not asked at all for a while.
        return;
    };
    let back = visitor.get(format!("{service}&ticket=ST-1-measured")).await;
    assert!(
        !back.status.is_redirection(),
        "nobody gets in: {}",
        back.text()
    );
}

/// Somebody logs in by the directory; how long it took.
async fn by_directory(hub: &Hub) -> Duration {
    let visitor = Visitor::new();
    let start = Instant::now();
    let page = visitor
        .follow_within(hub.url("/login?source=annuaire"))
        .await;
    let form = page.form_with("source");
    let typed = form.with("username", ANOTHER.0).with("password", ANOTHER.1);
    let answer = visitor.submit(&typed).await;
    let took = start.elapsed();
    assert!(answer.status.is_redirection(), "{}", answer.text());
    took
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// The source that is going to be ill, and the directory that is not.
fn connectors(directory: &Slapd, ill: u16) -> String {
    let ill = format!(
        r#"
[[connector]]
id = "ill"
name = "Malade"
trust = {{ sources = ["local"] }}
[connector.cas]
url = "https://localhost:{ill}/cas"
"#
    );
    ill + &directory.as_school()
}

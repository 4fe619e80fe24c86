//! The hub as an operator meets it: checking a configuration, starting, stopping, watching, and logs
//! without secrets.

use std::process::Command;
use std::time::{Duration, Instant};

use clau_tests::support::endpoint::RawConnection;
use clau_tests::support::http::Visitor;
use clau_tests::support::hub::{Stores, program};
use clau_tests::support::process::{Scratch, eventually};
use reqwest::StatusCode;
use url::form_urlencoded;

use crate::scene::{PUPIL, SERVICE, region, setup, shared_stores, ticket};

const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_start_at_once_on_an_empty_database() {
    let hub = setup(shared_stores()).nodes(2).start().await;
    for node in 0..2 {
        assert_eq!(hub.readiness(node).await, Some(StatusCode::OK));
    }
    let live = Visitor::new().get(hub.url("/health/live")).await;
    assert_eq!(live.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_a_region_twice_changes_nothing() {
    let hub = setup(Stores::Embedded).applying(region()).start().await;
    let first = hub.apply("again.toml", &region());
    let second = hub.apply("again.toml", &region());
    assert_eq!(first, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_refused_with_the_right_one() {
    let hub = setup(Stores::Embedded).start().await;
    let good = hub.command(&["check"]);
    assert!(
        good.status.success(),
        "{}",
        String::from_utf8_lossy(&good.stderr)
    );
    let text = region().replace("[service.tile]\ntitle", "[service.tile]\ntitel");
    let file = hub.scratch().write("misspelt.toml", &text);
    let refused = hub.command(&["apply", &file.to_string_lossy()]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(!refused.status.success());
    assert!(
        said.contains("misspelt.toml") && said.contains("titel") && said.contains("title"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cas_04_no_log_shows_a_ticket_or_a_password() {
    let hub = setup(Stores::Embedded).applying(region()).start().await;
    let visitor = Visitor::new();
    let wrong = "pas-le-bon-mot-de-passe";
    hub.log_in(&visitor, PUPIL.0, wrong).await;
    // People type the password into the wrong field.
    hub.log_in(&visitor, PUPIL.1, PUPIL.1).await;
    hub.signed_in(&visitor, PUPIL.0, PUPIL.1).await;
    let ticket = ticket(&hub, &visitor, SERVICE).await;
    let url = format!("/cas/p3/serviceValidate?service={SERVICE}&ticket={ticket}");
    Visitor::new().get(hub.url(&url)).await;
    Visitor::new().get(hub.url(&url)).await;
    let cookies: Vec<String> = visitor
        .cookie_names()
        .iter()
        .filter_map(|name| visitor.cookie(name))
        .collect();
    hub.log_out(&visitor).await;
    let logs = hub.logs();
    assert!(!logs.trim().is_empty(), "the hub logs something");
    for secret in [wrong, PUPIL.1, ticket.as_str()]
        .into_iter()
        .chain(cookies.iter().map(String::as_str))
    {
        assert!(
            secret.len() < 8 || !logs.contains(secret),
            "{secret} is in the log:\n{logs}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_have_their_own_listener() {
    let hub = setup(Stores::Embedded).applying(region()).start().await;
    hub.signed_in(&Visitor::new(), PUPIL.0, PUPIL.1).await;
    let metrics = hub.metrics(0).await;
    assert!(metrics.contains("# TYPE"), "{metrics}");
    assert!(!metrics.contains(PUPIL.0), "metrics name nobody");
    let outside = Visitor::new().get(hub.url("/metrics")).await;
    assert_eq!(outside.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn avl_12_a_stopped_node_finishes_what_it_began() {
    let mut hub = setup(Stores::Embedded).applying(region()).start().await;
    let visitor = Visitor::new();
    let page = visitor.follow(hub.url("/login")).await;
    let form = page
        .form_with("password")
        .with("username", PUPIL.0)
        .with("password", PUPIL.1);
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form.fields)
        .finish();
    let cookies: Vec<String> = visitor
        .cookie_names()
        .iter()
        .filter_map(|name| Some(format!("{name}={}", visitor.cookie(name)?)))
        .collect();
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: https://localhost:{port}\r\n\
         Cookie: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
         Expect: 100-continue\r\n\r\n",
        cookies.join("; "),
        body.len(),
        port = hub.port(),
    );
    let mut connection = RawConnection::open(hub.port()).await;
    connection.send(head.as_bytes()).await;
    // The node says that it is at work on the request; then it is told to stop.
    let interim = connection.receive(PATIENCE).await.unwrap_or_default();
    assert!(interim.starts_with("HTTP/1.1 100"), "{interim}");
    hub.process(0).signal("TERM");
    connection.send(body.as_bytes()).await;
    let answer = connection.receive(PATIENCE).await.unwrap_or_default();
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    let asked = Instant::now();
    eventually(
        "the node has stopped",
        Duration::from_secs(35),
        async || (!hub.process(0).is_running()).then_some(()),
    )
    .await;
    assert!(
        asked.elapsed() < Duration::from_secs(10),
        "idle connections hold it for {:?}",
        asked.elapsed()
    );
    hub.stop(0);
}

#[test]
fn the_demo_region_can_be_made() {
    let scratch = Scratch::new("demo");
    let demo = Command::new(program("clau-demo"))
        .arg("--prepare")
        .arg("--directory")
        .arg(scratch.path())
        .output()
        .expect("clau-demo runs");
    let said =
        String::from_utf8_lossy(&demo.stdout).into_owned() + &String::from_utf8_lossy(&demo.stderr);
    assert!(demo.status.success(), "{said}");
    for role in ["a pupil", "a parent, two schools", "a teacher", "a head"] {
        assert!(said.contains(role), "nobody to log in as {role}: {said}");
    }
}

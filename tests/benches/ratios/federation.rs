//! The metadata of a federation, five thousand entities signed as one document of 40 MB: how long the hub takes
//! to fetch, verify, split and write it, with how much memory, how much of it is kept; and how soon one service
//! of it is found.
//!
//! Loading is `clau saml refresh`, the program's start and the transport over TLS included; what is kept is the
//! memory of a serving hub that has loaded it in its background.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use clau_domain::random::SeededForTests;
use clau_domain::time::Timestamp;
use clau_engine::keys::MasterKey;
use clau_engine::login::Cookies;
use clau_engine::saml::Refused;
use clau_engine::saml::sso::Unsolicited;
use clau_engine::{Client, Cx, Hub, Settings, Stores};
use clau_saml::key::{KeyKind, SigningKey, Subject};
use clau_saml::metadata::FederationForTests;
use clau_storage::counters::Counters;
use clau_storage::tickets::Tickets;
use clau_storage::{Database, DatabaseConfig};
use clau_tests::support::endpoint::{Behaviour, Endpoint};
use clau_tests::support::hub::{self, Setup};
use clau_tests::support::process::Scratch;

use crate::measure::{Goal, Report, command, memory, p99, settle};

/// Services of the federation, and about how long each of them is.
const ENTITIES: usize = 5_000;
const BYTES: usize = 8_200;
/// Of them, those that are registered at the hub.
const REGISTERED: usize = 200;
/// The source, as `clau saml sources` lists it.
const SOURCE: &str = "federation:measured";
/// How long a node believes that nothing has changed, and a little more.
const LATER: Duration = Duration::from_secs(11);
/// How long loading may take in the background of a hub that has just started.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn measure(report: &mut Report) {
    let scratch = Scratch::new("federation");
    let (aggregate, pem) = aggregate();
    report.note(
        "federation: its document",
        aggregate.len() as f64 / 1e6,
        "MB",
    );
    let certificate = scratch.write("federation.pem", &pem);
    // It is not there while the first hub starts, which would load it itself.
    let publisher = Endpoint::start(Behaviour::Status(503)).await;

    let mut hub = setup(&publisher, &certificate).start().await;
    settle(hub.process(0).pid());
    let before = resident(&hub);
    hub.stop(0);
    publisher.behave(Behaviour::Body(aggregate));
    let configuration = hub.configuration().to_owned();
    let refresh = move || command(&configuration, &["saml", "refresh", SOURCE]);
    // The publisher, on the threads of this runtime, goes on meanwhile.
    let loading = tokio::task::spawn_blocking(refresh.clone());
    let spent = loading.await.expect("it is loaded");
    report.add(
        "federation: loaded",
        spent.wall.as_secs_f64(),
        "s",
        Goal::AtMost(2.0),
    );
    report.note("federation: CPU time for it", spent.cpu.as_secs_f64(), "s");
    report.add(
        "federation: peak memory",
        spent.peak,
        "MB",
        Goal::AtMost(300.0),
    );
    let again = tokio::task::spawn_blocking(refresh).await;
    let again = again.expect("it is loaded again").wall.as_secs_f64();
    report.note("federation: loaded again, nothing new", again, "s");
    find(report, hub.scratch().join("clau.db")).await;

    let serving = setup(&publisher, &certificate).start().await;
    let start = Instant::now();
    while !serving
        .run(&["saml", "sources", "--json"])
        .contains(&format!(": {ENTITIES}"))
    {
        assert!(start.elapsed() < PATIENCE, "{}", serving.process(0).log());
        thread::sleep(Duration::from_millis(200));
    }
    settle(serving.process(0).pid());
    let peak = memory(serving.process(0).pid(), "VmHWM").expect("the hub runs");
    report.add(
        "federation: peak memory, serving",
        peak,
        "MB",
        Goal::AtMost(300.0),
    );
    report.note("federation: resident before", before, "MB");
    report.add(
        "federation: resident afterwards",
        resident(&serving),
        "MB",
        Goal::AtMost(60.0),
    );
}

/// The document, and the certificate of who has signed it in PEM.
fn aggregate() -> (String, String) {
    let subject = Subject {
        name: "federation.example",
        year: 2026,
        serial: [7; 16],
    };
    let key = SigningKey::generate(KeyKind::Rsa3072, subject).expect("a key");
    let federation = FederationForTests {
        valid_until: Some(now() + Duration::from_secs(7 * 24 * 3600)),
        services: ENTITIES,
        bytes: BYTES,
        certificate: key.certificate(),
    };
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        key.certificate().base64()
    );
    (federation.write(&key).expect("a document"), pem)
}

fn setup(publisher: &Endpoint, certificate: &Path) -> Setup {
    let mut region = String::new();
    for number in 0..REGISTERED {
        region.push_str(&format!(
            "[[service]]\nid = \"measured{number}\"\nname = \"Mesuré {number}\"\naccess = [{{}}]\n\
             [service.saml]\nfederation = \"measured\"\nentity_id = \"{}\"\n",
            FederationForTests::entity_id(number)
        ));
    }
    let url = publisher.url("/all.xml");
    Setup::new(hub::Stores::Embedded)
        .plain()
        .configured(&format!(
            "[[saml.federations]]\nname = \"measured\"\nurl = \"{url}\"\ncertificate = {certificate:?}"
        ))
        .applying(region)
}

fn resident(hub: &hub::Hub) -> f64 {
    memory(hub.process(0).pid(), "VmRSS").expect("the hub runs")
}

/// How soon a registered service is found by the engine: for the first time, from the store; at once again; and
/// once the node looks whether anything has changed.
async fn find(report: &mut Report, file: PathBuf) {
    let config = DatabaseConfig::Sqlite { file, readers: 4 };
    let database = Database::open(&config).await.expect("the database opens");
    let stores = Stores {
        tickets: Tickets::in_database(database.clone()),
        counters: Counters::in_database(database.clone()),
        database,
    };
    // The one that the hubs of tests have.
    let key = MasterKey::parse(&"5c".repeat(32)).expect("hexadecimal");
    let settings = Settings::for_base_url("https://ent.example.fr");
    let hub = Hub::new(stores, &key, settings).await.expect("hub");
    let random = SeededForTests::new(1);
    let at = now();
    let cx = |now| Cx {
        now,
        random: &random,
        client: Client::operator(),
        reference: String::new(),
    };
    // Registrations are read once for all services.
    found(&hub, &cx(at), REGISTERED).await;
    for (what, at) in [("first", at), ("again", at), ("looked at anew", at + LATER)] {
        let mut latencies = Vec::new();
        for number in 0..REGISTERED {
            let start = Instant::now();
            found(&hub, &cx(at), number).await;
            latencies.push(start.elapsed());
        }
        let mean = latencies.iter().sum::<Duration>().as_secs_f64() * 1e3 / REGISTERED as f64;
        report.add(
            &format!("federation: a service found, {what}"),
            mean,
            "ms",
            Goal::AtMost(1.0),
        );
        report.note(
            &format!("federation: a service found, {what}: p99"),
            p99(latencies),
            "ms",
        );
    }
}

/// Has the engine find a service. It is registered for nothing that nobody has asked for, so that finding it is
/// all that is done.
async fn found(hub: &Hub, cx: &Cx<'_>, number: usize) {
    let entity = FederationForTests::entity_id(number);
    let wish = Unsolicited {
        provider: &entity,
        acs: None,
        target: None,
    };
    let cookies = Cookies {
        session: None,
        browser: None,
        device: None,
    };
    let refused = hub.saml_unsolicited(cx, cookies, wish).await;
    let Err(Refused::Service(why)) = refused else {
        panic!("{entity} is not refused: {refused:?}");
    };
    let registered = number < REGISTERED;
    assert_eq!(
        why.contains("not registered for answers"),
        registered,
        "{entity}: {why}"
    );
}

fn now() -> Timestamp {
    let since = SystemTime::UNIX_EPOCH.elapsed().expect("a clock");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("not so late"))
}

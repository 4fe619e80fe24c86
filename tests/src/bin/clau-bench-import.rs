//! How fast a delivery is imported and with how much memory, phase by phase, without the command around
//! it: `clau-bench-import FEED [DATABASE]`. FEED is a folder or an archive (`clau-feedgen` writes them),
//! DATABASE a SQLite file (by default one in a temporary folder) or a `postgres://` address. `make bench`
//! measures the command itself.
#![expect(
    clippy::expect_used,
    reason = "a measure that cannot be taken says why and ends"
)]

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clau_connectors::feed::aaf::{Limits, Set};
use clau_domain::random::SeededForTests;
use clau_domain::secret::SecretString;
use clau_domain::time::Timestamp;
use clau_engine::import::{Delivery, ImportOptions, Phase, Progress, Watch};
use clau_engine::keys::MasterKey;
use clau_engine::{Client, Cx, Hub, Settings, Stores};
use clau_storage::counters::Counters;
use clau_storage::tickets::Tickets;
use clau_storage::{Database, DatabaseConfig};

/// Remembers when each phase was last heard of.
struct Stopwatch {
    start: Instant,
    phases: Mutex<Vec<(Phase, Duration)>>,
}

impl Watch for Stopwatch {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000) + self.start.elapsed()
    }

    fn progress(&self, Progress { phase, .. }: Progress) {
        let mut phases = self.phases.lock().expect("unpoisoned");
        let now = self.start.elapsed();
        match phases.last_mut().filter(|(last, _)| *last == phase) {
            Some((_, end)) => *end = now,
            None => phases.push((phase, now)),
        }
    }
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let feed = arguments
        .next()
        .expect("usage: clau-bench-import FEED [DATABASE]");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = match arguments.next() {
        Some(url) if url.starts_with("postgres") => DatabaseConfig::Postgres {
            url: SecretString::from(url),
            connections: 4,
        },
        file => {
            let file = file.map_or_else(|| folder.path().join("clau.db"), Into::into);
            DatabaseConfig::Sqlite { file, readers: 4 }
        }
    };
    // Already installed is as good.
    let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let database = Database::open(&config).await.expect("the database opens");
    let stores = Stores {
        tickets: Tickets::in_database(database.clone()),
        counters: Counters::in_database(database.clone()),
        database,
    };
    let key = MasterKey::parse(&"5".repeat(64)).expect("hexadecimal");
    let settings = Settings::for_base_url("https://ent.example.fr");
    let hub = Hub::new(stores, &key, settings).await.expect("hub");
    let watch = Stopwatch {
        start: Instant::now(),
        phases: Mutex::default(),
    };
    let set = Set::open(Path::new(&feed), &Limits::default()).expect("a set");
    let delivery = Delivery {
        source: "toulouse".to_owned(),
        name: set.header().project.clone(),
        date: set.header().date,
        warnings: set.warnings().to_vec(),
        entries: set.entries(),
    };
    let random = SeededForTests::new(1);
    let cx = Cx {
        now: watch.now(),
        random: &random,
        client: Client::operator(),
        reference: String::new(),
    };
    let report = hub
        .import(&cx, delivery, ImportOptions::default(), &watch)
        .await
        .expect("imports");
    println!("{report}");
    let mut before = Duration::ZERO;
    for (phase, end) in watch.phases.lock().expect("unpoisoned").iter() {
        println!("{phase:?}: {:.1} s", (*end - before).as_secs_f64());
        before = *end;
    }
    println!("in all: {:.1} s", watch.start.elapsed().as_secs_f64());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("VmHWM")) {
        println!("{line}");
    }
}

//! The bare counterparts, each a role of this very program in a process of its own: Argon2id alone,
//! axum alone, the store operations alone. And the visitor who loads the hub.

use std::io::Read;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use clau_domain::random::SeededForTests;
use clau_domain::secret::{ParticipationKind, ServiceTicketKind, SessionKind, Token};
use clau_domain::time::Timestamp;
use clau_storage::tickets::{Life, Tickets};
use clau_storage::{Database, DatabaseConfig, people, visits};

use super::machine::cpu_of;

/// Plays a bare counterpart.
pub(crate) fn play(role: &str) {
    match role {
        "argon2" => argon2_alone(),
        "axum" => axum_alone(),
        "stores" => stores_alone(),
        other => panic!("no role {other}"),
    }
}

/// What a role needs: its name and its arguments, by environment.
pub(crate) fn role(name: &str, arguments: &[(&str, String)]) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().expect("this program"));
    command.env("CLAU_BENCH_ROLE", name);
    for (name, value) in arguments {
        command.env(name, value);
    }
    command
}

/// Runs a role to its end; the number that it prints.
pub(crate) fn figure_of(name: &str, arguments: &[(&str, String)]) -> f64 {
    let output = role(name, arguments).output().expect("the role runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.trim().parse().unwrap_or_else(|_| {
        panic!("{name}: {text} {}", String::from_utf8_lossy(&output.stderr))
    })
}

/// Processor milliseconds of one Argon2id hash, in reused memory.
fn argon2_alone() {
    let params = Params::new(19 * 1024, 2, 1, Some(32)).expect("parameters");
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = |memory: &mut Vec<Block>| {
        let mut output = [0; 32];
        let done = argon2.hash_password_into_with_memory(b"password", &[7; 16], &mut output, memory);
        done.expect("hash");
    };
    hash(&mut memory);
    let (before, mut hashes) = (cpu_of(std::process::id()), 0_u32);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(5) {
        hash(&mut memory);
        hashes += 1;
    }
    print_per(cpu_of(std::process::id()) - before, hashes);
}

/// A server that answers nothing in particular, until its standard input closes.
fn axum_alone() {
    let port: u16 = std::env::var("PORT").expect("a port").parse().expect("a number");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.spawn(async move {
        let router = axum::Router::new().route("/", axum::routing::get(|| async { "ok" }));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("a port");
        axum::serve(listener, router).await.expect("serves");
    });
    let mut rest = Vec::new();
    std::io::stdin().read_to_end(&mut rest).expect("standard input");
}

/// Processor milliseconds of the store operations of one CAS round trip: the session and the person
/// at the login and again at the validation, the ticket put and taken, the participation and the
/// visit written.
fn stores_alone() {
    let file = std::env::var("DATABASE").expect("a file").into();
    let login = std::env::var("LOGIN").expect("a login").parse().map_err(|()| ());
    let login: clau_domain::names::LoginName =
        login.unwrap_or_else(|()| panic!("not a login"));
    let trips: u32 = std::env::var("TRIPS").expect("trips").parse().expect("a number");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let config = DatabaseConfig::Sqlite { file, readers: 4 };
        let database = Database::open(&config).await.expect("opens");
        let account = clau_storage::accounts::by_login(&database, &login).await.expect("read");
        let person = account.expect("an account").person;
        let tickets = Tickets::in_database(database.clone());
        let random = SeededForTests::new(99);
        let now = Timestamp::from_millis(1_793_602_800_000);
        let life = Life { owner: Some("owner"), expires_at: now + Duration::from_secs(60), now };
        let session = Token::<SessionKind>::mint(&random);
        let value = serde_json::json!({ "person": person, "filler": "x".repeat(300) });
        tickets.put::<SessionKind>(&session.digest(), &value, life).await.expect("put");
        let service = "banc".parse().expect("id");
        let before = cpu_of(std::process::id());
        for _ in 0..trips {
            let ticket = Token::<ServiceTicketKind>::mint(&random);
            for _ in 0..2 {
                let found: Option<serde_json::Value> =
                    tickets.get::<SessionKind, _>(&session.digest(), now).await.expect("get");
                assert!(found.is_some());
                people::find(&database, person).await.expect("find");
            }
            let digest = ticket.digest();
            tickets.put::<ServiceTicketKind>(&digest, &value, life).await.expect("put");
            let taken: Option<serde_json::Value> =
                tickets.take::<ServiceTicketKind, _>(&digest, now).await.expect("take");
            assert!(taken.is_some());
            tickets.put::<ParticipationKind>(&digest, &value, life).await.expect("put");
            visits::record(&database, person, &service, &Default::default(), now)
                .await
                .expect("record");
        }
        print_per(cpu_of(std::process::id()) - before, trips);
    });
}

fn print_per(cpu: Duration, times: u32) {
    println!("{}", cpu.as_secs_f64() * 1000.0 / f64::from(times));
}

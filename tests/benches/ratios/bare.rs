//! What a login at a service costs at the least: axum handlers that do nothing but the store operations
//! and the cryptography nobody can avoid, in a process of their own. Neither a CAS server nor an OpenID
//! Connect provider: they check nothing and believe everybody.

mod cas;
mod code_flow;

use std::str::FromStr as _;
use std::sync::Arc;

use axum::Router;
use clau_tests::support::process::{Launch, Process, Scratch, free_port};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

/// The argument that makes this program the bare server.
pub(crate) const COMMAND: &str = "bare-server";

/// The one file, opened as the hub opens its own.
struct Stores {
    reader: SqlitePool,
    writer: SqlitePool,
}

/// The bare server, running.
pub(crate) struct Bare {
    /// Its process.
    pub(crate) process: Process,
    port: u16,
    _scratch: Scratch,
}

impl Bare {
    /// Starts it.
    pub(crate) fn start() -> Self {
        let scratch = Scratch::new("bare");
        let port = free_port();
        let program = std::env::current_exe().expect("the system names our executable");
        let process = Launch::new("bare", program)
            .args([
                COMMAND,
                &port.to_string(),
                &scratch.join("bare.db").to_string_lossy(),
            ])
            .start(&scratch);
        process.wait_for_port(port);
        Self {
            process,
            port,
            _scratch: scratch,
        }
    }

    /// An address of it: `path` begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://localhost:{}{path}", self.port)
    }
}

/// Serves on 127.0.0.1:`port` with its data in `file` until it is killed.
pub(crate) async fn serve(port: u16, file: &str) {
    let options = SqliteConnectOptions::from_str(&format!("sqlite:{file}"))
        .expect("a path")
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options.clone())
        .await
        .expect("SQLite opens");
    for statement in [
        "CREATE TABLE session (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT",
        "CREATE TABLE part (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT",
        "INSERT INTO session VALUES ('s', '{\"person\":\"somebody\",\"begun\":1795420800007}')",
    ]
    .into_iter()
    .chain(cas::TABLES)
    .chain(code_flow::TABLES)
    {
        sqlx::query(statement)
            .execute(&writer)
            .await
            .expect("SQLite writes");
    }
    let reader = SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options)
        .await
        .expect("SQLite opens");
    let stores = Arc::new(Stores { reader, writer });
    let routes = Router::new()
        .merge(cas::routes(&stores))
        .merge(code_flow::routes(&stores));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .expect("the port is free");
    axum::serve(listener, routes).await.expect("axum serves");
}

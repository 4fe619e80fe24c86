//! What a CAS round trip costs at the least: two axum handlers that do nothing but the store operations
//! nobody can avoid, in a process of their own. Not a CAS server.
//!
//! Unavoidable: the session is read; the ticket is written; the ticket is consumed; that the service took
//! part in the session is written, or single logout could not reach it.

use std::str::FromStr as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Deserialize;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

/// The argument that makes this program the bare server.
pub(crate) const COMMAND: &str = "bare-server";

struct Stores {
    reader: SqlitePool,
    writer: SqlitePool,
}

#[derive(Deserialize)]
struct Parameters {
    ticket: String,
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
        "CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS ticket (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS part (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT",
        "INSERT OR IGNORE INTO session VALUES ('s', '{\"person\":\"somebody\",\"begun\":1795420800007}')",
    ] {
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
    let routes = Router::new()
        .route("/login", get(login))
        .route("/validate", get(validate))
        .with_state(Arc::new(Stores { reader, writer }));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port))
        .await
        .expect("the port is free");
    axum::serve(listener, routes).await.expect("axum serves");
}

async fn login(
    State(stores): State<Arc<Stores>>,
    Query(parameters): Query<Parameters>,
) -> impl IntoResponse {
    let session: (String,) = sqlx::query_as("SELECT data FROM session WHERE id = 's'")
        .fetch_one(&stores.reader)
        .await
        .expect("SQLite reads");
    sqlx::query("INSERT INTO ticket VALUES ($1, $2)")
        .bind(&parameters.ticket)
        .bind(&session.0)
        .execute(&stores.writer)
        .await
        .expect("SQLite writes");
    (
        StatusCode::SEE_OTHER,
        [(
            header::LOCATION,
            format!("https://localhost:1/?ticket={}", parameters.ticket),
        )],
    )
}

async fn validate(
    State(stores): State<Arc<Stores>>,
    Query(parameters): Query<Parameters>,
) -> String {
    let ticket: (String,) = sqlx::query_as("DELETE FROM ticket WHERE id = $1 RETURNING data")
        .bind(&parameters.ticket)
        .fetch_one(&stores.writer)
        .await
        .expect("SQLite writes");
    sqlx::query("INSERT INTO part VALUES ($1, $2)")
        .bind(&parameters.ticket)
        .bind(&ticket.0)
        .execute(&stores.writer)
        .await
        .expect("SQLite writes");
    format!(
        "<cas:serviceResponse xmlns:cas=\"http://www.yale.edu/tp/cas\">{}</cas:serviceResponse>",
        ticket.0
    )
}

//! What a CAS round trip costs at the least.
//!
//! Unavoidable: the session is read; the ticket is written; the ticket is consumed; that the service took
//! part in the session is written, or single logout could not reach it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use serde::Deserialize;

use super::Stores;

pub(super) const TABLES: [&str; 1] =
    ["CREATE TABLE ticket (id TEXT PRIMARY KEY, data TEXT NOT NULL) STRICT"];

#[derive(Deserialize)]
struct Parameters {
    ticket: String,
}

pub(super) fn routes(stores: &Arc<Stores>) -> Router {
    Router::new()
        .route("/login", get(login))
        .route("/validate", get(validate))
        .with_state(Arc::clone(stores))
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

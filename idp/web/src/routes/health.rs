//! `/health/live` and `/health/ready` (AVL-04). The first asks the process alone: a store that is down
//! is no reason to kill it. What is wrong is said by name; the details are in the log.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use crate::app::App;
use crate::http::answer;
use crate::http::entry::Visit;

const PLAIN: &str = "text/plain; charset=utf-8";

/// The process answers.
pub(crate) async fn live() -> Response {
    answer::text(StatusCode::OK, PLAIN, "live\n".to_owned())
}

/// This node can do its work.
pub(crate) async fn ready(State(app): State<App>, visit: Visit) -> Response {
    let readiness = app.readiness(visit.now).await;
    let mut text = String::from(if readiness.ready {
        "ready\n"
    } else {
        "not ready\n"
    });
    for part in &readiness.parts {
        let state = if part.trouble.is_none() {
            "ok"
        } else {
            "trouble"
        };
        text.push_str(&format!("{}: {state}\n", part.name));
        if let Some(trouble) = &part.trouble {
            tracing::warn!(event = "health.trouble", part = part.name, reason = %trouble, "store in trouble");
        }
    }
    // A source that is away is no reason to take a node out: the others' people go on (FED-14).
    for (name, answers) in app.hub().source_states(visit.now).await {
        let state = if answers { "ok" } else { "no answer" };
        text.push_str(&format!("source {name}: {state}\n"));
    }
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    answer::text(status, PLAIN, text)
}

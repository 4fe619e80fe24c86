//! What programs post and are answered in JSON: tokens, introspection, revocation, pushed requests, codes
//! for devices.

use axum::extract::State;
use axum::response::Response;
use clau_engine::oidc::Failure;
use clau_engine::oidc::resource::Told;
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::json as value;

use super::request::Program;
use super::{json, refusal};
use crate::app::App;
use crate::http::answer;

/// The media type of a signed introspection (RFC 9701 §4).
const SIGNED: &str = "application/token-introspection+jwt";

/// `/oidc/token`.
pub(super) async fn token(State(app): State<App>, program: Program) -> Response {
    let cx = program.visit.cx(&app);
    let outcome = app
        .hub()
        .oidc_token(&cx, program.headers.presented(), &program.parameters)
        .await;
    told(&program, StatusCode::OK, outcome)
}

/// `/oidc/introspect`.
pub(super) async fn introspect(
    State(app): State<App>,
    headers: HeaderMap,
    program: Program,
) -> Response {
    let signed = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|wanted| wanted.split(',').any(|one| one.trim() == SIGNED));
    let cx = program.visit.cx(&app);
    let outcome = app
        .hub()
        .oidc_introspect(
            &cx,
            program.headers.presented(),
            &program.parameters,
            signed,
        )
        .await;
    match outcome {
        Ok(Told::Plain(body)) => json(StatusCode::OK, &body),
        Ok(Told::Signed(token)) => answer::text(StatusCode::OK, SIGNED, token),
        Err(failure) => refused(&program, &failure),
    }
}

/// `/oidc/revoke`: 200, whether or not there was such a token (RFC 7009 §2.2).
pub(super) async fn revoke(State(app): State<App>, program: Program) -> Response {
    let cx = program.visit.cx(&app);
    let outcome = app
        .hub()
        .oidc_revoke(&cx, program.headers.presented(), &program.parameters)
        .await;
    told(&program, StatusCode::OK, outcome.map(|()| value!({})))
}

/// `/oidc/par`: 201 (RFC 9126 §2.2).
pub(super) async fn push(State(app): State<App>, program: Program) -> Response {
    let cx = program.visit.cx(&app);
    let outcome = app
        .hub()
        .oidc_push(&cx, program.headers.presented(), &program.parameters)
        .await;
    told(&program, StatusCode::CREATED, outcome)
}

/// `/oidc/device`, as devices ask it.
pub(super) async fn device(State(app): State<App>, program: Program) -> Response {
    let cx = program.visit.cx(&app);
    let outcome = app
        .hub()
        .oidc_device(&cx, program.headers.presented(), &program.parameters)
        .await;
    told(&program, StatusCode::OK, outcome)
}

/// `/oidc/device`, as a person opens it: the page is elsewhere.
pub(super) async fn device_page() -> Response {
    answer::redirect("/device")
}

fn told(
    program: &Program,
    status: StatusCode,
    outcome: Result<impl Serialize, Failure>,
) -> Response {
    let body = outcome.and_then(|body| {
        serde_json::to_value(body)
            .map_err(|error| Failure::Hub(clau_engine::Error::Defect(error.to_string())))
    });
    match body {
        Ok(body) => json(status, &body),
        Err(failure) => refused(program, &failure),
    }
}

fn refused(program: &Program, failure: &Failure) -> Response {
    refusal(
        &program.visit,
        failure,
        program.headers.authorization.is_some(),
    )
}

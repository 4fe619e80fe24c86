//! `/oidc/register` (RFC 7591, RFC 7592).

use axum::body::Bytes;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use clau_engine::oidc::Failure;
use clau_engine::oidc::register::Registered;
use clau_oidc::error::OauthError;
use http::StatusCode;
use http::header::AUTHORIZATION;

use super::{challenge, json};
use crate::app::App;
use crate::http::entry::Visit;
use crate::http::posted::body;

/// Longest declaration, in bytes: a key set or two.
const LONGEST: usize = 64 * 1024;

/// Registers a client.
pub(super) async fn register(State(app): State<App>, visit: Visit, request: Request) -> Response {
    let (token, body) = match read(request).await {
        Ok(read) => read,
        Err(error) => return challenge(&visit, &Failure::Oauth(error), false),
    };
    let cx = visit.cx(&app);
    let outcome = app.hub().oidc_register(&cx, token.as_deref(), &body).await;
    told(&visit, StatusCode::CREATED, outcome)
}

/// Tells a client what it is registered with.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path(client_id): Path<String>,
    request: Request,
) -> Response {
    let token = bearer(&request);
    let cx = visit.cx(&app);
    let outcome = app
        .hub()
        .oidc_registration(&cx, &client_id, token.as_deref())
        .await;
    told(&visit, StatusCode::OK, outcome)
}

/// Replaces what a client declares.
pub(super) async fn change(
    State(app): State<App>,
    visit: Visit,
    Path(client_id): Path<String>,
    request: Request,
) -> Response {
    let (token, body) = match read(request).await {
        Ok(read) => read,
        Err(error) => return challenge(&visit, &Failure::Oauth(error), false),
    };
    let cx = visit.cx(&app);
    let outcome = app
        .hub()
        .oidc_change_registration(&cx, (&client_id, token.as_deref()), &body)
        .await;
    told(&visit, StatusCode::OK, outcome)
}

/// Takes a client out of the registry: 204.
pub(super) async fn remove(
    State(app): State<App>,
    visit: Visit,
    Path(client_id): Path<String>,
    request: Request,
) -> Response {
    let token = bearer(&request);
    let cx = visit.cx(&app);
    match app
        .hub()
        .oidc_unregister(&cx, &client_id, token.as_deref())
        .await
    {
        Ok(()) => {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Err(failure) => challenge(&visit, &failure, false),
    }
}

fn told(visit: &Visit, status: StatusCode, outcome: Result<Registered, Failure>) -> Response {
    match outcome {
        Ok(registered) => json(status, registered.to_json()),
        Err(failure) => challenge(visit, &failure, false),
    }
}

async fn read(request: Request) -> Result<(Option<String>, Bytes), OauthError> {
    let token = bearer(&request);
    let body = body(request, LONGEST).await;
    body.map(|body| (token, body))
        .map_err(|_| OauthError::invalid_request("the body is too long or did not arrive"))
}

fn bearer(request: &Request) -> Option<String> {
    let mut values = request.headers().get_all(AUTHORIZATION).iter();
    let header = values.next()?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    let alone = values.next().is_none();
    (alone && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim().to_owned())
}

//! `/oidc/…`: OpenID Connect and OAuth over HTTP. Requests are read and answers spelled by `clau-oidc`,
//! everything between them is the engine's. What is wrong with a program's request is answered in JSON,
//! what is wrong with a browser's on a page, and by a redirect only where the engine says so.
//!
//! | module | owns |
//! | --- | --- |
//! | [`discovery`] | metadata and keys |
//! | [`authorize`] | the endpoints that browsers come to, consent and choice of account |
//! | [`programs`] | token, introspection, revocation, pushed requests, devices: what programs post |
//! | [`userinfo`] | the one protected resource |
//! | [`register`] | dynamic registration |
//! | [`end_session`] | logout that a client asks for |
//! | [`request`], [`cors`] | what came, and which pages may ask |

mod authorize;
mod cors;
mod discovery;
mod end_session;
mod programs;
mod register;
mod request;
mod userinfo;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use clau_engine::oidc::Failure;
use clau_oidc::error::{ErrorCode, OauthError};
use http::header::{PRAGMA, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::Value;

use crate::app::App;
use crate::http::answer;
use crate::http::entry::Visit;

pub(crate) use authorize::{AUTHORIZE, onward};
pub(crate) use request::wished_language;

/// The routes.
pub(crate) fn routes(app: &App) -> Router<App> {
    let for_pages_of_clients = Router::new()
        .route(
            "/oidc/token",
            post(programs::token)
                .options(cors::asked)
                .fallback(wrong_method),
        )
        .route(
            "/oidc/revoke",
            post(programs::revoke)
                .options(cors::asked)
                .fallback(wrong_method),
        )
        .route(
            "/oidc/userinfo",
            get(userinfo::show)
                .post(userinfo::show)
                .options(cors::asked)
                .fallback(wrong_method),
        )
        .route_layer(from_fn_with_state(app.clone(), cors::for_clients));
    Router::new()
        .merge(for_pages_of_clients)
        .route(
            "/.well-known/openid-configuration",
            get(discovery::metadata).options(cors::open),
        )
        .route(
            "/.well-known/oauth-authorization-server",
            get(discovery::metadata).options(cors::open),
        )
        .route("/oidc/jwks", get(discovery::keys).options(cors::open))
        .route(AUTHORIZE, get(authorize::show).post(authorize::posted))
        .route("/oidc/continue", get(authorize::go_on))
        .route("/oidc/consent", post(authorize::consent))
        .route("/oidc/account", post(authorize::account))
        .route(
            "/oidc/introspect",
            post(programs::introspect).fallback(wrong_method),
        )
        .route("/oidc/par", post(programs::push).fallback(wrong_method))
        .route(
            "/oidc/device",
            post(programs::device)
                .get(programs::device_page)
                .fallback(wrong_method),
        )
        .route(
            "/oidc/register",
            post(register::register).fallback(wrong_method),
        )
        .route(
            "/oidc/register/{client_id}",
            get(register::show)
                .put(register::change)
                .delete(register::remove)
                .fallback(wrong_method),
        )
        .route(
            "/oidc/logout",
            get(end_session::show).post(end_session::submit),
        )
}

/// The answer to a program that uses another method than the endpoint's.
async fn wrong_method(visit: Visit) -> Response {
    let error = OauthError::invalid_request("the endpoint is not used by this method");
    let mut response = refusal(&visit, &Failure::Oauth(error), false);
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// An answer in JSON, kept by nobody (RFC 6749 §5.1).
fn json(status: StatusCode, body: &Value) -> Response {
    let mut response = answer::text(status, "application/json", body.to_string());
    response
        .headers_mut()
        .insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// A refusal for a program, with the reference that the log has; logged here, once.
fn refusal(visit: &Visit, failure: &Failure, used_header: bool) -> Response {
    let error = failure.to_oauth();
    match failure {
        Failure::Oauth(_) => tracing::info!(
            event = "oidc.refused",
            cause = %error,
            reference = %visit.reference,
            "a program's request is refused"
        ),
        Failure::Hub(cause) => tracing::error!(
            event = "oidc.failed",
            cause = %cause,
            reference = %visit.reference,
            "a program's request failed"
        ),
    }
    let told = error.with_reference(&visit.reference);
    let status = StatusCode::from_u16(error.code().status()).unwrap_or(StatusCode::BAD_REQUEST);
    let mut response = json(status, &told.to_json());
    if error.code() == ErrorCode::InvalidClient && used_header {
        response.headers_mut().insert(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Basic realm=\"Clau\", charset=\"UTF-8\""),
        );
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer::retry_after(response.headers_mut(), 5);
    }
    response
}

/// A refusal of a protected resource (RFC 6750 §3, RFC 9449 §7.1).
fn challenge(visit: &Visit, failure: &Failure, dpop: bool) -> Response {
    let mut response = refusal(visit, failure, false);
    let error: OauthError = failure.to_oauth();
    let challenged = matches!(
        error.code(),
        ErrorCode::InvalidToken | ErrorCode::InsufficientScope | ErrorCode::InvalidDpopProof
    );
    if challenged {
        if error.code() == ErrorCode::InvalidDpopProof {
            *response.status_mut() = StatusCode::UNAUTHORIZED;
        }
        if let Ok(value) = HeaderValue::from_str(&error.challenge(dpop)) {
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
    }
    response
}

//! Which pages of other sites may call the hub from a browser (OIDC-17): metadata and keys are for all of
//! them, without cookies; tokens, revocation and userinfo for those of registered clients; everything else
//! for nobody.

use axum::extract::State;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::app::App;
use crate::http::entry::Visit;

/// The answer to the question whether any page may read this: yes.
pub(super) async fn open() -> Response {
    let mut response = empty();
    for_everybody(&mut response);
    let headers = response.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    response
}

/// The answer to the question whether this page may call an endpoint.
pub(super) async fn preflight(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
) -> Response {
    let mut response = empty();
    if for_clients(&app, &visit, &headers, &mut response).await {
        let headers = response.headers_mut();
        headers.insert(
            ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST"),
        );
        headers.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static("authorization, content-type, dpop"),
        );
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
    }
    response
}

/// Lets every page read an answer, without cookies.
pub(super) fn for_everybody(response: &mut Response) {
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

/// Lets a registered client's page read an answer; whether this is one.
pub(super) async fn for_clients(
    app: &App,
    visit: &Visit,
    asked: &HeaderMap,
    response: &mut Response,
) -> bool {
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = asked.get(ORIGIN) else {
        return false;
    };
    let Ok(catalogue) = app.hub().catalogue(visit.now).await else {
        return false;
    };
    let known = origin
        .to_str()
        .is_ok_and(|origin| catalogue.is_client_origin(origin));
    if known {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static("www-authenticate, dpop-nonce"),
        );
    }
    known
}

fn empty() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

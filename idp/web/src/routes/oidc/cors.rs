//! Which pages of other sites may call the hub from a browser (OIDC-17): metadata and keys are for all of
//! them, without cookies; tokens, revocation and userinfo for those of registered clients; everything else
//! for nobody.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
};
use http::{HeaderValue, Method, StatusCode};

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

/// The question whether a page may call an endpoint: what [`for_clients`] adds is the answer.
pub(super) async fn asked() -> Response {
    empty()
}

/// Lets every page read an answer, without cookies.
pub(super) fn for_everybody(response: &mut Response) {
    response
        .headers_mut()
        .insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

/// Around the endpoints that pages of registered clients may call: lets those read the answer, whatever it
/// is, and nobody else.
pub(super) async fn for_clients(
    State(app): State<App>,
    visit: Visit,
    request: Request,
    next: Next,
) -> Response {
    let origin = request.headers().get(ORIGIN).cloned();
    let asks = request.method() == Method::OPTIONS;
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.append(VARY, HeaderValue::from_static("Origin"));
    let Some(origin) = origin else {
        return response;
    };
    if !is_clients(&app, &visit, &origin).await {
        return response;
    }
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("www-authenticate, dpop-nonce"),
    );
    if asks {
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

/// Whether a page is a registered client's.
async fn is_clients(app: &App, visit: &Visit, origin: &HeaderValue) -> bool {
    let catalogue = app.hub().catalogue(visit.now).await;
    let origin = origin.to_str();
    matches!((catalogue, origin), (Ok(known), Ok(origin)) if known.is_client_origin(origin))
}

fn empty() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

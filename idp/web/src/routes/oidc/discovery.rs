//! What everybody may know: the metadata document (OIDC Discovery §4, RFC 8414 §3) and the key set.

use axum::extract::State;
use axum::response::Response;
use clau_domain::session::Assurance;
use clau_engine::oidc::Failure;
use clau_oidc::response::{Endpoints, Offer, discovery};
use clau_oidc::scope::STANDARD;
use clau_oidc::spelling::CLAIMS;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};

use super::{cors, json, refusal};
use crate::app::App;
use crate::http::entry::Visit;

/// An hour: shorter than a new key is published before it signs.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// Claims that are about the login and not about the person.
const OF_THE_LOGIN: [&str; 8] = [
    "iss",
    "sub",
    "aud",
    "auth_time",
    "acr",
    "amr",
    "nonce",
    "sid",
];

/// The metadata document.
pub(super) async fn metadata(State(app): State<App>, visit: Visit) -> Response {
    let ring = match app.hub().key_ring(visit.now).await {
        Ok(ring) => ring,
        Err(error) => return refusal(&visit, &Failure::Hub(error), false),
    };
    let claims: Vec<&str> = OF_THE_LOGIN
        .into_iter()
        .chain(CLAIMS.iter().map(|(name, _)| *name))
        .collect();
    // What nobody could reach is not promised.
    let best = app.hub().best_assurance(visit.now).await;
    let best = best.unwrap_or(Assurance::SingleFactor);
    let reached = Assurance::ALL.into_iter().filter(|a| *a <= best);
    let contexts: Vec<&str> = reached.map(Assurance::context).collect();
    let offer = Offer {
        algorithms: &ring.algorithms(),
        acr_values: &contexts,
        scopes: &STANDARD,
        claims: &claims,
        documentation: None,
    };
    let document = discovery(&Endpoints::of(app.hub().issuer()), &offer);
    public(json(StatusCode::OK, &document))
}

/// The key set.
pub(super) async fn keys(State(app): State<App>, visit: Visit) -> Response {
    match app.hub().key_ring(visit.now).await {
        Ok(ring) => public(json(StatusCode::OK, &ring.key_set(visit.now))),
        Err(error) => refusal(&visit, &Failure::Hub(error), false),
    }
}

fn public(mut response: Response) -> Response {
    cors::for_everybody(&mut response);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, CACHED);
    headers.remove(http::header::PRAGMA);
    response
}

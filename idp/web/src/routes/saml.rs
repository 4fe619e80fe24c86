//! `/saml/…`: SAML 2.0 over HTTP. Messages are unpacked and written by `clau-saml`, everything between is the
//! engine's. What is wrong with a browser's message is told on a page, with a program's in a fault; to a
//! service only where the engine says so.
//!
//! | module | owns |
//! | --- | --- |
//! | [`browsers`] | single sign-on, as browsers bring it |
//! | [`logout`] | single logout, as browsers bring it |
//! | [`programs`] | what programs post: artifacts, logout and login by SOAP |
//! | [`came`] | what came: a form or an envelope |

mod browsers;
pub(super) mod came;
mod logout;
mod programs;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use clau_engine::saml::Refused;
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};

use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::entry::Visit;
use crate::pages::problem::Problem;

/// Where a request goes on that has met its browser.
pub(crate) const CONTINUE: &str = "/saml/continue";

/// An hour, like what metadata says of itself.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// The routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/saml/metadata", get(metadata))
        .route(
            "/saml/sso",
            get(browsers::redirected).post(browsers::posted),
        )
        .route("/saml/arrived", get(browsers::arrived))
        .route(CONTINUE, get(browsers::go_on).post(browsers::agreed))
        .route("/saml/unsolicited", get(browsers::unsolicited))
        .route("/saml/slo", get(logout::redirected).post(logout::posted))
        .route("/saml/slo/back", get(logout::back))
        .route("/saml/slo/tell", get(logout::tell))
        .route("/saml/artifact", post(programs::artifact))
}

/// The hub's metadata.
async fn metadata(State(app): State<App>, visit: Visit) -> Result<Response, Failed> {
    let xml = app.hub().saml_metadata(&visit.cx(&app)).await?;
    // SAML Metadata, appendix A.
    let mut response = answer::text(StatusCode::OK, "application/samlmetadata+xml", xml);
    response.headers_mut().insert(CACHE_CONTROL, CACHED);
    Ok(response)
}

/// A message that is not acted on, for a page. The log is told what is wrong with it.
fn on_a_page(refused: Refused) -> Failed {
    match refused {
        Refused::Hub(error) => error.into(),
        Refused::Service(_) => Failed {
            cause: Some(refused.to_string()),
            ..Problem::UnknownService.into()
        },
        Refused::Message(_) => Failed {
            cause: Some(refused.to_string()),
            ..Problem::ServiceRequest.into()
        },
    }
}

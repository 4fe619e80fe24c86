//! Sources: where a browser or a program of an upstream comes to the hub, and the pages of the hub about them. What
//! comes is handed to the engine as it came; what is wrong with it is told on a page.
//!
//! | module | owns |
//! | --- | --- |
//! | [`choosing`] | what the login page offers, and the search for a school |
//! | [`steps`] | the pages of a login that goes by a source |
//! | [`saml`] | `/saml/sp/…`: the hub as a service provider |
//! | [`programs`] | `/oidc/rp/…` and `/cas/rp/…`: the hub as a relying party and as a CAS service |
//! | [`linking`] | links on the account page |

pub(crate) mod choosing;
mod linking;
mod programs;
mod saml;
pub(crate) mod steps;

use axum::Router;
use axum::response::Response;
use axum::routing::{get, post};
use clau_domain::connector::ConnectorId;
use clau_engine::federation::Refused;
use clau_engine::federation::heard::SourceLogout;

use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::entry::Visit;
use crate::pages::problem::Problem;
use crate::pages::source_problem::{SourceProblem, SourceProblemPage};
use crate::pages::sources::WayAround;

pub(crate) use linking::{links, prove_again, reasons};

/// How people get in when a source does not answer.
pub(super) const AROUND: [WayAround; 3] = [
    WayAround::Password,
    WayAround::ActivationCode,
    WayAround::School,
];

/// The routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/login/school", get(choosing::school))
        .route("/login/directory", post(steps::directory))
        .route("/login/link", post(steps::link))
        .route("/login/linked", post(steps::linked))
        .route("/login/context", post(steps::context))
        .route("/context", post(steps::change_context))
        .route("/logout/source", get(steps::leave_source))
        .route("/account/links/add", post(linking::add))
        .route(
            "/account/links/remove",
            get(linking::ask).post(linking::remove),
        )
        .route("/saml/sp/{connector}/metadata", get(saml::metadata))
        .route("/saml/sp/{connector}/acs", post(saml::acs))
        .route("/saml/sp/{connector}/arrived", get(saml::arrived))
        .route(
            "/saml/sp/{connector}/slo",
            get(saml::slo_redirected).post(saml::slo_posted),
        )
        .route("/saml/sp/{connector}/back", get(saml::back))
        .route("/oidc/rp/{connector}/callback", get(programs::callback))
        .route("/oidc/rp/{connector}/signed-out", get(programs::signed_out))
        .route("/oidc/rp/{connector}/jwks.json", get(programs::keys))
        .route(
            "/oidc/rp/{connector}/backchannel",
            post(programs::back_channel),
        )
        .route(
            "/oidc/rp/{connector}/frontchannel",
            get(programs::front_channel),
        )
        .route(
            "/cas/rp/{connector}/callback",
            get(programs::ticket).post(programs::cas_logout),
        )
        .route("/cas/rp/{connector}/signed-out", get(programs::signed_out))
}

/// The connector that a path names.
fn connector(text: &str) -> Result<ConnectorId, Failed> {
    text.parse().map_err(|_| Problem::NotFound.into())
}

/// The page that says why a way through a source has ended. `elsewhere` is the login page with all choices.
pub(super) fn refused(
    app: &App,
    visit: &Visit,
    refused: Refused,
    elsewhere: &str,
) -> Result<Response, Failed> {
    let refused = match refused {
        Refused::Hub(error) => return Err(Failed::from(error).retry(elsewhere)),
        refused => refused,
    };
    let (kind, source) = match &refused {
        Refused::Hub(_) | Refused::Unknown => return Err(Problem::NotFound.into()),
        Refused::Expired => (SourceProblem::TooLate, String::new()),
        Refused::Away { name, .. } => (SourceProblem::NoAnswer, name.clone()),
        Refused::Declined { name, .. } => (SourceProblem::Refused, name.clone()),
        Refused::Untrusted { name, .. } | Refused::SomebodyElses { name } => {
            (SourceProblem::NotBelieved, name.clone())
        }
        Refused::TooWeak { name, .. } => (SourceProblem::TooWeak, name.clone()),
    };
    // The page says what to do; the log says what happened.
    tracing::warn!(
        event = "source.refused",
        cause = %refused,
        reference = %visit.reference,
        "a way through a source has ended"
    );
    let around = match kind {
        SourceProblem::NoAnswer => AROUND.to_vec(),
        _ => Vec::new(),
    };
    let page = SourceProblemPage {
        frame: visit.frame(app),
        kind,
        source,
        around,
        others: Vec::new(),
        retry: None,
        elsewhere: elsewhere.to_owned(),
        reference: visit.reference.clone(),
    };
    answer::page(kind.status(), &page, None)
}

/// What follows from a source's word about a logout, in a browser.
async fn heard(
    app: &App,
    visit: &Visit,
    connector: &str,
    heard: SourceLogout,
) -> Result<Response, Failed> {
    match heard {
        SourceLogout::Answered(logout) => Ok(answer::redirect(&super::logout::done(logout))),
        SourceLogout::Asked { ended, back, name } => {
            let back = back.map(|back| clau_engine::oidc::logout::Back {
                address: format!("/saml/sp/{connector}/back?to={}", back.expose()),
                service: name,
                origin: None,
            });
            let mut response = match back {
                Some(back) => super::logout::leave_to(app, visit, ended.as_ref(), back).await?,
                None => {
                    let logout = ended.map(|ended| ended.logout);
                    answer::redirect(&super::logout::done(logout))
                }
            };
            super::logout::forget(app, &mut response);
            Ok(response)
        }
    }
}

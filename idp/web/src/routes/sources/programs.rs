//! `/oidc/rp/{connector}/…` and `/cas/rp/{connector}/…`: where browsers come back from OpenID providers and CAS
//! servers, and where these tell the hub of logouts. One return address for each connector (FED-05).

use axum::extract::{Path, RawQuery, Request, State};
use axum::response::{IntoResponse as _, Response};
use clau_engine::federation::{Notice, Refused};
use http::header::CACHE_CONTROL;
use http::{HeaderValue, StatusCode};

use super::super::step::{self, Around};
use super::{connector, heard, refused};
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::body;
use crate::pages::problem::Problem;

/// Longest word about a logout that is read, in bytes.
const LONGEST: usize = 64 * 1024;
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// The redirect URI of the relying party.
pub(super) async fn callback(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    arrive(&app, &visit, &name, &query.unwrap_or_default()).await
}

/// The service address at a CAS server.
pub(super) async fn ticket(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    arrive(&app, &visit, &name, &query.unwrap_or_default()).await
}

async fn arrive(app: &App, visit: &Visit, name: &str, query: &str) -> Result<Response, Failed> {
    let id = connector(name)?;
    let fields = Fields::parse(query)?;
    let cookies = visit.jar.for_login();
    let cx = visit.cx(app);
    let arrived = app
        .hub()
        .arrive_with_query(&cx, cookies, &id, (query, fields.one("state")?));
    match arrived.await {
        Ok(step) => step::answer(&Around::new(app, visit, "/login"), step).await,
        Err(why) => refused(app, visit, why, "/login"),
    }
}

/// Where a browser comes back from a logout of ours.
pub(super) async fn signed_out(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let id = connector(&name)?;
    let query = query.unwrap_or_default();
    let fields = Fields::parse(&query)?;
    let cx = visit.cx(&app);
    let came = app
        .hub()
        .source_came_back(&cx, &id, (&query, fields.one("state")?));
    match came.await {
        Ok(what) => heard(&app, &visit, id.as_str(), what).await,
        Err(why) => refused(&app, &visit, why, "/login"),
    }
}

/// The hub's keys, for a provider that verifies what it proves itself with or encrypts for it.
pub(super) async fn keys(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Failed> {
    let id = connector(&name)?;
    match app.hub().introduce(&visit.cx(&app), &id).await {
        Ok(Some(introduction)) => Ok(answer::text(
            StatusCode::OK,
            introduction.content_type,
            introduction.body,
        )),
        Ok(None) => Err(Problem::NotFound.into()),
        Err(why) => refused(&app, &visit, why, "/login"),
    }
}

/// OpenID Connect Back-Channel Logout §2.5.
pub(super) async fn back_channel(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let id = connector(&name)?;
    let text = text_of(request).await?;
    let fields = Fields::parse(&text)?;
    let token = fields.text("logout_token")?;
    told(&app, &visit, &id, &Notice::LogoutToken(token)).await
}

/// CAS protocol §2.3.3: a form field, or the XML as the whole body.
pub(super) async fn cas_logout(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let id = connector(&name)?;
    let text = text_of(request).await?;
    told(&app, &visit, &id, &Notice::Cas(&text)).await
}

/// OpenID Connect Front-Channel Logout §2: a frame of the provider's, in which nobody reads anything.
pub(super) async fn front_channel(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let id = connector(&name)?;
    let query = query.unwrap_or_default();
    let about = (query.as_str(), visit.jar.session.as_deref());
    let cx = visit.cx(&app);
    let heard = app.hub().source_front_channel(&cx, &id, about).await;
    said(&visit, &id, heard)
}

async fn told(
    app: &App,
    visit: &Visit,
    id: &clau_domain::connector::ConnectorId,
    notice: &Notice<'_>,
) -> Result<Response, Failed> {
    let outcome = app.hub().source_program(&visit.cx(app), id, notice).await;
    said(visit, id, outcome.map(drop))
}

/// The answer to a program, or to a frame: that it was heard.
fn said(
    visit: &Visit,
    id: &clau_domain::connector::ConnectorId,
    outcome: Result<(), Refused>,
) -> Result<Response, Failed> {
    let status = match outcome {
        Ok(()) => StatusCode::OK,
        Err(Refused::Hub(error)) => return Err(error.into()),
        Err(Refused::Unknown) => return Err(Problem::NotFound.into()),
        Err(why) => {
            tracing::warn!(
                event = "source.refused",
                connector = %id,
                cause = %why,
                reference = %visit.reference,
                "what a source says of a logout is not believed"
            );
            StatusCode::BAD_REQUEST
        }
    };
    let mut response = status.into_response();
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    // A body of its own: an answer of the router has none, and is replaced by a page.
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, plain);
    Ok(response)
}

async fn text_of(request: Request) -> Result<String, Failed> {
    let bytes = body(request, LONGEST).await?.to_vec();
    String::from_utf8(bytes).map_err(|_| Problem::BadRequest.into())
}

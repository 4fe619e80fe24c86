//! Single logout, as browsers bring it (SAML Profiles §4.4): a service's wish with the way back to it, and our
//! wishes to services with their answers.

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use clau_engine::oidc::logout::Back;
use clau_engine::saml::logout::SloAnswer;
use clau_saml::binding::Received;
use http::StatusCode;

use super::super::leaving::{deliver, deliver_in_frame};
use super::super::logout::{done, forget, leave_to};
use super::super::step::Around;
use super::came::Came;
use super::{on_a_page, programs};
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::pages::problem::Problem;

/// `/saml/slo` by redirect (SAML Bindings §3.4).
pub(super) async fn redirected(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let received = Received::from_query(&query.unwrap_or_default());
    let received = received.map_err(|problem| on_a_page(problem.into()))?;
    came(&app, &visit, &received).await
}

/// `/saml/slo` by form (SAML Bindings §3.5), or by a program (§3.2).
pub(super) async fn posted(
    State(app): State<App>,
    visit: Visit,
    request: Request,
) -> Result<Response, Failed> {
    let fields = match Came::read(request).await? {
        Came::Form(fields) => fields,
        Came::Envelope(bytes) => return Ok(programs::log_out(&app, &visit, bytes).await),
    };
    let received = Received::from_form(&fields);
    let received = received.map_err(|problem| on_a_page(problem.into()))?;
    came(&app, &visit, &received).await
}

async fn came(app: &App, visit: &Visit, received: &Received) -> Result<Response, Failed> {
    let cx = visit.cx(app);
    let cookie = visit.jar.session.as_deref();
    let outcome = app.hub().saml_slo(&cx, cookie, received).await;
    match outcome.map_err(on_a_page)? {
        SloAnswer::Asked {
            ended,
            back,
            service,
        } => {
            let back = Back {
                service,
                // A page of ours, which sends the answer when the others have been told.
                address: format!("/saml/slo/back?logout={}", back.expose()),
                origin: Some(app.base().origin.clone()),
            };
            let mut response = leave_to(app, visit, ended.as_ref(), back).await?;
            // The cookie of a session that has ended, or of one that the service has no part in: that stays.
            if app.hub().signed_in(&cx, cookie).await?.is_none() && cookie.is_some() {
                forget(app, &mut response);
            }
            Ok(response)
        }
        SloAnswer::Answered {
            logout,
            by_hand: true,
        } => Ok(answer::redirect(&done(Some(logout)))),
        // In a frame that nobody sees.
        SloAnswer::Answered { .. } => Ok(answer::text(StatusCode::OK, "text/plain", String::new())),
    }
}

/// `/saml/slo/back`: the answer to the service that has asked.
pub(super) async fn back(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let leaving = app
        .hub()
        .saml_slo_back(&visit.cx(&app), fields.text("logout")?)
        .await;
    let leaving = leaving.map_err(on_a_page)?.ok_or(Problem::Spent)?;
    deliver(&Around::new(&app, &visit, "/"), leaving, None).await
}

/// `/saml/slo/tell`: our wish to a service, in a frame of the page that says who was told, or by a link of it.
pub(super) async fn tell(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let by_hand = fields.one("by")? == Some("hand");
    let leaving = app
        .hub()
        .saml_tell(&visit.cx(&app), fields.text("request")?, by_hand)
        .await;
    let leaving = leaving.map_err(on_a_page)?.ok_or(Problem::Spent)?;
    if by_hand {
        deliver(&Around::new(&app, &visit, "/"), leaving, None).await
    } else {
        deliver_in_frame(&app, &visit, leaving)
    }
}

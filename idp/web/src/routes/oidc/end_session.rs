//! `/oidc/logout` (OIDC RP-Initiated Logout): a service sends somebody to sign out. With proof that it
//! speaks for this very session they are signed out at once and sent back; without it they are asked
//! (OIDC-14).

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use clau_engine::oidc::logout::EndSessionAnswer;
use http::StatusCode;

use super::super::logout::{away, forget};
use super::super::member::Member;
use super::authorize::same_by_get;
use super::request::{form, wished_language};
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::{Posted, from_our_page};
use crate::pages::Frame;
use crate::pages::leaving::ServiceLogoutPage;
use crate::pages::problem::Problem;
use crate::texts::Texts;

/// The parameters that the question carries along.
const CARRIED: [&str; 5] = [
    "id_token_hint",
    "client_id",
    "post_logout_redirect_uri",
    "state",
    "ui_locales",
];

/// As services send browsers to it.
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    end(&app, &visit, &fields, false).await
}

/// As our own question posts it, or as a form of the service does (§2: both methods).
pub(super) async fn submit(
    State(app): State<App>,
    visit: Visit,
    request: Request,
) -> Result<Response, Failed> {
    let headers = request.headers().clone();
    if from_our_page(&headers, &app.base().origin).is_err() {
        return same_by_get("/oidc/logout", request).await;
    }
    let fields = form(request).await.map_err(|error| Failed {
        cause: Some(error.to_string()),
        ..Problem::BadRequest.into()
    })?;
    let fields = Fields::from_pairs(fields);
    if fields.one("csrf")?.is_none() || visit.jar.session.is_none() {
        // No page of ours: a program, or a browser that does not say where from; or a page that has been
        // left open, and nobody is signed in any more.
        return end(&app, &visit, &fields, false).await;
    }
    let fields = Posted::of(fields).open(&app, visit.jar.session.as_deref())?;
    end(&app, &visit, &fields, true).await
}

async fn end(
    app: &App,
    visit: &Visit,
    fields: &Fields,
    confirmed: bool,
) -> Result<Response, Failed> {
    let cx = visit.cx(app);
    let outcome = app
        .hub()
        .oidc_end_session(&cx, visit.jar.for_login(), fields.pairs(), confirmed)
        .await?;
    match outcome {
        EndSessionAnswer::Ask { service, leads_to } => {
            ask(app, visit, fields, (service, leads_to)).await
        }
        EndSessionAnswer::Ended { ended, back } => {
            let mut response = away(app, visit, ended.as_ref(), back).await?;
            if visit.jar.session.is_some() {
                forget(app, &mut response);
            }
            Ok(response)
        }
    }
}

async fn ask(
    app: &App,
    visit: &Visit,
    fields: &Fields,
    (service, leads_to): (Option<String>, Option<String>),
) -> Result<Response, Failed> {
    let Some(member) = Member::of(app, visit.clone()).await? else {
        return Ok(answer::redirect("/logout"));
    };
    // A wish of the service's, for a person who has chosen no language.
    let chosen = visit.jar.language;
    let language = chosen.or_else(|| wished_language(fields));
    let carried = CARRIED
        .iter()
        .filter_map(|name| Some((*name, fields.one(name).ok()??.to_owned())));
    let page = ServiceLogoutPage {
        frame: Frame {
            t: Texts::new(language.unwrap_or(visit.language)),
            ..member.frame(app)
        },
        service,
        fields: carried.collect(),
    };
    answer::page(StatusCode::OK, &page, leads_to.as_deref())
}

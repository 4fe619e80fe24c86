//! `/saml/sp/{connector}/…`: the hub as a service provider (SAML Profiles §4.1 and §4.4). A form of another site comes
//! without our cookies: what it brings is laid aside, and the browser comes back for it (SES-04).

use axum::extract::{Path, RawQuery, Request, State};
use axum::response::{IntoResponse as _, Response};
use clau_engine::federation::Notice;
use clau_saml::binding::{Received, Role};
use clau_saml::error::Problem as Malformed;
use http::StatusCode;
use http::header::CACHE_CONTROL;

use super::super::leaving::deliver;
use super::super::saml::came::Came;
use super::super::step::{self, Around};
use super::{connector, heard, refused};
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::cookies::{self, Cookie};
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::pages::problem::Problem;

/// What the source needs to know of the hub.
pub(super) async fn metadata(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
) -> Result<Response, Failed> {
    let id = connector(&name)?;
    match app.hub().introduce(&visit.cx(&app), &id).await {
        Ok(Some(introduction)) => {
            let (media_type, body) = (introduction.content_type, introduction.body);
            let mut response = answer::text(StatusCode::OK, media_type, body);
            let cached = http::HeaderValue::from_static("public, max-age=3600");
            response.headers_mut().insert(CACHE_CONTROL, cached);
            Ok(response)
        }
        Ok(None) => Err(Problem::NotFound.into()),
        Err(why) => refused(&app, &visit, why, "/login"),
    }
}

/// The assertion consumer service.
pub(super) async fn acs(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let id = connector(&name)?;
    let Came::Form(fields) = Came::read(request).await? else {
        return Err(Problem::BadRequest.into());
    };
    match app
        .hub()
        .lay_answer_aside(&visit.cx(&app), &id, fields)
        .await
    {
        Ok(token) => Ok(answer::redirect(&format!(
            "/saml/sp/{id}/arrived?answer={}",
            token.expose()
        ))),
        Err(why) => refused(&app, &visit, why, "/login"),
    }
}

/// The same, now with the cookies of its browser.
pub(super) async fn arrived(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let id = connector(&name)?;
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let answer_name = fields.text("answer")?;
    let cx = visit.cx(&app);
    // Who was not sent from here may never have been here: the pages that follow are bound to this browser (SES-03).
    let new = visit
        .jar
        .browser
        .is_none()
        .then(|| app.hub().new_browser(&cx));
    let mut visit = visit;
    if let Some(new) = &new {
        visit.jar.browser = Some(new.expose().to_owned());
    }
    let cx = visit.cx(&app);
    let cookies = visit.jar.for_login();
    let arrived = app
        .hub()
        .arrive_with_form(&cx, cookies, &id, answer_name)
        .await;
    let mut response = match arrived {
        Ok(step) => step::answer(&Around::new(&app, &visit, "/login"), step).await?,
        Err(why) => return refused(&app, &visit, why, "/login"),
    };
    if let Some(new) = &new {
        let secure = app.base().secure;
        cookies::set(
            response.headers_mut(),
            secure,
            Cookie::Browser,
            new.expose(),
            None,
        );
    }
    Ok(response)
}

/// The single logout service, by redirect.
pub(super) async fn slo_redirected(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let id = connector(&name)?;
    let received = Received::from_query(&query.unwrap_or_default()).map_err(malformed)?;
    match app.hub().source_slo(&visit.cx(&app), &id, &received).await {
        Ok(what) => heard(&app, &visit, id.as_str(), what).await,
        Err(why) => refused(&app, &visit, why, "/login"),
    }
}

/// The same by a form, or by a program of the source's (SOAP).
pub(super) async fn slo_posted(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Failed> {
    let id = connector(&name)?;
    match Came::read(request).await? {
        Came::Form(fields) => {
            let received = Received::from_form(&fields).map_err(malformed)?;
            match app.hub().source_slo(&visit.cx(&app), &id, &received).await {
                Ok(what) => heard(&app, &visit, id.as_str(), what).await,
                Err(why) => refused(&app, &visit, why, "/login"),
            }
        }
        Came::Envelope(bytes) => {
            let received = Received::from_soap(bytes, Role::Request);
            let notice = Notice::Saml {
                received: &received,
                by_program: true,
                pending: None,
            };
            match app
                .hub()
                .source_program(&visit.cx(&app), &id, &notice)
                .await
            {
                Ok(Some(body)) => Ok(answer::text(StatusCode::OK, "text/xml", body)),
                Ok(None) => Ok(StatusCode::NO_CONTENT.into_response()),
                Err(why) => {
                    tracing::warn!(
                        event = "source.refused",
                        cause = %why,
                        reference = %visit.reference,
                        "a program of a source was refused"
                    );
                    Err(Problem::BadRequest.into())
                }
            }
        }
    }
}

/// The way back to a source that has asked for a logout.
pub(super) async fn back(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    connector(&name)?;
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let cx = visit.cx(&app);
    match app.hub().source_slo_back(&cx, fields.text("to")?).await {
        Ok(Some(leaving)) => deliver(&Around::new(&app, &visit, "/login"), leaving, None).await,
        Ok(None) => Err(Problem::Spent.into()),
        Err(why) => refused(&app, &visit, why, "/login"),
    }
}

fn malformed(problem: Malformed) -> Failed {
    Failed {
        cause: Some(problem.to_string()),
        ..Problem::BadRequest.into()
    }
}

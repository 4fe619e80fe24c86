//! `/logout`: a question, an answer, and who has been told.

use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use clau_domain::secret::Digest;
use clau_engine::federation::logout::SourceState;
use clau_engine::logout::{Ended, Told, ToldState};
use clau_engine::oidc::logout::Back;
use http::{HeaderName, StatusCode};

use super::member::Member;
use crate::app::App;
use crate::error::Failed;
use crate::http::cookies::{self, Cookie};
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::Posted;
use crate::http::{answer, headers};
use crate::pages::Frame;
use crate::pages::leaving::{
    FrontChannel, LeftThere, LogoutPage, Onward, SignedOutPage, SourceLeft, ToldView, WayBack,
};
use crate::pages::problem::Problem;

/// How long the page waits for services to be told, and how often it looks. Most have answered by
/// then; nobody is kept waiting for one that does not (CAS-12).
const PATIENCE: Duration = Duration::from_millis(1200);
const LOOK: Duration = Duration::from_millis(150);

/// The question; or, for somebody who is not signed in, that they are not.
pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    if let Some(logout) = fields.one("done")? {
        let logout = Digest::try_from(logout.to_owned()).map_err(|_| Problem::BadRequest)?;
        return signed_out(&app, &visit, Some(logout), None).await;
    }
    let cx = visit.cx(&app);
    match app
        .hub()
        .signed_in(&cx, visit.jar.session.as_deref())
        .await?
    {
        Some(signed_in) => {
            let member = Member { visit, signed_in };
            answer::page(
                StatusCode::OK,
                &LogoutPage {
                    frame: member.frame(&app),
                },
                None,
            )
        }
        None => signed_out(&app, &visit, None, None).await,
    }
}

/// The answer.
pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    if visit.jar.session.is_none() {
        return Ok(answer::redirect("/logout"));
    }
    posted.open(&app, visit.jar.session.as_deref())?;
    let ended = end(&app, &visit).await?;
    let mut response = answer::redirect(&done(ended.map(|ended| ended.logout)));
    forget(&app, &mut response);
    Ok(response)
}

/// Ends the session of a request, if it has one.
pub(super) async fn end(app: &App, visit: &Visit) -> Result<Option<Ended>, Failed> {
    Ok(app
        .hub()
        .log_out(&visit.cx(app), visit.jar.session.as_deref())
        .await?)
}

/// The page that says who was told.
pub(super) fn done(logout: Option<Digest>) -> String {
    logout.map_or_else(
        || "/logout".to_owned(),
        |logout| format!("/logout?done={logout}"),
    )
}

/// Makes the browser forget what it was shown (SES-10). The device and the language stay: they are no
/// secret of the person who leaves.
pub(super) fn forget(app: &App, response: &mut Response) {
    let headers = response.headers_mut();
    cookies::clear(headers, app.base().secure, Cookie::Session);
    headers.insert(
        HeaderName::from_static("clear-site-data"),
        headers::CLEAR_SITE_DATA,
    );
}

/// Where the browser goes after a logout that a service asked for: back to it, by way of a page where
/// other services end their sessions in frames if there are any, or where it has to follow a link; the
/// page that says who was told if it cannot go back.
pub(super) async fn away(
    app: &App,
    visit: &Visit,
    ended: Option<&Ended>,
    back: Option<Back>,
) -> Result<Response, Failed> {
    let logout = ended.map(|ended| ended.logout);
    match back {
        Some(back) => leave_to(app, visit, ended, back).await,
        None => Ok(answer::redirect(&done(logout))),
    }
}

/// The same for a service that the person goes back to.
pub(super) async fn leave_to(
    app: &App,
    visit: &Visit,
    ended: Option<&Ended>,
    back: Back,
) -> Result<Response, Failed> {
    let logout = ended.map(|ended| ended.logout);
    let has_frames = match logout {
        Some(logout) => !app.hub().frames(&visit.cx(app), logout).await?.is_empty(),
        None => false,
    };
    // What no policy can name is no end for a form.
    if has_frames || back.origin.is_none() {
        return signed_out(app, visit, logout, Some(back)).await;
    }
    Ok(answer::redirect(&back.address))
}

async fn signed_out(
    app: &App,
    visit: &Visit,
    logout: Option<Digest>,
    back: Option<Back>,
) -> Result<Response, Failed> {
    let told = match logout {
        Some(logout) => told(app, visit, logout).await?,
        None => Vec::new(),
    };
    let frames = match logout {
        Some(logout) => app.hub().frames(&visit.cx(app), logout).await?,
        None => Vec::new(),
    };
    let origins = frames
        .iter()
        .flat_map(|frame| std::iter::once(frame.address.origin()).chain(frame.then.clone()));
    let origins: Vec<String> = origins.collect();
    let origins: Vec<&str> = origins.iter().map(String::as_str).collect();
    let page = SignedOutPage {
        frame: Frame {
            here: done(logout),
            ..visit.frame(app)
        },
        already: logout.is_none(),
        services: told
            .into_iter()
            .map(|told| ToldView {
                name: told.service,
                state: told.state,
                by_hand: told.by_hand,
            })
            .collect(),
        frames: frames
            .into_iter()
            .map(|frame| FrontChannel {
                service: frame.service,
                address: frame.address.as_str().to_owned(),
            })
            .collect(),
        source: match logout {
            Some(logout) => source_left(app, visit, logout).await?,
            None => None,
        },
        onward: back.map(|back| Onward {
            service: back.service,
            address: back.address,
        }),
    };
    answer::page_with_frames(StatusCode::OK, &page, None, &origins)
}

/// How it is at the source that had vouched for whoever has signed out.
async fn source_left(
    app: &App,
    visit: &Visit,
    logout: Digest,
) -> Result<Option<SourceLeft>, Failed> {
    let after = app.hub().source_after(&visit.cx(app), logout).await?;
    Ok(after.map(|after| SourceLeft {
        name: after.name,
        there: match after.state {
            SourceState::Done => LeftThere::Done,
            SourceState::ToGo => {
                LeftThere::OnTheWay(WayBack::Link(format!("/logout/source?done={logout}")))
            }
            SourceState::Button(address) => LeftThere::Still(Some(address)),
            SourceState::Unsure => LeftThere::Still(None),
        },
    }))
}

async fn told(app: &App, visit: &Visit, logout: Digest) -> Result<Vec<Told>, Failed> {
    let mut waited = Duration::ZERO;
    loop {
        let told = app.hub().told(&visit.cx(app), logout).await?;
        // What the browser has to tell waits for this very page.
        let waiting = told
            .iter()
            .any(|told| told.state == ToldState::OnItsWay && told.by_hand.is_none());
        if !waiting || waited >= PATIENCE {
            return Ok(told);
        }
        tokio::time::sleep(LOOK).await;
        waited += LOOK;
    }
}

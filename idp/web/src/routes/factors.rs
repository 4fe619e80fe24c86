//! `/login/second` and `/account/second`: the second factor of a login, and those of an account. What is secret here
//! is in a page once and nowhere else; what a code is worth, the engine says.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};
use clau_engine::factors::{Changed, Confirmed, NewTotp, RecoveryCodes, StartTotp};
use clau_engine::login::{ProveSecond, SecondProblem};
use http::StatusCode;

use super::login::Again;
use super::member::Member;
use super::sources::prove_again;
use super::step::{self, Around};
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::Posted;
use crate::pages::Frame;
use crate::pages::factors::{
    AppView, CodesPage, FactorDone, FactorsPage, NewFactorPage, SecondPage,
};
use crate::pages::problem::Problem;
use crate::qr::Picture;

/// The page of second factors.
const HERE: &str = "/account/second";

/// The routes.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/login/second", post(submit))
        .route(HERE, get(show))
        .route("/account/second/new", post(start))
        .route("/account/second/confirm", post(confirm))
        .route("/account/second/remove", post(remove))
        .route("/account/second/codes", post(codes))
}

/// The page that asks for a second factor.
pub(super) fn ask(around: &Around<'_>, prove: ProveSecond) -> Result<Response, Failed> {
    let status = match prove.problem {
        None => StatusCode::OK,
        Some(SecondProblem::Wrong) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(SecondProblem::Wait(_)) => StatusCode::TOO_MANY_REQUESTS,
    };
    let page = SecondPage {
        frame: around.frame(around.browser()),
        handle: prove.handle,
        name: prove.given_name,
        service: prove.service,
        has_codes: prove.has_codes,
        problem: prove.problem,
    };
    let mut response = answer::page(status, &page, prove.leads_to.as_deref())?;
    if let Some(SecondProblem::Wait(wait)) = prove.problem {
        answer::retry_after(response.headers_mut(), wait.as_secs().max(1));
    }
    Ok(response)
}

/// The second factor of a login.
async fn submit(State(app): State<App>, visit: Visit, posted: Posted) -> Result<Response, Failed> {
    let again = Again::of(&posted);
    let fields = posted
        .open(&app, visit.jar.browser.as_deref())
        .map_err(|p| again.failed(p))?;
    let (handle, code) = (fields.text("handle")?, fields.text("code")?);
    let cookies = visit.jar.for_login();
    let cx = visit.cx(&app);
    let step = app.hub().prove_second(&cx, cookies, handle, code).await?;
    step::answer(&Around::new(&app, &visit, again.address()), step).await
}

/// The second factors of an account.
async fn show(
    State(app): State<App>,
    member: Member,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let done = match fields.text("done")? {
        "added" => Some(FactorDone::Added),
        "removed" => Some(FactorDone::Removed),
        _ => None,
    };
    let known = app.hub().factors(&member.signed_in).await?;
    let frame = frame(&app, &member);
    let zone = &app.hub().settings().time_zone;
    let t = frame.t;
    let page = FactorsPage {
        done,
        apps: known
            .apps
            .into_iter()
            .map(|factor| AppView {
                id: factor.id.to_string(),
                name: factor.name,
                since: t.day(factor.created_at, zone),
                last: factor.used_at.map(|at| t.day(at, zone)),
            })
            .collect(),
        codes: known.codes,
        codes_since: known.codes_since.map(|at| t.day(at, zone)),
        has_room: known.has_room,
        frame,
    };
    answer::page(StatusCode::OK, &page, None)
}

/// Begins to set one up.
async fn start(State(app): State<App>, member: Member, posted: Posted) -> Result<Response, Failed> {
    posted.open(&app, member.binding())?;
    let cx = member.visit.cx(&app);
    match app.hub().start_totp(&cx, &member.signed_in).await? {
        StartTotp::Show(new) => setup(&app, &member, new, false),
        StartTotp::ProveAgain => prove_again(&app, &member.visit, HERE).await,
        StartTotp::Enough => Ok(answer::redirect(HERE)),
    }
}

/// Ends it with a first code.
async fn confirm(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let about = (fields.text("handle")?, fields.text("name")?);
    let code = fields.text("code")?;
    let cx = member.visit.cx(&app);
    let confirmed = app
        .hub()
        .confirm_totp(&cx, &member.signed_in, about, code)
        .await?;
    match confirmed {
        Confirmed::Added(Some(codes)) => sheet(&app, &member, &codes),
        Confirmed::Added(None) => Ok(answer::redirect("/account/second?done=added")),
        Confirmed::Wrong(new) => setup(&app, &member, new, true),
        Confirmed::ProveAgain => prove_again(&app, &member.visit, HERE).await,
        Confirmed::Expired => Err(Failed::from(Problem::Expired).retry(HERE)),
    }
}

/// Takes one away.
async fn remove(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let id = fields.text("factor")?.parse();
    let id = id.map_err(|_| Problem::BadRequest)?;
    let cx = member.visit.cx(&app);
    match app.hub().remove_factor(&cx, &member.signed_in, id).await? {
        Changed::Done(()) => Ok(answer::redirect("/account/second?done=removed")),
        Changed::None => Ok(answer::redirect(HERE)),
        Changed::ProveAgain => prove_again(&app, &member.visit, HERE).await,
    }
}

/// A new sheet of recovery codes.
async fn codes(State(app): State<App>, member: Member, posted: Posted) -> Result<Response, Failed> {
    posted.open(&app, member.binding())?;
    let cx = member.visit.cx(&app);
    match app.hub().new_recovery_codes(&cx, &member.signed_in).await? {
        Changed::Done(codes) => sheet(&app, &member, &codes),
        Changed::None => Ok(answer::redirect(HERE)),
        Changed::ProveAgain => prove_again(&app, &member.visit, HERE).await,
    }
}

fn frame(app: &App, member: &Member) -> Frame {
    Frame {
        here: HERE.to_owned(),
        ..member.frame(app)
    }
}

fn setup(app: &App, member: &Member, new: NewTotp, problem: bool) -> Result<Response, Failed> {
    let page = NewFactorPage {
        frame: frame(app, member),
        handle: new.handle,
        picture: Picture::of(&new.uri),
        secret: new.secret,
        problem,
    };
    let status = match problem {
        false => StatusCode::OK,
        true => StatusCode::UNPROCESSABLE_ENTITY,
    };
    answer::page(status, &page, None)
}

fn sheet(app: &App, member: &Member, codes: &RecoveryCodes) -> Result<Response, Failed> {
    let page = CodesPage {
        frame: frame(app, member),
        codes: codes.expose().to_vec(),
        login: member.signed_in.person.login.clone(),
    };
    answer::page(StatusCode::OK, &page, None)
}

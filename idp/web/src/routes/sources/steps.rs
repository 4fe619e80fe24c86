//! The pages of a login that goes by a source: its password, nobody found, a new link, for whom to act; and the same
//! choice later, and the way out. What a login leads to is inside the login, never in these forms.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use clau_domain::secret::Digest;
use clau_domain::session::Context;
use clau_engine::federation::context::{self, ContextView as Offered};
use clau_engine::federation::depart::{AskPassword, LeaveStep, SourceProblem};
use clau_engine::federation::find::Stop;
use clau_engine::federation::link::LinkedPage as Linked;
use clau_engine::login::{PasswordProblem, Step, Typed, Unknown};
use http::StatusCode;

use super::choosing::all_choices;
use super::refused;
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::cookies::{self, Cookie};
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::Posted;
use crate::pages::Frame;
use crate::pages::context::{ChooseContextPage, ContextChangedPage, ContextChoice, ContextKind};
use crate::pages::linking::{LinkChanges, LinkedPage, UnknownCase, UnknownPage};
use crate::pages::login::LoginProblem;
use crate::pages::problem::Problem;
use crate::pages::sources::{UpstreamPasswordPage, UpstreamPasswordProblem};
use crate::routes::leaving::deliver;
use crate::routes::login::Again;
use crate::routes::member::Member;
use crate::routes::step::{self, Around};

/// A browser on its way to a source.
pub(crate) async fn leave(around: &Around<'_>, leave: LeaveStep) -> Result<Response, Failed> {
    let cookie = around.visit.jar.session.as_deref();
    let mut response = deliver(around, leave.leaving, cookie).await?;
    if let Some(browser) = &leave.browser {
        let secure = around.app.base().secure;
        let headers = response.headers_mut();
        cookies::set(headers, secure, Cookie::Browser, browser.expose(), None);
    }
    Ok(response)
}

/// The page of a directory's password.
pub(crate) fn ask_password(around: &Around<'_>, ask: AskPassword) -> Result<Response, Failed> {
    ask_password_in(around, ask, around.form_frame())
}

/// The same for a browser that may be a new one.
pub(crate) fn ask_password_in(
    around: &Around<'_>,
    ask: AskPassword,
    frame: Frame,
) -> Result<Response, Failed> {
    let problem = ask.problem.map(|problem| match problem {
        SourceProblem::Login(PasswordProblem::BadCredentials) => UpstreamPasswordProblem::Wrong,
        SourceProblem::Login(PasswordProblem::Wait(wait)) => {
            UpstreamPasswordProblem::Wait(wait.as_secs().max(1))
        }
        SourceProblem::Login(PasswordProblem::Busy(_)) => UpstreamPasswordProblem::Busy,
        SourceProblem::Away => UpstreamPasswordProblem::NoAnswer,
    });
    let status = match problem {
        None => StatusCode::OK,
        Some(UpstreamPasswordProblem::Wrong) => StatusCode::UNPROCESSABLE_ENTITY,
        Some(UpstreamPasswordProblem::Wait(_)) => StatusCode::TOO_MANY_REQUESTS,
        Some(UpstreamPasswordProblem::Busy) => StatusCode::SERVICE_UNAVAILABLE,
        Some(UpstreamPasswordProblem::NoAnswer) => StatusCode::BAD_GATEWAY,
    };
    let page = UpstreamPasswordPage {
        frame,
        handle: ask.handle,
        source: ask.connector.to_string(),
        owner: ask.name,
        username: ask.login,
        service: None,
        problem,
        reference: around.visit.reference.clone(),
        elsewhere: all_choices(around.again),
    };
    let mut response = answer::page(status, &page, ask.leads_to.as_deref())?;
    if let Some(UpstreamPasswordProblem::Wait(seconds)) = problem {
        answer::retry_after(response.headers_mut(), seconds);
    }
    Ok(response)
}

/// The page for somebody whom nobody knows.
pub(crate) fn unknown(around: &Around<'_>, unknown: Unknown) -> Result<Response, Failed> {
    let problem = unknown.problem.map(LoginProblem::of);
    let status = match problem {
        None => StatusCode::FORBIDDEN,
        Some(problem) => problem.status(),
    };
    let page = UnknownPage {
        frame: around.form_frame(),
        handle: unknown.handle,
        source: unknown.source,
        case: match unknown.stop {
            Stop::NobodyThere => UnknownCase::Nobody,
            Stop::Several => UnknownCase::Several,
            Stop::OutOfReach => UnknownCase::NotForThisSource,
        },
        guardian: unknown.guardian,
        form: unknown.stop != Stop::OutOfReach,
        login: unknown.login,
        problem,
        others: Vec::new(),
        elsewhere: all_choices(around.again),
        reference: around.visit.reference.clone(),
    };
    let mut response = answer::page(status, &page, unknown.leads_to.as_deref())?;
    if let Some(seconds) = problem.and_then(LoginProblem::wait) {
        answer::retry_after(response.headers_mut(), seconds);
    }
    Ok(response)
}

/// The page that tells of a new link.
pub(crate) fn show_link(around: &Around<'_>, linked: Linked) -> Result<Response, Failed> {
    let replaced = linked.replaced;
    let page = LinkedPage {
        frame: around.form_frame(),
        handle: linked.handle,
        source: linked.source,
        name: linked.name,
        reasons: super::reasons(&linked.because),
        changes: LinkChanges {
            password_gone: replaced.password,
            code_gone: replaced.code,
            sessions_closed: replaced.sessions,
            may_choose_password: replaced.password,
        },
        reference: around.visit.reference.clone(),
    };
    answer::page(StatusCode::OK, &page, linked.leads_to.as_deref())
}

/// Choose for whom to act.
pub(crate) fn choose_context(
    around: &Around<'_>,
    choose: context::ChooseContext,
) -> Result<Response, Failed> {
    let everything = ContextChoice {
        value: String::new(),
        kind: ContextKind::Everything,
        label: String::new(),
        details: Vec::new(),
        ministry: String::new(),
        why: None,
    };
    let choices = choose.contexts.iter().map(choice);
    let page = ChooseContextPage {
        frame: around.form_frame(),
        handle: choose.handle,
        service: None,
        choices: std::iter::once(everything).chain(choices).collect(),
        closing: Vec::new(),
    };
    answer::page(StatusCode::OK, &page, choose.leads_to.as_deref())
}

fn choice(offered: &Offered) -> ContextChoice {
    let (kind, label, details) = match offered.context {
        Context::Child(_) => (
            ContextKind::Child,
            offered.child.clone(),
            vec![offered.class.clone(), offered.school.clone()],
        ),
        Context::Everything | Context::School(_) => {
            (ContextKind::School, offered.school.clone(), Vec::new())
        }
    };
    ContextChoice {
        value: context::written(offered.context),
        kind,
        label,
        details,
        ministry: offered.ministry.clone(),
        why: None,
    }
}

/// The context that a form carries; an empty one is everything.
fn posted_context(text: &str) -> Result<Context, Problem> {
    if text.is_empty() {
        return Ok(Context::Everything);
    }
    context::read(text).ok_or(Problem::BadRequest)
}

/// `/login/directory`: login and password of a directory.
pub(super) async fn directory(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    let again = Again::of(&posted);
    let fields = posted
        .open(&app, visit.jar.browser.as_deref())
        .map_err(|problem| again.failed(problem))?;
    let source = super::connector(fields.text("source")?)?;
    let typed = Typed {
        username: fields.text("username")?,
        password: fields.text("password")?,
        remember: false,
    };
    let cookies = visit.jar.for_login();
    let cx = visit.cx(&app);
    let handle = fields.text("handle")?;
    let arrived = app
        .hub()
        .arrive_with_password(&cx, cookies, (handle, &source), typed)
        .await;
    go_on(&app, &visit, &again, arrived).await
}

/// `/login/link`: somebody whom nobody knows proves who they are here.
pub(super) async fn link(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    let again = Again::of(&posted);
    let fields = posted
        .open(&app, visit.jar.browser.as_deref())
        .map_err(|problem| again.failed(problem))?;
    let typed = Typed {
        username: fields.text("login")?,
        password: fields.text("password")?,
        remember: false,
    };
    let cookies = visit.jar.for_login();
    let cx = visit.cx(&app);
    let linked = app
        .hub()
        .link_by_proof(&cx, cookies, fields.text("handle")?, typed)
        .await;
    go_on(&app, &visit, &again, linked).await
}

async fn go_on(
    app: &App,
    visit: &Visit,
    again: &Again,
    outcome: Result<Step, clau_engine::federation::Refused>,
) -> Result<Response, Failed> {
    match outcome {
        Ok(step) => step::answer(&Around::new(app, visit, again.address()), step).await,
        Err(why) => refused(app, visit, why, &all_choices(again.address())),
    }
}

/// `/login/linked`: the person has read that an account elsewhere is theirs.
pub(super) async fn linked(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    let again = Again::of(&posted);
    let fields = posted
        .open(&app, visit.jar.browser.as_deref())
        .map_err(|problem| again.failed(problem))?;
    let cookies = visit.jar.for_login();
    let step = app
        .hub()
        .saw_link(&visit.cx(&app), cookies, fields.text("handle")?)
        .await?;
    step::answer(&Around::new(&app, &visit, again.address()), step).await
}

/// `/login/context`: for whom or where, at login.
pub(super) async fn context(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    let again = Again::of(&posted);
    let fields = posted
        .open(&app, visit.jar.browser.as_deref())
        .map_err(|problem| again.failed(problem))?;
    let chosen = posted_context(fields.text("context")?)?;
    let (cookies, handle) = (visit.jar.for_login(), fields.text("handle")?);
    let step = app
        .hub()
        .choose_context_at_login(&visit.cx(&app), cookies, handle, chosen)
        .await?;
    step::answer(&Around::new(&app, &visit, again.address()), step).await
}

/// `/context`: the same on the portal, without a new login.
pub(super) async fn change_context(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let chosen = posted_context(fields.text("context")?)?;
    let changed = app
        .hub()
        .choose_context(&member.visit.cx(&app), &member.signed_in, chosen)
        .await?;
    let Some(changed) = changed else {
        return Err(Problem::NotFound.into());
    };
    if changed.by_hand.is_empty() {
        return Ok(answer::redirect("/"));
    }
    // Reloaded, it is the same choice once more, and leads home.
    let page = ContextChangedPage {
        frame: Frame {
            here: "/".to_owned(),
            ..member.frame(&app)
        },
        closed: changed.closed,
        by_hand: changed.by_hand,
    };
    answer::page(StatusCode::OK, &page, None)
}

/// `/logout/source`: the browser goes on to the source, to sign out there as well.
pub(super) async fn leave_source(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let logout = Digest::try_from(fields.text("done")?.to_owned());
    let logout = logout.map_err(|_| Problem::BadRequest)?;
    let back = crate::routes::logout::done(Some(logout));
    match app.hub().leave_source(&visit.cx(&app), logout).await {
        Ok(Some(leaving)) => deliver(&Around::new(&app, &visit, &back), leaving, None).await,
        Ok(None) => Ok(answer::redirect(&back)),
        Err(why) => refused(&app, &visit, why, "/login"),
    }
}

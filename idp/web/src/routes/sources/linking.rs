//! Links on the account page: which accounts elsewhere are the person's and why, another one, and none of one any
//! more. A change is asked for by a form of the hub's and by somebody who has just proven who they are (SES-09,
//! SES-11).

use axum::extract::{RawQuery, State};
use axum::response::Response;
use clau_domain::login::Resume;
use clau_domain::url::LocalPath;
use clau_engine::federation::choices::Circumstances;
use clau_engine::federation::depart::StartLink;
use clau_engine::federation::find::{Reason, ReasonBy};
use clau_engine::federation::link::{LinkView as Known, Unlinked};
use clau_engine::leaving::Delivery;
use clau_engine::login::{Start, Step};
use http::StatusCode;

use super::choosing::source_choice;
use super::steps;
use super::{connector, refused};
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::Posted;
use crate::pages::Frame;
use crate::pages::account::LinkView;
use crate::pages::leaving::OnwardLinkPage;
use crate::pages::linking::{LinkReason, LinkedBy, UnlinkPage};
use crate::pages::percent;
use crate::pages::problem::Problem;
use crate::pages::sources::SourceChoice;
use crate::routes::member::Member;
use crate::routes::step::{self, Around};

const ACCOUNT: &str = "/account";

/// Why a link was made, for its person.
pub(crate) fn reasons(because: &[Reason]) -> Vec<LinkReason> {
    let named = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let reason = |reason: &Reason| LinkReason {
        by: match reason.by {
            ReasonBy::Match(by) => LinkedBy::Identifier(by),
            ReasonBy::Code => LinkedBy::ActivationCode,
            ReasonBy::Password => LinkedBy::Password,
            ReasonBy::Session => LinkedBy::Session,
            ReasonBy::Created => LinkedBy::Created,
            ReasonBy::Operator => LinkedBy::Administrator,
        },
        child: named(&reason.child),
        school: named(&reason.place),
    };
    because.iter().map(reason).collect()
}

/// The section of the account page: links, and what could be linked.
pub(crate) async fn links(
    app: &App,
    member: &Member,
    frame: &Frame,
    has_password: bool,
) -> Result<(Vec<LinkView>, Vec<SourceChoice>), Failed> {
    let cx = member.visit.cx(app);
    let known = app.hub().links(&cx, &member.signed_in).await?;
    let offered = app.hub().choices(&cx, &Circumstances::default()).await?;
    let linked = |id: &str| known.iter().any(|link| link.connector.as_str() == id);
    let linkable = offered
        .sources
        .iter()
        .filter(|choice| !linked(choice.id.as_str()))
        .map(|choice| source_choice(app, choice, frame.t, |id| id.to_owned()))
        .collect();
    let removable = has_password || known.len() > 1;
    let zone = &app.hub().settings().time_zone;
    let view = |link: &Known| LinkView {
        id: link.id.clone(),
        source: link.name.clone(),
        since: frame.t.day(link.since, zone),
        last: link.used_at.map(|at| frame.t.moment(at, zone)),
        reasons: reasons(&link.because),
        removable,
    };
    Ok((known.iter().map(view).collect(), linkable))
}

/// Goes to a source in order to link the account there.
pub(super) async fn add(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let source = connector(fields.text("source")?)?;
    let cookies = member.visit.jar.for_login();
    let cx = member.visit.cx(&app);
    let started = app
        .hub()
        .start_link(&cx, cookies, &member.signed_in, &source)
        .await;
    let around = Around::new(&app, &member.visit, ACCOUNT);
    match started {
        Ok(StartLink::ProveAgain) => prove_again(&app, &member.visit, ACCOUNT).await,
        Ok(StartLink::Go(step)) => match *step {
            // No form may lead to a source (WEB-01): the page does, by a link that the browser follows by itself.
            Step::Leave(mut leave) => {
                if let Delivery::Redirect(address) = leave.leaving.delivery {
                    let page = OnwardLinkPage {
                        frame: member.frame(&app),
                        service: leave.leaving.service,
                        address,
                    };
                    let mut response = answer::page(StatusCode::OK, &page, None)?;
                    if let Some(browser) = leave.browser.take() {
                        let secure = app.base().secure;
                        crate::http::cookies::set(
                            response.headers_mut(),
                            secure,
                            crate::http::cookies::Cookie::Browser,
                            browser.expose(),
                            None,
                        );
                    }
                    return Ok(response);
                }
                steps::leave(&around, leave).await
            }
            step => step::answer(&around, step).await,
        },
        Err(why) => refused(&app, &member.visit, why, ACCOUNT),
    }
}

/// The login page for somebody who is signed in: the proof is too old for what they want to change.
/// The login page for somebody who is signed in and must prove who they are once more before they go on to `path`.
pub(crate) async fn prove_again(app: &App, visit: &Visit, path: &str) -> Result<Response, Failed> {
    let start = Start {
        resume: Resume::Page(LocalPath::parse(path).unwrap_or_default()),
        force: true,
        hint: String::new(),
        sources: Vec::new(),
    };
    let step = app
        .hub()
        .start_login(&visit.cx(app), visit.jar.for_login(), start)
        .await?;
    let again = format!("/login?to={}", percent(path));
    let around = Around {
        confirm: true,
        ..Around::new(app, visit, &again)
    };
    step::answer(&around, step).await
}

/// Asks before a link is removed.
pub(super) async fn ask(
    State(app): State<App>,
    member: Member,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let id = fields.text("link")?;
    let cx = member.visit.cx(&app);
    let known = app.hub().links(&cx, &member.signed_in).await?;
    let Some(link) = known.iter().find(|link| link.id == id) else {
        return Err(Problem::NotFound.into());
    };
    let account = app.hub().account_page(&cx, &member.signed_in).await?;
    let frame = member.frame(&app);
    let zone = &app.hub().settings().time_zone;
    let others = known.iter().filter(|other| other.id != id);
    let page = UnlinkPage {
        link: link.id.clone(),
        source: link.name.clone(),
        since: frame.t.day(link.since, zone),
        others: others.map(|other| other.name.clone()).collect(),
        has_password: account.password_set_at.is_some(),
        frame,
    };
    answer::page(StatusCode::OK, &page, None)
}

/// Removes a link.
pub(super) async fn remove(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let cx = member.visit.cx(&app);
    let outcome = app
        .hub()
        .unlink(&cx, &member.signed_in, fields.text("link")?)
        .await?;
    match outcome {
        // Where this session rested on it, the page is the login page.
        Unlinked::Gone => Ok(answer::redirect("/account?done=unlinked")),
        Unlinked::ProveAgain => prove_again(&app, &member.visit, ACCOUNT).await,
        Unlinked::None | Unlinked::LastWay => Ok(answer::redirect(ACCOUNT)),
    }
}

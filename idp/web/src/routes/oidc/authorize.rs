//! The endpoints that browsers come to: the authorization request, and the questions on its way. What the
//! request is stays with the engine, sealed in the login or stored under one name; these forms carry
//! names and answers only (OIDC-06, OIDC-18).

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use clau_domain::url::LocalPath;
use clau_engine::login::Step;
use clau_engine::oidc::answer::Onward;
use clau_engine::oidc::authorize::Authorized;
use clau_engine::oidc::consent::{AccountAsked, ConsentAsked};
use http::StatusCode;

use super::super::leaving::deliver;
use super::super::member::{Member, way_back};
use super::super::step::{Around, answer as step_answer, first_answer, member_frame};
use super::request::form;
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::cookies::{self, Cookie};
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::Posted;
use crate::pages::consent::{ChooseAccountPage, ConsentPage};
use crate::pages::problem::Problem;
use crate::pages::{attribute_keys, percent};

/// Where the authorization endpoint is.
pub(crate) const AUTHORIZE: &str = "/oidc/authorize";

/// `/oidc/authorize` (OIDC Core §3.1.2).
pub(super) async fn show(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let cx = visit.cx(&app);
    let outcome = app
        .hub()
        .oidc_authorize(&cx, visit.jar.for_login(), fields.pairs())
        .await;
    authorized(&app, &visit, outcome).await
}

/// The same as a form of the client's page posts it (OIDC Core §3.1.2.1). Cookies of ours do not come with
/// a form of another site; with the address that it asks for they do.
pub(super) async fn posted(request: Request) -> Result<Response, Failed> {
    same_by_get(AUTHORIZE, request).await
}

/// `/oidc/continue`: a pushed request that has met its browser.
pub(super) async fn go_on(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let cx = visit.cx(&app);
    let outcome = app
        .hub()
        .oidc_continue(&cx, visit.jar.for_login(), fields.text("request")?)
        .await;
    authorized(&app, &visit, outcome).await
}

/// `/oidc/consent`: the person's answer.
pub(super) async fn consent(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    let again = way_back(posted.way_back());
    let Some(member) = Member::of(&app, visit).await? else {
        return Ok(answer::to_page(&again));
    };
    let fields = posted.open(&app, member.binding())?;
    let agreed = match fields.text("decision")? {
        "allow" => true,
        "deny" => false,
        _ => return Err(Problem::BadRequest.into()),
    };
    let cx = member.visit.cx(&app);
    let step = app
        .hub()
        .oidc_consented(&cx, &member.signed_in, fields.text("handle")?, agreed)
        .await?;
    answered(&app, &member, &again, step).await
}

/// `/oidc/account`: this account or another.
pub(super) async fn account(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    let again = way_back(posted.way_back());
    let Some(member) = Member::of(&app, visit).await? else {
        return Ok(answer::to_page(&again));
    };
    let fields = posted.open(&app, member.binding())?;
    let this_one = match fields.text("choice")? {
        "continue" => true,
        "other" => false,
        _ => return Err(Problem::BadRequest.into()),
    };
    let cx = member.visit.cx(&app);
    let asked = (&member.signed_in, fields.text("handle")?);
    let step = app
        .hub()
        .oidc_account_chosen(&cx, member.visit.jar.for_login(), asked, this_one)
        .await?;
    answered(&app, &member, &again, step).await
}

/// From the answer to a question to what comes next. A question that is answered already, or has waited
/// too long, can be asked once more: `again` is where the request began.
async fn answered(
    app: &App,
    member: &Member,
    again: &LocalPath,
    step: Step,
) -> Result<Response, Failed> {
    if matches!(step, Step::Expired) {
        return Err(Failed::from(Problem::Spent).retry(again.as_str()));
    }
    step_answer(&Around::new(app, &member.visit, again.as_str()), step).await
}

async fn authorized(
    app: &App,
    visit: &Visit,
    outcome: Result<Authorized, clau_engine::Error>,
) -> Result<Response, Failed> {
    match outcome.map_err(|error| Failed::from(error).retry(&visit.here))? {
        Authorized::Step(step) => first_answer(Around::new(app, visit, &visit.here), step).await,
        Authorized::Answer(answered) => {
            let around = Around::new(app, visit, &visit.here);
            deliver(&around, *answered, visit.jar.session.as_deref()).await
        }
        // The engine has told the log what is wrong.
        Authorized::Refused(_) => Err(Problem::ServiceRequest.into()),
        Authorized::Started { request, browser } => {
            let mut response =
                answer::redirect(&format!("/oidc/continue?request={}", request.expose()));
            let secure = app.base().secure;
            let headers = response.headers_mut();
            cookies::set(headers, secure, Cookie::Browser, browser.expose(), None);
            Ok(response)
        }
        Authorized::Looping => Err(Problem::Looping.into()),
        Authorized::Expired => Err(Problem::Spent.into()),
    }
}

/// From a step on the way to a client to an answer. `cookie` is the session's.
pub(crate) async fn onward(
    around: &Around<'_>,
    onward: Onward,
    cookie: Option<&str>,
) -> Result<Response, Failed> {
    match onward {
        Onward::Answer(answered) => deliver(around, answered, cookie).await,
        Onward::Consent(asked) => ask_consent(around, asked, cookie).await,
        Onward::ChooseAccount(asked) => ask_account(around, asked, cookie).await,
    }
}

async fn ask_consent(
    around: &Around<'_>,
    asked: ConsentAsked,
    cookie: Option<&str>,
) -> Result<Response, Failed> {
    let [home, policy, terms] = asked.pages;
    let page = ConsentPage {
        frame: member_frame(around, cookie).await?.0,
        handle: asked.handle,
        service: asked.service,
        home,
        policy,
        terms,
        attribute_keys: attribute_keys(asked.attributes),
        lasting: asked.lasting,
    };
    answer::page(StatusCode::OK, &page, asked.leads_to.as_deref())
}

async fn ask_account(
    around: &Around<'_>,
    asked: AccountAsked,
    cookie: Option<&str>,
) -> Result<Response, Failed> {
    let (frame, signed_in) = member_frame(around, cookie).await?;
    let person = signed_in.map(|signed_in| signed_in.person);
    let page = ChooseAccountPage {
        frame,
        handle: asked.handle,
        service: Some(asked.service),
        name: person
            .as_ref()
            .map(|person| person.names.display())
            .unwrap_or_default(),
        login: person.map(|person| person.login).unwrap_or_default(),
    };
    answer::page(StatusCode::OK, &page, asked.leads_to.as_deref())
}

/// Answers a form of another site with the address that asks the same.
pub(super) async fn same_by_get(path: &str, request: Request) -> Result<Response, Failed> {
    let fields = form(request).await.map_err(|error| Failed {
        cause: Some(error.to_string()),
        ..Problem::ServiceRequest.into()
    })?;
    let query: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{}={}", percent(name), percent(value)))
        .collect();
    let target = format!("{path}?{}", query.join("&"));
    if target.len() > crate::http::target::LONGEST_TARGET {
        return Err(Problem::TooLong.into());
    }
    Ok(answer::redirect(&target))
}

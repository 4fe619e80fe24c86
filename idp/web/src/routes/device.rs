//! `/device`: a person types the code that a screen shows, sees what would happen, and says yes or no
//! (RFC 8628 §3.3). The address is short because people type it.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use clau_engine::oidc::device::{DeviceAsked, DeviceFound};
use http::StatusCode;

use super::member::Member;
use super::step::{Around, refused};
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::fields::Fields;
use crate::http::posted::Posted;
use crate::pages::Frame;
use crate::pages::attribute_keys;
use crate::pages::device::{DeviceConfirmPage, DeviceDonePage, DevicePage, DeviceProblem};
use crate::pages::problem::Problem;

/// The page to type a code on; with the code of a scanned picture, the question at once.
pub(crate) async fn show(
    State(app): State<App>,
    member: Member,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    match fields.text("user_code")? {
        "" => enter(&app, &member, String::new(), None),
        code => find(&app, &member, code).await,
    }
}

/// A code that was typed.
pub(crate) async fn submit(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    match fields.text("user_code")?.trim() {
        "" => enter(&app, &member, String::new(), Some(DeviceProblem::Missing)),
        code => find(&app, &member, code).await,
    }
}

/// The answer to the question.
pub(crate) async fn answered(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let allowed = match fields.text("decision")? {
        "allow" => true,
        "deny" => false,
        _ => return Err(Problem::BadRequest.into()),
    };
    let code = fields.text("code")?;
    let cx = member.visit.cx(&app);
    let outcome = app
        .hub()
        .device_answered(&cx, &member.signed_in, code, allowed)
        .await?;
    let Some(service) = outcome else {
        return enter(&app, &member, String::new(), Some(DeviceProblem::Unknown));
    };
    let page = DeviceDonePage {
        frame: frame(&app, &member),
        service,
        allowed,
    };
    answer::page(StatusCode::OK, &page, None)
}

async fn find(app: &App, member: &Member, typed: &str) -> Result<Response, Failed> {
    let cx = member.visit.cx(app);
    let found = app
        .hub()
        .device_found(&cx, &member.signed_in, typed)
        .await?;
    let shown = || typed.chars().take(20).collect();
    match found {
        DeviceFound::Asked(asked) => confirm(app, member, asked),
        DeviceFound::Unknown => enter(app, member, shown(), Some(DeviceProblem::Unknown)),
        DeviceFound::Wait(wait) => {
            let problem = DeviceProblem::TooMany(wait.as_secs());
            let mut response = enter(app, member, shown(), Some(problem))?;
            answer::retry_after(response.headers_mut(), wait.as_secs());
            Ok(response)
        }
        DeviceFound::NotForYou { service, refusal } => {
            let around = Around::new(app, &member.visit, "/device");
            refused(&around, (service, refusal), None, member.binding()).await
        }
    }
}

fn confirm(app: &App, member: &Member, asked: DeviceAsked) -> Result<Response, Failed> {
    let page = DeviceConfirmPage {
        // The same question in another language.
        frame: Frame {
            here: format!("/device?user_code={}", asked.code),
            ..member.frame(app)
        },
        code: asked.code,
        service: asked.service,
        attribute_keys: attribute_keys(asked.attributes),
        lasting: asked.lasting,
    };
    answer::page(StatusCode::OK, &page, None)
}

fn enter(
    app: &App,
    member: &Member,
    code: String,
    problem: Option<DeviceProblem>,
) -> Result<Response, Failed> {
    let status = match problem {
        None => StatusCode::OK,
        Some(DeviceProblem::TooMany(_)) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = DevicePage {
        frame: frame(app, member),
        code,
        problem,
    };
    answer::page(status, &page, None)
}

fn frame(app: &App, member: &Member) -> Frame {
    Frame {
        here: "/device".to_owned(),
        ..member.frame(app)
    }
}

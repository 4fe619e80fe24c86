//! Single sign-on, as browsers bring it (SAML Profiles §4.1): by redirect, by form, or begun here. What was
//! asked stays with the engine under one name; addresses of ours carry that name and nothing else.

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use clau_engine::saml::Refused;
use clau_engine::saml::sso::{SsoAnswer, Unsolicited};
use clau_saml::binding::Received;

use super::super::leaving::deliver;
use super::super::step::{Around, first_answer};
use super::came::Came;
use super::{CONTINUE, on_a_page, programs};
use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::cookies::{self, Cookie};
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::Posted;
use crate::pages::problem::Problem;

/// `/saml/sso` by redirect (SAML Bindings §3.4). The query is read as it came: the signature is over its own
/// spelling.
pub(super) async fn redirected(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let received = Received::from_query(&query.unwrap_or_default());
    let received = received.map_err(|problem| on_a_page(problem.into()))?;
    let cx = visit.cx(&app);
    let outcome = app.hub().saml_sso(&cx, visit.jar.for_login(), &received);
    answered(&app, &visit, outcome.await).await
}

/// `/saml/sso` by form (SAML Bindings §3.5), or by a program (ECP).
pub(super) async fn posted(
    State(app): State<App>,
    visit: Visit,
    request: Request,
) -> Result<Response, Failed> {
    let headers = request.headers().clone();
    let fields = match Came::read(request).await? {
        Came::Form(fields) => fields,
        Came::Envelope(bytes) => return Ok(programs::sign_in(&app, &visit, &headers, bytes).await),
    };
    let received = Received::from_form(&fields);
    let received = received.map_err(|problem| on_a_page(problem.into()))?;
    let cx = visit.cx(&app);
    let outcome = app.hub().saml_sso(&cx, visit.jar.for_login(), &received);
    answered(&app, &visit, outcome.await).await
}

/// `/saml/arrived`: a request that came in a form of another site, now with the cookies of its browser.
pub(super) async fn arrived(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let cx = visit.cx(&app);
    let outcome = app
        .hub()
        .saml_arrived(&cx, visit.jar.for_login(), fields.text("request")?)
        .await;
    answered(&app, &visit, outcome).await
}

/// `/saml/continue`: a request that has met its browser.
pub(super) async fn go_on(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let cx = visit.cx(&app);
    let outcome = app
        .hub()
        .saml_continue(&cx, visit.jar.for_login(), fields.text("request")?, false)
        .await;
    answered(&app, &visit, outcome).await
}

/// The same, as somebody answers it who wanted to be asked before each service.
pub(super) async fn agreed(
    State(app): State<App>,
    visit: Visit,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, visit.jar.session.as_deref())?;
    let cx = visit.cx(&app);
    let outcome = app
        .hub()
        .saml_continue(&cx, visit.jar.for_login(), fields.text("request")?, true)
        .await;
    answered(&app, &visit, outcome).await
}

/// `/saml/unsolicited`: a service is opened that has not asked (SAML Profiles §4.1.5), as Shibboleth spells it.
pub(super) async fn unsolicited(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let wish = Unsolicited {
        provider: fields.text("providerId")?,
        acs: fields.one("shire")?,
        target: fields.one("target")?,
    };
    let cx = visit.cx(&app);
    let outcome = app
        .hub()
        .saml_unsolicited(&cx, visit.jar.for_login(), wish)
        .await;
    answered(&app, &visit, outcome).await
}

async fn answered(
    app: &App,
    visit: &Visit,
    outcome: Result<SsoAnswer, Refused>,
) -> Result<Response, Failed> {
    let around = Around::new(app, visit, &visit.here);
    match outcome.map_err(on_a_page)? {
        SsoAnswer::Step(step) => first_answer(around, step).await,
        SsoAnswer::Answer(leaving) => {
            deliver(&around, *leaving, visit.jar.session.as_deref()).await
        }
        SsoAnswer::Arrived(request) => Ok(answer::redirect(&format!(
            "/saml/arrived?request={}",
            request.expose()
        ))),
        SsoAnswer::Started { request, browser } => {
            let mut response =
                answer::redirect(&format!("{CONTINUE}?request={}", request.expose()));
            let secure = app.base().secure;
            let headers = response.headers_mut();
            cookies::set(headers, secure, Cookie::Browser, browser.expose(), None);
            Ok(response)
        }
        SsoAnswer::Looping => Err(Problem::Looping.into()),
        SsoAnswer::Expired => Err(Problem::Spent.into()),
    }
}

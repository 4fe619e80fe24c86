//! From a step of a login to an answer: one match, exhaustive. A step that the engine learns does not
//! compile here until it has a page.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use clau_domain::connector::ConnectorId;
use clau_domain::language::Language;
use clau_domain::login::HandOver;
use clau_domain::policy::Refusal;
use clau_domain::url::LocalPath;
use clau_engine::cas::HandedOver;
use clau_engine::leaving::{Delivery, Leaving};
use clau_engine::login::{Cookies, Finished, Identify, Step, Then};
use clau_engine::session::SignedIn;
use http::header::REFERRER_POLICY;
use http::{HeaderName, HeaderValue, StatusCode};

use super::leaving::deliver;
use super::sources::choosing::{self, Wish};
use super::sources::steps;
use super::{factors, oidc, saml, sources};
use crate::app::App;
use crate::error::Failed;
use crate::http::cookies::{self, Cookie};
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::{answer, headers};
use crate::pages::leaving::{OnwardPage, RefusedPage, WarnPage, WayBack};
use crate::pages::login::{AcceptCharterPage, CredentialsPage, LoginPage, LoginProblem};
use crate::pages::problem::Problem;
use crate::pages::{Frame, ProfileLine, profile_key};
use crate::texts::Texts;

/// How long a device is remembered: as long as the engine remembers it.
const DEVICE_LIFE: Duration = Duration::from_secs(180 * 24 * 3600);

/// What a step is shown with.
pub(crate) struct Around<'a> {
    /// State of the routes.
    pub(crate) app: &'a App,
    /// The request.
    pub(crate) visit: &'a Visit,
    /// Address that shows the beginning of this login again: for the language switch and for trying
    /// once more.
    pub(crate) again: &'a str,
    /// Somebody is signed in and proves it again.
    pub(crate) confirm: bool,
    /// The form came back without what it asks for.
    pub(crate) incomplete: bool,
}

impl<'a> Around<'a> {
    /// An ordinary request of a login that began at `again`.
    pub(crate) fn new(app: &'a App, visit: &'a Visit, again: &'a str) -> Self {
        // What is too long to come back to would be too long for a form as well.
        let fits = again.len() <= LocalPath::LONGEST;
        Self {
            app,
            visit,
            again: if fits { again } else { "/" },
            confirm: false,
            incomplete: false,
        }
    }

    pub(super) fn frame(&self, cookie: Option<&str>) -> Frame {
        Frame {
            t: Texts::new(self.wished_language().unwrap_or(self.visit.language)),
            here: self.again.to_owned(),
            token: cookie
                .map(|cookie| self.app.hub().form_token(cookie))
                .unwrap_or_default(),
            ..self.visit.frame(self.app)
        }
    }

    /// The language that a service asks for (`ui_locales`), for a person who has chosen none. It stands in
    /// the address at which the login began and is kept nowhere: the wish of one service is no choice of
    /// the person's for the others.
    fn wished_language(&self) -> Option<Language> {
        let (path, query) = self.again.split_once('?')?;
        if self.visit.jar.language.is_some() || path != oidc::AUTHORIZE {
            return None;
        }
        oidc::wished_language(&Fields::parse(query).ok()?)
    }

    /// The frame of a page with a form of a login that has begun.
    pub(crate) fn form_frame(&self) -> Frame {
        self.frame(self.browser())
    }

    /// Whether it answers a form: what an address wishes has been asked before.
    fn is_post(&self) -> bool {
        self.visit.here != self.again && self.visit.here == "/"
    }

    /// The cookie that binds the login's forms to this browser.
    pub(super) fn browser(&self) -> Option<&str> {
        self.visit.jar.browser.as_deref()
    }
}

/// The answer to a step.
pub(crate) async fn answer(around: &Around<'_>, step: Step) -> Result<Response, Failed> {
    match step {
        Step::Identify(identify) => {
            // Nobody types a password that cannot be checked (REL-04, REL-05).
            if !around.app.readiness(around.visit.now).await.is_well() {
                return Err(Failed::from(Problem::Unavailable).retry(around.again));
            }
            let problem = identify.problem.map(LoginProblem::of);
            // A deep link, or what the service has asked for: once, and not after a password has failed.
            let wished = match (problem, around.is_post()) {
                (None, false) => Wish::of(around.again).source.or(identify.source.clone()),
                _ => None,
            };
            if let Some(source) = wished {
                return leave_at_once(around, &identify, &source).await;
            }
            let frame = around.frame(Some(identify.browser.expose()));
            let (choices, stronger) = choosing::offered(around, &identify, frame.t).await?;
            let status = problem.map_or(StatusCode::OK, LoginProblem::status);
            let wait = problem.and_then(LoginProblem::wait);
            let page = LoginPage {
                frame,
                handle: identify.handle,
                username: identify.login,
                service: identify.service,
                confirm: around.confirm,
                remember: identify.may_remember,
                problem,
                choices,
                stronger,
            };
            let mut response = answer::page(status, &page, identify.leads_to.as_deref())?;
            let secure = around.app.base().secure;
            let browser = identify.browser.expose();
            cookies::set(
                response.headers_mut(),
                secure,
                Cookie::Browser,
                browser,
                None,
            );
            if let Some(seconds) = wait {
                answer::retry_after(response.headers_mut(), seconds);
            }
            Ok(response)
        }
        Step::ProveSecond(prove) => factors::ask(around, prove),
        Step::ChooseCredentials(choose) => {
            let status = match choose.problem {
                None => StatusCode::OK,
                Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let page = CredentialsPage {
                frame: around.frame(around.browser()),
                handle: choose.handle,
                name: choose.given_name,
                login: choose.login,
                shortest: choose.at_least,
                problem: choose.problem,
            };
            answer::page(status, &page, choose.leads_to.as_deref())
        }
        Step::AcceptCharter(accept) => {
            let page = AcceptCharterPage {
                frame: around.frame(around.browser()),
                handle: accept.handle,
                version: accept.version,
                problem: around.incomplete,
            };
            answer::page(StatusCode::OK, &page, accept.leads_to.as_deref())
        }
        Step::Leave(leave) => steps::leave(around, leave).await,
        Step::AskPassword(ask) => steps::ask_password(around, ask),
        Step::Unknown(unknown) => steps::unknown(around, unknown),
        Step::ShowLink(linked) => steps::show_link(around, linked),
        Step::ChooseContext(choose) => steps::choose_context(around, choose),
        Step::Finished(finished) => self::finished(around, finished).await,
        Step::Expired => Err(Failed::from(Problem::Expired).retry(around.again)),
    }
}

/// Leaves for a source that the address or the service names. The browser may be a new one: it gets its cookie with
/// the answer.
async fn leave_at_once(
    around: &Around<'_>,
    identify: &Identify,
    source: &ConnectorId,
) -> Result<Response, Failed> {
    let (app, visit) = (around.app, around.visit);
    let browser = identify.browser.expose();
    let cookies = Cookies {
        browser: Some(browser),
        ..visit.jar.for_login()
    };
    let cx = visit.cx(app);
    let left = app
        .hub()
        .leave_for(&cx, cookies, &identify.handle, source)
        .await;
    let mut response = match left {
        Ok(Step::Leave(leave)) => steps::leave(around, leave).await?,
        Ok(Step::AskPassword(ask)) => {
            let frame = around.frame(Some(browser));
            steps::ask_password_in(around, ask, frame)?
        }
        Ok(_) => return Err(Failed::from(Problem::Expired).retry(around.again)),
        Err(why) => {
            let elsewhere = choosing::all_choices(around.again);
            return sources::refused(app, visit, why, &elsewhere);
        }
    };
    let secure = app.base().secure;
    cookies::set(
        response.headers_mut(),
        secure,
        Cookie::Browser,
        browser,
        None,
    );
    Ok(response)
}

/// The answer to the first step of a request that a service has sent a browser with: somebody who is signed in
/// sees why they are asked once more.
pub(crate) async fn first_answer(around: Around<'_>, step: Step) -> Result<Response, Failed> {
    let (app, visit) = (around.app, around.visit);
    let cookie = visit.jar.session.as_deref();
    let asks = matches!(step, Step::Identify(_)) && cookie.is_some();
    let confirm = asks && app.hub().signed_in(&visit.cx(app), cookie).await?.is_some();
    answer(&Around { confirm, ..around }, step).await
}

async fn finished(around: &Around<'_>, finished: Finished) -> Result<Response, Failed> {
    let cookie = match &finished.session {
        Some((begun, _)) => Some(begun.token.expose()),
        None => around.visit.jar.session.as_deref(),
    };
    let mut response = then(around, finished.then, cookie).await?;
    if let Some((begun, device)) = &finished.session {
        let secure = around.app.base().secure;
        let headers = response.headers_mut();
        let (token, life) = (begun.token.expose(), begun.cookie_life);
        cookies::set(headers, secure, Cookie::Session, token, life);
        cookies::set(
            headers,
            secure,
            Cookie::Device,
            device.expose(),
            Some(DEVICE_LIFE),
        );
        let source = begun.session.source.as_ref();
        let way = source.map_or(choosing::BY_FORM, |source| source.connector.as_str());
        cookies::set(headers, secure, Cookie::Source, way, Some(DEVICE_LIFE));
    }
    Ok(response)
}

/// Where a session leads. `cookie` is the session's.
pub(crate) async fn then(
    around: &Around<'_>,
    then: Then,
    cookie: Option<&str>,
) -> Result<Response, Failed> {
    match then {
        Then::Page(path) => Ok(answer::to_page(&path)),
        Then::Cas(handed) => hand_over(around, &handed, cookie).await,
        Then::Ask { service, request } => {
            let method = match request.method {
                HandOver::Get => "GET",
                HandOver::Post => "POST",
                HandOver::Header => "HEADER",
            };
            let page = WarnPage {
                frame: member_frame(around, cookie).await?.0,
                service,
                action: "/cas/login",
                fields: vec![
                    ("service", request.url.as_str().to_owned()),
                    ("method", method.to_owned()),
                ],
            };
            answer::page(StatusCode::OK, &page, Some(&request.url.origin()))
        }
        Then::NotForYou {
            service,
            refusal,
            back,
        } => refused(around, (service, refusal), back.map(|back| *back), cookie).await,
        Then::Oidc(onward) => oidc::onward(around, *onward, cookie).await,
        Then::Saml(leaving) => deliver(around, *leaving, cookie).await,
        Then::AskSaml {
            service,
            leads_to,
            request,
        } => {
            let page = WarnPage {
                frame: member_frame(around, cookie).await?.0,
                service,
                action: saml::CONTINUE,
                fields: vec![("request", request.expose().to_owned())],
            };
            answer::page(StatusCode::OK, &page, leads_to.as_deref())
        }
        Then::Gone => Err(Problem::Spent.into()),
    }
}

/// The ticket on its way (CAS protocol §2.1.1, `method`).
async fn hand_over(
    around: &Around<'_>,
    handed: &HandedOver,
    cookie: Option<&str>,
) -> Result<Response, Failed> {
    let ticket = handed.ticket.expose();
    let mut response = match handed.method {
        HandOver::Get => answer::redirect(handed.url.with_query_pair("ticket", ticket).as_str()),
        HandOver::Post => {
            let page = OnwardPage {
                frame: member_frame(around, cookie).await?.0,
                service: handed.service.clone(),
                action: handed.url.as_str().to_owned(),
                fields: vec![("ticket", ticket.to_owned())],
            };
            answer::page(StatusCode::OK, &page, Some(&handed.url.origin()))?
        }
        HandOver::Header => {
            let mut response = Response::new(Body::empty());
            let named = [("service", handed.url.as_str()), ("ticket", ticket)];
            for (name, value) in named {
                // Both are printable ASCII: a checked address and letters.
                if let Ok(value) = HeaderValue::from_str(value) {
                    response
                        .headers_mut()
                        .insert(HeaderName::from_static(name), value);
                }
            }
            response
        }
    };
    response
        .headers_mut()
        .insert(REFERRER_POLICY, headers::NO_REFERRER);
    Ok(response)
}

pub(crate) async fn refused(
    around: &Around<'_>,
    (service, refusal): (String, Refusal),
    back: Option<Leaving>,
    cookie: Option<&str>,
) -> Result<Response, Failed> {
    let leads_to = back.as_ref().and_then(|back| back.origin.clone());
    let (frame, signed_in) = member_frame(around, cookie).await?;
    let affiliations = signed_in
        .map(|signed_in| signed_in.person.affiliations)
        .unwrap_or_default();
    let page = RefusedPage {
        frame,
        service,
        refusal,
        affiliations: affiliations
            .into_iter()
            .map(|affiliation| ProfileLine {
                profile_key: profile_key(affiliation.profile),
                structure: affiliation.structure.name,
            })
            .collect(),
        back: back.map(|back| match back.delivery {
            Delivery::Redirect(address) => WayBack::Link(address),
            Delivery::Form { action, fields } => WayBack::Form { action, fields },
        }),
        reference: around.visit.reference.clone(),
    };
    answer::page(StatusCode::FORBIDDEN, &page, leads_to.as_deref())
}

/// The frame of a page for whoever the session's cookie belongs to.
pub(crate) async fn member_frame(
    around: &Around<'_>,
    cookie: Option<&str>,
) -> Result<(Frame, Option<SignedIn>), Failed> {
    let cx = around.visit.cx(around.app);
    let signed_in = around.app.hub().signed_in(&cx, cookie).await?;
    let frame = Frame {
        person: signed_in
            .as_ref()
            .map(|signed_in| signed_in.person.names.display()),
        ..around.frame(cookie)
    };
    Ok((frame, signed_in))
}

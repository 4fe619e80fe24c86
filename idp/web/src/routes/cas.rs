//! `/cas/…`: the CAS protocol 3.0 over HTTP. Parameters are read and answers written by `clau-cas`,
//! everything between them is the engine's. What is wrong with a service's request is answered in the
//! protocol's own words, what is wrong with a browser's on a page, never by a redirect.

use axum::extract::{RawQuery, Request, State};
use axum::response::Response;
use clau_cas::answer::{
    AuthenticationFacts, Failure, FailureCode, ProxyFailureCode, Rendered, Saml11, Success,
    proxy_failure, proxy_success,
};
use clau_cas::profile::{AttributeProfile, Catalogue};
use clau_cas::request::{
    BadRequest, Endpoint, Format, Login, Logout, Proxy, SamlValidate, Validate,
};
use clau_engine::cas::{LoginAnswer, LoginRequest, Redemption, Validated};
use clau_engine::oidc::logout::Back;
use http::header::REFERRER_POLICY;
use http::{Method, StatusCode};

use super::logout as sign_out;
use super::member::Member;
use super::step::{Around, answer as step_answer, then};
use crate::app::App;
use crate::error::Failed;
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::{self, LONGEST_FORM, Posted};
use crate::http::{answer, headers};
use crate::pages::problem::Problem;

/// What services are told when the hub cannot answer; the reason is in the hub's log.
const UNAVAILABLE: &str = "the hub cannot answer at the moment";

/// `/cas/login` as services send browsers to it (§2.1).
pub(crate) async fn login(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let login = Login::parse(fields.pairs()).map_err(on_a_page)?;
    let confirm = login.renew && visit.jar.session.is_some();
    let request = LoginRequest {
        service: login.service,
        renew: login.renew,
        gateway: login.gateway,
        method: login.method,
        warn: login.warn,
    };
    let cx = visit.cx(&app);
    let answer = app
        .hub()
        .cas_login(&cx, visit.jar.for_login(), request)
        .await;
    match answer.map_err(|error| Failed::from(error).retry(&visit.here))? {
        LoginAnswer::Step(step) => {
            let around = Around {
                confirm,
                ..Around::new(&app, &visit, &visit.here)
            };
            step_answer(&around, step).await
        }
        LoginAnswer::Back(url) => {
            let mut response = answer::redirect(url.as_str());
            response
                .headers_mut()
                .insert(REFERRER_POLICY, headers::NO_REFERRER);
            Ok(response)
        }
        LoginAnswer::Unknown => Err(Problem::UnknownService.into()),
        LoginAnswer::Looping { .. } => Err(Problem::Looping.into()),
    }
}

/// `/cas/login` as somebody answers it who wanted to be asked before each service.
pub(crate) async fn confirm(
    State(app): State<App>,
    member: Member,
    posted: Posted,
) -> Result<Response, Failed> {
    let fields = posted.open(&app, member.binding())?;
    let login = Login::parse(fields.pairs()).map_err(on_a_page)?;
    let url = login.service.ok_or(Problem::BadRequest)?;
    let cx = member.visit.cx(&app);
    let onward = app
        .hub()
        .cas_confirmed(&cx, &member.signed_in, url, login.method)
        .await?;
    let onward = onward.ok_or(Problem::UnknownService)?;
    then(
        &Around::new(&app, &member.visit, "/"),
        onward,
        member.binding(),
    )
    .await
}

/// `/cas/logout` (§2.3). A GET, as the protocol has it: services send browsers here. Other sites can
/// send a whole window here as well, but no hidden request of theirs carries the session's cookie
/// (`SameSite=Lax`), and all that is lost is a session.
pub(crate) async fn logout(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Failed> {
    let fields = Fields::parse(&query.unwrap_or_default())?;
    let request = Logout::parse(fields.pairs());
    let ended = sign_out::end(&app, &visit).await?;
    // CAS-10: only a registered address is followed.
    let back = match &request.service {
        Some(url) => {
            let catalogue = app.hub().catalogue(visit.now).await?;
            catalogue.cas_service(url).map(|service| Back {
                service: service.name.clone(),
                address: url.as_str().to_owned(),
                origin: Some(url.origin()),
            })
        }
        None => None,
    };
    let mut response = sign_out::away(&app, &visit, ended.as_ref(), back).await?;
    if visit.jar.session.is_some() {
        sign_out::forget(&app, &mut response);
    }
    Ok(response)
}

/// `/cas/validate` (§2.4).
pub(crate) async fn validate(app: State<App>, visit: Visit, query: RawQuery) -> Response {
    validate_at(Endpoint::Validate, &app, &visit, query).await
}

/// `/cas/serviceValidate` (§2.5).
pub(crate) async fn service_validate(app: State<App>, visit: Visit, query: RawQuery) -> Response {
    validate_at(Endpoint::ServiceValidate, &app, &visit, query).await
}

/// `/cas/proxyValidate` (§2.6).
pub(crate) async fn proxy_validate(app: State<App>, visit: Visit, query: RawQuery) -> Response {
    validate_at(Endpoint::ProxyValidate, &app, &visit, query).await
}

/// `/cas/p3/serviceValidate` (§2.8).
pub(crate) async fn p3_service_validate(
    app: State<App>,
    visit: Visit,
    query: RawQuery,
) -> Response {
    validate_at(Endpoint::P3ServiceValidate, &app, &visit, query).await
}

/// `/cas/p3/proxyValidate` (§2.9).
pub(crate) async fn p3_proxy_validate(app: State<App>, visit: Visit, query: RawQuery) -> Response {
    validate_at(Endpoint::P3ProxyValidate, &app, &visit, query).await
}

async fn validate_at(
    endpoint: Endpoint,
    app: &App,
    visit: &Visit,
    RawQuery(query): RawQuery,
) -> Response {
    let Ok(fields) = Fields::parse(&query.unwrap_or_default()) else {
        return rendered(malformed().render(endpoint, Format::default()));
    };
    let request = match Validate::parse(endpoint, fields.pairs()) {
        Ok(request) => request,
        Err(bad) => {
            return rendered(
                bad.failure()
                    .render(endpoint, Format::wanted(fields.pairs())),
            );
        }
    };
    let redemption = Redemption {
        service: request.service,
        ticket: request.ticket,
        renew: request.renew,
        pgt_url: request.pgt_url,
        proxies: endpoint.takes_proxy_tickets(),
    };
    match redeem(app, visit, redemption).await {
        Ok((validated, profile)) => {
            rendered(success(&validated, profile).render(endpoint, request.format))
        }
        Err(failure) => failed(&failure, failure.render(endpoint, request.format)),
    }
}

/// `/cas/samlValidate` (§4.2): SAML 1.1.
pub(crate) async fn saml_validate(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let issuer = app.hub().settings().base_url.as_str();
    let envelope = Saml11 {
        issuer,
        recipient: None,
        in_response_to: None,
        now: visit.now,
        random: app.random(),
    };
    let posted = request.method() == Method::POST;
    let body = match posted {
        true => posted::body(request, LONGEST_FORM).await,
        false => Ok(axum::body::Bytes::new()),
    };
    let (Ok(fields), Ok(body)) = (Fields::parse(&query.unwrap_or_default()), body) else {
        return rendered(malformed().render_saml11(&envelope));
    };
    let request = match SamlValidate::parse(fields.pairs(), &body) {
        Ok(request) => request,
        Err(bad) => return rendered(bad.failure().render_saml11(&envelope)),
    };
    let redemption = Redemption {
        service: request.service.clone(),
        ticket: request.ticket,
        renew: request.renew,
        pgt_url: None,
        proxies: false,
    };
    let envelope = Saml11 {
        recipient: Some(&request.service),
        in_response_to: request.request_id.as_deref(),
        ..envelope
    };
    match redeem(&app, &visit, redemption).await {
        Ok((validated, profile)) => rendered(success(&validated, profile).render_saml11(&envelope)),
        Err(failure) => failed(&failure, failure.render_saml11(&envelope)),
    }
}

/// `/cas/proxy` (§2.7).
pub(crate) async fn proxy(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Response {
    let Ok(fields) = Fields::parse(&query.unwrap_or_default()) else {
        let code = ProxyFailureCode::InvalidRequest;
        return rendered(proxy_failure(code, &malformed().text, Format::default()));
    };
    let request = match Proxy::parse(fields.pairs()) {
        Ok(request) => request,
        Err(bad) => {
            let format = Format::wanted(fields.pairs());
            return rendered(proxy_failure(bad.proxy_code(), &bad.to_string(), format));
        }
    };
    let cx = visit.cx(&app);
    let outcome = app
        .hub()
        .proxy_ticket(&cx, &request.pgt, request.target_service)
        .await;
    match outcome {
        Ok(Ok(ticket)) => rendered(proxy_success(&ticket, request.format)),
        Ok(Err(refused)) => rendered(proxy_failure(
            refused.into(),
            &refused.to_string(),
            request.format,
        )),
        Err(error) => {
            tracing::error!(event = "cas.failed", cause = %error, "no proxy ticket could be given");
            let code = ProxyFailureCode::InternalError;
            let mut response = rendered(proxy_failure(code, UNAVAILABLE, request.format));
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response
        }
    }
}

/// Redeems a ticket and finds the dialect in which its service is answered.
async fn redeem(
    app: &App,
    visit: &Visit,
    redemption: Redemption,
) -> Result<(Validated, &'static AttributeProfile), Failure> {
    let unavailable = || Failure {
        code: FailureCode::InternalError,
        text: UNAVAILABLE.to_owned(),
    };
    let validated = match app.hub().redeem(&visit.cx(app), redemption).await {
        Ok(outcome) => outcome.map_err(Failure::from)?,
        Err(error) => {
            tracing::error!(event = "cas.failed", cause = %error, "a ticket could not be redeemed");
            return Err(unavailable());
        }
    };
    let name = validated
        .service
        .cas
        .as_ref()
        .map_or("opaque", |cas| cas.profile.as_str());
    match Catalogue::builtin().find(name) {
        Ok(profile) => Ok((validated, profile)),
        Err(unknown) => {
            let service = &validated.service.id;
            tracing::error!(event = "cas.failed", service = %service, cause = %unknown, "no such attribute profile");
            Err(unavailable())
        }
    }
}

fn success<'a>(validated: &'a Validated, profile: &'a AttributeProfile) -> Success<'a> {
    Success {
        released: validated.grant.released(),
        profile,
        authentication: AuthenticationFacts {
            authenticated_at: validated.authenticated_at,
            from_new_login: validated.from_new_login,
            long_term: validated.long_term,
            assurance: validated.assurance,
        },
        pgt_iou: validated.pgt_iou.as_ref(),
        proxies: &validated.proxies,
    }
}

fn malformed() -> Failure {
    Failure {
        code: FailureCode::InvalidRequest,
        text: "the parameters cannot be read".to_owned(),
    }
}

fn rendered(answer: Rendered) -> Response {
    answer::text(StatusCode::OK, answer.media_type, answer.body)
}

/// Refusals are answers of the protocol, with status 200; that the hub cannot answer is not.
fn failed(failure: &Failure, answer: Rendered) -> Response {
    let mut response = rendered(answer);
    if failure.code == FailureCode::InternalError {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    response
}

/// What a browser is shown when a service sent it here with a request that is none.
fn on_a_page(bad: BadRequest) -> Failed {
    let problem = match bad.code() {
        FailureCode::InvalidService => Problem::UnknownService,
        _ => Problem::BadRequest,
    };
    Failed {
        cause: Some(bad.to_string()),
        ..problem.into()
    }
}

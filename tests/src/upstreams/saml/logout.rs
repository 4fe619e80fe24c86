//! Signing out of an identity provider: by the hub's request, by its own page, and the hub's answer to that
//! (SAML Profiles §4.4). Where the protocol is not spoken there is the page alone, and the hub is not told
//! (french-ent.md §4.6).

use std::sync::Arc;

use axum::Router;
use axum::extract::{Form as Fields, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use clau_saml::binding::{Address, Form, Received, Role};
use clau_saml::error::Problem;
use clau_saml::message::{Kind, LogoutRequest, LogoutResponse, Opened, Status, StatusCode};
use clau_saml::metadata::{Endpoint, ServiceProvider};
use clau_saml::names::{binding, logout_reason};

use super::gate::Gate;
use super::manner::Manner;
use super::provider::{Told, instant};
use crate::upstreams::page;

/// How browsers bring such messages, the best first.
const BINDINGS: [&str; 2] = [binding::REDIRECT, binding::POST];

type Shared = State<Arc<Gate>>;

/// The routes of a manner.
pub(super) fn router(manner: &Manner) -> Router<Arc<Gate>> {
    let own = manner.paths.logout;
    match manner.paths.single_logout {
        Some(path) => Router::new()
            .route(path, get(by_redirect).post(by_post))
            .route(own, get(ask).post(leave)),
        // Whoever opens the page has left.
        None => Router::new().route(own, get(leave_at_once)),
    }
}

/// What came about a logout.
enum Heard {
    /// The hub wants the session of this name ended.
    Asked(Box<LogoutRequest>),
    /// The hub says how one of ours went.
    Answered,
}

async fn by_redirect(
    State(gate): Shared,
    headers: HeaderMap,
    jar: CookieJar,
    RawQuery(query): RawQuery,
) -> Response {
    match Received::from_query(query.as_deref().unwrap_or_default()) {
        Ok(received) => hear(&gate, &headers, jar, &received).await,
        Err(problem) => gate.refuse(problem),
    }
}

async fn by_post(
    State(gate): Shared,
    headers: HeaderMap,
    jar: CookieJar,
    Fields(fields): Fields<Vec<(String, String)>>,
) -> Response {
    match Received::from_form(&fields) {
        Ok(received) => hear(&gate, &headers, jar, &received).await,
        Err(problem) => gate.refuse(problem),
    }
}

async fn hear(gate: &Gate, headers: &HeaderMap, jar: CookieJar, received: &Received) -> Response {
    let service = match gate.partner.service().await {
        Ok(service) => service,
        Err(missing) => return gate.manner.sign.fail(&missing),
    };
    let heard = match gate
        .partner
        .with(|service| read(gate, service, received))
        .await
    {
        Ok(Ok(heard)) => heard,
        Ok(Err(problem)) => return gate.refuse(problem),
        Err(missing) => return gate.manner.sign.fail(&missing),
    };
    let Heard::Asked(request) = heard else {
        return gate.manner.sign.signed_out();
    };
    let meant = |told: &Told| {
        let names = &request.session_indexes;
        told.name_id.is_meant_by(&request.name_id)
            && (names.is_empty() || names.contains(&told.index))
    };
    let ended = gate.visits.told(meant).into_iter();
    let ended = ended
        .filter_map(|session| gate.visits.end(&session.id))
        .count();
    let jar = match gate.visits.of(headers) {
        None => jar.add(gate.visits.no_cookie()),
        Some(_) => jar,
    };
    match answer(gate, &service, (&request, received), ended) {
        Ok(way) => (jar, way).into_response(),
        Err(problem) => gate.refuse(problem),
    }
}

fn read(gate: &Gate, service: &ServiceProvider, received: &Received) -> Result<Heard, Problem> {
    let opened: Opened<'_> = received.open()?;
    let authentic = opened.authenticate(&service.keys.signing)?;
    let (header, heard) = match opened.kind() {
        Kind::LogoutRequest => {
            let request = LogoutRequest::read(&authentic, &[], instant())?;
            (request.header.clone(), Heard::Asked(Box::new(request)))
        }
        Kind::LogoutResponse => (LogoutResponse::read(&authentic)?.header, Heard::Answered),
        _ => return Err(Problem::Message("it is not about a logout")),
    };
    if header.issuer != service.entity_id {
        return Err(Problem::Refused("its service is not known here"));
    }
    let path = gate.manner.paths.single_logout.unwrap_or_default();
    let here = gate.arguments.address(path.trim_start_matches('/'));
    header.check(&here, true, instant())?;
    Ok(heard)
}

fn answer(
    gate: &Gate,
    service: &ServiceProvider,
    (request, received): (&LogoutRequest, &Received),
    ended: usize,
) -> Result<Response, Problem> {
    let to = back(service)?;
    let status = match ended {
        0 => Status::requester(StatusCode::UnknownPrincipal, "no such session"),
        _ => Status::success(),
    };
    let location = to.for_responses().as_str();
    let response = LogoutResponse {
        header: gate.provider().header(Some(location))?,
        in_response_to: request.header.id.clone(),
        status,
    };
    let relay_state = received.relay_state.as_deref();
    let key = &gate.keys.signing;
    send(
        gate,
        (to, location),
        Role::Response,
        relay_state,
        |inside| response.write(inside.then_some(key)),
    )
}

/// Takes the browser to the hub with a message, signed as its binding wants it.
fn send(
    gate: &Gate,
    (to, location): (&Endpoint, &str),
    role: Role,
    relay_state: Option<&str>,
    write: impl Fn(bool) -> Result<String, Problem>,
) -> Result<Response, Problem> {
    if to.binding == binding::POST {
        let form = Form::new(location, role, &write(true)?, relay_state);
        return Ok(gate.manner.sign.post(&form.action, &form.fields));
    }
    let address = Address {
        location,
        role,
        relay_state,
    };
    let address = address.with(&write(false)?, Some(&gate.keys.signing))?;
    Ok(page::away(&address))
}

fn back(service: &ServiceProvider) -> Result<&Endpoint, Problem> {
    let found = service.logout_by(&BINDINGS);
    found.ok_or(Problem::Refused("its metadata has no address for logouts"))
}

/// Do you want to leave?
async fn ask(State(gate): Shared, headers: HeaderMap) -> Response {
    match gate.visits.of(&headers) {
        Some(_) => gate.manner.sign.ask_to_leave(gate.manner.paths.logout),
        None => gate.manner.sign.signed_out(),
    }
}

/// Ends the session, and takes the browser to the hub to say so.
async fn leave(State(gate): Shared, headers: HeaderMap, jar: CookieJar) -> Response {
    let session = gate.visits.of(&headers);
    let session = session.and_then(|session| gate.visits.end(&session.id));
    let jar = jar.add(gate.visits.no_cookie());
    let told = session.and_then(|session| session.told.last().cloned());
    let Some(told) = told else {
        return (jar, gate.manner.sign.signed_out()).into_response();
    };
    let service = match gate.partner.service().await {
        Ok(service) => service,
        Err(missing) => return (jar, gate.manner.sign.fail(&missing)).into_response(),
    };
    match request(&gate, &service, told) {
        Ok(way) => (jar, way).into_response(),
        Err(problem) => (jar, gate.refuse(problem)).into_response(),
    }
}

fn request(gate: &Gate, service: &ServiceProvider, told: Told) -> Result<Response, Problem> {
    let to = back(service)?;
    let location = to.location.as_str();
    let request = LogoutRequest {
        header: gate.provider().header(Some(location))?,
        name_id: told.name_id,
        session_indexes: vec![told.index],
        reason: Some(logout_reason::USER.to_owned()),
        not_on_or_after: None,
    };
    let key = &gate.keys.signing;
    send(gate, (to, location), Role::Request, None, |inside| {
        request.write(inside.then_some(key), None)
    })
}

/// Ends the session and says so: there is nobody to tell.
async fn leave_at_once(State(gate): Shared, headers: HeaderMap, jar: CookieJar) -> Response {
    if let Some(session) = gate.visits.of(&headers) {
        gate.visits.end(&session.id);
    }
    let jar = jar.add(gate.visits.no_cookie());
    (jar, gate.manner.sign.signed_out()).into_response()
}

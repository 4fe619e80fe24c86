//! The way in and out of a service by SAML 2.0: sign in through the hub, leave this service, leave the ENT, be
//! told by the hub that a session has ended.
//!
//! Owns the routes `/connexion`, `/saml/metadata`, `/saml/acs`, `/saml/slo`, `/saml/soap`, `/logout`,
//! `/logout/ent` and `/deconnecte`. Never decides what a person may do inside.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Form, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use clau_saml::binding::{Received, Role, fault};
use clau_saml::error::Problem;
use clau_saml::message::{Asserted, LogoutRequest, LogoutResponse};
use serde::{Deserialize, Serialize};
use sqlx::SqlitePool;

use super::error::SamlError;
use super::hub::{HubMetadata, instant};
use super::keys::Keys;
use super::metadata;
use super::names::{Known, Names};
use super::protocol::{Logout, Outcome, Party};
use crate::services::departures::Departures;
use crate::services::page::{self, Frame, Trouble};
use crate::services::person::Person;
use crate::services::server::{Arguments, now, secret};
use crate::services::sessions::{Session, Sessions};

/// Longest address of a page here that is come back to.
const LONGEST_PAGE: usize = 2_000;

/// What a service is, for its gate.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// Its name in cookies and certificates.
    pub id: &'static str,
    /// Its name on pages.
    pub title: &'static str,
    /// Its names by language, in its metadata.
    pub names: &'static [(&'static str, &'static str)],
    /// How people are to be called: a format of SAML Core §8.3.
    pub name_id: &'static str,
    /// The attributes that it asks for, in its metadata.
    pub attributes: &'static [&'static str],
    /// Reads an assertion that is believed.
    pub person: fn(&Asserted) -> Result<Person, &'static str>,
}

/// The gate of one service. Not `Debug`: it holds keys.
pub struct Gate {
    identity: Identity,
    arguments: Arguments,
    party: Party,
    hub: HubMetadata,
    sessions: Sessions,
    departures: Departures,
    names: Names,
}

/// What a browser was sent to the hub for.
#[derive(Serialize, Deserialize)]
enum Pending {
    /// To sign in, by this request, and to come back to this page.
    Login {
        request: String,
        page: String,
        /// The session before. A form of the hub's page does not bring its cookie along (SES-04).
        before: Option<String>,
    },
    /// To leave, by this request.
    Logout { request: String },
}

impl Gate {
    /// The gate of a service whose sessions are in `pool`.
    ///
    /// # Errors
    /// The database or the authority cannot be read.
    pub async fn new(
        identity: Identity,
        arguments: Arguments,
        keys: Keys,
        pool: SqlitePool,
    ) -> io::Result<Arc<Self>> {
        let secure = arguments.base.scheme() == "https";
        let party = Party::new(&arguments, identity.name_id, keys);
        let sessions = Sessions::new(pool.clone(), identity.id, secure);
        let sessions = sessions.await.map_err(io::Error::other)?;
        let departures = Departures::new(pool.clone(), identity.id, secure, true);
        let departures = departures.await.map_err(io::Error::other)?;
        let names = Names::new(pool).await.map_err(io::Error::other)?;
        Ok(Arc::new(Self {
            hub: HubMetadata::new(&arguments, &party.hub)?,
            identity,
            arguments,
            party,
            sessions,
            departures,
            names,
        }))
    }

    /// The gate's routes.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route("/connexion", get(sign_in))
            .route("/saml/metadata", get(own_metadata))
            .route("/saml/acs", post(enter))
            .route("/saml/slo", get(logout))
            .route("/saml/soap", post(logout_by_program))
            .route("/logout", post(leave_service))
            .route("/logout/ent", post(leave_ent))
            .route("/deconnecte", get(signed_out))
            .with_state(Arc::clone(self))
            .merge(page::router())
    }

    /// The session of a request, or the way to one and to the first page.
    ///
    /// # Errors
    /// Nobody is signed in, or the database fails.
    pub async fn session(&self, headers: &HeaderMap) -> Result<Session, Trouble> {
        let session = self.sessions.of(headers).await?;
        session.ok_or_else(|| Trouble::SignIn(self.arguments.address("connexion")))
    }

    /// The session of a request for a page, or the way to one and to this page.
    ///
    /// # Errors
    /// Nobody is signed in, or the database fails.
    pub async fn session_at(&self, headers: &HeaderMap, page: &Uri) -> Result<Session, Trouble> {
        let session = self.sessions.of(headers).await?;
        session.ok_or_else(|| {
            let mut address = self.arguments.address("connexion");
            if let Some(page) = page.path_and_query() {
                address.query_pairs_mut().append_pair("vers", page.as_str());
            }
            Trouble::SignIn(address)
        })
    }

    /// The session of a form that was sent, whose token must be the session's.
    ///
    /// # Errors
    /// As [`Gate::session`], or the token is another.
    pub async fn form_session(&self, headers: &HeaderMap, csrf: &str) -> Result<Session, Trouble> {
        self.session(headers).await?.allowing(csrf)
    }

    /// What a page shows that is for everybody: with the person, where one is signed in.
    ///
    /// # Errors
    /// The database fails.
    pub async fn frame_of_anybody(&self, headers: &HeaderMap) -> Result<Frame, Trouble> {
        let session = self.sessions.of(headers).await?;
        Ok(session.map_or_else(|| self.frame_of_nobody(), |session| self.frame(&session)))
    }

    /// What every page of this session shows.
    #[must_use]
    pub fn frame(&self, session: &Session) -> Frame {
        Frame {
            person: Some(session.person.name.clone()),
            csrf: session.csrf.clone(),
            ..self.frame_of_nobody()
        }
    }

    fn frame_of_nobody(&self) -> Frame {
        Frame::of_nobody(self.identity.title, &self.arguments.hub)
    }

    /// The arguments of the process.
    #[must_use]
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// Ends the session of a form; gives how the hub knows it.
    async fn end(&self, headers: &HeaderMap, csrf: &str) -> Result<Option<Known>, Trouble> {
        let session = self.form_session(headers, csrf).await?;
        let known = self.names.of(&session.id).await?;
        self.sessions.end(&session).await?;
        Ok(known)
    }

    async fn read_logout(&self, received: &Received) -> Result<Logout, SamlError> {
        let read = |hub: &_| self.party.read_logout(hub, received, instant(now()));
        self.hub.with(read).await
    }
}

/// An identifier for a message (SAML Core §1.3.4): it begins as names in XML must.
fn message_id() -> io::Result<String> {
    Ok(format!("_{}", secret()?))
}

/// A page of this service, by its path and query: what an address may ask to be brought back to (SAML-13).
fn local(page: &str) -> Option<&str> {
    let inside = page.starts_with('/') && !page.starts_with("//");
    let plain = page
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (inside && plain && page.len() <= LONGEST_PAGE).then_some(page)
}

#[derive(Deserialize)]
struct Wanted {
    vers: Option<String>,
}

/// Off to the hub.
async fn sign_in(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    jar: CookieJar,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let request = message_id()?;
    let page = wanted.vers.as_deref().and_then(local).unwrap_or("/");
    let before = gate.sessions.of(&headers).await?;
    let pending = Pending::Login {
        request: request.clone(),
        page: page.to_owned(),
        before: before.map(|session| session.id),
    };
    let hub = gate.hub.hub().await?;
    let (state, cookie) = gate.departures.begin(&headers, &pending).await?;
    let address = gate.party.login(&hub, &request, &state, instant(now()))?;
    Ok((jar.add(cookie), Redirect::to(&address)).into_response())
}

/// The browser comes back from the hub.
async fn enter(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Trouble> {
    let refused = |why| Trouble::from(SamlError::Refused(why));
    let received = Received::from_form(&fields).map_err(SamlError::from)?;
    let state = received.relay_state.as_deref();
    let state = state.ok_or_else(|| refused("no RelayState"))?;
    let pending = gate.departures.take(&headers, state).await?;
    let Some(Pending::Login {
        request,
        page,
        before,
    }) = pending
    else {
        return Err(refused("no such login in this browser"));
    };
    let now = instant(now());
    let read = |hub: &_| gate.party.read_answer(hub, &received, &request, now);
    let asserted = gate.hub.with(read).await?;
    let (id, until) = (&asserted.assertion_id, asserted.remembered_until);
    if !gate.names.is_new(id, until, now).await? {
        return Err(refused("the assertion was seen before"));
    }
    let person = (gate.identity.person)(&asserted).map_err(refused)?;
    // Whoever was signed in here before is not any more (SES-06).
    let with_it = gate.sessions.of(&headers).await?;
    for session in before.into_iter().chain(with_it.map(|session| session.id)) {
        gate.sessions.end_by_id(&session).await?;
    }
    let ends = asserted.session_ends.map(|ends| ends.as_millis() / 1_000);
    let session = gate
        .sessions
        .begin_until(id, &person, ends.unwrap_or(i64::MAX));
    let (session, cookie) = session.await?;
    let known = Known {
        name_id: asserted.name_id,
        session_index: asserted.session_index,
    };
    gate.names.keep(&session, &known).await?;
    Ok((jar.add(cookie), Redirect::to(&page)).into_response())
}

/// What the hub is to know of this service.
async fn own_metadata(State(gate): State<Arc<Gate>>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/samlmetadata+xml")];
    (kind, metadata::own(&gate.party, &gate.identity)).into_response()
}

#[derive(Deserialize)]
struct LogoutForm {
    csrf: String,
}

/// Leaves this service and nothing else.
async fn leave_service(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<LogoutForm>,
) -> Result<Response, Trouble> {
    gate.end(&headers, &form.csrf).await?;
    let left = page::left(gate.frame_of_nobody());
    Ok((jar.add(gate.sessions.no_cookie()), left).into_response())
}

/// Leaves this service and the ENT. Where the hub cannot be asked, this service is left and says so.
async fn leave_ent(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<LogoutForm>,
) -> Result<Response, Trouble> {
    let known = gate.end(&headers, &form.csrf).await?;
    let known = known.ok_or_else(|| Trouble::Internal("a session without a name".to_owned()))?;
    let jar = jar.add(gate.sessions.no_cookie());
    let request = message_id()?;
    let pending = Pending::Logout {
        request: request.clone(),
    };
    let (state, cookie) = gate.departures.begin(&headers, &pending).await?;
    let address = match gate.hub.hub().await {
        Ok(hub) => gate
            .party
            .leave(&hub, &request, known, &state, instant(now()))?,
        Err(error) => {
            eprintln!("logout: {error}");
            None
        }
    };
    Ok(match address {
        Some(address) => (jar.add(cookie), Redirect::to(&address)).into_response(),
        None => (jar, page::left(gate.frame_of_nobody())).into_response(),
    })
}

/// A browser comes from the hub with something about a logout.
async fn logout(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    jar: CookieJar,
    RawQuery(query): RawQuery,
) -> Result<Response, Trouble> {
    let read = async {
        let received = Received::from_query(query.as_deref().unwrap_or_default())?;
        let logout = gate.read_logout(&received).await?;
        Ok::<_, SamlError>((logout, received.relay_state))
    };
    match read.await {
        Ok((Logout::Asked(request), relay_state)) => {
            told(&gate, &headers, jar, (&request, relay_state.as_deref())).await
        }
        Ok((Logout::Answered(response), relay_state)) => {
            answered(&gate, &headers, &response, relay_state.as_deref()).await
        }
        Err(SamlError::Hub(why)) => Err(Trouble::Hub(why)),
        Err(error) => Ok(unconfirmed(&gate, &error)),
    }
}

/// The hub asks for the end of sessions, and gets the browser back.
async fn told(
    gate: &Gate,
    headers: &HeaderMap,
    jar: CookieJar,
    asked: (&LogoutRequest, Option<&str>),
) -> Result<Response, Trouble> {
    let now = instant(now());
    if gate.names.end(asked.0, now).await?.is_none() {
        let error = SamlError::Refused("the request was seen before");
        return Ok(unconfirmed(gate, &error));
    }
    let jar = match gate.sessions.of(headers).await? {
        None => jar.add(gate.sessions.no_cookie()),
        Some(_) => jar,
    };
    let hub = gate.hub.hub().await?;
    let address = gate.party.left(&hub, &message_id()?, asked, now)?;
    Ok(match address {
        Some(address) => (jar, Redirect::to(&address)).into_response(),
        None => (jar, page::signed_out(gate.frame_of_nobody())).into_response(),
    })
}

/// The hub says how a logout turned out that began here.
async fn answered(
    gate: &Gate,
    headers: &HeaderMap,
    response: &LogoutResponse,
    relay_state: Option<&str>,
) -> Result<Response, Trouble> {
    let pending = match relay_state {
        Some(state) => gate.departures.take(headers, state).await?,
        None => None,
    };
    let Some(Pending::Logout { request }) = pending else {
        let error = SamlError::Refused("no such logout in this browser");
        return Ok(unconfirmed(gate, &error));
    };
    if request != response.in_response_to {
        let error = SamlError::Refused("it answers another logout");
        return Ok(unconfirmed(gate, &error));
    }
    // The answer leaves the address bar with this redirect.
    Ok(match Outcome::of(response) {
        Outcome::Complete => Redirect::to("/deconnecte").into_response(),
        Outcome::Partial => Redirect::to("/deconnecte?reste=oui").into_response(),
        Outcome::Failed => unconfirmed(gate, &SamlError::Refused("the hub says that it failed")),
    })
}

fn unconfirmed(gate: &Gate, error: &SamlError) -> Response {
    eprintln!("logout refused: {error}");
    let page = page::unconfirmed(gate.frame_of_nobody());
    (StatusCode::BAD_REQUEST, page).into_response()
}

/// The hub itself asks for the end of sessions (SAML Bindings §3.2).
async fn logout_by_program(State(gate): State<Arc<Gate>>, body: Bytes) -> Response {
    let (status, text) = match answer_program(&gate, body).await {
        Ok(answer) => (StatusCode::OK, answer),
        Err(error) => {
            eprintln!("logout refused: {error:?}");
            // §3.2.3.3: a message that is not processed has this status, whosever the fault is.
            let (client, text) = match error {
                Trouble::Refused(why) => (true, why),
                _ => (false, "not now".to_owned()),
            };
            (StatusCode::INTERNAL_SERVER_ERROR, fault(client, &text))
        }
    };
    let kind = [(header::CONTENT_TYPE, "text/xml; charset=utf-8")];
    (status, kind, text).into_response()
}

async fn answer_program(gate: &Gate, body: Bytes) -> Result<String, Trouble> {
    let received = Received::from_soap(body.to_vec(), Role::Request);
    let Logout::Asked(request) = gate.read_logout(&received).await? else {
        let problem = Problem::Message("it is not about a logout");
        return Err(SamlError::from(problem).into());
    };
    let now = instant(now());
    if gate.names.end(&request, now).await?.is_none() {
        return Err(SamlError::Refused("the request was seen before").into());
    }
    Ok(gate.party.left_by_program(&message_id()?, &request, now)?)
}

#[derive(Deserialize)]
struct Left {
    reste: Option<String>,
}

/// Where a browser ends that has left the ENT.
async fn signed_out(State(gate): State<Arc<Gate>>, Query(left): Query<Left>) -> Response {
    let frame = gate.frame_of_nobody();
    if left.reste.is_some() {
        page::signed_out_partly(frame)
    } else {
        page::signed_out(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saml_13_only_pages_of_this_service_are_come_back_to() {
        let long = format!("/{}", "x".repeat(LONGEST_PAGE));
        for page in ["/", "/a?b=c&d=%2F%2F", "/domaineGar?idENT=RU5U"] {
            assert_eq!(local(page), Some(page));
        }
        for page in [
            "",
            "a",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/\r\nSet-Cookie:a=b",
            "/é",
            long.as_str(),
        ] {
            assert_eq!(local(page), None, "{page}");
        }
    }
}

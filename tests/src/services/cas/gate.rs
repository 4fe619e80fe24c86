//! The way in and out of a reference service: sign in through the hub, leave this service, leave
//! the ENT, be told by the hub that a session has ended.
//!
//! Owns the routes `/cas` (ticket in, logout notice), `/pgt` (proxy-granting tickets), `/logout`,
//! `/logout/ent` and `/deconnecte`. Never decides what a person may do inside.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use sqlx::SqlitePool;
use url::Url;

use super::client::{CasClient, CasError, Validation, logout_ticket};
use crate::services::page::{self, Frame, Trouble};
use crate::services::person::Person;
use crate::services::server::Arguments;
use crate::services::sessions::{Session, Sessions};

/// Receipts kept while the hub's answer to the validation is on its way.
const MOST_RECEIPTS: usize = 1_000;

/// What a service is, for its gate.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// Its name in the cookie and in messages of the process.
    pub id: &'static str,
    /// Its name on pages.
    pub title: &'static str,
    /// How it validates tickets.
    pub validation: Validation,
    /// Whether it wants proxy-granting tickets.
    pub proxies: bool,
}

/// The gate of one service. Not `Debug`: it holds proxy-granting tickets.
pub struct Gate {
    identity: Identity,
    arguments: Arguments,
    cas: CasClient,
    sessions: Sessions,
    /// Receipt to proxy-granting ticket, then session to proxy-granting ticket. In memory alone: a
    /// restart forgets them rather than writing secrets down.
    receipts: Mutex<HashMap<String, String>>,
    granting: Mutex<HashMap<String, String>>,
}

impl From<CasError> for Trouble {
    fn from(error: CasError) -> Self {
        match error {
            CasError::Refused(code) => Self::Refused(code),
            CasError::Malformed(_) | CasError::Unreachable(_) => Self::Hub(error.to_string()),
        }
    }
}

impl Gate {
    /// The gate of a service whose sessions are in `pool`.
    ///
    /// # Errors
    /// The database or the authority cannot be read.
    pub async fn new(
        identity: Identity,
        arguments: Arguments,
        pool: SqlitePool,
    ) -> io::Result<Arc<Self>> {
        let cas = CasClient::new(arguments.http_client()?, arguments.hub.clone());
        let sessions = Sessions::new(pool, identity.id, arguments.base.scheme() == "https")
            .await
            .map_err(io::Error::other)?;
        Ok(Arc::new(Self {
            identity,
            arguments,
            cas,
            sessions,
            receipts: Mutex::default(),
            granting: Mutex::default(),
        }))
    }

    /// The gate's routes.
    pub fn router(self: &Arc<Self>) -> Router {
        let mut router = Router::new()
            .route("/cas", get(enter).post(notice))
            .route("/logout", post(leave_service))
            .route("/logout/ent", post(leave_ent))
            .route("/deconnecte", get(signed_out));
        if self.identity.proxies {
            router = router.route("/pgt", get(receive_granting));
        }
        router.with_state(Arc::clone(self)).merge(page::router())
    }

    /// The session of a request, or the way to one.
    ///
    /// # Errors
    /// Nobody is signed in, or the database fails.
    pub async fn session(&self, headers: &HeaderMap) -> Result<Session, Trouble> {
        let session = self.sessions.of(headers).await?;
        session.ok_or_else(|| Trouble::SignIn(self.cas.login_address(&self.service())))
    }

    /// The session of a form that was sent, whose token must be the session's.
    ///
    /// # Errors
    /// As [`Gate::session`], or the token is another.
    pub async fn form_session(&self, headers: &HeaderMap, csrf: &str) -> Result<Session, Trouble> {
        self.session(headers).await?.allowing(csrf)
    }

    /// What every page of this session shows.
    #[must_use]
    pub fn frame(&self, session: &Session) -> Frame {
        Frame {
            service: self.identity.title,
            portal: self.arguments.hub.to_string(),
            person: Some(session.person.name.clone()),
            csrf: session.csrf.clone(),
        }
    }

    fn frame_of_nobody(&self) -> Frame {
        Frame::of_nobody(self.identity.title, &self.arguments.hub)
    }

    /// The client of the hub.
    #[must_use]
    pub fn cas(&self) -> &CasClient {
        &self.cas
    }

    /// The arguments of the process.
    #[must_use]
    pub fn arguments(&self) -> &Arguments {
        &self.arguments
    }

    /// The proxy-granting ticket of a session, where the hub gave one.
    #[must_use]
    pub fn granting(&self, session: &Session) -> Option<String> {
        self.granting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&session.id)
            .cloned()
    }

    /// The address tickets are issued for: from the configuration, whatever the request says.
    fn service(&self) -> Url {
        self.arguments.address("cas")
    }

    fn forget(&self, session: &str) {
        self.granting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(session);
    }
}

#[derive(Deserialize)]
struct TicketQuery {
    ticket: Option<String>,
}

/// The browser comes back from the hub with a ticket.
async fn enter(
    State(gate): State<Arc<Gate>>,
    jar: CookieJar,
    Query(query): Query<TicketQuery>,
) -> Result<Response, Trouble> {
    let Some(ticket) = query.ticket else {
        return Ok(Redirect::to("/").into_response());
    };
    let callback = gate.identity.proxies.then(|| gate.arguments.address("pgt"));
    let answer = gate
        .cas
        .validate(
            gate.identity.validation,
            &gate.service(),
            &ticket,
            callback.as_ref(),
        )
        .await?;
    let (session, cookie) = gate
        .sessions
        .begin(&ticket, &Person::from_answer(&answer))
        .await?;
    if let Some(receipt) = answer.pgt_iou {
        let granting = gate
            .receipts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&receipt);
        if let Some(granting) = granting {
            gate.granting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(session, granting);
        }
    }
    // The ticket leaves the address bar with this redirect.
    Ok((jar.add(cookie), Redirect::to("/")).into_response())
}

#[derive(Deserialize)]
struct LogoutNotice {
    #[serde(rename = "logoutRequest")]
    message: String,
}

/// The hub says that the session of a ticket has ended.
async fn notice(
    State(gate): State<Arc<Gate>>,
    Form(notice): Form<LogoutNotice>,
) -> Result<StatusCode, Trouble> {
    let ticket = logout_ticket(&notice.message)
        .ok_or(Trouble::BadInput("Ce n’est pas un avis de déconnexion."))?;
    if let Some(session) = gate.sessions.end_by_ticket(&ticket).await? {
        gate.forget(&session);
    }
    Ok(StatusCode::OK)
}

#[derive(Deserialize)]
struct GrantingQuery {
    #[serde(rename = "pgtId")]
    granting: Option<String>,
    #[serde(rename = "pgtIou")]
    receipt: Option<String>,
}

/// The hub hands over a proxy-granting ticket; it is of no use without the receipt that comes with
/// the validation.
async fn receive_granting(
    State(gate): State<Arc<Gate>>,
    Query(query): Query<GrantingQuery>,
) -> StatusCode {
    // The hub may look whether somebody is here before it says anything.
    if let (Some(granting), Some(receipt)) = (query.granting, query.receipt) {
        let mut receipts = gate.receipts.lock().unwrap_or_else(PoisonError::into_inner);
        if receipts.len() >= MOST_RECEIPTS {
            receipts.clear();
        }
        receipts.insert(receipt, granting);
    }
    StatusCode::OK
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
    end(&gate, &headers, &form).await?;
    let left = page::left(gate.frame_of_nobody());
    Ok((jar.add(gate.sessions.no_cookie()), left).into_response())
}

/// Leaves this service and the ENT.
async fn leave_ent(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<LogoutForm>,
) -> Result<Response, Trouble> {
    end(&gate, &headers, &form).await?;
    let address = gate
        .cas
        .logout_address(&gate.arguments.address("deconnecte"));
    Ok((
        jar.add(gate.sessions.no_cookie()),
        Redirect::to(address.as_str()),
    )
        .into_response())
}

/// Where the hub sends the browser back to after its own logout.
async fn signed_out(State(gate): State<Arc<Gate>>) -> Response {
    page::signed_out(gate.frame_of_nobody())
}

async fn end(gate: &Gate, headers: &HeaderMap, form: &LogoutForm) -> Result<(), Trouble> {
    let session = gate.form_session(headers, &form.csrf).await?;
    gate.forget(&session.id);
    Ok(gate.sessions.end(&session).await?)
}

//! The way in and out of a reference service: sign in through the hub, leave this service, leave
//! the ENT, be told by the hub that a session has ended.
//!
//! Owns the routes `/cas` (ticket in, logout notice), `/pgt` (proxy-granting tickets), `/logout`,
//! `/deconnecte`, `/style.css`, and the pages of what can go wrong. Never decides what a person may do inside.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use sqlx::SqlitePool;
use url::Url;

use super::cas_client::{CasClient, CasError, Validation, logout_ticket};
use super::person::Person;
use super::server::Arguments;
use super::sessions::{Session, Sessions};

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

/// What every page shows around its content.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Name of the service.
    pub service: &'static str,
    /// Address of the portal.
    pub portal: String,
    /// Name of the person, where one is signed in.
    pub person: Option<String>,
    /// Token for forms.
    pub csrf: String,
}

/// Why there is no page.
#[derive(Debug)]
pub enum Trouble {
    /// Nobody is signed in: off to the hub.
    SignIn(Url),
    /// Not for this person.
    Forbidden(&'static str),
    /// No such thing.
    NotFound,
    /// The form is not filled in as it should be.
    BadInput(&'static str),
    /// The ticket was refused or the hub does not answer.
    Hub(CasError),
    /// Our fault.
    Internal(String),
}

impl From<sqlx::Error> for Trouble {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<CasError> for Trouble {
    fn from(error: CasError) -> Self {
        Self::Hub(error)
    }
}

#[derive(Template)]
#[template(path = "message.html")]
struct MessagePage {
    frame: Frame,
    title: &'static str,
    text: String,
    again: bool,
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let (status, title, text, again) = match self {
            Self::SignIn(address) => return Redirect::to(address.as_str()).into_response(),
            Self::Forbidden(why) => (
                StatusCode::FORBIDDEN,
                "Accès réservé",
                why.to_owned(),
                false,
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "Page introuvable",
                "Cette page n’existe pas ou n’existe plus.".to_owned(),
                false,
            ),
            Self::BadInput(what) => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "Saisie incomplète",
                what.to_owned(),
                false,
            ),
            Self::Hub(CasError::Refused(_)) => {
                let text =
                    "Votre connexion a expiré ou a déjà servi. Recommencez pour entrer.".to_owned();
                (StatusCode::UNAUTHORIZED, "Connexion refusée", text, true)
            }
            Self::Hub(error) => {
                eprintln!("hub: {error}");
                let text = "L’ENT ne répond pas pour le moment. Réessayez dans quelques instants."
                    .to_owned();
                (StatusCode::BAD_GATEWAY, "ENT indisponible", text, true)
            }
            Self::Internal(error) => {
                eprintln!("internal: {error}");
                let text =
                    "Une erreur s’est produite de notre côté. Réessayez plus tard.".to_owned();
                (StatusCode::INTERNAL_SERVER_ERROR, "Erreur", text, true)
            }
        };
        let frame = Frame {
            service: "Service de l’ENT",
            portal: "/".to_owned(),
            person: None,
            csrf: String::new(),
        };
        (
            status,
            page(&MessagePage {
                frame,
                title,
                text,
                again,
            }),
        )
            .into_response()
    }
}

/// Renders a page.
pub fn page(template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            eprintln!("template: {error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
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
            .route("/deconnecte", get(signed_out))
            .route("/style.css", get(style))
            .fallback(async || Trouble::NotFound);
        if self.identity.proxies {
            router = router.route("/pgt", get(receive_granting));
        }
        router.with_state(Arc::clone(self))
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
        let session = self.session(headers).await?;
        if super::server::digest(csrf) == super::server::digest(&session.csrf) {
            Ok(session)
        } else {
            Err(Trouble::Forbidden(
                "Ce formulaire est périmé. Revenez en arrière, rechargez la page et recommencez.",
            ))
        }
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
    let frame = Frame {
        service: gate.identity.title,
        portal: gate.arguments.hub.to_string(),
        person: None,
        csrf: String::new(),
    };
    let text = "Vous avez quitté ce service. Vous restez connecté à l’ENT : sur un ordinateur partagé, déconnectez-vous aussi de l’ENT depuis le portail.";
    let left = page(&MessagePage {
        frame,
        title: "Service quitté",
        text: text.to_owned(),
        again: true,
    });
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
    let frame = Frame {
        service: gate.identity.title,
        portal: gate.arguments.hub.to_string(),
        person: None,
        csrf: String::new(),
    };
    let text = "Vous êtes déconnecté de l’ENT et de ses services.".to_owned();
    page(&MessagePage {
        frame,
        title: "Déconnexion",
        text,
        again: true,
    })
}

async fn end(gate: &Gate, headers: &HeaderMap, form: &LogoutForm) -> Result<(), Trouble> {
    let session = gate.form_session(headers, &form.csrf).await?;
    gate.forget(&session.id);
    Ok(gate.sessions.end(&session).await?)
}

async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("style.css"),
    )
}

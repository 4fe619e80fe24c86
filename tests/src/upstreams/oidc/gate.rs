//! The routes of a provider that browsers come to: requests for a login, choosing who to be, leaving
//! (OpenID Connect Core §3.1.2, RP-Initiated Logout). Owns when somebody is asked; what is wrong with a request
//! is said by `request`.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form as Fields, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use url::Url;

use super::client::{Client, Registration};
use super::endpoints;
use super::grants::{Grant, Grants};
use super::manner::{Citizen, Manner};
use super::request::{Asked, Refused, read};
use super::sign::Signer;
use crate::upstreams::arguments::Arguments;
use crate::upstreams::page;
use crate::upstreams::people::Region;
use crate::upstreams::visits::{Session, Visits};

/// Below the base address.
pub(super) const PREFIX: &str = "/api/v2";
/// Where people choose who to be.
const CHOOSE: &str = "/connexion";

/// The gate of one provider. Not `Debug`: it holds keys.
pub struct Gate {
    pub(super) manner: &'static Manner,
    pub(super) issuer: String,
    pub(super) client: Client,
    pub(super) signer: Signer,
    pub(super) grants: Grants,
    visits: Visits<Asked, ()>,
    people: Vec<Citizen>,
}

/// Runs a provider until the process is asked to end.
///
/// # Errors
/// Secret, certificates or port cannot be had.
pub async fn run(
    manner: &'static Manner,
    arguments: Arguments,
    registration: &Registration,
) -> io::Result<()> {
    let region = Region::demo(arguments.seed)?;
    let gate = Gate::new(manner, &arguments, registration, &region)?;
    arguments.serve(gate.router()).await
}

impl Gate {
    /// The gate of a provider that knows these people.
    ///
    /// # Errors
    /// A secret or an authority cannot be read, or nobody of the region has a part.
    pub fn new(
        manner: &'static Manner,
        arguments: &Arguments,
        registration: &Registration,
        region: &Region,
    ) -> io::Result<Arc<Self>> {
        let lifetime = manner.lifetimes.session;
        Ok(Arc::new(Self {
            manner,
            people: (manner.people)(region)?,
            issuer: arguments.address(PREFIX.trim_start_matches('/')),
            client: Client::new(registration, arguments, manner.id)?,
            signer: Signer::new()?,
            grants: Grants::default(),
            visits: Visits::new(manner.id, arguments.is_secure(), lifetime),
        }))
    }

    /// Its routes.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route(&format!("{PREFIX}/authorize"), get(by_query).post(by_form))
            .route(&format!("{PREFIX}/session/end"), get(leave))
            .route(CHOOSE, get(ask).post(chosen))
            .merge(endpoints::router())
            .merge(page::router(self.manner.sign))
            .with_state(Arc::clone(self))
    }

    pub(super) fn person(&self, id: &str) -> Option<&Citizen> {
        self.people.iter().find(|person| person.id == id)
    }

    fn proceed(&self, headers: &HeaderMap, pairs: &[(String, String)]) -> Response {
        let asked = match read(self.manner, &self.client, pairs) {
            Ok(asked) => asked,
            Err(Refused::Page(text, code)) => return self.manner.sign.refuse(&text, code),
            Err(Refused::Redirect(error, text, state)) => {
                return self.refused(error, &text, &state);
            }
        };
        let session = self.visits.of(headers).filter(|_| !asked.ask);
        match session {
            Some(session) => self.answer(asked, &session),
            None if asked.silent => {
                let text = "End-User authentication is required";
                self.refused("login_required", text, &asked.state)
            }
            None => match self.visits.wait(asked) {
                Ok(name) => page::away(&format!("{CHOOSE}?demande={name}")),
                Err(error) => self.manner.sign.fail(&error.to_string()),
            },
        }
    }

    fn answer(&self, asked: Asked, session: &Session<()>) -> Response {
        let state = asked.state.clone();
        let grant = Grant {
            person: session.person.clone(),
            since: session.since,
            scope: asked.scope,
            level: asked.level,
            nonce: asked.nonce,
            wants_methods: asked.wants_methods,
            challenge: asked.challenge,
        };
        match self.grants.code(grant, self.manner.lifetimes.code) {
            Ok(code) => self.back(&[("code", &code), ("state", &state)]),
            Err(error) => self.manner.sign.fail(&error.to_string()),
        }
    }

    fn refused(&self, error: &str, text: &str, state: &str) -> Response {
        eprintln!("refused: {error} {text}");
        self.back(&[
            ("error", error),
            ("error_description", text),
            ("state", state),
        ])
    }

    /// To the one address of the hub, saying who answers (RFC 9207).
    fn back(&self, pairs: &[(&str, &str)]) -> Response {
        let Ok(mut address) = Url::parse(&self.client.redirect) else {
            return self
                .manner
                .sign
                .fail("l’adresse de retour n’en est pas une");
        };
        address
            .query_pairs_mut()
            .extend_pairs(pairs)
            .append_pair("iss", &self.issuer);
        page::away(address.as_str())
    }
}

type Shared = State<Arc<Gate>>;

async fn by_query(
    State(gate): Shared,
    headers: HeaderMap,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Response {
    gate.proceed(&headers, &pairs)
}

async fn by_form(
    State(gate): Shared,
    headers: HeaderMap,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Response {
    gate.proceed(&headers, &pairs)
}

#[derive(Deserialize)]
struct Waiting {
    demande: String,
}

/// Who do you want to be?
async fn ask(State(gate): Shared, Query(waiting): Query<Waiting>) -> Response {
    if !gate.visits.waits(&waiting.demande) {
        return too_late(&gate);
    }
    let people = gate.people.iter().map(Citizen::choice).collect();
    gate.manner.sign.choose(CHOOSE, &waiting.demande, people)
}

#[derive(Deserialize)]
struct Chosen {
    demande: String,
    personne: String,
}

async fn chosen(State(gate): Shared, jar: CookieJar, Fields(chosen): Fields<Chosen>) -> Response {
    let Some(asked) = gate.visits.take(&chosen.demande) else {
        return too_late(&gate);
    };
    if gate.person(&chosen.personne).is_none() {
        return gate.refused("access_denied", "User auth aborted", &asked.state);
    }
    match gate.visits.open(&chosen.personne) {
        Ok((session, cookie)) => {
            let answer = gate.answer(asked, &session);
            (jar.add(cookie), answer).into_response()
        }
        Err(error) => gate.manner.sign.fail(&error.to_string()),
    }
}

fn too_late(gate: &Gate) -> Response {
    let text = "Cette demande a expiré ou a déjà servi. Recommencez depuis l’ENT.";
    gate.manner.sign.refuse(text, "")
}

#[derive(Deserialize)]
struct Leaving {
    id_token_hint: Option<String>,
    state: Option<String>,
    post_logout_redirect_uri: Option<String>,
}

/// Ends the session that an ID token is of, and goes back to the hub. A token that is too old will do.
async fn leave(
    State(gate): Shared,
    headers: HeaderMap,
    jar: CookieJar,
    Query(leaving): Query<Leaving>,
) -> Response {
    let sign = gate.manner.sign;
    if let Some(hint) = &leaving.id_token_hint {
        let claims = gate.signer.read(hint);
        let audience = claims.as_ref().and_then(|claims| claims.get("aud"));
        if audience.and_then(serde_json::Value::as_str) != Some(gate.client.id.as_str()) {
            let text = "Le id_token_hint n’est pas de ce fournisseur, ou est d’un autre client.";
            return sign.refuse(text, gate.manner.codes.logout);
        }
    }
    let wanted = leaving.post_logout_redirect_uri.as_deref();
    if wanted.is_some_and(|address| address != gate.client.signed_out) {
        let text = format!(
            "L’adresse après déconnexion n’est pas {}.",
            gate.client.signed_out
        );
        return sign.refuse(&text, gate.manner.codes.logout);
    }
    if let Some(session) = gate.visits.of(&headers) {
        gate.visits.end(&session.id);
    }
    let jar = jar.add(gate.visits.no_cookie());
    // Without the token nobody knows whose address it is.
    let address = wanted.filter(|_| leaving.id_token_hint.is_some());
    let Some(mut address) = address.and_then(|address| Url::parse(address).ok()) else {
        return (jar, sign.signed_out()).into_response();
    };
    if let Some(state) = &leaving.state {
        address.query_pairs_mut().append_pair("state", state);
    }
    (jar, page::away(address.as_str())).into_response()
}

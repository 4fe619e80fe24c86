//! The way in and out of a service by OpenID Connect: sign in through the hub, stay up to date, leave
//! this service, leave the ENT, be told by the hub that a session has ended.
//!
//! Owns the routes `/connexion`, `/callback`, `/logout`, `/logout/ent`, `/deconnecte`,
//! `/oidc/backchannel`, and where they are wanted `/deconnexion-frontale` and `/jwks.json`. Never decides
//! what a person may do inside.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use axum_extra::extract::CookieJar;
use openidconnect::RefreshToken;
use openidconnect::core::CoreRevocableToken;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::SqlitePool;

use super::credentials::Credentials;
use super::device::{DeviceCodes, Outcome};
use super::error::OidcError;
use super::grants::{Grant, Grants};
use super::login::Pending;
use super::relying_party::RelyingParty;
use crate::services::departures::Departures;
use crate::services::page::{self, Frame, Trouble};
use crate::services::server::{Arguments, now};
use crate::services::sessions::{Session, Sessions};

/// What a service is, for its gate.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    /// Its name at the hub, in the cookie and in messages of the process.
    pub id: &'static str,
    /// Its name on pages.
    pub title: &'static str,
    /// What it asks for beside `openid`.
    pub scopes: &'static [&'static str],
    /// Whether codes come in a form (`form_post`) rather than in the address.
    pub form_post: bool,
    /// Whether the hub may also end sessions through the browser.
    pub front_channel: bool,
}

/// The gate of one service. Not `Debug`: it holds what proves the service.
pub struct Gate {
    identity: Identity,
    arguments: Arguments,
    party: RelyingParty,
    sessions: Sessions,
    departures: Departures,
    grants: Grants,
    jwks: Option<Value>,
}

impl Gate {
    /// The gate of a service whose sessions are in `pool`.
    ///
    /// # Errors
    /// The database or the authority cannot be read.
    pub async fn new(
        identity: Identity,
        arguments: Arguments,
        credentials: &Credentials,
        pool: SqlitePool,
    ) -> io::Result<Arc<Self>> {
        let secure = arguments.base.scheme() == "https";
        let (id, posted) = (identity.id, identity.form_post);
        let party = RelyingParty::new(id, identity.scopes, posted, credentials, &arguments)?;
        let sessions = Sessions::new(pool.clone(), id, secure);
        let sessions = sessions.await.map_err(io::Error::other)?;
        let departures = Departures::new(pool.clone(), id, secure, posted);
        let departures = departures.await.map_err(io::Error::other)?;
        let grants = Grants::new(pool).await.map_err(io::Error::other)?;
        Ok(Arc::new(Self {
            identity,
            arguments,
            party,
            sessions,
            departures,
            grants,
            jwks: match credentials {
                Credentials::Secret(_) => None,
                Credentials::Key(key) => Some(key.jwks()),
            },
        }))
    }

    /// The gate's routes.
    pub fn router(self: &Arc<Self>) -> Router {
        let callback = if self.identity.form_post {
            post(entered_by_form)
        } else {
            get(entered)
        };
        let mut router = Router::new()
            .route("/connexion", get(sign_in))
            .route("/callback", callback)
            .route("/logout", post(leave_service))
            .route("/logout/ent", post(leave_ent))
            .route("/deconnecte", get(signed_out))
            .route("/oidc/backchannel", post(back_channel));
        if self.identity.front_channel {
            router = router.route("/deconnexion-frontale", get(front_channel));
        }
        if self.jwks.is_some() {
            router = router.route("/jwks.json", get(jwks));
        }
        router.with_state(Arc::clone(self)).merge(page::router())
    }

    /// The session of a request, or the way to one. What is known of the person is renewed at the hub
    /// when its access token ends, so that a right that was taken away is gone within minutes.
    ///
    /// # Errors
    /// Nobody is signed in, or the database fails.
    pub async fn session(self: &Arc<Self>, headers: &HeaderMap) -> Result<Session, Trouble> {
        let sign_in = || Trouble::SignIn(self.arguments.address("connexion"));
        let session = self.sessions.of(headers).await?.ok_or_else(sign_in)?;
        let stale = self.grants.take_stale(&session.id, now()).await?;
        let Some(grant) = stale else {
            return Ok(session);
        };
        // A task of its own: a browser that hangs up must not lose the tokens that are on their way.
        let gate = Arc::clone(self);
        let renewal = tokio::spawn(async move { gate.renew(session, grant).await });
        let renewed = renewal
            .await
            .map_err(|error| Trouble::Internal(error.to_string()))?;
        renewed?.ok_or_else(sign_in)
    }

    /// The session of a form that was sent, whose token must be the session's.
    ///
    /// # Errors
    /// As [`Gate::session`], or the token is another.
    pub async fn form_session(
        self: &Arc<Self>,
        headers: &HeaderMap,
        csrf: &str,
    ) -> Result<Session, Trouble> {
        self.session(headers).await?.allowing(csrf)
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

    /// What pages for nobody in particular show.
    #[must_use]
    pub fn frame_of_nobody(&self) -> Frame {
        Frame::of_nobody(self.identity.title, &self.arguments.hub)
    }

    /// Codes for a screen without a keyboard, for these scopes.
    ///
    /// # Errors
    /// The hub does not give any.
    pub async fn device_codes(&self, scopes: &[&str]) -> Result<DeviceCodes, OidcError> {
        self.party.device_codes(scopes).await
    }

    /// Waits until somebody has typed a code, or nobody will.
    ///
    /// # Errors
    /// The hub answers something else.
    pub async fn device_outcome(&self, codes: &DeviceCodes) -> Result<Outcome, OidcError> {
        self.party
            .device_outcome(codes, |pause: Duration| tokio::time::sleep(pause))
            .await
    }

    /// Fresh tokens and a fresh person for a session; `None` when the hub no longer knows it. Where the
    /// hub does not answer, what is known stands until the next attempt.
    async fn renew(&self, session: Session, grant: Grant) -> Result<Option<Session>, Trouble> {
        let renewed = match self.party.refresh(&grant).await {
            Ok(renewed) => renewed,
            Err(error) => return self.lapse(session, &error).await,
        };
        if !self.grants.renew(&session.id, &renewed.grant).await? {
            // The session has ended meanwhile: what came for it is nobody's.
            self.revoke(renewed.grant.refresh_token).await;
            return Ok(None);
        }
        match self.party.person(&renewed).await {
            Ok(person) => {
                self.sessions.rename(&session.id, &person).await?;
                Ok(Some(Session { person, ..session }))
            }
            Err(error) => self.lapse(session, &error).await,
        }
    }

    async fn lapse(&self, session: Session, error: &OidcError) -> Result<Option<Session>, Trouble> {
        eprintln!("renewal: {error}");
        match error {
            OidcError::Hub(_) => Ok(Some(session)),
            OidcError::Refused(_) => {
                self.sessions.end(&session).await?;
                Ok(None)
            }
        }
    }

    /// Takes refresh tokens back whose session is over here.
    async fn revoke(&self, refresh_tokens: impl IntoIterator<Item = String>) {
        for token in refresh_tokens {
            let token = CoreRevocableToken::RefreshToken(RefreshToken::new(token));
            if let Err(error) = self.party.revoke(token).await {
                eprintln!("revocation: {error}");
            }
        }
    }

    fn revoke_later(self: &Arc<Self>, refresh_tokens: Vec<String>) {
        let gate = Arc::clone(self);
        tokio::spawn(async move { gate.revoke(refresh_tokens).await });
    }

    /// Ends the session of a form; gives what it had been given.
    async fn end(
        self: &Arc<Self>,
        headers: &HeaderMap,
        csrf: &str,
    ) -> Result<Option<Grant>, Trouble> {
        // Not renewed for this: whoever leaves needs no fresh claims.
        let session = self.sessions.of(headers).await?;
        let session = session.ok_or_else(|| Trouble::SignIn(self.arguments.address("")))?;
        let session = session.allowing(csrf)?;
        let grant = self.grants.of(&session.id).await?;
        self.sessions.end(&session).await?;
        let refresh_token = grant.as_ref().and_then(|grant| grant.refresh_token.clone());
        self.revoke_later(refresh_token.into_iter().collect());
        Ok(grant)
    }
}

/// Off to the hub.
async fn sign_in(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<Response, Trouble> {
    let pending = Pending::new()?;
    let (state, cookie) = gate.departures.begin(&headers, &pending).await?;
    let address = gate.party.login_address(&pending, state).await?;
    Ok((jar.add(cookie), Redirect::to(address.as_str())).into_response())
}

/// What comes back (RFC 6749 §4.1.2, RFC 9207 §2).
#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

async fn entered(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    jar: CookieJar,
    Query(answer): Query<Answer>,
) -> Result<Response, Trouble> {
    enter(&gate, &headers, jar, answer).await
}

async fn entered_by_form(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(answer): Form<Answer>,
) -> Result<Response, Trouble> {
    enter(&gate, &headers, jar, answer).await
}

/// The browser comes back from the hub.
async fn enter(
    gate: &Arc<Gate>,
    headers: &HeaderMap,
    jar: CookieJar,
    answer: Answer,
) -> Result<Response, Trouble> {
    let refused = |why: &str| Trouble::Refused(why.to_owned());
    let state = answer.state.ok_or_else(|| refused("no state"))?;
    let pending: Option<Pending> = gate.departures.take(headers, &state).await?;
    let pending = pending.ok_or_else(|| refused("no such login in this browser"))?;
    if answer.iss.as_deref() != Some(gate.party.discovery.issuer()) {
        return Err(refused("the answer is another issuer's"));
    }
    match answer.error.as_deref() {
        None => {}
        Some("access_denied") => {
            return Err(Trouble::Forbidden(
                "L’ENT ne vous ouvre pas ce service, ou vous avez refusé de lui transmettre vos informations.",
            ));
        }
        Some(error) => return Err(Trouble::Refused(format!("the hub says {error}"))),
    }
    let code = answer.code.ok_or_else(|| refused("no code"))?;
    let checked = gate.party.redeem(&code, pending).await?;
    let person = gate.party.person(&checked).await?;
    // Whoever was signed in here before is not any more (SES-06).
    if let Some(before) = gate.sessions.of(headers).await? {
        let grant = gate.grants.of(&before.id).await?;
        gate.sessions.end(&before).await?;
        let refresh_token = grant.and_then(|grant| grant.refresh_token);
        gate.revoke_later(refresh_token.into_iter().collect());
    }
    let (session, cookie) = gate.sessions.begin(&code, &person).await?;
    gate.grants.keep(&session, &checked.grant).await?;
    // The code leaves the address bar with this redirect.
    Ok((jar.add(cookie), Redirect::to("/")).into_response())
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

/// Leaves this service and the ENT (OIDC RP-Initiated Logout).
async fn leave_ent(
    State(gate): State<Arc<Gate>>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<LogoutForm>,
) -> Result<Response, Trouble> {
    let grant = gate.end(&headers, &form.csrf).await?;
    let grant = grant.ok_or_else(|| Trouble::Internal("a session without a grant".to_owned()))?;
    let after = gate.arguments.address("deconnecte");
    let address = gate.party.logout_address(&grant, after).await?;
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

#[derive(Deserialize)]
struct BackChannel {
    logout_token: String,
}

/// The hub says that a session has ended (OIDC Back-Channel Logout §2.5, §2.8).
async fn back_channel(
    State(gate): State<Arc<Gate>>,
    Form(form): Form<BackChannel>,
) -> Result<Response, Trouble> {
    let bad_request = |why: &str| {
        eprintln!("logout refused: {why}");
        let body = json!({ "error": "invalid_request", "error_description": why });
        Ok((StatusCode::BAD_REQUEST, Json(body)).into_response())
    };
    let notice = match gate.party.logout_notice(&form.logout_token).await {
        Ok(notice) => notice,
        Err(OidcError::Refused(why)) => return bad_request(&why),
        Err(error) => return Err(error.into()),
    };
    match gate.grants.end_by_notice(&notice, now()).await? {
        None => bad_request("logout token: it was used before"),
        Some(ended) => {
            gate.revoke_later(ended.refresh_tokens);
            Ok(StatusCode::OK.into_response())
        }
    }
}

#[derive(Deserialize)]
struct FrontChannel {
    iss: Option<String>,
    sid: Option<String>,
}

/// The hub shows this page in a frame when a session has ended (OIDC Front-Channel Logout §2). Other
/// sites' cookies may not come along into a frame: the session is found by its name at the hub, which
/// no stranger knows, and not by the browser.
async fn front_channel(
    State(gate): State<Arc<Gate>>,
    jar: CookieJar,
    Query(query): Query<FrontChannel>,
) -> Result<Response, Trouble> {
    let (Some(issuer), Some(sid)) = (query.iss, query.sid) else {
        return Err(Trouble::BadInput("Ce n’est pas un avis de déconnexion."));
    };
    let mut jar = jar;
    if issuer == gate.party.discovery.issuer() {
        let ended = gate.grants.end_by_sid(&sid).await?;
        gate.revoke_later(ended.refresh_tokens);
        if ended.sessions > 0 {
            jar = jar.add(gate.sessions.no_cookie());
        }
    }
    let framed = format!(
        "default-src 'none'; frame-ancestors {}",
        gate.arguments.hub.origin().ascii_serialization()
    );
    let framed =
        HeaderValue::try_from(framed).map_err(|error| Trouble::Internal(error.to_string()))?;
    let nothing = "<!doctype html><html lang=\"fr\"><title>Déconnexion</title></html>";
    Ok((
        [(header::CONTENT_SECURITY_POLICY, framed)],
        jar,
        Html(nothing),
    )
        .into_response())
}

/// The public key by which the hub knows this service.
async fn jwks(State(gate): State<Arc<Gate>>) -> Response {
    Json(gate.jwks.clone()).into_response()
}

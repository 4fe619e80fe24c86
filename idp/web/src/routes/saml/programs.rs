//! What programs post (SAML Bindings §3.2): an artifact to resolve, a logout, a login (ECP). Answered in
//! envelopes; what cannot be answered is a fault, with the reference that the log has.

use axum::extract::{Request, State};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clau_engine::saml::Refused;
use clau_engine::saml::ecp::EcpAnswer;
use clau_saml::binding::{Received, Role, fault};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::came::Came;
use crate::app::App;
use crate::http::answer;
use crate::http::entry::Visit;

const XML: &str = "text/xml; charset=utf-8";
const CHALLENGE: HeaderValue = HeaderValue::from_static("Basic realm=\"Clau\", charset=\"UTF-8\"");

/// `/saml/artifact`: the artifact resolution service (SAML Bindings §3.6.5).
pub(super) async fn artifact(State(app): State<App>, visit: Visit, request: Request) -> Response {
    let Ok(Came::Envelope(bytes)) = Came::read(request).await else {
        return said(
            false,
            &format!("an envelope is expected ({})", visit.reference),
        );
    };
    let received = Received::from_soap(bytes, Role::Request);
    match app.hub().saml_resolve(&visit.cx(&app), &received).await {
        Ok(envelope) => answer::text(StatusCode::OK, XML, envelope),
        Err(refused) => refusal(&visit, &refused),
    }
}

/// `/saml/slo` by a program.
pub(super) async fn log_out(app: &App, visit: &Visit, bytes: Vec<u8>) -> Response {
    let received = Received::from_soap(bytes, Role::Request);
    match app.hub().saml_slo_program(&visit.cx(app), &received).await {
        Ok(envelope) => answer::text(StatusCode::OK, XML, envelope),
        Err(refused) => refusal(visit, &refused),
    }
}

/// `/saml/sso` by a program, with login and password (RFC 7617).
pub(super) async fn sign_in(
    app: &App,
    visit: &Visit,
    headers: &HeaderMap,
    bytes: Vec<u8>,
) -> Response {
    let received = Received::from_soap(bytes, Role::Request);
    let typed = basic(headers);
    let typed = typed
        .as_ref()
        .map(|(name, word)| (name.as_str(), word.as_str()));
    let outcome = app.hub().saml_ecp(&visit.cx(app), &received, typed).await;
    match outcome {
        Ok(EcpAnswer::Envelope(envelope)) => answer::text(StatusCode::OK, XML, envelope),
        Ok(EcpAnswer::Credentials) => {
            let text = String::from("login and password are expected\n");
            let mut response = answer::text(StatusCode::UNAUTHORIZED, "text/plain", text);
            response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
            response
        }
        Ok(EcpAnswer::Wait(wait)) => {
            let text = String::from("too many have tried: come back later\n");
            let mut response = answer::text(StatusCode::TOO_MANY_REQUESTS, "text/plain", text);
            answer::retry_after(response.headers_mut(), wait.as_secs());
            response
        }
        Err(refused) => refusal(visit, &refused),
    }
}

/// Login and password of a request; none where there are none, or something that is neither.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(token.trim()).ok()?).ok()?;
    let (name, word) = pair.split_once(':')?;
    Some((name.to_owned(), word.to_owned()))
}

fn refusal(visit: &Visit, refused: &Refused) -> Response {
    let (theirs, text) = match refused {
        Refused::Hub(_) => (false, "the hub cannot answer at the moment".to_owned()),
        refused => (true, refused.to_string()),
    };
    tracing::warn!(
        event = "saml.program_refused",
        reference = %visit.reference,
        cause = %refused,
        "a program's message is not acted on"
    );
    said(theirs, &format!("{text} ({})", visit.reference))
}

/// A fault (SOAP 1.1 §6.2: status 500, whoever's it is).
fn said(theirs: bool, text: &str) -> Response {
    answer::text(StatusCode::INTERNAL_SERVER_ERROR, XML, fault(theirs, text))
}

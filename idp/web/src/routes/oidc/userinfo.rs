//! `/oidc/userinfo` (OIDC Core §5.3): the access token comes in the `Authorization` header, or in the body
//! of a form; never in the address (RFC 6750 §2, RFC 9700 §4.3.2).

use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::response::Response;
use clau_engine::oidc::Failure;
use clau_engine::oidc::resource::{Scheme, UserInfo};
use clau_oidc::error::{ErrorCode, OauthError};
use http::header::WWW_AUTHENTICATE;
use http::{HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::request::{Headers, form};
use super::{challenge, json};
use crate::app::App;
use crate::http::answer;
use crate::http::entry::Visit;

/// The endpoint.
pub(super) async fn show(State(app): State<App>, visit: Visit, request: Request) -> Response {
    let by_dpop = request.headers().contains_key("dpop");
    let fail = |error: OauthError| challenge(&visit, &Failure::Oauth(error), by_dpop);
    let path = request.uri().path();
    let headers = match Headers::read(request.headers(), request.method(), path) {
        Ok(headers) => headers,
        Err(error) => return fail(error),
    };
    let token = match token(&headers, request).await {
        Ok(Some(token)) => token,
        // RFC 6750 §3.1: who brings nothing is told how, and no error.
        Ok(None) => return ask(),
        Err(error) => return fail(error),
    };
    let scheme = token.1;
    let cx = visit.cx(&app);
    let outcome = app
        .hub()
        .oidc_userinfo(&cx, headers.presented(), (&token.0, scheme))
        .await;
    match outcome {
        Ok(UserInfo::Plain(claims)) => json(StatusCode::OK, &Value::Object(claims)),
        Ok(UserInfo::Signed(token)) => answer::text(StatusCode::OK, "application/jwt", token),
        Err(failure) => challenge(&visit, &failure, scheme == Scheme::Dpop),
    }
}

async fn token(
    headers: &Headers,
    request: Request,
) -> Result<Option<(String, Scheme)>, OauthError> {
    // Who brings the token in the header may post nothing at all.
    let has_body = !request.body().is_end_stream();
    let in_body = if request.method() == Method::POST && has_body {
        let fields = form(request).await?;
        let mut tokens = fields.iter().filter(|(name, _)| name == "access_token");
        let first = tokens.next().map(|(_, token)| token.clone());
        if tokens.next().is_some() {
            return Err(OauthError::invalid_request(
                "a parameter is given more than once",
            ));
        }
        first
    } else {
        None
    };
    match (&headers.authorization, in_body) {
        (Some(_), Some(_)) => Err(OauthError::invalid_request(
            "the access token comes in two ways",
        )),
        (None, in_body) => Ok(in_body.map(|token| (token, Scheme::Bearer))),
        (Some(header), None) => {
            let bad = || OauthError::new(ErrorCode::InvalidToken, "no access token came");
            let (scheme, token) = header.split_once(' ').ok_or_else(bad)?;
            let scheme = match scheme.to_ascii_lowercase().as_str() {
                "bearer" => Scheme::Bearer,
                "dpop" => Scheme::Dpop,
                _ => return Err(bad()),
            };
            Ok(Some((token.trim().to_owned(), scheme)))
        }
    }
}

fn ask() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    let headers = response.headers_mut();
    headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("DPoP"));
    response
}

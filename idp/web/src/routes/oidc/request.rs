//! What programs send: a form of bounded length, and the headers by which they prove themselves. A header
//! that comes twice is refused: two programs would read two different ones (OIDC-03).

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::response::{IntoResponse, Response};
use clau_domain::language::Language;
use clau_engine::oidc::Failure;
use clau_engine::oidc::authenticate::Presented;
use clau_oidc::error::{ErrorCode, OauthError};
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Method};

use crate::app::App;
use crate::http::entry::Visit;
use crate::http::fields::Fields;
use crate::http::posted::{LONGEST_FORM, body};

const DPOP: HeaderName = HeaderName::from_static("dpop");

/// A request of a program.
pub(super) struct Program {
    pub(super) visit: Visit,
    pub(super) headers: Headers,
    pub(super) parameters: Vec<(String, String)>,
}

/// The headers that prove who sends a request.
pub(super) struct Headers {
    pub(super) authorization: Option<String>,
    dpop: Option<String>,
    method: Method,
    path: String,
}

impl Headers {
    /// Reads them.
    pub(super) fn read(
        headers: &HeaderMap,
        method: &Method,
        path: &str,
    ) -> Result<Self, OauthError> {
        Ok(Self {
            authorization: one(headers, &AUTHORIZATION)
                .map_err(|()| OauthError::invalid_request("more than one Authorization header"))?,
            dpop: one(headers, &DPOP).map_err(|()| {
                OauthError::new(ErrorCode::InvalidDpopProof, "more than one DPoP header")
            })?,
            method: method.clone(),
            path: path.to_owned(),
        })
    }

    /// As the engine wants them.
    pub(super) fn presented(&self) -> Presented<'_> {
        Presented {
            authorization: self.authorization.as_deref(),
            dpop: self.dpop.as_deref(),
            method: self.method.as_str(),
            endpoint: &self.path,
        }
    }
}

impl FromRequest<App> for Program {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let used_header = parts.headers.contains_key(AUTHORIZATION);
        match read(Request::from_parts(parts, body)).await {
            Ok((headers, parameters)) => Ok(Self {
                visit,
                headers,
                parameters,
            }),
            Err(error) => Err(super::refusal(&visit, &Failure::Oauth(error), used_header)),
        }
    }
}

async fn read(request: Request) -> Result<(Headers, Vec<(String, String)>), OauthError> {
    let headers = Headers::read(request.headers(), request.method(), request.uri().path())?;
    // Parameters in the address would end up in logs, and could contradict the body (OIDC-03).
    if request.uri().query().is_some_and(|query| !query.is_empty()) {
        return Err(OauthError::invalid_request(
            "parameters belong into the body and not into the address",
        ));
    }
    Ok((headers, form(request).await?))
}

/// A form that a program posts.
pub(super) async fn form(request: Request) -> Result<Vec<(String, String)>, OauthError> {
    let media_type = request.headers().get(CONTENT_TYPE);
    let media_type = media_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(OauthError::invalid_request(
            "the body must be application/x-www-form-urlencoded",
        ));
    }
    let unreadable = || OauthError::invalid_request("the body is too long or cannot be read");
    let body = body(request, LONGEST_FORM)
        .await
        .map_err(|_| unreadable())?;
    let text = std::str::from_utf8(&body).map_err(|_| unreadable())?;
    let fields = Fields::parse(text).map_err(|_| unreadable())?;
    Ok(fields.pairs().to_vec())
}

/// The first language of a wish (`ui_locales`: BCP 47 tags, the best first) that the hub speaks.
pub(crate) fn wished_language(fields: &Fields) -> Option<Language> {
    let mut tags = fields.text("ui_locales").ok()?.split(' ');
    tags.find_map(|tag| tag.split('-').next()?.to_ascii_lowercase().parse().ok())
}

fn one(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, ()> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(());
    }
    match first.map(|value| value.to_str()) {
        None => Ok(None),
        Some(Ok(text)) => Ok(Some(text.to_owned())),
        Some(Err(_)) => Err(()),
    }
}

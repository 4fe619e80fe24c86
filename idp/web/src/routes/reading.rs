//! Pages and files for anybody: charter, accessibility statement, static files, the addresses that
//! programs look for under `/.well-known/`.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode, Uri};

use super::member::Member;
use crate::app::App;
use crate::assets;
use crate::error::Failed;
use crate::http::answer;
use crate::http::entry::Visit;
use crate::pages::Frame;
use crate::pages::problem::Problem;
use crate::pages::reading::{AccessibilityPage, CharterPage};

/// How long `security.txt` says that it can be believed (RFC 9116 §2.5.5: less than a year).
const SECURITY_LIFE: Duration = Duration::from_secs(180 * 24 * 3600);

/// The charter.
pub(crate) async fn charter(State(app): State<App>, visit: Visit) -> Result<Response, Failed> {
    let version = app.hub().settings().charter_version.clone();
    let page = CharterPage {
        frame: frame(&app, visit).await,
        version,
    };
    answer::page(StatusCode::OK, &page, None)
}

/// The accessibility statement.
pub(crate) async fn accessibility(
    State(app): State<App>,
    visit: Visit,
) -> Result<Response, Failed> {
    answer::page(
        StatusCode::OK,
        &AccessibilityPage {
            frame: frame(&app, visit).await,
        },
        None,
    )
}

/// With the name of whoever is signed in, as far as that can be told: these pages are there even when
/// the stores are not.
async fn frame(app: &App, visit: Visit) -> Frame {
    let cx = visit.cx(app);
    match app.hub().signed_in(&cx, visit.jar.session.as_deref()).await {
        Ok(Some(signed_in)) => Member { visit, signed_in }.frame(app),
        Ok(None) | Err(_) => visit.frame(app),
    }
}

/// A static file: kept for ever by browsers, because its address changes with it.
pub(crate) async fn asset(uri: Uri) -> Result<Response, Failed> {
    let asset = assets::at(uri.path()).ok_or(Problem::NotFound)?;
    let mut response = Response::new(Body::from(asset.content));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.media_type));
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    Ok(response)
}

/// Whom to tell of a weakness (RFC 9116).
pub(crate) async fn security(State(app): State<App>, visit: Visit) -> Result<Response, Failed> {
    let contact = visit.frame(&app).help().ok_or(Problem::NotFound)?;
    let base = &app.hub().settings().base_url;
    let text = format!(
        "Contact: {contact}\nExpires: {}\nPreferred-Languages: fr, oc, en\nCanonical: {base}/.well-known/security.txt\n",
        (visit.now + SECURITY_LIFE).rfc3339()
    );
    Ok(answer::text(
        StatusCode::OK,
        "text/plain; charset=utf-8",
        text,
    ))
}

/// Where password managers find the page that changes the password.
pub(crate) async fn change_password() -> Response {
    answer::redirect("/account/password")
}

/// Nothing here is for search engines.
pub(crate) async fn robots() -> Response {
    let text = "User-agent: *\nDisallow: /\n".to_owned();
    answer::text(StatusCode::OK, "text/plain; charset=utf-8", text)
}

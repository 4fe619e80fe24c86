//! Forms. A form cannot be read without proof that it comes from a page of ours in this very browser
//! (SES-09): where the browser says it comes from, and a token that is bound to a cookie.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ORIGIN};
use http::{HeaderMap, HeaderName};

use super::fields::Fields;
use crate::app::App;
use crate::error::Failed;
use crate::pages::problem::Problem;

/// Longest form, in bytes (AVL-02).
pub const LONGEST_FORM: usize = 16 * 1024;
/// Longest time that a form may take to arrive (AVL-01).
const PATIENCE: Duration = Duration::from_secs(10);
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A form that has arrived from the right place, still closed.
#[derive(Debug)]
pub struct Posted(Fields);

impl Posted {
    /// Opens the form with the cookie that its page was bound to: the session's on pages of somebody
    /// signed in, the browser's on the pages of a login.
    ///
    /// # Errors
    /// [`Problem::Cookies`] without the cookie, [`Problem::FormRefused`] when the token is not its.
    pub fn open(self, app: &App, cookie: Option<&str>) -> Result<Fields, Problem> {
        let token = self.0.text("csrf")?;
        let cookie = cookie.ok_or(Problem::Cookies)?;
        if app.hub().form_token_holds(cookie, token) {
            Ok(self.0)
        } else {
            Err(Problem::FormRefused)
        }
    }
}

impl Posted {
    /// A form that was read and found to come from the right place.
    pub(crate) fn of(fields: Fields) -> Self {
        Self(fields)
    }

    /// Where the form's page says that it began: readable without the token, for a link on the page
    /// of a refusal.
    pub fn way_back(&self) -> &str {
        self.0.text("back").unwrap_or_default()
    }
}

impl FromRequest<App> for Posted {
    type Rejection = Failed;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failed> {
        from_our_page(request.headers(), &app.base().origin)?;
        let media_type = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        let media_type = media_type
            .unwrap_or_default()
            .split(';')
            .next()
            .unwrap_or_default();
        if !media_type
            .trim()
            .eq_ignore_ascii_case("application/x-www-form-urlencoded")
        {
            return Err(Problem::BadRequest.into());
        }
        let body = body(request, LONGEST_FORM).await?;
        let text = std::str::from_utf8(&body).map_err(|_| Problem::BadRequest)?;
        Ok(Self(Fields::parse(text)?))
    }
}

/// A body of bounded length and duration.
pub(crate) async fn body(request: Request, longest: usize) -> Result<Bytes, Problem> {
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok());
    if announced
        .and_then(|text| text.parse::<usize>().ok())
        .is_some_and(|length| length > longest)
    {
        return Err(Problem::TooLarge);
    }
    let body = axum::body::to_bytes(request.into_body(), longest);
    match tokio::time::timeout(PATIENCE, body).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(_)) => Err(Problem::TooLarge),
        Err(_) => Err(Problem::BadRequest),
    }
}

/// Whether the browser says that the form was sent by a page of ours. `Sec-Fetch-Site` cannot be
/// forged by a page; where a browser has it, it decides. Older ones send `Origin`. What sends neither
/// is no browser of this century, and the token remains.
pub(crate) fn from_our_page(headers: &HeaderMap, origin: &str) -> Result<(), Problem> {
    let site = headers
        .get(SEC_FETCH_SITE)
        .map(|value| value.to_str().unwrap_or("?"));
    let from = headers
        .get(ORIGIN)
        .map(|value| value.to_str().unwrap_or("?"));
    let good = match (site, from) {
        // Some privacy settings blank the origin; the site is the browser's own word.
        (Some("same-origin"), from) => from.is_none_or(|from| from == origin || from == "null"),
        (Some(_), _) => false,
        (None, Some(from)) => from.eq_ignore_ascii_case(origin),
        (None, None) => true,
    };
    if good {
        Ok(())
    } else {
        Err(Problem::FormRefused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ses_09_forms_of_other_sites_are_refused() {
        let ours = "https://ent.example.fr";
        for (site, origin, good) in [
            (Some("same-origin"), Some(ours), true),
            (Some("same-origin"), Some("null"), true),
            (Some("same-origin"), None, true),
            (Some("same-origin"), Some("https://evil.example"), false),
            (Some("cross-site"), Some(ours), false),
            (Some("same-site"), Some("https://other.example.fr"), false),
            (Some("none"), None, false),
            (None, Some(ours), true),
            (None, Some("https://ENT.example.fr"), true),
            (None, Some("null"), false),
            (None, Some("http://ent.example.fr"), false),
            (None, Some("https://ent.example.fr.evil.example"), false),
            (None, None, true),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert(SEC_FETCH_SITE, site.parse().expect("a header"));
            }
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().expect("a header"));
            }
            assert_eq!(
                from_our_page(&headers, ours).is_ok(),
                good,
                "{site:?} {origin:?}"
            );
        }
    }
}

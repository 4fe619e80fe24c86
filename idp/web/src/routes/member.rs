//! Somebody who is signed in. Handlers that ask for a [`Member`] are reached by nobody else: everybody
//! else is sent to the login page.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use clau_domain::url::LocalPath;
use clau_engine::session::SignedIn;
use http::request::Parts;

use crate::app::App;
use crate::error::Failed;
use crate::http::answer;
use crate::http::entry::Visit;
use crate::pages::{Frame, percent};

/// A request of somebody signed in.
#[derive(Debug)]
pub(crate) struct Member {
    /// The request.
    pub(crate) visit: Visit,
    /// Session and person.
    pub(crate) signed_in: SignedIn,
}

impl Member {
    /// Whoever sends a request, if they are signed in: for handlers that have something for others too.
    pub(crate) async fn of(app: &App, visit: Visit) -> Result<Option<Self>, Failed> {
        let cx = visit.cx(app);
        match app.hub().signed_in(&cx, visit.jar.session.as_deref()).await {
            Ok(signed_in) => Ok(signed_in.map(|signed_in| Self { visit, signed_in })),
            Err(error) => Err(Failed::from(error).retry(&visit.here)),
        }
    }

    /// What a page has around it, with the person's name and a token for its forms.
    pub(crate) fn frame(&self, app: &App) -> Frame {
        let token = self
            .visit
            .jar
            .session
            .as_deref()
            .map(|cookie| app.hub().form_token(cookie));
        Frame {
            person: Some(self.signed_in.person.names.display()),
            token: token.unwrap_or_default(),
            ..self.visit.frame(app)
        }
    }

    /// The cookie to which this member's forms are bound.
    pub(crate) fn binding(&self) -> Option<&str> {
        self.visit.jar.session.as_deref()
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let here = visit.here.clone();
        match Self::of(app, visit).await {
            Ok(Some(member)) => Ok(member),
            Ok(None) => Err(to_login(&here)),
            Err(failed) => Err(failed.into_response()),
        }
    }
}

/// To the login page, and from there on to where the person wanted to go.
pub(crate) fn to_login(here: &str) -> Response {
    if here == "/" {
        return answer::redirect("/login");
    }
    answer::redirect(&format!("/login?to={}", percent(here)))
}

/// A way back that a request names; the portal when it leads anywhere else (WEB-03).
pub(crate) fn way_back(text: &str) -> LocalPath {
    LocalPath::parse(text).unwrap_or_default()
}

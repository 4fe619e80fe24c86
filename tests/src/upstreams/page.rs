//! The pages of a simulator: choose who to be, go on to the hub, why not, and signed out. Each says that it
//! is a simulator. Never decides who may be chosen.

use askama::Template;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Router, response::Html};
use url::Url;

use crate::services::page::{self, Frame};

/// What a simulator is, on its pages.
#[derive(Debug, Clone, Copy)]
pub struct Sign {
    /// Its name: «ÉduConnect (simulateur)».
    pub title: &'static str,
    /// Whom it stands for, in a sentence.
    pub about: &'static str,
}

/// Somebody who can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub id: String,
    /// Who it is.
    pub name: String,
    /// What this person shows.
    pub about: String,
}

#[derive(Template)]
#[template(path = "upstream_login.html")]
struct LoginPage<'a> {
    frame: Frame,
    about: &'a str,
    action: &'a str,
    request: &'a str,
    people: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "upstream_post.html")]
struct PostPage<'a> {
    frame: Frame,
    action: &'a str,
    fields: &'a [(&'static str, String)],
}

#[derive(Template)]
#[template(path = "upstream_message.html")]
struct MessagePage<'a> {
    frame: Frame,
    title: &'a str,
    text: &'a str,
    code: &'a str,
    /// Where a button leads, and what it says.
    button: Option<(&'a str, &'a str)>,
}

impl Sign {
    fn frame(&self) -> Frame {
        Frame {
            service: self.title,
            portal: "/".to_owned(),
            person: None,
            csrf: String::new(),
        }
    }

    /// Who do you want to be? `request` is what waits for the answer, which goes to `action`.
    #[must_use]
    pub fn choose(&self, action: &str, request: &str, people: Vec<Choice>) -> Response {
        page::page(&LoginPage {
            frame: self.frame(),
            about: self.about,
            action,
            request,
            people,
        })
    }

    /// A form that posts itself.
    #[must_use]
    pub fn post(&self, action: &str, fields: &[(&'static str, String)]) -> Response {
        let frame = self.frame();
        let mut answer = page::page(&PostPage {
            frame,
            action,
            fields,
        });
        // To the one address that it is for, by the one script that there is.
        let to = Url::parse(action).map(|url| url.origin().ascii_serialization());
        let policy = format!(
            "default-src 'none'; style-src 'self'; script-src 'self'; form-action {}; base-uri 'none'; frame-ancestors 'none'",
            to.unwrap_or_else(|_| "'none'".to_owned())
        );
        if let Ok(policy) = HeaderValue::try_from(policy) {
            answer
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        answer
    }

    /// Why a request is not answered: in words, and by the code that the true one shows, if it has any.
    #[must_use]
    pub fn refuse(&self, text: &str, code: &str) -> Response {
        eprintln!("refused: {code} {text}");
        let message = MessagePage {
            frame: self.frame(),
            title: "Demande refusée",
            text,
            code,
            button: None,
        };
        (StatusCode::BAD_REQUEST, page::page(&message)).into_response()
    }

    /// It cannot be done now, and it is not the hub's fault in what it asked.
    #[must_use]
    pub fn fail(&self, text: &str) -> Response {
        eprintln!("failed: {text}");
        let message = MessagePage {
            frame: self.frame(),
            title: "Impossible pour le moment",
            text,
            code: "",
            button: None,
        };
        (StatusCode::BAD_GATEWAY, page::page(&message)).into_response()
    }

    /// Nobody is signed in here any more.
    #[must_use]
    pub fn signed_out(&self) -> Response {
        page::page(&MessagePage {
            frame: self.frame(),
            title: "Déconnexion",
            text: "Vous êtes déconnecté de ce simulateur.",
            code: "",
            button: None,
        })
    }

    /// Do you want to leave? The button posts to `action`.
    #[must_use]
    pub fn ask_to_leave(&self, action: &str) -> Response {
        page::page(&MessagePage {
            frame: self.frame(),
            title: "Déconnexion",
            text: "Vous êtes connecté à ce simulateur. Les services ouverts par lui en seront prévenus.",
            code: "",
            button: Some((action, "Se déconnecter")),
        })
    }

    /// What the simulator is, for whoever opens its first page.
    #[must_use]
    pub fn home(&self) -> Response {
        page::page(&MessagePage {
            frame: self.frame(),
            title: self.title,
            text: self.about,
            code: "",
            button: None,
        })
    }
}

/// Away to another address; what was posted is not posted again.
#[must_use]
pub fn away(address: &str) -> Response {
    let mut answer = Redirect::to(address).into_response();
    answer.headers_mut().insert(
        HeaderName::from_static("cache-control"),
        HeaderValue::from_static("no-store"),
    );
    answer
}

/// What every simulator has: style, the script of [`Sign::post`], a first page.
pub fn router<S: Clone + Send + Sync + 'static>(sign: Sign) -> Router<S> {
    Router::new()
        .route("/", get(move || async move { sign.home() }))
        .route(
            "/style.css",
            get(|| async {
                let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8")];
                (kind, include_str!("../services/style.css"))
            }),
        )
        .route(
            "/envoyer.js",
            get(|| async {
                let kind = [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")];
                (kind, "document.forms[0].submit();\n")
            }),
        )
        .fallback(|| async { (StatusCode::NOT_FOUND, Html("Page introuvable")) })
}

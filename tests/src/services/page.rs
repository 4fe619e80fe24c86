//! Pages of a service: what stands around their content, and what is shown in place of one.
//!
//! Owns `/style.css` and the pages of what can go wrong. Never decides what a person may do inside.

use std::io;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use url::Url;

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

impl Frame {
    /// The frame of pages for nobody in particular.
    #[must_use]
    pub fn of_nobody(service: &'static str, portal: &Url) -> Self {
        Self {
            service,
            portal: portal.to_string(),
            person: None,
            csrf: String::new(),
        }
    }
}

/// What is wrong with a form, and at which field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Problem {
    /// The `id` of the field.
    pub field: &'static str,
    /// In words.
    pub text: &'static str,
}

impl Problem {
    /// Whether one of `problems` is at this field.
    #[must_use]
    pub fn is_at(problems: &[Self], field: &str) -> bool {
        problems.iter().any(|problem| problem.field == field)
    }
}

/// Why there is no page.
#[derive(Debug)]
pub enum Trouble {
    /// Nobody is signed in: off to where that is done.
    SignIn(Url),
    /// Not for this person.
    Forbidden(&'static str),
    /// No such thing.
    NotFound,
    /// The form is not filled in as it should be.
    BadInput(&'static str),
    /// A login that came back is not good: why, for the log.
    Refused(String),
    /// The hub does not answer, or not as it should: why, for the log.
    Hub(String),
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
            Self::Refused(why) => {
                eprintln!("login refused: {why}");
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
        (status, message(frame, title, text, again)).into_response()
    }
}

/// Shown in place of what the web framework says of a request that it cannot read.
#[must_use]
pub fn not_understood(status: StatusCode) -> Response {
    let frame = Frame {
        service: "Service de l’ENT",
        portal: "/".to_owned(),
        person: None,
        csrf: String::new(),
    };
    let text = "Cette adresse ou ce formulaire est incomplet. Revenez à l’accueil du service et recommencez.";
    let page = message(frame, "Demande incomprise", text.to_owned(), false);
    (status, page).into_response()
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

fn message(frame: Frame, title: &'static str, text: String, again: bool) -> Response {
    page(&MessagePage {
        frame,
        title,
        text,
        again,
    })
}

/// Shown to somebody who has left this service and nothing else.
#[must_use]
pub fn left(frame: Frame) -> Response {
    let text = "Vous avez quitté ce service. Vous restez connecté à l’ENT : sur un ordinateur partagé, déconnectez-vous aussi de l’ENT depuis le portail.";
    message(frame, "Service quitté", text.to_owned(), true)
}

/// Shown to somebody whom the hub sends back after its own logout.
#[must_use]
pub fn signed_out(frame: Frame) -> Response {
    let text = "Vous êtes déconnecté de l’ENT et de ses services.";
    message(frame, "Déconnexion", text.to_owned(), true)
}

/// Shown to somebody whom the hub sends back after its own logout, when some service could not be told.
#[must_use]
pub fn signed_out_partly(frame: Frame) -> Response {
    let text = "Vous êtes déconnecté de l’ENT, mais un des services n’a pas pu être prévenu. Sur un ordinateur partagé, fermez toutes les fenêtres du navigateur.";
    message(frame, "Déconnexion incomplète", text.to_owned(), true)
}

/// Shown to somebody who has left this service, when the hub does not confirm that they have left the ENT.
#[must_use]
pub fn unconfirmed(frame: Frame) -> Response {
    let text = "Cette demande de déconnexion a expiré, a déjà servi ou n’a pas abouti. Sur un ordinateur partagé, déconnectez-vous depuis le portail de l’ENT, puis fermez le navigateur.";
    message(frame, "Déconnexion non confirmée", text.to_owned(), true)
}

/// What every service answers: the style, and a page for what does not exist.
pub fn router() -> Router {
    Router::new()
        .route("/style.css", get(style))
        .fallback(async || Trouble::NotFound)
}

async fn style() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "text/css; charset=utf-8")],
        include_str!("style.css"),
    )
}

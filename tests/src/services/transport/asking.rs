//! Asking for a subscription: first the line, then the stop. Owns both pages and the form.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::lines::{LINES, Line, Stop, line};
use super::share::Share;
use super::subscriptions::{Added, Known, Wish};
use super::{Transport, open_years};
use crate::services::children::{KnownChild, clean_name};
use crate::services::dates::{self, SchoolYear};
use crate::services::page::{Frame, Problem, Trouble, page};
use crate::services::server::now;
use crate::services::sessions::Session;

#[derive(Template)]
#[template(path = "bus_choose.html")]
struct ChoosePage {
    frame: Frame,
    child: KnownChild,
    year: SchoolYear,
    lines: Vec<Choice>,
}

/// A line and where to ask for it.
struct Choice {
    line: &'static Line,
    address: String,
}

#[derive(Template)]
#[template(path = "bus_form.html")]
struct FormPage {
    frame: Frame,
    child: KnownChild,
    year: SchoolYear,
    line: &'static Line,
    /// Back to the choice of lines.
    back: String,
    /// What the family would pay.
    share: Share,
    form: WishForm,
    problems: Vec<Problem>,
}

impl FormPage {
    fn is_wrong(&self, field: &str) -> bool {
        Problem::is_at(&self.problems, field)
    }
}

/// The page that asks for a child, a year and perhaps a line.
pub(super) fn address(child: &str, year: SchoolYear, line: Option<&Line>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query
        .append_pair("enfant", child)
        .append_pair("annee", &year.to_string());
    if let Some(line) = line {
        query.append_pair("ligne", line.number);
    }
    format!("/abonnement?{}", query.finish())
}

#[derive(Deserialize)]
pub(super) struct Choosing {
    enfant: String,
    annee: String,
    ligne: Option<String>,
}

/// The lines, or the form for one of them.
pub(super) async fn choose(
    State(service): State<Arc<Transport>>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<Choosing>,
) -> Result<Response, Trouble> {
    let session = service.gate.session_at(&headers, &uri).await?;
    let child = service.child(&session, &query.enfant).await?;
    let year = open_year(&query.annee)?;
    match query.ligne {
        Some(number) => {
            let form = WishForm {
                csrf: String::new(),
                child: child.uid.clone(),
                year: year.to_string(),
                line: number,
                stop: String::new(),
                name: String::new(),
                rules: None,
            };
            service.form(&session, child, form, Vec::new()).await
        }
        None => {
            let choice = |line: &'static Line| Choice {
                line,
                address: address(&child.uid, year, Some(line)),
            };
            Ok(page(&ChoosePage {
                frame: service.gate.frame(&session),
                year,
                lines: LINES.iter().map(choice).collect(),
                child,
            }))
        }
    }
}

fn open_year(text: &str) -> Result<SchoolYear, Trouble> {
    let year = SchoolYear::read(text).ok_or(Trouble::NotFound)?;
    if open_years(dates::today()).contains(&year) {
        Ok(year)
    } else {
        Err(Trouble::BadInput(
            "Les abonnements ne sont pas ouverts pour cette année scolaire.",
        ))
    }
}

#[derive(Deserialize)]
pub(super) struct WishForm {
    csrf: String,
    child: String,
    year: String,
    line: String,
    /// No radio button may be chosen.
    #[serde(default)]
    stop: String,
    #[serde(default)]
    name: String,
    rules: Option<String>,
}

pub(super) async fn submit(
    State(service): State<Arc<Transport>>,
    headers: HeaderMap,
    Form(form): Form<WishForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    let child = service.child(&session, &form.child).await?;
    let year = open_year(&form.year)?;
    let line = line(&form.line).ok_or(Trouble::NotFound)?;
    let (read, mut problems) = form.read(line, child.name.is_none());
    let person = &session.person;
    if let Some((stop, name)) = read.filter(|_| problems.is_empty()) {
        let wish = Wish {
            guardian: &person.user,
            child: &child.uid,
            year,
            line,
            stop,
        };
        match service.subscriptions.add(&wish, now()).await? {
            Added::Yes => {
                if let (Some(name), Some(child)) = (name, person.child(&child.uid)) {
                    service.children.name(person, child, &name).await?;
                }
                return Ok(Redirect::to("/").into_response());
            }
            Added::Twice => return Err(Trouble::BadInput(twice(&service, &wish).await?)),
            Added::Full => problems.push(Problem {
                field: "stop-1",
                text: "Ce car est complet. Choisissez une autre ligne, ou revenez plus tard : une place peut se libérer.",
            }),
        }
    }
    let again = service.form(&session, child, form, problems).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response())
}

async fn twice(service: &Transport, wish: &Wish<'_>) -> Result<&'static str, Trouble> {
    let known = service
        .subscriptions
        .of(wish.guardian, wish.child, wish.year);
    Ok(match known.await? {
        Known::Own(_) => {
            "Cet enfant est déjà abonné pour cette année. Changez d’arrêt, ou résiliez pour changer de ligne."
        }
        _ => "Un autre responsable de cet enfant l’a déjà abonné pour cette année.",
    })
}

impl Transport {
    async fn form(
        &self,
        session: &Session,
        child: KnownChild,
        form: WishForm,
        problems: Vec<Problem>,
    ) -> Result<Response, Trouble> {
        let year = open_year(&form.year)?;
        let guardian = &session.person.user;
        let rank = self.subscriptions.count(guardian, year).await?;
        Ok(page(&FormPage {
            frame: self.gate.frame(session),
            line: line(&form.line).ok_or(Trouble::NotFound)?,
            back: address(&child.uid, year, None),
            share: Share::new(rank, year, dates::today()),
            year,
            child,
            form,
            problems,
        }))
    }
}

impl WishForm {
    /// Reads the fields; `named`: whether the child must be named here. All mistakes are told at once.
    fn read(
        &self,
        line: &Line,
        named: bool,
    ) -> (Option<(&'static Stop, Option<String>)>, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut problem = |field, text| problems.push(Problem { field, text });
        let name = named.then(|| clean_name(&self.name)).flatten();
        if named && name.is_none() {
            problem(
                "name",
                "Donnez le prénom et le nom de l’enfant, en 80 caractères au plus.",
            );
        }
        let stop = line.stop(&self.stop);
        if stop.is_none() {
            problem("stop-1", "Choisissez l’arrêt où monte l’enfant.");
        }
        if self.rules.is_none() {
            problem("rules", "Acceptez le règlement des transports.");
        }
        (stop.map(|stop| (stop, name)), problems)
    }
}

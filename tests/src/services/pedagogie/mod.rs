//! Pédagogie: the class notebook (cahier de textes). Teachers write what was done and what is to be
//! done in their classes; pupils and guardians read it.
//!
//! Owns its pages and the door for other services (`/api/notebook`, by proxy ticket). Who somebody
//! is and which classes are theirs comes from the hub's attributes (CAS 3) and from nowhere else.

mod notebook;

use std::io;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use url::Url;

pub use notebook::Entry;

use super::cas::client::Validation;
use super::cas::gate::{Gate, Identity};
use super::dates;
use super::page::{Frame, Trouble, page};
use super::person::{Class, Person};
use super::server::Arguments;
use super::sessions;
use notebook::Notebook;

const MOST_ENTRIES: usize = 60;
const MOST_FOR_OTHERS: usize = 5;
const LONGEST: usize = 4_000;

struct Pedagogie {
    gate: Arc<Gate>,
    notebook: Notebook,
    /// Proxy callbacks of the services that may read for a person.
    proxies: Vec<Url>,
}

#[derive(Template)]
#[template(path = "notebook.html")]
struct NotebookPage {
    frame: Frame,
    title: String,
    classes: Vec<ClassLink>,
    current: Option<Class>,
    may_write: bool,
    today: String,
    entries: Vec<Entry>,
    author: String,
}

struct ClassLink {
    name: String,
    address: String,
    current: bool,
}

/// Runs the service until the process is asked to end. `proxies` are the proxy callbacks of the
/// services that may read a person's notebook.
///
/// # Errors
/// The port is taken, or a file cannot be read.
pub async fn run(arguments: Arguments, proxies: Vec<Url>) -> io::Result<()> {
    let identity = Identity {
        id: "pedagogie",
        title: "Pédagogie",
        validation: Validation::Cas3,
        proxies: false,
    };
    let pool = sessions::open(&arguments.data)
        .await
        .map_err(io::Error::other)?;
    let notebook = Notebook::new(pool.clone())
        .await
        .map_err(io::Error::other)?;
    let gate = Gate::new(identity, arguments.clone(), pool).await?;
    let state = Arc::new(Pedagogie {
        gate: Arc::clone(&gate),
        notebook,
        proxies,
    });
    let own = Router::new()
        .route("/", get(home))
        .route("/classe", get(one_class))
        .route("/seances", post(write))
        .route("/seances/supprimer", post(remove))
        .route("/api/notebook", get(for_other_services))
        .with_state(state);
    arguments.serve(gate.router().merge(own)).await
}

async fn home(
    State(service): State<Arc<Pedagogie>>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    service.show(&headers, None).await
}

#[derive(Deserialize)]
struct ClassQuery {
    uai: String,
    class: String,
}

async fn one_class(
    State(service): State<Arc<Pedagogie>>,
    headers: HeaderMap,
    Query(query): Query<ClassQuery>,
) -> Result<Response, Trouble> {
    service
        .show(
            &headers,
            Some(Class {
                uai: query.uai,
                name: query.class,
            }),
        )
        .await
}

impl Pedagogie {
    async fn show(&self, headers: &HeaderMap, current: Option<Class>) -> Result<Response, Trouble> {
        let session = self.gate.session(headers).await?;
        let person = &session.person;
        if current.as_ref().is_some_and(|class| !person.has(class)) {
            return Err(Trouble::Forbidden(
                "Cette classe n’est pas l’une des vôtres.",
            ));
        }
        let wanted = current
            .as_ref()
            .map_or(person.classes.as_slice(), std::slice::from_ref);
        let entries = self.notebook.latest(wanted, MOST_ENTRIES).await?;
        let title = current.as_ref().map_or_else(
            || "Cahier de textes".to_owned(),
            |class| format!("Cahier de textes : {}", class.name),
        );
        Ok(page(&NotebookPage {
            frame: self.gate.frame(&session),
            title,
            classes: links(person, current.as_ref()),
            may_write: current.as_ref().is_some_and(|class| person.teaches(class)),
            today: dates::today().to_string(),
            entries,
            author: person.user.clone(),
            current,
        }))
    }
}

#[derive(Deserialize)]
struct EntryForm {
    csrf: String,
    uai: String,
    class: String,
    day: String,
    lesson: String,
    #[serde(default)]
    homework: String,
    #[serde(default)]
    due: String,
}

async fn write(
    State(service): State<Arc<Pedagogie>>,
    headers: HeaderMap,
    Form(form): Form<EntryForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    let class = Class {
        uai: form.uai,
        name: form.class,
    };
    if !session.person.teaches(&class) {
        return Err(Trouble::Forbidden(
            "Seuls les enseignants de la classe écrivent dans son cahier de textes.",
        ));
    }
    let lesson = form.lesson.trim();
    if lesson.is_empty()
        || lesson.chars().count() > LONGEST
        || form.homework.chars().count() > LONGEST
    {
        return Err(Trouble::BadInput(
            "Le contenu de la séance est vide ou trop long.",
        ));
    }
    let is_day = |text: &str| text.parse::<jiff::civil::Date>().is_ok();
    if !is_day(&form.day) || !(form.due.is_empty() || is_day(&form.due)) {
        return Err(Trouble::BadInput("Une date n’est pas lisible."));
    }
    let address = address(&class);
    service
        .notebook
        .add(&Entry {
            id: 0,
            uai: class.uai,
            class: class.name,
            day: form.day,
            lesson: lesson.to_owned(),
            homework: form.homework.trim().to_owned(),
            due: form.due,
            author: session.person.user,
            author_name: session.person.name,
        })
        .await?;
    Ok(Redirect::to(&address).into_response())
}

#[derive(Deserialize)]
struct RemoveForm {
    csrf: String,
    id: i64,
}

async fn remove(
    State(service): State<Arc<Pedagogie>>,
    headers: HeaderMap,
    Form(form): Form<RemoveForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    if service
        .notebook
        .remove(form.id, &session.person.user)
        .await?
    {
        Ok(Redirect::to("/").into_response())
    } else {
        Err(Trouble::NotFound)
    }
}

#[derive(Deserialize)]
struct ProxyQuery {
    ticket: String,
}

/// The latest lessons of the person a proxy ticket stands for, to a service that may ask.
async fn for_other_services(
    State(service): State<Arc<Pedagogie>>,
    Query(query): Query<ProxyQuery>,
) -> Result<Json<Vec<Entry>>, Trouble> {
    let own = service.gate.arguments().address("api/notebook");
    let answer = service
        .gate
        .cas()
        .validate(Validation::Cas3Proxy, &own, &query.ticket, None)
        .await?;
    if !through_a_known_proxy(&answer.proxies, &service.proxies) {
        return Err(Trouble::Forbidden(
            "Ce service n’est pas autorisé à lire le cahier de textes.",
        ));
    }
    let person = Person::from_answer(&answer);
    Ok(Json(
        service
            .notebook
            .latest(&person.classes, MOST_FOR_OTHERS)
            .await?,
    ))
}

/// Exactly one service in between, and one that is known: a longer chain was agreed with nobody.
fn through_a_known_proxy(chain: &[String], known: &[Url]) -> bool {
    match chain {
        [only] => known
            .iter()
            .any(|proxy| Url::parse(only).is_ok_and(|url| url == *proxy)),
        _ => false,
    }
}

fn links(person: &Person, current: Option<&Class>) -> Vec<ClassLink> {
    let link = |class: &Class| ClassLink {
        name: class.name.clone(),
        address: address(class),
        current: current == Some(class),
    };
    person.classes.iter().map(link).collect()
}

fn address(class: &Class) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("uai", &class.uai)
        .append_pair("class", &class.name)
        .finish();
    format!("/classe?{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cas_08_only_one_known_proxy_may_stand_between() {
        let known = [Url::parse("https://localhost:9443/pgt").unwrap()];
        let chain = |parts: &[&str]| {
            parts
                .iter()
                .map(|part| (*part).to_owned())
                .collect::<Vec<_>>()
        };
        assert!(through_a_known_proxy(
            &chain(&["https://localhost:9443/pgt"]),
            &known
        ));
        assert!(!through_a_known_proxy(&chain(&[]), &known));
        assert!(!through_a_known_proxy(
            &chain(&["https://evil.example/pgt"]),
            &known
        ));
        assert!(!through_a_known_proxy(
            &chain(&["https://localhost:9443/pgt", "https://evil.example/pgt"]),
            &known
        ));
        assert!(!through_a_known_proxy(
            &chain(&["https://localhost:9443/pgt/../x"]),
            &known
        ));
    }

    #[test]
    fn a_class_name_survives_its_address() {
        let class = Class {
            uai: "0318000C".to_owned(),
            name: "6°1 & Co".to_owned(),
        };
        assert_eq!(
            address(&class),
            "/classe?uai=0318000C&class=6%C2%B01+%26+Co"
        );
    }
}

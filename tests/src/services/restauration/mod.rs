//! Restauration: a pupil, or a guardian for a child, reserves meals for the coming days; a kiosk in the
//! canteen says who has.
//!
//! Owns its pages. Signs in by OpenID Connect with a key of its own and answers in a form, and on the
//! kiosk, which has no keyboard, by device codes.

mod kiosk;
mod meals;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::civil::Date;
use serde::Deserialize;

use super::children::{Children, KnownChild, clean_name};
use super::dates;
use super::oidc::credentials::Credentials;
use super::oidc::gate::{Gate, Identity};
use super::page::{Frame, Trouble, page};
use super::person::{Person, Role};
use super::server::Arguments;
use super::sessions;
use kiosk::Kiosks;
use meals::{Choice, Meals, Menu, coming_days, menu};

/// What is asked for beside `openid`: nothing that outlives the session at the hub.
const SCOPES: &[&str] = &["profile", "ent"];

struct Restauration {
    gate: Arc<Gate>,
    children: Children,
    meals: Meals,
    kiosks: Kiosks,
}

#[derive(Template)]
#[template(path = "meals.html")]
struct MealsPage {
    frame: Frame,
    eaters: Vec<Eater>,
}

/// Somebody for whom the person reserves.
struct Eater {
    /// What the hub calls them everywhere.
    key: String,
    label: String,
    /// The child, where it is one.
    child: Option<KnownChild>,
    days: Vec<Day>,
}

struct Day {
    date: String,
    name: String,
    menu: Menu,
    choice: Option<Choice>,
}

impl Day {
    fn is(&self, code: &str) -> bool {
        self.choice.map_or("", Choice::code) == code
    }
}

/// Runs the service until the process is asked to end.
///
/// # Errors
/// The port is taken, or a file cannot be read.
pub async fn run(arguments: Arguments, credentials: Credentials) -> io::Result<()> {
    let identity = Identity {
        id: "restauration",
        title: "Restauration",
        scopes: SCOPES,
        form_post: true,
        front_channel: true,
    };
    let pool = sessions::open(&arguments.data)
        .await
        .map_err(io::Error::other)?;
    let children = Children::new(pool.clone())
        .await
        .map_err(io::Error::other)?;
    let meals = Meals::new(pool.clone()).await.map_err(io::Error::other)?;
    let gate = Gate::new(identity, arguments.clone(), &credentials, pool).await?;
    let state = Arc::new(Restauration {
        gate: Arc::clone(&gate),
        children,
        meals,
        kiosks: Kiosks::new(arguments.base.scheme() == "https"),
    });
    let own = Router::new()
        .route("/", get(home))
        .route("/repas", post(reserve))
        .route("/enfants", post(name_child))
        .route("/borne", get(kiosk::show))
        .with_state(state);
    arguments.serve(gate.router().merge(own)).await
}

/// By what somebody's meals are found: the hub's own name for them, or its name for this service.
fn key(person: &Person) -> &str {
    person.uid.as_deref().unwrap_or(&person.user)
}

/// Whether they eat here themselves: guardians do not.
fn eats(person: &Person) -> bool {
    match person.role {
        Some(Role::Guardian) => false,
        Some(_) => true,
        None => person.children.is_empty(),
    }
}

async fn home(
    State(service): State<Arc<Restauration>>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let session = service.gate.session(&headers).await?;
    let person = &session.person;
    let mut eaters = Vec::new();
    if eats(person) {
        eaters.push(service.eater(key(person), &person.name, None).await?);
    }
    for child in service.children.of(person).await? {
        let (key, label) = (child.uid.clone(), child.label.clone());
        eaters.push(service.eater(&key, &label, Some(child)).await?);
    }
    Ok(page(&MealsPage {
        frame: service.gate.frame(&session),
        eaters,
    }))
}

impl Restauration {
    async fn eater(
        &self,
        key: &str,
        label: &str,
        child: Option<KnownChild>,
    ) -> Result<Eater, Trouble> {
        let today = dates::today();
        let reserved = self.meals.of(key, today).await?;
        let day = |date: Date| Day {
            date: date.to_string(),
            name: dates::spoken(date),
            menu: menu(date),
            choice: reserved.get(&date).copied(),
        };
        Ok(Eater {
            key: key.to_owned(),
            label: label.to_owned(),
            child,
            days: coming_days(today).into_iter().map(day).collect(),
        })
    }
}

/// A form with a choice for each day, under the day's name.
#[derive(Deserialize)]
struct MealsForm {
    csrf: String,
    eater: String,
    #[serde(flatten)]
    days: HashMap<String, String>,
}

async fn reserve(
    State(service): State<Arc<Restauration>>,
    headers: HeaderMap,
    Form(form): Form<MealsForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    let person = &session.person;
    let own = eats(person) && key(person) == form.eater;
    if !own && person.child(&form.eater).is_none() {
        return Err(Trouble::Forbidden(
            "Vous réservez pour vous-même et pour vos enfants.",
        ));
    }
    let open = coming_days(dates::today());
    let mut days = Vec::new();
    for (day, choice) in &form.days {
        let day = day.parse::<Date>().ok().filter(|day| open.contains(day));
        let choice = match choice.as_str() {
            "" => Some(None),
            code => Choice::of_code(code).map(Some),
        };
        match day.zip(choice) {
            Some(read) => days.push(read),
            None => {
                return Err(Trouble::BadInput(
                    "Ce jour ne peut plus être réservé, ou ce repas n’existe pas.",
                ));
            }
        }
    }
    service.meals.set(&form.eater, &days).await?;
    Ok(Redirect::to("/").into_response())
}

#[derive(Deserialize)]
struct NameForm {
    csrf: String,
    child: String,
    name: String,
}

async fn name_child(
    State(service): State<Arc<Restauration>>,
    headers: HeaderMap,
    Form(form): Form<NameForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    let child = session
        .person
        .child(&form.child)
        .ok_or(Trouble::Forbidden("Cet enfant n’est pas l’un des vôtres."))?;
    let name = clean_name(&form.name).ok_or(Trouble::BadInput(
        "Donnez le prénom et le nom de l’enfant, en 80 caractères au plus.",
    ))?;
    service.children.name(&session.person, child, &name).await?;
    Ok(Redirect::to("/").into_response())
}

#[cfg(test)]
mod tests;

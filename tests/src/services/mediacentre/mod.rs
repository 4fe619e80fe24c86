//! Médiacentre: a publisher's resources, as the GAR opens them (french-ent.md §6): it is told an ENT and an
//! opaque identifier of the person, and keeps favourites and reading positions by that alone.
//!
//! Owns its pages. Never learns a name, a class or a school. Signs in by SAML 2.0 with an RSA key, and keeps the
//! resource that a link asks for through the login.

mod catalogue;
mod link;
mod shelf;

use std::io;
use std::path::Path;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use clau_saml::names::name_id;
use serde::Deserialize;

use super::page::{Frame, Trouble, page};
use super::saml::KeyKind;
use super::saml::attributes::{gar, names};
use super::saml::gate::{Gate, Identity};
use super::saml::keys::Keys;
use super::server::{Arguments, now};
use super::sessions;
use catalogue::{Leaf, Level, RESOURCES, Resource, resource};
use link::Link;
use shelf::{Shelf, Shelves};

const IDENTITY: Identity = Identity {
    id: "mediacentre",
    title: "Ressources numériques",
    names: &[
        ("fr", "Ressources numériques"),
        ("oc", "Ressorsas numericas"),
        ("en", "Digital resources"),
    ],
    // Another one at every login: who it is, is in the attributes.
    name_id: name_id::TRANSIENT,
    attributes: &[names::ENT, names::GAR],
    person: gar,
};

struct Mediacentre {
    gate: Arc<Gate>,
    shelves: Shelves,
}

#[derive(Template)]
#[template(path = "shelf.html")]
struct ShelfPage {
    frame: Frame,
    /// What was opened, the latest first; favourites; everything.
    opened: Vec<Item>,
    favourites: Vec<Item>,
    all: Vec<Item>,
    level: Option<Level>,
}

impl ShelfPage {
    fn shows(&self, level: &Level) -> bool {
        self.level.as_ref() == Some(level)
    }
}

/// A resource on a shelf.
struct Item {
    resource: &'static Resource,
    address: String,
    favourite: bool,
    /// The page on which it was left.
    page: Option<usize>,
}

impl Item {
    fn new(resource: &'static Resource, shelf: &Shelf) -> Self {
        Self {
            resource,
            address: address(resource),
            favourite: shelf.favourites.contains(resource.ark),
            page: shelf.pages.get(resource.ark).copied(),
        }
    }
}

#[derive(Template)]
#[template(path = "resource.html")]
struct ResourcePage {
    frame: Frame,
    item: Item,
    number: usize,
    leaf: Leaf,
}

/// Runs the service until the process is asked to end, with its keys in `keys`.
///
/// # Errors
/// The port is taken, or a file cannot be read.
pub async fn run(arguments: Arguments, keys: &Path) -> io::Result<()> {
    let pool = sessions::open(&arguments.data)
        .await
        .map_err(io::Error::other)?;
    let shelves = Shelves::new(pool.clone()).await.map_err(io::Error::other)?;
    let keys = Keys::in_directory(keys, KeyKind::Rsa2048, IDENTITY.id)?;
    let gate = Gate::new(IDENTITY, arguments.clone(), keys, pool).await?;
    let state = Arc::new(Mediacentre {
        gate: Arc::clone(&gate),
        shelves,
    });
    let own = Router::new()
        .route("/", get(home))
        .route("/domaineGar", get(follow))
        .route("/ressource", get(read))
        .route("/lecture", post(turn))
        .route("/favoris", post(favour))
        .with_state(state);
    arguments.serve(gate.router().merge(own)).await
}

/// Where a resource is.
fn address(resource: &Resource) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("ark", resource.ark)
        .finish();
    format!("/ressource?{query}")
}

fn found(ark: &str) -> Result<&'static Resource, Trouble> {
    let ark = link::ark(ark).ok_or(Trouble::NotFound)?;
    resource(&ark).ok_or(Trouble::NotFound)
}

#[derive(Deserialize)]
struct Shown {
    niveau: Option<String>,
}

/// Everything that can be read here.
async fn home(
    State(service): State<Arc<Mediacentre>>,
    headers: HeaderMap,
    uri: Uri,
    Query(shown): Query<Shown>,
) -> Result<Response, Trouble> {
    let session = service.gate.session_at(&headers, &uri).await?;
    let shelf = service.shelves.of(&session.person.user).await?;
    let level = match shown.niveau.as_deref() {
        None | Some("") => None,
        Some(code) => Some(Level::of_code(code).ok_or(Trouble::NotFound)?),
    };
    let fits = |resource: &&Resource| level.is_none_or(|level| resource.levels.contains(&level));
    let opened = shelf.opened.iter().filter_map(|ark| resource(ark));
    let favourites = RESOURCES
        .iter()
        .filter(|resource| shelf.favourites.contains(resource.ark));
    Ok(page(&ShelfPage {
        frame: service.gate.frame(&session),
        opened: opened.map(|it| Item::new(it, &shelf)).collect(),
        favourites: favourites.map(|it| Item::new(it, &shelf)).collect(),
        all: RESOURCES
            .iter()
            .filter(fits)
            .map(|it| Item::new(it, &shelf))
            .collect(),
        level,
    }))
}

#[derive(Deserialize)]
struct LinkQuery {
    #[serde(rename = "idENT", default)]
    ent: String,
    #[serde(rename = "idEtab", default)]
    school: String,
    #[serde(rename = "idRessource", default)]
    resource: String,
}

/// A link of the ENT's médiacentre.
async fn follow(
    State(service): State<Arc<Mediacentre>>,
    headers: HeaderMap,
    uri: Uri,
    Query(query): Query<LinkQuery>,
) -> Result<Response, Trouble> {
    let link = Link::read(&query.ent, &query.school, &query.resource)
        .map_err(|bad| Trouble::BadInput(bad.text()))?;
    let session = service.gate.session_at(&headers, &uri).await?;
    if session.person.ent.as_deref() != Some(link.ent.as_str()) {
        return Err(Trouble::Forbidden(
            "Ce lien vient d’un autre ENT que celui par lequel vous êtes connecté.",
        ));
    }
    let resource = resource(&link.ark).ok_or(Trouble::BadInput(
        "Cette ressource n’est pas ou n’est plus publiée ici. Le médiacentre de l’ENT montre celles qui le sont.",
    ))?;
    // What the link says of the ENT and the school leaves the address bar with this redirect.
    Ok(Redirect::to(&address(resource)).into_response())
}

#[derive(Deserialize)]
struct Opened {
    ark: String,
}

/// A resource, where it was left.
async fn read(
    State(service): State<Arc<Mediacentre>>,
    headers: HeaderMap,
    uri: Uri,
    Query(opened): Query<Opened>,
) -> Result<Response, Trouble> {
    let session = service.gate.session_at(&headers, &uri).await?;
    let resource = found(&opened.ark)?;
    let shelf = service.shelves.of(&session.person.user).await?;
    let item = Item::new(resource, &shelf);
    let number = item.page.unwrap_or(1).clamp(1, resource.pages());
    let leaf = resource.leaf(number).copied();
    Ok(page(&ResourcePage {
        frame: service.gate.frame(&session),
        leaf: leaf.ok_or(Trouble::NotFound)?,
        item,
        number,
    }))
}

#[derive(Deserialize)]
struct TurnForm {
    csrf: String,
    ark: String,
    page: usize,
}

/// To another page, which is remembered.
async fn turn(
    State(service): State<Arc<Mediacentre>>,
    headers: HeaderMap,
    Form(form): Form<TurnForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    let resource = found(&form.ark)?;
    if form.page == 0 || form.page > resource.pages() {
        return Err(Trouble::BadInput("Cette ressource n’a pas de telle page."));
    }
    let reader = &session.person.user;
    service
        .shelves
        .turn(reader, resource.ark, form.page, now())
        .await?;
    Ok(Redirect::to(&address(resource)).into_response())
}

#[derive(Deserialize)]
struct FavourForm {
    csrf: String,
    ark: String,
    keep: String,
    /// Whether the form was on the page of the resource.
    #[serde(default)]
    inside: String,
}

async fn favour(
    State(service): State<Arc<Mediacentre>>,
    headers: HeaderMap,
    Form(form): Form<FavourForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    let resource = found(&form.ark)?;
    let reader = &session.person.user;
    let keep = form.keep == "oui";
    service.shelves.favour(reader, resource.ark, keep).await?;
    let back = if form.inside.is_empty() {
        "/".to_owned()
    } else {
        address(resource)
    };
    Ok(Redirect::to(&back).into_response())
}

#[cfg(test)]
mod tests;

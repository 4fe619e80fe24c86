//! Orientation: the wishes of a pupil for the year after 3e or Terminale, beside the latest lessons
//! from the class notebook.
//!
//! Owns its pages. Signs in by CAS 2 and asks pédagogie in the person's name through a proxy
//! ticket; where that fails the page says so and the rest works.

mod wishes;

use std::io;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use url::Url;

use super::cas::client::{CasError, Validation};
use super::cas::gate::{Gate, Identity};
use super::page::{Frame, Trouble, page};
use super::pedagogie::Entry;
use super::person::{Person, Role};
use super::server::{Arguments, body_of};
use super::sessions::{self, Session};
use wishes::{MOST_WISHES, Wish, Wishes};

const LONGEST_SCHOOL: usize = 120;

/// Courses by group. After 3e and after Terminale together: a class may be of a kind we do not know.
const CATALOGUE: &[(&str, &[&str])] = &[
    (
        "Après la 3e",
        &[
            "Seconde générale et technologique",
            "Seconde professionnelle : métiers des transitions numérique et énergétique",
            "Seconde professionnelle : métiers de la relation client",
            "Seconde professionnelle agricole : productions",
            "CAP Électricien",
            "CAP Équipier polyvalent du commerce",
            "CAP agricole : métiers de l’agriculture",
        ],
    ),
    (
        "Après la Terminale",
        &[
            "Licence de lettres",
            "Licence d’informatique",
            "Licence de langue et culture occitanes",
            "BUT Génie civil",
            "BUT Techniques de commercialisation",
            "BTS Management commercial opérationnel",
            "BTSA Viticulture-œnologie",
            "CPGE scientifique (MPSI)",
            "École d’infirmiers et d’infirmières",
        ],
    ),
];

struct Orientation {
    gate: Arc<Gate>,
    wishes: Wishes,
    http: reqwest::Client,
    /// Where pédagogie answers other services; none where the ENT has none.
    notebook: Option<Url>,
}

#[derive(Template)]
#[template(path = "wishes.html")]
struct WishesPage {
    frame: Frame,
    wishes: Vec<Wish>,
    most: usize,
    catalogue: &'static [(&'static str, &'static [&'static str])],
    lessons: Option<Vec<Entry>>,
}

/// Runs the service until the process is asked to end. `notebook` is the base address of pédagogie.
///
/// # Errors
/// The port is taken, or a file cannot be read.
pub async fn run(arguments: Arguments, notebook: Option<Url>) -> io::Result<()> {
    let identity = Identity {
        id: "orientation",
        title: "Orientation",
        validation: Validation::Cas2,
        proxies: notebook.is_some(),
    };
    let pool = sessions::open(&arguments.data)
        .await
        .map_err(io::Error::other)?;
    let wishes = Wishes::new(pool.clone()).await.map_err(io::Error::other)?;
    let gate = Gate::new(identity, arguments.clone(), pool).await?;
    let notebook = notebook.map(|mut base| {
        let path = format!("{}/api/notebook", base.path().trim_end_matches('/'));
        base.set_path(&path);
        base
    });
    let state = Arc::new(Orientation {
        gate: Arc::clone(&gate),
        wishes,
        http: arguments.http_client()?,
        notebook,
    });
    let own = Router::new()
        .route("/", get(home))
        .route("/voeux", post(add))
        .route("/voeux/retirer", post(remove))
        .route("/voeux/monter", post(up))
        .route("/voeux/descendre", post(down))
        .with_state(state);
    arguments.serve(gate.router().merge(own)).await
}

async fn home(
    State(service): State<Arc<Orientation>>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let session = service.gate.session(&headers).await?;
    only_pupils(&session.person)?;
    let wishes = service.wishes.of(&session.person.user).await?;
    let lessons = match service.lessons(&session).await {
        Ok(lessons) => lessons,
        Err(error) => {
            eprintln!("notebook: {error}");
            None
        }
    };
    Ok(page(&WishesPage {
        frame: service.gate.frame(&session),
        wishes,
        most: MOST_WISHES,
        catalogue: CATALOGUE,
        lessons,
    }))
}

impl Orientation {
    /// The latest lessons of the person; nothing where the hub gave no right to ask.
    async fn lessons(&self, session: &Session) -> Result<Option<Vec<Entry>>, CasError> {
        let (Some(notebook), Some(granting)) = (&self.notebook, self.gate.granting(session)) else {
            return Ok(None);
        };
        let ticket = self.gate.cas().proxy_ticket(&granting, notebook).await?;
        let mut address = notebook.clone();
        address.query_pairs_mut().append_pair("ticket", &ticket);
        let response = self.http.get(address).send().await?.error_for_status()?;
        let body = body_of(response)
            .await?
            .ok_or(CasError::Malformed("the notebook's answer is too long"))?;
        serde_json::from_slice(&body)
            .map(Some)
            .map_err(|_| CasError::Malformed("the notebook's answer is not readable"))
    }
}

/// Where the hub does not say what somebody is, its access rules have decided.
fn only_pupils(person: &Person) -> Result<(), Trouble> {
    match person.role {
        None | Some(Role::Pupil) => Ok(()),
        Some(_) => Err(Trouble::Forbidden(
            "Les vœux d’orientation sont saisis par les élèves.",
        )),
    }
}

#[derive(Deserialize)]
struct AddForm {
    csrf: String,
    course: String,
    school: String,
}

async fn add(
    State(service): State<Arc<Orientation>>,
    headers: HeaderMap,
    Form(form): Form<AddForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    only_pupils(&session.person)?;
    let school = form.school.trim();
    if !CATALOGUE
        .iter()
        .any(|(_, courses)| courses.contains(&form.course.as_str()))
    {
        return Err(Trouble::BadInput("Choisissez une formation de la liste."));
    }
    if school.is_empty() || school.chars().count() > LONGEST_SCHOOL {
        return Err(Trouble::BadInput(
            "Indiquez l’établissement souhaité, en 120 caractères au plus.",
        ));
    }
    if !service
        .wishes
        .add(&session.person.user, &form.course, school)
        .await?
    {
        return Err(Trouble::BadInput(
            "Vous avez atteint le nombre maximal de vœux.",
        ));
    }
    Ok(Redirect::to("/").into_response())
}

#[derive(Deserialize)]
struct WishForm {
    csrf: String,
    id: i64,
}

async fn remove(
    State(service): State<Arc<Orientation>>,
    headers: HeaderMap,
    Form(form): Form<WishForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    found(service.wishes.remove(&session.person.user, form.id).await?)
}

async fn up(
    State(service): State<Arc<Orientation>>,
    headers: HeaderMap,
    Form(form): Form<WishForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    found(
        service
            .wishes
            .shift(&session.person.user, form.id, true)
            .await?,
    )
}

async fn down(
    State(service): State<Arc<Orientation>>,
    headers: HeaderMap,
    Form(form): Form<WishForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    found(
        service
            .wishes
            .shift(&session.person.user, form.id, false)
            .await?,
    )
}

fn found(found: bool) -> Result<Response, Trouble> {
    if found {
        Ok(Redirect::to("/").into_response())
    } else {
        Err(Trouble::NotFound)
    }
}

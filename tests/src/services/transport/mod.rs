//! Transport: a guardian subscribes a child to a school bus, follows the subscription, changes the stop, gives
//! it up; a pupil has the pass and the times at hand.
//!
//! Owns the first page and what it is made of. Which children are somebody's comes from the hub at every
//! login and from nowhere else; what they are called, from the guardian. Signs in by SAML 2.0 with a key on
//! P-256.

mod asking;
mod changes;
mod lines;
mod pass;
mod share;
mod subscriptions;

use std::io;
use std::path::Path;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use clau_saml::names::name_id;
use jiff::civil::Date;
use serde::Deserialize;

use super::children::{Children, KnownChild, clean_name};
use super::dates::{self, SchoolYear};
use super::page::{Frame, Trouble, page};
use super::person::{Person, Role};
use super::saml::KeyKind;
use super::saml::attributes::{names, sdet};
use super::saml::gate::{Gate, Identity};
use super::saml::keys::Keys;
use super::server::{Arguments, now};
use super::sessions::{self, Session};
use lines::{LINES, Line};
use pass::Card;
use share::Share;
use subscriptions::{Known, Stage, Subscription, Subscriptions};

const IDENTITY: Identity = Identity {
    id: "transport",
    title: "Transport scolaire",
    names: &[
        ("fr", "Transport scolaire"),
        ("oc", "Transpòrt escolar"),
        ("en", "School transport"),
    ],
    // What a family does here is kept from year to year.
    name_id: name_id::PERSISTENT,
    attributes: &[
        names::UID,
        names::GIVEN,
        names::FAMILY,
        names::PROFILES,
        names::CHILDREN,
    ],
    person: sdet,
};

struct Transport {
    gate: Arc<Gate>,
    children: Children,
    subscriptions: Subscriptions,
    /// Seconds that each step of a subscription takes.
    pace: i64,
}

#[derive(Template)]
#[template(path = "bus_home.html")]
struct HomePage {
    frame: Frame,
    children: Vec<ChildView>,
    tariff: String,
}

/// A child and how far things are for each year that is open.
struct ChildView {
    child: KnownChild,
    years: Vec<YearView>,
}

struct YearView {
    year: SchoolYear,
    state: Standing,
}

enum Standing {
    /// Nothing; when the guardian's last subscription was cancelled; where to ask for one.
    None {
        cancelled: Option<String>,
        address: String,
    },
    /// Another guardian has subscribed the child.
    Another,
    /// The guardian's own.
    Own(Box<OwnView>),
}

struct OwnView {
    subscription: Subscription,
    share: Share,
    steps: Vec<Step>,
    issued: bool,
}

struct Step {
    name: &'static str,
    at: String,
    reached: bool,
    current: bool,
}

#[derive(Template)]
#[template(path = "bus_pupil.html")]
struct PupilPage {
    frame: Frame,
    years: Vec<SchoolYear>,
    passes: Vec<PupilView>,
}

/// What a pupil sees of a subscription.
struct PupilView {
    card: Card,
    /// What is still to come, when there is no pass yet.
    waiting: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "bus_lines.html")]
struct LinesPage {
    frame: Frame,
    lines: &'static [Line],
}

/// Runs the service until the process is asked to end, with its keys in `keys`. Each step of a subscription
/// takes `pace` seconds.
///
/// # Errors
/// The port is taken, or a file cannot be read.
pub async fn run(arguments: Arguments, keys: &Path, pace: u32) -> io::Result<()> {
    let pool = sessions::open(&arguments.data)
        .await
        .map_err(io::Error::other)?;
    let children = Children::new(pool.clone())
        .await
        .map_err(io::Error::other)?;
    let subscriptions = Subscriptions::new(pool.clone())
        .await
        .map_err(io::Error::other)?;
    let keys = Keys::in_directory(keys, KeyKind::P256, IDENTITY.id)?;
    let gate = Gate::new(IDENTITY, arguments.clone(), keys, pool).await?;
    let state = Arc::new(Transport {
        gate: Arc::clone(&gate),
        children,
        subscriptions,
        pace: i64::from(pace),
    });
    let own = Router::new()
        .route("/", get(home))
        .route("/lignes", get(timetable))
        .route("/enfants", post(name_child))
        .route("/abonnement", get(asking::choose).post(asking::submit))
        .route("/arret", get(changes::stop).post(changes::move_to))
        .route("/resiliation", get(changes::leave).post(changes::cancel))
        .route("/titre", get(pass::show))
        .route("/controle", get(pass::check))
        .with_state(state);
    arguments.serve(gate.router().merge(own)).await
}

/// The years for which one can subscribe: this one, from June on the next, and in the summer that one alone.
fn open_years(today: Date) -> Vec<SchoolYear> {
    let year = SchoolYear::of(today);
    match today.month() {
        6 => vec![year, year.next()],
        7..=8 => vec![year.next()],
        _ => vec![year],
    }
}

/// Whoever has children here is their guardian, whatever else they are.
fn is_pupil(person: &Person) -> bool {
    person.children.is_empty() && person.role == Some(Role::Pupil)
}

async fn home(
    State(service): State<Arc<Transport>>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let session = service.gate.session(&headers).await?;
    if is_pupil(&session.person) {
        return service.pupil(&session).await;
    }
    let years = open_years(dates::today());
    let mut children = Vec::new();
    for child in service.children.of(&session.person).await? {
        let mut views = Vec::new();
        for year in &years {
            let guardian = &session.person.user;
            let known = service.subscriptions.of(guardian, &child.uid, *year);
            views.push(YearView {
                year: *year,
                state: service.view(&child, *year, known.await?),
            });
        }
        children.push(ChildView {
            child,
            years: views,
        });
    }
    Ok(page(&HomePage {
        frame: service.gate.frame(&session),
        children,
        tariff: share::tariff(),
    }))
}

impl Transport {
    /// A child of the person, by what a form or an address says.
    async fn child(&self, session: &Session, uid: &str) -> Result<KnownChild, Trouble> {
        let known = self.children.of(&session.person).await?;
        let child = known.into_iter().find(|child| child.uid == uid);
        child.ok_or(Trouble::Forbidden(
            "Cet enfant n’est pas l’un des vôtres, ou ne l’est plus dans l’ENT.",
        ))
    }

    /// A subscription of the person, by what a form or an address says, and its child.
    async fn own(&self, session: &Session, id: i64) -> Result<(Subscription, KnownChild), Trouble> {
        let own = self.subscriptions.own(&session.person.user, id).await?;
        let own = own.ok_or(Trouble::NotFound)?;
        // Whoever is no longer the child's guardian has nothing to do with its way to school.
        let child = self.child(session, &own.child).await?;
        Ok((own, child))
    }

    fn view(&self, child: &KnownChild, year: SchoolYear, known: Known) -> Standing {
        match known {
            Known::Another => Standing::Another,
            Known::None(last) => Standing::None {
                cancelled: last
                    .and_then(|last| last.cancelled_at)
                    .map(|at| dates::numeric(&dates::day_of(at).to_string())),
                address: asking::address(&child.uid, year, None),
            },
            Known::Own(subscription) => {
                let stage = subscription.stage(now(), self.pace);
                let step = |of: Stage, name, after: i64| Step {
                    name,
                    at: dates::moment(subscription.asked_at + after * self.pace),
                    reached: of <= stage,
                    current: of == stage,
                };
                Standing::Own(Box::new(OwnView {
                    share: share_of(&subscription),
                    steps: vec![
                        step(Stage::Asked, "Abonnement demandé", 0),
                        step(Stage::Accepted, "Accepté par le service", 1),
                        step(Stage::Issued, "Titre délivré", 2),
                    ],
                    issued: stage == Stage::Issued,
                    subscription,
                }))
            }
        }
    }

    /// A pupil's own passes and times, whoever of the guardians has asked for them.
    async fn pupil(&self, session: &Session) -> Result<Response, Trouble> {
        let years = open_years(dates::today());
        let mut passes = Vec::new();
        for year in &years {
            let Some(uid) = &session.person.uid else {
                continue;
            };
            let Some(found) = self.subscriptions.of_pupil(uid, *year).await? else {
                continue;
            };
            let stage = found.stage(now(), self.pace);
            passes.push(PupilView {
                card: self.card(&found, &session.person.name)?,
                waiting: match stage {
                    Stage::Asked => Some("demandé"),
                    Stage::Accepted => Some("accepté"),
                    Stage::Issued => None,
                },
            });
        }
        Ok(page(&PupilPage {
            frame: self.gate.frame(session),
            years,
            passes,
        }))
    }
}

fn share_of(subscription: &Subscription) -> Share {
    let asked = dates::day_of(subscription.asked_at);
    Share::new(subscription.rank, subscription.year, asked)
}

/// The timetable, for everybody.
async fn timetable(
    State(service): State<Arc<Transport>>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    Ok(page(&LinesPage {
        frame: service.gate.frame_of_anybody(&headers).await?,
        lines: LINES,
    }))
}

#[derive(Deserialize)]
struct NameForm {
    csrf: String,
    child: String,
    name: String,
}

async fn name_child(
    State(service): State<Arc<Transport>>,
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

//! Bourses: a guardian asks for a school grant for a child and follows the request.
//!
//! Owns its pages. Which children are somebody's comes from the hub (`ent_children`) at every renewal of
//! the session and from nowhere else; what they are called, from the guardian. Signs in by OpenID Connect
//! with a client secret.

mod requests;

use std::io;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use super::children::{Children, KnownChild, clean_name};
use super::dates::{self, SchoolYear};
use super::oidc::credentials::Credentials;
use super::oidc::gate::{Gate, Identity};
use super::page::{Frame, Problem, Trouble, page};
use super::server::{Arguments, now};
use super::sessions::{self, Session};
use requests::{Asked, Request, Requests, Stage};

/// Largest income that is taken for one, in euros.
const MOST_INCOME: i64 = 1_000_000;
const MOST_DEPENDANTS: i64 = 15;

struct Bourses {
    gate: Arc<Gate>,
    children: Children,
    requests: Requests,
    /// Seconds that each step of a request takes.
    pace: i64,
}

#[derive(Template)]
#[template(path = "grants.html")]
struct GrantsPage {
    frame: Frame,
    year: String,
    children: Vec<ChildView>,
}

/// A child and how far the request for it is.
struct ChildView {
    child: KnownChild,
    /// Of the form that asks for it.
    address: String,
    request: RequestView,
}

enum RequestView {
    None,
    Another,
    Own {
        id: i64,
        steps: Vec<Step>,
        income: String,
        dependants: i64,
        decision: Option<Option<u8>>,
        may_withdraw: bool,
    },
}

struct Step {
    name: &'static str,
    at: String,
    reached: bool,
    current: bool,
}

#[derive(Template)]
#[template(path = "grant_form.html")]
struct FormPage {
    frame: Frame,
    child: KnownChild,
    year: String,
    form: RequestForm,
    problems: Vec<Problem>,
}

impl FormPage {
    fn is_wrong(&self, field: &str) -> bool {
        Problem::is_at(&self.problems, field)
    }
}

/// Runs the service until the process is asked to end. Each step of a request takes `pace` seconds.
///
/// # Errors
/// The port is taken, or a file cannot be read.
pub async fn run(arguments: Arguments, credentials: Credentials, pace: u32) -> io::Result<()> {
    let identity = Identity {
        id: "bourses",
        title: "Bourses",
        // Children change while a request is on its way: claims are renewed for as long as the session
        // here lasts, whatever becomes of the one at the hub.
        scopes: &["profile", "ent", "offline_access"],
        form_post: false,
        front_channel: false,
    };
    let pool = sessions::open(&arguments.data)
        .await
        .map_err(io::Error::other)?;
    let children = Children::new(pool.clone())
        .await
        .map_err(io::Error::other)?;
    let requests = Requests::new(pool.clone())
        .await
        .map_err(io::Error::other)?;
    let gate = Gate::new(identity, arguments.clone(), &credentials, pool).await?;
    let state = Arc::new(Bourses {
        gate: Arc::clone(&gate),
        children,
        requests,
        pace: i64::from(pace),
    });
    let own = Router::new()
        .route("/", get(home))
        .route("/demande", get(blank).post(submit))
        .route("/demande/retirer", post(withdraw))
        .with_state(state);
    arguments.serve(gate.router().merge(own)).await
}

async fn home(
    State(service): State<Arc<Bourses>>,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let session = service.gate.session(&headers).await?;
    let year = SchoolYear::of(dates::today()).to_string();
    let mut children = Vec::new();
    for child in service.children.of(&session.person).await? {
        let asked = service
            .requests
            .of(&session.person.user, &child.uid, &year)
            .await?;
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("enfant", &child.uid)
            .finish();
        children.push(ChildView {
            request: service.view(asked),
            address: format!("/demande?{query}"),
            child,
        });
    }
    Ok(page(&GrantsPage {
        frame: service.gate.frame(&session),
        year,
        children,
    }))
}

#[derive(Deserialize)]
struct ChildQuery {
    enfant: String,
}

async fn blank(
    State(service): State<Arc<Bourses>>,
    headers: HeaderMap,
    Query(query): Query<ChildQuery>,
) -> Result<Response, Trouble> {
    let session = service.gate.session(&headers).await?;
    let form = RequestForm {
        csrf: String::new(),
        child: query.enfant,
        name: String::new(),
        income: String::new(),
        dependants: String::new(),
        honest: None,
    };
    service.form(&session, form, Vec::new()).await
}

#[derive(Deserialize)]
struct RequestForm {
    csrf: String,
    child: String,
    #[serde(default)]
    name: String,
    income: String,
    dependants: String,
    honest: Option<String>,
}

async fn submit(
    State(service): State<Arc<Bourses>>,
    headers: HeaderMap,
    Form(form): Form<RequestForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    let child = service.child(&session, &form.child).await?;
    let (read, problems) = form.read(child.name.is_none());
    let Some(read) = read.filter(|_| problems.is_empty()) else {
        let again = service.form(&session, form, problems).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, again).into_response());
    };
    let person = &session.person;
    if let (Some(name), Some(child)) = (read.name, person.child(&child.uid)) {
        service.children.name(person, child, &name).await?;
    }
    let request = Request {
        id: 0,
        child: child.uid,
        income: read.income,
        dependants: read.dependants,
        submitted_at: now(),
    };
    let year = SchoolYear::of(dates::today()).to_string();
    if service.requests.add(&person.user, &year, &request).await? {
        Ok(Redirect::to("/").into_response())
    } else {
        Err(Trouble::BadInput(
            "Une demande est déjà déposée pour cet enfant cette année.",
        ))
    }
}

#[derive(Deserialize)]
struct WithdrawForm {
    csrf: String,
    id: i64,
}

async fn withdraw(
    State(service): State<Arc<Bourses>>,
    headers: HeaderMap,
    Form(form): Form<WithdrawForm>,
) -> Result<Response, Trouble> {
    let session = service.gate.form_session(&headers, &form.csrf).await?;
    let since = now() - service.pace;
    let requests = &service.requests;
    if requests
        .withdraw(&session.person.user, form.id, since)
        .await?
    {
        Ok(Redirect::to("/").into_response())
    } else {
        Err(Trouble::BadInput(
            "Cette demande est déjà en cours d’examen : elle ne peut plus être retirée ici.",
        ))
    }
}

impl Bourses {
    /// A child of the person, by what a form or an address says.
    async fn child(&self, session: &Session, uid: &str) -> Result<KnownChild, Trouble> {
        let known = self.children.of(&session.person).await?;
        let child = known.into_iter().find(|child| child.uid == uid);
        child.ok_or(Trouble::Forbidden(
            "Cet enfant n’est pas l’un des vôtres, ou ne l’est plus dans l’ENT.",
        ))
    }

    async fn form(
        &self,
        session: &Session,
        form: RequestForm,
        problems: Vec<Problem>,
    ) -> Result<Response, Trouble> {
        Ok(page(&FormPage {
            frame: self.gate.frame(session),
            child: self.child(session, &form.child).await?,
            year: SchoolYear::of(dates::today()).to_string(),
            form,
            problems,
        }))
    }

    fn view(&self, asked: Asked) -> RequestView {
        let request = match asked {
            Asked::Nobody => return RequestView::None,
            Asked::Another => return RequestView::Another,
            Asked::Own(request) => request,
        };
        let stage = request.stage(now(), self.pace);
        let step = |of: Stage, name, after: i64| Step {
            name,
            at: dates::moment(request.submitted_at + after * self.pace),
            reached: of <= stage,
            current: of == stage,
        };
        RequestView::Own {
            id: request.id,
            steps: vec![
                step(Stage::Submitted, "Demande déposée", 0),
                step(Stage::Examined, "En cours d’examen", 1),
                step(Stage::Decided, "Décision", 3),
            ],
            income: euros(request.income),
            dependants: request.dependants,
            decision: (stage == Stage::Decided).then(|| request.decide()),
            may_withdraw: stage == Stage::Submitted,
        }
    }
}

/// What a form says, read.
struct Read {
    name: Option<String>,
    income: i64,
    dependants: i64,
}

impl RequestForm {
    /// Reads the fields; `named`: whether the child must be named here. All mistakes are told at once.
    fn read(&self, named: bool) -> (Option<Read>, Vec<Problem>) {
        let mut problems = Vec::new();
        let mut problem = |field, text| problems.push(Problem { field, text });
        let name = named.then(|| clean_name(&self.name)).flatten();
        if named && name.is_none() {
            problem(
                "name",
                "Donnez le prénom et le nom de l’enfant, en 80 caractères au plus.",
            );
        }
        // As people write sums: `12 500`, `12 500 €`.
        let digits: String = self
            .income
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '€')
            .collect();
        let within = |text: &str, most: i64| {
            let number = text.parse::<i64>().ok();
            number.filter(|number| (0..=most).contains(number))
        };
        let income = within(&digits, MOST_INCOME);
        if income.is_none() {
            problem(
                "income",
                "Donnez le revenu fiscal de référence en euros, sans les centimes.",
            );
        }
        let dependants = within(self.dependants.trim(), MOST_DEPENDANTS);
        let dependants = dependants.filter(|number| *number > 0);
        if dependants.is_none() {
            problem(
                "dependants",
                "Donnez le nombre d’enfants à charge : au moins 1, au plus 15.",
            );
        }
        if self.honest.is_none() {
            problem("honest", "Certifiez que ces renseignements sont exacts.");
        }
        let read = income.zip(dependants).map(|(income, dependants)| Read {
            name,
            income,
            dependants,
        });
        (read, problems)
    }
}

/// `12 500 €`, with spaces that do not break.
fn euros(amount: i64) -> String {
    let digits = amount.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text + "\u{a0}€"
}

#[cfg(test)]
mod tests;

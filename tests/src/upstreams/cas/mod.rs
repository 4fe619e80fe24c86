//! A lycée of the Ministry of Agriculture with a CAS server (CAS protocol 3.0): login, validation with
//! attributes, single logout by the server itself. In the style of Apereo's: its tickets look like theirs, which
//! are not the hub's own, and attributes have the names of the national directory schema.

mod tickets;

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form as Fields, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use clau_cas::answer::{Failure, FailureCode};
use clau_cas::logout::notice;
use clau_cas::request::{Endpoint, Format, Login, Logout};
use clau_cas::xml::Xml;
use clau_domain::random::Random;
use clau_domain::service::LogoutStyle;
use clau_domain::time::Timestamp;
use serde::Deserialize;
use url::Url;

use super::arguments::Arguments;
use super::page::{self, Sign};
use super::people::{Person, Region, login, school_attributes};
use super::visits::{Session, Visits};
use crate::feedgen::Role;
use crate::services::server::now;
use tickets::{Presented, Tickets};

/// Its name in cookies and, unless another is told, the hub's connector.
pub const ID: &str = "lycee-agricole-rodez";

const SIGN: Sign = Sign {
    title: "Lycée agricole de Rodez (simulateur)",
    about: "Il tient la place du serveur CAS d’un lycée agricole.",
};
/// Where people choose who to be.
const CHOOSE: &str = "/cas/login";
/// How long a session lasts, in seconds.
const SESSION: i64 = 8 * 3_600;
/// The namespace of answers (CAS protocol appendix A).
const NAMESPACE: &str = "http://www.yale.edu/tp/cas";

/// A server. Not `Debug`: it holds tickets.
pub struct Server {
    callback: String,
    signed_out: String,
    http: reqwest::Client,
    people: Vec<Person>,
    tickets: Tickets,
    visits: Visits<Wanted, Told>,
}

/// A login that waits for somebody to be chosen.
struct Wanted {
    service: Option<String>,
}

/// What the hub got, and where it is told of a logout.
#[derive(Clone)]
struct Told {
    ticket: String,
    service: String,
}

/// Runs a server until the process is asked to end.
///
/// # Errors
/// Certificates or port cannot be had.
pub async fn run(arguments: Arguments) -> io::Result<()> {
    let region = Region::demo(arguments.seed)?;
    let server = Server::new(&arguments, &region)?;
    arguments.serve(server.router()).await
}

/// Teacher and pupil of the lycée.
///
/// # Errors
/// The region has no such lycée.
pub fn people(region: &Region) -> io::Result<Vec<Person>> {
    let schools = region.agricultural_schools()?;
    let people = region.at_school(&schools.cas).map(|character| Person {
        id: login(character),
        name: character.name.clone(),
        about: match character.role {
            Role::AgriculturalPupil => "élève".to_owned(),
            _ => "enseignant".to_owned(),
        },
        attributes: school_attributes(character),
    });
    Ok(people.collect())
}

impl Server {
    /// A server that knows these people.
    ///
    /// # Errors
    /// The hub's authority cannot be read.
    pub fn new(arguments: &Arguments, region: &Region) -> io::Result<Arc<Self>> {
        let connector = arguments.connector(ID);
        let at = |name: &str| arguments.at_hub(&format!("cas/rp/{connector}/{name}"));
        Ok(Arc::new(Self {
            callback: at("callback"),
            signed_out: at("signed-out"),
            http: arguments.http_client()?,
            people: people(region)?,
            tickets: Tickets::default(),
            visits: Visits::new(ID, arguments.is_secure(), SESSION),
        }))
    }

    /// Its routes.
    pub fn router(self: &Arc<Self>) -> Router {
        Router::new()
            .route(CHOOSE, get(ask).post(chosen))
            .route("/cas/serviceValidate", get(validate_2))
            .route("/cas/p3/serviceValidate", get(validate_3))
            .route("/cas/logout", get(leave))
            .merge(page::router(SIGN))
            .with_state(Arc::clone(self))
    }

    /// Whether an address is the hub's for this connector, whatever its query.
    fn is_known(&self, service: &str) -> bool {
        is_at(service, &self.callback)
    }

    fn proceed(&self, headers: &HeaderMap, asked: &Login) -> Response {
        let service = asked.service.as_ref().map(|url| url.as_str().to_owned());
        if service
            .as_ref()
            .is_some_and(|service| !self.is_known(service))
        {
            let text = "Ce service n’est pas autorisé à utiliser ce serveur CAS.";
            return SIGN.refuse(text, "");
        }
        let session = self.visits.of(headers).filter(|_| !asked.renew);
        match (session, &service) {
            (Some(session), Some(service)) => self.answer(service, &session, false),
            (Some(_), None) => SIGN.home(),
            (None, Some(service)) if asked.gateway => page::away(service),
            (None, _) => match self.visits.wait(Wanted { service }) {
                Ok(name) => SIGN.choose(
                    CHOOSE,
                    &name,
                    self.people.iter().map(Person::choice).collect(),
                ),
                Err(error) => SIGN.fail(&error.to_string()),
            },
        }
    }

    /// Back to the hub with a ticket.
    fn answer(&self, service: &str, session: &Session<Told>, is_new: bool) -> Response {
        let ticket = match self
            .tickets
            .give(service, &session.person, session.since, is_new)
        {
            Ok(ticket) => ticket,
            Err(error) => return SIGN.fail(&error.to_string()),
        };
        let Ok(mut address) = Url::parse(service) else {
            return SIGN.fail("l’adresse du service n’en est pas une");
        };
        address.query_pairs_mut().append_pair("ticket", &ticket);
        let told = Told {
            ticket,
            service: service.to_owned(),
        };
        self.visits.tell(&session.id, told);
        page::away(address.as_str())
    }

    fn validated(&self, pairs: &[(String, String)], endpoint: Endpoint) -> Response {
        let outcome = self.outcome(pairs, endpoint);
        let text = outcome.unwrap_or_else(|failure| failure.render(endpoint, Format::Xml).body);
        let kind = [(header::CONTENT_TYPE, "application/xml;charset=UTF-8")];
        (kind, text).into_response()
    }

    fn outcome(&self, pairs: &[(String, String)], endpoint: Endpoint) -> Result<String, Failure> {
        let failure = |code, text: &str| Failure {
            code,
            text: text.to_owned(),
        };
        let value = |name: &str| {
            let mut all = pairs.iter();
            let found = all.find(|(known, _)| known == name);
            found.map(|(_, value)| value.as_str())
        };
        let (Some(service), Some(ticket)) = (value("service"), value("ticket")) else {
            let text = "'service' and 'ticket' parameters are both required";
            return Err(failure(FailureCode::InvalidRequest, text));
        };
        let Some(presented) = self.tickets.take(ticket) else {
            let text = "the ticket is not recognized";
            return Err(failure(FailureCode::InvalidTicket, text));
        };
        if presented.service != service {
            let text = "the ticket does not match the supplied service";
            return Err(failure(FailureCode::InvalidService, text));
        }
        if value("renew") == Some("true") && !presented.is_new {
            let text = "the ticket is not from a new login";
            return Err(failure(FailureCode::InvalidTicket, text));
        }
        let mut people = self.people.iter();
        let person = people.find(|person| person.id == presented.person);
        let person =
            person.ok_or_else(|| failure(FailureCode::InternalError, "nobody is there"))?;
        Ok(success(person, &presented, endpoint.is_p3()))
    }

    /// Tells the hub of the end of what its tickets began.
    async fn tell(&self, session: &Session<Told>) {
        for told in &session.told {
            let message = notice(LogoutStyle::Form, &told.ticket, instant(now()), &Os);
            let Some(message) = message else { continue };
            let request = self.http.post(&told.service);
            let request = request.header(header::CONTENT_TYPE.as_str(), message.media_type);
            if let Err(error) = request.body(message.body).send().await {
                eprintln!("logout not told: {}", error.without_url());
            }
        }
    }
}

/// Whether an address is this one, whatever its query.
fn is_at(address: &str, known: &str) -> bool {
    let rest = address.strip_prefix(known);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
}

fn success(person: &Person, presented: &Presented, with_attributes: bool) -> String {
    let mut children = vec![Xml::text("cas:user", &person.id)];
    if with_attributes {
        let facts = [
            ("authenticationDate", instant(presented.since).rfc3339()),
            ("longTermAuthenticationRequestTokenUsed", "false".to_owned()),
            ("isFromNewLogin", presented.is_new.to_string()),
        ];
        let facts = facts.map(|(name, value)| Xml::text(format!("cas:{name}"), &value));
        let said = person.attributes.iter().flat_map(|(name, values)| {
            let values = values.iter();
            values.map(move |value| Xml::text(format!("cas:{name}"), value))
        });
        let attributes = facts.into_iter().chain(said).collect();
        children.push(Xml::parent("cas:attributes", attributes));
    }
    let success = Xml::parent("cas:authenticationSuccess", children);
    Xml::parent("cas:serviceResponse", vec![success])
        .with("xmlns:cas", NAMESPACE)
        .document()
}

fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

/// The system's randomness.
struct Os;

impl Random for Os {
    fn fill(&self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}

type Shared = State<Arc<Server>>;
type Pairs = Query<Vec<(String, String)>>;

async fn ask(State(server): Shared, headers: HeaderMap, Query(pairs): Pairs) -> Response {
    match Login::parse(&pairs) {
        Ok(asked) => server.proceed(&headers, &asked),
        Err(problem) => SIGN.refuse(&format!("La demande n’est pas comprise : {problem}."), ""),
    }
}

#[derive(Deserialize)]
struct Chosen {
    demande: String,
    personne: String,
}

async fn chosen(State(server): Shared, jar: CookieJar, Fields(chosen): Fields<Chosen>) -> Response {
    let Some(wanted) = server.visits.take(&chosen.demande) else {
        let text = "Cette demande a expiré ou a déjà servi. Recommencez depuis l’ENT.";
        return SIGN.refuse(text, "");
    };
    let mut people = server.people.iter();
    // There is no way to say no by CAS: whoever turns back stays here.
    if !people.any(|person| person.id == chosen.personne) {
        return SIGN.home();
    }
    let (session, cookie) = match server.visits.open(&chosen.personne) {
        Ok(opened) => opened,
        Err(error) => return SIGN.fail(&error.to_string()),
    };
    let answer = match &wanted.service {
        Some(service) => server.answer(service, &session, true),
        None => SIGN.home(),
    };
    (jar.add(cookie), answer).into_response()
}

async fn validate_2(State(server): Shared, Query(pairs): Pairs) -> Response {
    server.validated(&pairs, Endpoint::ServiceValidate)
}

async fn validate_3(State(server): Shared, Query(pairs): Pairs) -> Response {
    server.validated(&pairs, Endpoint::P3ServiceValidate)
}

/// Ends the session, tells the hub, and goes where the hub may send people.
async fn leave(
    State(server): Shared,
    headers: HeaderMap,
    jar: CookieJar,
    Query(pairs): Pairs,
) -> Response {
    let session = server.visits.of(&headers);
    if let Some(session) = session.and_then(|session| server.visits.end(&session.id)) {
        server.tell(&session).await;
    }
    let jar = jar.add(server.visits.no_cookie());
    let wanted = Logout::parse(&pairs).service;
    let wanted = wanted.filter(|address| {
        let address = address.as_str();
        is_at(address, &server.signed_out) || server.is_known(address)
    });
    match wanted {
        Some(address) => (jar, page::away(address.as_str())).into_response(),
        None => (jar, SIGN.signed_out()).into_response(),
    }
}

#[cfg(test)]
mod tests;

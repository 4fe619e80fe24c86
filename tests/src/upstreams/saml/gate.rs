//! The routes of an identity provider: requests, the entrance that needs none, choosing who to be. Owns when
//! somebody is asked; what is believed and answered is `provider`'s.

use std::io;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Form as Fields, Query, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum_extra::extract::CookieJar;
use clau_saml::binding::Received;
use clau_saml::error::Problem;
use clau_saml::key::KeyKind;
use clau_saml::message::StatusCode;
use serde::Deserialize;
use url::form_urlencoded;

use super::manner::Manner;
use super::partner::Partner;
use super::provider::{Asked, Provider, SESSION, Told, here, read, unsolicited};
use super::{logout, metadata};
use crate::services::saml::keys::Keys;
use crate::upstreams::arguments::Arguments;
use crate::upstreams::page;
use crate::upstreams::people::{Person, Region};
use crate::upstreams::visits::{Session, Visits};

/// Where people choose who to be.
const CHOOSE: &str = "/connexion";

/// The gate of one identity provider. Not `Debug`: it holds keys.
pub struct Gate {
    pub(super) manner: &'static Manner,
    pub(super) arguments: Arguments,
    pub(super) keys: Keys,
    pub(super) partner: Partner,
    pub(super) visits: Visits<Asked, Told>,
    people: Vec<Person>,
}

/// Runs an identity provider until the process is asked to end. Its keys are in `keys`, made where missing.
///
/// # Errors
/// Keys, certificates or port cannot be had.
pub async fn run(manner: &'static Manner, arguments: Arguments, keys: &Path) -> io::Result<()> {
    let region = Region::demo(arguments.seed)?;
    let keys = Keys::in_directory(keys, KeyKind::Rsa2048, manner.id)?;
    let gate = Gate::new(manner, arguments.clone(), keys, &region)?;
    arguments.serve(gate.router()).await
}

impl Gate {
    /// The gate of an identity provider that knows these people.
    ///
    /// # Errors
    /// The hub's authority cannot be read, or nobody of the region has a part.
    pub fn new(
        manner: &'static Manner,
        arguments: Arguments,
        keys: Keys,
        region: &Region,
    ) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            manner,
            people: (manner.people)(region)?,
            partner: Partner::new(&arguments, manner.id)?,
            visits: Visits::new(manner.id, arguments.is_secure(), SESSION),
            keys,
            arguments,
        }))
    }

    /// Its routes.
    pub fn router(self: &Arc<Self>) -> Router {
        let paths = &self.manner.paths;
        let mut router = Router::new()
            .route(paths.metadata, get(describe))
            .route(paths.redirect, get(by_redirect))
            .route(CHOOSE, get(ask).post(chosen));
        router = router.route(paths.post, axum::routing::post(by_post));
        if paths.unsolicited.path != paths.redirect {
            router = router.route(paths.unsolicited.path, get(by_redirect));
        }
        router
            .merge(logout::router(self.manner))
            .merge(page::router(self.manner.sign))
            .with_state(Arc::clone(self))
    }

    pub(super) fn provider(&self) -> Provider<'_> {
        Provider {
            manner: self.manner,
            arguments: &self.arguments,
            key: &self.keys.signing,
        }
    }

    fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// Why a message is not believed, on a page.
    pub(super) fn refuse(&self, problem: Problem) -> Response {
        let text = format!("Ce fournisseur d’identité refuse la demande de l’ENT : {problem}.");
        self.manner.sign.refuse(&text, "")
    }

    /// The answer for a browser, by what is known of it.
    async fn proceed(&self, headers: &HeaderMap, jar: CookieJar, asked: Asked) -> Response {
        if let Some(refused) = asked.refused {
            return self.refused(&asked, refused);
        }
        let session = self.visits.of(headers).filter(|_| !asked.force);
        match session {
            Some(session) => self.answer(jar, &asked, &session).await,
            None if asked.passive => {
                self.refused(&asked, (StatusCode::NoPassive, "nobody is signed in"))
            }
            None => match self.visits.wait(asked) {
                Ok(name) => page::away(&format!("{CHOOSE}?demande={name}")),
                Err(error) => self.manner.sign.fail(&error.to_string()),
            },
        }
    }

    async fn answer(&self, jar: CookieJar, asked: &Asked, session: &Session<Told>) -> Response {
        let Some(person) = self.person(&session.person) else {
            return self.manner.sign.fail("la personne n’est plus connue");
        };
        let service = match self.partner.service().await {
            Ok(service) => service,
            Err(missing) => return self.manner.sign.fail(&missing),
        };
        match self.provider().answer(asked, &service, (person, session)) {
            Ok((form, told)) => {
                self.visits.tell(&session.id, told);
                let page = self.manner.sign.post(&form.action, &form.fields);
                (jar, page).into_response()
            }
            Err(problem) => self.refuse(problem),
        }
    }

    fn refused(&self, asked: &Asked, why: (StatusCode, &str)) -> Response {
        match self.provider().refuse(asked, why) {
            Ok(form) => self.manner.sign.post(&form.action, &form.fields),
            Err(problem) => self.refuse(problem),
        }
    }

    async fn received(&self, headers: &HeaderMap, jar: CookieJar, received: &Received) -> Response {
        let path = here(self.manner, received).trim_start_matches('/');
        let here = self.arguments.address(path);
        let read = |service: &_| read(self.manner, service, (received, &here));
        match self.partner.with(read).await {
            Ok(Ok(asked)) => self.proceed(headers, jar, asked).await,
            Ok(Err(problem)) => self.refuse(problem),
            Err(missing) => self.manner.sign.fail(&missing),
        }
    }
}

type Shared = State<Arc<Gate>>;

async fn describe(State(gate): Shared) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/samlmetadata+xml")];
    let certificate = gate.keys.signing.certificate();
    let text = metadata::write(gate.manner, &gate.arguments, certificate);
    (kind, text).into_response()
}

/// A request in an address, or somebody at the entrance that needs none.
async fn by_redirect(
    State(gate): Shared,
    headers: HeaderMap,
    jar: CookieJar,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let parameters: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let value = |name: &str| {
        let mut all = parameters.iter();
        all.find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    };
    let entrance = &gate.manner.paths.unsolicited;
    if let (None, Some(named)) = (value("SAMLRequest"), value(entrance.service)) {
        let target = value(entrance.target);
        let read = |service: &_| unsolicited(gate.manner, service, named, target);
        return match gate.partner.with(read).await {
            Ok(Ok(asked)) => gate.proceed(&headers, jar, asked).await,
            Ok(Err(problem)) => gate.refuse(problem),
            Err(missing) => gate.manner.sign.fail(&missing),
        };
    }
    match Received::from_query(&query) {
        Ok(received) => gate.received(&headers, jar, &received).await,
        Err(problem) => gate.refuse(problem),
    }
}

async fn by_post(
    State(gate): Shared,
    headers: HeaderMap,
    jar: CookieJar,
    Fields(fields): Fields<Vec<(String, String)>>,
) -> Response {
    match Received::from_form(&fields) {
        Ok(received) => gate.received(&headers, jar, &received).await,
        Err(problem) => gate.refuse(problem),
    }
}

#[derive(Deserialize)]
struct Waiting {
    demande: String,
}

/// Who do you want to be?
async fn ask(State(gate): Shared, Query(waiting): Query<Waiting>) -> Response {
    if !gate.visits.waits(&waiting.demande) {
        return too_late(&gate);
    }
    let people = gate.people.iter().map(Person::choice).collect();
    gate.manner.sign.choose(CHOOSE, &waiting.demande, people)
}

#[derive(Deserialize)]
struct Chosen {
    demande: String,
    personne: String,
}

async fn chosen(State(gate): Shared, jar: CookieJar, Fields(chosen): Fields<Chosen>) -> Response {
    let Some(asked) = gate.visits.take(&chosen.demande) else {
        return too_late(&gate);
    };
    if gate.person(&chosen.personne).is_none() {
        return gate.refused(&asked, (StatusCode::AuthnFailed, "the person turned back"));
    }
    match gate.visits.open(&chosen.personne) {
        Ok((session, cookie)) => gate.answer(jar.add(cookie), &asked, &session).await,
        Err(error) => gate.manner.sign.fail(&error.to_string()),
    }
}

fn too_late(gate: &Gate) -> Response {
    let text = "Cette demande a expiré ou a déjà servi. Recommencez depuis l’ENT.";
    gate.manner.sign.refuse(text, "")
}

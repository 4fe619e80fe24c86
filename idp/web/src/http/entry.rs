//! The door: every request gets a reference, a client address and a language, is refused here if it
//! is not fit to be answered, and its answer is protected, counted and logged here, whatever became
//! of it. A handler that panics costs this one request (AVL-08).

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use clau_domain::language::Language;
use clau_domain::random::Random;
use clau_domain::time::Timestamp;
use clau_engine::{Client, Cx};
use futures_util::FutureExt;
use http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, Method};
use tracing::Instrument;

use super::cookies::Jar;
use super::{address, answer, browser, headers, target};
use crate::app::App;
use crate::error::Failed;
use crate::pages::Frame;
use crate::pages::problem::{Problem, ProblemPage};
use crate::texts::Texts;

/// One request, as handlers know it.
#[derive(Clone, Debug)]
pub struct Visit {
    /// When it came.
    pub now: Timestamp,
    /// What the person sees and the log knows.
    pub reference: String,
    /// Who sent it.
    pub client: Client,
    /// In which language to answer.
    pub language: Language,
    /// Its cookies.
    pub jar: Jar,
    /// Path and query, to come back to.
    pub here: String,
}

impl Visit {
    /// The request, as use cases know it.
    pub fn cx<'a>(&self, app: &'a App) -> Cx<'a> {
        Cx {
            now: self.now,
            random: app.random(),
            client: self.client.clone(),
            reference: self.reference.clone(),
        }
    }

    /// What a page has around it.
    pub fn frame(&self, app: &App) -> Frame {
        let settings = app.hub().settings();
        Frame {
            t: Texts::new(self.language),
            region: settings.region.clone(),
            contact: settings.contact.clone(),
            host: app.base().authority.clone(),
            here: self.here.clone(),
            person: None,
            token: String::new(),
        }
    }

    fn of(app: &App, request: &Request) -> Self {
        let now = app.now();
        let headers = request.headers();
        let jar = Jar::read(headers, app.base().secure);
        // Whoever accepts connections names the peer; without one nobody is mistaken for anybody.
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
        let wish = text(headers, ACCEPT_LANGUAGE);
        // After a POST only a GET can show the page again: the handler says where that is.
        let here = match *request.method() {
            Method::GET | Method::HEAD => request
                .uri()
                .path_and_query()
                .map_or("/", |target| target.as_str()),
            _ => "/",
        };
        Self {
            now,
            reference: reference(app.random()),
            client: Client {
                address: address::client(peer, headers, app.trusted_proxies()),
                browser: browser::describe(text(headers, USER_AGENT)),
            },
            language: jar.language.unwrap_or_else(|| Language::negotiate(wish)),
            jar,
            here: here.to_owned(),
        }
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Failed;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failed> {
        let visit = parts.extensions.get::<Self>().cloned();
        visit.ok_or_else(|| Failed::defect("a route outside the door".to_owned()))
    }
}

fn text(headers: &HeaderMap, name: http::HeaderName) -> &str {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

/// Eight characters that nobody mistakes on the telephone: `7H3K-9QRT`.
fn reference(random: &dyn Random) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut text = String::with_capacity(9);
    for (index, byte) in random.bytes::<8>().into_iter().enumerate() {
        if index == 4 {
            text.push('-');
        }
        text.extend(
            ALPHABET
                .get(usize::from(byte % 32))
                .copied()
                .map(char::from),
        );
    }
    text
}

/// The door itself, around every route.
pub async fn enter(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let visit = Visit::of(&app, &request);
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", |path| path.as_str());
    let route = route.to_owned();
    // Neither query nor headers: they carry tickets, logins and cookies (LOG-02).
    let span = tracing::info_span!(
        "request",
        method = %method,
        route = %route,
        reference = %visit.reference,
        // Told by the engine once a program has said who it is.
        client = tracing::field::Empty,
    );
    let refused = target::check(
        app.base(),
        request.uri(),
        request.headers(),
        request.version(),
    )
    .err();
    request.extensions_mut().insert(visit.clone());
    let answering = async {
        let response = match refused {
            Some(problem) => match school_door(&app, &request) {
                // A school's own address leads to the login page as that school's (WEB-05: to ours, whatever
                // the request says).
                Some(address) => Ok(answer::redirect(&address)),
                None => Err(Failed::from(problem)),
            },
            None => run(next, request).await,
        };
        let mut response = finish(&app, &visit, response);
        headers::protect(response.headers_mut(), app.base().secure);
        count(&method, &route, response.status().as_u16(), began);
        response
    };
    answering.instrument(span).await
}

/// Where a request goes that has come by the host name of a school.
fn school_door(app: &App, request: &Request) -> Option<String> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let host = request.uri().host();
    let host = host.or_else(|| {
        text(request.headers(), http::header::HOST)
            .split(':')
            .next()
    });
    let uai = app.hub().school_of_host(&host?.to_ascii_lowercase())?;
    let base = &app.hub().settings().base_url;
    Some(format!("{base}/login?uai={}", uai.as_str()))
}

/// Runs the handler. What panics is answered as a defect (FT-19).
async fn run(next: Next, request: Request) -> Result<Response, Failed> {
    // Without the words of the panic, which may quote what a stranger sent; its place is logged and
    // counted where it happens.
    let mut response = AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .map_err(|_| Failed::defect("a panic".to_owned()))?;
    if let Some(failed) = response.extensions_mut().remove::<Failed>() {
        return Err(failed);
    }
    // Answers of the router itself have no body.
    let bare = !response.headers().contains_key(CONTENT_TYPE);
    match response.status().as_u16() {
        404 if bare => Err(Problem::NotFound.into()),
        405 if bare => {
            let allow = response.headers_mut().remove(http::header::ALLOW);
            let mut failed = Failed::from(Problem::Method);
            failed.allow = allow;
            Err(failed)
        }
        413 if bare => Err(Problem::TooLarge.into()),
        _ => Ok(response),
    }
}

/// Shows and logs what failed, once.
fn finish(app: &App, visit: &Visit, outcome: Result<Response, Failed>) -> Response {
    let failed = match outcome {
        Ok(response) => return response,
        Err(failed) => failed,
    };
    let status = failed.problem.status();
    let cause = failed.cause.as_deref().unwrap_or_default();
    let problem = failed.problem;
    if status.is_server_error() {
        tracing::error!(event = "request.failed", ?problem, cause, client = %visit.client.address, "request failed");
    } else {
        tracing::info!(event = "request.refused", ?problem, cause, client = %visit.client.address, "request refused");
    }
    let page = ProblemPage {
        frame: visit.frame(app),
        kind: problem,
        retry: failed.retry.clone(),
        reference: visit.reference.clone(),
    };
    let mut response = answer::page(status, &page, None).unwrap_or_else(|_| {
        let mut bare = Response::default();
        *bare.status_mut() = status;
        bare
    });
    if problem == Problem::Unavailable {
        answer::retry_after(response.headers_mut(), 5);
    }
    if let Some(allow) = failed.allow {
        response.headers_mut().insert(http::header::ALLOW, allow);
    }
    response
}

fn count(method: &Method, route: &str, status: u16, began: Instant) {
    // Methods that strangers make up must not make up labels (WEB-09).
    let method = match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    };
    let took = began.elapsed();
    metrics::counter!(
        "http_requests_total",
        "method" => method,
        "route" => route.to_owned(),
        "status" => status.to_string()
    )
    .increment(1);
    metrics::histogram!("http_request_seconds", "route" => route.to_owned())
        .record(took.as_secs_f64());
    tracing::debug!(
        status,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
}

/// Everything that no route answers.
pub async fn nothing_here() -> Result<Infallible, Failed> {
    Err(Problem::NotFound.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clau_domain::random::SeededForTests;

    #[test]
    fn references_can_be_read_out() {
        let reference = reference(&SeededForTests::new(1));
        assert_eq!(reference.len(), 9);
        assert!(
            reference
                .chars()
                .all(|c| c == '-' || c.is_ascii_digit() || c.is_ascii_uppercase())
        );
    }
}

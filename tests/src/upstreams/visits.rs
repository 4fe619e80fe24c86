//! Who is at a simulator: requests that wait for somebody to be chosen, and browsers that have chosen. In
//! memory: a simulator that is started again has forgotten everybody, which a hub must bear.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::services::server::{digest, now, secret};

/// How long a person may think, in seconds.
const PATIENCE: i64 = 1_800;
/// Most requests that wait: a simulator is asked by tests as well.
const MOST_WAITING: usize = 10_000;

/// Requests `R` that wait, and sessions with what was told to services of each, `T`.
pub struct Visits<R, T> {
    cookie: String,
    secure: bool,
    lifetime: i64,
    kept: Mutex<Kept<R, T>>,
}

struct Kept<R, T> {
    waiting: HashMap<String, (i64, R)>,
    sessions: HashMap<String, Session<T>>,
}

/// A browser in which somebody was chosen.
#[derive(Debug, Clone)]
pub struct Session<T> {
    /// Its name inside this simulator.
    pub id: String,
    /// Who was chosen.
    pub person: String,
    /// When, in seconds since 1970.
    pub since: i64,
    /// What services were told.
    pub told: Vec<T>,
}

impl<R, T: Clone> Visits<R, T> {
    /// Nobody yet. Sessions last for `lifetime` seconds.
    #[must_use]
    pub fn new(name: &str, secure: bool, lifetime: i64) -> Self {
        let cookie = match secure {
            true => format!("__Host-{name}"),
            false => name.to_owned(),
        };
        Self {
            cookie,
            secure,
            lifetime,
            kept: Mutex::new(Kept {
                waiting: HashMap::new(),
                sessions: HashMap::new(),
            }),
        }
    }

    /// Lets a request wait; gives its name.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn wait(&self, request: R) -> io::Result<String> {
        let name = secret()?;
        let mut kept = self.kept();
        let now = now();
        kept.waiting.retain(|_, (until, _)| *until > now);
        if kept.waiting.len() >= MOST_WAITING {
            return Err(io::Error::other("too many requests wait"));
        }
        kept.waiting.insert(name.clone(), (now + PATIENCE, request));
        Ok(name)
    }

    /// Whether a request still waits.
    #[must_use]
    pub fn waits(&self, name: &str) -> bool {
        let kept = self.kept();
        kept.waiting
            .get(name)
            .is_some_and(|(until, _)| *until > now())
    }

    /// A request, which waits no longer.
    #[must_use]
    pub fn take(&self, name: &str) -> Option<R> {
        let (until, request) = self.kept().waiting.remove(name)?;
        (until > now()).then_some(request)
    }

    /// Somebody was chosen in a browser.
    ///
    /// # Errors
    /// There is no randomness.
    pub fn open(&self, person: &str) -> io::Result<(Session<T>, Cookie<'static>)> {
        let value = secret()?;
        let session = Session {
            id: digest(&value),
            person: person.to_owned(),
            since: now(),
            told: Vec::new(),
        };
        let mut kept = self.kept();
        let begun = now() - self.lifetime;
        kept.sessions.retain(|_, session| session.since > begun);
        kept.sessions.insert(session.id.clone(), session.clone());
        Ok((session, self.with_value(value)))
    }

    /// The session of a browser.
    #[must_use]
    pub fn of(&self, headers: &HeaderMap) -> Option<Session<T>> {
        let jar = CookieJar::from_headers(headers);
        let id = digest(jar.get(&self.cookie)?.value());
        let kept = self.kept();
        let session = kept.sessions.get(&id)?;
        (session.since > now() - self.lifetime).then(|| session.clone())
    }

    /// Remembers what a service was told.
    pub fn tell(&self, session: &str, told: T) {
        if let Some(session) = self.kept().sessions.get_mut(session) {
            session.told.push(told);
        }
    }

    /// Ends a session; gives it where there was one.
    pub fn end(&self, session: &str) -> Option<Session<T>> {
        self.kept().sessions.remove(session)
    }

    /// The sessions of which a service was told something.
    #[must_use]
    pub fn told(&self, is_meant: impl Fn(&T) -> bool) -> Vec<Session<T>> {
        let kept = self.kept();
        let meant = kept.sessions.values();
        let meant = meant.filter(|session| session.told.iter().any(&is_meant));
        meant.cloned().collect()
    }

    /// The cookie that takes a session away from the browser.
    #[must_use]
    pub fn no_cookie(&self) -> Cookie<'static> {
        let mut cookie = self.with_value(String::new());
        cookie.make_removal();
        cookie
    }

    fn with_value(&self, value: String) -> Cookie<'static> {
        Cookie::build((self.cookie.clone(), value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .build()
    }

    fn kept(&self) -> MutexGuard<'_, Kept<R, T>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

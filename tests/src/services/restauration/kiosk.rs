//! The kiosk: a screen in the canteen without a keyboard. It shows a code, waits until somebody has typed
//! or scanned it on their own telephone, greets them with their meal, and forgets them.
//!
//! Owns what each screen shows, in memory alone, and at most a handful of screens. The page loads itself
//! again; it needs neither script nor button. Nobody is ever signed in on it: the tokens serve for one
//! question and are taken back.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use tokio::task::AbortHandle;

use super::meals::{Choice, Menu, coming_days, menu};
use super::{Restauration, SCOPES, key};
use crate::services::dates;
use crate::services::oidc::{DeviceCodes, OidcError, Outcome};
use crate::services::page::{Frame, Trouble, page};
use crate::services::person::Person;
use crate::services::qr;
use crate::services::server::{digest, now, secret};

/// How long somebody's meal is shown, in seconds.
const GREETING: i64 = 20;
/// How long any other news is shown, in seconds.
const NEWS: i64 = 8;
/// How often a page that waits loads itself again, in seconds.
const REFRESH: i64 = 3;
/// A screen that has not asked for this long is off, in seconds.
const UNSEEN: i64 = 60;
/// Most screens at a time: whoever opens more of them keeps the hub from nobody.
const MOST_SCREENS: usize = 16;

/// The screens.
pub(super) struct Kiosks {
    cookie: String,
    secure: bool,
    screens: Mutex<HashMap<String, Screen>>,
}

/// One screen.
struct Screen {
    shown: Shown,
    seen_at: i64,
    /// Waits for somebody. Ends with what it waits for, or with the screen.
    waiting: Option<AbortHandle>,
}

impl Drop for Screen {
    fn drop(&mut self) {
        if let Some(waiting) = &self.waiting {
            waiting.abort();
        }
    }
}

/// What a screen shows.
#[derive(Clone)]
enum Shown {
    Codes(Codes),
    Greeting(Greeting, i64),
    News(News, i64),
}

#[derive(Clone)]
struct Codes {
    user_code: String,
    address: String,
    /// An image, ready for the page.
    qr: String,
    until: i64,
}

#[derive(Clone)]
struct Greeting {
    given_name: String,
    day: String,
    choice: Option<Choice>,
    menu: Menu,
}

#[derive(Clone, Copy)]
enum News {
    Denied,
    Unavailable,
}

impl Shown {
    /// Until when, in seconds since 1970.
    fn until(&self) -> i64 {
        match self {
            Self::Codes(codes) => codes.until,
            Self::Greeting(_, until) | Self::News(_, until) => *until,
        }
    }
}

#[derive(Template)]
#[template(path = "kiosk.html")]
struct KioskPage {
    frame: Frame,
    shown: Shown,
    /// Seconds after which the page loads itself again.
    refresh: i64,
}

impl Kiosks {
    /// No screens yet.
    pub(super) fn new(secure: bool) -> Self {
        let name = "restauration-borne";
        Self {
            cookie: if secure {
                format!("__Host-{name}")
            } else {
                name.to_owned()
            },
            secure,
            screens: Mutex::default(),
        }
    }

    fn screens(&self) -> MutexGuard<'_, HashMap<String, Screen>> {
        self.screens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The cookie by which a screen is known, and whether it is new.
    fn screen_of(&self, headers: &HeaderMap) -> io::Result<(String, bool)> {
        let jar = CookieJar::from_headers(headers);
        match jar.get(&self.cookie) {
            Some(cookie) => Ok((cookie.value().to_owned(), false)),
            None => Ok((secret()?, true)),
        }
    }

    fn cookie(&self, value: String) -> Cookie<'static> {
        Cookie::build((self.cookie.clone(), value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Strict)
            .build()
    }

    /// What a screen shows now; `None` when it has nothing to show any more.
    fn seen(&self, id: &str, now: i64) -> Option<Shown> {
        let mut screens = self.screens();
        screens.retain(|_, screen| screen.seen_at + UNSEEN > now);
        let screen = screens.get_mut(id)?;
        screen.seen_at = now;
        (screen.shown.until() > now).then(|| screen.shown.clone())
    }

    fn is_full(&self, id: &str) -> bool {
        let screens = self.screens();
        !screens.contains_key(id) && screens.len() >= MOST_SCREENS
    }

    fn put(&self, id: &str, shown: Shown, waiting: Option<AbortHandle>, now: i64) {
        let screen = Screen {
            shown,
            seen_at: now,
            waiting,
        };
        self.screens().insert(id.to_owned(), screen);
    }

    /// Shows something else on a screen that is still there.
    fn change(&self, id: &str, shown: Shown) {
        if let Some(screen) = self.screens().get_mut(id) {
            screen.shown = shown;
        }
    }

    fn is_on(&self, id: &str, now: i64) -> bool {
        let screens = self.screens();
        screens
            .get(id)
            .is_some_and(|screen| screen.seen_at + UNSEEN > now)
    }

    fn forget(&self, id: &str) {
        self.screens().remove(id);
    }
}

/// The page of a screen.
pub(super) async fn show(
    State(service): State<Arc<Restauration>>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<Response, Trouble> {
    let (value, new) = service.kiosks.screen_of(&headers)?;
    let id = digest(&value);
    let shown = match service.kiosks.seen(&id, now()) {
        Some(shown) => shown,
        None => service.begin(&id).await,
    };
    let left = (shown.until() - now()).max(1);
    let refresh = match &shown {
        Shown::Codes(_) => left.min(REFRESH),
        Shown::Greeting(..) | Shown::News(..) => left,
    };
    let page = page(&KioskPage {
        frame: service.gate.frame_of_nobody(),
        shown,
        refresh,
    });
    Ok(if new {
        (jar.add(service.kiosks.cookie(value)), page).into_response()
    } else {
        page
    })
}

impl Restauration {
    /// Asks for codes and waits behind the page for somebody to use them.
    async fn begin(self: &Arc<Self>, id: &str) -> Shown {
        let unavailable = |why: &str| {
            eprintln!("kiosk: {why}");
            Shown::News(News::Unavailable, now() + NEWS)
        };
        if self.kiosks.is_full(id) {
            return unavailable("too many screens");
        }
        let asked = self.gate.device_codes(SCOPES).await;
        let codes = match asked.map(|codes| (Codes::new(&codes), codes)) {
            Ok((Some(shown), codes)) => (shown, codes),
            Ok((None, _)) => return unavailable("the address does not fit into a picture"),
            Err(error) => {
                let shown = unavailable(&error.to_string());
                self.kiosks.put(id, shown.clone(), None, now());
                return shown;
            }
        };
        let (shown, codes) = (Shown::Codes(codes.0), codes.1);
        let waiting = tokio::spawn(Arc::clone(self).wait(id.to_owned(), codes));
        self.kiosks
            .put(id, shown.clone(), Some(waiting.abort_handle()), now());
        shown
    }

    /// Waits for somebody, shows what became of it for its time, and forgets it.
    async fn wait(self: Arc<Self>, id: String, codes: DeviceCodes) {
        let switched_off = async {
            let step = Duration::from_secs(REFRESH.unsigned_abs());
            loop {
                tokio::time::sleep(step).await;
                if !self.kiosks.is_on(&id, now()) {
                    return;
                }
            }
        };
        let outcome = tokio::select! {
            outcome = self.gate.device_outcome(&codes) => outcome,
            () = switched_off => Ok(Outcome::Expired),
        };
        let shown = match self.answer(outcome).await {
            Ok(Some(shown)) => shown,
            // The next page asks for new codes.
            Ok(None) => return self.kiosks.forget(&id),
            Err(trouble) => {
                eprintln!("kiosk: {trouble:?}");
                Shown::News(News::Unavailable, now() + NEWS)
            }
        };
        let rest = Duration::from_secs((shown.until() - now()).max(0).unsigned_abs());
        self.kiosks.change(&id, shown);
        tokio::time::sleep(rest).await;
        // Whether or not a page was asked for meanwhile.
        self.kiosks.forget(&id);
    }

    async fn answer(&self, outcome: Result<Outcome, OidcError>) -> Result<Option<Shown>, Trouble> {
        Ok(match outcome? {
            Outcome::Person(person) => {
                let greeting = self.greeting(&person).await?;
                Some(Shown::Greeting(greeting, now() + GREETING))
            }
            Outcome::Denied => Some(Shown::News(News::Denied, now() + NEWS)),
            Outcome::Expired => None,
        })
    }

    /// The meal of today, or of the day on which the canteen opens again.
    async fn greeting(&self, person: &Person) -> Result<Greeting, Trouble> {
        let today = dates::today();
        let day = coming_days(today).first().copied().unwrap_or(today);
        let reserved = self.meals.of(key(person), day).await?;
        Ok(Greeting {
            given_name: person
                .given_name
                .clone()
                .unwrap_or_else(|| person.name.clone()),
            day: dates::spoken(day),
            choice: reserved.get(&day).copied(),
            menu: menu(day),
        })
    }
}

impl Codes {
    fn new(codes: &DeviceCodes) -> Option<Self> {
        let lifetime = i64::try_from(codes.lifetime().as_secs()).unwrap_or(REFRESH);
        Some(Self {
            user_code: codes.user_code().to_owned(),
            // As people type it: browsers add the rest.
            address: codes.address().trim_start_matches("https://").to_owned(),
            qr: qr::picture(codes.address_with_code())?,
            until: now() + lifetime,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(until: i64) -> Shown {
        Shown::News(News::Denied, until)
    }

    #[test]
    fn a_screen_that_is_off_is_forgotten() {
        let kiosks = Kiosks::new(true);
        kiosks.put("a", shown(1_000), None, 100);
        assert!(kiosks.seen("a", 159).is_some());
        assert!(kiosks.is_on("a", 218) && !kiosks.is_on("a", 219));
        assert!(kiosks.seen("b", 219).is_none());
        assert!(kiosks.screens().is_empty());
        kiosks.put("a", shown(110), None, 100);
        assert!(kiosks.seen("a", 110).is_none(), "its time is over");
    }

    #[test]
    fn there_are_only_so_many_screens() {
        let kiosks = Kiosks::new(true);
        for number in 0..MOST_SCREENS {
            assert!(!kiosks.is_full("another"));
            kiosks.put(&number.to_string(), shown(1_000), None, 100);
        }
        assert!(kiosks.is_full("another"));
        assert!(!kiosks.is_full("3"), "one of them may go on");
    }
}

//! Cookies: which there are, how they are read and how they are set (SES-01). Their values are secrets
//! of the engine's; nothing here looks into them.

use std::time::Duration;

use clau_domain::language::Language;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

/// The cookies of the hub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// A signed-in session.
    Session,
    /// The browser to which logins in progress are bound.
    Browser,
    /// A device on which somebody has signed in before.
    Device,
    /// The language chosen.
    Language,
    /// The way by which somebody has come in on this device: a source, or login and password.
    Source,
}

impl Cookie {
    /// The cookie's name. The prefix makes browsers insist on `Secure`, on `Path=/` and on no
    /// `Domain`, so that no neighbouring host can set it; they refuse it on plain HTTP, which only
    /// development uses.
    pub const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-clau-session",
            (Self::Browser, true) => "__Host-clau-browser",
            (Self::Device, true) => "__Host-clau-device",
            (Self::Language, true) => "__Host-clau-lang",
            (Self::Source, true) => "__Host-clau-source",
            (Self::Session, false) => "clau-session",
            (Self::Browser, false) => "clau-browser",
            (Self::Device, false) => "clau-device",
            (Self::Language, false) => "clau-lang",
            (Self::Source, false) => "clau-source",
        }
    }
}

/// The cookies that came with a request.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    /// Value of the session cookie.
    pub session: Option<String>,
    /// Value of the browser cookie.
    pub browser: Option<String>,
    /// Value of the device cookie.
    pub device: Option<String>,
    /// Language chosen.
    pub language: Option<Language>,
    /// The way by which somebody has come in on this device.
    pub source: Option<String>,
}

impl Jar {
    /// Reads the `Cookie` headers. A name that comes twice counts as not there: one of the two was
    /// set by somebody else.
    pub fn read(headers: &HeaderMap, secure: bool) -> Self {
        let text = |cookie: Cookie| {
            let name = cookie.name(secure);
            let mut values = headers
                .get_all(COOKIE)
                .iter()
                .filter_map(|line| line.to_str().ok())
                .flat_map(|line| line.split(';'))
                .filter_map(|pair| pair.trim().split_once('='))
                .filter(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned());
            values.next().filter(|_| values.next().is_none())
        };
        Self {
            session: text(Cookie::Session),
            browser: text(Cookie::Browser),
            device: text(Cookie::Device),
            language: text(Cookie::Language).and_then(|tag| tag.parse().ok()),
            source: text(Cookie::Source),
        }
    }

    /// As the engine wants them.
    pub fn for_login(&self) -> clau_engine::login::Cookies<'_> {
        clau_engine::login::Cookies {
            session: self.session.as_deref(),
            browser: self.browser.as_deref(),
            device: self.device.as_deref(),
        }
    }
}

/// Adds a cookie to an answer. `life` of `None` lasts until the browser closes.
pub fn set(
    headers: &mut HeaderMap,
    secure: bool,
    cookie: Cookie,
    value: &str,
    life: Option<Duration>,
) {
    let mut text = format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Lax",
        cookie.name(secure)
    );
    if let Some(life) = life {
        text.push_str(&format!("; Max-Age={}", life.as_secs()));
    }
    if secure {
        text.push_str("; Secure");
    }
    // Values are letters, digits and hyphens of our own making.
    if let Ok(value) = HeaderValue::from_str(&text) {
        headers.append(SET_COOKIE, value);
    }
}

/// Takes a cookie away.
pub fn clear(headers: &mut HeaderMap, secure: bool, cookie: Cookie) {
    set(headers, secure, cookie, "", Some(Duration::ZERO));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ses_01_cookies_are_bound_to_this_host_and_out_of_the_reach_of_scripts() {
        let mut headers = HeaderMap::new();
        set(&mut headers, true, Cookie::Session, "abc", None);
        assert_eq!(
            headers.get(SET_COOKIE).expect("set"),
            "__Host-clau-session=abc; Path=/; HttpOnly; SameSite=Lax; Secure"
        );
        let mut plain = HeaderMap::new();
        set(
            &mut plain,
            false,
            Cookie::Device,
            "abc",
            Some(Duration::from_secs(60)),
        );
        assert_eq!(
            plain.get(SET_COOKIE).expect("set"),
            "clau-device=abc; Path=/; HttpOnly; SameSite=Lax; Max-Age=60"
        );
    }

    #[test]
    fn ses_01_a_cookie_planted_beside_ours_is_not_believed() {
        let read = |line: &str, secure| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, line.parse().expect("a header"));
            Jar::read(&headers, secure).session
        };
        assert_eq!(
            read("a=b; __Host-clau-session=one", true).as_deref(),
            Some("one")
        );
        assert_eq!(
            read("__Host-clau-session=one; __Host-clau-session=two", true),
            None
        );
        assert_eq!(read("clau-session=one", true), None);
        assert_eq!(read("__host-clau-session=one", true), None);
    }
}

//! Addresses that answers may be sent to (OIDC-01). Compared byte by byte with what was registered;
//! only the port of a loopback IP address may vary, for programs that cannot know it (RFC 8252 §7.3).

use std::fmt;

use clau_domain::url::{BadUrl, LONGEST, WebUrl};
use serde::{Deserialize, Serialize};

/// Whether a client is a web server or a program on somebody's device (OIDC Registration §2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationType {
    /// Redirects over `https` only.
    #[default]
    Web,
    /// Redirects to the device itself, to a scheme of its own, or over `https`.
    Native,
}

/// An address of a registration.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RedirectUri(String);

/// Why an address cannot be registered. The registrant's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRedirectUri {
    /// Not an address.
    #[error(transparent)]
    Url(#[from] BadUrl),
    /// A part behind `#`: the answer could not be told from it.
    #[error("a redirect address has no `#` part")]
    Fragment,
    /// Plain `http` to another machine, or by a web application.
    #[error(
        "a redirect address begins with https://; only native applications may use http, and only to the device itself"
    )]
    NotHttps,
    /// A web application that names its user's own machine.
    #[error("a web application cannot redirect to the user's own device")]
    Loopback,
    /// A scheme that a browser runs or reads itself, or that belongs to nobody.
    #[error(
        "a scheme of one's own is a domain name backwards, such as fr.example.app:/callback, and only native applications have one"
    )]
    Scheme,
    /// An address that already carries a parameter of an answer.
    #[error("the redirect address already carries a parameter of an answer")]
    Answer,
}

impl RedirectUri {
    /// An address fit for registration.
    ///
    /// # Errors
    /// [`BadRedirectUri`].
    pub fn register(text: &str, application: ApplicationType) -> Result<Self, BadRedirectUri> {
        if text.contains('#') {
            return Err(BadRedirectUri::Fragment);
        }
        let lower = text.to_ascii_lowercase();
        if !lower.starts_with("https:") && !lower.starts_with("http:") {
            return Self::own_scheme(text, application);
        }
        let url = WebUrl::parse(text)?;
        match (application, url.is_https(), url.is_loopback()) {
            (ApplicationType::Web, true, false) => {}
            (ApplicationType::Web, _, true) => return Err(BadRedirectUri::Loopback),
            (ApplicationType::Native, true, _) | (ApplicationType::Native, false, true) => {}
            (_, false, _) => return Err(BadRedirectUri::NotHttps),
        }
        // Whoever reads the answer could take the wrong one of two.
        if ["code", "state", "iss", "error", "id_token", "response"]
            .into_iter()
            .any(|name| url.has_query_name(name))
        {
            return Err(BadRedirectUri::Answer);
        }
        Ok(Self(text.to_owned()))
    }

    /// RFC 8252 §7.1: `fr.example.app:/callback`.
    fn own_scheme(text: &str, application: ApplicationType) -> Result<Self, BadRedirectUri> {
        let (scheme, rest) = text.split_once(':').ok_or(BadRedirectUri::Scheme)?;
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
        let labels = scheme.split('.').all(|label| !label.is_empty());
        let good = application == ApplicationType::Native
            && text.len() <= LONGEST
            && scheme.contains('.')
            && labels
            && scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.bytes().all(plain)
            && rest.starts_with('/')
            && !rest.starts_with("//")
            && rest
                .bytes()
                .all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'"')
            && !rest.split(['/', '?']).any(|segment| segment == "..");
        good.then(|| Self(text.to_owned()))
            .ok_or(BadRedirectUri::Scheme)
    }

    /// As it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an answer may go to `sent`.
    pub fn allows(&self, sent: &str) -> bool {
        self.0 == sent
            || self.without_port().is_some_and(|mine| {
                without_loopback_port(sent).is_some_and(|theirs| mine == theirs)
            })
    }

    /// Host, for sector identifiers (OIDC Core §8.1). The person's own device is no host of anybody's: two
    /// programs that answers reach there have nothing else in common.
    pub fn host(&self) -> Option<String> {
        let url = WebUrl::parse(&self.0).ok()?;
        (!url.is_loopback()).then(|| url.host().to_owned())
    }

    /// Whether it is `https`.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    fn without_port(&self) -> Option<String> {
        without_loopback_port(&self.0)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `http://127.0.0.1/path` of an address on that host with any port; `None` for every other address.
/// Names such as `localhost` may be made to lead elsewhere (RFC 8252 §8.3).
fn without_loopback_port(text: &str) -> Option<String> {
    for host in ["http://127.0.0.1", "http://[::1]"] {
        let Some(rest) = text.strip_prefix(host) else {
            continue;
        };
        let path = match rest.strip_prefix(':') {
            None => rest,
            Some(rest) => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                let (port, path) = rest.split_at_checked(digits)?;
                port.parse::<u16>().ok().filter(|port| *port > 0)?;
                path
            }
        };
        if path.is_empty() || path.starts_with(['/', '?']) {
            return Some(format!("{host}{path}"));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn oidc_01_what_may_be_registered() {
        use ApplicationType::{Native, Web};
        for (text, web, native) in [
            ("https://bourses.example.fr/callback", true, true),
            ("https://bourses.example.fr/callback?tenant=1", true, true),
            ("https://bourses.example.fr", true, true),
            ("http://bourses.example.fr/callback", false, false),
            ("https://bourses.example.fr/callback#x", false, false),
            ("https://bourses.example.fr/callback#", false, false),
            ("https://user@bourses.example.fr/", false, false),
            ("https://bourses.example.fr/a/../b", false, false),
            ("https://bourses.example.fr/a/%2e%2e/b", false, false),
            ("https://bourses.example.fr/a\\b", false, false),
            ("https://bourses.example.fr/?code=1", false, false),
            ("https:bourses.example.fr", false, false),
            ("//bourses.example.fr/", false, false),
            ("/callback", false, false),
            ("https://127.0.0.1/cb", false, true),
            ("http://127.0.0.1/cb", false, true),
            ("http://[::1]:8080/cb", false, true),
            ("http://localhost:3000/cb", false, true),
            ("fr.example.app:/callback", false, true),
            ("fr.example.app://callback", false, false),
            ("myapp:/callback", false, false),
            ("javascript:alert(1)", false, false),
            ("javascript:/alert(1)", false, false),
            ("data:text/html,x", false, false),
            ("a.b:/x\"y", false, false),
            ("fr..app:/callback", false, false),
            ("urn:ietf:wg:oauth:2.0:oob", false, false),
            ("", false, false),
        ] {
            assert_eq!(RedirectUri::register(text, Web).is_ok(), web, "{text}");
            assert_eq!(
                RedirectUri::register(text, Native).is_ok(),
                native,
                "{text}"
            );
        }
    }

    #[test]
    fn oidc_01_matched_byte_by_byte() {
        let uri = RedirectUri::register("https://a.example.fr/cb", ApplicationType::Web);
        let uri = uri.expect("good");
        assert!(uri.allows("https://a.example.fr/cb"));
        for other in [
            "https://a.example.fr/cb/",
            "https://a.example.fr/cb?x=1",
            "https://a.example.fr/CB",
            "https://A.example.fr/cb",
            "https://a.example.fr:443/cb",
            "https://a.example.fr/%63b",
            "https://a.example.fr/cb#",
            "https://a.example.fr.evil.example/cb",
            "https://a.example.fr@evil.example/cb",
            "http://a.example.fr/cb",
            "https://a.example.fr/x/../cb",
            "",
        ] {
            assert!(!uri.allows(other), "{other}");
        }
    }

    #[test]
    fn oidc_01_only_the_port_of_a_loopback_address_varies() {
        let native = |text| RedirectUri::register(text, ApplicationType::Native).expect("good");
        let four = native("http://127.0.0.1/cb");
        for (sent, allowed) in [
            ("http://127.0.0.1/cb", true),
            ("http://127.0.0.1:51004/cb", true),
            ("http://127.0.0.1:0/cb", false),
            ("http://127.0.0.1:99999/cb", false),
            ("http://127.0.0.1:/cb", false),
            ("http://127.0.0.1:1@evil.example/cb", false),
            ("http://127.0.0.1.evil.example/cb", false),
            ("http://127.0.0.1:80/other", false),
            ("https://127.0.0.1:80/cb", false),
            ("http://[::1]:80/cb", false),
            ("http://localhost:80/cb", false),
        ] {
            assert_eq!(four.allows(sent), allowed, "{sent}");
        }
        assert!(native("http://[::1]:1/cb").allows("http://[::1]:2/cb"));
        assert!(!native("http://localhost:1/cb").allows("http://localhost:2/cb"));
        assert!(!native("https://127.0.0.1:1/cb").allows("https://127.0.0.1:2/cb"));
    }

    proptest! {
        #[test]
        fn oidc_01_what_is_registered_allows_itself_and_nothing_longer(
            path in "[a-z/%?&=.:@#\\\\0-9-]{0,30}", more in "\\PC{1,5}"
        ) {
            let text = format!("https://a.example.fr/{path}");
            if let Ok(uri) = RedirectUri::register(&text, ApplicationType::Web) {
                prop_assert!(uri.allows(&text));
                let longer = format!("{text}{more}");
                prop_assert!(!uri.allows(&longer));
            }
        }
    }
}

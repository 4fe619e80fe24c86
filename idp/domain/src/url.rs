//! Addresses that strangers send and operators register: an absolute web address, the pattern of a
//! registration, a way back within the hub. Addresses are compared by their components, never as
//! strings or by regular expression (CAS-01, CAS-02, WEB-03; CAS protocol §2.2.1). Never fetches one.

mod local_path;
mod pattern;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use local_path::{BadLocalPath, LocalPath};
pub use pattern::{BadPattern, Specificity, UrlPattern};

/// Longest address that is read, in bytes (AVL-02).
pub const LONGEST: usize = 2_048;

/// An absolute `http` or `https` address. It has a host and neither user nor password, backslash,
/// white space, control character nor dot segment, whatever the encoding; a browser and the hub read
/// the same host and path in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WebUrl {
    text: String,
    url: ::url::Url,
}

/// Why a text is not an address that the hub takes. Never repeats the text: it may carry a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// More than [`LONGEST`] bytes.
    #[error("the address is longer than {LONGEST} bytes")]
    TooLong,
    /// White space, a control character or a backslash.
    #[error("the address contains white space, a control character or a backslash")]
    Character,
    /// Not `https://host…` or `http://host…`.
    #[error("an address must be absolute and begin with https:// or http:// and a host")]
    NotAbsolute,
    /// `user@host`.
    #[error("the address contains a user name or password before the host")]
    UserInfo,
    /// A host that no browser would look up, or that is written in an ambiguous way.
    #[error("the host or port of the address is not valid")]
    Host,
    /// `.`, `..`, an encoded `/` or `\`, or something that decodes to one.
    #[error("the path of the address contains a dot segment or an encoded separator")]
    DotSegment,
}

impl WebUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// [`BadUrl`] says what is wrong with it: the fault of whoever sent it.
    pub fn parse(text: &str) -> Result<Self, BadUrl> {
        if text.len() > LONGEST {
            return Err(BadUrl::TooLong);
        }
        if text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || c == '\\')
        {
            return Err(BadUrl::Character);
        }
        // Browsers read `https:host` and `https:///host` as `https://host`; nobody means them.
        let rest = strip_prefix_ignoring_case(text, "https://")
            .or_else(|| strip_prefix_ignoring_case(text, "http://"))
            .ok_or(BadUrl::NotAbsolute)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.is_empty() {
            return Err(BadUrl::NotAbsolute);
        }
        if authority.contains('@') {
            return Err(BadUrl::UserInfo);
        }
        if authority.contains('%') || authority.ends_with(':') {
            return Err(BadUrl::Host);
        }
        let after = rest.get(authority.len()..).unwrap_or_default();
        let path = after.split(['?', '#']).next().unwrap_or_default();
        if has_dot_segment(path) {
            return Err(BadUrl::DotSegment);
        }
        let url = ::url::Url::parse(text).map_err(|_| BadUrl::Host)?;
        let host = url.host_str().unwrap_or_default();
        if host.is_empty() || host.ends_with('.') || host.contains("..") || url.port() == Some(0) {
            return Err(BadUrl::Host);
        }
        // What goes into a header must be ASCII; the same address then, in its encoded form.
        let text = if text.is_ascii() {
            text.to_owned()
        } else {
            url.as_str().to_owned()
        };
        Ok(Self { text, url })
    }

    /// The text as it was given (encoded where it was not ASCII): what answers are sent to, because
    /// clients compare.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the scheme is `https`.
    pub fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// `https` or `http`.
    pub fn scheme(&self) -> &str {
        self.url.scheme()
    }

    /// The host in lower case and ASCII; an IPv6 address in its brackets.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// The port, that of the scheme where none is written.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// Whether the host is the machine itself by name or number.
    pub fn is_loopback(&self) -> bool {
        match self.url.host() {
            Some(::url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(::url::Host::Ipv4(address)) => address.is_loopback(),
            Some(::url::Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
    }

    /// `https://host` with the port if it is not the usual one: for `form-action` and `Origin`.
    pub fn origin(&self) -> String {
        self.url.origin().ascii_serialization()
    }

    /// The path, `/` where none is written.
    pub fn path(&self) -> &str {
        self.url.path()
    }

    /// What follows the `?`, still encoded.
    pub fn query(&self) -> Option<&str> {
        self.url.query()
    }

    /// What follows the `#`. Service addresses have none: patterns never match one that has.
    pub fn fragment(&self) -> Option<&str> {
        self.url.fragment()
    }

    /// The address of something below this one. `path` was written by us, each of its segments encoded whole:
    /// an encoded `/` in it is part of a name and leads nowhere. None where that makes no address.
    pub fn below(&self, path: &str) -> Option<Self> {
        let steps = path.split('/').any(|name| matches!(name, "" | "." | ".."));
        let is_plain = self.url.query().is_none() && self.url.fragment().is_none();
        let text = format!("{}/{path}", self.text.trim_end_matches('/'));
        let good = !steps && is_plain && text.is_ascii() && text.len() <= LONGEST;
        let url = ::url::Url::parse(&text).ok().filter(|_| good)?;
        Some(Self { text, url })
    }

    /// Whether the query has a parameter of this name (CAS-11: a service address that already
    /// carries a `ticket` is refused).
    pub fn has_query_name(&self, name: &str) -> bool {
        self.url.query_pairs().any(|(known, _)| known == name)
    }

    /// The same address with one more query parameter, encoded, before any fragment (CAS-11). What
    /// was there stays as it was written.
    #[must_use]
    pub fn with_query_pair(&self, name: &str, value: &str) -> Self {
        let pair = ::url::form_urlencoded::Serializer::new(String::new())
            .append_pair(name, value)
            .finish();
        let (before, fragment) = match self.text.split_once('#') {
            Some((before, fragment)) => (before, Some(fragment)),
            None => (self.text.as_str(), None),
        };
        let separator = match before.split_once('?') {
            None => "?",
            Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
            Some(_) => "&",
        };
        let mut text = format!("{before}{separator}{pair}");
        let query = text.split_once('?').map(|(_, query)| query.to_owned());
        let mut url = self.url.clone();
        url.set_query(query.as_deref());
        if let Some(fragment) = fragment {
            text.push('#');
            text.push_str(fragment);
        }
        Self { text, url }
    }

    /// The path without session ids of Java servers (`;jsessionid=…`), each encoding in its one
    /// normal form.
    fn normal_path(&self) -> String {
        let segments: Vec<String> = self
            .path()
            .split('/')
            .map(|segment| {
                let lower = segment.to_ascii_lowercase();
                let end = lower.find(";jsessionid=").unwrap_or(segment.len());
                normal_encoding(segment.get(..end).unwrap_or(segment))
            })
            .collect();
        segments.join("/")
    }

    /// Query parameters in their normal encoding, without `ticket` (some clients add it when they try
    /// again), ordered by name; parameters of one name keep their order.
    fn normal_query(&self) -> Vec<(String, String)> {
        let mut pairs = query_pairs(self.query().unwrap_or_default());
        pairs.retain(|(name, _)| name != "ticket");
        pairs.sort_by(|left, right| left.0.cmp(&right.0));
        pairs
    }
}

/// Whether two addresses are the same service address (CAS-02): scheme, host, port, path and query
/// after one and the same normalisation. Tolerated are what clients in the field get wrong: case of
/// the host, a written default port, no path for `/`, `;jsessionid=`, the order of query parameters,
/// an extra `ticket`, and superfluous percent-encoding. Everything else must be equal.
pub fn same_service(left: &WebUrl, right: &WebUrl) -> bool {
    left.scheme() == right.scheme()
        && left.host() == right.host()
        && left.port() == right.port()
        && left.normal_path() == right.normal_path()
        && left.normal_query() == right.normal_query()
        && left.fragment() == right.fragment()
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for WebUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for WebUrl {
    type Error = BadUrl;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<WebUrl> for String {
    fn from(url: WebUrl) -> Self {
        url.text
    }
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// Name and value of each parameter, in normal encoding.
fn query_pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (normal_encoding(name), normal_encoding(value))
        })
        .collect()
}

/// Encodings around one another that are looked through. Nobody means more, and each costs a pass.
const DEEPEST_ENCODING: usize = 4;

/// Whether a path, as written, holds something that a server could take for `.` or `..` or for a
/// separator, after any number of decodings. Path parameters (`..;x`) hide nothing.
fn has_dot_segment(path: &str) -> bool {
    let mut segments = path.split('/');
    segments.any(|segment| {
        let mut text = segment.as_bytes().to_vec();
        for _ in 0..=DEEPEST_ENCODING {
            let name = text.split(|byte| *byte == b';').next().unwrap_or_default();
            if name == b"." || name == b".." {
                return true;
            }
            let decoded = percent_decoded(&text);
            if decoded
                .iter()
                .any(|byte| matches!(byte, b'/' | b'\\') || byte.is_ascii_control())
            {
                return true;
            }
            if decoded == text {
                return false;
            }
            text = decoded;
        }
        true
    })
}

fn percent_decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        match escape(rest) {
            Some((byte, after)) => {
                decoded.push(byte);
                rest = after;
            }
            None => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    decoded
}

/// The byte of a `%XX` at the beginning of `text`, and what follows it.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let [b'%', high, low, after @ ..] = text else {
        return None;
    };
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    Some((digit(*high)? * 16 + digit(*low)?, after))
}

/// Percent-encoding in normal form (RFC 3986 §6.2.2): characters that need none have none, the
/// digits of the others are upper case.
fn normal_encoding(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut rest = text.as_bytes();
    let mut plain = Vec::new();
    while let [first, after @ ..] = rest {
        match escape(rest) {
            Some((byte, after)) => {
                if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                    plain.push(byte);
                } else {
                    plain.extend_from_slice(format!("%{byte:02X}").as_bytes());
                }
                rest = after;
            }
            None => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    normal.push_str(&String::from_utf8_lossy(&plain));
    normal
}

#[cfg(test)]
mod tests;

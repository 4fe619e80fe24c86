//! The address pattern of a registration, as an operator writes it. Anchored at both ends of the host
//! and on segments of the path; nothing in it is a regular expression (CAS-01).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{BadUrl, WebUrl, query_pairs};

/// Which addresses belong to a service.
///
/// - `https://notes.example.fr/app/` matches `/app`, `/app/` and everything below; never `/apple`.
/// - `https://*.mon-ent.example.fr/` matches exactly one label in the place of the star,
///   `https://**.mon-ent.example.fr/` one or more. The star stands first in the host, alone, and at
///   least two labels follow it.
/// - Scheme and port must be those of the pattern.
/// - A query in the pattern (`https://x.example.fr/?rne=0310001A`) must be in the address, each
///   parameter exactly once; other parameters are free. Without one, any query matches.
/// - An address with a fragment never matches. `;jsessionid=…` in a path is overlooked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UrlPattern {
    text: String,
    labels: Labels,
    url: WebUrl,
}

/// What stands before the literal part of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Labels {
    /// `**.`
    OneOrMore,
    /// `*.`
    One,
    /// Nothing: the host is literal.
    None,
}

/// How much a pattern says. Of several that match, the greatest decides whose address it is: a
/// literal host before a starred one, then the longer host, path and query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specificity {
    labels: Labels,
    host: usize,
    segments: usize,
    parameters: usize,
}

/// Why a text is not a pattern, in words for the operator who wrote it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// The address in it is not one.
    #[error(
        "`{text}` is not an address pattern: {why} (expected for example https://notes.example.fr/app/)"
    )]
    Url {
        /// As written.
        text: String,
        /// What is wrong.
        why: BadUrl,
    },
    /// A star somewhere else than in the first place of the host.
    #[error(
        "`{0}`: a star may only be the whole first label of the host, as in https://*.example.fr/ \
         (one label) or https://**.example.fr/ (one or more)"
    )]
    Star(String),
    /// A star over a whole top-level domain.
    #[error("`{0}`: at least two labels must follow the star, as in https://*.example.fr/")]
    TooWide(String),
    /// A fragment.
    #[error("`{0}`: a pattern has no `#…` part; browsers never send it")]
    Fragment(String),
}

impl UrlPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`BadPattern`]: what was wrong and what was expected.
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let owned = || text.to_owned();
        let (labels, literal) = match text.split_once("://") {
            Some((scheme, rest)) => match (rest.strip_prefix("**."), rest.strip_prefix("*.")) {
                (Some(rest), _) => (Labels::OneOrMore, format!("{scheme}://{rest}")),
                (None, Some(rest)) => (Labels::One, format!("{scheme}://{rest}")),
                (None, None) => (Labels::None, owned()),
            },
            None => (Labels::None, owned()),
        };
        if literal.contains('*') {
            return Err(BadPattern::Star(owned()));
        }
        let url = WebUrl::parse(&literal).map_err(|why| BadPattern::Url { text: owned(), why })?;
        if url.fragment().is_some() {
            return Err(BadPattern::Fragment(owned()));
        }
        let last = url.host().rsplit('.').next().unwrap_or_default();
        let is_number = last.ends_with(']') || last.bytes().all(|byte| byte.is_ascii_digit());
        if labels != Labels::None && (is_number || !url.host().contains('.')) {
            return Err(BadPattern::TooWide(owned()));
        }
        Ok(Self {
            text: owned(),
            labels,
            url,
        })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names `https` addresses. Tickets that travel over `http` can be read on the way.
    pub fn is_https(&self) -> bool {
        self.url.is_https()
    }

    /// Whether it names the machine itself.
    pub fn is_loopback(&self) -> bool {
        self.url.is_loopback()
    }

    /// How much it says.
    pub fn specificity(&self) -> Specificity {
        Specificity {
            labels: self.labels,
            host: self.url.host().len(),
            segments: self.segments().len(),
            parameters: query_pairs(self.url.query().unwrap_or_default()).len(),
        }
    }

    /// Whether an address belongs to the service.
    pub fn matches(&self, url: &WebUrl) -> bool {
        url.fragment().is_none()
            && url.scheme() == self.url.scheme()
            && url.port() == self.url.port()
            && self.matches_host(url.host())
            && self.matches_path(url)
            && self.matches_query(url)
    }

    fn matches_host(&self, host: &str) -> bool {
        let before = match self.labels {
            Labels::None => return host == self.url.host(),
            Labels::One | Labels::OneOrMore => host
                .strip_suffix(self.url.host())
                .and_then(|before| before.strip_suffix('.')),
        };
        before.is_some_and(|labels| {
            !labels.is_empty() && (self.labels == Labels::OneOrMore || !labels.contains('.'))
        })
    }

    fn matches_path(&self, url: &WebUrl) -> bool {
        let path = url.normal_path();
        let mut theirs = path.split('/');
        self.segments()
            .iter()
            .all(|segment| theirs.next() == Some(segment.as_str()))
    }

    /// Segments of the path, without the empty one behind a closing `/`.
    fn segments(&self) -> Vec<String> {
        let path = self.url.normal_path();
        let path = path.strip_suffix('/').unwrap_or(&path);
        path.split('/').map(str::to_owned).collect()
    }

    fn matches_query(&self, url: &WebUrl) -> bool {
        let theirs = query_pairs(url.query().unwrap_or_default());
        query_pairs(self.url.query().unwrap_or_default())
            .iter()
            .all(|(name, value)| {
                let mut same = theirs.iter().filter(|(known, _)| known == name);
                same.next().is_some_and(|(_, known)| known == value) && same.next().is_none()
            })
    }
}

impl PartialOrd for UrlPattern {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for UrlPattern {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl fmt::Display for UrlPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for UrlPattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for UrlPattern {
    type Error = BadPattern;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<UrlPattern> for String {
    fn from(pattern: UrlPattern) -> Self {
        pattern.text
    }
}

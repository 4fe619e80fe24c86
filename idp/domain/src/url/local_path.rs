//! A way back within the hub: the only kind of return target that a request may name (WEB-03).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::has_dot_segment;

/// A path of the hub with an optional query: one leading `/`, printable ASCII, no `\`, no `//` and no
/// dot segment, whatever their encoding. No browser reads it as another host's address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalPath(String);

/// A text that could lead somewhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a return path begins with exactly one / and stays within the hub")]
pub struct BadLocalPath;

impl LocalPath {
    /// Longest path that is read, in bytes: room for the request of a service, with all that it asks for.
    pub const LONGEST: usize = 4_096;

    /// The portal.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// Reads a path.
    ///
    /// # Errors
    /// [`BadLocalPath`] for everything that could be read as an address elsewhere.
    pub fn parse(text: &str) -> Result<Self, BadLocalPath> {
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let good = text.len() <= Self::LONGEST
            && path.starts_with('/')
            && !path.contains("//")
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            && !has_dot_segment(path);
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadLocalPath)
        }
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for LocalPath {
    fn default() -> Self {
        Self::root()
    }
}

impl fmt::Display for LocalPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for LocalPath {
    type Err = BadLocalPath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl TryFrom<String> for LocalPath {
    type Error = BadLocalPath;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<LocalPath> for String {
    fn from(path: LocalPath) -> Self {
        path.0
    }
}

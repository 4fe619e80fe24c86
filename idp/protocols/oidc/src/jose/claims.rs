//! Claims of a token, read strictly: a claim of another JSON type is a refusal, never "absent"
//! (OIDC-09, RFC 7519 §4.1). One check, one function; the caller composes them.

use std::time::Duration;

use clau_domain::time::Timestamp;
use serde_json::{Map, Value};

/// Latest instant that is read, in seconds since the epoch: the year 9999.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// What is wrong with a claim. Texts name the claim, never its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadClaim {
    /// Not there.
    #[error("claim `{0}` is missing")]
    Missing(&'static str),
    /// Of another JSON type than its specification says, or empty.
    #[error("claim `{name}` must be {expected}")]
    Type {
        /// Which.
        name: &'static str,
        /// What would do.
        expected: &'static str,
    },
    /// Another value than the one that is expected.
    #[error("claim `{0}` does not have the expected value")]
    Value(&'static str),
    /// There, and must not be.
    #[error("claim `{0}` must not be there")]
    Unexpected(&'static str),
    /// Past its `exp`.
    #[error("the token has expired")]
    Expired,
    /// Before its `nbf`, or issued in the future.
    #[error("the token is not valid yet")]
    TooEarly,
    /// Issued too long ago, or good for longer than anything of its kind may be.
    #[error("the token is older, or good for longer, than is allowed")]
    TooLong,
}

/// When a token must have been made and how long it may be good.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The time.
    pub now: Timestamp,
    /// How far the two clocks may be apart.
    pub skew: Duration,
    /// Longest time from now to `exp`, and from `iat` to now.
    pub longest: Duration,
}

/// The claims of a token. `Debug` shows their names only (LOG-02).
#[derive(Clone, Default, PartialEq)]
pub struct Claims(Map<String, Value>);

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Claims {
    /// Claims of an object.
    pub fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// All of them.
    pub fn members(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Whether the claim is there, whatever it says.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A string claim.
    ///
    /// # Errors
    /// [`BadClaim::Type`] when it is something else or empty.
    pub fn string(&self, name: &'static str) -> Result<Option<&str>, BadClaim> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(BadClaim::Type {
                name,
                expected: "a string",
            }),
        }
    }

    /// A string claim that must be there.
    ///
    /// # Errors
    /// [`BadClaim`].
    pub fn required_string(&self, name: &'static str) -> Result<&str, BadClaim> {
        self.string(name)?.ok_or(BadClaim::Missing(name))
    }

    /// A string or a list of strings, such as `aud`; empty when it is not there.
    ///
    /// # Errors
    /// [`BadClaim::Type`].
    pub fn strings(&self, name: &'static str) -> Result<Vec<&str>, BadClaim> {
        let wrong = BadClaim::Type {
            name,
            expected: "a string or a list of strings",
        };
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some(Value::String(text)) => Ok(vec![text]),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().ok_or(wrong))
                .collect(),
            Some(_) => Err(wrong),
        }
    }

    /// An instant (NumericDate: seconds, also with a fraction).
    ///
    /// # Errors
    /// [`BadClaim::Type`].
    pub fn instant(&self, name: &'static str) -> Result<Option<Timestamp>, BadClaim> {
        let seconds = match self.0.get(name) {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_f64(),
            Some(_) => None,
        };
        match seconds {
            // In range, so the conversion loses nothing but fractions of a millisecond.
            Some(seconds) if (0.0..=LAST_SECOND).contains(&seconds) => {
                Ok(Some(Timestamp::from_millis((seconds * 1000.0) as i64)))
            }
            _ => Err(BadClaim::Type {
                name,
                expected: "a number of seconds since 1970",
            }),
        }
    }

    /// An instant that must be there.
    ///
    /// # Errors
    /// [`BadClaim`].
    pub fn required_instant(&self, name: &'static str) -> Result<Timestamp, BadClaim> {
        self.instant(name)?.ok_or(BadClaim::Missing(name))
    }

    /// A claim with one right value.
    ///
    /// # Errors
    /// [`BadClaim`] when it is missing or another.
    pub fn check_string(&self, name: &'static str, expected: &str) -> Result<(), BadClaim> {
        if self.required_string(name)? == expected {
            Ok(())
        } else {
            Err(BadClaim::Value(name))
        }
    }

    /// `aud` names `audience`, perhaps beside others.
    ///
    /// # Errors
    /// [`BadClaim`].
    pub fn check_audience(&self, audience: &str) -> Result<(), BadClaim> {
        let named = self.strings("aud")?;
        if named.is_empty() {
            return Err(BadClaim::Missing("aud"));
        }
        if named.contains(&audience) {
            Ok(())
        } else {
            Err(BadClaim::Value("aud"))
        }
    }

    /// `aud` is the string `audience` and nothing else: an assertion for two servers could be used by
    /// one of them at the other (OIDC-08).
    ///
    /// # Errors
    /// [`BadClaim`].
    pub fn check_only_audience(&self, audience: &str) -> Result<(), BadClaim> {
        match self.0.get("aud") {
            None => Err(BadClaim::Missing("aud")),
            Some(Value::String(named)) if named == audience => Ok(()),
            Some(Value::String(_)) => Err(BadClaim::Value("aud")),
            Some(_) => Err(BadClaim::Type {
                name: "aud",
                expected: "one string",
            }),
        }
    }

    /// `exp` lies ahead, and not further than the window allows.
    ///
    /// # Errors
    /// [`BadClaim`].
    pub fn check_expiry(&self, window: Window) -> Result<Timestamp, BadClaim> {
        let expires = self.required_instant("exp")?;
        if window.now >= expires + window.skew {
            Err(BadClaim::Expired)
        } else if expires > window.now + window.longest + window.skew {
            Err(BadClaim::TooLong)
        } else {
            Ok(expires)
        }
    }

    /// `iat` lies behind, and not further than the window allows.
    ///
    /// # Errors
    /// [`BadClaim`].
    pub fn check_issued(&self, window: Window) -> Result<Timestamp, BadClaim> {
        let issued = self.required_instant("iat")?;
        if issued > window.now + window.skew {
            Err(BadClaim::TooEarly)
        } else if window.now > issued + window.longest + window.skew {
            Err(BadClaim::TooLong)
        } else {
            Ok(issued)
        }
    }

    /// `nbf`, where it is given, lies behind.
    ///
    /// # Errors
    /// [`BadClaim`].
    pub fn check_not_before(&self, window: Window) -> Result<(), BadClaim> {
        match self.instant("nbf")? {
            Some(from) if from > window.now + window.skew => Err(BadClaim::TooEarly),
            _ => Ok(()),
        }
    }
}

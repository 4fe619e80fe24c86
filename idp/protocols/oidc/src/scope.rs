//! Scopes (RFC 6749 §3.3, OIDC Core §5.4, §11). Never says what a scope releases.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{ErrorCode, OauthError};

/// An OpenID Connect request.
pub const OPENID: &str = "openid";
/// Names.
pub const PROFILE: &str = "profile";
/// Mail address.
pub const EMAIL: &str = "email";
/// Telephone.
pub const PHONE: &str = "phone";
/// Postal address.
pub const ADDRESS: &str = "address";
/// Refresh tokens that outlive the session.
pub const OFFLINE_ACCESS: &str = "offline_access";
/// What the ENT knows: profiles, structures, classes, groups, functions, children.
pub const ENT: &str = "ent";

/// The scopes that the hub itself knows; services may have others of their own.
pub const STANDARD: [&str; 7] = [OPENID, PROFILE, EMAIL, PHONE, ADDRESS, OFFLINE_ACCESS, ENT];

/// Most scopes of one request (AVL-02).
const MOST: usize = 32;

/// A set of scopes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeSet(BTreeSet<String>);

impl ScopeSet {
    /// Reads scopes with spaces between them.
    ///
    /// # Errors
    /// `invalid_scope` when a character is not allowed or there are too many.
    pub fn parse(text: &str) -> Result<Self, OauthError> {
        let bad = |why| OauthError::new(ErrorCode::InvalidScope, why);
        let mut scopes = BTreeSet::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let plain = |b: u8| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            if word.len() > 128 || !word.bytes().all(plain) {
                return Err(bad("a scope has a character that is not allowed"));
            }
            if scopes.len() == MOST {
                return Err(bad("too many scopes"));
            }
            scopes.insert(word.to_owned());
        }
        Ok(Self(scopes))
    }

    /// Whether a scope is among them.
    pub fn has(&self, scope: &str) -> bool {
        self.0.contains(scope)
    }

    /// None at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that are also in `allowed`.
    #[must_use]
    pub fn within(&self, allowed: &Self) -> Self {
        Self(self.0.intersection(&allowed.0).cloned().collect())
    }

    /// These and others.
    #[must_use]
    pub fn with(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// All but one.
    #[must_use]
    pub fn without(mut self, scope: &str) -> Self {
        self.0.remove(scope);
        self
    }

    /// Whether each of them is also in `other`.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for ScopeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().collect();
        f.write_str(&words.join(" "))
    }
}

impl TryFrom<String> for ScopeSet {
    type Error = OauthError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<ScopeSet> for String {
    fn from(scopes: ScopeSet) -> Self {
        scopes.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_a_set() {
        let scopes = ScopeSet::parse("profile openid  openid").expect("good");
        assert_eq!(scopes.to_string(), "openid profile");
        let allowed = ScopeSet::parse("openid email").expect("good");
        assert_eq!(scopes.within(&allowed).to_string(), "openid");
        assert!(!scopes.is_within(&allowed));
        for bad in ["a\"b", "a\\b", "é", "a\tb", &"x".repeat(129)] {
            assert!(ScopeSet::parse(bad).is_err(), "{bad}");
        }
        let many: Vec<String> = (0..33).map(|n| n.to_string()).collect();
        assert!(ScopeSet::parse(&many.join(" ")).is_err());
    }
}

//! What an invitation to register allows (RFC 7591 §3): for whom the clients may be, what they may receive.
//! Never reads a declaration: [`super::register`] does.

use clau_domain::service::{AccessRule, AccessTokenKind, ConsentRule, Day, Release};
use clau_oidc::error::OauthError;
use clau_oidc::scope::{STANDARD, ScopeSet};
use serde::{Deserialize, Serialize};

/// What an operator decides about clients that register themselves by an invitation. The words are those
/// of a service's registration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Template {
    /// Who may use them. None means nobody.
    pub access: Vec<AccessRule>,
    /// What they receive.
    pub release: Release,
    /// The scopes that they may have; all of the hub's own when it is empty.
    pub scope: String,
    /// Whether people are asked; they are unless it says otherwise.
    pub consent: ConsentRule,
    /// What their access tokens look like.
    pub access_token: AccessTokenKind,
    /// Last day on which confidential ones may leave PKCE out (OIDC-05).
    pub pkce_exempt_until: Option<Day>,
}

impl Default for Template {
    /// For nobody, with nothing but a pseudonym, and people are asked.
    fn default() -> Self {
        Self {
            access: Vec::new(),
            release: Release::default(),
            scope: String::new(),
            consent: ConsentRule::Ask,
            access_token: AccessTokenKind::default(),
            pkce_exempt_until: None,
        }
    }
}

impl Template {
    pub(super) fn scopes(&self) -> Result<ScopeSet, OauthError> {
        if self.scope.trim().is_empty() {
            ScopeSet::parse(&STANDARD.join(" "))
        } else {
            ScopeSet::parse(&self.scope)
        }
    }
}

//! Codes and access tokens of a provider, in memory: each code once and for half a minute, each token as long
//! as its manner says. A code that comes twice takes back what it gave.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clau_oidc::pkce::Challenge;

use crate::services::server::{digest, now, secret};

/// What a code stands for.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    /// Who.
    pub(super) person: String,
    /// When they were chosen.
    pub(super) since: i64,
    /// For what.
    pub(super) scope: Vec<String>,
    /// How strongly.
    pub(super) level: &'static str,
    /// What goes into the ID token.
    pub(super) nonce: Option<String>,
    /// The methods are wanted.
    pub(super) wants_methods: bool,
    /// By what the code is bound.
    pub(super) challenge: Option<Challenge>,
}

/// Codes and tokens, by their digests.
#[derive(Default)]
pub(super) struct Grants(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    codes: HashMap<String, (i64, Option<Grant>)>,
    tokens: HashMap<String, (i64, String, Grant)>,
}

impl Grants {
    /// A code for a grant.
    ///
    /// # Errors
    /// There is no randomness.
    pub(super) fn code(&self, grant: Grant, lifetime: i64) -> io::Result<String> {
        let code = secret()?;
        let mut kept = self.kept();
        let now = now();
        // Spent ones are known for a while longer.
        kept.codes.retain(|_, (until, _)| *until + 600 > now);
        kept.tokens.retain(|_, (until, _, _)| *until > now);
        kept.codes
            .insert(digest(&code), (now + lifetime, Some(grant)));
        Ok(code)
    }

    /// What a code stands for: once, and in time.
    pub(super) fn redeem(&self, code: &str) -> Option<Grant> {
        let mut kept = self.kept();
        let name = digest(code);
        let (until, grant) = kept.codes.get_mut(&name)?;
        let until = *until;
        let Some(grant) = grant.take() else {
            kept.tokens.retain(|_, (_, code, _)| *code != name);
            return None;
        };
        (until > now()).then_some(grant)
    }

    /// An access token for what `code` stood for.
    ///
    /// # Errors
    /// There is no randomness.
    pub(super) fn token(&self, code: &str, grant: Grant, lifetime: i64) -> io::Result<String> {
        let token = secret()?;
        let entry = (now() + lifetime, digest(code), grant);
        self.kept().tokens.insert(digest(&token), entry);
        Ok(token)
    }

    /// What an access token stands for, and until when.
    pub(super) fn of_token(&self, token: &str) -> Option<(i64, Grant)> {
        let kept = self.kept();
        let (until, _, grant) = kept.tokens.get(&digest(token))?;
        (*until > now()).then(|| (*until, grant.clone()))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

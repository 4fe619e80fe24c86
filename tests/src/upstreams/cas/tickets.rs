//! Tickets of a CAS server, in memory: each for one service, once, and for ten seconds (CAS protocol §3.1.1).

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::services::server::{digest, now, secret};

/// How long a ticket is good, in seconds.
const LIFETIME: i64 = 10;

/// What a ticket stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Presented {
    /// For which service, as it was written.
    pub(super) service: String,
    /// Who.
    pub(super) person: String,
    /// When they were chosen.
    pub(super) since: i64,
    /// They were chosen for this very ticket.
    pub(super) is_new: bool,
}

/// All tickets that are good.
#[derive(Default)]
pub(super) struct Tickets {
    kept: Mutex<HashMap<String, (i64, Presented)>>,
    count: AtomicU64,
}

impl Tickets {
    /// A ticket, in Apereo's form: a number, what nobody can guess, and the node.
    ///
    /// # Errors
    /// There is no randomness.
    pub(super) fn give(
        &self,
        service: &str,
        person: &str,
        since: i64,
        is_new: bool,
    ) -> io::Result<String> {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        let ticket = format!("ST-{number}-{}-cas01", secret()?);
        let now = now();
        let mut kept = self.kept();
        kept.retain(|_, (until, _)| *until > now);
        let presented = Presented {
            service: service.to_owned(),
            person: person.to_owned(),
            since,
            is_new,
        };
        kept.insert(digest(&ticket), (now + LIFETIME, presented));
        Ok(ticket)
    }

    /// What a ticket stands for, which is good no longer.
    pub(super) fn take(&self, ticket: &str) -> Option<Presented> {
        let (until, presented) = self.kept().remove(&digest(ticket))?;
        (until > now()).then_some(presented)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, (i64, Presented)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

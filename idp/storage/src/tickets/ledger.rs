//! What is over for good while tickets live in Redis: rows of the database that no failover, restart
//! or flush of Redis can undo (AVL-05), and this node's knowledge of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;

use super::sql;
use crate::engine::{Database, args};
use crate::error::StorageError;

/// How old a node's knowledge may be before it asks the database again.
const FRESH: Duration = Duration::from_secs(5);
/// How old it may be when the database does not answer. After that nothing is granted: somebody else
/// may have ended what is asked for (REL-02: 60 s).
const STALE: Duration = Duration::from_secs(55);
/// After a failed reading, time in which nobody tries again: requests would queue for the time-out.
const PATIENCE: Duration = Duration::from_secs(2);
/// How far each reading goes back before the last one: a row becomes visible when it is committed,
/// later than it says, and clocks differ.
const OVERLAP: Duration = Duration::from_secs(60);

/// The ledger. One for each node and Redis.
pub(super) struct Ledger {
    database: Database,
    spaces: Mutex<HashMap<&'static str, Arc<Space>>>,
}

/// What a node knows of one key space.
#[derive(Default)]
struct Space {
    known: RwLock<Known>,
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Known {
    /// What is over, and until when that matters.
    over: HashMap<Digest, Timestamp>,
    /// Size at which what no longer matters is thrown out.
    prune_at: usize,
    read_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
}

impl Known {
    /// Forgets what has expired in any case: the set stays as large as what is alive (AVL-10).
    fn prune(&mut self, now: Timestamp) {
        self.over.retain(|_, until| *until > now);
        self.prune_at = self.over.len() * 2 + 1000;
    }

    fn is_younger(&self, age: Duration, now: Timestamp) -> bool {
        self.read_at.is_some_and(|read_at| now.since(read_at) < age)
    }
}

impl Ledger {
    pub(super) fn new(database: Database) -> Self {
        Self {
            database,
            spaces: Mutex::default(),
        }
    }

    /// Writes that an entry is used; whether it was this call that used it. The row stays until
    /// `until`, when no copy of the entry can be alive.
    pub(super) async fn spend(
        &self,
        space: &'static str,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let values = args![space, *digest, now, until];
        let first = self.database.returning(sql::SPEND, values).await?.is_some();
        self.note(space, std::iter::once(*digest), until, now);
        Ok(first)
    }

    /// Writes that something was seen; whether for the first time. Nothing of it is kept in memory:
    /// nobody asks whether it [is over](Self::is_over).
    pub(super) async fn first_use(
        &self,
        space: &'static str,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        super::first_use(&self.database, space, digest, until, now).await
    }

    /// Writes that entries are over.
    pub(super) async fn end(
        &self,
        space: &'static str,
        digests: &BTreeSet<Digest>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let mut tx = self.database.begin().await?;
        let rows = digests
            .iter()
            .map(|digest| args![space, *digest, now, until]);
        tx.for_rows(sql::END, rows).await?;
        // Known here even if the commit's answer is lost: an end that may have happened has happened.
        self.note(space, digests.iter().copied(), until, now);
        tx.commit().await
    }

    /// Whether an entry is over, as this node knows: at once what it ended itself, within seconds what
    /// another did. Many requests cause one reading.
    pub(super) async fn is_over(
        &self,
        space: &'static str,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let state = self.space(space);
        let answer = |age: Duration| {
            let known = state.known.read().unwrap_or_else(PoisonError::into_inner);
            if known.over.contains_key(digest) {
                return Some(true);
            }
            known.is_younger(age, now).then_some(false)
        };
        let must_not_wait = |age: Duration| {
            let known = state.known.read().unwrap_or_else(PoisonError::into_inner);
            known.is_younger(age, now)
        };
        if let Some(over) = answer(FRESH) {
            return Ok(over);
        }
        let reading = match state.reading.try_lock() {
            Ok(reading) => reading,
            // Somebody is reading; what we know is good enough not to wait for it.
            Err(_) if must_not_wait(STALE) => return Ok(false),
            Err(_) => state.reading.lock().await,
        };
        if let Some(over) = answer(FRESH) {
            return Ok(over);
        }
        let failure = self.read(space, &state, now).await.err();
        drop(reading);
        match (answer(STALE), failure) {
            (Some(over), _) => Ok(over),
            (None, Some(error)) => Err(error),
            (None, None) => Err(StorageError::Unavailable(
                "the ledger was not read".to_owned(),
            )),
        }
    }

    pub(super) async fn sweep(&self, now: Timestamp) -> Result<u64, StorageError> {
        crate::sweep::all(&self.database, sql::SWEEP_SPENT, now).await
    }

    pub(super) async fn ping(&self) -> Result<(), StorageError> {
        self.database.ping().await
    }

    /// Reads what has been written since the last reading.
    async fn read(
        &self,
        space: &'static str,
        state: &Space,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let since = {
            let known = state.known.read().unwrap_or_else(PoisonError::into_inner);
            if known
                .failed_at
                .is_some_and(|failed_at| now.since(failed_at) < PATIENCE)
            {
                return Err(StorageError::Unavailable(
                    "the ledger does not answer".to_owned(),
                ));
            }
            known
                .read_at
                .map_or(Timestamp::from_millis(i64::MIN), |read_at| {
                    read_at - OVERLAP
                })
        };
        let rows = self
            .database
            .all(sql::SPENT_SINCE, args![space, since, now])
            .await;
        let mut known = state.known.write().unwrap_or_else(PoisonError::into_inner);
        let rows = rows.inspect_err(|_| known.failed_at = Some(now))?;
        for row in &rows {
            let digest = Digest::from_slice(&row.bytes("digest")?)
                .ok_or_else(|| StorageError::corrupt("spent", "its digest has a wrong length"))?;
            let until = Timestamp::from_millis(row.int("expires_at")?);
            known.over.insert(digest, until);
        }
        known.prune(now);
        known.read_at = Some(now);
        known.failed_at = None;
        Ok(())
    }

    fn note(
        &self,
        space: &'static str,
        digests: impl Iterator<Item = Digest>,
        until: Timestamp,
        now: Timestamp,
    ) {
        let state = self.space(space);
        let mut known = state.known.write().unwrap_or_else(PoisonError::into_inner);
        for digest in digests {
            let last = known.over.entry(digest).or_insert(until);
            *last = (*last).max(until);
        }
        if known.over.len() >= known.prune_at {
            known.prune(now);
        }
    }

    fn space(&self, space: &'static str) -> Arc<Space> {
        let mut spaces = self.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(spaces.entry(space).or_default())
    }
}

//! The ticket store: everything short-lived or single-use, from a service ticket to a session, by its
//! kind and its digest. In the database, or in Redis with the database as ledger of what is over.
//! Never sees a token's clear text, and never reads a clock.
//!
//! Whatever the store, the race, the crash or the failover: what was taken or ended never comes back
//! (CAS-03, REL-01, REL-02, AVL-05). When the store does not answer, nothing is granted.

mod database;
mod ledger;
mod redis;

use std::sync::Arc;
use std::time::Duration;

use clau_domain::secret::{Digest, Kind};
use clau_domain::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::engine::{Database, args};
use crate::error::StorageError;
use crate::redis_server::{Link, RedisConfig};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        PUT = "ticket/put",
        GET = "ticket/get",
        TAKE = "ticket/take",
        REPLACE = "ticket/replace",
        REMOVE = "ticket/remove",
        OWNED = "ticket/owned",
        SWEEP = "ticket/sweep",
        SPEND = "spent/spend",
        END = "spent/end",
        SPENT_SINCE = "spent/since",
        SWEEP_SPENT = "spent/sweep",
    }
}

/// Most entries that [`Tickets::owned`] gives at once.
pub const MOST_OWNED: usize = 1000;

/// Extra life of the rows that say what is over or used, for nodes whose clocks are behind (OIDC-22).
const SKEW: Duration = Duration::from_secs(60);

/// How long an entry lives, and with whom.
#[derive(Clone, Copy, Debug)]
pub struct Life<'a> {
    /// By whom it can be listed: a person's id, the digest of the session it dies with.
    pub owner: Option<&'a str>,
    /// From then on it is not found.
    pub expires_at: Timestamp,
    /// The time it is.
    pub now: Timestamp,
}

/// The ticket store. Clones share their connections.
#[derive(Clone)]
pub struct Tickets {
    store: Store,
}

#[derive(Clone)]
enum Store {
    Database(database::DatabaseTickets),
    Redis(Arc<redis::RedisTickets>),
}

/// Passes a call on to whichever store it is.
macro_rules! store {
    ($self:ident.$call:ident($($argument:expr),*)) => {
        match &$self.store {
            Store::Database(store) => crate::engine::boxed(store.$call($($argument),*)).await,
            Store::Redis(store) => crate::engine::boxed(store.$call($($argument),*)).await,
        }
    };
}

impl Tickets {
    /// Tickets as rows of the database: the default, which loses nothing on a restart.
    pub fn in_database(database: Database) -> Self {
        Self {
            store: Store::Database(database::DatabaseTickets::new(database)),
        }
    }

    /// Tickets in Redis, for several nodes under load. What is taken or ended is also written to
    /// `ledger`, because Redis may forget or roll back (AVL-05). Redis may be away at this moment.
    ///
    /// # Errors
    /// [`StorageError::Config`] when the settings cannot work.
    pub async fn in_redis(config: &RedisConfig, ledger: Database) -> Result<Self, StorageError> {
        let store = redis::RedisTickets::new(Link::new(config)?, ledger);
        Ok(Self {
            store: Store::Redis(Arc::new(store)),
        })
    }

    /// Stores an entry; replaces one of the same kind and digest.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`]: it may or may not be stored.
    pub async fn put<K: Kind>(
        &self,
        digest: &Digest,
        value: &impl Serialize,
        life: Life<'_>,
    ) -> Result<(), StorageError> {
        let value = write::<K>(value)?;
        store!(self.put(K::NAME, digest, value, life))
    }

    /// Looks at an entry.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
    pub async fn get<K: Kind, V: DeserializeOwned>(
        &self,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<V>, StorageError> {
        let value = store!(self.get(K::NAME, digest, now))?;
        value.map(|value| read::<K, V>(&value)).transpose()
    }

    /// Takes an entry out: of any number of callers, on any number of nodes, at most one gets it.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`]: the entry counts as used (AVL-06).
    /// [`StorageError::Corrupt`]: it is gone as well.
    pub async fn take<K: Kind, V: DeserializeOwned>(
        &self,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<V>, StorageError> {
        let value = store!(self.take(K::NAME, digest, now))?;
        value.map(|value| read::<K, V>(&value)).transpose()
    }

    /// Changes the value and the end of an entry, if it is still there; whether it was. An entry that
    /// was taken, removed or ended meanwhile does not come back by it.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`]: it may or may not be changed.
    pub async fn replace<K: Kind>(
        &self,
        digest: &Digest,
        value: &impl Serialize,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let value = write::<K>(value)?;
        store!(self.replace(K::NAME, digest, value, expires_at, now))
    }

    /// Drops an entry that nobody needs any more; whether there was one. For housekeeping: after a
    /// failover of Redis it may be back. What must stay gone is [taken](Self::take) or
    /// [ended](Self::end).
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn remove<K: Kind>(&self, digest: &Digest) -> Result<bool, StorageError> {
        store!(self.remove(K::NAME, digest))
    }

    /// The entries of an owner, those that last longest first, [`MOST_OWNED`] at most. Whoever wants
    /// to end all of them asks again until there are none.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
    pub async fn owned<K: Kind, V: DeserializeOwned>(
        &self,
        owner: &str,
        now: Timestamp,
    ) -> Result<Vec<(Digest, V)>, StorageError> {
        let entries = store!(self.owned(K::NAME, owner, now))?;
        entries
            .into_iter()
            .map(|(digest, value)| Ok((digest, read::<K, V>(&value)?)))
            .collect()
    }

    /// Ends entries for good: at once on this node, within 60 s on every other, and whatever happens
    /// to Redis (SES-07, REL-02). `until` is an instant by which the last of them would have expired
    /// of itself, however often it was prolonged. Works while Redis is away.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`]: nothing is promised; try again.
    pub async fn end<K: Kind>(
        &self,
        digests: &[Digest],
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        store!(self.end(K::NAME, digests, until, now))
    }

    /// Whether this is the first time that this digest is seen in K's key space: of any number of
    /// callers on any number of nodes one is told so, whatever happens to Redis (AVL-05). For what
    /// others make and may be used once, as the `jti` of a proof (OIDC-08, OIDC-22). `until` is an
    /// instant from which it is refused for its age; when that has come, there is no first time.
    ///
    /// K is a kind that has no entries: a row that says "used" also says that an entry is over.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`]: it counts as used (AVL-06).
    pub async fn first_use<K: Kind>(
        &self,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        store!(self.first_use(K::NAME, digest, until, now))
    }

    /// Removes what has expired; how many rows. Expired entries are refused with or without it.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, StorageError> {
        store!(self.sweep(now))
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn ping(&self) -> Result<(), StorageError> {
        store!(self.ping())
    }
}

impl std::fmt::Debug for Tickets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.store {
            Store::Database(_) => "Tickets(database)",
            Store::Redis(_) => "Tickets(redis)",
        })
    }
}

fn write<K: Kind>(value: &impl Serialize) -> Result<Vec<u8>, StorageError> {
    serde_json::to_vec(value)
        .map_err(|error| StorageError::Defect(format!("{} as JSON: {error}", K::NAME)))
}

fn read<K: Kind, V: DeserializeOwned>(value: &[u8]) -> Result<V, StorageError> {
    // Without the parser's own words: they may quote the value.
    serde_json::from_slice(value).map_err(|error| {
        StorageError::corrupt(
            K::NAME,
            format!("{:?} error at column {}", error.classify(), error.column()),
        )
    })
}

/// One atomic statement; see [`Tickets::first_use`].
async fn first_use(
    database: &Database,
    space: &'static str,
    digest: &Digest,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, StorageError> {
    // Its row could be swept at once, and the second use would be a first one.
    if until <= now {
        return Ok(false);
    }
    let values = args![space, *digest, now, until + SKEW];
    Ok(database.returning(sql::SPEND, values).await?.is_some())
}

//! Counters that throttle: how many times something was tried within a window, and by how many
//! different ones (PWD-03 to PWD-05). Counted before the costly work, in one atomic step, in the store
//! that all nodes share (PWD-07). Never decides what is too much.
//!
//! A window begins with its first hit and does not move. Counters are no proof of anything: when Redis
//! forgets them, counting begins anew.

mod database;
mod local;
mod redis;

use std::sync::Arc;
use std::time::Duration;

use clau_domain::time::Timestamp;

use crate::engine::Database;
use crate::error::StorageError;
use crate::redis_server::{Link, RedisConfig};
use crate::statement::statements;

pub use local::LocalCounters;

pub(crate) mod sql {
    use super::statements;

    statements! {
        HIT = "counter/hit",
        PEEK = "counter/peek",
        RESET = "counter/reset",
        OPEN = "counter/open",
        MEMBER = "counter/member",
        ADD_MEMBER = "counter/add_member",
        SWEEP = "counter/sweep",
    }
}

/// Most different members that are counted under one name. Strangers choose the members (AVL-10), and
/// every limit is far below.
pub const MOST_MEMBERS: u64 = 10_000;

/// The shared counters. Clones share their connections.
#[derive(Clone)]
pub struct Counters {
    store: Store,
}

#[derive(Clone)]
enum Store {
    Database(database::DatabaseCounters),
    Redis(Arc<redis::RedisCounters>),
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

impl Counters {
    /// Counters as rows of the database.
    pub fn in_database(database: Database) -> Self {
        Self {
            store: Store::Database(database::DatabaseCounters::new(database)),
        }
    }

    /// Counters in Redis. Redis may be away at this moment.
    ///
    /// # Errors
    /// [`StorageError::Config`] when the settings cannot work.
    pub async fn in_redis(config: &RedisConfig) -> Result<Self, StorageError> {
        let store = redis::RedisCounters::new(Link::new(config)?);
        Ok(Self {
            store: Store::Redis(Arc::new(store)),
        })
    }

    /// Counts one more; how many there are in the window, this one included.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`]: count with [`LocalCounters`], and more strictly (PWD-07).
    pub async fn hit(
        &self,
        name: &str,
        window: Duration,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        store!(self.hit(name, window, now))
    }

    /// How many there are in the window that runs, zero if none does.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn peek(&self, name: &str, now: Timestamp) -> Result<u64, StorageError> {
        store!(self.peek(name, now))
    }

    /// Forgets what [`hit`](Self::hit) counted.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn reset(&self, name: &str) -> Result<(), StorageError> {
        store!(self.reset(name))
    }

    /// Counts a member once in each window; how many different ones there are, this one included,
    /// [`MOST_MEMBERS`] at most. `member` is a digest, never what somebody typed.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn distinct(
        &self,
        name: &str,
        member: &str,
        window: Duration,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        store!(self.distinct(name, member, window, now))
    }

    /// How many different members there are in the window that runs, zero if none does.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn peek_distinct(&self, name: &str, now: Timestamp) -> Result<u64, StorageError> {
        store!(self.peek_distinct(name, now))
    }

    /// Removes windows that are over; how many rows.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn sweep(&self, now: Timestamp) -> Result<u64, StorageError> {
        match &self.store {
            Store::Database(store) => store.sweep(now).await,
            // Redis does it by itself.
            Store::Redis(_) => Ok(0),
        }
    }
}

impl std::fmt::Debug for Counters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match &self.store {
            Store::Database(_) => "Counters(database)",
            Store::Redis(_) => "Counters(redis)",
        })
    }
}

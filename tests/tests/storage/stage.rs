//! What a storage test stands on: an empty store of its own, and as many nodes on it as it asks for.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use clau_domain::secret::{Digest, SecretString};
use clau_domain::time::Timestamp;
use clau_storage::counters::Counters;
use clau_storage::tickets::{Life, Tickets};
use clau_storage::{Database, DatabaseConfig, RedisConfig};
use clau_tests::support::process::Scratch;
use clau_tests::support::{postgres, redis};

/// The time it is when a test begins.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_420_800_000);
/// A second.
pub(crate) const SECOND: Duration = Duration::from_secs(1);
/// A minute.
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
/// The smallest step of time.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// A store of a test's own.
pub(crate) struct Stage {
    /// How to reach the database.
    pub(crate) config: DatabaseConfig,
    /// How to reach Redis, if tickets live there.
    pub(crate) redis: Option<RedisConfig>,
    /// The first node's database.
    pub(crate) database: Database,
    _scratch: Scratch,
}

/// One node's doors to the stores.
pub(crate) struct Node {
    /// Tickets.
    pub(crate) tickets: Tickets,
    /// Counters.
    pub(crate) counters: Counters,
}

impl Stage {
    /// Everything in one SQLite file.
    pub(crate) async fn sqlite() -> Self {
        let scratch = Scratch::new("storage");
        let config = DatabaseConfig::Sqlite {
            file: scratch.join("clau.sqlite"),
            readers: 4,
        };
        Self::on(config, None, scratch).await
    }

    /// Everything in PostgreSQL.
    pub(crate) async fn postgres() -> Self {
        Self::on(
            postgres_config(&postgres::shared().fresh_database()),
            None,
            Scratch::new("storage"),
        )
        .await
    }

    /// Tickets and counters in Redis, the ledger in PostgreSQL: production.
    pub(crate) async fn redis() -> Self {
        Self::with_redis(&redis::shared().url(0)).await
    }

    /// Tickets and counters in the Redis at `url`, the ledger in PostgreSQL.
    pub(crate) async fn with_redis(url: &str) -> Self {
        let config = postgres_config(&postgres::shared().fresh_database());
        Self::on(config, Some(redis_config(url)), Scratch::new("storage")).await
    }

    /// On whatever is given.
    pub(crate) async fn on(
        config: DatabaseConfig,
        redis: Option<RedisConfig>,
        scratch: Scratch,
    ) -> Self {
        let database = Database::open(&config).await.expect("an empty database");
        Self {
            config,
            redis,
            database,
            _scratch: scratch,
        }
    }

    /// A node of its own: other connections, other memory.
    pub(crate) async fn node(&self) -> Node {
        let database = Database::open(&self.config)
            .await
            .expect("a second node opens");
        match &self.redis {
            None => Node {
                tickets: Tickets::in_database(database.clone()),
                counters: Counters::in_database(database),
            },
            Some(redis) => Node {
                tickets: Tickets::in_redis(redis, database)
                    .await
                    .expect("good settings"),
                counters: Counters::in_redis(redis).await.expect("good settings"),
            },
        }
    }
}

/// PostgreSQL at a URL.
pub(crate) fn postgres_config(url: &str) -> DatabaseConfig {
    DatabaseConfig::Postgres {
        url: SecretString::from(url),
        connections: 8,
    }
}

/// Redis at a URL, with a prefix nobody else has.
pub(crate) fn redis_config(url: &str) -> RedisConfig {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let prefix = format!("stage{}", NEXT.fetch_add(1, Ordering::Relaxed));
    RedisConfig {
        url: SecretString::from(url),
        authority: None,
        prefix,
    }
}

/// A digest for a name.
pub(crate) fn digest(name: &str) -> Digest {
    Digest::of("test", name)
}

/// A minute from the start, without an owner.
pub(crate) fn life() -> Life<'static> {
    Life {
        owner: None,
        expires_at: START + MINUTE,
        now: START,
    }
}

/// A minute from the start, with an owner.
pub(crate) fn life_of(owner: &str) -> Life<'_> {
    Life {
        owner: Some(owner),
        ..life()
    }
}

//! The two database engines behind one door: opening, binding, running, reading rows. The only file
//! in which they are told apart. Never knows what a statement means.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clau_domain::secret::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Postgres, Sqlite};

use crate::error::StorageError;
use crate::statement::Statement;

mod values;

pub(crate) use values::{Row, Value, args};
use values::{postgres_args, sqlite_args};

/// Where the database is.
#[derive(Clone, Debug)]
pub enum DatabaseConfig {
    /// One file, made if it is not there.
    Sqlite {
        /// Path of the file.
        file: PathBuf,
        /// Connections that read at the same time.
        readers: u32,
    },
    /// A PostgreSQL server.
    Postgres {
        /// `postgres://user:password@host/database?sslmode=verify-full`.
        url: SecretString,
        /// Most connections.
        connections: u32,
    },
}

/// Longest wait for a connection: the page that says "unavailable" comes within 3 s (REL-05).
const ACQUIRE: Duration = Duration::from_millis(2500);
/// Longest a statement may take on a server before it is cut.
const STATEMENT_SECONDS: u32 = 600;
/// Longest a statement outside a transaction may take while a person waits: a server that has frozen
/// answers nothing, not even an error (REL-05).
const PATIENCE: Duration = Duration::from_millis(2500);

/// The open database.
#[derive(Clone, Debug)]
pub struct Database {
    engine: Engine,
    patience: Duration,
}

#[derive(Clone, Debug)]
enum Engine {
    Sqlite {
        writer: SqlitePool,
        readers: SqlitePool,
        file: PathBuf,
    },
    Postgres {
        pool: PgPool,
    },
}

impl Database {
    /// Opens the database and brings it up to date.
    ///
    /// # Errors
    /// [`StorageError::Config`] for settings that cannot work, [`StorageError::Unavailable`] when
    /// the server does not answer, [`StorageError::Migration`].
    pub async fn open(config: &DatabaseConfig) -> Result<Self, StorageError> {
        let database = Self::connect(config).await?;
        crate::migrate::run(&database).await?;
        Ok(database)
    }

    /// Opens the database as it is, whatever its version: for looking at it only (`clau check`).
    ///
    /// # Errors
    /// As [`Database::open`], without the migration's.
    pub async fn connect(config: &DatabaseConfig) -> Result<Self, StorageError> {
        let engine = match config {
            DatabaseConfig::Sqlite { file, readers } => {
                // AVL-15: write-ahead log, every commit on disk, no memory map.
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(Duration::from_secs(5))
                    .foreign_keys(true)
                    .pragma("mmap_size", "0")
                    // 32 MB of log before its pages are written a second time: an import touches the
                    // same pages of its indexes again and again.
                    .pragma("wal_autocheckpoint", "8000")
                    .pragma("cache_size", format!("-{}", Self::WRITE_CACHE))
                    .pragma("temp_store", "memory")
                    .statement_cache_capacity(200);
                // A new file is switched to its write-ahead log by the first connection; one that
                // comes at the same moment would find it locked.
                let _turn = crate::migrate::FileLock::beside(file).await?;
                let pool = SqlitePoolOptions::new()
                    .acquire_timeout(ACQUIRE)
                    .idle_timeout(None);
                let writer = pool
                    .clone()
                    .max_connections(1)
                    .connect_with(options.clone())
                    .await?;
                let readers = pool
                    .max_connections((*readers).max(1))
                    .connect_with(options.read_only(true).create_if_missing(false))
                    .await?;
                Engine::Sqlite {
                    writer,
                    readers,
                    file: file.clone(),
                }
            }
            DatabaseConfig::Postgres { url, connections } => {
                let options = PgConnectOptions::from_str(url.expose_secret())
                    .map_err(|error| StorageError::Config(error.to_string()))?;
                require_verified_tls(&options)?;
                let options = options
                    .application_name("clau")
                    .options([("statement_timeout", format!("{STATEMENT_SECONDS}s"))]);
                let pool = PgPoolOptions::new()
                    .acquire_timeout(ACQUIRE)
                    .max_connections((*connections).max(2))
                    .connect_with(options)
                    .await?;
                Engine::Postgres { pool }
            }
        };
        Ok(Self {
            engine,
            patience: PATIENCE,
        })
    }

    /// The same database for work that nobody waits for with a page open: its statements may take
    /// as long as they need.
    #[must_use]
    pub fn patient(&self) -> Self {
        Self {
            patience: Duration::from_secs(STATEMENT_SECONDS.into()),
            ..self.clone()
        }
    }

    /// Memory for pages of each SQLite connection, in KiB.
    pub(crate) const WRITE_CACHE: u32 = 16_000;

    /// Sets how much memory the writing connection may take for pages, in KiB. PostgreSQL has its own
    /// setting for that.
    pub(crate) async fn set_write_cache(&self, kib: u32) -> Result<(), StorageError> {
        if let Engine::Sqlite { writer, .. } = &self.engine {
            let text = AssertSqlSafe(format!("PRAGMA cache_size = -{kib}"));
            sqlx::query(text).execute(writer).await?;
        }
        Ok(())
    }

    /// Begins a transaction that writes. On SQLite it waits for its turn: there is one writer.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`] when the turn does not come.
    pub async fn begin(&self) -> Result<Tx, StorageError> {
        let inner = match &self.engine {
            Engine::Sqlite { writer, .. } => {
                TxInner::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Engine::Postgres { pool } => TxInner::Postgres(pool.begin().await?),
        };
        Ok(Tx { inner })
    }

    /// Whether the database answers, for the readiness check.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn ping(&self) -> Result<(), StorageError> {
        self.optional(crate::settings::sql::FIND, args!["ping"])
            .await
            .map(drop)
    }

    /// Closes every connection, after those in use have come back.
    pub async fn close(&self) {
        match &self.engine {
            Engine::Sqlite {
                writer, readers, ..
            } => {
                readers.close().await;
                writer.close().await;
            }
            Engine::Postgres { pool } => pool.close().await,
        }
    }

    /// Runs one statement outside a transaction; the number of rows it changed.
    pub(crate) async fn execute(
        &self,
        statement: Statement,
        args: Vec<Value>,
    ) -> Result<u64, StorageError> {
        Ok(match &self.engine {
            Engine::Sqlite { writer, .. } => {
                let query = sqlx::query_with(statement.text, sqlite_args(args));
                self.within(query.execute(writer)).await?.rows_affected()
            }
            Engine::Postgres { pool } => {
                let query = sqlx::query_with(statement.text, postgres_args(args));
                self.within(query.execute(pool)).await?.rows_affected()
            }
        })
    }

    /// Runs one statement that changes rows and returns one of them (`… RETURNING`). Reads to the end
    /// of the answer: SQLite commits there, and a commit that fails must be seen (AVL-06).
    pub(crate) async fn returning(
        &self,
        statement: Statement,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StorageError> {
        Ok(match &self.engine {
            Engine::Sqlite { writer, .. } => {
                let query = sqlx::query_with(statement.text, sqlite_args(args));
                self.within(query.fetch_all(writer))
                    .await?
                    .pop()
                    .map(Row::Sqlite)
            }
            Engine::Postgres { pool } => {
                let query = sqlx::query_with(statement.text, postgres_args(args));
                self.within(query.fetch_all(pool))
                    .await?
                    .pop()
                    .map(Row::Postgres)
            }
        })
    }

    /// Reads one row or none.
    pub(crate) async fn optional(
        &self,
        statement: Statement,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StorageError> {
        Ok(match &self.engine {
            Engine::Sqlite { readers, .. } => {
                let query = sqlx::query_with(statement.text, sqlite_args(args));
                self.within(query.fetch_optional(readers))
                    .await?
                    .map(Row::Sqlite)
            }
            Engine::Postgres { pool } => {
                let query = sqlx::query_with(statement.text, postgres_args(args));
                self.within(query.fetch_optional(pool))
                    .await?
                    .map(Row::Postgres)
            }
        })
    }

    /// Reads all rows. For results of a bounded size only.
    pub(crate) async fn all(
        &self,
        statement: Statement,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StorageError> {
        Ok(match &self.engine {
            Engine::Sqlite { readers, .. } => {
                let query = sqlx::query_with(statement.text, sqlite_args(args));
                self.within(query.fetch_all(readers))
                    .await?
                    .into_iter()
                    .map(Row::Sqlite)
                    .collect()
            }
            Engine::Postgres { pool } => {
                let query = sqlx::query_with(statement.text, postgres_args(args));
                self.within(query.fetch_all(pool))
                    .await?
                    .into_iter()
                    .map(Row::Postgres)
                    .collect()
            }
        })
    }

    /// A statement's answer, if it comes while there is patience.
    async fn within<T>(
        &self,
        statement: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, StorageError> {
        match tokio::time::timeout(self.patience, boxed(statement)).await {
            Ok(outcome) => Ok(outcome?),
            Err(_) => Err(StorageError::Unavailable(format!(
                "no answer within {} ms",
                self.patience.as_millis()
            ))),
        }
    }

    /// Runs the engine's own migrations.
    pub(crate) async fn migrate(
        &self,
        sqlite: sqlx::migrate::Migrator,
        postgres: sqlx::migrate::Migrator,
    ) -> Result<(), StorageError> {
        let failed =
            |error: sqlx::migrate::MigrateError| StorageError::Migration(error.to_string());
        match &self.engine {
            Engine::Sqlite { writer, file, .. } => {
                // SQLite has no advisory lock; nodes that start together take turns at a file.
                let lock = crate::migrate::FileLock::beside(file).await?;
                let outcome = sqlite.run(writer).await.map_err(failed);
                drop(lock);
                outcome
            }
            // PostgreSQL: sqlx takes an advisory lock.
            Engine::Postgres { pool } => postgres.run(pool).await.map_err(failed),
        }
    }

    /// Prepares a statement without running it: does the engine understand it?
    pub(crate) async fn prepare(&self, text: String) -> Result<(), StorageError> {
        use sqlx::{Executor, SqlSafeStr};
        match &self.engine {
            Engine::Sqlite { writer, .. } => {
                writer.prepare(AssertSqlSafe(text).into_sql_str()).await?;
            }
            Engine::Postgres { pool } => {
                pool.prepare(AssertSqlSafe(text).into_sql_str()).await?;
            }
        }
        Ok(())
    }
}

/// The driver's futures are deep and large; behind a pointer they are neither, for every use case that
/// holds one. An allocation is nothing beside a statement.
pub(crate) fn boxed<'a, T>(
    future: impl Future<Output = T> + Send + 'a,
) -> std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>> {
    Box::pin(future)
}

/// A server elsewhere is reached by TLS with a verified name, or not at all (KEY-06).
fn require_verified_tls(options: &PgConnectOptions) -> Result<(), StorageError> {
    let host = options.get_host();
    let near = options.get_socket().is_some()
        || host.starts_with('/')
        || matches!(host, "localhost" | "127.0.0.1" | "::1" | "[::1]");
    if near || matches!(options.get_ssl_mode(), PgSslMode::VerifyFull) {
        return Ok(());
    }
    Err(StorageError::Config(format!(
        "the database server {host} must be reached with `sslmode=verify-full` (and `sslrootcert=…` \
         where its certificate comes from a private authority)"
    )))
}

/// A transaction that writes. Dropped without [`commit`](Tx::commit), it leaves no trace.
#[derive(Debug)]
pub struct Tx {
    inner: TxInner,
}

#[derive(Debug)]
enum TxInner {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Tx {
    /// Makes everything that was done in it lasting.
    ///
    /// # Errors
    /// When the store does not confirm, the outcome is unknown: single-use things count as used
    /// (AVL-06).
    pub async fn commit(self) -> Result<(), StorageError> {
        match self.inner {
            TxInner::Sqlite(tx) => tx.commit().await?,
            TxInner::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    pub(crate) async fn execute(
        &mut self,
        statement: Statement,
        args: Vec<Value>,
    ) -> Result<u64, StorageError> {
        Ok(match &mut self.inner {
            TxInner::Sqlite(tx) => {
                let query = sqlx::query_with(statement.text, sqlite_args(args));
                boxed(query.execute(&mut **tx)).await?.rows_affected()
            }
            TxInner::Postgres(tx) => {
                let query = sqlx::query_with(statement.text, postgres_args(args));
                boxed(query.execute(&mut **tx)).await?.rows_affected()
            }
        })
    }

    pub(crate) async fn optional(
        &mut self,
        statement: Statement,
        args: Vec<Value>,
    ) -> Result<Option<Row>, StorageError> {
        Ok(match &mut self.inner {
            TxInner::Sqlite(tx) => {
                let query = sqlx::query_with(statement.text, sqlite_args(args));
                boxed(query.fetch_optional(&mut **tx))
                    .await?
                    .map(Row::Sqlite)
            }
            TxInner::Postgres(tx) => {
                let query = sqlx::query_with(statement.text, postgres_args(args));
                boxed(query.fetch_optional(&mut **tx))
                    .await?
                    .map(Row::Postgres)
            }
        })
    }

    pub(crate) async fn all(
        &mut self,
        statement: Statement,
        args: Vec<Value>,
    ) -> Result<Vec<Row>, StorageError> {
        Ok(match &mut self.inner {
            TxInner::Sqlite(tx) => {
                let query = sqlx::query_with(statement.text, sqlite_args(args));
                boxed(query.fetch_all(&mut **tx))
                    .await?
                    .into_iter()
                    .map(Row::Sqlite)
                    .collect()
            }
            TxInner::Postgres(tx) => {
                let query = sqlx::query_with(statement.text, postgres_args(args));
                boxed(query.fetch_all(&mut **tx))
                    .await?
                    .into_iter()
                    .map(Row::Postgres)
                    .collect()
            }
        })
    }

    /// Runs a statement with a repeatable row (see [`Statement::repeated`]) for every row of `rows`,
    /// many at a time; what its `RETURNING` gives. A statement of its own for each row would cost a
    /// thread hand-off each.
    pub(crate) async fn for_rows(
        &mut self,
        statement: Statement,
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<Vec<Row>, StorageError> {
        // Few different sizes, so that prepared statements are found again.
        const SIZES: [usize; 4] = [200, 20, 4, 1];
        let mut rows: std::collections::VecDeque<Vec<Value>> = rows.into_iter().collect();
        let mut returned = Vec::new();
        while !rows.is_empty() {
            let size = SIZES
                .into_iter()
                .find(|size| *size <= rows.len())
                .unwrap_or(1);
            let args: Vec<Value> = rows.drain(..size).flatten().collect();
            let text = match &self.inner {
                TxInner::Sqlite(_) => statement.repeated_unnumbered(size),
                TxInner::Postgres(_) => statement.repeated(size),
            };
            let text = AssertSqlSafe(text.ok_or_else(|| {
                StorageError::Defect(format!("{} has no repeatable row", statement.name))
            })?);
            match &mut self.inner {
                TxInner::Sqlite(tx) => {
                    let query = sqlx::query_with(text, sqlite_args(args));
                    let rows = boxed(query.fetch_all(&mut **tx)).await?;
                    returned.extend(rows.into_iter().map(Row::Sqlite));
                }
                TxInner::Postgres(tx) => {
                    let query = sqlx::query_with(text, postgres_args(args));
                    let rows = boxed(query.fetch_all(&mut **tx)).await?;
                    returned.extend(rows.into_iter().map(Row::Postgres));
                }
            }
        }
        Ok(returned)
    }
}

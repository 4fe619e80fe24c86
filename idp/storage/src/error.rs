//! What can go wrong in storage, by whose fault. "Not found" is never an error: lookups return
//! `Option`.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The store cannot be reached, is full, read-only or too slow: try again later (REL-05).
    #[error("the store does not answer: {0}")]
    Unavailable(String),
    /// A unique value is taken already.
    #[error("already taken ({0})")]
    Conflict(String),
    /// What is stored makes no sense: a defect of the hub or a hand in the database.
    #[error("the store holds a {what} that cannot be read: {why}")]
    Corrupt {
        /// Which kind of thing.
        what: &'static str,
        /// Why it cannot be read; never its content.
        why: String,
    },
    /// The settings of the store are wrong.
    #[error("{0}")]
    Config(String),
    /// A statement that should work does not: a defect of the hub.
    #[error("a statement failed: {0}")]
    Defect(String),
    /// Migration failed; the database is as it was.
    #[error("the database cannot be brought up to date: {0}")]
    Migration(String),
}

impl StorageError {
    /// An unreadable thing in the store.
    pub fn corrupt(what: &'static str, why: impl std::fmt::Display) -> Self {
        Self::Corrupt {
            what,
            why: why.to_string(),
        }
    }
}

impl From<sqlx::Error> for StorageError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) if database.is_unique_violation() => {
                Self::Conflict(database.constraint().unwrap_or("unique").to_owned())
            }
            sqlx::Error::Database(database) => {
                // SQLite: 5 busy, 6 locked, 8 read-only, 10 I/O, 13 full, 14 cannot open, with
                // extended codes above the low byte. PostgreSQL: classes 08 connection, 25006
                // read-only, 40 deadlock, 53 resources, 57 operator intervention and time-outs, 58 system.
                let code = database.code().unwrap_or_default();
                let sqlite = code.parse::<i64>().map(|code| code & 0xff);
                let down = matches!(sqlite, Ok(5 | 6 | 8 | 10 | 13 | 14)) && code.len() < 5
                    || ["08", "40", "53", "57", "58"]
                        .iter()
                        .any(|class| code.starts_with(class))
                        && code.len() == 5
                    || code == "25006";
                if down {
                    Self::Unavailable(error.to_string())
                } else {
                    Self::Defect(error.to_string())
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Unavailable(error.to_string()),
            sqlx::Error::Configuration(cause) => Self::Config(cause.to_string()),
            _ => Self::Defect(error.to_string()),
        }
    }
}

impl From<redis::RedisError> for StorageError {
    fn from(error: redis::RedisError) -> Self {
        Self::Unavailable(format!("Redis: {error}"))
    }
}

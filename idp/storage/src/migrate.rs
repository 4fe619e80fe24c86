//! Migrations: one numbered file per engine, embedded, run at start. Safe when several nodes start at
//! once: PostgreSQL nodes take turns at an advisory lock, SQLite ones at a lock file. Never edited
//! once released: a changed checksum refuses to start.

use std::borrow::Cow;
use std::path::Path;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::engine::Database;
use crate::error::StorageError;

macro_rules! migrations {
    ($engine:literal: $($version:literal $name:literal),* $(,)?) => {
        [$((
            $version,
            $name,
            include_str!(concat!("../migrations/", $engine, "/", $version, "_", $name, ".sql")),
        )),*]
    };
}

const SQLITE: [(&str, &str, &str); 5] = migrations!("sqlite":
    "0001" "directory", "0002" "openid_connect", "0003" "saml", "0004" "federation",
    "0005" "factors");
const POSTGRES: [(&str, &str, &str); 5] = migrations!("postgres":
    "0001" "directory", "0002" "openid_connect", "0003" "saml", "0004" "federation",
    "0005" "factors");

/// Brings the database up to date.
pub(crate) async fn run(database: &Database) -> Result<(), StorageError> {
    database
        .migrate(migrator(&SQLITE)?, migrator(&POSTGRES)?)
        .await
}

fn migrator(files: &[(&str, &'static str, &'static str)]) -> Result<Migrator, StorageError> {
    let mut migrations = Vec::new();
    for (version, name, text) in files {
        let version = version
            .parse()
            .map_err(|_| StorageError::Migration(format!("`{version}` is not a number")))?;
        migrations.push(Migration::new(
            version,
            Cow::Borrowed(*name),
            MigrationType::Simple,
            SqlStr::from_static(text),
            false,
        ));
    }
    Ok(Migrator::with_migrations(migrations))
}

/// An exclusive lock on a file beside the database; released when dropped or when the process ends.
pub(crate) struct FileLock {
    _file: std::fs::File,
}

impl FileLock {
    pub(crate) async fn beside(database: &Path) -> Result<Self, StorageError> {
        let path = database.with_extension("migrate.lock");
        tokio::task::spawn_blocking(move || {
            let file = std::fs::File::create(&path)?;
            file.lock()?;
            Ok(Self { _file: file })
        })
        .await
        .map_err(|error| StorageError::Migration(error.to_string()))?
        .map_err(|error: std::io::Error| StorageError::Migration(format!("lock file: {error}")))
    }
}

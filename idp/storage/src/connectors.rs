//! Connectors as they are registered, each with its secret sealed beside it. Never opens a secret and never
//! interprets a registration.
//!
//! Read with the services, through the same cache: every change here changes
//! [`crate::services::version`].

use clau_domain::connector::{Connector, ConnectorId};
use clau_domain::time::Timestamp;

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::people::{json, parse, portraits};
use crate::statement::statements;
use crate::{connector_documents, links, newcomers, services};

pub(crate) mod sql {
    use super::statements;

    statements! {
        ALL_CONNECTORS = "connector/all",
        FIND = "connector/find",
        PUT = "connector/put",
        REMOVE = "connector/remove",
        REMOVE_AFFILIATIONS = "affiliation/remove_of_source",
        RETIRE_RECORDS = "record/retire",
    }
}

/// A connector as it is stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Registered {
    /// The registration, without its secret.
    pub connector: Connector,
    /// The secret, encrypted.
    pub sealed: Option<Vec<u8>>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Without the secret, sealed as it is (KEY-08).
impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registered")
            .field("connector", &self.connector.id)
            .field("updated_at", &self.updated_at)
            .finish_non_exhaustive()
    }
}

/// What becomes of a connector's secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The one there is stays; a new connector has none.
    Keep,
    /// This one replaces it, encrypted.
    Replace(Vec<u8>),
    /// It goes.
    Remove,
}

/// Without the secret.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keep => "Keep",
            Self::Replace(_) => "Replace(redacted)",
            Self::Remove => "Remove",
        })
    }
}

/// All connectors.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn all(database: &Database) -> Result<Vec<Registered>, StorageError> {
    let rows = database.all(sql::ALL_CONNECTORS, args![]).await?;
    rows.iter().map(registered).collect()
}

/// One of them.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn find(
    database: &Database,
    id: &ConnectorId,
) -> Result<Option<Registered>, StorageError> {
    let row = database.optional(sql::FIND, args![id.as_str()]).await?;
    row.as_ref().map(registered).transpose()
}

/// Registers a connector or replaces its registration.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put(
    tx: &mut Tx,
    connector: &Connector,
    secret: Secret,
    now: Timestamp,
) -> Result<(), StorageError> {
    services::changed(tx).await?;
    let keep = secret == Secret::Keep;
    let sealed = match secret {
        Secret::Replace(sealed) => Some(sealed),
        Secret::Keep | Secret::Remove => None,
    };
    let id = connector.id.as_str();
    let values = args![id, json(connector)?, sealed, now, keep];
    tx.execute(sql::PUT, values).await.map(drop)
}

/// Removes a connector and what hangs on it: its documents, every link, and what it said of people whom it
/// made known. Whoever is registered under its id later starts with nothing, and nobody of theirs is taken
/// for somebody of the former one's (FED-01). Whether there was one.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn remove(tx: &mut Tx, id: &ConnectorId, now: Timestamp) -> Result<bool, StorageError> {
    services::changed(tx).await?;
    links::remove_of_connector(tx, id).await?;
    connector_documents::remove_of_connector(tx, id).await?;
    let source = newcomers::source(id);
    // A name that no connector can have. What it was called stays readable.
    let retired = format!("{source}#{}", now.as_millis());
    tx.execute(sql::REMOVE_AFFILIATIONS, args![&source]).await?;
    tx.execute(portraits::sql::RETIRE, args![&source, &retired])
        .await?;
    tx.execute(sql::RETIRE_RECORDS, args![&source, &retired, now])
        .await?;
    portraits::speak(tx).await?;
    Ok(tx.execute(sql::REMOVE, args![id.as_str()]).await? > 0)
}

fn registered(row: &Row) -> Result<Registered, StorageError> {
    Ok(Registered {
        connector: parse("connector", &row.text("document")?)?,
        sealed: row.bytes_or_none("sealed")?,
        updated_at: Timestamp::from_millis(row.int("updated_at")?),
    })
}

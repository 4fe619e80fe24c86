//! Services as they are registered. Never interprets a registration.

use clau_domain::service::Service;
use clau_domain::time::Timestamp;

use crate::engine::{Database, Tx, args};
use crate::error::StorageError;
use crate::people::{json, parse};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        ALL_SERVICES = "service/all",
        PUT = "service/put",
        NEWEST = "service/newest",
    }
}

/// A sign that changes whenever the registry does: what a node compares before it reads it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistryVersion {
    services: i64,
    newest: i64,
}

/// All services.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn all(database: &Database) -> Result<Vec<Service>, StorageError> {
    let rows = database.all(sql::ALL_SERVICES, args![]).await?;
    rows.iter()
        .map(|row| parse("service", &row.text("document")?))
        .collect()
}

/// The registry's version.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn version(database: &Database) -> Result<RegistryVersion, StorageError> {
    let row = database.optional(sql::NEWEST, args![]).await?;
    let row = row.ok_or_else(|| StorageError::corrupt("registry", "no count"))?;
    Ok(RegistryVersion {
        services: row.int("services")?,
        newest: row.int("newest")?,
    })
}

/// Registers a service or replaces its registration.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put(tx: &mut Tx, service: &Service, now: Timestamp) -> Result<(), StorageError> {
    tx.execute(sql::PUT, args![service.id.as_str(), json(service)?, now])
        .await
        .map(drop)
}

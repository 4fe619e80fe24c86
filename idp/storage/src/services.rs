//! Services as they are registered, and the sign by which nodes see that the registry has changed.
//! Never interprets a registration.

use clau_domain::ids::ServiceId;
use clau_domain::service::Service;
use clau_domain::time::Timestamp;

use crate::engine::{Database, Tx, args};
use crate::error::StorageError;
use crate::people::{json, parse};
use crate::statement::statements;
use crate::{authorizations, client_credentials, consents};

pub(crate) mod sql {
    use super::statements;

    statements! {
        ALL_SERVICES = "service/all",
        PUT = "service/put",
        REMOVE = "service/remove",
        NEWEST = "service/newest",
        CHANGED = "service/changed",
    }
}

/// A sign that changes whenever the registry does, with its announcements and its clients'
/// credentials: what a node compares before it reads them again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistryVersion {
    /// How often it has been changed. Would be enough, but for nodes of the version before this one,
    /// which do not count.
    changes: i64,
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
        changes: row.int("changes")?,
        services: row.int("services")?,
        newest: row.int("newest")?,
    })
}

/// Registers a service or replaces its registration.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put(tx: &mut Tx, service: &Service, now: Timestamp) -> Result<(), StorageError> {
    changed(tx).await?;
    tx.execute(sql::PUT, args![service.id.as_str(), json(service)?, now])
        .await
        .map(drop)
}

/// Removes a service and what hangs on it: its credentials, the consents given to it, every
/// authorization (RFC 7592 §2.3). Whoever is registered under its id later starts with nothing.
/// Whether there was one.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn remove(tx: &mut Tx, service: &ServiceId) -> Result<bool, StorageError> {
    client_credentials::remove_of_service(tx, service).await?;
    consents::remove_of_service(tx, service).await?;
    authorizations::remove_of_service(tx, service).await?;
    Ok(tx.execute(sql::REMOVE, args![service.as_str()]).await? > 0)
}

/// Counts a change of the registry. Before the change itself: two transactions that change it wait for
/// each other here and nowhere else.
pub(crate) async fn changed(tx: &mut Tx) -> Result<(), StorageError> {
    tx.execute(sql::CHANGED, args![]).await.map(drop)
}

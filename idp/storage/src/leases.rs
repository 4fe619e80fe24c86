//! Leases: which node does a background task now. A holder that dies loses its lease by time alone.
//! Never a lock for correctness: what runs under a lease must bear running twice.

use clau_domain::time::Timestamp;

use crate::engine::{Database, args};
use crate::error::StorageError;
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        TAKE = "lease/take",
        RELEASE = "lease/release",
    }
}

/// Takes the lease `name` until the instant `until`, or prolongs it for the holder that has it.
/// Whether `holder` has it now.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn take(
    database: &Database,
    name: &str,
    holder: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let row = database
        .returning(sql::TAKE, args![name, holder, until, now])
        .await?;
    Ok(row.is_some())
}

/// Gives a lease back before its time; nothing happens if somebody else holds it.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn release(database: &Database, name: &str, holder: &str) -> Result<(), StorageError> {
    database
        .execute(sql::RELEASE, args![name, holder])
        .await
        .map(drop)
}

//! Announcements on the portal. Never decides who sees one.

use clau_domain::announcement::Announcement;
use clau_domain::time::Timestamp;

use crate::engine::{Database, Tx, args};
use crate::error::StorageError;
use crate::people::{json, parse};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        ALL_ANNOUNCEMENTS = "announcement/all",
        PUT = "announcement/put",
    }
}

/// All announcements: few, and read through a cache.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn all(database: &Database) -> Result<Vec<Announcement>, StorageError> {
    let rows = database.all(sql::ALL_ANNOUNCEMENTS, args![]).await?;
    rows.iter()
        .map(|row| parse("announcement", &row.text("document")?))
        .collect()
}

/// Writes one, new or changed.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put(
    tx: &mut Tx,
    announcement: &Announcement,
    now: Timestamp,
) -> Result<(), StorageError> {
    crate::services::changed(tx).await?;
    tx.execute(sql::PUT, args![&announcement.id, json(announcement)?, now])
        .await
        .map(drop)
}

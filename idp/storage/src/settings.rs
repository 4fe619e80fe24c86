//! Settings the hub keeps for itself, shared by all nodes: fingerprints of keys (KEY-07), dates of the
//! last rotation. Never the operator's configuration, which is a file.

use crate::engine::{Database, args};
use crate::error::StorageError;
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        FIND = "setting/find",
        INSERT = "setting/insert",
        PUT = "setting/put",
    }
}

/// The value of a setting.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn find(database: &Database, name: &str) -> Result<Option<String>, StorageError> {
    database
        .optional(sql::FIND, args![name])
        .await?
        .map(|row| row.text("value"))
        .transpose()
}

/// Sets a setting if nobody has; the value that holds now. Of several nodes that start at once one
/// wins, and the others see its value (KEY-07).
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn insert_if_absent(
    database: &Database,
    name: &str,
    value: &str,
) -> Result<String, StorageError> {
    let mut tx = database.begin().await?;
    tx.execute(sql::INSERT, args![name, value]).await?;
    let row = tx.optional(sql::FIND, args![name]).await?;
    tx.commit().await?;
    row.ok_or_else(|| StorageError::corrupt("setting", "gone while it was written"))?
        .text("value")
}

/// Sets a setting, whatever it was.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put(database: &Database, name: &str, value: &str) -> Result<(), StorageError> {
    database
        .execute(sql::PUT, args![name, value])
        .await
        .map(drop)
}

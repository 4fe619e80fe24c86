//! Housekeeping: what has expired is removed a thousand rows at a time, because a long delete would
//! keep the others waiting. Never decides what has expired: the statements do.

use clau_domain::time::Timestamp;

use crate::engine::{Database, args};
use crate::error::StorageError;
use crate::statement::Statement;

/// Rows that one statement of a sweep removes at most.
const STEP: u64 = 1000;

/// Repeats a statement that removes a thousand rows at most until it finds fewer; how many in all.
pub(crate) async fn all(
    database: &Database,
    statement: Statement,
    before: Timestamp,
) -> Result<u64, StorageError> {
    let mut swept = 0;
    loop {
        let step = database.execute(statement, args![before]).await?;
        swept += step;
        if step < STEP {
            return Ok(swept);
        }
    }
}

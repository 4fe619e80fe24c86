//! How often a person's pseudonyms were given anew. Never makes a pseudonym.

use std::collections::BTreeMap;

use clau_domain::ids::PersonId;

use super::{json, parse, sql};
use crate::engine::{Database, args};
use crate::error::StorageError;

/// Counts that a person's pseudonym in a sector was given anew. Nothing else touches the count: neither
/// feeds nor [`put`](super::put). Whether there is such a person.
///
/// # Errors
/// [`StorageError::Unavailable`]: it may or may not be counted; [`StorageError::Corrupt`].
pub async fn renew(database: &Database, id: PersonId, sector: &str) -> Result<bool, StorageError> {
    loop {
        let mut tx = database.begin().await?;
        let Some(row) = tx.optional(sql::RENEWED, args![id]).await? else {
            return Ok(false);
        };
        let former = row.text("renewed")?;
        let mut renewed: BTreeMap<String, u32> = parse("person", &former)?;
        let times = renewed.entry(sector.to_owned()).or_default();
        *times = times.saturating_add(1);
        let values = args![id, former, json(&renewed)?];
        // Not if another node was faster: both are counted then.
        if tx.execute(sql::RENEW, values).await? > 0 {
            tx.commit().await?;
            return Ok(true);
        }
    }
}

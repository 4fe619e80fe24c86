//! Counters as rows of the database: `hit:name` counts, `set:name` counts different members, which
//! are rows of their own that carry the end of their window in their name.

use std::time::Duration;

use clau_domain::time::Timestamp;

use super::{MOST_MEMBERS, sql};
use crate::engine::{Database, Row, args};
use crate::error::StorageError;

#[derive(Clone)]
pub(super) struct DatabaseCounters {
    database: Database,
}

impl DatabaseCounters {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    pub(super) async fn hit(
        &self,
        name: &str,
        window: Duration,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let values = args![format!("hit:{name}"), now + window, now];
        hits(self.database.returning(sql::HIT, values).await?.as_ref())
    }

    pub(super) async fn peek(&self, name: &str, now: Timestamp) -> Result<u64, StorageError> {
        let values = args![format!("hit:{name}"), now];
        hits(self.database.optional(sql::PEEK, values).await?.as_ref())
    }

    pub(super) async fn reset(&self, name: &str) -> Result<(), StorageError> {
        self.database
            .execute(sql::RESET, args![format!("hit:{name}")])
            .await
            .map(drop)
    }

    pub(super) async fn distinct(
        &self,
        name: &str,
        member: &str,
        window: Duration,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let name = format!("set:{name}");
        let mut tx = self.database.begin().await?;
        // Keeps the row locked: members are counted one after the other.
        let row = tx
            .optional(sql::OPEN, args![&name, now + window, now])
            .await?;
        let mut count = hits(row.as_ref())?;
        if let Some(row) = row.filter(|_| count < MOST_MEMBERS) {
            let end = Timestamp::from_millis(row.int("expires_at")?);
            let member = format!("{name}|{}|{member}", end.as_millis());
            if tx.execute(sql::MEMBER, args![member, end]).await? > 0 {
                tx.execute(sql::ADD_MEMBER, args![&name]).await?;
                count += 1;
            }
        }
        tx.commit().await?;
        Ok(count)
    }

    pub(super) async fn peek_distinct(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let values = args![format!("set:{name}"), now];
        hits(self.database.optional(sql::PEEK, values).await?.as_ref())
    }

    pub(super) async fn sweep(&self, now: Timestamp) -> Result<u64, StorageError> {
        crate::sweep::all(&self.database, sql::SWEEP, now).await
    }
}

fn hits(row: Option<&Row>) -> Result<u64, StorageError> {
    let hits = row
        .map(|row| row.int("hits"))
        .transpose()?
        .unwrap_or_default();
    u64::try_from(hits).map_err(|_| StorageError::corrupt("counter", "it is negative"))
}

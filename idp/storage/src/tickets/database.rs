//! Tickets as rows of the database. Each operation is one atomic statement; `DELETE … RETURNING` is
//! what makes a thing single-use (CAS-03).

use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;

use super::{Life, MOST_OWNED, sql};
use crate::engine::{Database, args};
use crate::error::StorageError;

#[derive(Clone)]
pub(super) struct DatabaseTickets {
    database: Database,
}

impl DatabaseTickets {
    pub(super) fn new(database: Database) -> Self {
        Self { database }
    }

    pub(super) async fn put(
        &self,
        space: &str,
        digest: &Digest,
        value: Vec<u8>,
        life: Life<'_>,
    ) -> Result<(), StorageError> {
        let values = args![space, *digest, value, life.owner, life.expires_at];
        self.database.execute(sql::PUT, values).await.map(drop)
    }

    pub(super) async fn get(
        &self,
        space: &str,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let row = self
            .database
            .optional(sql::GET, args![space, *digest, now])
            .await?;
        row.map(|row| row.bytes("value")).transpose()
    }

    pub(super) async fn take(
        &self,
        space: &str,
        digest: &Digest,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        let row = self
            .database
            .returning(sql::TAKE, args![space, *digest, now])
            .await?;
        row.map(|row| row.bytes("value")).transpose()
    }

    pub(super) async fn replace(
        &self,
        space: &str,
        digest: &Digest,
        value: Vec<u8>,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        let values = args![space, *digest, value, expires_at, now];
        Ok(self.database.execute(sql::REPLACE, values).await? > 0)
    }

    pub(super) async fn remove(&self, space: &str, digest: &Digest) -> Result<bool, StorageError> {
        Ok(self
            .database
            .execute(sql::REMOVE, args![space, *digest])
            .await?
            > 0)
    }

    pub(super) async fn owned(
        &self,
        space: &str,
        owner: &str,
        now: Timestamp,
    ) -> Result<Vec<(Digest, Vec<u8>)>, StorageError> {
        let most = i64::try_from(MOST_OWNED).unwrap_or(i64::MAX);
        let rows = self
            .database
            .all(sql::OWNED, args![space, owner, now, most])
            .await?;
        rows.iter()
            .map(|row| {
                let digest = Digest::from_slice(&row.bytes("digest")?).ok_or_else(|| {
                    StorageError::corrupt("ticket", "its digest has a wrong length")
                })?;
                Ok((digest, row.bytes("value")?))
            })
            .collect()
    }

    /// All in one transaction: either every one of them is over, or the caller hears of it.
    pub(super) async fn end(
        &self,
        space: &str,
        digests: &[Digest],
        _until: Timestamp,
        _now: Timestamp,
    ) -> Result<(), StorageError> {
        // In one order on every node, so that two of them never wait for each other.
        let digests: std::collections::BTreeSet<&Digest> = digests.iter().collect();
        let mut tx = self.database.begin().await?;
        for digest in digests {
            tx.execute(sql::REMOVE, args![space, *digest]).await?;
        }
        tx.commit().await
    }

    pub(super) async fn first_use(
        &self,
        space: &'static str,
        digest: &Digest,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        super::first_use(&self.database, space, digest, until, now).await
    }

    pub(super) async fn sweep(&self, now: Timestamp) -> Result<u64, StorageError> {
        let tickets = crate::sweep::all(&self.database, sql::SWEEP, now).await?;
        let spent = crate::sweep::all(&self.database, sql::SWEEP_SPENT, now).await?;
        Ok(tickets + spent)
    }

    pub(super) async fn ping(&self) -> Result<(), StorageError> {
        self.database.ping().await
    }
}

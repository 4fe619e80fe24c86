//! The keys the hub signs with, each with its dates (KEY-02). The private half is sealed before it
//! comes here (KEY-03). Never opens one, never decides when a key is replaced.

use clau_domain::time::Timestamp;
use serde_json::Value;

use crate::engine::{Database, Row, args};
use crate::error::StorageError;
use crate::people::{json, parse};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        ALL_OF_PURPOSE = "signing_key/all",
        ADD = "signing_key/add",
        RETIRE = "signing_key/retire",
        REVOKE = "signing_key/revoke",
        SWEEP = "signing_key/sweep",
    }
}

/// A key.
#[derive(Clone, PartialEq)]
pub struct SigningKeyRow {
    /// Its name in what it signs (RFC 7517 §4.5).
    pub kid: String,
    /// What it is for: keys of different purposes never meet (KEY-01).
    pub purpose: String,
    /// Its algorithm (RFC 7518 §3.1).
    pub algorithm: String,
    /// One higher than the key of the same purpose and algorithm before it.
    pub generation: u32,
    /// The private key, encrypted.
    pub sealed: Vec<u8>,
    /// The public key as it is published.
    pub public: Value,
    /// When it was made; published from then on.
    pub created_at: Timestamp,
    /// From when it signs.
    pub signs_from: Timestamp,
    /// Until when it signs: not known while it has no successor.
    pub signs_until: Option<Timestamp>,
    /// Until when it is published and what it signed is accepted.
    pub verifies_until: Option<Timestamp>,
}

/// The end of a key that has a successor.
#[derive(Clone, Copy, Debug)]
pub struct Retiring<'a> {
    /// Which key.
    pub kid: &'a str,
    /// Until when it signs.
    pub signs_until: Timestamp,
    /// Until when it verifies.
    pub verifies_until: Timestamp,
}

/// The keys of a purpose, by algorithm and generation. Few.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn all(database: &Database, purpose: &str) -> Result<Vec<SigningKeyRow>, StorageError> {
    let rows = database.all(sql::ALL_OF_PURPOSE, args![purpose]).await?;
    rows.iter().map(key).collect()
}

/// Adds a key and gives the one before it its end, both or neither. False, and nothing is changed, when
/// there is a key of the same purpose, algorithm and generation: another node was faster.
///
/// An end that the former key has already and that comes sooner stays: revoked keys stay revoked.
///
/// # Errors
/// [`StorageError::Unavailable`]: it may or may not be added; read them again.
pub async fn add(
    database: &Database,
    row: &SigningKeyRow,
    former: Option<Retiring<'_>>,
) -> Result<bool, StorageError> {
    let values = args![
        &row.kid,
        &row.purpose,
        &row.algorithm,
        row.generation,
        row.sealed.as_slice(),
        json(&row.public)?,
        row.created_at,
        row.signs_from,
        row.signs_until,
        row.verifies_until,
    ];
    let mut tx = database.begin().await?;
    if tx.execute(sql::ADD, values).await? == 0 {
        return Ok(false);
    }
    if let Some(former) = former {
        let values = args![former.kid, former.signs_until, former.verifies_until];
        tx.execute(sql::RETIRE, values).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Ends a key at once: it signs nothing more, and what it signed is refused (KEY-09). Whether it was
/// still of use.
///
/// # Errors
/// [`StorageError::Unavailable`]: nothing is promised; try again.
pub async fn revoke(database: &Database, kid: &str, now: Timestamp) -> Result<bool, StorageError> {
    Ok(database.execute(sql::REVOKE, args![kid, now]).await? > 0)
}

/// Removes keys that verify nothing any more; how many.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn sweep(database: &Database, now: Timestamp) -> Result<u64, StorageError> {
    database.execute(sql::SWEEP, args![now]).await
}

fn key(row: &Row) -> Result<SigningKeyRow, StorageError> {
    Ok(SigningKeyRow {
        kid: row.text("kid")?,
        purpose: row.text("purpose")?,
        algorithm: row.text("algorithm")?,
        generation: u32::try_from(row.int("generation")?)
            .map_err(|_| StorageError::corrupt("signing key", "its generation is out of range"))?,
        sealed: row.bytes("sealed")?,
        public: parse("signing key", &row.text("public_key")?)?,
        created_at: Timestamp::from_millis(row.int("created_at")?),
        signs_from: Timestamp::from_millis(row.int("signs_from")?),
        signs_until: row.int_or_none("signs_until")?.map(Timestamp::from_millis),
        verifies_until: row
            .int_or_none("verifies_until")?
            .map(Timestamp::from_millis),
    })
}

/// Without the private key, sealed as it is (KEY-08).
impl std::fmt::Debug for SigningKeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeyRow")
            .field("kid", &self.kid)
            .field("purpose", &self.purpose)
            .field("algorithm", &self.algorithm)
            .field("generation", &self.generation)
            .field("created_at", &self.created_at)
            .field("signs_from", &self.signs_from)
            .field("signs_until", &self.signs_until)
            .field("verifies_until", &self.verifies_until)
            .finish_non_exhaustive()
    }
}

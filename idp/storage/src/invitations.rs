//! Invitations to register a client: initial access tokens (RFC 7591 §3), each good for a number of
//! registrations. There is no registration without one (OIDC-21). Never reads what a client may be.

use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;
use serde_json::Value;

use crate::engine::{Database, Row, args};
use crate::error::StorageError;
use crate::people::{json, parse};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        ADD = "invitation/add",
        USE_ONE = "invitation/use_one",
        ALL_INVITATIONS = "invitation/all",
        REMOVE = "invitation/remove",
    }
}

/// An invitation.
#[derive(Clone, Debug, PartialEq)]
pub struct Invitation {
    /// Digest of the token.
    pub digest: Digest,
    /// For whom, in an operator's words.
    pub label: String,
    /// What a client that registers with it may be. Never interpreted here.
    pub detail: Value,
    /// How many clients may still register with it.
    pub uses_left: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// From then on it is good for nothing.
    pub expires_at: Timestamp,
}

/// Stores an invitation.
///
/// # Errors
/// [`StorageError::Conflict`] when there is one of this digest, [`StorageError::Unavailable`].
pub async fn add(database: &Database, invitation: &Invitation) -> Result<(), StorageError> {
    let values = args![
        invitation.digest,
        &invitation.label,
        json(&invitation.detail)?,
        invitation.uses_left,
        invitation.created_at,
        invitation.expires_at,
    ];
    database.execute(sql::ADD, values).await.map(drop)
}

/// Uses an invitation once: of any number of callers as many succeed as it has uses. The invitation
/// behind it.
///
/// # Errors
/// [`StorageError::Unavailable`]: it counts as used (AVL-06). [`StorageError::Corrupt`].
pub async fn use_one(
    database: &Database,
    digest: &Digest,
    now: Timestamp,
) -> Result<Option<Invitation>, StorageError> {
    let row = database
        .returning(sql::USE_ONE, args![*digest, now])
        .await?;
    row.as_ref().map(invitation).transpose()
}

/// All invitations, those that are over too, the newest first: few.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn all(database: &Database) -> Result<Vec<Invitation>, StorageError> {
    let rows = database.all(sql::ALL_INVITATIONS, args![]).await?;
    rows.iter().map(invitation).collect()
}

/// Takes an invitation back; whether there was one.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn remove(database: &Database, digest: &Digest) -> Result<bool, StorageError> {
    Ok(database.execute(sql::REMOVE, args![*digest]).await? > 0)
}

fn invitation(row: &Row) -> Result<Invitation, StorageError> {
    let corrupt = |why| StorageError::corrupt("invitation", why);
    Ok(Invitation {
        digest: Digest::from_slice(&row.bytes("digest")?)
            .ok_or_else(|| corrupt("its digest has a wrong length"))?,
        label: row.text("label")?,
        detail: parse("invitation", &row.text("detail")?)?,
        uses_left: u32::try_from(row.int("uses_left")?)
            .map_err(|_| corrupt("its uses are out of range"))?,
        created_at: Timestamp::from_millis(row.int("created_at")?),
        expires_at: Timestamp::from_millis(row.int("expires_at")?),
    })
}

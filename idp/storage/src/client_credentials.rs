//! What clients prove themselves with: secrets, and the tokens by which they manage their own
//! registration (RFC 7592). Only digests, or sealed where the clear text is needed to check a message
//! (`client_secret_jwt`). Never compares one, and never says which are over.
//!
//! Read with the services, through the same cache: every change here changes
//! [`crate::services::version`].

use clau_domain::ids::ServiceId;
use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::services;
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        ALL_CREDENTIALS = "credential/all",
        OF_SERVICE = "credential/of_service",
        PUT = "credential/put",
        REMOVE_OF_KIND = "credential/remove_of_kind",
        REMOVE_OF_SERVICE = "credential/remove_of_service",
    }
}

/// What a credential is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// A client secret (RFC 6749 §2.3.1).
    Secret,
    /// A registration access token (RFC 7592 §1.2).
    Registration,
}

impl CredentialKind {
    /// How it is stored.
    fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Registration => "registration",
        }
    }
}

/// A credential of a client.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Whose.
    pub service: ServiceId,
    /// What it is good for.
    pub kind: CredentialKind,
    /// Its digest.
    pub digest: Digest,
    /// The clear text, encrypted, where messages are checked with it.
    pub sealed: Option<Vec<u8>>,
    /// Since when it is valid.
    pub created_at: Timestamp,
    /// From then on it is not.
    pub expires_at: Option<Timestamp>,
}

/// All credentials, those that are over too: few, and read through a cache.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn all(database: &Database) -> Result<Vec<Credential>, StorageError> {
    let rows = database.all(sql::ALL_CREDENTIALS, args![]).await?;
    rows.iter().map(credential).collect()
}

/// The credentials of a service, those that are over too.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn of_service(
    database: &Database,
    service: &ServiceId,
) -> Result<Vec<Credential>, StorageError> {
    let rows = database
        .all(sql::OF_SERVICE, args![service.as_str()])
        .await?;
    rows.iter().map(credential).collect()
}

/// Adds a credential to those a service has, or changes its dates.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put(tx: &mut Tx, credential: &Credential) -> Result<(), StorageError> {
    services::changed(tx).await?;
    write(tx, credential).await
}

/// Gives a service these credentials of a kind in place of all it had of it.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Defect`] for a credential of another service or kind.
pub async fn replace(
    tx: &mut Tx,
    service: &ServiceId,
    kind: CredentialKind,
    credentials: &[Credential],
) -> Result<(), StorageError> {
    if credentials
        .iter()
        .any(|credential| credential.service != *service || credential.kind != kind)
    {
        return Err(StorageError::Defect(format!(
            "a credential of another client or kind among those of {service}"
        )));
    }
    services::changed(tx).await?;
    tx.execute(sql::REMOVE_OF_KIND, args![service.as_str(), kind.as_str()])
        .await?;
    for credential in credentials {
        write(tx, credential).await?;
    }
    Ok(())
}

/// Removes every credential of a service.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn remove_of_service(tx: &mut Tx, service: &ServiceId) -> Result<(), StorageError> {
    services::changed(tx).await?;
    tx.execute(sql::REMOVE_OF_SERVICE, args![service.as_str()])
        .await
        .map(drop)
}

async fn write(tx: &mut Tx, credential: &Credential) -> Result<(), StorageError> {
    let values = args![
        credential.service.as_str(),
        credential.kind.as_str(),
        credential.digest,
        credential.sealed.clone(),
        credential.created_at,
        credential.expires_at,
    ];
    tx.execute(sql::PUT, values).await.map(drop)
}

fn credential(row: &Row) -> Result<Credential, StorageError> {
    let corrupt = |why: &dyn std::fmt::Display| StorageError::corrupt("credential", why);
    let kind = row.text("kind")?;
    Ok(Credential {
        service: row
            .text("service_id")?
            .parse()
            .map_err(|why| corrupt(&why))?,
        kind: [CredentialKind::Secret, CredentialKind::Registration]
            .into_iter()
            .find(|known| known.as_str() == kind)
            .ok_or_else(|| corrupt(&"its kind is none"))?,
        digest: Digest::from_slice(&row.bytes("digest")?)
            .ok_or_else(|| corrupt(&"its digest has a wrong length"))?,
        sealed: row.bytes_or_none("sealed")?,
        created_at: Timestamp::from_millis(row.int("created_at")?),
        expires_at: row.int_or_none("expires_at")?.map(Timestamp::from_millis),
    })
}

/// Without the secret, sealed as it is (KEY-08).
impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential")
            .field("service", &self.service)
            .field("kind", &self.kind)
            .field("digest", &self.digest)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

//! What people have agreed that services may receive, so that they are not asked again. Never decides
//! who is asked, and never reads what was agreed to.

use clau_domain::ids::{PersonId, ServiceId};
use clau_domain::time::Timestamp;
use serde_json::Value;

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::people::{json, parse};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        PUT = "consent/put",
        FIND = "consent/find",
        OF_PERSON = "consent/of_person",
        REMOVE = "consent/remove",
        REMOVE_OF_SERVICE = "consent/remove_of_service",
    }
}

/// A person's consent to one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Consent {
    /// Which service.
    pub service: ServiceId,
    /// What they agreed to. Never interpreted here.
    pub detail: Value,
    /// When they did.
    pub given_at: Timestamp,
}

/// Keeps a person's consent to a service, in place of an earlier one.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put(
    database: &Database,
    person: PersonId,
    service: &ServiceId,
    detail: &Value,
    now: Timestamp,
) -> Result<(), StorageError> {
    let values = args![person, service.as_str(), json(detail)?, now];
    database.execute(sql::PUT, values).await.map(drop)
}

/// A person's consent to a service.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn find(
    database: &Database,
    person: PersonId,
    service: &ServiceId,
) -> Result<Option<Consent>, StorageError> {
    let row = database
        .optional(sql::FIND, args![person, service.as_str()])
        .await?;
    row.as_ref().map(consent).transpose()
}

/// A person's consents, the newest first.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn of_person(
    database: &Database,
    person: PersonId,
) -> Result<Vec<Consent>, StorageError> {
    let rows = database.all(sql::OF_PERSON, args![person]).await?;
    rows.iter().map(consent).collect()
}

/// Takes a consent back; whether there was one. What was allowed because of it is ended apart
/// ([`crate::authorizations::revoke_of_person`]).
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn remove(
    database: &Database,
    person: PersonId,
    service: &ServiceId,
) -> Result<bool, StorageError> {
    let values = args![person, service.as_str()];
    Ok(database.execute(sql::REMOVE, values).await? > 0)
}

/// Removes every consent to a service, with the service.
pub(crate) async fn remove_of_service(
    tx: &mut Tx,
    service: &ServiceId,
) -> Result<(), StorageError> {
    tx.execute(sql::REMOVE_OF_SERVICE, args![service.as_str()])
        .await
        .map(drop)
}

fn consent(row: &Row) -> Result<Consent, StorageError> {
    Ok(Consent {
        service: row
            .text("service_id")?
            .parse()
            .map_err(|why| StorageError::corrupt("consent", why))?,
        detail: parse("consent", &row.text("detail")?)?,
        given_at: Timestamp::from_millis(row.int("given_at")?),
    })
}

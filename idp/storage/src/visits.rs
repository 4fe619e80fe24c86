//! What each service received of whom and when, and each person's favourites. Never counts for
//! statistics: those have rules of their own.

use std::collections::BTreeSet;

use clau_domain::ids::{PersonId, ServiceId};
use clau_domain::policy::Attribute;
use clau_domain::time::Timestamp;

use crate::engine::{Database, args};
use crate::error::StorageError;
use crate::people::{json, parse};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        RECORD = "visit/record",
        OF_PERSON = "visit/of_person",
        FAVOURITES = "favourite/of_person",
        ADD_FAVOURITE = "favourite/add",
        REMOVE_FAVOURITE = "favourite/remove",
    }
}

/// What one service has received of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Which service; it may be registered no more.
    pub service: String,
    /// First time.
    pub first_at: Timestamp,
    /// Last time.
    pub last_at: Timestamp,
    /// How many times.
    pub times: u64,
    /// What was released the last time.
    pub attributes: BTreeSet<Attribute>,
}

/// Notes that a service has received a person's attributes.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn record(
    database: &Database,
    person: PersonId,
    service: &ServiceId,
    attributes: &BTreeSet<Attribute>,
    now: Timestamp,
) -> Result<(), StorageError> {
    let values = args![person, service.as_str(), now, json(attributes)?];
    database.execute(sql::RECORD, values).await.map(drop)
}

/// What services have received of a person, the last first.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn of_person(database: &Database, person: PersonId) -> Result<Vec<Visit>, StorageError> {
    let rows = database.all(sql::OF_PERSON, args![person]).await?;
    rows.iter()
        .map(|row| {
            Ok(Visit {
                service: row.text("service_id")?,
                first_at: Timestamp::from_millis(row.int("first_at")?),
                last_at: Timestamp::from_millis(row.int("last_at")?),
                times: u64::try_from(row.int("times")?).unwrap_or_default(),
                attributes: parse("visit", &row.text("attributes")?)?,
            })
        })
        .collect()
}

/// A person's favourite services.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn favourites(
    database: &Database,
    person: PersonId,
) -> Result<BTreeSet<String>, StorageError> {
    let rows = database.all(sql::FAVOURITES, args![person]).await?;
    rows.iter().map(|row| row.text("service_id")).collect()
}

/// Makes a service a favourite, or no more.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn set_favourite(
    database: &Database,
    person: PersonId,
    service: &ServiceId,
    since: Option<Timestamp>,
) -> Result<(), StorageError> {
    match since {
        Some(now) => {
            database
                .execute(sql::ADD_FAVOURITE, args![person, service.as_str(), now])
                .await
        }
        None => {
            database
                .execute(sql::REMOVE_FAVOURITE, args![person, service.as_str()])
                .await
        }
    }
    .map(drop)
}

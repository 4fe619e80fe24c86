//! Who somebody is here whom a connector vouches for: one row for each connector and subject (FED-01). A link
//! that is there is never replaced, only removed. Never decides who is linked to whom.

use clau_domain::connector::ConnectorId;
use clau_domain::ids::PersonId;
use clau_domain::time::Timestamp;
use serde_json::Value;

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::people::{json, parse};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        FIND = "person_link/find",
        OF_PERSON = "person_link/of_person",
        ADD = "person_link/add",
        USED = "person_link/used",
        REMOVE = "person_link/remove",
        COUNT = "person_link/count",
        REMOVE_OF_CONNECTOR = "person_link/remove_of_connector",
        MOVE = "person_link/move",
        MOVE_BACK = "person_link/move_back",
        REMOVE_SINCE = "person_link/remove_since",
    }
}

/// How a link came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum How {
    /// By an identifier that somebody with authority gave, and that one person has.
    Matched,
    /// The person proved to be both.
    Proven,
    /// The connector made the person known.
    Created,
    /// By an operator.
    Operator,
}

impl How {
    const ALL: [Self; 4] = [Self::Matched, Self::Proven, Self::Created, Self::Operator];

    /// How it is stored, and the word that texts use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Matched => "matched",
            Self::Proven => "proven",
            Self::Created => "created",
            Self::Operator => "operator",
        }
    }
}

/// A link.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Who vouches.
    pub connector: ConnectorId,
    /// What never changes of the person there. No longer than an address is: there is an index of it.
    pub subject: String,
    /// Who that is here.
    pub person: PersonId,
    /// How it came about.
    pub how: How,
    /// Why: reasons as data. Never interpreted here.
    pub detail: Value,
    /// When it came about.
    pub linked_at: Timestamp,
    /// When somebody last came by it.
    pub used_at: Option<Timestamp>,
}

/// Who a connector's subject is here.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn find(
    database: &Database,
    connector: &ConnectorId,
    subject: &str,
) -> Result<Option<Link>, StorageError> {
    let values = args![connector.as_str(), subject];
    let row = database.optional(sql::FIND, values).await?;
    row.as_ref().map(link).transpose()
}

/// The links of a person, oldest first.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn of_person(database: &Database, person: PersonId) -> Result<Vec<Link>, StorageError> {
    let rows = database.all(sql::OF_PERSON, args![person]).await?;
    rows.iter().map(link).collect()
}

/// Adds a link: one statement, so that of two at once one is added. `false` where the subject is linked
/// already, to whomever, and where the person was found to be another one.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn add(tx: &mut Tx, link: &Link) -> Result<bool, StorageError> {
    let values = args![
        link.connector.as_str(),
        &link.subject,
        link.person,
        link.how.as_str(),
        json(&link.detail)?,
        link.linked_at,
        link.used_at,
    ];
    Ok(tx.execute(sql::ADD, values).await? == 1)
}

/// Notes that somebody came by a link.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn used(
    database: &Database,
    connector: &ConnectorId,
    subject: &str,
    now: Timestamp,
) -> Result<(), StorageError> {
    let values = args![connector.as_str(), subject, now];
    database.execute(sql::USED, values).await.map(drop)
}

/// Removes a link of a person's. Whether it was there and theirs.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn remove(
    tx: &mut Tx,
    connector: &ConnectorId,
    subject: &str,
    person: PersonId,
) -> Result<bool, StorageError> {
    let values = args![connector.as_str(), subject, person];
    Ok(tx.execute(sql::REMOVE, values).await? == 1)
}

/// How many people's subjects of a connector are linked.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn count_of_connector(
    database: &Database,
    connector: &ConnectorId,
) -> Result<u64, StorageError> {
    let row = database
        .optional(sql::COUNT, args![connector.as_str()])
        .await?;
    let links = row.map_or(Ok(0), |row| row.int("links"))?;
    Ok(u64::try_from(links).unwrap_or_default())
}

/// Removes every link of a connector.
pub(crate) async fn remove_of_connector(
    tx: &mut Tx,
    connector: &ConnectorId,
) -> Result<(), StorageError> {
    tx.execute(sql::REMOVE_OF_CONNECTOR, args![connector.as_str()])
        .await
        .map(drop)
}

/// A link as a statement gives it.
pub(crate) fn link(row: &Row) -> Result<Link, StorageError> {
    let corrupt = |why: &dyn std::fmt::Display| StorageError::corrupt("link", why);
    let how = row.text("how")?;
    Ok(Link {
        connector: row
            .text("connector")?
            .parse()
            .map_err(|why| corrupt(&why))?,
        subject: row.text("subject")?,
        person: PersonId::from_uuid(row.id("person_id")?),
        how: How::ALL
            .into_iter()
            .find(|known| known.as_str() == how)
            .ok_or_else(|| corrupt(&"nobody knows how it came about"))?,
        detail: parse("link", &row.text("detail")?)?,
        linked_at: Timestamp::from_millis(row.int("linked_at")?),
        used_at: row.int_or_none("used_at")?.map(Timestamp::from_millis),
    })
}

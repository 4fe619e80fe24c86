//! What was fetched for connectors (metadata, keys, discovery): the last good copy of each, and how fetching
//! goes. Never fetches or reads a document, and never decides whether a copy is still good.
//!
//! One node fetches and all load: [`all`] is small and tells by its versions which bodies a node has to read.

use std::collections::BTreeMap;

use clau_domain::connector::ConnectorId;
use clau_domain::time::Timestamp;

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::people::{json, parse};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        ALL_DOCUMENTS = "connector_document/all",
        BODY = "connector_document/body",
        PUT_GOOD = "connector_document/put_good",
        PUT_TRIED = "connector_document/put_tried",
        REMOVE = "connector_document/remove",
    }
}

/// Which document: whose, and what the connector calls it.
pub type DocumentKey = (ConnectorId, String);

/// What is known of a document, without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    /// Which.
    pub key: DocumentKey,
    /// Where the copy came from, in the words of whoever fetched it. A copy from elsewhere than the
    /// connector's registration says now is none.
    pub origin: String,
    /// Of the body: another one for each other body, 0 where there was none yet.
    pub version: i64,
    /// ETag of the copy.
    pub tag: Option<String>,
    /// When it was fetched last, whatever came of it.
    pub tried_at: Timestamp,
    /// When a fetch last brought a good copy or confirmed the one there is.
    pub good_at: Option<Timestamp>,
    /// Until when the copy is good, as it says itself.
    pub valid_until: Option<Timestamp>,
    /// It is not fetched again before.
    pub next_at: Timestamp,
    /// Why the last fetch failed; `None` when it did not.
    pub problem: Option<String>,
    /// What an operator should look at in the copy.
    pub warnings: Vec<String>,
}

/// A copy's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// Of which document.
    pub key: DocumentKey,
    /// Where it came from.
    pub origin: String,
    /// Its version.
    pub version: i64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A fetch that brought a document which was believed.
#[derive(Clone, Copy, Debug)]
pub struct Good<'a> {
    /// Whose.
    pub connector: &'a ConnectorId,
    /// What the connector calls it.
    pub name: &'a str,
    /// Where it came from.
    pub origin: &'a str,
    /// The bytes.
    pub body: &'a [u8],
    /// Its ETag.
    pub tag: Option<&'a str>,
    /// When.
    pub now: Timestamp,
    /// Until when it is good, as it says itself.
    pub valid_until: Option<Timestamp>,
    /// It is not fetched again before.
    pub next_at: Timestamp,
    /// What an operator should look at.
    pub warnings: &'a [String],
}

/// A fetch that brought no new copy.
#[derive(Clone, Copy, Debug)]
pub struct Tried<'a> {
    /// Whose.
    pub connector: &'a ConnectorId,
    /// What the connector calls it.
    pub name: &'a str,
    /// Where it was looked for. Of a document that is there, the copy's own stays.
    pub origin: &'a str,
    /// When.
    pub now: Timestamp,
    /// It is not fetched again before.
    pub next_at: Timestamp,
    /// Why it failed; `None` where the copy there is was confirmed.
    pub problem: Option<&'a str>,
}

/// Every document, without its body. Few.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn all(database: &Database) -> Result<Vec<DocumentRow>, StorageError> {
    let rows = database.all(sql::ALL_DOCUMENTS, args![]).await?;
    rows.iter().map(document).collect()
}

/// The bodies that are others than those a node knows: which versions it has, by document.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn bodies(
    database: &Database,
    known: &BTreeMap<DocumentKey, i64>,
) -> Result<Vec<Body>, StorageError> {
    let mut bodies = Vec::new();
    for row in all(database).await? {
        if row.version != 0 && known.get(&row.key) != Some(&row.version) {
            bodies.extend(body(database, row.key).await?);
        }
    }
    Ok(bodies)
}

/// The body of one document.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn body(database: &Database, key: DocumentKey) -> Result<Option<Body>, StorageError> {
    let values = args![key.0.as_str(), &key.1];
    let row = database.optional(sql::BODY, values).await?;
    row.map(|row| {
        Ok(Body {
            origin: row.text("origin")?,
            version: row.int("version")?,
            bytes: row.bytes("body")?,
            key,
        })
    })
    .transpose()
}

/// Keeps a document that was fetched and believed, in place of the copy there is.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put_good(database: &Database, good: Good<'_>) -> Result<(), StorageError> {
    let values = args![
        good.connector.as_str(),
        good.name,
        good.origin,
        good.body,
        good.now,
        good.tag,
        good.valid_until,
        good.next_at,
        json(&good.warnings)?,
    ];
    database.execute(sql::PUT_GOOD, values).await.map(drop)
}

/// Notes a fetch that brought no new copy. The copy there is stays.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put_tried(database: &Database, tried: Tried<'_>) -> Result<(), StorageError> {
    let good_at = tried.problem.is_none().then_some(tried.now);
    // A stranger's words may be part of it, and PostgreSQL cannot keep a NUL.
    let problem = tried
        .problem
        .map(|problem| problem.replace('\0', "\u{fffd}"));
    let values = args![
        tried.connector.as_str(),
        tried.name,
        tried.origin,
        tried.now,
        good_at,
        tried.next_at,
        problem,
    ];
    database.execute(sql::PUT_TRIED, values).await.map(drop)
}

/// Forgets the documents of every connector but these; how many connectors that were.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn keep_only(database: &Database, ids: &[&ConnectorId]) -> Result<usize, StorageError> {
    let mut known: Vec<ConnectorId> = all(database)
        .await?
        .into_iter()
        .map(|row| row.key.0)
        .collect();
    known.dedup();
    known.retain(|id| !ids.contains(&id));
    for id in &known {
        database.execute(sql::REMOVE, args![id.as_str()]).await?;
    }
    Ok(known.len())
}

/// Forgets the documents of a connector.
pub(crate) async fn remove_of_connector(tx: &mut Tx, id: &ConnectorId) -> Result<(), StorageError> {
    tx.execute(sql::REMOVE, args![id.as_str()]).await.map(drop)
}

fn document(row: &Row) -> Result<DocumentRow, StorageError> {
    let instant =
        |column| Ok::<_, StorageError>(row.int_or_none(column)?.map(Timestamp::from_millis));
    let connector = row
        .text("connector")?
        .parse()
        .map_err(|why| StorageError::corrupt("connector document", why))?;
    Ok(DocumentRow {
        key: (connector, row.text("name")?),
        origin: row.text("origin")?,
        version: row.int("version")?,
        tag: row.text_or_none("tag")?,
        tried_at: Timestamp::from_millis(row.int("tried_at")?),
        good_at: instant("good_at")?,
        valid_until: instant("valid_until")?,
        next_at: Timestamp::from_millis(row.int("next_at")?),
        problem: row.text_or_none("problem")?,
        warnings: parse("connector document", &row.text("warnings")?)?,
    })
}

//! Two people who turned out to be one: everything by which the gone one is known and may do something comes
//! to the kept one, until that is undone. Never decides who is whom.
//!
//! What moves: records, with their affiliations and relations; links; favourites. The gone one's account is
//! locked. A feed goes on to deliver both records: it finds them by their keys, and they are the kept
//! one's. What stays with the gone one: visits, which are the history of what services received under its
//! pseudonyms, and consents, which were given for that and not for what the kept one has.
//!
//! Undoing follows the records: whatever came by them since goes with them.

mod ties;

use clau_domain::connector::ConnectorId;
use clau_domain::ids::{MergeId, PersonId};
use clau_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::accounts;
use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::links::{self, Link};
use crate::people::{json, parse, portraits};
use crate::statement::statements;
use ties::{Keys, MovedTie};

pub(crate) mod sql {
    use super::statements;

    statements! {
        HOLD_IMPORT = "lease/hold_import",
        HOLD_PERSON = "person/hold",
        INSERT = "person_merge/insert",
        FIND_OPEN = "person_merge/find_open",
        SET_UNDONE = "person_merge/set_undone",
        OF_PERSON = "person_merge/of_person",
        OPEN = "person_merge/open",
        KEPT = "person_merge/kept",
        RECORDS = "record/for_merge",
        ADOPT = "record/adopt",
        GIVE_BACK = "record/give_back",
        READ_ANEW = "record/read_anew",
        MOVE_AFFILIATIONS = "affiliation/move",
        AFFILIATIONS_FOLLOW = "affiliation/follow_records",
        AROUND = "relation/around",
        FIND_RELATION = "relation/find",
        REMOVE_RELATION = "relation/remove",
        WRITE_RELATION = "relation/write",
        MOVE_FAVOURITES = "favourite/move",
        MOVE_FAVOURITE_BACK = "favourite/move_back",
    }
}

/// Why the account of somebody who was found to be another person is locked.
pub const LOCKED_BECAUSE: &str = "merged";

/// A merge to be done.
#[derive(Clone, Copy, Debug)]
pub struct NewMerge<'a> {
    /// Its id.
    pub id: MergeId,
    /// Who stays: id, login, pseudonyms, key towards services, password.
    pub kept: PersonId,
    /// Who was found to be the same.
    pub gone: PersonId,
    /// Who says so.
    pub by: &'a str,
    /// Why, in their words.
    pub reason: &'a str,
}

/// A merge that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Its id.
    pub id: MergeId,
    /// Who stayed.
    pub kept: PersonId,
    /// Who was found to be the same.
    pub gone: PersonId,
    /// Who said so.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub merged_at: Timestamp,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
}

/// A merge that has been undone just now.
#[derive(Clone, Debug, PartialEq)]
pub struct Undone {
    /// Who stayed.
    pub kept: PersonId,
    /// Who is there again.
    pub gone: PersonId,
    /// Links that were removed: they came about while the two were one, and nobody knows to which of
    /// them they belong.
    pub removed: Vec<Link>,
}

/// What moved, to be moved back.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Moved {
    records: Vec<MovedRecord>,
    relations: Vec<MovedTie>,
    links: Vec<(ConnectorId, String)>,
    favourites: Vec<String>,
    /// The lock that the account had: since when, and why.
    lock: Option<(i64, String)>,
}

#[derive(Debug, Serialize, Deserialize)]
struct MovedRecord {
    source: String,
    kind: String,
    key: String,
    /// Whether it had come to its person by a merge already.
    adopted: bool,
}

/// Makes two people one. `false`, and nothing is done, where they are one already, and where one of them has
/// no record: is unknown, or was found to be another person.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn merge(tx: &mut Tx, new: NewMerge<'_>, now: Timestamp) -> Result<bool, StorageError> {
    let NewMerge { kept, gone, .. } = new;
    if kept == gone {
        return Ok(false);
    }
    hold(tx, kept, gone).await?;
    let records = tx.all(sql::RECORDS, args![gone]).await?;
    if records.is_empty() || tx.all(sql::RECORDS, args![kept]).await?.is_empty() {
        return Ok(false);
    }
    let mut moved = Moved::default();
    tx.execute(portraits::sql::OF_PEOPLE, args![kept, gone])
        .await?;
    for row in records {
        moved.records.push(MovedRecord {
            source: row.text("source")?,
            kind: row.text("kind")?,
            key: row.text("key")?,
            adopted: row.int("adopted")? != 0,
        });
    }
    tx.execute(sql::ADOPT, args![gone, kept]).await?;
    tx.execute(sql::MOVE_AFFILIATIONS, args![gone, kept])
        .await?;
    moved.relations = ties::carry(tx, gone, kept).await?;
    for row in tx.all(links::sql::MOVE, args![gone, kept]).await? {
        moved.links.push((connector(&row)?, row.text("subject")?));
    }
    for row in tx.all(sql::MOVE_FAVOURITES, args![gone, kept]).await? {
        moved.favourites.push(row.text("service_id")?);
    }
    portraits::speak_of(tx, kept).await?;
    moved.lock = lock_of(tx, gone).await?;
    accounts::set_lock(tx, gone, Some((now, LOCKED_BECAUSE))).await?;
    let detail = json(&moved)?;
    let values = args![new.id, kept, gone, new.by, new.reason, now, detail];
    tx.execute(sql::INSERT, values).await?;
    Ok(true)
}

/// Undoes a merge: whatever moved and is still where it was put goes back, with what has come by it since.
/// What a feed has taken away meanwhile stays away; what it has said of both at once, the next delivery says
/// anew. `None` where there is no such merge that is not undone yet, and where the kept one was found to be
/// another person since: that merge is undone first.
///
/// Sessions are the caller's, and passwords: whoever of the two has set one since knows it.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn undo(
    tx: &mut Tx,
    id: MergeId,
    now: Timestamp,
) -> Result<Option<Undone>, StorageError> {
    let Some(row) = tx.optional(sql::FIND_OPEN, args![id]).await? else {
        return Ok(None);
    };
    let merge = merge_of(&row)?;
    let Merge { kept, gone, .. } = merge;
    let moved: Moved = parse("merge", &row.text("detail")?)?;
    hold(tx, kept, gone).await?;
    if tx.optional(sql::KEPT, args![kept]).await?.is_some()
        || tx.execute(sql::SET_UNDONE, args![id, now]).await? == 0
    {
        return Ok(None);
    }
    let mut back = Keys::default();
    for record in moved.records {
        let MovedRecord {
            source, kind, key, ..
        } = &record;
        let values = args![source, kind, key, kept, gone, record.adopted];
        if tx.execute(sql::GIVE_BACK, values).await? == 1 {
            back.insert((record.source, record.kind, record.key));
        }
    }
    tx.execute(sql::AFFILIATIONS_FOLLOW, args![kept, gone])
        .await?;
    ties::carry_back(tx, (kept, gone), &back, &moved.relations).await?;
    for (connector, subject) in &moved.links {
        let values = args![connector.as_str(), subject, kept, gone];
        tx.execute(links::sql::MOVE_BACK, values).await?;
    }
    let values = args![kept, merge.merged_at];
    let removed = tx.all(links::sql::REMOVE_SINCE, values).await?;
    let removed = removed.iter().map(links::link).collect::<Result<_, _>>()?;
    for service in moved.favourites {
        tx.execute(sql::MOVE_FAVOURITE_BACK, args![kept, service, gone])
            .await?;
    }
    for person in [kept, gone] {
        portraits::speak_of(tx, person).await?;
    }
    tx.execute(portraits::sql::DROP_SINGLE, args![kept, gone])
        .await?;
    if lock_of(tx, gone)
        .await?
        .is_some_and(|(_, because)| because == LOCKED_BECAUSE)
    {
        let former = moved.lock.as_ref();
        let former = former.map(|(at, because)| (Timestamp::from_millis(*at), because.as_str()));
        accounts::set_lock(tx, gone, former).await?;
    }
    Ok(Some(Undone {
        kept,
        gone,
        removed,
    }))
}

/// The merges of a person, kept or gone, undone ones too; the last first.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn of_person(database: &Database, person: PersonId) -> Result<Vec<Merge>, StorageError> {
    let rows = database.all(sql::OF_PERSON, args![person]).await?;
    rows.iter().map(merge_of).collect()
}

/// The last five hundred merges that are not undone, the last first.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn open(database: &Database) -> Result<Vec<Merge>, StorageError> {
    let rows = database.all(sql::OPEN, args![]).await?;
    rows.iter().map(merge_of).collect()
}

/// Who somebody was found to be; themselves, mostly.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn kept_of(database: &Database, person: PersonId) -> Result<PersonId, StorageError> {
    let mut person = person;
    while let Some(row) = database.optional(sql::KEPT, args![person]).await? {
        person = PersonId::from_uuid(row.id("kept_id")?);
    }
    Ok(person)
}

/// Holds two people against whoever else would change them: other merges, and imports. What is read
/// afterwards is what those have left.
async fn hold(tx: &mut Tx, kept: PersonId, gone: PersonId) -> Result<(), StorageError> {
    tx.execute(sql::HOLD_IMPORT, args![]).await?;
    // Always in the same order, so that two merges never wait for each other.
    for person in [kept.min(gone), kept.max(gone)] {
        tx.execute(sql::HOLD_PERSON, args![person]).await?;
    }
    Ok(())
}

async fn lock_of(tx: &mut Tx, person: PersonId) -> Result<Option<(i64, String)>, StorageError> {
    let Some(row) = tx.optional(accounts::sql::BY_PERSON, args![person]).await? else {
        return Ok(None);
    };
    let Some(at) = row.int_or_none("locked_at")? else {
        return Ok(None);
    };
    let because = row.text_or_none("locked_because")?.unwrap_or_default();
    Ok(Some((at, because)))
}

fn connector(row: &Row) -> Result<ConnectorId, StorageError> {
    row.text("connector")?
        .parse()
        .map_err(|why| StorageError::corrupt("link", why))
}

fn merge_of(row: &Row) -> Result<Merge, StorageError> {
    Ok(Merge {
        id: MergeId::from_uuid(row.id("id")?),
        kept: PersonId::from_uuid(row.id("kept_id")?),
        gone: PersonId::from_uuid(row.id("gone_id")?),
        by: row.text("merged_by")?,
        reason: row.text("reason")?,
        merged_at: Timestamp::from_millis(row.int("merged_at")?),
        undone_at: row.int_or_none("undone_at")?.map(Timestamp::from_millis),
    })
}

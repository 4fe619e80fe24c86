//! Metadata of SAML services as it was fetched: the last good copy of each place that it comes from, entity
//! by entity, and how fetching went. A copy is replaced whole or stays as it is. Never fetches, verifies or
//! reads metadata, and never decides whether a copy is still good.

use std::collections::{HashMap, HashSet};

use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;

use crate::engine::{Database, Row, Tx, Value, args};
use crate::error::StorageError;
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        FIND_SOURCE = "saml_source/find",
        ALL_SOURCES = "saml_source/all",
        PUT_SOURCE = "saml_source/put",
        COUNT = "saml_source/count",
        TRIED = "saml_source/tried",
        REMOVE_SOURCE = "saml_source/remove",
        FIND = "saml_entity/find",
        KNOWN = "saml_entity/known",
        PUT = "saml_entity/put",
        REMOVE = "saml_entity/remove",
    }
}

/// Entities written by one statement at most.
const BATCH: usize = 200;
/// Bytes of metadata written by one statement, about: an entity may be large.
const BATCH_BYTES: usize = 2 << 20;

/// What is known of a place that metadata comes from: a federation, the address of a service, an answer of
/// an MDQ server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// Its name. No longer than an address is: there is an index of it.
    pub name: String,
    /// ETag of the copy.
    pub tag: Option<String>,
    /// When it was fetched last, whatever came of it.
    pub tried_at: Timestamp,
    /// When a fetch last brought a good copy or confirmed the one there is: the copy's age.
    pub good_at: Option<Timestamp>,
    /// Until when the copy is good, as its signer says.
    pub valid_until: Option<Timestamp>,
    /// It is not fetched again before.
    pub next_at: Timestamp,
    /// Entities in the copy. Counted here: what the caller of [`replace`] or [`put`] gives is not read.
    pub entities: u32,
    /// Why the last fetch failed; `None` when it did not.
    pub problem: Option<String>,
}

/// One entity of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityRow {
    /// Its entity id, of any length.
    pub entity_id: String,
    /// Its metadata.
    pub xml: String,
    /// Digest of `xml`, made by the caller, always in the same way: an entity whose digest is known is not
    /// written again.
    pub digest: String,
    /// Until when it is good, as the entity itself says. What the source says of all of them belongs in
    /// [`SourceRow::valid_until`], so that a fetch that changes only this writes only that.
    pub valid_until: Option<Timestamp>,
}

/// What became of a copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// Entities in it now.
    pub entities: u32,
    /// Of them: new or changed.
    pub written: u32,
    /// Entities of the former copy that are gone.
    pub removed: u32,
}

/// The metadata of an entity in the copy of a source.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn find(
    database: &Database,
    source: &str,
    entity_id: &str,
) -> Result<Option<EntityRow>, StorageError> {
    let row = database
        .optional(sql::FIND, args![key(source, entity_id)])
        .await?;
    row.as_ref().map(entity_row).transpose()
}

/// What is known of a source.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn source(database: &Database, name: &str) -> Result<Option<SourceRow>, StorageError> {
    let row = database.optional(sql::FIND_SOURCE, args![name]).await?;
    row.as_ref().map(source_row).transpose()
}

/// Every source, by name. Few.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn sources(database: &Database) -> Result<Vec<SourceRow>, StorageError> {
    let rows = database.all(sql::ALL_SOURCES, args![]).await?;
    rows.iter().map(source_row).collect()
}

/// Replaces the copy of a source by `entities`, all in one transaction: those that are not among them are
/// gone afterwards. An error of theirs, or of the store, leaves the former copy as it was, and so does a
/// node that dies meanwhile.
///
/// Of two entities with the same id the first counts. A few hundred are in memory at a time. On SQLite
/// nobody else writes meanwhile: what is slow (fetching, verifying) belongs before it.
///
/// # Errors
/// Those of `entities`, and the store's: [`StorageError::Unavailable`]; [`StorageError::Defect`] for a
/// text with a NUL, which no metadata has.
pub async fn replace<E: From<StorageError>>(
    database: &Database,
    source: &SourceRow,
    entities: &mut (dyn Iterator<Item = Result<EntityRow, E>> + Send),
) -> Result<Replaced, E> {
    let mut replacing = Replacing::begin(database, source).await?;
    for entity in entities {
        replacing.add(entity?).await?;
    }
    Ok(replacing.finish().await?)
}

/// Keeps one entity of a source; the others stay.
///
/// # Errors
/// [`StorageError::Unavailable`]; [`StorageError::Defect`] for a text with a NUL.
pub async fn put(
    database: &Database,
    source: &SourceRow,
    entity: &EntityRow,
) -> Result<(), StorageError> {
    let values = values(
        &source.name,
        key(&source.name, &entity.entity_id),
        entity.clone(),
    )?;
    let mut tx = database.begin().await?;
    put_source(&mut tx, source).await?;
    tx.execute(sql::PUT, values).await?;
    tx.execute(sql::COUNT, args![&source.name]).await?;
    tx.commit().await
}

/// A fetch that brought no new copy: it failed, which is the `problem`, or confirmed the copy there is,
/// which is then as old as `now`. The copy stays.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn tried(
    database: &Database,
    name: &str,
    now: Timestamp,
    next_at: Timestamp,
    problem: Option<&str>,
) -> Result<(), StorageError> {
    let good_at = problem.is_none().then_some(now);
    let values = args![name, now, good_at, next_at, told(problem)];
    database.execute(sql::TRIED, values).await.map(drop)
}

/// Forgets every source but these, with its copy; how many.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn keep_only(database: &Database, names: &[&str]) -> Result<usize, StorageError> {
    let known = sources(database).await?;
    let mut forgotten = 0;
    for source in known {
        if !names.contains(&source.name.as_str()) {
            database
                .execute(sql::REMOVE_SOURCE, args![source.name])
                .await?;
            forgotten += 1;
        }
    }
    Ok(forgotten)
}

/// A copy being replaced. Dropped before [`Replacing::finish`], it leaves no trace.
struct Replacing<'a> {
    tx: Tx,
    source: &'a str,
    /// Of the former copy, what has not come again yet.
    former: HashMap<Vec<u8>, (String, Option<i64>)>,
    seen: HashSet<Digest>,
    waiting: Vec<Vec<Value>>,
    bytes: usize,
    done: Replaced,
}

impl<'a> Replacing<'a> {
    async fn begin(database: &Database, source: &'a SourceRow) -> Result<Self, StorageError> {
        let mut tx = database.begin().await?;
        // First of all: another node that replaces the same copy waits here, and sees this one then.
        put_source(&mut tx, source).await?;
        let known = tx.all(sql::KNOWN, args![&source.name]).await?;
        let former = known.iter().map(|row| {
            let state = (row.text("digest")?, row.int_or_none("valid_until")?);
            Ok((row.bytes("key")?, state))
        });
        Ok(Self {
            former: former.collect::<Result<_, StorageError>>()?,
            tx,
            source: &source.name,
            seen: HashSet::new(),
            waiting: Vec::new(),
            bytes: 0,
            done: Replaced::default(),
        })
    }

    async fn add(&mut self, entity: EntityRow) -> Result<(), StorageError> {
        let key = key(self.source, &entity.entity_id);
        if !self.seen.insert(key) {
            return Ok(());
        }
        self.done.entities += 1;
        let state = self.former.remove(key.as_bytes().as_slice());
        if state.is_some_and(|(digest, until)| {
            digest == entity.digest && until == entity.valid_until.map(Timestamp::as_millis)
        }) {
            return Ok(());
        }
        self.done.written += 1;
        self.bytes += entity.xml.len();
        self.waiting.push(values(self.source, key, entity)?);
        if self.waiting.len() >= BATCH || self.bytes >= BATCH_BYTES {
            self.write().await?;
        }
        Ok(())
    }

    async fn write(&mut self) -> Result<(), StorageError> {
        self.bytes = 0;
        let rows = std::mem::take(&mut self.waiting);
        self.tx.for_rows(sql::PUT, rows).await.map(drop)
    }

    async fn finish(mut self) -> Result<Replaced, StorageError> {
        self.write().await?;
        self.done.removed = u32::try_from(self.former.len()).unwrap_or(u32::MAX);
        let gone = self.former.into_keys().map(|key| args![key]);
        self.tx.for_rows(sql::REMOVE, gone).await?;
        self.tx.execute(sql::COUNT, args![self.source]).await?;
        self.tx.commit().await?;
        Ok(self.done)
    }
}

async fn put_source(tx: &mut Tx, source: &SourceRow) -> Result<(), StorageError> {
    let values = args![
        &source.name,
        source.tag.clone(),
        source.tried_at,
        source.good_at,
        source.valid_until,
        source.next_at,
        told(source.problem.as_deref()),
    ];
    tx.execute(sql::PUT_SOURCE, values).await.map(drop)
}

/// By what an entity is found.
fn key(source: &str, entity_id: &str) -> Digest {
    Digest::of("saml-entity", &format!("{source}\0{entity_id}"))
}

/// An entity's row. A NUL, which PostgreSQL cannot keep, is refused on both engines alike.
fn values(source: &str, key: Digest, entity: EntityRow) -> Result<Vec<Value>, StorageError> {
    let EntityRow {
        entity_id,
        xml,
        digest,
        valid_until,
    } = entity;
    if [&entity_id, &xml, &digest]
        .iter()
        .any(|text| text.contains('\0'))
    {
        return Err(StorageError::Defect("metadata with a NUL in it".to_owned()));
    }
    Ok(args![key, source, entity_id, xml, digest, valid_until])
}

/// A problem as it is kept. A stranger's words may be part of it; one that could not be kept would have
/// the source fetched again and again.
fn told(problem: Option<&str>) -> Option<String> {
    problem.map(|problem| problem.replace('\0', "\u{fffd}"))
}

fn source_row(row: &Row) -> Result<SourceRow, StorageError> {
    let instant =
        |column| Ok::<_, StorageError>(row.int_or_none(column)?.map(Timestamp::from_millis));
    Ok(SourceRow {
        name: row.text("name")?,
        tag: row.text_or_none("tag")?,
        tried_at: Timestamp::from_millis(row.int("tried_at")?),
        good_at: instant("good_at")?,
        valid_until: instant("valid_until")?,
        next_at: Timestamp::from_millis(row.int("next_at")?),
        entities: u32::try_from(row.int("entities")?)
            .map_err(|_| StorageError::corrupt("metadata source", "its count is out of range"))?,
        problem: row.text_or_none("problem")?,
    })
}

fn entity_row(row: &Row) -> Result<EntityRow, StorageError> {
    Ok(EntityRow {
        entity_id: row.text("entity_id")?,
        xml: row.text("xml")?,
        digest: row.text("digest")?,
        valid_until: row.int_or_none("valid_until")?.map(Timestamp::from_millis),
    })
}

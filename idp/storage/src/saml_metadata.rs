//! Metadata of SAML that is fetched: the last good copy of each source, entity by entity, and how the last
//! fetch went. Never fetches, never believes: what comes here was verified.

use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        SOURCES = "saml_source/all",
        SOURCE = "saml_source/find",
        BEGIN = "saml_source/begin",
        UNCHANGED = "saml_source/unchanged",
        FAILED = "saml_source/failed",
        REMOVE = "saml_source/remove",
        PUT = "saml_entity/put",
        FIND = "saml_entity/find",
        REMOVE_OTHERS = "saml_entity/remove_others",
        REMOVE_ALL = "saml_entity/remove_all",
    }
}

/// A place that metadata comes from, and what is known of its copy here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRow {
    /// Its name.
    pub name: String,
    /// The `ETag` of the copy.
    pub tag: Option<String>,
    /// When it was last tried.
    pub tried_at: Timestamp,
    /// When the copy was fetched, or found to be unchanged; none while there is none.
    pub good_at: Option<Timestamp>,
    /// Until when the copy is good, where it says so.
    pub valid_until: Option<Timestamp>,
    /// It is not fetched again before.
    pub next_at: Timestamp,
    /// How many entities the copy has.
    pub entities: u32,
    /// What was wrong at the last try.
    pub problem: Option<String>,
}

/// One entity of a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityRow {
    /// Its name.
    pub entity_id: String,
    /// Its metadata, as a document of its own.
    pub xml: String,
    /// A digest of [`Self::xml`]: the same as long as that is the same.
    pub digest: String,
    /// Until when it is good, by the nearest date around it.
    pub valid_until: Option<Timestamp>,
}

impl EntityRow {
    /// An entity.
    pub fn new(entity_id: String, xml: String, valid_until: Option<Timestamp>) -> Self {
        Self {
            digest: Digest::of("saml-entity", &xml).to_string(),
            entity_id,
            xml,
            valid_until,
        }
    }
}

/// An entity of the copy of a source, if there is one.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn find(
    database: &Database,
    source: &str,
    entity_id: &str,
) -> Result<Option<EntityRow>, StorageError> {
    let values = args![source, name_of(entity_id)];
    let row = database.optional(sql::FIND, values).await?;
    row.as_ref().map(entity).transpose()
}

/// What is known of a source.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn source(database: &Database, name: &str) -> Result<Option<SourceRow>, StorageError> {
    let row = database.optional(sql::SOURCE, args![name]).await?;
    row.as_ref().map(source_row).transpose()
}

/// Every source, by name.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn sources(database: &Database) -> Result<Vec<SourceRow>, StorageError> {
    let rows = database.all(sql::SOURCES, args![]).await?;
    rows.iter().map(source_row).collect()
}

/// A copy that takes the place of the one before: nobody sees it before [`Replacing::commit`], and without that
/// the old one stays. Of two nodes that do it at once the second waits for the first.
pub struct Replacing {
    tx: Tx,
    source: String,
    generation: i64,
}

impl std::fmt::Debug for Replacing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replacing({}, {})", self.source, self.generation)
    }
}

impl Replacing {
    /// Begins a copy.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`].
    pub async fn begin(database: &Database, source: &SourceRow) -> Result<Self, StorageError> {
        let mut tx = database.begin().await?;
        let values = args![
            &source.name,
            source.tag.as_deref(),
            source.tried_at,
            source.good_at,
            source.valid_until,
            source.next_at,
            source.entities,
        ];
        let row = tx.optional(sql::BEGIN, values).await?;
        let row =
            row.ok_or_else(|| StorageError::corrupt("metadata source", "nothing was written"))?;
        Ok(Self {
            tx,
            source: source.name.clone(),
            generation: row.int("generation")?,
        })
    }

    /// Adds entities, no name twice.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`]: give it up.
    pub async fn add(&mut self, entities: &[EntityRow]) -> Result<(), StorageError> {
        let rows = entities.iter().map(|entity| {
            args![
                &self.source,
                name_of(&entity.entity_id),
                &entity.entity_id,
                &entity.xml,
                &entity.digest,
                entity.valid_until,
                self.generation,
            ]
        });
        let rows: Vec<_> = rows.collect();
        self.tx.for_rows(sql::PUT, rows).await?;
        Ok(())
    }

    /// The copy is whole: entities that it has not are gone.
    ///
    /// # Errors
    /// [`StorageError::Unavailable`]: it may or may not have taken the other's place.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        let values = args![&self.source, self.generation];
        self.tx.execute(sql::REMOVE_OTHERS, values).await?;
        self.tx.commit().await
    }
}

/// The copy is still the one that is published.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn unchanged(
    database: &Database,
    name: &str,
    now: Timestamp,
    next_at: Timestamp,
) -> Result<(), StorageError> {
    let values = args![name, now, next_at];
    database.execute(sql::UNCHANGED, values).await?;
    Ok(())
}

/// A fetch has brought nothing good: the copy stays.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn failed(
    database: &Database,
    name: &str,
    (now, next_at): (Timestamp, Timestamp),
    problem: &str,
) -> Result<(), StorageError> {
    let values = args![name, now, next_at, problem];
    database.execute(sql::FAILED, values).await?;
    Ok(())
}

/// Forgets sources that nobody names any more, and their copies; how many.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn keep_only(database: &Database, names: &[&str]) -> Result<usize, StorageError> {
    let known = sources(database).await?;
    let mut forgotten = 0;
    for source in known {
        if names.contains(&source.name.as_str()) {
            continue;
        }
        let mut tx = database.begin().await?;
        tx.execute(sql::REMOVE_ALL, args![&source.name]).await?;
        tx.execute(sql::REMOVE, args![&source.name]).await?;
        tx.commit().await?;
        forgotten += 1;
    }
    Ok(forgotten)
}

fn name_of(entity_id: &str) -> Digest {
    Digest::of("saml-entity-id", entity_id)
}

fn entity(row: &Row) -> Result<EntityRow, StorageError> {
    Ok(EntityRow {
        entity_id: row.text("entity_id")?,
        xml: row.text("xml")?,
        digest: row.text("digest")?,
        valid_until: row.int_or_none("valid_until")?.map(Timestamp::from_millis),
    })
}

fn source_row(row: &Row) -> Result<SourceRow, StorageError> {
    let at = |column| -> Result<Option<Timestamp>, StorageError> {
        Ok(row.int_or_none(column)?.map(Timestamp::from_millis))
    };
    Ok(SourceRow {
        name: row.text("name")?,
        tag: row.text_or_none("tag")?,
        tried_at: Timestamp::from_millis(row.int("tried_at")?),
        good_at: at("good_at")?,
        valid_until: at("valid_until")?,
        next_at: Timestamp::from_millis(row.int("next_at")?),
        entities: u32::try_from(row.int("entities")?)
            .map_err(|_| StorageError::corrupt("metadata source", "entities out of range"))?,
        problem: row.text_or_none("problem")?,
    })
}

//! Structures: schools, local authorities, academies. Never says who belongs to them.

use clau_domain::ids::StructureId;
use clau_domain::secret::Digest;
use clau_domain::structure::Structure;
use clau_domain::uai::Uai;

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::people::{json, parse, structure_kind};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        BY_UAI = "structure/by_uai",
        BY_KEY = "structure/by_key",
        ALL_STRUCTURES = "structure/all",
        PUT = "structure/put",
    }
}

/// The structure with a UAI; a living one before one that is gone.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn by_uai(database: &Database, uai: &Uai) -> Result<Option<Structure>, StorageError> {
    database
        .optional(sql::BY_UAI, args![uai.as_str()])
        .await?
        .map(|row| structure(&row))
        .transpose()
}

/// The structure that a source knows by a key.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn by_key(
    tx: &mut Tx,
    source: &str,
    key: &str,
) -> Result<Option<Structure>, StorageError> {
    tx.optional(sql::BY_KEY, args![source, key])
        .await?
        .map(|row| structure(&row))
        .transpose()
}

/// All of them, by name.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn all(database: &Database) -> Result<Vec<Structure>, StorageError> {
    database
        .all(sql::ALL_STRUCTURES, args![])
        .await?
        .iter()
        .map(structure)
        .collect()
}

/// Writes a structure, new or changed; its id stays that of the first writing.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put(tx: &mut Tx, structure: &Structure) -> Result<(), StorageError> {
    let detail = json(&structure.detail)?;
    let uai = structure.uai.as_ref().map(Uai::as_str);
    let digest = Digest::of("structure", &format!("{}\0{detail}", structure.name));
    let values = args![
        structure.id,
        &structure.source,
        &structure.key,
        uai,
        structure.kind.as_str(),
        &structure.name,
        detail,
        digest
    ];
    tx.execute(sql::PUT, values).await.map(drop)
}

fn structure(row: &Row) -> Result<Structure, StorageError> {
    let uai = row.text_or_none("uai")?;
    Ok(Structure {
        id: StructureId::from_uuid(row.id("id")?),
        source: row.text("source")?,
        key: row.text("key")?,
        uai: uai.and_then(|uai| uai.parse().ok()),
        kind: structure_kind(&row.text("kind")?)?,
        name: row.text("name")?,
        detail: parse("structure", &row.text("detail")?)?,
    })
}

//! Verdicts on a staged delivery, and what is told of them. Never touches the directory.

use super::{Fence, ImportStorageError, sql};
use crate::engine::{Database, Row, args};
use crate::error::StorageError;
use crate::statement::Statement;

/// Verdicts on structures and codes. People come after, by [`people`].
///
/// # Errors
/// [`ImportStorageError`].
pub async fn structures(
    database: &Database,
    fence: Fence,
    source: &str,
) -> Result<(), ImportStorageError> {
    let mut tx = fence.begin(database).await?;
    tx.execute(sql::STAGE_STRUCTURE_FIND_KNOWN, args![source])
        .await?;
    tx.execute(sql::STAGE_STRUCTURE_REFUSE_DUPLICATES, args![])
        .await?;
    tx.execute(sql::STAGE_STRUCTURE_REFUSE_FOREIGN, args![source])
        .await?;
    tx.execute(sql::STAGE_STRUCTURE_SET_PSEUDO_APART, args![])
        .await?;
    tx.execute(sql::STAGE_NOMENCLATURE_FIND_KNOWN, args![source])
        .await?;
    tx.execute(sql::STAGE_NOMENCLATURE_REFUSE_DUPLICATES, args![])
        .await?;
    Ok(tx.commit().await?)
}

/// Which verdicts on people are found in one go. Guardians' depend on those on pupils, so that every
/// range passes the first before any passes the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pass {
    /// Who is known, twice there, of another kind than before, in a school of the region.
    Own,
    /// Whose guardian somebody is.
    Guardians,
}

/// Verdicts on the people from number `from` up to but not including `to`.
///
/// # Errors
/// [`ImportStorageError`].
pub async fn people(
    database: &Database,
    fence: Fence,
    source: &str,
    pass: Pass,
    range: std::ops::Range<i64>,
) -> Result<(), ImportStorageError> {
    let schools_joined = match pass {
        Pass::Own => {
            let row = database
                .optional(sql::STAGE_STRUCTURE_PERIMETER_GREW, args![])
                .await?;
            row.map(|row| row.int("structures"))
                .transpose()?
                .unwrap_or(0)
                > 0
        }
        Pass::Guardians => false,
    };
    let (from, to) = (range.start, range.end);
    let mut tx = fence.begin(database).await?;
    match pass {
        Pass::Own => {
            tx.execute(sql::STAGE_PERSON_REFUSE_DUPLICATES, args![from, to])
                .await?;
            tx.execute(sql::STAGE_PERSON_FIND_KNOWN, args![from, to, source])
                .await?;
            tx.execute(sql::STAGE_PERSON_REFUSE_OTHER_KIND, args![from, to, source])
                .await?;
            tx.execute(sql::STAGE_PERSON_LINK, args![from, to]).await?;
            tx.execute(sql::STAGE_PERSON_PLACE_PUPILS, args![from, to])
                .await?;
            tx.execute(sql::STAGE_PERSON_FIND_HOME_OF_STAFF, args![from, to])
                .await?;
            tx.execute(sql::STAGE_PERSON_PLACE_STAFF, args![from, to])
                .await?;
            if schools_joined {
                tx.execute(sql::STAGE_PERSON_TOUCH_NEW_SCHOOLS, args![from, to])
                    .await?;
            }
        }
        Pass::Guardians => {
            tx.execute(sql::STAGE_PERSON_FIND_HOME_OF_GUARDIANS, args![from, to])
                .await?;
            tx.execute(sql::STAGE_PERSON_PLACE_GUARDIANS, args![from, to])
                .await?;
        }
    }
    Ok(tx.commit().await?)
}

/// How many records of a kind met a verdict, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// `structure`, `subject`, `mef`, `pupil`, `guardian`, `staff`.
    pub kind: String,
    /// `new`, `changed`, `same`, `returned`, `refused`, `outside`.
    pub verdict: String,
    /// Records.
    pub records: u64,
}

/// All records by kind and verdict.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn counts(database: &Database) -> Result<Vec<Count>, StorageError> {
    let mut counts = Vec::new();
    for row in database.all(sql::STAGE_STRUCTURE_COUNTS, args![]).await? {
        counts.push(count("structure".to_owned(), &row)?);
    }
    for row in database
        .all(sql::STAGE_NOMENCLATURE_COUNTS, args![])
        .await?
    {
        counts.push(count(row.text("kind")?, &row)?);
    }
    for row in database.all(sql::STAGE_PERSON_COUNTS, args![]).await? {
        counts.push(count(row.text("kind")?, &row)?);
    }
    Ok(counts)
}

/// Key of a school, verdict, and how many of its people met it.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn counts_by_school(
    database: &Database,
) -> Result<Vec<(String, String, u64)>, StorageError> {
    let rows = database
        .all(sql::STAGE_PERSON_COUNTS_BY_HOME, args![])
        .await?;
    rows.iter()
        .map(|row| {
            Ok((
                row.text("home")?,
                row.text("verdict")?,
                unsigned(row, "records")?,
            ))
        })
        .collect()
}

/// Names of the schools that are applied, by key: key, UAI, name.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn schools(
    database: &Database,
) -> Result<Vec<(String, Option<String>, String)>, StorageError> {
    let rows = database.all(sql::STAGE_STRUCTURE_ACCEPTED, args![]).await?;
    rows.iter()
        .map(|row| {
            Ok((
                row.text("key")?,
                row.text_or_none("uai")?,
                row.text("name")?,
            ))
        })
        .collect()
}

/// The people of one school whom the delivery lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leavers {
    /// Key of the school.
    pub key: String,
    /// Its UAI, empty for none.
    pub uai: String,
    /// Its name.
    pub name: String,
    /// People it had, those who had left before not counted.
    pub known: u64,
    /// Of those, the ones the delivery lacks.
    pub missing: u64,
    /// People whose affiliations stop counting by this import.
    pub suspended: u64,
}

/// How absences are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbsenceRule {
    /// Whether the delivery is newer than the last one applied: the same again is no further absence.
    pub newer: bool,
    /// Absences that suspend.
    pub limit: u32,
}

/// For each school of the source, who is missing.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn leavers(
    database: &Database,
    source: &str,
    rule: AbsenceRule,
) -> Result<Vec<Leavers>, StorageError> {
    let rows = database
        .all(sql::RECORD_LEAVERS, args![source, rule.newer, rule.limit])
        .await?;
    rows.iter()
        .map(|row| {
            Ok(Leavers {
                key: row.text("key")?,
                uai: row.text("uai")?,
                name: row.text("name")?,
                known: unsigned(row, "known")?,
                missing: unsigned(row, "missing")?,
                suspended: unsigned(row, "suspended")?,
            })
        })
        .collect()
}

/// For each kind of record: how many go, and how many are suspended.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn leavers_by_kind(
    database: &Database,
    source: &str,
    rule: AbsenceRule,
) -> Result<Vec<(String, u64, u64)>, StorageError> {
    let values = args![source, rule.newer, rule.limit];
    let mut counts = Vec::new();
    for row in database.all(sql::RECORD_LEAVERS_BY_KIND, values).await? {
        counts.push((
            row.text("kind")?,
            unsigned(&row, "missing")?,
            unsigned(&row, "suspended")?,
        ));
    }
    for row in database
        .all(sql::STAGE_STRUCTURE_GONE, args![source])
        .await?
    {
        counts.push(("structure".to_owned(), unsigned(&row, "structures")?, 0));
    }
    for row in database
        .all(sql::STAGE_NOMENCLATURE_GONE, args![source])
        .await?
    {
        counts.push((row.text("kind")?, unsigned(&row, "records")?, 0));
    }
    Ok(counts)
}

/// A staged record that is spoken of in the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: u64,
    /// Its kind.
    pub kind: String,
    /// Its key.
    pub key: String,
    /// Why it is spoken of: a reason, or for a dangling key the key that dangles.
    pub why: String,
}

/// Every record that is not imported, in the order of kinds and of the delivery, a page at a time.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn turned_away(
    database: &Database,
    mut tell: impl FnMut(Named),
) -> Result<(), StorageError> {
    for statement in [
        sql::STAGE_STRUCTURE_TURNED_AWAY,
        sql::STAGE_NOMENCLATURE_TURNED_AWAY,
        sql::STAGE_PERSON_TURNED_AWAY,
    ] {
        page(database, statement, |row| {
            tell(named(row, row.text("kind")?, row.text("reason")?)?);
            Ok(())
        })
        .await?;
    }
    Ok(())
}

/// Guardian keys of pupils that no guardian record answers to.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn dangling(
    database: &Database,
    mut tell: impl FnMut(Named),
) -> Result<(), StorageError> {
    page(database, sql::STAGE_PERSON_DANGLING, |row| {
        tell(named(row, "pupil".to_owned(), row.text("guardian")?)?);
        Ok(())
    })
    .await
}

/// New pupils whose INE the directory knows of somebody else: a human must look (IMP-06). A thousand
/// at most.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn shared_ine(database: &Database) -> Result<Vec<Named>, StorageError> {
    let rows = database.all(sql::STAGE_PERSON_SHARED_INE, args![]).await?;
    rows.iter()
        .map(|row| named(row, "pupil".to_owned(), String::new()))
        .collect()
}

/// Structures that call themselves none and have pupils all the same.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn pseudo_with_pupils(database: &Database) -> Result<Vec<Named>, StorageError> {
    let rows = database
        .all(sql::STAGE_STRUCTURE_PSEUDO_WITH_PUPILS, args![])
        .await?;
    rows.iter()
        .map(|row| named(row, "structure".to_owned(), String::new()))
        .collect()
}

/// How many functions and classes lie in schools that are no part of the region, and are dropped.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn affiliations_elsewhere(database: &Database) -> Result<u64, StorageError> {
    let row = database
        .optional(sql::STAGE_AFFILIATION_ELSEWHERE, args![])
        .await?;
    row.map_or(Ok(0), |row| unsigned(&row, "affiliations"))
}

/// Runs a statement that takes the number after which a page begins, until a page is empty.
async fn page(
    database: &Database,
    statement: Statement,
    mut take: impl FnMut(&Row) -> Result<(), StorageError>,
) -> Result<(), StorageError> {
    let mut after = 0_i64;
    loop {
        let rows = database.all(statement, args![after]).await?;
        let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
            return Ok(());
        };
        let (first, last) = (first.int("n")?, last.int("n")?);
        // A page may end in the middle of what it says of its last record: the next begins with it.
        let whole = if first == last { last } else { last - 1 };
        for row in &rows {
            if row.int("n")? <= whole {
                take(row)?;
            }
        }
        after = whole;
    }
}

fn count(kind: String, row: &Row) -> Result<Count, StorageError> {
    Ok(Count {
        kind,
        verdict: row.text("verdict")?,
        records: unsigned(row, "records")?,
    })
}

fn named(row: &Row, kind: String, why: String) -> Result<Named, StorageError> {
    Ok(Named {
        file: row.text("file")?,
        line: unsigned(row, "line")?,
        kind,
        key: row.text("key")?,
        why,
    })
}

fn unsigned(row: &Row, column: &str) -> Result<u64, StorageError> {
    Ok(u64::try_from(row.int(column)?).unwrap_or_default())
}

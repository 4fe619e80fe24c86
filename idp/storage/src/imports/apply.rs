//! The directory brought to what a checked delivery says: structures first, then one transaction for
//! each school (IMP-03). Applying a school twice is impossible: it is marked done in the same
//! transaction. Never touches passwords, logins or codes of accounts that exist (IMP-07).

use clau_domain::ids::PersonId;
use clau_domain::time::Timestamp;

use super::check::AbsenceRule;
use super::{Fence, ImportStorageError, sql};
use crate::accounts::{self, NewAccount, SealedCode};
use crate::engine::{Database, args};
use crate::error::StorageError;

/// What every school of one import is applied with.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The source.
    pub source: &'a str,
    /// How absences are counted.
    pub absences: AbsenceRule,
    /// When the import began: what is written happened then.
    pub started_at: Timestamp,
}

/// Accounts that are made in one go within a school's transaction.
const ACCOUNTS_AT_ONCE: usize = 1000;

/// Writes structures and codes, and marks those that are gone.
///
/// # Errors
/// [`ImportStorageError`].
pub async fn structures(
    database: &Database,
    fence: Fence,
    rules: Rules<'_>,
) -> Result<(), ImportStorageError> {
    let Rules {
        source, started_at, ..
    } = rules;
    let mut tx = fence.begin(database).await?;
    tx.execute(sql::STRUCTURE_PUT_STAGED, args![source]).await?;
    tx.execute(sql::STRUCTURE_MARK_GONE, args![source, started_at])
        .await?;
    tx.execute(sql::NOMENCLATURE_PUT_STAGED, args![source])
        .await?;
    tx.execute(sql::NOMENCLATURE_MARK_GONE, args![source, started_at])
        .await?;
    Ok(tx.commit().await?)
}

/// Keys of the schools that are still to be applied, in the order in which they must be: guardians
/// come with the first of their children's schools.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn open_schools(database: &Database) -> Result<Vec<String>, StorageError> {
    let rows = database.all(sql::STAGE_HOME_OPEN, args![]).await?;
    rows.iter().map(|row| row.text("key")).collect()
}

/// Brings one school to what the delivery says, all of it or nothing. `code` seals a new activation
/// code for a person who gets an account. How many accounts were made.
///
/// # Errors
/// [`ImportStorageError`].
pub async fn school(
    database: &Database,
    fence: Fence,
    rules: Rules<'_>,
    key: &str,
    mut code: impl FnMut(PersonId) -> SealedCode,
) -> Result<u64, ImportStorageError> {
    let Rules {
        source,
        absences,
        started_at,
    } = rules;
    let mut tx = fence.begin(database).await?;
    if tx.execute(sql::STAGE_HOME_DONE, args![key]).await? == 0 {
        return Ok(0);
    }
    tx.execute(sql::STAGE_PERSON_FOLLOW_MERGES, args![source, key])
        .await?;
    // One step up for each person who was found to be another since the delivery was looked at.
    while tx
        .execute(sql::STAGE_PERSON_FOLLOW_MERGES_OF_LINKED, args![key])
        .await?
        > 0
    {}
    let mut newcomers = Vec::new();
    for row in tx
        .all(sql::STAGE_PERSON_WITHOUT_ACCOUNT, args![key])
        .await?
    {
        let person = PersonId::from_uuid(row.id("id")?);
        newcomers.push((person, (row.text("given_name")?, row.text("family_name")?)));
    }
    tx.execute(sql::PERSON_INSERT_STAGED, args![key]).await?;
    tx.execute(sql::PORTRAIT_OF_LINKED, args![key]).await?;
    tx.execute(sql::PORTRAIT_PUT_STAGED, args![source, key])
        .await?;
    tx.execute(sql::PERSON_UPDATE_STAGED, args![source, key])
        .await?;
    tx.execute(sql::RECORD_PUT_STAGED, args![source, key])
        .await?;
    tx.execute(sql::RECORD_MOVE_STAGED, args![source, key])
        .await?;
    let made = u64::try_from(newcomers.len()).unwrap_or(u64::MAX);
    let mut newcomers = newcomers.into_iter().peekable();
    while newcomers.peek().is_some() {
        let accounts: Vec<NewAccount> = newcomers
            .by_ref()
            .take(ACCOUNTS_AT_ONCE)
            .map(|(person, names)| NewAccount {
                person,
                names,
                code: Some(code(person)),
            })
            .collect();
        accounts::create(&mut tx, &accounts, started_at).await?;
    }
    tx.execute(sql::AFFILIATION_CLEAR_STAGED, args![source, key])
        .await?;
    tx.execute(sql::AFFILIATION_PUT_STAGED, args![source, key])
        .await?;
    tx.execute(sql::RELATION_PRUNE_STAGED, args![source, key])
        .await?;
    tx.execute(sql::RELATION_PUT_STAGED, args![source, key])
        .await?;
    let values = args![source, key, started_at, absences.newer, absences.limit];
    tx.execute(sql::RECORD_MARK_ABSENT, values).await?;
    tx.commit().await?;
    Ok(made)
}

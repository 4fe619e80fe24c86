//! Second factors and recovery codes. Never opens a secret, never sees a code: it keeps what is sealed and
//! digests, and of many who come with one code at once it lets one be the first (MFA-07, MFA-09).

use clau_domain::ids::{FactorId, PersonId};
use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        ADD_FACTOR = "factor/add",
        FACTORS_OF_PERSON = "factor/of_person",
        ACCEPT = "factor/accept",
        REMOVE_FACTOR = "factor/remove",
        REMOVE_FACTORS = "factor/remove_of_person",
        ADD_CODE = "recovery_code/add",
        REMOVE_IDLE_CODES = "recovery_code/remove_idle",
        REMOVE_CODES = "recovery_code/remove_of_person",
        SPEND = "recovery_code/spend",
        LEFT = "recovery_code/left",
    }
}

/// What a factor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorKind {
    /// A secret that an application makes codes of by the time (RFC 6238).
    Totp,
}

impl FactorKind {
    /// How it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
        }
    }

    fn parse(text: &str) -> Result<Self, StorageError> {
        match text {
            "totp" => Ok(Self::Totp),
            _ => Err(StorageError::Corrupt {
                what: "factor",
                why: "it is of no known kind".to_owned(),
            }),
        }
    }
}

/// A factor of somebody's.
#[derive(Clone, PartialEq, Eq)]
pub struct Factor {
    /// Its own id.
    pub id: FactorId,
    /// Whose it is.
    pub person: PersonId,
    /// What it is.
    pub kind: FactorKind,
    /// As its owner calls it.
    pub name: String,
    /// Its secret, encrypted.
    pub sealed: Vec<u8>,
    /// The last step of time that was accepted; -1 before the first.
    pub step: i64,
    /// When it was set up.
    pub created_at: Timestamp,
    /// When it last let somebody in.
    pub used_at: Option<Timestamp>,
}

/// Without the secret, sealed as it is (KEY-08).
impl std::fmt::Debug for Factor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Factor")
            .field("id", &self.id)
            .field("person", &self.person)
            .field("kind", &self.kind)
            .field("created_at", &self.created_at)
            .finish_non_exhaustive()
    }
}

/// How many recovery codes somebody has left, and when they were made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodesLeft {
    /// Unused ones.
    pub codes: u32,
    /// When the sheet was made; none where there is no unused code.
    pub created_at: Option<Timestamp>,
}

/// Sets up a factor. `false` where the person was found to be another one.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn add(tx: &mut Tx, factor: &Factor) -> Result<bool, StorageError> {
    let values = args![
        factor.id,
        factor.person,
        factor.kind.as_str(),
        &factor.name,
        factor.sealed.clone(),
        factor.step,
        factor.created_at,
    ];
    Ok(tx.execute(sql::ADD_FACTOR, values).await? == 1)
}

/// The factors of a person, oldest first.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn of_person(database: &Database, person: PersonId) -> Result<Vec<Factor>, StorageError> {
    let rows = database.all(sql::FACTORS_OF_PERSON, args![person]).await?;
    rows.iter().map(factor).collect()
}

/// Accepts a step of time, once: `false` where it or a later one was accepted before, by whomever.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn accept(
    database: &Database,
    factor: &Factor,
    step: i64,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let values = args![factor.id, factor.person, step, now];
    Ok(database.execute(sql::ACCEPT, values).await? == 1)
}

/// Removes a factor of a person's. Whether it was there and theirs.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn remove(tx: &mut Tx, id: FactorId, person: PersonId) -> Result<bool, StorageError> {
    let values = args![id, person];
    Ok(tx.execute(sql::REMOVE_FACTOR, values).await? == 1)
}

/// Removes all factors of a person, recovery codes too. How many factors there were.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn remove_all(tx: &mut Tx, person: PersonId) -> Result<u64, StorageError> {
    tx.execute(sql::REMOVE_CODES, args![person]).await?;
    tx.execute(sql::REMOVE_FACTORS, args![person]).await
}

/// Removes the recovery codes of somebody who has no factor any more.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn remove_codes_without_factor(
    tx: &mut Tx,
    person: PersonId,
) -> Result<(), StorageError> {
    tx.execute(sql::REMOVE_IDLE_CODES, args![person])
        .await
        .map(drop)
}

/// Replaces the recovery codes of a person: those of the former sheet are worth nothing from now on.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn replace_codes(
    tx: &mut Tx,
    person: PersonId,
    digests: &[Digest],
    now: Timestamp,
) -> Result<(), StorageError> {
    tx.execute(sql::REMOVE_CODES, args![person]).await?;
    for digest in digests {
        tx.execute(sql::ADD_CODE, args![person, *digest, now])
            .await?;
    }
    Ok(())
}

/// Spends a recovery code, once.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn spend_code(
    database: &Database,
    person: PersonId,
    digest: Digest,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let values = args![person, digest, now];
    Ok(database.execute(sql::SPEND, values).await? == 1)
}

/// What is left of the sheet of recovery codes.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn codes_left(database: &Database, person: PersonId) -> Result<CodesLeft, StorageError> {
    let Some(row) = database.optional(sql::LEFT, args![person]).await? else {
        return Ok(CodesLeft::default());
    };
    Ok(CodesLeft {
        codes: u32::try_from(row.int("codes")?).unwrap_or(u32::MAX),
        created_at: row.int_or_none("created_at")?.map(Timestamp::from_millis),
    })
}

fn factor(row: &Row) -> Result<Factor, StorageError> {
    Ok(Factor {
        id: FactorId::from_uuid(row.id("id")?),
        person: PersonId::from_uuid(row.id("person_id")?),
        kind: FactorKind::parse(&row.text("kind")?)?,
        name: row.text("name")?,
        sealed: row.bytes("sealed")?,
        step: row.int("step")?,
        created_at: Timestamp::from_millis(row.int("created_at")?),
        used_at: row.int_or_none("used_at")?.map(Timestamp::from_millis),
    })
}

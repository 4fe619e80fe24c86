//! The outbox of logout notices: what is owed to which service, who was told and when. Written in the
//! transaction of the logout, delivered at least once (REL-10). Never sends anything.

use clau_domain::ids::{NoticeId, PersonId, ServiceId};
use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;
use serde_json::Value;

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        ADD = "notice/add",
        CLAIM = "notice/claim",
        DELIVERED = "notice/delivered",
        FAILED = "notice/failed",
        OF_LOGOUT = "notice/of_logout",
        WAITING = "notice/waiting",
        SWEEP = "notice/sweep",
    }
}

/// A notice to be owed from now on.
#[derive(Clone, Debug)]
pub struct NewNotice {
    /// Its id.
    pub id: NoticeId,
    /// Digest of the session that ended: what groups the notices of one logout.
    pub logout: Digest,
    /// Whose session it was.
    pub person: PersonId,
    /// Who must be told.
    pub service: ServiceId,
    /// What to send where, in the words of the service's protocol.
    pub document: Value,
}

/// A notice to deliver now. Until its claim runs out no other node gets it.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// Digest of the session that ended.
    pub logout: Digest,
    /// Whose session it was.
    pub person: PersonId,
    /// Who must be told; the service may be registered no more.
    pub service: String,
    /// What to send where.
    pub document: Value,
    /// When the session ended.
    pub created_at: Timestamp,
    /// How many times it has been claimed, this time included.
    pub attempts: u32,
}

/// Where a notice has got to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The service has taken it.
    Delivered(Timestamp),
    /// It will be tried at that time.
    Waiting(Timestamp),
    /// Nobody tries any more.
    GivenUp,
}

/// What became of one notice of a logout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeState {
    /// Its id.
    pub id: NoticeId,
    /// Who was to be told.
    pub service: String,
    /// When the session ended.
    pub created_at: Timestamp,
    /// Where it has got to.
    pub delivery: Delivery,
    /// How many times it was tried.
    pub attempts: u32,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// How much is owed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Notices not delivered and not given up.
    pub owed: u64,
    /// Those of them whose time has come.
    pub due: u64,
}

/// Owes notices, due at once. They exist if and only if the transaction is committed.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn add(tx: &mut Tx, notices: &[NewNotice], now: Timestamp) -> Result<(), StorageError> {
    let rows = notices.iter().map(|notice| {
        let logout = notice.logout.to_string();
        let document = notice.document.to_string();
        args![
            notice.id,
            logout,
            notice.person,
            notice.service.as_str(),
            document,
            now
        ]
    });
    tx.for_rows(sql::ADD, rows).await.map(drop)
}

/// Takes up to `limit` notices whose time has come, fairly among services, and keeps them from other
/// nodes until `claim_till`. A node that dies meanwhile loses its claims then.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn claim(
    database: &Database,
    now: Timestamp,
    limit: u32,
    claim_till: Timestamp,
) -> Result<Vec<Notice>, StorageError> {
    let mut tx = database.begin().await?;
    let rows = tx.all(sql::CLAIM, args![now, limit, claim_till]).await?;
    let mut notices = rows.iter().map(notice).collect::<Result<Vec<_>, _>>()?;
    tx.commit().await?;
    notices.sort_by_key(|notice| (notice.created_at, notice.id));
    Ok(notices)
}

/// The service has taken a notice.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn delivered(
    database: &Database,
    id: NoticeId,
    now: Timestamp,
) -> Result<(), StorageError> {
    database
        .execute(sql::DELIVERED, args![id, now])
        .await
        .map(drop)
}

/// A delivery failed, in a few words without secrets; tried again at `next_at`, or given up.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn failed(
    database: &Database,
    id: NoticeId,
    error: &str,
    next_at: Option<Timestamp>,
) -> Result<(), StorageError> {
    database
        .execute(sql::FAILED, args![id, error, next_at])
        .await
        .map(drop)
}

/// Who was told of a logout and who was not, by service.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn of_logout(
    database: &Database,
    logout: &Digest,
) -> Result<Vec<NoticeState>, StorageError> {
    let rows = database
        .all(sql::OF_LOGOUT, args![logout.to_string()])
        .await?;
    rows.iter().map(state).collect()
}

/// How much is owed.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn waiting(database: &Database, now: Timestamp) -> Result<Backlog, StorageError> {
    let row = database.optional(sql::WAITING, args![now]).await?;
    let row = row.ok_or_else(|| StorageError::corrupt("notice", "no count"))?;
    let count = |column| Ok::<_, StorageError>(u64::try_from(row.int(column)?).unwrap_or_default());
    Ok(Backlog {
        owed: count("owed")?,
        due: count("due")?,
    })
}

/// Forgets notices of logouts before `before` that are delivered or given up; how many.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn sweep(database: &Database, before: Timestamp) -> Result<u64, StorageError> {
    crate::sweep::all(database, sql::SWEEP, before).await
}

fn notice(row: &Row) -> Result<Notice, StorageError> {
    let corrupt = |why: &dyn std::fmt::Display| StorageError::corrupt("notice", why);
    Ok(Notice {
        id: NoticeId::from_uuid(row.id("id")?),
        logout: Digest::try_from(row.text("logout")?).map_err(|why| corrupt(&why))?,
        person: PersonId::from_uuid(row.id("person_id")?),
        service: row.text("service_id")?,
        document: serde_json::from_str(&row.text("document")?).map_err(|why| corrupt(&why))?,
        created_at: Timestamp::from_millis(row.int("created_at")?),
        attempts: u32::try_from(row.int("attempts")?).unwrap_or(u32::MAX),
    })
}

fn state(row: &Row) -> Result<NoticeState, StorageError> {
    let delivered_at = row.int_or_none("delivered_at")?.map(Timestamp::from_millis);
    let next_at = row.int_or_none("next_at")?.map(Timestamp::from_millis);
    Ok(NoticeState {
        id: NoticeId::from_uuid(row.id("id")?),
        service: row.text("service_id")?,
        created_at: Timestamp::from_millis(row.int("created_at")?),
        delivery: match (delivered_at, next_at) {
            (Some(at), _) => Delivery::Delivered(at),
            (None, Some(at)) => Delivery::Waiting(at),
            (None, None) => Delivery::GivenUp,
        },
        attempts: u32::try_from(row.int("attempts")?).unwrap_or(u32::MAX),
        last_error: row.text_or_none("last_error")?,
    })
}

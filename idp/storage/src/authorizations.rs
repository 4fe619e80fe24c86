//! What a person, or a client for itself, has allowed a client (RFC 6749 §1.3): a code, a device code
//! or a family of refresh tokens is a state of one row. Knows which states follow each other and lets
//! each step happen once; never decides whether it may, and never reads what was allowed.
//!
//! Every step is one conditional statement, on whatever number of nodes (OIDC-04, OIDC-11). What was
//! revoked, refused or redeemed never becomes anything else.

use clau_domain::ids::{PersonId, ServiceId};
use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;
use serde_json::Value;

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::people::{json, parse};
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        INSERT = "authorization/insert",
        FIND = "authorization/find",
        REDEEM = "authorization/redeem",
        ROTATE = "authorization/rotate",
        REPEAT = "authorization/repeat",
        WITHDRAW_ACCESS = "authorization/withdraw_access",
        REVOKE = "authorization/revoke",
        BY_USER_CODE = "authorization/by_user_code",
        ANSWER = "authorization/answer",
        MOVE_SESSION = "authorization/move_session",
        OF_PERSON = "authorization/of_person",
        REVOKE_OF_PERSON = "authorization/revoke_of_person",
        REVOKE_OF_SERVICE = "authorization/revoke_of_service",
        REMOVE_OF_SERVICE = "authorization/remove_of_service",
        SWEEP = "authorization/sweep",
    }
}

/// Most authorizations that [`of_person`] gives.
pub const MOST_LISTED: usize = 200;

/// Where an authorization stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has answered yet: a device code (RFC 8628).
    Pending,
    /// Allowed, and nothing given out for it yet: a code.
    Granted,
    /// Tokens were given out for it.
    Redeemed,
    /// The person said no.
    Refused,
    /// Taken back, or ended because a code or token came twice.
    Revoked,
}

impl State {
    const ALL: [Self; 5] = [
        Self::Pending,
        Self::Granted,
        Self::Redeemed,
        Self::Refused,
        Self::Revoked,
    ];

    /// How it is stored.
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Granted => "granted",
            Self::Redeemed => "redeemed",
            Self::Refused => "refused",
            Self::Revoked => "revoked",
        }
    }
}

/// An authorization to be stored.
#[derive(Clone, Copy)]
pub struct NewAuthorization<'a> {
    /// Digest of the code or device code it begins as, or of whatever its tokens name it by.
    pub id: Digest,
    /// Which client.
    pub service: &'a ServiceId,
    /// Who allows it: nobody for a client that acts for itself, or not known yet.
    pub person: Option<PersonId>,
    /// Digest of the session in which it was allowed.
    pub session: Option<Digest>,
    /// The one it was derived from (RFC 8693). Not ended with it: whoever honours this one looks at
    /// that one too.
    pub parent: Option<Digest>,
    /// Digest of the code that people type (RFC 8628 §3.2).
    pub user_code: Option<Digest>,
    /// Where it begins.
    pub state: State,
    /// Outlives the session.
    pub offline: bool,
    /// What exactly is allowed. Never interpreted here.
    pub detail: &'a Value,
    /// From then on it is over, unless it is redeemed before.
    pub expires_at: Timestamp,
}

/// An authorization as it stands.
#[derive(Clone, PartialEq)]
pub struct Authorization {
    /// Its id.
    pub id: Digest,
    /// Which client; it may be registered no more.
    pub service: ServiceId,
    /// Who allowed it; nobody for a client that acts for itself.
    pub person: Option<PersonId>,
    /// Digest of the session it came from.
    pub session: Option<Digest>,
    /// The one it was derived from.
    pub parent: Option<Digest>,
    /// Where it stands.
    pub state: State,
    /// Outlives the session.
    pub offline: bool,
    /// Of the refresh token that is valid: 0 for the first.
    pub generation: u32,
    /// Of the access tokens that are valid: 0 until some were withdrawn.
    pub access_generation: u32,
    /// What exactly was allowed.
    pub detail: Value,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was last redeemed, rotated or revoked.
    pub used_at: Option<Timestamp>,
    /// When its refresh token was last replaced.
    pub rotated_at: Option<Timestamp>,
    /// From then on it is over.
    pub expires_at: Timestamp,
}

/// A refresh token of the generation before has come again.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeated {
    /// How many times since the rotation, this time included.
    pub times: u32,
    /// The authorization.
    pub authorization: Authorization,
}

/// What a person answers to a device's request.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// Who answers.
    pub person: PersonId,
    /// Digest of the session in which they do.
    pub session: Option<Digest>,
    /// [`State::Granted`] or [`State::Refused`].
    pub state: State,
    /// Outlives the session.
    pub offline: bool,
    /// What exactly is allowed, in place of what was asked.
    pub detail: &'a Value,
}

/// Stores an authorization.
///
/// # Errors
/// [`StorageError::Conflict`] when its id or its user code is taken, [`StorageError::Unavailable`].
pub async fn insert(
    database: &Database,
    new: &NewAuthorization<'_>,
    now: Timestamp,
) -> Result<(), StorageError> {
    let values = args![
        new.id,
        new.service.as_str(),
        new.person,
        new.session,
        new.parent,
        new.user_code,
        new.state.as_str(),
        new.offline,
        json(new.detail)?,
        now,
        new.expires_at,
    ];
    database.execute(sql::INSERT, values).await.map(drop)
}

/// An authorization, whatever its state or age.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn find(database: &Database, id: &Digest) -> Result<Option<Authorization>, StorageError> {
    let row = database.optional(sql::FIND, args![*id]).await?;
    row.as_ref().map(authorization).transpose()
}

/// Takes what was granted: of any number of callers, on any number of nodes, at most one gets it
/// (OIDC-04). From then on it lives until `expires_at`.
///
/// # Errors
/// [`StorageError::Unavailable`]: it counts as redeemed (AVL-06). [`StorageError::Corrupt`].
pub async fn redeem(
    database: &Database,
    id: &Digest,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<Option<Authorization>, StorageError> {
    changed(database, sql::REDEEM, args![*id, expires_at, now]).await
}

/// Replaces the refresh token of a generation by the next: of any number of callers that bring the same
/// one, at most one does (OIDC-11).
///
/// # Errors
/// [`StorageError::Unavailable`]: it may or may not be replaced. [`StorageError::Corrupt`].
pub async fn rotate(
    database: &Database,
    id: &Digest,
    generation: u32,
    now: Timestamp,
) -> Result<Option<Authorization>, StorageError> {
    changed(database, sql::ROTATE, args![*id, generation, now]).await
}

/// Counts that the refresh token of the generation `former` came again while the next one is valid.
/// `None` when that is not so. Whether it is answered once more is the caller's decision, and so is
/// whether the authorization is over by its age.
///
/// # Errors
/// [`StorageError::Unavailable`]: it may or may not be counted. [`StorageError::Corrupt`].
pub async fn repeat(
    database: &Database,
    id: &Digest,
    former: u32,
) -> Result<Option<Repeated>, StorageError> {
    let values = args![*id, i64::from(former) + 1];
    let row = database.returning(sql::REPEAT, values).await?;
    row.map(|row| {
        Ok(Repeated {
            times: count(&row, "repeats")?,
            authorization: authorization(&row)?,
        })
    })
    .transpose()
}

/// Ends every access token given out so far, and nothing else; whether there is such an authorization.
///
/// # Errors
/// [`StorageError::Unavailable`]: nothing is promised; try again.
pub async fn withdraw_access(database: &Database, id: &Digest) -> Result<bool, StorageError> {
    Ok(database.execute(sql::WITHDRAW_ACCESS, args![*id]).await? > 0)
}

/// Ends an authorization with all its tokens; whether it was not yet revoked.
///
/// # Errors
/// [`StorageError::Unavailable`]: nothing is promised; try again.
pub async fn revoke(
    database: &Database,
    id: &Digest,
    now: Timestamp,
) -> Result<bool, StorageError> {
    Ok(database.execute(sql::REVOKE, args![*id, now]).await? > 0)
}

/// The authorization that waits for the answer of whoever types this code (RFC 8628 §3.3).
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn by_user_code(
    database: &Database,
    user_code: &Digest,
    now: Timestamp,
) -> Result<Option<Authorization>, StorageError> {
    let row = database
        .optional(sql::BY_USER_CODE, args![*user_code, now])
        .await?;
    row.as_ref().map(authorization).transpose()
}

/// Answers a device's request, once; whether it still waited. Its user code finds nothing any more.
///
/// # Errors
/// [`StorageError::Unavailable`]: it may or may not be answered. [`StorageError::Defect`] for a state
/// that is no answer.
pub async fn answer(
    database: &Database,
    id: &Digest,
    answer: &Answer<'_>,
    now: Timestamp,
) -> Result<bool, StorageError> {
    if !matches!(answer.state, State::Granted | State::Refused) {
        return Err(StorageError::Defect(format!(
            "`{}` is no answer to a device's request",
            answer.state.as_str()
        )));
    }
    let values = args![
        *id,
        answer.person,
        answer.session,
        answer.state.as_str(),
        answer.offline,
        json(answer.detail)?,
        now,
    ];
    Ok(database.execute(sql::ANSWER, values).await? > 0)
}

/// Moves the authorizations of a session to the one that takes its place; how many.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn move_session(
    database: &Database,
    from: &Digest,
    to: &Digest,
) -> Result<u64, StorageError> {
    database.execute(sql::MOVE_SESSION, args![*from, *to]).await
}

/// What of a person's outlives their sessions, the newest first, [`MOST_LISTED`] at most.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn of_person(
    database: &Database,
    person: PersonId,
    now: Timestamp,
) -> Result<Vec<Authorization>, StorageError> {
    let most = i64::try_from(MOST_LISTED).unwrap_or(i64::MAX);
    let rows = database
        .all(sql::OF_PERSON, args![person, now, most])
        .await?;
    rows.iter().map(authorization).collect()
}

/// Ends everything a person has allowed, to one service or to all of them; how many. Whatever its
/// state: a code that was not redeemed yet never will be.
///
/// # Errors
/// [`StorageError::Unavailable`]: nothing is promised; try again.
pub async fn revoke_of_person(
    database: &Database,
    person: PersonId,
    service: Option<&ServiceId>,
    now: Timestamp,
) -> Result<u64, StorageError> {
    let values = args![person, service.map(ServiceId::as_str), now];
    database.execute(sql::REVOKE_OF_PERSON, values).await
}

/// Ends everything a service was allowed, by whomever; how many.
///
/// # Errors
/// [`StorageError::Unavailable`]: nothing is promised; try again.
pub async fn revoke_of_service(
    database: &Database,
    service: &ServiceId,
    now: Timestamp,
) -> Result<u64, StorageError> {
    database
        .execute(sql::REVOKE_OF_SERVICE, args![service.as_str(), now])
        .await
}

/// Removes everything a service was allowed, with the service.
pub(crate) async fn remove_of_service(
    tx: &mut Tx,
    service: &ServiceId,
) -> Result<(), StorageError> {
    tx.execute(sql::REMOVE_OF_SERVICE, args![service.as_str()])
        .await
        .map(drop)
}

/// Removes what has expired; how many rows. Expired authorizations are refused with or without it.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn sweep(database: &Database, now: Timestamp) -> Result<u64, StorageError> {
    crate::sweep::all(database, sql::SWEEP, now).await
}

/// Runs a statement that takes one step; the authorization behind it, if the step was there to take.
async fn changed(
    database: &Database,
    statement: crate::statement::Statement,
    values: Vec<crate::engine::Value>,
) -> Result<Option<Authorization>, StorageError> {
    let row = database.returning(statement, values).await?;
    row.as_ref().map(authorization).transpose()
}

fn authorization(row: &Row) -> Result<Authorization, StorageError> {
    let state = row.text("state")?;
    Ok(Authorization {
        id: digest(row.bytes("id")?)?,
        service: row
            .text("service_id")?
            .parse()
            .map_err(|why| StorageError::corrupt(WHAT, why))?,
        person: row.id_or_none("person_id")?.map(PersonId::from_uuid),
        session: row.bytes_or_none("session")?.map(digest).transpose()?,
        parent: row.bytes_or_none("parent")?.map(digest).transpose()?,
        state: State::ALL
            .into_iter()
            .find(|known| known.as_str() == state)
            .ok_or_else(|| StorageError::corrupt(WHAT, "its state is none"))?,
        offline: row.int("offline")? != 0,
        generation: count(row, "generation")?,
        access_generation: count(row, "access_generation")?,
        detail: parse(WHAT, &row.text("detail")?)?,
        created_at: Timestamp::from_millis(row.int("created_at")?),
        used_at: row.int_or_none("used_at")?.map(Timestamp::from_millis),
        rotated_at: row.int_or_none("rotated_at")?.map(Timestamp::from_millis),
        expires_at: Timestamp::from_millis(row.int("expires_at")?),
    })
}

/// What is unreadable, in errors.
const WHAT: &str = "authorization";

fn digest(bytes: Vec<u8>) -> Result<Digest, StorageError> {
    Digest::from_slice(&bytes)
        .ok_or_else(|| StorageError::corrupt(WHAT, "a digest has a wrong length"))
}

fn count(row: &Row, column: &str) -> Result<u32, StorageError> {
    u32::try_from(row.int(column)?)
        .map_err(|_| StorageError::corrupt(WHAT, "a count is out of range"))
}

/// Without what was allowed: that holds a request's own words (LOG-02).
impl std::fmt::Debug for Authorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authorization")
            .field("id", &self.id)
            .field("service", &self.service)
            .field("person", &self.person)
            .field("state", &self.state)
            .field("generation", &self.generation)
            .field("access_generation", &self.access_generation)
            .field("created_at", &self.created_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

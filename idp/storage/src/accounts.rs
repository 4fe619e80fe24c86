//! Accounts: logins, password hashes, activation codes, charter, locks. Never verifies a password and
//! never makes a code: it stores what it is given and hands it back.

use std::collections::BTreeMap;

use clau_domain::ids::PersonId;
use clau_domain::names::LoginName;
use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;

use crate::engine::{Database, Row, Tx, Value, args};
use crate::error::StorageError;
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        BY_LOGIN = "account/by_login",
        BY_PERSON = "account/by_person",
        INSERT = "account/insert",
        SET_PASSWORD = "account/set_password",
        IMPORT_PASSWORD = "account/import_password",
        ACTIVATE = "account/activate",
        REHASH = "account/rehash",
        RENEW_CODE = "account/renew_code",
        ACCEPT_CHARTER = "account/accept_charter",
        LOCK = "account/lock",
        SHOW_LOGIN = "account/show_login",
        TAKE_LOGIN = "account/take_login",
        NEXT_NUMBER = "account/next_number",
        OWNER_OF_LOGIN = "account/owner_of_login",
        FEDERATE = "account/federate",
        NOTE_ACTIVATION = "account/note_activation",
    }
}

/// An account as the login needs it. No `Debug` of the hash.
#[derive(Clone)]
pub struct Account {
    /// Whose.
    pub person: PersonId,
    /// The login that is shown.
    pub login: String,
    /// PHC string of the password; none before activation.
    pub password_hash: Option<String>,
    /// When the password was set.
    pub password_set_at: Option<Timestamp>,
    /// Keyed digest of the activation code.
    pub activation_digest: Option<Digest>,
    /// Until when the code is good.
    pub activation_until: Option<Timestamp>,
    /// When the account was first activated.
    pub activated_at: Option<Timestamp>,
    /// Charter accepted last, and when.
    pub charter: Option<(String, Timestamp)>,
    /// Locked since when and why.
    pub locked: Option<(Timestamp, String)>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account")
            .field("person", &self.person)
            .finish_non_exhaustive()
    }
}

/// A one-time activation code as it is stored: to be recognised, and to be printed again.
#[derive(Clone)]
pub struct SealedCode {
    /// Keyed digest.
    pub digest: Digest,
    /// The code, encrypted.
    pub sealed: Vec<u8>,
    /// Until when it is good.
    pub until: Timestamp,
}

/// A new account.
pub struct NewAccount {
    /// Whose.
    pub person: PersonId,
    /// First name and family name, from which the login is made.
    pub names: (String, String),
    /// The code on the paper; none for whom a connector vouches.
    pub code: Option<SealedCode>,
}

/// The account that a login leads to, by any login it ever had.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn by_login(
    database: &Database,
    login: &LoginName,
) -> Result<Option<Account>, StorageError> {
    database
        .optional(sql::BY_LOGIN, args![login.as_str()])
        .await?
        .map(|row| account(&row))
        .transpose()
}

/// The account of a person.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn by_person(
    database: &Database,
    person: PersonId,
) -> Result<Option<Account>, StorageError> {
    database
        .optional(sql::BY_PERSON, args![person])
        .await?
        .map(|row| account(&row))
        .transpose()
}

/// Makes accounts with logins by the rule `prenom.nom`, homonyms numbered in the order given. The
/// logins, in the same order.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn create(
    tx: &mut Tx,
    accounts: &[NewAccount],
    now: Timestamp,
) -> Result<Vec<LoginName>, StorageError> {
    let mut logins: Vec<Option<LoginName>> = vec![None; accounts.len()];
    loop {
        let open: Vec<usize> = logins
            .iter()
            .enumerate()
            .filter(|(_, l)| l.is_none())
            .map(|(i, _)| i)
            .collect();
        if open.is_empty() {
            break;
        }
        // A number may be taken by an alias that somebody chose: those go round again.
        propose(tx, accounts, &open, &mut logins, now).await?;
    }
    let logins: Vec<LoginName> = logins.into_iter().flatten().collect();
    let rows = accounts
        .iter()
        .zip(&logins)
        .map(|(account, login)| insertion(account.person, login, account.code.clone(), now));
    tx.for_rows(sql::INSERT, rows).await?;
    Ok(logins)
}

/// Takes the next numbers of each name and tries to take the logins they make.
async fn propose(
    tx: &mut Tx,
    accounts: &[NewAccount],
    open: &[usize],
    logins: &mut [Option<LoginName>],
    now: Timestamp,
) -> Result<(), StorageError> {
    let base_of = |index: usize| {
        let (given, family) = accounts.get(index).map(|account| &account.names)?;
        Some((
            LoginName::of_person(given, family, 1).as_str().to_owned(),
            given,
            family,
        ))
    };
    let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
    for (base, ..) in open.iter().filter_map(|index| base_of(*index)) {
        *wanted.entry(base).or_default() += 1;
    }
    let rows = wanted.iter().map(|(base, count)| args![base, *count]);
    let mut next: BTreeMap<String, i64> = BTreeMap::new();
    for row in tx.for_rows(sql::NEXT_NUMBER, rows).await? {
        let base = row.text("base")?;
        let first = row.int("given")? - wanted.get(&base).copied().unwrap_or_default() + 1;
        next.insert(base, first);
    }
    let mut proposed = Vec::new();
    for (index, (base, given, family)) in open.iter().filter_map(|i| base_of(*i).map(|b| (*i, b))) {
        let number = next.entry(base).or_insert(1);
        let login = LoginName::of_person(given, family, u64::try_from(*number).unwrap_or(1));
        *number += 1;
        proposed.push((index, login));
    }
    let rows = proposed.iter().filter_map(|(index, login)| {
        let person = accounts.get(*index)?.person;
        Some(args![login.as_str(), person, now])
    });
    let mut taken = std::collections::BTreeSet::new();
    for row in tx
        .for_rows(sql::TAKE_LOGIN, rows.collect::<Vec<_>>())
        .await?
    {
        taken.insert(row.text("login")?);
    }
    for (index, login) in proposed {
        if taken.contains(login.as_str())
            && let Some(slot) = logins.get_mut(index)
        {
            *slot = Some(login);
        }
    }
    Ok(())
}

/// Gives a person another login, which is shown from now on; the former ones go on working. `false`
/// when it is, or ever was, somebody else's (ADM-13).
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn take_login(
    tx: &mut Tx,
    person: PersonId,
    login: &LoginName,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let taken = tx
        .for_rows(sql::TAKE_LOGIN, [args![login.as_str(), person, now]])
        .await?;
    if taken.is_empty() {
        let owner = tx
            .optional(sql::OWNER_OF_LOGIN, args![login.as_str()])
            .await?;
        let owner = owner.map(|row| row.id("person_id")).transpose()?;
        if owner != Some(person.as_uuid()) {
            return Ok(false);
        }
    }
    tx.execute(sql::SHOW_LOGIN, args![person, login.as_str()])
        .await?;
    Ok(true)
}

/// Makes the account of a local person with a login of its own choosing. `false` when the login is
/// taken.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn create_with_login(
    tx: &mut Tx,
    person: PersonId,
    login: &LoginName,
    code: Option<SealedCode>,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let taken = tx
        .for_rows(sql::TAKE_LOGIN, [args![login.as_str(), person, now]])
        .await?;
    if taken.is_empty() {
        return Ok(false);
    }
    tx.for_rows(sql::INSERT, [insertion(person, login, code, now)])
        .await?;
    Ok(true)
}

/// The row of a new account.
fn insertion(
    person: PersonId,
    login: &LoginName,
    code: Option<SealedCode>,
    now: Timestamp,
) -> Vec<Value> {
    let (digest, sealed, until) = code.map_or((None, None, None), |c| {
        (Some(c.digest), Some(c.sealed), Some(c.until))
    });
    args![person, login.as_str(), digest, sealed, until, now]
}

/// Sets a password and ends the activation code.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn set_password(
    tx: &mut Tx,
    person: PersonId,
    hash: &str,
    now: Timestamp,
) -> Result<(), StorageError> {
    tx.execute(sql::SET_PASSWORD, args![person, hash, now])
        .await
        .map(drop)
}

/// Sets the hash that another system has of a password, as the engine has wrapped it, unless the person has, or has
/// had, another way in. Whether it was set.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn import_password(
    tx: &mut Tx,
    person: PersonId,
    wrapped: &str,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let set = tx.execute(sql::IMPORT_PASSWORD, args![person, wrapped, now]);
    Ok(set.await? == 1)
}

/// Sets the first password if, and only if, the code is still the account's: one statement, so that a
/// code works once whatever the race (PWD-10, REL-01).
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn activate(
    tx: &mut Tx,
    person: PersonId,
    code: Digest,
    hash: &str,
    now: Timestamp,
) -> Result<bool, StorageError> {
    Ok(tx
        .execute(sql::ACTIVATE, args![person, code, hash, now])
        .await?
        == 1)
}

/// Takes away whatever an account was entered with before its first verified link: the password and the
/// activation code, in one statement (FED-04). Whether there was anything. The account is activated.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn federate(tx: &mut Tx, person: PersonId, now: Timestamp) -> Result<bool, StorageError> {
    let taken = tx.execute(sql::FEDERATE, args![person]).await? > 0;
    tx.execute(sql::NOTE_ACTIVATION, args![person, now]).await?;
    Ok(taken)
}

/// Replaces a hash by a stronger one of the same password, unless the password has changed meanwhile.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn rehash(
    database: &Database,
    person: PersonId,
    old: &str,
    new: &str,
) -> Result<(), StorageError> {
    database
        .execute(sql::REHASH, args![person, old, new])
        .await
        .map(drop)
}

/// Gives an account a new activation code; the former one dies.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn renew_code(
    tx: &mut Tx,
    person: PersonId,
    code: SealedCode,
) -> Result<(), StorageError> {
    let values = args![person, code.digest, code.sealed, code.until];
    tx.execute(sql::RENEW_CODE, values).await.map(drop)
}

/// Records that a person has accepted a charter.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn accept_charter(
    database: &Database,
    person: PersonId,
    version: &str,
    now: Timestamp,
) -> Result<(), StorageError> {
    database
        .execute(sql::ACCEPT_CHARTER, args![person, version, now])
        .await
        .map(drop)
}

/// Locks an account, with the reason, or unlocks it.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn set_lock(
    tx: &mut Tx,
    person: PersonId,
    lock: Option<(Timestamp, &str)>,
) -> Result<(), StorageError> {
    let (at, because) = lock.map_or((None, None), |(at, because)| (Some(at), Some(because)));
    tx.execute(sql::LOCK, args![person, at, because])
        .await
        .map(drop)
}

fn account(row: &Row) -> Result<Account, StorageError> {
    let instant = |column| -> Result<_, StorageError> {
        Ok(row.int_or_none(column)?.map(Timestamp::from_millis))
    };
    let digest = row.bytes_or_none("activation_digest")?;
    Ok(Account {
        person: PersonId::from_uuid(row.id("person_id")?),
        login: row.text("login")?,
        password_hash: row.text_or_none("password_hash")?,
        password_set_at: instant("password_set_at")?,
        activation_digest: digest.as_deref().and_then(Digest::from_slice),
        activation_until: instant("activation_until")?,
        activated_at: instant("activated_at")?,
        charter: row
            .text_or_none("charter_version")?
            .zip(instant("charter_at")?),
        locked: instant("locked_at")?
            .map(|at| {
                Ok::<_, StorageError>((at, row.text_or_none("locked_because")?.unwrap_or_default()))
            })
            .transpose()?,
        created_at: Timestamp::from_millis(row.int("created_at")?),
    })
}

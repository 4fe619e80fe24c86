//! People whom no feed has brought: made at the first login by a connector that vouches for them, and kept to
//! what it says at the next. Never decides whether somebody is made, or what they are.

use clau_domain::connector::ConnectorId;
use clau_domain::ids::{PersonId, StructureId};
use clau_domain::names::LoginName;
use clau_domain::person::AffiliationDetail;
use clau_domain::profile::Profile;
use clau_domain::secret::Digest;
use clau_domain::time::Timestamp;
use serde_json::Value;

use crate::accounts::{self, NewAccount};
use crate::engine::{Database, Tx};
use crate::error::StorageError;
use crate::links::{self, How, Link};
use crate::people::{self, PersonRow, RecordKey};

/// What a connector says of somebody.
#[derive(Clone, Copy, Debug)]
pub struct Said<'a> {
    /// Who says it.
    pub connector: &'a ConnectorId,
    /// Of whom: what never changes of them there.
    pub subject: &'a str,
    /// How they are called.
    pub person: &'a PersonRow,
    /// What they are, where, as far as the connector is trusted with it.
    pub affiliations: &'a [(StructureId, Profile, AffiliationDetail)],
}

impl Said<'_> {
    fn digest(&self) -> Digest {
        let text = format!("{:?}{:?}", self.person, self.affiliations);
        Digest::of("connector person", &text)
    }
}

/// The source of everything that a connector says of people. No feed can be called so.
pub fn source(connector: &ConnectorId) -> String {
    format!("connector:{connector}")
}

/// Makes a person `id` known, all in one transaction: the person, a record of kind `local`, affiliations, an
/// account that has no credential and is activated, the link with its reasons. The login of the account.
///
/// `None`, and nothing is made, where the subject was linked meanwhile, and where it made somebody known
/// before whose link was removed since: then a human must say who that is.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn create(
    database: &Database,
    id: PersonId,
    said: Said<'_>,
    why: Value,
    now: Timestamp,
) -> Result<Option<LoginName>, StorageError> {
    let source = source(said.connector);
    let mut tx = database.begin().await?;
    people::put(&mut tx, id, said.person).await?;
    let key = record(&source, said);
    let owner = people::put_record(&mut tx, &key, id, said.digest(), said.affiliations).await?;
    let link = Link {
        connector: said.connector.clone(),
        subject: said.subject.to_owned(),
        person: id,
        how: How::Created,
        detail: why,
        linked_at: now,
        used_at: Some(now),
    };
    if owner != id || !links::add(&mut tx, &link).await? {
        return Ok(None);
    }
    let names = &said.person.names;
    let account = NewAccount {
        person: id,
        names: (names.given.clone(), names.family.clone()),
        code: None,
    };
    let login = accounts::create(&mut tx, &[account], now).await?.pop();
    accounts::federate(&mut tx, id, now).await?;
    tx.commit().await?;
    Ok(login)
}

/// Keeps somebody to what the connector that made them known says now, affiliations included. Who that is;
/// `None` for a subject that it has made nobody known by: what it says of people of a feed changes nothing.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn renew(tx: &mut Tx, said: Said<'_>) -> Result<Option<PersonId>, StorageError> {
    let source = source(said.connector);
    let key = record(&source, said);
    let Some((person, former)) = people::find_record(tx, &key).await? else {
        return Ok(None);
    };
    let digest = said.digest();
    if former == digest {
        return Ok(Some(person));
    }
    people::describe(tx, &key, person, said.person).await?;
    let person = people::put_record(tx, &key, person, digest, said.affiliations).await?;
    Ok(Some(person))
}

fn record<'a>(source: &'a str, said: Said<'a>) -> RecordKey<'a> {
    RecordKey {
        source,
        kind: "local",
        key: said.subject,
    }
}

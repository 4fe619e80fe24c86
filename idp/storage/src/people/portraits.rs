//! What each record says of a person whom several know, and which of them speaks. Of a person with one
//! record there is no portrait: the person's row is what it says. Never decides who is whom.
//!
//! Of several records the first speaks (`person/speak.sql`): one that is delivered before one that is missing,
//! a feed's before a local one, a person's own before one that came by a merge, then by source, kind and
//! key. So it makes no difference in which order feeds come, and what a record that is silent says is not
//! lost.

use clau_domain::ids::PersonId;

use super::{PersonRow, RecordKey, put};
use crate::engine::{Tx, args};
use crate::error::StorageError;
use crate::statement::statements;

pub(crate) mod sql {
    use super::statements;

    statements! {
        SPEAK = "person/speak",
        SPEAK_OF = "person/speak_of",
        OF_PEOPLE = "portrait/of_people",
        CHANGE = "portrait/change",
        RETIRE = "portrait/retire",
        DROP_SINGLE = "portrait/drop_single",
    }
}

/// Writes what a record says of its person: the person's own columns, where no other record speaks for
/// them. `id` is whose record it is.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn describe(
    tx: &mut Tx,
    key: &RecordKey<'_>,
    id: PersonId,
    person: &PersonRow,
) -> Result<(), StorageError> {
    let values = args![
        key.source,
        key.kind,
        key.key,
        &person.names.family,
        &person.names.given,
        person.search(),
        person.birth_date.clone(),
        person.contact.mail.clone(),
        person.ine.clone(),
        person.detail()?,
    ];
    if tx.execute(sql::CHANGE, values).await? > 0 {
        speak_of(tx, id).await
    } else {
        put(tx, id, person).await
    }
}

/// Calls everybody who has several records as the first of them says.
pub(crate) async fn speak(tx: &mut Tx) -> Result<(), StorageError> {
    tx.execute(sql::SPEAK, args![]).await.map(drop)
}

/// The same, of one person.
pub(crate) async fn speak_of(tx: &mut Tx, person: PersonId) -> Result<(), StorageError> {
    tx.execute(sql::SPEAK_OF, args![person]).await.map(drop)
}

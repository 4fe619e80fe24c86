//! Everybody of a structure, for printed sheets. Never opens a sealed code.

use clau_domain::ids::{PersonId, StructureId};
use clau_domain::person::AffiliationDetail;
use clau_domain::profile::Profile;
use clau_domain::time::Timestamp;

use super::{parse, profile, sql};
use crate::engine::{Database, Row, args};
use crate::error::StorageError;

/// Somebody on a printed sheet of a structure.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Who.
    pub id: PersonId,
    /// Family name.
    pub family_name: String,
    /// First name.
    pub given_name: String,
    /// Login of the account.
    pub login: String,
    /// Profile in the structure.
    pub profile: Profile,
    /// Classes there; for a guardian empty, see [`Listed::child`].
    pub classes: Vec<String>,
    /// The pupil for whom a guardian is listed.
    pub child: Option<PersonId>,
    /// When the account was activated.
    pub activated_at: Option<Timestamp>,
    /// The sealed activation code.
    pub activation_sealed: Option<Vec<u8>>,
    /// Until when the code is good.
    pub activation_until: Option<Timestamp>,
}

/// Everybody of a structure, guardians of its pupils included.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn of_structure(
    database: &Database,
    structure: StructureId,
) -> Result<Vec<Listed>, StorageError> {
    let own = database.all(sql::OF_STRUCTURE, args![structure]).await?;
    let mut listed = own
        .iter()
        .map(|row| {
            let detail: AffiliationDetail = parse("affiliation", &row.text("detail")?)?;
            listed_from(row, profile(row)?, detail.classes, None)
        })
        .collect::<Result<Vec<_>, _>>()?;
    for row in database
        .all(sql::GUARDIANS_OF_STRUCTURE, args![structure])
        .await?
    {
        let child = PersonId::from_uuid(row.id("pupil_id")?);
        listed.push(listed_from(
            &row,
            Profile::Guardian,
            Vec::new(),
            Some(child),
        )?);
    }
    Ok(listed)
}

fn listed_from(
    row: &Row,
    profile: Profile,
    classes: Vec<String>,
    child: Option<PersonId>,
) -> Result<Listed, StorageError> {
    Ok(Listed {
        id: PersonId::from_uuid(row.id("id")?),
        family_name: row.text("family_name")?,
        given_name: row.text("given_name")?,
        login: row.text("login")?,
        profile,
        classes,
        child,
        activated_at: row.int_or_none("activated_at")?.map(Timestamp::from_millis),
        activation_sealed: row.bytes_or_none("activation_sealed")?,
        activation_until: row
            .int_or_none("activation_until")?
            .map(Timestamp::from_millis),
    })
}

//! People as the directory holds them, assembled from their rows: identity, affiliations that count,
//! children under parental authority. Never touches accounts' secrets.

pub(crate) mod portraits;
mod renewals;
mod sheets;

use std::collections::BTreeMap;

use clau_domain::ids::{PersonId, StructureId};
use clau_domain::names::fold;
use clau_domain::person::{
    Affiliation, AffiliationDetail, Contact, ExternalKey, Kin, Names, Person, StructureRef,
};
use clau_domain::profile::Profile;
use clau_domain::secret::Digest;
use clau_domain::structure::{StructureDetail, StructureKind};
use clau_domain::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::engine::{Database, Row, Tx, args};
use crate::error::StorageError;
use crate::statement::statements;

pub use portraits::describe;
pub use renewals::renew;
pub use sheets::{Listed, of_structure};

pub(crate) mod sql {
    use super::statements;

    statements! {
        FIND = "person/find",
        CHILDREN = "person/children",
        GUARDIANS = "person/guardians",
        INSERT = "person/insert",
        RENEWED = "person/renewed",
        RENEW = "person/renew",
        OF_STRUCTURE = "person/of_structure",
        GUARDIANS_OF_STRUCTURE = "person/guardians_of_structure",
        AFFILIATIONS = "affiliation/of_person",
        INSERT_AFFILIATION = "affiliation/insert",
        CLEAR_AFFILIATIONS = "affiliation/clear",
        FIND_RECORD = "record/find",
        PUT_RECORD = "record/put",
        RECORDS = "record/of_person",
        PUT_RELATION = "relation/put",
    }
}

/// What a person's row keeps as one document, because nothing searches it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PersonDetail {
    /// Birth name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub birth_name: String,
    /// Other first names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub other_given_names: Vec<String>,
    /// `M.` or `Mme`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// How to reach them; the mail address has a column of its own.
    pub contact: Contact,
    /// Further attributes of local people.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub further: BTreeMap<String, Vec<String>>,
}

/// The columns of a person, as an import or a local definition gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonRow {
    /// Names.
    pub names: Names,
    /// ISO 8601.
    pub birth_date: Option<String>,
    /// INE.
    pub ine: Option<String>,
    /// How to reach them.
    pub contact: Contact,
    /// Further attributes.
    pub further: BTreeMap<String, Vec<String>>,
}

impl PersonRow {
    /// Folded names, as searches compare them.
    pub fn search(&self) -> String {
        fold(&format!("{} {}", self.names.family, self.names.given))
    }

    /// The document of what has no column.
    ///
    /// # Errors
    /// None in practice: the types serialise.
    pub fn detail(&self) -> Result<String, StorageError> {
        let mut contact = self.contact.clone();
        contact.mail = None;
        json(&PersonDetail {
            birth_name: self.names.birth.clone(),
            other_given_names: self.names.others.clone(),
            title: self.names.title.clone(),
            contact,
            further: self.further.clone(),
        })
    }
}

/// A key by which a source knows a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordKey<'a> {
    /// The source: an academy's feed, `local`.
    pub source: &'a str,
    /// `pupil`, `guardian`, `staff`, `local`.
    pub kind: &'a str,
    /// The key in it.
    pub key: &'a str,
}

/// One of a person's records, for the account page and for administration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordState {
    /// The source.
    pub source: String,
    /// Kind of record.
    pub kind: String,
    /// Key in the source.
    pub key: String,
    /// First complete feed that lacked it.
    pub gone_at: Option<Timestamp>,
    /// When its affiliations stopped counting.
    pub suspended_at: Option<Timestamp>,
}

/// The person with everything policy may read.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn find(database: &Database, id: PersonId) -> Result<Option<Person>, StorageError> {
    let Some(row) = database.optional(sql::FIND, args![id]).await? else {
        return Ok(None);
    };
    let detail: PersonDetail = parse("person", &row.text("detail")?)?;
    let own = database.all(sql::AFFILIATIONS, args![id]).await?;
    let mut affiliations = own.iter().map(affiliation).collect::<Result<Vec<_>, _>>()?;
    let children = children(&database.all(sql::CHILDREN, args![id]).await?)?;
    let is_pupil = affiliations.iter().any(|a| a.profile == Profile::Pupil);
    let guardians = if is_pupil {
        guardians(&database.all(sql::GUARDIANS, args![id]).await?)?
    } else {
        Vec::new()
    };
    affiliations.extend(through_children(&children));
    let mut contact = detail.contact;
    contact.mail = row.text_or_none("mail")?;
    if contact.academic_mail.is_none() {
        contact.academic_mail = row.text_or_none("other_academic_mail")?;
    }
    let birth_date = row.text_or_none("birth_date")?;
    let birth_date = birth_date.map(|date| {
        date.parse()
            .map_err(|error| StorageError::corrupt("birth date", error))
    });
    Ok(Some(Person {
        id,
        login: row.text("login")?,
        names: Names {
            family: row.text("family_name")?,
            birth: detail.birth_name,
            given: row.text("given_name")?,
            others: detail.other_given_names,
            title: detail.title,
        },
        birth_date: birth_date.transpose()?,
        external: external(&row)?,
        ine: row.text_or_none("ine")?,
        contact,
        further: detail.further,
        affiliations,
        children,
        guardians,
        renewed: parse("person", &row.text("renewed")?)?,
    }))
}

/// The records by which sources know a person.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn records(database: &Database, id: PersonId) -> Result<Vec<RecordState>, StorageError> {
    let rows = database.all(sql::RECORDS, args![id]).await?;
    rows.iter()
        .map(|row| {
            Ok(RecordState {
                source: row.text("source")?,
                kind: row.text("kind")?,
                key: row.text("key")?,
                gone_at: row.int_or_none("gone_at")?.map(Timestamp::from_millis),
                suspended_at: row.int_or_none("suspended_at")?.map(Timestamp::from_millis),
            })
        })
        .collect()
}

/// Writes a person's own columns, new or changed. Of somebody whom several records may know, [`describe`]
/// writes them.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put(tx: &mut Tx, id: PersonId, person: &PersonRow) -> Result<(), StorageError> {
    let values = args![
        id,
        &person.names.family,
        &person.names.given,
        person.search(),
        person.birth_date.clone(),
        person.contact.mail.clone(),
        person.ine.clone(),
        person.detail()?,
    ];
    tx.execute(sql::INSERT, values).await.map(drop)
}

/// The person whom a source knows by a key, and the digest of what it said last.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn find_record(
    tx: &mut Tx,
    key: &RecordKey<'_>,
) -> Result<Option<(PersonId, Digest)>, StorageError> {
    let row = tx
        .optional(sql::FIND_RECORD, args![key.source, key.kind, key.key])
        .await?;
    row.map(|row| {
        let digest = Digest::from_slice(&row.bytes("digest")?)
            .ok_or_else(|| StorageError::corrupt("record", "digest of the wrong length"))?;
        Ok((PersonId::from_uuid(row.id("person_id")?), digest))
    })
    .transpose()
}

/// Writes a record and replaces the affiliations that come by it. Whose record it is: of a record that is
/// there already, not necessarily `person`'s.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put_record(
    tx: &mut Tx,
    key: &RecordKey<'_>,
    person: PersonId,
    digest: Digest,
    affiliations: &[(StructureId, Profile, AffiliationDetail)],
) -> Result<PersonId, StorageError> {
    let home = affiliations
        .first()
        .map(|(structure, ..)| structure.as_uuid());
    let values = args![key.source, key.kind, key.key, person, home, digest];
    let row = tx.all(sql::PUT_RECORD, values).await?.pop();
    let row = row.ok_or_else(|| StorageError::corrupt("record", "not written"))?;
    let person = PersonId::from_uuid(row.id("person_id")?);
    tx.execute(
        sql::CLEAR_AFFILIATIONS,
        args![person, key.source, key.kind, key.key],
    )
    .await?;
    for (structure, profile, detail) in affiliations {
        let values = args![
            person,
            *structure,
            profile.code(),
            key.source,
            key.kind,
            key.key,
            json(detail)?
        ];
        tx.execute(sql::INSERT_AFFILIATION, values).await?;
    }
    // A record that was missing may be the first again.
    portraits::speak_of(tx, person).await?;
    Ok(person)
}

/// Who answers for a pupil, as a source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RelationRow<'a> {
    /// The pupil.
    pub pupil: PersonId,
    /// The guardian.
    pub guardian: PersonId,
    /// The source.
    pub source: &'a str,
    /// Kinship code as delivered.
    pub kinship: &'a str,
    /// 1 or 2: parental authority; 0: none.
    pub legal_rank: u8,
}

/// Writes one relation of a local family.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn put_relation(tx: &mut Tx, relation: RelationRow<'_>) -> Result<(), StorageError> {
    let values = args![
        relation.pupil,
        relation.guardian,
        relation.source,
        relation.kinship,
        relation.legal_rank,
        false,
        true,
        false
    ];
    tx.execute(sql::PUT_RELATION, values).await.map(drop)
}

/// A document of the store, written.
pub(crate) fn json(value: &impl Serialize) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|error| StorageError::Defect(error.to_string()))
}

/// A document of the store, read.
pub(crate) fn parse<T: for<'de> Deserialize<'de>>(
    what: &'static str,
    text: &str,
) -> Result<T, StorageError> {
    serde_json::from_str(text).map_err(|error| StorageError::corrupt(what, error))
}

fn profile(row: &Row) -> Result<Profile, StorageError> {
    row.text("profile")?
        .parse()
        .map_err(|error| StorageError::corrupt("profile", error))
}

fn external(row: &Row) -> Result<Option<ExternalKey>, StorageError> {
    let external = row.text_or_none("external")?;
    Ok(external
        .as_deref()
        .and_then(|text| text.split_once('$'))
        .map(|(source, key)| ExternalKey {
            source: source.to_owned(),
            key: key.to_owned(),
        }))
}

pub(crate) fn structure_kind(text: &str) -> Result<StructureKind, StorageError> {
    [
        StructureKind::School,
        StructureKind::Authority,
        StructureKind::Academy,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == text)
    .ok_or_else(|| StorageError::corrupt("structure", "unknown kind"))
}

fn affiliation(row: &Row) -> Result<Affiliation, StorageError> {
    let detail: StructureDetail = parse("structure", &row.text("structure")?)?;
    let uai = row.text_or_none("uai")?;
    Ok(Affiliation {
        structure: StructureRef {
            id: StructureId::from_uuid(row.id("structure_id")?),
            source: row.text("structure_source")?,
            key: row.text("structure_key")?,
            uai: uai.and_then(|uai| uai.parse().ok()),
            kind: structure_kind(&row.text("kind")?)?,
            name: row.text("name")?,
            kind_label: detail.kind_label,
            ministry: detail.ministry,
        },
        profile: profile(row)?,
        detail: parse("affiliation", &row.text("affiliation")?)?,
    })
}

fn kin(row: &Row, affiliations: Vec<Affiliation>) -> Result<Kin, StorageError> {
    let detail: PersonDetail = parse("person", &row.text("detail")?)?;
    Ok(Kin {
        id: PersonId::from_uuid(row.id("id")?),
        external: external(row)?,
        names: Names {
            family: row.text("family_name")?,
            birth: detail.birth_name,
            given: row.text("given_name")?,
            others: detail.other_given_names,
            title: detail.title,
        },
        legal_rank: u8::try_from(row.int("legal_rank")?).unwrap_or_default(),
        affiliations,
    })
}

/// One row for each guardian and source that names them.
fn guardians(rows: &[Row]) -> Result<Vec<Kin>, StorageError> {
    let mut guardians: Vec<Kin> = Vec::new();
    for row in rows {
        let guardian = kin(row, Vec::new())?;
        if guardians.iter().all(|known| known.id != guardian.id) {
            guardians.push(guardian);
        }
    }
    Ok(guardians)
}

/// One row for each affiliation of each child, in the children's order.
fn children(rows: &[Row]) -> Result<Vec<Kin>, StorageError> {
    let mut children: Vec<Kin> = Vec::new();
    for row in rows {
        let id = PersonId::from_uuid(row.id("id")?);
        let affiliation = affiliation(row)?;
        match children.last_mut().filter(|child| child.id == id) {
            Some(child) => child.affiliations.push(affiliation),
            None => children.push(kin(row, vec![affiliation])?),
        }
    }
    Ok(children)
}

/// A guardian belongs to the schools of their children, at the children's levels. Derived at each
/// reading: parental authority that ends, ends at once (FED-13).
fn through_children(children: &[Kin]) -> Vec<Affiliation> {
    let mut through: Vec<Affiliation> = Vec::new();
    for affiliation in children.iter().flat_map(|child| &child.affiliations) {
        let guardian = Affiliation {
            structure: affiliation.structure.clone(),
            profile: Profile::Guardian,
            detail: AffiliationDetail {
                level: affiliation.detail.level.clone(),
                ..AffiliationDetail::default()
            },
        };
        if affiliation.profile == Profile::Pupil && !through.contains(&guardian) {
            through.push(guardian);
        }
    }
    through
}

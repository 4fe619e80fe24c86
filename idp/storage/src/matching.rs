//! Who in the directory has an identifier that a connector names. Each answer lists everybody who has it, so
//! that whoever asks sees when it is none or two (FED-02). Never decides: trust, and what one match is worth,
//! are the engine's.
//!
//! Only records that count: not suspended, and of people who were merged those of the kept one, because a
//! record belongs to somebody who is there. What a connector itself has said of people whom it made known is
//! found by nobody's identifier, except among the candidates of a pivot identity, which name their source.

use std::collections::BTreeMap;

use clau_domain::ids::PersonId;
use clau_domain::person::{BirthDate, Names};
use clau_domain::uai::Uai;

use crate::engine::{Database, Row, Value, args};
use crate::error::StorageError;
use crate::people::{PersonDetail, parse};
use crate::statement::{Statement, statements};

pub(crate) mod sql {
    use super::statements;

    statements! {
        BY_RECORD = "record/living",
        BY_SCHOOL_RECORD = "affiliation/by_school_record",
        GUARDIAN_NAMES = "relation/guardian_names",
        BY_ACADEMIC_MAIL = "person/by_academic_mail",
        BY_INE = "person/by_ine",
        BY_BIRTH_DATE = "person/by_birth_date",
    }
}

/// Somebody who has an identifier. Whom several records know may come more than once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Matched {
    /// Who.
    pub person: PersonId,
    /// Who delivers what they were found by: the record, or the school where it says so.
    pub source: String,
    /// Of the record: `pupil`, `guardian`, `staff`, `local`.
    pub kind: String,
}

/// A guardian with parental authority, as a record writes them. Who is written in several ways comes once for
/// each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GuardianName {
    /// Who.
    pub person: PersonId,
    /// Names: usual, birth and first.
    pub names: Names,
    /// 1 or 2.
    pub legal_rank: u8,
    /// Who says that they are a guardian of that pupil.
    pub source: String,
}

/// Somebody who was born on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PivotCandidate {
    /// Who, and who says so: what a connector said (`connector:…`) is worth what that connector is.
    pub matched: Matched,
    /// Names.
    pub names: Names,
    /// The rest of a pivot identity, where it is known.
    pub further: BTreeMap<String, Vec<String>>,
}

/// Whose record has a key in a source, of whatever kind.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn by_record(
    database: &Database,
    source: &str,
    key: &str,
) -> Result<Vec<Matched>, StorageError> {
    list(database, sql::BY_RECORD, args![source, key]).await
}

/// The pupils who have a number in the system of a school. `source` is the school's.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn pupils_by_school_record(
    database: &Database,
    uai: &Uai,
    number: &str,
) -> Result<Vec<Matched>, StorageError> {
    let values = args![uai.as_str(), number];
    list(database, sql::BY_SCHOOL_RECORD, values).await
}

/// The guardians of a pupil who have parental authority.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn guardians_of(
    database: &Database,
    pupil: PersonId,
) -> Result<Vec<GuardianName>, StorageError> {
    let rows = database.all(sql::GUARDIAN_NAMES, args![pupil]).await?;
    rows.iter()
        .map(|row| {
            Ok(GuardianName {
                person: PersonId::from_uuid(row.id("guardian_id")?),
                names: described(row)?.0,
                legal_rank: u8::try_from(row.int("legal_rank")?).unwrap_or_default(),
                source: row.text("source")?,
            })
        })
        .collect()
}

/// Staff to whom an academy or ministry gave a mail address, in whatever letters it is written.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn staff_by_academic_mail(
    database: &Database,
    mail: &str,
) -> Result<Vec<Matched>, StorageError> {
    list(database, sql::BY_ACADEMIC_MAIL, args![mail]).await
}

/// The pupils with an INE.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn pupils_by_ine(database: &Database, ine: &str) -> Result<Vec<Matched>, StorageError> {
    list(database, sql::BY_INE, args![ine]).await
}

/// Everybody who was born on a day: candidates for a pivot identity, of which every field must be there on
/// both sides.
///
/// # Errors
/// [`StorageError::Unavailable`], [`StorageError::Corrupt`].
pub async fn by_birth_date(
    database: &Database,
    date: BirthDate,
) -> Result<Vec<PivotCandidate>, StorageError> {
    let values = args![date.to_string()];
    let rows = database.all(sql::BY_BIRTH_DATE, values).await?;
    rows.iter()
        .map(|row| {
            let (names, further) = described(row)?;
            Ok(PivotCandidate {
                matched: matched(row)?,
                names,
                further,
            })
        })
        .collect()
}

async fn list(
    database: &Database,
    statement: Statement,
    values: Vec<Value>,
) -> Result<Vec<Matched>, StorageError> {
    let rows = database.all(statement, values).await?;
    rows.iter().map(matched).collect()
}

fn matched(row: &Row) -> Result<Matched, StorageError> {
    Ok(Matched {
        person: PersonId::from_uuid(row.id("person_id")?),
        source: row.text("source")?,
        kind: row.text("kind")?,
    })
}

fn described(row: &Row) -> Result<(Names, BTreeMap<String, Vec<String>>), StorageError> {
    let detail: PersonDetail = parse("person", &row.text("detail")?)?;
    let names = Names {
        family: row.text("family_name")?,
        birth: detail.birth_name,
        given: row.text("given_name")?,
        others: detail.other_given_names,
        title: detail.title,
    };
    Ok((names, detail.further))
}

//! The records of a delivery on their way into the stage tables. Never touches the directory.

use clau_domain::ids::{PersonId, StructureId};
use clau_domain::secret::Digest;

use super::{Fence, ImportStorageError, sql};
use crate::engine::{Database, Value, args};

/// Where a record stands: its number in the delivery, counted from 1, the number of its file and the
/// line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StagePlace {
    /// Number in the delivery.
    pub n: i64,
    /// Number of the file.
    pub file: i64,
    /// Line.
    pub line: i64,
}

/// A structure as delivered.
#[derive(Clone, Debug)]
pub struct StageStructure {
    /// Where.
    pub place: StagePlace,
    /// Its key.
    pub key: String,
    /// UAI.
    pub uai: Option<String>,
    /// Name.
    pub name: String,
    /// JSON: `StructureDetail`.
    pub detail: String,
    /// Digest of what was delivered.
    pub digest: Digest,
    /// A school only if pupils are attached to it.
    pub pseudo: bool,
    /// Why it cannot be used, where it cannot.
    pub unusable: Option<&'static str>,
}

/// A subject or training programme as delivered.
#[derive(Clone, Debug)]
pub struct StageNomenclature {
    /// Where.
    pub place: StagePlace,
    /// `subject` or `mef`.
    pub kind: &'static str,
    /// Its code.
    pub key: String,
    /// Label.
    pub label: String,
    /// JSON.
    pub detail: String,
    /// Digest of what was delivered.
    pub digest: Digest,
    /// Why it cannot be used, where it cannot.
    pub unusable: Option<&'static str>,
}

/// A person's record as delivered.
#[derive(Clone, Debug)]
pub struct StagePerson {
    /// Where.
    pub place: StagePlace,
    /// `pupil`, `guardian`, `staff`.
    pub kind: &'static str,
    /// Its key.
    pub key: String,
    /// Key of the school of attachment, empty for none.
    pub home: String,
    /// Family name.
    pub family_name: String,
    /// First name.
    pub given_name: String,
    /// Folded names.
    pub search: String,
    /// ISO 8601.
    pub birth_date: Option<String>,
    /// Mail address.
    pub mail: Option<String>,
    /// INE.
    pub ine: Option<String>,
    /// JSON: `PersonDetail`.
    pub detail: String,
    /// Digest of what was delivered, affiliations and relations included.
    pub digest: Digest,
    /// Why it cannot be used, where it cannot.
    pub unusable: Option<&'static str>,
    /// What the person is, where. One for each structure and profile.
    pub affiliations: Vec<StageAffiliation>,
    /// Of a pupil: who is related. One for each key.
    pub relations: Vec<StageRelation>,
}

/// An affiliation as delivered.
#[derive(Clone, Debug)]
pub struct StageAffiliation {
    /// Key of the structure, which may lie outside the region.
    pub structure: String,
    /// `National_…`.
    pub profile: &'static str,
    /// JSON: `AffiliationDetail`.
    pub detail: String,
}

/// A relation as delivered.
#[derive(Clone, Debug)]
pub struct StageRelation {
    /// Key of the guardian, which may dangle.
    pub guardian: String,
    /// Code of the kinship.
    pub kinship: String,
    /// 0, 1 or 2.
    pub legal_rank: u8,
    /// Pays the fees.
    pub financial: bool,
    /// May be contacted.
    pub contact: bool,
    /// Receives payments.
    pub payment: bool,
}

/// Gives out ids for what the directory may not know yet; those it knows keep theirs.
pub trait Mint: Send {
    /// A new person's id. Ids that sort by school keep the people of a school together in every index:
    /// a school is applied in one transaction, which then writes to few pages.
    fn person(&mut self, person: &StagePerson) -> PersonId;
    /// A new structure's id.
    fn structure(&mut self) -> StructureId;
}

/// Records that are written in one transaction.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// Files that were begun: number and name.
    pub files: Vec<(i64, String)>,
    /// Structures.
    pub structures: Vec<StageStructure>,
    /// Subjects and training programmes.
    pub nomenclature: Vec<StageNomenclature>,
    /// People.
    pub people: Vec<StagePerson>,
}

impl Batch {
    /// Records in it.
    pub fn len(&self) -> usize {
        self.structures.len() + self.nomenclature.len() + self.people.len()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 && self.files.is_empty()
    }
}

/// Writes a batch to the stage tables.
///
/// # Errors
/// [`ImportStorageError`].
pub async fn write(
    database: &Database,
    fence: Fence,
    batch: Batch,
    mint: &mut dyn Mint,
) -> Result<(), ImportStorageError> {
    let Batch {
        files,
        structures,
        nomenclature,
        people,
    } = batch;
    let mut tx = fence.begin(database).await?;
    let files = files.into_iter().map(|(n, name)| args![n, name]);
    tx.for_rows(sql::STAGE_FILE_INSERT, files).await?;
    tx.for_rows(
        sql::STAGE_STRUCTURE_INSERT,
        structures
            .into_iter()
            .map(|row| structure(mint.structure(), row)),
    )
    .await?;
    tx.for_rows(
        sql::STAGE_NOMENCLATURE_INSERT,
        nomenclature.into_iter().map(code),
    )
    .await?;
    let mut rows = Vec::with_capacity(people.len());
    let mut affiliations = Vec::with_capacity(people.len());
    let mut relations = Vec::new();
    for mut row in people {
        let id = mint.person(&row);
        let n = row.place.n;
        for one in std::mem::take(&mut row.affiliations) {
            affiliations.push(args![n, one.structure, one.profile, one.detail]);
        }
        for one in std::mem::take(&mut row.relations) {
            let StageRelation {
                guardian,
                kinship,
                legal_rank,
                financial,
                contact,
                payment,
            } = one;
            relations.push(args![
                n, guardian, kinship, legal_rank, financial, contact, payment
            ]);
        }
        rows.push(person(id, row));
    }
    tx.for_rows(sql::STAGE_PERSON_INSERT, rows).await?;
    tx.for_rows(sql::STAGE_AFFILIATION_INSERT, affiliations)
        .await?;
    tx.for_rows(sql::STAGE_RELATION_INSERT, relations).await?;
    Ok(tx.commit().await?)
}

fn verdict(unusable: Option<&'static str>) -> &'static str {
    if unusable.is_some() { "refused" } else { "new" }
}

fn structure(id: StructureId, row: StageStructure) -> Vec<Value> {
    args![
        row.place.n,
        row.place.file,
        row.place.line,
        row.key,
        id,
        row.uai,
        row.name,
        row.detail,
        row.digest,
        row.pseudo,
        verdict(row.unusable),
        row.unusable
    ]
}

fn code(row: StageNomenclature) -> Vec<Value> {
    args![
        row.place.n,
        row.place.file,
        row.place.line,
        row.kind,
        row.key,
        row.label,
        row.detail,
        row.digest,
        verdict(row.unusable),
        row.unusable
    ]
}

fn person(id: PersonId, row: StagePerson) -> Vec<Value> {
    args![
        row.place.n,
        row.place.file,
        row.place.line,
        row.kind,
        row.key,
        id,
        row.home,
        row.family_name,
        row.given_name,
        row.search,
        row.birth_date,
        row.mail,
        row.ine,
        row.detail,
        row.digest,
        verdict(row.unusable),
        row.unusable
    ]
}

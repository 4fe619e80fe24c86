//! Imports of a feed: the delivery in its stage tables, the verdicts on it, and the directory brought to
//! what it says. Set-based statements over ranges and schools, in short write transactions, so that
//! logins on the same file go on (IMP-08). Never reads a feed and never decides a threshold: the engine
//! does. Spec: security.md IMP-03…IMP-08, REL-06, FT-02.
//!
//! The order: [`stage::write`] the records, [`check`] them, and either [`discard`] or
//! [`begin_applying`] and [`apply`] school by school, then [`finish`]. Every write holds the
//! [`Fence`]: an import that lost its lease writes nothing any more.

use clau_domain::ids::ImportId;
use clau_domain::time::Timestamp;

use crate::engine::{Database, Tx, args};
use crate::error::StorageError;
use crate::people;

pub mod apply;
pub mod check;
pub mod stage;

pub(crate) mod sql {
    use crate::statement::statements;

    statements! {
        IMPORT_BEGIN = "import/begin",
        IMPORT_LAST_APPLIED = "import/last_applied",
        IMPORT_PENDING = "import/pending",
        IMPORT_SET_STATE = "import/set_state",
        IMPORT_ABANDON = "import/abandon",
        IMPORT_FORGET = "import/forget",
        IMPORT_HOLD = "import/hold",
        IMPORT_RECENT = "import/recent",
        STAGE_FILE_INSERT = "stage_file/insert",
        STAGE_FILE_ALL = "stage_file/all",
        STAGE_FILE_EMPTY = "stage_file/empty",
        STAGE_STRUCTURE_INSERT = "stage_structure/insert",
        STAGE_NOMENCLATURE_INSERT = "stage_nomenclature/insert",
        STAGE_PERSON_INSERT = "stage_person/insert",
        STAGE_AFFILIATION_INSERT = "stage_affiliation/insert",
        STAGE_RELATION_INSERT = "stage_relation/insert",
        STAGE_STRUCTURE_EMPTY = "stage_structure/empty",
        STAGE_NOMENCLATURE_EMPTY = "stage_nomenclature/empty",
        STAGE_PERSON_EMPTY = "stage_person/empty",
        STAGE_AFFILIATION_EMPTY = "stage_affiliation/empty",
        STAGE_RELATION_EMPTY = "stage_relation/empty",
        STAGE_HOME_EMPTY = "stage_home/empty",
        STAGE_STRUCTURE_FIND_KNOWN = "stage_structure/find_known",
        STAGE_STRUCTURE_REFUSE_DUPLICATES = "stage_structure/refuse_duplicates",
        STAGE_STRUCTURE_REFUSE_FOREIGN = "stage_structure/refuse_foreign",
        STAGE_STRUCTURE_SET_PSEUDO_APART = "stage_structure/set_pseudo_apart",
        STAGE_STRUCTURE_PSEUDO_WITH_PUPILS = "stage_structure/pseudo_with_pupils",
        STAGE_STRUCTURE_COUNTS = "stage_structure/counts",
        STAGE_STRUCTURE_ACCEPTED = "stage_structure/accepted",
        STAGE_STRUCTURE_PERIMETER_GREW = "stage_structure/perimeter_grew",
        STAGE_STRUCTURE_TURNED_AWAY = "stage_structure/turned_away",
        STAGE_STRUCTURE_GONE = "stage_structure/gone",
        STAGE_NOMENCLATURE_FIND_KNOWN = "stage_nomenclature/find_known",
        STAGE_NOMENCLATURE_REFUSE_DUPLICATES = "stage_nomenclature/refuse_duplicates",
        STAGE_NOMENCLATURE_COUNTS = "stage_nomenclature/counts",
        STAGE_NOMENCLATURE_TURNED_AWAY = "stage_nomenclature/turned_away",
        STAGE_NOMENCLATURE_GONE = "stage_nomenclature/gone",
        STAGE_PERSON_REFUSE_DUPLICATES = "stage_person/refuse_duplicates",
        STAGE_PERSON_FIND_KNOWN = "stage_person/find_known",
        STAGE_PERSON_REFUSE_OTHER_KIND = "stage_person/refuse_other_kind",
        STAGE_PERSON_LINK = "stage_person/link",
        STAGE_PERSON_PLACE_PUPILS = "stage_person/place_pupils",
        STAGE_PERSON_FIND_HOME_OF_STAFF = "stage_person/find_home_of_staff",
        STAGE_PERSON_PLACE_STAFF = "stage_person/place_staff",
        STAGE_PERSON_FIND_HOME_OF_GUARDIANS = "stage_person/find_home_of_guardians",
        STAGE_PERSON_PLACE_GUARDIANS = "stage_person/place_guardians",
        STAGE_PERSON_TOUCH_NEW_SCHOOLS = "stage_person/touch_new_schools",
        STAGE_PERSON_COUNTS = "stage_person/counts",
        STAGE_PERSON_COUNTS_BY_HOME = "stage_person/counts_by_home",
        STAGE_PERSON_TURNED_AWAY = "stage_person/turned_away",
        STAGE_PERSON_DANGLING = "stage_person/dangling",
        STAGE_PERSON_SHARED_INE = "stage_person/shared_ine",
        STAGE_PERSON_WITHOUT_ACCOUNT = "stage_person/without_account",
        STAGE_PERSON_FOLLOW_MERGES = "stage_person/follow_merges",
        STAGE_PERSON_FOLLOW_MERGES_OF_LINKED = "stage_person/follow_merges_of_linked",
        STAGE_AFFILIATION_ELSEWHERE = "stage_affiliation/elsewhere",
        RECORD_LEAVERS = "record/leavers",
        RECORD_LEAVERS_BY_KIND = "record/leavers_by_kind",
        STAGE_HOME_FILL = "stage_home/fill",
        STAGE_HOME_ADD = "stage_home/add",
        STAGE_HOME_OPEN = "stage_home/open",
        STAGE_HOME_DONE = "stage_home/done",
        STRUCTURE_PUT_STAGED = "structure/put_staged",
        STRUCTURE_MARK_GONE = "structure/mark_gone",
        NOMENCLATURE_PUT_STAGED = "nomenclature/put_staged",
        NOMENCLATURE_MARK_GONE = "nomenclature/mark_gone",
        PERSON_INSERT_STAGED = "person/insert_staged",
        PERSON_UPDATE_STAGED = "person/update_staged",
        PORTRAIT_OF_LINKED = "portrait/of_linked",
        PORTRAIT_PUT_STAGED = "portrait/put_staged",
        RECORD_PUT_STAGED = "record/put_staged",
        RECORD_MOVE_STAGED = "record/move_staged",
        RECORD_MARK_ABSENT = "record/mark_absent",
        AFFILIATION_CLEAR_STAGED = "affiliation/clear_staged",
        AFFILIATION_PUT_STAGED = "affiliation/put_staged",
        RELATION_PRUNE_STAGED = "relation/prune_staged",
        RELATION_PUT_STAGED = "relation/put_staged",
    }
}

/// Name of the lease under which one import at a time runs.
pub const LEASE: &str = "import";

/// Why a step of an import could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ImportStorageError {
    /// The lease ran out and another import has begun.
    #[error("another import has taken over")]
    LeaseLost,
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The right to write: held by whoever imports now, prolonged by every write. An import that is resumed
/// has another holder than the one that began it.
#[derive(Clone, Copy, Debug)]
pub struct Fence {
    /// Who holds the lease, as [`crate::leases`] knows it.
    pub holder: ImportId,
    /// Until when the lease is prolonged.
    pub until: Timestamp,
}

impl Fence {
    /// Begins a write transaction, if the import still has its lease. The lease row stays locked
    /// until the transaction ends.
    pub(crate) async fn begin(self, database: &Database) -> Result<Tx, ImportStorageError> {
        let mut tx = database.begin().await?;
        let holder = self.holder.to_string();
        if tx
            .execute(sql::IMPORT_HOLD, args![holder, self.until])
            .await?
            == 1
        {
            Ok(tx)
        } else {
            Err(ImportStorageError::LeaseLost)
        }
    }
}

/// What an import is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// Its id, which also holds the lease.
    pub id: ImportId,
    /// The source: an academy's feed.
    pub source: String,
    /// Name of the delivery.
    pub set_name: String,
    /// Day of the delivery, ISO 8601.
    pub set_date: String,
    /// When it began.
    pub started_at: Timestamp,
}

/// An import whose applying was begun and not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What it is about.
    pub row: ImportRow,
    /// The report as far as it was known, JSON.
    pub report: String,
}

/// One line of the list of imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastImport {
    /// The source.
    pub source: String,
    /// Name of the delivery.
    pub set_name: String,
    /// Its day, ISO 8601.
    pub set_date: String,
    /// `staging`, `applying`, `done`, `refused`, `abandoned`.
    pub state: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// Memory for pages of the writing connection while an import runs, in KiB: a school touches some
/// thousands of pages, which would else be written several times over. SQLite only.
const CACHE_WHILE_IMPORTING: u32 = 64 * 1024;

/// Gives the writing connection room for an import.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn make_room(database: &Database) -> Result<(), StorageError> {
    database.set_write_cache(CACHE_WHILE_IMPORTING).await
}

/// Takes the room of [`make_room`] back.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn give_room_back(database: &Database) -> Result<(), StorageError> {
    database.set_write_cache(Database::WRITE_CACHE).await
}

/// Begins an import on empty stage tables; what an import that died before applying left is cleared.
/// To be called under the lease.
///
/// # Errors
/// [`ImportStorageError`].
pub async fn begin(
    database: &Database,
    fence: Fence,
    row: &ImportRow,
) -> Result<(), ImportStorageError> {
    let mut tx = fence.begin(database).await?;
    empty(&mut tx).await?;
    tx.execute(sql::IMPORT_ABANDON, args![row.started_at])
        .await?;
    let values = args![
        row.id,
        &row.source,
        &row.set_name,
        &row.set_date,
        row.started_at
    ];
    tx.execute(sql::IMPORT_BEGIN, values).await?;
    Ok(tx.commit().await?)
}

/// Day of the newest delivery of a source that was applied, ISO 8601.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn last_applied(
    database: &Database,
    source: &str,
) -> Result<Option<String>, StorageError> {
    match database
        .optional(sql::IMPORT_LAST_APPLIED, args![source])
        .await?
    {
        Some(row) => row.text_or_none("set_date"),
        None => Ok(None),
    }
}

/// The import whose applying was interrupted, if there is one.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn pending(database: &Database) -> Result<Option<Pending>, StorageError> {
    let Some(row) = database.optional(sql::IMPORT_PENDING, args![]).await? else {
        return Ok(None);
    };
    Ok(Some(Pending {
        row: ImportRow {
            id: ImportId::from_uuid(row.id("id")?),
            source: row.text("source")?,
            set_name: row.text("set_name")?,
            set_date: row.text("set_date")?,
            started_at: Timestamp::from_millis(row.int("started_at")?),
        },
        report: row.text("report")?,
    }))
}

/// The last fifty imports, newest first.
///
/// # Errors
/// [`StorageError::Unavailable`].
pub async fn recent(database: &Database) -> Result<Vec<PastImport>, StorageError> {
    let rows = database.all(sql::IMPORT_RECENT, args![]).await?;
    rows.iter()
        .map(|row| {
            Ok(PastImport {
                source: row.text("source")?,
                set_name: row.text("set_name")?,
                set_date: row.text("set_date")?,
                state: row.text("state")?,
                started_at: Timestamp::from_millis(row.int("started_at")?),
                finished_at: row.int_or_none("finished_at")?.map(Timestamp::from_millis),
            })
        })
        .collect()
}

/// From here on the import is finished whatever happens: a crash is resumed (FT-02). `schools` are the
/// keys of the directory's schools that must be looked through for leavers, besides those of the
/// delivery.
///
/// # Errors
/// [`ImportStorageError`].
pub async fn begin_applying(
    database: &Database,
    fence: Fence,
    import: ImportId,
    schools: &[String],
    report: &str,
) -> Result<(), ImportStorageError> {
    let mut tx = fence.begin(database).await?;
    tx.execute(sql::STAGE_HOME_FILL, args![]).await?;
    tx.for_rows(sql::STAGE_HOME_ADD, schools.iter().map(|key| args![key]))
        .await?;
    let none: Option<Timestamp> = None;
    tx.execute(
        sql::IMPORT_SET_STATE,
        args![import, "applying", none, report],
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Ends an import whose schools are all applied, and empties the stage tables. Who has several records
/// is called as the first of them says: which one that is, the last school may have changed.
///
/// # Errors
/// [`ImportStorageError`].
pub async fn finish(
    database: &Database,
    fence: Fence,
    import: ImportId,
    report: &str,
    now: Timestamp,
) -> Result<(), ImportStorageError> {
    let mut tx = fence.begin(database).await?;
    people::portraits::speak(&mut tx).await?;
    tx.commit().await?;
    end(database, fence, import, Some(("done", report)), now).await
}

/// Ends an import of which nothing was applied: refused, with its report, or, without one, a
/// rehearsal, which leaves no trace.
///
/// # Errors
/// [`ImportStorageError`].
pub async fn discard(
    database: &Database,
    fence: Fence,
    import: ImportId,
    report: Option<&str>,
    now: Timestamp,
) -> Result<(), ImportStorageError> {
    end(
        database,
        fence,
        import,
        report.map(|report| ("refused", report)),
        now,
    )
    .await
}

async fn end(
    database: &Database,
    fence: Fence,
    import: ImportId,
    outcome: Option<(&str, &str)>,
    now: Timestamp,
) -> Result<(), ImportStorageError> {
    let mut tx = fence.begin(database).await?;
    empty(&mut tx).await?;
    match outcome {
        Some((state, report)) => {
            tx.execute(
                sql::IMPORT_SET_STATE,
                args![import, state, Some(now), report],
            )
            .await?
        }
        None => tx.execute(sql::IMPORT_FORGET, args![import]).await?,
    };
    Ok(tx.commit().await?)
}

async fn empty(tx: &mut Tx) -> Result<(), StorageError> {
    for statement in [
        sql::STAGE_RELATION_EMPTY,
        sql::STAGE_AFFILIATION_EMPTY,
        sql::STAGE_PERSON_EMPTY,
        sql::STAGE_NOMENCLATURE_EMPTY,
        sql::STAGE_STRUCTURE_EMPTY,
        sql::STAGE_HOME_EMPTY,
        sql::STAGE_FILE_EMPTY,
    ] {
        tx.execute(statement, args![]).await?;
    }
    Ok(())
}

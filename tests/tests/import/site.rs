//! A hub on a database of its own, imports into it, and the whole directory as text to compare.

use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

use clau_connectors::feed::aaf::{Limits, Set};
use clau_domain::feed::{FeedDate, Item, Refusal};
use clau_domain::random::SeededForTests;
use clau_domain::secret::SecretString;
use clau_domain::time::Timestamp;
use clau_engine::import::{Delivery, ImportError, ImportOptions, Progress, Report, Watch};
use clau_engine::keys::MasterKey;
use clau_engine::{Client, Cx, Hub, Settings, Stores};
use clau_storage::counters::Counters;
use clau_storage::tickets::Tickets;
use clau_storage::{Database, DatabaseConfig};
use clau_tests::support::postgres;
use sqlx::Row as _;

/// The source of every delivery that does not say otherwise.
pub(crate) const SOURCE: &str = "toulouse";

/// A hub that imports.
pub(crate) struct Site {
    pub(crate) hub: Hub,
    pub(crate) database: Database,
    pub(crate) clock: Clock,
    reader: Reader,
    random: SeededForTests,
    _folder: Option<tempfile::TempDir>,
}

/// Reads the tables behind the hub's back.
enum Reader {
    Sqlite(sqlx::SqlitePool),
    Postgres(sqlx::PgPool),
}

/// Called with every step that an import tells of.
type OnProgress = Box<dyn FnMut(Progress) + Send>;

/// Time that passes a millisecond at every look, and whoever wants to hear of progress.
pub(crate) struct Clock {
    millis: AtomicI64,
    pub(crate) on_progress: std::sync::Mutex<Option<OnProgress>>,
}

impl Watch for Clock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.millis.fetch_add(1, Ordering::Relaxed))
    }

    fn progress(&self, progress: Progress) {
        if let Some(hear) = self.on_progress.lock().expect("unpoisoned").as_mut() {
            hear(progress);
        }
    }
}

impl Clock {
    fn new() -> Self {
        let millis = AtomicI64::new(1_795_000_000_000);
        Self {
            millis,
            on_progress: std::sync::Mutex::new(None),
        }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, millis: i64) {
        self.millis.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Site {
    /// On a SQLite file in a folder of its own.
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("clau.db");
        let mut site = Self::sqlite_at(&file, 1).await;
        site._folder = Some(folder);
        site
    }

    /// On a SQLite file that may be there already. Whoever opens it again needs another `seed`: the same
    /// would mint the same ids again.
    pub(crate) async fn sqlite_at(file: &Path, seed: u64) -> Self {
        let config = DatabaseConfig::Sqlite {
            file: file.to_owned(),
            readers: 2,
        };
        let database = Database::open(&config).await.expect("SQLite opens");
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(file)
            .read_only(true);
        let pool = sqlx::SqlitePool::connect_with(options)
            .await
            .expect("SQLite reads");
        Self::on(database, Reader::Sqlite(pool), seed).await
    }

    /// On a PostgreSQL database of its own.
    pub(crate) async fn postgres() -> Self {
        let url = postgres::shared().fresh_database();
        let pool = sqlx::PgPool::connect(&url).await.expect("PostgreSQL reads");
        let url = SecretString::from(url);
        let config = DatabaseConfig::Postgres {
            url,
            connections: 4,
        };
        let database = Database::open(&config).await.expect("PostgreSQL opens");
        Self::on(database, Reader::Postgres(pool), 1).await
    }

    async fn on(database: Database, reader: Reader, seed: u64) -> Self {
        // Already installed by another test of this process, most of the time.
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let stores = Stores {
            tickets: Tickets::in_database(database.clone()),
            counters: Counters::in_database(database.clone()),
            database: database.clone(),
        };
        let key = MasterKey::parse(&"5".repeat(64)).expect("hexadecimal");
        let settings = Settings::for_base_url("https://ent.example.fr");
        let hub = Hub::new(stores, &key, settings).await.expect("hub");
        let random = SeededForTests::new(seed << 32);
        Self {
            hub,
            database,
            clock: Clock::new(),
            reader,
            random,
            _folder: None,
        }
    }

    /// Imports records of a day (`yyyymmdd`).
    pub(crate) async fn import(&self, day: &str, items: Vec<Item>) -> Result<Report, ImportError> {
        self.import_with(day, items, ImportOptions::default()).await
    }

    /// Imports records with options.
    pub(crate) async fn import_with(
        &self,
        day: &str,
        items: Vec<Item>,
        options: ImportOptions,
    ) -> Result<Report, ImportError> {
        self.import_results(SOURCE, day, items.into_iter().map(Ok).collect(), options)
            .await
    }

    /// Imports what a reader yields, refusals included.
    pub(crate) async fn import_results(
        &self,
        source: &str,
        day: &str,
        items: Vec<Result<Item, Refusal>>,
        options: ImportOptions,
    ) -> Result<Report, ImportError> {
        let delivery = Delivery {
            source: source.to_owned(),
            name: format!("set of {day}"),
            date: FeedDate::from_compact(day).expect(day),
            warnings: Vec::new(),
            entries: items.into_iter(),
        };
        self.hub
            .import(&self.cx(), delivery, options, &self.clock)
            .await
    }

    /// Imports a folder or archive.
    pub(crate) async fn import_path(
        &self,
        path: &Path,
        options: ImportOptions,
    ) -> Result<Report, ImportError> {
        let set = Set::open(path, &Limits::default())?;
        let delivery = Delivery {
            source: SOURCE.to_owned(),
            name: set.header().project.clone(),
            date: set.header().date,
            warnings: set.warnings().to_vec(),
            entries: set.entries(),
        };
        self.hub
            .import(&self.cx(), delivery, options, &self.clock)
            .await
    }

    /// Finishes an interrupted import.
    pub(crate) async fn resume(&self) -> Result<Option<Report>, ImportError> {
        self.hub.resume_import(&self.cx(), &self.clock).await
    }

    /// Closes every connection, so that the file is whole without its log.
    pub(crate) async fn close(self) {
        self.database.close().await;
        if let Reader::Sqlite(pool) = &self.reader {
            pool.close().await;
        }
    }

    /// A use case's surroundings.
    pub(crate) fn cx(&self) -> Cx<'_> {
        Cx {
            now: self.clock.now(),
            random: &self.random,
            client: Client::operator(),
            reference: String::new(),
        }
    }

    /// The one value that a query without binds gives.
    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &self.reader {
            Reader::Sqlite(pool) => sqlx::query_scalar(sql)
                .fetch_one(pool)
                .await
                .expect("a number"),
            Reader::Postgres(pool) => sqlx::query_scalar(sql)
                .fetch_one(pool)
                .await
                .expect("a number"),
        }
    }

    /// Rows of texts.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<String> {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match &self.reader {
            Reader::Sqlite(pool) => sqlx::query_scalar(sql)
                .fetch_all(pool)
                .await
                .expect("texts"),
            Reader::Postgres(pool) => sqlx::query_scalar(sql)
                .fetch_all(pool)
                .await
                .expect("texts"),
        }
    }

    /// The whole directory, row by row, the same text on both engines.
    pub(crate) async fn directory(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (table, columns) in TABLES {
            lines.extend(self.rows(table, columns).await);
        }
        lines
    }

    /// The directory without what no two imports share: instants, ids, codes.
    pub(crate) async fn meaning(&self) -> Vec<String> {
        self.texts(MEANING).await
    }

    async fn rows(&self, table: &str, columns: &str) -> Vec<String> {
        let expressions: Vec<String> = columns
            .split_whitespace()
            .map(|column| self.as_text(column))
            .collect();
        let sql = format!(
            "SELECT {} AS line FROM {table}",
            expressions.join(" || '|' || ")
        );
        let sql = sqlx::AssertSqlSafe(sql);
        let mut lines: Vec<String> = match &self.reader {
            Reader::Sqlite(pool) => {
                let rows = sqlx::query(sql).fetch_all(pool).await.expect(table);
                rows.iter().map(|row| row.get("line")).collect()
            }
            Reader::Postgres(pool) => {
                let rows = sqlx::query(sql).fetch_all(pool).await.expect(table);
                rows.iter().map(|row| row.get("line")).collect()
            }
        };
        lines.sort();
        lines
            .into_iter()
            .map(|line| format!("{table}: {line}"))
            .collect()
    }

    /// `#id` is an id, `%bytes` bytes, the rest text or a number.
    fn as_text(&self, column: &str) -> String {
        let sqlite = matches!(self.reader, Reader::Sqlite(_));
        let text = match (column.strip_prefix('#'), column.strip_prefix('%')) {
            (Some(id), _) if sqlite => format!("lower(hex({id}))"),
            (Some(id), _) => format!("replace(CAST({id} AS TEXT), '-', '')"),
            (_, Some(bytes)) if sqlite => format!("lower(hex({bytes}))"),
            (_, Some(bytes)) => format!("encode({bytes}, 'hex')"),
            _ => format!("CAST({column} AS TEXT)"),
        };
        format!("COALESCE({text}, 'null')")
    }
}

/// Every table that an import may change, and its columns.
const TABLES: [(&str, &str); 11] = [
    (
        "structure",
        "#id source key uai kind name detail %digest gone_at",
    ),
    (
        "nomenclature",
        "source kind key label detail %digest gone_at",
    ),
    (
        "person",
        "#id family_name given_name search birth_date mail ine detail",
    ),
    (
        "record",
        "source kind key #person_id #home_id %digest absences gone_at suspended_at adopted",
    ),
    (
        "portrait",
        "source kind key family_name given_name search birth_date mail ine detail",
    ),
    (
        "affiliation",
        "#person_id #structure_id profile source kind key detail",
    ),
    (
        "relation",
        "#pupil_id #guardian_id source kinship legal_rank financial contact payment pupil_key guardian_key",
    ),
    (
        "account",
        "#person_id login password_hash activation_until created_at locked_at",
    ),
    ("login_name", "login #person_id since"),
    ("login_base", "base given"),
    ("service", "id document"),
];

/// What the directory says, without instants, ids and codes.
const MEANING: &str = "
SELECT line FROM (
SELECT 'structure ' || key || ' ' || name || ' ' || CASE WHEN gone_at IS NULL THEN '' ELSE 'gone' END AS line FROM structure
UNION ALL
SELECT 'record ' || r.kind || ' ' || r.key || ' ' || p.family_name || ' ' || p.given_name || ' '
       || COALESCE(s.key, '-') || ' ' || CAST(r.absences AS TEXT)
       || CASE WHEN r.gone_at IS NULL THEN '' ELSE ' gone' END
       || CASE WHEN r.suspended_at IS NULL THEN '' ELSE ' suspended' END
  FROM record r JOIN person p ON p.id = r.person_id LEFT JOIN structure s ON s.id = r.home_id
UNION ALL
SELECT 'affiliation ' || a.kind || ' ' || a.key || ' ' || s.key || ' ' || a.profile || ' ' || a.detail
  FROM affiliation a JOIN structure s ON s.id = a.structure_id
UNION ALL
SELECT 'relation ' || p.key || ' ' || g.key || ' ' || CAST(rel.legal_rank AS TEXT)
  FROM relation rel
  JOIN record p ON p.person_id = rel.pupil_id AND p.kind = 'pupil'
  JOIN record g ON g.person_id = rel.guardian_id AND g.kind = 'guardian'
UNION ALL
SELECT 'account ' || r.kind || ' ' || r.key || ' ' || a.login FROM account a JOIN record r ON r.person_id = a.person_id
) lines ORDER BY line";

/// Fails with the first lines that differ.
#[track_caller]
pub(crate) fn assert_same(before: &[String], after: &[String], why: &str) {
    use std::collections::BTreeSet;
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (before.iter().collect(), after.iter().collect());
    let lost: Vec<_> = old.difference(&new).take(5).collect();
    let found: Vec<_> = new.difference(&old).take(5).collect();
    assert!(
        before == after,
        "{why}: {} and {} rows\nonly before: {lost:#?}\nonly after: {found:#?}",
        before.len(),
        after.len()
    );
}

//! A database of a former release, with people in it, brought up to date on both engines.

use std::path::{Path, PathBuf};

use clau_storage::{Database, DatabaseConfig, matching};
use clau_tests::support::postgres::shared;
use clau_tests::support::process::Scratch;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::stage::postgres_config;

/// The migrations of an engine up to a number, in a folder of their own.
fn migrations(scratch: &Scratch, engine: &str, last: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("../idp/storage/migrations");
    let to = scratch.shared_directory(engine);
    for file in std::fs::read_dir(from.join(engine))
        .expect("migrations")
        .flatten()
    {
        let name = file.file_name().into_string().expect("a name");
        if name.as_str() < last {
            std::fs::copy(file.path(), to.join(name)).expect("copied");
        }
    }
    to
}

/// A pupil with a number in a school, who has two records; her guardian; a teacher. `{}` stands for the
/// beginning and end of bytes.
fn people(id: impl Fn(u8) -> String, bytes: &str) -> String {
    let [school, pupil, guardian, teacher] = [1, 2, 3, 4].map(id);
    let person = |id: &str, name: &str, rest: &str| {
        format!(
            "INSERT INTO person (id, family_name, given_name, search, birth_date, mail, ine, detail) \
             VALUES ({id}, '{name}', 'A', '{name} a', {rest});"
        )
    };
    let record = |kind: &str, key: &str, id: &str| {
        format!(
            "INSERT INTO record (source, kind, key, person_id, digest) \
             VALUES ('toulouse', '{kind}', '{key}', {id}, {bytes});"
        )
    };
    [
        format!(
            "INSERT INTO structure (id, source, key, uai, kind, name, detail, digest) \
             VALUES ({school}, 'toulouse', 'S', '0310001B', 'school', 'S', '{{}}', {bytes});"
        ),
        person(&pupil, "roux", "'2012-02-29', NULL, '123456789AB', '{}'"),
        person(&guardian, "roux", "NULL, NULL, NULL, '{}'"),
        person(
            &teacher,
            "petit",
            "NULL, NULL, NULL, '{\"contact\":{\"academic_mail\":\"A.Petit@ac-toulouse.fr\"}}'",
        ),
        record("pupil", "1", &pupil),
        record("pupil", "2", &pupil),
        record("guardian", "3", &guardian),
        record("staff", "4", &teacher),
        format!(
            "INSERT INTO affiliation (person_id, structure_id, profile, source, kind, key, detail) \
             VALUES ({pupil}, {school}, 'National_ELV', 'toulouse', 'pupil', '1', \
                     '{{\"school_record\":\"7012\"}}');"
        ),
        format!(
            "INSERT INTO relation (pupil_id, guardian_id, source, kinship, legal_rank, financial, contact, \
                                   payment) \
             VALUES ({pupil}, {guardian}, 'toulouse', '10', 1, 0, 0, 0);"
        ),
    ]
    .join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_were_there_before_federation_are_found() {
    let scratch = Scratch::new("upgrade");
    let file = scratch.join("clau.sqlite");
    let options = SqliteConnectOptions::new()
        .filename(&file)
        .create_if_missing(true);
    let sqlite = SqlitePool::connect_with(options).await.expect("connect");
    let former = Migrator::new(migrations(&scratch, "sqlite", "0004"))
        .await
        .expect("migrations");
    former.run(&sqlite).await.expect("the former release");
    let rows = people(|n| format!("x'{n:032x}'"), "zeroblob(32)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(rows))
        .execute(&sqlite)
        .await
        .expect("people");
    sqlite.close().await;

    let url = shared().fresh_database();
    let postgres = sqlx::PgPool::connect(&url).await.expect("connect");
    let former = Migrator::new(migrations(&scratch, "postgres", "0004"))
        .await
        .expect("migrations");
    former.run(&postgres).await.expect("the former release");
    let rows = people(
        |n| format!("'{}'::uuid", format_args!("{n:032x}")),
        "decode(repeat('00', 32), 'hex')",
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(rows))
        .execute(&postgres)
        .await
        .expect("people");
    postgres.close().await;

    let configs = [
        DatabaseConfig::Sqlite { file, readers: 2 },
        postgres_config(&url),
    ];
    let mut told = Vec::new();
    for config in &configs {
        let database = Database::open(config).await.expect("brought up to date");
        let uai = "0310001B".parse().expect("a UAI");
        let number = matching::pupils_by_school_record(&database, &uai, "7012").await;
        let ine = matching::pupils_by_ine(&database, "123456789AB").await;
        let date = "2012-02-29".parse().expect("a date");
        let born = matching::by_birth_date(&database, date).await;
        let mail = matching::staff_by_academic_mail(&database, "a.petit@ac-toulouse.fr").await;
        let number = number.expect("by school record");
        assert_eq!(number.len(), 1);
        let guardians = matching::guardians_of(&database, number[0].person).await;
        let guardians = guardians.expect("guardians");
        assert_eq!(guardians.len(), 1);
        told.push((
            number,
            ine.expect("by INE"),
            born.expect("by birth date"),
            mail.expect("by mail"),
            guardians,
        ));
    }
    assert_eq!(told[0], told[1]);
    let (_, ine, born, mail, _) = &told[0];
    assert_eq!((ine.len(), born.len(), mail.len()), (1, 1, 1));

    let keys = "SELECT pupil_key || ' ' || guardian_key FROM relation";
    let portraits = "SELECT key || ' ' || family_name FROM portrait ORDER BY key";
    let sqlite = match &configs[0] {
        DatabaseConfig::Sqlite { file, .. } => {
            SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await
        }
        DatabaseConfig::Postgres { .. } => unreachable!("the first is SQLite"),
    };
    let sqlite = sqlite.expect("connect");
    let postgres = sqlx::PgPool::connect(&url).await.expect("connect");
    for (query, expected) in [(keys, vec!["1 3"]), (portraits, vec!["1 roux", "2 roux"])] {
        let ours: Vec<String> = sqlx::query_scalar(query)
            .fetch_all(&sqlite)
            .await
            .expect("rows");
        let theirs: Vec<String> = sqlx::query_scalar(query)
            .fetch_all(&postgres)
            .await
            .expect("rows");
        assert_eq!(
            (&ours, &theirs),
            (
                &expected.clone().into_iter().map(str::to_owned).collect(),
                &ours
            )
        );
    }
}

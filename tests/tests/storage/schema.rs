//! The two engines' migrations and statements: the same tables on both, every statement understood by
//! both, and nodes that start together do not get in each other's way.

use std::collections::{BTreeMap, BTreeSet};

use clau_storage::{Database, DatabaseConfig, testing};
use clau_tests::support::postgres::shared;
use clau_tests::support::process::Scratch;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::child;
use crate::stage::{Stage, postgres_config};

on_both_engines!(
    every_statement_is_understood,
    migrating_again_changes_nothing,
);

async fn every_statement_is_understood(stage: Stage) {
    let refused = testing::refused_statements(&stage.database).await;
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

async fn migrating_again_changes_nothing(stage: Stage) {
    clau_storage::settings::put(&stage.database, "kept", "yes")
        .await
        .expect("put");
    let again = Database::open(&stage.config).await.expect("open again");
    let kept = clau_storage::settings::find(&again, "kept")
        .await
        .expect("find");
    assert_eq!(kept.as_deref(), Some("yes"));
}

/// The databases of the tests below, empty.
fn empty_databases(scratch: &Scratch) -> [DatabaseConfig; 2] {
    [
        DatabaseConfig::Sqlite {
            file: scratch.join("clau.sqlite"),
            readers: 2,
        },
        postgres_config(&shared().fresh_database()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_02_eight_nodes_of_one_process_migrate_at_once() {
    let scratch = Scratch::new("migrate");
    for config in empty_databases(&scratch) {
        let mut nodes = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let config = config.clone();
            nodes.spawn(async move { Database::open(&config).await });
        }
        for outcome in nodes.join_all().await {
            let database = outcome.unwrap_or_else(|error| panic!("{config:?}: {error}"));
            database.ping().await.expect("migrated");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_02_eight_processes_migrate_at_once() {
    let scratch = Scratch::new("migrate");
    for config in empty_databases(&scratch) {
        let nodes: Vec<_> = (0..8).map(|_| child::start("migrate", &config)).collect();
        for node in nodes {
            let output = node.wait_with_output().expect("the child ends");
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && said.contains("migrated"),
                "{config:?}: {said}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ft_02_a_node_killed_while_it_migrates_leaves_a_database_that_the_next_one_completes() {
    let scratch = Scratch::new("migrate");
    for (round, delay) in [0, 5, 10, 15, 20, 30, 45].into_iter().enumerate() {
        let directory = scratch.shared_directory(&round.to_string());
        let file = directory.join("clau.sqlite");
        let url = shared().fresh_database();
        for config in [
            DatabaseConfig::Sqlite { file, readers: 2 },
            postgres_config(&url),
        ] {
            let mut node = child::start("migrate", &config);
            tokio::time::sleep(std::time::Duration::from_millis(delay)).await;
            node.kill().expect("kill");
            node.wait().expect("the child ends");
            let database = Database::open(&config)
                .await
                .expect("the next one completes it");
            let refused = testing::refused_statements(&database).await;
            assert!(refused.is_empty(), "{}", refused.join("\n"));
        }
    }
}

/// Of each table and column: its type in our words, and whether it may be absent.
type Columns = BTreeMap<(String, String), (String, bool)>;

#[tokio::test(flavor = "multi_thread")]
async fn both_engines_have_the_same_tables_columns_and_indexes() {
    let scratch = Scratch::new("schema");
    let file = scratch.join("clau.sqlite");
    Database::open(&DatabaseConfig::Sqlite {
        file: file.clone(),
        readers: 1,
    })
    .await
    .expect("migrated");
    let url = shared().fresh_database();
    Database::open(&postgres_config(&url))
        .await
        .expect("migrated");
    let name = url.rsplit('/').next().expect("a name");

    let sqlite = SqlitePool::connect_with(SqliteConnectOptions::new().filename(&file))
        .await
        .expect("connect");
    let ours = sqlite_columns(&sqlite).await;
    let theirs = postgres_columns(name);
    assert!(ours.len() > 80, "the catalogue was read: {}", ours.len());
    for (column, kind) in &ours {
        assert_eq!(theirs.get(column), Some(kind), "{column:?} in PostgreSQL");
    }
    assert_eq!(
        ours.len(),
        theirs.len(),
        "{:?}",
        theirs.keys().collect::<Vec<_>>()
    );

    let indexes: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(&sqlite)
    .await
    .expect("indexes");
    let theirs = rows(
        name,
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'public' \
         AND indexname NOT IN (SELECT conname FROM pg_constraint)",
    );
    assert_eq!(
        indexes.into_iter().collect::<BTreeSet<_>>(),
        theirs.into_iter().collect::<BTreeSet<_>>()
    );
    assert_eq!(sqlite_keys(&sqlite).await, postgres_keys(name));
}

async fn sqlite_columns(pool: &SqlitePool) -> Columns {
    let rows: Vec<(String, String, String, i64, Option<String>)> = sqlx::query_as(
        "SELECT t.name, c.name, c.type, c.\"notnull\", c.dflt_value \
         FROM sqlite_master t JOIN pragma_table_xinfo(t.name) c \
         WHERE t.type = 'table' AND t.name <> '_sqlx_migrations' AND t.name NOT LIKE 'sqlite_%'",
    )
    .fetch_all(pool)
    .await
    .expect("columns");
    rows.into_iter()
        .map(|(table, column, kind, filled, default)| {
            (
                (table, column),
                (words(&kind, default.as_deref()), filled == 0),
            )
        })
        .collect()
}

fn postgres_columns(database: &str) -> Columns {
    rows(
        database,
        "SELECT table_name, column_name, data_type, is_nullable, coalesce(column_default, '') \
         FROM information_schema.columns \
         WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'",
    )
    .iter()
    .map(|row| {
        let fields: Vec<&str> = row.split('|').collect();
        let default = Some(fields[4]).filter(|default| !default.is_empty());
        let key = (fields[0].to_owned(), fields[1].to_owned());
        (key, (words(fields[2], default), fields[3] == "YES"))
    })
    .collect()
}

/// A column's type in words that both engines share.
fn words(kind: &str, default: Option<&str>) -> String {
    let kind = match kind.to_lowercase().as_str() {
        "integer" | "bigint" => "number",
        "text" => "text",
        // SQLite keeps ids as 16 bytes.
        "blob" | "bytea" | "uuid" => "bytes",
        other => panic!("a type nobody expects: {other}"),
    };
    let default = default
        .map(|default| default.replace("'::text", "'"))
        .unwrap_or_default();
    format!("{kind} {default}")
}

/// Of each table: the columns of its primary key, in their order.
async fn sqlite_keys(pool: &SqlitePool) -> BTreeSet<String> {
    let keys: Vec<String> = sqlx::query_scalar(
        "SELECT table_name || '|' || group_concat(column_name, ',') FROM ( \
             SELECT t.name AS table_name, c.name AS column_name \
             FROM sqlite_master t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND c.pk > 0 AND t.name <> '_sqlx_migrations' \
             ORDER BY t.name, c.pk) GROUP BY table_name",
    )
    .fetch_all(pool)
    .await
    .expect("keys");
    keys.into_iter().collect()
}

fn postgres_keys(database: &str) -> BTreeSet<String> {
    let keys = rows(
        database,
        "SELECT k.table_name, string_agg(k.column_name, ',' ORDER BY k.ordinal_position) \
         FROM information_schema.table_constraints c \
         JOIN information_schema.key_column_usage k USING (constraint_name, table_schema, table_name) \
         WHERE c.constraint_type = 'PRIMARY KEY' AND c.table_schema = 'public' \
           AND c.table_name <> '_sqlx_migrations' GROUP BY k.table_name",
    );
    keys.into_iter().collect()
}

fn rows(database: &str, query: &str) -> Vec<String> {
    shared()
        .sql(database, query)
        .lines()
        .map(str::to_owned)
        .collect()
}

//! The class notebook's entries, in the service's own file.

use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqlitePool};

use crate::services::dates;
use crate::services::person::Class;

/// One lesson of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// The school.
    pub uai: String,
    /// The class.
    pub class: String,
    /// The day, ISO.
    pub day: String,
    /// What was done.
    pub lesson: String,
    /// What is to be done; may be empty.
    pub homework: String,
    /// By which day, ISO; may be empty.
    pub due: String,
    /// Who wrote it, as the hub names them for this service.
    pub author: String,
    /// Their name at that time.
    pub author_name: String,
}

impl FromRow<'_, SqliteRow> for Entry {
    fn from_row(row: &SqliteRow) -> sqlx::Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            uai: row.try_get("uai")?,
            class: row.try_get("class")?,
            day: row.try_get("day")?,
            lesson: row.try_get("lesson")?,
            homework: row.try_get("homework")?,
            due: row.try_get("due")?,
            author: row.try_get("author")?,
            author_name: row.try_get("author_name")?,
        })
    }
}

impl Entry {
    /// The day as people write it.
    #[must_use]
    pub fn french_day(&self) -> String {
        dates::numeric(&self.day)
    }

    /// The day of the homework as people write it.
    #[must_use]
    pub fn french_due(&self) -> String {
        dates::numeric(&self.due)
    }
}

/// The entries of all classes.
#[derive(Debug, Clone)]
pub(super) struct Notebook {
    pool: SqlitePool,
}

impl Notebook {
    /// The notebook in this file.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn new(pool: SqlitePool) -> sqlx::Result<Self> {
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS entries (
                id INTEGER PRIMARY KEY, uai TEXT NOT NULL, class TEXT NOT NULL, day TEXT NOT NULL, lesson TEXT NOT NULL,
                homework TEXT NOT NULL, due TEXT NOT NULL, author TEXT NOT NULL, author_name TEXT NOT NULL
            ) STRICT",
        )
        .execute(&pool)
        .await?;
        sqlx::query("CREATE INDEX IF NOT EXISTS entries_by_class ON entries (uai, class, day)")
            .execute(&pool)
            .await?;
        Ok(Self { pool })
    }

    /// Adds an entry; its number is chosen here.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn add(&self, entry: &Entry) -> sqlx::Result<()> {
        sqlx::query("INSERT INTO entries (uai, class, day, lesson, homework, due, author, author_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(&entry.uai)
            .bind(&entry.class)
            .bind(&entry.day)
            .bind(&entry.lesson)
            .bind(&entry.homework)
            .bind(&entry.due)
            .bind(&entry.author)
            .bind(&entry.author_name)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Removes an entry of this author; says whether there was one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn remove(&self, id: i64, author: &str) -> sqlx::Result<bool> {
        let done = sqlx::query("DELETE FROM entries WHERE id = ? AND author = ?")
            .bind(id)
            .bind(author)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// The latest entries of these classes, newest first.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn latest(&self, classes: &[Class], most: usize) -> sqlx::Result<Vec<Entry>> {
        let mut entries: Vec<Entry> = Vec::new();
        for class in classes {
            let of_class: Vec<Entry> = sqlx::query_as("SELECT * FROM entries WHERE uai = ? AND class = ? ORDER BY day DESC, id DESC LIMIT ?")
                .bind(&class.uai)
                .bind(&class.name)
                .bind(i64::try_from(most).unwrap_or(i64::MAX))
                .fetch_all(&self.pool)
                .await?;
            entries.extend(of_class);
        }
        entries.sort_by(|a, b| (&b.day, b.id).cmp(&(&a.day, a.id)));
        entries.truncate(most);
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn classes_see_their_own_entries_and_authors_remove_their_own() {
        let directory = tempfile::tempdir().unwrap();
        let pool = crate::services::sessions::open(&directory.path().join("n.sqlite"))
            .await
            .unwrap();
        let notebook = Notebook::new(pool).await.unwrap();
        let class = |name: &str| Class {
            uai: "0318000C".to_owned(),
            name: name.to_owned(),
        };
        let entry = |class: &str, day: &str| Entry {
            id: 0,
            uai: "0318000C".to_owned(),
            class: class.to_owned(),
            day: day.to_owned(),
            lesson: "Les fractions".to_owned(),
            homework: String::new(),
            due: String::new(),
            author: "t1".to_owned(),
            author_name: "Jordi Martinez".to_owned(),
        };
        notebook.add(&entry("6A", "2026-11-20")).await.unwrap();
        notebook.add(&entry("6A", "2026-11-23")).await.unwrap();
        notebook.add(&entry("6B", "2026-11-22")).await.unwrap();
        let both = notebook
            .latest(&[class("6A"), class("6B")], 10)
            .await
            .unwrap();
        assert_eq!(
            both.iter().map(Entry::french_day).collect::<Vec<_>>(),
            ["23/11/2026", "22/11/2026", "20/11/2026"]
        );
        let own = notebook.latest(&[class("6B")], 10).await.unwrap();
        assert_eq!(own.len(), 1);
        assert!(!notebook.remove(own[0].id, "t2").await.unwrap());
        assert!(notebook.remove(own[0].id, "t1").await.unwrap());
    }
}

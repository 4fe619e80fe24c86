//! What an opaque person keeps here: favourites, and how far they have read. Owns both tables, in the service's
//! own file; a person is the identifier that the hub gives, and nothing more is known.

use std::collections::{HashMap, HashSet};

use sqlx::SqlitePool;

/// The shelves of all readers.
#[derive(Debug, Clone)]
pub(super) struct Shelves {
    pool: SqlitePool,
}

/// What one reader keeps, by the identifiers of resources.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Shelf {
    /// The favourites.
    pub(super) favourites: HashSet<String>,
    /// Pages, from 1, of what was opened.
    pub(super) pages: HashMap<String, usize>,
    /// What was opened, the latest first.
    pub(super) opened: Vec<String>,
}

impl Shelves {
    /// The shelves in this file.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn new(pool: SqlitePool) -> sqlx::Result<Self> {
        for statement in [
            "CREATE TABLE IF NOT EXISTS favourites (
                reader TEXT NOT NULL, ark TEXT NOT NULL, PRIMARY KEY (reader, ark)
            ) STRICT",
            "CREATE TABLE IF NOT EXISTS positions (
                reader TEXT NOT NULL, ark TEXT NOT NULL, page INTEGER NOT NULL, read_at INTEGER NOT NULL,
                PRIMARY KEY (reader, ark)
            ) STRICT",
        ] {
            sqlx::query(statement).execute(&pool).await?;
        }
        Ok(Self { pool })
    }

    /// What a reader keeps.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn of(&self, reader: &str) -> sqlx::Result<Shelf> {
        let favourites: Vec<String> =
            sqlx::query_scalar("SELECT ark FROM favourites WHERE reader = ?")
                .bind(reader)
                .fetch_all(&self.pool)
                .await?;
        let positions: Vec<(String, i64)> = sqlx::query_as(
            "SELECT ark, page FROM positions WHERE reader = ? ORDER BY read_at DESC, ark",
        )
        .bind(reader)
        .fetch_all(&self.pool)
        .await?;
        let page = |page: &i64| usize::try_from(*page).unwrap_or(1);
        Ok(Shelf {
            favourites: favourites.into_iter().collect(),
            pages: positions
                .iter()
                .map(|(ark, at)| (ark.clone(), page(at)))
                .collect(),
            opened: positions.into_iter().map(|(ark, _)| ark).collect(),
        })
    }

    /// Puts a resource among a reader's favourites, or takes it away.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn favour(&self, reader: &str, ark: &str, keep: bool) -> sqlx::Result<()> {
        let statement = if keep {
            "INSERT OR IGNORE INTO favourites (reader, ark) VALUES (?, ?)"
        } else {
            "DELETE FROM favourites WHERE reader = ? AND ark = ?"
        };
        sqlx::query(statement)
            .bind(reader)
            .bind(ark)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Remembers at `now` (seconds since 1970) how far a reader has read.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn turn(
        &self,
        reader: &str,
        ark: &str,
        page: usize,
        now: i64,
    ) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO positions (reader, ark, page, read_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (reader, ark) DO UPDATE SET page = ?3, read_at = ?4",
        )
        .bind(reader)
        .bind(ark)
        .bind(i64::try_from(page).unwrap_or(1))
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_shelf_is_one_readers() {
        let directory = tempfile::tempdir().unwrap();
        let pool = crate::services::sessions::open(&directory.path().join("s.sqlite"))
            .await
            .unwrap();
        let shelves = Shelves::new(pool).await.unwrap();
        shelves.favour("r1", "a", true).await.unwrap();
        shelves.favour("r1", "a", true).await.unwrap();
        shelves.favour("r1", "b", true).await.unwrap();
        shelves.favour("r1", "b", false).await.unwrap();
        shelves.turn("r1", "a", 2, 100).await.unwrap();
        shelves.turn("r1", "b", 3, 101).await.unwrap();
        shelves.turn("r1", "a", 4, 102).await.unwrap();
        let shelf = shelves.of("r1").await.unwrap();
        assert_eq!(shelf.favourites, HashSet::from(["a".to_owned()]));
        assert_eq!(shelf.opened, ["a", "b"]);
        assert_eq!((shelf.pages["a"], shelf.pages["b"]), (4, 3));
        assert_eq!(shelves.of("r2").await.unwrap(), Shelf::default());
    }
}

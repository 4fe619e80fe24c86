//! A pupil's wishes in their order, in the service's own file.

use sqlx::SqlitePool;

/// Wishes a pupil may have.
pub(super) const MOST_WISHES: usize = 10;

/// One wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    /// Its number.
    pub(super) id: i64,
    /// The course wished for.
    pub(super) course: String,
    /// The school wished for.
    pub(super) school: String,
}

/// The wishes of all pupils.
#[derive(Debug, Clone)]
pub(super) struct Wishes {
    pool: SqlitePool,
}

impl Wishes {
    /// The wishes in this file.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn new(pool: SqlitePool) -> sqlx::Result<Self> {
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS wishes (
                id INTEGER PRIMARY KEY, pupil TEXT NOT NULL, rank INTEGER NOT NULL, course TEXT NOT NULL, school TEXT NOT NULL
            ) STRICT",
        )
        .execute(&pool)
        .await?;
        sqlx::query("CREATE INDEX IF NOT EXISTS wishes_of_pupil ON wishes (pupil, rank)")
            .execute(&pool)
            .await?;
        Ok(Self { pool })
    }

    /// The wishes of a pupil, the dearest first.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn of(&self, pupil: &str) -> sqlx::Result<Vec<Wish>> {
        let rows: Vec<(i64, String, String)> = sqlx::query_as(
            "SELECT id, course, school FROM wishes WHERE pupil = ? ORDER BY rank, id",
        )
        .bind(pupil)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|(id, course, school)| Wish { id, course, school })
            .collect())
    }

    /// Adds a wish after the others; says whether there was room.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn add(&self, pupil: &str, course: &str, school: &str) -> sqlx::Result<bool> {
        let done = sqlx::query(
            "INSERT INTO wishes (pupil, rank, course, school)
             SELECT ?1, coalesce(max(rank), 0) + 1, ?2, ?3 FROM wishes WHERE pupil = ?1 HAVING count(*) < ?4",
        )
        .bind(pupil)
        .bind(course)
        .bind(school)
        .bind(i64::try_from(MOST_WISHES).unwrap_or(i64::MAX))
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Removes a wish of this pupil; says whether there was one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn remove(&self, pupil: &str, id: i64) -> sqlx::Result<bool> {
        let done = sqlx::query("DELETE FROM wishes WHERE id = ? AND pupil = ?")
            .bind(id)
            .bind(pupil)
            .execute(&self.pool)
            .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Changes places with the neighbour before (`up`) or after; says whether there was one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn shift(&self, pupil: &str, id: i64, up: bool) -> sqlx::Result<bool> {
        let mut order: Vec<i64> = self.of(pupil).await?.iter().map(|wish| wish.id).collect();
        let Some(place) = order.iter().position(|other| *other == id) else {
            return Ok(false);
        };
        let other = if up {
            place.checked_sub(1)
        } else {
            Some(place + 1).filter(|next| *next < order.len())
        };
        let Some(other) = other else { return Ok(false) };
        order.swap(place, other);
        let mut transaction = self.pool.begin().await?;
        for (rank, id) in (1_i64..).zip(order) {
            sqlx::query("UPDATE wishes SET rank = ? WHERE id = ? AND pupil = ?")
                .bind(rank)
                .bind(id)
                .bind(pupil)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn wishes_keep_their_order_and_their_pupil() {
        let directory = tempfile::tempdir().unwrap();
        let pool = crate::services::sessions::open(&directory.path().join("w.sqlite"))
            .await
            .unwrap();
        let wishes = Wishes::new(pool).await.unwrap();
        for course in ["a", "b", "c"] {
            assert!(wishes.add("p", course, "s").await.unwrap());
        }
        let ids: Vec<i64> = wishes
            .of("p")
            .await
            .unwrap()
            .iter()
            .map(|wish| wish.id)
            .collect();
        assert!(wishes.shift("p", ids[2], true).await.unwrap());
        assert!(!wishes.shift("p", ids[0], true).await.unwrap());
        assert!(!wishes.shift("other", ids[1], true).await.unwrap());
        let order: Vec<String> = wishes
            .of("p")
            .await
            .unwrap()
            .into_iter()
            .map(|wish| wish.course)
            .collect();
        assert_eq!(order, ["a", "c", "b"]);
        assert!(!wishes.remove("other", ids[0]).await.unwrap());
        assert!(wishes.remove("p", ids[0]).await.unwrap());
        for _ in 0..20 {
            wishes.add("p", "d", "s").await.unwrap();
        }
        assert_eq!(wishes.of("p").await.unwrap().len(), MOST_WISHES);
    }
}

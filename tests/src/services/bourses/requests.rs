//! Requests for a grant and what becomes of them, in the service's own file.
//!
//! Nobody examines anything here: a request moves by the clock, one step after each pace, and is decided
//! by [`decide`]. So the whole way can be seen in a demo.

use sqlx::SqlitePool;

/// Income per share up to which there is a grant, and its grade. Made up, like everything here.
const SCALE: [(i64, u8); 3] = [(2_000, 3), (5_000, 2), (9_000, 1)];

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It has arrived.
    Submitted,
    /// It is being looked at.
    Examined,
    /// It is decided.
    Decided,
}

/// A request for one child and one school year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// Its number.
    pub(super) id: i64,
    /// The child, as the hub calls it.
    pub(super) child: String,
    /// Income for the year in whole euros, as tax notices say it.
    pub(super) income: i64,
    /// Children at the household's charge.
    pub(super) dependants: i64,
    /// When it was made, in seconds since 1970.
    pub(super) submitted_at: i64,
}

impl Request {
    /// How far it is at `now`, when each step takes `pace` seconds: submitted, then two of them under
    /// examination, then decided.
    pub(super) fn stage(&self, now: i64, pace: i64) -> Stage {
        match now - self.submitted_at {
            age if age < pace => Stage::Submitted,
            age if age < 3 * pace => Stage::Examined,
            _ => Stage::Decided,
        }
    }

    /// The grade of the grant; `None` when there is none.
    pub(super) fn decide(&self) -> Option<u8> {
        let share = self.income / (self.dependants.max(0) + 1);
        SCALE
            .into_iter()
            .find_map(|(limit, grade)| (share <= limit).then_some(grade))
    }
}

/// What a guardian may know of the requests for a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nobody has asked this year.
    Nobody,
    /// They have.
    Own(Request),
    /// Another guardian of the child has: that, and nothing more of it.
    Another,
}

/// The requests of all guardians.
#[derive(Debug, Clone)]
pub(super) struct Requests {
    pool: SqlitePool,
}

impl Requests {
    /// The requests in this file.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn new(pool: SqlitePool) -> sqlx::Result<Self> {
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS requests (
                id INTEGER PRIMARY KEY, child TEXT NOT NULL, year TEXT NOT NULL, guardian TEXT NOT NULL,
                income INTEGER NOT NULL, dependants INTEGER NOT NULL, submitted_at INTEGER NOT NULL, UNIQUE (child, year)
            ) STRICT",
        )
        .execute(&pool)
        .await?;
        Ok(Self { pool })
    }

    /// What this guardian may know for a child and a school year.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn of(&self, guardian: &str, child: &str, year: &str) -> sqlx::Result<Asked> {
        let row: Option<(i64, String, i64, i64, i64)> = sqlx::query_as(
            "SELECT id, guardian, income, dependants, submitted_at FROM requests WHERE child = ? AND year = ?",
        )
        .bind(child)
        .bind(year)
        .fetch_optional(&self.pool)
        .await?;
        Ok(match row {
            None => Asked::Nobody,
            Some((id, asker, income, dependants, submitted_at)) if asker == guardian => {
                Asked::Own(Request {
                    id,
                    child: child.to_owned(),
                    income,
                    dependants,
                    submitted_at,
                })
            }
            Some(_) => Asked::Another,
        })
    }

    /// Keeps a request; its number is chosen here. Says whether it is the first for its child and year.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn add(
        &self,
        guardian: &str,
        year: &str,
        request: &Request,
    ) -> sqlx::Result<bool> {
        let done = sqlx::query(
            "INSERT OR IGNORE INTO requests (child, year, guardian, income, dependants, submitted_at) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(&request.child)
        .bind(year)
        .bind(guardian)
        .bind(request.income)
        .bind(request.dependants)
        .bind(request.submitted_at)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Takes a guardian's request back if it was made after `since`; says whether there was one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn withdraw(&self, guardian: &str, id: i64, since: i64) -> sqlx::Result<bool> {
        let done =
            sqlx::query("DELETE FROM requests WHERE id = ? AND guardian = ? AND submitted_at > ?")
                .bind(id)
                .bind(guardian)
                .bind(since)
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected() == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(income: i64, dependants: i64) -> Request {
        Request {
            id: 1,
            child: "c1".to_owned(),
            income,
            dependants,
            submitted_at: 1_000,
        }
    }

    #[test]
    fn a_request_moves_by_the_clock() {
        let request = request(0, 1);
        let stages = [1_000, 1_059, 1_060, 1_179, 1_180].map(|now| request.stage(now, 60));
        assert_eq!(
            stages,
            [
                Stage::Submitted,
                Stage::Submitted,
                Stage::Examined,
                Stage::Examined,
                Stage::Decided
            ]
        );
        assert_eq!(request.stage(1_000, 0), Stage::Decided);
    }

    #[test]
    fn the_grade_follows_from_income_and_children() {
        for (income, dependants, grade) in [
            (0, 1, Some(3)),
            (4_000, 1, Some(3)),
            (4_002, 1, Some(2)),
            (18_000, 1, Some(1)),
            (18_002, 1, None),
            (18_002, 2, Some(1)),
        ] {
            assert_eq!(
                request(income, dependants).decide(),
                grade,
                "{income} {dependants}"
            );
        }
    }

    #[tokio::test]
    async fn a_child_has_one_request_in_a_year_and_it_is_its_guardians() {
        let directory = tempfile::tempdir().unwrap();
        let pool = crate::services::sessions::open(&directory.path().join("r.sqlite"))
            .await
            .unwrap();
        let requests = Requests::new(pool).await.unwrap();
        let of =
            async |guardian: &str, year: &str| requests.of(guardian, "c1", year).await.unwrap();
        assert_eq!(of("g1", "2026-2027").await, Asked::Nobody);
        let made = request(9_000, 2);
        assert!(requests.add("g1", "2026-2027", &made).await.unwrap());
        assert!(!requests.add("g2", "2026-2027", &made).await.unwrap());
        assert_eq!(of("g1", "2026-2027").await, Asked::Own(made));
        assert_eq!(of("g2", "2026-2027").await, Asked::Another);
        assert_eq!(of("g2", "2027-2028").await, Asked::Nobody);
        assert!(!requests.withdraw("g2", 1, 0).await.unwrap());
        assert!(
            !requests.withdraw("g1", 1, 1_000).await.unwrap(),
            "too late"
        );
        assert!(requests.withdraw("g1", 1, 999).await.unwrap());
        assert_eq!(of("g2", "2026-2027").await, Asked::Nobody);
    }
}

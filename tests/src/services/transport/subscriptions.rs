//! Subscriptions and what becomes of them, in the service's own file.
//!
//! Nobody sits at the transport desk here: a subscription moves by the clock, one step after each pace. So the
//! whole way can be seen in a demo. A child has one at a time in a school year, and it is the guardian's who
//! has asked for it: another guardian learns that there is one, and not where the child gets on.

use sqlx::{SqliteConnection, SqlitePool};

use super::lines::{Line, Stop, line};
use crate::services::dates::SchoolYear;
use crate::services::server::secret;

/// Characters of the number of a pass: 80 bits in hexadecimal, which nobody guesses.
const PASS_LENGTH: usize = 20;

/// How far a subscription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It has been asked for.
    Asked,
    /// The transport desk has accepted it.
    Accepted,
    /// The pass is there.
    Issued,
}

/// A subscription of one child for one school year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subscription {
    /// Its number.
    pub(super) id: i64,
    /// The child, as the hub calls it.
    pub(super) child: String,
    /// For which year.
    pub(super) year: SchoolYear,
    /// The line.
    pub(super) line: &'static Line,
    /// Where the child gets on.
    pub(super) stop: &'static Stop,
    /// How many of the guardian's children were subscribed for the year before this one.
    pub(super) rank: i64,
    /// What the pass says.
    pub(super) pass: String,
    /// When it was asked for, in seconds since 1970.
    pub(super) asked_at: i64,
    /// When it was cancelled.
    pub(super) cancelled_at: Option<i64>,
}

impl Subscription {
    /// How far it is at `now`, when each step takes `pace` seconds.
    pub(super) fn stage(&self, now: i64, pace: i64) -> Stage {
        match now - self.asked_at {
            age if age < pace => Stage::Asked,
            age if age < 2 * pace => Stage::Accepted,
            _ => Stage::Issued,
        }
    }
}

/// What a guardian may know of the subscriptions of a child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Known {
    /// There is none, but perhaps one that the guardian has cancelled.
    None(Option<Subscription>),
    /// The guardian's own.
    Own(Subscription),
    /// Another guardian's: that, and nothing more of it.
    Another,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish<'a> {
    /// Who asks.
    pub(super) guardian: &'a str,
    /// For whom.
    pub(super) child: &'a str,
    /// For which year.
    pub(super) year: SchoolYear,
    /// On which line.
    pub(super) line: &'static Line,
    /// Where the child gets on.
    pub(super) stop: &'static Stop,
}

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Added {
    /// It is a subscription.
    Yes,
    /// The child has one already.
    Twice,
    /// No seat is left.
    Full,
}

/// The subscriptions of all children.
#[derive(Debug, Clone)]
pub(super) struct Subscriptions {
    pool: SqlitePool,
}

type Row = (
    i64,
    String,
    String,
    String,
    String,
    String,
    i64,
    String,
    i64,
    Option<i64>,
);

/// Reads whole rows.
macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT id, guardian, child, year, line, stop, earlier, pass, asked_at, cancelled_at FROM subscriptions ",
            $which
        )
    };
}

impl Subscriptions {
    /// The subscriptions in this file.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn new(pool: SqlitePool) -> sqlx::Result<Self> {
        for statement in [
            "CREATE TABLE IF NOT EXISTS subscriptions (
                id INTEGER PRIMARY KEY, guardian TEXT NOT NULL, child TEXT NOT NULL, year TEXT NOT NULL,
                line TEXT NOT NULL, stop TEXT NOT NULL, earlier INTEGER NOT NULL, pass TEXT NOT NULL UNIQUE,
                asked_at INTEGER NOT NULL, cancelled_at INTEGER
            ) STRICT",
            "CREATE UNIQUE INDEX IF NOT EXISTS one_for_a_child ON subscriptions (child, year) WHERE cancelled_at IS NULL",
        ] {
            sqlx::query(statement).execute(&pool).await?;
        }
        Ok(Self { pool })
    }

    /// What this guardian may know for a child and a school year.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn of(
        &self,
        guardian: &str,
        child: &str,
        year: SchoolYear,
    ) -> sqlx::Result<Known> {
        // The one that is good, or the last one that was.
        let rows: Vec<Row> = sqlx::query_as(select!(
            "WHERE child = ? AND year = ? ORDER BY cancelled_at IS NOT NULL, id DESC"
        ))
        .bind(child)
        .bind(year.to_string())
        .fetch_all(&self.pool)
        .await?;
        let mut cancelled = None;
        for row in rows {
            let own = row.1 == guardian;
            let Some(found) = subscription(row) else {
                continue;
            };
            match (found.cancelled_at.is_none(), own) {
                (true, true) => return Ok(Known::Own(found)),
                (true, false) => return Ok(Known::Another),
                (false, true) if cancelled.is_none() => cancelled = Some(found),
                (false, _) => {}
            }
        }
        Ok(Known::None(cancelled))
    }

    /// How many children of a guardian are subscribed for a school year.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn count(&self, guardian: &str, year: SchoolYear) -> sqlx::Result<i64> {
        sqlx::query_scalar(
            "SELECT count(*) FROM subscriptions WHERE guardian = ? AND year = ? AND cancelled_at IS NULL",
        )
        .bind(guardian)
        .bind(year.to_string())
        .fetch_one(&self.pool)
        .await
    }

    /// A guardian's subscription by its number, unless it was cancelled.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn own(&self, guardian: &str, id: i64) -> sqlx::Result<Option<Subscription>> {
        let row: Option<Row> = sqlx::query_as(select!(
            "WHERE id = ? AND guardian = ? AND cancelled_at IS NULL"
        ))
        .bind(id)
        .bind(guardian)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.and_then(subscription))
    }

    /// The subscription of a pupil who looks, for a school year.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn of_pupil(
        &self,
        pupil: &str,
        year: SchoolYear,
    ) -> sqlx::Result<Option<Subscription>> {
        let row: Option<Row> = sqlx::query_as(select!(
            "WHERE child = ? AND year = ? AND cancelled_at IS NULL"
        ))
        .bind(pupil)
        .bind(year.to_string())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.and_then(subscription))
    }

    /// The subscription of a pass, cancelled or not.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn by_pass(&self, pass: &str) -> sqlx::Result<Option<Subscription>> {
        let row: Option<Row> = sqlx::query_as(select!("WHERE pass = ?"))
            .bind(pass)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.and_then(subscription))
    }

    /// Keeps a wish as a subscription, at `now`.
    ///
    /// # Errors
    /// Those of SQLite; the operating system gives no randomness.
    pub(super) async fn add(&self, wish: &Wish<'_>, now: i64) -> sqlx::Result<Added> {
        // One transaction: two who ask for the last seat do not both get it.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let year = wish.year.to_string();
        let taken: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM subscriptions WHERE line = ? AND year = ? AND cancelled_at IS NULL",
        )
        .bind(wish.line.number)
        .bind(&year)
        .fetch_one(&mut *transaction)
        .await?;
        if taken >= wish.line.seats {
            return Ok(Added::Full);
        }
        if !insert(&mut transaction, wish, &year, now).await? {
            return Ok(Added::Twice);
        }
        transaction.commit().await?;
        Ok(Added::Yes)
    }

    /// Lets the child of a guardian's subscription get on at another stop of its line; says whether there was
    /// such a subscription.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn move_to(
        &self,
        guardian: &str,
        subscription: &Subscription,
        stop: &Stop,
    ) -> sqlx::Result<bool> {
        let done = sqlx::query(
            "UPDATE subscriptions SET stop = ? WHERE id = ? AND guardian = ? AND line = ? AND cancelled_at IS NULL",
        )
        .bind(stop.key)
        .bind(subscription.id)
        .bind(guardian)
        .bind(subscription.line.number)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Cancels a guardian's subscription at `now`; says whether there was one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn cancel(&self, guardian: &str, id: i64, now: i64) -> sqlx::Result<bool> {
        let done = sqlx::query(
            "UPDATE subscriptions SET cancelled_at = ? WHERE id = ? AND guardian = ? AND cancelled_at IS NULL",
        )
        .bind(now)
        .bind(id)
        .bind(guardian)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

/// Says whether it is the only one of its child and year.
async fn insert(
    connection: &mut SqliteConnection,
    wish: &Wish<'_>,
    year: &str,
    now: i64,
) -> sqlx::Result<bool> {
    let number = secret().map_err(sqlx::Error::Io)?.to_uppercase();
    let done = sqlx::query(
        "INSERT INTO subscriptions (guardian, child, year, line, stop, earlier, pass, asked_at)
         SELECT ?1, ?2, ?3, ?4, ?5, count(*), ?6, ?7 FROM subscriptions
         WHERE guardian = ?1 AND year = ?3 AND cancelled_at IS NULL
         ON CONFLICT DO NOTHING",
    )
    .bind(wish.guardian)
    .bind(wish.child)
    .bind(year)
    .bind(wish.line.number)
    .bind(wish.stop.key)
    .bind(number.get(..PASS_LENGTH))
    .bind(now)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// `None` for one on a line or from a stop that is no longer served.
fn subscription(row: Row) -> Option<Subscription> {
    let (id, _, child, year, number, stop, rank, pass, asked_at, cancelled_at) = row;
    let line = line(&number)?;
    Some(Subscription {
        id,
        child,
        year: SchoolYear::read(&year)?,
        line,
        stop: line.stop(&stop)?,
        rank,
        pass,
        asked_at,
        cancelled_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::transport::lines::LINES;

    struct Scene {
        subscriptions: Subscriptions,
        _files: tempfile::TempDir,
    }

    async fn scene() -> Scene {
        let files = tempfile::tempdir().unwrap();
        let pool = crate::services::sessions::open(&files.path().join("t.sqlite"))
            .await
            .unwrap();
        Scene {
            subscriptions: Subscriptions::new(pool).await.unwrap(),
            _files: files,
        }
    }

    fn year() -> SchoolYear {
        SchoolYear::read("2026-2027").unwrap()
    }

    fn wish<'a>(guardian: &'a str, child: &'a str) -> Wish<'a> {
        let line = line("301").unwrap();
        Wish {
            guardian,
            child,
            year: year(),
            line,
            stop: line.stop("caraman").unwrap(),
        }
    }

    impl Scene {
        async fn add(&self, guardian: &str, child: &str, now: i64) -> Added {
            let wish = wish(guardian, child);
            self.subscriptions.add(&wish, now).await.unwrap()
        }

        async fn own(&self, guardian: &str, child: &str) -> Subscription {
            let known = self
                .subscriptions
                .of(guardian, child, year())
                .await
                .unwrap();
            let Known::Own(subscription) = known else {
                panic!("{known:?}")
            };
            subscription
        }
    }

    #[tokio::test]
    async fn a_child_has_one_subscription_and_it_is_its_guardians() {
        let scene = scene().await;
        let all = &scene.subscriptions;
        assert_eq!(scene.add("g1", "c1", 1_000).await, Added::Yes);
        assert_eq!(scene.add("g1", "c1", 1_001).await, Added::Twice);
        assert_eq!(scene.add("g2", "c1", 1_002).await, Added::Twice);
        let own = scene.own("g1", "c1").await;
        assert_eq!((own.line.number, own.stop.commune), ("301", "Caraman"));
        assert_eq!(own.pass.len(), PASS_LENGTH);
        let theirs = all.of("g2", "c1", year()).await.unwrap();
        assert_eq!(theirs, Known::Another);
        assert_eq!(all.own("g2", own.id).await.unwrap(), None);
        assert_eq!(all.of_pupil("c1", year()).await.unwrap(), Some(own.clone()));
        let next = all.of("g1", "c1", year().next()).await.unwrap();
        assert_eq!(next, Known::None(None));
        assert!(!all.cancel("g2", own.id, 2_000).await.unwrap());
        assert!(all.cancel("g1", own.id, 2_000).await.unwrap());
        assert!(!all.cancel("g1", own.id, 2_001).await.unwrap(), "once");
        assert_eq!(all.of_pupil("c1", year()).await.unwrap(), None);
        let over = all.by_pass(&own.pass).await.unwrap().unwrap();
        assert_eq!(over.cancelled_at, Some(2_000));
        assert_eq!(
            all.of("g1", "c1", year()).await.unwrap(),
            Known::None(Some(over))
        );
        // It was the first one's: the other guardian does not learn that there was one.
        assert_eq!(all.of("g2", "c1", year()).await.unwrap(), Known::None(None));
        assert_eq!(scene.add("g2", "c1", 3_000).await, Added::Yes);
        assert_eq!(all.of("g1", "c1", year()).await.unwrap(), Known::Another);
    }

    #[tokio::test]
    async fn siblings_are_counted_by_guardian_and_year() {
        let scene = scene().await;
        for (guardian, child) in [("g1", "c1"), ("g2", "c9"), ("g1", "c2"), ("g1", "c3")] {
            assert_eq!(scene.add(guardian, child, 1_000).await, Added::Yes);
        }
        for (child, rank) in [("c1", 0), ("c2", 1), ("c3", 2)] {
            assert_eq!(scene.own("g1", child).await.rank, rank, "{child}");
        }
        assert_eq!(scene.own("g2", "c9").await.rank, 0);
        let count = async |guardian| scene.subscriptions.count(guardian, year()).await.unwrap();
        assert_eq!(
            (count("g1").await, count("g2").await, count("g3").await),
            (3, 1, 0)
        );
        // Who leaves makes room among those who come after, and changes nothing for who is there.
        let first = scene.own("g1", "c1").await;
        scene
            .subscriptions
            .cancel("g1", first.id, 2_000)
            .await
            .unwrap();
        assert_eq!(scene.own("g1", "c3").await.rank, 2);
        assert_eq!(scene.add("g1", "c4", 3_000).await, Added::Yes);
        assert_eq!(scene.own("g1", "c4").await.rank, 2);
    }

    #[tokio::test]
    async fn a_bus_has_only_so_many_seats() {
        let scene = scene().await;
        let seats = line("301").unwrap().seats;
        for number in 0..seats {
            let child = format!("c{number}");
            assert_eq!(scene.add("g1", &child, 1_000).await, Added::Yes);
        }
        assert_eq!(scene.add("g1", "late", 1_000).await, Added::Full);
        let first = scene.own("g1", "c0").await;
        scene
            .subscriptions
            .cancel("g1", first.id, 2_000)
            .await
            .unwrap();
        assert_eq!(scene.add("g1", "late", 3_000).await, Added::Yes);
    }

    #[tokio::test]
    async fn a_stop_is_changed_on_the_same_line_by_the_same_guardian() {
        let scene = scene().await;
        scene.add("g1", "c1", 1_000).await;
        let own = scene.own("g1", "c1").await;
        let stop = own.line.stop("lanta").unwrap();
        let all = &scene.subscriptions;
        assert!(!all.move_to("g2", &own, stop).await.unwrap());
        let elsewhere = Subscription {
            line: LINES.iter().find(|line| line.number != "301").unwrap(),
            ..own.clone()
        };
        assert!(!all.move_to("g1", &elsewhere, stop).await.unwrap());
        assert_eq!(scene.own("g1", "c1").await.stop.key, "caraman");
        assert!(all.move_to("g1", &own, stop).await.unwrap());
        let moved = scene.own("g1", "c1").await;
        assert_eq!((moved.stop.key, &moved.pass), ("lanta", &own.pass));
    }

    #[test]
    fn a_subscription_moves_by_the_clock() {
        let subscription = Subscription {
            id: 1,
            child: "c1".to_owned(),
            year: year(),
            line: line("301").unwrap(),
            stop: line("301").unwrap().stop("lanta").unwrap(),
            rank: 0,
            pass: String::new(),
            asked_at: 1_000,
            cancelled_at: None,
        };
        let stages = [1_000, 1_059, 1_060, 1_119, 1_120].map(|now| subscription.stage(now, 60));
        assert_eq!(
            stages,
            [
                Stage::Asked,
                Stage::Asked,
                Stage::Accepted,
                Stage::Accepted,
                Stage::Issued
            ]
        );
        assert_eq!(subscription.stage(1_000, 0), Stage::Issued);
    }
}

//! What a session here was given by the hub: tokens, and the names of person and session there. Owns
//! their table and that of the logout tokens that were seen. Tokens never leave for a browser, but for
//! the ID token that says at the hub who wants to sign out.

use sqlx::SqlitePool;

use super::logout_token::Notice;

/// How long a renewal may take before another request tries, in seconds. Longer than a call to the hub
/// lasts, and short enough for a hub that answers once more when its answer was lost.
const RENEWAL: i64 = 20;

/// What the hub gave.
#[derive(Clone)]
pub(super) struct Grant {
    /// The person, as this service knows them.
    pub(super) subject: String,
    /// The session at the hub.
    pub(super) sid: Option<String>,
    /// Hint for signing out.
    pub(super) id_token: String,
    /// For fresh claims, where there is one.
    pub(super) refresh_token: Option<String>,
    /// Until when the claims count as fresh, in seconds since 1970.
    pub(super) fresh_until: i64,
}

/// A session that has ended, and what is to be taken back for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ended {
    /// How many sessions.
    pub(super) sessions: usize,
    /// Their refresh tokens.
    pub(super) refresh_tokens: Vec<String>,
}

/// The grants of one service.
#[derive(Clone)]
pub(super) struct Grants {
    pool: SqlitePool,
}

impl Grants {
    /// The grants in this file, beside the sessions, with which they end.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn new(pool: SqlitePool) -> sqlx::Result<Self> {
        for statement in [
            "CREATE TABLE IF NOT EXISTS grants (
                session TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE, subject TEXT NOT NULL, sid TEXT,
                id_token TEXT NOT NULL, refresh_token TEXT, fresh_until INTEGER NOT NULL
            ) STRICT",
            "CREATE INDEX IF NOT EXISTS grants_by_sid ON grants (sid)",
            "CREATE INDEX IF NOT EXISTS grants_by_subject ON grants (subject)",
            "CREATE TABLE IF NOT EXISTS logout_tokens (jti TEXT PRIMARY KEY, ends_at INTEGER NOT NULL) STRICT",
        ] {
            sqlx::query(statement).execute(&pool).await?;
        }
        Ok(Self { pool })
    }

    /// Keeps what came for a new session.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn keep(&self, session: &str, grant: &Grant) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO grants (session, subject, sid, id_token, refresh_token, fresh_until) VALUES (?, ?, ?, ?, ?, ?)",
        )
        .bind(session)
        .bind(&grant.subject)
        .bind(&grant.sid)
        .bind(&grant.id_token)
        .bind(&grant.refresh_token)
        .bind(grant.fresh_until)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What a session was given.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn of(&self, session: &str) -> sqlx::Result<Option<Grant>> {
        let row = sqlx::query_as(
            "SELECT subject, sid, id_token, refresh_token, fresh_until FROM grants WHERE session = ?",
        );
        let row: Option<Row> = row.bind(session).fetch_optional(&self.pool).await?;
        Ok(row.map(grant))
    }

    /// The grant of a session that is due for renewal, to one of those who ask at the same time: a
    /// refresh token that is presented twice ends the family (OIDC-11). The others go on with what is
    /// known.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn take_stale(&self, session: &str, now: i64) -> sqlx::Result<Option<Grant>> {
        let row = sqlx::query_as(
            "UPDATE grants SET fresh_until = ?1 WHERE session = ?2 AND refresh_token IS NOT NULL AND fresh_until <= ?3
             RETURNING subject, sid, id_token, refresh_token, fresh_until",
        );
        let row: Option<Row> = row
            .bind(now + RENEWAL)
            .bind(session)
            .bind(now)
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(grant))
    }

    /// Keeps what came in its place; says whether the session is still there.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn renew(&self, session: &str, grant: &Grant) -> sqlx::Result<bool> {
        let done = sqlx::query(
            "UPDATE grants SET id_token = ?, refresh_token = ?, fresh_until = ? WHERE session = ?",
        )
        .bind(&grant.id_token)
        .bind(&grant.refresh_token)
        .bind(grant.fresh_until)
        .bind(session)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends the sessions that a logout token is about; `None` when it was seen before.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn end_by_notice(
        &self,
        notice: &Notice,
        now: i64,
    ) -> sqlx::Result<Option<Ended>> {
        // One transaction: a token counts as seen only when its sessions are gone.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        sqlx::query("DELETE FROM logout_tokens WHERE ends_at < ?")
            .bind(now)
            .execute(&mut *transaction)
            .await?;
        let new = sqlx::query("INSERT OR IGNORE INTO logout_tokens (jti, ends_at) VALUES (?, ?)")
            .bind(&notice.jti)
            .bind(notice.keep_until)
            .execute(&mut *transaction)
            .await?;
        if new.rows_affected() != 1 {
            return Ok(None);
        }
        let ended = end(
            &mut transaction,
            notice.sid.as_deref(),
            notice.subject.as_deref(),
        )
        .await?;
        transaction.commit().await?;
        Ok(Some(ended))
    }

    /// Ends the sessions that belong to one at the hub.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn end_by_sid(&self, sid: &str) -> sqlx::Result<Ended> {
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let ended = end(&mut transaction, Some(sid), None).await?;
        transaction.commit().await?;
        Ok(ended)
    }
}

type Row = (String, Option<String>, String, Option<String>, i64);

fn grant((subject, sid, id_token, refresh_token, fresh_until): Row) -> Grant {
    Grant {
        subject,
        sid,
        id_token,
        refresh_token,
        fresh_until,
    }
}

/// Ends the sessions with this session at the hub, or of this person, or with both where both are named.
async fn end(
    connection: &mut sqlx::SqliteConnection,
    sid: Option<&str>,
    subject: Option<&str>,
) -> sqlx::Result<Ended> {
    let found: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT session, refresh_token FROM grants
         WHERE (?1 IS NULL OR sid = ?1) AND (?2 IS NULL OR subject = ?2) AND NOT (?1 IS NULL AND ?2 IS NULL)",
    )
    .bind(sid)
    .bind(subject)
    .fetch_all(&mut *connection)
    .await?;
    for (session, _) in &found {
        // The grant goes with it.
        sqlx::query("DELETE FROM sessions WHERE id = ?")
            .bind(session)
            .execute(&mut *connection)
            .await?;
    }
    Ok(Ended {
        sessions: found.len(),
        refresh_tokens: found.into_iter().filter_map(|(_, token)| token).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::person::Person;
    use crate::services::sessions::{Sessions, open};

    struct Scene {
        sessions: Sessions,
        grants: Grants,
        _files: tempfile::TempDir,
    }

    async fn scene() -> Scene {
        let files = tempfile::tempdir().unwrap();
        let pool = open(&files.path().join("g.sqlite")).await.unwrap();
        Scene {
            sessions: Sessions::new(pool.clone(), "test", true).await.unwrap(),
            grants: Grants::new(pool).await.unwrap(),
            _files: files,
        }
    }

    impl Scene {
        async fn session(&self, code: &str, subject: &str, sid: &str) -> String {
            let person = Person::default();
            let (id, _) = self.sessions.begin(code, &person).await.unwrap();
            let grant = Grant {
                subject: subject.to_owned(),
                sid: Some(sid.to_owned()),
                id_token: "id".to_owned(),
                refresh_token: Some(format!("r-{code}")),
                fresh_until: 100,
            };
            self.grants.keep(&id, &grant).await.unwrap();
            id
        }
    }

    fn notice(jti: &str, sid: Option<&str>, subject: Option<&str>) -> Notice {
        Notice {
            jti: jti.to_owned(),
            keep_until: 200,
            sid: sid.map(str::to_owned),
            subject: subject.map(str::to_owned),
        }
    }

    #[tokio::test]
    async fn oidc_15_a_logout_token_ends_its_session_once_and_no_other() {
        let scene = scene().await;
        let first = scene.session("c1", "p1", "s1").await;
        let second = scene.session("c2", "p1", "s2").await;
        let third = scene.session("c3", "p2", "s3").await;
        let told = async |notice: &Notice| scene.grants.end_by_notice(notice, 100).await.unwrap();
        // Session and person do not belong together: nothing of either ends.
        let nothing = told(&notice("a", Some("s1"), Some("p2"))).await.unwrap();
        assert_eq!(nothing.sessions, 0);
        let one = notice("b", Some("s1"), Some("p1"));
        let ended = told(&one).await.unwrap();
        assert_eq!(ended.refresh_tokens, ["r-c1"]);
        assert!(scene.grants.of(&first).await.unwrap().is_none());
        assert!(scene.grants.of(&second).await.unwrap().is_some());
        assert_eq!(told(&one).await, None, "once");
        let all = told(&notice("c", None, Some("p1"))).await.unwrap();
        assert_eq!(all.sessions, 1);
        assert!(scene.grants.of(&third).await.unwrap().is_some());
        assert_eq!(scene.grants.end_by_sid("s3").await.unwrap().sessions, 1);
    }

    #[tokio::test]
    async fn oidc_11_one_request_renews_and_the_others_go_on() {
        let scene = scene().await;
        let session = scene.session("c1", "p1", "s1").await;
        let stale = async |now| scene.grants.take_stale(&session, now).await.unwrap();
        assert!(stale(99).await.is_none(), "fresh");
        let mut grant = stale(100).await.unwrap();
        assert!(stale(100).await.is_none(), "another renews it");
        assert!(stale(100 + RENEWAL).await.is_some(), "the other was lost");
        grant.refresh_token = Some("r2".to_owned());
        grant.fresh_until = 1_000;
        assert!(scene.grants.renew(&session, &grant).await.unwrap());
        assert!(stale(500).await.is_none());
        scene.grants.end_by_sid("s1").await.unwrap();
        assert!(!scene.grants.renew(&session, &grant).await.unwrap());
    }
}

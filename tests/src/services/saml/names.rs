//! By what names the hub knows the sessions here (SAML Core §2.2.3, §2.7.2), so that it can end them and they
//! can be ended there; and which of its messages were seen (SAML-05). Owns both tables. Never leaves for a
//! browser.

use clau_domain::time::Timestamp;
use clau_saml::message::{LogoutRequest, NameId};
use sqlx::SqlitePool;

/// A session as the hub knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// Who.
    pub(super) name_id: NameId,
    /// The session there.
    pub(super) session_index: Option<String>,
}

/// The names of the sessions of one service.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pool: SqlitePool,
}

impl Names {
    /// The names in this file, beside the sessions, with which they end.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn new(pool: SqlitePool) -> sqlx::Result<Self> {
        for statement in [
            "CREATE TABLE IF NOT EXISTS names (
                session TEXT PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
                value TEXT NOT NULL, name_id TEXT NOT NULL, session_index TEXT
            ) STRICT",
            "CREATE INDEX IF NOT EXISTS names_by_value ON names (value)",
            "CREATE TABLE IF NOT EXISTS seen (message TEXT PRIMARY KEY, ends_at INTEGER NOT NULL) STRICT",
        ] {
            sqlx::query(statement).execute(&pool).await?;
        }
        Ok(Self { pool })
    }

    /// Keeps the names of a new session.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn keep(&self, session: &str, known: &Known) -> sqlx::Result<()> {
        sqlx::query(
            "INSERT INTO names (session, value, name_id, session_index) VALUES (?, ?, ?, ?)",
        )
        .bind(session)
        .bind(&known.name_id.value)
        .bind(serde_json::to_string(&known.name_id).map_err(encoding)?)
        .bind(&known.session_index)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// How the hub knows a session.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn of(&self, session: &str) -> sqlx::Result<Option<Known>> {
        let row: Option<(String, Option<String>)> =
            sqlx::query_as("SELECT name_id, session_index FROM names WHERE session = ?")
                .bind(session)
                .fetch_optional(&self.pool)
                .await?;
        row.map(known).transpose()
    }

    /// Remembers an assertion; says whether it is new.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn is_new(
        &self,
        assertion: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> sqlx::Result<bool> {
        let mut connection = self.pool.acquire().await?;
        forget(&mut connection, now).await?;
        remember(&mut connection, assertion, until).await
    }

    /// Ends the sessions that a logout request is about and says how many; `None` when it was seen before.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn end(
        &self,
        request: &LogoutRequest,
        now: Timestamp,
    ) -> sqlx::Result<Option<usize>> {
        // One transaction: a request counts as seen only when its sessions are gone.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        forget(&mut transaction, now).await?;
        let until = request.header.remembered_until();
        if !remember(&mut transaction, &request.header.id, until).await? {
            return Ok(None);
        }
        let rows: Vec<(String, String, Option<String>)> =
            sqlx::query_as("SELECT session, name_id, session_index FROM names WHERE value = ?")
                .bind(&request.name_id.value)
                .fetch_all(&mut *transaction)
                .await?;
        let mut ended = 0;
        for (session, name_id, index) in rows {
            if is_meant(&known((name_id, index))?, request) {
                // The names go with it.
                sqlx::query("DELETE FROM sessions WHERE id = ?")
                    .bind(session)
                    .execute(&mut *transaction)
                    .await?;
                ended += 1;
            }
        }
        transaction.commit().await?;
        Ok(Some(ended))
    }
}

/// SAML Core §3.7.1: the sessions that are named, or all of that person where none is.
fn is_meant(known: &Known, request: &LogoutRequest) -> bool {
    let indexes = &request.session_indexes;
    let session = indexes.is_empty()
        || known
            .session_index
            .as_ref()
            .is_some_and(|index| indexes.contains(index));
    session && known.name_id.is_meant_by(&request.name_id)
}

/// Forgets messages that would not be accepted any more.
async fn forget(connection: &mut sqlx::SqliteConnection, now: Timestamp) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM seen WHERE ends_at < ?")
        .bind(now.as_millis())
        .execute(connection)
        .await?;
    Ok(())
}

async fn remember(
    connection: &mut sqlx::SqliteConnection,
    message: &str,
    until: Timestamp,
) -> sqlx::Result<bool> {
    let done = sqlx::query("INSERT OR IGNORE INTO seen (message, ends_at) VALUES (?, ?)")
        .bind(message)
        .bind(until.as_millis())
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

fn known((name_id, session_index): (String, Option<String>)) -> sqlx::Result<Known> {
    Ok(Known {
        name_id: serde_json::from_str(&name_id).map_err(encoding)?,
        session_index,
    })
}

fn encoding(error: serde_json::Error) -> sqlx::Error {
    sqlx::Error::Encode(Box::new(error))
}

#[cfg(test)]
mod tests {
    use clau_saml::message::Header;
    use clau_saml::names::name_id;

    use super::*;
    use crate::services::person::Person;
    use crate::services::sessions::{Sessions, open};

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    struct Scene {
        sessions: Sessions,
        names: Names,
        _files: tempfile::TempDir,
    }

    async fn scene() -> Scene {
        let files = tempfile::tempdir().unwrap();
        let pool = open(&files.path().join("n.sqlite")).await.unwrap();
        Scene {
            sessions: Sessions::new(pool.clone(), "test", true).await.unwrap(),
            names: Names::new(pool).await.unwrap(),
            _files: files,
        }
    }

    fn name(value: &str) -> NameId {
        NameId {
            value: value.to_owned(),
            format: name_id::PERSISTENT.to_owned(),
            name_qualifier: Some("https://hub.example/saml/metadata".to_owned()),
            sp_name_qualifier: Some("https://transport.example/saml/metadata".to_owned()),
        }
    }

    fn request(id: &str, name_id: NameId, indexes: &[&str]) -> LogoutRequest {
        LogoutRequest {
            header: Header {
                id: id.to_owned(),
                instant: NOW,
                destination: None,
                issuer: "https://hub.example/saml/metadata".to_owned(),
            },
            name_id,
            session_indexes: indexes.iter().map(|&index| index.to_owned()).collect(),
            reason: None,
            not_on_or_after: None,
        }
    }

    impl Scene {
        async fn session(&self, ticket: &str, value: &str, index: &str) -> String {
            let (id, _) = self
                .sessions
                .begin(ticket, &Person::default())
                .await
                .unwrap();
            let known = Known {
                name_id: name(value),
                session_index: Some(index.to_owned()),
            };
            self.names.keep(&id, &known).await.unwrap();
            id
        }

        async fn has(&self, session: &str) -> bool {
            self.names.of(session).await.unwrap().is_some()
        }
    }

    #[tokio::test]
    async fn saml_10_a_logout_ends_its_session_once_and_no_other() {
        let scene = scene().await;
        let first = scene.session("a1", "p1", "i1").await;
        let second = scene.session("a2", "p1", "i2").await;
        let third = scene.session("a3", "p2", "i3").await;
        let told = async |request: &LogoutRequest| scene.names.end(request, NOW).await.unwrap();
        // Session and person do not belong together.
        assert_eq!(told(&request("_1", name("p2"), &["i1"])).await, Some(0));
        // Nor does a name that another service was given.
        let theirs = NameId {
            sp_name_qualifier: Some("https://other.example".to_owned()),
            ..name("p1")
        };
        assert_eq!(told(&request("_2", theirs, &["i1"])).await, Some(0));
        let one = request("_3", name("p1"), &["i1", "i9"]);
        assert_eq!(told(&one).await, Some(1));
        assert!(!scene.has(&first).await && scene.has(&second).await);
        assert_eq!(told(&one).await, None, "once");
        assert_eq!(told(&request("_4", name("p1"), &[])).await, Some(1));
        assert!(!scene.has(&second).await && scene.has(&third).await);
    }

    #[tokio::test]
    async fn saml_05_an_assertion_is_new_once() {
        let scene = scene().await;
        let until = Timestamp::from_millis(NOW.as_millis() + 1_000);
        let seen = async |id: &str, now| scene.names.is_new(id, until, now).await.unwrap();
        assert!(seen("_a", NOW).await && seen("_b", NOW).await);
        assert!(!seen("_a", NOW).await && !seen("_a", until).await);
        // Its time is over: nothing would accept it any more.
        let later = Timestamp::from_millis(until.as_millis() + 1);
        assert!(seen("_a", later).await);
    }
}

//! Sessions of a reference service: one for each browser and ticket, in the service's own file.
//!
//! Owns the cookie and the rows. A ticket is what opened the session and can open no other: that of
//! CAS, or a code. Cookies and tickets are stored as digests; a session ends after eight hours, when
//! the person leaves, or when the hub says that its own has ended.

use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};

use super::page::Trouble;
use super::person::Person;
use super::server::{digest, now, secret};

const LIFETIME: i64 = 8 * 3600;

/// The sessions of one service.
#[derive(Debug, Clone)]
pub struct Sessions {
    pool: SqlitePool,
    cookie: String,
    secure: bool,
}

/// A signed-in browser.
#[derive(Debug, Clone)]
pub struct Session {
    /// Digest of the cookie: names the session inside this service.
    pub id: String,
    /// Who it is.
    pub person: Person,
    /// What every form of this session carries.
    pub csrf: String,
}

impl Session {
    /// This session, for a form that carries its token.
    ///
    /// # Errors
    /// The token is another's: a stranger's form, or one of an earlier session.
    pub fn allowing(self, csrf: &str) -> Result<Self, Trouble> {
        if digest(csrf) == digest(&self.csrf) {
            Ok(self)
        } else {
            Err(Trouble::Forbidden(
                "Ce formulaire est périmé. Revenez en arrière, rechargez la page et recommencez.",
            ))
        }
    }
}

/// Opens the file of a service, made where missing, for its owner's eyes alone.
///
/// # Errors
/// Those of SQLite, and of a directory that cannot be written.
pub async fn open(path: &Path) -> sqlx::Result<SqlitePool> {
    // SQLite gives its other files the mode of this one.
    std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)?;
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    SqlitePoolOptions::new()
        .max_connections(4)
        .connect_with(options)
        .await
}

impl Sessions {
    /// The sessions in this file; `name` makes the cookie's, since cookies know no ports.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn new(pool: SqlitePool, name: &str, secure: bool) -> sqlx::Result<Self> {
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS sessions (
                id TEXT PRIMARY KEY, ticket TEXT NOT NULL UNIQUE, person TEXT NOT NULL, csrf TEXT NOT NULL, ends_at INTEGER NOT NULL
            ) STRICT",
        )
        .execute(&pool)
        .await?;
        let cookie = if secure {
            format!("__Host-{name}")
        } else {
            name.to_owned()
        };
        Ok(Self {
            pool,
            cookie,
            secure,
        })
    }

    /// Begins a session for the person a ticket stood for; gives its id and the cookie.
    ///
    /// # Errors
    /// Those of SQLite; a ticket that began a session before is refused by its uniqueness.
    pub async fn begin(
        &self,
        ticket: &str,
        person: &Person,
    ) -> io::Result<(String, Cookie<'static>)> {
        self.begin_until(ticket, person, i64::MAX).await
    }

    /// As [`Sessions::begin`], for a session that the hub lets last until `ends_at` (seconds since 1970) at
    /// the longest.
    ///
    /// # Errors
    /// As [`Sessions::begin`].
    pub async fn begin_until(
        &self,
        ticket: &str,
        person: &Person,
        ends_at: i64,
    ) -> io::Result<(String, Cookie<'static>)> {
        let value = secret()?;
        let id = digest(&value);
        let text = serde_json::to_string(person)?;
        sqlx::query("DELETE FROM sessions WHERE ends_at < ?")
            .bind(now())
            .execute(&self.pool)
            .await
            .map_err(io::Error::other)?;
        sqlx::query(
            "INSERT INTO sessions (id, ticket, person, csrf, ends_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(&id)
        .bind(digest(ticket))
        .bind(text)
        .bind(secret()?)
        .bind(ends_at.min(now() + LIFETIME))
        .execute(&self.pool)
        .await
        .map_err(io::Error::other)?;
        Ok((id, self.cookie(value)))
    }

    /// The session of a request, if it has one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn of(&self, headers: &HeaderMap) -> io::Result<Option<Session>> {
        let jar = CookieJar::from_headers(headers);
        let Some(cookie) = jar.get(&self.cookie) else {
            return Ok(None);
        };
        let row: Option<(String, String, String)> =
            sqlx::query_as("SELECT id, person, csrf FROM sessions WHERE id = ? AND ends_at > ?")
                .bind(digest(cookie.value()))
                .bind(now())
                .fetch_optional(&self.pool)
                .await
                .map_err(io::Error::other)?;
        let Some((id, person, csrf)) = row else {
            return Ok(None);
        };
        Ok(Some(Session {
            id,
            person: serde_json::from_str(&person)?,
            csrf,
        }))
    }

    /// Writes down what is newly known of a session's person.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn rename(&self, id: &str, person: &Person) -> io::Result<()> {
        sqlx::query("UPDATE sessions SET person = ? WHERE id = ?")
            .bind(serde_json::to_string(person)?)
            .bind(id)
            .execute(&self.pool)
            .await
            .map_err(io::Error::other)?;
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn end(&self, session: &Session) -> sqlx::Result<()> {
        self.end_by_id(&session.id).await
    }

    /// Ends the session of this name, if it has not ended.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn end_by_id(&self, id: &str) -> sqlx::Result<()> {
        sqlx::query("DELETE FROM sessions WHERE id = ?")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Ends the session that a ticket began; gives its id where there was one.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn end_by_ticket(&self, ticket: &str) -> sqlx::Result<Option<String>> {
        sqlx::query_scalar("DELETE FROM sessions WHERE ticket = ? RETURNING id")
            .bind(digest(ticket))
            .fetch_optional(&self.pool)
            .await
    }

    /// The cookie that takes the session away from the browser.
    #[must_use]
    pub fn no_cookie(&self) -> Cookie<'static> {
        let mut cookie = self.cookie(String::new());
        cookie.make_removal();
        cookie
    }

    fn cookie(&self, value: String) -> Cookie<'static> {
        Cookie::build((self.cookie.clone(), value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderValue, header};

    fn person() -> Person {
        Person {
            user: "u".to_owned(),
            name: "Léa".to_owned(),
            ..Person::default()
        }
    }

    #[tokio::test]
    async fn a_session_lives_until_its_ticket_is_ended() {
        let directory = tempfile::tempdir().unwrap();
        let pool = open(&directory.path().join("s.sqlite")).await.unwrap();
        let sessions = Sessions::new(pool, "test", true).await.unwrap();
        let (id, cookie) = sessions.begin("ST-1", &person()).await.unwrap();
        assert!(
            sessions.begin("ST-1", &person()).await.is_err(),
            "one session for a ticket"
        );
        assert_eq!(cookie.name(), "__Host-test");
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            HeaderValue::try_from(format!("{}={}", cookie.name(), cookie.value())).unwrap(),
        );
        assert_eq!(
            sessions.of(&headers).await.unwrap().unwrap().person.name,
            "Léa"
        );
        let over = sessions.begin_until("ST-0", &person(), now()).await;
        let (_, over) = over.unwrap();
        let line = format!("{}={}", over.name(), over.value());
        let line = HeaderValue::try_from(line).unwrap();
        let late = HeaderMap::from_iter([(header::COOKIE, line)]);
        assert!(sessions.of(&late).await.unwrap().is_none());
        assert_eq!(sessions.end_by_ticket("ST-2").await.unwrap(), None);
        assert_eq!(sessions.end_by_ticket("ST-1").await.unwrap(), Some(id));
        assert!(sessions.of(&headers).await.unwrap().is_none());
    }
}

//! Logins on their way: what must come back from the hub, and to which browser. Owns the table and the
//! cookie; each login can be finished once, within ten minutes, by the browser that began it (SES-03).

use std::io;

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use sqlx::SqlitePool;

use crate::services::server::{digest, now, secret};

const LIFETIME: i64 = 600;
/// Shape of a cookie of ours: what [`secret`] gives.
const COOKIE_LENGTH: usize = 64;

/// What must come back, and what proves that it is ours.
pub(super) struct Pending {
    /// In the address, to find the login by.
    pub(super) state: String,
    /// In the ID token.
    pub(super) nonce: String,
    /// Kept back until the code is redeemed (RFC 7636).
    pub(super) verifier: String,
}

/// The logins of one service.
pub(super) struct Logins {
    pool: SqlitePool,
    cookie: String,
    secure: bool,
    same_site: SameSite,
}

impl Logins {
    /// The logins in this file. `posted`: answers come in a form, sent from the hub's own page.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn new(
        pool: SqlitePool,
        name: &str,
        secure: bool,
        posted: bool,
    ) -> sqlx::Result<Self> {
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS logins (
                state TEXT PRIMARY KEY, browser TEXT NOT NULL, nonce TEXT NOT NULL, verifier TEXT NOT NULL, ends_at INTEGER NOT NULL
            ) STRICT",
        )
        .execute(&pool)
        .await?;
        let cookie = if secure {
            format!("__Host-{name}-login")
        } else {
            format!("{name}-login")
        };
        Ok(Self {
            pool,
            cookie,
            secure,
            // A form of another site brings no other cookies along (SES-04).
            same_site: if posted && secure {
                SameSite::None
            } else {
                SameSite::Lax
            },
        })
    }

    /// Begins a login in this browser; gives it and the cookie that the browser must keep. Several may
    /// be on their way in one browser.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn begin(
        &self,
        headers: &HeaderMap,
    ) -> io::Result<(Pending, Cookie<'static>)> {
        let browser = match self.browser(headers) {
            Some(browser) => browser,
            None => secret()?,
        };
        let pending = Pending {
            state: secret()?,
            nonce: secret()?,
            verifier: secret()?,
        };
        sqlx::query("DELETE FROM logins WHERE ends_at < ?")
            .bind(now())
            .execute(&self.pool)
            .await
            .map_err(io::Error::other)?;
        sqlx::query(
            "INSERT INTO logins (state, browser, nonce, verifier, ends_at) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(digest(&pending.state))
        .bind(digest(&browser))
        .bind(&pending.nonce)
        .bind(&pending.verifier)
        .bind(now() + LIFETIME)
        .execute(&self.pool)
        .await
        .map_err(io::Error::other)?;
        let cookie = Cookie::build((self.cookie.clone(), browser))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(self.same_site)
            .build();
        Ok((pending, cookie))
    }

    /// Takes the login of this state, if this browser began it. Nobody takes it again.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(super) async fn take(
        &self,
        headers: &HeaderMap,
        state: &str,
    ) -> sqlx::Result<Option<Pending>> {
        let Some(browser) = self.browser(headers) else {
            return Ok(None);
        };
        let row: Option<(String, String)> = sqlx::query_as(
            "DELETE FROM logins WHERE state = ? AND browser = ? AND ends_at > ? RETURNING nonce, verifier",
        )
        .bind(digest(state))
        .bind(digest(&browser))
        .bind(now())
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|(nonce, verifier)| Pending {
            state: state.to_owned(),
            nonce,
            verifier,
        }))
    }

    fn browser(&self, headers: &HeaderMap) -> Option<String> {
        let jar = CookieJar::from_headers(headers);
        let value = jar.get(&self.cookie)?.value().to_owned();
        (value.len() == COOKIE_LENGTH).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, header};

    use super::*;

    fn headers(cookie: &Cookie<'_>) -> HeaderMap {
        let line = format!("{}={}", cookie.name(), cookie.value());
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::try_from(line).unwrap())])
    }

    #[tokio::test]
    async fn ses_03_a_login_ends_once_and_in_the_browser_that_began_it() {
        let directory = tempfile::tempdir().unwrap();
        let pool = crate::services::sessions::open(&directory.path().join("l.sqlite"))
            .await
            .unwrap();
        let logins = Logins::new(pool, "test", true, true).await.unwrap();
        let (pending, cookie) = logins.begin(&HeaderMap::new()).await.unwrap();
        assert_eq!(cookie.name(), "__Host-test-login");
        assert_eq!(cookie.same_site(), Some(SameSite::None));
        let (_, other) = logins.begin(&HeaderMap::new()).await.unwrap();
        let taken = async |cookie: &Cookie<'_>, state: &str| {
            logins.take(&headers(cookie), state).await.unwrap()
        };
        assert!(taken(&other, &pending.state).await.is_none());
        assert!(taken(&cookie, "another").await.is_none());
        let found = taken(&cookie, &pending.state).await.unwrap();
        assert_eq!(
            (found.nonce, found.verifier),
            (pending.nonce, pending.verifier)
        );
        assert!(taken(&cookie, &pending.state).await.is_none());
        // A second tab of the same browser.
        let (second, again) = logins.begin(&headers(&cookie)).await.unwrap();
        assert_eq!(again.value(), cookie.value());
        assert!(taken(&cookie, &second.state).await.is_some());
    }
}

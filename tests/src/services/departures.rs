//! Browsers that were sent to the hub, and what must come back with them. Owns the table and the cookie;
//! each departure ends once, within ten minutes, in the browser in which it began (SES-03). What is kept of
//! one is the gate's own, and never leaves for the browser.

use std::io;

use axum::http::HeaderMap;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::SqlitePool;

use super::server::{digest, now, secret};

const LIFETIME: i64 = 600;
/// Shape of a cookie of ours: what [`secret`] gives.
const COOKIE_LENGTH: usize = 64;

/// The departures of one service.
#[derive(Debug, Clone)]
pub struct Departures {
    pool: SqlitePool,
    cookie: String,
    secure: bool,
    same_site: SameSite,
}

impl Departures {
    /// The departures in this file. `posted`: answers come in a form, sent from the hub's own page.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn new(
        pool: SqlitePool,
        name: &str,
        secure: bool,
        posted: bool,
    ) -> sqlx::Result<Self> {
        sqlx::query(
            "CREATE TABLE IF NOT EXISTS departures (
                state TEXT PRIMARY KEY, browser TEXT NOT NULL, kept TEXT NOT NULL, ends_at INTEGER NOT NULL
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

    /// Begins one in this browser; gives the state by which it is found again and the cookie that the
    /// browser must keep. Several may be on their way in one browser.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn begin<T: Serialize>(
        &self,
        headers: &HeaderMap,
        kept: &T,
    ) -> io::Result<(String, Cookie<'static>)> {
        let browser = match self.browser(headers) {
            Some(browser) => browser,
            None => secret()?,
        };
        let state = secret()?;
        sqlx::query("DELETE FROM departures WHERE ends_at < ?")
            .bind(now())
            .execute(&self.pool)
            .await
            .map_err(io::Error::other)?;
        sqlx::query("INSERT INTO departures (state, browser, kept, ends_at) VALUES (?, ?, ?, ?)")
            .bind(digest(&state))
            .bind(digest(&browser))
            .bind(serde_json::to_string(kept)?)
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
        Ok((state, cookie))
    }

    /// Takes what was kept of the one with this state, if this browser began it. Nobody takes it again.
    ///
    /// # Errors
    /// Those of SQLite.
    pub async fn take<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        state: &str,
    ) -> io::Result<Option<T>> {
        let Some(browser) = self.browser(headers) else {
            return Ok(None);
        };
        let kept: Option<String> = sqlx::query_scalar(
            "DELETE FROM departures WHERE state = ? AND browser = ? AND ends_at > ? RETURNING kept",
        )
        .bind(digest(state))
        .bind(digest(&browser))
        .bind(now())
        .fetch_optional(&self.pool)
        .await
        .map_err(io::Error::other)?;
        Ok(kept.map(|kept| serde_json::from_str(&kept)).transpose()?)
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
        let pool = crate::services::sessions::open(&directory.path().join("d.sqlite"))
            .await
            .unwrap();
        let departures = Departures::new(pool, "test", true, true).await.unwrap();
        let nobody = HeaderMap::new();
        let (state, cookie) = departures.begin(&nobody, &"kept").await.unwrap();
        assert_eq!(cookie.name(), "__Host-test-login");
        assert_eq!(cookie.same_site(), Some(SameSite::None));
        let (_, other) = departures.begin(&nobody, &"other").await.unwrap();
        let taken = async |cookie: &Cookie<'_>, state: &str| {
            let taken = departures.take::<String>(&headers(cookie), state).await;
            taken.unwrap()
        };
        assert!(taken(&other, &state).await.is_none());
        assert!(taken(&cookie, "another").await.is_none());
        assert_eq!(taken(&cookie, &state).await.as_deref(), Some("kept"));
        assert!(taken(&cookie, &state).await.is_none());
        // A second tab of the same browser.
        let (second, again) = departures.begin(&headers(&cookie), &"tab").await.unwrap();
        assert_eq!(again.value(), cookie.value());
        assert_eq!(taken(&cookie, &second).await.as_deref(), Some("tab"));
    }
}

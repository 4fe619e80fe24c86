//! The hub as it describes itself in its metadata. Fetched from its own address, over the connection that
//! proves it, when first needed, so that services and hub start in any order; kept for a while; fetched again
//! when none of its keys has signed what came in its name.

use std::sync::Arc;

use tokio::sync::Mutex;
use url::Url;

use clau_domain::time::Timestamp;
use clau_saml::key::PeerKey;

use super::error::SamlError;
use super::metadata;
use crate::services::server::{Arguments, body_of, now};

/// How long what the hub said is believed, in seconds. A key that was taken back is trusted no longer.
const LIFETIME: i64 = 600;
/// Shortest time between two fetches for the sake of an unknown key: a stranger's message has any.
const PAUSE: i64 = 30;

/// The hub, as last heard of it.
#[derive(Debug, Clone)]
pub(super) struct Hub {
    /// Where browsers sign in, by redirect.
    pub(super) login: String,
    /// Where they leave, by redirect, if that can be done there.
    pub(super) logout: Option<LogoutAddresses>,
    /// Its keys.
    pub(super) keys: Vec<PeerKey>,
}

/// Where messages about logout go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogoutAddresses {
    /// Requests.
    pub(super) requests: String,
    /// Responses.
    pub(super) responses: String,
}

/// What is kept of the hub.
pub(super) struct HubMetadata {
    base: Url,
    entity_id: String,
    http: reqwest::Client,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    hub: Option<Arc<Hub>>,
    fetched_at: i64,
    asked_again_at: i64,
}

impl HubMetadata {
    /// Nothing is fetched yet. `entity_id` is the hub's name, and where its metadata is.
    ///
    /// # Errors
    /// The authority cannot be read.
    pub(super) fn new(arguments: &Arguments, entity_id: &str) -> std::io::Result<Self> {
        Ok(Self {
            base: arguments.hub.clone(),
            entity_id: entity_id.to_owned(),
            http: arguments.http_client()?,
            kept: Mutex::default(),
        })
    }

    /// The hub, as it described itself a few minutes ago or now. Where it does not answer, what it said
    /// before stands.
    ///
    /// # Errors
    /// The hub has never answered, or not as a hub does.
    pub(super) async fn hub(&self) -> Result<Arc<Hub>, SamlError> {
        // Held while it is fetched: those who come meanwhile wait for the same answer.
        let mut kept = self.kept.lock().await;
        let known = kept.hub.clone();
        match known {
            Some(known) if now() < kept.fetched_at + LIFETIME => Ok(known),
            Some(known) => match self.fetch(&mut kept).await {
                Ok(hub) => Ok(hub),
                Err(error) => {
                    eprintln!("metadata: {error}");
                    kept.fetched_at = now() - LIFETIME + PAUSE;
                    Ok(known)
                }
            },
            None => self.fetch(&mut kept).await,
        }
    }

    /// What is read with the hub's keys; once more with those that it has now, where none of them fits.
    ///
    /// # Errors
    /// Those of `read`, and of [`HubMetadata::hub`].
    pub(super) async fn with<T>(
        &self,
        read: impl Fn(&Hub) -> Result<T, SamlError>,
    ) -> Result<T, SamlError> {
        let hub = self.hub().await?;
        match read(&hub) {
            Err(error) if error.is_about_keys() => match self.again().await? {
                Some(hub) => read(&hub),
                None => Err(error),
            },
            result => result,
        }
    }

    /// The hub as it is now; `None` when it was asked a moment ago.
    async fn again(&self) -> Result<Option<Arc<Hub>>, SamlError> {
        let mut kept = self.kept.lock().await;
        let now = now();
        if now < kept.asked_again_at + PAUSE {
            return Ok(None);
        }
        kept.asked_again_at = now;
        self.fetch(&mut kept).await.map(Some)
    }

    async fn fetch(&self, kept: &mut Kept) -> Result<Arc<Hub>, SamlError> {
        let broken = SamlError::unreachable;
        let answer = self.http.get(&self.entity_id).send().await;
        let answer = answer
            .and_then(reqwest::Response::error_for_status)
            .map_err(broken)?;
        let body = body_of(answer).await.map_err(broken)?;
        let body = body.ok_or_else(|| SamlError::Hub("its metadata is too long".to_owned()))?;
        let now = now();
        let read = metadata::read_hub(&body, &self.entity_id, &self.base, instant(now))
            .map_err(|error| SamlError::Hub(format!("its metadata: {error}")))?;
        let hub = Arc::new(read);
        kept.hub = Some(Arc::clone(&hub));
        kept.fetched_at = now;
        Ok(hub)
    }
}

/// Seconds since 1970 as messages have them.
pub(super) fn instant(seconds: i64) -> Timestamp {
    Timestamp::from_millis(seconds.saturating_mul(1_000))
}

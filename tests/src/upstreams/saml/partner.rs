//! The hub as a service provider: its metadata for this simulator's connector, fetched from the hub's own
//! address when first needed, so that both start in any order, kept for a while, and fetched again when none
//! of its keys has signed what came in its name. True identity providers get it by mail; nobody else's is
//! taken here.

use std::io;
use std::sync::Arc;

use clau_saml::error::Problem;
use clau_saml::metadata::{Document, ServiceProvider, Trust};
use tokio::sync::Mutex;

use super::provider::instant;
use crate::services::server::{body_of, now};
use crate::upstreams::arguments::Arguments;

/// How long what the hub said is believed, in seconds.
const LIFETIME: i64 = 600;
/// Shortest time between two fetches for the sake of an unknown key.
const PAUSE: i64 = 5;

/// What is kept of the hub.
pub(super) struct Partner {
    address: String,
    http: reqwest::Client,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    service: Option<Arc<ServiceProvider>>,
    fetched_at: i64,
    asked_again_at: i64,
}

/// Why the hub's metadata is not there, in words for a page.
pub(super) type Missing = String;

impl Partner {
    /// Nothing is fetched yet.
    ///
    /// # Errors
    /// The authority cannot be read.
    pub(super) fn new(arguments: &Arguments, own: &str) -> io::Result<Self> {
        let connector = arguments.connector(own);
        Ok(Self {
            address: arguments.at_hub(&format!("saml/sp/{connector}/metadata")),
            http: arguments.http_client()?,
            kept: Mutex::default(),
        })
    }

    /// The hub, as it described itself a few minutes ago or now.
    pub(super) async fn service(&self) -> Result<Arc<ServiceProvider>, Missing> {
        let mut kept = self.kept.lock().await;
        match &kept.service {
            Some(service) if now() < kept.fetched_at + LIFETIME => Ok(Arc::clone(service)),
            _ => self.fetch(&mut kept).await,
        }
    }

    /// What is read with the hub's keys; once more with those that it has now, where none of them fits.
    pub(super) async fn with<T>(
        &self,
        read: impl Fn(&ServiceProvider) -> Result<T, Problem>,
    ) -> Result<Result<T, Problem>, Missing> {
        let service = self.service().await?;
        let result = read(&service);
        let about_keys = [Problem::WrongSignature, Problem::NoKey];
        match result {
            Err(problem) if about_keys.contains(&problem) => match self.again().await? {
                Some(service) => Ok(read(&service)),
                None => Ok(Err(problem)),
            },
            result => Ok(result),
        }
    }

    async fn again(&self) -> Result<Option<Arc<ServiceProvider>>, Missing> {
        let mut kept = self.kept.lock().await;
        let now = now();
        if now < kept.asked_again_at + PAUSE {
            return Ok(None);
        }
        kept.asked_again_at = now;
        self.fetch(&mut kept).await.map(Some)
    }

    async fn fetch(&self, kept: &mut Kept) -> Result<Arc<ServiceProvider>, Missing> {
        let why = |what: &dyn std::fmt::Display| {
            format!(
                "Les métadonnées de l’ENT ne sont pas lisibles à {} : {what}",
                self.address
            )
        };
        let answer = self.http.get(&self.address).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        let answer = answer.map_err(|error| why(&error.without_url()))?;
        let body = body_of(answer).await.map_err(|error| why(&error))?;
        let body = body.ok_or_else(|| why(&"trop longues"))?;
        let trust = Trust {
            pinned: &[],
            now: instant(),
            longest_life: None,
        };
        let read = Document::entity(&body, &trust)
            .and_then(|document| ServiceProvider::read(document.root()));
        let service = Arc::new(read.map_err(|problem| why(&problem))?);
        kept.service = Some(Arc::clone(&service));
        kept.fetched_at = now();
        Ok(service)
    }
}

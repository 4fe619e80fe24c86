//! Where metadata comes from that is not in a registration: a federation's aggregate, its query service, a
//! service's own address. Fetched in the background, verified, and put into the store, from which
//! [`super::services`] reads it; the last good copy stays until it expires (SAML-11). Never waits while
//! somebody signs in.

use std::time::Duration;

use clau_domain::secret::Digest;
use clau_domain::service::{SamlService, Service};
use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_saml::error::Problem;
use clau_saml::key::Certificate;
use clau_saml::metadata::{
    Document, Entity, IdentityProvider, ServiceProvider, Trust, digest_of, query_path,
    query_path_by_digest,
};
use clau_storage::saml_metadata::{self, EntityRow, SourceRow};
use serde::Serialize;

use crate::error::Error;
use crate::outbound::{CallError, Fetched};
use crate::settings::{Federation, Published};
use crate::{Cx, Hub};

/// Longest metadata of one entity, and of a federation, in bytes (SAML-11).
const LONGEST_ENTITY: usize = 1024 * 1024;
const LONGEST_FEDERATION: usize = 128 * 1024 * 1024;
/// Soonest and latest that a document is fetched again, whatever it says of itself.
const SOONEST: Duration = Duration::from_secs(10 * 60);
const LATEST: Duration = Duration::from_secs(24 * 3600);
/// When it is fetched again where it says nothing.
const USUAL: Duration = Duration::from_secs(6 * 3600);
/// After what time a fetch that has failed is tried again; sooner where there is no copy to go on with.
const AGAIN: Duration = Duration::from_secs(5 * 60);
const AGAIN_WITHOUT: Duration = Duration::from_secs(15);
/// A federation of fewer is not guarded against becoming small.
const FEW: u32 = 20;

/// A document that is fetched.
#[derive(Clone, Debug)]
struct Source {
    /// What operators call it.
    name: String,
    /// Under which key its copy is.
    copy: String,
    url: WebUrl,
    pinned: Vec<Certificate>,
    longest_life: Option<Duration>,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Federation,
    Entity(String, Role),
}

/// What an entity is to the hub.
#[derive(Clone, Copy, Debug)]
enum Role {
    Service,
    Source,
}

/// What an operator sees of a place that metadata comes from.
#[derive(Clone, Debug, Serialize)]
pub struct SourceView {
    /// Its name: `federation:…` or `service:…`.
    pub name: String,
    /// Where it is fetched.
    pub url: String,
    /// When the copy that is used was fetched; none while there is none.
    pub good_at: Option<String>,
    /// Until when it is good, where it says so.
    pub valid_until: Option<String>,
    /// When it was last tried.
    pub tried_at: Option<String>,
    /// When it is tried next.
    pub next_at: Option<String>,
    /// How many entities it has.
    pub entities: u32,
    /// What was wrong the last time.
    pub problem: Option<String>,
}

/// Why a document was not taken. The last good one stays.
#[derive(Debug, thiserror::Error)]
enum NotTaken {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("it is not believed: {0}")]
    Document(#[from] Problem),
    /// SAML-11: more likely a fault of whoever publishes it than the end of half a federation.
    #[error(
        "it has {now} entities and had {before}: if that is right, `clau saml refresh NAME --accept-shrink` takes it"
    )]
    Shrunk { before: u32, now: u32 },
    #[error("{0}")]
    Hub(#[from] Error),
}

impl From<clau_storage::StorageError> for NotTaken {
    fn from(error: clau_storage::StorageError) -> Self {
        Self::Hub(error.into())
    }
}

/// Under which key the copy is that a registration's metadata is in: the name of its source, and a mark of where
/// that is and by whose keys it is believed. With another address or another pin it is another copy, which has to
/// be fetched and verified first.
pub(crate) fn copy_of(
    service: &Service,
    settings: &SamlService,
    federations: &[Federation],
) -> String {
    if let Some(url) = &settings.metadata_url {
        return copy_key(&own_source(service), url, &[&settings.metadata_certificate]);
    }
    let mut known = federations.iter();
    let federation = known.find(|known| known.name == settings.federation);
    // A federation that the configuration no longer has leaves nothing behind.
    federation.map_or_else(String::new, |federation| {
        federation_copy(federation, &settings.entity_id)
    })
}

pub(crate) fn federation_copy(federation: &Federation, entity_id: &str) -> String {
    let pins = federation.certificates.iter().map(Certificate::fingerprint);
    let pins: Vec<String> = pins.collect();
    let pins: Vec<&str> = pins.iter().map(String::as_str).collect();
    match &federation.published {
        Published::Aggregate(url) => copy_key(&aggregate_source(federation), url, &pins),
        Published::Query(url) => copy_key(&query_source(federation, entity_id), url, &pins),
    }
}

fn copy_key(name: &str, url: &WebUrl, pins: &[&str]) -> String {
    let mark = Digest::of(
        "saml-source",
        &format!("{}\n{}", url.as_str(), pins.join("\n")),
    );
    format!("{name}:{mark}")
}

fn own_source(service: &Service) -> String {
    format!("service:{}", service.id)
}

fn aggregate_source(federation: &Federation) -> String {
    format!("federation:{}", federation.name)
}

fn query_source(federation: &Federation, entity_id: &str) -> String {
    format!("federation:{}:{}", federation.name, digest_of(entity_id))
}

impl Hub {
    /// Fetches what is due; how many documents were tried. One node does it at a time.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn refresh_saml(&self, cx: &Cx<'_>) -> Result<usize, Error> {
        let sources = self.saml_source_list(cx).await?;
        let names: Vec<&str> = sources.iter().map(|source| source.copy.as_str()).collect();
        saml_metadata::keep_only(self.database(), &names).await?;
        let mut tried = 0;
        let rows = saml_metadata::sources(self.database()).await?;
        for source in &sources {
            let row = rows.iter().find(|row| row.name == source.copy);
            if row.is_some_and(|row| row.next_at > cx.now) {
                continue;
            }
            self.refresh_source(cx, source, row, false).await?;
            tried += 1;
        }
        Ok(tried)
    }

    /// Fetches one source now, or all of them: what an operator asks for. `accept_shrink` takes a federation
    /// that has suddenly become small.
    ///
    /// # Errors
    /// [`Error::Config`] for a name that no source has; [`Error::Unavailable`].
    pub async fn refresh_saml_now(
        &self,
        cx: &Cx<'_>,
        name: Option<&str>,
        accept_shrink: bool,
    ) -> Result<Vec<SourceView>, Error> {
        let mut sources = self.saml_source_list(cx).await?;
        if let Some(name) = name {
            sources.retain(|source| source.name == name);
            if sources.is_empty() {
                return Err(Error::Config(format!(
                    "no metadata comes from `{name}`: `clau saml sources` lists them"
                )));
            }
        }
        for source in &sources {
            let row = saml_metadata::source(self.database(), &source.copy).await?;
            self.refresh_source(cx, source, row.as_ref(), accept_shrink)
                .await?;
        }
        self.saml_sources(cx).await
    }

    /// The places that metadata comes from, with what is known of them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn saml_sources(&self, cx: &Cx<'_>) -> Result<Vec<SourceView>, Error> {
        let rows = saml_metadata::sources(self.database()).await?;
        let sources = self.saml_source_list(cx).await?;
        let view = |source: &Source| {
            let row = rows.iter().find(|row| row.name == source.copy);
            let at = |time: Option<Timestamp>| time.map(Timestamp::rfc3339);
            SourceView {
                name: source.name.clone(),
                url: source.url.as_str().to_owned(),
                good_at: at(row.and_then(|row| row.good_at)),
                valid_until: at(row.and_then(|row| row.valid_until)),
                tried_at: at(row.map(|row| row.tried_at)),
                next_at: at(row.map(|row| row.next_at)),
                entities: row.map_or(0, |row| row.entities),
                problem: row.and_then(|row| row.problem.clone()),
            }
        };
        Ok(sources.iter().map(view).collect())
    }

    /// Every document that is fetched, each once: federations, and what registrations name.
    async fn saml_source_list(&self, cx: &Cx<'_>) -> Result<Vec<Source>, Error> {
        let catalogue = self.catalogue(cx.now).await?;
        let federations = &self.settings().saml.federations;
        let mut sources = Vec::new();
        for federation in federations {
            if let Published::Aggregate(url) = &federation.published {
                sources.push(Source {
                    name: aggregate_source(federation),
                    copy: federation_copy(federation, ""),
                    url: url.clone(),
                    pinned: federation.certificates.clone(),
                    longest_life: Some(federation.longest_life),
                    what: What::Federation,
                });
            }
        }
        for service in catalogue.services() {
            let Some(settings) = &service.saml else {
                continue;
            };
            let copy = copy_of(service, settings, federations);
            if let Some(url) = &settings.metadata_url {
                // `clau apply` has refused what cannot be read.
                let pinned = certificates(&settings.metadata_certificate).unwrap_or_default();
                sources.push(Source {
                    name: own_source(service),
                    copy,
                    url: url.clone(),
                    pinned,
                    longest_life: None,
                    what: What::Entity(settings.entity_id.clone(), Role::Service),
                });
            }
        }
        let registered = catalogue
            .services()
            .filter_map(|service| service.saml.as_ref());
        let registered = registered
            .filter(|settings| settings.metadata_url.is_none())
            .map(|settings| (&settings.federation, &settings.entity_id, Role::Service));
        let connectors = catalogue.sources().all();
        let connectors = connectors
            .filter_map(|source| source.connector().saml.as_ref())
            .map(|saml| (&saml.federation, &saml.entity_id, Role::Source));
        for (name, entity_id, role) in registered.chain(connectors) {
            let mut known = federations.iter();
            let federation = known.find(|known| known.name == *name);
            if let Some(federation) = federation
                && let Published::Query(base) = &federation.published
                && let Some(url) = query_address(base, entity_id)
            {
                let copy = federation_copy(federation, entity_id);
                if sources.iter().any(|source| source.copy == copy) {
                    continue;
                }
                sources.push(Source {
                    name: query_source(federation, entity_id),
                    copy,
                    url,
                    pinned: federation.certificates.clone(),
                    longest_life: Some(federation.longest_life),
                    what: What::Entity(entity_id.clone(), role),
                });
            }
        }
        Ok(sources)
    }

    /// Tries one source and notes how it went.
    async fn refresh_source(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        row: Option<&SourceRow>,
        accept_shrink: bool,
    ) -> Result<(), Error> {
        let has_copy = row.is_some_and(|row| row.good_at.is_some());
        let again = cx.now + if has_copy { AGAIN } else { AGAIN_WITHOUT };
        let problem = match self.fetch_source(cx, source, row, accept_shrink).await {
            Ok(()) => return Ok(()),
            Err(NotTaken::Hub(error @ Error::Unavailable(_))) => return Err(error),
            Err(problem) => problem.to_string(),
        };
        tracing::warn!(
            event = "saml.metadata_refused",
            source = source.name,
            cause = problem,
            good_at = row.and_then(|row| row.good_at).map(Timestamp::rfc3339),
            "metadata was not taken; the last good copy stays"
        );
        metrics::counter!("clau_saml_metadata_total", "outcome" => "refused").increment(1);
        saml_metadata::tried(self.database(), &source.copy, cx.now, again, Some(&problem)).await?;
        Ok(())
    }

    async fn fetch_source(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        row: Option<&SourceRow>,
        accept_shrink: bool,
    ) -> Result<(), NotTaken> {
        let longest = match source.what {
            What::Federation => LONGEST_FEDERATION,
            What::Entity(..) => LONGEST_ENTITY,
        };
        let tag = row.and_then(|row| row.tag.as_deref());
        let fetched = self
            .inner
            .outbound
            .fetch_if_changed(&source.url, tag, longest)
            .await?;
        let Fetched::Document { bytes, tag } = fetched else {
            // The copy is as good as it was; one that is about to expire is looked at more often.
            let until = row.and_then(|row| row.valid_until);
            let next = next_fetch(cx.now, None, until);
            saml_metadata::tried(self.database(), &source.copy, cx.now, next, None).await?;
            return Ok(());
        };
        let known = SourceRow {
            name: source.copy.clone(),
            tag,
            tried_at: cx.now,
            good_at: Some(cx.now),
            valid_until: None,
            next_at: cx.now,
            entities: 0,
            problem: None,
        };
        let before = row.map(|row| row.entities).filter(|_| !accept_shrink);
        let entities = match &source.what {
            What::Entity(name, role) => {
                self.take_entity(cx, source, (known, name, *role), &bytes)
                    .await?
            }
            What::Federation => {
                self.take_federation(cx.now, source, known, bytes, before)
                    .await?
            }
        };
        self.forget_saml_providers();
        metrics::counter!("clau_saml_metadata_total", "outcome" => "taken").increment(1);
        tracing::info!(
            event = "saml.metadata_taken",
            source = source.name,
            entities,
            "metadata was fetched and is believed"
        );
        Ok(())
    }
}

impl Hub {
    /// Takes the document of one entity.
    async fn take_entity(
        &self,
        cx: &Cx<'_>,
        source: &Source,
        (mut known, name, role): (SourceRow, &str, Role),
        bytes: &[u8],
    ) -> Result<u32, NotTaken> {
        let trust = source.trust(cx.now);
        let row = {
            let document = Document::entity(bytes, &trust)?;
            document.is_about(name)?;
            // What could not be used later is refused now, while there is a last good copy.
            match role {
                Role::Service => drop(ServiceProvider::read(document.root())?),
                Role::Source => drop(IdentityProvider::read(document.root())?),
            }
            let entities: Result<Vec<Entity>, Problem> = document.entities().collect();
            let entity = entities?.pop().ok_or(Problem::Message("it is empty"))?;
            known.valid_until = document.valid_until();
            known.next_at = next_fetch(cx.now, document.cache_duration(), known.valid_until);
            row_of(entity, known.valid_until)
        };
        saml_metadata::put(self.database(), &known, &row).await?;
        Ok(1)
    }

    /// Takes the document of a federation. It is read on a thread of its own, and written as it is read: the
    /// whole is never there twice.
    async fn take_federation(
        &self,
        now: Timestamp,
        source: &Source,
        known: SourceRow,
        bytes: Vec<u8>,
        before: Option<u32>,
    ) -> Result<u32, NotTaken> {
        let (database, source) = (self.patient_database().clone(), source.clone());
        let runtime = tokio::runtime::Handle::current();
        let reading = tokio::task::spawn_blocking(move || {
            let document = Document::federation(&bytes, &source.trust(now))?;
            let count =
                u32::try_from(document.count()).map_err(|_| Problem::TooLarge("entities"))?;
            if let Some(before) = before.filter(|before| *before >= FEW && count < before / 2) {
                return Err(NotTaken::Shrunk { before, now: count });
            }
            let until = document.valid_until();
            let known = SourceRow {
                valid_until: until,
                next_at: next_fetch(now, document.cache_duration(), until),
                ..known
            };
            let mut entities = document
                .entities()
                .map(|entity| Ok::<_, NotTaken>(row_of(entity?, until)));
            let writing = saml_metadata::replace(&database, &known, &mut entities);
            Ok(runtime.block_on(writing)?.entities)
        });
        let read = reading.await;
        read.map_err(|error| Error::Defect(error.to_string()))?
    }
}

impl Source {
    fn trust(&self, now: Timestamp) -> Trust<'_> {
        Trust {
            pinned: &self.pinned,
            now,
            longest_life: self.longest_life,
        }
    }
}

/// An entity as it is kept. Its own date is kept apart from the one of the whole document, which is another one
/// each time.
fn row_of(entity: Entity, whole: Option<Timestamp>) -> EntityRow {
    let valid_until = entity.valid_until.filter(|until| Some(*until) != whole);
    let dated = format!("{valid_until:?}\n{}", entity.xml);
    EntityRow {
        digest: Digest::of("saml-entity", &dated).to_string(),
        entity_id: entity.entity_id,
        xml: entity.xml,
        valid_until,
    }
}

/// When a document is fetched again: when it says, within bounds, and well before it expires.
fn next_fetch(now: Timestamp, cache: Option<Duration>, until: Option<Timestamp>) -> Timestamp {
    let wished = cache.unwrap_or(USUAL).clamp(SOONEST, LATEST);
    let left = until.map_or(LATEST, |until| until.since(now) / 2);
    now + wished.min(left.max(AGAIN))
}

/// The address of an entity at a query service (Metadata Query Protocol §3.1); by the digest of its name where
/// that is too long for an address.
fn query_address(base: &WebUrl, entity_id: &str) -> Option<WebUrl> {
    let plain = base.below(&query_path(entity_id));
    plain.or_else(|| base.below(&query_path_by_digest(entity_id)))
}

/// Certificates in PEM, one after the other.
///
/// # Errors
/// What is wrong with one.
pub fn certificates(pem: &str) -> Result<Vec<Certificate>, Problem> {
    Certificate::all_from_pem(pem)
}

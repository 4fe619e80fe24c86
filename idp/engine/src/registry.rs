//! The registered services, read through a small cache: a change on any node is seen on all within
//! two seconds. Never holds a service that the store does not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use clau_domain::announcement::Announcement;
use clau_domain::ids::ServiceId;
use clau_domain::service::Service;
use clau_domain::time::Timestamp;
use clau_domain::url::{UrlPattern, WebUrl};
use clau_storage::services::RegistryVersion;
use clau_storage::{announcements, client_credentials, connectors, services};

use crate::Hub;
use crate::error::Error;
use crate::federation::sources::{Sources, Workshop};
use crate::oidc::clients::{Clients, OidcClient};
use crate::saml::services::Partners;

/// How long a node may not have noticed a change.
const FRESH: Duration = Duration::from_secs(2);
/// The same for whoever asks for a client that is not known: it may have been registered a moment ago, on
/// another node. Strangers ask for such clients as well, and cause this many readings and no more.
const FRESH_FOR_STRANGERS: Duration = Duration::from_millis(200);

/// The cache.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    current: RwLock<Option<Arc<Catalogue>>>,
    /// The connectors as they were last read: their drivers outlive a change of something else.
    sources: RwLock<Arc<Sources>>,
    /// How often something was changed here: what was read before a change is not kept after it.
    changes: AtomicU64,
}

/// Everything that is registered, as of one moment.
#[derive(Debug)]
pub struct Catalogue {
    version: RegistryVersion,
    /// The day that registrations were read for: exceptions have a last one.
    day: jiff::civil::Date,
    checked_at: Timestamp,
    services: BTreeMap<ServiceId, Arc<Service>>,
    clients: Arc<Clients>,
    partners: Arc<Partners>,
    sources: Arc<Sources>,
    announcements: Vec<Announcement>,
}

impl Catalogue {
    /// The service with an identifier.
    pub fn find(&self, id: &ServiceId) -> Option<&Arc<Service>> {
        self.services.get(id)
    }

    /// All services, by identifier.
    pub fn services(&self) -> impl Iterator<Item = &Arc<Service>> {
        self.services.values()
    }

    /// All announcements.
    pub fn announcements(&self) -> &[Announcement] {
        &self.announcements
    }

    /// The enabled client with an identifier.
    pub fn oidc_client(&self, client_id: &str) -> Option<&Arc<OidcClient>> {
        let client = self.clients.find(client_id);
        client.filter(|client| client.is_enabled())
    }

    /// The enabled client that a service is.
    pub fn oidc_client_of(&self, service: &ServiceId) -> Option<&Arc<OidcClient>> {
        let settings = self.find(service)?.oidc.as_ref()?;
        let client = self.oidc_client(settings.client_id(service))?;
        (client.service.id == *service).then_some(client)
    }

    /// The client that a service is, enabled or not: for operators.
    pub(crate) fn any_client_of(&self, service: &ServiceId) -> Option<&Arc<OidcClient>> {
        self.clients
            .all()
            .find(|client| client.service.id == *service)
    }

    /// Every client, enabled or not: for operators.
    pub(crate) fn all_clients(&self) -> impl Iterator<Item = &Arc<OidcClient>> {
        self.clients.all()
    }

    /// The enabled clients.
    pub fn oidc_clients(&self) -> impl Iterator<Item = &Arc<OidcClient>> {
        self.clients.all().filter(|client| client.is_enabled())
    }

    /// Whether pages of this origin are a client's, and may call the hub (OIDC-17).
    pub fn is_client_origin(&self, origin: &str) -> bool {
        self.clients.has_origin(origin)
    }

    /// The services that speak SAML, enabled or not.
    pub(crate) fn saml(&self) -> &Partners {
        &self.partners
    }

    /// The connectors, in use or not.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The enabled service that a CAS service address belongs to (CAS-01). Of several, the one whose
    /// pattern says most.
    pub fn cas_service(&self, url: &WebUrl) -> Option<&Arc<Service>> {
        self.services
            .values()
            .filter(|service| service.enabled)
            .filter_map(|service| {
                let patterns = &service.cas.as_ref()?.urls;
                let fitting = patterns.iter().filter(|pattern| pattern.matches(url));
                let best = fitting.map(UrlPattern::specificity).max()?;
                Some((best, service))
            })
            .max_by_key(|(best, _)| *best)
            .map(|(_, service)| service)
    }
}

impl Hub {
    /// The catalogue, at most two seconds old. When the store is down, the last one read goes on
    /// serving those who are already in.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the store is down and nothing has been read yet.
    pub async fn catalogue(&self, now: Timestamp) -> Result<Arc<Catalogue>, Error> {
        self.catalogue_of(now, FRESH).await
    }

    /// An enabled client by its identifier; one that is not known is looked for once more.
    pub(crate) async fn client_by_id(
        &self,
        now: Timestamp,
        client_id: &str,
    ) -> Result<Option<Arc<OidcClient>>, Error> {
        let known = self.catalogue(now).await?;
        if let Some(client) = known.oidc_client(client_id) {
            return Ok(Some(Arc::clone(client)));
        }
        let newer = self.catalogue_of(now, FRESH_FOR_STRANGERS).await?;
        Ok(newer.oidc_client(client_id).cloned())
    }

    /// The catalogue, no older than `age`.
    async fn catalogue_of(&self, now: Timestamp, age: Duration) -> Result<Arc<Catalogue>, Error> {
        let registry = &self.inner.registry;
        let changes = registry.changes.load(Ordering::SeqCst);
        let known = registry
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some(known) = &known
            && now.since(known.checked_at) < age
        {
            return Ok(Arc::clone(known));
        }
        let fresh = match self.read_catalogue(known.as_deref(), now).await {
            Ok(fresh) => Arc::new(fresh),
            Err(Error::Unavailable(why)) => {
                let Some(known) = known else {
                    return Err(Error::Unavailable(why));
                };
                tracing::warn!(reason = %why, "the registry cannot be read; its last state is used");
                return Ok(known);
            }
            Err(error) => return Err(error),
        };
        let mut current = registry
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        // Something was changed while this was being read: the next request reads again.
        if registry.changes.load(Ordering::SeqCst) == changes {
            *current = Some(Arc::clone(&fresh));
        }
        drop(current);
        Ok(fresh)
    }

    /// The next request reads the registry anew: what was changed here is seen here at once.
    pub(crate) fn forget_catalogue(&self) {
        let registry = &self.inner.registry;
        let mut current = registry
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        registry.changes.fetch_add(1, Ordering::SeqCst);
        *current = None;
    }

    async fn read_catalogue(
        &self,
        known: Option<&Catalogue>,
        now: Timestamp,
    ) -> Result<Catalogue, Error> {
        let version = services::version(self.database()).await?;
        let day = self.today(now);
        if let Some(known) = known
            && known.version == version
            && known.day == day
        {
            return Ok(Catalogue {
                version,
                day,
                checked_at: now,
                services: known.services.clone(),
                clients: Arc::clone(&known.clients),
                partners: Arc::clone(&known.partners),
                sources: Arc::clone(&known.sources),
                announcements: known.announcements.clone(),
            });
        }
        let all = services::all(self.database()).await?;
        let credentials = client_credentials::all(self.database()).await?;
        let services: BTreeMap<ServiceId, Arc<Service>> = all
            .into_iter()
            .map(|s| (s.id.clone(), Arc::new(s)))
            .collect();
        let clients = Clients::read(services.values(), &credentials, day);
        let partners = Partners::read(services.values(), now);
        let workshop = Workshop {
            drivers: self.settings().drivers.as_ref(),
            keys: self.keys(),
            base_url: &self.settings().base_url,
        };
        let rows = connectors::all(self.database()).await?;
        let sources = {
            let mut kept = self
                .inner
                .registry
                .sources
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            *kept = Arc::new(Sources::read(rows, &kept, workshop));
            Arc::clone(&kept)
        };
        self.load_documents(&sources, now).await?;
        Ok(Catalogue {
            version,
            day,
            checked_at: now,
            services,
            clients: Arc::new(clients),
            partners: Arc::new(partners),
            sources,
            announcements: announcements::all(self.database()).await?,
        })
    }
}

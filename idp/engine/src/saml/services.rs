//! Services that speak SAML, as they are used: a registration and its metadata, read once for all requests.
//! Metadata that lies at an address or in a federation comes from the store, where [`super::sources`] puts it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clau_domain::ids::ServiceId;
use clau_domain::service::{SamlService, Service};
use clau_domain::time::Timestamp;
use clau_saml::error::Problem;
use clau_saml::message::{Authentic, Opened};
use clau_saml::metadata::{Document, ServiceProvider, Trust};
use clau_storage::saml_metadata;

use super::Refused;
use super::sources::copy_of;
use crate::{Cx, Hub};

/// How long a node may not have noticed that the metadata of a service has changed.
const FRESH: Duration = Duration::from_secs(10);

/// A service with its metadata.
#[derive(Clone, Debug)]
pub struct Partner {
    /// The registration.
    pub service: Arc<Service>,
    /// How it speaks SAML.
    pub settings: SamlService,
    /// What it says of itself.
    pub provider: ServiceProvider,
}

impl Partner {
    /// Whether a request of it is its own only with a signature (SAML-08).
    pub(crate) fn must_sign(&self) -> bool {
        self.settings.signed_requests || self.provider.signs_requests
    }

    /// Its request for a login, as far as it may be read: verified if it has a signature or must have one.
    pub(crate) fn authentic<'d>(&self, opened: &'d Opened<'_>) -> Result<Authentic<'d>, Problem> {
        if opened.is_signed() || self.must_sign() {
            opened.authenticate(&self.provider.keys.signing)
        } else {
            opened.accept_unsigned()
        }
    }
}

/// The registered services of one moment, by the names of their entities.
#[derive(Debug, Default)]
pub(crate) struct Partners(BTreeMap<String, Known>);

#[derive(Debug)]
enum Known {
    /// Its metadata stands in the registration.
    Here(Arc<Partner>),
    /// Its metadata is in the store.
    Elsewhere(Arc<Service>),
}

impl Partners {
    /// Reads registrations. What cannot be read is left out, and told to the log: `clau apply` has refused it,
    /// or the hub has learnt to refuse it since.
    pub(crate) fn read<'a>(
        services: impl Iterator<Item = &'a Arc<Service>>,
        now: Timestamp,
    ) -> Self {
        let mut partners = BTreeMap::new();
        for service in services {
            let Some(settings) = &service.saml else {
                continue;
            };
            if settings.metadata.is_empty() {
                partners.insert(
                    settings.entity_id.clone(),
                    Known::Elsewhere(Arc::clone(service)),
                );
                continue;
            }
            match provider_of(settings, now) {
                Ok(provider) => {
                    let name = provider.entity_id.clone();
                    let partner = partner(service, settings, provider);
                    partners.insert(name, Known::Here(partner));
                }
                Err(problem) => tracing::error!(
                    event = "saml.metadata_unread",
                    service = %service.id,
                    cause = %problem,
                    "the metadata of a registration cannot be read; the service is not known by it"
                ),
            }
        }
        Self(partners)
    }

    /// The name of a service's entity.
    pub(crate) fn name_of(&self, service: &ServiceId) -> Option<&str> {
        let mut all = self.0.iter();
        all.find(|(_, known)| match known {
            Known::Here(partner) => partner.service.id == *service,
            Known::Elsewhere(known) => known.id == *service,
        })
        .map(|(name, _)| name.as_str())
    }
}

fn partner(
    service: &Arc<Service>,
    settings: &SamlService,
    provider: ServiceProvider,
) -> Arc<Partner> {
    Arc::new(Partner {
        service: Arc::clone(service),
        settings: settings.clone(),
        provider,
    })
}

/// The metadata that a registration holds: an operator has put it there, and vouches for it.
pub(crate) fn provider_of(
    settings: &SamlService,
    now: Timestamp,
) -> Result<ServiceProvider, Problem> {
    let trust = Trust {
        pinned: &[],
        now,
        longest_life: None,
    };
    let document = Document::entity(settings.metadata.as_bytes(), &trust)?;
    ServiceProvider::read(document.root())
}

/// What was read from the store.
#[derive(Debug, Default)]
pub(crate) struct ProviderCache(Mutex<BTreeMap<String, Cached>>);

#[derive(Clone, Debug)]
struct Cached {
    checked_at: Timestamp,
    /// Until when what it stood in is good.
    until: Option<Timestamp>,
    digest: String,
    partner: Arc<Partner>,
}

impl Hub {
    /// The enabled service with the name of an entity, with its metadata (SAML-16).
    ///
    /// # Errors
    /// [`Refused::Service`] for names that no service has, and for services whose metadata is not there or
    /// has expired; [`Refused::Hub`].
    pub(crate) async fn saml_partner(
        &self,
        cx: &Cx<'_>,
        entity_id: &str,
    ) -> Result<Arc<Partner>, Refused> {
        let catalogue = self.catalogue(cx.now).await?;
        let partner = match catalogue.saml().0.get(entity_id) {
            None => return Err(Refused::Service("no service of this name is registered")),
            Some(Known::Here(partner)) => Arc::clone(partner),
            Some(Known::Elsewhere(service)) => self.saml_from_store(cx, entity_id, service).await?,
        };
        if !partner.service.enabled {
            return Err(Refused::Service("the service is switched off"));
        }
        let until = partner.provider.valid_until;
        if until.is_some_and(|until| until <= cx.now) {
            return Err(Refused::Service("the metadata of the service has expired"));
        }
        Ok(partner)
    }

    /// The enabled service with an identifier, if it speaks SAML.
    pub(crate) async fn saml_partner_of(
        &self,
        cx: &Cx<'_>,
        service: &ServiceId,
    ) -> Result<Arc<Partner>, Refused> {
        let catalogue = self.catalogue(cx.now).await?;
        let name = catalogue.saml().name_of(service).map(str::to_owned);
        match name {
            Some(name) => self.saml_partner(cx, &name).await,
            None => Err(Refused::Service("no service of this name is registered")),
        }
    }

    async fn saml_from_store(
        &self,
        cx: &Cx<'_>,
        entity_id: &str,
        service: &Arc<Service>,
    ) -> Result<Arc<Partner>, Refused> {
        let missing = Refused::Service("the metadata of the service has not been read yet");
        let Some(settings) = &service.saml else {
            return Err(missing);
        };
        let cache = &self.inner.saml_providers.0;
        let known = {
            let known = cache.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(entity_id).cloned()
        };
        let same = |cached: &Cached| {
            cached.partner.settings == *settings && cached.partner.service == *service
        };
        let known = known.filter(same);
        if let Some(known) = &known
            && cx.now.since(known.checked_at) < FRESH
            && known.until.is_none_or(|until| until > cx.now)
        {
            return Ok(Arc::clone(&known.partner));
        }
        let source = copy_of(service, settings, &self.settings().saml.federations);
        let row = saml_metadata::find(self.database(), &source, entity_id).await?;
        let row = row.ok_or(missing)?;
        // SAML-11: what whoever has signed all of it no longer stands for is nobody's.
        let whole = saml_metadata::source(self.database(), &source).await?;
        let whole = whole.and_then(|source| source.valid_until);
        if whole.is_some_and(|until| until <= cx.now) {
            return Err(Refused::Service("the metadata of the service has expired"));
        }
        let partner = match known {
            Some(known) if known.digest == row.digest => known.partner,
            _ => partner(service, settings, self.read_stored(cx, &row)?),
        };
        let cached = Cached {
            checked_at: cx.now,
            until: whole,
            digest: row.digest,
            partner: Arc::clone(&partner),
        };
        // One entry for each registered service at most.
        let mut all = cache.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(entity_id.to_owned(), cached);
        Ok(partner)
    }

    /// Metadata that was believed when it was stored.
    fn read_stored(
        &self,
        cx: &Cx<'_>,
        row: &saml_metadata::EntityRow,
    ) -> Result<ServiceProvider, Refused> {
        let trust = Trust {
            pinned: &[],
            now: cx.now,
            longest_life: None,
        };
        let document = Document::entity(row.xml.as_bytes(), &trust)?;
        let mut provider = ServiceProvider::read(document.root())?;
        // The date of a group around it counts as well.
        provider.valid_until = match (provider.valid_until, row.valid_until) {
            (Some(own), Some(around)) => Some(own.min(around)),
            (own, around) => own.or(around),
        };
        Ok(provider)
    }

    /// Forgets what was read from the store: the next request reads it anew.
    pub(crate) fn forget_saml_providers(&self) {
        let cache = &self.inner.saml_providers.0;
        cache.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

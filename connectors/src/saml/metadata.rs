//! What is known of a source: its metadata, read and kept until another one is believed or it expires
//! (SAML-11). Fetches nothing: the engine does, and brings it.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_saml::error::Problem;
use clau_saml::key::Certificate;
use clau_saml::metadata::{Document, IdentityProvider, Trust};
use clau_saml::xml::Limits;

use super::fault;
use super::registration::Registered;
use crate::contract::{Fault, Taken, Wanted, WantedFrom};

/// What the document is called.
pub(super) const DOCUMENT: &str = "metadata";
/// How often it is fetched: sources announce their next key hours or days before they sign with it.
const EVERY: Duration = Duration::from_secs(3600);
/// Longest metadata of one entity, in bytes.
pub(super) const LONGEST: usize = Limits::ENTITY.bytes;

/// What must be fetched.
pub(super) fn wanted(registered: &Registered) -> Vec<Wanted> {
    let settings = &registered.settings;
    let from = if let Some(url) = &settings.metadata_url {
        WantedFrom::Url(url.clone())
    } else if settings.federation.is_empty() {
        return Vec::new();
    } else {
        WantedFrom::Federation {
            federation: settings.federation.clone(),
            entity_id: registered.entity_id.clone(),
        }
    };
    vec![Wanted {
        name: DOCUMENT,
        from,
        longest: LONGEST,
        every: EVERY,
    }]
}

/// Reads the metadata of one identity provider that is believed for a reason: `pinned` certificates, or what
/// the caller knows of where it comes from.
pub(super) fn entity(
    bytes: &[u8],
    pinned: &[Certificate],
    now: Timestamp,
) -> Result<IdentityProvider, Problem> {
    let trust = Trust {
        pinned,
        now,
        longest_life: None,
    };
    let document = Document::entity(bytes, &trust)?;
    let provider = IdentityProvider::read(document.root())?;
    // The role may end before its entity does.
    if provider.valid_until.is_some_and(|until| until <= now) {
        return Err(Problem::Expired("its date is over"));
    }
    Ok(provider)
}

/// Reads what was fetched for a registration: about the one source that it names (FED-05).
pub(super) fn read(
    registered: &Registered,
    bytes: &[u8],
    now: Timestamp,
) -> Result<IdentityProvider, Fault> {
    let provider = entity(bytes, &registered.pinned, now).map_err(fault)?;
    if provider.entity_id == registered.entity_id {
        Ok(provider)
    } else {
        Err(fault(Problem::Refused(
            "it is the metadata of another entity",
        )))
    }
}

/// The metadata that is used.
#[derive(Debug)]
pub(super) struct Held(RwLock<Option<Arc<IdentityProvider>>>);

impl Held {
    pub(super) fn new(given: Option<IdentityProvider>) -> Self {
        Self(RwLock::new(given.map(Arc::new)))
    }

    /// Uses what was read from now on.
    pub(super) fn take(&self, provider: IdentityProvider) -> Taken {
        let taken = Taken {
            valid_until: provider.valid_until,
            warnings: provider.warnings().map(|it| it.to_string()).collect(),
        };
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *held = Some(Arc::new(provider));
        taken
    }

    /// What is known, good or not.
    pub(super) fn any(&self) -> Option<Arc<IdentityProvider>> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    /// What is known and still good.
    pub(super) fn provider(&self, now: Timestamp) -> Result<Arc<IdentityProvider>, Fault> {
        let unusable = |why: String| Err(Fault::Unusable(why));
        match self.any() {
            None => unusable("no metadata of it has been read yet".to_owned()),
            Some(provider) => match provider.valid_until {
                Some(until) if until <= now => {
                    unusable(format!("its metadata was good until {until}"))
                }
                _ => Ok(provider),
            },
        }
    }
}

//! Registered connectors with their drivers, as they are used: made once for each registration, shared between
//! requests, made anew when the registration changes. Never asks a driver anything: [`super::calls`] does.

use std::collections::BTreeMap;
use std::sync::Arc;

use clau_connectors::contract::{Blueprint, Driver, Drivers, Mistake};
use clau_domain::connector::{Connector, ConnectorId};
use clau_domain::secret::SecretString;
use clau_storage::connectors::Registered;
use tokio::sync::Semaphore;

use super::Refused;
use crate::keys::{Keys, Sealed};
use crate::{Cx, Hub};

/// How many requests may wait for one source at a time: as many as a school has at eight, and not so many that
/// a source which hangs holds all of a node's memory (AVL-03).
const MOST_AT_A_TIME: usize = 64;

/// A connector at work.
#[derive(Debug)]
pub struct Source {
    /// The registration as it is stored; what its profile adds is the driver's to know.
    registered: Registered,
    driver: Result<Box<dyn Driver>, Vec<Mistake>>,
    pub(super) permits: Arc<Semaphore>,
    /// Which copies of its documents the driver has: their versions, by name.
    pub(super) loaded: std::sync::Mutex<BTreeMap<String, i64>>,
}

impl Source {
    /// Identifier.
    pub fn id(&self) -> &ConnectorId {
        &self.registered.connector.id
    }

    /// Name as pages and logs show it.
    pub fn name(&self) -> &str {
        &self.registered.connector.name
    }

    /// The registration, completed by its profile where its driver could be made.
    pub fn connector(&self) -> &Connector {
        match &self.driver {
            Ok(driver) => driver.connector(),
            Err(_) => &self.registered.connector,
        }
    }

    /// The driver, where the registration is good for one.
    pub(crate) fn driver(&self) -> Option<&dyn Driver> {
        self.driver.as_deref().ok()
    }

    /// What is wrong with the registration.
    pub(crate) fn mistakes(&self) -> &[Mistake] {
        match &self.driver {
            Ok(_) => &[],
            Err(mistakes) => mistakes,
        }
    }

    /// Whether people may come by it (SAML-16).
    pub(crate) fn is_in_use(&self) -> bool {
        self.registered.connector.enabled && self.driver.is_ok()
    }
}

/// All of them, as of one moment.
#[derive(Debug, Default)]
pub struct Sources(BTreeMap<ConnectorId, Arc<Source>>);

impl Sources {
    /// Makes what is new or has changed, and keeps what has not: with its documents, and with those who wait.
    pub(crate) fn read(rows: Vec<Registered>, former: &Self, with: Workshop<'_>) -> Self {
        let make = |row: Registered| {
            let id = row.connector.id.clone();
            let known = former.0.get(&id);
            let source = match known.filter(|known| known.registered == row) {
                Some(known) => Arc::clone(known),
                None => Arc::new(with.make(row)),
            };
            (id, source)
        };
        Self(rows.into_iter().map(make).collect())
    }

    /// The connector with an identifier, whether or not it is in use.
    pub fn find(&self, id: &ConnectorId) -> Option<&Arc<Source>> {
        self.0.get(id)
    }

    /// All of them, by identifier.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.0.values()
    }

    /// Those by which people may come.
    pub fn in_use(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.all().filter(|source| source.is_in_use())
    }
}

/// What drivers are made with.
#[derive(Clone, Copy)]
pub(crate) struct Workshop<'a> {
    pub(crate) drivers: &'a dyn Drivers,
    pub(crate) keys: &'a Keys,
    pub(crate) base_url: &'a str,
}

impl Workshop<'_> {
    fn make(&self, registered: Registered) -> Source {
        let secret = self.secret_of(&registered);
        let driver = self.drivers.driver(Blueprint {
            connector: &registered.connector,
            secret: secret.as_ref(),
            base_url: self.base_url,
        });
        if let Err(mistakes) = &driver {
            tracing::error!(
                event = "connector.unusable",
                connector = %registered.connector.id,
                mistakes = ?mistakes,
                "a connector's registration cannot work; nobody comes by it"
            );
        }
        Source {
            registered,
            driver,
            permits: Arc::new(Semaphore::new(MOST_AT_A_TIME)),
            loaded: std::sync::Mutex::default(),
        }
    }

    fn secret_of(&self, registered: &Registered) -> Option<SecretString> {
        let sealed = registered.sealed.as_deref()?;
        let about = about(&registered.connector.id);
        let clear = self.keys.unseal(Sealed::ConnectorSecret, &about, sealed)?;
        let text = std::str::from_utf8(&clear).ok()?;
        Some(SecretString::from(text.to_owned()))
    }
}

/// What a sealed secret is about: another connector cannot use it.
pub(crate) fn about(id: &ConnectorId) -> String {
    format!("connector {id}")
}

impl Hub {
    /// The connector with an identifier, if people may come by it.
    ///
    /// # Errors
    /// [`Refused::Unknown`], [`Refused::Hub`].
    pub(crate) async fn source(
        &self,
        cx: &Cx<'_>,
        id: &ConnectorId,
    ) -> Result<Arc<Source>, Refused> {
        let catalogue = self.catalogue(cx.now).await?;
        let source = catalogue.sources().find(id);
        let source = source.filter(|source| source.is_in_use());
        source.cloned().ok_or(Refused::Unknown)
    }
}

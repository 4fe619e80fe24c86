//! Every use case of the hub: login, logout, tickets, the portal, import, registration, accounts.
//! Never sees an HTTP request or response; never reads the clock or makes randomness: they come in
//! with [`Cx`].

pub mod accounts;
pub mod apply;
mod breaker;
pub mod cas;
pub mod error;
pub mod factors;
pub mod federation;
mod hashing;
pub mod health;
pub mod import;
pub mod keys;
pub mod leaving;
pub mod login;
pub mod logout;
pub mod oidc;
pub mod outbound;
pub mod portal;
pub mod registry;
pub mod saml;
pub mod session;
pub mod settings;
pub mod signing;
mod throttle;

use std::net::IpAddr;
use std::sync::Arc;

use clau_domain::random::Random;
use clau_domain::secret::{Kind, Token};
use clau_domain::time::Timestamp;
use clau_storage::Database;
use clau_storage::counters::{Counters, LocalCounters};
use clau_storage::tickets::{Life, Tickets};
use serde::Serialize;

pub use error::Error;
pub use settings::Settings;

use hashing::Hasher;
use keys::Keys;
use outbound::Outbound;
use registry::Registry;

/// The hub: everything a use case needs besides its arguments. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) database: Database,
    /// The same, for work that nobody waits for.
    pub(crate) patient: Database,
    pub(crate) tickets: Tickets,
    pub(crate) counters: Counters,
    pub(crate) local_counters: LocalCounters,
    pub(crate) keys: Keys,
    pub(crate) hasher: Hasher,
    pub(crate) registry: Registry,
    pub(crate) outbound: Outbound,
    pub(crate) signing_keys: signing::SigningKeys<oidc::signing::OidcKey>,
    pub(crate) saml_providers: saml::services::ProviderCache,
    pub(crate) saml_keys: signing::SigningKeys<saml::keys::SamlKey>,
    pub(crate) saml_encryption_keys: signing::SigningKeys<saml::keys::SamlEncryptionKey>,
    pub(crate) saml_sp_keys: signing::SigningKeys<saml::keys::SamlKey<saml::keys::TowardsSources>>,
    pub(crate) saml_sp_encryption_keys:
        signing::SigningKeys<saml::keys::SamlEncryptionKey<saml::keys::TowardsSources>>,
    pub(crate) rp_keys: signing::SigningKeys<federation::keys::RpKey>,
    pub(crate) rp_encryption_keys: signing::SigningKeys<federation::keys::RpEncryptionKey>,
    pub(crate) healths: federation::health::Healths,
    pub(crate) client_keys: oidc::jwks::ClientKeys,
    pub(crate) breakers: breaker::Breakers,
    /// Rings when a logout notice has been written.
    pub(crate) outbox: tokio::sync::Notify,
    pub(crate) settings: Settings,
}

/// The stores that a hub stands on.
pub struct Stores {
    /// The directory and everything lasting.
    pub database: Database,
    /// Sessions, logins and tickets.
    pub tickets: Tickets,
    /// Counters that throttle.
    pub counters: Counters,
}

impl Stores {
    /// Everything in one SQLite file: the stores of a hub that is given no servers.
    ///
    /// # Errors
    /// [`Error::Config`] and [`Error::Unavailable`] when the file cannot be opened.
    pub async fn embedded(file: std::path::PathBuf) -> Result<Self, Error> {
        let config = clau_storage::DatabaseConfig::Sqlite { file, readers: 2 };
        let database = Database::open(&config).await?;
        Ok(Self {
            tickets: Tickets::in_database(database.clone()),
            counters: Counters::in_database(database.clone()),
            database,
        })
    }
}

/// One request to the hub, as far as a use case may know it.
pub struct Cx<'a> {
    /// When it came.
    pub now: Timestamp,
    /// Where randomness comes from.
    pub random: &'a dyn Random,
    /// Who sent it, as far as the network tells.
    pub client: Client,
    /// What the person sees on an error page and the operator finds in the log.
    pub reference: String,
}

/// The sender of a request.
#[derive(Clone, Debug)]
pub struct Client {
    /// Address of the nearest hop that is not one of our proxies (WEB-06).
    pub address: IpAddr,
    /// `Firefox · Windows`, for the list of sessions.
    pub browser: String,
}

impl Client {
    /// The hub itself: commands and background tasks.
    pub fn operator() -> Self {
        Self {
            address: IpAddr::from([127, 0, 0, 1]),
            browser: "clau".to_owned(),
        }
    }
}

impl Hub {
    /// A hub on open stores.
    ///
    /// # Errors
    /// [`Error::Config`] when the outbound client cannot be made or the master key is not the one
    /// that this database was used with (KEY-07).
    pub async fn new(
        stores: Stores,
        master_key: &keys::MasterKey,
        settings: Settings,
    ) -> Result<Self, Error> {
        let keys = Keys::derive(master_key);
        keys.confirm(&stores.database).await?;
        let outbound = Outbound::new(&settings.outbound)?;
        let hasher = Hasher::start(settings.passwords)?;
        Ok(Self {
            inner: Arc::new(Inner {
                registry: Registry::default(),
                local_counters: LocalCounters::default(),
                patient: stores.database.patient(),
                database: stores.database,
                tickets: stores.tickets,
                counters: stores.counters,
                keys,
                hasher,
                outbound,
                signing_keys: signing::SigningKeys::default(),
                saml_providers: saml::services::ProviderCache::default(),
                saml_keys: signing::SigningKeys::default(),
                saml_encryption_keys: signing::SigningKeys::default(),
                saml_sp_keys: signing::SigningKeys::default(),
                saml_sp_encryption_keys: signing::SigningKeys::default(),
                rp_keys: signing::SigningKeys::default(),
                rp_encryption_keys: signing::SigningKeys::default(),
                healths: federation::health::Healths::default(),
                client_keys: oidc::jwks::ClientKeys::default(),
                breakers: breaker::Breakers::default(),
                outbox: tokio::sync::Notify::new(),
                settings,
            }),
        })
    }

    /// How this hub is set up.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn database(&self) -> &Database {
        &self.inner.database
    }

    pub(crate) fn patient_database(&self) -> &Database {
        &self.inner.patient
    }

    pub(crate) fn tickets(&self) -> &Tickets {
        &self.inner.tickets
    }

    /// Keeps something under a new token until an instant. It is nobody's: whoever has the token has it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn keep_new<K: Kind>(
        &self,
        cx: &Cx<'_>,
        value: &impl Serialize,
        expires_at: Timestamp,
    ) -> Result<Token<K>, Error> {
        let token = Token::<K>::mint(cx.random);
        let life = Life {
            owner: None,
            expires_at,
            now: cx.now,
        };
        self.tickets()
            .put::<K>(&token.digest(), value, life)
            .await?;
        Ok(token)
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// Today in the region.
    pub(crate) fn today(&self, now: Timestamp) -> jiff::civil::Date {
        now.in_zone(&self.settings().time_zone).date()
    }
}

//! A hub with one connector and a provider: what the tests begin with.

use std::sync::Arc;

use clau_domain::connector::Connector;
use clau_domain::random::SeededForTests;
use clau_domain::secret::SecretString;
use clau_domain::time::Timestamp;
use clau_oidc::jose::{Algorithm, DecryptionKey, SigningKey};
use futures_util::FutureExt as _;
use openidconnect::url::Url;
use serde_json::{Value, json};

use super::provider::Provider;
use crate::contract::{
    Answer, Arrival, Arrived, Blueprint, Call, Departure, Driver, Fault, Keys, Leave, Mistake, Wish,
};
use crate::oidc::driver;

pub(super) const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);
pub(super) const ISSUER: &str = "https://guichet.example.fr/api/v2";
pub(super) const HUB: &str = "https://hub.example.fr";
pub(super) const CLIENT: &str = "hub-1";
pub(super) const SECRET: &str = "a secret";
pub(super) const STATE: &str = "StateStateStateStateStateStateStateState123";

/// A registration: the given members of `oidc`, and of the connector itself, replace the usual ones.
pub(super) fn registration(oidc: Value, connector: Value) -> Connector {
    let mut value = json!({
        "id": "guichet", "name": "Guichet",
        "oidc": { "issuer": ISSUER, "client_id": CLIENT, "authentication": "client_secret_basic" },
        "attributes": { "subject": ["sub"] },
    });
    for (place, given) in [("oidc", oidc), ("", connector)] {
        let target = if place.is_empty() {
            &mut value
        } else {
            &mut value[place]
        };
        for (name, given) in given.as_object().expect("an object") {
            target[name] = given.clone();
        }
    }
    serde_json::from_value(value).expect("a registration")
}

pub(super) fn made(connector: &Connector) -> Result<Box<dyn Driver>, Vec<Mistake>> {
    driver(Blueprint {
        connector,
        secret: Some(&SecretString::from(SECRET)),
        base_url: HUB,
    })
}

/// The answer of a driver; nothing here waits.
pub(super) fn now<T>(answer: Answer<'_, T>) -> Result<T, Fault> {
    answer.now_or_never().expect("nothing waits")
}

pub(super) struct Scene {
    pub(super) provider: Provider,
    pub(super) driver: Box<dyn Driver>,
    pub(super) keys: Keys,
    pub(super) random: SeededForTests,
    pub(super) now: Timestamp,
}

impl Scene {
    /// A hub that has fetched the documents of a provider.
    pub(super) fn new(oidc: Value, connector: Value) -> Self {
        let key = SigningKey::generate(Algorithm::Es256).expect("a key");
        Self::of(Provider::new(Arc::new(key)), &registration(oidc, connector))
    }

    pub(super) fn plain() -> Self {
        Self::new(json!({}), json!({}))
    }

    pub(super) fn of(provider: Provider, connector: &Connector) -> Self {
        let scene = Self {
            provider,
            driver: made(connector).expect("a driver"),
            keys: Keys {
                oidc_signing: Some(Arc::new(
                    SigningKey::generate(Algorithm::Es256).expect("a key"),
                )),
                oidc_published: Vec::new(),
                oidc_decryption: ["ECDH-ES", "ECDH-ES"]
                    .map(|name| Arc::new(DecryptionKey::generate(name).expect("a key")))
                    .to_vec(),
                ..Keys::default()
            },
            random: SeededForTests::new(1),
            now: NOW,
        };
        scene.fetch().expect("documents");
        scene
    }

    pub(super) fn call(&self) -> Call<'_> {
        Call {
            now: self.now,
            random: &self.random,
            http: &self.provider,
            keys: &self.keys,
        }
    }

    /// What the engine does: every document that is wanted, as the provider has it now.
    pub(super) fn fetch(&self) -> Result<(), Fault> {
        let (discovery, keys) = {
            let state = self.provider.state();
            (state.discovery.to_string(), state.keys.to_string())
        };
        self.driver
            .take("discovery", discovery.as_bytes(), self.now)?;
        self.driver.take("keys", keys.as_bytes(), self.now)?;
        Ok(())
    }

    /// A login begins: where the browser goes, and what is remembered.
    pub(super) fn depart(&self, wish: &Wish) -> Result<(String, String), Fault> {
        let departure = now(self.driver.depart(&self.call(), wish))?;
        let Departure::Away { leave, pending } = departure else {
            panic!("the browser goes away")
        };
        let Leave::Redirect(address) = leave else {
            panic!("by a redirect")
        };
        Ok((address, pending))
    }

    pub(super) fn arrive(&self, query: &str, pending: Option<&str>) -> Result<Arrived, Fault> {
        now(self
            .driver
            .arrive(&self.call(), &Arrival::Query(query), pending))
    }

    /// A whole login.
    pub(super) fn login(&self) -> Result<Arrived, Fault> {
        self.login_as(&wish())
    }

    pub(super) fn login_as(&self, wish: &Wish) -> Result<Arrived, Fault> {
        let (address, pending) = self.depart(wish)?;
        let query = self.provider.authorize(&address);
        self.arrive(&query, Some(&pending))
    }
}

pub(super) fn wish() -> Wish {
    Wish {
        state: STATE.to_owned(),
        ..Wish::default()
    }
}

/// The parameters of an address.
pub(super) fn parameters(address: &str) -> Vec<(String, String)> {
    let address = Url::parse(address).expect("an address");
    address.query_pairs().into_owned().collect()
}

/// A parameter of an address.
pub(super) fn parameter(address: &str, name: &str) -> Option<String> {
    let mut found = parameters(address)
        .into_iter()
        .filter(|(known, _)| known == name);
    let value = found.next().map(|(_, value)| value);
    assert!(found.next().is_none(), "`{name}` comes twice");
    value
}

//! The hub's keys towards upstreams: a service provider's and a relying party's. Others than those towards services
//! (KEY-01), with the same life ([`crate::signing`]).

use std::sync::Arc;

use clau_connectors::contract::Keys;
use clau_domain::time::Timestamp;
use clau_oidc::jose::{Algorithm, DecryptionKey, SigningKey};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::Hub;
use crate::error::Error;
use crate::saml::keys::{SamlEncryptionKey, SamlKey, TowardsSources};
use crate::settings::Settings;
use crate::signing::{Birth, Material, Policy, SigningKeys};

/// Signs what the relying party proves itself with (`private_key_jwt`).
#[derive(Debug)]
pub struct RpKey(Arc<SigningKey>);

/// Opens what OpenID providers encrypt for the hub.
#[derive(Debug)]
pub struct RpEncryptionKey(Arc<DecryptionKey>);

impl Material for RpKey {
    const PURPOSE: &'static str = "rp";
    const ALGORITHMS: &'static [&'static str] = &["ES256"];
    type Derived = Vec<Arc<SigningKey>>;

    fn policy(settings: &Settings) -> Policy {
        SamlKey::<TowardsSources>::policy(settings)
    }

    fn cache(hub: &Hub) -> &SigningKeys<Self> {
        &hub.inner.rp_keys
    }

    fn generate(_algorithm: &'static str, _birth: &Birth) -> Result<Self, String> {
        let key = SigningKey::generate(Algorithm::Es256).map_err(|error| error.to_string())?;
        Ok(Self(Arc::new(key)))
    }

    fn open(_algorithm: &'static str, pkcs8: &[u8], _public: &Value) -> Result<Self, String> {
        let key = SigningKey::from_pkcs8(Algorithm::Es256, pkcs8);
        Ok(Self(Arc::new(key.map_err(|error| error.to_string())?)))
    }

    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        self.0.to_pkcs8().map_err(|error| error.to_string())
    }

    fn public(&self) -> Value {
        self.0.public().to_json()
    }

    fn kid(&self) -> &str {
        self.0.kid()
    }

    fn derive<'a>(
        believed: impl Iterator<Item = &'a Self>,
        _good: impl Iterator<Item = &'a Self>,
    ) -> Self::Derived {
        believed.map(|key| Arc::clone(&key.0)).collect()
    }
}

impl Material for RpEncryptionKey {
    const PURPOSE: &'static str = "rp-encryption";
    const ALGORITHMS: &'static [&'static str] = &["ECDH-ES", "RSA-OAEP-256"];
    type Derived = Vec<Arc<DecryptionKey>>;

    fn policy(settings: &Settings) -> Policy {
        RpKey::policy(settings)
    }

    fn cache(hub: &Hub) -> &SigningKeys<Self> {
        &hub.inner.rp_encryption_keys
    }

    fn generate(algorithm: &'static str, _birth: &Birth) -> Result<Self, String> {
        let key = DecryptionKey::generate(algorithm).map_err(|error| error.to_string())?;
        Ok(Self(Arc::new(key)))
    }

    fn open(algorithm: &'static str, pkcs8: &[u8], _public: &Value) -> Result<Self, String> {
        let key = DecryptionKey::from_pkcs8(algorithm, pkcs8);
        Ok(Self(Arc::new(key.map_err(|error| error.to_string())?)))
    }

    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        self.0.to_pkcs8().map_err(|error| error.to_string())
    }

    fn public(&self) -> Value {
        self.0.public().clone()
    }

    fn kid(&self) -> &str {
        self.0.kid()
    }

    /// Everything that was encrypted for a key that was not revoked opens.
    fn derive<'a>(
        _believed: impl Iterator<Item = &'a Self>,
        good: impl Iterator<Item = &'a Self>,
    ) -> Self::Derived {
        good.map(|key| Arc::clone(&key.0)).collect()
    }
}

impl Hub {
    /// The keys towards upstreams, at most five seconds old.
    pub(crate) async fn upstream_keys(&self, now: Timestamp) -> Result<Keys, Error> {
        let signing = self.ring::<SamlKey<TowardsSources>>(now).await?;
        let encryption = self.ring::<SamlEncryptionKey<TowardsSources>>(now).await?;
        let rp = self.ring::<RpKey>(now).await?;
        let rp_encryption = self.ring::<RpEncryptionKey>(now).await?;
        let published = signing.published(now);
        Ok(Keys {
            saml_signing: signing.signing("rsa", now).ok().map(SamlKey::shared),
            saml_decryption: encryption.derived().clone(),
            saml_signing_certificates: published.map(|key| key.certificate().clone()).collect(),
            saml_encryption_certificate: encryption
                .newest_good("rsa", now)
                .map(|key| key.certificate().clone()),
            oidc_signing: rp.signing("ES256", now).ok().map(|key| Arc::clone(&key.0)),
            oidc_published: rp.derived().clone(),
            oidc_decryption: rp_encryption.derived().clone(),
        })
    }
}

//! What the keys of OpenID Connect are made of: JSON Web Keys of four algorithms. Their life is
//! [`crate::signing`]'s.

use clau_domain::time::Timestamp;
use clau_oidc::jose::{Algorithm, JwkSet, SigningKey, VerifyingKey};
use serde_json::Value;
use std::sync::Arc;
use zeroize::Zeroizing;

use super::Failure;
use crate::Hub;
use crate::error::Error;
use crate::settings::Settings;
use crate::signing::{Birth, KeyRing, Material, Policy, SigningKeys};

/// The algorithms for which there is always a key.
pub const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::Es256,
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::EdDsa,
];

/// A key that signs tokens.
#[derive(Debug)]
pub struct OidcKey {
    key: SigningKey,
    verifying: VerifyingKey,
}

/// Keys by which tokens of ours are read.
#[derive(Debug)]
pub struct Reading {
    verifying: Vec<VerifyingKey>,
    hinting: Vec<VerifyingKey>,
}

impl OidcKey {
    fn new(key: SigningKey) -> Result<Self, String> {
        let verifying = key.verifying().map_err(|error| error.to_string())?;
        Ok(Self { key, verifying })
    }
}

impl Material for OidcKey {
    const PURPOSE: &'static str = "oidc";
    const ALGORITHMS: &'static [&'static str] = &["ES256", "RS256", "PS256", "EdDSA"];
    type Derived = Reading;

    fn policy(settings: &Settings) -> Policy {
        Policy {
            rotation: Some(settings.oidc.key_rotation),
            publish: settings.oidc.key_publish,
            signed_life: settings.oidc.longest_token(),
        }
    }

    fn cache(hub: &Hub) -> &SigningKeys<Self> {
        &hub.inner.signing_keys
    }

    fn generate(algorithm: &'static str, _birth: &Birth) -> Result<Self, String> {
        let algorithm = algorithm.parse::<Algorithm>().map_err(|e| e.to_string())?;
        Self::new(SigningKey::generate(algorithm).map_err(|e| e.to_string())?)
    }

    fn open(algorithm: &'static str, pkcs8: &[u8], _public: &Value) -> Result<Self, String> {
        let algorithm = algorithm.parse::<Algorithm>().map_err(|e| e.to_string())?;
        Self::new(SigningKey::from_pkcs8(algorithm, pkcs8).map_err(|e| e.to_string())?)
    }

    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        self.key.to_pkcs8().map_err(|error| error.to_string())
    }

    fn public(&self) -> Value {
        self.key.public().to_json()
    }

    fn kid(&self) -> &str {
        self.key.kid()
    }

    fn derive<'a>(
        believed: impl Iterator<Item = &'a Self>,
        good: impl Iterator<Item = &'a Self>,
    ) -> Reading {
        Reading {
            verifying: believed.map(|key| key.verifying.clone()).collect(),
            hinting: good.map(|key| key.verifying.clone()).collect(),
        }
    }
}

impl KeyRing<OidcKey> {
    /// The keys by which our own tokens are read.
    pub(crate) fn verifying(&self) -> &[VerifyingKey] {
        &self.derived().verifying
    }

    /// The keys by which an ID token is recognised that a client hints with (OIDC-13): it may have expired
    /// long ago, so may its key; not one that was revoked.
    pub(crate) fn hinting(&self) -> &[VerifyingKey] {
        &self.derived().hinting
    }

    /// The key set for everybody (RFC 7517 §5).
    pub fn key_set(&self, now: Timestamp) -> Value {
        let keys = self.published(now);
        let set = JwkSet {
            keys: keys.map(|key| key.key.public().clone()).collect(),
        };
        set.to_json()
    }

    /// The algorithms for which there is a key.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let has = |algorithm: &Algorithm| self.has(algorithm.name());
        ALGORITHMS.into_iter().filter(has).collect()
    }
}

impl Hub {
    /// The keys of OpenID Connect, at most five seconds old.
    ///
    /// # Errors
    /// As [`Hub::ring`].
    pub async fn key_ring(&self, now: Timestamp) -> Result<Arc<KeyRing<OidcKey>>, Error> {
        self.ring(now).await
    }

    /// A token signed by the hub, as `algorithm` wants it.
    pub(crate) async fn signer(
        &self,
        now: Timestamp,
        algorithm: Algorithm,
        sign: impl FnOnce(&SigningKey) -> Result<String, clau_oidc::jose::BadKey>,
    ) -> Result<String, Failure> {
        let ring = self.key_ring(now).await?;
        let key = ring.signing(algorithm.name(), now)?;
        sign(&key.key).map_err(|error| Error::Defect(error.to_string()).into())
    }
}

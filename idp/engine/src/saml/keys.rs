//! What the keys of SAML are made of: a private key and the certificate that metadata carries it in. Partners
//! often copy that certificate by hand, so that these keys are replaced when an operator says so and not of
//! themselves. Their life is [`crate::signing`]'s.

use std::marker::PhantomData;
use std::sync::Arc;

use clau_domain::service::SamlService;
use clau_domain::time::Timestamp;
use clau_saml::encryption::DecryptionKey;
use clau_saml::key::{Certificate, KeyKind, SigningKey, Subject};
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::Hub;
use crate::error::Error;
use crate::settings::Settings;
use crate::signing::{Birth, KeyRing, Material, Policy, SigningKeys};

/// Towards whom keys are used: each has keys of its own (KEY-01).
pub trait Towards: std::fmt::Debug + Sized + Send + Sync + 'static {
    /// Purpose of the keys that sign.
    const SIGNING: &'static str;
    /// Purpose of the keys that open.
    const ENCRYPTION: &'static str;
    /// The algorithms by which they sign.
    const ALGORITHMS: &'static [&'static str];

    /// Where a hub keeps those that sign.
    fn signing(hub: &Hub) -> &SigningKeys<SamlKey<Self>>;

    /// Where it keeps those that open.
    fn encryption(hub: &Hub) -> &SigningKeys<SamlEncryptionKey<Self>>;
}

/// Services: the hub is the identity provider.
#[derive(Debug)]
pub enum TowardsServices {}

/// Sources: the hub is the service provider.
#[derive(Debug)]
pub enum TowardsSources {}

impl Towards for TowardsServices {
    const SIGNING: &'static str = "saml";
    const ENCRYPTION: &'static str = "saml-encryption";
    const ALGORITHMS: &'static [&'static str] = &["rsa", "ec"];

    fn signing(hub: &Hub) -> &SigningKeys<SamlKey<Self>> {
        &hub.inner.saml_keys
    }

    fn encryption(hub: &Hub) -> &SigningKeys<SamlEncryptionKey<Self>> {
        &hub.inner.saml_encryption_keys
    }
}

impl Towards for TowardsSources {
    const SIGNING: &'static str = "saml-sp";
    const ENCRYPTION: &'static str = "saml-sp-encryption";
    // What every identity provider understands.
    const ALGORITHMS: &'static [&'static str] = &["rsa"];

    fn signing(hub: &Hub) -> &SigningKeys<SamlKey<Self>> {
        &hub.inner.saml_sp_keys
    }

    fn encryption(hub: &Hub) -> &SigningKeys<SamlEncryptionKey<Self>> {
        &hub.inner.saml_sp_encryption_keys
    }
}

/// A key that signs messages and metadata.
#[derive(Debug)]
pub struct SamlKey<T: Towards = TowardsServices> {
    key: Arc<SigningKey>,
    kid: String,
    towards: PhantomData<fn() -> T>,
}

/// A key that opens what others encrypt for the hub.
#[derive(Debug)]
pub struct SamlEncryptionKey<T: Towards = TowardsServices>(SamlKey<T>);

impl<T: Towards> SamlEncryptionKey<T> {
    /// Its certificate.
    pub(crate) fn certificate(&self) -> &Certificate {
        self.0.certificate()
    }
}

impl<T: Towards> SamlKey<T> {
    fn new(key: SigningKey) -> Self {
        let kid = key.certificate().fingerprint();
        Self {
            key: Arc::new(key),
            kid,
            towards: PhantomData,
        }
    }

    /// The key, for somebody who keeps it for a while.
    pub(crate) fn shared(&self) -> Arc<SigningKey> {
        Arc::clone(&self.key)
    }

    fn make(kind: KeyKind, birth: &Birth) -> Result<Self, String> {
        let subject = Subject {
            name: &birth.host,
            year: birth.at.in_zone(&TimeZone::UTC).year().into(),
            serial: birth.serial,
        };
        let key = SigningKey::generate(kind, subject).map_err(|problem| problem.to_string())?;
        Ok(Self::new(key))
    }

    fn read(pkcs8: &[u8], public: &Value) -> Result<Self, String> {
        let text = public.get("x5c").and_then(|list| list.get(0));
        let text = text
            .and_then(Value::as_str)
            .ok_or("it is stored without its certificate")?;
        let key = Certificate::from_base64(text)
            .and_then(|certificate| SigningKey::from_pkcs8(pkcs8, certificate))
            .map_err(|problem| problem.to_string())?;
        Ok(Self::new(key))
    }

    /// The key, to sign with.
    pub(crate) fn signer(&self) -> &SigningKey {
        &self.key
    }

    /// Its certificate.
    pub(crate) fn certificate(&self) -> &Certificate {
        self.key.certificate()
    }
}

impl<T: Towards> Material for SamlKey<T> {
    const PURPOSE: &'static str = T::SIGNING;
    const ALGORITHMS: &'static [&'static str] = T::ALGORITHMS;
    type Derived = ();

    fn policy(settings: &Settings) -> Policy {
        Policy {
            rotation: None,
            publish: settings.saml.key_publish,
            // What was signed is read at once; metadata is read again within its life.
            signed_life: settings.saml.metadata_life,
        }
    }

    fn cache(hub: &Hub) -> &SigningKeys<Self> {
        T::signing(hub)
    }

    fn generate(algorithm: &'static str, birth: &Birth) -> Result<Self, String> {
        let kind = match algorithm {
            "ec" => KeyKind::P256,
            _ => KeyKind::Rsa3072,
        };
        Self::make(kind, birth)
    }

    fn open(_algorithm: &'static str, pkcs8: &[u8], public: &Value) -> Result<Self, String> {
        Self::read(pkcs8, public)
    }

    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        self.key.to_pkcs8().map_err(|problem| problem.to_string())
    }

    fn public(&self) -> Value {
        json!({ "x5c": [self.certificate().base64()] })
    }

    fn kid(&self) -> &str {
        &self.kid
    }

    fn derive<'a>(
        _believed: impl Iterator<Item = &'a Self>,
        _good: impl Iterator<Item = &'a Self>,
    ) {
    }
}

impl<T: Towards> Material for SamlEncryptionKey<T> {
    const PURPOSE: &'static str = T::ENCRYPTION;
    const ALGORITHMS: &'static [&'static str] = &["rsa"];
    type Derived = Vec<DecryptionKey>;

    fn policy(settings: &Settings) -> Policy {
        SamlKey::<T>::policy(settings)
    }

    fn cache(hub: &Hub) -> &SigningKeys<Self> {
        T::encryption(hub)
    }

    fn generate(_algorithm: &'static str, birth: &Birth) -> Result<Self, String> {
        SamlKey::make(KeyKind::Rsa3072, birth).map(Self)
    }

    fn open(_algorithm: &'static str, pkcs8: &[u8], public: &Value) -> Result<Self, String> {
        SamlKey::read(pkcs8, public).map(Self)
    }

    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        self.0.to_pkcs8()
    }

    fn public(&self) -> Value {
        self.0.public()
    }

    fn kid(&self) -> &str {
        self.0.kid()
    }

    /// Everything that was encrypted for a key that was not revoked opens.
    fn derive<'a>(
        _believed: impl Iterator<Item = &'a Self>,
        good: impl Iterator<Item = &'a Self>,
    ) -> Vec<DecryptionKey> {
        good.filter_map(|key| DecryptionKey::from_pkcs8(&key.to_pkcs8().ok()?).ok())
            .collect()
    }
}

/// The hub's keys of SAML as of one moment.
#[derive(Clone, Debug)]
pub(crate) struct SamlKeys {
    pub(crate) signing: Arc<KeyRing<SamlKey>>,
    pub(crate) encryption: Arc<KeyRing<SamlEncryptionKey>>,
}

impl SamlKeys {
    /// The keys that open what is encrypted for the hub.
    pub(crate) fn decryption(&self) -> &[DecryptionKey] {
        self.encryption.derived()
    }

    /// The key that signs what is said to a service, as it is registered.
    pub(crate) fn signer_for(
        &self,
        settings: &SamlService,
        now: Timestamp,
    ) -> Result<&SigningKey, Error> {
        Ok(self.signing.signing(settings.key.name(), now)?.signer())
    }

    /// The certificates that metadata publishes for signatures: the next, the present, the former.
    pub(crate) fn signing_certificates(&self, now: Timestamp) -> Vec<Certificate> {
        let keys = self.signing.published(now);
        keys.map(|key| key.certificate().clone()).collect()
    }

    /// The certificate for which services encrypt: the newest alone.
    pub(crate) fn encryption_certificate(&self, now: Timestamp) -> Option<Certificate> {
        let key = self.encryption.newest_good("rsa", now)?;
        Some(key.certificate().clone())
    }
}

impl Hub {
    /// The keys of SAML, at most five seconds old.
    pub(crate) async fn saml_keys(&self, now: Timestamp) -> Result<SamlKeys, Error> {
        Ok(SamlKeys {
            signing: self.ring(now).await?,
            encryption: self.ring(now).await?,
        })
    }
}

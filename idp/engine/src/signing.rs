//! The hub's signing keys (KEY-01 to KEY-03, KEY-09): made, sealed, published before they are used,
//! rotated with overlap, revoked. Every node reads them from the database and sees a change within
//! seconds. What a key is made of and for how long it is good is its [`Material`]'s to say: there is one
//! for each purpose. Never hands out a private key.
//!
//! ```text
//! created ─── published ───▶ signs_from ─── signs ───▶ signs_until ─── verifies ───▶ verifies_until
//! ```
//! The next key is published for a while before it signs, so that whoever has cached the public keys meets
//! no unknown one; the former one is published until the last thing that it signed has expired.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_storage::signing_keys::{self, Retiring, SigningKeyRow};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::keys::Sealed;
use crate::oidc::signing::OidcKey;
use crate::saml::keys::{SamlEncryptionKey, SamlKey};
use crate::settings::Settings;
use crate::{Cx, Hub};

/// How long a node may not have noticed a change of keys.
const FRESH: Duration = Duration::from_secs(5);
/// How much longer than what it has signed a key is published: other people's clocks, and hints at logout.
const MARGIN: Duration = Duration::from_secs(3600);

/// How long a key that nobody believes any more is still kept: for an operator to see, and to recognise
/// an ID token that a client hints with long after it has expired.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// What keys of one purpose are.
pub trait Material: std::fmt::Debug + Sized + Send + Sync + 'static {
    /// What they are for, in the table that all keys share. Keys of different purposes never meet (KEY-01).
    const PURPOSE: &'static str;
    /// The algorithms for which there is always a key, by name.
    const ALGORITHMS: &'static [&'static str];
    /// What is made of all keys of a ring once, and not at each use.
    type Derived: std::fmt::Debug + Send + Sync;

    /// How they are replaced.
    fn policy(settings: &Settings) -> Policy;

    /// Where a hub keeps them.
    fn cache(hub: &Hub) -> &SigningKeys<Self>;

    /// A new key.
    ///
    /// # Errors
    /// What the library says.
    fn generate(algorithm: &'static str, birth: &Birth) -> Result<Self, String>;

    /// The key of a row.
    ///
    /// # Errors
    /// What is wrong with it.
    fn open(algorithm: &'static str, pkcs8: &[u8], public: &Value) -> Result<Self, String>;

    /// The private key, to be sealed.
    ///
    /// # Errors
    /// What the library says.
    fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, String>;

    /// The public key, as it is stored beside the private one.
    fn public(&self) -> Value;

    /// Its name.
    fn kid(&self) -> &str;

    /// What is made of the keys that are believed, and of those that were not revoked.
    fn derive<'a>(
        believed: impl Iterator<Item = &'a Self>,
        good: impl Iterator<Item = &'a Self>,
    ) -> Self::Derived;
}

/// How keys of one purpose are replaced.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// After what time the next one is made; never without an operator where there is none.
    pub rotation: Option<Duration>,
    /// How long the next one is published before it signs.
    pub publish: Duration,
    /// How long what it signs is good.
    pub signed_life: Duration,
}

/// Circumstances of a new key.
#[derive(Clone, Debug)]
pub struct Birth {
    /// The hub's host.
    pub host: String,
    /// When.
    pub at: Timestamp,
    /// Random bytes.
    pub serial: [u8; 16],
}

/// The cache.
#[derive(Debug)]
pub struct SigningKeys<M: Material> {
    current: RwLock<Option<Arc<KeyRing<M>>>>,
    /// One reader at a time: a new key is parsed once and not by every request.
    reading: tokio::sync::Mutex<()>,
}

impl<M: Material> Default for SigningKeys<M> {
    fn default() -> Self {
        Self {
            current: RwLock::default(),
            reading: tokio::sync::Mutex::default(),
        }
    }
}

/// The keys as of one moment, parsed.
#[derive(Debug)]
pub struct KeyRing<M: Material> {
    checked_at: Timestamp,
    keys: Vec<Arc<RingKey<M>>>,
    derived: Arc<M::Derived>,
}

#[derive(Debug)]
struct RingKey<M> {
    key: M,
    algorithm: &'static str,
    generation: u32,
    created_at: Timestamp,
    signs_from: Timestamp,
    signs_until: Option<Timestamp>,
    verifies_until: Option<Timestamp>,
}

impl<M: Material> RingKey<M> {
    fn signs(&self, now: Timestamp) -> bool {
        self.signs_from <= now && self.signs_until.is_none_or(|until| now < until)
    }

    fn verifies(&self, now: Timestamp) -> bool {
        self.verifies_until.is_none_or(|until| now < until)
    }

    /// Whether it was taken out of use at once: then it stops to sign and to be believed together, while
    /// a rotated key is believed for longer than it signs.
    fn is_revoked(&self) -> bool {
        self.signs_until.is_some() && self.signs_until == self.verifies_until
    }

    /// Whether it signs now or will, and nothing is known to end that.
    fn stays(&self, now: Timestamp) -> bool {
        !self.is_revoked() && self.signs_until.is_none_or(|until| now < until)
    }
}

/// What an operator may see of a key.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KeyView {
    /// Identifier.
    pub kid: String,
    /// What it is for.
    pub purpose: &'static str,
    /// Algorithm.
    pub algorithm: String,
    /// Which one it is of its algorithm, from 1.
    pub generation: u32,
    /// `next`, `signing`, `retired` or `revoked`.
    pub state: &'static str,
    /// When it was made and published.
    pub created_at: String,
    /// When it begins to sign.
    pub signs_from: String,
    /// When it stops to sign.
    pub signs_until: Option<String>,
    /// When it is taken out of the key set.
    pub verifies_until: Option<String>,
}

impl<M: Material> KeyRing<M> {
    /// The key that signs by an algorithm now.
    ///
    /// # Errors
    /// [`Error::Defect`] when there is none.
    pub(crate) fn signing(&self, algorithm: &str, now: Timestamp) -> Result<&M, Error> {
        self.keys
            .iter()
            .filter(|key| key.algorithm == algorithm && key.signs(now))
            .max_by_key(|key| key.generation)
            .map(|key| &key.key)
            .ok_or_else(|| {
                let purpose = M::PURPOSE;
                Error::Defect(format!("there is no {purpose} key for {algorithm}"))
            })
    }

    /// The newest key of an algorithm that is good, whether or not it signs already: for what is encrypted.
    pub(crate) fn newest_good(&self, algorithm: &str, now: Timestamp) -> Option<&M> {
        self.in_use(algorithm, now).map(|key| &key.key)
    }

    /// The keys that are published: those that sign, those that will and those that are still believed.
    pub(crate) fn published(&self, now: Timestamp) -> impl Iterator<Item = &M> {
        let keys = self.keys.iter().filter(move |key| key.verifies(now));
        keys.map(|key| &key.key)
    }

    /// What was made of them.
    pub(crate) fn derived(&self) -> &M::Derived {
        &self.derived
    }

    /// Whether there is a key for an algorithm.
    pub(crate) fn has(&self, algorithm: &str) -> bool {
        self.of(algorithm).next().is_some()
    }

    fn of(&self, algorithm: &str) -> impl Iterator<Item = &Arc<RingKey<M>>> {
        let of = self.keys.iter();
        of.filter(move |key| key.algorithm == algorithm)
    }

    /// The newest key of an algorithm, whatever has become of it.
    fn newest(&self, algorithm: &str) -> Option<&Arc<RingKey<M>>> {
        self.of(algorithm).max_by_key(|key| key.generation)
    }

    /// The newest key of an algorithm that is or will be in use.
    fn in_use(&self, algorithm: &str, now: Timestamp) -> Option<&Arc<RingKey<M>>> {
        let stays = self.of(algorithm).filter(|key| key.stays(now));
        stays.max_by_key(|key| key.generation)
    }

    /// Whether the next key of an algorithm must be made: nothing signs, nothing will, or what does is old.
    fn is_due(&self, algorithm: &str, rotation: Option<Duration>, now: Timestamp) -> bool {
        let signs = self.of(algorithm).any(|key| key.signs(now));
        let lasting = self
            .in_use(algorithm, now)
            .filter(|key| key.signs_until.is_none());
        let is_old = |key: &Arc<RingKey<M>>| {
            rotation.is_some_and(|rotation| now.since(key.created_at) >= rotation)
        };
        !signs || lasting.is_none_or(is_old)
    }
}

impl Hub {
    /// The keys, at most five seconds old. When the database is down, those read last go on.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it is down and nothing has been read yet; [`Error::Defect`] for a key
    /// that cannot be opened.
    pub async fn ring<M: Material>(&self, now: Timestamp) -> Result<Arc<KeyRing<M>>, Error> {
        let cache = M::cache(self);
        let known = || {
            let current = cache.current.read().unwrap_or_else(PoisonError::into_inner);
            current.clone()
        };
        let fresh = |ring: &Arc<KeyRing<M>>| now.since(ring.checked_at) < FRESH;
        if let Some(ring) = known().filter(fresh) {
            return Ok(ring);
        }
        let _turn = cache.reading.lock().await;
        let known = known();
        if let Some(ring) = known.clone().filter(fresh) {
            return Ok(ring);
        }
        let ring = match self.read_keys(known.as_deref(), now).await {
            Ok(ring) => Arc::new(ring),
            Err(Error::Unavailable(why)) => {
                let Some(known) = known else {
                    return Err(Error::Unavailable(why));
                };
                tracing::warn!(reason = %why, "the signing keys cannot be read; the last ones are used");
                return Ok(known);
            }
            Err(error) => return Err(error),
        };
        *cache
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&ring));
        Ok(ring)
    }

    /// Reads the keys; those that are known already are not parsed again.
    async fn read_keys<M: Material>(
        &self,
        known: Option<&KeyRing<M>>,
        now: Timestamp,
    ) -> Result<KeyRing<M>, Error> {
        let rows = signing_keys::all(self.database(), M::PURPOSE).await?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            let parsed = known.and_then(|ring| {
                let mut same = ring.keys.iter();
                same.find(|key| {
                    key.key.kid() == row.kid
                        && key.signs_until == row.signs_until
                        && key.verifies_until == row.verifies_until
                })
            });
            keys.push(match parsed {
                Some(key) => Arc::clone(key),
                None => Arc::new(self.open_key::<M>(&row)?),
            });
        }
        let believed = keys.iter().filter(|key| key.verifies(now));
        let good = keys.iter().filter(|key| !key.is_revoked());
        let derived = M::derive(
            believed.map(|key: &Arc<RingKey<M>>| &key.key),
            good.map(|key| &key.key),
        );
        Ok(KeyRing {
            checked_at: now,
            derived: Arc::new(derived),
            keys,
        })
    }

    fn open_key<M: Material>(&self, row: &SigningKeyRow) -> Result<RingKey<M>, Error> {
        let broken = |why: &dyn std::fmt::Display| {
            Error::Defect(format!("signing key {} cannot be used: {why}", row.kid))
        };
        let mut names = M::ALGORITHMS.iter();
        let algorithm = names
            .find(|name| **name == row.algorithm)
            .ok_or_else(|| broken(&"its algorithm is not known"))?;
        let pkcs8 = self
            .keys()
            .unseal(Sealed::SigningKey, &row.kid, &row.sealed)
            .ok_or_else(|| broken(&"it was sealed with another master key"))?;
        let key = M::open(algorithm, &pkcs8, &row.public).map_err(|error| broken(&error))?;
        if key.kid() != row.kid {
            return Err(broken(&"it is another key than its name says"));
        }
        Ok(RingKey {
            key,
            algorithm,
            generation: row.generation,
            created_at: row.created_at,
            signs_from: row.signs_from,
            signs_until: row.signs_until,
            verifies_until: row.verifies_until,
        })
    }

    /// Sees to it that there is a key for each algorithm of a purpose, that the next one is made in time, and
    /// that what has been retired is gone. Any node may, at any time; of several at once one is first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn tend<M: Material>(&self, cx: &Cx<'_>) -> Result<(), Error> {
        signing_keys::sweep(self.database(), cx.now - KEPT).await?;
        self.forget_ring::<M>();
        let ring = self.ring::<M>(cx.now).await?;
        let rotation = M::policy(self.settings()).rotation;
        for algorithm in M::ALGORITHMS {
            if ring.is_due(algorithm, rotation, cx.now) {
                self.make_key(cx, &ring, algorithm).await?;
            }
        }
        Ok(())
    }

    /// Makes the next key of each algorithm of a purpose, or of one. The new keys sign after the time that
    /// they have been published for.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub(crate) async fn rotate<M: Material>(
        &self,
        cx: &Cx<'_>,
        only: Option<&str>,
    ) -> Result<(), Error> {
        self.forget_ring::<M>();
        let ring = self.ring::<M>(cx.now).await?;
        for algorithm in M::ALGORITHMS {
            let wanted = only.is_none_or(|only| only == *algorithm);
            // One that is published and waits is the next key already.
            let waiting = ring
                .in_use(algorithm, cx.now)
                .is_some_and(|newest| newest.signs_from > cx.now);
            if wanted && !waiting {
                self.make_key(cx, &ring, algorithm).await?;
            }
        }
        Ok(())
    }

    /// All keys of a purpose, for an operator.
    pub(crate) async fn view<M: Material>(&self, cx: &Cx<'_>) -> Result<Vec<KeyView>, Error> {
        self.forget_ring::<M>();
        let ring = self.ring::<M>(cx.now).await?;
        let view = |key: &Arc<RingKey<M>>| KeyView {
            kid: key.key.kid().to_owned(),
            purpose: M::PURPOSE,
            algorithm: key.algorithm.to_owned(),
            generation: key.generation,
            state: match key {
                key if key.is_revoked() => "revoked",
                key if key.signs_from > cx.now => "next",
                key if key.signs(cx.now) => "signing",
                _ => "retired",
            },
            created_at: key.created_at.rfc3339(),
            signs_from: key.signs_from.rfc3339(),
            signs_until: key.signs_until.map(Timestamp::rfc3339),
            verifies_until: key.verifies_until.map(Timestamp::rfc3339),
        };
        Ok(ring.keys.iter().map(view).collect())
    }

    async fn make_key<M: Material>(
        &self,
        cx: &Cx<'_>,
        ring: &KeyRing<M>,
        algorithm: &'static str,
    ) -> Result<(), Error> {
        let former = ring.newest(algorithm);
        let policy = M::policy(self.settings());
        // Nobody waits for a successor where nothing signs any more.
        let published = cx.now + policy.publish;
        let ends = ring.of(algorithm).filter(|key| key.signs(cx.now));
        let last = ends.map(|key| key.signs_until.unwrap_or(published)).max();
        // Where the next key was revoked, what signs still ends when that one would have begun.
        let signs_from = last.map_or(cx.now, |last| last.min(published));
        let in_use = ring
            .in_use(algorithm, cx.now)
            .filter(|key| key.signs_until.is_none());
        let birth = Birth {
            host: self.settings().host().to_owned(),
            at: cx.now,
            serial: cx.random.bytes(),
        };
        // RSA takes its time: not on a thread that answers people.
        let made = tokio::task::spawn_blocking(move || {
            let key = M::generate(algorithm, &birth)?;
            let pkcs8 = key.to_pkcs8()?;
            Ok::<_, String>((key, pkcs8))
        });
        let (key, pkcs8) = made
            .await
            .map_err(|error| Error::Defect(error.to_string()))?
            .map_err(Error::Defect)?;
        let row = SigningKeyRow {
            kid: key.kid().to_owned(),
            purpose: M::PURPOSE.to_owned(),
            algorithm: algorithm.to_owned(),
            generation: former.map_or(1, |key| key.generation + 1),
            sealed: self
                .keys()
                .seal(Sealed::SigningKey, cx.random, key.kid(), &pkcs8),
            public: key.public(),
            created_at: cx.now,
            signs_from,
            signs_until: None,
            verifies_until: None,
        };
        let retiring = in_use.map(|key| Retiring {
            kid: key.key.kid(),
            signs_until: signs_from,
            verifies_until: signs_from + policy.signed_life + MARGIN,
        });
        let first = signing_keys::add(self.database(), &row, retiring).await?;
        self.forget_ring::<M>();
        if first {
            tracing::info!(
                event = "key.made",
                kid = row.kid,
                purpose = row.purpose,
                algorithm = row.algorithm,
                signs_from = %signs_from,
                "a signing key was made"
            );
        }
        Ok(())
    }

    /// The next request reads the keys anew.
    fn forget_ring<M: Material>(&self) {
        let cache = M::cache(self);
        let mut current = cache
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(ring) = current.as_mut() {
            *ring = Arc::new(KeyRing {
                checked_at: Timestamp::from_millis(i64::MIN),
                keys: ring.keys.clone(),
                derived: Arc::clone(&ring.derived),
            });
        }
    }
}

impl Hub {
    /// Sees to it that there is a key for each purpose and algorithm, now and later.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn tend_keys(&self, cx: &Cx<'_>) -> Result<(), Error> {
        self.tend::<OidcKey>(cx).await?;
        self.tend::<SamlKey>(cx).await?;
        self.tend::<SamlEncryptionKey>(cx).await
    }

    /// Makes the next key of each algorithm of a purpose, or of one; gives all keys.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn rotate_keys(
        &self,
        cx: &Cx<'_>,
        purpose: Purpose,
        only: Option<&str>,
    ) -> Result<Vec<KeyView>, Error> {
        match purpose {
            Purpose::Oidc => self.rotate::<OidcKey>(cx, only).await?,
            Purpose::Saml => self.rotate::<SamlKey>(cx, only).await?,
            Purpose::SamlEncryption => self.rotate::<SamlEncryptionKey>(cx, only).await?,
        }
        self.list_keys(cx).await
    }

    /// Takes a key out of use at once: nothing signed by it is believed from now on, and a new one takes
    /// its place (KEY-09). Whether there was such a key.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn revoke_key(&self, cx: &Cx<'_>, kid: &str) -> Result<bool, Error> {
        let known = signing_keys::revoke(self.database(), kid, cx.now).await?;
        if known {
            tracing::warn!(event = "key.revoked", kid, "a signing key was revoked");
            self.tend_keys(cx).await?;
        }
        Ok(known)
    }

    /// All keys of all purposes, for an operator.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_keys(&self, cx: &Cx<'_>) -> Result<Vec<KeyView>, Error> {
        let mut all = self.view::<OidcKey>(cx).await?;
        all.extend(self.view::<SamlKey>(cx).await?);
        all.extend(self.view::<SamlEncryptionKey>(cx).await?);
        Ok(all)
    }
}

/// What keys are for, as operators name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Tokens of OpenID Connect.
    Oidc,
    /// Messages of SAML.
    Saml,
    /// What services encrypt for the hub in SAML.
    SamlEncryption,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Oidc, Self::Saml, Self::SamlEncryption];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oidc => OidcKey::PURPOSE,
            Self::Saml => SamlKey::PURPOSE,
            Self::SamlEncryption => SamlEncryptionKey::PURPOSE,
        }
    }

    /// The algorithms for which there are keys, by name.
    pub const fn algorithms(self) -> &'static [&'static str] {
        match self {
            Self::Oidc => OidcKey::ALGORITHMS,
            Self::Saml => SamlKey::ALGORITHMS,
            Self::SamlEncryption => SamlEncryptionKey::ALGORITHMS,
        }
    }
}

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

mod operate;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_storage::signing_keys::{self, SigningKeyRow};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::Hub;
use crate::error::Error;
use crate::keys::Sealed;
use crate::settings::Settings;

pub use operate::{KeyView, Purpose};

/// How long a node may not have noticed a change of keys.
const FRESH: Duration = Duration::from_secs(5);
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
        // In the order in which algorithms are named: partners that try one key alone take the first.
        let place = |key: &Arc<RingKey<M>>| {
            let mut names = M::ALGORITHMS.iter();
            (
                names.position(|name| *name == key.algorithm),
                key.generation,
            )
        };
        keys.sort_by_key(place);
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

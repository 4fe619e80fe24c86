//! The hub's signing keys (KEY-01 to KEY-03, KEY-09): made, sealed, published before they are used,
//! rotated with overlap, revoked. Every node reads them from the database and sees a change within
//! seconds. Never hands out a private key.
//!
//! ```text
//! created ─── published ───▶ signs_from ─── signs ───▶ signs_until ─── verifies ───▶ verifies_until
//! ```
//! The next key is published [`publish`](crate::settings::OidcSettings::key_publish) before it signs, so
//! that whoever has cached the key set meets no unknown key; the former one is published until the last
//! token that it signed has expired.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_oidc::jose::{Algorithm, JwkSet, SigningKey, VerifyingKey};
use clau_storage::signing_keys::{self, Retiring, SigningKeyRow};
use serde_json::Value;

use super::Failure;
use crate::error::Error;
use crate::keys::Sealed;
use crate::{Cx, Hub};

/// What these keys are for, in the table that all signing keys share.
const PURPOSE: &str = "oidc";
/// The algorithms for which there is always a key.
pub const ALGORITHMS: [Algorithm; 4] = [
    Algorithm::Es256,
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::EdDsa,
];
/// How long a node may not have noticed a change of keys.
const FRESH: Duration = Duration::from_secs(5);
/// How much longer than the tokens a key is published: clients' clocks, and hints at logout.
const MARGIN: Duration = Duration::from_secs(3600);

/// How long a key that nobody believes any more is still kept: for an operator to see, and to recognise
/// an ID token that a client hints with long after it has expired.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

/// The cache.
#[derive(Debug, Default)]
pub(crate) struct SigningKeys {
    current: RwLock<Option<Arc<KeyRing>>>,
    /// One reader at a time: a new key is parsed once and not by every request.
    reading: tokio::sync::Mutex<()>,
}

/// The keys as of one moment, parsed.
#[derive(Debug)]
pub struct KeyRing {
    checked_at: Timestamp,
    keys: Vec<Arc<RingKey>>,
    verifying: Vec<VerifyingKey>,
    hinting: Vec<VerifyingKey>,
}

#[derive(Debug)]
struct RingKey {
    key: SigningKey,
    verifying: VerifyingKey,
    generation: u32,
    created_at: Timestamp,
    signs_from: Timestamp,
    signs_until: Option<Timestamp>,
    verifies_until: Option<Timestamp>,
}

impl RingKey {
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

impl KeyRing {
    /// The key that signs by an algorithm now.
    pub(crate) fn signing(
        &self,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<&SigningKey, Error> {
        self.keys
            .iter()
            .filter(|key| key.key.algorithm() == algorithm && key.signs(now))
            .max_by_key(|key| key.generation)
            .map(|key| &key.key)
            .ok_or_else(|| Error::Defect(format!("there is no key that signs by {algorithm}")))
    }

    /// The keys by which our own tokens are read.
    pub(crate) fn verifying(&self) -> &[VerifyingKey] {
        &self.verifying
    }

    /// The keys by which an ID token is recognised that a client hints with (OIDC-13): it may have expired
    /// long ago, so may its key; not one that was revoked.
    pub(crate) fn hinting(&self) -> &[VerifyingKey] {
        &self.hinting
    }

    /// The key set for everybody (RFC 7517 §5).
    pub fn published(&self, now: Timestamp) -> Value {
        let keys = self.keys.iter().filter(|key| key.verifies(now));
        let set = JwkSet {
            keys: keys.map(|key| key.key.public().clone()).collect(),
        };
        set.to_json()
    }

    /// The algorithms for which there is a key.
    pub fn algorithms(&self) -> Vec<Algorithm> {
        let has = |algorithm: &Algorithm| {
            let mut keys = self.keys.iter();
            keys.any(|key| key.key.algorithm() == *algorithm)
        };
        ALGORITHMS.into_iter().filter(has).collect()
    }

    fn of(&self, algorithm: Algorithm) -> impl Iterator<Item = &Arc<RingKey>> {
        let of = self.keys.iter();
        of.filter(move |key| key.key.algorithm() == algorithm)
    }

    /// The newest key of an algorithm, whatever has become of it.
    fn newest(&self, algorithm: Algorithm) -> Option<&Arc<RingKey>> {
        self.of(algorithm).max_by_key(|key| key.generation)
    }

    /// The newest key of an algorithm that is or will be in use.
    fn in_use(&self, algorithm: Algorithm, now: Timestamp) -> Option<&Arc<RingKey>> {
        let stays = self.of(algorithm).filter(|key| key.stays(now));
        stays.max_by_key(|key| key.generation)
    }

    /// Whether the next key of an algorithm must be made: nothing signs, nothing will, or what does is old.
    fn is_due(&self, algorithm: Algorithm, rotation: Duration, now: Timestamp) -> bool {
        let signs = self.of(algorithm).any(|key| key.signs(now));
        let lasting = self
            .in_use(algorithm, now)
            .filter(|key| key.signs_until.is_none());
        !signs || lasting.is_none_or(|key| now.since(key.created_at) >= rotation)
    }
}

impl Hub {
    /// The keys, at most five seconds old. When the database is down, those read last go on.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when it is down and nothing has been read yet; [`Error::Defect`] for a key
    /// that cannot be opened.
    pub async fn key_ring(&self, now: Timestamp) -> Result<Arc<KeyRing>, Error> {
        let cache = &self.inner.signing_keys;
        let known = || {
            let current = cache.current.read().unwrap_or_else(PoisonError::into_inner);
            current.clone()
        };
        let fresh = |ring: &Arc<KeyRing>| now.since(ring.checked_at) < FRESH;
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
    async fn read_keys(&self, known: Option<&KeyRing>, now: Timestamp) -> Result<KeyRing, Error> {
        let rows = signing_keys::all(self.database(), PURPOSE).await?;
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
                None => Arc::new(self.open_key(&row)?),
            });
        }
        let verifying = keys.iter().filter(|key| key.verifies(now));
        let hinting = keys.iter().filter(|key| !key.is_revoked());
        Ok(KeyRing {
            checked_at: now,
            verifying: verifying.map(|key| key.verifying.clone()).collect(),
            hinting: hinting.map(|key| key.verifying.clone()).collect(),
            keys,
        })
    }

    fn open_key(&self, row: &SigningKeyRow) -> Result<RingKey, Error> {
        let broken = |why: &dyn std::fmt::Display| {
            Error::Defect(format!("signing key {} cannot be used: {why}", row.kid))
        };
        let algorithm: Algorithm = row.algorithm.parse().map_err(|error| broken(&error))?;
        let pkcs8 = self
            .keys()
            .unseal(Sealed::SigningKey, &row.kid, &row.sealed)
            .ok_or_else(|| broken(&"it was sealed with another master key"))?;
        let key = SigningKey::from_pkcs8(algorithm, &pkcs8).map_err(|error| broken(&error))?;
        if key.kid() != row.kid {
            return Err(broken(&"it is another key than its name says"));
        }
        let verifying = key.verifying().map_err(|error| broken(&error))?;
        Ok(RingKey {
            key,
            verifying,
            generation: row.generation,
            created_at: row.created_at,
            signs_from: row.signs_from,
            signs_until: row.signs_until,
            verifies_until: row.verifies_until,
        })
    }

    /// Sees to it that there is a key for each algorithm, that the next one is made in time, and that
    /// what has been retired is gone. Any node may, at any time; of several at once one is first.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn tend_keys(&self, cx: &Cx<'_>) -> Result<(), Error> {
        signing_keys::sweep(self.database(), cx.now - KEPT).await?;
        self.forget_ring();
        let ring = self.key_ring(cx.now).await?;
        let rotation = self.settings().oidc.key_rotation;
        for algorithm in ALGORITHMS {
            if ring.is_due(algorithm, rotation, cx.now) {
                self.make_key(cx, &ring, algorithm).await?;
            }
        }
        Ok(())
    }

    /// Makes the next key of each algorithm, or of one. The new keys sign after the time that they have
    /// been published for; gives them.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn rotate_keys(
        &self,
        cx: &Cx<'_>,
        only: Option<Algorithm>,
    ) -> Result<Vec<KeyView>, Error> {
        self.forget_ring();
        let ring = self.key_ring(cx.now).await?;
        for algorithm in ALGORITHMS {
            let wanted = only.is_none_or(|only| only == algorithm);
            // One that is published and waits is the next key already.
            let waiting = ring
                .in_use(algorithm, cx.now)
                .is_some_and(|newest| newest.signs_from > cx.now);
            if wanted && !waiting {
                self.make_key(cx, &ring, algorithm).await?;
            }
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

    /// All keys, for an operator.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn list_keys(&self, cx: &Cx<'_>) -> Result<Vec<KeyView>, Error> {
        self.forget_ring();
        let ring = self.key_ring(cx.now).await?;
        let view = |key: &Arc<RingKey>| KeyView {
            kid: key.key.kid().to_owned(),
            algorithm: key.key.algorithm().name().to_owned(),
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

    async fn make_key(
        &self,
        cx: &Cx<'_>,
        ring: &KeyRing,
        algorithm: Algorithm,
    ) -> Result<(), Error> {
        let former = ring.newest(algorithm);
        let settings = &self.settings().oidc;
        // Nobody waits for a successor where nothing signs any more.
        let published = cx.now + settings.key_publish;
        let ends = ring.of(algorithm).filter(|key| key.signs(cx.now));
        let last = ends.map(|key| key.signs_until.unwrap_or(published)).max();
        // Where the next key was revoked, what signs still ends when that one would have begun.
        let signs_from = last.map_or(cx.now, |last| last.min(published));
        let in_use = ring
            .in_use(algorithm, cx.now)
            .filter(|key| key.signs_until.is_none());
        // RSA takes its time: not on a thread that answers people.
        let made = tokio::task::spawn_blocking(move || {
            let key = SigningKey::generate(algorithm)?;
            let pkcs8 = key.to_pkcs8()?;
            Ok::<_, clau_oidc::jose::BadKey>((key, pkcs8))
        });
        let (key, pkcs8) = made
            .await
            .map_err(|error| Error::Defect(error.to_string()))?
            .map_err(|error| Error::Defect(error.to_string()))?;
        let row = SigningKeyRow {
            kid: key.kid().to_owned(),
            purpose: PURPOSE.to_owned(),
            algorithm: algorithm.name().to_owned(),
            generation: former.map_or(1, |key| key.generation + 1),
            sealed: self
                .keys()
                .seal(Sealed::SigningKey, cx.random, key.kid(), &pkcs8),
            public: key.public().to_json(),
            created_at: cx.now,
            signs_from,
            signs_until: None,
            verifies_until: None,
        };
        let retiring = in_use.map(|key| Retiring {
            kid: key.key.kid(),
            signs_until: signs_from,
            verifies_until: signs_from + settings.longest_token() + MARGIN,
        });
        let first = signing_keys::add(self.database(), &row, retiring).await?;
        self.forget_ring();
        if first {
            tracing::info!(
                event = "key.made",
                kid = row.kid,
                algorithm = row.algorithm,
                signs_from = %signs_from,
                "a signing key was made"
            );
        }
        Ok(())
    }

    /// The next request reads the keys anew.
    fn forget_ring(&self) {
        let cache = &self.inner.signing_keys;
        let mut current = cache
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(ring) = current.as_mut() {
            *ring = Arc::new(KeyRing {
                checked_at: Timestamp::from_millis(i64::MIN),
                keys: ring.keys.clone(),
                verifying: ring.verifying.clone(),
                hinting: ring.hinting.clone(),
            });
        }
    }

    /// A token signed by the hub, as `algorithm` wants it.
    pub(crate) async fn signer(
        &self,
        now: Timestamp,
        algorithm: Algorithm,
        sign: impl FnOnce(&SigningKey) -> Result<String, clau_oidc::jose::BadKey>,
    ) -> Result<String, Failure> {
        let ring = self.key_ring(now).await?;
        let key = ring.signing(algorithm, now)?;
        sign(key).map_err(|error| Error::Defect(error.to_string()).into())
    }
}

//! What becomes of keys: made in time, replaced, revoked, shown (KEY-02, KEY-09). Any node may do any of it at any
//! time. Never reads a key for somebody who signs with it: that is [`crate::signing`].

use std::sync::Arc;
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_storage::signing_keys::{self, Retiring, SigningKeyRow};

use super::{Birth, KeyRing, Material, RingKey};
use crate::error::Error;
use crate::federation::keys::{RpEncryptionKey, RpKey};
use crate::keys::Sealed;
use crate::oidc::signing::OidcKey;
use crate::saml::keys::{SamlEncryptionKey, SamlKey, TowardsSources};
use crate::{Cx, Hub};

/// How much longer than what it has signed a key is published: other people's clocks, and hints at logout.
const MARGIN: Duration = Duration::from_secs(3600);

/// How long a key that nobody believes any more is still kept: for an operator to see, and to recognise
/// an ID token that a client hints with long after it has expired.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);

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

impl Hub {
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
}

impl Hub {
    /// Sees to it that there is a key for each purpose and algorithm, now and later.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn tend_keys(&self, cx: &Cx<'_>) -> Result<(), Error> {
        self.tend::<OidcKey>(cx).await?;
        self.tend::<SamlKey>(cx).await?;
        self.tend::<SamlEncryptionKey>(cx).await?;
        self.tend::<SamlKey<TowardsSources>>(cx).await?;
        self.tend::<SamlEncryptionKey<TowardsSources>>(cx).await?;
        self.tend::<RpKey>(cx).await?;
        self.tend::<RpEncryptionKey>(cx).await
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
            Purpose::SamlSp => self.rotate::<SamlKey<TowardsSources>>(cx, only).await?,
            Purpose::SamlSpEncryption => {
                self.rotate::<SamlEncryptionKey<TowardsSources>>(cx, only)
                    .await?;
            }
            Purpose::Rp => self.rotate::<RpKey>(cx, only).await?,
            Purpose::RpEncryption => self.rotate::<RpEncryptionKey>(cx, only).await?,
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
        all.extend(self.view::<SamlKey<TowardsSources>>(cx).await?);
        all.extend(self.view::<SamlEncryptionKey<TowardsSources>>(cx).await?);
        all.extend(self.view::<RpKey>(cx).await?);
        all.extend(self.view::<RpEncryptionKey>(cx).await?);
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
    /// Messages of SAML towards identity providers.
    SamlSp,
    /// What identity providers encrypt for the hub in SAML.
    SamlSpEncryption,
    /// What the hub proves itself with to OpenID providers.
    Rp,
    /// What OpenID providers encrypt for the hub.
    RpEncryption,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Oidc,
        Self::Saml,
        Self::SamlEncryption,
        Self::SamlSp,
        Self::SamlSpEncryption,
        Self::Rp,
        Self::RpEncryption,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oidc => OidcKey::PURPOSE,
            Self::Saml => <SamlKey>::PURPOSE,
            Self::SamlEncryption => <SamlEncryptionKey>::PURPOSE,
            Self::SamlSp => SamlKey::<TowardsSources>::PURPOSE,
            Self::SamlSpEncryption => SamlEncryptionKey::<TowardsSources>::PURPOSE,
            Self::Rp => RpKey::PURPOSE,
            Self::RpEncryption => RpEncryptionKey::PURPOSE,
        }
    }

    /// The algorithms for which there are keys, by name.
    pub const fn algorithms(self) -> &'static [&'static str] {
        match self {
            Self::Oidc => OidcKey::ALGORITHMS,
            Self::Saml => <SamlKey>::ALGORITHMS,
            Self::SamlEncryption => <SamlEncryptionKey>::ALGORITHMS,
            Self::SamlSp => SamlKey::<TowardsSources>::ALGORITHMS,
            Self::SamlSpEncryption => SamlEncryptionKey::<TowardsSources>::ALGORITHMS,
            Self::Rp => RpKey::ALGORITHMS,
            Self::RpEncryption => RpEncryptionKey::ALGORITHMS,
        }
    }
}

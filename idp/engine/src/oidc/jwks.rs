//! The keys of clients: those of a registration, and those that a client publishes at its own address,
//! fetched through the egress filter, kept for a while, and asked for again when a signature names a key
//! that is not among them, at a measured pace (AVL-14, FED-12). A client whose address does not answer is
//! known by the keys that were read last.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_oidc::error::OauthError;
use clau_oidc::jose::{Algorithm, JwkSet, VerifyingKey};

use super::clients::OidcClient;
use crate::{Cx, Hub};

/// How long fetched keys are used without another look.
const FRESH: Duration = Duration::from_secs(10 * 60);
/// Shortest time between two looks at one address.
const PACE: Duration = Duration::from_secs(60);
/// Longest key set that is read, in bytes.
const LONGEST: usize = 64 * 1024;

/// What has been fetched. One entry for each registered address at most.
#[derive(Debug, Default)]
pub(crate) struct ClientKeys(Mutex<BTreeMap<String, Fetched>>);

#[derive(Clone, Debug)]
struct Fetched {
    /// The last look, successful or not.
    looked_at: Timestamp,
    /// The last good answer.
    read_at: Option<Timestamp>,
    keys: Arc<JwkSet>,
}

impl ClientKeys {
    fn of(&self, address: &str) -> Option<Fetched> {
        let fetched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.get(address).cloned()
    }

    fn note(&self, address: &str, fetched: Fetched) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(address.to_owned(), fetched);
    }
}

impl Hub {
    /// Verifies something that a client has signed by one of `algorithms`: `check` is given its keys, and
    /// once more those that it publishes now, at a measured pace, if it fails: the client may have
    /// changed them.
    pub(crate) async fn with_client_keys<T>(
        &self,
        cx: &Cx<'_>,
        client: &OidcClient,
        algorithms: &[Algorithm],
        check: impl Fn(&[VerifyingKey]) -> Result<T, OauthError>,
    ) -> Result<T, OauthError> {
        let metadata = &client.client.metadata;
        let for_algorithms = |set: &JwkSet| -> Vec<VerifyingKey> {
            let each = algorithms.iter();
            each.flat_map(|algorithm| VerifyingKey::from_set(set, *algorithm))
                .collect()
        };
        if let Some(set) = &metadata.jwks {
            return check(&for_algorithms(set));
        }
        let Some(address) = &metadata.jwks_uri else {
            return check(&[]);
        };
        let set = self.fetched_keys(cx, address, FRESH).await;
        let refused = match check(&for_algorithms(&set)) {
            Ok(checked) => return Ok(checked),
            Err(refused) => refused,
        };
        let anew = self.fetched_keys(cx, address, PACE).await;
        if Arc::ptr_eq(&anew, &set) {
            return Err(refused);
        }
        check(&for_algorithms(&anew))
    }

    /// The key set at an address, no older than `age` if it can be had.
    async fn fetched_keys(&self, cx: &Cx<'_>, address: &WebUrl, age: Duration) -> Arc<JwkSet> {
        let cache = &self.inner.client_keys;
        let known = cache.of(address.as_str());
        if let Some(known) = &known {
            let young = known
                .read_at
                .is_some_and(|read_at| cx.now.since(read_at) < age);
            if young || cx.now.since(known.looked_at) < PACE {
                return Arc::clone(&known.keys);
            }
        }
        let former = known.map(|known| (known.read_at, known.keys));
        let (read_at, keys) = match self.inner.outbound.fetch(address, LONGEST).await {
            Ok(body) => match JwkSet::parse(&body) {
                Ok(set) => (Some(cx.now), Arc::new(set)),
                Err(error) => {
                    self.keys_not_read(cx, address, &error);
                    former.unwrap_or_default()
                }
            },
            Err(error) => {
                self.keys_not_read(cx, address, &error);
                former.unwrap_or_default()
            }
        };
        let fetched = Fetched {
            looked_at: cx.now,
            read_at,
            keys: Arc::clone(&keys),
        };
        cache.note(address.as_str(), fetched);
        keys
    }

    fn keys_not_read(&self, cx: &Cx<'_>, address: &WebUrl, why: &dyn std::fmt::Display) {
        tracing::warn!(
            event = "oidc.client_keys_unread",
            host = address.host(),
            cause = %why,
            reference = %cx.reference,
            "a client's keys could not be read; those read last are used"
        );
    }
}

//! What is known of a provider: its discovery document and its keys, the last good copy of each. What is not
//! believed changes nothing (FED-12). Never fetches anything but keys, and those at most once a minute.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;
use clau_oidc::jose::{Algorithm, JwkSet, VerifyingKey, object};
use openidconnect::core::CoreJsonWebKeySet;
use serde_json::{Map, Value};

use super::registration::Registered;
use crate::contract::{Call, Fault, Request, Taken, Wanted, WantedFrom};

/// Names of documents.
pub(super) const DISCOVERY: &str = "discovery";
pub(super) const KEYS: &str = "keys";

/// Longest documents, in bytes.
const LONGEST_DISCOVERY: usize = 64 * 1024;
const LONGEST_KEYS: usize = 128 * 1024;
/// How often they are fetched.
const EVERY: Duration = Duration::from_secs(3600);
/// Shortest time between two fetches of keys for the sake of a token: a stranger's token names any.
const PAUSE: Duration = Duration::from_secs(60);

/// A provider as its discovery document describes it (OIDC Discovery §3). Every address is https.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Provider {
    pub(super) authorization: WebUrl,
    pub(super) token: WebUrl,
    pub(super) keys: WebUrl,
    pub(super) userinfo: Option<WebUrl>,
    pub(super) end_session: Option<WebUrl>,
    /// Every answer names its issuer (RFC 9207 §3).
    pub(super) names_itself: bool,
    /// A front-channel logout names a session.
    pub(super) front_channel_session: bool,
    /// What it says that it can, for those who look whether it fits.
    pub(super) offers: Offers,
}

/// What a provider says that it can; nothing is known where a list is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offers {
    pub(super) authentication: BTreeSet<String>,
    pub(super) signatures: BTreeSet<String>,
    pub(super) encryption: BTreeSet<String>,
    pub(super) contexts: BTreeSet<String>,
    pub(super) scopes: BTreeSet<String>,
}

impl Provider {
    /// Reads a discovery document.
    ///
    /// # Errors
    /// [`Fault::Untrusted`]: another issuer, an address that is none; [`Fault::Unusable`]: not what the
    /// registration needs.
    pub(super) fn read(bytes: &[u8], registered: &Registered) -> Result<Self, Fault> {
        let document = object(bytes).map_err(|error| untrusted(&error.to_string()))?;
        match document.get("issuer") {
            Some(Value::String(issuer)) if *issuer == registered.issuer => {}
            Some(Value::String(issuer)) => {
                let found: String = issuer.chars().take(200).collect();
                return Err(untrusted(&format!("it names another issuer: {found:?}")));
            }
            _ => return Err(untrusted("it names no issuer")),
        }
        let required = |name: &str| {
            address(&document, name)?.ok_or_else(|| untrusted(&format!("it has no `{name}`")))
        };
        let userinfo = address(&document, "userinfo_endpoint")?;
        if registered.signed_userinfo && userinfo.is_none() {
            return Err(Fault::Unusable(
                "its discovery document has no `userinfo_endpoint`".to_owned(),
            ));
        }
        let flag = |name: &str| document.get(name) == Some(&Value::Bool(true));
        Ok(Self {
            authorization: required("authorization_endpoint")?,
            token: required("token_endpoint")?,
            keys: required("jwks_uri")?,
            userinfo,
            end_session: address(&document, "end_session_endpoint")?,
            names_itself: flag("authorization_response_iss_parameter_supported"),
            front_channel_session: flag("frontchannel_logout_session_supported"),
            offers: Offers {
                authentication: words(&document, "token_endpoint_auth_methods_supported"),
                signatures: words(&document, "id_token_signing_alg_values_supported"),
                encryption: words(&document, "id_token_encryption_alg_values_supported"),
                contexts: words(&document, "acr_values_supported"),
                scopes: words(&document, "scopes_supported"),
            },
        })
    }

    /// What an operator should look at: a registration that does not fit what the provider says of itself.
    pub(super) fn warnings(&self, registered: &Registered) -> Vec<String> {
        let mut warnings = Vec::new();
        let mut miss = |offered: &BTreeSet<String>, wanted: &str, what: &str| {
            if !offered.is_empty() && !offered.contains(wanted) {
                warnings.push(format!(
                    "the provider does not say that it has {what} `{wanted}`"
                ));
            }
        };
        let offers = &self.offers;
        miss(
            &offers.authentication,
            registered.proof.name(),
            "the client authentication",
        );
        for context in &registered.acr_values {
            miss(&offers.contexts, context, "the level");
        }
        for scope in &registered.scopes {
            miss(&offers.scopes, scope, "the scope");
        }
        let named = |algorithm: &Algorithm| offers.signatures.contains(algorithm.name());
        if !offers.signatures.is_empty() && !registered.algorithms.iter().any(named) {
            warnings.push("the provider signs by none of `oidc.algorithms`".to_owned());
        }
        warnings
    }
}

/// The keys of a provider that verify by an algorithm of the registration.
pub(super) struct Keyring {
    pub(super) verifying: Vec<VerifyingKey>,
    /// The same for the library.
    pub(super) set: CoreJsonWebKeySet,
}

impl Keyring {
    /// Reads a key set.
    ///
    /// # Errors
    /// [`Fault::Untrusted`]: not a set; [`Fault::Unusable`]: none of its keys can be used.
    pub(super) fn read(bytes: &[u8], registered: &Registered) -> Result<Self, Fault> {
        let broken = |why: &str| Fault::Untrusted(format!("its key set: {why}"));
        let mut set = JwkSet::parse(bytes).map_err(|error| broken(&error.to_string()))?;
        let algorithms = &registered.algorithms;
        set.keys.retain(|key| {
            let mut algorithms = algorithms.iter();
            algorithms.any(|algorithm| VerifyingKey::new(key, *algorithm).is_ok())
        });
        let verifying = algorithms
            .iter()
            .flat_map(|algorithm| VerifyingKey::from_set(&set, *algorithm));
        let verifying: Vec<VerifyingKey> = verifying.collect();
        if verifying.is_empty() {
            return Err(Fault::Unusable(
                "its key set has no key for any of `oidc.algorithms`".to_owned(),
            ));
        }
        let set = serde_json::from_value(set.to_json())
            .map_err(|_| broken("the library cannot read it"))?;
        Ok(Self { verifying, set })
    }
}

/// What is known, shared between requests.
#[derive(Default)]
pub(super) struct Held {
    known: RwLock<Known>,
    /// When keys were asked for last; held while they are, so that those who come meanwhile wait for the same
    /// answer.
    asked: futures_util::lock::Mutex<Option<Timestamp>>,
}

#[derive(Clone, Default)]
struct Known {
    provider: Option<Arc<Provider>>,
    keys: Option<Arc<Keyring>>,
}

impl Held {
    /// The provider.
    ///
    /// # Errors
    /// [`Fault::Unusable`].
    pub(super) fn provider(&self) -> Result<Arc<Provider>, Fault> {
        self.known().provider.ok_or_else(|| {
            Fault::Unusable("its discovery document has not been fetched yet".to_owned())
        })
    }

    /// Its keys.
    ///
    /// # Errors
    /// [`Fault::Unusable`].
    pub(super) fn keys(&self) -> Result<Arc<Keyring>, Fault> {
        self.known()
            .keys
            .ok_or_else(|| Fault::Unusable("its keys have not been fetched yet".to_owned()))
    }

    /// What must be fetched: keys as soon as it is known where they are.
    pub(super) fn documents(&self, registered: &Registered) -> Vec<Wanted> {
        let wanted = |name, url: &WebUrl, longest| Wanted {
            name,
            from: WantedFrom::Url(url.clone()),
            longest,
            every: EVERY,
        };
        let mut documents = vec![wanted(DISCOVERY, &registered.discovery, LONGEST_DISCOVERY)];
        if let Some(provider) = self.known().provider {
            documents.push(wanted(KEYS, &provider.keys, LONGEST_KEYS));
        }
        documents
    }

    /// Takes a document, if it can be believed.
    ///
    /// # Errors
    /// See [`Provider::read`], [`Keyring::read`].
    pub(super) fn take(
        &self,
        document: &str,
        bytes: &[u8],
        registered: &Registered,
    ) -> Result<Taken, Fault> {
        let mut taken = Taken::default();
        match document {
            DISCOVERY if bytes.len() <= LONGEST_DISCOVERY => {
                let provider = Provider::read(bytes, registered)?;
                taken.warnings = provider.warnings(registered);
                self.change(|known| known.provider = Some(Arc::new(provider)));
            }
            KEYS if bytes.len() <= LONGEST_KEYS => {
                let keys = Keyring::read(bytes, registered)?;
                self.change(|known| known.keys = Some(Arc::new(keys)));
            }
            DISCOVERY | KEYS => {
                return Err(Fault::Untrusted(format!("`{document}` is too long")));
            }
            _ => {
                return Err(Fault::Unusable(format!(
                    "nobody has asked for `{document}`"
                )));
            }
        }
        Ok(taken)
    }

    /// Keys that are newer than `known`: those that came meanwhile, or that are fetched now. None where the
    /// last fetch is less than a minute ago, or brings nothing.
    pub(super) async fn renewed(
        &self,
        call: &Call<'_>,
        known: &Arc<Keyring>,
        registered: &Registered,
    ) -> Option<Arc<Keyring>> {
        let mut asked = self.asked.lock().await;
        let current = self.keys().ok()?;
        if !Arc::ptr_eq(&current, known) {
            return Some(current);
        }
        if asked.is_some_and(|at| call.now < at + PAUSE) {
            return None;
        }
        *asked = Some(call.now);
        let provider = self.provider().ok()?;
        let bytes = fetched_keys(call, &provider).await.ok()?;
        let keys = Arc::new(Keyring::read(&bytes, registered).ok()?);
        self.change(|known| known.keys = Some(Arc::clone(&keys)));
        Some(keys)
    }

    fn known(&self) -> Known {
        let known = self.known.read();
        known.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        let known = self.known.write();
        change(&mut known.unwrap_or_else(PoisonError::into_inner));
    }
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known();
        let (provider, keys) = (known.provider.is_some(), known.keys.is_some());
        write!(f, "Held(provider: {provider}, keys: {keys})")
    }
}

/// The discovery document as it is now.
pub(super) async fn fetched_discovery(
    call: &Call<'_>,
    registered: &Registered,
) -> Result<Vec<u8>, Fault> {
    fetched(call, &registered.discovery, LONGEST_DISCOVERY).await
}

/// The key set as it is now.
pub(super) async fn fetched_keys(call: &Call<'_>, provider: &Provider) -> Result<Vec<u8>, Fault> {
    fetched(call, &provider.keys, LONGEST_KEYS).await
}

async fn fetched(call: &Call<'_>, url: &WebUrl, longest: usize) -> Result<Vec<u8>, Fault> {
    let request = Request {
        url,
        headers: Vec::new(),
        form: None,
        longest,
    };
    let response = call.http.send(request).await?;
    if response.status == 200 {
        Ok(response.body)
    } else {
        Err(Fault::NoAnswer(format!(
            "{} answers {}",
            url.host(),
            response.status
        )))
    }
}

fn untrusted(why: &str) -> Fault {
    Fault::Untrusted(format!("its discovery document: {why}"))
}

fn address(document: &Map<String, Value>, name: &str) -> Result<Option<WebUrl>, Fault> {
    let wrong = || untrusted(&format!("`{name}` is not an https address without `#`"));
    match document.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            let url = WebUrl::parse(text).map_err(|_| wrong())?;
            let good = url.is_https() && url.fragment().is_none();
            good.then_some(Some(url)).ok_or_else(wrong)
        }
        Some(_) => Err(wrong()),
    }
}

fn words(document: &Map<String, Value>, name: &str) -> BTreeSet<String> {
    let list = document.get(name).and_then(Value::as_array);
    let texts = list.into_iter().flatten().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

//! How a provider is, in words: every step that a login takes, tried one by one (`clau connector check`), and
//! what the hub says of itself. Changes nothing.

use clau_domain::connector::UpstreamLogout;
use serde_json::{Value, json};

use super::client;
use super::metadata::{Keyring, Provider, fetched_discovery, fetched_keys};
use super::registration::{Proof, Registered};
use crate::contract::{Call, Fault, Finding, Introduction, Verdict};

/// The hub's public keys, where the provider needs them.
///
/// # Errors
/// [`Fault::Unusable`] where it needs one that there is not.
pub(super) fn introduction(
    registered: &Registered,
    call: &Call<'_>,
) -> Result<Option<Introduction>, Fault> {
    let mut keys = Vec::new();
    if matches!(registered.proof, Proof::Key) {
        let key = call.keys.oidc_signing.as_ref();
        let key = key.ok_or_else(|| lacks("`private_key_jwt`"))?;
        // The next one, and those that have signed a moment ago, beside the one that signs.
        let published = call.keys.oidc_published.iter();
        let others = published.filter(|other| other.kid() != key.kid());
        keys.extend(
            std::iter::once(key)
                .chain(others)
                .map(|key| key.public().to_json()),
        );
    }
    if registered.encrypted {
        let opening = &call.keys.oidc_decryption;
        if opening.is_empty() {
            return Err(lacks("encryption"));
        }
        keys.extend(opening.iter().map(|key| key.public().clone()));
    }
    let needed = !keys.is_empty();
    Ok(needed.then(|| Introduction {
        content_type: "application/jwk-set+json",
        body: json!({ "keys": keys }).to_string(),
    }))
}

fn lacks(what: &str) -> Fault {
    Fault::Unusable(format!("the hub has no key for {what} yet"))
}

/// Tries every step.
pub(super) async fn check(registered: &Registered, call: &Call<'_>) -> Vec<Finding> {
    let mut findings = Findings(Vec::new());
    findings.own_keys(registered, call);
    findings.addresses(registered);
    let Some(provider) = findings.discovery(registered, call).await else {
        return findings.0;
    };
    findings.logout(registered, &provider);
    findings.encryption(registered, call, &provider);
    let Some(keys) = findings.keys(registered, call, &provider).await else {
        return findings.0;
    };
    findings
        .credentials(registered, call, &provider, &keys)
        .await;
    findings.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, step: &str, verdict: Verdict, words: impl Into<String>) {
        self.0.push(Finding {
            step: step.to_owned(),
            verdict,
            words: words.into(),
        });
    }

    fn fault(&mut self, step: &str, fault: &Fault) {
        self.add(step, Verdict::Bad, fault.to_string());
    }

    fn own_keys(&mut self, registered: &Registered, call: &Call<'_>) {
        match introduction(registered, call) {
            Ok(None) => {}
            Ok(Some(_)) => self.add(
                "own keys",
                Verdict::Good,
                format!(
                    "the hub publishes its keys at {}; the provider must know this address",
                    registered.addresses.oidc_keys()
                ),
            ),
            Err(fault) => self.fault("own keys", &fault),
        }
    }

    fn addresses(&mut self, registered: &Registered) {
        self.add(
            "addresses",
            Verdict::Good,
            format!(
                "the provider must know the return address {} and the address after a logout {}",
                registered.addresses.oidc_callback(),
                registered.addresses.oidc_signed_out()
            ),
        );
    }

    async fn discovery(&mut self, registered: &Registered, call: &Call<'_>) -> Option<Provider> {
        let read = match fetched_discovery(call, registered).await {
            Ok(bytes) => Provider::read(&bytes, registered),
            Err(fault) => Err(fault),
        };
        let provider = match read {
            Ok(provider) => provider,
            Err(fault) => {
                self.fault("discovery", &fault);
                return None;
            }
        };
        let words = format!(
            "{} describes {}",
            registered.discovery.as_str(),
            registered.issuer
        );
        self.add("discovery", Verdict::Good, words);
        for warning in provider.warnings(registered) {
            self.add("registration", Verdict::Warning, warning);
        }
        Some(provider)
    }

    fn logout(&mut self, registered: &Registered, provider: &Provider) {
        let by_protocol = matches!(registered.logout, None | Some(UpstreamLogout::Protocol));
        match (&provider.end_session, by_protocol) {
            (_, false) => {}
            (Some(_), true) => self.add(
                "logout",
                Verdict::Good,
                "the provider has an address at which its session ends",
            ),
            (None, true) => self.add(
                "logout",
                Verdict::Warning,
                "the provider has no address at which its session ends: who signs out of the hub stays \
                 signed in there; `oidc.logout_url` gives them a button",
            ),
        }
    }

    fn encryption(&mut self, registered: &Registered, call: &Call<'_>, provider: &Provider) {
        let offered = &provider.offers.encryption;
        if !registered.encrypted || offered.is_empty() {
            return;
        }
        let own = &call.keys.oidc_decryption;
        let shared = own.iter().find(|key| offered.contains(key.algorithm()));
        match shared {
            Some(key) => self.add(
                "encryption",
                Verdict::Good,
                format!("the provider can encrypt by {}", key.algorithm()),
            ),
            None => self.add(
                "encryption",
                Verdict::Warning,
                "the provider does not say that it can encrypt for any of the hub's keys",
            ),
        }
    }

    async fn keys(
        &mut self,
        registered: &Registered,
        call: &Call<'_>,
        provider: &Provider,
    ) -> Option<Keyring> {
        let read = match fetched_keys(call, provider).await {
            Ok(bytes) => Keyring::read(&bytes, registered),
            Err(fault) => Err(fault),
        };
        match read {
            Ok(keys) => {
                let algorithms = registered.algorithms.iter();
                let names: Vec<&str> = algorithms.map(|algorithm| algorithm.name()).collect();
                let words = format!(
                    "{} keys that can sign by {}",
                    keys.set.keys().len(),
                    names.join(", ")
                );
                self.add("keys", Verdict::Good, words);
                Some(keys)
            }
            Err(fault) => {
                self.fault("keys", &fault);
                None
            }
        }
    }

    async fn credentials(
        &mut self,
        registered: &Registered,
        call: &Call<'_>,
        provider: &Provider,
        keys: &Keyring,
    ) {
        match client::try_credentials(call, (registered, provider, keys)).await {
            Ok(()) => self.add(
                "credentials",
                Verdict::Good,
                format!(
                    "the provider knows the hub as {} by {}",
                    Value::from(registered.client_id.as_str()),
                    registered.proof.name()
                ),
            ),
            Err(fault) => self.fault("credentials", &fault),
        }
    }
}

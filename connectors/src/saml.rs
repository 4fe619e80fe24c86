//! The driver of SAML 2.0 identity providers: the hub as their service provider. Whom it speaks to, by which
//! keys and where, comes from the source's metadata and its registration, never from a message (SAML-01,
//! SIG-06). XML is `clau-saml`'s alone: nothing here reads or writes any.
//!
//! | module | owns |
//! | --- | --- |
//! | [`registration`] | what a registration must say before a driver is made of it |
//! | [`metadata`] | what is known of the source, and until when |
//! | [`depart`] | requests for a login |
//! | [`arrive`], [`scopes`] | answers, and what of them lies within what the source may say |
//! | [`logout`] | logouts, in both directions |
//! | [`introduction`] | what the hub says of itself to the source |
//! | [`check`] | how it is, in words |

mod arrive;
mod check;
mod depart;
mod introduction;
mod logout;
mod metadata;
mod registration;
mod scopes;

#[cfg(test)]
mod tests;

use std::future::ready;
use std::sync::Arc;

use clau_domain::connector::Connector;
use clau_domain::time::Timestamp;
use clau_saml::error::Problem;
use clau_saml::key::SigningKey;
use clau_saml::metadata::IdentityProvider;
use clau_saml::names::binding;
use futures_util::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::contract::{
    Addresses, Answer, Arrival, Arrived, Blueprint, Call, Departure, Driver, Fault, Finding, Heard,
    Introduction, LogoutOutcome, Mistake, Notice, Reply, SignOut, Taken, Wanted, Wish,
};
use metadata::Held;
use registration::Registered;

/// By which bindings the browser takes messages to a source, the best first.
const BY_BROWSER: [&str; 2] = [binding::REDIRECT, binding::POST];

/// Makes the driver of a registration.
///
/// # Errors
/// What is wrong with the registration, by key.
pub fn driver(blueprint: Blueprint<'_>) -> Result<Box<dyn Driver>, Vec<Mistake>> {
    let (registered, given) = registration::read(&blueprint)?;
    Ok(Box::new(Saml {
        addresses: blueprint.addresses(),
        held: Held::new(given),
        registered,
    }))
}

/// A source that speaks SAML 2.0.
#[derive(Debug)]
struct Saml {
    registered: Registered,
    addresses: Addresses,
    held: Held,
}

impl Saml {
    /// What the hub is called there.
    fn own_entity_id(&self) -> String {
        match self.registered.settings.own_entity_id.as_str() {
            "" => self.addresses.saml_metadata(),
            agreed => agreed.to_owned(),
        }
    }

    /// What is known of the source, where that is still good.
    fn provider(&self, now: Timestamp) -> Result<Arc<IdentityProvider>, Fault> {
        self.held.provider(now)
    }
}

impl Driver for Saml {
    fn connector(&self) -> &Connector {
        &self.registered.connector
    }

    fn documents(&self) -> Vec<Wanted> {
        metadata::wanted(&self.registered)
    }

    fn take(&self, document: &str, bytes: &[u8], now: Timestamp) -> Result<Taken, Fault> {
        if document != metadata::DOCUMENT || self.registered.is_given() {
            return Err(Fault::Unusable(format!(
                "a document `{document}` was never wanted"
            )));
        }
        let provider = metadata::read(&self.registered, bytes, now)?;
        Ok(self.held.take(provider))
    }

    fn ready(&self, now: Timestamp) -> Result<(), Fault> {
        self.provider(now).map(drop)
    }

    fn depart<'a>(&'a self, call: &'a Call<'a>, wish: &'a Wish) -> Answer<'a, Departure> {
        Box::pin(ready(depart::depart(self, call, wish)))
    }

    fn arrive<'a>(
        &'a self,
        call: &'a Call<'a>,
        arrival: &'a Arrival<'a>,
        pending: Option<&'a str>,
    ) -> Answer<'a, Arrived> {
        Box::pin(ready(arrive::arrive(self, call, arrival, pending)))
    }

    fn sign_out<'a>(
        &'a self,
        call: &'a Call<'a>,
        upstream: &'a str,
        state: &'a str,
    ) -> Answer<'a, SignOut> {
        Box::pin(ready(logout::sign_out(self, call, upstream, state)))
    }

    fn hear<'a>(&'a self, call: &'a Call<'a>, notice: &'a Notice<'a>) -> Answer<'a, Heard> {
        Box::pin(ready(logout::hear(self, call, notice)))
    }

    fn reply(&self, call: &Call<'_>, reply: &str, outcome: LogoutOutcome) -> Result<Reply, Fault> {
        logout::reply(self, call, reply, outcome)
    }

    fn probe<'a>(&'a self, call: &'a Call<'a>) -> Answer<'a, ()> {
        Box::pin(check::probe(self, call))
    }

    fn check<'a>(&'a self, call: &'a Call<'a>) -> BoxFuture<'a, Vec<Finding>> {
        Box::pin(check::check(self, call))
    }

    fn introduction(&self, call: &Call<'_>) -> Result<Option<Introduction>, Fault> {
        introduction::introduction(self, call).map(Some)
    }
}

/// Whose fault a problem is.
fn fault(problem: Problem) -> Fault {
    match problem {
        Problem::NoKey | Problem::Own(_) => Fault::Unusable(problem.to_string()),
        _ => Fault::Untrusted(problem.to_string()),
    }
}

/// The key that signs for the hub.
fn signing_key<'c>(call: &Call<'c>) -> Result<&'c SigningKey, Fault> {
    let key = call.keys.saml_signing.as_deref();
    key.ok_or_else(|| Fault::Unusable("the hub has no key that signs for upstreams".to_owned()))
}

/// What the engine keeps for the driver, as text.
fn kept<T: Serialize>(value: &T) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault::Unusable(error.to_string()))
}

/// The same read again. The engine's, and so never a stranger's words.
fn kept_by_us<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    serde_json::from_str(text)
        .map_err(|_| Fault::Unusable("what was kept for the driver cannot be read".to_owned()))
}

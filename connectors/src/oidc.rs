//! The driver of OpenID providers: the hub as their relying party, by the authorization code flow and no other
//! (OIDC Core §3.1). Messages and the verification of ID tokens are `openidconnect`'s, over the hub's own way
//! out; what it does not verify, `clau-oidc` does (see [`token`]). Tokens are signed by a key of the provider's,
//! never by a shared secret (FED-07).
//!
//! | module | owns |
//! | --- | --- |
//! | [`registration`] | what a registration must say before a driver is made of it, and what providers refuse |
//! | [`metadata`] | what is known of the provider: its discovery document and its keys |
//! | [`depart`] | requests for a login, and what is remembered of them |
//! | [`arrive`] | answers: from a code to a person |
//! | [`client`] | the library's client, and its way to the token endpoint |
//! | [`token`] | ID tokens and user information |
//! | [`logout`] | logouts, in both directions |
//! | [`check`] | how it is, in words; what the hub says of itself |

mod arrive;
mod check;
mod client;
mod depart;
mod logout;
mod metadata;
mod registration;
mod token;

#[cfg(test)]
mod tests;

use std::fmt;
use std::future::ready;

use clau_domain::connector::Connector;
use clau_domain::time::Timestamp;
use clau_oidc::jose::BadClaim;
use futures_util::future::BoxFuture;

use crate::contract::{
    Answer, Arrival, Arrived, Blueprint, Call, Departure, Driver, Fault, Finding, Heard,
    Introduction, LogoutOutcome, Mistake, Notice, Reply, SignOut, Taken, Wanted, Wish,
};
use crate::profile::complete;
use metadata::Held;
use registration::Registered;

/// Makes the driver of a registration.
///
/// # Errors
/// What is wrong with the registration, by key.
pub fn driver(blueprint: Blueprint<'_>) -> Result<Box<dyn Driver>, Vec<Mistake>> {
    let registered = registration::read(complete(blueprint.connector), &blueprint)?;
    Ok(Box::new(OpenIdProvider {
        registered,
        held: Held::default(),
    }))
}

/// A source that speaks OpenID Connect.
struct OpenIdProvider {
    registered: Registered,
    held: Held,
}

/// Without the secret.
impl fmt::Debug for OpenIdProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "OpenIdProvider({}, {:?})",
            self.registered.connector.id, self.held
        )
    }
}

impl Driver for OpenIdProvider {
    fn connector(&self) -> &Connector {
        &self.registered.connector
    }

    fn documents(&self) -> Vec<Wanted> {
        self.held.documents(&self.registered)
    }

    fn take(&self, document: &str, bytes: &[u8], _now: Timestamp) -> Result<Taken, Fault> {
        self.held.take(document, bytes, &self.registered)
    }

    fn ready(&self, _now: Timestamp) -> Result<(), Fault> {
        self.held.provider()?;
        self.held.keys().map(drop)
    }

    fn depart<'a>(&'a self, call: &'a Call<'a>, wish: &'a Wish) -> Answer<'a, Departure> {
        Box::pin(ready(self.start(call, wish)))
    }

    fn arrive<'a>(
        &'a self,
        call: &'a Call<'a>,
        arrival: &'a Arrival<'a>,
        pending: Option<&'a str>,
    ) -> Answer<'a, Arrived> {
        Box::pin(self.finish(call, arrival, pending))
    }

    fn sign_out<'a>(
        &'a self,
        _call: &'a Call<'a>,
        upstream: &'a str,
        state: &'a str,
    ) -> Answer<'a, SignOut> {
        Box::pin(ready(self.leave(upstream, state)))
    }

    fn hear<'a>(&'a self, call: &'a Call<'a>, notice: &'a Notice<'a>) -> Answer<'a, Heard> {
        Box::pin(self.listen(call, notice))
    }

    fn reply(&self, _: &Call<'_>, _: &str, _: LogoutOutcome) -> Result<Reply, Fault> {
        Err(Fault::Unusable(
            "an OpenID provider waits for no answer".to_owned(),
        ))
    }

    fn probe<'a>(&'a self, call: &'a Call<'a>) -> Answer<'a, ()> {
        Box::pin(async {
            let document = metadata::fetched_discovery(call, &self.registered).await;
            document.map(drop)
        })
    }

    fn check<'a>(&'a self, call: &'a Call<'a>) -> BoxFuture<'a, Vec<Finding>> {
        Box::pin(check::check(&self.registered, call))
    }

    fn introduction(&self, call: &Call<'_>) -> Result<Option<Introduction>, Fault> {
        check::introduction(&self.registered, call)
    }
}

fn bad_claim(error: BadClaim) -> Fault {
    Fault::Untrusted(format!("its token: {error}"))
}

//! Simulators that speak OpenID Connect: one provider in several manners. What it takes, refuses and answers
//! is that of the true ones, which are the same program (`oidc-provider` under Nest) in different dress; what
//! is known of it is in french-ent.md §7 and in their published sources and acceptance tests.
//!
//! | module | owns |
//! | --- | --- |
//! | [`manner`] | what is known of a kind of provider, as data |
//! | [`franceconnect`], [`proconnect`] | the manners |
//! | [`gate`] | the routes of browsers: requests, choosing who to be, leaving |
//! | [`endpoints`] | the routes of programs: discovery, keys, tokens, who it is |
//! | [`request`] | what is wrong with a request, and how that is said |
//! | [`grants`] | codes and tokens |
//! | [`client`] | the hub as a client: its addresses, its proof, its keys |
//! | [`sign`], [`seal`] | signing and encrypting, as the true ones write it |
//!
//! Not simulated: identity providers behind, consent, refresh tokens, introspection, encryption keys that are
//! registered by hand.

mod client;
mod endpoints;
pub mod franceconnect;
pub mod gate;
mod grants;
pub mod manner;
pub mod proconnect;
mod request;
mod seal;
mod sign;
#[cfg(test)]
mod tests;

pub use client::Registration;
pub use gate::run;

//! Simulators that speak SAML 2.0: one identity provider in several manners. Messages are read and written by
//! `clau-saml`, as at the gate of the reference services; here is what makes an identity provider of it.
//!
//! | module | owns |
//! | --- | --- |
//! | [`manner`] | what is known of a kind of identity provider, as data |
//! | [`educonnect`], [`guichet`], [`lycee`] | the manners |
//! | [`gate`] | the routes: requests, the unsolicited entrance, choosing who to be |
//! | [`logout`] | the routes of signing out, from both ends |
//! | [`provider`] | what is believed of a request and what is answered |
//! | [`partner`] | the hub as a service provider, fetched and kept |
//! | [`metadata`] | what the simulator says of itself |

pub mod educonnect;
pub mod gate;
pub mod guichet;
mod logout;
pub mod lycee;
pub mod manner;
mod metadata;
mod partner;
mod provider;
#[cfg(test)]
mod tests;

pub use gate::run;

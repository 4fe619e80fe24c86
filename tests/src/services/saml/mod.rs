//! Services that sign in by SAML 2.0 (Web Browser SSO and Single Logout, SAML Profiles §4.1, §4.4): the gate
//! and what it stands on.
//!
//! Messages are read and written by `clau-saml`, the layer that the hub itself reads strangers' messages
//! with: there is no other in Rust that can be trusted to (`samael` failed open when it was tried), and
//! strangers' readings of the protocol meet the hub elsewhere in these tests. Here is what the crate leaves to
//! a service: keys, the hub's metadata and its changes, the browser that a login belongs to, sessions, and
//! logout from all sides.
//!
//! | module | owns |
//! | --- | --- |
//! | [`gate`] | the routes |
//! | [`protocol`] | the only calls of `clau-saml`'s messages: what is asked, and what must fit before it is believed |
//! | [`metadata`] | what the service says of itself, and what it reads of the hub |
//! | [`hub`] | the hub's metadata, fetched and kept |
//! | [`keys`] | the service's keys |
//! | [`names`] | by what names the hub knows the sessions here, and messages that were seen |
//! | [`attributes`] | what an assertion says of a person |

pub mod attributes;
mod error;
pub mod gate;
mod hub;
pub mod keys;
mod metadata;
mod names;
mod protocol;
#[cfg(test)]
pub(in crate::services) mod tests;

pub use clau_saml::key::KeyKind;
pub use error::SamlError;

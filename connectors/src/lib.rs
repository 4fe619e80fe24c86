//! Connectors: the upstreams of the hub. A connector is another system in which people prove who
//! they are, or a feed that tells who exists.
//!
//! | module | owns |
//! | --- | --- |
//! | [`cas`] | the driver of CAS servers |
//! | [`contract`] | what a driver is, and what it is given: all that the engine knows of connectors |
//! | [`ldap`] | the driver of directories: LDAP, Active Directory |
//! | [`oidc`] | the driver of OpenID providers |
//! | [`drivers`] | every driver there is: [`saml`], [`oidc`], [`cas`], [`ldap`] |
//! | [`profile`] | what is known of systems of a kind: names of attributes, levels, logout, matching, button |
//! | [`saml`] | the driver of SAML 2.0 identity providers |
//! | [`feed`] | the readers of feeds |
//!
//! Never has a route, never stores anything, never decides who gets in: a connector hands over typed words of
//! `clau-domain` and the engine decides.

pub mod cas;
pub mod contract;
pub mod drivers;
pub mod feed;
pub mod ldap;
pub mod oidc;
pub mod profile;
pub mod saml;
mod text;

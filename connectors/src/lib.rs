//! Connectors: the upstreams of the hub. A connector is another system in which people prove who
//! they are, or a feed that tells who exists.
//!
//! Owns the readers of [feeds](feed). The drivers by which people come from elsewhere (SAML, OpenID
//! Connect, CAS, LDAP) and the profiles over them live here too, once there is federation. Never has
//! a route, never stores anything, never decides who gets in: a connector hands over typed words of
//! `clau-domain` and the engine decides.

pub mod feed;

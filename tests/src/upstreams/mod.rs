//! Simulated upstreams of the demo region: what a hub is joined to, each a process of its own, true to the
//! documented national interfaces (french-ent.md §4, §5, §7). Their people are those of the generated feeds;
//! nobody has a password: one chooses who to be.
//!
//! | process | stands for | how the hub meets it |
//! | --- | --- | --- |
//! | `clau-educonnect` | ÉduConnect: pupils and guardians | SAML 2.0, also unsolicited; its own logout page |
//! | `clau-guichet` | an academy's guichet: agents | SAML 2.0, also unsolicited; single logout |
//! | `clau-franceconnect` | FranceConnect version 2, and FranceConnect+: citizens | OpenID Connect |
//! | `clau-proconnect` | ProConnect: public agents | OpenID Connect |
//! | `clau-lycee-saml` | an agricultural lycée | SAML 2.0, encrypted |
//! | `clau-lycee-cas` | an agricultural lycée | CAS 3 |
//! | (slapd) | an agricultural lycée | LDAP, filled by [`ldif`] |
//!
//! Listener, headers and pages are those of the reference services. A manner is data: [`saml`] and [`oidc`]
//! are one server each. A refusal says in words what was wrong, and by the code that the true one shows.

pub mod arguments;
pub mod cas;
#[cfg(test)]
mod joined;
pub mod ldif;
pub mod oidc;
pub mod page;
pub mod people;
pub mod saml;
#[cfg(test)]
mod testing;
pub mod visits;
pub mod who;

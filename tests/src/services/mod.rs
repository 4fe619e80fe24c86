//! Reference services of the ENT: small relying parties that work, each a process of its own.
//!
//! | service | what people do there | how it meets the hub |
//! | --- | --- | --- |
//! | [`pedagogie`] | a class notebook | CAS 3 with attributes, proxy tickets accepted |
//! | [`orientation`] | a pupil's wishes | CAS 2, calls the notebook through a proxy ticket |
//! | [`bourses`] | a guardian asks for a grant for a child | OpenID Connect, client secret, refresh tokens |
//! | [`restauration`] | meals are reserved, a kiosk shows them | OpenID Connect, private key, device codes |
//! | [`transport`] | a guardian subscribes a child to a school bus | SAML 2.0, persistent names, a key on P-256 |
//! | [`mediacentre`] | resources for an opaque reader, as the GAR opens them | SAML 2.0, transient names, an RSA key |
//!
//! Three gates, [`cas`], [`oidc`] and [`saml`], are the ways in and out; everything else is shared. The services
//! know nothing of the hub but its protocol, and no crate of Clau is used here but one: SAML's messages are read
//! by `clau-saml` (why, is at its gate). A service with another protocol is a module beside these with a gate
//! of its own.

pub mod bourses;
pub mod cas;
pub mod children;
pub mod dates;
pub mod departures;
pub mod mediacentre;
pub mod oidc;
pub mod orientation;
pub mod page;
pub mod pedagogie;
pub mod person;
pub mod qr;
pub mod region;
pub mod restauration;
pub mod saml;
pub mod server;
pub mod sessions;
#[cfg(test)]
pub(crate) mod testing;
pub mod transport;

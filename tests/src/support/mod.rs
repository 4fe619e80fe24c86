//! Private instances of everything the hub meets, for end-to-end tests and benchmarks: stores, real CAS
//! and OpenID Connect clients, SAML service providers, directories, browsers and the hub itself, each
//! on free loopback ports, started on demand, and gone when their handle is dropped or the test process ends in
//! whatever way. Never used by the product.
//!
//! What cannot start ends the test with a message that says what is missing: `make test` installs it.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "support for tests: what cannot start ends the test that needs it"
)]

pub mod apache;
pub mod authlib;
pub mod balancer;
pub mod browser;
pub mod ca;
pub mod directory;
pub mod ecp;
pub mod educonnect;
pub mod endpoint;
pub mod faults;
pub mod form;
pub mod http;
pub mod hub;
pub mod lemonldap;
pub mod mellon;
pub mod node_saml;
pub mod openid_client;
pub mod openidc;
pub mod postgres;
pub mod process;
pub mod pycas;
pub mod pysaml2;
pub mod python3_saml;
pub mod redis;
pub mod reference;
#[cfg(feature = "samael")]
pub mod samael;
pub mod saml_apache;
pub mod saml_check;
#[cfg(test)]
mod saml_idp;
#[cfg(test)]
mod saml_relying;
pub mod saml_sp;
pub mod shibboleth;
pub mod simplesamlphp;
pub mod simplesamlphp_idp;
pub mod simulators;
pub mod slapd;
pub mod upstream;

//! The CAS protocol, version 3.0 with what the field still uses of 1.0, 2.0 and SAML 1.1: parameters
//! in, typed requests out; results in, bytes out. Also the catalogue of attribute profiles, the
//! dialects in which school software expects to hear who somebody is.
//!
//! Pure. No HTTP, no storage, no clock: whether a ticket is good and whether an address is registered
//! is decided in the engine. Specification: <https://apereo.github.io/cas/development/protocol/CAS-Protocol-Specification.html>
//!
//! | module | owns |
//! | --- | --- |
//! | [`request`] | the parameters of every endpoint, the SOAP body of `/samlValidate` |
//! | [`ticket`] | what a service presents |
//! | [`answer`] | success and failure in text, XML, JSON and SAML 1.1 |
//! | [`logout`] | the notice that a session has ended |
//! | [`profile`] | attribute profiles and their catalogue |
//! | [`client`] | the other side: what other people's CAS servers answer and say |
//!
//! XML is read and written in [`xml`] alone.

pub mod answer;
pub mod client;
pub mod logout;
pub mod profile;
pub mod request;
pub mod ticket;
pub mod xml;

#[cfg(test)]
mod samples;

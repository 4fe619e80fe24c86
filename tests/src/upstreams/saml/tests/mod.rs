//! The simulators of SAML by HTTP, before a service provider that is made by hand.

mod login;
mod logout;
mod party;

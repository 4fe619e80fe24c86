//! The gate of services that sign in by SAML, before a hub that does what it is told.

mod login;
mod logout;
pub(in crate::services) mod provider;
mod scene;

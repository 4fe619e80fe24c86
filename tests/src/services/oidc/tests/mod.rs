//! The gate against a hub of a few hundred lines that can be told to go wrong. The real hub meets the
//! services in the end-to-end tests.

mod device;
mod login;
mod logout;
pub(in crate::services) mod provider;
mod renewal;
mod scene;

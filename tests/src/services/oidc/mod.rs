//! Services that sign in by OpenID Connect (Core 1.0, RFC 9700): the gate and what it stands on.
//!
//! The crate `openidconnect` speaks the protocol; here is what it leaves to a service: the browser
//! that a login belongs to, sessions, tokens kept and renewed, logout from all sides, keys that change.

mod claims;
pub mod credentials;
mod device;
mod discovery;
mod error;
pub mod gate;
mod grants;
mod http;
mod login;
mod logout_token;
mod relying_party;
#[cfg(test)]
pub(in crate::services) mod tests;

pub use device::{DeviceCodes, Outcome};
pub use error::OidcError;

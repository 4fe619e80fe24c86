//! How messages travel (SAML Bindings §3): unpacked here, packed here, and not yet believed. What comes out
//! of a binding is a [`Received`]; [`Received::open`] parses it, and [`crate::message::Opened`] says whom to
//! believe.

mod artifact;
pub mod ecp;
mod post;
mod redirect;
mod soap;

#[cfg(test)]
mod tests;

pub use artifact::Artifact;
pub use post::Form;
pub use redirect::Address;
pub use soap::{envelope, fault};

use crate::error::Problem;
use crate::message::Opened;
use crate::signature::Algorithm;

/// Longest `RelayState`, in bytes (SAML Bindings §3.4.3). Partners send longer ones; ours never are.
pub const LONGEST_RELAY_STATE: usize = 80;
/// Longest `RelayState` of somebody else that is taken along: what browsers and servers take in an address.
pub const LONGEST_FOREIGN_RELAY_STATE: usize = 1024;

/// How a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// In the query of an address (§3.4).
    Redirect,
    /// In a form (§3.5).
    Post,
    /// From a program (§3.2).
    Soap,
}

/// Whether a message asks or answers: the name under which it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

impl Role {
    const fn parameter(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// A message as it came, unpacked and not looked at.
#[derive(Clone, Debug)]
pub struct Received {
    pub(crate) bytes: Vec<u8>,
    pub(crate) detached: Option<Detached>,
    /// How it came.
    pub binding: Binding,
    /// Under which name.
    pub role: Role,
    /// What is to go back with the answer. The sender's, never looked into, never an address (SAML-13).
    pub relay_state: Option<String>,
}

/// A signature beside the message (§3.4.4.1).
#[derive(Clone, Debug)]
pub(crate) struct Detached {
    pub(crate) algorithm: Algorithm,
    pub(crate) octets: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

impl Received {
    /// Parses the message.
    ///
    /// # Errors
    /// [`Problem::TooLarge`], [`Problem::Xml`], [`Problem::Message`].
    pub fn open(&self) -> Result<Opened<'_>, Problem> {
        Opened::new(self)
    }
}

fn relay_state(value: Option<String>) -> Result<Option<String>, Problem> {
    match value {
        Some(value) if value.len() > LONGEST_FOREIGN_RELAY_STATE => {
            Err(Problem::Binding("its RelayState is too long"))
        }
        value => Ok(value.filter(|value| !value.is_empty())),
    }
}

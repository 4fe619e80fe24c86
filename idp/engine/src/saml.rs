//! The SAML identity provider: what the messages of `clau-saml` do. Assertions come from a grant of
//! [`clau_domain::policy`] and from nothing else. Never writes an HTTP answer, and never reads XML: that is
//! `clau-saml`'s.
//!
//! | module | owns |
//! | --- | --- |
//! | [`services`] | registrations with their metadata, as they are used |
//! | [`keys`] | what the hub signs and opens with |
//! | [`own`] | the hub's own metadata |
//! | [`sources`] | where metadata comes from that is not in a registration |
//! | [`sso`] | from a request to somebody signed in, also by nobody's request |
//! | `wishes` | what a request may ask for |
//! | [`answer`] | from somebody signed in to an answer |
//! | [`artifact`] | answers that are fetched |
//! | [`ecp`] | programs that sign people in |
//! | [`logout`] | logout that a service asks for |
//! | `telling` | what services are told of a logout |
//!
//! One request goes this way: `web` unpacks it ([`clau_saml::binding::Received`]), [`sso`] finds the service by
//! the name in it, verifies it with the keys of that service's metadata, sees that it comes for the first time,
//! and lays it aside for the browser that brought it. From then on it goes the way of every login
//! ([`crate::login`]); with the session, [`answer`] asks the policy for a grant and writes the assertion.

pub mod answer;
pub mod artifact;
pub mod ecp;
pub mod keys;
pub mod logout;
pub mod own;
pub mod services;
pub mod sources;
pub mod sso;
pub(crate) mod telling;
mod wishes;

use clau_domain::secret::{Digest, Kind};
use clau_saml::error::Problem;

use crate::Hub;
use crate::error::Error;

/// Why a message is not acted on, for a page or a fault: nothing in it is known well enough to answer its
/// sender.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// What is wrong with it.
    #[error(transparent)]
    Message(#[from] Problem),
    /// No enabled service has the name of its sender, or the service is not registered for this.
    #[error("{0}")]
    Service(&'static str),
    /// The hub cannot do it now.
    #[error(transparent)]
    Hub(#[from] Error),
}

impl From<clau_storage::StorageError> for Refused {
    fn from(error: clau_storage::StorageError) -> Self {
        Self::Hub(error.into())
    }
}

impl Hub {
    /// The hub's name among partners: where its metadata is.
    pub fn saml_entity_id(&self) -> String {
        format!("{}/saml/metadata", self.settings().base_url)
    }

    /// The address of an endpoint.
    pub(crate) fn saml_endpoint(&self, name: &str) -> String {
        format!("{}/saml/{name}", self.settings().base_url)
    }
}

/// The digest by which something is known that has no token: its parts, in one key space.
fn named<K: Kind>(parts: &[&str]) -> Digest {
    // No part of a SAML name holds a line break.
    Digest::of(K::NAME, &parts.join("\n"))
}

/// A defect in what was stored or made by ourselves.
fn defect(problem: impl std::fmt::Display) -> Error {
    Error::Defect(problem.to_string())
}

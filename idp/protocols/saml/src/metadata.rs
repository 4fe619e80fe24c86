//! Metadata: what partners say of themselves, and what the hub says of itself (SAML Metadata §2). The keys in
//! it are the only ones that are believed, and its addresses the only ones that answers go to; so it is read
//! strictly, and whoever hands it in says why it may be trusted.
//!
//! | module | owns |
//! | --- | --- |
//! | [`document`] | whether a document may be believed: signature, dates; the entities of a federation |
//! | [`query`] | where one entity is asked for |
//! | [`entity`], [`keys`], [`shown`] | what every role has: addresses, keys, names and categories |
//! | [`service`] | a service provider |
//! | [`provider`] | an identity provider |
//! | [`own`] | the hub's own, as an identity provider |
//! | [`own_service`] | the hub's own, as a service of somebody else |
//! | [`sample`] | federations for tests and benches |

mod document;
mod entity;
mod keys;
mod own;
mod own_service;
mod provider;
mod query;
mod sample;
mod service;
mod shown;

#[cfg(test)]
mod tests;

pub use document::{Document, Entity, Trust};
pub use entity::{Endpoint, IndexedEndpoint};
pub use keys::Keys;
pub use own::{Contact, OwnMetadata};
pub use own_service::OwnServiceMetadata;
pub use provider::IdentityProvider;
pub use query::{digest_of, query_path, query_path_by_digest};
pub use sample::{FederationForTests, signed_for_tests};
pub use service::{Acs, RequestedAttribute, ServiceProvider};
pub use shown::{Links, Localised};

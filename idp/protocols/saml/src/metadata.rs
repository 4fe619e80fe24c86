//! Metadata: what partners say of themselves, and what the hub says of itself (SAML Metadata §2). The keys in
//! it are the only ones that are believed, and its addresses the only ones that answers go to; so it is read
//! strictly, and whoever hands it in says why it may be trusted.
//!
//! | module | owns |
//! | --- | --- |
//! | [`document`] | whether a document may be believed: signature, dates; the entities of a federation |
//! | [`entity`] | what every role has: keys, addresses, names, categories |
//! | [`service`] | a service provider |
//! | [`own`] | the hub's own |

mod document;
mod entity;
mod own;
mod service;

#[cfg(test)]
mod tests;

pub use document::{Document, Entity, Trust, query_path};
pub use entity::{Endpoint, Keys, Localised};
pub use own::{Contact, OwnMetadata};
pub use service::{Acs, RequestedAttribute, ServiceProvider};

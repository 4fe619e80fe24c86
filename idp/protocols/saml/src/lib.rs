//! SAML 2.0 as types: messages, metadata, bindings, signatures, encryption. Bytes in, checked types out, and
//! back; no HTTP, no storage, no clock, no randomness of its own choosing.
//!
//! Trust goes one way through this crate. [`xml`] lets in what may be parsed and parses it once;
//! [`signature`] verifies over that very tree and says which elements are covered; [`message`] reads from a
//! covered element and from nothing else, because its readers take an [`message::Authentic`], which only a
//! verified message yields, or one that was allowed to be unsigned. `bergshamra` canonicalises, digests and
//! encrypts; what may be signed how, by whom and where is decided here.

pub mod binding;
pub mod encryption;
pub mod error;
pub mod key;
pub mod message;
pub mod metadata;
pub mod names;
pub mod signature;
pub mod spelling;
pub mod xml;

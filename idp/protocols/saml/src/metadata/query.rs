//! Where a metadata query service has the metadata of an entity (Metadata Query Protocol, as SAML uses it).
//! Only addresses: who fetches, and whether what came may be believed, is said elsewhere.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// Where an entity is, below the base address of the service.
pub fn query_path(entity_id: &str) -> String {
    format!("entities/{}", encoded(entity_id))
}

/// The same by the digest of its name, for services that take no other (SAML Profile for the Metadata Query
/// Protocol, Request Profile). SHA-1 is a way to write the name there and proves nothing: the answer has to be
/// about the entity ([`super::Document::is_about`]).
pub fn query_path_by_digest(entity_id: &str) -> String {
    format!(
        "entities/{}",
        encoded(&format!("{{sha1}}{}", digest_of(entity_id)))
    )
}

/// SHA-1 over the name of an entity, in hexadecimal: how federations name the file of an entity.
pub fn digest_of(entity_id: &str) -> String {
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, entity_id.as_bytes());
    digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// As one segment of a path (RFC 3986 §2.1).
fn encoded(text: &str) -> String {
    let encode = |byte: u8| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(encode).collect()
}

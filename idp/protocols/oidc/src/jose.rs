//! Signed and encrypted tokens (JOSE): keys, compact signatures, what was encrypted for the hub, claims.
//! Which algorithm and which key count is configuration; a token's header may only agree with it (OIDC-09).
//! Never decides what a token allows, never fetches a key. RFC 7515, 7516, 7517, 7518, 7519, 7638, 8037, 8725.
//!
//! Keys are parsed once and kept parsed: parsing a key costs as much as using it several times.

mod algorithm;
mod claims;
mod json;
mod jwe;
mod jwk;
mod jws;
mod key;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::{BadClaim, Claims, Window};
pub use json::{BadJson, object};
pub use jwe::{BadDecryptionKey, DecryptionKey, Unopened, is_encrypted, open};
pub use jwk::{BadJwk, Jwk, JwkSet, MOST_KEYS};
pub use jws::{BadToken, LONGEST, Typ, Verified, verify, verify_of_provider};
pub use key::{BadKey, SigningKey, VerifyingKey};

pub(crate) use jws::{claimed_string, verify_with_embedded_key};

/// A bare signature, for tokens that only tests make.
#[cfg(test)]
pub(crate) fn signature_for_tests(key: &SigningKey, message: &str) -> Vec<u8> {
    key.signature(message.as_bytes()).expect("signs")
}

#[cfg(test)]
mod tests;

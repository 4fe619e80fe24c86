//! Signing as the true providers write it: ES256, and a header with algorithm and key and no type, which the
//! hub's own tokens always have. Never anybody else's key.

use std::io;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::services::server::digest;

/// The key of a provider, made at its start. Not `Debug`.
pub(super) struct Signer {
    pair: EcdsaKeyPair,
    kid: String,
}

impl Signer {
    /// A new key.
    ///
    /// # Errors
    /// The library makes none.
    pub(super) fn new() -> io::Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
        let pair = pair.map_err(|_| io::Error::other("no key can be made"))?;
        let kid = digest(&URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()));
        Ok(Self { pair, kid })
    }

    /// The key for others.
    pub(super) fn jwk(&self) -> Value {
        // 0x04, x, y.
        let point = self.pair.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
        json!({
            "kty": "EC",
            "crv": "P-256",
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
            "use": "sig",
            "alg": "ES256",
            "kid": self.kid,
        })
    }

    /// A signed token.
    ///
    /// # Errors
    /// The library does not sign.
    pub(super) fn sign(&self, claims: &Map<String, Value>) -> io::Result<String> {
        let header = json!({ "alg": "ES256", "kid": self.kid });
        let part = |value: &[u8]| URL_SAFE_NO_PAD.encode(value);
        let signed = format!(
            "{}.{}",
            part(header.to_string().as_bytes()),
            part(&serde_json::to_vec(claims)?)
        );
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes());
        let signature = signature.map_err(|_| io::Error::other("it cannot be signed"))?;
        Ok(format!("{signed}.{}", part(signature.as_ref())))
    }

    /// The claims of a token that this key has signed, however old it is: an ID token as a hint.
    pub(super) fn read(&self, token: &str) -> Option<Map<String, Value>> {
        use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key());
        key.verify(signed.as_bytes(), &signature).ok()?;
        let (_, payload) = signed.split_once('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

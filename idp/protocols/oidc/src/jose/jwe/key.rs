//! Keys by which others encrypt for the hub. Each publishes the algorithm that it was made for, and opens
//! whatever is encrypted for a key of its kind. Where private keys are kept and how they are encrypted at rest
//! is the engine's work (KEY-03).

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{
    KeyPair as RsaKeyPair, KeySize, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
use aws_lc_rs::signature::KeyPair as _;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::jose::jwk::Material;
use crate::jose::key::rsa_numbers;

/// The algorithms that a key may be made for: what providers are told to use (RFC 7518 §4.1).
const EC: [&str; 3] = ["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"];
const RSA: [&str; 2] = ["RSA-OAEP-256", "RSA-OAEP"];

/// Why a key cannot be used. Ours to repair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDecryptionKey {
    /// Not one of our algorithms.
    #[error(
        "not one of the key management algorithms ECDH-ES, ECDH-ES+A128KW, ECDH-ES+A256KW, RSA-OAEP-256, RSA-OAEP"
    )]
    Algorithm,
    /// Not a PKCS#8 document of a key for the algorithm.
    #[error("the private key is not a PKCS#8 key for the algorithm")]
    Pkcs8,
    /// The library refused; it does so only when the system gives no randomness or no memory.
    #[error("the cryptographic library failed")]
    Library,
}

/// One of the hub's private keys, parsed, with the algorithm that it is published for. `Debug` shows the
/// identifier only.
pub struct DecryptionKey {
    algorithm: &'static str,
    kid: String,
    public: Value,
    private: Private,
}

/// The private half.
pub(super) enum Private {
    /// Agrees.
    P256(PrivateKey),
    /// Decrypts; once more as what can be written.
    Rsa(OaepPrivateDecryptingKey, PrivateDecryptingKey),
}

impl DecryptionKey {
    /// A new key for an algorithm: `ECDH-ES`, `RSA-OAEP-256`. RSA keys have 3072 bits.
    ///
    /// # Errors
    /// [`BadDecryptionKey`].
    pub fn generate(algorithm: &str) -> Result<Self, BadDecryptionKey> {
        let library = |_| BadDecryptionKey::Library;
        let document = match Kind::of(algorithm)? {
            (Kind::P256, _) => {
                let key = PrivateKey::generate(&ECDH_P256).map_err(library)?;
                AsDer::<Pkcs8V1Der<'_>>::as_der(&key)
            }
            (Kind::Rsa, _) => {
                let key = PrivateDecryptingKey::generate(KeySize::Rsa3072).map_err(library)?;
                AsDer::<Pkcs8V1Der<'_>>::as_der(&key)
            }
        };
        Self::from_pkcs8(algorithm, document.map_err(library)?.as_ref())
    }

    /// Reads a private key (PKCS#8, DER).
    ///
    /// # Errors
    /// [`BadDecryptionKey`].
    pub fn from_pkcs8(algorithm: &str, pkcs8: &[u8]) -> Result<Self, BadDecryptionKey> {
        let (kind, algorithm) = Kind::of(algorithm)?;
        let (private, material) = match kind {
            Kind::P256 => p256(pkcs8),
            Kind::Rsa => rsa(pkcs8),
        }
        .ok_or(BadDecryptionKey::Pkcs8)?;
        let kid = material.thumbprint();
        let mut public = material.members();
        for (name, value) in [("kid", kid.as_str()), ("alg", algorithm), ("use", "enc")] {
            public.insert(name.to_owned(), json!(value));
        }
        Ok(Self {
            algorithm,
            kid,
            public: Value::Object(public),
            private,
        })
    }

    /// The private key (PKCS#8, DER), to be sealed and stored; erased from memory when dropped.
    ///
    /// # Errors
    /// [`BadDecryptionKey::Library`].
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, BadDecryptionKey> {
        let document = match &self.private {
            Private::P256(key) => AsDer::<Pkcs8V1Der<'_>>::as_der(key),
            Private::Rsa(_, key) => AsDer::<Pkcs8V1Der<'_>>::as_der(key),
        };
        let document = document.map_err(|_| BadDecryptionKey::Library)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// The algorithm that it is published for.
    pub fn algorithm(&self) -> &'static str {
        self.algorithm
    }

    /// Its identifier: the thumbprint of the public key (RFC 7638).
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key as the key set publishes it.
    pub fn public(&self) -> &Value {
        &self.public
    }

    pub(super) fn private(&self) -> &Private {
        &self.private
    }
}

impl std::fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DecryptionKey({}, {})", self.algorithm, self.kid)
    }
}

#[derive(Clone, Copy)]
enum Kind {
    P256,
    Rsa,
}

impl Kind {
    fn of(algorithm: &str) -> Result<(Self, &'static str), BadDecryptionKey> {
        let named = |names: &[&'static str], kind| {
            let found = names.iter().find(|name| **name == algorithm);
            found.map(|name| (kind, *name))
        };
        named(&EC, Self::P256)
            .or_else(|| named(&RSA, Self::Rsa))
            .ok_or(BadDecryptionKey::Algorithm)
    }
}

fn p256(pkcs8: &[u8]) -> Option<(Private, Material)> {
    let key = PrivateKey::from_private_key_der(&ECDH_P256, pkcs8).ok()?;
    let public = key.compute_public_key().ok()?;
    let material = Material::P256(public.as_ref().to_vec());
    Some((Private::P256(key), material))
}

fn rsa(pkcs8: &[u8]) -> Option<(Private, Material)> {
    // The library shows the numbers of a public key only of a key that signs; it is the same document.
    let (n, e) = rsa_numbers(RsaKeyPair::from_pkcs8(pkcs8).ok()?.public_key().as_ref())?;
    let material = Material::rsa(n, e).ok()?;
    let key = PrivateDecryptingKey::from_pkcs8(pkcs8).ok()?;
    let opening = OaepPrivateDecryptingKey::new(key.clone()).ok()?;
    Some((Private::Rsa(opening, key), material))
}

//! Keys ready for use. A [`SigningKey`] is one of the hub's own, with the algorithm that it signs by;
//! a [`VerifyingKey`] is somebody's key together with the one algorithm that it may verify (OIDC-09).
//! Where private keys are kept and how they are encrypted at rest is the engine's work (KEY-03).
//!
//! `aws-lc-rs` draws the randomness of key generation and of ECDSA and PSS from the operating system
//! itself and takes no other source: here alone randomness is not an argument.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, ParsedPublicKey, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256,
};
use clau_domain::secret::{ExposeSecret as _, SecretString};
use zeroize::Zeroizing;

use super::algorithm::Algorithm;
use super::jwk::{BadJwk, Jwk, Material};

/// Shortest secret for HS256, in bytes (RFC 7518 §3.2).
const SHORTEST_SECRET: usize = 32;

/// Why a key cannot be used. Ours to repair, except for [`BadKey::ShortSecret`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not a PKCS#8 document of a key for the algorithm.
    #[error("the private key is not a PKCS#8 key for {0}")]
    Pkcs8(Algorithm),
    /// The library refused; it does so only when the system gives no randomness or no memory.
    #[error("the cryptographic library failed")]
    Library,
    /// A client secret that is too short to sign with.
    #[error("a client secret that signs must have at least {SHORTEST_SECRET} bytes")]
    ShortSecret,
}

/// One of the hub's private keys, parsed, with its algorithm. `Debug` shows the identifier only.
pub struct SigningKey {
    algorithm: Algorithm,
    kid: String,
    public: Jwk,
    pair: Pair,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A new key. RSA keys have 3072 bits, so that they need not be replaced before 2031 (RGS B1).
    ///
    /// # Errors
    /// [`BadKey::Library`].
    pub fn generate(algorithm: Algorithm) -> Result<Self, BadKey> {
        let pair = match algorithm {
            Algorithm::Es256 | Algorithm::Es384 => {
                EcdsaKeyPair::generate(curve(algorithm)).map(Pair::Ec)
            }
            Algorithm::Rs256 | Algorithm::Ps256 => {
                RsaKeyPair::generate(KeySize::Rsa3072).map(Pair::Rsa)
            }
            Algorithm::EdDsa => Ed25519KeyPair::generate().map(Pair::Ed25519),
        };
        Self::new(algorithm, pair.map_err(|_| BadKey::Library)?)
    }

    /// Reads a private key (PKCS#8, DER).
    ///
    /// # Errors
    /// [`BadKey::Pkcs8`] when it is none for the algorithm.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, BadKey> {
        let pair = match algorithm {
            Algorithm::Es256 | Algorithm::Es384 => {
                EcdsaKeyPair::from_pkcs8(curve(algorithm), pkcs8).map(Pair::Ec)
            }
            Algorithm::Rs256 | Algorithm::Ps256 => RsaKeyPair::from_pkcs8(pkcs8).map(Pair::Rsa),
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8).map(Pair::Ed25519),
        };
        Self::new(algorithm, pair.map_err(|_| BadKey::Pkcs8(algorithm))?)
    }

    /// The private key (PKCS#8, DER), to be sealed and stored; erased from memory when dropped.
    ///
    /// # Errors
    /// [`BadKey::Library`].
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, BadKey> {
        let bytes = match &self.pair {
            Pair::Ec(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
            Pair::Ed25519(pair) => pair.to_pkcs8v1().map(|document| document.as_ref().to_vec()),
            Pair::Rsa(pair) => {
                AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|document| document.as_ref().to_vec())
            }
        };
        bytes.map(Zeroizing::new).map_err(|_| BadKey::Library)
    }

    /// What it signs by.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its identifier: the thumbprint of the public key (RFC 7638), so that every node and every
    /// restart calls it the same.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key, as the key set publishes it.
    pub fn public(&self) -> &Jwk {
        &self.public
    }

    /// The key as verifier of what it has signed.
    ///
    /// # Errors
    /// [`BadKey::Library`].
    pub fn verifying(&self) -> Result<VerifyingKey, BadKey> {
        VerifyingKey::new(&self.public, self.algorithm).map_err(|_| BadKey::Library)
    }

    /// The bare signature over `message`, in the form of JWS (RFC 7518 §3.4: `r` and `s` side by side).
    ///
    /// # Errors
    /// [`BadKey::Library`].
    pub(super) fn signature(&self, message: &[u8]) -> Result<Vec<u8>, BadKey> {
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Ec(pair) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let padding = match self.algorithm {
                    Algorithm::Ps256 => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, message, &mut signature)
                    .map(|()| signature)
            }
        };
        signature.map_err(|_| BadKey::Library)
    }

    fn new(algorithm: Algorithm, pair: Pair) -> Result<Self, BadKey> {
        let wrong = BadKey::Pkcs8(algorithm);
        let material = match (&pair, algorithm) {
            (Pair::Ec(pair), Algorithm::Es384) => {
                Material::P384(pair.public_key().as_ref().to_vec())
            }
            (Pair::Ec(pair), _) => Material::P256(pair.public_key().as_ref().to_vec()),
            (Pair::Ed25519(pair), _) => Material::Ed25519(pair.public_key().as_ref().to_vec()),
            (Pair::Rsa(pair), _) => {
                let (n, e) = rsa_numbers(pair.public_key().as_ref()).ok_or(wrong)?;
                Material::rsa(n, e).map_err(|_| wrong)?
            }
        };
        let public = Jwk::new(material, algorithm);
        Ok(Self {
            algorithm,
            kid: public.thumbprint(),
            public,
            pair,
        })
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({}, {})", self.algorithm, self.kid)
    }
}

/// Somebody's key and the one algorithm that it verifies. The two come from a registration; a token
/// cannot pair them otherwise.
#[derive(Clone)]
pub struct VerifyingKey {
    kid: Option<String>,
    check: Check,
}

#[derive(Clone)]
enum Check {
    Signature(Algorithm, ParsedPublicKey),
    Hmac(Box<hmac::Key>),
}

impl VerifyingKey {
    /// A public key for one algorithm.
    ///
    /// # Errors
    /// [`BadJwk::Unsupported`] when the key is not one for the algorithm.
    pub fn new(jwk: &Jwk, algorithm: Algorithm) -> Result<Self, BadJwk> {
        Ok(Self {
            kid: jwk.kid().map(str::to_owned),
            check: Check::Signature(algorithm, jwk.parsed(algorithm)?),
        })
    }

    /// The keys of a set that are for `algorithm`.
    pub fn from_set(set: &super::JwkSet, algorithm: Algorithm) -> Vec<Self> {
        set.keys
            .iter()
            .filter_map(|jwk| Self::new(jwk, algorithm).ok())
            .collect()
    }

    /// A client's secret, for HS256 (`client_secret_jwt`, OIDC Core §9) and for nothing else.
    ///
    /// # Errors
    /// [`BadKey::ShortSecret`].
    pub fn from_secret(secret: &SecretString) -> Result<Self, BadKey> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < SHORTEST_SECRET {
            return Err(BadKey::ShortSecret);
        }
        Ok(Self {
            kid: None,
            check: Check::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret))),
        })
    }

    /// The name that a token's header must give.
    pub fn algorithm_name(&self) -> &'static str {
        match &self.check {
            Check::Signature(algorithm, _) => algorithm.name(),
            Check::Hmac(_) => "HS256",
        }
    }

    /// Its identifier, if its owner gave it one.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether `signature` is this key's over `message`.
    pub(super) fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.check {
            Check::Signature(_, key) => key.verify_sig(message, signature).is_ok(),
            Check::Hmac(key) => hmac::verify(key, message, signature).is_ok(),
        }
    }
}

impl std::fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VerifyingKey({}, {:?})", self.algorithm_name(), self.kid)
    }
}

fn curve(algorithm: Algorithm) -> &'static EcdsaSigningAlgorithm {
    match algorithm {
        Algorithm::Es384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        _ => &ECDSA_P256_SHA256_FIXED_SIGNING,
    }
}

/// Modulus and exponent of an `RSAPublicKey` (RFC 8017 §A.1.1) that the library wrote.
pub(super) fn rsa_numbers(der: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (sequence, _) = der_value(der, 0x30)?;
    let (n, rest) = der_value(sequence, 0x02)?;
    let (e, _) = der_value(rest, 0x02)?;
    // A zero in front keeps a number positive.
    let plain = |number: &[u8]| match number {
        [0, rest @ ..] => rest.to_vec(),
        all => all.to_vec(),
    };
    Some((plain(n), plain(e)))
}

/// The content of a DER value with this tag, and what follows it.
fn der_value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(*first & 0x7f))?;
        if bytes.len() > 4 {
            return None;
        }
        let length = bytes
            .iter()
            .fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
        (length, rest)
    };
    (*found == tag).then(|| rest.split_at_checked(length))?
}

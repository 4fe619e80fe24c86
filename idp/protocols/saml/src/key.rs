//! Keys and the certificates that carry them. A certificate is a key's envelope here and nothing more: who
//! may sign what is said by metadata, never by an authority that has signed the certificate, and its dates
//! are not asked (SAML V2.0 Metadata Interoperability Profile §2.6.1). Never reads a key from a message.
//!
//! `aws-lc-rs` draws the randomness of key generation and of signatures from the operating system itself:
//! here alone randomness is not an argument.

use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize, PublicEncryptingKey};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, ParsedPublicKey, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bergshamra_keys::{KeyUsage, loader};
use clau_domain::time::Timestamp;
use rcgen::{CertificateParams, DnType, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SerialNumber};
use x509_cert::der::Decode as _;
use zeroize::Zeroizing;

use crate::error::Problem;
use crate::signature::{Algorithm, Family};

/// For how many years a certificate of ours says it is good. Partners that ask a certificate's dates do it
/// for their own peace; keys are replaced by metadata.
const CERTIFICATE_YEARS: i32 = 20;

/// A certificate, as metadata carries it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Certificate(Arc<[u8]>);

impl Certificate {
    /// A certificate from its bytes (DER). They are not looked at before the key is wanted.
    pub fn from_der(der: &[u8]) -> Self {
        Self(der.into())
    }

    /// The text of `ds:X509Certificate`: Base64, over lines as it may be.
    ///
    /// # Errors
    /// [`Problem::Key`].
    pub fn from_base64(text: &str) -> Result<Self, Problem> {
        let clean: String = text.split_ascii_whitespace().collect();
        STANDARD
            .decode(clean)
            .map(|der| Self::from_der(&der))
            .map_err(|_| Problem::Key("a certificate is not Base64"))
    }

    /// One certificate in PEM.
    ///
    /// # Errors
    /// [`Problem::Key`].
    pub fn from_pem(text: &str) -> Result<Self, Problem> {
        let body = text
            .split_once("-----BEGIN CERTIFICATE-----")
            .and_then(|(_, rest)| rest.split_once("-----END CERTIFICATE-----"))
            .ok_or(Problem::Key("a certificate in PEM is expected"))?
            .0;
        Self::from_base64(body)
    }

    /// Certificates in PEM, one after the other.
    ///
    /// # Errors
    /// [`Problem::Key`] for the first that is none.
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, Problem> {
        const END: &str = "-----END CERTIFICATE-----";
        let each = text.split_inclusive(END).filter(|part| part.contains(END));
        each.map(Self::from_pem).collect()
    }

    /// Until when it says that it is good: for operators, whose partners may look at it. None where it cannot
    /// be read.
    pub fn says_until(&self) -> Option<Timestamp> {
        let certificate = x509_cert::Certificate::from_der(&self.0).ok()?;
        let until = certificate.tbs_certificate.validity.not_after;
        let millis = i64::try_from(until.to_unix_duration().as_millis());
        millis.ok().map(Timestamp::from_millis)
    }

    /// Its bytes.
    pub fn der(&self) -> &[u8] {
        &self.0
    }

    /// As metadata and signatures carry it.
    pub fn base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// SHA-256 over its bytes, in hexadecimal: how operators compare certificates over the telephone.
    pub fn fingerprint(&self) -> String {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.0);
        digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
    }

    /// The key in it.
    ///
    /// # Errors
    /// [`Problem::Key`] for what is no certificate, and for keys that are too weak or of another kind.
    pub fn key(&self) -> Result<PeerKey, Problem> {
        let key = loader::load_x509_cert_der(&self.0)
            .map_err(|_| Problem::Key("it is not a certificate with a key that is understood"))?;
        let spki = key
            .to_spki_der()
            .ok_or(Problem::Key("the certificate holds no public key"))?;
        PeerKey::from_spki(&spki)
    }
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Certificate({})",
            self.fingerprint().get(..16).unwrap_or_default()
        )
    }
}

/// Somebody's public key: verifies what they sign, and encrypts for them.
#[derive(Clone)]
pub struct PeerKey {
    family: Family,
    spki: Arc<[u8]>,
    parsed: Arc<[(Algorithm, ParsedPublicKey)]>,
}

impl PeerKey {
    /// A key from its `SubjectPublicKeyInfo` (DER).
    ///
    /// # Errors
    /// [`Problem::Key`] for RSA keys under 2048 bits and for keys of kinds that no algorithm takes.
    pub fn from_spki(spki: &[u8]) -> Result<Self, Problem> {
        let parsed: Arc<[_]> = Algorithm::ALL
            .into_iter()
            .filter_map(|algorithm| {
                let parsed = ParsedPublicKey::new(algorithm.verification(), spki).ok()?;
                Some((algorithm, parsed))
            })
            .collect();
        let family = parsed
            .first()
            .map(|(algorithm, _)| algorithm.family())
            .ok_or(Problem::Key("its kind or size is not allowed"))?;
        // SIG-05: what is parsed as a key that verifies has not been measured yet; the library takes keys that
        // encrypt from 2048 bits on.
        if family == Family::Rsa && PublicEncryptingKey::from_der(spki).is_err() {
            return Err(Problem::Key("an RSA key has fewer than 2048 bits"));
        }
        Ok(Self {
            family,
            spki: spki.into(),
            parsed,
        })
    }

    /// Which algorithms it takes.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Whether a signature over `message` is this key's. False for an algorithm that is not for it.
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let mut parsed = self.parsed.iter();
        parsed
            .find(|(known, _)| *known == algorithm)
            .is_some_and(|(_, key)| key.verify_sig(message, signature).is_ok())
    }

    /// The key as one that encrypts; RSA only (SIG-10).
    pub(crate) fn encrypting(&self) -> Result<bergshamra_keys::Key, Problem> {
        if self.family != Family::Rsa {
            return Err(Problem::Key("only RSA keys encrypt"));
        }
        let mut key = loader::load_spki_der(&self.spki)
            .map_err(|_| Problem::Key("the key cannot be read"))?;
        key.usage = KeyUsage::Encrypt;
        Ok(key)
    }
}

impl std::fmt::Debug for PeerKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PeerKey({:?})", self.family)
    }
}

/// What kind of key the hub makes for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// RSA of 2048 bits, for partners that take no larger one.
    Rsa2048,
    /// RSA of 3072 bits, which need not be replaced before 2031 (RGS B1).
    Rsa3072,
    /// ECDSA on P-256.
    P256,
}

/// One of the hub's private keys, parsed and kept, with its certificate. `Debug` shows the certificate only.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<Pair>,
    certificate: Certificate,
}

enum Pair {
    Rsa(RsaKeyPair),
    Ec(EcdsaKeyPair),
}

/// For whom and from when a new certificate is.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its name: the host of the hub.
    pub name: &'a str,
    /// The year in which it begins.
    pub year: i32,
    /// Random bytes, for its serial number.
    pub serial: [u8; 16],
}

impl SigningKey {
    /// A new key with a certificate that it has signed itself.
    ///
    /// # Errors
    /// [`Problem::Own`].
    pub fn generate(kind: KeyKind, subject: Subject<'_>) -> Result<Self, Problem> {
        let failed = || Problem::Own("the cryptographic library makes no key");
        let pair = match kind {
            KeyKind::Rsa2048 => RsaKeyPair::generate(KeySize::Rsa2048).map(Pair::Rsa),
            KeyKind::Rsa3072 => RsaKeyPair::generate(KeySize::Rsa3072).map(Pair::Rsa),
            KeyKind::P256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(Pair::Ec),
        }
        .map_err(|_| failed())?;
        let certificate = self_signed(&pair, subject).ok_or_else(failed)?;
        Ok(Self {
            pair: Arc::new(pair),
            certificate,
        })
    }

    /// Reads a private key (PKCS#8, DER) that belongs to a certificate.
    ///
    /// # Errors
    /// [`Problem::Key`] when it is none, or another certificate's.
    pub fn from_pkcs8(pkcs8: &[u8], certificate: Certificate) -> Result<Self, Problem> {
        let public = certificate.key()?;
        let not_it = Problem::Key("the private key is not PKCS#8 of the certificate's kind");
        let pair = match public.family() {
            Family::Rsa => RsaKeyPair::from_pkcs8(pkcs8).map(Pair::Rsa),
            Family::P256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8).map(Pair::Ec)
            }
            Family::P384 | Family::P521 => return Err(not_it),
        }
        .map_err(|_| not_it)?;
        let key = Self {
            pair: Arc::new(pair),
            certificate,
        };
        let probe = key.signature(b"probe")?;
        if public.verifies(key.algorithm(), b"probe", &probe) {
            Ok(key)
        } else {
            Err(Problem::Key("the private key is not the certificate's"))
        }
    }

    /// The private key (PKCS#8, DER), to be sealed and stored; erased from memory when dropped.
    ///
    /// # Errors
    /// [`Problem::Own`].
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, Problem> {
        pkcs8(&self.pair).ok_or(Problem::Own("the cryptographic library gives no key"))
    }

    /// What it signs by.
    pub fn algorithm(&self) -> Algorithm {
        match &*self.pair {
            Pair::Rsa(_) => Algorithm::RsaSha256,
            Pair::Ec(_) => Algorithm::EcdsaSha256,
        }
    }

    /// Its certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The bare signature over `message`; ECDSA as `r` and `s` side by side (RFC 9231 §2.3.6).
    pub(crate) fn signature(&self, message: &[u8]) -> Result<Vec<u8>, Problem> {
        let random = SystemRandom::new();
        match &*self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .map(|()| signature)
            }
            Pair::Ec(pair) => pair
                .sign(&random, message)
                .map(|signature| signature.as_ref().to_vec()),
        }
        .map_err(|_| Problem::Own("the cryptographic library does not sign"))
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({:?})", self.certificate)
    }
}

/// The library that walks the XML asks for a signature through this.
impl kryptering::Signer for SigningKey {
    fn algorithm(&self) -> kryptering::SignatureAlgorithm {
        self.algorithm().kryptering()
    }

    fn sign(&self, data: &[u8]) -> kryptering::Result<Vec<u8>> {
        self.signature(data)
            .map_err(|problem| kryptering::Error::Crypto(problem.to_string()))
    }
}

fn pkcs8(pair: &Pair) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = match pair {
        Pair::Rsa(pair) => AsDer::<Pkcs8V1Der<'_>>::as_der(pair).map(|der| der.as_ref().to_vec()),
        Pair::Ec(pair) => pair.to_pkcs8v1().map(|der| der.as_ref().to_vec()),
    };
    bytes.map(Zeroizing::new).ok()
}

fn self_signed(pair: &Pair, subject: Subject<'_>) -> Option<Certificate> {
    let algorithm = match pair {
        Pair::Rsa(_) => &PKCS_RSA_SHA256,
        Pair::Ec(_) => &PKCS_ECDSA_P256_SHA256,
    };
    let private = pkcs8(pair)?;
    let der = rcgen::KeyPair::from_pkcs8_der_and_sign_algo(&private.as_slice().into(), algorithm);
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, subject.name);
    params.not_before = rcgen::date_time_ymd(subject.year, 1, 1);
    params.not_after = rcgen::date_time_ymd(subject.year + CERTIFICATE_YEARS, 12, 31);
    // A serial number is positive (RFC 5280 §4.1.2.2).
    let [first, rest @ ..] = subject.serial;
    let serial = [&[first & 0x7f], rest.as_slice()].concat();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    let certificate = params.self_signed(&der.ok()?).ok()?;
    Some(Certificate::from_der(certificate.der()))
}

#[cfg(test)]
mod tests;

//! The algorithms that signatures may have, theirs and ours: RSA and ECDSA with SHA-256 or better (SIG-05).
//! What is not here does not exist: no SHA-1, no HMAC, no DSA.

use aws_lc_rs::signature as aws;
use kryptering::{EcCurve, HashAlgorithm, SignatureAlgorithm};

/// The digests that references may have.
pub(super) const DIGESTS: [(&str, usize); 3] = [
    ("http://www.w3.org/2001/04/xmlenc#sha256", 32),
    ("http://www.w3.org/2001/04/xmldsig-more#sha384", 48),
    ("http://www.w3.org/2001/04/xmlenc#sha512", 64),
];
/// SHA-256, with which everything is digested that is signed here.
pub(crate) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";

/// How something is signed (RFC 9231 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
    /// RSASSA-PSS with SHA-256, without parameters.
    PssSha256,
    /// RSASSA-PSS with SHA-384, without parameters.
    PssSha384,
    /// RSASSA-PSS with SHA-512, without parameters.
    PssSha512,
    /// ECDSA on P-256 with SHA-256.
    EcdsaSha256,
    /// ECDSA on P-384 with SHA-384.
    EcdsaSha384,
    /// ECDSA on P-521 with SHA-512.
    EcdsaSha512,
}

/// Which keys an algorithm takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// RSA.
    Rsa,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
    /// ECDSA on P-521.
    P521,
}

impl Algorithm {
    /// All of them, those first that most partners use.
    pub const ALL: [Self; 9] = [
        Self::RsaSha256,
        Self::EcdsaSha256,
        Self::RsaSha512,
        Self::RsaSha384,
        Self::EcdsaSha384,
        Self::EcdsaSha512,
        Self::PssSha256,
        Self::PssSha384,
        Self::PssSha512,
    ];

    /// Its name in `SignatureMethod` and `SigAlg`.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::RsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            Self::RsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384",
            Self::RsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
            Self::PssSha256 => "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
            Self::PssSha384 => "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1",
            Self::PssSha512 => "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1",
            Self::EcdsaSha256 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
            Self::EcdsaSha384 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
            Self::EcdsaSha512 => "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512",
        }
    }

    /// The algorithm of a name; none for what is not allowed.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.uri() == uri)
    }

    /// The keys that it takes.
    pub const fn family(self) -> Family {
        match self {
            Self::RsaSha256
            | Self::RsaSha384
            | Self::RsaSha512
            | Self::PssSha256
            | Self::PssSha384
            | Self::PssSha512 => Family::Rsa,
            Self::EcdsaSha256 => Family::P256,
            Self::EcdsaSha384 => Family::P384,
            Self::EcdsaSha512 => Family::P521,
        }
    }

    /// In the words of the library that verifies (RSA keys of 2048 bits and more).
    pub(crate) fn verification(self) -> &'static dyn aws::VerificationAlgorithm {
        match self {
            Self::RsaSha256 => &aws::RSA_PKCS1_2048_8192_SHA256,
            Self::RsaSha384 => &aws::RSA_PKCS1_2048_8192_SHA384,
            Self::RsaSha512 => &aws::RSA_PKCS1_2048_8192_SHA512,
            Self::PssSha256 => &aws::RSA_PSS_2048_8192_SHA256,
            Self::PssSha384 => &aws::RSA_PSS_2048_8192_SHA384,
            Self::PssSha512 => &aws::RSA_PSS_2048_8192_SHA512,
            Self::EcdsaSha256 => &aws::ECDSA_P256_SHA256_FIXED,
            Self::EcdsaSha384 => &aws::ECDSA_P384_SHA384_FIXED,
            Self::EcdsaSha512 => &aws::ECDSA_P521_SHA512_FIXED,
        }
    }

    /// In the words of the library that walks the XML.
    pub(crate) const fn kryptering(self) -> SignatureAlgorithm {
        match self {
            Self::RsaSha256 => SignatureAlgorithm::RsaPkcs1v15(HashAlgorithm::Sha256),
            Self::RsaSha384 => SignatureAlgorithm::RsaPkcs1v15(HashAlgorithm::Sha384),
            Self::RsaSha512 => SignatureAlgorithm::RsaPkcs1v15(HashAlgorithm::Sha512),
            Self::PssSha256 => SignatureAlgorithm::RsaPss(HashAlgorithm::Sha256),
            Self::PssSha384 => SignatureAlgorithm::RsaPss(HashAlgorithm::Sha384),
            Self::PssSha512 => SignatureAlgorithm::RsaPss(HashAlgorithm::Sha512),
            Self::EcdsaSha256 => SignatureAlgorithm::Ecdsa(EcCurve::P256, HashAlgorithm::Sha256),
            Self::EcdsaSha384 => SignatureAlgorithm::Ecdsa(EcCurve::P384, HashAlgorithm::Sha384),
            Self::EcdsaSha512 => SignatureAlgorithm::Ecdsa(EcCurve::P521, HashAlgorithm::Sha512),
        }
    }
}

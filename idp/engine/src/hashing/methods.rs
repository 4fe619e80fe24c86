//! What other systems have hashed passwords by, computed once more for a password that is typed. Bounds what a
//! hash may cost before it is computed. Never reads a hash, never compares, never stores.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use aws_lc_rs::{digest, pbkdf2};
use md5::{Digest as _, Md5};
use zeroize::Zeroizing;

/// Longest password that an old hash is computed for, in bytes: the crypt family takes in all of it in every
/// round, and nobody's old password was longer.
const LONGEST_TYPED: usize = 256;

/// Bytes of a password that bcrypt looks at, the closing zero among them.
const BCRYPT_BYTES: usize = 72;

/// What a password was hashed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Method {
    Bcrypt,
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    Md5Crypt,
    Sha256Crypt,
    Sha512Crypt,
    Pbkdf2Sha1,
    Pbkdf2Sha256,
    Pbkdf2Sha512,
}

/// What a hash of a method may look like: figures past these are refused, at import and in a stored row.
pub(super) struct Bounds {
    pub(super) cost: RangeInclusive<u32>,
    pub(super) salt: RangeInclusive<usize>,
    pub(super) length: RangeInclusive<usize>,
}

impl Method {
    const ALL: [Self; 12] = [
        Self::Bcrypt,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Md5Crypt,
        Self::Sha256Crypt,
        Self::Sha512Crypt,
        Self::Pbkdf2Sha1,
        Self::Pbkdf2Sha256,
        Self::Pbkdf2Sha512,
    ];

    /// Its name, as it is stored and as messages say it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Bcrypt => "bcrypt",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
            Self::Md5Crypt => "md5-crypt",
            Self::Sha256Crypt => "sha256-crypt",
            Self::Sha512Crypt => "sha512-crypt",
            Self::Pbkdf2Sha1 => "pbkdf2-sha1",
            Self::Pbkdf2Sha256 => "pbkdf2-sha256",
            Self::Pbkdf2Sha512 => "pbkdf2-sha512",
        }
    }

    pub(super) fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// The most of each is about two seconds of a core: somebody's deliberate choice may be as slow as that, a
    /// row of somebody hostile not slower.
    pub(super) const fn bounds(self) -> Bounds {
        let (cost, salt, length) = match self {
            Self::Bcrypt => (4..=14, 16..=16, 23..=23),
            Self::Md5 => (1..=1, 0..=64, 16..=16),
            Self::Sha1 => (1..=1, 0..=64, 20..=20),
            Self::Sha256 => (1..=1, 0..=64, 32..=32),
            Self::Sha384 => (1..=1, 0..=64, 48..=48),
            Self::Sha512 => (1..=1, 0..=64, 64..=64),
            // Of the crypt family the length is that of the text behind the last `$`.
            Self::Md5Crypt => (1000..=1000, 0..=8, 22..=22),
            Self::Sha256Crypt => (1000..=1_000_000, 0..=16, 43..=43),
            Self::Sha512Crypt => (1000..=1_000_000, 0..=16, 86..=86),
            Self::Pbkdf2Sha1 | Self::Pbkdf2Sha256 | Self::Pbkdf2Sha512 => {
                (1..=3_000_000, 0..=128, 16..=64)
            }
        };
        Bounds { cost, salt, length }
    }

    /// The digest of a password: of the crypt family as the text behind the last `$`, of the others as bytes.
    /// `None` for a password that no old system can have had.
    pub(super) fn digest(
        self,
        password: &[u8],
        (cost, salt, length): (u32, &[u8], usize),
    ) -> Option<Zeroizing<Vec<u8>>> {
        if password.is_empty() || password.len() > LONGEST_TYPED {
            return None;
        }
        let plain = |algorithm| {
            let mut context = digest::Context::new(algorithm);
            context.update(password);
            context.update(salt);
            context.finish().as_ref().to_vec()
        };
        let crypt = |rounds| sha_crypt::Params::new(rounds).ok();
        let stretched = |algorithm| {
            let mut output = vec![0; length];
            let rounds = NonZeroU32::new(cost)?;
            pbkdf2::derive(algorithm, rounds, salt, password, &mut output);
            Some(output)
        };
        let digest = match self {
            Self::Bcrypt => bcrypt_digest(password, cost, salt)?,
            Self::Md5 => Md5::new()
                .chain_update(password)
                .chain_update(salt)
                .finalize()
                .to_vec(),
            Self::Sha1 => plain(&digest::SHA1_FOR_LEGACY_USE_ONLY),
            Self::Sha256 => plain(&digest::SHA256),
            Self::Sha384 => plain(&digest::SHA384),
            Self::Sha512 => plain(&digest::SHA512),
            Self::Md5Crypt => crypt_text(&md5_crypt(password, salt), &MD5_CRYPT_ORDER),
            Self::Sha256Crypt => crypt_text(
                &sha_crypt::sha256_crypt(password, salt, crypt(cost)?),
                &SHA256_CRYPT_ORDER,
            ),
            Self::Sha512Crypt => crypt_text(
                &sha_crypt::sha512_crypt(password, salt, crypt(cost)?),
                &SHA512_CRYPT_ORDER,
            ),
            Self::Pbkdf2Sha1 => stretched(pbkdf2::PBKDF2_HMAC_SHA1)?,
            Self::Pbkdf2Sha256 => stretched(pbkdf2::PBKDF2_HMAC_SHA256)?,
            Self::Pbkdf2Sha512 => stretched(pbkdf2::PBKDF2_HMAC_SHA512)?,
        };
        Some(Zeroizing::new(digest))
    }
}

/// bcrypt looks at 72 bytes and no more: of a longer password, what follows them was never part of the hash. Its
/// output is 24 bytes, of which the text has 23.
fn bcrypt_digest(password: &[u8], cost: u32, salt: &[u8]) -> Option<Vec<u8>> {
    let mut key = Zeroizing::new([password, &[0]].concat());
    key.truncate(BCRYPT_BYTES);
    let mut digest = bcrypt::bcrypt(cost, salt.try_into().ok()?, &key).to_vec();
    digest.truncate(23);
    Some(digest)
}

/// MD5-crypt (`$1$`), after Poul-Henning Kamp's of FreeBSD 2.0. By hand, because no maintained crate has it: those
/// of RustCrypto leave it out, and `pwhash` has not followed them for years and would bring a second copy of each
/// digest.
fn md5_crypt(password: &[u8], salt: &[u8]) -> [u8; 16] {
    let inner = Md5::new()
        .chain_update(password)
        .chain_update(salt)
        .chain_update(password)
        .finalize();
    let mut outer = Md5::new()
        .chain_update(password)
        .chain_update(b"$1$")
        .chain_update(salt);
    for chunk in password.chunks(16) {
        outer.update(inner.get(..chunk.len()).unwrap_or_default());
    }
    // As the original has it: a zero byte for each set bit of the length, else the first of the password.
    let mut length = password.len();
    while length > 0 {
        if length & 1 == 1 {
            outer.update([0]);
        } else {
            outer.update(password.get(..1).unwrap_or_default());
        }
        length >>= 1;
    }
    let mut digest = outer.finalize();
    for round in 0..1000 {
        let mut next = Md5::new();
        if round % 2 == 1 {
            next.update(password);
        } else {
            next.update(digest);
        }
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        if round % 2 == 1 {
            next.update(digest);
        } else {
            next.update(password);
        }
        digest = next.finalize();
    }
    digest.into()
}

/// The order in which the crypt family writes the bytes of its digests, the lowest of three first.
const MD5_CRYPT_ORDER: [usize; 16] = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];
const SHA256_CRYPT_ORDER: [usize; 32] = [
    20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28,
    18, 29, 19, 9, 30, 31,
];
const SHA512_CRYPT_ORDER: [usize; 64] = [
    42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8,
    50, 51, 30, 9, 10, 52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58,
    37, 38, 17, 59, 60, 39, 18, 19, 61, 40, 41, 20, 62, 63,
];

/// The alphabet of the crypt family.
pub(super) const CRYPT_LETTERS: &[u8; 64] =
    b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A digest as the crypt family writes it: three bytes as four letters, the lowest bits first.
fn crypt_text(digest: &[u8], order: &[usize]) -> Vec<u8> {
    let ordered: Vec<u8> = order
        .iter()
        .filter_map(|place| digest.get(*place).copied())
        .collect();
    let mut text = Vec::with_capacity(ordered.len() * 4 / 3 + 1);
    for three in ordered.chunks(3) {
        let mut bits = three
            .iter()
            .rev()
            .fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte));
        for _ in 0..=three.len() {
            text.extend(CRYPT_LETTERS.get((bits & 63) as usize));
            bits >>= 6;
        }
    }
    text
}

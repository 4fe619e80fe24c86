//! Hashes of other systems: read as directories and applications write them, and kept wrapped until the person's
//! next login. Never keeps one as it came: what is stored is Argon2id over it, so that a copy of the database is
//! worth no more than with hashes of our own.
//!
//! The stored form is `$wrapped$METHOD:COST:SALT:LENGTH$argon2id$v=19$m=…,t=…,p=…$…$…`: Argon2id, as in every
//! row, over the digest that the old method makes of the password with this cost and salt (base64url). At the next
//! login it is replaced by Argon2id over the password itself.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::DecodePaddingMode::Indifferent;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::methods::{CRYPT_LETTERS, Method};

/// What a wrapped hash begins with in the store.
const WRAPPED: &str = "$wrapped$";

/// What is told of the hash that is expected.
pub(crate) const EXPECTED: &str = "a hash is expected in one of these forms: $argon2id$…; bcrypt $2a$, $2b$ or $2y$; \
     crypt $1$, $5$ or $6$; of a directory {SSHA}, {SHA}, {SSHA256}, {SHA256}, {SSHA384}, {SHA384}, {SSHA512}, \
     {SHA512}, {SMD5}, {MD5}, {CRYPT}, {BCRYPT}, {ARGON2}$argon2id$… or {PBKDF2-SHA256} and its like; pbkdf2_sha256$…";

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
/// bcrypt's last letter of a salt and of a digest has bits that mean nothing, and that some write.
const BCRYPT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    CONFIG.with_decode_allow_trailing_bits(true),
);

/// Why a hash cannot be taken. Never repeats the hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// Of no known form.
    #[error("{EXPECTED}")]
    Unknown,
    /// Of a known form, but cut off, changed or out of every use.
    #[error("it begins like {0}, but is none: is it whole?")]
    Malformed(&'static str),
    /// Its own parameters would hold up everybody's logins.
    #[error("{0} with a cost past {1} is not taken: it would hold up the logins of others")]
    TooCostly(&'static str, u32),
}

/// How another system made a digest of a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Recipe {
    method: Method,
    cost: u32,
    salt: Vec<u8>,
    length: usize,
}

/// A hash of another system. Has no `Debug` of the digest.
#[derive(Clone)]
pub(crate) struct Foreign {
    pub(super) recipe: Recipe,
    pub(super) digest: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Foreign")
            .field("method", &self.recipe.method)
            .finish_non_exhaustive()
    }
}

impl Recipe {
    fn new(method: Method, cost: u32, salt: &[u8], length: usize) -> Result<Self, Unreadable> {
        let bounds = method.bounds();
        if cost > *bounds.cost.end() {
            return Err(Unreadable::TooCostly(method.name(), *bounds.cost.end()));
        }
        let good = bounds.cost.contains(&cost)
            && bounds.salt.contains(&salt.len())
            && bounds.length.contains(&length);
        if !good {
            return Err(Unreadable::Malformed(method.name()));
        }
        Ok(Self {
            method,
            cost,
            salt: salt.to_vec(),
            length,
        })
    }

    /// The digest that the other system would have made of a password; `None` for one that it cannot have had.
    pub(super) fn digest(&self, password: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.method
            .digest(password, (self.cost, &self.salt, self.length))
    }

    /// What decides how long it takes.
    pub(super) fn effort(&self) -> (Method, u32) {
        (self.method, self.cost)
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}:{}:{}",
            self.method.name(),
            self.cost,
            URL_SAFE_NO_PAD.encode(&self.salt),
            self.length
        )
    }
}

impl FromStr for Recipe {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let mut parts = text.split(':');
        let mut next = || parts.next().ok_or(Unreadable::Unknown);
        let method = Method::by_name(next()?).ok_or(Unreadable::Unknown)?;
        let malformed = Unreadable::Malformed(method.name());
        let cost = next()?.parse().map_err(|_| malformed)?;
        let salt = URL_SAFE_NO_PAD.decode(next()?).map_err(|_| malformed)?;
        let length = next()?.parse().map_err(|_| malformed)?;
        Self::new(method, cost, &salt, length)
    }
}

/// Whether a stored hash is a wrapped one.
pub(crate) fn is_wrapped(stored: &str) -> bool {
    stored.starts_with(WRAPPED)
}

/// The stored form: `phc` is the hash of the digest that `recipe` makes.
pub(super) fn wrapped(recipe: &Recipe, phc: &str) -> String {
    format!("{WRAPPED}{recipe}{phc}")
}

/// The two halves of a wrapped hash. `None` for anything else, and past the bounds.
pub(super) fn unwrapped(stored: &str) -> Option<(Recipe, &str)> {
    let rest = stored.strip_prefix(WRAPPED)?;
    let (recipe, phc) = rest.split_at_checked(rest.find('$')?)?;
    Some((recipe.parse().ok()?, phc))
}

/// A hash of ours that a directory carries in braces: `{ARGON2}$argon2id$…`.
pub(crate) fn without_braces(hash: &str) -> &str {
    match braces(hash) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("argon2") => rest,
        _ => hash,
    }
}

/// Reads a hash as another system has written it.
///
/// # Errors
/// [`Unreadable`].
pub(crate) fn read(hash: &str) -> Result<Foreign, Unreadable> {
    let hash = hash.trim();
    if let Some((scheme, rest)) = braces(hash) {
        return in_braces(&scheme.to_ascii_uppercase(), rest);
    }
    if let Some(rest) = hash.strip_prefix('$') {
        return crypt(rest);
    }
    // Django's.
    if let Some(rest) = hash.strip_prefix("pbkdf2_sha256$") {
        return pbkdf2(Method::Pbkdf2Sha256, rest, |salt| {
            Some(salt.as_bytes().to_vec())
        });
    }
    if let Some(rest) = hash.strip_prefix("pbkdf2_sha1$") {
        return pbkdf2(Method::Pbkdf2Sha1, rest, |salt| {
            Some(salt.as_bytes().to_vec())
        });
    }
    match hash.strip_prefix("bcrypt$$") {
        Some(rest) => crypt(rest),
        None => Err(Unreadable::Unknown),
    }
}

fn braces(hash: &str) -> Option<(&str, &str)> {
    hash.strip_prefix('{')?.split_once('}')
}

/// What stands behind `{SCHEME}` in a `userPassword`.
fn in_braces(scheme: &str, rest: &str) -> Result<Foreign, Unreadable> {
    match scheme {
        "MD5" => plain(Method::Md5, rest, false),
        "SMD5" => plain(Method::Md5, rest, true),
        "SHA" => plain(Method::Sha1, rest, false),
        "SSHA" => plain(Method::Sha1, rest, true),
        "SHA256" => plain(Method::Sha256, rest, false),
        "SSHA256" => plain(Method::Sha256, rest, true),
        "SHA384" => plain(Method::Sha384, rest, false),
        "SSHA384" => plain(Method::Sha384, rest, true),
        "SHA512" => plain(Method::Sha512, rest, false),
        "SSHA512" => plain(Method::Sha512, rest, true),
        "CRYPT" | "BCRYPT" => match rest.strip_prefix('$') {
            Some(rest) => crypt(rest),
            // The two letters and eleven of 1976 are no protection in any wrapping.
            None => Err(Unreadable::Unknown),
        },
        "PBKDF2" | "PBKDF2-SHA1" => pbkdf2(Method::Pbkdf2Sha1, rest, adapted),
        "PBKDF2-SHA256" => pbkdf2(Method::Pbkdf2Sha256, rest, adapted),
        "PBKDF2-SHA512" => pbkdf2(Method::Pbkdf2Sha512, rest, adapted),
        _ => Err(Unreadable::Unknown),
    }
}

/// One digest over password and salt; the salt follows the digest in the text.
fn plain(method: Method, text: &str, salted: bool) -> Result<Foreign, Unreadable> {
    let malformed = Unreadable::Malformed(method.name());
    let bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| malformed)?);
    let length = *method.bounds().length.start();
    let (digest, salt) = bytes.split_at_checked(length).ok_or(malformed)?;
    if salt.is_empty() == salted {
        return Err(malformed);
    }
    Ok(Foreign {
        recipe: Recipe::new(method, 1, salt, length)?,
        digest: Zeroizing::new(digest.to_vec()),
    })
}

/// What stands behind the first `$` of a hash of the crypt family.
fn crypt(text: &str) -> Result<Foreign, Unreadable> {
    let (id, rest) = text.split_once('$').ok_or(Unreadable::Unknown)?;
    match id {
        "1" => {
            let malformed = Unreadable::Malformed(Method::Md5Crypt.name());
            let (salt, digest) = rest.split_once('$').ok_or(malformed)?;
            crypt_family(Method::Md5Crypt, 1000, (salt, digest))
        }
        "2a" | "2b" | "2y" => bcrypt(rest),
        "5" => sha_crypt(Method::Sha256Crypt, rest),
        "6" => sha_crypt(Method::Sha512Crypt, rest),
        "pbkdf2" => pbkdf2(Method::Pbkdf2Sha1, rest, adapted),
        "pbkdf2-sha256" => pbkdf2(Method::Pbkdf2Sha256, rest, adapted),
        "pbkdf2-sha512" => pbkdf2(Method::Pbkdf2Sha512, rest, adapted),
        // `$2x$` among them: the hashes of a mistake of 2011, which takes some passwords for others.
        _ => Err(Unreadable::Unknown),
    }
}

fn sha_crypt(method: Method, text: &str) -> Result<Foreign, Unreadable> {
    let malformed = Unreadable::Malformed(method.name());
    let (rounds, rest) = match text.strip_prefix("rounds=") {
        Some(text) => {
            let (rounds, rest) = text.split_once('$').ok_or(malformed)?;
            (number(rounds).ok_or(malformed)?, rest)
        }
        None => (sha_crypt::Params::RECOMMENDED_ROUNDS, text),
    };
    let parts = rest.split_once('$').ok_or(malformed)?;
    crypt_family(method, rounds, parts)
}

fn crypt_family(
    method: Method,
    rounds: u32,
    (salt, digest): (&str, &str),
) -> Result<Foreign, Unreadable> {
    if !digest.bytes().all(|byte| CRYPT_LETTERS.contains(&byte)) {
        return Err(Unreadable::Malformed(method.name()));
    }
    Ok(Foreign {
        recipe: Recipe::new(method, rounds, salt.as_bytes(), digest.len())?,
        digest: Zeroizing::new(digest.as_bytes().to_vec()),
    })
}

/// `12$` and 53 letters: 22 of the salt, 31 of the digest.
fn bcrypt(text: &str) -> Result<Foreign, Unreadable> {
    let method = Method::Bcrypt;
    let malformed = Unreadable::Malformed(method.name());
    let (cost, rest) = text.split_once('$').ok_or(malformed)?;
    let (salt, digest) = rest.split_at_checked(22).ok_or(malformed)?;
    let cost = number(cost).ok_or(malformed)?;
    let salt = BCRYPT.decode(salt).map_err(|_| malformed)?;
    let digest = Zeroizing::new(BCRYPT.decode(digest).map_err(|_| malformed)?);
    Ok(Foreign {
        recipe: Recipe::new(method, cost, &salt, digest.len())?,
        digest,
    })
}

/// `rounds$salt$digest`; applications differ in how they write the salt.
fn pbkdf2(
    method: Method,
    text: &str,
    salt_of: impl Fn(&str) -> Option<Vec<u8>>,
) -> Result<Foreign, Unreadable> {
    let malformed = Unreadable::Malformed(method.name());
    let mut parts = text.split('$');
    let (Some(rounds), Some(salt), Some(digest), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(malformed);
    };
    let rounds = number(rounds).ok_or(malformed)?;
    let salt = salt_of(salt).ok_or(malformed)?;
    let digest = Zeroizing::new(adapted(digest).ok_or(malformed)?);
    Ok(Foreign {
        recipe: Recipe::new(method, rounds, &salt, digest.len())?,
        digest,
    })
}

/// Base64, or the adapted one that writes `.` for `+`.
fn adapted(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.replace('.', "+")).ok()
}

/// A number of digits alone; one that does not fit is as good as the largest.
fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u32::MAX))
}

//! Encrypted tokens (RFC 7516, compact): opening what a provider upstream has encrypted for the hub, and
//! nothing else; the hub encrypts none. What comes out is as believable as before: whoever opens a token goes
//! on to verify the signature inside.
//!
//! Key management is RSA-OAEP or ECDH-ES on P-256, alone or with AES key wrap; content is AES-GCM. Whatever
//! goes wrong is one error, and a key that cannot be unwrapped is replaced by a random one, so that nobody can
//! ask which step it was (RFC 7516 §11.5).

mod key;

use std::sync::Arc;

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, UnparsedPublicKey, agree};
use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesBlockCipher, AesKek, KeyWrap as _};
use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

pub use key::{BadDecryptionKey, DecryptionKey};

use super::json::object;
use super::jwk::{point, text};
use key::Private;

/// Longest token that is opened, in bytes: a signed one of the longest, encoded once more.
const LONGEST: usize = 2 * super::jws::LONGEST;

/// Header members that would let a token choose keys or rules, or that this reader does not know (RFC 7516
/// §4.1): a compressed text can be a bomb, and the others name a key.
const REFUSED: [&str; 7] = ["crit", "zip", "jku", "jwk", "x5u", "x5c", "b64"];

/// A token that does not open. There is nothing more to say: why not would help who tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the encrypted token cannot be opened by any of the hub's keys")]
pub struct Unopened;

/// Whether a token has the form of an encrypted one: five parts.
pub fn is_encrypted(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 4
}

/// Opens a token by the key that its header names, or by any that can where it names none of them: a provider
/// that was given a key by hand may call it as it likes.
///
/// # Errors
/// [`Unopened`].
pub fn open(token: &str, keys: &[Arc<DecryptionKey>]) -> Result<Zeroizing<String>, Unopened> {
    let sealed = Sealed::read(token)?;
    let named = |key: &&Arc<DecryptionKey>| sealed.kid.as_deref() == Some(key.kid());
    let clear = match keys.iter().find(named) {
        Some(key) => sealed.open(key.private()).ok(),
        None => keys.iter().find_map(|key| sealed.open(key.private()).ok()),
    };
    let clear = clear.ok_or(Unopened)?;
    let text = std::str::from_utf8(&clear).map_err(|_| Unopened)?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// A token taken apart. Nothing in it is believed.
struct Sealed<'a> {
    /// The header as it came: it is authenticated with the content.
    protected: &'a str,
    header: Map<String, Value>,
    kid: Option<String>,
    management: Management,
    content: Content,
    encrypted_key: Vec<u8>,
    nonce: [u8; 12],
    ciphertext: Vec<u8>,
    tag: [u8; 16],
}

impl<'a> Sealed<'a> {
    fn read(token: &'a str) -> Result<Self, Unopened> {
        let mut parts = token.split('.');
        let mut next = || parts.next().ok_or(Unopened);
        let (protected, encrypted_key) = (next()?, next()?);
        let (nonce, ciphertext, tag) = (next()?, next()?, next()?);
        if token.len() > LONGEST || parts.next().is_some() {
            return Err(Unopened);
        }
        let header = object(&decoded(protected)?).map_err(|_| Unopened)?;
        if REFUSED.iter().any(|name| header.contains_key(*name)) {
            return Err(Unopened);
        }
        let word = |name| text(&header, name).map_err(|_| Unopened);
        let management = Management::named(word("alg")?.ok_or(Unopened)?)?;
        let content = Content::named(word("enc")?.ok_or(Unopened)?)?;
        Ok(Self {
            protected,
            kid: word("kid")?.map(str::to_owned),
            management,
            content,
            encrypted_key: decoded(encrypted_key)?,
            nonce: decoded(nonce)?.try_into().map_err(|_| Unopened)?,
            ciphertext: decoded(ciphertext)?,
            tag: decoded(tag)?.try_into().map_err(|_| Unopened)?,
            header,
        })
    }

    fn open(&self, key: &Private) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let content_key = self.content_key(key)?;
        let key = UnboundKey::new(self.content.cipher(), &content_key).map_err(|_| Unopened)?;
        let key = LessSafeKey::new(key);
        let mut clear = Zeroizing::new([self.ciphertext.as_slice(), &self.tag].concat());
        let nonce = Nonce::assume_unique_for_key(self.nonce);
        let length = key
            .open_in_place(nonce, Aad::from(self.protected), &mut clear)
            .map_err(|_| Unopened)?
            .len();
        clear.truncate(length);
        Ok(clear)
    }

    /// The key of the content. Fails where the key is not of the kind that the header's algorithm needs, or
    /// where the sender's half is no point; never by the key that was sent, which is a stranger's to try.
    fn content_key(&self, key: &Private) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let length = self.content.key_length();
        let unwrapped = match (&self.management, key) {
            (Management::Oaep(padding), Private::Rsa(key, _)) => {
                let mut clear = Zeroizing::new(vec![0; key.min_output_size()]);
                let found = key.decrypt(padding, &self.encrypted_key, &mut clear, None);
                found.map(|found| Zeroizing::new(found.to_vec()))
            }
            (Management::Direct, Private::P256(_)) if !self.encrypted_key.is_empty() => {
                return Err(Unopened);
            }
            (Management::Direct, Private::P256(key)) => {
                return self.agreed(key, self.content.name(), length);
            }
            (Management::Wrapped(name, cipher), Private::P256(key)) => {
                let kek = self.agreed(key, name, key_length(cipher))?;
                let kek = AesKek::new(cipher, &kek).map_err(|_| Unopened)?;
                let mut clear = Zeroizing::new(vec![0; self.encrypted_key.len()]);
                let found = kek.unwrap(&self.encrypted_key, &mut clear);
                found.map(|found| Zeroizing::new(found.to_vec()))
            }
            _ => return Err(Unopened),
        };
        match unwrapped {
            Ok(content_key) if content_key.len() == length => Ok(content_key),
            _ => {
                let mut random = Zeroizing::new(vec![0; length]);
                SystemRandom::new()
                    .fill(&mut random)
                    .map_err(|_| Unopened)?;
                Ok(random)
            }
        }
    }

    /// What the two sides of ECDH-ES agree upon (RFC 7518 §4.6): the Concat KDF of NIST SP 800-56A, of which
    /// one round is enough for every key here.
    fn agreed(
        &self,
        key: &aws_lc_rs::agreement::PrivateKey,
        purpose: &str,
        length: usize,
    ) -> Result<Zeroizing<Vec<u8>>, Unopened> {
        let Some(Value::Object(theirs)) = self.header.get("epk") else {
            return Err(Unopened);
        };
        let kind = (text(theirs, "kty"), text(theirs, "crv"));
        if kind != (Ok(Some("EC")), Ok(Some("P-256"))) || theirs.contains_key("d") {
            return Err(Unopened);
        }
        let point = point(theirs, 32).map_err(|_| Unopened)?;
        let party = |name| match text(&self.header, name) {
            Ok(named) => decoded(named.unwrap_or_default()),
            Err(_) => Err(Unopened),
        };
        let (sender, receiver) = (party("apu")?, party("apv")?);
        let theirs = UnparsedPublicKey::new(&ECDH_P256, point);
        agree(key, theirs, Unopened, |secret| {
            let bits = u32::try_from(length * 8).map_err(|_| Unopened)?;
            let mut kdf = Context::new(&SHA256);
            kdf.update(&1_u32.to_be_bytes());
            kdf.update(secret);
            for field in [purpose.as_bytes(), &sender, &receiver] {
                let length = u32::try_from(field.len()).map_err(|_| Unopened)?;
                kdf.update(&length.to_be_bytes());
                kdf.update(field);
            }
            kdf.update(&bits.to_be_bytes());
            let digest = kdf.finish();
            let key = digest.as_ref().get(..length).ok_or(Unopened)?;
            Ok(Zeroizing::new(key.to_vec()))
        })
    }
}

/// How the key of the content comes (`alg`).
enum Management {
    /// Encrypted by RSA.
    Oaep(&'static OaepAlgorithm),
    /// Agreed upon.
    Direct,
    /// Wrapped by what was agreed upon.
    Wrapped(&'static str, &'static AesBlockCipher),
}

impl Management {
    fn named(name: &str) -> Result<Self, Unopened> {
        Ok(match name {
            "RSA-OAEP-256" => Self::Oaep(&OAEP_SHA256_MGF1SHA256),
            // With SHA-1, which FranceConnect+ still uses: of a hash, OAEP needs nothing that SHA-1 has lost.
            "RSA-OAEP" => Self::Oaep(&OAEP_SHA1_MGF1SHA1),
            "ECDH-ES" => Self::Direct,
            "ECDH-ES+A128KW" => Self::Wrapped("ECDH-ES+A128KW", &AES_128),
            "ECDH-ES+A256KW" => Self::Wrapped("ECDH-ES+A256KW", &AES_256),
            _ => return Err(Unopened),
        })
    }
}

/// How the content is encrypted (`enc`).
#[derive(Clone, Copy)]
enum Content {
    A128Gcm,
    A256Gcm,
}

impl Content {
    fn named(name: &str) -> Result<Self, Unopened> {
        match name {
            "A128GCM" => Ok(Self::A128Gcm),
            "A256GCM" => Ok(Self::A256Gcm),
            _ => Err(Unopened),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::A128Gcm => "A128GCM",
            Self::A256Gcm => "A256GCM",
        }
    }

    fn cipher(self) -> &'static Algorithm {
        match self {
            Self::A128Gcm => &AES_128_GCM,
            Self::A256Gcm => &AES_256_GCM,
        }
    }

    fn key_length(self) -> usize {
        self.cipher().key_len()
    }
}

fn key_length(cipher: &AesBlockCipher) -> usize {
    use aws_lc_rs::key_wrap::BlockCipher as _;
    cipher.key_len()
}

fn decoded(part: &str) -> Result<Vec<u8>, Unopened> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Unopened)
}

#[cfg(test)]
mod tests;

//! Encryption of elements for one reader: AES-GCM under a key that RSA-OAEP wraps (SIG-10). Nothing else is
//! made or opened: no CBC, no PKCS#1 v1.5, no key that lies elsewhere. Never says why something could not be
//! opened.

#[cfg(test)]
mod tests;

use bergshamra_enc::EncContext;
use bergshamra_keys::{Key, KeyData, KeyUsage, KeysManager};

use crate::error::Problem;
use crate::key::{Certificate, PeerKey};
use crate::names::ns;
use crate::xml::{Limits, Node, Tree, Writer};

/// RSA-OAEP of XML Encryption 1.0, with SHA-1 inside (§5.5.2): what every partner opens. The digest hides
/// the padding and signs nothing; its collisions do not matter there.
const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// RSA-OAEP of XML Encryption 1.1, with a digest that is named (§5.5.2).
const OAEP_11: &str = "http://www.w3.org/2009/xmlenc11#rsa-oaep";
const SHA1: &str = "http://www.w3.org/2000/09/xmldsig#sha1";
const SHA256: &str = crate::signature::SHA256;
const MGF1_SHA256: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha256";
const MGF1_SHA1: &str = "http://www.w3.org/2009/xmlenc11#mgf1sha1";
const NS_XENC11: &str = "http://www.w3.org/2009/xmlenc11#";
/// What is encrypted is an element (XML Encryption §3.1).
const ELEMENT: &str = "http://www.w3.org/2001/04/xmlenc#Element";

/// What is opened is octets: what the library takes for XML it writes anew, by searching for text, which would
/// change what was signed.
const OCTETS: &str = "urn:clau:octets";

/// What the hub opens, as its metadata says it: the best first.
pub(crate) const METHODS: [&str; 3] = [Cipher::Aes256Gcm.uri(), Cipher::Aes128Gcm.uri(), OAEP];

/// How the data itself is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// AES-128-GCM.
    Aes128Gcm,
    /// AES-256-GCM.
    #[default]
    Aes256Gcm,
}

impl Cipher {
    /// Its name (XML Encryption 1.1 §5.2.4).
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Aes128Gcm => "http://www.w3.org/2009/xmlenc11#aes128-gcm",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
        }
    }
}

/// How the key of the data is wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Wrapping {
    /// RSA-OAEP as everybody knows it.
    #[default]
    Oaep,
    /// RSA-OAEP with SHA-256 throughout, for whoever asks for it.
    OaepSha256,
}

/// For whom something is encrypted, and how: from the reader's metadata.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The certificate of the key.
    pub certificate: Certificate,
    /// How the data is encrypted.
    pub cipher: Cipher,
    /// How its key is wrapped.
    pub wrapping: Wrapping,
}

impl Recipient {
    /// What its metadata says of a key for encryption: the first of each kind of algorithm that is allowed
    /// (SAML Metadata §2.4.1.1, `EncryptionMethod`); ours where it says nothing. None when it understands
    /// nothing that is allowed.
    pub fn new(certificate: Certificate, methods: &[String]) -> Option<Self> {
        let named = |uri: &str| methods.iter().any(|method| method == uri);
        let ciphers = [Cipher::Aes256Gcm, Cipher::Aes128Gcm];
        let is_cipher = |method: &String| {
            let data = ["#aes", "#tripledes", "#camellia"];
            let wraps = method.contains("#kw-");
            !wraps && data.iter().any(|kind| method.contains(kind))
        };
        let cipher = if methods.iter().any(is_cipher) {
            ciphers.into_iter().find(|cipher| named(cipher.uri()))?
        } else {
            Cipher::default()
        };
        let wraps = |method: &String| method.contains("#rsa-");
        let wrapping = if named(OAEP) || !methods.iter().any(wraps) {
            Wrapping::Oaep
        } else if named(OAEP_11) {
            Wrapping::OaepSha256
        } else {
            return None;
        };
        Some(Self {
            certificate,
            cipher,
            wrapping,
        })
    }
}

/// Encrypts an element that declares all its namespaces. `around` is the element that holds it then:
/// `saml:EncryptedAssertion`, `saml:EncryptedID`.
///
/// # Errors
/// [`Problem::Key`] when the reader's key cannot encrypt; [`Problem::Own`].
pub fn encrypt(element: &str, around: &'static str, to: &Recipient) -> Result<String, Problem> {
    let key = to.certificate.key()?.encrypting()?;
    let mut keys = KeysManager::new();
    keys.add_key(key);
    let template = template(around, to);
    bergshamra_enc::encrypt::encrypt(&EncContext::new(keys), &template, element.as_bytes())
        .map_err(|_| Problem::Own("an element cannot be encrypted"))
}

fn template(around: &'static str, to: &Recipient) -> String {
    let mut writer = Writer::new();
    writer
        .open(around, &[("xmlns:saml", ns::SAML)])
        .open(
            "xenc:EncryptedData",
            &[("xmlns:xenc", ns::XENC), ("Type", ELEMENT)],
        )
        .empty("xenc:EncryptionMethod", &[("Algorithm", to.cipher.uri())])
        .open("ds:KeyInfo", &[("xmlns:ds", ns::DS)])
        .open("xenc:EncryptedKey", &[]);
    match to.wrapping {
        Wrapping::Oaep => {
            writer
                .open("xenc:EncryptionMethod", &[("Algorithm", OAEP)])
                .empty("ds:DigestMethod", &[("Algorithm", SHA1)])
                .close();
        }
        Wrapping::OaepSha256 => {
            writer
                .open("xenc:EncryptionMethod", &[("Algorithm", OAEP_11)])
                .empty("ds:DigestMethod", &[("Algorithm", SHA256)])
                .empty(
                    "xenc11:MGF",
                    &[("xmlns:xenc11", NS_XENC11), ("Algorithm", MGF1_SHA256)],
                )
                .close();
        }
    }
    writer
        .open("ds:KeyInfo", &[])
        .open("ds:X509Data", &[])
        .leaf("ds:X509Certificate", &[], &to.certificate.base64())
        .close()
        .close()
        .open("xenc:CipherData", &[])
        .leaf("xenc:CipherValue", &[], "")
        .close()
        .close()
        .close()
        .open("xenc:CipherData", &[])
        .leaf("xenc:CipherValue", &[], "");
    writer.finish()
}

/// A private key that opens what was encrypted for us.
#[derive(Clone)]
pub struct DecryptionKey(Key);

impl DecryptionKey {
    /// Reads an RSA key (PKCS#8, DER).
    ///
    /// # Errors
    /// [`Problem::Key`].
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, Problem> {
        let bad = Problem::Key("the private key is not RSA in PKCS#8");
        KeyData::from_pkcs8_der(kryptering::KeyAlgorithm::Rsa, pkcs8)
            .map(|data| Self(Key::new(data, KeyUsage::Decrypt)))
            .map_err(|_| bad)
    }
}

impl std::fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DecryptionKey(redacted)")
    }
}

/// Opens an element that holds encrypted data, with the first key that does. What comes out is a document
/// of its own and goes through the gate like any other.
///
/// # Errors
/// [`Problem::Encryption`], whatever the cause (SIG-10).
pub fn decrypt(holder: Node<'_>, keys: &[DecryptionKey]) -> Result<String, Problem> {
    let opened = gate(holder).and_then(|document| keys.iter().find_map(|key| open(&document, key)));
    opened.ok_or(Problem::Encryption)
}

fn open(document: &str, key: &DecryptionKey) -> Option<String> {
    let mut keys = KeysManager::new();
    keys.add_key(key.0.clone());
    let context = EncContext::new(keys).with_disable_cipher_reference(true);
    let opened = bergshamra_enc::decrypt::decrypt(&context, document).ok()?;
    Some(opened.trim().to_owned())
}

/// What may be opened at all: exactly the parts of [`template`], written anew, so that nothing else of what
/// came reaches the library. An encrypted key may stand beside the data as well (SAML Core §2.3.4).
fn gate(holder: Node<'_>) -> Option<String> {
    let data = holder.child(ns::XENC, "EncryptedData").ok()??;
    let cipher = algorithm(data)?;
    let known = [Cipher::Aes128Gcm, Cipher::Aes256Gcm];
    let cipher = known.into_iter().find(|known| known.uri() == cipher)?;
    let inside = data
        .child(ns::DS, "KeyInfo")
        .ok()?
        .and_then(|info| info.child(ns::XENC, "EncryptedKey").ok().flatten());
    let key = match inside {
        Some(key) => key,
        None => holder.child(ns::XENC, "EncryptedKey").ok()??,
    };
    let method = key.child(ns::XENC, "EncryptionMethod").ok()??;
    let wrapping = method.attribute("Algorithm")?;
    let digest = method.child(ns::DS, "DigestMethod").ok()?;
    let digest = digest.map_or(Some(SHA1), |digest| digest.attribute("Algorithm"))?;
    let mask = method.child(NS_XENC11, "MGF").ok()?;
    let mask = mask.and_then(|mask| mask.attribute("Algorithm"));
    let allowed = match wrapping {
        OAEP => [SHA1, SHA256].contains(&digest) && mask.is_none(),
        OAEP_11 => {
            [SHA1, SHA256].contains(&digest)
                && [None, Some(MGF1_SHA1), Some(MGF1_SHA256)].contains(&mask)
        }
        _ => false,
    };
    if !allowed {
        return None;
    }
    let mut writer = Writer::new();
    writer
        .open(
            "xenc:EncryptedData",
            &[("xmlns:xenc", ns::XENC), ("Type", OCTETS)],
        )
        .empty("xenc:EncryptionMethod", &[("Algorithm", cipher.uri())])
        .open("ds:KeyInfo", &[("xmlns:ds", ns::DS)])
        .open("xenc:EncryptedKey", &[])
        .open("xenc:EncryptionMethod", &[("Algorithm", wrapping)])
        .empty("ds:DigestMethod", &[("Algorithm", digest)]);
    if let Some(mask) = mask {
        let attributes = [("xmlns:xenc11", NS_XENC11), ("Algorithm", mask)];
        writer.empty("xenc11:MGF", &attributes);
    }
    writer
        .close()
        .open("xenc:CipherData", &[])
        .leaf("xenc:CipherValue", &[], &value(key)?)
        .close()
        .close()
        .close()
        .open("xenc:CipherData", &[])
        .leaf("xenc:CipherValue", &[], &value(data)?);
    Some(writer.finish())
}

fn algorithm(node: Node<'_>) -> Option<&str> {
    let method = node.child(ns::XENC, "EncryptionMethod").ok()??;
    method.attribute("Algorithm")
}

fn value(node: Node<'_>) -> Option<String> {
    let data = node.child(ns::XENC, "CipherData").ok()??;
    let value = data.child(ns::XENC, "CipherValue").ok()??;
    value.text().ok()
}

/// Parses what was opened: an element of its own, with the limits of the message that it came in.
///
/// # Errors
/// [`Problem::Encryption`].
pub fn parse_opened(opened: &str) -> Result<Tree<'_>, Problem> {
    Tree::parse(opened.as_bytes(), &Limits::PROTOCOL).map_err(|_| Problem::Encryption)
}

impl PeerKey {
    /// Whether something can be encrypted for it.
    pub fn encrypts(&self) -> bool {
        self.encrypting().is_ok()
    }
}

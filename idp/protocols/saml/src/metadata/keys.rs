//! The keys of a role (SAML Metadata §2.4.1.1): those that sign for it, and those for which something can be
//! encrypted. A key that cannot be used is passed over and told; it never makes the others useless (SIG-06).

use crate::encryption::Recipient;
use crate::error::Problem;
use crate::key::{Certificate, PeerKey};
use crate::names::ns;
use crate::xml::Node;

/// Most keys of a role that are looked at. Each one that signs is tried on every message; nobody needs more
/// than the old one, the new one, and one of each kind.
const MOST: usize = 16;

/// The keys of a role.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Those that sign.
    pub signing: Vec<PeerKey>,
    /// Their certificates, for operators.
    pub certificates: Vec<Certificate>,
    /// For whom something can be encrypted.
    pub encryption: Vec<Recipient>,
    /// Keys that cannot be used, and why.
    pub unusable: Vec<Problem>,
}

/// What a key is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Signing,
    Encryption,
    /// §2.4.1.1: a key without a use is for both.
    Both,
}

impl Keys {
    pub(super) fn read(role: Node<'_>) -> Result<Self, Problem> {
        let mut keys = Self::default();
        let mut looked_at = 0;
        for descriptor in role.children_named(ns::MD, "KeyDescriptor") {
            let info = descriptor.one(ns::DS, "KeyInfo", "a key is missing")?;
            let usage = match descriptor.attribute("use").map(str::trim) {
                None => Use::Both,
                Some("signing") => Use::Signing,
                Some("encryption") => Use::Encryption,
                Some(_) => {
                    keys.passed_over("it is for something that no key is for");
                    continue;
                }
            };
            let methods: Vec<String> = descriptor
                .children_named(ns::MD, "EncryptionMethod")
                .filter_map(|method| method.attribute("Algorithm"))
                .map(|method| method.trim().to_owned())
                .collect();
            let data = info.children_named(ns::DS, "X509Data");
            let mut texts = data
                .flat_map(|data| data.children_named(ns::DS, "X509Certificate"))
                .peekable();
            if texts.peek().is_none() {
                keys.passed_over("it is written without a certificate");
            }
            for text in texts {
                looked_at += 1;
                if looked_at > MOST {
                    keys.passed_over("the role has too many");
                    return Ok(keys);
                }
                match certified(text) {
                    Ok((key, certificate)) => keys.take(usage, key, certificate, &methods),
                    Err(problem) => keys.unusable.push(problem),
                }
            }
        }
        Ok(keys)
    }

    fn take(&mut self, usage: Use, key: PeerKey, certificate: Certificate, methods: &[String]) {
        if usage != Use::Signing {
            let known = |known: &Recipient| known.certificate == certificate;
            if key.encrypts() {
                match Recipient::new(certificate.clone(), methods) {
                    Some(_) if self.encryption.iter().any(known) => {}
                    Some(recipient) => self.encryption.push(recipient),
                    None => self.passed_over("it understands no encryption that is allowed"),
                }
            } else if usage == Use::Encryption {
                self.passed_over("only RSA keys encrypt");
            }
        }
        if usage != Use::Encryption && !self.certificates.contains(&certificate) {
            self.signing.push(key);
            self.certificates.push(certificate);
        }
    }

    fn passed_over(&mut self, why: &'static str) {
        self.unusable.push(Problem::Key(why));
    }
}

fn certified(text: Node<'_>) -> Result<(PeerKey, Certificate), Problem> {
    let certificate = Certificate::from_base64(&text.text()?)?;
    Ok((certificate.key()?, certificate))
}

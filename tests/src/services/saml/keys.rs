//! The keys by which a service is known at the hub: one that signs, one for which the hub encrypts. Owns their
//! files, made at the first start for their owner's eyes alone, each with its certificate. Never `Debug`.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_saml::encryption::DecryptionKey;
use clau_saml::key::{Certificate, KeyKind, SigningKey, Subject};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::services::dates;

/// Characters of a line (RFC 7468 §2).
const LINE: usize = 64;

/// The keys of one service.
#[derive(Clone)]
pub struct Keys {
    pub(crate) signing: SigningKey,
    pub(crate) decryption: DecryptionKey,
    /// For whoever encrypts.
    pub(crate) encryption: Certificate,
}

impl Keys {
    /// The keys in this directory, made where missing: one of `kind` that signs in `signing.pem`, an RSA key in
    /// `encryption.pem`. `name` is written into their certificates.
    ///
    /// # Errors
    /// A file cannot be read or written, or holds something else.
    pub fn in_directory(directory: &Path, kind: KeyKind, name: &str) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        let signing = key_in(&directory.join("signing.pem"), kind, name)?;
        // Only RSA keys encrypt.
        let encryption = key_in(&directory.join("encryption.pem"), KeyKind::Rsa2048, name)?;
        let private = encryption.to_pkcs8().map_err(io::Error::other)?;
        Ok(Self {
            signing,
            decryption: DecryptionKey::from_pkcs8(&private).map_err(io::Error::other)?,
            encryption: encryption.certificate().clone(),
        })
    }
}

fn key_in(path: &Path, kind: KeyKind, name: &str) -> io::Result<SigningKey> {
    if !path.exists() {
        let key = new_key(kind, name)?;
        let private = key.to_pkcs8().map_err(io::Error::other)?;
        let text = pem("PRIVATE KEY", &private) + &pem("CERTIFICATE", key.certificate().der());
        OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(path)?
            .write_all(text.as_bytes())?;
        return Ok(key);
    }
    let bad = |why: &dyn std::fmt::Display| io::Error::other(format!("{}: {why}", path.display()));
    let private = PrivateKeyDer::from_pem_file(path).map_err(|error| bad(&error))?;
    let certificate = CertificateDer::from_pem_file(path).map_err(|error| bad(&error))?;
    let certificate = Certificate::from_der(&certificate);
    SigningKey::from_pkcs8(private.secret_der(), certificate).map_err(|error| bad(&error))
}

fn new_key(kind: KeyKind, name: &str) -> io::Result<SigningKey> {
    let mut serial = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut serial).map_err(|_| io::Error::other("no randomness"))?;
    let subject = Subject {
        name,
        year: i32::from(dates::today().year()),
        serial,
    };
    SigningKey::generate(kind, subject).map_err(io::Error::other)
}

fn pem(label: &str, der: &[u8]) -> String {
    let body = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(LINE));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn keys_are_made_once_and_found_again() {
        let files = tempfile::tempdir().unwrap();
        let directory = files.path().join("keys");
        for kind in [KeyKind::P256, KeyKind::Rsa2048] {
            let directory = directory.join(format!("{kind:?}"));
            let keys = || Keys::in_directory(&directory, kind, "transport").unwrap();
            let (made, found) = (keys(), keys());
            assert_eq!(made.signing.certificate(), found.signing.certificate());
            assert_eq!(made.encryption, found.encryption);
            assert_ne!(found.signing.certificate(), &found.encryption);
        }
        let file = directory.join("P256/signing.pem");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&directory), mode(&file)), (0o700, 0o600));
        // A key that is another certificate's.
        let other = std::fs::read_to_string(directory.join("Rsa2048/signing.pem")).unwrap();
        let own = std::fs::read_to_string(&file).unwrap();
        let (key, _) = own.split_once("-----BEGIN CERTIFICATE").unwrap();
        let (_, certificate) = other.split_once("-----END PRIVATE KEY-----\n").unwrap();
        for text in [format!("{key}{certificate}"), key.to_owned(), String::new()] {
            std::fs::write(&file, text).unwrap();
            let read = Keys::in_directory(&directory.join("P256"), KeyKind::P256, "transport");
            assert!(read.is_err());
        }
    }
}

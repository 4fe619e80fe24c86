//! The certificate of the listener: read at start, and again when its file has changed, so that a
//! renewed certificate needs no restart. TLS 1.2 and 1.3 (KEY-06). Never keeps going without one.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// A certificate chain, its key, and the files that they come from.
pub(crate) struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    current: RwLock<(Arc<ServerConfig>, Version)>,
}

/// When each file was written last.
type Version = [Option<SystemTime>; 2];

impl Certificate {
    /// Reads both files.
    ///
    /// # Errors
    /// In words, with the file that is wrong.
    pub(crate) fn read(chain: PathBuf, key: PathBuf) -> Result<Self, String> {
        let version = version(&chain, &key);
        let config = load(&chain, &key)?;
        Ok(Self {
            chain,
            key,
            current: RwLock::new((config, version)),
        })
    }

    /// What accepts the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current.0))
    }

    /// Reads the files again if they have changed. One that cannot be used is told, and the one before
    /// goes on.
    pub(super) fn refresh(&self) {
        let version = version(&self.chain, &self.key);
        let known = self
            .current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .1;
        if version == known {
            return;
        }
        match load(&self.chain, &self.key) {
            Ok(config) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = (config, version);
                tracing::info!(
                    event = "server.certificate",
                    "the certificate was read again"
                );
            }
            Err(why) => {
                tracing::error!(
                    event = "server.certificate",
                    why,
                    "the new certificate is not used"
                );
            }
        }
    }
}

fn version(chain: &PathBuf, key: &PathBuf) -> Version {
    [chain, key].map(|path| {
        std::fs::metadata(path)
            .and_then(|file| file.modified())
            .ok()
    })
}

fn load(chain: &PathBuf, key: &PathBuf) -> Result<Arc<ServerConfig>, String> {
    let certificates = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| format!("{}: no certificate in PEM: {error}", chain.display()))?;
    if certificates.is_empty() {
        return Err(format!("{}: no certificate in PEM", chain.display()));
    }
    let secret = PrivateKeyDer::from_pem_file(key)
        .map_err(|error| format!("{}: no private key in PEM: {error}", key.display()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(certificates, secret)
        .map_err(|error| {
            format!(
                "{} and {} do not belong together: {error}",
                chain.display(),
                key.display()
            )
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(directory: &std::path::Path) -> (PathBuf, PathBuf) {
        let rcgen::CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let (chain, key) = (directory.join("chain.pem"), directory.join("key.pem"));
        std::fs::write(&chain, cert.pem()).expect("written");
        std::fs::write(&key, signing_key.serialize_pem()).expect("written");
        (chain, key)
    }

    #[test]
    fn ft_20_what_is_wrong_with_a_certificate_is_told_with_its_file() {
        let directory = tempfile::tempdir().expect("a directory");
        let (chain, key) = written(directory.path());
        assert!(Certificate::read(chain.clone(), key.clone()).is_ok());
        let why = Certificate::read(chain.clone(), chain.clone())
            .err()
            .expect("no key");
        assert!(why.contains("chain.pem: no private key"), "{why}");
        let other = tempfile::tempdir().expect("a directory");
        let (_, other_key) = written(other.path());
        let why = Certificate::read(chain, other_key)
            .err()
            .expect("another's key");
        assert!(why.contains("do not belong together"), "{why}");
        let why = Certificate::read("/nowhere.pem".into(), key)
            .err()
            .expect("no file");
        assert!(why.contains("/nowhere.pem"), "{why}");
    }

    #[test]
    fn a_renewed_certificate_is_read_and_a_broken_one_is_not() {
        let directory = tempfile::tempdir().expect("a directory");
        let (chain, key) = written(directory.path());
        let certificate = Certificate::read(chain.clone(), key).expect("right");
        let first = Arc::clone(&certificate.current.read().expect("no panic").0);
        certificate.refresh();
        assert!(Arc::ptr_eq(
            &first,
            &certificate.current.read().expect("no panic").0
        ));
        let later = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(4_000_000_000);
        let touch = |later| {
            let file = std::fs::File::options()
                .append(true)
                .open(&chain)
                .expect("opens");
            file.set_modified(later).expect("touched");
        };
        touch(later);
        certificate.refresh();
        let second = Arc::clone(&certificate.current.read().expect("no panic").0);
        assert!(!Arc::ptr_eq(&first, &second));
        std::fs::write(&chain, "broken").expect("written");
        certificate.refresh();
        assert!(Arc::ptr_eq(
            &second,
            &certificate.current.read().expect("no panic").0
        ));
    }
}

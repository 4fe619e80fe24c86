//! Trust in a directory's certificate: the system's authorities and those of the registration, always checked,
//! with no way around it (KEY-06). Says in words what is wrong with one.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clau_domain::time::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, RootCertStore};

/// How long before its end a certificate is worth a word.
const SOON: Duration = Duration::from_secs(30 * 24 * 3_600);

/// What is believed, ready for use.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    verifier: Arc<WebPkiServerVerifier>,
}

/// Why certificates of authorities cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadAuthorities {
    /// Not what was asked for.
    #[error("certificates of authorities in PEM; this has none that can be read")]
    Pem,
    /// Nobody to trust.
    #[error("certificates of authorities in PEM: this system has none of its own")]
    Nobody,
}

impl Tls {
    /// Trusts the system's authorities and those in `pem`, which may be empty.
    ///
    /// # Errors
    /// [`BadAuthorities`].
    pub(super) fn new(pem: &str) -> Result<Self, BadAuthorities> {
        let mut roots = system().clone();
        if !pem.trim().is_empty() {
            let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
            let found = found.map_err(|_| BadAuthorities::Pem)?;
            if found.is_empty() {
                return Err(BadAuthorities::Pem);
            }
            for certificate in found {
                roots.add(certificate).map_err(|_| BadAuthorities::Pem)?;
            }
        }
        let provider = Arc::new(aws_lc_rs::default_provider());
        Self::trusting(roots, &provider).ok_or(BadAuthorities::Nobody)
    }

    fn trusting(roots: RootCertStore, provider: &Arc<CryptoProvider>) -> Option<Self> {
        let verifier =
            WebPkiServerVerifier::builder_with_provider(roots.into(), Arc::clone(provider))
                .build()
                .ok()?;
        let config = ClientConfig::builder_with_provider(Arc::clone(provider))
            .with_safe_default_protocol_versions()
            .ok()?
            .with_webpki_verifier(Arc::clone(&verifier))
            .with_no_client_auth();
        Some(Self {
            config: Arc::new(config),
            verifier,
        })
    }

    /// Whether a certificate that is good now will not be soon.
    pub(super) fn ends_soon(
        &self,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        now: Timestamp,
    ) -> bool {
        let [leaf, others @ ..] = chain else {
            return false;
        };
        let then = u64::try_from((now + SOON).as_millis()).unwrap_or_default();
        let then = UnixTime::since_unix_epoch(Duration::from_millis(then));
        let verified = self
            .verifier
            .verify_server_cert(leaf, others, name, &[], then);
        matches!(
            verified,
            Err(rustls::Error::InvalidCertificate(
                CertificateError::Expired | CertificateError::ExpiredContext { .. }
            ))
        )
    }
}

/// The system's authorities, read once.
fn system() -> &'static RootCertStore {
    static SYSTEM: OnceLock<RootCertStore> = OnceLock::new();
    SYSTEM.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        // What cannot be read is not trusted: that is told by the first certificate nobody vouches for.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    })
}

/// What is wrong with a certificate, if that is what a handshake ended with.
pub(super) fn certificate_problem(error: &std::io::Error) -> Option<String> {
    let inner = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(problem) = inner else {
        return None;
    };
    use CertificateError as E;
    Some(match problem {
        E::Expired | E::ExpiredContext { .. } => "its certificate has expired".to_owned(),
        E::NotValidYet | E::NotValidYetContext { .. } => {
            "its certificate is not valid yet; is the clock right?".to_owned()
        }
        E::Revoked => "its certificate has been withdrawn".to_owned(),
        E::UnknownIssuer => "its certificate is signed by nobody who is trusted; put the \
                             certificate of its authority into `ldap.ca`"
            .to_owned(),
        E::NotValidForName => "its certificate is for another name".to_owned(),
        E::NotValidForNameContext {
            expected,
            presented,
        } => {
            let names: Vec<&str> = presented.iter().map(String::as_str).take(5).collect();
            let names = if names.is_empty() {
                "no name".to_owned()
            } else {
                names.join(", ")
            };
            format!(
                "its certificate is for {names}, and not for {}",
                expected.to_str()
            )
        }
        E::BadSignature => "its certificate has a signature that is wrong, or that of another \
                            authority of the same name"
            .to_owned(),
        E::InvalidPurpose | E::InvalidPurposeContext { .. } => {
            "its certificate is not one for servers".to_owned()
        }
        other => format!("its certificate is not good: {other:?}")
            .chars()
            .take(200)
            .collect(),
    })
}

#[cfg(test)]
mod tests;

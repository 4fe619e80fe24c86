//! A certificate authority of this test process and certificates for `localhost`. Keys exist only in
//! memory and in scratch directories.

use std::path::PathBuf;
use std::sync::OnceLock;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};

use super::process::Scratch;

/// An authority that this process alone trusts.
#[derive(Debug)]
pub struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// Where a server's certificate, its key and the authority's certificate are, all in PEM.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The authority's certificate.
    pub ca: PathBuf,
    /// The server's certificate.
    pub certificate: PathBuf,
    /// The server's private key, PKCS#8.
    pub key: PathBuf,
}

/// The authority that all counterparts of this process trust.
pub fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(Authority::new)
}

impl Authority {
    /// A fresh authority with a key of its own.
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Clau local tests");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("the crypto library makes a key");
        let certificate = params.self_signed(&key).expect("valid parameters");
        Self {
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Its certificate, in PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A certificate for a server called by each of `names` (host names or addresses) and its key, in PEM.
    pub fn certify(&self, names: &[&str]) -> (String, String) {
        self.sign(server_params(names))
    }

    /// The same, of a server whose administrator has forgotten it: no longer valid for years.
    pub fn certify_expired(&self, names: &[&str]) -> (String, String) {
        let mut params = server_params(names);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
        self.sign(params)
    }

    fn sign(&self, params: CertificateParams) -> (String, String) {
        let key = KeyPair::generate().expect("the crypto library makes a key");
        let certificate = params
            .signed_by(&key, &self.issuer)
            .expect("valid parameters");
        (certificate.pem(), key.serialize_pem())
    }

    /// A certificate for `localhost`, written with its key and the authority's into `scratch`.
    pub fn localhost_files(&self, scratch: &Scratch) -> TlsFiles {
        let (certificate, key) = self.certify(&["localhost", "127.0.0.1", "::1"]);
        TlsFiles {
            ca: scratch.write("tls/ca.pem", &self.pem),
            certificate: scratch.write("tls/localhost.pem", &certificate),
            key: scratch.write("tls/localhost.key", &key),
        }
    }
}

fn server_params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("valid host names");
    params
        .distinguished_name
        .push(DnType::CommonName, "localhost");
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

//! Small applications behind libraries that are SAML service providers: their keys, the metadata that a hub
//! must know before it starts, and the running application. Each application serves several service providers,
//! below a path of their own each. Knows no library; `pysaml2.rs`, `python3_saml.rs` and `node_saml.rs` do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

use super::ca::{self, TlsFiles};
use super::process::{Launch, Process, Scratch};

#[cfg(test)]
mod tests;

/// A program that serves an application: what runs it, and the application itself.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// How it is called in messages.
    pub(super) name: &'static str,
    /// What runs it: Python, Node.
    pub(super) interpreter: PathBuf,
    /// The application.
    pub(super) application: PathBuf,
    /// By which variable the interpreter is told whom to trust.
    pub(super) authority: &'static str,
}

/// An application that is ready to be started, when there is a hub.
#[derive(Debug)]
pub struct Prepared {
    program: Program,
    port: u16,
    metadata: BTreeMap<String, String>,
    tls: TlsFiles,
    // Its certificates and keys are in it.
    scratch: Scratch,
}

/// An RSA key with a certificate that nobody has signed, in PEM: what metadata carries.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The private key, PKCS#8.
    pub key: String,
}

impl Pair {
    /// A new one for `name`.
    pub fn new(name: &str) -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
            .expect("the crypto library makes a key");
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).expect("valid parameters");
        Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }

    /// Writes it to `NAME.pem` and `NAME.key`, and gives the path of `NAME`.
    pub(super) fn write(&self, scratch: &Scratch, name: &str) -> PathBuf {
        scratch.write(&format!("{name}.pem"), &self.certificate);
        scratch.write(&format!("{name}.key"), &self.key);
        scratch.join(name)
    }
}

impl Prepared {
    /// Makes the keys and lets the library write the metadata of everything that the application will serve on
    /// `port`.
    pub(super) fn new(program: Program, port: u16, scratch: Scratch) -> Self {
        let tls = ca::authority().localhost_files(&scratch);
        for name in ["signing", "encryption"] {
            Pair::new(&format!("{} {name}", program.name)).write(&scratch, name);
        }
        let output = Command::new(&program.interpreter)
            .args(arguments(&program.application, port, scratch.path()))
            .arg("--metadata")
            .output()
            .unwrap_or_else(|error| panic!("cannot run {}: {error}", program.name));
        assert!(
            output.status.success(),
            "{} writes no metadata:\n{}",
            program.name,
            String::from_utf8_lossy(&output.stderr)
        );
        Self {
            metadata: serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|error| panic!("{} writes no JSON: {error}", program.name)),
            program,
            port,
            tls,
            scratch,
        }
    }

    /// The metadata of one of its service providers, for its registration.
    pub fn metadata(&self, provider: &str) -> &str {
        self.metadata
            .get(provider)
            .unwrap_or_else(|| panic!("{} has no {provider}", self.program.name))
    }

    /// How one of its service providers is called in SAML.
    pub fn entity_id(&self, provider: &str) -> String {
        format!("https://localhost:{}/{provider}/metadata", self.port)
    }

    /// The private key, in PEM, for which the hub is to encrypt.
    pub fn decryption_key(&self) -> String {
        std::fs::read_to_string(self.scratch.join("encryption.key")).expect("our own file")
    }

    /// Starts it for the hub at `https://localhost:hub_port`, whose metadata it reads first.
    pub fn start(self, hub_port: u16) -> Application {
        let Self {
            program,
            port,
            tls,
            scratch,
            ..
        } = self;
        let process = Launch::new(program.name, &program.interpreter)
            .args(arguments(&program.application, port, scratch.path()))
            .args(["--hub", &format!("https://localhost:{hub_port}")])
            .args(["--ca".as_ref(), tls.ca.as_os_str()])
            .args(["--certificate".as_ref(), tls.certificate.as_os_str()])
            .args(["--key".as_ref(), tls.key.as_os_str()])
            .env(program.authority, &tls.ca)
            .start(&scratch);
        process.wait_for_port(port);
        Application {
            process,
            port,
            _scratch: scratch,
        }
    }
}

fn arguments(application: &Path, port: u16, keys: &Path) -> Vec<std::ffi::OsString> {
    vec![
        application.into(),
        "--port".into(),
        port.to_string().into(),
        "--signing".into(),
        keys.join("signing").into(),
        "--encryption".into(),
        keys.join("encryption").into(),
    ]
}

/// A running application.
#[derive(Debug)]
pub struct Application {
    process: Process,
    port: u16,
    _scratch: Scratch,
}

impl Application {
    /// A page of one of its service providers: `login` (with `force`, `passive`, `nameid`, `binding`,
    /// `context`, `comparison`, `relay`), `session` tells who it is without asking the hub, `logout`, and the
    /// addresses of messages `acs` and `slo`.
    pub fn page(&self, provider: &str, page: &str) -> String {
        format!("https://localhost:{}/{provider}/{page}", self.port)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

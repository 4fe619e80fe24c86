//! A private Apache with mod_auth_openidc, a real package of the distribution, as three OpenID Connect
//! clients of one hub. Owns their configuration; the pages they serve are in `tests/counterparts`.

use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

use super::apache;
use super::process::{Process, Scratch, free_port};

const CONFIGURATION: &str = include_str!("../../counterparts/openidc/httpd.conf");

const SHOW: &str = include_str!("../../counterparts/openidc/show.php");

/// What it serves: path below the document root, and the page.
const SITE: [(&str, &str); 5] = [
    ("secret/index.php", SHOW),
    ("open/index.php", SHOW),
    ("strict/index.php", SHOW),
    (
        "secret/refresh.php",
        include_str!("../../counterparts/openidc/refresh.php"),
    ),
    (
        "secret/logout.php",
        include_str!("../../counterparts/openidc/logout.php"),
    ),
];

/// The secret with which `mod-auth-openidc` and `mod-auth-openidc-front` are to be registered.
pub const SECRET: &str = "mod_auth_openidc-le-dit-a-la-cle-et-a-personne";

/// Where its clients are: ports of `localhost`.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// `mod-auth-openidc`: `client_secret_basic`, told of logouts over the back channel.
    pub back: u16,
    /// `mod-auth-openidc-front`: `client_secret_post`, answers by form, told by the browser.
    pub front: u16,
    /// `mod-auth-openidc-key`: `private_key_jwt`.
    pub key: u16,
}

impl Ports {
    /// Ports nobody listens on.
    pub fn free() -> Self {
        Self {
            back: free_port(),
            front: free_port(),
            key: free_port(),
        }
    }
}

/// A running Apache whose clients trust one hub.
#[derive(Debug)]
pub struct Openidc {
    process: Process,
    scratch: Scratch,
    ports: Ports,
}

impl Openidc {
    /// Starts it for the hub at `https://localhost:hub_port`, which knows its clients at `ports`.
    pub fn start(ports: Ports, hub_port: u16) -> Self {
        let scratch = Scratch::new("openidc");
        let mut settings = apache::settings(&scratch, hub_port);
        // RS256 with an RSA key is all that Debian 12's version signs with.
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)
            .expect("the crypto library makes a key");
        let certificate = CertificateParams::default()
            .self_signed(&key)
            .expect("valid parameters");
        let key = scratch.write("client.key", &key.serialize_pem());
        let certificate = scratch.write("client.pem", &certificate.pem());
        settings.extend([
            ("PORT", ports.back.to_string()),
            ("FRONT_PORT", ports.front.to_string()),
            ("KEY_PORT", ports.key.to_string()),
            ("SECRET", SECRET.to_owned()),
            ("CLIENT_KEY", key.display().to_string()),
            ("CLIENT_CERTIFICATE", certificate.display().to_string()),
        ]);
        let process = apache::start(&scratch, CONFIGURATION, &SITE, &settings);
        for port in [ports.back, ports.front, ports.key] {
            process.wait_for_port(port);
        }
        Self {
            process,
            scratch,
            ports,
        }
    }

    /// A page of `mod-auth-openidc`: `/secret/` asks for a login, `/open/` knows who is there and asks
    /// nobody, `/strict/` asks for new tokens each time, `/secret/refresh.php`, `/secret/logout.php`.
    pub fn back(&self, path: &str) -> String {
        address(self.ports.back, path)
    }

    /// The same of `mod-auth-openidc-front`.
    pub fn front(&self, path: &str) -> String {
        address(self.ports.front, path)
    }

    /// The same of `mod-auth-openidc-key`.
    pub fn key(&self, path: &str) -> String {
        address(self.ports.key, path)
    }

    /// Everything it and its pages have logged.
    pub fn log(&self) -> String {
        apache::logs(&self.process, &self.scratch, &[])
    }
}

fn address(port: u16, path: &str) -> String {
    format!("https://localhost:{port}{path}")
}

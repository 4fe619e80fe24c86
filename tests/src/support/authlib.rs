//! A small application behind Authlib and Flask (libraries of PyPI, in the virtual environment of the
//! counterparts) as two OpenID Connect clients of one hub.

use super::ca;
use super::process::{Launch, Process, Scratch, counterpart};

const APPLICATION: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/counterparts/authlib/application.py"
);

/// The secret with which `authlib-secret` is to be registered.
pub const SECRET: &str = "authlib-le-dit-a-la-cle-et-a-personne";

/// The running application.
#[derive(Debug)]
pub struct Authlib {
    process: Process,
    port: u16,
    // Its certificate is in it.
    _scratch: Scratch,
}

impl Authlib {
    /// Starts it on `port` for the hub at `https://localhost:hub_port`.
    pub fn start(port: u16, hub_port: u16) -> Self {
        let scratch = Scratch::new("authlib");
        let tls = ca::authority().localhost_files(&scratch);
        let process = Launch::new("authlib", counterpart("venv/bin/python"))
            .args([APPLICATION, "--port", &port.to_string()])
            .args(["--hub", &format!("https://localhost:{hub_port}")])
            .args(["--secret", SECRET])
            .args(["--certificate".as_ref(), tls.certificate.as_os_str()])
            .args(["--key".as_ref(), tls.key.as_os_str()])
            .env("REQUESTS_CA_BUNDLE", &tls.ca)
            .start(&scratch);
        process.wait_for_port(port);
        Self {
            process,
            port,
            _scratch: scratch,
        }
    }

    /// A page of `authlib-secret` (`client_secret_post`): `login`, `session` tells who it is without
    /// asking the hub, `userinfo`, `refresh`, `logout`.
    pub fn secret(&self, page: &str) -> String {
        format!("https://localhost:{}/secret/{page}", self.port)
    }

    /// The same of `authlib-key` (`private_key_jwt`, with access while nobody is there).
    pub fn key(&self, page: &str) -> String {
        format!("https://localhost:{}/key/{page}", self.port)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

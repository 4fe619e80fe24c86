//! A small application behind openid-client (a library of npm for Node) as two OpenID Connect clients of
//! one hub.

use std::os::unix::fs::symlink;

use super::ca;
use super::process::{Launch, Process, Scratch, counterpart, find_program};

const APPLICATION: &str = include_str!("../../counterparts/openid-client/application.mjs");

/// The running application.
#[derive(Debug)]
pub struct OpenidClient {
    process: Process,
    port: u16,
    // The application and its certificate are in it.
    _scratch: Scratch,
}

impl OpenidClient {
    /// Starts it on `port` for the hub at `https://localhost:hub_port`.
    pub fn start(port: u16, hub_port: u16) -> Self {
        let scratch = Scratch::new("openid-client");
        let tls = ca::authority().localhost_files(&scratch);
        // Node looks for libraries beside the program, and ours are not installed into the sources.
        let application = scratch.write("application.mjs", APPLICATION);
        symlink(
            counterpart("openid-client/node_modules"),
            scratch.join("node_modules"),
        )
        .expect("a link in our own directory");
        let process = Launch::new("openid-client", find_program(&["node"], &[]))
            .args([application])
            .args(["--port", &port.to_string()])
            .args(["--hub", &format!("https://localhost:{hub_port}")])
            .args(["--certificate".as_ref(), tls.certificate.as_os_str()])
            .args(["--key".as_ref(), tls.key.as_os_str()])
            .env("NODE_EXTRA_CA_CERTS", &tls.ca)
            .start(&scratch);
        process.wait_for_port(port);
        Self {
            process,
            port,
            _scratch: scratch,
        }
    }

    /// A page of `openid-client-public` (no secret, DPoP): `login`, `session` tells who it is without
    /// asking the hub, `userinfo`, `refresh`, `revoke`, `logout`, and `device`, `device/session`,
    /// `device/refresh` for a device without a keyboard.
    pub fn public(&self, page: &str) -> String {
        format!("https://localhost:{}/public/{page}", self.port)
    }

    /// The same of `openid-client-fapi` (FAPI 2.0: pushed requests, DPoP, `private_key_jwt`), and
    /// `introspect`.
    pub fn fapi(&self, page: &str) -> String {
        format!("https://localhost:{}/fapi/{page}", self.port)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

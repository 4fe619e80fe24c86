//! A small application behind python-cas (the library of PyPI, in a virtual environment of its own) as a
//! relying party of one hub.

use super::ca;
use super::process::{Launch, Process, Scratch, counterpart, free_port};

const APPLICATION: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/counterparts/pycas/application.py"
);

/// The running application.
#[derive(Debug)]
pub struct PythonCas {
    process: Process,
    port: u16,
    // Its certificate is in it.
    _scratch: Scratch,
}

impl PythonCas {
    /// Starts it for the hub at `https://localhost:hub_port`.
    pub fn start(hub_port: u16) -> Self {
        Self::start_on(free_port(), hub_port)
    }

    /// Starts it on a given port: for hubs that have to know their services first.
    pub fn start_on(port: u16, hub_port: u16) -> Self {
        let scratch = Scratch::new("pycas");
        let tls = ca::authority().localhost_files(&scratch);
        let process = Launch::new("pycas", counterpart("venv/bin/python"))
            .args([APPLICATION, "--port", &port.to_string()])
            .args(["--hub", &format!("https://localhost:{hub_port}")])
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

    /// The address of a page: `/` asks who it is, `/session` tells without asking the hub, `/logout`.
    pub fn page(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

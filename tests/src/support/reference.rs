//! The reference services of the demo region, pédagogie and orientation, as their own processes and
//! relying parties of one hub.

use std::path::Path;

use super::ca::TlsFiles;
use super::hub::program;
use super::process::{Launch, Process, Scratch};

/// Where the reference services and their hub are: ports of `localhost`.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The hub.
    pub hub: u16,
    /// Pédagogie.
    pub pedagogie: u16,
    /// Orientation.
    pub orientation: u16,
}

/// Both services, running.
#[derive(Debug)]
pub struct ReferenceServices {
    pedagogie: Process,
    orientation: Process,
    ports: Ports,
}

impl ReferenceServices {
    /// Starts both with their data in `scratch`, speaking TLS by `tls`.
    pub fn start(ports: Ports, scratch: &Scratch, tls: &TlsFiles) -> Self {
        let address = |port: u16| format!("https://localhost:{port}/");
        let service = |name: &str, port: u16| {
            let data = scratch.join(&format!("{name}.sqlite"));
            let file = |path: &Path| path.as_os_str().to_owned();
            Launch::new(name, program(&format!("clau-{name}")))
                .args(["--hub", &address(ports.hub), "--base", &address(port)])
                .args(["--listen", &format!("127.0.0.1:{port}")])
                .args(["--data".into(), file(&data)])
                .args(["--tls-cert".into(), file(&tls.certificate)])
                .args(["--tls-key".into(), file(&tls.key)])
                .args(["--hub-ca".into(), file(&tls.ca)])
        };
        let callback = format!("{}pgt", address(ports.orientation));
        let pedagogie = service("pedagogie", ports.pedagogie)
            .args(["--accept-proxy", &callback])
            .start(scratch);
        let orientation = service("orientation", ports.orientation)
            .args(["--notebook", &address(ports.pedagogie)])
            .start(scratch);
        pedagogie.wait_for_port(ports.pedagogie);
        orientation.wait_for_port(ports.orientation);
        Self {
            pedagogie,
            orientation,
            ports,
        }
    }

    /// The address of the class notebook.
    pub fn pedagogie(&self) -> String {
        format!("https://localhost:{}/", self.ports.pedagogie)
    }

    /// The address of a pupil's wishes.
    pub fn orientation(&self) -> String {
        format!("https://localhost:{}/", self.ports.orientation)
    }

    /// What both have logged.
    pub fn log(&self) -> String {
        self.pedagogie.log() + &self.orientation.log()
    }
}

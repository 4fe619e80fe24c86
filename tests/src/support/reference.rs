//! The reference services of the demo region as their own processes and relying parties of one hub.

use std::path::Path;

use super::ca::TlsFiles;
use super::hub::program;
use super::process::{Launch, Process, Scratch, set_mode};

/// The secret of bourses, as `tests/region/services.toml` registers it. For one's own machine only.
pub const BOURSES_SECRET: &str = "les-bourses-de-la-region-de-demonstration";

/// Where the reference services and their hub are: ports of `localhost`.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The hub.
    pub hub: u16,
    /// Pédagogie.
    pub pedagogie: u16,
    /// Orientation.
    pub orientation: u16,
    /// Bourses.
    pub bourses: u16,
    /// Restauration.
    pub restauration: u16,
    /// Transport.
    pub transport: u16,
    /// The resources of the médiacentre.
    pub mediacentre: u16,
}

/// All of them, running.
#[derive(Debug)]
pub struct ReferenceServices {
    processes: Vec<Process>,
    ports: Ports,
}

impl ReferenceServices {
    /// Starts all with their data in `scratch`, speaking TLS by `tls`.
    pub fn start(ports: Ports, scratch: &Scratch, tls: &TlsFiles) -> Self {
        let file = |path: &Path| path.as_os_str().to_owned();
        let service = |name: &str, port: u16| {
            let data = scratch.join(&format!("{name}.sqlite"));
            Launch::new(name, program(&format!("clau-{name}")))
                .args(["--hub", &address(ports.hub), "--base", &address(port)])
                .args(["--listen", &format!("127.0.0.1:{port}")])
                .args(["--data".into(), file(&data)])
                .args(["--tls-cert".into(), file(&tls.certificate)])
                .args(["--tls-key".into(), file(&tls.key)])
                .args(["--hub-ca".into(), file(&tls.ca)])
        };
        let callback = format!("{}pgt", address(ports.orientation));
        let secret = scratch.write("bourses.secret", BOURSES_SECRET);
        set_mode(&secret, 0o600);
        let key = scratch.join("restauration.key");
        let saml_keys = |name: &str| {
            let directory = scratch.join(&format!("{name}-keys"));
            ["--saml-keys".into(), directory.into_os_string()]
        };
        let processes = vec![
            service("pedagogie", ports.pedagogie)
                .args(["--accept-proxy", &callback])
                .start(scratch),
            service("orientation", ports.orientation)
                .args(["--notebook", &address(ports.pedagogie)])
                .start(scratch),
            service("bourses", ports.bourses)
                .args(["--client-secret-file".into(), file(&secret)])
                // Slow enough to be followed, fast enough to be waited for.
                .args(["--pace", "20"])
                .start(scratch),
            service("restauration", ports.restauration)
                .args(["--client-key".into(), file(&key)])
                .start(scratch),
            service("transport", ports.transport)
                .args(saml_keys("transport"))
                .args(["--pace", "20"])
                .start(scratch),
            service("mediacentre", ports.mediacentre)
                .args(saml_keys("mediacentre"))
                .start(scratch),
        ];
        let of_each = [
            ports.pedagogie,
            ports.orientation,
            ports.bourses,
            ports.restauration,
            ports.transport,
            ports.mediacentre,
        ];
        for (process, port) in processes.iter().zip(of_each) {
            process.wait_for_port(port);
        }
        Self { processes, ports }
    }

    /// The address of the class notebook.
    pub fn pedagogie(&self) -> String {
        address(self.ports.pedagogie)
    }

    /// The address of a pupil's wishes.
    pub fn orientation(&self) -> String {
        address(self.ports.orientation)
    }

    /// The address of the grants.
    pub fn bourses(&self) -> String {
        address(self.ports.bourses)
    }

    /// The address of the meals.
    pub fn restauration(&self) -> String {
        address(self.ports.restauration)
    }

    /// The kiosk of the canteen.
    pub fn kiosk(&self) -> String {
        format!("{}borne", self.restauration())
    }

    /// The address of the school buses.
    pub fn transport(&self) -> String {
        address(self.ports.transport)
    }

    /// Where a driver checks a pass.
    pub fn pass_check(&self) -> String {
        format!("{}controle", self.transport())
    }

    /// The address of the resources.
    pub fn mediacentre(&self) -> String {
        address(self.ports.mediacentre)
    }

    /// What all have logged.
    pub fn log(&self) -> String {
        self.processes.iter().map(Process::log).collect()
    }
}

fn address(port: u16) -> String {
    format!("https://localhost:{port}/")
}

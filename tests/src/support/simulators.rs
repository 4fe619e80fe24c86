//! The simulated upstreams of the demo region as their own processes, joined to one hub by the connectors of
//! `tests/region/connectors.toml`.

use std::path::Path;

use super::ca::TlsFiles;
use super::hub::program;
use super::process::{Launch, Process, Scratch, set_mode};

/// The hub's secret at FranceConnect, as `tests/region/connectors.toml` registers it. For one's own machine only.
pub const FRANCECONNECT_SECRET: &str = "franceconnect-et-la-region-de-demonstration";
/// The same at ProConnect.
pub const PROCONNECT_SECRET: &str = "proconnect-et-la-region-de-demonstration";

/// Where the simulators and their hub are: ports of `localhost`. The directory is no simulator and has its own.
#[derive(Clone, Copy, Debug)]
pub struct SimulatorPorts {
    /// The hub.
    pub hub: u16,
    /// ÉduConnect.
    pub educonnect: u16,
    /// The academy's guichet.
    pub guichet: u16,
    /// FranceConnect.
    pub franceconnect: u16,
    /// ProConnect.
    pub proconnect: u16,
    /// The lycée with SAML.
    pub lycee_saml: u16,
    /// The lycée with CAS.
    pub lycee_cas: u16,
}

/// All of them, running.
#[derive(Debug)]
pub struct Simulators {
    processes: Vec<Process>,
    ports: SimulatorPorts,
}

impl Simulators {
    /// Starts all with their keys and secrets in `scratch`, speaking TLS by `tls`.
    pub fn start(ports: SimulatorPorts, scratch: &Scratch, tls: &TlsFiles) -> Self {
        let file = |path: &Path| path.as_os_str().to_owned();
        let simulator = |name: &str, port: u16| {
            Launch::new(name, program(&format!("clau-{name}")))
                .args(["--hub", &address(ports.hub), "--base", &address(port)])
                .args(["--listen", &format!("127.0.0.1:{port}")])
                .args(["--tls-cert".into(), file(&tls.certificate)])
                .args(["--tls-key".into(), file(&tls.key)])
                .args(["--hub-ca".into(), file(&tls.ca)])
        };
        let by_saml = |name: &str, port: u16| {
            let keys = scratch.join(&format!("{name}-keys"));
            simulator(name, port).args(["--keys".into(), keys.into_os_string()])
        };
        let by_oidc = |name: &str, port: u16, secret: &str| {
            let secret = scratch.write(&format!("{name}.secret"), secret);
            set_mode(&secret, 0o600);
            simulator(name, port).args(["--client-secret-file".into(), secret.into_os_string()])
        };
        let launches = [
            (by_saml("educonnect", ports.educonnect), ports.educonnect),
            (by_saml("guichet", ports.guichet), ports.guichet),
            (
                by_oidc("franceconnect", ports.franceconnect, FRANCECONNECT_SECRET),
                ports.franceconnect,
            ),
            (
                by_oidc("proconnect", ports.proconnect, PROCONNECT_SECRET),
                ports.proconnect,
            ),
            (by_saml("lycee-saml", ports.lycee_saml), ports.lycee_saml),
            (simulator("lycee-cas", ports.lycee_cas), ports.lycee_cas),
        ];
        let processes: Vec<Process> = launches
            .iter()
            .map(|(launch, _)| launch.start(scratch))
            .collect();
        for (process, (_, port)) in processes.iter().zip(&launches) {
            process.wait_for_port(*port);
        }
        Self { processes, ports }
    }

    /// Each with its address.
    pub fn addresses(&self) -> [(&'static str, String); 6] {
        let ports = self.ports;
        [
            ("ÉduConnect", address(ports.educonnect)),
            ("Guichet", address(ports.guichet)),
            ("FranceConnect", address(ports.franceconnect)),
            ("ProConnect", address(ports.proconnect)),
            ("Lycée d’Auch", address(ports.lycee_saml)),
            ("Lycée de Rodez", address(ports.lycee_cas)),
        ]
    }

    /// What all have logged.
    pub fn log(&self) -> String {
        self.processes.iter().map(Process::log).collect()
    }
}

fn address(port: u16) -> String {
    format!("https://localhost:{port}/")
}

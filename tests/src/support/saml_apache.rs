//! SAML service providers that live in a private Apache, real packages of the distribution: their keys, the
//! metadata that a hub must know before it starts, and the running server. Each server is several service
//! providers, below a path of their own each. Knows no package; `shibboleth.rs`, `mellon.rs` and
//! `simplesamlphp.rs` do, and their configuration and pages are in `tests/counterparts`.

use std::path::PathBuf;
use std::process::Command;

use super::apache;
use super::process::{Launch, Process, Scratch, find_program};
use super::saml_check;
use super::saml_sp::Pair;

#[cfg(test)]
mod tests;

/// What the configuration of each begins with.
pub(super) const CONFIGURATION: &str = include_str!("../../counterparts/saml-apache/httpd.conf");

/// What a package needs to be a service provider.
#[derive(Debug)]
pub(super) struct Package {
    /// How it is called in messages.
    pub(super) name: &'static str,
    /// Apache's configuration, where it is its own.
    pub(super) configuration: &'static str,
    /// Pages: path below the document root, and text.
    pub(super) site: &'static [(&'static str, &'static str)],
    /// Files that its configuration names: path in the scratch directory, and text.
    pub(super) files: &'static [(&'static str, &'static str)],
    /// Directories that it writes to.
    pub(super) directories: &'static [&'static str],
    /// Its service providers, and the metadata of each.
    pub(super) providers: &'static [(&'static str, &'static str)],
    /// Where it logs, beside Apache.
    pub(super) logs: &'static [&'static str],
    /// Files that have to be installed.
    pub(super) needs: &'static [&'static str],
    /// What has to run beside Apache.
    pub(super) daemon: Option<Daemon>,
}

/// Says in a scratch directory how a daemon is started, and where its socket is then.
pub(super) type Daemon = fn(&Scratch) -> (Launch, PathBuf);

/// Service providers that are ready to be started, when there is a hub.
#[derive(Debug)]
pub struct Prepared {
    package: Package,
    port: u16,
    settings: Vec<(&'static str, String)>,
    metadata: Vec<(&'static str, String)>,
    // Certificates and keys are in it.
    scratch: Scratch,
}

impl Prepared {
    /// Makes the keys and writes the metadata of everything that will be served on `port`.
    pub(super) fn new(package: Package, port: u16, more: &[(&'static str, String)]) -> Self {
        for file in package.needs {
            assert!(
                PathBuf::from(file).exists(),
                "{file} is missing; run tests/counterparts/install"
            );
        }
        let scratch = Scratch::new(package.name);
        let mut settings = vec![("PORT", port.to_string())];
        for (usage, name) in [("SIGNING", "signing"), ("ENCRYPTION", "encryption")] {
            let pair = Pair::new(&format!("{} {name}", package.name));
            pair.write(&scratch, name);
            settings.push((usage, base64_of(&pair.certificate)));
        }
        settings.extend_from_slice(more);
        let fill_in =
            |(name, text): &(&'static str, &'static str)| (*name, apache::fill_in(text, &settings));
        Self {
            metadata: package.providers.iter().map(fill_in).collect(),
            package,
            port,
            settings,
            scratch,
        }
    }

    /// The metadata of one of its service providers, for its registration.
    pub fn metadata(&self, provider: &str) -> &str {
        let found = self.metadata.iter().find(|(name, _)| *name == provider);
        let (_, metadata) =
            found.unwrap_or_else(|| panic!("{} has no {provider}", self.package.name));
        metadata
    }

    /// How one of its service providers is called in SAML.
    pub fn entity_id(&self, provider: &str) -> String {
        format!("https://localhost:{}/{provider}/metadata", self.port)
    }

    /// The private key, in PEM, for which the hub is to encrypt.
    pub fn decryption_key(&self) -> String {
        std::fs::read_to_string(self.scratch.join("encryption.key")).expect("our own file")
    }

    /// Starts them for the hub at `https://localhost:hub_port`, which they know by its metadata alone: fetched
    /// now, for good.
    pub fn start(self, hub_port: u16) -> Server {
        let Self {
            package,
            port,
            settings: own,
            metadata,
            scratch,
        } = self;
        let mut settings = apache::settings(&scratch, hub_port);
        settings.extend(own);
        fetch_metadata(&scratch, &settings, hub_port);
        for (provider, text) in &metadata {
            scratch.write(&format!("metadata-{provider}.xml"), text);
        }
        for directory in package.directories {
            scratch.shared_directory(directory);
        }
        for log in package.logs {
            apache::make_writable(&scratch.write(log, ""));
        }
        for (path, text) in package.files {
            scratch.write(path, &apache::fill_in(text, &settings));
        }
        let daemon = package.daemon.map(|daemon| {
            let (launch, socket) = daemon(&scratch);
            let process = launch.start(&scratch);
            process.wait_until(|| socket.exists().then_some(()));
            process
        });
        let configuration = format!("{CONFIGURATION}\n{}", package.configuration);
        let apache = apache::start(&scratch, &configuration, package.site, &settings);
        apache.wait_for_port(port);
        Server {
            apache,
            daemon,
            logs: package.logs,
            port,
            scratch,
        }
    }
}

/// A running Apache, and what runs beside it.
#[derive(Debug)]
pub struct Server {
    apache: Process,
    daemon: Option<Process>,
    logs: &'static [&'static str],
    port: u16,
    scratch: Scratch,
}

impl Server {
    /// A page of one of its service providers: `secure` asks for a login, `login` begins one as it is asked for
    /// (`force`, `passive`, `nameid`, `context`, `comparison`; not every package knows all), `session` tells who
    /// it is and asks nobody, `logout`.
    pub fn page(&self, provider: &str, page: &str) -> String {
        format!("https://localhost:{}/{provider}/{page}", self.port)
    }

    /// Everything it, its pages and its daemon have logged.
    pub fn log(&self) -> String {
        let daemon = self.daemon.as_ref().map(Process::log).unwrap_or_default();
        daemon + &apache::logs(&self.apache, &self.scratch, self.logs)
    }
}

/// Puts the hub's metadata where the configuration looks for it.
fn fetch_metadata(scratch: &Scratch, settings: &[(&'static str, String)], hub_port: u16) {
    let (_, ca) = settings
        .iter()
        .find(|(name, _)| *name == "CA")
        .expect("every Apache's settings have the authority");
    let url = format!("https://localhost:{hub_port}/saml/metadata");
    let output = Command::new(find_program(&["curl"], &[]))
        .args(["--silent", "--show-error", "--fail", "--noproxy", "*"])
        .args(["--cacert", ca, &url])
        .output()
        .expect("curl runs");
    assert!(
        output.status.success(),
        "{url} gives no metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata = String::from_utf8_lossy(&output.stdout);
    saml_check::validate(&metadata).unwrap_or_else(|error| panic!("{url}: {error}\n{metadata}"));
    scratch.write("hub.xml", &metadata);
}

/// What is between the first and the last line of a PEM.
fn base64_of(pem: &str) -> String {
    pem.lines()
        .filter(|line| !line.starts_with("-----"))
        .collect()
}

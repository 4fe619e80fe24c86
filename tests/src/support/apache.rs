//! A private Apache with mod_auth_cas and phpCAS, real packages of the distribution, as relying parties
//! of one hub, and what every private Apache needs. Owns their configuration; the pages they serve are in
//! `tests/counterparts`.

use std::fs;
use std::path::{Path, PathBuf};

use super::ca::{self, TlsFiles};
use super::process::{Launch, Process, Scratch, find_program, free_port, is_root, set_mode};

const CONFIGURATION: &str = include_str!("../../counterparts/apache/httpd.conf");
/// Where Debian and Ubuntu have Apache's modules.
const MODULES: &str = "/usr/lib/apache2/modules";

/// What it serves: path below the document root, and the page.
const SITE: [(&str, &str); 8] = [
    (
        "protected/index.php",
        include_str!("../../counterparts/apache/show.php"),
    ),
    (
        "phpcas/common.php",
        include_str!("../../counterparts/phpcas/common.php"),
    ),
    (
        "phpcas/index.php",
        include_str!("../../counterparts/phpcas/index.php"),
    ),
    (
        "phpcas/session.php",
        include_str!("../../counterparts/phpcas/session.php"),
    ),
    (
        "phpcas/gateway.php",
        include_str!("../../counterparts/phpcas/gateway.php"),
    ),
    (
        "phpcas/logout.php",
        include_str!("../../counterparts/phpcas/logout.php"),
    ),
    (
        "phpcas/proxy.php",
        include_str!("../../counterparts/phpcas/proxy.php"),
    ),
    (
        "phpcas/backend.php",
        include_str!("../../counterparts/phpcas/backend.php"),
    ),
];

/// A running Apache whose applications trust one hub.
#[derive(Debug)]
pub struct Apache {
    process: Process,
    scratch: Scratch,
    port: u16,
    saml_port: u16,
}

impl Apache {
    /// Starts it on two ports for the hub at `https://localhost:hub_port`.
    pub fn start(hub_port: u16) -> Self {
        Self::start_on(free_port(), free_port(), hub_port)
    }

    /// Starts it on given ports: for hubs that have to know their services first.
    pub fn start_on(port: u16, saml_port: u16, hub_port: u16) -> Self {
        let scratch = Scratch::new("apache");
        for directory in ["sessions", "pgt", "mod_auth_cas", "mod_auth_cas_saml"] {
            scratch.shared_directory(directory);
        }
        // Made by us, appended to by phpCAS as Apache's user.
        make_writable(&scratch.write("phpcas.log", ""));
        let mut settings = settings(&scratch, hub_port);
        settings.push(("PORT", port.to_string()));
        settings.push(("SAML_PORT", saml_port.to_string()));
        let process = start(&scratch, CONFIGURATION, &SITE, &settings);
        process.wait_for_port(port);
        Self {
            process,
            scratch,
            port,
            saml_port,
        }
    }

    /// The address of the page behind mod_auth_cas that validates by CAS 3.
    pub fn protected(&self) -> String {
        format!("https://localhost:{}/protected/", self.port)
    }

    /// The address of the page behind mod_auth_cas that validates by SAML 1.1.
    pub fn protected_by_saml(&self) -> String {
        format!("https://localhost:{}/protected/", self.saml_port)
    }

    /// The address of a phpCAS page: `index`, `session`, `gateway`, `logout`, `proxy`, `backend`.
    pub fn phpcas(&self, page: &str) -> String {
        format!("https://localhost:{}/phpcas/{page}.php", self.port)
    }

    /// Everything it and its applications have logged.
    pub fn log(&self) -> String {
        logs(&self.process, &self.scratch, &["phpcas.log"])
    }
}

/// What every Apache's configuration is filled in with, beside its own ports: where things are, and the
/// hub at `https://localhost:hub_port`.
pub(super) fn settings(scratch: &Scratch, hub_port: u16) -> Vec<(&'static str, String)> {
    let path = |path: &Path| path.display().to_string();
    let TlsFiles {
        ca,
        certificate,
        key,
    } = ca::authority().localhost_files(scratch);
    let user = if is_root() {
        "User www-data\nGroup www-data"
    } else {
        ""
    };
    vec![
        ("SCRATCH", path(scratch.path())),
        ("HUB", format!("https://localhost:{hub_port}")),
        ("MODULES", MODULES.to_owned()),
        ("PHP_MODULE", path(&php_module())),
        ("CERTIFICATE", path(&certificate)),
        ("KEY", path(&key)),
        ("CA", path(&ca)),
        ("USER", user.to_owned()),
    ]
}

/// Starts an Apache with a configuration and pages in which `@NAME@` is filled in.
pub(super) fn start(
    scratch: &Scratch,
    configuration: &str,
    site: &[(&str, &str)],
    settings: &[(&str, String)],
) -> Process {
    scratch.shared_directory("run");
    scratch.shared_directory("site");
    make_writable(&scratch.write("php.log", ""));
    scratch.write("httpd.conf", &fill_in(configuration, settings));
    for (path, page) in site {
        scratch.write(&format!("site/{path}"), &fill_in(page, settings));
    }
    start_again(scratch)
}

/// Starts the Apache whose configuration [`start`] has written into `scratch`.
pub(super) fn start_again(scratch: &Scratch) -> Process {
    Launch::new("apache", find_program(&["apache2", "httpd"], &[]))
        .args(["-D", "FOREGROUND", "-f"])
        .args([scratch.join("httpd.conf")])
        .start(scratch)
}

/// What an Apache and its pages have logged, in its own logs and in `others`.
pub(super) fn logs(process: &Process, scratch: &Scratch, others: &[&str]) -> String {
    ["error.log", "php.log"]
        .iter()
        .chain(others)
        .map(|name| fs::read(scratch.join(name)).unwrap_or_default())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .fold(process.log(), |all, log| all + "\n" + &log)
}

/// Lets every user write to a file: Apache steps down from root.
pub(super) fn make_writable(file: &Path) {
    set_mode(file, 0o666);
}

fn php_module() -> PathBuf {
    fs::read_dir(MODULES)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            name.starts_with("libphp") && name.ends_with(".so")
        })
        .unwrap_or_else(|| panic!("Apache has no PHP module; run tests/counterparts/install"))
}

/// A template in which each `@NAME@` is replaced by what `settings` has under that name.
pub(super) fn fill_in(template: &str, settings: &[(&str, String)]) -> String {
    settings
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("@{name}@"), value)
        })
}

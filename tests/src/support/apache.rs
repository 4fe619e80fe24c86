//! A private Apache with mod_auth_cas and phpCAS, real packages of the distribution, as relying parties
//! of one hub. Owns their configuration; the pages they serve are in `tests/counterparts`.

use std::fs;
use std::path::{Path, PathBuf};

use super::ca::{self, TlsFiles};
use super::process::{Launch, Process, Scratch, find_program, free_port, is_root};

const CONFIGURATION: &str = include_str!("../../counterparts/apache/httpd.conf");

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
        for directory in [
            "run",
            "sessions",
            "pgt",
            "mod_auth_cas",
            "mod_auth_cas_saml",
        ] {
            scratch.shared_directory(directory);
        }
        let tls = ca::authority().localhost_files(&scratch);
        let settings = settings(&scratch, &tls, [port, saml_port, hub_port]);
        let configuration = scratch.write("httpd.conf", &fill_in(CONFIGURATION, &settings));
        for (path, page) in SITE {
            scratch.write(&format!("site/{path}"), &fill_in(page, &settings));
        }
        // phpCAS writes its trace as Apache's user.
        let program = find_program(&["apache2", "httpd"], &[]);
        let process = Launch::new("apache", program)
            .args(["-D", "FOREGROUND", "-f"])
            .args([configuration])
            .start(&scratch);
        let apache = Self {
            process,
            scratch,
            port,
            saml_port,
        };
        apache.process.wait_for_port(port);
        apache
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
        ["error.log", "php.log", "phpcas.log"]
            .iter()
            .map(|name| fs::read(self.scratch.join(name)).unwrap_or_default())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .fold(self.process.log(), |all, log| all + "\n" + &log)
    }
}

fn settings(scratch: &Scratch, tls: &TlsFiles, ports: [u16; 3]) -> Vec<(&'static str, String)> {
    let [port, saml_port, hub_port] = ports;
    let path = |path: &Path| path.display().to_string();
    let user = if is_root() {
        "User www-data\nGroup www-data"
    } else {
        ""
    };
    scratch.shared_directory("site");
    // Made by Apache's user, appended to by phpCAS.
    for log in ["php.log", "phpcas.log"] {
        let file = scratch.write(log, "");
        make_writable(&file);
    }
    vec![
        ("SCRATCH", path(scratch.path())),
        ("PORT", port.to_string()),
        ("SAML_PORT", saml_port.to_string()),
        ("HUB", format!("https://localhost:{hub_port}")),
        ("MODULES", "/usr/lib/apache2/modules".to_owned()),
        ("PHP_MODULE", path(&php_module())),
        ("CERTIFICATE", path(&tls.certificate)),
        ("KEY", path(&tls.key)),
        ("CA", path(&tls.ca)),
        ("USER", user.to_owned()),
    ]
}

fn make_writable(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(file, fs::Permissions::from_mode(0o666)).expect("our own file");
}

fn php_module() -> PathBuf {
    fs::read_dir("/usr/lib/apache2/modules")
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

fn fill_in(template: &str, settings: &[(&str, String)]) -> String {
    settings
        .iter()
        .fold(template.to_owned(), |text, (name, value)| {
            text.replace(&format!("@{name}@"), value)
        })
}

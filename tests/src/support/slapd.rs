//! A private OpenLDAP directory, the distribution's slapd, with the people of an agricultural lycée. Owns its
//! configuration; the people are in `tests/counterparts/slapd`.

use std::path::PathBuf;
use std::process::Command;

use super::apache::fill_in;
use super::ca::{self, Authority};
use super::process::{Launch, Process, Scratch, copy_program, find_program, free_port};

const CONFIGURATION: &str = include_str!("../../counterparts/slapd/slapd.conf");
const SCHEMA: &str = include_str!("../../counterparts/slapd/ent.schema");
const PEOPLE: &str = include_str!("../../counterparts/slapd/people.ldif");

/// The entry below which everything is.
pub const SUFFIX: &str = "dc=lycee,dc=example,dc=fr";
/// The entry below which people are.
pub const BASE: &str = "ou=people,dc=lycee,dc=example,dc=fr";
/// An entry that refers to another directory.
pub const ELSEWHERE: &str = "ou=voisins,dc=lycee,dc=example,dc=fr";
/// The account that may look people up.
pub const ACCOUNT: &str = "cn=clau,ou=applications,dc=lycee,dc=example,dc=fr";
/// Its password.
pub const ACCOUNT_PASSWORD: &str = "looks-people-up";

/// How a directory is to be.
#[derive(Clone, Debug)]
pub struct Options {
    /// It takes a bind with a name and no password for one, of nobody (RFC 4513 §5.1.2).
    pub unauthenticated: bool,
    /// It has no certificate: neither ldaps nor StartTLS.
    pub in_clear: bool,
    /// Its certificate and key in PEM, where it is not to be a good one for `localhost`.
    pub certificate: Option<(String, String)>,
    /// The port on 127.0.0.1 of the directory that it refers to.
    pub referral: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            unauthenticated: false,
            in_clear: false,
            certificate: None,
            // Discard: nobody listens there.
            referral: 9,
        }
    }
}

/// A running directory.
#[derive(Debug)]
pub struct Slapd {
    process: Process,
    scratch: Scratch,
    tls_port: u16,
    port: u16,
    in_clear: bool,
}

impl Slapd {
    /// A directory as it should be.
    pub fn start() -> Self {
        Self::with(&Options::default())
    }

    /// A directory of another kind.
    pub fn with(options: &Options) -> Self {
        let scratch = Scratch::new("slapd");
        let files = ca::authority().localhost_files(&scratch);
        if let Some((certificate, key)) = &options.certificate {
            scratch.write("tls/localhost.pem", certificate);
            scratch.write("tls/localhost.key", key);
        }
        let path = |path: PathBuf| path.display().to_string();
        let tls = if options.in_clear {
            String::new()
        } else {
            format!(
                "TLSCACertificateFile {}\nTLSCertificateFile {}\nTLSCertificateKeyFile {}\n\
                 TLSVerifyClient never",
                path(files.ca),
                path(files.certificate),
                path(files.key)
            )
        };
        let allow = if options.unauthenticated {
            "allow bind_anon_dn"
        } else {
            ""
        };
        let settings = [
            ("SCRATCH", path(scratch.path().to_owned())),
            ("TLS", tls),
            ("ALLOW", allow.to_owned()),
            ("REFERRAL", options.referral.to_string()),
        ];
        scratch.write("ent.schema", SCHEMA);
        let configuration = scratch.write("slapd.conf", &fill_in(CONFIGURATION, &settings));
        let people = scratch.write("people.ldif", &fill_in(PEOPLE, &settings));
        scratch.shared_directory("data");
        // A copy of our own: where AppArmor confines the distribution's, it may not read our files.
        let program = scratch.join("slapd");
        copy_program(&find_program(&["slapd"], &[]), &program);
        let loaded = Command::new(&program)
            .args(["-T", "add", "-q", "-f"])
            .arg(&configuration)
            .arg("-l")
            .arg(&people)
            .output()
            .expect("slapd runs");
        assert!(
            loaded.status.success(),
            "slapadd: {}",
            String::from_utf8_lossy(&loaded.stderr)
        );
        let (tls_port, port) = (free_port(), free_port());
        let process = launch(&scratch, tls_port, port, options.in_clear);
        let slapd = Self {
            process,
            scratch,
            tls_port,
            port,
            in_clear: options.in_clear,
        };
        slapd.wait_until_ready();
        slapd
    }

    /// Its address with TLS from the beginning.
    pub fn ldaps(&self) -> String {
        format!("ldaps://localhost:{}", self.tls_port)
    }

    /// An agricultural school with the directory as its connector `annuaire`, for `clau apply`; whoever comes is made
    /// known as a teacher.
    pub fn as_school(&self) -> String {
        format!(
            r#"
[[structure]]
uai = "0320712R"
kind = "school"
name = "Lycée agricole d’Auch"
type = "LYCEE AGRICOLE"

[[connector]]
id = "annuaire"
name = "Lycée agricole d’Auch"
profile = "agriculture"
trust = {{ structures = ["0320712R"], profiles = ["National_ENS"] }}
create = {{ who = "everybody", profile = "National_ENS" }}
attributes = {{ family_name = ["sn"], given_name = ["givenName"] }}
[connector.ldap]
servers = ["{}"]
ca = """{}"""
bind_dn = "{}"
bind_password = "{}"
base = "{}"
"#,
            self.ldaps(),
            self.authority(),
            ACCOUNT,
            ACCOUNT_PASSWORD,
            BASE,
        )
    }

    /// Its address for StartTLS.
    pub fn ldap(&self) -> String {
        format!("ldap://localhost:{}", self.port)
    }

    /// The authority that its certificate is signed by, in PEM.
    pub fn authority(&self) -> &'static str {
        Authority::pem(ca::authority())
    }

    /// The running server: to freeze it (`STOP`, `CONT`), or to read its log.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// What it has logged, over restarts: a line or two for each operation.
    pub fn log(&self) -> String {
        self.process.log()
    }

    /// Stops it. Its data stay.
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// Starts it again on the same ports.
    pub fn restart(&mut self) {
        self.process.stop();
        self.process = launch(&self.scratch, self.tls_port, self.port, self.in_clear);
        self.wait_until_ready();
    }

    /// Whom it takes somebody for who says a name and a password, by the distribution's own client.
    pub fn who_am_i(&self, dn: &str, password: &str) -> Result<String, String> {
        let output = Command::new(find_program(&["ldapwhoami"], &[]))
            // By number: this client takes `localhost` for the machine's own name.
            .args(["-x", "-H", &format!("ldaps://127.0.0.1:{}", self.tls_port)])
            .args(["-D", dn, "-w", password])
            .env("LDAPTLS_CACERT", self.scratch.join("tls/ca.pem"))
            .output()
            .expect("ldapwhoami runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(text(&output.stderr))
        }
    }

    fn wait_until_ready(&self) {
        self.process.wait_for_port(self.port);
        if !self.in_clear {
            self.process.wait_for_port(self.tls_port);
        }
    }
}

fn launch(scratch: &Scratch, tls_port: u16, port: u16, in_clear: bool) -> Process {
    let mut addresses = format!("ldap://127.0.0.1:{port}/");
    if !in_clear {
        addresses.push_str(&format!(" ldaps://127.0.0.1:{tls_port}/"));
    }
    Launch::new("slapd", scratch.join("slapd"))
        // In the foreground, with a line for each operation.
        .args(["-d", "stats", "-h", &addresses, "-f"])
        .args([scratch.join("slapd.conf")])
        .start(scratch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_its_people_after_a_restart() {
        let mut slapd = Slapd::start();
        let dn = format!("uid=b.delmas,{BASE}");
        assert_eq!(
            slapd.who_am_i(&dn, "garonne-et-gers"),
            Ok(format!("dn:{dn}"))
        );
        slapd.restart();
        assert!(slapd.who_am_i(&dn, "garonne").is_err());
        assert_eq!(
            slapd.who_am_i(ACCOUNT, ACCOUNT_PASSWORD),
            Ok(format!("dn:{ACCOUNT}"))
        );
    }
}

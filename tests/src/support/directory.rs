//! The directory of an agricultural lycée in the demo region: the distribution's slapd, if it is installed, with
//! the people of the generated feed (`clau_tests::upstreams::ldif`). Filled anew at each start.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::ca::TlsFiles;
use super::process::{Launch, Process, Scratch, copy_program, find_program};
use crate::upstreams::ldif::{READER, SUFFIX};

/// Where distributions put it.
const PROGRAM: &str = "/usr/sbin/slapd";

/// A running directory.
#[derive(Debug)]
pub struct Directory {
    process: Process,
}

impl Directory {
    /// Whether there is a slapd on this machine.
    pub fn is_installed() -> bool {
        PathBuf::from(PROGRAM).is_file()
    }

    /// A directory with what `ldif` says, on `port` by TLS. Everything of it is in `scratch`.
    pub fn start(port: u16, scratch: &Scratch, tls: &TlsFiles, ldif: &str) -> Self {
        let folder = scratch.join("directory");
        // Missing is as good as removed.
        let _ = fs::remove_dir_all(&folder);
        let data = scratch.shared_directory("directory/data");
        let people = scratch.write("directory/people.ldif", ldif);
        let configuration = format!(
            "include /etc/ldap/schema/core.schema\n\
             include /etc/ldap/schema/cosine.schema\n\
             include /etc/ldap/schema/inetorgperson.schema\n\
             modulepath /usr/lib/ldap\n\
             moduleload back_mdb\n\
             pidfile {folder}/slapd.pid\n\
             argsfile {folder}/slapd.args\n\
             TLSCACertificateFile {ca}\n\
             TLSCertificateFile {certificate}\n\
             TLSCertificateKeyFile {key}\n\
             TLSVerifyClient never\n\
             security simple_bind=128\n\
             database mdb\n\
             maxsize 10485760\n\
             suffix \"{SUFFIX}\"\n\
             directory {data}\n\
             access to attrs=userPassword by anonymous auth by * none\n\
             access to * by dn.exact=\"{READER}\" read by anonymous auth by * none\n",
            folder = folder.display(),
            ca = tls.ca.display(),
            certificate = tls.certificate.display(),
            key = tls.key.display(),
            data = data.display(),
        );
        let configuration = scratch.write("directory/slapd.conf", &configuration);
        // A copy of our own: where AppArmor confines the distribution's, it may not read our files.
        let program = folder.join("slapd");
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
        let process = Launch::new("directory", &program)
            .args([
                "-d",
                "stats",
                "-h",
                &format!("ldaps://127.0.0.1:{port}/"),
                "-f",
            ])
            .args([&configuration])
            .start(scratch);
        process.wait_for_port(port);
        Self { process }
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.process.log()
    }
}

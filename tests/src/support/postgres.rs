//! A private PostgreSQL cluster: one for each test process, a fresh database for whoever asks. Durability
//! is off; the tests restart it, they do not cut its power.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::process::{Launch, Process, Scratch, find_program, free_port, is_root};

/// A running cluster.
#[derive(Debug)]
pub struct Postgres {
    process: Process,
    scratch: Scratch,
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
}

/// The cluster all tests of this process share.
pub fn shared() -> &'static Postgres {
    static SHARED: OnceLock<Postgres> = OnceLock::new();
    SHARED.get_or_init(Postgres::start)
}

impl Postgres {
    /// A cluster of its own, for tests that stop or freeze it.
    pub fn start() -> Self {
        let scratch = Scratch::new("postgres");
        let programs = installed_programs();
        // initdb makes and owns the directory itself.
        let data = scratch.shared_directory("cluster").join("data");
        let initdb = as_owner(programs.join("initdb"))
            .arg("--pgdata")
            .arg(&data)
            .args([
                "--username=clau",
                "--auth=trust",
                "--no-sync",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ])
            .current_dir(scratch.path())
            .output()
            .expect("initdb runs");
        assert!(
            initdb.status.success(),
            "initdb failed:\n{}",
            String::from_utf8_lossy(&initdb.stderr)
        );
        let port = free_port();
        let process = launch(&programs, &data, port).start(&scratch);
        let postgres = Self {
            process,
            scratch,
            programs,
            port,
            databases: AtomicU32::new(0),
        };
        postgres.wait_until_ready();
        postgres
    }

    /// Creates an empty database and says its URL.
    pub fn fresh_database(&self) -> String {
        let name = format!("clau_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        format!("postgres://clau@127.0.0.1:{}/{name}", self.port)
    }

    /// Runs SQL in a database as its owner and gives the rows, one a line, columns separated by `|`.
    pub fn sql(&self, database: &str, statements: &str) -> String {
        let output = Command::new(self.programs.join("psql"))
            .args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
            ])
            .args(["--host=127.0.0.1", "--username=clau"])
            .arg(format!("--port={}", self.port))
            .arg(format!("--dbname={database}"))
            .arg(format!("--command={statements}"))
            .output()
            .expect("psql runs");
        assert!(
            output.status.success(),
            "{statements}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Its port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The running server: to freeze it, or to read its log.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Stops it, connections and all. Its data stay.
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// Starts it again on the same port.
    pub fn restart(&mut self) {
        self.process.stop();
        self.process = launch(
            &self.programs,
            &self.scratch.join("cluster/data"),
            self.port,
        )
        .start(&self.scratch);
        self.wait_until_ready();
    }

    fn wait_until_ready(&self) {
        self.process.wait_until(|| {
            let ready = Command::new(self.programs.join("pg_isready"))
                .args(["--quiet", "--host=127.0.0.1"])
                .arg(format!("--port={}", self.port))
                .stderr(Stdio::null())
                .status();
            ready.is_ok_and(|status| status.success()).then_some(())
        });
    }
}

fn launch(programs: &Path, data: &Path, port: u16) -> Launch {
    let server = programs.join("postgres");
    let launch = if is_root() {
        // PostgreSQL refuses to run as root.
        Launch::new("postgres", "setpriv")
            .args([
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "--",
            ])
            .args([server])
    } else {
        Launch::new("postgres", server)
    };
    // SIGINT: fast shutdown, without waiting for the hub's idle connections.
    launch
        .ended_by("INT")
        .args(["-D".as_ref(), data.as_os_str()])
        .args([
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
        ])
        .args(["-c", &format!("port={port}")])
        .args([
            "-c",
            "fsync=off",
            "-c",
            "full_page_writes=off",
            "-c",
            "shared_buffers=32MB",
        ])
        .args(["-c", "max_connections=200", "-c", "log_statement=none"])
}

/// A command run as the user who owns the cluster.
fn as_owner(program: PathBuf) -> Command {
    if is_root() {
        let mut command = Command::new("setpriv");
        command
            .args([
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                "--",
            ])
            .arg(program);
        command
    } else {
        Command::new(program)
    }
}

/// The newest installed version's programs: Debian keeps them off the PATH.
fn installed_programs() -> PathBuf {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .filter(|(_, programs): &(u32, PathBuf)| programs.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().map_or_else(
        || {
            let initdb = find_program(&["initdb"], &[]);
            initdb.parent().map(Path::to_owned).unwrap_or_default()
        },
        |(_, programs)| programs,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_database_is_empty_and_survives_a_restart() {
        let mut postgres = Postgres::start();
        let url = postgres.fresh_database();
        let name = url.rsplit('/').next().unwrap().to_owned();
        assert_ne!(url, postgres.fresh_database());
        postgres.sql(
            &name,
            "CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)",
        );
        postgres.restart();
        assert_eq!(postgres.sql(&name, "SELECT n FROM kept").trim(), "7");
    }
}

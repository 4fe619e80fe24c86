//! A hub for measuring, and what its process has used: processor time and memory, as the kernel
//! counts them.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clau_tests::support::process::{Launch, Process, Scratch, free_port, target_directory};

/// Hundredths of a second, the kernel's unit in `/proc/PID/stat` on every Linux we know.
const TICK: Duration = Duration::from_millis(10);

/// Everybody's password.
pub(crate) const PASSWORD: &str = "trottinette verte du matin";

/// A hub on plain HTTP and a SQLite file: what is measured is the hub, not TLS.
pub(crate) struct Machine {
    pub(crate) process: Process,
    pub(crate) base: String,
    scratch: Scratch,
    configuration: PathBuf,
}

impl Machine {
    /// A hub with `people` pupils `eleve.n0`, `eleve.n1`, … and one service.
    pub(crate) async fn with_people(people: usize) -> Self {
        let machine = Self::prepare();
        let mut text = String::from(
            "[[structure]]\nuai = \"0310001A\"\nkind = \"school\"\nname = \"Collège\"\n\
             [[service]]\nid = \"banc\"\nname = \"Banc\"\naccess = [{}]\n\
             release = { attributes = [\"login\", \"profile\", \"family_name\", \"given_name\", \"structures\", \"classes\"] }\n\
             [service.cas]\nurls = [\"http://localhost/\"]\nprofile = \"standard\"\nlogout = { style = \"none\" }\n",
        );
        // One hash for all: hashing thousands of them is not what is measured.
        let hash = clau_tests::support::hub::hash_of(PASSWORD);
        for number in 0..people {
            text.push_str(&format!(
                "[[person]]\nlogin = \"eleve.n{number}\"\ngiven_name = \"Élève\"\nfamily_name = \"N{number}\"\n\
                 password_hash = \"{hash}\"\n\
                 affiliation = [{{ structure = \"0310001A\", profile = \"National_ELV\", classes = [\"5B\"], level = \"5EME\" }}]\n"
            ));
        }
        let file = machine.scratch.write("people.toml", &text);
        machine.run(&["apply", &file.display().to_string()]);
        machine.serve().await
    }

    /// A configuration and nothing running.
    pub(crate) fn prepare() -> Prepared {
        let scratch = Scratch::new("bench");
        let port = free_port();
        let text = format!(
            "[server]\nbase_url = \"http://localhost:{port}\"\nlisten = \"127.0.0.1:{port}\"\n\
             metrics_listen = \"127.0.0.1:{}\"\n[database]\nurl = \"sqlite:{}\"\n\
             [login]\ncharter_version = \"\"\n[log]\nlevel = \"warn\"\n",
            free_port(),
            scratch.join("clau.db").display()
        );
        let configuration = scratch.write("clau.toml", &text);
        Prepared { scratch, configuration, base: format!("http://localhost:{port}") }
    }

    /// Processor time used so far.
    pub(crate) fn cpu(&self) -> Duration {
        cpu_of(self.process.pid())
    }

    /// A figure of `/proc/PID/status` in kilobytes: `VmRSS`, `VmHWM`.
    pub(crate) fn memory(&self, name: &str) -> u64 {
        memory_of(self.process.pid(), name).unwrap_or(0)
    }
}

/// A configured hub that does not run yet.
pub(crate) struct Prepared {
    pub(crate) scratch: Scratch,
    configuration: PathBuf,
    pub(crate) base: String,
}

impl Prepared {
    /// Runs a command of the hub to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = std::process::Command::new(program("clau"))
            .arg("--config")
            .arg(&self.configuration)
            .args(arguments)
            .output()
            .expect("clau runs");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "clau {arguments:?}: {text}");
        text
    }

    /// Starts a command of the hub and lets it run, watching its peak memory; seconds and kilobytes.
    pub(crate) fn watch(&self, arguments: &[&str]) -> (Duration, u64) {
        let began = Instant::now();
        let mut child = std::process::Command::new(program("clau"))
            .arg("--config")
            .arg(&self.configuration)
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("clau runs");
        let mut peak = 0;
        loop {
            peak = peak.max(memory_of(child.id(), "VmHWM").unwrap_or(0));
            if let Some(status) = child.try_wait().expect("a child") {
                assert!(status.success(), "clau {arguments:?}: {status}");
                return (began.elapsed(), peak);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Starts the hub and waits until it is ready.
    pub(crate) async fn serve(self) -> Machine {
        let launch = Launch::new("clau", program("clau"))
            .args(["--config".as_ref(), self.configuration.as_os_str(), "serve".as_ref()]);
        let process = launch.start(&self.scratch);
        let ready = format!("{}/health/ready", self.base);
        while reqwest::get(&ready).await.is_ok_and(|answer| answer.status().is_success()) == false {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let Self { scratch, configuration, base } = self;
        Machine { process, base, scratch, configuration }
    }
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}, {})", self.base, self.configuration.display(), self.scratch.path().display())
    }
}

/// A program of the workspace, as released.
pub(crate) fn program(name: &str) -> PathBuf {
    let program = target_directory().join(name);
    assert!(program.exists(), "{} is not built", program.display());
    program
}

/// Processor time of a process, user and system.
pub(crate) fn cpu_of(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Fields 14 and 15; the second one may hold spaces and ends with the last parenthesis.
    let after = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let ticks: u32 = after.split(' ').skip(11).take(2).filter_map(|n| n.parse::<u32>().ok()).sum();
    TICK * ticks
}

fn memory_of(pid: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

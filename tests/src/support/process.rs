//! Child processes on a leash, scratch directories, free ports and waiting for a condition. Owns how a
//! counterpart is started and ended; knows nothing of any one of them.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

/// How long a counterpart may take to become ready. Generous: two cores may be compiling next door.
pub const START_LIMIT: Duration = Duration::from_secs(60);

const LEASH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/counterparts/leash");

/// A directory of one instance's data and logs, removed when dropped. Readable by other users: Apache
/// and PostgreSQL step down from root.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    keep: bool,
}

impl Scratch {
    /// A fresh directory with `name` in its path.
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("clau-tests-{}-{number}-{name}", std::process::id()));
        // A failed test's logs are worth more than a clean /tmp to whoever asks for them.
        let keep = std::env::var_os("CLAU_TESTS_KEEP").is_some();
        let scratch = Self { path, keep };
        scratch.directory_at(scratch.path());
        set_mode(scratch.path(), 0o755);
        if keep {
            eprintln!("kept: {}", scratch.path().display());
        }
        scratch
    }

    /// A directory that stays: what is in it is found again by the next run.
    pub fn lasting(path: PathBuf) -> Self {
        let scratch = Self { path, keep: true };
        scratch.directory_at(scratch.path());
        scratch
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path of `name` in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes `content` to `name` in it and says where that is.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.join(name);
        if let Some(parent) = path.parent() {
            self.directory_at(parent);
        }
        fs::write(&path, content)
            .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        set_mode(&path, 0o644);
        path
    }

    /// A directory in it that any user may write to.
    pub fn shared_directory(&self, name: &str) -> PathBuf {
        let path = self.join(name);
        self.directory_at(&path);
        set_mode(&path, 0o777);
        path
    }

    fn directory_at(&self, path: &Path) {
        fs::create_dir_all(path)
            .unwrap_or_else(|error| panic!("cannot make {}: {error}", path.display()));
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

pub(super) fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .unwrap_or_else(|error| panic!("cannot set the mode of {}: {error}", path.display()));
}

/// What to start and how to end it.
#[derive(Clone, Debug)]
pub struct Launch {
    name: String,
    program: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    signal: &'static str,
}

impl Launch {
    /// `program`, called `name` in messages, ended by SIGTERM.
    pub fn new(name: &str, program: impl AsRef<OsStr>) -> Self {
        Self {
            name: name.to_owned(),
            program: program.as_ref().to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            signal: "TERM",
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(
            arguments
                .into_iter()
                .map(|argument| argument.as_ref().to_owned()),
        );
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment
            .push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// Ends it by another signal (`INT`, `QUIT`, …).
    #[must_use]
    pub fn ended_by(mut self, signal: &'static str) -> Self {
        self.signal = signal;
        self
    }

    /// Starts it. Its output goes to `NAME.log` in `scratch`; when our own process ends first, it is
    /// ended and `scratch` removed.
    pub fn start(&self, scratch: &Scratch) -> Process {
        let log = scratch.join(&format!("{}.log", self.name));
        // What is to be kept is not removed behind our back either.
        let removed = if scratch.keep {
            Path::new("")
        } else {
            scratch.path()
        };
        let mut child = Command::new(LEASH)
            .arg(self.signal)
            .arg(removed)
            .arg(&log)
            .arg(&self.program)
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C on a terminal goes to every process of our group: the leash has to outlive us.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {LEASH}: {error}"));
        let leash = child.stdin.take();
        let mut first = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output)
                .read_line(&mut first)
                .expect("the leash says the process id");
        }
        let pid = first
            .trim()
            .parse()
            .unwrap_or_else(|_| panic!("the leash of {} did not say a process id", self.name));
        Process {
            name: self.name.clone(),
            child,
            leash,
            pid,
            log,
        }
    }
}

/// A running child process; ended, with all it started, when dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    leash: Option<ChildStdin>,
    pid: u32,
    log: PathBuf,
}

impl Process {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// All it has written so far, on both outputs.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// Whether it has not ended yet.
    pub fn is_running(&self) -> bool {
        // A process that ended is reaped by its leash at once, so an entry means it runs.
        Path::new("/proc").join(self.pid.to_string()).exists()
    }

    /// Sends a signal: `KILL`, `STOP`, `CONT`, `TERM`…
    pub fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args(["-s", signal, &self.pid.to_string()])
            .status()
            .expect("kill is part of every system");
        assert!(status.success(), "cannot send SIG{signal} to {}", self.name);
    }

    /// Freezes it and all that it has started, as a machine that hangs: connections are taken and nobody answers.
    pub fn pause(&self) {
        self.signal_all("STOP");
    }

    /// Lets it go on after [`Self::pause`].
    pub fn resume(&self) {
        self.signal_all("CONT");
    }

    /// Sends a signal to everything in its process group, which the leash has made.
    fn signal_all(&self, signal: &str) {
        let status = Command::new("kill")
            .args(["-s", signal, "--", &format!("-{}", self.pid)])
            .status()
            .expect("kill is part of every system");
        assert!(
            status.success(),
            "cannot send SIG{signal} to all of {}",
            self.name
        );
    }

    /// Ends it at once, as a power cut would, and waits until it is gone.
    pub fn kill(&mut self) {
        if self.is_running() {
            self.signal("KILL");
        }
        self.stop();
    }

    /// Ends it by its own signal and waits until it and all it started are gone. Its data stay.
    pub fn stop(&mut self) {
        let Some(mut leash) = self.leash.take() else {
            return;
        };
        let _ = leash.write_all(b"keep\n");
        drop(leash);
        let _ = self.child.wait();
    }

    /// Waits until `ready` gives something; panics with the log when the process ends before, or takes
    /// too long.
    pub fn wait_until<T>(&self, ready: impl FnMut() -> Option<T>) -> T {
        self.wait_at_most(START_LIMIT, ready)
    }

    fn wait_at_most<T>(&self, limit: Duration, mut ready: impl FnMut() -> Option<T>) -> T {
        let start = Instant::now();
        loop {
            if let Some(outcome) = ready() {
                return outcome;
            }
            let reason = if !self.is_running() {
                "ended at once"
            } else if start.elapsed() > limit {
                "is not ready in time"
            } else {
                thread::sleep(POLL);
                continue;
            };
            panic!("{} {reason}. Its log:\n{}", self.name, self.log());
        }
    }

    /// Waits until it accepts connections on the loopback port `port`.
    pub fn wait_for_port(&self, port: u16) {
        self.wait_until(|| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

const POLL: Duration = Duration::from_millis(20);

/// Asks again and again until `probe` gives something, at most for `limit`; `what` is named when it
/// never does.
pub async fn eventually<T>(
    what: &str,
    limit: Duration,
    mut probe: impl AsyncFnMut() -> Option<T>,
) -> T {
    let start = Instant::now();
    loop {
        if let Some(outcome) = probe().await {
            return outcome;
        }
        assert!(
            start.elapsed() <= limit,
            "did not happen within {limit:?}: {what}"
        );
        tokio::time::sleep(POLL).await;
    }
}

/// A loopback port nobody listens on, never given out twice by this process. Below the range the kernel
/// takes for outgoing connections, so that nobody gets it by chance before its server binds it.
pub fn free_port() -> u16 {
    static TAKEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 22_000;
    let mut taken = TAKEN.lock().unwrap_or_else(PoisonError::into_inner);
    // Test binaries that run at the same time start at different places.
    let start = std::process::id().wrapping_mul(7_919) % COUNT;
    (0..COUNT)
        .filter_map(|step| u16::try_from(FIRST + (start + step) % COUNT).ok())
        .find(|&port| !taken.contains(&port) && is_free(port) && taken.insert(port))
        .expect("some port between 10000 and 31999 is free")
}

/// Bound to look, and never listening: what another thread starts holds a copy until it is a program of its own, and
/// a copy that listens would keep the server out that the port is for.
fn is_free(port: u16) -> bool {
    let looked = TcpSocket::new_v4().and_then(|socket| {
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, port).into())
    });
    looked.is_ok()
}

/// Whether we are root: then servers that refuse to run as root are started as their own users.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

/// The first of `names` found on the PATH, in `/usr/sbin` or in one of `directories`.
pub fn find_program(names: &[&str], directories: &[PathBuf]) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> = directories.to_vec();
    places.extend(std::env::split_paths(&path));
    places.push(PathBuf::from("/usr/sbin"));
    names
        .iter()
        .flat_map(|name| places.iter().map(move |place| place.join(name)))
        .find(|candidate| candidate.is_file())
        .unwrap_or_else(|| {
            panic!(
                "{} is not installed; run tests/counterparts/install",
                names.join(" or ")
            )
        })
}

/// A copy of `program` that can be run. Made by a process of its own: a file that this one has open for writing
/// would be in the hands of whatever another thread starts at that moment, and nobody can run it then (ETXTBSY).
pub fn copy_program(program: &Path, to: &Path) {
    let copied = Command::new("cp").arg(program).arg(to).status();
    assert!(
        copied.is_ok_and(|status| status.success()),
        "cannot copy {}",
        program.display()
    );
    set_mode(to, 0o755);
}

/// The target directory of this build: the test binary is in it. Known by what cargo writes into every
/// one of them; its CACHEDIR.TAG is missing where the directory was there before cargo.
pub fn target_directory() -> PathBuf {
    let executable = std::env::current_exe().expect("the system names our executable");
    executable
        .ancestors()
        .find(|directory| directory.join(".rustc_info.json").exists())
        .unwrap_or_else(|| panic!("{} is not in a target directory", executable.display()))
        .to_owned()
}

/// What `tests/counterparts/install` put under the target directory.
pub fn counterpart(name: &str) -> PathBuf {
    let path = target_directory().join("counterparts").join(name);
    assert!(
        path.exists(),
        "{} is missing; run tests/counterparts/install",
        path.display()
    );
    path
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn a_dropped_process_takes_what_it_started_with_it() {
        let scratch = Scratch::new("leash");
        let pids = scratch.join("pids");
        // The grandchild leaves the process group, as a browser's processes do.
        let script = format!(
            "set -m; sleep 600 & echo $! > {0}.new; mv {0}.new {0}; wait",
            pids.display()
        );
        let process = Launch::new("family", "bash")
            .args(["-c", &script])
            .start(&scratch);
        let grandchild = process
            .wait_until(|| fs::read_to_string(&pids).ok())
            .trim()
            .to_owned();
        assert!(runs(&grandchild));
        drop(process);
        assert!(!runs(&grandchild));
        assert!(scratch.path().exists(), "a deliberate stop keeps the data");
    }

    /// Whether a process exists and is more than a zombie that nobody has reaped.
    fn runs(pid: &str) -> bool {
        fs::read_to_string(Path::new("/proc").join(pid).join("stat"))
            .is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn the_leash_cleans_up_when_the_test_process_dies() {
        let scratch = Scratch::new("orphan");
        let mut process = Launch::new("sleep", "sleep").args(["600"]).start(&scratch);
        // The end of our process closes the pipe without a word.
        drop(process.leash.take());
        process.child.wait().expect("the leash ends");
        assert!(!process.is_running());
        assert!(!scratch.path().exists());
    }

    #[test]
    fn ports_are_given_out_once() {
        let ports: BTreeSet<u16> = (0..50).map(|_| free_port()).collect();
        assert_eq!(ports.len(), 50);
    }

    #[test]
    fn a_free_port_is_free_while_other_threads_start_programs() {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        Command::new("true").status().expect("it runs");
                    }
                });
            }
            let bound = (0..400).filter(|_| {
                let port = free_port();
                TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
            });
            let bound = bound.count();
            over.store(true, Ordering::Relaxed);
            assert_eq!(bound, 400);
        });
    }
}

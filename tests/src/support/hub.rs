//! The hub itself, as processes of the real `clau` program: one node or several behind a balancer, on
//! SQLite with the embedded ticket store or on PostgreSQL with Redis. Knows the configuration file and
//! the command line; nothing of what is inside.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use reqwest::StatusCode;

use super::balancer::Balancer;
use super::ca;
use super::http::{Answer, Visitor};
use super::process::{
    Launch, Process, START_LIMIT, Scratch, eventually, free_port, target_directory,
};

/// How long a line may be on its way to the log.
const LOG_LIMIT: Duration = Duration::from_secs(10);

/// What a hub stands on.
#[derive(Clone, Debug)]
pub enum Stores {
    /// One SQLite file for everything.
    Embedded,
    /// A PostgreSQL database and a Redis database, by their URLs.
    Shared {
        /// `postgres://…`
        database: String,
        /// `redis://…`
        tickets: String,
    },
}

/// A hub to be started.
#[derive(Clone, Debug)]
pub struct Setup {
    stores: Stores,
    nodes: usize,
    port: u16,
    feeds: Vec<(String, PathBuf)>,
    applied: Vec<String>,
    settings: String,
    charter: String,
    plain: bool,
}

impl Setup {
    /// One node on `stores`.
    pub fn new(stores: Stores) -> Self {
        Self {
            stores,
            nodes: 1,
            port: free_port(),
            feeds: Vec::new(),
            applied: Vec::new(),
            settings: String::new(),
            charter: String::new(),
            plain: false,
        }
    }

    /// Several nodes behind one address.
    #[must_use]
    pub fn nodes(mut self, nodes: usize) -> Self {
        self.nodes = nodes;
        self
    }

    /// Imports the feed in `directory` as the one of `source`, before anything is applied.
    #[must_use]
    pub fn importing(mut self, source: &str, directory: &Path) -> Self {
        let feed = (source.to_owned(), directory.to_owned());
        self.feeds.push(feed);
        self
    }

    /// Registers what a TOML text for `clau apply` says before the first node starts.
    #[must_use]
    pub fn applying(mut self, toml: impl Into<String>) -> Self {
        self.applied.push(toml.into());
        self
    }

    /// Adds sections to the configuration file.
    #[must_use]
    pub fn configured(mut self, toml: &str) -> Self {
        self.settings.push_str(toml);
        self.settings.push('\n');
        self
    }

    /// Speaks plain HTTP: for measures that TLS would only blur.
    #[must_use]
    pub fn plain(mut self) -> Self {
        self.plain = true;
        self
    }

    /// Asks everybody to accept a charter at their first login. Without this, nobody is asked.
    #[must_use]
    pub fn charter(mut self, version: &str) -> Self {
        version.clone_into(&mut self.charter);
        self
    }

    /// The port of the hub's base address, known before it starts.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Starts every node and waits until each says it is ready.
    pub async fn start(self) -> Hub {
        let scratch = Scratch::new("hub");
        let ports: Vec<u16> = if self.nodes == 1 {
            vec![self.port]
        } else {
            (0..self.nodes).map(|_| free_port()).collect()
        };
        let mut hub = Hub {
            nodes: Vec::new(),
            base: self.base(),
            port: self.port,
            _balancer: None,
            scratch,
        };
        let tls = ca::authority().localhost_files(&hub.scratch);
        for (number, &port) in ports.iter().enumerate() {
            let metrics_port = free_port();
            let text = self.configuration(&hub.scratch, &tls, [port, metrics_port]);
            let configuration = hub.scratch.write(&format!("clau-{number}.toml"), &text);
            hub.nodes.push(Node {
                configuration,
                port,
                metrics_port,
                process: None,
                starts: 0,
            });
        }
        for (source, directory) in &self.feeds {
            let directory = directory.to_string_lossy();
            hub.run(&["import", "aaf", &directory, "--source", source]);
        }
        for (number, toml) in self.applied.iter().enumerate() {
            hub.apply(&format!("region-{number}.toml"), toml);
        }
        // All at once: migrations must be safe when several nodes start on an empty database.
        for number in 0..hub.nodes.len() {
            hub.launch(number);
        }
        for number in 0..hub.nodes.len() {
            hub.wait_until_ready(number).await;
        }
        if self.nodes > 1 {
            hub._balancer = Some(Balancer::start(self.port, ports).await);
        }
        hub
    }

    fn base(&self) -> String {
        let scheme = if self.plain { "http" } else { "https" };
        format!("{scheme}://localhost:{}", self.port)
    }

    fn configuration(&self, scratch: &Scratch, tls: &ca::TlsFiles, ports: [u16; 2]) -> String {
        let [listen, metrics] = ports;
        let configuration = Configuration {
            base: &self.base(),
            listen,
            metrics,
            stores: &self.stores,
            tls,
            data: scratch.path(),
            charter: &self.charter,
        };
        // Every node needs the same master key. For tests only, never for people.
        let key = scratch.join("master.key");
        if !key.exists() {
            scratch.write("master.key", &"5c".repeat(32));
            super::process::set_mode(&key, 0o600);
        }
        format!("{configuration}\n{}", self.settings)
    }
}

/// The configuration file of one node; its text is what `Display` writes.
#[derive(Clone, Copy, Debug)]
pub struct Configuration<'a> {
    /// Base address. The hub speaks TLS itself when it begins with `https`.
    pub base: &'a str,
    /// Port the node listens on.
    pub listen: u16,
    /// Port of the metrics.
    pub metrics: u16,
    /// What the hub stands on.
    pub stores: &'a Stores,
    /// Its certificate, and the authority that services on this machine are certified by.
    pub tls: &'a ca::TlsFiles,
    /// Where `master.key` is, and `clau.db` if there is one.
    pub data: &'a Path,
    /// Version of the charter that people accept at their first login; empty for none.
    pub charter: &'a str,
}

impl fmt::Display for Configuration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            base,
            listen,
            metrics,
            stores,
            tls,
            data,
            charter,
        } = self;
        writeln!(f, "[server]")?;
        writeln!(f, "base_url = \"{base}\"")?;
        writeln!(f, "listen = \"127.0.0.1:{listen}\"")?;
        writeln!(f, "metrics_listen = \"127.0.0.1:{metrics}\"")?;
        if base.starts_with("https:") {
            writeln!(f, "tls_cert = {:?}", tls.certificate)?;
            writeln!(f, "tls_key = {:?}", tls.key)?;
        }
        writeln!(
            f,
            "\n[secrets]\nmaster_key_file = {:?}",
            data.join("master.key")
        )?;
        match stores {
            Stores::Embedded => {
                let file = data.join("clau.db");
                writeln!(f, "\n[database]\nurl = \"sqlite:{}\"", file.display())?;
            }
            Stores::Shared { database, tickets } => {
                writeln!(f, "\n[database]\nurl = {database:?}")?;
                writeln!(f, "\n[tickets]\nstore = \"redis\"\nredis_url = {tickets:?}")?;
                // Hubs share a Redis in tests; the port of the base address tells them apart.
                let port = base.rsplit(':').next().unwrap_or_default();
                writeln!(f, "redis_prefix = \"clau-{port}\"")?;
            }
        }
        writeln!(f, "\n[login]\ncharter_version = {charter:?}")?;
        // Services are on this machine, certified by an authority of its own.
        writeln!(f, "\n[outbound]")?;
        writeln!(f, "extra_ca = {:?}", tls.ca)?;
        writeln!(f, "allow_networks = [\"127.0.0.0/8\", \"::1/128\"]")?;
        // By it a publisher of the GAR knows the region.
        writeln!(f, "\n[saml]\ngar_ent_id = \"RegionDemo\"")
    }
}

/// A running hub.
#[derive(Debug)]
pub struct Hub {
    nodes: Vec<Node>,
    base: String,
    port: u16,
    _balancer: Option<Balancer>,
    scratch: Scratch,
}

#[derive(Debug)]
struct Node {
    configuration: PathBuf,
    port: u16,
    metrics_port: u16,
    process: Option<Process>,
    starts: u32,
}

impl Hub {
    /// An address of the hub: `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The address at which `/cas/login` sends a visitor to a service.
    pub fn cas_login(&self, service: &str) -> String {
        let query = [("service", service)];
        reqwest::Url::parse_with_params(&self.url("/cas/login"), query)
            .expect("our own address")
            .into()
    }

    /// The port of its base address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// A visitor who reaches one certain node under the base address.
    pub fn visitor_at(&self, node: usize) -> Visitor {
        Visitor::routed(self.port, self.node(node).port)
    }

    /// The same browser on its way to a certain node.
    pub fn move_to(&self, visitor: &Visitor, node: usize) -> Visitor {
        visitor.moved(self.port, self.node(node).port)
    }

    /// Signs a visitor in on the login page and gives what comes after it, redirects not followed.
    pub async fn log_in(&self, visitor: &Visitor, username: &str, password: &str) -> Answer {
        self.log_in_at(visitor, &self.url("/login"), username, password)
            .await
    }

    /// Opens `url`, which must lead to the login page, signs in there and gives what comes after it,
    /// redirects not followed.
    pub async fn log_in_at(
        &self,
        visitor: &Visitor,
        url: &str,
        username: &str,
        password: &str,
    ) -> Answer {
        let page = visitor.follow(url).await;
        assert_eq!(
            page.status,
            StatusCode::OK,
            "{url} leads to {}: {}",
            page.url,
            page.text()
        );
        let form = page
            .form_with("password")
            .with("username", username)
            .with("password", password);
        visitor.submit(&form).await
    }

    /// Signs a visitor in and panics unless the portal opens.
    pub async fn signed_in(&self, visitor: &Visitor, username: &str, password: &str) {
        let answer = self.log_in(visitor, username, password).await;
        let page = visitor.follow_on(answer).await;
        assert!(
            page.status == StatusCode::OK && !page.forms().iter().any(|form| form.has("password")),
            "{username} is not let in: {} {}\n{}",
            page.status,
            page.url,
            page.text()
        );
    }

    /// Signs a visitor out as the button does, confirmation and all; gives the last page.
    pub async fn log_out(&self, visitor: &Visitor) -> Answer {
        let page = visitor.follow(self.url("/logout")).await;
        let confirmation = page
            .forms()
            .into_iter()
            .find(|form| form.method == "post" && form.action.path().contains("logout"));
        match confirmation {
            Some(form) => {
                let answer = visitor.submit(&form).await;
                visitor.follow_on(answer).await
            }
            None => page,
        }
    }

    /// Runs `clau` with this hub's configuration.
    pub fn command(&self, arguments: &[&str]) -> Output {
        Command::new(program("clau"))
            .arg("--config")
            .arg(&self.node(0).configuration)
            .args(arguments)
            .current_dir(self.scratch.path())
            .output()
            .expect("clau runs")
    }

    /// Runs `clau` with this hub's configuration; panics unless it succeeds; gives what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments);
        assert!(
            output.status.success(),
            "clau {arguments:?} failed:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Registers what a TOML text for `clau apply` says.
    pub fn apply(&self, name: &str, toml: &str) -> String {
        let file = self.scratch.write(name, toml);
        self.run(&["apply", &file.to_string_lossy()])
    }

    /// The configuration file of the first node.
    pub fn configuration(&self) -> &Path {
        &self.node(0).configuration
    }

    /// A directory for a test's own files, gone with the hub.
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// Kills a node as a power cut would.
    pub fn kill(&mut self, node: usize) {
        if let Some(mut process) = self.node_mut(node).process.take() {
            process.kill();
        }
    }

    /// Asks a node to stop and waits until it has.
    pub fn stop(&mut self, node: usize) {
        if let Some(mut process) = self.node_mut(node).process.take() {
            process.stop();
        }
    }

    /// Starts a node that was stopped or killed, and waits until it is ready.
    pub async fn start(&mut self, node: usize) {
        self.launch(node);
        self.wait_until_ready(node).await;
    }

    /// The running process of a node.
    pub fn process(&self, node: usize) -> &Process {
        self.node(node)
            .process
            .as_ref()
            .unwrap_or_else(|| panic!("node {node} of the hub is stopped"))
    }

    /// What `/health/ready` of a node says; `None` when it does not answer.
    pub async fn readiness(&self, node: usize) -> Option<StatusCode> {
        let answer = self
            .visitor_at(node)
            .try_get(self.url("/health/ready"))
            .await;
        answer.ok().map(|answer| answer.status)
    }

    /// The metrics of a node, in Prometheus' text format.
    pub async fn metrics(&self, node: usize) -> String {
        let url = format!("http://127.0.0.1:{}/metrics", self.node(node).metrics_port);
        Visitor::new().get(url).await.body
    }

    /// Everything all nodes have logged, over restarts.
    pub fn logs(&self) -> String {
        let mut names: Vec<PathBuf> = fs::read_dir(self.scratch.path())
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|ending| ending == "log"))
            .collect();
        names.sort();
        names
            .iter()
            .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned())
            .collect()
    }

    /// The first line of the log with these words. Answers do not wait for the log (FT-21), so this does.
    pub async fn logged(&self, words: &str) -> String {
        let what = format!("{words} is in the log");
        eventually(&what, LOG_LIMIT, async || {
            let logs = self.logs();
            let line = logs.lines().find(|line| line.contains(words));
            line.map(str::to_owned)
        })
        .await
    }

    fn node(&self, number: usize) -> &Node {
        self.nodes
            .get(number)
            .unwrap_or_else(|| panic!("the hub has no node {number}"))
    }

    fn node_mut(&mut self, number: usize) -> &mut Node {
        self.nodes
            .get_mut(number)
            .unwrap_or_else(|| panic!("the hub has no node {number}"))
    }

    fn launch(&mut self, number: usize) {
        let node = self.node_mut(number);
        node.starts += 1;
        let name = format!("clau-{number}-{}", node.starts);
        let launch = Launch::new(&name, program("clau"))
            .args(["--config".as_ref(), node.configuration.as_os_str()])
            .args(["serve"]);
        let process = launch.start(&self.scratch);
        self.node_mut(number).process = Some(process);
    }

    async fn wait_until_ready(&self, number: usize) {
        let process = self.process(number);
        eventually("a node of the hub is ready", START_LIMIT, async || {
            assert!(
                process.is_running(),
                "the hub does not start:\n{}",
                process.log()
            );
            let status = self.readiness(number).await;
            (status == Some(StatusCode::OK)).then_some(())
        })
        .await;
    }
}

/// A program of this workspace, built before the tests. Says so when its sources are newer.
pub fn program(name: &str) -> PathBuf {
    let mut directory = target_directory();
    // `target/debug` or `target/release`, as the tests themselves were built.
    let profile = std::env::current_exe().ok().and_then(|path| {
        path.strip_prefix(&directory)
            .ok()?
            .iter()
            .next()
            .map(PathBuf::from)
    });
    directory.push(profile.unwrap_or_else(|| "debug".into()));
    let program = directory.join(name);
    assert!(
        program.exists(),
        "{} is missing: cargo build --workspace --all-targets, or make test",
        program.display()
    );
    static WARNED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let stale = newer_source(&program, &directory.join(format!("{name}.d")));
    if let Some(source) = stale
        && WARNED
            .lock()
            .is_ok_and(|mut warned| warned.insert(name.to_owned()))
    {
        eprintln!(
            "warning: {} is older than {}; build it again",
            program.display(),
            source.display()
        );
    }
    program
}

/// The first source of `program` that has changed since it was built, by cargo's list of them.
fn newer_source(program: &Path, list: &Path) -> Option<PathBuf> {
    let built = modified(program)?;
    let list = fs::read_to_string(list).ok()?;
    let (_, sources) = list.split_once(": ")?;
    sources
        .split_whitespace()
        .map(PathBuf::from)
        // A second's grace: cargo hard-links what it built before.
        .find(|source| modified(source).is_some_and(|time| time > built + Duration::from_secs(1)))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).ok()?.modified().ok()
}

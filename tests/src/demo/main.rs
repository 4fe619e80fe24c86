//! `clau-demo`: a regional ENT on this machine. Starts the hub on one SQLite file with a generated region,
//! the simulated upstreams before it and the reference services behind it, each in its own process; says where
//! they are and as whom to log in. Owns the order of these steps; what runs is the real `clau`, the real services
//! and, where it is installed, a real directory.
//!
//! Everything is kept in one directory (`.demo`), so that the second start takes a second.
#![expect(clippy::panic, reason = "a demo that cannot start says why and ends")]

use std::fs::{self, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Parser;
use clau_domain::names::LoginName;
use clau_tests::feedgen::{self, Character, Plan, Role};
use clau_tests::services::region::FILES;
use clau_tests::support::ca::{Authority, TlsFiles};
use clau_tests::support::directory::Directory;
use clau_tests::support::hub::{Configuration, Stores, program};
use clau_tests::support::process::{Launch, Scratch};
use clau_tests::support::reference::{Ports, ReferenceServices};
use clau_tests::support::simulators::{SimulatorPorts, Simulators};
use clau_tests::upstreams::people::Region;
use clau_tests::upstreams::{ldif, who};

/// Starts the hub, a made-up region and its reference services on this machine.
#[derive(Parser)]
#[command(
    name = "clau-demo",
    after_help = "Example:\n  clau-demo\n  clau-demo --fresh --directory /tmp/demo"
)]
struct Arguments {
    /// Where everything is kept.
    #[arg(long, default_value = ".demo")]
    directory: PathBuf,
    /// Forgets what was kept and begins again.
    #[arg(long)]
    fresh: bool,
    /// Only prepares: writes the configuration, imports the region, and ends.
    #[arg(long)]
    prepare: bool,
}

/// The ports that `tests/region/services.toml` registers.
const PORTS: Ports = Ports {
    hub: 8443,
    pedagogie: 8444,
    orientation: 8445,
    bourses: 8447,
    restauration: 8448,
    transport: 8449,
    mediacentre: 8450,
};
const METRICS_PORT: u16 = 8446;
/// The ports that `tests/region/connectors.toml` registers.
const UPSTREAMS: SimulatorPorts = SimulatorPorts {
    hub: PORTS.hub,
    educonnect: 8451,
    guichet: 8452,
    franceconnect: 8453,
    proconnect: 8454,
    lycee_saml: 8455,
    lycee_cas: 8456,
};
const DIRECTORY_PORT: u16 = 8457;
/// The password of everybody one can log in as. On this machine only.
const PASSWORD: &str = "la-cle-est-sous-le-pot";

/// From `tests/region/people.toml`.
const REFERENT: &str = "referent.ent";
const REFERENT_PASSWORD: &str = "le-referent-connait-tout";

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    if arguments.fresh {
        // Missing is as good as removed.
        let _ = fs::remove_dir_all(&arguments.directory);
    }
    let demo = Demo::open(&arguments.directory);
    let people = demo.prepare();
    if arguments.prepare {
        introduce(&people);
        return;
    }
    demo.run(&people).await;
}

/// The demo's directory and what is in it.
struct Demo {
    files: Scratch,
    tls: TlsFiles,
    configuration: PathBuf,
}

impl Demo {
    /// Opens the directory; makes what does not exist: a certificate, a master key, a configuration.
    fn open(directory: &Path) -> Self {
        let directory = std::path::absolute(directory)
            .unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        let files = Scratch::lasting(directory);
        let tls = TlsFiles {
            ca: files.join("tls/ca.pem"),
            certificate: files.join("tls/localhost.pem"),
            key: files.join("tls/localhost.key"),
        };
        if !tls.key.exists() {
            Authority::new().localhost_files(&files);
        }
        if !files.join("master.key").exists() {
            files.write("master.key", &master_key());
            private(&files.join("master.key"));
        }
        let stores = Stores::Embedded;
        let base = format!("https://localhost:{}", PORTS.hub);
        let configuration = Configuration {
            base: &base,
            listen: PORTS.hub,
            metrics: METRICS_PORT,
            stores: &stores,
            tls: &tls,
            data: files.path(),
            charter: "2026-09",
        };
        let configuration = files.write("clau.toml", &configuration.to_string());
        Self {
            files,
            tls,
            configuration,
        }
    }

    /// Makes and imports the region, unless that was done before. Who to log in as.
    fn prepare(&self) -> Vec<(String, Character)> {
        let plan = Plan::demo();
        let feed = self.files.join("feed");
        let agriculture = self.files.join("feed-agriculture");
        let marker = self.files.join("imported");
        if marker.exists() {
            println!("The region is there already (--fresh makes it anew).");
        } else {
            println!("Making a region of ten schools and importing its two feeds …");
        }
        // Same seed, same people: written again, it is the same feed.
        let written = |plan: &Plan, path: &Path| {
            feedgen::write(plan, path)
                .unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()))
        };
        let summary = written(&plan, &feed);
        written(&plan.agriculture(), &agriculture);
        if !marker.exists() {
            for (source, path) in [("toulouse", &feed), ("agriculture", &agriculture)] {
                let path = path.to_string_lossy();
                self.clau(&["import", "aaf", &path, "--source", source]);
            }
            // Here, because the authority that one of them names is here.
            let files = FILES.map(|(name, text)| {
                let path = self.files.write(name, text);
                path.to_string_lossy().into_owned()
            });
            let mut command = vec!["apply"];
            command.extend(files.iter().map(String::as_str));
            self.clau(&command);
            for person in &summary.cast {
                if let Some(login) = self.login_of(person) {
                    self.set_password(&login);
                }
            }
            self.files.write("imported", "");
            println!(
                "Done; the reports are in {}.",
                self.files.join("prepare.log").display()
            );
        }
        let named = summary
            .cast
            .iter()
            .filter_map(|person| Some((self.login_of(person)?, person.clone())));
        named.collect()
    }

    /// The login that the import gave to a person of the feed: `prenom.nom`, with a number for homonyms.
    fn login_of(&self, person: &Character) -> Option<String> {
        let words: Vec<&str> = person.name.split_whitespace().collect();
        let splits = (1..words.len()).filter_map(|at| words.split_at_checked(at));
        let mut candidates = splits.flat_map(|(given, family)| {
            let (given, family) = (given.join(" "), family.join(" "));
            (1..=9).map(move |number| LoginName::of_person(&given, &family, number))
        });
        let key = format!("\"key\": \"{}\"", person.key);
        candidates.find_map(|login| {
            let shown = self
                .command(&["accounts", "show", login.as_str(), "--json"])
                .output()
                .ok()?;
            let known = String::from_utf8_lossy(&shown.stdout).contains(&key);
            known.then(|| login.as_str().to_owned())
        })
    }

    fn set_password(&self, login: &str) {
        let spawned = self
            .command(&["accounts", "passwd", login])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("cannot run clau: {error}"));
        if let Some(mut input) = child.stdin.take() {
            // A command that has ended already says why itself.
            let _ = writeln!(input, "{PASSWORD}");
        }
        let _ = child.wait();
    }

    /// Starts everything, says where it is, and waits until the person has seen enough.
    async fn run(&self, people: &[(String, Character)]) {
        // Before the hub, which asks them how they are when it starts.
        let upstreams = Simulators::start(UPSTREAMS, &self.files, &self.tls);
        let region = Region::demo(Plan::demo().seed)
            .unwrap_or_else(|error| panic!("cannot make the region: {error}"));
        let directory = self.directory(&region);
        let hub = Launch::new("clau", program("clau"))
            .args(["--config".as_ref(), self.configuration.as_os_str()])
            .args(["serve"])
            .start(&self.files);
        hub.wait_for_port(PORTS.hub);
        let services = ReferenceServices::start(PORTS, &self.files, &self.tls);
        self.welcome(people, &services);
        self.introduce_upstreams(&region, &upstreams, directory.is_some());
        println!(
            "\nLogs and data are in {}. Ctrl-C stops everything.",
            self.files.path().display()
        );
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a signal to wait for, the hub's own end is what there is.
            while hub.is_running() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        println!("\nStopping …");
    }

    fn welcome(&self, people: &[(String, Character)], services: &ReferenceServices) {
        println!("\nPortal          https://localhost:{}/", PORTS.hub);
        println!("Pédagogie       {}", services.pedagogie());
        println!("Orientation     {}", services.orientation());
        println!("Bourses         {}", services.bourses());
        println!("Restauration    {}", services.restauration());
        println!("Canteen kiosk   {}", services.kiosk());
        println!("Transport       {}", services.transport());
        println!("Pass check      {}", services.pass_check());
        println!("Resources       {}", services.mediacentre());
        println!("Metrics         http://127.0.0.1:{METRICS_PORT}/metrics");
        println!(
            "\nThe browser will warn about the certificate: its authority is {}",
            self.tls.ca.display()
        );
        introduce(people);
    }

    /// The directory of a lycée, where there is a slapd.
    fn directory(&self, region: &Region) -> Option<Directory> {
        if !Directory::is_installed() {
            return None;
        }
        let people = ldif::people(region)
            .unwrap_or_else(|error| panic!("nobody is in the directory: {error}"));
        let text = ldif::directory(&people);
        Some(Directory::start(
            DIRECTORY_PORT,
            &self.files,
            &self.tls,
            &text,
        ))
    }

    /// Says who can be chosen where.
    fn introduce_upstreams(&self, region: &Region, running: &Simulators, directory: bool) {
        println!("\nUpstreams: choose one on the login page, then somebody there.");
        let upstreams = who::all(region).unwrap_or_else(|error| panic!("nobody is there: {error}"));
        let addresses = running.addresses();
        let addresses = addresses.iter().map(|(_, address)| address.as_str());
        let last = match directory {
            true => "the hub asks for login and password",
            false => "not running: slapd is not installed",
        };
        for (upstream, address) in upstreams.iter().zip(addresses.chain([last])) {
            println!("\n  {:<36} {address}", upstream.name);
            for person in &upstream.people {
                println!("    {:<24} {}", person.name, person.about);
            }
            if address == last && directory {
                let logins = upstream.people.iter().map(|it| it.id.as_str());
                let logins: Vec<&str> = logins.collect();
                println!(
                    "    logins {} (password {})",
                    logins.join(", "),
                    ldif::PASSWORD
                );
            }
        }
    }

    /// Runs `clau` with the demo's configuration; what it says goes to `prepare.log`. Ends the demo
    /// when it fails.
    fn clau(&self, arguments: &[&str]) {
        let output = self
            .command(arguments)
            .output()
            .unwrap_or_else(|error| panic!("cannot run clau: {error}"));
        let said = [output.stderr, output.stdout].concat();
        let log = self.files.join("prepare.log");
        let kept = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .and_then(|mut log| log.write_all(&said));
        kept.unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        if !output.status.success() {
            eprintln!(
                "{}clau {} failed",
                String::from_utf8_lossy(&said),
                arguments.join(" ")
            );
            std::process::exit(1);
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("clau"));
        command
            .arg("--config")
            .arg(&self.configuration)
            .args(arguments);
        command
    }
}

/// Says as whom to log in.
fn introduce(people: &[(String, Character)]) {
    println!("\nTo log in as (password {PASSWORD}):");
    for (login, person) in people {
        println!(
            "  {login:<28} {:<24} {}",
            role(person.role),
            person.schools.join(", ")
        );
    }
    println!("  {REFERENT:<28} an ENT referent (password {REFERENT_PASSWORD})");
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Pupil => "a pupil",
        Role::Parent => "a parent, two schools",
        Role::Teacher => "a teacher",
        Role::Head => "a head",
        Role::HomonymParent => "a parent, homonym",
        Role::ParentOfTwoMinistries => "a parent, two ministries",
        Role::Homonym => "a parent, homonym",
        Role::AgriculturalPupil => "an agricultural pupil",
        Role::AgriculturalTeacher => "an agricultural teacher",
    }
}

/// A key of this demo's own: 64 hexadecimal digits.
fn master_key() -> String {
    let mut bytes = [0_u8; 32];
    fs::File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .unwrap_or_else(|error| panic!("no randomness: {error}"));
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

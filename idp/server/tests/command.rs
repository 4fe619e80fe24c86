//! The `clau` program as an operator meets it: exit codes, standard input, first start, a serving hub
//! and its end.
#![expect(
    clippy::panic,
    clippy::expect_used,
    reason = "what cannot start ends the test that needs it"
)]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PASSWORD: &str = "une-region-tres-etendue";

fn clau(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_clau"));
    command.args(arguments).current_dir(directory);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CLAU")) {
        command.env_remove(name);
    }
    command
}

fn run(directory: &Path, arguments: &[&str]) -> Output {
    clau(directory, arguments)
        .stdin(Stdio::null())
        .output()
        .expect("clau runs")
}

/// What it wrote, on both outputs.
fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn done(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A directory with a configuration for this machine, and the address that it listens on.
fn place() -> (tempfile::TempDir, SocketAddr) {
    let directory = tempfile::tempdir().expect("a directory");
    let listen = free();
    let text = format!(
        "[server]\nbase_url = \"http://localhost:{}\"\nlisten = \"{listen}\"\nmetrics_listen = \"{}\"\n",
        listen.port(),
        free()
    );
    std::fs::write(directory.path().join("clau.toml"), text).expect("written");
    (directory, listen)
}

fn free() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

/// The answer to a GET, once somebody listens.
fn get(address: SocketAddr, path: &str) -> String {
    let began = Instant::now();
    let mut stream = loop {
        match TcpStream::connect(address) {
            Ok(stream) => break stream,
            Err(_) if began.elapsed() < Duration::from_secs(30) => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(error) => panic!("{address}: {error}"),
        }
    };
    let host = format!("localhost:{}", address.port());
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer
}

struct Serving(Child);

impl Serving {
    fn start(directory: &Path) -> Self {
        let log = std::fs::File::create(directory.join("clau.log")).expect("a log");
        Self(
            clau(directory, &["serve"])
                .stderr(log)
                .spawn()
                .expect("clau runs"),
        )
    }

    /// Asks it to stop, as a supervisor does; its exit code.
    fn stop(mut self) -> Option<i32> {
        let id = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .expect("kill")
                .success()
        );
        self.0.wait().expect("ends").code()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[test]
fn a_first_start_serves_and_stops_in_order() {
    let (directory, address) = place();
    let directory = directory.path();
    let serving = Serving::start(directory);
    assert!(get(address, "/health/ready").starts_with("HTTP/1.1 200"));
    assert!(get(address, "/login").contains("login-submit"));
    let outside = get(address, "/metrics");
    assert!(outside.starts_with("HTTP/1.1 404"), "{outside}");
    // A second node cannot listen there, says so, and harms nothing.
    let second = run(directory, &["serve"]);
    assert_eq!(second.status.code(), Some(3), "{}", text(&second));
    assert!(text(&second).contains("server.listen"), "{}", text(&second));
    let check = run(directory, &["check"]);
    assert!(check.status.success(), "{}", text(&check));
    assert_eq!(serving.stop(), Some(0));
    let log = std::fs::read_to_string(directory.join("clau.log")).expect("the log");
    assert!(
        log.contains("server.started") && log.contains("server.stopped"),
        "{log}"
    );
}

#[test]
fn an_account_by_hand_from_the_standard_input() {
    let (directory, _) = place();
    let directory = directory.path();
    let region = "[[structure]]\nkey = \"REGION\"\nkind = \"authority\"\nname = \"Région\"\n";
    std::fs::write(directory.join("region.toml"), region).expect("written");
    assert!(done(directory, &["apply", "region.toml", "--dry-run"]).contains("1 created"));
    assert!(done(directory, &["apply", "region.toml"]).contains("created  structure REGION"));
    assert!(done(directory, &["apply", "region.toml"]).contains("1 unchanged"));
    let create = [
        "accounts",
        "create",
        "agent.region",
        "--given",
        "Bastien",
        "--family",
        "Vidal",
        "--structure",
        "REGION",
        "--profile",
        "National_COL",
    ];
    assert!(done(directory, &create).contains("activation code of agent.region: "));
    let twice = run(directory, &create);
    assert_eq!(twice.status.code(), Some(1), "{}", text(&twice));
    assert!(text(&twice).contains("taken"), "{}", text(&twice));

    let passwd = |password: &str| {
        let mut child = clau(directory, &["accounts", "passwd", "agent.region"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("clau runs");
        let mut input = child.stdin.take().expect("piped");
        writeln!(input, "{password}").expect("read");
        drop(input);
        child.wait_with_output().expect("ends")
    };
    let short = passwd("court");
    assert_eq!(short.status.code(), Some(1), "{}", text(&short));
    assert!(text(&short).contains("too short"), "{}", text(&short));
    let set = passwd(PASSWORD);
    assert!(set.status.success(), "{}", text(&set));
    assert!(!text(&set).contains(PASSWORD));

    done(
        directory,
        &["accounts", "lock", "agent.region", "--because", "a test"],
    );
    assert!(done(directory, &["accounts", "show", "agent.region"]).contains("a test"));
    done(directory, &["accounts", "unlock", "agent.region"]);
    let shown = done(directory, &["accounts", "show", "agent.region", "--json"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!(shown["account"]["login"], "agent.region");
    assert_eq!(shown["account"]["locked"], serde_json::Value::Null);
    assert!(!shown.to_string().contains("argon2"), "nothing secret");
    let service = "[[service]]\nid = \"bourses\"\nname = \"Bourses\"\naccess = [{}]\n\
                   [service.cas]\nurls = [\"https://bourses.example/\"]\n";
    std::fs::write(directory.join("service.toml"), service).expect("written");
    done(directory, &["apply", "service.toml"]);
    let renew = ["accounts", "new-identifier", "agent.region", "bourses"];
    let (first, second) = (done(directory, &renew), done(directory, &renew));
    assert!(
        first.starts_with("bourses knows agent.region as "),
        "{first}"
    );
    assert_ne!(first, second);
    let nowhere = run(
        directory,
        &["accounts", "new-identifier", "agent.region", "x"],
    );
    assert_eq!(nowhere.status.code(), Some(1), "{}", text(&nowhere));
    let nobody = run(directory, &["accounts", "show", "nobody"]);
    assert_eq!(nobody.status.code(), Some(1), "{}", text(&nobody));
}

#[test]
fn ft_20_wrong_configurations_do_not_start() {
    let directory = tempfile::tempdir().expect("a directory");
    let directory = directory.path();
    let nothing = run(directory, &["serve"]);
    assert_eq!(nothing.status.code(), Some(3), "{}", text(&nothing));
    assert!(
        text(&nothing).contains("server.base_url"),
        "{}",
        text(&nothing)
    );
    let missing = run(directory, &["--config", "nowhere.toml", "serve"]);
    assert_eq!(missing.status.code(), Some(3), "{}", text(&missing));
    assert!(
        text(&missing).contains("nowhere.toml"),
        "{}",
        text(&missing)
    );
    assert_eq!(
        run(directory, &["--config", "nowhere.toml", "check"])
            .status
            .code(),
        Some(3)
    );
    std::fs::write(directory.join("clau.toml"), "[server]\nlisen = \"\"\n").expect("written");
    let wrong = run(directory, &["serve"]);
    assert_eq!(wrong.status.code(), Some(3), "{}", text(&wrong));
    assert!(
        text(&wrong).contains("did you mean `listen`?"),
        "{}",
        text(&wrong)
    );
    assert_eq!(run(directory, &["sevre"]).status.code(), Some(2));
    let away = clau(directory, &["accounts", "show", "a"])
        .env("CLAU_CONFIG", "/dev/null")
        .env("CLAU__SERVER__BASE_URL", "http://localhost:1")
        .env("CLAU__DATABASE__URL", "postgres://clau@127.0.0.1:1/clau")
        .env("CLAU__SECRETS__MASTER_KEY", "5c".repeat(32))
        .output()
        .expect("clau runs");
    assert_eq!(away.status.code(), Some(4), "{}", text(&away));
}

#[test]
fn many_first_starts_at_once_make_one_key() {
    let (directory, _) = place();
    let directory = directory.path();
    let started: Vec<Child> = (0..6)
        .map(|_| {
            let mut command = clau(directory, &["accounts", "show", "nobody"]);
            command
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .expect("clau runs")
        })
        .collect();
    for child in started {
        let output = child.wait_with_output().expect("ends");
        // Nobody is there; anything else would be a start that failed.
        assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    }
    let key = std::fs::read_to_string(directory.join("clau.key")).expect("the key");
    assert_eq!(key.trim().len(), 64);
}

#[test]
fn imp_02_what_is_no_feed_is_refused() {
    let (directory, _) = place();
    let directory = directory.path();
    std::fs::create_dir(directory.join("feed")).expect("made");
    std::fs::write(directory.join("feed/readme.txt"), "no feed").expect("written");
    let refused = run(
        directory,
        &["import", "aaf", "feed", "--source", "toulouse"],
    );
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    let missing = run(directory, &["import", "aaf", "nowhere.zip"]);
    assert_eq!(missing.status.code(), Some(1), "{}", text(&missing));
    assert!(text(&missing).contains("nowhere.zip"), "{}", text(&missing));
}

#[test]
fn pwd_02_a_list_of_ones_own_becomes_a_filter_that_counts() {
    let (directory, _) = place();
    let directory = directory.path();
    // A word in Latin-1, a digest with a count (SHA-1 of `anguille sous roche`), and words.
    let mut list = b"cassoulet\npastissade\n\xe9t\xe9 indien\n".to_vec();
    list.extend(b"BB2A4C8B4D5D1D1AAB7C8F3B8B0A38A1E38A54F2:7\n");
    std::fs::write(directory.join("words.txt"), list).expect("written");
    let filter = [
        "passwords",
        "filter",
        "--from",
        "words.txt",
        "--to",
        "own.filter",
    ];
    let said = done(directory, &filter);
    assert!(said.starts_with("own.filter: 3 entries, "), "{said}");
    let missing = run(
        directory,
        &["passwords", "filter", "--from", "none", "--to", "x"],
    );
    assert!(text(&missing).contains("none: "), "{}", text(&missing));
    assert_eq!(missing.status.code(), Some(1));

    let file = directory.join("clau.toml");
    let mut config = std::fs::read_to_string(&file).expect("read");
    config.push_str("[passwords]\nrefused_file = \"own.filter\"\n");
    std::fs::write(&file, config).expect("written");
    let checked = done(directory, &["check"]);
    assert!(
        checked.contains("`passwords.refused_file` has 3 entries"),
        "{checked}"
    );
    let people = "[[structure]]\nkey = \"REGION\"\nkind = \"authority\"\nname = \"Région\"\n\
                  [[person]]\nlogin = \"a.roux\"\ngiven_name = \"Ana\"\nfamily_name = \"Roux\"\n\
                  password = \"C@ssoulet-2026!\"\n\
                  affiliation = [{ structure = \"REGION\", profile = \"National_COL\" }]\n";
    std::fs::write(directory.join("people.toml"), people).expect("written");
    let refused = text(&run(directory, &["apply", "people.toml"]));
    assert!(
        refused.contains("person a.roux: password: one that others have used"),
        "{refused}"
    );
    assert!(!refused.to_lowercase().contains("ssoulet"), "{refused}");
}

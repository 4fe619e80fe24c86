//! `clau check`: everything that is wrong with a configuration and with what it names, at once, each
//! with what to do. Changes nothing: it makes no file, and brings no database up to date.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;

use clau_domain::time::Timestamp;
use clau_engine::keys::Keys;
use clau_storage::tickets::Tickets;
use clau_storage::{Database, DatabaseConfig};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde::Serialize;

use crate::config::{Config, Problem, Source, read_on};
use crate::failure::Failure;
use crate::serve::tls::Certificate;
use crate::system::Clock;
use crate::{open, serve};

/// What was looked at, and how it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// In the order in which they were looked at.
    pub findings: Vec<Finding>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it is.
    pub state: State,
    /// What was looked at, or what is wrong with it.
    pub what: String,
    /// What to do; empty where nothing is to be done, or where `what` says it.
    pub advice: String,
}

/// How something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Fine,
    /// The hub starts, but somebody will be sorry.
    Warning,
    /// The hub does not start, or does not work.
    Problem,
}

impl Report {
    /// The report on a configuration that cannot even be read.
    pub(crate) fn unreadable(problem: &Problem) -> Self {
        let mut report = Self::default();
        report.problem(problem.to_string(), "");
        report
    }

    /// 0 without a problem, 3 with one.
    pub fn exit_code(&self) -> ExitCode {
        let broken = self
            .findings
            .iter()
            .any(|finding| finding.state == State::Problem);
        if broken {
            ExitCode::from(3)
        } else {
            ExitCode::SUCCESS
        }
    }

    fn add(&mut self, state: State, what: impl Into<String>, advice: &str) {
        self.findings.push(Finding {
            state,
            what: what.into(),
            advice: advice.to_owned(),
        });
    }

    fn fine(&mut self, what: impl Into<String>) {
        self.add(State::Fine, what, "");
    }

    fn warning(&mut self, what: impl Into<String>, advice: &str) {
        self.add(State::Warning, what, advice);
    }

    fn problem(&mut self, what: impl Into<String>, advice: &str) {
        self.add(State::Problem, what, advice);
    }

    fn failure(&mut self, subject: &str, failure: Failure, advice: &str) {
        match failure {
            Failure::Config(problems) => {
                for problem in problems {
                    self.problem(problem.to_string(), "");
                }
            }
            Failure::Refused(what) | Failure::Unavailable(what) | Failure::Defect(what) => {
                self.problem(format!("{subject}: {what}"), advice);
            }
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for Finding {
            state,
            what,
            advice,
        } in &self.findings
        {
            let word = match state {
                State::Fine => "ok",
                State::Warning => "warning",
                State::Problem => "problem",
            };
            writeln!(f, "{word:<8} {what}")?;
            if !advice.is_empty() {
                writeln!(f, "{:8} -> {advice}", "")?;
            }
        }
        let count = |state| {
            self.findings
                .iter()
                .filter(|finding| finding.state == state)
                .count()
        };
        let (problems, warnings) = (count(State::Problem), count(State::Warning));
        let plural = |count: usize| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{problems} problem{}, {warnings} warning{}",
            plural(problems),
            plural(warnings)
        )
    }
}

/// Looks at everything.
pub async fn check(
    source: &Source,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Report {
    let mut report = Report::default();
    let (config, problems) = read_on(source, environment);
    let sound = problems.is_empty();
    if sound {
        let name = if source.name.is_empty() {
            "the environment"
        } else {
            &source.name
        };
        report.fine(format!("{name} is understood"));
    }
    for problem in &problems {
        report.problem(problem.to_string(), "");
    }
    // What is wrong already is not looked at further: its default would be told, not what was meant.
    let fine = |section: &str| {
        !problems
            .iter()
            .any(|problem| problem.key.starts_with(section) || problem.key.is_empty())
    };
    if fine("server.") {
        server(&mut report, &config).await;
    }
    if fine("database.") && fine("secrets.") {
        database(&mut report, &config).await;
    }
    if fine("tickets.") && fine("database.") {
        tickets(&mut report, &config).await;
    }
    if fine("outbound.") {
        authorities(&mut report, &config);
        federations(&mut report, &config);
    }
    refused(&mut report, &config);
    if fine("import.")
        && let Some(scratch) = &config.import.scratch
    {
        writable(&mut report, "import.scratch", &config.path(scratch));
    }
    machine(&mut report, &config, Clock.now());
    report
}

async fn server(report: &mut Report, config: &Config) {
    let section = &config.server;
    if !section.is_https() {
        report.warning(
            format!("{} is for this very machine only", section.base_url),
            "give `server.base_url` its https:// address before anybody else uses it",
        );
    }
    if section.is_https() && section.tls_cert.is_none() && section.trusted_proxies.is_empty() {
        report.warning(
            "`server.trusted_proxies` is empty, and the hub does not speak TLS itself: everybody will \
             seem to come from the proxy's address",
            "name the proxy's network, so that guessing from one address holds up nobody else",
        );
    }
    if let (Some(chain), Some(key)) = (&section.tls_cert, &section.tls_key) {
        certificate(report, section, &config.path(chain), &config.path(key));
    }
    for (key, address) in [
        ("server.listen", Some(section.listen)),
        ("server.metrics_listen", section.metrics_listen),
    ] {
        let Some(address) = address else { continue };
        match serve::listen(key, address).await {
            Ok(_) => report.fine(format!("{address} is free (`{key}`)")),
            // A running hub is checked as well.
            Err(_) if tokio::net::TcpStream::connect(address).await.is_ok() => report.warning(
                format!("{address} is in use (`{key}`)"),
                "fine if it is this hub that runs there; otherwise choose another port",
            ),
            Err(failure) => report.failure(key, failure, ""),
        }
    }
}

fn certificate(report: &mut Report, section: &crate::config::Server, chain: &Path, key: &Path) {
    match Certificate::read(chain.to_owned(), key.to_owned()) {
        Ok(_) => report.fine(format!("{} and its key belong together", chain.display())),
        Err(why) => {
            report.problem(
                format!("`server.tls_cert` {why}"),
                "give the chain and the key in PEM",
            );
            return;
        }
    }
    let host = section
        .base_url
        .parse::<url::Url>()
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned));
    let name = host
        .as_deref()
        .map(|host| host.trim_matches(['[', ']']).to_owned());
    let name = name.and_then(|name| rustls::pki_types::ServerName::try_from(name).ok());
    let leaf = CertificateDer::from_pem_file(chain).ok();
    if let (Some(name), Some(leaf)) = (name, leaf)
        && let Ok(parsed) = rustls::server::ParsedCertificate::try_from(&leaf)
        && rustls::client::verify_server_name(&parsed, &name).is_err()
    {
        report.problem(
            format!(
                "{} is not for {}",
                chain.display(),
                host.unwrap_or_default()
            ),
            "browsers would refuse it: get a certificate for the host of `server.base_url`",
        );
    }
    if is_open(key) {
        report.warning(
            format!("{} can be read by everybody on this machine", key.display()),
            "chmod 600 it",
        );
    }
}

async fn database(report: &mut Report, config: &Config) {
    let place = match open::database(config) {
        Ok(place) => place,
        Err(failure) => return report.failure("database", failure, ""),
    };
    if let DatabaseConfig::Sqlite { file, .. } = &place
        && !file.exists()
    {
        let directory = file.parent().unwrap_or(Path::new("/"));
        writable(report, "database.url", directory);
        let key = open::key_file_beside(&place).unwrap_or_default();
        let own = config.secrets.master_key.is_none() && config.secrets.master_key_file.is_none();
        if own && !key.exists() {
            report.fine(format!(
                "the first start makes {} and {}",
                file.display(),
                key.display()
            ));
            return;
        }
    }
    let key = match open::master_key(config, &place) {
        Ok(key) => {
            report.fine("the master key is there");
            key
        }
        Err(failure) => return report.failure("master key", failure, ""),
    };
    if matches!(&place, DatabaseConfig::Sqlite { file, .. } if !file.exists()) {
        return;
    }
    let database = match Database::connect(&place).await {
        Ok(database) => database,
        Err(error) => {
            let advice =
                "is the address right, does the server run, may this user connect from here?";
            return report.failure("database", error.into(), advice);
        }
    };
    report.fine("the database answers");
    match Keys::derive(&key).confirm(&database).await {
        Ok(()) => report.fine("the master key is the one of this database"),
        Err(clau_engine::Error::Config(what)) => report.problem(what, ""),
        Err(clau_engine::Error::Unavailable(what)) => {
            report.problem(format!("database: {what}"), "")
        }
        // Its tables are not there yet.
        Err(_) => report.fine("the database is empty: the first start fills it"),
    }
    database.close().await;
}

async fn tickets(report: &mut Report, config: &Config) {
    let redis = match open::redis(config) {
        Ok(Some(redis)) => redis,
        Ok(None) => return,
        Err(failure) => return report.failure("Redis", failure, ""),
    };
    let Ok(place) = open::database(config) else {
        return;
    };
    let Ok(ledger) = Database::connect(&place).await else {
        // Told where the database was looked at.
        return report.warning(
            "Redis was not asked, because the database does not answer",
            "",
        );
    };
    let asked = match Tickets::in_redis(&redis, ledger.clone()).await {
        Ok(tickets) => tickets.ping().await,
        Err(error) => Err(error),
    };
    match asked {
        Ok(()) => report.fine("Redis answers"),
        Err(error) => report.failure(
            "Redis",
            error.into(),
            "is the address right, does it run, are user and password right, does it speak TLS?",
        ),
    }
    ledger.close().await;
}

fn authorities(report: &mut Report, config: &Config) {
    let Some(file) = &config.outbound.extra_ca else {
        return;
    };
    let pem = match open::readable(config, "outbound.extra_ca", file) {
        Ok(pem) => pem,
        Err(failure) => return report.failure("outbound.extra_ca", failure, ""),
    };
    let count = CertificateDer::pem_slice_iter(&pem)
        .filter(Result::is_ok)
        .count();
    if count == 0 {
        report.problem(
            format!(
                "`outbound.extra_ca` {} holds no certificate",
                config.path(file).display()
            ),
            "give the authority's certificate in PEM (-----BEGIN CERTIFICATE-----)",
        );
    } else {
        report.fine(format!(
            "{} holds {count} certificates",
            config.path(file).display()
        ));
    }
}

fn refused(report: &mut Report, config: &Config) {
    if config.passwords.refused_file.is_none() {
        return;
    }
    match open::refused(config) {
        Ok(refused) => report.fine(format!(
            "`passwords.refused_file` has {} entries",
            refused.entries().1
        )),
        Err(failure) => report.failure(
            "passwords.refused_file",
            failure,
            "make it by `clau passwords filter`",
        ),
    }
}

fn federations(report: &mut Report, config: &Config) {
    for federation in &config.saml.federations {
        let alone = Config {
            saml: crate::config::Saml {
                federations: vec![federation.clone()],
                ..config.saml.clone()
            },
            ..config.clone()
        };
        let name = &federation.name;
        match open::federations(&alone) {
            Ok(_) => report.fine(format!(
                "the certificate of the federation `{name}` is there"
            )),
            Err(failure) => report.failure("saml.federations", failure, ""),
        }
    }
}

fn machine(report: &mut Report, config: &Config, now: Timestamp) {
    // 1 July 2026: before that, this program did not exist.
    const BORN: Timestamp = Timestamp::from_millis(1_782_864_000_000);
    if now < BORN {
        report.problem(
            format!("the clock says {now}"),
            "set it, and keep it right by NTP: tickets and sessions live by it",
        );
    } else {
        report.fine(format!("the clock says {now}"));
    }
    let files = open_files_limit();
    let wanted = u64::from(config.server.max_connections) + 200;
    if let Some(files) = files.filter(|files| *files < wanted) {
        report.warning(
            format!(
                "at most {files} files and connections can be open, but `server.max_connections` is {}",
                config.server.max_connections
            ),
            "raise it (LimitNOFILE= of the systemd unit, `ulimit -n`) or lower max_connections",
        );
    }
}

/// The soft limit on open files of this process, where Linux tells it.
fn open_files_limit() -> Option<u64> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn writable(report: &mut Report, key: &str, directory: &Path) {
    match std::fs::metadata(directory) {
        Ok(metadata) if metadata.is_dir() => {
            // The permission bits do not tell everything (ACLs, mounts), a file of our own does.
            match tempfile_in(directory) {
                Ok(()) => report.fine(format!("{} can be written to", directory.display())),
                Err(error) => report.problem(
                    format!(
                        "`{key}`: {} cannot be written to: {error}",
                        directory.display()
                    ),
                    "give the user of the hub the right to write there",
                ),
            }
        }
        Ok(_) => report.problem(
            format!("`{key}`: {} is not a directory", directory.display()),
            "name a directory",
        ),
        Err(error) => report.problem(
            format!("`{key}`: {}: {error}", directory.display()),
            "make the directory, for the user of the hub",
        ),
    }
}

/// Makes a file and removes it again.
fn tempfile_in(directory: &Path) -> std::io::Result<()> {
    let path = directory.join(format!(".clau-check-{}", std::process::id()));
    std::fs::File::create_new(&path)?;
    std::fs::remove_file(path)
}

fn is_open(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o007 != 0)
}

#[cfg(test)]
mod tests;

//! The command line: `clau serve|check|apply|import|accounts|passwords|clients|connector|saml|keys|example`. Reads arguments, calls one use
//! case, prints its outcome. Results go to the standard output, everything else to the standard error.
//! Passwords come from the standard input or the terminal, never from an argument.

mod accounts;
mod apply;
mod clients;
mod connector;
mod import;
mod keys;
mod links;
mod password;
mod passwords;
mod saml;
mod sheets;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{self, Config, Source};
use crate::failure::Failure;
use crate::{check, log, open, serve, system};

const EXIT_CODES: &str = "\
Exit codes:
  0   done
  1   refused: a mistake in a file, a feed that would do harm, an unknown login
  2   the arguments are not understood
  3   the configuration is wrong
  4   a store does not answer, or another import runs: try again
  70  a defect of Clau

Example:
  clau --config /etc/clau/clau.toml check && clau --config /etc/clau/clau.toml serve";

/// Clau, the identity hub of a regional ENT.
#[derive(Debug, Parser)]
#[command(name = "clau", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Arguments {
    /// Configuration file; clau.toml in the current directory without it.
    #[arg(long, global = true, value_name = "FILE", env = "CLAU_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve people and services until the process is told to stop (SIGTERM, Ctrl-C).
    #[command(after_help = "Example:\n  clau --config /etc/clau/clau.toml serve")]
    Serve,
    /// Tell everything that is wrong with the configuration and with what it names.
    #[command(after_help = "Example:\n  clau --config /etc/clau/clau.toml check --json")]
    Check {
        /// Report in JSON.
        #[arg(long)]
        json: bool,
    },
    /// Register what files say: services, connectors, structures, local people, announcements. All or nothing.
    #[command(after_help = "Example:\n  clau apply services.toml people.toml --dry-run")]
    Apply(apply::Arguments),
    /// Import a delivery of directory data.
    #[command(subcommand)]
    Import(import::Import),
    /// Look after accounts.
    #[command(subcommand)]
    Accounts(accounts::Accounts),
    /// Look after the passwords that nobody may choose.
    #[command(subcommand)]
    Passwords(passwords::Passwords),
    /// Look after services that speak OpenID Connect.
    #[command(subcommand)]
    Clients(clients::Clients),
    /// Look after the upstreams by which people come.
    #[command(subcommand)]
    Connector(connector::Connector),
    /// Look after metadata of SAML.
    #[command(subcommand)]
    Saml(saml::Saml),
    /// Look after signing keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Print a commented configuration with every key.
    #[command(after_help = "Example:\n  clau example > clau.toml")]
    Example,
}

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("clau: {failure}");
            failure.exit_code()
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    system::use_one_crypto_library();
    let source = || Source::open(arguments.config.as_deref());
    match arguments.command {
        Command::Example => {
            print(config::EXAMPLE)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Passwords(command) => passwords::run(command).map(|()| ExitCode::SUCCESS),
        Command::Check { json } => {
            let report = match source() {
                Ok(source) => runtime()?.block_on(check::check(&source, std::env::vars())),
                Err(problem) => check::Report::unreadable(&problem),
            };
            print(&if json {
                to_json(&report)?
            } else {
                report.to_string()
            })?;
            Ok(report.exit_code())
        }
        Command::Serve => {
            let config = read(&source().map_err(one)?)?;
            let _log = log::start(&config.log);
            let outcome = runtime()?.block_on(serve::run(&config));
            outcome.map(|()| ExitCode::SUCCESS)
        }
        Command::Apply(command) => command_on(&source().map_err(one)?, async |opened, _| {
            apply::run(&opened, &command).await
        }),
        Command::Import(import::Import::Aaf(command)) => {
            command_on(&source().map_err(one)?, async |opened, config| {
                import::run(&opened, config, &command).await
            })
        }
        Command::Clients(command) => command_on(&source().map_err(one)?, async |opened, _| {
            clients::run(&opened, command).await
        }),
        Command::Connector(command) => command_on(&source().map_err(one)?, async |opened, _| {
            connector::run(&opened, command).await
        }),
        Command::Saml(command) => command_on(&source().map_err(one)?, async |opened, _| {
            saml::run(&opened, command).await
        }),
        Command::Keys(command) => command_on(&source().map_err(one)?, async |opened, _| {
            keys::run(&opened, command).await
        }),
        Command::Accounts(command) => command_on(&source().map_err(one)?, async |opened, _| {
            accounts::run(&opened, command).await
        }),
    }
}

/// Opens the hub for one command, and closes it.
fn command_on(
    source: &Source,
    command: impl AsyncFnOnce(clau_engine::Hub, &Config) -> Result<(), Failure>,
) -> Result<ExitCode, Failure> {
    let config = read(source)?;
    let mut told = config.log.clone();
    if std::io::stderr().is_terminal() {
        // Whoever sits there reads the outcome, not the journal.
        told.level = "warn".to_owned();
    }
    let _log = log::start(&told);
    runtime()?.block_on(async {
        let opened = open::open(&config).await?;
        let outcome = command(opened.hub.clone(), &config).await;
        opened.hub.close().await;
        outcome.map(|()| ExitCode::SUCCESS)
    })
}

fn read(source: &Source) -> Result<Config, Failure> {
    config::read(source, std::env::vars()).map_err(Failure::Config)
}

fn one(problem: config::Problem) -> Failure {
    Failure::Config(vec![problem])
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?)
}

/// To the standard output. A reader who went away (`clau … | head`) is no failure.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    match out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(end.as_bytes()))
        .and_then(|()| out.flush())
    {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<String, Failure> {
    serde_json::to_string_pretty(value).map_err(|error| Failure::Defect(error.to_string()))
}

/// Whether a command line, from `clau` on, is understood; if not, what is said.
#[cfg(test)]
pub(crate) fn understands(words: &[String]) -> Result<(), String> {
    Arguments::try_parse_from(words)
        .map(drop)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        fn leaves(command: &clap::Command, seen: &mut usize) {
            if command.get_subcommands().next().is_none() {
                let help = command
                    .get_after_help()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                assert!(help.contains("Example:\n  clau "), "{}", command.get_name());
                *seen += 1;
            }
            for sub in command.get_subcommands() {
                leaves(sub, seen);
            }
        }
        let mut seen = 0;
        leaves(&Arguments::command(), &mut seen);
        assert!(seen > 8);
    }

    #[test]
    fn log_02_no_argument_takes_a_password() {
        fn arguments(command: &clap::Command) {
            for argument in command.get_arguments() {
                let takes_text = argument.get_action().takes_values();
                assert!(
                    !(takes_text && argument.get_id().as_str().contains("password")),
                    "{} {}",
                    command.get_name(),
                    argument.get_id()
                );
            }
            command.get_subcommands().for_each(arguments);
        }
        arguments(&Arguments::command());
    }
}

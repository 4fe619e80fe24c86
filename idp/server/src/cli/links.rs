//! `clau accounts links|unlink|merge|merges|unmerge`: accounts elsewhere that are a person's, and records that are
//! one person's. Each is told to the log with who did it. Never matches anybody.

use std::fmt::Write as _;

use clau_domain::connector::ConnectorId;
use clau_domain::ids::MergeId;
use clau_domain::names::LoginName;
use clau_engine::federation::operate::{LinkLine, MergeLine};
use clau_engine::{Error, Hub};

use super::{print, to_json};
use crate::failure::Failure;
use crate::system;

/// Who acts, in the log and in what is kept of a merge.
const OPERATOR: &str = "operator";

#[derive(Debug, clap::Subcommand)]
pub(super) enum LinkCommand {
    /// List the accounts elsewhere that are linked to an account, and why.
    #[command(after_help = "Example:\n  clau accounts links lea.martin --json")]
    Links {
        /// Login.
        login: String,
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Remove the links of an account to a connector, and end the sessions that rest on them.
    #[command(after_help = "Example:\n  clau accounts unlink lea.martin educonnect")]
    Unlink {
        /// Login.
        login: String,
        /// Identifier of the connector.
        connector: ConnectorId,
    },
    /// Say that two accounts are one person's: everything of the second is the first's until it is taken back.
    #[command(
        after_help = "Example:\n  clau accounts merge jeanne.vidal jeanne.vidal2 --because 'one mother, two schools; asked by her, 12 October'"
    )]
    Merge {
        /// The login that stays.
        login: String,
        /// The login that goes: it is locked, and its sessions end.
        other: String,
        /// Why; operators see it.
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
    /// List the merges of an account.
    #[command(after_help = "Example:\n  clau accounts merges jeanne.vidal")]
    Merges {
        /// Login.
        login: String,
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take a merge back: what had moved goes where it was.
    #[command(
        after_help = "Example:\n  clau accounts unmerge 0192f0c1-0000-7000-8000-000000000000"
    )]
    Unmerge {
        /// The merge, as `clau accounts merges` lists it.
        merge: MergeId,
    },
}

pub(super) async fn run(hub: &Hub, command: LinkCommand) -> Result<(), Failure> {
    let cx = system::cx();
    match command {
        LinkCommand::Links { login, json } => {
            let links = hub.links_of(&cx, &named(&login)?).await.map_err(refused)?;
            print(&if json {
                to_json(&links)?
            } else {
                links_in_words(&links)
            })
        }
        LinkCommand::Unlink { login, connector } => {
            let removed = hub.unlink_of(&cx, &named(&login)?, &connector).await;
            match removed.map_err(refused)? {
                0 => Err(Failure::Refused(format!(
                    "`{login}` has no link to `{connector}`"
                ))),
                1 => print("One link removed."),
                more => print(&format!("{more} links removed.")),
            }
        }
        LinkCommand::Merge {
            login,
            other,
            because,
        } => {
            let pair = (&named(&login)?, &named(&other)?);
            let merged = hub.merge_accounts(&cx, pair, (OPERATOR, &because)).await;
            let id = merged.map_err(refused)?;
            print(&format!(
                "`{other}` is `{login}` from now on. To take it back: clau accounts unmerge {id}"
            ))
        }
        LinkCommand::Merges { login, json } => {
            let merges = hub.merges_of(&named(&login)?).await.map_err(refused)?;
            print(&if json {
                to_json(&merges)?
            } else {
                merges_in_words(&merges)
            })
        }
        LinkCommand::Unmerge { merge } => {
            if hub.unmerge_people(&cx, merge).await? {
                print("Taken back.")
            } else {
                Err(Failure::Refused(
                    "there is no such merge, or it was taken back already".to_owned(),
                ))
            }
        }
    }
}

fn named(login: &str) -> Result<LoginName, Failure> {
    LoginName::typed(login).map_err(|error| Failure::Refused(format!("`{login}`: {error}")))
}

/// A login that nobody has is the operator's mistake and not the configuration's.
fn refused(error: Error) -> Failure {
    match error {
        Error::Config(what) => Failure::Refused(what),
        error => error.into(),
    }
}

fn links_in_words(links: &[LinkLine]) -> String {
    if links.is_empty() {
        return "No account elsewhere is linked.\n".to_owned();
    }
    let mut text = String::new();
    for link in links {
        let used = link.used_at.as_deref().unwrap_or("never");
        // Writing to a String cannot fail.
        let _written = writeln!(
            text,
            "{}  {}  since {}, last used {used}",
            link.connector, link.subject, link.since
        );
        for reason in &link.because {
            let reason = serde_json::to_string(reason).unwrap_or_default();
            let _written = writeln!(text, "  {reason}");
        }
    }
    text
}

fn merges_in_words(merges: &[MergeLine]) -> String {
    if merges.is_empty() {
        return "Nothing was merged.\n".to_owned();
    }
    let mut text = String::new();
    for merge in merges {
        let _written = writeln!(
            text,
            "{}  {} was {}, by {} at {}: {}",
            merge.id, merge.kept, merge.gone, merge.by, merge.at, merge.reason
        );
    }
    text
}

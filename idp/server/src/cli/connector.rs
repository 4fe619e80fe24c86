//! `clau connector`: the upstreams by which people come, how they are, and what is wrong with one, in words. Never
//! decides anything: the engine does.

use std::fmt::Write as _;

use clau_connectors::contract::{Finding, Verdict};
use clau_domain::connector::ConnectorId;
use clau_engine::Hub;
use clau_engine::federation::Refused;
use clau_engine::federation::operate::ConnectorView;
use serde::Serialize;

use super::{print, to_json};
use crate::failure::Failure;
use crate::system;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Connector {
    /// List the connectors: kind, state, linked accounts, the age of their documents.
    #[command(after_help = "Example:\n  clau connector list --json")]
    List {
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Try each step that a login takes, and say in words what is wrong: registration, schools, documents, certificates,
    /// clock, connection, attributes.
    #[command(after_help = "Example:\n  clau connector check lycee-agricole-auch")]
    Check {
        /// Identifier of the connector.
        name: ConnectorId,
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print what the other side needs to know of the hub: metadata of a service provider, keys of a relying party.
    #[command(after_help = "Example:\n  clau connector metadata educonnect > clau-sp.xml")]
    Metadata {
        /// Identifier of the connector.
        name: ConnectorId,
    },
    /// Fetch metadata, discovery and keys now, of one connector or of all. What cannot be believed is not taken.
    #[command(after_help = "Example:\n  clau connector refresh educonnect")]
    Refresh {
        /// Identifier of the connector; all of them without it.
        name: Option<ConnectorId>,
    },
}

pub(super) async fn run(hub: &Hub, command: Connector) -> Result<(), Failure> {
    let cx = system::cx();
    match command {
        Connector::List { json } => {
            let connectors = hub.list_connectors(&cx).await?;
            print(&if json {
                to_json(&connectors)?
            } else {
                in_words(&connectors)
            })
        }
        Connector::Check { name, json } => {
            // A hub that has never served has no keys yet.
            hub.tend_keys(&cx).await?;
            let findings = hub
                .check_connector(&cx, &name)
                .await
                .map_err(failed(&name))?;
            let lines: Vec<Line> = findings.iter().map(Line::of).collect();
            print(&if json {
                to_json(&lines)?
            } else {
                checked(&lines)
            })?;
            if findings
                .iter()
                .any(|finding| finding.verdict == Verdict::Bad)
            {
                return Err(Failure::Refused(format!(
                    "nobody can come by `{name}` like this"
                )));
            }
            Ok(())
        }
        Connector::Metadata { name } => {
            hub.tend_keys(&cx).await?;
            match hub.introduce(&cx, &name).await.map_err(failed(&name))? {
                Some(introduction) => print(&introduction.body),
                None => Err(Failure::Refused(format!(
                    "the other side of `{name}` needs no document of the hub's"
                ))),
            }
        }
        Connector::Refresh { name } => {
            let refreshed = hub.refresh_connectors_now(&cx, name.as_ref()).await;
            refreshed.map_err(|refused| match &name {
                Some(name) => failed(name)(refused),
                None => Failure::Refused(refused.to_string()),
            })?;
            let connectors = hub.list_connectors(&cx).await?;
            let asked =
                |view: &&ConnectorView| name.as_ref().is_none_or(|name| name.as_str() == view.id);
            let shown: Vec<ConnectorView> = connectors.iter().filter(asked).cloned().collect();
            print(&in_words(&shown))?;
            let mut documents = shown.iter().flat_map(|view| &view.documents);
            if documents.any(|document| document.problem.is_some()) {
                return Err(Failure::Refused("not everything was taken".to_owned()));
            }
            Ok(())
        }
    }
}

/// A refusal, for whoever has typed the name of a connector.
fn failed(name: &ConnectorId) -> impl Fn(Refused) -> Failure {
    let name = name.clone();
    move |refused| match refused {
        Refused::Hub(error) => error.into(),
        Refused::Unknown => Failure::Refused(format!(
            "no connector is called `{name}`: `clau connector list` lists them"
        )),
        refused => Failure::Refused(refused.to_string()),
    }
}

/// One step of a check, as it is printed.
#[derive(Serialize)]
struct Line {
    step: String,
    verdict: &'static str,
    words: String,
}

impl Line {
    fn of(finding: &Finding) -> Self {
        Self {
            step: finding.step.clone(),
            verdict: match finding.verdict {
                Verdict::Good => "good",
                Verdict::Warning => "warning",
                Verdict::Bad => "bad",
            },
            words: finding.words.clone(),
        }
    }
}

fn checked(lines: &[Line]) -> String {
    let mut text = String::new();
    for line in lines {
        let mark = match line.verdict {
            "good" => "  ok ",
            "warning" => "  ?  ",
            _ => "  NO ",
        };
        // Writing to a String cannot fail.
        let _written = writeln!(text, "{mark} {}: {}", line.step, line.words);
    }
    text
}

fn in_words(connectors: &[ConnectorView]) -> String {
    if connectors.is_empty() {
        return "No connector is registered: people log in with an account of the hub.\n"
            .to_owned();
    }
    let mut text = String::new();
    for connector in connectors {
        let state = match (&connector.down, connector.enabled) {
            _ if !connector.mistakes.is_empty() => "NOT USABLE",
            (_, false) => "switched off",
            (Some(_), true) => "DOWN",
            (None, true) => "in use",
        };
        let _written = writeln!(
            text,
            "{}  {} ({}), {state}, {} linked accounts",
            connector.id, connector.name, connector.kind, connector.links
        );
        for mistake in &connector.mistakes {
            let _written = writeln!(text, "  {mistake}");
        }
        if let Some((since, why)) = &connector.down {
            let _written = writeln!(text, "  since {since}: {why}");
        }
        for document in &connector.documents {
            let good = document
                .good_at
                .as_deref()
                .map_or_else(|| "no copy yet".to_owned(), |at| format!("copy of {at}"));
            let until = document.valid_until.as_deref();
            let until = until.map_or_else(String::new, |until| format!(", good until {until}"));
            let _written = writeln!(text, "  {}: {good}{until}", document.name);
            if let Some(problem) = &document.problem {
                let _written = writeln!(text, "    NOT TAKEN: {problem}");
            }
            for warning in &document.warnings {
                let _written = writeln!(text, "    {warning}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use clau_engine::federation::operate::DocumentView;

    #[test]
    fn what_is_wrong_stands_below_the_connector_it_concerns() {
        let view = ConnectorView {
            id: "educonnect".to_owned(),
            name: "ÉduConnect".to_owned(),
            kind: "saml",
            enabled: true,
            mistakes: Vec::new(),
            down: Some((
                "2026-11-26T08:00:00Z".to_owned(),
                "took too long".to_owned(),
            )),
            links: 12,
            documents: vec![DocumentView {
                name: "metadata".to_owned(),
                good_at: Some("2026-11-25T08:00:00Z".to_owned()),
                valid_until: None,
                next_at: "2026-11-26T09:00:00Z".to_owned(),
                problem: Some("it is not believed".to_owned()),
                warnings: vec!["a certificate ends in 12 days".to_owned()],
            }],
        };
        let text = in_words(&[view]);
        for word in [
            "educonnect  ÉduConnect (saml), DOWN, 12 linked accounts",
            "since 2026-11-26T08:00:00Z: took too long",
            "copy of 2026-11-25",
            "NOT TAKEN: it is not believed",
            "ends in 12 days",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert!(in_words(&[]).contains("No connector is registered"));
    }

    #[test]
    fn a_step_that_fails_is_seen_at_a_glance() {
        let line = |verdict| {
            Line::of(&Finding {
                step: "clock".to_owned(),
                verdict,
                words: "as here".to_owned(),
            })
        };
        let text = checked(&[line(Verdict::Good), line(Verdict::Bad)]);
        assert_eq!(text, "  ok  clock: as here\n  NO  clock: as here\n");
    }
}

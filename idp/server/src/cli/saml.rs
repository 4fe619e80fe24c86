//! `clau saml`: where metadata of partners comes from, how it is there, and fetching it now. Never decides what is
//! believed: the engine does.

use std::fmt::Write as _;

use clau_engine::Hub;
use clau_engine::saml::sources::SourceView;

use super::{print, to_json};
use crate::failure::Failure;
use crate::system;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Saml {
    /// List the places that metadata comes from, with the age of each copy and what was wrong the last time.
    #[command(after_help = "Example:\n  clau saml sources --json")]
    Sources {
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Fetch metadata now, from one place or from all. What cannot be believed is not taken.
    #[command(after_help = "Example:\n  clau saml refresh federation:renater")]
    Refresh {
        /// Name of the place, as `clau saml sources` lists it.
        name: Option<String>,
        /// Take a federation that has suddenly become much smaller.
        #[arg(long)]
        accept_shrink: bool,
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the hub's own metadata, as /saml/metadata serves it.
    #[command(after_help = "Example:\n  clau saml metadata > clau-metadata.xml")]
    Metadata,
}

pub(super) async fn run(hub: &Hub, command: Saml) -> Result<(), Failure> {
    let cx = system::cx();
    match command {
        Saml::Sources { json } => told(&hub.saml_sources(&cx).await?, json),
        Saml::Refresh {
            name,
            accept_shrink,
            json,
        } => {
            let fetched = hub
                .refresh_saml_now(&cx, name.as_deref(), accept_shrink)
                .await;
            let sources = fetched.map_err(|error| match error {
                clau_engine::Error::Config(what) => Failure::Refused(what),
                error => error.into(),
            })?;
            told(&sources, json)?;
            let asked =
                |source: &&SourceView| name.as_ref().is_none_or(|name| *name == source.name);
            let failed = sources
                .iter()
                .filter(asked)
                .any(|source| source.problem.is_some());
            if failed {
                return Err(Failure::Refused("not everything was taken".to_owned()));
            }
            Ok(())
        }
        Saml::Metadata => {
            // A hub that has never served has no keys yet.
            hub.tend_keys(&cx).await?;
            print(&hub.saml_metadata(&cx).await?)
        }
    }
}

fn told(sources: &[SourceView], json: bool) -> Result<(), Failure> {
    print(&if json {
        to_json(&sources)?
    } else {
        in_words(sources)
    })
}

fn in_words(sources: &[SourceView]) -> String {
    if sources.is_empty() {
        return "All metadata stands in registrations; nothing is fetched.\n".to_owned();
    }
    let mut text = String::new();
    for source in sources {
        let good = source.good_at.as_deref().map_or_else(
            || "no copy yet".to_owned(),
            |at| format!("{} entities as of {at}", source.entities),
        );
        let until = source.valid_until.as_deref();
        let until = until.map_or_else(String::new, |until| format!(", good until {until}"));
        // Writing to a String cannot fail.
        let _written = writeln!(text, "{}  {}\n  {good}{until}", source.name, source.url);
        if let Some(problem) = &source.problem {
            let tried = source.tried_at.as_deref().unwrap_or_default();
            let _written = writeln!(text, "  NOT TAKEN at {tried}: {problem}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saml_11_the_age_of_the_copy_and_the_last_refusal_are_shown() {
        let source = SourceView {
            name: "federation:renater".to_owned(),
            url: "https://metadata.example.fr/all.xml".to_owned(),
            good_at: Some("2026-11-25T08:00:00Z".to_owned()),
            valid_until: Some("2026-12-02T08:00:00Z".to_owned()),
            tried_at: Some("2026-11-26T08:00:00Z".to_owned()),
            next_at: None,
            entities: 4_321,
            problem: Some("it is not believed: its date is over".to_owned()),
        };
        let text = in_words(&[source]);
        for word in [
            "4321 entities as of 2026-11-25",
            "good until",
            "NOT TAKEN",
            "date is over",
        ] {
            assert!(text.contains(word), "{word}: {text}");
        }
        assert!(in_words(&[]).contains("nothing is fetched"));
    }
}

//! `clau keys`: the signing keys. Never shows a private one.

use std::fmt::Write as _;

use clau_engine::Hub;
use clau_engine::signing::{KeyView, Purpose};

use super::{print, to_json};
use crate::failure::Failure;
use crate::system;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Keys {
    /// List the signing keys: which one signs, which one is next, which ones are still believed.
    #[command(after_help = "Example:\n  clau keys list --json")]
    List {
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make the next key of each algorithm of a purpose, or of one. It is published at once and signs
    /// after `oidc.key_publish_minutes` or `saml.key_publish_days`; what was signed by the former key
    /// stays good until it expires.
    #[command(
        after_help = "Example:\n  clau keys rotate --algorithm ES256\n  clau keys rotate --purpose saml"
    )]
    Rotate {
        /// oidc, saml or saml-encryption.
        #[arg(long, value_name = "NAME", default_value = "oidc")]
        purpose: String,
        /// oidc: ES256, RS256, PS256 or EdDSA; saml: rsa or ec; every one without it.
        #[arg(long, value_name = "NAME")]
        algorithm: Option<String>,
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take a key out of use at once: it is known to somebody. Nothing signed by it is believed any
    /// more, and a new key takes its place. People stay signed in; services ask for new tokens.
    #[command(
        after_help = "Example:\n  clau keys revoke 0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
    )]
    Revoke {
        /// Identifier of the key (`kid`).
        // One in sixty-four begins with a hyphen.
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
}

pub(super) async fn run(hub: &Hub, command: Keys) -> Result<(), Failure> {
    let cx = system::cx();
    match command {
        Keys::List { json } => told(&hub.list_keys(&cx).await?, json),
        Keys::Rotate {
            purpose,
            algorithm,
            json,
        } => {
            let none_of = |name: &str, known: &[&str]| {
                Failure::Refused(format!("`{name}` is none of {}", known.join(", ")))
            };
            let mut purposes = Purpose::ALL.into_iter();
            let purpose = purposes
                .find(|known| known.name() == purpose)
                .ok_or_else(|| none_of(&purpose, &Purpose::ALL.map(Purpose::name)))?;
            let known = purpose.algorithms();
            if let Some(name) = &algorithm
                && !known.contains(&name.as_str())
            {
                return Err(none_of(name, known));
            }
            let rotated = hub.rotate_keys(&cx, purpose, algorithm.as_deref()).await?;
            told(&rotated, json)
        }
        Keys::Revoke { kid } => {
            if !hub.revoke_key(&cx, &kid).await? {
                return Err(Failure::Refused(format!("there is no key `{kid}`")));
            }
            told(&hub.list_keys(&cx).await?, false)
        }
    }
}

fn told(keys: &[KeyView], json: bool) -> Result<(), Failure> {
    print(&if json {
        to_json(&keys)?
    } else {
        in_words(keys)
    })
}

fn in_words(keys: &[KeyView]) -> String {
    let mut text = String::new();
    for key in keys {
        let until = key.verifies_until.as_deref().unwrap_or("-");
        // Writing to a String cannot fail.
        let _written = writeln!(
            text,
            "{:<15} {:<8} {:<6} {}  signs from {}  believed until {until}",
            key.purpose, key.state, key.algorithm, key.kid, key.signs_from
        );
    }
    text
}

//! `clau clients`: services that speak OpenID Connect. Shows a secret once, when it is made, and never again.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clau_domain::ids::ServiceId;
use clau_engine::Hub;
use clau_engine::oidc::operate::{ClientError, ClientView};
use clau_engine::oidc::template::Template;
use serde_json::json;

use super::{print, to_json};
use crate::failure::Failure;
use crate::system;

const DAY: u64 = 24 * 3600;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Clients {
    /// List the services that speak OpenID Connect.
    #[command(after_help = "Example:\n  clau clients list --json")]
    List {
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a secret for a service and show it, once. Secrets that it has stay good for a while.
    #[command(after_help = "Example:\n  clau clients secret bourses --overlap-days 7")]
    Secret {
        /// Identifier of the service.
        service: ServiceId,
        /// For how many days the former secrets stay good.
        #[arg(long, value_name = "DAYS", default_value_t = 7)]
        overlap_days: u32,
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make an invitation (initial access token) by which a publisher registers its own software, and
    /// show it, once. The template says for whom, with which information and scopes.
    #[command(
        after_help = "Example:\n  clau clients invite --label 'Éditeur X' --uses 1 --days 30 --template publisher.toml\n\nThe template, in the words of a service's registration:\n  access = [{ profiles = [\"National_ENS\"] }]\n  release = { attributes = [\"given_name\", \"family_name\"] }\n  scope = \"openid profile\""
    )]
    Invite {
        /// Who is invited, for the log.
        #[arg(long, value_name = "TEXT")]
        label: String,
        /// How many clients may be registered by it.
        #[arg(long, default_value_t = 1)]
        uses: u32,
        /// For how many days it is good.
        #[arg(long, default_value_t = 30)]
        days: u32,
        /// TOML file with `access`, `release`, `scope`, `consent`, `access_token`, `pkce_exempt_until`.
        #[arg(long, value_name = "FILE")]
        template: PathBuf,
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(hub: &Hub, command: Clients) -> Result<(), Failure> {
    let cx = system::cx();
    match command {
        Clients::List { json } => {
            let clients = hub.list_clients(&cx).await?;
            print(&if json {
                to_json(&clients)?
            } else {
                in_words(&clients)
            })
        }
        Clients::Secret {
            service,
            overlap_days,
            json,
        } => {
            let overlap = Duration::from_secs(u64::from(overlap_days) * DAY);
            let made = hub.make_client_secret(&cx, &service, overlap).await;
            let secret = made.map_err(refused)?;
            print(&if json {
                to_json(&json!({ "service": service.as_str(), "secret": secret.expose() }))?
            } else {
                secret.expose().to_owned()
            })
        }
        Clients::Invite {
            label,
            uses,
            days,
            template,
            json,
        } => {
            let template = read_template(&template)?;
            let until = cx.now + Duration::from_secs(u64::from(days) * DAY);
            let token = hub
                .invite_clients(&cx, &label, &template, (uses, until))
                .await?;
            print(&if json {
                to_json(&json!({
                    "token": token.expose(),
                    "uses": uses,
                    "expires_at": until.rfc3339(),
                }))?
            } else {
                token.expose().to_owned()
            })
        }
    }
}

fn read_template(path: &std::path::Path) -> Result<Template, Failure> {
    let refused = |why: String| Failure::Refused(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    toml::from_str(&text).map_err(|error| refused(error.message().to_owned()))
}

fn refused(error: ClientError) -> Failure {
    match error {
        ClientError::Hub(error) => error.into(),
        other => Failure::Refused(other.to_string()),
    }
}

fn in_words(clients: &[ClientView]) -> String {
    let mut text = String::new();
    for client in clients {
        let mut notes = Vec::new();
        if client.secrets > 0 {
            notes.push(format!("{} secrets", client.secrets));
        }
        if client.dynamic {
            notes.push("registered itself".to_owned());
        }
        if !client.enabled {
            notes.push("switched off".to_owned());
        }
        // Writing to a String cannot fail.
        let _written = writeln!(
            text,
            "{:<24} {:<20} {}  {}",
            client.client_id,
            client.authentication,
            client.name,
            notes.join(", ")
        );
    }
    if clients.is_empty() {
        text.push_str("No service speaks OpenID Connect yet.\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_read_strictly() {
        let template: Template = toml::from_str(
            "access = [{ profiles = [\"National_ENS\"] }]\nrelease = { attributes = [\"given_name\"] }\n",
        )
        .expect("a template");
        assert_eq!(
            template.consent,
            clau_domain::service::ConsentRule::Ask,
            "people are asked unless the operator says otherwise"
        );
        assert!(toml::from_str::<Template>("acess = []").is_err());
    }
}

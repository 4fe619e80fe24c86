//! `clau clients`: services that speak OpenID Connect. Shows a secret once, when it is made, and never again.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clau_domain::ids::ServiceId;
use clau_engine::Hub;
use clau_engine::oidc::operate::{ClientError, ClientView, InvitationView};
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
    /// List the invitations, those that are over too.
    #[command(after_help = "Example:\n  clau clients invitations --json")]
    Invitations {
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Take an invitation back. What was registered by it stays.
    #[command(after_help = "Example:\n  clau clients withdraw 3f9c2a71")]
    Withdraw {
        /// Name of the invitation, as `clau clients invitations` lists it.
        invitation: String,
    },
    /// End what a service holds at once: codes, access and refresh tokens, of everybody or of one person.
    /// People stay signed in and come back with the next request.
    #[command(after_help = "Example:\n  clau clients end bourses --login anne.martin")]
    End {
        /// Identifier of the service.
        service: ServiceId,
        /// Of this person only.
        #[arg(long, value_name = "LOGIN")]
        login: Option<String>,
    },
    /// Take a service that registered itself out of the registry, with all that it holds.
    #[command(after_help = "Example:\n  clau clients remove app-x7kq2m9dhw4t")]
    Remove {
        /// Identifier of the service.
        service: ServiceId,
    },
}

pub(super) async fn run(hub: &Hub, command: Clients) -> Result<(), Failure> {
    let cx = system::cx();
    match command {
        Clients::Invitations { json } => {
            let invitations = hub.list_invitations(&cx).await?;
            print(&if json {
                to_json(&invitations)?
            } else {
                invited(&invitations)
            })
        }
        Clients::Withdraw { invitation } => {
            let withdrawn = hub.withdraw_invitation(&invitation).await;
            withdrawn.map_err(refused)?;
            print("The invitation is withdrawn.\n")
        }
        Clients::End { service, login } => {
            let ended = hub.end_client(&cx, &service, login.as_deref()).await;
            let ended = ended.map_err(refused)?;
            print(&format!("{ended} authorizations have ended.\n"))
        }
        Clients::Remove { service } => {
            hub.remove_client(&cx, &service).await.map_err(refused)?;
            print("The service has left the registry.\n")
        }
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

fn invited(invitations: &[InvitationView]) -> String {
    let mut text = String::new();
    for one in invitations {
        let state = if one.good {
            "good until"
        } else {
            "over, until"
        };
        // Writing to a String cannot fail.
        let _written = writeln!(
            text,
            "{}  {:<32} {} left, {state} {}",
            one.name, one.label, one.uses_left, one.expires_at
        );
    }
    if invitations.is_empty() {
        text.push_str("Nobody has been invited yet.\n");
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

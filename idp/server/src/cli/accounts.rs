//! `clau accounts`: by hand what files and feeds do otherwise. Never shows a password; an activation
//! code only where it was asked for.

use std::fmt::Write as _;
use std::path::PathBuf;

use clau_domain::uai::Uai;
use clau_engine::Hub;
use clau_engine::accounts::{AccountError, Renewed, Shown};
use clau_engine::apply::SourceFile;
use clau_engine::factors::{Factors, FourEyes};
use serde_json::json;
use toml::{Table, Value};

use super::{apply, links, password, print, sheets, to_json};
use crate::failure::Failure;
use crate::system;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Accounts {
    /// Make the account of a local person: an agent, a tester. Prints the activation code.
    #[command(
        after_help = "Example:\n  clau accounts create agent.region --given Bastien --family Vidal --structure REGION --profile National_COL"
    )]
    Create(Create),
    /// Set a password, read from the terminal or the standard input; ends the account's sessions.
    #[command(after_help = "Example:\n  clau accounts passwd agent.region < password.txt")]
    Passwd {
        /// Login.
        login: String,
    },
    /// Lock an account, with the reason, and end its sessions.
    #[command(
        after_help = "Example:\n  clau accounts lock lea.martin --because 'asked by the head, 12 October'"
    )]
    Lock {
        /// Login.
        login: String,
        /// Why; operators see it, the person does not.
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
    /// Unlock an account.
    #[command(after_help = "Example:\n  clau accounts unlock lea.martin")]
    Unlock {
        /// Login.
        login: String,
    },
    /// Show what is known of an account. Nothing secret.
    #[command(after_help = "Example:\n  clau accounts show lea.martin --json")]
    Show {
        /// Login.
        login: String,
        /// In JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a new activation code for an account and print it.
    #[command(after_help = "Example:\n  clau accounts code lea.martin")]
    Code {
        /// Login.
        login: String,
    },
    /// Show the second factors of an account. Nothing secret.
    #[command(after_help = "Example:\n  clau accounts factors anne.martin")]
    Factors {
        /// Login.
        login: String,
    },
    /// Take away all second factors of an account whose owner has lost them, and end its sessions. One person asks,
    /// another agrees.
    #[command(
        after_help = "Example:\n  clau accounts remove-factors anne.martin --asked-by 'S. Hautpoul' --agreed-by 'B. Vidal' --because 'phone lost, identity card seen'"
    )]
    RemoveFactors {
        /// Login.
        login: String,
        /// Who has asked for it.
        #[arg(long, value_name = "NAME")]
        asked_by: String,
        /// Who has agreed: somebody else.
        #[arg(long, value_name = "NAME")]
        agreed_by: String,
        /// Why, and how the person was recognised.
        #[arg(long, value_name = "TEXT")]
        because: String,
    },
    /// Give a person another identifier at a service, where theirs has leaked. The service takes them for
    /// somebody new.
    #[command(after_help = "Example:\n  clau accounts new-identifier lea.martin pronote-0311234a")]
    NewIdentifier {
        /// Login.
        login: String,
        /// Id of the service.
        service: String,
    },
    /// Links and merges.
    #[command(flatten)]
    Links(links::LinkCommand),
    /// Write the activation sheets of a structure, by class, as a page made for printing.
    #[command(after_help = "Example:\n  clau accounts sheets --uai 0311234A --out sheets.html")]
    Sheets {
        /// The structure.
        #[arg(long)]
        uai: Uai,
        /// File to write; only its owner can read it.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// Login.
    login: String,
    /// First name.
    #[arg(long)]
    given: String,
    /// Family name.
    #[arg(long)]
    family: String,
    /// UAI or key of the structure to which the person belongs.
    #[arg(long)]
    structure: String,
    /// National profile there: National_ENS, National_ELV, National_COL, …
    #[arg(long)]
    profile: String,
    /// Class; more than once for several.
    #[arg(long = "class", value_name = "NAME")]
    classes: Vec<String>,
    /// Group; more than once for several.
    #[arg(long = "group", value_name = "NAME")]
    groups: Vec<String>,
    /// Code of a function: DIR, ENS, …; more than once for several.
    #[arg(long = "function", value_name = "CODE")]
    functions: Vec<String>,
    /// Mail address.
    #[arg(long)]
    mail: Option<String>,
    /// Set a password, read from the terminal or the standard input, in place of a code.
    #[arg(long)]
    password: bool,
}

impl Create {
    /// The person as a file for `clau apply` would say it, so that there is one way in.
    fn as_file(&self, password: Option<String>) -> Result<SourceFile, Failure> {
        let list = |texts: &[String]| Value::from(texts.to_vec());
        let mut affiliation = Table::new();
        affiliation.insert("structure".to_owned(), self.structure.clone().into());
        affiliation.insert("profile".to_owned(), self.profile.clone().into());
        affiliation.insert("classes".to_owned(), list(&self.classes));
        affiliation.insert("groups".to_owned(), list(&self.groups));
        affiliation.insert("functions".to_owned(), list(&self.functions));
        let mut person = Table::new();
        person.insert("login".to_owned(), self.login.clone().into());
        person.insert("given_name".to_owned(), self.given.clone().into());
        person.insert("family_name".to_owned(), self.family.clone().into());
        person.insert(
            "affiliation".to_owned(),
            Value::Array(vec![affiliation.into()]),
        );
        let optional = [("mail", self.mail.clone()), ("password", password)];
        person.extend(
            optional
                .into_iter()
                .filter_map(|(key, value)| Some((key.to_owned(), value?.into()))),
        );
        let mut file = Table::new();
        file.insert("person".to_owned(), Value::Array(vec![person.into()]));
        let text = toml::to_string(&file).map_err(|error| Failure::Defect(error.to_string()))?;
        Ok(SourceFile {
            name: "clau accounts create".to_owned(),
            text,
            ..SourceFile::default()
        })
    }
}

pub(super) async fn run(hub: &Hub, command: Accounts) -> Result<(), Failure> {
    let cx = system::cx();
    match command {
        Accounts::Create(create) => run_create(hub, &create).await,
        Accounts::Links(command) => links::run(hub, command).await,
        Accounts::Passwd { login } => {
            // Before asking for a password that would be good for nothing.
            hub.show_account(&cx, &login).await?;
            hub.set_password(&cx, &login, &password::new()?).await?;
            print(&format!(
                "the password of {login} is set, and the account's sessions are ended"
            ))
        }
        Accounts::Lock { login, because } => {
            if because.trim().is_empty() {
                return Err(Failure::Refused("--because needs a reason".to_owned()));
            }
            hub.set_lock(&cx, &login, Some(because.trim())).await?;
            print(&format!(
                "{login} is locked, and the account's sessions are ended"
            ))
        }
        Accounts::Unlock { login } => {
            hub.set_lock(&cx, &login, None).await?;
            print(&format!("{login} is unlocked"))
        }
        Accounts::Show { login, json } => {
            let shown = hub.show_account(&cx, &login).await?;
            print(&if json {
                to_json(&as_json(&shown))?
            } else {
                in_words(&shown)
            })
        }
        Accounts::Code { login } => {
            let code = hub.new_code(&cx, &login).await?;
            print(&format!("activation code of {login}: {code}"))
        }
        Accounts::Factors { login } => {
            let known = hub.factors_by_login(&login).await?;
            print(&factors(&login, &known, hub))
        }
        Accounts::RemoveFactors {
            login,
            asked_by,
            agreed_by,
            because,
        } => {
            let who = FourEyes {
                asked_by: &asked_by,
                agreed_by: &agreed_by,
                reason: &because,
            };
            let removed = hub.remove_factors(&cx, &login, who).await?;
            print(&match removed {
                0 => format!("{login} has no second factor"),
                _ => format!(
                    "{removed} second factors of {login} are taken away with the recovery codes, and the account's sessions are ended"
                ),
            })
        }
        Accounts::NewIdentifier { login, service } => {
            let renewed = hub.renew_identifier(&cx, &login, &service).await?;
            print(&new_identifier(&login, &service, &renewed))
        }
        Accounts::Sheets { uai, out } => {
            let sheets = hub.sheets(&uai).await?;
            let count: usize = sheets.groups.iter().map(|group| group.sheets.len()).sum();
            let activated = sheets.activated;
            sheets::write(&sheets, hub.settings(), &out)?;
            print(&format!(
                "{count} sheets for {} in {}; {activated} accounts have no code waiting and so no sheet",
                sheets.structure.name,
                out.display()
            ))
        }
    }
}

fn factors(login: &str, known: &Factors, hub: &Hub) -> String {
    if known.apps.is_empty() {
        return format!("{login} has no second factor");
    }
    let zone = &hub.settings().time_zone;
    let day = |at: clau_domain::time::Timestamp| at.in_zone(zone).strftime("%Y-%m-%d").to_string();
    let mut text = String::new();
    for app in &known.apps {
        let used = app.used_at.map_or("never used".to_owned(), |at| {
            format!("last used {}", day(at))
        });
        let _ = writeln!(
            text,
            "application {} {:?}, since {}, {used}",
            app.id,
            app.name,
            day(app.created_at)
        );
    }
    let _ = write!(text, "recovery codes left: {}", known.codes);
    text
}

async fn run_create(hub: &Hub, create: &Create) -> Result<(), Failure> {
    let cx = system::cx();
    match hub.show_account(&cx, &create.login).await {
        Err(AccountError::NoSuchLogin(_)) => {}
        Ok(_) => return Err(AccountError::LoginTaken(create.login.clone()).into()),
        Err(error) => return Err(error.into()),
    }
    let password = if create.password {
        Some(password::new()?)
    } else {
        None
    };
    let file = create.as_file(password)?;
    let applied = hub
        .apply(&cx, &[file], false)
        .await
        .map_err(apply::refused)?;
    let mut text = format!("{} is made\n", create.login);
    for (login, code) in &applied.codes {
        // Writing to a String cannot fail.
        let _written = writeln!(text, "activation code of {login}: {code}");
    }
    print(&text)
}

fn new_identifier(login: &str, service: &str, renewed: &Renewed) -> String {
    let identifiers = renewed.identifiers.join(", ");
    let mut text = format!(
        "{service} knows {login} as {identifiers} from now on; its sessions ended: {}, authorizations: {}",
        renewed.sessions, renewed.authorizations
    );
    let others = renewed.services.iter().map(|id| id.as_str());
    let others: Vec<&str> = others.filter(|other| *other != service).collect();
    if !others.is_empty() {
        // Writing to a String cannot fail.
        let _written = write!(
            text,
            "\nthese share its identifiers and know the new one too: {}",
            others.join(", ")
        );
    }
    text
}

fn in_words(shown: &Shown) -> String {
    let Shown {
        person,
        records,
        account,
        old_hash,
        sessions,
    } = shown;
    let mut lines = vec![
        (
            "person",
            format!("{} ({})", person.names.display(), person.id),
        ),
        ("login", account.login.clone()),
        ("made", account.created_at.to_string()),
    ];
    let activation = match (account.activated_at, account.activation_until) {
        (Some(at), _) => format!("yes, {at}"),
        (None, Some(until)) => format!("no; the code on the sheet is good until {until}"),
        (None, None) => "no, and there is no code: `clau accounts code` makes one".to_owned(),
    };
    lines.push(("activated", activation));
    if let Some(at) = account.password_set_at {
        let origin = match old_hash {
            true => ", from another system, and not used since",
            false => "",
        };
        lines.push(("password", format!("set {at}{origin}")));
    }
    lines.push((
        "locked",
        match &account.locked {
            Some((at, because)) => format!("since {at}: {because}"),
            None => "no".to_owned(),
        },
    ));
    if let Some((version, at)) = &account.charter {
        lines.push(("charter", format!("{version}, accepted {at}")));
    }
    for affiliation in &person.affiliations {
        let structure = &affiliation.structure;
        let known_as = structure
            .uai
            .as_ref()
            .map_or(structure.key.as_str(), Uai::as_str);
        let classes = match affiliation.detail.classes.as_slice() {
            [] => String::new(),
            classes => format!(", classes {}", classes.join(", ")),
        };
        let profile = affiliation.profile.code();
        lines.push((
            "belongs to",
            format!("{} ({known_as}) as {profile}{classes}", structure.name),
        ));
    }
    for record in records {
        let state = match (record.suspended_at, record.gone_at) {
            (Some(at), _) => format!("suspended since {at}"),
            (None, Some(at)) => format!("missing from the feed since {at}"),
            (None, None) => "present".to_owned(),
        };
        lines.push((
            "known from",
            format!(
                "{} ({} {}): {state}",
                record.source, record.kind, record.key
            ),
        ));
    }
    for listed in sessions {
        let session = &listed.session;
        lines.push((
            "session",
            format!(
                "{} from {}, since {}, last seen {}",
                session.device.browser, session.device.address, session.started_at, session.seen_at
            ),
        ));
    }
    lines.iter().fold(String::new(), |mut text, (name, value)| {
        let _written = writeln!(text, "{name:<11} {value}");
        text
    })
}

fn as_json(shown: &Shown) -> serde_json::Value {
    let Shown {
        person,
        records,
        account,
        old_hash,
        sessions,
    } = shown;
    json!({
        "person": person,
        "account": {
            "login": account.login,
            "created_at": account.created_at.to_string(),
            "activated_at": account.activated_at.map(|at| at.to_string()),
            "activation_until": account.activation_until.map(|at| at.to_string()),
            "old_hash": old_hash,
            "password_set_at": account.password_set_at.map(|at| at.to_string()),
            "charter": account.charter.as_ref().map(|(version, at)| json!({
                "version": version,
                "accepted_at": at.to_string(),
            })),
            "locked": account.locked.as_ref().map(|(at, because)| json!({
                "since": at.to_string(),
                "because": because,
            })),
        },
        "records": records.iter().map(|record| json!({
            "source": record.source,
            "kind": record.kind,
            "key": record.key,
            "gone_at": record.gone_at.map(|at| at.to_string()),
            "suspended_at": record.suspended_at.map(|at| at.to_string()),
        })).collect::<Vec<_>>(),
        "sessions": sessions.iter().map(|listed| json!({
            "browser": listed.session.device.browser,
            "address": listed.session.device.address,
            "started_at": listed.session.started_at.to_string(),
            "seen_at": listed.session.seen_at.to_string(),
        })).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_by_hand_is_a_file_that_apply_reads() {
        let create = Create {
            login: "agent.region".to_owned(),
            given: "Bastien \"Bas\"".to_owned(),
            family: "d’Oc".to_owned(),
            structure: "REGION".to_owned(),
            profile: "National_COL".to_owned(),
            classes: Vec::new(),
            groups: vec!["G1".to_owned()],
            functions: Vec::new(),
            mail: None,
            password: true,
        };
        let file = create
            .as_file(Some("un mot = \"de\" passe".to_owned()))
            .expect("a file");
        let read = clau_engine::apply::read(&[file]).expect("understood");
        let person = &read[0].1.person[0];
        assert_eq!(person.given_name, "Bastien \"Bas\"");
        assert_eq!(person.password.as_deref(), Some("un mot = \"de\" passe"));
        assert_eq!(person.affiliation[0].groups, ["G1"]);
    }
}

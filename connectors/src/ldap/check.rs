//! Every step that a login takes at a directory, tried one by one and told in words (`clau connector check`):
//! each server's name, way, TLS and certificate and the account that looks people up; then, at the first that
//! lets it in, the base, the filter, the subject and the attributes. Nobody's password is needed. Never says
//! what is written in an entry, only whether something is.

use std::time::Duration;

use clau_domain::connector::{Connector, Field};
use clau_domain::time::Timestamp;
use ldap3::Scope;
use tokio::time::timeout;

use super::connection::{self, ANSWER, Connection, Down, Found, Question, Step};
use super::entry::Entry;
use super::registration::{Target, is_attribute};
use super::servers::Servers;
use super::verdict;
use crate::contract::{Finding, Verdict};

/// How long one server may take.
const SERVER: Duration = Duration::from_secs(12);
/// Entries that are looked at.
const SAMPLE: usize = 20;

/// Tries everything.
pub(super) async fn check(
    connector: &Connector,
    servers: &Servers,
    now: Timestamp,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut good = None;
    for (server, target) in servers.directory().targets.iter().enumerate() {
        let work = self::server(servers, target, now, &mut findings);
        match timeout(SERVER, work).await {
            Ok(Some(connection)) if good.is_none() => {
                servers.prefer(server);
                good = Some(connection);
            }
            Ok(_) => {}
            Err(_) => bad(
                &mut findings,
                &target.to_string(),
                "it does not answer in time",
            ),
        }
    }
    if let Some(mut connection) = good {
        entries(connector, servers, &mut connection, &mut findings).await;
    }
    findings
}

/// One server, up to the account that looks people up.
async fn server(
    servers: &Servers,
    target: &Target,
    now: Timestamp,
    findings: &mut Vec<Finding>,
) -> Option<Connection> {
    let name = target.to_string();
    let directory = servers.directory();
    let addresses = step(findings, &name, connection::addresses(target).await)?;
    let listed: Vec<String> = addresses.iter().map(|at| at.ip().to_string()).collect();
    say(
        findings,
        Verdict::Good,
        &format!("{name}: name"),
        format!("it is {}", listed.join(", ")),
    );
    let stream = step(findings, &name, connection::reach(&addresses).await)?;
    say(
        findings,
        Verdict::Good,
        &format!("{name}: way"),
        format!("port {} takes connections", target.port),
    );
    let agreed = connection::agree(target, &directory.tls, stream).await;
    let stream = step(findings, &name, agreed)?;
    let soon = directory
        .tls
        .ends_soon(connection::chain(&stream), &target.name, now);
    let (verdict, words) = if soon {
        (
            Verdict::Warning,
            "its certificate is good, and ends within thirty days",
        )
    } else {
        (Verdict::Good, "its certificate is good")
    };
    say(findings, verdict, &format!("{name}: TLS"), words);
    let mut connection = step(findings, &name, Connection::over(stream).await)?;
    let bound = connection
        .bind(&directory.bind_dn, &directory.bind_password)
        .await;
    let bound = step(findings, &name, bound)?;
    let place = format!("{name}: account");
    if bound.rc != 0 {
        let words = format!("`ldap.bind_dn` is refused: {}", verdict::words(&bound));
        bad(findings, &place, &words);
        return None;
    }
    say(findings, Verdict::Good, &place, "`ldap.bind_dn` is let in");
    Some(connection)
}

/// What a step has brought; a finding where it has failed.
fn step<T>(findings: &mut Vec<Finding>, name: &str, outcome: Result<T, Down>) -> Option<T> {
    let what = |step| match step {
        Step::Name => "name",
        Step::Reach => "way",
        Step::Tls => "TLS",
        Step::Answer => "answer",
    };
    outcome
        .map_err(|down| {
            bad(
                findings,
                &format!("{name}: {}", what(down.step)),
                &down.words,
            )
        })
        .ok()
}

/// What is below the base.
async fn entries(
    connector: &Connector,
    servers: &Servers,
    connection: &mut Connection,
    findings: &mut Vec<Finding>,
) {
    let directory = servers.directory();
    let nothing = ["1.1".to_owned()];
    let base = Question {
        base: &directory.base,
        scope: Scope::Base,
        filter: "(objectClass=*)".to_owned(),
        wanted: &nothing,
        most: 1,
    };
    match connection.search(&base, ANSWER).await {
        Err(down) => return bad(findings, "base", &down.words),
        Ok(Found { result, .. }) if result.rc != 0 => {
            let words = format!("`ldap.base`: {}", verdict::words(&result));
            return bad(findings, "base", &words);
        }
        Ok(Found { entries, .. }) if entries.is_empty() => {
            let words = "`ldap.base` is there, and the account may not see it";
            return bad(findings, "base", words);
        }
        Ok(_) => say(findings, Verdict::Good, "base", "it is there"),
    }
    let people = Question {
        base: &directory.base,
        scope: Scope::Subtree,
        filter: directory.filter_of_all(),
        wanted: &directory.wanted,
        most: SAMPLE,
    };
    let found = match connection.search(&people, ANSWER).await {
        Err(down) => return bad(findings, "filter", &down.words),
        Ok(found) if !matches!(found.result.rc, 0 | 4) && !found.overflow => {
            return bad(findings, "filter", &verdict::words(&found.result));
        }
        Ok(found) => found.entries,
    };
    if found.is_empty() {
        let words = "nobody is found: is `ldap.filter` right for this directory, are people below \
                     `ldap.base`, and may the account see them?";
        return bad(findings, "filter", words);
    }
    let words = if found.len() == SAMPLE {
        format!("it finds people: {SAMPLE} or more")
    } else {
        format!("it finds people: {}", found.len())
    };
    say(findings, Verdict::Good, "filter", words);
    subject(connector, &directory.subject, &found, findings);
    for (field, names) in &connector.attributes {
        attribute(*field, names, &found, findings);
    }
}

/// Whether everybody has a subject, and each another.
fn subject(connector: &Connector, name: &str, found: &[Entry], findings: &mut Vec<Finding>) {
    let mapped = connector.attributes.get(&Field::Subject);
    let names: Vec<&str> = match mapped {
        Some(names) => names.iter().map(String::as_str).chain([name]).collect(),
        None => vec![name],
    };
    let subjects: Vec<String> = found
        .iter()
        .filter_map(|entry| {
            let mut all = names.iter().map(|name| entry.values(name));
            all.find(|values| !values.is_empty())
                .and_then(|values| values.into_iter().next())
        })
        .collect();
    let mut different = subjects.clone();
    different.sort_unstable();
    different.dedup();
    let (verdict, words) = if subjects.is_empty() {
        (
            Verdict::Bad,
            format!(
                "nobody has `{name}`: does the directory have it, and may the account read it?"
            ),
        )
    } else if different.len() < subjects.len() {
        (
            Verdict::Bad,
            format!("two people have the same `{name}`: it does not tell who somebody is"),
        )
    } else if subjects.len() < found.len() {
        let few = format!("{} of {} have `{name}`", subjects.len(), found.len());
        (Verdict::Warning, format!("{few}: the others cannot log in"))
    } else {
        (Verdict::Good, format!("everybody has `{name}`"))
    };
    say(findings, verdict, "subject", words);
}

/// Whether an attribute that is mapped is there.
fn attribute(field: Field, names: &[String], found: &[Entry], findings: &mut Vec<Finding>) {
    let place = format!("attribute {}", word(field));
    let asked: Vec<&String> = names.iter().filter(|name| is_attribute(name)).collect();
    if asked.is_empty() {
        return;
    }
    let having = |name: &str| {
        let there = |entry: &&Entry| !entry.values(name).is_empty();
        found.iter().filter(there).count()
    };
    let present = asked.iter().map(|name| (name.as_str(), having(name)));
    match present.into_iter().find(|(_, count)| *count > 0) {
        Some((name, count)) => {
            let words = format!("{count} of {} have `{name}`", found.len());
            say(findings, Verdict::Good, &place, words);
        }
        None => {
            let names: Vec<String> = asked.iter().map(|name| format!("`{name}`")).collect();
            let words = format!(
                "nobody has {}: it is missing, or the account may not read it",
                names.join(" or ")
            );
            say(findings, Verdict::Warning, &place, words);
        }
    }
}

/// A field as registrations write it.
fn word(field: Field) -> String {
    let written = serde_json::to_value(field).unwrap_or_default();
    written.as_str().unwrap_or_default().to_owned()
}

fn say(findings: &mut Vec<Finding>, verdict: Verdict, step: &str, words: impl Into<String>) {
    findings.push(Finding {
        step: step.to_owned(),
        verdict,
        words: words.into(),
    });
}

fn bad(findings: &mut Vec<Finding>, step: &str, words: &str) {
    say(findings, Verdict::Bad, step, words);
}

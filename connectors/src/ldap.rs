//! The driver of directories: LDAP and Active Directory. Login and password are asked for on a page of the hub
//! and proven by a bind as the person who was found; what the directory says of them is what was mapped in the
//! registration, and nothing more is asked for. Servers are asked in order, always with TLS. Never follows a
//! referral, never takes a bind without a password for a proof, never keeps a password.
//!
//! | module | owns |
//! | --- | --- |
//! | [`registration`] | what a registration says, and what in it cannot be |
//! | [`tls`] | trust in certificates |
//! | [`gate`] | what bytes of a directory reach the library that reads them |
//! | [`connection`] | one connection, step by step |
//! | [`servers`] | which server, which connection |
//! | [`verdict`] | what answers mean |
//! | [`entry`] | entries as text |
//! | [`check`] | every step of a login, tried and told in words |

mod check;
mod connection;
mod entry;
mod gate;
mod registration;
#[cfg(test)]
mod samples;
mod servers;
mod tls;
mod verdict;

use std::time::Duration;

use clau_domain::connector::Connector;
use clau_domain::secret::SecretString;
use clau_domain::time::Timestamp;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use ldap3::Scope;
use tokio::time::timeout;

use self::connection::{Down, Found, Question, Step};
use self::entry::Entry;
use self::registration::{Directory, is_password};
use self::servers::{Servers, Turn, Unanswered};
use self::verdict::Proof;
use crate::contract::{
    Answer, Arrival, Arrived, Blueprint, Call, Departure, Driver, Fault, Finding, Heard,
    Introduction, LogoutOutcome, Mistake, Notice, Reply, SignOut, Taken, Wanted, Wish,
};
use crate::profile::{Said, complete, identify};

/// How long a login may take at a directory, with all its servers (AVL-03).
const WHOLE: Duration = Duration::from_secs(10);
/// Longest login that is looked up.
const LONGEST_LOGIN: usize = 256;
/// What a directory says of every login: a password, over TLS. It stands where other sources name the context,
/// so that a registration may say how strong that is (`levels`).
const CONTEXT: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";

/// A driver for a directory.
///
/// # Errors
/// What is wrong with the registration, by key.
pub fn driver(blueprint: Blueprint<'_>) -> Result<Box<dyn Driver>, Vec<Mistake>> {
    let connector = complete(blueprint.connector);
    let directory = Directory::read(&connector, blueprint.secret)?;
    Ok(Box::new(LdapDriver {
        connector,
        servers: Servers::new(directory),
    }))
}

#[derive(Debug)]
struct LdapDriver {
    connector: Connector,
    servers: Servers,
}

impl Driver for LdapDriver {
    fn connector(&self) -> &Connector {
        &self.connector
    }

    fn documents(&self) -> Vec<Wanted> {
        Vec::new()
    }

    fn take(&self, _document: &str, _bytes: &[u8], _now: Timestamp) -> Result<Taken, Fault> {
        Err(Fault::Unusable("a directory has no documents".to_owned()))
    }

    fn ready(&self, _now: Timestamp) -> Result<(), Fault> {
        Ok(())
    }

    fn depart<'a>(&'a self, _call: &'a Call<'a>, _wish: &'a Wish) -> Answer<'a, Departure> {
        async { Ok(Departure::Password) }.boxed()
    }

    fn arrive<'a>(
        &'a self,
        call: &'a Call<'a>,
        arrival: &'a Arrival<'a>,
        _pending: Option<&'a str>,
    ) -> Answer<'a, Arrived> {
        async move {
            let Arrival::Credentials { login, password } = arrival else {
                let words = "a directory answers nobody but the hub".to_owned();
                return Err(Fault::Untrusted(words));
            };
            let entry = self.prove(call, login, password).await?;
            self.arrived(&entry, call.now)
        }
        .boxed()
    }

    fn sign_out<'a>(
        &'a self,
        _call: &'a Call<'a>,
        _upstream: &'a str,
        _state: &'a str,
    ) -> Answer<'a, SignOut> {
        async { Ok(SignOut::Nothing) }.boxed()
    }

    fn hear<'a>(&'a self, _call: &'a Call<'a>, _notice: &'a Notice<'a>) -> Answer<'a, Heard> {
        async {
            Err(Fault::Untrusted(
                "directories say nothing about logouts".to_owned(),
            ))
        }
        .boxed()
    }

    fn reply(
        &self,
        _call: &Call<'_>,
        _reply: &str,
        _outcome: LogoutOutcome,
    ) -> Result<Reply, Fault> {
        Err(Fault::Unusable("directories ask for no logout".to_owned()))
    }

    fn probe<'a>(&'a self, call: &'a Call<'a>) -> Answer<'a, ()> {
        async move {
            let work = async {
                let mut round = self.servers.round();
                while let Some(turn) = round.turn().await {
                    let outcome = self.servers.enter(turn.target).await;
                    let outcome = outcome.map(|connection| {
                        self.servers.hold(turn.server, connection, call.now);
                    });
                    if let Some(settled) = round.settle(turn.server, outcome) {
                        return settled;
                    }
                }
                Err(round.unanswered())
            };
            timeout(WHOLE, work).await.unwrap_or_else(|_| Err(late()))
        }
        .boxed()
    }

    fn check<'a>(&'a self, call: &'a Call<'a>) -> BoxFuture<'a, Vec<Finding>> {
        check::check(&self.connector, &self.servers, call.now).boxed()
    }

    fn introduction(&self, _call: &Call<'_>) -> Result<Option<Introduction>, Fault> {
        Ok(None)
    }
}

impl LdapDriver {
    /// Who it is, if login and password belong together.
    async fn prove(
        &self,
        call: &Call<'_>,
        login: &str,
        password: &SecretString,
    ) -> Result<Entry, Fault> {
        let login = login.trim();
        let plausible = !login.is_empty()
            && login.len() <= LONGEST_LOGIN
            && !login.chars().any(char::is_control);
        if !plausible || !is_password(password) {
            return Err(Fault::Credentials);
        }
        let work = async {
            let mut round = self.servers.round();
            while let Some(turn) = round.turn().await {
                let server = turn.server;
                let outcome = self.prove_at(turn, call, login, password).await;
                if let Some(settled) = round.settle(server, outcome) {
                    return settled;
                }
            }
            Err(round.unanswered())
        };
        timeout(WHOLE, work).await.unwrap_or_else(|_| Err(late()))
    }

    /// The same at one server: found there, and proven there.
    async fn prove_at(
        &self,
        turn: Turn<'_>,
        call: &Call<'_>,
        login: &str,
        password: &SecretString,
    ) -> Result<Entry, Unanswered> {
        let Turn {
            place,
            server,
            target,
        } = turn;
        let directory = self.servers.directory();
        let question = Question {
            base: &directory.base,
            scope: Scope::Subtree,
            filter: directory.filter_of(login),
            wanted: &directory.wanted,
            // One more than may be there.
            most: 2,
        };
        let found = self.servers.search(server, target, &question, call.now);
        let found = found.await?;
        drop(place);
        let Some(entry) = only(found)? else {
            self.servers.pretend(target, call.random).await;
            return Err(Fault::Credentials.into());
        };
        // A bind without a name is one of nobody, and some servers say yes to it whatever the password.
        if entry.dn.trim().is_empty() {
            let words = "the directory has found an entry without a name".to_owned();
            return Err(Fault::Untrusted(words).into());
        }
        let result = self.servers.prove(target, &entry.dn, password).await?;
        match verdict::of_person(&result) {
            Proof::Good => Ok(entry),
            Proof::Wrong => Err(Fault::Credentials.into()),
            Proof::Refused(words) => Err(Fault::Refused(words.to_owned()).into()),
            Proof::Ill(words) => Err(Down::at(Step::Answer, words).into()),
            Proof::Unusable(words) => Err(Fault::Unusable(words).into()),
        }
    }

    fn arrived(&self, entry: &Entry, now: Timestamp) -> Result<Arrived, Fault> {
        let directory = self.servers.directory();
        let mut subjects = entry.values(&directory.subject);
        if subjects.len() > 1 {
            let words = format!("`{}` has several values", directory.subject);
            return Err(Fault::Untrusted(words));
        }
        let subject = subjects.pop().filter(|subject| !subject.trim().is_empty());
        let said = Said {
            subject,
            context: Some(CONTEXT.to_owned()),
            authenticated_at: now,
            attributes: entry.attributes(&directory.wanted),
        };
        Ok(Arrived {
            identity: identify(&self.connector, &said)?.identity,
            upstream: String::new(),
            names: Vec::new(),
            once: Vec::new(),
        })
    }
}

impl From<Fault> for Unanswered {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Exactly one entry, none, or a refusal (FED-11).
fn only(found: Found) -> Result<Option<Entry>, Unanswered> {
    let several = || Fault::Untrusted("more than one entry has this login".to_owned());
    let words = || verdict::words(&found.result);
    match found.result.rc {
        _ if found.overflow => Err(several().into()),
        0 if found.entries.len() > 1 => Err(several().into()),
        0 => Ok(found.entries.into_iter().next()),
        4 => Err(several().into()),
        code if verdict::illness(code) => Err(Down::at(Step::Answer, words()).into()),
        32 => Err(Fault::Unusable(format!("`ldap.base`: {}", words())).into()),
        _ => Err(Fault::Unusable(format!("looking somebody up: {}", words())).into()),
    }
}

fn late() -> Fault {
    Fault::NoAnswer("the directory does not answer in time".to_owned())
}

#[cfg(test)]
mod tests;

//! The servers of one directory: which is asked, in which order, and on which connections. Connections on which
//! people are looked up are kept; a connection on which a person has proven something ends with that, and nobody
//! is ever looked up on it (FED-11).

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clau_domain::random::Random;
use clau_domain::secret::SecretString;
use clau_domain::time::Timestamp;
use ldap3::LdapResult;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::connection::{ANSWER, Connection, Down, Found, Question, Step};
use super::registration::{Directory, Target};
use super::verdict;
use crate::contract::Fault;

/// How long a connection is kept that nobody uses: firewalls forget theirs without a word.
const KEPT: Duration = Duration::from_secs(60);
/// How long a kept connection is waited for, before a new one is tried.
const KEPT_ANSWER: Duration = Duration::from_secs(2);
/// People who may prove something at the same time, for each connection that is kept.
const PROOFS: usize = 4;

/// Why a question went unanswered.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// This server is given up; the next may be asked.
    Down(Down),
    /// No other server would do better.
    Fault(Fault),
}

impl From<Down> for Unanswered {
    fn from(down: Down) -> Self {
        Self::Down(down)
    }
}

/// Servers at work.
#[derive(Debug)]
pub(super) struct Servers {
    directory: Directory,
    /// The one that answered last.
    preferred: AtomicUsize,
    kept: Mutex<Vec<Kept>>,
    searches: Semaphore,
    proofs: Semaphore,
}

#[derive(Debug)]
struct Kept {
    server: usize,
    connection: Connection,
    used: Timestamp,
}

impl Servers {
    pub(super) fn new(directory: Directory) -> Self {
        Self {
            preferred: AtomicUsize::new(0),
            kept: Mutex::default(),
            searches: Semaphore::new(directory.connections),
            proofs: Semaphore::new(directory.connections * PROOFS),
            directory,
        }
    }

    pub(super) fn directory(&self) -> &Directory {
        &self.directory
    }

    /// A round: one server after the other, until one answers.
    pub(super) fn round(&self) -> Round<'_> {
        Round {
            servers: self,
            asked: Vec::new(),
            downs: Vec::new(),
        }
    }

    /// The next server to ask, the one that answered last first; none where all were.
    fn next(&self, asked: &[usize]) -> Option<(usize, &Target)> {
        let targets = &self.directory.targets;
        let first = self.preferred.load(Ordering::Relaxed);
        let places = (0..targets.len()).map(|step| (first + step) % targets.len());
        places
            .filter_map(|server| Some((server, targets.get(server)?)))
            .find(|(server, _)| !asked.contains(server))
    }

    /// Remembers who answers.
    pub(super) fn prefer(&self, server: usize) {
        self.preferred.store(server, Ordering::Relaxed);
    }

    /// Looks something up, on a kept connection or on a new one that is then kept.
    pub(super) async fn search(
        &self,
        server: usize,
        target: &Target,
        question: &Question<'_>,
        now: Timestamp,
    ) -> Result<Found, Unanswered> {
        if let Some(mut connection) = self.take(server, now) {
            if let Ok(found) = connection.search(question, KEPT_ANSWER).await {
                self.keep(server, connection, &found, now);
                return Ok(found);
            }
            // Whatever became of it became of the others as well.
            self.forget(server);
        }
        let mut connection = self.enter(target).await?;
        let found = connection.search(question, ANSWER).await?;
        self.keep(server, connection, &found, now);
        Ok(found)
    }

    /// A new connection on which people may be looked up.
    pub(super) async fn enter(&self, target: &Target) -> Result<Connection, Unanswered> {
        let directory = &self.directory;
        let mut connection = Connection::open(target, &directory.tls).await?;
        let result = connection
            .bind(&directory.bind_dn, &directory.bind_password)
            .await?;
        match result.rc {
            0 => Ok(connection),
            code if verdict::illness(code) => {
                Err(Down::at(Step::Answer, verdict::words(&result)).into())
            }
            _ => Err(Unanswered::Fault(Fault::Unusable(format!(
                "{target} refuses `ldap.bind_dn`: {}",
                verdict::words(&result)
            )))),
        }
    }

    /// Lets a person prove who they are, on a connection of their own that ends here.
    pub(super) async fn prove(
        &self,
        target: &Target,
        dn: &str,
        password: &SecretString,
    ) -> Result<LdapResult, Unanswered> {
        let _place = place_in(&self.proofs).await?;
        let mut connection = Connection::open(target, &self.directory.tls).await?;
        Ok(connection.bind(dn, password).await?)
    }

    /// What is done where there is nobody to prove anything: as much as for somebody, so that the time does not
    /// tell who exists (PWD-06). What comes of it is of no interest.
    pub(super) async fn pretend(&self, target: &Target, random: &dyn Random) {
        let dn = format!(
            "cn=nobody-{},{}",
            hex::encode(random.bytes::<8>()),
            self.directory.base
        );
        let password = SecretString::from(hex::encode(random.bytes::<16>()));
        let _ = self.prove(target, &dn, &password).await;
    }

    fn take(&self, server: usize, now: Timestamp) -> Option<Connection> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain_mut(|kept| now.since(kept.used) < KEPT && !kept.connection.is_closed());
        let place = kept.iter().rposition(|kept| kept.server == server)?;
        Some(kept.swap_remove(place).connection)
    }

    fn keep(&self, server: usize, connection: Connection, found: &Found, used: Timestamp) {
        // Answers may still be on their way, or the account has lost its rights meanwhile.
        if found.overflow || !matches!(found.result.rc, 0 | 4 | 32) {
            return;
        }
        self.hold(server, connection, used);
    }

    /// Keeps a connection on which people may be looked up.
    pub(super) fn hold(&self, server: usize, connection: Connection, used: Timestamp) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < self.directory.connections {
            kept.push(Kept {
                server,
                connection,
                used,
            });
        }
    }

    fn forget(&self, server: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| kept.server != server);
    }
}

async fn place_in(places: &Semaphore) -> Result<SemaphorePermit<'_>, Down> {
    let closed = |_| Down::at(Step::Answer, "it is not asked any more");
    places.acquire().await.map_err(closed)
}

/// One question that is put to one server after the other.
#[derive(Debug)]
pub(super) struct Round<'a> {
    servers: &'a Servers,
    asked: Vec<usize>,
    downs: Vec<(String, Down)>,
}

/// Whose turn it is, with a place among those who look somebody up.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    pub(super) place: SemaphorePermit<'a>,
    pub(super) server: usize,
    pub(super) target: &'a Target,
}

impl<'a> Round<'a> {
    /// Whose turn it is; none where all servers were asked. That is looked at when there is a place: in the
    /// meantime a server may have been given up by others.
    pub(super) async fn turn(&mut self) -> Option<Turn<'a>> {
        let place = place_in(&self.servers.searches).await.ok()?;
        let (server, target) = self.servers.next(&self.asked)?;
        self.asked.push(server);
        Some(Turn {
            place,
            server,
            target,
        })
    }

    /// What a server's outcome is worth: an answer, or none where the next is asked.
    pub(super) fn settle<T>(
        &mut self,
        server: usize,
        outcome: Result<T, Unanswered>,
    ) -> Option<Result<T, Fault>> {
        match outcome {
            Err(Unanswered::Down(down)) => {
                let target = self.servers.directory.targets.get(server);
                let name = target.map(ToString::to_string).unwrap_or_default();
                self.downs.push((name, down));
                None
            }
            Err(Unanswered::Fault(fault)) => {
                self.servers.prefer(server);
                Some(Err(fault))
            }
            Ok(answer) => {
                self.servers.prefer(server);
                Some(Ok(answer))
            }
        }
    }

    /// What is said where nobody has answered.
    pub(super) fn unanswered(self) -> Fault {
        let words: Vec<String> = self
            .downs
            .iter()
            .map(|(server, down)| format!("{server}: {}", down.words))
            .collect();
        let words = words.join("; ");
        if self.downs.iter().any(|(_, down)| down.untrusted) {
            Fault::Untrusted(words)
        } else {
            Fault::NoAnswer(words)
        }
    }
}

//! Password hashing: Argon2id on threads of its own, low in priority, with a queue that has an end.
//! A storm of logins costs those who log in, not those who are already in (PWD-09, AVL-11). Hashes of other
//! systems are wrapped here, and checked behind the same queue. Never knows whose password it is.

mod methods;
pub(crate) mod old;
mod pace;
#[cfg(test)]
mod tests;

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use clau_domain::password::Password;
use clau_domain::random::Random;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::Error;
use crate::settings::Passwords;

use methods::Method;
use old::Foreign;
use pace::Pace;

/// Largest parameters that a stored hash may ask for: a hostile row must not eat the machine.
const MOST_MEMORY_KIB: u32 = 256 * 1024;
const MOST_PASSES: u32 = 16;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// The queue in front of the hashing threads.
pub(crate) struct Hasher {
    queue: SyncSender<Job>,
    places: Arc<Semaphore>,
    params: Params,
    dummy: String,
    pace: Pace,
}

/// A place in the queue. Taken before anything is counted or looked up for a login: whoever is told to
/// come back has lost no guess and cost nothing.
#[derive(Debug)]
pub(crate) struct Place {
    _held: OwnedSemaphorePermit,
}

/// What a check of a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// It is the one.
    Right,
    /// It is the one, hashed with older parameters or by another system: hash it again.
    RightButOld,
    /// It is another, or there is none to compare with.
    Wrong,
}

struct Job {
    work: Work,
    answer: oneshot::Sender<Outcome>,
    /// Given back when the work is done, not when the asker has gone (PWD-09).
    _place: Place,
}

enum Work {
    Verify(Password, String),
    Hash(Password, [u8; SALT_BYTES]),
    /// A hash of another system, to be wrapped.
    Wrap(Foreign, [u8; SALT_BYTES]),
    /// Whether a stored hash wraps this one.
    Wraps(Foreign, String),
}

enum Outcome {
    Checked(Verified),
    Hashed(String),
    Wraps(bool),
    Failed(String),
}

/// What a check found, and what it cost.
struct Verified {
    check: Check,
    /// By what another system had hashed the password, where one had.
    kind: Option<(Method, u32)>,
    took: Duration,
}

impl Hasher {
    /// Starts the threads.
    pub(crate) fn start(settings: Passwords) -> Result<Self, Error> {
        let wrong = |error: argon2::Error| Error::Config(format!("Argon2 settings: {error}"));
        if settings.memory_kib < 19 * 1024 || settings.passes < 2 {
            // PWD-01: the floor of OWASP's table.
            return Err(Error::Config(
                "Argon2id needs 19456 KiB and 2 passes at least".to_owned(),
            ));
        }
        let params = Params::new(settings.memory_kib, settings.passes, 1, Some(HASH_BYTES))
            .map_err(wrong)?;
        let threads = settings.threads.max(1);
        let room = threads.saturating_add(settings.queue.max(1));
        let room = room.min(Semaphore::MAX_PERMITS);
        let (queue, jobs) = sync_channel(room);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..threads {
            let (jobs, params) = (Arc::clone(&jobs), params.clone());
            std::thread::Builder::new()
                .name(format!("hash-{number}"))
                .spawn(move || work(&jobs, &params))
                .map_err(|error| Error::Config(format!("hashing thread: {error}")))?;
        }
        // What unknown logins are compared with: same parameters, so the same time (PWD-06).
        let dummy = phc(&params, &[0; SALT_BYTES], &[0; HASH_BYTES]);
        Ok(Self {
            queue,
            places: Arc::new(Semaphore::new(room)),
            params,
            dummy,
            pace: Pace::default(),
        })
    }

    /// A place in the queue.
    ///
    /// # Errors
    /// [`Error::Busy`] when there is none.
    pub(crate) fn place(&self) -> Result<Place, Error> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map(|_held| Place { _held }).map_err(|_| Error::Busy)
    }

    /// Compares a password with a stored hash; with none, does the same work and answers `Wrong`. Whatever
    /// the stored hash is, and whatever comes of it, the answer takes the same time (PWD-06).
    pub(crate) async fn check(
        &self,
        place: Place,
        password: Password,
        stored: Option<&str>,
    ) -> Result<Check, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.dummy).to_owned();
        match self.ask(place, Work::Verify(password, stored)).await? {
            Outcome::Checked(Verified { check, kind, took }) => {
                if let Some(kind) = kind {
                    self.pace.note(kind, took);
                }
                tokio::time::sleep(self.pace.remaining(took)).await;
                Ok(if known { check } else { Check::Wrong })
            }
            other => Err(other.unexpected()),
        }
    }

    /// Hashes a new password.
    pub(crate) async fn hash(
        &self,
        password: Password,
        random: &dyn Random,
    ) -> Result<String, Error> {
        let work = Work::Hash(password, random.bytes());
        match self.ask(self.place()?, work).await? {
            Outcome::Hashed(hash) => Ok(hash),
            other => Err(other.unexpected()),
        }
    }

    /// The hash to be stored for a hash of another system.
    pub(crate) async fn wrap(&self, old: Foreign, random: &dyn Random) -> Result<String, Error> {
        let work = Work::Wrap(old, random.bytes());
        match self.ask(self.place()?, work).await? {
            Outcome::Hashed(hash) => Ok(hash),
            other => Err(other.unexpected()),
        }
    }

    /// Whether a stored hash is this hash of another system, wrapped.
    pub(crate) async fn wraps(&self, old: Foreign, stored: &str) -> Result<bool, Error> {
        let work = Work::Wraps(old, stored.to_owned());
        match self.ask(self.place()?, work).await? {
            Outcome::Wraps(same) => Ok(same),
            other => Err(other.unexpected()),
        }
    }

    /// Whether a hash is one of ours, to be stored as it is.
    pub(crate) fn understands(&self, hash: &str) -> bool {
        PasswordHash::new(hash).is_ok_and(|parsed| stored_params(&parsed).is_some())
    }

    async fn ask(&self, place: Place, work: Work) -> Result<Outcome, Error> {
        let (answer, outcome) = oneshot::channel();
        self.queue
            .try_send(Job {
                work,
                answer,
                _place: place,
            })
            .map_err(|refused| match refused {
                TrySendError::Full(_) => Error::Busy,
                TrySendError::Disconnected(_) => {
                    Error::Defect("no hashing thread is left".to_owned())
                }
            })?;
        metrics::counter!("clau_password_hashes_total").increment(1);
        outcome
            .await
            .map_err(|_| Error::Defect("the hashing thread gave up".to_owned()))
    }
}

impl Outcome {
    fn unexpected(self) -> Error {
        Error::Defect(match self {
            Self::Failed(why) => why,
            Self::Checked(_) | Self::Hashed(_) | Self::Wraps(_) => {
                "a hashing thread answered another question".to_owned()
            }
        })
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hasher")
            .field("params", &self.params)
            .finish_non_exhaustive()
    }
}

/// A thread's life: one job after the other, in one piece of memory.
fn work(jobs: &Mutex<Receiver<Job>>, params: &Params) {
    // People who are already in come first; where the system refuses, hashing still works.
    let lowered =
        thread_priority::set_current_thread_priority(thread_priority::ThreadPriority::Min);
    if let Err(error) = lowered {
        tracing::debug!(?error, "hashing threads keep the ordinary priority");
    }
    let mut memory = Vec::new();
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(Job {
            work,
            answer,
            _place,
        }) = job
        else {
            return;
        };
        // Whoever has gone away is not worth 20 ms of a core.
        if answer.is_closed() {
            continue;
        }
        let outcome = done(work, params, &mut memory);
        let outcome = outcome.unwrap_or_else(|error| Outcome::Failed(error.to_string()));
        // The asker may have gone while we worked.
        let _gone = answer.send(outcome);
    }
}

fn done(work: Work, params: &Params, memory: &mut Vec<Block>) -> Result<Outcome, argon2::Error> {
    Ok(match work {
        Work::Verify(password, stored) => {
            let begun = Instant::now();
            let (check, kind) = verify(&password, &stored, params, memory)?;
            let took = begun.elapsed();
            Outcome::Checked(Verified { check, kind, took })
        }
        Work::Hash(password, salt) => {
            let bytes = hash(password.expose().as_bytes(), &salt, params, memory)?;
            Outcome::Hashed(phc(params, &salt, &bytes))
        }
        Work::Wrap(Foreign { recipe, digest }, salt) => {
            let bytes = hash(&digest, &salt, params, memory)?;
            Outcome::Hashed(old::wrapped(&recipe, &phc(params, &salt, &bytes)))
        }
        Work::Wraps(Foreign { recipe, digest }, stored) => {
            Outcome::Wraps(match old::unwrapped(&stored) {
                Some((theirs, phc)) if theirs == recipe => {
                    matches(&digest, phc, memory)?.is_some_and(|(same, _)| same)
                }
                _ => false,
            })
        }
    })
}

/// Compares a password with a stored hash, and says by what another system had hashed it, where one had.
fn verify(
    password: &Password,
    stored: &str,
    ours: &Params,
    memory: &mut Vec<Block>,
) -> Result<(Check, Option<(Method, u32)>), argon2::Error> {
    let typed = password.expose().as_bytes();
    let (found, kind) = match old::unwrapped(stored) {
        // The old digest first, Argon2id over it then: never less work than for a hash of ours. A password
        // that no old system can have had is nobody's, after the same work.
        Some((recipe, phc)) => {
            let digest = recipe.digest(typed);
            let found = matches(digest.as_deref().map_or(&[], Vec::as_slice), phc, memory)?;
            let found = found.map(|(right, _)| (right && digest.is_some(), true));
            (found, Some(recipe.effort()))
        }
        None => {
            let older =
                |params: Params| params.m_cost() < ours.m_cost() || params.t_cost() < ours.t_cost();
            let found = matches(typed, stored, memory)?;
            (found.map(|(right, params)| (right, older(params))), None)
        }
    };
    let check = match found {
        Some((true, true)) => Check::RightButOld,
        Some((true, false)) => Check::Right,
        Some((false, _)) => Check::Wrong,
        None => {
            // A row that cannot be read is told from no other by its time.
            hash(typed, &[0; SALT_BYTES], ours, memory)?;
            Check::Wrong
        }
    };
    Ok((check, kind))
}

/// Whether a secret is the one of an Argon2id hash, and its parameters. `None` where the hash is none, or past the
/// bounds.
fn matches(
    secret: &[u8],
    stored: &str,
    memory: &mut Vec<Block>,
) -> Result<Option<(bool, Params)>, argon2::Error> {
    let Ok(parsed) = PasswordHash::new(stored) else {
        return Ok(None);
    };
    let (Some(params), Some(salt), Some(expected)) = (
        stored_params(&parsed),
        parsed.salt.as_ref(),
        parsed.hash.as_ref(),
    ) else {
        return Ok(None);
    };
    let actual = hash(secret, salt.as_ref(), &params, memory)?;
    let right: bool = subtle::ConstantTimeEq::ct_eq(&actual[..], expected.as_bytes()).into();
    Ok(Some((right, params)))
}

/// The parameters of a stored Argon2id hash, if they are within bounds.
fn stored_params(parsed: &PasswordHash) -> Option<Params> {
    let argon2id = parsed.algorithm.as_str() == "argon2id" && parsed.version == Some(19);
    let params = Params::try_from(parsed).ok()?;
    let bounded = params.m_cost() <= MOST_MEMORY_KIB
        && params.t_cost() <= MOST_PASSES
        && params.p_cost() <= 4
        && parsed.hash.as_ref()?.as_bytes().len() == HASH_BYTES;
    (argon2id && bounded).then_some(params)
}

fn hash(
    secret: &[u8],
    salt: &[u8],
    params: &Params,
    memory: &mut Vec<Block>,
) -> Result<[u8; HASH_BYTES], argon2::Error> {
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::default());
    }
    let mut output = [0; HASH_BYTES];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_into_with_memory(secret, salt, &mut output, &mut memory[..])?;
    Ok(output)
}

/// The PHC string of a hash.
fn phc(params: &Params, salt: &[u8], hash: &[u8]) -> String {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD_NO_PAD;
    format!(
        "$argon2id$v=19$m={},t={},p={}${}${}",
        params.m_cost(),
        params.t_cost(),
        params.p_cost(),
        STANDARD_NO_PAD.encode(salt),
        STANDARD_NO_PAD.encode(hash)
    )
}

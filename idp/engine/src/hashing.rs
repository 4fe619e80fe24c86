//! Password hashing: Argon2id on threads of its own, low in priority, with a queue that has an end.
//! A storm of logins costs those who log in, not those who are already in (PWD-09, AVL-11). Never
//! knows whose password it is.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use clau_domain::password::Password;
use clau_domain::random::Random;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::Error;
use crate::settings::Passwords;

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
    /// It is the one, hashed with older parameters: hash it again.
    RightButOld,
    /// It is another, or there is none to compare with.
    Wrong,
}

struct Job {
    password: Password,
    work: Work,
    answer: oneshot::Sender<Outcome>,
    /// Given back when the work is done, not when the asker has gone (PWD-09).
    _place: Place,
}

enum Work {
    Verify(String),
    Hash([u8; SALT_BYTES]),
}

enum Outcome {
    Checked(Check),
    Hashed(String),
    Failed(String),
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

    /// Compares a password with a stored hash; with none, does the same work and answers `Wrong`.
    pub(crate) async fn check(
        &self,
        place: Place,
        password: Password,
        stored: Option<&str>,
    ) -> Result<Check, Error> {
        let known = stored.is_some();
        let stored = stored.unwrap_or(&self.dummy).to_owned();
        match self.ask(place, password, Work::Verify(stored)).await? {
            Outcome::Checked(check) if known => Ok(check),
            Outcome::Checked(_) => Ok(Check::Wrong),
            Outcome::Failed(why) => Err(Error::Defect(why)),
            Outcome::Hashed(_) => Err(Error::Defect("a check came back as a hash".to_owned())),
        }
    }

    /// Hashes a new password.
    pub(crate) async fn hash(
        &self,
        password: Password,
        random: &dyn Random,
    ) -> Result<String, Error> {
        let work = Work::Hash(random.bytes());
        match self.ask(self.place()?, password, work).await? {
            Outcome::Hashed(hash) => Ok(hash),
            Outcome::Failed(why) => Err(Error::Defect(why)),
            Outcome::Checked(_) => Err(Error::Defect("a hash came back as a check".to_owned())),
        }
    }

    /// Whether a stored hash is one that this hub can compare with.
    pub(crate) fn understands(&self, hash: &str) -> bool {
        PasswordHash::new(hash).is_ok_and(|parsed| stored_params(&parsed).is_some())
    }

    async fn ask(&self, place: Place, password: Password, work: Work) -> Result<Outcome, Error> {
        let (answer, outcome) = oneshot::channel();
        self.queue
            .try_send(Job {
                password,
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
            password,
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
        let outcome = match work {
            Work::Verify(stored) => verify(&password, &stored, params, &mut memory),
            Work::Hash(salt) => hash(&password, &salt, params, &mut memory)
                .map(|bytes| Outcome::Hashed(phc(params, &salt, &bytes))),
        };
        let outcome = outcome.unwrap_or_else(|error| Outcome::Failed(error.to_string()));
        // The asker may have gone while we worked.
        let _gone = answer.send(outcome);
    }
}

fn verify(
    password: &Password,
    stored: &str,
    ours: &Params,
    memory: &mut Vec<Block>,
) -> Result<Outcome, argon2::Error> {
    let wrong = Ok(Outcome::Checked(Check::Wrong));
    let Ok(parsed) = PasswordHash::new(stored) else {
        return wrong;
    };
    let (Some(params), Some(salt), Some(expected)) = (
        stored_params(&parsed),
        parsed.salt.as_ref(),
        parsed.hash.as_ref(),
    ) else {
        return wrong;
    };
    let actual = hash(password, salt.as_ref(), &params, memory)?;
    let right: bool = subtle::ConstantTimeEq::ct_eq(&actual[..], expected.as_bytes()).into();
    let old = params.m_cost() < ours.m_cost() || params.t_cost() < ours.t_cost();
    Ok(Outcome::Checked(match (right, old) {
        (false, _) => Check::Wrong,
        (true, false) => Check::Right,
        (true, true) => Check::RightButOld,
    }))
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
    password: &Password,
    salt: &[u8],
    params: &Params,
    memory: &mut Vec<Block>,
) -> Result<[u8; HASH_BYTES], argon2::Error> {
    if memory.len() < params.block_count() {
        memory.resize(params.block_count(), Block::default());
    }
    let mut output = [0; HASH_BYTES];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_into_with_memory(
        password.expose().as_bytes(),
        salt,
        &mut output,
        &mut memory[..],
    )?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use clau_domain::random::SeededForTests;

    fn password(text: &str) -> Password {
        Password::typed(text).expect("not empty")
    }

    async fn check(hasher: &Hasher, text: &str, stored: Option<&str>) -> Result<Check, Error> {
        hasher.check(hasher.place()?, password(text), stored).await
    }

    fn settings(threads: usize, queue: usize) -> Passwords {
        Passwords {
            memory_kib: 19 * 1024,
            passes: 2,
            threads,
            queue,
        }
    }

    #[tokio::test]
    async fn pwd_01_hashes_are_argon2id_and_checked_again() {
        let hasher = Hasher::start(settings(1, 10)).expect("starts");
        let hash = hasher
            .hash(password("correct horse"), &SeededForTests::new(1))
            .await
            .expect("hash");
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(hasher.understands(&hash));
        for (text, expected) in [
            ("correct horse", Check::Right),
            ("correct horsf", Check::Wrong),
        ] {
            assert_eq!(check(&hasher, text, Some(&hash)).await.ok(), Some(expected));
        }
        assert_eq!(check(&hasher, "x", None).await.ok(), Some(Check::Wrong));
        assert!(
            Hasher::start(Passwords {
                memory_kib: 8 * 1024,
                ..settings(1, 1)
            })
            .is_err()
        );
    }

    #[tokio::test]
    async fn pwd_01_stored_parameters_are_bounded_on_read() {
        let hasher = Hasher::start(settings(1, 10)).expect("starts");
        for hostile in [
            "$argon2id$v=19$m=4194304,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=19456,t=4000000,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "$argon2i$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "plain",
            "",
        ] {
            assert_eq!(
                check(&hasher, "x", Some(hostile)).await.ok(),
                Some(Check::Wrong)
            );
        }
    }

    #[tokio::test]
    async fn pwd_01_older_parameters_are_told() {
        let strong = Hasher::start(Passwords {
            passes: 3,
            ..settings(1, 10)
        })
        .expect("starts");
        let weak = Hasher::start(settings(1, 10)).expect("starts");
        let hash = weak
            .hash(password("a password"), &SeededForTests::new(1))
            .await
            .expect("hash");
        let checked = check(&strong, "a password", Some(&hash)).await;
        assert_eq!(checked.ok(), Some(Check::RightButOld));
    }

    #[tokio::test]
    async fn pwd_09_past_the_queue_the_answer_is_at_once_and_the_abandoned_are_skipped() {
        let hasher = Arc::new(Hasher::start(settings(1, 2)).expect("starts"));
        let mut waiting = Vec::new();
        for _ in 0..20 {
            let hasher = Arc::clone(&hasher);
            waiting.push(tokio::spawn(async move { check(&hasher, "x", None).await }));
        }
        let mut busy = 0;
        for task in waiting {
            busy += usize::from(matches!(task.await.expect("no panic"), Err(Error::Busy)));
        }
        assert!(
            (1..20).contains(&busy),
            "{busy} of 20 were told to come back"
        );
        // Clients who hang up leave jobs that cost nothing, and the queue works on.
        for _ in 0..2 {
            let asked = tokio::time::timeout(std::time::Duration::ZERO, check(&hasher, "x", None));
            assert!(asked.await.is_err());
        }
        assert_eq!(check(&hasher, "x", None).await.ok(), Some(Check::Wrong));
    }
}

//! Background tasks: the outbox of logout notices, the sweep of what has expired, signing keys, metadata of
//! partners and sources, imports that a crash interrupted, the certificate. What one node is enough for runs under a lease. A task that panics is
//! told and runs again (FT-19). Never decides what is due: the engine does.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use clau_domain::random::Random;
use clau_domain::time::Timestamp;
use clau_engine::Hub;
use clau_engine::import::{ImportError, Progress, Watch};
use clau_storage::{Database, leases};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use super::tls::Certificate;
use crate::system::{self, Clock, SystemRandom};

/// How long a lease lasts; it is prolonged at a third of it.
const LEASE: Duration = Duration::from_secs(60);
/// Longest the outbox waits without a word: notices of other nodes and retries are due by then.
const OUTBOX: Duration = Duration::from_secs(2);
const SWEEP: Duration = Duration::from_secs(60);
/// A successor is due within days, and published for hours before it signs.
const KEYS: Duration = Duration::from_secs(600);
/// Sources are looked at; each is fetched when it is due.
const METADATA: Duration = Duration::from_secs(10);
/// A document that another node has fetched is in use everywhere within this time.
const DOCUMENTS: Duration = Duration::from_secs(5);
/// A source that has stopped to answer is shown as down within two of these.
const HEALTH: Duration = Duration::from_secs(20);
const RESUME: Duration = Duration::from_secs(120);
const CERTIFICATE: Duration = Duration::from_secs(60);
/// Batches of the outbox under way at a time: one that waits for a service holds up no other.
const BATCHES: usize = 4;
/// After a failure, so that a store that is away is not asked all the time.
const AFTER_FAILURE: Duration = Duration::from_secs(3);
/// How long the end waits for the tasks: a service that does not answer a notice is given up sooner.
const END: Duration = Duration::from_secs(8);

/// What the tasks need.
pub(super) struct Background {
    pub(super) hub: Hub,
    pub(super) database: Database,
    pub(super) certificate: Option<Arc<Certificate>>,
    pub(super) stopped: watch::Receiver<bool>,
}

/// The running tasks.
pub(super) struct Tasks(Vec<JoinHandle<()>>);

impl Tasks {
    /// Waits until each has finished what it holds, for a few seconds.
    pub(super) async fn end(self) {
        let all = async {
            for task in self.0 {
                let _ended = task.await;
            }
        };
        if tokio::time::timeout(END, all).await.is_err() {
            tracing::warn!(
                event = "task.cut",
                "a background task was cut; another node takes over"
            );
        }
    }
}

type Work = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// Starts them all.
pub(super) fn start(background: Background) -> Tasks {
    let Background {
        hub,
        database,
        certificate,
        stopped,
    } = background;
    let random: [u8; 8] = (&SystemRandom as &dyn Random).bytes();
    let holder: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let leased = |name, every, work: fn(Hub) -> Work| {
        let (hub, stopped) = (hub.clone(), stopped.clone());
        let lease = Lease {
            database: database.clone(),
            name,
            holder: holder.clone(),
        };
        tokio::spawn(periodically(name, every, stopped, move || {
            let (lease, work) = (lease.clone(), work(hub.clone()));
            Box::pin(async move { lease.hold(work).await })
        }))
    };
    // What each node knows by itself: which sources answer it, which documents its drivers have.
    let everywhere = |name, every, work: fn(Hub) -> Work| {
        let (hub, stopped) = (hub.clone(), stopped.clone());
        tokio::spawn(periodically(name, every, stopped, move || {
            work(hub.clone())
        }))
    };
    let mut tasks = vec![
        leased("sweep", SWEEP, |hub| {
            Box::pin(async move {
                hub.sweep(Clock.now())
                    .await
                    .map_err(|error| error.to_string())
            })
        }),
        leased("signing-keys", KEYS, |hub| {
            Box::pin(async move {
                hub.tend_keys(&system::cx())
                    .await
                    .map_err(|error| error.to_string())
            })
        }),
        leased("saml-metadata", METADATA, |hub| {
            Box::pin(async move {
                let tried = hub.refresh_saml(&system::cx()).await;
                tried.map(drop).map_err(|error| error.to_string())
            })
        }),
        leased("connector-documents", METADATA, |hub| {
            Box::pin(async move {
                let tried = hub.refresh_documents(&system::cx()).await;
                tried.map(drop).map_err(|error| error.to_string())
            })
        }),
        leased("resume-import", RESUME, |hub| Box::pin(resume(hub))),
        tokio::spawn(outbox(hub.clone(), stopped.clone())),
        everywhere("source-documents", DOCUMENTS, |hub| {
            Box::pin(async move {
                let loaded = hub.load_new_documents(&system::cx()).await;
                loaded.map_err(|error| error.to_string())
            })
        }),
        everywhere("source-health", HEALTH, |hub| {
            Box::pin(async move {
                let asked = hub.probe_sources(&system::cx()).await;
                asked.map_err(|error| error.to_string())
            })
        }),
    ];
    if let Some(certificate) = certificate {
        tasks.push(tokio::spawn(periodically(
            "certificate",
            CERTIFICATE,
            stopped,
            move || {
                let certificate = Arc::clone(&certificate);
                Box::pin(async move {
                    let refreshed =
                        tokio::task::spawn_blocking(move || certificate.refresh()).await;
                    refreshed.map_err(|error| error.to_string())
                })
            },
        )));
    }
    Tasks(tasks)
}

/// Runs a piece of work again and again, each time a little later or earlier so that nodes that
/// started together do not go on together.
async fn periodically(
    name: &'static str,
    every: Duration,
    mut stopped: watch::Receiver<bool>,
    work: impl Fn() -> Work,
) {
    // Soon after the start: an interrupted import must not wait.
    let mut pause = Duration::from_millis(500);
    loop {
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(pause) => {}
        }
        run(name, work()).await;
        let jitter = (&SystemRandom as &dyn Random).below(200);
        pause = every.mul_f64(0.9 + f64::from(jitter) / 1000.0);
    }
}

/// Delivers as soon as there is something to deliver; any node may, at any time.
async fn outbox(hub: Hub, mut stopped: watch::Receiver<bool>) {
    let mut batches = JoinSet::new();
    loop {
        let last = *stopped.borrow();
        if batches.len() < BATCHES {
            batches.spawn(run("outbox", Box::pin(deliver(hub.clone()))));
        }
        if last {
            // What the last requests left has been sent once by then; the rest is another node's, or
            // the next start's.
            while batches.join_next().await.is_some() {}
            return;
        }
        let mut fine = true;
        while let Some(ended) = batches.try_join_next() {
            fine &= ended.unwrap_or_default();
        }
        let pause = async {
            if fine {
                hub.outbox_stirs(OUTBOX).await
            } else {
                tokio::time::sleep(AFTER_FAILURE).await
            }
        };
        tokio::select! {
            _ = stopped.changed() => {}
            () = pause => {}
        }
    }
}

/// Delivers until nothing is due.
async fn deliver(hub: Hub) -> Result<(), String> {
    loop {
        let delivered = hub.deliver_notices(&system::cx()).await;
        if delivered.map_err(|error| error.to_string())? == 0 {
            return Ok(());
        }
    }
}

/// Runs one piece of work to its end; whether it went well. A panic ends it and nothing else.
async fn run(name: &'static str, work: Work) -> bool {
    let outcome = match tokio::spawn(work).await {
        Ok(Ok(())) => "done",
        Ok(Err(why)) => {
            tracing::warn!(
                event = "task.failed",
                task = name,
                why,
                "will be tried again"
            );
            "failed"
        }
        Err(_) => "panicked",
    };
    metrics::counter!("clau_task_runs_total", "task" => name, "outcome" => outcome).increment(1);
    outcome == "done"
}

async fn resume(hub: Hub) -> Result<(), String> {
    let cx = system::cx();
    match hub.resume_import(&cx, &Quiet).await {
        Ok(None) | Err(ImportError::Running) => Ok(()),
        Ok(Some(report)) => {
            tracing::info!(
                event = "import.resumed",
                source = report.source,
                set = report.set,
                "an import that was interrupted is finished"
            );
            Ok(())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Looks on at an import that nobody watches.
struct Quiet;

impl Watch for Quiet {
    fn now(&self) -> Timestamp {
        Clock.now()
    }

    fn progress(&self, _: Progress) {}
}

#[derive(Clone)]
struct Lease {
    database: Database,
    name: &'static str,
    holder: String,
}

impl Lease {
    /// Does the work if this node has the lease, and keeps the lease while it lasts.
    async fn hold(&self, mut work: Work) -> Result<(), String> {
        if !self.take().await? {
            return Ok(());
        }
        loop {
            tokio::select! {
                outcome = &mut work => {
                    let given_back = leases::release(&self.database, self.name, &self.holder).await;
                    return outcome.and(given_back.map_err(|error| error.to_string()));
                }
                () = tokio::time::sleep(LEASE / 3) => {
                    // What runs under a lease bears running twice: a lost one stops nothing.
                    if let Err(why) = self.take().await {
                        tracing::warn!(event = "task.lease", task = self.name, why, "not prolonged");
                    }
                }
            }
        }
    }

    async fn take(&self) -> Result<bool, String> {
        let now = Clock.now();
        leases::take(&self.database, self.name, &self.holder, now + LEASE, now)
            .await
            .map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clau_storage::DatabaseConfig;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn ft_19_a_task_that_panics_runs_again() {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(periodically(
            "test",
            Duration::from_millis(10),
            stopped,
            || {
                Box::pin(async {
                    if RUNS.fetch_add(1, Ordering::SeqCst) == 0 {
                        panic!("the first time");
                    }
                    Ok(())
                })
            },
        ));
        let twice = async {
            while RUNS.load(Ordering::SeqCst) < 3 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), twice)
            .await
            .expect("runs again");
        stop.send(true).expect("listens");
        tokio::time::timeout(Duration::from_secs(5), task)
            .await
            .expect("stops")
            .expect("no panic");
    }

    #[tokio::test]
    async fn one_node_at_a_time_has_a_lease() {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let directory = tempfile::tempdir().expect("a directory");
        let place = DatabaseConfig::Sqlite {
            file: directory.path().join("a.db"),
            readers: 2,
        };
        let database = Database::open(&place).await.expect("opens");
        let lease = |holder: &str| Lease {
            database: database.clone(),
            name: "test",
            holder: holder.to_owned(),
        };
        let work = || -> Work {
            Box::pin(async {
                RUNS.fetch_add(1, Ordering::SeqCst);
                Ok(())
            })
        };
        assert_eq!(lease("one").take().await, Ok(true));
        lease("two").hold(work()).await.expect("no failure");
        assert_eq!(RUNS.load(Ordering::SeqCst), 0, "the other one has it");
        lease("one").hold(work()).await.expect("no failure");
        lease("two").hold(work()).await.expect("no failure");
        assert_eq!(RUNS.load(Ordering::SeqCst), 2, "given back");
    }
}

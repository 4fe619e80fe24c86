//! The first phase: records become staged rows. They are read and converted on a thread of their own,
//! which is at most a few batches ahead of the database. Never touches the directory.

use clau_domain::feed::{Item, Place, Refusal, Warning};
use clau_storage::StorageError;
use clau_storage::imports::stage::{Batch, StagePlace, write};
use tokio::sync::mpsc;

use super::report::Oddities;
use super::{ImportError, Phase, Progress, Run, convert};
use crate::Error;

/// Records written in one transaction: some tens of milliseconds of the one writer.
const BATCH: usize = 2000;
/// Batches that wait for the database.
const AHEAD: usize = 2;

/// What the reader found.
pub(super) struct Staged {
    /// Records, whether usable or not.
    pub(super) records: u64,
    /// Of those, people.
    pub(super) people: u64,
    /// What was odd.
    pub(super) oddities: Oddities,
}

enum Message {
    Batch(Batch),
    End(Staged),
}

impl Run<'_> {
    /// Stages every record.
    pub(super) async fn stage<I>(
        &self,
        warnings: Vec<Warning>,
        entries: I,
    ) -> Result<Staged, ImportError>
    where
        I: Iterator<Item = Result<Item, Refusal>> + Send + 'static,
    {
        let (send, mut receive) = mpsc::channel(AHEAD);
        let reader = tokio::task::spawn_blocking(move || read(&warnings, entries, &send));
        let mut mint = self.mint();
        let mut records = 0;
        let mut staged = None;
        while let Some(message) = receive.recv().await {
            match message {
                Message::Batch(batch) => {
                    records += u64::try_from(batch.len()).unwrap_or_default();
                    write(self.hub.patient_database(), self.fence(), batch, &mut mint).await?;
                    let progress = Progress {
                        phase: Phase::Reading,
                        done: records,
                        total: None,
                    };
                    self.watch.progress(progress);
                }
                Message::End(end) => staged = Some(end),
            }
        }
        let read = reader
            .await
            .map_err(|error| Error::Defect(format!("the reader: {error}")))?;
        read?;
        staged.ok_or_else(|| Error::Defect("the reader ended early".to_owned()).into())
    }
}

/// Reads everything. Ends quietly when nobody listens any more.
fn read<I>(
    warnings: &[Warning],
    entries: I,
    send: &mpsc::Sender<Message>,
) -> Result<(), ImportError>
where
    I: Iterator<Item = Result<Item, Refusal>>,
{
    let mut reading = Reading::default();
    for warning in warnings {
        reading.staged.oddities.warning(warning);
    }
    for item in entries {
        reading.take(item?)?;
        if reading.batch.len() >= BATCH {
            let batch = std::mem::take(&mut reading.batch);
            if send.blocking_send(Message::Batch(batch)).is_err() {
                return Ok(());
            }
        }
    }
    if !reading.batch.is_empty() {
        // A closed channel means that the import has failed already, and says why itself.
        let _heard = send.blocking_send(Message::Batch(reading.batch));
    }
    let _heard = send.blocking_send(Message::End(reading.staged));
    Ok(())
}

struct Reading {
    batch: Batch,
    staged: Staged,
    /// Number and name of the file being read; records come file by file.
    file: (i64, String),
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            batch: Batch::default(),
            staged: Staged {
                records: 0,
                people: 0,
                oddities: Oddities::default(),
            },
            file: (0, String::new()),
        }
    }
}

impl Reading {
    fn take(&mut self, item: Item) -> Result<(), StorageError> {
        match item {
            Item::Record {
                at,
                record,
                warnings,
            } => {
                for warning in &warnings {
                    self.staged.oddities.warning(warning);
                }
                let place = self.place(&at, record.kind().is_person());
                convert::record(&mut self.batch, place, record)
            }
            Item::Unusable {
                at,
                kind,
                key,
                reason,
            } => {
                let place = self.place(&at, kind.is_person());
                let why = (key, convert::unusable(reason));
                convert::unusable_record(&mut self.batch, place, kind, why);
                Ok(())
            }
        }
    }

    fn place(&mut self, at: &Place, person: bool) -> StagePlace {
        self.staged.records += 1;
        self.staged.people += u64::from(person);
        if self.file.0 == 0 || self.file.1 != at.file.as_str() {
            self.file = (self.file.0 + 1, at.file.as_str().to_owned());
            self.batch.files.push(self.file.clone());
        }
        StagePlace {
            n: i64::try_from(self.staged.records).unwrap_or(i64::MAX),
            file: self.file.0,
            line: i64::try_from(at.line).unwrap_or(i64::MAX),
        }
    }
}

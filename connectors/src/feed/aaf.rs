//! The reader of complete AAF sets of the second degree (french-ent.md §2), from a folder, a zip or
//! a gzip-compressed tar. Owns what is a set and what is not: [`Set::open`] looks at names and heads,
//! [`Set::entries`] streams the records in constant memory. Never fetches or expands anything
//! (IMP-01), never leaves a file behind (IMP-02), never half-reads: the first [`Refusal`] ends the set
//! and the importer applies nothing of it.
//!
//! ```no_run
//! use clau_connectors::feed::aaf::{Limits, Set};
//! use clau_domain::feed::Item;
//!
//! let set = Set::open("ENT2DVA.20260901.tgz".as_ref(), &Limits::default())?;
//! for item in set.entries() {
//!     match item? {
//!         Item::Record { at, record, .. } => println!("{at}: {} {}", record.kind(), record.key()),
//!         Item::Unusable { at, reason, .. } => println!("{at}: {reason}"),
//!     }
//! }
//! # Ok::<(), clau_domain::feed::Refusal>(())
//! ```

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clau_domain::feed::{FileName, Item, Reason, Refusal, SetFile, SetHeader, Warning};

use self::document::Document;
use self::raw::RawRecord;
use self::scratch::Section;

mod archive;
mod decode;
mod document;
mod map;
mod names;
mod raw;
mod scratch;
mod value;

#[cfg(test)]
mod tests;

/// What a set may cost to read (IMP-02, XML-03). The defaults are ten times what the largest academy
/// delivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest archive, in bytes.
    pub archive_bytes: u64,
    /// Largest sum of what is in a set, expanded, in bytes.
    pub expanded_bytes: u64,
    /// Largest ratio of expanded to compressed bytes; real feeds have about 20.
    pub ratio: u64,
    /// Most entries in an archive or folder.
    pub entries: u64,
    /// Largest record, and largest single piece of markup, in bytes.
    pub record_bytes: u64,
    /// Folder for the scratch file into which archives are unpacked. The file has no name there: it
    /// is gone when the set is dropped, and when the process dies.
    pub scratch: PathBuf,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive_bytes: 1 << 30,
            expanded_bytes: 8 << 30,
            ratio: 200,
            entries: 20_000,
            record_bytes: 1 << 20,
            scratch: std::env::temp_dir(),
        }
    }
}

/// A set whose names and heads are good.
#[derive(Debug)]
pub struct Set {
    parts: Arc<Parts>,
    warnings: Vec<Warning>,
    position: Position,
}

/// What the iterator needs of a set.
#[derive(Debug)]
struct Parts {
    header: SetHeader,
    sources: Vec<Source>,
    record_bytes: u64,
}

/// Where the bytes of a file are.
#[derive(Clone, Debug)]
enum Source {
    Path(PathBuf),
    Section(Section),
    Memory(Arc<[u8]>),
}

impl Source {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Path(path) => Box::new(File::open(path)?),
            Self::Section(section) => Box::new(section.reader()),
            Self::Memory(bytes) => Box::new(io::Cursor::new(Arc::clone(bytes))),
        })
    }
}

/// A file that is there, before anything is known of it but its name.
#[derive(Debug)]
struct Found {
    name: String,
    bytes: u64,
    source: Source,
}

/// How far a set has been read, for a progress bar. Clones show the same position.
#[derive(Clone, Debug, Default)]
pub struct Position(Arc<AtomicU64>);

impl Position {
    /// Bytes read so far, of [`Set::bytes_total`].
    pub fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn advance(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Set {
    /// Opens a folder, a zip or a gzip-compressed tar; which one is seen by content, not by name. An
    /// archive is unpacked to its end here, so that a damaged one is refused before its first record.
    ///
    /// # Errors
    /// A [`Refusal`] where it is no complete, coherent set (IMP-05), or passes a limit.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Refusal> {
        let whole = FileName::new(&shown(path));
        let refuse = |reason| Refusal::of_file(whole.clone(), reason);
        let metadata = fs::metadata(path).map_err(|error| refuse(io_reason(&error)))?;
        let found = if metadata.is_dir() {
            folder(path, limits)
        } else {
            archive::unpack(path, metadata.len(), limits).map_err(refuse)
        }?;
        let set = Self::of(&whole, found, limits)?;
        names::complete(&whole, &set.header().files)?;
        Ok(set)
    }

    /// One file on its own: enough to look at its records, not to import them.
    ///
    /// # Errors
    /// A [`Refusal`] where it is no file of a complete set.
    pub fn of_file(name: &str, bytes: &[u8], limits: &Limits) -> Result<Self, Refusal> {
        let source = Source::Memory(Arc::from(bytes));
        let found = Found {
            name: name.to_owned(),
            bytes: bytes.len() as u64,
            source,
        };
        Self::of(&FileName::new(name), vec![found], limits)
    }

    fn of(whole: &FileName, found: Vec<Found>, limits: &Limits) -> Result<Self, Refusal> {
        let (plan, mut warnings) = names::plan(whole, found)?;
        let (files, sources): (Vec<SetFile>, Vec<Source>) = plan.files.into_iter().unzip();
        let mut header = SetHeader {
            project: plan.project,
            date: plan.date,
            files,
            version: None,
            academy: None,
        };
        read_heads(&mut header, &sources, limits)?;
        warnings.sort_by(|a, b| a.at.cmp(&b.at));
        let parts = Parts {
            header,
            sources,
            record_bytes: limits.record_bytes,
        };
        Ok(Self {
            parts: Arc::new(parts),
            warnings,
            position: Position::default(),
        })
    }

    /// What the set says of itself.
    pub fn header(&self) -> &SetHeader {
        &self.parts.header
    }

    /// What is odd about the set as a whole. Oddities of records come with the records.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Size of all files, expanded, in bytes.
    pub fn bytes_total(&self) -> u64 {
        self.parts.header.files.iter().map(|file| file.bytes).sum()
    }

    /// How far [`Set::entries`] has come.
    pub fn position(&self) -> Position {
        self.position.clone()
    }

    /// The records, structures first and staff last. The iterator may go to another thread and
    /// outlives the set; each call reads from the beginning.
    pub fn entries(&self) -> Entries {
        self.position.0.store(0, Ordering::Relaxed);
        Entries {
            parts: Arc::clone(&self.parts),
            position: self.position.clone(),
            file: 0,
            document: None,
            raw: RawRecord::default(),
            refused: false,
        }
    }
}

/// The records of a set. After a refusal there are none.
pub struct Entries {
    parts: Arc<Parts>,
    position: Position,
    file: usize,
    document: Option<Document>,
    raw: RawRecord,
    refused: bool,
}

impl Entries {
    fn step(&mut self) -> Result<Option<Item>, Refusal> {
        while let (Some(file), Some(source)) = (
            self.parts.header.files.get(self.file),
            self.parts.sources.get(self.file),
        ) {
            let document = match &mut self.document {
                Some(document) => document,
                None => self
                    .document
                    .insert(open(file, source, &self.parts, &self.position)?),
            };
            if document.next_record(&mut self.raw)? {
                return map::item(&self.raw, file).map(Some);
            }
            self.document = None;
            self.file += 1;
        }
        Ok(None)
    }
}

impl Iterator for Entries {
    type Item = Result<Item, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.refused {
            return None;
        }
        let step = self.step();
        self.refused = step.is_err();
        step.transpose()
    }
}

impl std::iter::FusedIterator for Entries {}

fn open(
    file: &SetFile,
    source: &Source,
    parts: &Parts,
    position: &Position,
) -> Result<Document, Refusal> {
    let refuse = |error| Refusal::of_file(file.name.clone(), io_reason(&error));
    let bytes = source.open().map_err(refuse)?;
    Document::open(
        file.name.clone(),
        bytes,
        parts.record_bytes,
        position.clone(),
    )
}

/// Reads every file up to its first record: foreign files are seen before anything is staged.
fn read_heads(header: &mut SetHeader, sources: &[Source], limits: &Limits) -> Result<(), Refusal> {
    for (file, source) in header.files.iter().zip(sources) {
        let refuse = |reason| Refusal::of_file(file.name.clone(), reason);
        let bytes = source.open().map_err(|error| refuse(io_reason(&error)))?;
        let mut document = Document::open(
            file.name.clone(),
            bytes,
            limits.record_bytes,
            Position::default(),
        )?;
        let head = document.head()?;
        if header.version.is_none() {
            header.version = head.version;
        }
        match (&header.academy, head.academy) {
            (Some(expected), Some(found)) if *expected != found => {
                let expected = expected.clone();
                return Err(refuse(Reason::MixedAcademies { expected, found }));
            }
            (None, Some(found)) => header.academy = Some(found),
            _ => {}
        }
    }
    Ok(())
}

/// The plain files of a folder, not of those below it. Links are not followed: whoever may write
/// into a drop folder must not make the hub read something else.
fn folder(path: &Path, limits: &Limits) -> Result<Vec<Found>, Refusal> {
    let whole = FileName::new(&shown(path));
    let refuse = |error: io::Error| Refusal::of_file(whole.clone(), io_reason(&error));
    let mut found = Vec::new();
    let mut expanded = 0_u64;
    for (count, entry) in (1_u64..).zip(fs::read_dir(path).map_err(refuse)?) {
        if count > limits.entries {
            let reason = Reason::TooManyEntries {
                limit: limits.entries,
            };
            return Err(Refusal::of_file(whole, reason));
        }
        let entry = entry.map_err(refuse)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let metadata = entry.metadata().map_err(refuse)?;
        if metadata.is_symlink() && names::concerns(&name) {
            return Err(Refusal::of_file(whole, Reason::Link { entry: name }));
        }
        if !metadata.is_file() {
            continue;
        }
        if names::concerns(&name) {
            expanded = expanded.saturating_add(metadata.len());
        }
        let source = Source::Path(entry.path());
        found.push(Found {
            name,
            bytes: metadata.len(),
            source,
        });
    }
    if expanded > limits.expanded_bytes {
        let reason = Reason::ExpandsTooMuch {
            limit: limits.expanded_bytes,
        };
        return Err(Refusal::of_file(whole, reason));
    }
    Ok(found)
}

/// The last part of a path, for people.
fn shown(path: &Path) -> String {
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| path.display().to_string())
}

fn io_reason(error: &io::Error) -> Reason {
    Reason::Io {
        detail: error.to_string(),
    }
}

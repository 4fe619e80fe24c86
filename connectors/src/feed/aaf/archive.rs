//! Archives: a zip or a gzip-compressed tar, unpacked under caps into a scratch file. Owns what an
//! archive may be (IMP-02): no links, no names that lead elsewhere, no bombs, read to its end so that
//! damage shows. Never makes a file by a name that an archive gives.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use clau_domain::feed::Reason;
use flate2::bufread::MultiGzDecoder;
use tar::{EntryType, PaxExtensions};
use zip::CompressionMethod;
use zip::read::{Config, ZipReadOptions};
use zip::result::ZipError;
// Walks the directory of an archive without an index of it; the lock file keeps its form.
use zip::unstable::read::ZipIterable;

use super::scratch::{self, Section};
use super::{Found, Limits, Source, io_reason, names};

/// Largest header of a tar that is read into memory: a long name.
const TAR_HEADER_LIMIT: u64 = 1 << 16;
/// Below this size no ratio is a bomb.
const RATIO_FREE: u64 = 1 << 20;

/// Unpacks what concerns the feed.
pub(super) fn unpack(path: &Path, bytes: u64, limits: &Limits) -> Result<Vec<Found>, Reason> {
    let io = |error: io::Error| io_reason(&error);
    let mut file = File::open(path).map_err(io)?;
    let mut magic = Vec::new();
    Read::by_ref(&mut file)
        .take(4)
        .read_to_end(&mut magic)
        .map_err(io)?;
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let zip = magic == b"PK\x03\x04" || magic == b"PK\x05\x06";
    if !zip && !magic.starts_with(b"\x1f\x8b") {
        return Err(Reason::NotASet);
    }
    if bytes > limits.archive_bytes {
        return Err(Reason::ArchiveTooLarge {
            limit: limits.archive_bytes,
        });
    }
    let meter = Meter::new(bytes, limits);
    let mut unpacked = Unpacked::create(limits)?;
    if zip {
        let contents = File::open(path).map_err(io)?;
        unpack_zip(file, contents, &meter, &mut unpacked)?;
    } else {
        unpack_tar(file, &meter, &mut unpacked)?;
    }
    unpacked.finish()
}

fn unpack_zip(
    directory: File,
    contents: File,
    meter: &Meter,
    unpacked: &mut Unpacked<'_>,
) -> Result<(), Reason> {
    // Two readers of one archive, walked entry by entry: no index of the whole in memory. Local
    // headers must agree with the directory, else other tools would see other files than we do.
    let archive = ZipIterable::try_new(BufReader::new(directory), Config::default());
    let mut archive = archive
        .map_err(zip_reason)?
        .enforce_header_consistency(true);
    if archive.len() as u64 > unpacked.limits.entries {
        return Err(Reason::TooManyEntries {
            limit: unpacked.limits.entries,
        });
    }
    let options = ZipReadOptions::default();
    let contents = BufReader::new(contents);
    let mut entries = archive
        .files_with_reader(contents, options)
        .map_err(zip_reason)?;
    while let Some(entry) = entries.next() {
        let entry = entry.map_err(zip_reason)?;
        let path = entry.name().map_err(zip_reason)?.into_owned();
        let name = plain_name(&path)?;
        if entry.is_symlink() {
            return Err(Reason::Link { entry: path });
        }
        if entry
            .unix_mode()
            .is_some_and(|mode| !matches!(mode & 0o170_000, 0 | 0o100_000 | 0o040_000))
        {
            return Err(Reason::Special { entry: path });
        }
        unpacked.count_entry()?;
        if entry.is_dir() || !names::concerns(&name) {
            continue;
        }
        if !matches!(
            entry.compression(),
            CompressionMethod::Stored | CompressionMethod::Deflated
        ) {
            let detail = format!("{path} is compressed by {}", entry.compression());
            return Err(Reason::BrokenArchive { detail });
        }
        let size = entry.size();
        unpacked
            .add(name, size, &mut meter.watch(entry))
            .map_err(|error| meter.reason(&error))?;
    }
    Ok(())
}

fn unpack_tar(file: File, meter: &Meter, unpacked: &mut Unpacked<'_>) -> Result<(), Reason> {
    let reason = |error: io::Error| meter.reason(&error);
    let mut archive = tar::Archive::new(meter.watch(MultiGzDecoder::new(BufReader::new(file))));
    // Raw: the library would read long names into memory whatever their length.
    let entries = archive.entries().map_err(reason)?.raw(true);
    let mut long_name: Option<String> = None;
    for entry in entries {
        let mut entry = entry.map_err(reason)?;
        unpacked.count_entry()?;
        let size = entry.header().entry_size().map_err(reason)?;
        let kind = entry.header().entry_type();
        match kind {
            EntryType::GNULongName => {
                let bytes = small(&mut entry, size).map_err(reason)?;
                long_name = Some(text(
                    bytes.split(|byte| *byte == 0).next().unwrap_or_default(),
                ));
                continue;
            }
            EntryType::XHeader => {
                let bytes = small(&mut entry, size).map_err(reason)?;
                long_name = pax_path(&bytes)?.or(long_name);
                continue;
            }
            EntryType::XGlobalHeader => continue,
            _ => {}
        }
        let path = long_name
            .take()
            .unwrap_or_else(|| text(&entry.header().path_bytes()));
        let name = plain_name(&path)?;
        match kind {
            EntryType::Directory => {}
            EntryType::Regular | EntryType::Continuous if path.ends_with('/') => {}
            EntryType::Regular | EntryType::Continuous => {
                if names::concerns(&name) {
                    unpacked.add(name, size, &mut entry).map_err(reason)?;
                }
            }
            EntryType::Link | EntryType::Symlink | EntryType::GNULongLink => {
                return Err(Reason::Link { entry: path });
            }
            _ => return Err(Reason::Special { entry: path }),
        }
    }
    // The check sum of the gzip stream comes last: only here is it known that nothing is cut off.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(reason)?;
    Ok(())
}

/// The name that a pax header gives. A size there would be another one than that of the entry which
/// follows: two readers of the archive would then see different files.
fn pax_path(header: &[u8]) -> Result<Option<String>, Reason> {
    let mut path = None;
    for extension in PaxExtensions::new(header) {
        let extension = extension.map_err(|error| Reason::BrokenArchive {
            detail: format!("a pax header: {error}"),
        })?;
        match extension.key_bytes() {
            b"path" => path = Some(text(extension.value_bytes())),
            b"size" => {
                let detail = "an entry has two sizes".to_owned();
                return Err(Reason::BrokenArchive { detail });
            }
            _ => {}
        }
    }
    Ok(path)
}

/// The content of a small entry.
fn small(entry: &mut impl Read, size: u64) -> io::Result<Vec<u8>> {
    if size > TAR_HEADER_LIMIT {
        return Err(io::Error::other(
            "an entry's name is longer than any name is",
        ));
    }
    let mut bytes = Vec::new();
    entry.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The last part of an entry's name, refused where the name leads out of the archive. We would not
/// follow it; but who makes such an archive is not an academy.
fn plain_name(path: &str) -> Result<String, Reason> {
    let separators = ['/', '\\'];
    let leads_elsewhere = path.starts_with(separators)
        || path.as_bytes().get(1) == Some(&b':')
        || path.contains('\0')
        || path.split(separators).any(|part| part == "..");
    if leads_elsewhere {
        let entry = path.chars().take(200).collect();
        return Err(Reason::Traversal { entry });
    }
    let name = path
        .trim_end_matches(separators)
        .rsplit(separators)
        .next()
        .unwrap_or_default();
    Ok(name.to_owned())
}

fn zip_reason(error: ZipError) -> Reason {
    match error {
        ZipError::Io(error) => broken(&error),
        error => Reason::BrokenArchive {
            detail: error.to_string(),
        },
    }
}

/// What reading a damaged archive ends with: its bytes are there, but not what they should be.
fn broken(error: &io::Error) -> Reason {
    Reason::BrokenArchive {
        detail: error.to_string(),
    }
}

/// What was unpacked so far.
struct Unpacked<'a> {
    limits: &'a Limits,
    file: Arc<File>,
    written: u64,
    entries: u64,
    found: Vec<(String, u64, u64)>,
}

impl<'a> Unpacked<'a> {
    fn create(limits: &'a Limits) -> Result<Self, Reason> {
        let file = scratch::create(&limits.scratch).map_err(|error| io_reason(&error))?;
        Ok(Self {
            limits,
            file: Arc::new(file),
            written: 0,
            entries: 0,
            found: Vec::new(),
        })
    }

    fn count_entry(&mut self) -> Result<(), Reason> {
        self.entries += 1;
        if self.entries > self.limits.entries {
            return Err(Reason::TooManyEntries {
                limit: self.limits.entries,
            });
        }
        Ok(())
    }

    /// Adds a file, which must have the size that its header tells.
    fn add(&mut self, name: String, size: u64, contents: &mut dyn Read) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 16, &*self.file);
        let copied = io::copy(contents, &mut out)?;
        out.flush()?;
        if copied != size {
            let text = format!("{name} has {copied} bytes where {size} are announced");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
        }
        let end = self.written + copied;
        self.found.push((name, self.written, end));
        self.written = end;
        Ok(())
    }

    fn finish(self) -> Result<Vec<Found>, Reason> {
        let found = |(name, start, end): (String, u64, u64)| Found {
            name,
            bytes: end - start,
            source: Source::Section(Section::new(Arc::clone(&self.file), start, end)),
        };
        Ok(self.found.into_iter().map(found).collect())
    }
}

/// Counts what an archive expands to, all entries together, and stops it at the caps.
struct Meter {
    state: Rc<RefCell<MeterState>>,
}

struct MeterState {
    expanded: u64,
    archive_bytes: u64,
    expanded_limit: u64,
    ratio_limit: u64,
    passed: Option<Reason>,
}

impl Meter {
    fn new(archive_bytes: u64, limits: &Limits) -> Self {
        let state = MeterState {
            expanded: 0,
            archive_bytes: archive_bytes.max(1),
            expanded_limit: limits.expanded_bytes,
            ratio_limit: limits.ratio,
            passed: None,
        };
        Self {
            state: Rc::new(RefCell::new(state)),
        }
    }

    fn watch<R: Read>(&self, inner: R) -> Watched<R> {
        Watched {
            inner,
            state: Rc::clone(&self.state),
        }
    }

    /// Why reading failed: a cap that was passed, else the archive's own fault.
    fn reason(&self, error: &io::Error) -> Reason {
        let passed = self.state.borrow().passed.clone();
        passed.unwrap_or_else(|| broken(error))
    }
}

/// A reader whose bytes are counted.
struct Watched<R> {
    inner: R,
    state: Rc<RefCell<MeterState>>,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let mut state = self.state.borrow_mut();
        state.expanded = state.expanded.saturating_add(read as u64);
        let (expanded, ratio) = (state.expanded, state.expanded / state.archive_bytes);
        let passed = if expanded > state.expanded_limit {
            Reason::ExpandsTooMuch {
                limit: state.expanded_limit,
            }
        } else if expanded > RATIO_FREE && ratio >= state.ratio_limit {
            Reason::ExpandsTooFast {
                limit: state.ratio_limit,
            }
        } else {
            return Ok(read);
        };
        state.passed = Some(passed);
        Err(io::Error::other("a limit was passed"))
    }
}

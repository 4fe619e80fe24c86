//! A file without a name, into which archives are unpacked: what an archive calls its entries never
//! reaches the file system (IMP-02), and nothing is left behind whatever happens to the process.
//! Never more than one descriptor for a set, however many files it has.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// Names tried before giving up: others may hold some of them.
const ATTEMPTS: u32 = 1_000;

/// A new file of the folder, readable by us alone, whose name is already gone.
pub(super) fn create(folder: &Path) -> io::Result<File> {
    let process = std::process::id();
    for attempt in 0..ATTEMPTS {
        let path = folder.join(format!(".clau-feed-{process}-{attempt}"));
        // `create_new` follows no link and takes no file that somebody else has put there.
        let made = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path);
        match made {
            Ok(file) => {
                fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(io::Error::new(
                    error.kind(),
                    format!("{}: {error}", folder.display()),
                ));
            }
        }
    }
    Err(io::Error::new(
        io::ErrorKind::AlreadyExists,
        "no free name for a scratch file",
    ))
}

/// A stretch of a file.
#[derive(Clone, Debug)]
pub(super) struct Section {
    file: Arc<File>,
    start: u64,
    end: u64,
}

impl Section {
    /// The bytes from `start` to before `end`.
    pub(super) const fn new(file: Arc<File>, start: u64, end: u64) -> Self {
        Self { file, start, end }
    }

    /// Reads the stretch from its beginning. Readers do not disturb each other.
    pub(super) fn reader(&self) -> SectionReader {
        SectionReader {
            section: self.clone(),
        }
    }
}

/// Reads a [`Section`].
pub(super) struct SectionReader {
    section: Section,
}

impl Read for SectionReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Section { file, start, end } = &mut self.section;
        let left = usize::try_from(end.saturating_sub(*start)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let read = file.read_at(buffer, *start)?;
        *start += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn imp_02_nothing_is_left_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut file = create(folder.path()).expect("a file");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
        file.write_all(b"0123456789").expect("room");
        let section = Section::new(Arc::new(file), 2, 5);
        for _ in 0..2 {
            let mut text = String::new();
            section.reader().read_to_string(&mut text).expect("text");
            assert_eq!(text, "234");
        }
    }
}

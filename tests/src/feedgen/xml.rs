//! The files of a delivery: records as XML, cut into numbered chunks, into a directory or archive.
//!
//! Owns escaping, encodings, line ends, headers and file names (french-ent.md §2.1–2.3). Holds one
//! chunk of each kind in memory, never a whole delivery. Archives carry no clock time, so that the
//! same plan gives the same bytes.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use zip::write::SimpleFileOptions;

/// What a file of the feed holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Structure,
    Subject,
    Mef,
    Pupil,
    Guardian,
    Staff,
}

impl Kind {
    /// The word in the file name.
    fn file_word(self) -> &'static str {
        match self {
            Self::Structure => "EtabEducNat",
            Self::Subject => "MatiereEducNat",
            Self::Mef => "MefEducNat",
            Self::Pupil => "Eleve",
            Self::Guardian => "PersRelEleve",
            Self::Staff => "PersEducNat",
        }
    }

    /// Name and value of the operational attribute.
    fn category(self) -> (&'static str, &'static str) {
        match self {
            Self::Structure => ("categorieStructure", "EtabEducNat"),
            Self::Subject => ("categorieMatiere", "MatEducNat"),
            Self::Mef => ("categorieMef", "MefEducNat"),
            Self::Pupil => ("categoriePersonne", "Eleve"),
            Self::Guardian => ("categoriePersonne", "PersRelEleve"),
            Self::Staff => ("categoriePersonne", "PersEducNat"),
        }
    }

    fn ordinal(self) -> usize {
        match self {
            Self::Structure => 0,
            Self::Subject => 1,
            Self::Mef => 2,
            Self::Pupil => 3,
            Self::Guardian => 4,
            Self::Staff => 5,
        }
    }
}

/// One file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrittenFile {
    /// Its name.
    pub name: String,
    /// Records in it; some chunks have none.
    pub records: usize,
    /// Its size before compression, in bytes.
    pub bytes: u64,
}

/// Where files go.
pub(crate) enum Sink {
    Directory(PathBuf),
    Zip(Box<zip::ZipWriter<BufWriter<File>>>),
    TarGz(Box<tar::Builder<GzEncoder<BufWriter<File>>>>),
    /// What is made is not kept.
    Nowhere,
}

impl Sink {
    /// Opens a directory (made where missing), a `.zip`, or a `.tar.gz`/`.tgz`, by the name.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let name = path
            .file_name()
            .map(|n| n.to_string_lossy().to_lowercase())
            .unwrap_or_default();
        let file = || File::create(path).map(BufWriter::new);
        if name.ends_with(".zip") {
            Ok(Self::Zip(Box::new(zip::ZipWriter::new(file()?))))
        } else if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
            Ok(Self::TarGz(Box::new(tar::Builder::new(GzEncoder::new(
                file()?,
                Compression::fast(),
            )))))
        } else {
            std::fs::create_dir_all(path)?;
            Ok(Self::Directory(path.to_owned()))
        }
    }

    /// Adds one file.
    pub(crate) fn put(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Directory(directory) => std::fs::write(directory.join(name), bytes),
            Self::Zip(archive) => {
                let options = SimpleFileOptions::default().compression_level(Some(1));
                archive.start_file(name, options)?;
                archive.write_all(bytes)
            }
            Self::TarGz(archive) => {
                let mut header = tar::Header::new_gnu();
                header.set_size(bytes.len() as u64);
                header.set_mode(0o644);
                header.set_mtime(0);
                archive.append_data(&mut header, name, bytes)
            }
            Self::Nowhere => Ok(()),
        }
    }

    /// Ends the archive. Without it an archive is not readable.
    pub(crate) fn finish(self) -> io::Result<()> {
        match self {
            Self::Directory(_) | Self::Nowhere => Ok(()),
            Self::Zip(archive) => archive.finish()?.flush(),
            Self::TarGz(archive) => archive.into_inner()?.finish()?.flush(),
        }
    }
}

/// What every file of a delivery says of it.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) project: String,
    /// `yyyymmdd`.
    pub(crate) day: String,
    /// `dd/mm/yyyy`.
    pub(crate) written_on: String,
    pub(crate) academy_code: u8,
    pub(crate) chunk_bytes: usize,
}

/// The numbered files of one kind, one after another.
pub(crate) struct Series {
    kind: Kind,
    delivery: Delivery,
    number: usize,
    body: String,
    records_in_chunk: usize,
    files: Vec<WrittenFile>,
}

/// How one chunk is written; real sets mix all four.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Latin9,
    Utf8CrLf,
    Undeclared,
    Utf8,
}

impl Series {
    pub(crate) fn new(kind: Kind, delivery: &Delivery) -> Self {
        Self {
            kind,
            delivery: delivery.clone(),
            number: 0,
            body: String::new(),
            records_in_chunk: 0,
            files: Vec::new(),
        }
    }

    /// Begins a record with its key. Attributes follow, then [`Series::end`].
    pub(crate) fn begin(&mut self, key: &str) {
        let (category, value) = self.kind.category();
        self.body
            .push_str("\n<addRequest>\n<operationalAttributes><attr name=\"");
        self.body.push_str(category);
        self.body.push_str("\"><value>");
        self.body.push_str(value);
        self.body
            .push_str("</value></attr></operationalAttributes>\n<identifier><id>");
        self.body.push_str(key);
        self.body.push_str("</id></identifier>\n<attributes>\n");
        self.records_in_chunk += 1;
    }

    /// An attribute with one value; an empty one is written as feeds write "nothing known".
    pub(crate) fn one(&mut self, name: &str, value: &str) {
        self.many(name, std::iter::once(value));
    }

    /// An attribute with any number of values.
    pub(crate) fn many<S: AsRef<str>>(&mut self, name: &str, values: impl IntoIterator<Item = S>) {
        self.body.push_str("<attr name=\"");
        self.body.push_str(name);
        self.body.push_str("\">");
        let before = self.body.len();
        let apostrophes = self.style() != Style::Utf8;
        for value in values {
            let value = value.as_ref();
            if value.is_empty() {
                self.body.push_str("<value/>");
            } else {
                self.body.push_str("<value>");
                escape(&mut self.body, value, apostrophes);
                self.body.push_str("</value>");
            }
        }
        if self.body.len() == before {
            // Both ways of writing nothing are met.
            self.body.push_str(if self.number.is_multiple_of(2) {
                "<value/>"
            } else {
                "<value></value>"
            });
        }
        self.body.push_str("</attr>\n");
    }

    /// Ends the record, and the chunk where it is large enough.
    pub(crate) fn end(&mut self, sink: &mut Sink) -> io::Result<()> {
        self.body.push_str("</attributes>\n</addRequest>\n");
        if self.body.len() >= self.delivery.chunk_bytes {
            self.flush(sink)
        } else {
            Ok(())
        }
    }

    /// Writes what is left, and one more chunk with no record in it where `empty` asks for it.
    pub(crate) fn finish(mut self, sink: &mut Sink, empty: bool) -> io::Result<Vec<WrittenFile>> {
        if self.records_in_chunk > 0 || self.files.is_empty() {
            self.flush(sink)?;
        }
        if empty {
            self.flush(sink)?;
        }
        Ok(self.files)
    }

    fn style(&self) -> Style {
        match (self.kind.ordinal() + self.number) % 4 {
            0 => Style::Utf8,
            1 => Style::Latin9,
            2 => Style::Utf8CrLf,
            _ => Style::Undeclared,
        }
    }

    fn flush(&mut self, sink: &mut Sink) -> io::Result<()> {
        let style = self.style();
        let mut text = String::with_capacity(self.body.len() + 512);
        match style {
            Style::Latin9 => text.push_str("<?xml version=\"1.0\" encoding=\"ISO-8859-15\"?>\n"),
            Style::Utf8 | Style::Utf8CrLf => {
                text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
            }
            Style::Undeclared => {}
        }
        text.push_str("<!DOCTYPE ficAlimMENESR SYSTEM \"ficAlimMENESR.dtd\">\n<ficAlimMENESR>\n");
        text.push_str(
            "<!-- versionAF=\"AAF-VE2407\" versionSDET=\"Annexe 4bis version 6.4\" -->\n",
        );
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "<!-- codeAcademieExport=\"{:02}\" degre=\"2D\" dateGenerationExport=\"{}\" -->",
            self.delivery.academy_code, self.delivery.written_on
        );
        text.push_str(&self.body);
        text.push_str("\n</ficAlimMENESR>\n");
        let bytes = match style {
            Style::Latin9 => encoding_rs::ISO_8859_15.encode(&text).0.into_owned(),
            Style::Utf8CrLf => text.replace('\n', "\r\n").into_bytes(),
            Style::Undeclared | Style::Utf8 => text.into_bytes(),
        };
        let name = format!(
            "{}_Complet_{}_{}_{:04}.xml",
            self.delivery.project,
            self.delivery.day,
            self.kind.file_word(),
            self.number
        );
        sink.put(&name, &bytes)?;
        self.files.push(WrittenFile {
            name,
            records: self.records_in_chunk,
            bytes: bytes.len() as u64,
        });
        self.number += 1;
        self.records_in_chunk = 0;
        self.body.clear();
        Ok(())
    }
}

/// Appends text with what XML reserves written as references.
fn escape(out: &mut String, text: &str, apostrophes: bool) {
    let mut rest = text;
    while let Some(position) = rest.find(['&', '<', '>', '\'']) {
        let (before, after) = rest.split_at(position);
        out.push_str(before);
        let mut letters = after.chars();
        match letters.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            Some('\'') if apostrophes => out.push_str("&apos;"),
            Some(other) => out.push(other),
            None => {}
        }
        rest = letters.as_str();
    }
    out.push_str(rest);
}

/// The DTD that travels with a set; readers ignore it.
pub(crate) const DTD: &str = "\
<!ELEMENT ficAlimMENESR (addRequest|modifyRequest|deleteRequest)*>
<!ELEMENT addRequest (operationalAttributes, identifier, attributes)>
<!ELEMENT modifyRequest (operationalAttributes, identifier, modifications)>
<!ELEMENT deleteRequest (operationalAttributes, identifier)>
<!ELEMENT operationalAttributes (attr)>
<!ELEMENT identifier (id)>
<!ELEMENT attributes (attr+)>
<!ELEMENT attr (value+)>
<!ELEMENT modifications (modification+)>
<!ELEMENT modification (value+)>
<!ELEMENT value (#PCDATA)>
<!ELEMENT id (#PCDATA)>
<!ATTLIST attr name CDATA #REQUIRED>
<!ATTLIST modification name CDATA #REQUIRED operation (replace) #REQUIRED>
";

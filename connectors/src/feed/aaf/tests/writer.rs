//! A tiny writer of sets, and the ways to put them into folders and archives.

use fs::File;
use std::io::Write;

use clau_domain::feed::RecordKind;
use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::SimpleFileOptions;

use super::*;

/// The files of a small set: one of each kind, with a record where `full`.
pub(super) fn files(project: &str, date: &str, full: bool) -> Vec<(String, Vec<u8>)> {
    let file = |kind: RecordKind| {
        let name = format!("{project}_Complet_{date}_{}_0000.xml", names::word(kind));
        let body = if full { record(kind) } else { String::new() };
        (name, document(&body).into_bytes())
    };
    RecordKind::ALL.into_iter().map(file).collect()
}

fn record(kind: RecordKind) -> String {
    let (category, value, jointure, key) = match kind {
        RecordKind::Structure => (
            "categorieStructure",
            "EtabEducNat",
            "ENTStructureJointure",
            "52",
        ),
        RecordKind::Subject => ("categorieMatiere", "MatEducNat", "ENTMatJointure", "006600"),
        RecordKind::Mef => (
            "categorieMef",
            "MefEducNat",
            "ENTMefJointure",
            "10110001110",
        ),
        RecordKind::Pupil => ("categoriePersonne", "Eleve", "ENTPersonJointure", "1"),
        RecordKind::Guardian => (
            "categoriePersonne",
            "PersRelEleve",
            "ENTPersonJointure",
            "2",
        ),
        RecordKind::Staff => ("categoriePersonne", "PersEducNat", "ENTPersonJointure", "3"),
    };
    typed_record((category, value), (jointure, key), &[])
}

/// A record of any kind.
pub(super) fn typed_record(
    (category, value): (&str, &str),
    (jointure, key): (&str, &str),
    attributes: &[(&str, &[&str])],
) -> String {
    let mut text = format!(
        "<addRequest><operationalAttributes><attr name=\"{category}\"><value>{value}</value></attr>\
         </operationalAttributes><identifier><id>{key}</id></identifier><attributes>\
         <attr name=\"{jointure}\"><value>{key}</value></attr>"
    );
    for (name, values) in attributes {
        text.push_str(&attribute(name, values));
    }
    text.push_str("</attributes></addRequest>\n");
    text
}

/// An attribute with escaped values.
pub(super) fn attribute(name: &str, values: &[&str]) -> String {
    let mut text = format!("<attr name=\"{name}\">");
    for value in values {
        let escaped = value
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('\'', "&apos;");
        text.push_str(&format!("<value>{escaped}</value>"));
    }
    text.push_str("</attr>\n");
    text
}

pub(super) fn folder(files: &[(String, Vec<u8>)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("room");
    }
    folder
}

pub(super) fn zip(path: &Path, files: &[(String, Vec<u8>)]) {
    let mut archive = ::zip::ZipWriter::new(File::create(path).expect("a file"));
    for (name, bytes) in files {
        archive
            .start_file(name.as_str(), SimpleFileOptions::default())
            .expect("an entry");
        archive.write_all(bytes).expect("room");
    }
    archive.finish().expect("an archive");
}

pub(super) type TarGz = tar::Builder<GzEncoder<File>>;

pub(super) fn tar_gz(path: &Path, fill: impl FnOnce(&mut TarGz)) {
    let file = File::create(path).expect("a file");
    let mut archive = tar::Builder::new(GzEncoder::new(file, Compression::fast()));
    fill(&mut archive);
    archive
        .into_inner()
        .expect("a tar")
        .finish()
        .expect("a gzip");
}

pub(super) fn tar_files(archive: &mut TarGz, files: &[(String, Vec<u8>)]) {
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, name, bytes.as_slice())
            .expect("room");
    }
}

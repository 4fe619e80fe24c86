//! Faults on demand: what goes wrong with a delivery between the academy and us.
//!
//! Owns small changes to the files of a delivery in a directory, each one thing a reader or an
//! importer must notice. Never touches a file it was not asked for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The files of a delivery whose name holds `part` (`"_Eleve_"`, `"_EtabEducNat_0000"`), by name.
///
/// # Errors
/// `NotFound` where there is none, and those of the file system.
pub fn files(directory: &Path, part: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().contains(part) {
            found.push(entry.path());
        }
    }
    found.sort();
    if found.is_empty() {
        let text = format!("no file of {} has {part} in its name", directory.display());
        return Err(io::Error::new(io::ErrorKind::NotFound, text));
    }
    Ok(found)
}

/// Cuts the first such file in the middle, as a full disk or a broken line does.
///
/// # Errors
/// As [`files`].
pub fn truncate(directory: &Path, part: &str) -> io::Result<PathBuf> {
    change(directory, part, |bytes| {
        let half = bytes.len() / 2;
        bytes.truncate(half);
    })
}

/// Puts a byte that is no UTF-8 into the first such file and declares it UTF-8.
///
/// # Errors
/// As [`files`].
pub fn misencode(directory: &Path, part: &str) -> io::Result<PathBuf> {
    change(directory, part, |bytes| {
        let text = String::from_utf8_lossy(bytes).replace("ISO-8859-15", "UTF-8");
        let position = text
            .find("<value>")
            .map_or(text.len(), |start| start + "<value>".len());
        *bytes = text.into_bytes();
        bytes.insert(position, 0xFF);
    })
}

/// Replaces the first such file by a well-formed document of another kind.
///
/// # Errors
/// As [`files`].
pub fn foreign(directory: &Path, part: &str) -> io::Result<PathBuf> {
    change(directory, part, |bytes| {
        *bytes = b"<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>News</title></channel></rss>\n".to_vec();
    })
}

/// Gives the first such file an internal subset with an external entity and uses it.
///
/// # Errors
/// As [`files`].
pub fn external_entity(directory: &Path, part: &str) -> io::Result<PathBuf> {
    change(directory, part, |bytes| {
        let text = String::from_utf8_lossy(bytes)
            .replace(
                "<!DOCTYPE ficAlimMENESR SYSTEM \"ficAlimMENESR.dtd\">",
                "<!DOCTYPE ficAlimMENESR [<!ENTITY x SYSTEM \"file:///etc/hostname\">]>",
            )
            .replacen("<value>", "<value>&x;", 1);
        *bytes = text.into_bytes();
    })
}

/// Puts a deletion, which only a delta may hold, into the first such file.
///
/// # Errors
/// As [`files`].
pub fn deletion(directory: &Path, part: &str) -> io::Result<PathBuf> {
    change(directory, part, |bytes| {
        let request = "<deleteRequest>\n<operationalAttributes><attr name=\"categoriePersonne\"><value>Eleve</value></attr>\
                       </operationalAttributes>\n<identifier><id>1</id></identifier>\n</deleteRequest>\n</ficAlimMENESR>";
        *bytes = String::from_utf8_lossy(bytes)
            .replace("</ficAlimMENESR>", request)
            .into_bytes();
    })
}

/// Removes every file of a kind.
///
/// # Errors
/// As [`files`].
pub fn lose(directory: &Path, part: &str) -> io::Result<usize> {
    let found = files(directory, part)?;
    for path in &found {
        fs::remove_file(path)?;
    }
    Ok(found.len())
}

/// Leaves the pupils of a school out, as when its own export failed in the night: the first
/// `share` in a hundred of those met. Gives how many were left out. `structure` is the key.
///
/// # Errors
/// As [`files`].
pub fn drop_pupils(directory: &Path, structure: &str, share: usize) -> io::Result<usize> {
    let (mut met, mut dropped) = (0_usize, 0_usize);
    let attached = format!("<attr name=\"ENTPersonStructRattach\"><value>{structure}</value>");
    for path in files(directory, "_Eleve_")? {
        // Markup is ASCII in every encoding of a feed, so records can be cut as bytes.
        let bytes = fs::read(&path)?;
        let mut kept = Vec::with_capacity(bytes.len());
        for record in records(&bytes) {
            let here = find(record, attached.as_bytes()).is_some();
            met += usize::from(here);
            if here && dropped * 100 < met * share {
                dropped += 1;
            } else {
                kept.extend_from_slice(record);
            }
        }
        fs::write(&path, kept)?;
    }
    Ok(dropped)
}

/// Cuts a file after each record, so that putting the parts together gives the file again.
fn records(bytes: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = bytes;
    while let Some(start) = find(rest, b"<addRequest>") {
        let (before, record) = rest.split_at(start);
        parts.push(before);
        let end =
            find(record, b"</addRequest>").map_or(record.len(), |end| end + b"</addRequest>".len());
        let (record, after) = record.split_at(end);
        parts.push(record);
        rest = after;
    }
    parts.push(rest);
    parts
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn change(directory: &Path, part: &str, edit: impl FnOnce(&mut Vec<u8>)) -> io::Result<PathBuf> {
    let path = files(directory, part)?
        .into_iter()
        .next()
        .ok_or(io::ErrorKind::NotFound)?;
    let mut bytes = fs::read(&path)?;
    edit(&mut bytes);
    fs::write(&path, bytes)?;
    Ok(path)
}

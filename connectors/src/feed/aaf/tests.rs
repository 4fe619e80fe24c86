//! The reader as a whole: sets that are read, sets that are refused, and the rules of security.md §12
//! that are its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clau_domain::feed::{Item, Reason, Record, RecordKind, Refusal, Warning, WarningKind};

use super::*;

mod archives;
mod documents;
mod properties;
mod records;
mod sample;
mod writer;

/// What a set holds, all read.
#[derive(Debug, Default)]
struct Contents {
    records: Vec<Record>,
    unusable: usize,
    warnings: Vec<Warning>,
}

impl Contents {
    fn count(&self, kind: RecordKind) -> usize {
        self.records
            .iter()
            .filter(|record| record.kind() == kind)
            .count()
    }

    fn warnings_by_kind(&self) -> BTreeMap<WarningKind, usize> {
        let mut counts = BTreeMap::new();
        for warning in &self.warnings {
            *counts.entry(warning.kind).or_insert(0) += 1;
        }
        counts
    }
}

fn read(set: &Set) -> Result<Contents, Refusal> {
    let mut contents = Contents {
        warnings: set.warnings().to_vec(),
        ..Contents::default()
    };
    for item in set.entries() {
        match item? {
            Item::Record {
                record, warnings, ..
            } => {
                contents.records.push(record);
                contents.warnings.extend(warnings);
            }
            Item::Unusable { .. } => contents.unusable += 1,
        }
    }
    Ok(contents)
}

fn read_path(path: &Path) -> Result<Contents, Refusal> {
    read(&Set::open(path, &Limits::default())?)
}

/// One file of pupils, by its bytes.
fn read_bytes(bytes: &[u8]) -> Result<Contents, Refusal> {
    read(&Set::of_file(PUPILS, bytes, &Limits::default())?)
}

const PUPILS: &str = "ENT_Complet_20260901_Eleve_0000.xml";

/// A file of pupils around a body.
fn document(body: &str) -> String {
    format!(
        "<!DOCTYPE ficAlimMENESR SYSTEM \"ficAlimMENESR.dtd\">\n<ficAlimMENESR>\n{body}\n</ficAlimMENESR>\n"
    )
}

/// A pupil with a key and further attributes.
fn pupil(key: &str, attributes: &str) -> String {
    format!(
        "<addRequest>\n<operationalAttributes><attr name=\"categoriePersonne\"><value>Eleve</value></attr>\
         </operationalAttributes>\n<identifier><id>{key}</id></identifier>\n<attributes>\n\
         <attr name=\"ENTPersonJointure\"><value>{key}</value></attr>\n{attributes}</attributes>\n</addRequest>\n"
    )
}

fn reason(result: Result<Contents, Refusal>) -> Reason {
    result.expect_err("refused").reason
}

//! Reads a complete AAF set and says what is in it, how fast, and what is odd: for a look at a new
//! delivery without a hub, and for measuring the reader alone.
//!
//! `cargo run --release -p clau-connectors --example read_feed -- FOLDER|ZIP|TAR.GZ`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clau_connectors::feed::aaf::{Limits, Set};
use clau_domain::feed::{Item, Refusal};

fn main() -> ExitCode {
    let Some(path) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: read_feed FOLDER|ZIP|TAR.GZ");
        return ExitCode::FAILURE;
    };
    match read(&path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            eprintln!("refused: {refusal}");
            ExitCode::FAILURE
        }
    }
}

fn read(path: &std::path::Path) -> Result<(), Refusal> {
    let start = Instant::now();
    let set = Set::open(path, &Limits::default())?;
    let opened = start.elapsed();
    let header = set.header();
    println!(
        "{} of {}, {} files",
        header.project,
        header.date,
        header.files.len()
    );
    let mut records = BTreeMap::new();
    let mut odd = BTreeMap::new();
    for warning in set.warnings() {
        *odd.entry(warning.kind).or_insert(0_u64) += 1;
    }
    let start = Instant::now();
    for item in set.entries() {
        match item? {
            Item::Record {
                record, warnings, ..
            } => {
                *records.entry(record.kind()).or_insert(0_u64) += 1;
                for warning in warnings {
                    *odd.entry(warning.kind).or_insert(0_u64) += 1;
                }
            }
            Item::Unusable { at, reason, .. } => println!("{at}: {reason}"),
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    for (kind, count) in records {
        println!("{count:>9} {kind}");
    }
    for (kind, count) in odd {
        println!("{count:>9} × {kind}");
    }
    let megabytes = set.bytes_total() as f64 / 1e6;
    println!(
        "opened in {opened:.1?}; {megabytes:.1} MB in {seconds:.2} s: {:.0} MB/s",
        megabytes / seconds
    );
    Ok(())
}

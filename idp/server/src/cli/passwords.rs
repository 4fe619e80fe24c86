//! `clau passwords`: lists of passwords that nobody may choose. Never prints one, and never looks at anybody's.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use clau_domain::password::Refused;
use clau_domain::password::refused::Builder;

use super::print;
use crate::failure::Failure;

/// Longest line that is read of a list; a password is shorter.
const LONGEST_LINE: usize = 4096;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Passwords {
    /// Make a filter for `passwords.refused_file` from lists: one password a line, or its SHA-1 in 40
    /// hexadecimal digits, with or without `:` and a count, as lists of breaches have them. Needs no
    /// configuration.
    #[command(
        after_help = "Example:\n  clau passwords filter --from breached.txt --from occitan.txt --to refused.filter"
    )]
    Filter {
        /// A list. Can be given several times.
        #[arg(long, value_name = "FILE", required = true)]
        from: Vec<PathBuf>,
        /// The filter that is made.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}

pub(super) fn run(command: Passwords) -> Result<(), Failure> {
    let Passwords::Filter { from, to } = command;
    let mut builder = Builder::default();
    for list in &from {
        read(list, &mut builder).map_err(|error| told(list, &error))?;
    }
    let filter = builder
        .finish()
        .map_err(|problem| Failure::Refused(problem.to_string()))?;
    // Whole or not at all: a hub may be starting on the former one.
    let part = to.with_added_extension("part");
    std::fs::write(&part, &filter).map_err(|error| told(&part, &error))?;
    std::fs::rename(&part, &to).map_err(|error| told(&to, &error))?;
    let made = Refused::and(&filter).map_err(|problem| Failure::Defect(problem.to_string()))?;
    print(&format!(
        "{}: {} entries, {} bytes",
        to.display(),
        made.entries().1,
        filter.len()
    ))
}

/// Lists of breaches are in every encoding: what is no UTF-8 is nobody's password here.
fn read(list: &Path, builder: &mut Builder) -> std::io::Result<()> {
    let mut lines = BufReader::new(File::open(list)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        if line.len() <= LONGEST_LINE
            && let Ok(text) = std::str::from_utf8(&line)
        {
            builder.line(text);
        }
    }
}

fn told(file: &Path, error: &std::io::Error) -> Failure {
    Failure::Refused(format!("{}: {error}", file.display()))
}

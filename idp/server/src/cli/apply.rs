//! `clau apply`: files to the engine, its outcome to the operator. Never looks into a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clau_engine::Hub;
use clau_engine::apply::{Applied, ApplyError, SourceFile};

use super::{print, to_json};
use crate::failure::Failure;
use crate::system;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// TOML files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Report in JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(hub: &Hub, arguments: &Arguments) -> Result<(), Failure> {
    let files = arguments.files.iter().map(|path| source(path));
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let applied = hub
        .apply(&system::cx(), &files, arguments.dry_run)
        .await
        .map_err(refused)?;
    print(&if arguments.json {
        to_json(&applied)?
    } else {
        in_words(&applied, arguments.dry_run)
    })
}

/// A file, with those beside it that it names.
fn source(path: &Path) -> Result<SourceFile, Failure> {
    let read = |path: &Path| {
        std::fs::read_to_string(path)
            .map_err(|error| Failure::Refused(format!("{}: {error}", path.display())))
    };
    let mut file = SourceFile {
        name: path.display().to_string(),
        text: read(path)?,
        ..SourceFile::default()
    };
    let folder = path.parent().unwrap_or(Path::new(""));
    for name in file.names() {
        let text = read(&folder.join(&name))?;
        file.beside.insert(name, text);
    }
    Ok(file)
}

/// Every mistake on a line of its own.
pub(super) fn refused(error: ApplyError) -> Failure {
    match error {
        ApplyError::Hub(error) => error.into(),
        ApplyError::Mistakes(mistakes) => {
            let mut text = String::new();
            for mistake in &mistakes {
                // Writing to a String cannot fail.
                let _written = writeln!(text, "{mistake}");
            }
            let s = if mistakes.len() == 1 { "" } else { "s" };
            let _written = write!(text, "{} mistake{s}; nothing was applied", mistakes.len());
            Failure::Refused(text)
        }
    }
}

fn in_words(applied: &Applied, dry_run: bool) -> String {
    let mut text = String::new();
    let lines = [("created", &applied.created), ("changed", &applied.changed)];
    for (word, names) in lines {
        for name in names {
            let _written = writeln!(text, "{word}  {name}");
        }
    }
    for warning in &applied.warnings {
        let _written = writeln!(text, "warning  {warning}");
    }
    if !dry_run {
        for (login, code) in &applied.codes {
            let _written = writeln!(text, "activation code of {login}: {code}");
        }
    }
    let (created, changed) = (applied.created.len(), applied.changed.len());
    let unchanged = applied.unchanged;
    let rehearsal = if dry_run {
        " (rehearsal: nothing was written)"
    } else {
        ""
    };
    let _written = writeln!(
        text,
        "{created} created, {changed} changed, {unchanged} unchanged{rehearsal}"
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rehearsal_shows_no_code() {
        let applied = Applied {
            created: vec!["person a.b".to_owned()],
            codes: vec![("a.b".to_owned(), "AAAA-BBBB-CCCC".to_owned())],
            ..Applied::default()
        };
        assert!(in_words(&applied, false).contains("activation code of a.b: AAAA-BBBB-CCCC"));
        let rehearsal = in_words(&applied, true);
        assert!(!rehearsal.contains("AAAA") && rehearsal.contains("nothing was written"));
    }
}

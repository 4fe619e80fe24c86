//! Tests that keep the handbook true: its commands are understood, its configurations and
//! registrations are read, its links lead somewhere, and the tests it names exist.

use std::path::{Path, PathBuf};

use clau_engine::apply::SourceFile;

use crate::cli;
use crate::config::{Source, read};

fn handbook() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("handbook")
}

/// Every page, the change log and the front page, with its text.
fn pages() -> Vec<(PathBuf, String)> {
    let pages = std::fs::read_dir(handbook()).expect("the handbook");
    let mut paths: Vec<PathBuf> = pages.map(|entry| entry.expect("readable").path()).collect();
    paths.push(handbook().join("../CHANGELOG.md"));
    paths.push(handbook().join("../../../README.md"));
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("readable");
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

/// The code blocks of a page whose opening line says `kind`.
fn blocks(text: &str, kind: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split("```").collect();
    let code = parts.iter().skip(1).step_by(2);
    code.filter_map(|block| {
        let (first, body) = block.split_once('\n')?;
        (first.trim() == kind).then(|| body.to_owned())
    })
    .collect()
}

/// The words of a command line up to a redirection; quotation marks hold words together.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            other => words.last_mut().expect("at least one").push(other),
        }
    }
    words.retain(|word| !word.is_empty());
    let end = words
        .iter()
        .position(|word| matches!(word.as_str(), ">" | "<" | "&&" | "#"));
    words.truncate(end.unwrap_or(words.len()));
    words
}

#[test]
fn every_command_is_understood() {
    let mut seen = 0;
    for (path, text) in pages() {
        for line in blocks(&text, "console")
            .iter()
            .flat_map(|block| block.lines())
        {
            if line.starts_with("clau ") {
                let understood = cli::understands(&words(line));
                assert!(
                    understood.is_ok(),
                    "{}: {line}: {understood:?}",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen >= 15, "{seen}");
}

#[test]
fn every_configuration_is_right() {
    let mut seen = 0;
    for (path, text) in pages() {
        for text in blocks(&text, "toml") {
            let source = Source {
                name: "example".to_owned(),
                text,
                directory: "/".into(),
            };
            let outcome = read(&source, []);
            assert!(outcome.is_ok(), "{}: {outcome:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 2, "{seen}");
}

#[test]
fn every_registration_is_read() {
    let mut seen = 0;
    for (path, text) in pages() {
        for text in blocks(&text, "toml services") {
            let file = SourceFile {
                name: "example".to_owned(),
                text,
            };
            let outcome = clau_engine::apply::read(&[file]);
            assert!(outcome.is_ok(), "{}: {outcome:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen}");
}

#[test]
fn every_link_leads_somewhere() {
    for (path, text) in pages() {
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://") && !target.starts_with('#')) {
            let directory = path.parent().expect("a directory");
            assert!(
                directory.join(target).exists(),
                "{}: {target}",
                path.display()
            );
        }
    }
}

/// `security.md` names tests; each must be in the sources.
#[test]
fn every_named_test_exists() {
    let page = std::fs::read_to_string(handbook().join("security.md")).expect("the page");
    let named: Vec<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| {
            word.split('_').nth(1).is_some_and(|number| {
                number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit())
            })
        })
        .collect();
    assert!(named.len() > 100, "{}", named.len());
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = String::new();
    for directory in ["idp", "connectors", "tests"] {
        gather(&root.join(directory), &mut sources);
    }
    let missing: Vec<&&str> = named
        .iter()
        .filter(|name| !sources.contains(&format!("fn {name}(")))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

fn gather(directory: &Path, sources: &mut String) {
    for entry in std::fs::read_dir(directory).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            gather(&path, sources);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources.push_str(&std::fs::read_to_string(&path).expect("readable"));
        }
    }
}

//! Tests that keep the handbook true: its commands are understood, its configurations and
//! registrations are read, its links lead somewhere, and the tests it names exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clau_domain::connector::{Connector, ConnectorProfile};
use clau_engine::apply::SourceFile;
use clau_engine::oidc::template::Template;

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
                ..SourceFile::default()
            };
            let outcome = clau_engine::apply::read(&[file]);
            assert!(outcome.is_ok(), "{}: {outcome:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 3, "{seen}");
}

/// What registers connectors: blocks of pages, and the example.
fn registrations() -> Vec<(PathBuf, String)> {
    let example = handbook().join("connectors.example.toml");
    let text = std::fs::read_to_string(&example).expect("readable");
    let of_pages = pages().into_iter().flat_map(|(path, text)| {
        let blocks = blocks(&text, "toml services").into_iter();
        blocks.map(move |block| (path.clone(), block))
    });
    of_pages.chain([(example, text)]).collect()
}

#[test]
fn the_example_of_connectors_is_read_and_has_every_key() {
    let path = handbook().join("connectors.example.toml");
    let text = std::fs::read_to_string(&path).expect("readable");
    let file = SourceFile {
        name: "connectors.example.toml".to_owned(),
        text: text.clone(),
        ..SourceFile::default()
    };
    let outcome = clau_engine::apply::read(&[file]);
    assert!(outcome.is_ok(), "{outcome:?}");
    // A reader that meets a key which nobody has tells all those there are.
    for (table, nobody) in [
        ("", "nobody = 1"),
        ("trust", "[connector.trust]\nnobody = 1"),
        ("saml", "[connector.saml]\nnobody = 1"),
        ("oidc", "[connector.oidc]\nnobody = 1"),
        ("cas", "[connector.cas]\nnobody = 1"),
        ("ldap", "[connector.ldap]\nnobody = 1"),
        ("create", "[connector.create]\nnobody = 1"),
        ("button", "[connector.button]\nnobody = 1"),
    ] {
        let wrong = format!("[[connector]]\n{nobody}\n");
        let error = toml::from_str::<Connectors>(&wrong).expect_err("unknown");
        let keys = error.message().split('`').skip(3).step_by(2);
        let missing: Vec<&str> = keys.filter(|key| !is_shown(&text, key)).collect();
        assert!(missing.is_empty(), "[connector.{table}]: {missing:?}");
    }
}

/// Whether a key stands in the example: with a value, as a comment with one, as a table or in words.
fn is_shown(text: &str, key: &str) -> bool {
    let lines = text.lines().map(|line| line.trim_start_matches('#'));
    let mut shown = lines.filter(|line| {
        line.starts_with(&format!("{key} = ")) || *line == format!("[connector.{key}]")
    });
    shown.next().is_some() || text.contains(&format!("(or {key} = "))
}

/// The connectors of a file; the rest of it is another test's.
#[derive(Debug, serde::Deserialize)]
struct Connectors {
    #[serde(default)]
    connector: Vec<Connector>,
}

#[test]
fn every_connector_can_be_reached_and_is_shown_somewhere() {
    let mut seen = std::collections::BTreeMap::new();
    for (path, text) in registrations() {
        let read = toml::from_str::<Connectors>(&text);
        let read = read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for connector in read.connector {
            let completed = clau_connectors::profile::complete(&connector);
            let kind = completed.kind();
            let id = &connector.id;
            assert!(kind.is_some(), "{}: {id}", path.display());
            assert!(!completed.button.audience.is_empty(), "{id}");
            let trust = &completed.trust;
            let for_somebody = trust.everywhere
                || !trust.structures.is_empty()
                || !trust.sources.is_empty()
                || !trust.academies.is_empty();
            assert!(for_somebody, "{}: {id}", path.display());
            for named in &trust.structures {
                let uai: clau_domain::uai::Uai = named.parse().expect("a school");
                assert!(uai.check_letter_holds(), "{id}: {named}");
            }
            *seen.entry((completed.profile, kind)).or_insert(0) += 1;
        }
    }
    // Every profile, and a school by each of the four kinds.
    let profiles: BTreeSet<_> = seen.keys().map(|(profile, _)| *profile).collect();
    assert_eq!(profiles.len(), 6, "{seen:?}");
    let of_schools = seen
        .keys()
        .filter(|(profile, _)| *profile == ConnectorProfile::Agriculture);
    assert_eq!(of_schools.count(), 4, "{seen:?}");
}

#[test]
fn every_template_is_read() {
    let mut seen = 0;
    for (path, text) in pages() {
        for text in blocks(&text, "toml template") {
            let outcome = toml::from_str::<Template>(&text);
            assert!(outcome.is_ok(), "{}: {outcome:?}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 1, "{seen}");
}

#[test]
fn every_link_leads_somewhere() {
    for (path, text) in pages() {
        let targets = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            let directory = path.parent().expect("a directory");
            let file = match file {
                "" => path.clone(),
                file => directory.join(file),
            };
            assert!(file.exists(), "{}: {target}", path.display());
            if !place.is_empty() {
                let text = std::fs::read_to_string(&file).expect("a page");
                let known = headings(&text).any(|heading| heading == place);
                assert!(known, "{}: {target}", path.display());
            }
        }
    }
}

/// The headings of a page, as links name them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings.map(|line| {
        let words = line.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || matches!(c, '-' | '_') => Some(c),
            _ => None,
        });
        kept.collect()
    })
}

/// What the table of rules and tests in `security.md` begins with.
const RULES: &str = "## Rules and tests\n";

/// `security.md` names tests; each must be in the sources. `CLAU_WRITE_HANDBOOK=1` writes the table
/// anew from the sources.
#[test]
fn every_named_test_exists() {
    let path = handbook().join("security.md");
    let page = std::fs::read_to_string(&path).expect("the page");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut tests = BTreeSet::new();
    for directory in ["idp", "connectors", "tests"] {
        gather(&root, Path::new(directory), &mut tests);
    }
    if std::env::var_os("CLAU_WRITE_HANDBOOK").is_some() {
        let (words, _) = page.split_once(RULES).expect("the table");
        std::fs::write(&path, format!("{words}{RULES}{}", table(&tests))).expect("written");
        return;
    }
    let known: BTreeSet<&str> = tests.iter().map(|(name, _)| name.as_str()).collect();
    let quoted = page.split('`').skip(1).step_by(2);
    let named: Vec<&str> = quoted.filter(|word| rule(word).is_some()).collect();
    assert!(named.len() > 100, "{}", named.len());
    let missing: Vec<&str> = named
        .into_iter()
        .filter(|name| !known.contains(name))
        .collect();
    assert!(
        missing.is_empty(),
        "{missing:#?}: write the table anew with CLAU_WRITE_HANDBOOK=1 cargo test -p clau handbook"
    );
}

/// The rule that a test is named after, family and number: `cas_03_…` is `CAS` and `03`.
fn rule(name: &str) -> Option<(String, &str)> {
    let mut words = name.split('_');
    let (family, number) = (words.next()?, words.next()?);
    let is_family =
        (2..=4).contains(&family.len()) && family.bytes().all(|b| b.is_ascii_lowercase());
    let is_number = number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit());
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    (is_family && is_number && is_name && words.next().is_some())
        .then(|| (family.to_ascii_uppercase(), number))
}

/// Tests named after a rule, by name and file.
fn gather(root: &Path, directory: &Path, tests: &mut BTreeSet<(String, String)>) {
    for entry in std::fs::read_dir(root.join(directory)).expect("readable") {
        let path = directory.join(entry.expect("readable").file_name());
        if root.join(&path).is_dir() {
            gather(root, &path, tests);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(root.join(&path)).expect("readable");
            let names = text
                .split("fn ")
                .skip(1)
                .filter_map(|rest| rest.split('(').next());
            for name in names.filter(|name| rule(name).is_some()) {
                tests.insert((name.to_owned(), path.display().to_string()));
            }
        }
    }
}

/// A table for each family of rules.
fn table(tests: &BTreeSet<(String, String)>) -> String {
    const FAMILIES: [(&str, &str); 18] = [
        ("CAS", "CAS tickets, addresses and logout"),
        ("SES", "Sessions and cookies"),
        ("PWD", "Passwords, codes and guessing"),
        ("MFA", "Second factors and recovery"),
        ("WEB", "Pages, headers, addresses"),
        ("IMP", "Feeds"),
        ("XML", "XML that strangers send"),
        ("SIG", "Signatures and encryption of XML"),
        ("OIDC", "OpenID Connect"),
        ("SAML", "SAML"),
        ("FED", "Federation"),
        ("ADM", "Administration"),
        ("KEY", "Keys, randomness, secrets"),
        ("LOG", "Logs and privacy"),
        ("AVL", "Staying up"),
        ("REL", "Losing nothing"),
        ("SUP", "What it is built from"),
        ("FT", "Failures on purpose"),
    ];
    let mut text = String::new();
    for (family, title) in FAMILIES {
        let lines: Vec<String> = tests
            .iter()
            .filter_map(|(name, file)| {
                let (of, number) = rule(name)?;
                (of == family).then(|| format!("| {family}-{number} | `{name}` | `{file}` |\n"))
            })
            .collect();
        if !lines.is_empty() {
            text += &format!("\n### {title}\n\n| rule | test | where |\n| --- | --- | --- |\n");
            text += &lines.concat();
        }
    }
    text
}

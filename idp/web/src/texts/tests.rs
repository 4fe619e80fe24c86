//! The three languages say the same things with the same words in them, and pages ask for nothing
//! that is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;

/// Keys with the parameters that each names.
fn keys(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current = String::new();
    for line in source.lines().filter(|line| !line.starts_with('#')) {
        let start = line
            .split_once(" = ")
            .filter(|_| line.starts_with(char::is_alphabetic));
        if let Some((key, _)) = start {
            key.clone_into(&mut current);
            assert!(!keys.contains_key(key), "{key} twice");
            keys.insert(key.to_owned(), BTreeSet::new());
        }
        for piece in line.split('$').skip(1) {
            let name: String = piece.chars().take_while(|c| c.is_alphanumeric()).collect();
            keys.get_mut(&current).expect("inside a key").insert(name);
        }
    }
    keys
}

#[test]
fn the_three_languages_have_the_same_keys_and_parameters() {
    let french = keys(FRENCH);
    assert!(french.len() > 200);
    for (name, source) in [("oc", OCCITAN), ("en", ENGLISH)] {
        let other = keys(source);
        for (key, parameters) in &french {
            assert_eq!(other.get(key), Some(parameters), "{key} in {name}");
        }
        assert_eq!(other.len(), french.len(), "{name} has more than French");
    }
}

#[test]
fn every_key_is_used_and_every_key_used_exists() {
    let french = keys(FRENCH);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    read(&root.join("templates"), &mut text);
    read(&root.join("src"), &mut text);
    for key in french.keys() {
        assert!(text.contains(&format!("\"{key}\"")), "nothing says {key}");
    }
    for call in [".say(\"", ".with(\"", ".with_two(\"", ".count(\""] {
        for piece in text.split(call).skip(1) {
            let key = piece.split('"').next().unwrap_or_default();
            assert!(french.contains_key(key), "{call}{key}: no such text");
        }
    }
}

fn read(directory: &Path, into: &mut String) {
    for entry in std::fs::read_dir(directory).expect("a directory of ours") {
        let path = entry.expect("readable").path();
        if path.is_dir() && !path.ends_with("tests") {
            read(&path, into);
        } else if path.is_file() && !path.ends_with("tests.rs") {
            into.push_str(&std::fs::read_to_string(&path).expect("text"));
        }
    }
}

#[test]
fn numbers_and_dates_are_written_as_each_language_does() {
    let at = Timestamp::from_millis(1_795_420_800_000);
    let zone = TimeZone::get("Europe/Paris").expect("the zone database is inside");
    let [fr, oc, en] = Language::ALL.map(Texts::new);
    assert_eq!(fr.moment(at, &zone).text, "23 novembre 2026 à 09:00");
    assert_eq!(oc.day(at, &zone).text, "23 de novembre de 2026");
    assert_eq!(en.day(at, &zone).text, "23 November 2026");
    assert_eq!(fr.moment(at, &zone).machine, "2026-11-23T08:00:00.000Z");
    assert!(
        fr.count("problem-login-wait", "seconds", 1)
            .contains("une seconde")
    );
    assert!(
        fr.count("problem-login-wait", "seconds", 30)
            .contains("30 secondes")
    );
    assert!(oc.found(0, "x").starts_with("Cap de servici"));
    assert_eq!(en.found(1, "note"), "One service matches “note”.");
}

#[test]
fn every_text_can_be_said_in_every_language() {
    for language in Language::ALL {
        let texts = Texts::new(language);
        for key in keys(FRENCH).keys() {
            let said = texts.say(key);
            assert!(
                !said.is_empty() && said != *key,
                "{key} in {}",
                language.tag()
            );
        }
    }
}

#[test]
fn no_line_breaks_before_the_marks_that_french_sets_apart() {
    for language in [Language::Fr, Language::Oc] {
        let said = Texts::new(language).say("charter-data-text");
        for apart in [" :", "« ", " »"] {
            assert!(!said.contains(apart), "{said}");
        }
        assert!(said.contains("«\u{a0}Mon compte\u{a0}»"), "{said}");
    }
}

//! Every security rule that touches XML and its signatures, SAML, CAS, OpenID Connect, federation, sessions,
//! passwords, web or import has a test named after it: `fn cas_03_…`, `fn web_05_…`. Owns the list; the tests live
//! beside what they prove.
#![expect(clippy::expect_used, reason = "an integration test is all test")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Rules of a group that have no test yet, each with the reason.
type Later = &'static [(u32, &'static str)];

/// The rules by group: the numbers from 1 on, without those for later.
const GROUPS: [(&str, u32, Later); 10] = [
    ("xml", 7, &[]),
    ("sig", 10, &[]),
    ("saml", 16, &[]),
    ("cas", 14, &[]),
    ("ses", 11, &[]),
    (
        "pwd",
        12,
        &[
            (
                11,
                "there is no reset by mail yet: an operator gives a new activation code",
            ),
            (12, "by review: no question is ever asked"),
        ],
    ),
    ("oidc", 22, &[]),
    ("fed", 14, &[]),
    ("web", 11, &[(7, "nothing is uploaded yet")]),
    (
        "imp",
        10,
        &[(10, "there is no drop folder: an operator imports")],
    ),
];

#[test]
fn each_rule_has_a_test_named_after_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests is in the workspace");
    let mut named = BTreeSet::new();
    for file in sources(root) {
        let source = fs::read_to_string(&file).expect("source files are UTF-8");
        for line in source.lines() {
            if let Some((_, name)) = line.split_once("fn ") {
                let id: Vec<&str> = name.splitn(3, '_').take(2).collect();
                named.insert(format!("{}_", id.join("_")));
            }
        }
    }
    let missing: Vec<String> = GROUPS
        .iter()
        .flat_map(|(group, last, later)| {
            (1..=*last)
                .filter(|number| !later.iter().any(|(exempt, _)| exempt == number))
                .map(move |number| format!("{group}_{number:02}_"))
        })
        .filter(|prefix| !named.contains(prefix))
        .collect();
    assert!(
        missing.is_empty(),
        "no test is named after: {}",
        missing.join(", ")
    );
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)
        .expect("our own directory")
        .flatten()
    {
        let path = entry.path();
        let name = entry.file_name();
        if name.to_string_lossy().starts_with('.') || name == "target" || name == "node_modules" {
            continue;
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found
}

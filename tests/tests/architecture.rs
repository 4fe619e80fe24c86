//! The rules of the house, read from the tree and from cargo: which crate may use which, what no crate
//! may use, how long a file may be, what lies at the top level. Owns no behaviour of the product.
//!
//! The reasons are in `idp/server/handbook/architecture.md`; a rule that has to give way is changed here
//! and there in one commit.
#![expect(clippy::expect_used, reason = "an integration test is all test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const DOMAIN: &str = "clau-domain";
const PROTOCOLS: [&str; 3] = ["clau-cas", "clau-saml", "clau-oidc"];
const STORAGE: &str = "clau-storage";
const CONNECTORS: &str = "clau-connectors";
const ENGINE: &str = "clau-engine";
const WEB: &str = "clau-web";
const SERVER: &str = "clau";
const TESTS: &str = "clau-tests";

/// Longest file, without its tests.
const MOST_LINES_IN_A_FILE: usize = 500;
/// Longest crate, without its tests.
const MOST_LINES_IN_A_CRATE: usize = 8_000;
/// Crates that are larger on purpose, and how large they may become. The use cases share one session, one
/// grant and one outbox, which crates of their own would have to hand each other through public doors;
/// the provider's part is a module with a door of its own (`idp/engine/src/oidc.rs`). Drivers of connectors share
/// one contract and one reading of what sources say; storage and the pages follow what they are for.
const LARGER_CRATES: [(&str, usize); 4] = [
    ("connectors", 13_000),
    ("idp/engine", 26_000),
    ("idp/storage", 9_000),
    ("idp/web", 10_500),
];

/// What each of our crates may use of the others; `None` for a crate the house does not know.
fn may_use(name: &str) -> Option<BTreeSet<&'static str>> {
    let mut allowed = BTreeSet::from([DOMAIN]);
    match name {
        DOMAIN => allowed.clear(),
        name if PROTOCOLS.contains(&name) => {}
        STORAGE => {}
        CONNECTORS => allowed.extend(PROTOCOLS),
        ENGINE => {
            allowed.extend(PROTOCOLS);
            allowed.extend([STORAGE, CONNECTORS]);
        }
        WEB => {
            allowed.extend(PROTOCOLS);
            allowed.insert(ENGINE);
        }
        SERVER | TESTS => {
            allowed.extend(PROTOCOLS);
            allowed.extend([STORAGE, CONNECTORS, ENGINE, WEB]);
            if name == TESTS {
                allowed.insert(SERVER);
            }
        }
        _ => return None,
    }
    Some(allowed)
}

/// Libraries that do what a crate must leave to others.
fn not_its_business(name: &str) -> &'static [&'static str] {
    const PURE: &[&str] = &[
        "axum",
        "hyper",
        "moka",
        "redis",
        "reqwest",
        "sqlx",
        "tokio",
        "tower",
        "tracing-subscriber",
    ];
    match name {
        DOMAIN => PURE,
        name if PROTOCOLS.contains(&name) => PURE,
        STORAGE => &["axum", "hyper", "reqwest", "tower"],
        CONNECTORS => &["axum", "hyper", "redis", "sqlx", "tower"],
        ENGINE => &["askama", "axum", "hyper", "redis", "sqlx", "tower"],
        WEB => &["redis", "reqwest", "sqlx"],
        _ => &[],
    }
}

#[test]
fn crates_use_only_what_the_table_allows() {
    let mut broken = Vec::new();
    for package in workspace_packages() {
        let name = text(&package, "name");
        let Some(allowed) = may_use(name) else {
            broken.push(format!("{name} has no place in the table of layers"));
            continue;
        };
        for dependency in list(&package, "dependencies") {
            let used = text(dependency, "name");
            // A test of the crate may use more of the outside, never more of the house.
            let only_in_tests = text(dependency, "kind") == "dev";
            if may_use(used).is_some() && !allowed.contains(used) {
                broken.push(format!("{name} may not use {used}"));
            }
            if not_its_business(name).contains(&used) && !only_in_tests {
                broken.push(format!(
                    "{name} may not use {used}: that is another crate's work"
                ));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn dependencies_come_from_the_workspace_table() {
    let mut broken = Vec::new();
    for package in workspace_packages() {
        let manifest = fs::read_to_string(text(&package, "manifest_path")).expect("a manifest");
        let mut dependencies = false;
        for line in manifest.lines() {
            if let Some(section) = line.strip_prefix('[') {
                dependencies = section.trim_end_matches(']').ends_with("dependencies");
            } else if dependencies && line.contains('=') && !line.contains("workspace = true") {
                broken.push(format!(
                    "{}: {line}: take it from [workspace.dependencies]",
                    text(&package, "name")
                ));
            }
        }
        if !manifest.contains("[lints]\nworkspace = true") {
            broken.push(format!(
                "{} does not take the workspace's lints",
                text(&package, "name")
            ));
        }
    }
    assert_none(&broken);
}

#[test]
fn sup_01_no_forbidden_library_is_built() {
    // One crypto library (aws-lc-rs) and one TLS (rustls); the others are slower, or have failed.
    let forbidden = [
        "ring",
        "rsa",
        "openssl",
        "openssl-sys",
        "native-tls",
        "samael",
        "josekit",
        "chrono",
    ];
    // The features that are on without asking: what `clau-tests/samael` brings is built for `make test` alone.
    // What the client of OpenID Connect brings, the relying party's (`clau-connectors`) and the reference
    // services', and nothing else may. With `rsa` it verifies by public keys, which the timing of
    // RUSTSEC-2023-0071 says nothing about (KEY-05; the next test). Its dates are chrono's, and so are those of
    // `tsp-ltv`, which comes with bergshamra's keys: we ask neither for one.
    let tolerated: [(&str, &[&str]); 2] = [
        ("rsa", &["openidconnect"]),
        ("chrono", &["oauth2", "openidconnect", "tsp-ltv"]),
    ];
    // Two versions of these would mean two crypto providers, two runtimes or two kinds of the same value.
    let single = [
        "aws-lc-rs",
        "axum",
        "hyper",
        "jiff",
        "quick-xml",
        "redis",
        "reqwest",
        "rustls",
        "serde",
        "sqlx",
        "tokio",
        "tracing",
        "url",
        "uuid",
    ];
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version) in built(&["--workspace", "--edges", "normal,build,dev"]) {
        versions.entry(name).or_default().insert(version);
    }
    let mut broken: Vec<String> = Vec::new();
    for name in forbidden
        .iter()
        .filter(|&&name| versions.contains_key(name))
    {
        let wanted_by = dependents(name);
        let wrappers = tolerated
            .iter()
            .filter(|(tolerated, _)| tolerated == name)
            .flat_map(|(_, wrappers)| wrappers.iter());
        let wrappers: BTreeSet<String> = wrappers.map(|&wrapper| wrapper.to_owned()).collect();
        if !wanted_by.is_subset(&wrappers) {
            broken.push(format!(
                "{name} is built for {wanted_by:?}; `cargo tree --workspace --invert {name}` says why"
            ));
        }
    }
    for name in single {
        if let Some(several) = versions.get(name).filter(|versions| versions.len() > 1) {
            broken.push(format!("{name} is built in several versions: {several:?}"));
        }
    }
    assert_none(&broken);
}

#[test]
fn key_05_private_keys_are_the_crypto_librarys_alone() {
    // Only the relying party and the reference services have the library that has `rsa`.
    let allowed = BTreeSet::from([CONNECTORS.to_owned(), TESTS.to_owned()]);
    let wanted_by = dependents("openidconnect");
    assert!(
        wanted_by.is_subset(&allowed),
        "openidconnect is built for {wanted_by:?}"
    );
    // And nobody gives it a private key: these are all of its names that take or hold one.
    let private = [
        "CoreRsaPrivateSigningKey",
        "CoreEdDsaPrivateSigningKey",
        "CoreHmacKey",
        "PrivateSigningKey",
        "new_confidential_client",
        "RsaPrivateKey",
        "insecure_disable_signature_check",
        "new_insecure_without_verification",
    ];
    let mut broken = Vec::new();
    for file in files(&root().join("connectors/src"), &["rs"]) {
        let source = fs::read_to_string(&file).expect("source files are UTF-8");
        for name in private.iter().filter(|name| source.contains(**name)) {
            broken.push(format!("{} names {name}", file.display()));
        }
    }
    assert_none(&broken);
}

#[test]
fn xml_01_saml_is_read_by_one_parser() {
    // Two parsers read two messages out of one text; a search in the text is one of them. The one that reads
    // is the one that canonicalises.
    let parser = ["uppsala", "bergshamra-xml"];
    let others = [
        "html5ever",
        "libxml",
        "markup5ever",
        "minidom",
        "regex",
        "regex-lite",
        "samael",
        "sxd-document",
        "xot",
    ];
    let tree = cargo(&[
        "tree",
        "--package",
        "clau-saml",
        "--edges",
        "normal,build",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let names: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(
        parser.iter().all(|name| names.contains(name)),
        "cargo tree said something else than expected:\n{tree}"
    );
    let broken: Vec<String> = names
        .iter()
        .filter(|name| others.contains(name) || name.contains("xml") && !parser.contains(name))
        .map(|name| format!("clau-saml is built with {name}"))
        .collect();
    assert_none(&broken);
}

/// Name and version of everything that is built for what `arguments` select.
fn built(arguments: &[&str]) -> Vec<(String, String)> {
    // `cargo tree` knows which features are on; the lock file lists what optional features would bring.
    let tree = cargo(&[&["tree", "--prefix", "none", "--format", "{p}"], arguments].concat());
    let package = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    let found: Vec<(String, String)> = tree.lines().filter_map(package).collect();
    assert!(
        found.iter().any(|(name, _)| name == "tokio"),
        "cargo tree said something else than expected:\n{tree}"
    );
    found
}

/// The crates that ask for a crate themselves.
fn dependents(name: &str) -> BTreeSet<String> {
    let tree = cargo(&[
        "tree",
        "--workspace",
        "--edges",
        "normal,build,dev",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--depth",
        "1",
        "--invert",
        name,
    ]);
    let names = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    names
        .filter(|found| *found != name)
        .map(str::to_owned)
        .collect()
}

#[test]
fn sup_02_our_code_has_no_unsafe_block() {
    let root = fs::read_to_string(root().join("Cargo.toml")).expect("the root manifest");
    assert!(root.contains("unsafe_code = \"forbid\""));
    assert!(
        root_entries().contains("Cargo.lock"),
        "Cargo.lock belongs to the repository"
    );
}

#[test]
fn the_top_level_shows_the_rooms_and_nothing_else() {
    let rooms = [
        "Cargo.lock",
        "Cargo.toml",
        "Makefile",
        "README.md",
        "connectors",
        "idp",
        "tests",
    ];
    // Built in a later issue.
    let announced = ["admin-ui"];
    let mut broken = Vec::new();
    let entries = root_entries();
    for room in rooms {
        if !entries.contains(room) {
            broken.push(format!("{room} is missing"));
        }
    }
    for entry in entries {
        if !rooms.contains(&entry.as_str()) && !announced.contains(&entry.as_str()) {
            broken.push(format!("{entry} has no place at the top level"));
        }
    }
    assert_none(&broken);
}

#[test]
fn every_file_says_what_it_owns_and_none_is_too_long() {
    let mut broken = Vec::new();
    let mut crates: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for file in rust_files() {
        let source = fs::read_to_string(&file).expect("source files are UTF-8");
        let name = file.strip_prefix(root()).unwrap_or(&file);
        if !source.starts_with("//!") {
            broken.push(format!("{} does not begin with //!", name.display()));
        }
        if is_test(name) {
            continue;
        }
        let lines = source
            .lines()
            .take_while(|line| line.trim() != "mod tests {" && line.trim() != "mod tests;")
            .count();
        if lines > MOST_LINES_IN_A_FILE {
            broken.push(format!("{} has {lines} lines: split it", name.display()));
        }
        if let Some(directory) = name
            .ancestors()
            .find(|above| root().join(above).join("Cargo.toml").is_file())
        {
            *crates.entry(directory.to_owned()).or_default() += lines;
        }
    }
    for (directory, lines) in crates {
        let larger = LARGER_CRATES
            .iter()
            .find(|(name, _)| directory == Path::new(name));
        if lines > larger.map_or(MOST_LINES_IN_A_CRATE, |(_, most)| *most) {
            broken.push(format!(
                "{} has {lines} lines: split the crate",
                directory.display()
            ));
        }
    }
    assert_none(&broken);
}

#[test]
fn only_the_server_reads_the_clock() {
    // The lint in .clippy.toml says the same; this one cannot be silenced by an attribute.
    let readings = [
        "SystemTime::now",
        "Timestamp::now",
        "Zoned::now",
        "ZonedDateTime::now",
        "Utc::now",
        "Uuid::new_v4",
        "Uuid::now_v7",
    ];
    let mut broken = Vec::new();
    for file in rust_files() {
        let name = file.strip_prefix(root()).unwrap_or(&file);
        if name.starts_with("idp/server") || name.starts_with("tests") {
            continue;
        }
        let source = fs::read_to_string(&file).expect("source files are UTF-8");
        for (number, line) in source.lines().enumerate() {
            if !line.trim_start().starts_with("//")
                && readings.iter().any(|reading| line.contains(reading))
            {
                broken.push(format!(
                    "{}:{}: {}",
                    name.display(),
                    number + 1,
                    line.trim()
                ));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn pages_load_nothing_inline_and_nothing_from_elsewhere() {
    let inline = [
        "<script>",
        "<style",
        " style=\"",
        " onclick=",
        " onload=",
        " onsubmit=",
        " onchange=",
        "javascript:",
    ];
    let elsewhere = ["src=\"http", "href=\"//", "src=\"//", "url(http", "@import"];
    let mut broken = Vec::new();
    for file in files(&root(), &["html", "css"]) {
        let page = fs::read_to_string(&file)
            .expect("templates are UTF-8")
            .to_ascii_lowercase();
        let name = file
            .strip_prefix(root())
            .unwrap_or(&file)
            .display()
            .to_string();
        // Sheets printed from a file have no server to load a style from.
        let printed = name.contains("sheet");
        for word in inline.iter().filter(|_| !printed).chain(&elsewhere) {
            if page.contains(word) {
                broken.push(format!("{name} contains {word}"));
            }
        }
    }
    assert_none(&broken);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests is in the workspace")
        .to_owned()
}

fn root_entries() -> BTreeSet<String> {
    fs::read_dir(root())
        .expect("the workspace is readable")
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect()
}

fn rust_files() -> Vec<PathBuf> {
    let files = files(&root(), &["rs"]);
    assert!(files.len() > 10, "no source found in {}", root().display());
    files
}

/// The files below `directory` that end in one of `endings`, without what is built.
fn files(directory: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)
        .expect("our own directory")
        .flatten()
    {
        let path = entry.path();
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || name == "target" || name == "node_modules" {
            continue;
        }
        if path.is_dir() {
            found.extend(files(&path, endings));
        } else if path
            .extension()
            .is_some_and(|ending| endings.iter().any(|&known| ending == known))
        {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Whether a file is nothing but tests or what tests need.
fn is_test(file: &Path) -> bool {
    file.iter().any(|part| part == "tests" || part == "benches")
        || file
            .file_stem()
            .is_some_and(|stem| stem == "tests" || stem.to_string_lossy().ends_with("_tests"))
}

fn workspace_packages() -> Vec<Value> {
    let metadata = cargo(&["metadata", "--format-version=1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&metadata).expect("cargo metadata is JSON");
    let packages = list(&metadata, "packages").to_vec();
    assert!(
        packages.len() > 5,
        "cargo knows {} packages only",
        packages.len()
    );
    packages
}

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--locked")
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value
        .get(key)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn assert_none(broken: &[String]) {
    assert!(
        broken.is_empty(),
        "{} broken:\n{}",
        broken.len(),
        broken.join("\n")
    );
}

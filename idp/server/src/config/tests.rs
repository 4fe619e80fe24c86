//! Tests of the configuration: the example is true, mistakes are told at once and in words.

use super::read::known;
use super::*;

const MINIMAL: &str = "[server]\nbase_url = \"https://ent.example.fr\"\n";

fn source(text: &str) -> Source {
    Source {
        name: "clau.toml".to_owned(),
        text: text.to_owned(),
        directory: "/etc/clau".into(),
    }
}

fn config(text: &str) -> Config {
    read(&source(text), []).expect("a right configuration")
}

fn problems(text: &str, environment: &[(&str, &str)]) -> Vec<String> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let problems = read(&source(text), environment).expect_err("a mistake");
    problems.iter().map(ToString::to_string).collect()
}

fn with_env(text: &str, name: &str, value: &str) -> Config {
    read(&source(text), [(name.to_owned(), value.to_owned())]).expect("a right configuration")
}

#[test]
fn the_example_is_what_is_the_default() {
    assert_eq!(config(EXAMPLE), config(MINIMAL));
}

#[test]
fn the_example_names_every_key_and_no_other() {
    // Keys without a default are written behind a `#` without a space.
    let everything: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if key.starts_with(|c: char| c.is_ascii_lowercase()) => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let table: toml::Table = everything.parse().expect("valid TOML");
    let sections = known("", "");
    assert_eq!(sections.len(), 13, "{sections:?}");
    assert_eq!(table.len(), sections.len());
    for section in sections {
        let written = table
            .get(&section)
            .and_then(toml::Value::as_table)
            .expect(&section);
        let mut written: Vec<&String> = written.keys().collect();
        let mut right = known(&section, "?");
        written.sort();
        right.sort();
        assert_eq!(written, right.iter().collect::<Vec<_>>(), "[{section}]");
    }
    let whole: Config = toml::from_str(&everything).expect("every key has a value of its type");
    assert!(whole.server.tls_cert.is_some() && whole.secrets.master_key_file.is_some());
}

#[test]
fn a_misspelt_key_is_refused_with_its_place_and_the_right_one() {
    let said = problems(
        "[server]\nbase_url = \"https://a.fr\"\nlisen = \"127.0.0.1:1\"\n",
        &[],
    );
    assert_eq!(
        said,
        [
            "clau.toml:3:1: `server.lisen` is not understood: unknown field `lisen`; did you mean `listen`?"
        ]
    );
    let said = problems("[sever]\nbase_url = \"https://a.fr\"\n", &[]);
    assert!(
        said[0].starts_with("clau.toml:1:2: [sever]: ") && said[0].contains("`server`"),
        "{said:?}"
    );
    let said = problems(
        "[server]\nbase_url = \"https://a.fr\"\nmaster_key_file = \"k\"\n",
        &[],
    );
    assert!(
        said[0].contains("it belongs in the section [secrets]"),
        "{said:?}"
    );
    let said = problems("base_url = \"https://a.fr\"\n", &[]);
    assert!(
        said[0].contains("`base_url` belongs in the section [server]"),
        "{said:?}"
    );
}

#[test]
fn every_mistake_is_told_at_once() {
    let said = problems(
        "[server]\nlisten = \"nowhere\"\nshutdown_seconds = \"long\"\n[tickets]\nstore = \"reddis\"\n\
         [log]\nlevel = \"loud,=\"\n",
        &[
            ("CLAU__PASSWORDS__PASSES", "1"),
            ("CLAU__NOTHING", "1"),
            ("CLAU__LOG__LEVL", "info"),
        ],
    );
    for expected in [
        "clau.toml:2:1: `server.listen`",
        "clau.toml:3:1: `server.shutdown_seconds`",
        "clau.toml:5:1: `tickets.store` is not understood: unknown variant `reddis`; did you mean `redis`?",
        "clau.toml:7:1: `log.level`",
        "`server.base_url` must be given",
        "CLAU__PASSWORDS__PASSES: `passwords.passes` must be from 2",
        "CLAU__NOTHING: does not name a key",
        "CLAU__LOG__LEVL: `log.levl` is not understood: unknown field `levl`; did you mean `level`?",
    ] {
        assert!(
            said.iter().any(|line| line.starts_with(expected)),
            "{expected}\n{said:#?}"
        );
    }
    assert_eq!(said.len(), 8, "{said:#?}");
}

#[test]
fn the_environment_wins() {
    let file = "[server]\nbase_url = \"https://a.fr\"\n[database]\nurl = \"sqlite:a.db\"\n";
    assert_eq!(
        with_env(file, "CLAU__SERVER__LISTEN", "0.0.0.0:9")
            .server
            .listen
            .port(),
        9
    );
    assert_eq!(
        with_env(file, "CLAU__SERVER__BASE_URL", "https://b.fr")
            .server
            .base_url,
        "https://b.fr"
    );
    assert_eq!(
        with_env(file, "CLAU__SERVER__SHUTDOWN_SECONDS", "5")
            .server
            .shutdown_seconds,
        5
    );
    assert_eq!(with_env(file, "CLAU__REGION__NAME", "31").region.name, "31");
    let networks = with_env(file, "CLAU__SESSIONS__SCHOOL_NETWORKS", "[\"10.0.0.0/8\"]");
    assert_eq!(networks.sessions.school_networks.len(), 1);
    // The file that holds the address replaces the address.
    let key = "5c".repeat(32);
    let file = format!("{file}[secrets]\nmaster_key = \"{key}\"\n");
    let config = with_env(&file, "CLAU__DATABASE__URL_FILE", "/run/database");
    assert_eq!(config.database.url_file, Some("/run/database".into()));
}

#[test]
fn key_08_secrets_are_not_shown() {
    let text = format!("{MINIMAL}[secrets]\nmaster_key = \"{}\"\n", "5c".repeat(32));
    let config = config(&text);
    assert!(!format!("{config:?}").contains("5c5c"));
    assert!(!toml::to_string(&config).expect("writes").contains("5c5c"));
    let said = problems(
        &format!("{MINIMAL}[secrets]\nmaster_key = \"hunter2\"\n"),
        &[],
    );
    assert!(!said.concat().contains("hunter2"), "{said:?}");
    // Not even where the text cannot be read any further.
    let said = problems("[secrets]\nmaster_key = \"hunter2\nx", &[]);
    assert!(!said.concat().contains("hunter2"), "{said:?}");
}

#[test]
fn web_05_nobody_trusts_every_proxy() {
    let said = problems(
        &format!("{MINIMAL}trusted_proxies = [\"0.0.0.0/0\"]\n"),
        &[],
    );
    assert!(said[0].contains("believes everybody"), "{said:?}");
}

#[test]
fn a_base_address_is_https_without_a_path() {
    for (wrong, why) in [
        ("http://ent.example.fr", "must begin with https"),
        ("https://ent.example.fr/clau", "without a path"),
        ("https://user:word@ent.example.fr", "without a path"),
        ("ent.example.fr", "not an address"),
        ("ftp://ent.example.fr", "must begin with https"),
    ] {
        let said = problems(&format!("[server]\nbase_url = \"{wrong}\"\n"), &[]);
        assert!(said.concat().contains(why), "{wrong}: {said:?}");
    }
    for right in [
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://[::1]:8080",
        "https://ent.fr/",
    ] {
        config(&format!("[server]\nbase_url = \"{right}\"\n"));
    }
}

#[test]
fn figures_reach_the_engine() {
    let text = format!(
        "{MINIMAL}[sessions]\npupil_idle_minutes = 7\nremember_days = 0\n[tickets]\ncas_seconds = 30\n\
         [outbound]\nextra_ca = \"ca.pem\"\n[passwords]\nthreads = 3\n"
    );
    let settings = config(&text).settings();
    assert_eq!(settings.sessions.pupil.idle_seconds, 420);
    assert!(!settings.remember);
    assert_eq!(settings.ticket_life, Duration::from_secs(30));
    assert_eq!(settings.outbound.extra_ca, Some("/etc/clau/ca.pem".into()));
    assert_eq!(
        (settings.passwords.threads, settings.passwords.queue),
        (3, 300)
    );
}

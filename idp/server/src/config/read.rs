//! From text and environment to a [`Config`]: each key is tried by itself, so that every mistake is
//! told at once. Never repeats a value in a message: it may be a secret.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::{Config, Problem};

/// What a variable of the environment starts with to set a key.
const PREFIX: &str = "CLAU__";

/// A configuration file that has been read.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Its name, for messages.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Its directory: where relative paths start.
    pub directory: PathBuf,
}

impl Source {
    /// Reads the file that was asked for, or `clau.toml` where it is; without either, an empty
    /// text: the environment may say it all.
    ///
    /// # Errors
    /// A file that was asked for cannot be read (FT-20).
    pub fn open(asked: Option<&Path>) -> Result<Self, Problem> {
        let path = asked.unwrap_or(Path::new("clau.toml"));
        let name = path.display().to_string();
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
                let directory = absolute.parent().unwrap_or(Path::new("/")).to_owned();
                Ok(Self {
                    name,
                    text,
                    directory,
                })
            }
            Err(error) if asked.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
                let directory = std::env::current_dir().unwrap_or_default();
                Ok(Self {
                    name: String::new(),
                    text: String::new(),
                    directory,
                })
            }
            Err(error) => Err(Problem::file(
                &name,
                &format!(
                    "the configuration cannot be read: {error}. Give its path with --config FILE or CLAU_CONFIG; `clau example` prints one to begin with"
                ),
            )),
        }
    }

    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        format!("{}:{line}:{column}", self.name)
    }
}

/// Reads a configuration; `environment` wins over the file.
///
/// # Errors
/// Every mistake.
pub fn read(
    source: &Source,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, Vec<Problem>> {
    let (config, problems) = read_on(source, environment);
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(problems)
    }
}

/// Reads past mistakes, for whoever looks for further ones: what is wrong has its default.
pub(crate) fn read_on(
    source: &Source,
    environment: impl IntoIterator<Item = (String, String)>,
) -> (Config, Vec<Problem>) {
    let mut reading = Reading::default();
    if let Err(problems) = reading.file(source) {
        return (Config::default(), problems);
    }
    for (name, value) in environment {
        if let Some(key) = name.strip_prefix(PREFIX) {
            reading.variable(&name, key, &value);
        }
    }
    let Reading {
        merged,
        places,
        mut problems,
    } = reading;
    // A key that is wrong by itself has its default here, so that the others are looked at as well.
    match Value::Table(merged).try_into::<Config>() {
        Ok(mut config) => {
            config.directory.clone_from(&source.directory);
            let told: Vec<String> = problems.iter().map(|problem| problem.key.clone()).collect();
            let further = config
                .problems()
                .into_iter()
                .filter(|one| !told.contains(&one.key));
            problems.extend(further.map(|mut problem| {
                problem.place = places.get(&problem.key).cloned().unwrap_or_default();
                problem
            }));
            if source.name.is_empty() && !problems.is_empty() {
                problems.push(Problem::file(
                    "",
                    "there is no clau.toml in the current directory: name the configuration with \
                     --config FILE or CLAU_CONFIG; `clau example` prints one to begin with",
                ));
            }
            (config, problems)
        }
        Err(error) => {
            problems.push(Problem::file(&source.name, error.message()));
            (Config::default(), problems)
        }
    }
}

#[derive(Default)]
struct Reading {
    merged: Table,
    /// Where each key is written.
    places: BTreeMap<String, String>,
    problems: Vec<Problem>,
}

impl Reading {
    fn file(&mut self, source: &Source) -> Result<(), Vec<Problem>> {
        let wrong = |error: toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            vec![Problem::file(&source.place(at), error.message())]
        };
        let document = DeTable::parse(&source.text).map_err(wrong)?;
        let values: Table = source.text.parse().map_err(wrong)?;
        for (section, content) in document.get_ref() {
            let place = source.place(section.span().start);
            let name = section.get_ref().as_ref();
            let DeValue::Table(keys) = content.get_ref() else {
                let what = match self.only_section_of(name) {
                    Some(section) => format!("`{name}` belongs in the section [{section}]"),
                    None => format!("`{name}` stands outside a section such as [server]"),
                };
                self.problems.push(Problem::file(&place, &what));
                continue;
            };
            if let Err(what) = try_one(name, None) {
                self.problems
                    .push(Problem::file(&place, &format!("[{name}]: {what}")));
                continue;
            }
            for key in keys.keys() {
                let place = source.place(key.span().start);
                let key = key.get_ref().as_ref();
                let value = values.get(name).and_then(|section| section.get(key));
                if let Some(value) = value {
                    self.take(name, key, value, &place);
                }
            }
        }
        Ok(())
    }

    fn variable(&mut self, variable: &str, key: &str, text: &str) {
        let lower = key.to_ascii_lowercase();
        let Some((section, key)) = lower.split_once("__") else {
            let what = "does not name a key: CLAU__SECTION__KEY is expected";
            self.problems.push(Problem::file(variable, what));
            return;
        };
        if let Err(what) = try_one(section, None) {
            self.problems
                .push(Problem::file(variable, &format!("[{section}]: {what}")));
            return;
        }
        // Of a value and the file that holds it, the one in the environment stands.
        let other = key
            .strip_suffix("_file")
            .map_or(format!("{key}_file"), str::to_owned);
        let set_here = self.places.get(&format!("{section}.{other}"));
        if set_here.is_some_and(|place| !place.starts_with(PREFIX)) {
            self.section(section).remove(&other);
        }
        let as_text = Value::String(text.to_owned());
        let value = match plain_value(text) {
            Some(value) if try_one(section, Some((key, &value))).is_ok() => value,
            _ => as_text,
        };
        self.take(section, key, &value, variable);
    }

    fn take(&mut self, section: &str, key: &str, value: &Value, place: &str) {
        match try_one(section, Some((key, value))) {
            Ok(()) => {
                self.section(section).insert(key.to_owned(), value.clone());
                self.places
                    .insert(format!("{section}.{key}"), place.to_owned());
            }
            Err(mut what) => {
                if what.starts_with("unknown field")
                    && !what.contains("did you mean")
                    && let Some(other) = self.only_section_of(key)
                {
                    what = format!("{what}; it belongs in the section [{other}]");
                }
                self.problems.push(Problem {
                    key: format!("{section}.{key}"),
                    place: place.to_owned(),
                    what: format!("is not understood: {what}"),
                });
            }
        }
    }

    fn section(&mut self, name: &str) -> &mut Table {
        let entry = self
            .merged
            .entry(name)
            .or_insert_with(|| Value::Table(Table::new()));
        if !entry.is_table() {
            *entry = Value::Table(Table::new());
        }
        #[expect(clippy::expect_used, reason = "made a table just above")]
        entry.as_table_mut().expect("a table")
    }

    /// The section that knows a key, if it is one only.
    fn only_section_of(&self, key: &str) -> Option<String> {
        let mut sections = known("", "")
            .into_iter()
            .filter(|section| known(section, "?").iter().any(|known| known == key));
        let first = sections.next()?;
        sections.next().is_none().then_some(first)
    }
}

/// Whether a section, or one key of it, is understood by itself; if not, why.
fn try_one(section: &str, one: Option<(&str, &Value)>) -> Result<(), String> {
    let mut keys = Table::new();
    if let Some((key, value)) = one {
        keys.insert(key.to_owned(), value.clone());
    }
    let mut table = Table::new();
    table.insert(section.to_owned(), Value::Table(keys));
    let outcome: Result<Config, toml::de::Error> = Value::Table(table).try_into();
    outcome.map(drop).map_err(|error| in_words(error.message()))
}

/// The keys of a section, or with an empty name the sections, as the types know them.
pub(super) fn known(section: &str, unknown: &str) -> Vec<String> {
    let (section, key) = if section.is_empty() {
        ("?", None)
    } else {
        (section, Some(unknown))
    };
    let nothing = Value::Boolean(false);
    let message = try_one_raw(section, key.map(|key| (key, &nothing)));
    quoted(&message).skip(1).map(str::to_owned).collect()
}

fn try_one_raw(section: &str, one: Option<(&str, &Value)>) -> String {
    let keys = one
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .into_iter()
        .collect();
    let table = std::iter::once((section.to_owned(), Value::Table(keys))).collect();
    let outcome: Result<Config, toml::de::Error> = Value::Table(table).try_into();
    outcome
        .err()
        .map(|error| error.message().to_owned())
        .unwrap_or_default()
}

/// A number, a truth value or a list; everything else is a text.
fn plain_value(text: &str) -> Option<Value> {
    let table: Table = format!("v = {text}").parse().ok()?;
    let mut values = table.into_iter();
    let (_, value) = values.next()?;
    let plain = matches!(
        value,
        Value::Integer(_) | Value::Boolean(_) | Value::Array(_) | Value::String(_)
    );
    (plain && values.next().is_none()).then_some(value)
}

/// The parser's words, with the nearest known word where one was misspelt.
fn in_words(message: &str) -> String {
    let message = message
        .replace("expected u32", "expected a whole number")
        .replace("expected a string", "expected a text in quotation marks")
        .replace("expected a sequence", "expected a list in brackets");
    match clau_domain::spelling::nearest_in_message(&message) {
        Some(near) => format!("{}; did you mean `{near}`?", shortened(&message)),
        None => message,
    }
}

/// "unknown field `x`, expected one of …" without the list.
fn shortened(message: &str) -> &str {
    message.split(", expected").next().unwrap_or(message)
}

fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

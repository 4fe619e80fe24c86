//! What identity providers before the hub have in common: where they are, who is in them, and a running one that
//! can be stopped, frozen and started again. Knows none of them; `simplesamlphp_idp.rs` and `lemonldap.rs` do.

use reqwest::header::{self, HeaderName};
use serde_json::{Map, Value};

use super::apache;
use super::http::{Answer, Visitor};
use super::process::{Process, Scratch, free_port};

/// Where one is: ports of this machine.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Where it listens.
    pub port: u16,
    /// Where everybody believes it to be: another port when something stands before it (`faults.rs`).
    pub public: u16,
}

impl Place {
    /// On a port of its own, with nothing before it.
    pub fn free() -> Self {
        let port = free_port();
        Self { port, public: port }
    }

    /// On a port that nobody is told of, behind what listens on `public`.
    pub fn behind(public: u16) -> Self {
        Self {
            port: free_port(),
            public,
        }
    }

    /// An address as everybody believes it; `path` begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.public)
    }
}

/// Somebody that one knows.
#[derive(Clone, Debug)]
pub struct Person {
    /// What they type.
    pub login: String,
    /// What they keep secret.
    pub password: String,
    /// What is known of them: names, and values.
    pub attributes: Vec<(String, Vec<String>)>,
}

impl Person {
    /// Somebody of whom nothing is known yet.
    pub fn new(login: &str, password: &str) -> Self {
        Self {
            login: login.to_owned(),
            password: password.to_owned(),
            attributes: Vec::new(),
        }
    }

    /// Adds an attribute.
    #[must_use]
    pub fn with(mut self, name: &str, values: &[&str]) -> Self {
        let values = values.iter().map(|&value| value.to_owned()).collect();
        self.attributes.push((name.to_owned(), values));
        self
    }

    /// The names of all attributes of `people`, once each.
    pub(super) fn attribute_names(people: &[Self]) -> Vec<String> {
        let all = people.iter().flat_map(|person| &person.attributes);
        let mut names: Vec<String> = all.map(|(name, _)| name.clone()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Their attributes as JSON; `value` makes one of all values of an attribute.
    pub(super) fn json(&self, value: impl Fn(&[String]) -> Value) -> Map<String, Value> {
        let attributes = self.attributes.iter();
        attributes
            .map(|(name, values)| (name.clone(), value(values)))
            .collect()
    }
}

/// A running one: a private Apache, and all that it has started.
#[derive(Debug)]
pub struct Running {
    process: Process,
    scratch: Scratch,
    port: u16,
    logs: &'static [&'static str],
}

impl Running {
    /// Takes over what was started on `port` and logs to `logs` beside Apache's own; waits until it listens.
    pub(super) fn new(
        process: Process,
        scratch: Scratch,
        port: u16,
        logs: &'static [&'static str],
    ) -> Self {
        process.wait_for_port(port);
        Self {
            process,
            scratch,
            port,
            logs,
        }
    }

    /// Where its files are.
    pub(super) fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// Ends it: nobody listens on its port any more. What it knows stays, sessions as well.
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again on the same port, stopped or not, with what it knew.
    pub fn restart(&mut self) {
        self.process.stop();
        self.process = apache::start_again(&self.scratch);
        self.process.wait_for_port(self.port);
    }

    /// Freezes it: connections are taken by the system, and nobody answers.
    pub fn pause(&self) {
        self.process.pause();
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.process.resume();
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        apache::logs(&self.process, &self.scratch, self.logs)
    }
}

/// Sends a page's form that has `field` (`SAMLResponse`, `SAMLRequest`, `code`) to where it goes, as the browser
/// would by the script of that page: from another site.
pub async fn pass_on(visitor: &Visitor, page: &Answer, field: &str) -> Answer {
    let form = page.form_with(field);
    let fields: Vec<(&str, &str)> = form
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let origin = page.url.origin().ascii_serialization();
    let headers = [
        (header::ORIGIN, origin.as_str()),
        (HeaderName::from_static("sec-fetch-site"), "cross-site"),
        (HeaderName::from_static("sec-fetch-mode"), "navigate"),
    ];
    visitor.post(&form.action, &fields, &headers).await
}

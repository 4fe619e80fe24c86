//! What a registration of a directory says, read once: servers, filter, names of attributes; and what in it
//! cannot be, in words (`clau apply` tells it). Never speaks to a server.

use std::fmt;

use clau_domain::connector::{Connector, LdapUpstream};
use clau_domain::secret::{ExposeSecret, SecretString};
use rustls::pki_types::ServerName;

use super::tls::Tls;
use crate::contract::Mistake;

/// What stands in a filter for what a person types.
const LOGIN: &str = "{login}";
/// Most connections that are kept.
const MOST_CONNECTIONS: usize = 32;
/// Attributes that belong to a person at a time, or are typed: nobody is known by them (FED-01).
const CHANGING: [&str; 8] = [
    "cn",
    "displayname",
    "givenname",
    "mail",
    "name",
    "samaccountname",
    "sn",
    "userprincipalname",
];
/// Attributes that are never read, whoever may.
const SECRET: [&str; 4] = [
    "userpassword",
    "unicodepwd",
    "sambantpassword",
    "authpassword",
];

/// One server.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Its name or number, without brackets.
    pub(super) host: String,
    /// Its port.
    pub(super) port: u16,
    /// The name that its certificate must have.
    pub(super) name: ServerName<'static>,
    /// TLS is asked for on a connection in clear (StartTLS), and is there from the beginning otherwise.
    pub(super) start_tls: bool,
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.start_tls { "ldap" } else { "ldaps" };
        let brackets = self.host.contains(':');
        let (open, close) = if brackets { ("[", "]") } else { ("", "") };
        write!(f, "{scheme}://{open}{}{close}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

impl Target {
    /// Reads `ldaps://host[:port]`, or `ldap://host[:port]`, which is StartTLS: nothing is ever said in clear.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once("://")?;
        let start_tls = match scheme.to_ascii_lowercase().as_str() {
            "ldaps" => false,
            "ldap" => true,
            _ => return None,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = match rest.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner.split_once(']')?;
                let port = match after {
                    "" => None,
                    after => Some(after.strip_prefix(':')?),
                };
                (host, port)
            }
            None => match rest.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (rest, None),
            },
        };
        let port = match port {
            None if start_tls => 389,
            None => 636,
            Some(text) => text.parse().ok().filter(|port| *port != 0)?,
        };
        let name = ServerName::try_from(host.to_owned()).ok()?;
        Some(Self {
            host: host.to_ascii_lowercase(),
            port,
            name,
            start_tls,
        })
    }
}

/// A registration that was read.
pub(super) struct Directory {
    pub(super) targets: Vec<Target>,
    pub(super) tls: Tls,
    pub(super) bind_dn: String,
    pub(super) bind_password: SecretString,
    pub(super) base: String,
    filter: String,
    pub(super) subject: String,
    /// What is asked for of an entry, and nothing else: what is mapped, and the subject (FED-10).
    pub(super) wanted: Vec<String>,
    pub(super) connections: usize,
}

/// Without the password.
impl fmt::Debug for Directory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Directory({:?}, {})", self.targets, self.base)
    }
}

impl Directory {
    /// Reads a completed registration.
    ///
    /// # Errors
    /// All that is wrong with it, by key.
    pub(super) fn read(
        connector: &Connector,
        secret: Option<&SecretString>,
    ) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut wrong = |key: &str, expected: &str| {
            mistakes.push(Mistake {
                key: key.to_owned(),
                expected: expected.to_owned(),
            });
        };
        let Some(ldap) = &connector.ldap else {
            wrong("ldap", "servers, bind_dn and base of a directory");
            return Err(mistakes);
        };
        let targets: Vec<Target> = ldap
            .servers
            .iter()
            .filter_map(|text| Target::parse(text))
            .collect();
        if targets.is_empty() || targets.len() != ldap.servers.len() {
            wrong(
                "ldap.servers",
                "one or more of `ldaps://host` and `ldap://host` (StartTLS), with `:port` where it \
                 is an unusual one, and nothing behind it",
            );
        }
        if !is_plain(&ldap.bind_dn) {
            wrong(
                "ldap.bind_dn",
                "the name of an account that may look people up; nobody is looked up without one",
            );
        }
        let password = secret.filter(|password| is_password(password));
        if password.is_none() {
            wrong(
                "ldap.bind_password",
                "the password of `ldap.bind_dn`: with an empty one, a directory takes anybody for \
                 anybody",
            );
        }
        if !is_plain(&ldap.base) || !ldap.base.contains('=') {
            wrong(
                "ldap.base",
                "the name of the entry below which people are: `ou=people,dc=lycee,dc=fr`",
            );
        }
        if let Err(expected) = check_filter(&ldap.filter) {
            wrong("ldap.filter", expected);
        }
        check_subject(ldap, &mut wrong);
        if !(1..=MOST_CONNECTIONS).contains(&ldap.connections) {
            wrong("ldap.connections", "a number from 1 to 32");
        }
        let wanted = wanted(connector, ldap);
        if wanted.iter().any(|name| is_one_of(name, &SECRET)) {
            wrong("attributes", "no attribute that holds a password");
        }
        let tls = match Tls::new(&ldap.ca) {
            Ok(tls) => Some(tls),
            Err(error) => {
                wrong("ldap.ca", &error.to_string());
                None
            }
        };
        match (tls, password) {
            (Some(tls), Some(password)) if mistakes.is_empty() => Ok(Self {
                targets,
                tls,
                bind_dn: ldap.bind_dn.clone(),
                bind_password: password.clone(),
                base: ldap.base.clone(),
                filter: ldap.filter.clone(),
                subject: ldap.subject.clone(),
                wanted,
                connections: ldap.connections,
            }),
            _ => Err(mistakes),
        }
    }

    /// The filter that finds one person: what was typed is a value in it and nothing else (FED-11).
    pub(super) fn filter_of(&self, login: &str) -> String {
        self.filter.replace(LOGIN, &ldap3::ldap_escape(login))
    }

    /// The filter that finds everybody.
    pub(super) fn filter_of_all(&self) -> String {
        self.filter.replace(LOGIN, "*")
    }
}

/// Whether a password may be sent to a directory. An empty one asks for no proof at all (RFC 4513 §5.1.2), and
/// some servers read up to the first NUL (FED-11).
pub(super) fn is_password(password: &SecretString) -> bool {
    let text = password.expose_secret();
    !text.is_empty() && !text.contains('\0') && text.len() <= 1_024
}

fn is_plain(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}

/// Whether a text is the name of an attribute, with options (RFC 4512 §2.5).
pub(super) fn is_attribute(text: &str) -> bool {
    let mut parts = text.split(';');
    let name = parts.next().unwrap_or_default();
    let keychar = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(keychar);
    let numbers = name
        .split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    // `1.1` asks for nothing.
    let is_number = name.contains('.') && numbers && name != "1.1";
    text.len() <= 128
        && (is_name || is_number)
        && parts.all(|option| !option.is_empty() && option.bytes().all(keychar))
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    let name = name.split(';').next().unwrap_or_default();
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Names that an LDAP server can be asked for; a profile also has those of other protocols.
fn wanted(connector: &Connector, ldap: &LdapUpstream) -> Vec<String> {
    let mapped = connector.attributes.values().flatten();
    let mut wanted: Vec<String> = Vec::new();
    for name in std::iter::once(&ldap.subject).chain(mapped) {
        if is_attribute(name) && !wanted.contains(name) {
            wanted.push(name.clone());
        }
    }
    wanted
}

/// `{login}` is where values are, alone, in a filter that can be read.
fn check_filter(filter: &str) -> Result<(), &'static str> {
    let places: Vec<usize> = filter.match_indices(LOGIN).map(|(at, _)| at).collect();
    if places.is_empty() {
        return Err("a filter with `{login}` in it, which stands for what is typed");
    }
    for at in places {
        let before = filter.get(..at).unwrap_or_default();
        let after = filter.get(at + LOGIN.len()..).unwrap_or_default();
        // Beside a star, a part of a login would find other people; so would what sounds alike or is greater.
        let alike = ["~=", "<=", ">="].iter().any(|sign| before.ends_with(sign));
        if !before.ends_with('=') || alike || !after.starts_with(')') {
            return Err("`{login}` as a whole value: `(uid={login})`");
        }
    }
    ldap3::parse_filter(filter.replace(LOGIN, "x"))
        .map(drop)
        .map_err(
            |()| "a filter as LDAP writes it (RFC 4515): `(&(objectClass=person)(uid={login}))`",
        )
}

fn check_subject(ldap: &LdapUpstream, wrong: &mut impl FnMut(&str, &str)) {
    let typed = ldap
        .filter
        .match_indices(LOGIN)
        .filter_map(|(at, _)| ldap.filter.get(..at)?.rsplit('(').next());
    let mut typed = typed.filter_map(|before| before.split(['=', ':']).next());
    if !is_attribute(&ldap.subject) {
        wrong(
            "ldap.subject",
            "the name of an attribute: `entryUUID`, `objectGUID`",
        );
    } else if is_one_of(&ldap.subject, &CHANGING)
        || typed.any(|name| name.eq_ignore_ascii_case(&ldap.subject))
    {
        wrong(
            "ldap.subject",
            "an attribute that never changes and is never given to somebody else: `entryUUID`, \
             `objectGUID`; not a name, an address or a login",
        );
    }
}

#[cfg(test)]
mod tests;

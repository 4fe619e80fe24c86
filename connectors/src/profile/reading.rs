//! What a source said, through the names that a registration gives to fields: what has no name there is not seen
//! (FED-10). Bounded, because strangers write it. Never decides what a value means.

use clau_domain::connector::{Connector, ConnectorKind, Field};
use clau_domain::person::BirthDate;
use clau_domain::uai::Uai;

use super::Said;
use crate::contract::Fault;
use crate::text;

/// Longest value that is kept, in characters.
pub(super) const LONGEST: usize = 200;
/// Most values of one field that are looked at.
pub(super) const MOST: usize = 100;
/// Longest name of a person at a source, in bytes (SAML Core §8.3.7).
const LONGEST_SUBJECT: usize = 256;
/// Longest mail address (RFC 5321 §4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;

/// What a source said, by field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading<'a> {
    pub(super) connector: &'a Connector,
    pub(super) said: &'a Said,
}

impl<'a> Reading<'a> {
    /// The values of a field as they came, without spaces around: of the first of its names that says anything.
    /// An attribute that comes twice is one with all the values: some sources send each by itself.
    pub(super) fn raw(&self, field: Field) -> Vec<&'a str> {
        let names = self.connector.attributes.get(&field);
        let mut found = names.into_iter().flatten().map(|name| self.named(name));
        found.find(|values| !values.is_empty()).unwrap_or_default()
    }

    fn named(&self, name: &str) -> Vec<&'a str> {
        // Attribute descriptions of directories have no capitals (RFC 4512 §2.5); all other names are exact.
        let of_directory = self.connector.kind() == Some(ConnectorKind::Ldap);
        let is_called =
            |known: &str| known == name || of_directory && known.eq_ignore_ascii_case(name);
        let attributes = self.said.attributes.iter();
        attributes
            .filter(|(known, _)| is_called(known))
            .flat_map(|(_, values)| values)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
            .take(MOST)
            .collect()
    }

    /// The first value of a field.
    pub(super) fn first(&self, field: Field) -> Option<&'a str> {
        self.raw(field).first().copied()
    }

    /// The values of a field that front ends join by `;` (french-ent.md §4.3, §4.7).
    pub(super) fn parts(&self, field: Field) -> Vec<&'a str> {
        let parts = self.raw(field).into_iter().flat_map(|it| it.split(';'));
        let parts = parts.map(str::trim).filter(|part| !part.is_empty());
        parts.take(MOST).collect()
    }

    /// A text on one line; empty where there is none.
    pub(super) fn line(&self, field: Field) -> String {
        let first = self.first(field);
        first
            .and_then(|it| text::line(it, LONGEST))
            .unwrap_or_default()
    }

    /// A name of a person; empty where there is none.
    pub(super) fn name(&self, field: Field) -> String {
        let first = self.first(field);
        first
            .and_then(|it| text::name(it, LONGEST))
            .unwrap_or_default()
    }

    /// Names of persons.
    pub(super) fn names(&self, field: Field) -> Vec<String> {
        let values = self.raw(field).into_iter();
        values.filter_map(|it| text::name(it, LONGEST)).collect()
    }

    /// What never changes of the person there: one value, as it came. It is compared and nothing else, so what is
    /// not in its normal form, or holds what nobody sees, is refused and not put right (FED-01).
    pub(super) fn subject(&self) -> Result<String, Fault> {
        let refused = |what: &str| Err(Fault::Untrusted(what.to_owned()));
        let mut values = self.raw(Field::Subject);
        values.sort_unstable();
        values.dedup();
        let subject = match (values.as_slice(), &self.said.subject) {
            ([one], _) => one,
            ([], Some(subject)) => subject.trim(),
            ([], None) => "",
            _ => return refused("it names two people"),
        };
        if subject.is_empty() {
            return refused("nothing tells who it is");
        }
        let kept = text::line(subject, LONGEST_SUBJECT);
        if subject.len() > LONGEST_SUBJECT || kept.as_deref() != Some(subject) {
            return refused("what tells who it is has not the form of an identifier");
        }
        Ok(subject.to_owned())
    }

    /// Whether values come of a protocol in which the source says which addresses it has verified.
    pub(super) fn says_what_is_verified(&self) -> bool {
        self.connector.kind() == Some(ConnectorKind::Oidc)
    }
}

/// A school by its number, as it is or with SupAnn's label in front.
pub(super) fn uai(value: &str) -> Option<Uai> {
    let number = value.strip_prefix("{UAI}").unwrap_or(value);
    number.parse().ok()
}

/// A birth date: `2011-05-14`, `14/05/2011` or `20110514`. A partial one is none.
pub(super) fn birth_date(value: &str) -> Option<BirthDate> {
    let shape: String = value
        .chars()
        .map(|c| if c.is_ascii_digit() { '0' } else { c })
        .collect();
    match shape.as_str() {
        "0000-00-00" => value.parse().ok(),
        "00/00/0000" => BirthDate::from_french(value).ok(),
        "00000000" => {
            let (year, rest) = value.split_at_checked(4)?;
            let (month, day) = rest.split_at_checked(2)?;
            format!("{year}-{month}-{day}").parse().ok()
        }
        _ => None,
    }
}

/// A mail address as it came; none where it is not one that a directory would hold.
pub(super) fn address(value: &str) -> Option<&str> {
    let (local, domain) = value.split_once('@')?;
    let plain = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_graphic() && !b"@<>()[]\\,;:\"|$".contains(&byte);
        !part.is_empty() && part.bytes().all(allowed)
    };
    (value.len() <= LONGEST_ADDRESS && plain(local) && plain(domain)).then_some(value)
}

/// A value of a fixed number of characters out of a few.
pub(super) fn code(value: &str, length: usize, allowed: impl Fn(u8) -> bool) -> Option<&str> {
    (value.len() == length && value.bytes().all(allowed)).then_some(value)
}

/// A key of a record: letters and digits, as feeds have them, with what joins them.
pub(super) fn key(value: &str, longest: usize) -> Option<&str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    ((1..=longest).contains(&value.len()) && value.bytes().all(allowed)).then_some(value)
}

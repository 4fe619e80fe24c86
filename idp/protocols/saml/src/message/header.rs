//! What every message begins with (SAML Core §3.2.1, §3.2.2): its identifier, its instant, where it goes and
//! whom it is from.

use std::time::Duration;

use clau_domain::random::Random;
use clau_domain::time::Timestamp;

use crate::error::Problem;
use crate::key::SigningKey;
use crate::names::{name_id, ns};
use crate::signature;
use crate::xml::{Node, Writer};

/// How far a partner's clock may be from ours (SAML-04).
pub const SKEW: Duration = Duration::from_secs(60);
/// How old a request may be: browsers and people wait between a click and its arrival.
const LONGEST_REQUEST: Duration = Duration::from_secs(5 * 60);
/// Longest identifier of a message that is taken along, in bytes.
const LONGEST_ID: usize = 256;

/// An identifier for a message or an assertion: 128 random bits (SAML Core §1.3.4), beginning as names in XML
/// must.
pub fn mint_id(random: &dyn Random) -> String {
    let bytes = random.bytes::<16>();
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("_{digits}")
}

/// An identifier that is the same for the same document, so that it can be cached as what it is.
pub(crate) fn mint_from(parts: &[&str]) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, parts.join("\n").as_bytes());
    let digits: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    format!("_{}", digits.get(..32).unwrap_or_default())
}

/// The head of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Its identifier.
    pub id: String,
    /// When it was made.
    pub instant: Timestamp,
    /// The address that it is meant for.
    pub destination: Option<String>,
    /// Whom it is from.
    pub issuer: String,
}

impl Header {
    pub(super) fn read(message: Node<'_>) -> Result<Self, Problem> {
        Ok(Self {
            id: identifier(message, "ID")?,
            instant: instant(message.required("IssueInstant", "it has no instant")?)?,
            destination: message.attribute("Destination").map(str::to_owned),
            issuer: issuer(message)?.ok_or(Problem::Message("it does not say whom it is from"))?,
        })
    }

    /// Whether it is meant for here and made now. `signed`: then it must say where it goes (SAML Bindings
    /// §3.4.5.2, §3.5.5.2).
    ///
    /// # Errors
    /// [`Problem::Refused`].
    pub fn check(&self, here: &str, signed: bool, now: Timestamp) -> Result<(), Problem> {
        match self.destination.as_deref() {
            Some(destination) if destination == here => {}
            Some(_) => return Err(Problem::Refused("it was sent to another address")),
            None if signed => return Err(Problem::Refused("it is signed and names no address")),
            None => {}
        }
        if self.instant > now + SKEW {
            return Err(Problem::Refused("it comes from the future"));
        }
        if self.instant + LONGEST_REQUEST < now {
            return Err(Problem::Refused("it is too old"));
        }
        Ok(())
    }

    /// Until when another message with the same identifier would be a repetition (SAML-05).
    pub fn remembered_until(&self) -> Timestamp {
        self.instant + LONGEST_REQUEST + SKEW
    }

    /// Begins the element of a message, with `more` attributes, and its issuer; a place for the signature of
    /// `key`.
    pub(super) fn write(
        &self,
        writer: &mut Writer,
        name: &'static str,
        more: &[(&str, &str)],
        key: Option<&SigningKey>,
    ) {
        let instant = self.instant.rfc3339();
        let mut attributes = vec![
            ("xmlns:samlp", ns::SAMLP),
            ("xmlns:saml", ns::SAML),
            ("ID", self.id.as_str()),
            ("Version", "2.0"),
            ("IssueInstant", &instant),
        ];
        if let Some(destination) = &self.destination {
            attributes.push(("Destination", destination));
        }
        attributes.extend(more);
        writer
            .open(name, &attributes)
            .leaf("saml:Issuer", &[], &self.issuer);
        if let Some(key) = key {
            signature::place(writer, &self.id, key);
        }
    }
}

/// Finishes a message, and signs it if there is a key.
pub(crate) fn finish(writer: Writer, key: Option<&SigningKey>) -> Result<String, Problem> {
    let xml = writer.finish();
    match key {
        Some(key) => signature::fill(&xml, key),
        None => Ok(xml),
    }
}

/// An identifier that an attribute holds.
pub(super) fn identifier(node: Node<'_>, name: &'static str) -> Result<String, Problem> {
    let id = node.required(name, "an identifier is missing")?;
    let begins = |c: char| c.is_alphabetic() || c == '_';
    let good = |c: char| c.is_alphanumeric() || "_-.".contains(c);
    if id.starts_with(begins) && id.chars().all(good) && id.len() <= LONGEST_ID {
        Ok(id.to_owned())
    } else {
        Err(Problem::Message("an identifier is not one of XML"))
    }
}

/// The issuer of a message or an assertion (SAML Core §2.2.5): the name of an entity and no other.
pub(super) fn issuer(node: Node<'_>) -> Result<Option<String>, Problem> {
    let Some(issuer) = node.child(ns::SAML, "Issuer")? else {
        return Ok(None);
    };
    let format = issuer.attribute("Format").unwrap_or(name_id::ENTITY);
    let qualified = ["NameQualifier", "SPNameQualifier", "SPProvidedID"];
    let plain = qualified
        .iter()
        .all(|name| issuer.attribute(name).is_none());
    if !plain || ![name_id::ENTITY, name_id::UNSPECIFIED].contains(&format) {
        return Err(Problem::Message("its issuer is not the name of an entity"));
    }
    let name = issuer.uri()?;
    // SAML Core §8.3.6.
    if name.len() > 1024 {
        return Err(Problem::Message("the name of its issuer is too long"));
    }
    Ok(Some(name))
}

/// An instant (SAML Core §1.3.3): UTC, whether or not it says so.
pub(crate) fn instant(text: &str) -> Result<Timestamp, Problem> {
    let bad = Problem::Message("an instant is not one of XML Schema in UTC");
    let text = text.trim();
    let zoned =
        if text.ends_with(['Z', 'z']) || text.get(19..).is_some_and(|t| t.contains(['+', '-'])) {
            text.parse::<jiff::Timestamp>()
        } else {
            format!("{text}Z").parse::<jiff::Timestamp>()
        };
    zoned
        .map(|instant| Timestamp::from_millis(instant.as_millisecond()))
        .map_err(|_| bad)
}

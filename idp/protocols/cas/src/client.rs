//! The other side of the protocol: the hub as a service of somebody else's CAS server. Reads what such a server
//! answers to a validation and what it says about a logout (CAS protocol §2.5, appendices A and C), as strictly
//! as a service should (CAS-13). Never asks one, and never decides who somebody is here.

use std::fmt;

use clau_domain::secret::{ExposeSecret, SecretString};
use clau_domain::time::Timestamp;

use crate::xml::{BadXml, Element, read};

/// The namespace of answers.
const CAS: &str = "http://www.yale.edu/tp/cas";
/// The namespace of logout requests.
const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
/// Longest ticket: §3.1.1 asks for 32 characters and recommends 256.
const LONGEST_TICKET: usize = 256;
/// Longest name of a person.
const LONGEST_USER: usize = 256;
/// Longest identifier of a logout request.
const LONGEST_ID: usize = 256;

/// A service ticket of somebody else's server (§3.1). Worth a login until it has been validated, so that it is
/// kept out of logs.
#[derive(Clone)]
pub struct ServiceTicket(SecretString);

impl ServiceTicket {
    /// Reads a ticket. `None` where the text cannot be one: nobody is asked about it. Servers end their tickets
    /// with their own host names, so that dots and underscores are in use beside what §3.7 allows.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let plausible = text.starts_with("ST-")
            && (8..=LONGEST_TICKET).contains(&text.len())
            && text.bytes().all(allowed);
        plausible.then(|| Self(text.to_owned().into()))
    }

    /// The clear text.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for ServiceTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceTicket(redacted)")
    }
}

/// What a server answers to a validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValidationAnswer {
    /// The ticket was good.
    Success(Authenticated),
    /// It was not, or something else was wrong.
    Failure(Refusal),
}

/// Somebody, in the words of the server.
#[derive(Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// What the server calls them.
    pub user: String,
    /// Names and values of attributes, in the order in which they came.
    pub attributes: Vec<(String, Vec<String>)>,
}

/// Without what is said of them.
impl fmt::Debug for Authenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authenticated({} attributes)", self.attributes.len())
    }
}

impl Authenticated {
    /// The first value of an attribute.
    pub fn first(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.and_then(|(_, values)| values.first().map(String::as_str))
    }

    /// When they proved who they are (`authenticationDate`, §2.5.7), where the server says it in a way that can
    /// be read.
    pub fn authenticated_at(&self) -> Option<Timestamp> {
        let text = self.first("authenticationDate")?.trim();
        // Java writes the name of the zone behind the offset.
        let text = text.split('[').next().unwrap_or(text);
        let instant = text.parse::<jiff::Timestamp>().ok()?;
        Some(Timestamp::from_millis(instant.as_millisecond()))
    }

    /// Whether they proved it for this very ticket (`isFromNewLogin`, §2.5.7), where the server says it.
    pub fn from_new_login(&self) -> Option<bool> {
        match self.first("isFromNewLogin")?.trim() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

/// A server's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its code (§2.5.3): `INVALID_TICKET`.
    pub code: String,
    /// Its words, on one line and shortened.
    pub text: String,
}

/// Why an answer is not believed. The server's fault, or that of somebody in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAnswer {
    /// Not XML as it should be.
    #[error("it cannot be read: {0}")]
    Xml(#[from] BadXml),
    /// XML of something else.
    #[error("it is not an answer of the CAS protocol")]
    NotCas,
    /// Neither success nor failure, or more than one of them.
    #[error("it must hold exactly one of success and failure")]
    NotOne,
    /// Nobody, several people, or a name that holds elements.
    #[error("it must name exactly one person")]
    User,
    /// Attributes in several places.
    #[error("it has attributes in more than one place")]
    Attributes,
    /// The ticket went through a proxy: somebody else than the browser has brought it.
    #[error("the ticket was given to a proxy")]
    Proxied,
}

/// Reads the answer of `serviceValidate` or `p3/serviceValidate`. Attributes stand where the schema has them
/// (`cas:attributes`), or beside the person's name, as many servers of French schools have it (french-ent.md
/// §8.1, shapes A and B). What is in another namespace, or holds further elements, is no attribute.
///
/// # Errors
/// [`BadAnswer`].
pub fn read_answer(body: &[u8]) -> Result<ValidationAnswer, BadAnswer> {
    let root = read(body)?;
    if !root.is(CAS, "serviceResponse") {
        return Err(BadAnswer::NotCas);
    }
    let [outcome] = root.children() else {
        return Err(BadAnswer::NotOne);
    };
    if outcome.is(CAS, "authenticationSuccess") {
        success(outcome).map(ValidationAnswer::Success)
    } else if outcome.is(CAS, "authenticationFailure") {
        let code = outcome.attribute("code").unwrap_or_default();
        Ok(ValidationAnswer::Failure(Refusal {
            code: one_line(code, 60),
            text: one_line(outcome.leaf().unwrap_or_default(), 200),
        }))
    } else {
        Err(BadAnswer::NotOne)
    }
}

fn success(outcome: &Element) -> Result<Authenticated, BadAnswer> {
    let user = outcome.only(CAS, "user").and_then(Element::leaf);
    let user = user.map(str::trim).ok_or(BadAnswer::User)?;
    if user.is_empty() || user.chars().count() > LONGEST_USER {
        return Err(BadAnswer::User);
    }
    let mut attributes = Vec::new();
    let mut container = false;
    for child in outcome.children() {
        match child.name() {
            _ if !is_cas(child) => {}
            "user" | "proxyGrantingTicket" => {}
            "proxies" => return Err(BadAnswer::Proxied),
            "attributes" => {
                if std::mem::replace(&mut container, true) {
                    return Err(BadAnswer::Attributes);
                }
                let inside = child.children().iter().filter(|inner| is_cas(inner));
                inside.for_each(|inner| add(&mut attributes, inner));
            }
            _ => add(&mut attributes, child),
        }
    }
    Ok(Authenticated {
        user: user.to_owned(),
        attributes,
    })
}

fn is_cas(element: &Element) -> bool {
    element.is(CAS, element.name())
}

fn add(attributes: &mut Vec<(String, Vec<String>)>, element: &Element) {
    let Some(value) = element.leaf() else { return };
    let known = attributes
        .iter_mut()
        .find(|(name, _)| name == element.name());
    match known {
        Some((_, values)) => values.push(value.to_owned()),
        None => attributes.push((element.name().to_owned(), vec![value.to_owned()])),
    }
}

/// A text for people who look for a mistake.
fn one_line(text: &str, longest: usize) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(longest).collect()
}

/// What a server says when a session is over there (§2.3.3): the ticket by which the hub knows the session.
#[derive(Clone, Debug)]
pub struct LogoutRequest {
    /// Its identifier, where it has one.
    pub id: Option<String>,
    /// The ticket that opened the session.
    pub ticket: ServiceTicket,
}

/// Why a text is not a logout request. The sender's fault, and the sender may be anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadLogout {
    /// Not XML as it should be.
    #[error("it cannot be read: {0}")]
    Xml(#[from] BadXml),
    /// XML of something else.
    #[error("it is not a logout request")]
    NotLogout,
    /// No ticket, several, or something that cannot be one.
    #[error("it must name exactly one service ticket")]
    Ticket,
    /// An identifier that is none.
    #[error("its identifier is empty or too long")]
    Id,
}

/// Reads a logout request (appendix C). Nobody signs them: whoever knows the ticket may end its session, and
/// nothing else.
///
/// # Errors
/// [`BadLogout`].
pub fn read_logout(message: &str) -> Result<LogoutRequest, BadLogout> {
    let root = read(message.as_bytes())?;
    if !root.is(SAMLP, "LogoutRequest") {
        return Err(BadLogout::NotLogout);
    }
    let id = root.attribute("ID").map(str::trim);
    if id.is_some_and(|id| id.is_empty() || id.len() > LONGEST_ID) {
        return Err(BadLogout::Id);
    }
    let index = root.only(SAMLP, "SessionIndex").and_then(Element::leaf);
    let ticket = index.and_then(|text| ServiceTicket::parse(text.trim()));
    Ok(LogoutRequest {
        id: id.map(str::to_owned),
        ticket: ticket.ok_or(BadLogout::Ticket)?,
    })
}

#[cfg(test)]
mod tests;

//! An answer as a service reads it (SAML Profiles §4.1.4.3): one assertion, signed, for this service, this
//! address, this request and this minute. Expected values come from whoever asked, never from the answer
//! (SAML-01 to SAML-04). That it is read once only is the caller's to see to (SAML-05).

use clau_domain::time::Timestamp;

use super::header::{SKEW, instant, issuer};
use super::name_id::NameId;
use super::opened::{Authentic, Kind};
use super::status::Status;
use crate::encryption::{self, DecryptionKey};
use crate::error::Problem;
use crate::key::PeerKey;
use crate::names::{confirmation, ns};
use crate::signature;
use crate::xml::{Node, Tree};

/// What an answer must fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The identity provider that was asked.
    pub issuer: &'a str,
    /// Its keys, for an assertion that was encrypted: it is signed inside.
    pub keys: &'a [PeerKey],
    /// The service.
    pub audience: &'a str,
    /// The address that the answer came to.
    pub recipient: &'a str,
    /// The request that is waiting in this browser. None where answers that nobody asked for are taken, and
    /// then nothing else is.
    pub in_response_to: Option<&'a str>,
    /// Keys that open what is encrypted for the service.
    pub decryption: &'a [DecryptionKey],
    /// When it came.
    pub now: Timestamp,
}

/// What a service learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asserted {
    /// The assertion, by which it is recognised if it comes again (SAML-05).
    pub assertion_id: String,
    /// Until when it must be remembered.
    pub remembered_until: Timestamp,
    /// Who.
    pub name_id: NameId,
    /// What the identity provider calls the session.
    pub session_index: Option<String>,
    /// When the session is over.
    pub session_ends: Option<Timestamp>,
    /// When the person proved who they are.
    pub authenticated_at: Timestamp,
    /// How.
    pub context: String,
    /// Attributes: name, and values as text.
    pub attributes: Vec<(String, Vec<String>)>,
    /// The assertion came encrypted.
    pub encrypted: bool,
}

impl Asserted {
    /// Reads an answer.
    ///
    /// # Errors
    /// `Err(status)` of the identity provider's refusal inside, or what is wrong with the answer.
    pub fn read(
        authentic: &Authentic<'_>,
        expected: &Expected<'_>,
    ) -> Result<Result<Self, Status>, Problem> {
        let response = authentic.envelope(Kind::Response)?;
        let refused = |what| Err(Problem::Refused(what));
        // SAML-01: what surrounds the assertion, whether or not it is signed itself.
        if response.attribute("Destination") != Some(expected.recipient) {
            return refused("it was sent to another address");
        }
        if issuer(response)?.as_deref() != Some(expected.issuer) {
            return refused("it is from another identity provider");
        }
        if response.attribute("InResponseTo") != expected.in_response_to {
            return refused("it answers another request");
        }
        let status = Status::read(response)?;
        if !status.is_success() {
            return Ok(Err(status));
        }
        // SAML-02: one assertion, plain or encrypted, directly in the answer.
        let plain: Vec<Node<'_>> = response.children_named(ns::SAML, "Assertion").collect();
        let sealed: Vec<Node<'_>> = response
            .children_named(ns::SAML, "EncryptedAssertion")
            .collect();
        match (plain.as_slice(), sealed.as_slice()) {
            ([assertion], []) => {
                if !authentic.covers(*assertion) {
                    return Err(Problem::Unsigned);
                }
                read_assertion(*assertion, expected).map(Ok)
            }
            ([], [sealed]) => {
                let opened = encryption::decrypt(*sealed, expected.decryption)?;
                let tree = encryption::parse_opened(&opened)?;
                covered_inside(&tree, authentic.covers(*sealed), expected.keys)?;
                let asserted = read_assertion(tree.root(), expected)?;
                Ok(Ok(Self {
                    encrypted: true,
                    ..asserted
                }))
            }
            _ => Err(Problem::Message(
                "an answer holds not exactly one assertion",
            )),
        }
    }
}

/// SIG-10: what was encrypted obeys the rules of what was not.
fn covered_inside(tree: &Tree<'_>, around: bool, keys: &[PeerKey]) -> Result<(), Problem> {
    if signature::is_present(tree) {
        let covered = signature::verify(tree, tree.root(), keys)?;
        return if covered.covers(tree.root()) {
            Ok(())
        } else {
            Err(Problem::Unsigned)
        };
    }
    if around {
        Ok(())
    } else {
        Err(Problem::Unsigned)
    }
}

fn read_assertion(assertion: Node<'_>, expected: &Expected<'_>) -> Result<Asserted, Problem> {
    if !assertion.is(ns::SAML, "Assertion") || assertion.attribute("Version") != Some("2.0") {
        return Err(Problem::Message("it is no assertion of SAML 2.0"));
    }
    if issuer(assertion)?.as_deref() != Some(expected.issuer) {
        return Err(Problem::Refused("it is from another identity provider"));
    }
    let subject = assertion.one(ns::SAML, "Subject", "an assertion is about nobody")?;
    let confirmed_until = confirmed(subject, expected)?;
    let conditions_until = conditions(assertion, expected)?;
    let statement = assertion.one(ns::SAML, "AuthnStatement", "it tells of no login")?;
    let context = statement
        .one(ns::SAML, "AuthnContext", "it does not tell how")?
        .one(ns::SAML, "AuthnContextClassRef", "it does not tell how")?;
    let ends = statement.attribute("SessionNotOnOrAfter");
    let session_ends = ends.map(instant).transpose()?;
    if session_ends.is_some_and(|ends| ends + SKEW <= expected.now) {
        return Err(Problem::Refused("the session is over"));
    }
    Ok(Asserted {
        assertion_id: super::header::identifier(assertion, "ID")?,
        remembered_until: confirmed_until.max(conditions_until) + SKEW,
        name_id: NameId::find(subject, expected.decryption)?,
        session_index: statement.attribute("SessionIndex").map(str::to_owned),
        session_ends,
        authenticated_at: instant(statement.required("AuthnInstant", "it does not tell when")?)?,
        context: context.uri()?,
        attributes: attributes(assertion)?,
        encrypted: false,
    })
}

/// SAML-03: a bearer may bring it here, now, for this request. Until when: by the one of several that lasts
/// longest, because until then it could come again (SAML-05).
fn confirmed(subject: Node<'_>, expected: &Expected<'_>) -> Result<Timestamp, Problem> {
    let bearers = subject
        .children_named(ns::SAML, "SubjectConfirmation")
        .filter(|confirmation| confirmation.attribute("Method") == Some(confirmation::BEARER));
    let mut longest = Err(Problem::Refused("nobody may bring it"));
    for bearer in bearers {
        longest = match (longest, bearer_fits(bearer, expected)) {
            (Ok(longest), Ok(until)) => Ok(until.max(longest)),
            (Ok(longest), Err(_)) => Ok(longest),
            (Err(_), fits) => fits,
        };
    }
    longest
}

fn bearer_fits(bearer: Node<'_>, expected: &Expected<'_>) -> Result<Timestamp, Problem> {
    let data = bearer.one(ns::SAML, "SubjectConfirmationData", "nothing is confirmed")?;
    let refused = |what| Err(Problem::Refused(what));
    if data.attribute("Recipient") != Some(expected.recipient) {
        return refused("it is to be presented elsewhere");
    }
    // SAML Profiles §4.1.4.2.
    if data.attribute("NotBefore").is_some() {
        return refused("a bearer has a beginning");
    }
    if data.attribute("InResponseTo") != expected.in_response_to {
        return refused("it answers another request");
    }
    let until = instant(data.required("NotOnOrAfter", "a bearer has no end")?)?;
    if until + SKEW <= expected.now {
        return refused("it comes too late");
    }
    Ok(until)
}

/// SAML-04.
fn conditions(assertion: Node<'_>, expected: &Expected<'_>) -> Result<Timestamp, Problem> {
    let conditions = assertion.one(ns::SAML, "Conditions", "it has no conditions")?;
    let refused = |what| Err(Problem::Refused(what));
    let begins = conditions.attribute("NotBefore").map(instant).transpose()?;
    if begins.is_some_and(|begins| expected.now + SKEW < begins) {
        return refused("it comes too early");
    }
    let ends = conditions
        .attribute("NotOnOrAfter")
        .map(instant)
        .transpose()?;
    if ends.is_some_and(|ends| ends + SKEW <= expected.now) {
        return refused("it comes too late");
    }
    let mut restrictions = 0;
    for condition in conditions.children() {
        if condition.is(ns::SAML, "AudienceRestriction") {
            restrictions += 1;
            let mut ours = false;
            for audience in condition.children_named(ns::SAML, "Audience") {
                ours |= audience.uri()? == expected.audience;
            }
            if !ours {
                return refused("it is for another service");
            }
        } else if !condition.is(ns::SAML, "OneTimeUse")
            && !condition.is(ns::SAML, "ProxyRestriction")
        {
            // SAML Core §2.5.1: what is not understood is not fulfilled.
            return refused("a condition is not understood");
        }
    }
    if restrictions == 0 {
        return refused("it is for no service in particular");
    }
    Ok(ends.unwrap_or(expected.now))
}

fn attributes(assertion: Node<'_>) -> Result<Vec<(String, Vec<String>)>, Problem> {
    let statements = assertion.children_named(ns::SAML, "AttributeStatement");
    let mut read = Vec::new();
    for attribute in statements.flat_map(|it| it.children_named(ns::SAML, "Attribute")) {
        let name = attribute.required("Name", "an attribute has no name")?;
        let mut values = Vec::new();
        for value in attribute.children_named(ns::SAML, "AttributeValue") {
            values.push(match value.child(ns::SAML, "NameID")? {
                Some(name) if value.holds_only(name) => name.text()?,
                // Beside something else a name is refused as an element would be in a text.
                _ => value.text()?,
            });
        }
        read.push((name.to_owned(), values));
    }
    Ok(read)
}

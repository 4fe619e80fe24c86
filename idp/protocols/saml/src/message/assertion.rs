//! What is said about a person (SAML Core §2.3.3): who they are for one service, how they proved it, and the
//! attributes that the service gets. Written only; a service reads one by [`super::asserted`].

use std::time::Duration;

use clau_domain::time::Timestamp;

use super::header::SKEW;
use super::name_id::NameId;
use crate::encryption::{self, Recipient};
use crate::error::Problem;
use crate::key::SigningKey;
use crate::names::{confirmation, ns};
use crate::signature;
use crate::xml::Writer;

/// How long an assertion is good for coming in with (SAML-09).
const LIFE: Duration = Duration::from_secs(5 * 60);

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A name identifier, as `eduPersonTargetedID` has it.
    NameId(NameId),
}

/// An attribute (§2.7.3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// What kind of name that is (§8.2).
    pub format: &'static str,
    /// How people call it.
    pub friendly_name: Option<&'static str>,
    /// Its values; never none.
    pub values: Vec<Value>,
}

impl Attribute {
    fn write(&self, writer: &mut Writer) {
        let mut attributes = vec![("Name", self.name.as_str()), ("NameFormat", self.format)];
        attributes.extend(self.friendly_name.map(|name| ("FriendlyName", name)));
        writer.open("saml:Attribute", &attributes);
        for value in &self.values {
            match value {
                Value::Text(text) => {
                    writer.leaf("saml:AttributeValue", &[], text);
                }
                Value::NameId(name) => {
                    writer.open("saml:AttributeValue", &[]);
                    name.write(writer);
                    writer.close();
                }
            }
        }
        writer.close();
    }
}

/// How and when the person proved who they are (§2.7.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authentication {
    /// When.
    pub at: Timestamp,
    /// How, truly.
    pub context: String,
    /// What the service is to call the session in a logout.
    pub session_index: String,
    /// When the session is over at the latest.
    pub session_ends: Timestamp,
}

/// An assertion for one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// Its identifier.
    pub id: String,
    /// The hub.
    pub issuer: String,
    /// When it is made.
    pub instant: Timestamp,
    /// How the service is to call the person.
    pub name_id: NameId,
    /// Where it is to be presented, and nowhere else.
    pub recipient: String,
    /// The request that it answers; none for one that nobody asked for.
    pub in_response_to: Option<String>,
    /// The one service that it is for.
    pub audience: String,
    /// The login.
    pub authentication: Authentication,
    /// What the service gets.
    pub attributes: Vec<Attribute>,
}

impl Assertion {
    /// Writes it as an element of its own, signed if a key is given, with the name encrypted if there is
    /// somebody to encrypt it for.
    pub(super) fn write(
        &self,
        key: Option<&SigningKey>,
        name_for: Option<&Recipient>,
    ) -> Result<String, Problem> {
        let instant = self.instant.rfc3339();
        let ends = (self.instant + LIFE).rfc3339();
        let mut writer = Writer::new();
        writer
            .open(
                "saml:Assertion",
                &[
                    ("xmlns:saml", ns::SAML),
                    ("ID", &self.id),
                    ("Version", "2.0"),
                    ("IssueInstant", &instant),
                ],
            )
            .leaf("saml:Issuer", &[], &self.issuer);
        if let Some(key) = key {
            signature::place(&mut writer, &self.id, key);
        }
        writer.open("saml:Subject", &[]);
        match name_for {
            Some(recipient) => {
                let name = self.name_id.standalone();
                let sealed = encryption::encrypt(&name, "saml:EncryptedID", recipient)?;
                writer.element(&sealed);
            }
            None => self.name_id.write(&mut writer),
        }
        writer.open(
            "saml:SubjectConfirmation",
            &[("Method", confirmation::BEARER)],
        );
        let mut confirmed = vec![
            ("NotOnOrAfter", ends.as_str()),
            ("Recipient", &self.recipient),
        ];
        let request = self.in_response_to.as_deref();
        confirmed.extend(request.map(|id| ("InResponseTo", id)));
        writer
            .empty("saml:SubjectConfirmationData", &confirmed)
            .close()
            .close();
        // Clocks of services that are behind must not find it too early.
        let begins = (self.instant - SKEW).rfc3339();
        writer
            .open(
                "saml:Conditions",
                &[("NotBefore", &begins), ("NotOnOrAfter", &ends)],
            )
            .open("saml:AudienceRestriction", &[])
            .leaf("saml:Audience", &[], &self.audience)
            .close()
            .close();
        self.authentication.write(&mut writer);
        if !self.attributes.is_empty() {
            writer.open("saml:AttributeStatement", &[]);
            for attribute in &self.attributes {
                attribute.write(&mut writer);
            }
            writer.close();
        }
        super::header::finish(writer, key)
    }
}

impl Authentication {
    fn write(&self, writer: &mut Writer) {
        writer
            .open(
                "saml:AuthnStatement",
                &[
                    ("AuthnInstant", &self.at.rfc3339()),
                    ("SessionIndex", &self.session_index),
                    ("SessionNotOnOrAfter", &self.session_ends.rfc3339()),
                ],
            )
            .open("saml:AuthnContext", &[])
            .leaf("saml:AuthnContextClassRef", &[], &self.context)
            .close()
            .close();
    }
}

//! The manner of an identity provider: what is known of a kind of it in the field, as data. The gate does
//! what it says and knows none of them by name.

use std::io;

use clau_domain::time::Timestamp;
use clau_saml::names::{attribute_name, context};

use crate::upstreams::arguments::Arguments;
use crate::upstreams::page::Sign;
use crate::upstreams::people::{Person, Region};

/// What is known of a kind of identity provider.
pub struct Manner {
    /// Its name in cookies, certificates and, unless another is told, the hub's connector.
    pub id: &'static str,
    /// Its name on pages.
    pub sign: Sign,
    /// Its name in its metadata.
    pub name: &'static str,
    /// Its `entityID`, by its base address.
    pub entity_id: fn(&Arguments) -> String,
    /// Where it is.
    pub paths: Paths,
    /// How its answers are sealed.
    pub seal: Seal,
    /// Formats of names that it gives.
    pub name_ids: &'static [&'static str],
    /// What may stand behind the `@` of what it says.
    pub scope: Option<&'static str>,
    /// Who can be chosen.
    pub people: fn(&Region) -> io::Result<Vec<Person>>,
    /// What it says of every login besides what it knows of the person.
    pub at_login: fn(&Arguments, Timestamp) -> Vec<(&'static str, String)>,
    /// How an attribute is spelled: name, format, and what people call it.
    pub spelling: fn(&'static str) -> Spelling,
}

/// Addresses below the base address.
pub struct Paths {
    /// Metadata.
    pub metadata: &'static str,
    /// Requests by redirect.
    pub redirect: &'static str,
    /// Requests by form.
    pub post: &'static str,
    /// The entrance that needs no request, and its parameters: for whom, and what goes along.
    pub unsolicited: Unsolicited,
    /// Logout by the protocol; none where it is not spoken.
    pub single_logout: Option<&'static str>,
    /// Where people sign out themselves.
    pub logout: &'static str,
}

/// An entrance that needs no request.
pub struct Unsolicited {
    /// Where.
    pub path: &'static str,
    /// Whom the answer is for.
    pub service: &'static str,
    /// What goes along as `RelayState`.
    pub target: &'static str,
}

/// How an answer is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seal {
    /// The assertion is signed.
    pub assertion: bool,
    /// The answer is signed as a whole.
    pub response: bool,
    /// The assertion is encrypted.
    pub encrypted: bool,
}

/// How an attribute is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spelling {
    /// `Name`.
    pub name: &'static str,
    /// `NameFormat`.
    pub format: &'static str,
    /// `FriendlyName`.
    pub friendly: Option<&'static str>,
}

impl Spelling {
    /// By its plain name.
    #[must_use]
    pub const fn basic(name: &'static str) -> Self {
        Self {
            name,
            format: attribute_name::BASIC,
            friendly: None,
        }
    }

    /// By an object identifier.
    #[must_use]
    pub const fn oid(name: &'static str, friendly: &'static str) -> Self {
        Self {
            name,
            format: attribute_name::URI,
            friendly: Some(friendly),
        }
    }
}

/// How everybody signs in here.
pub const CONTEXT: &str = context::PASSWORD_PROTECTED_TRANSPORT;

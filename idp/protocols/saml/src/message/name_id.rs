//! How a person is called (SAML Core §2.2.3): between this hub and one service.

use serde::{Deserialize, Serialize};

use crate::encryption::{self, DecryptionKey};
use crate::error::Problem;
use crate::names::{name_id, ns};
use crate::xml::{Node, Writer};

/// Longest value, in characters (SAML Core §8.3.7 for persistent ones).
const LONGEST: usize = 256;

/// A name identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameId {
    /// Its value.
    pub value: String,
    /// Its format (§8.3).
    pub format: String,
    /// The identity provider in whose name it is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_qualifier: Option<String>,
    /// The service, or group of services, for which it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sp_name_qualifier: Option<String>,
}

impl NameId {
    /// Reads a `NameID`.
    pub(super) fn read(node: Node<'_>) -> Result<Self, Problem> {
        let value = node.text()?;
        if value.is_empty() || value.chars().count() > LONGEST {
            return Err(Problem::Message("a name identifier is empty or too long"));
        }
        let text = |name| node.attribute(name).map(str::to_owned);
        Ok(Self {
            value,
            format: text("Format").unwrap_or_else(|| name_id::UNSPECIFIED.to_owned()),
            name_qualifier: text("NameQualifier"),
            sp_name_qualifier: text("SPNameQualifier"),
        })
    }

    /// Reads the name identifier of a subject or a request, plain or encrypted for us.
    pub(super) fn find(node: Node<'_>, keys: &[DecryptionKey]) -> Result<Self, Problem> {
        match (
            node.child(ns::SAML, "NameID")?,
            node.child(ns::SAML, "EncryptedID")?,
        ) {
            (Some(plain), None) => Self::read(plain),
            (None, Some(encrypted)) => {
                let opened = encryption::decrypt(encrypted, keys)?;
                let tree = encryption::parse_opened(&opened)?;
                if !tree.root().is(ns::SAML, "NameID") {
                    return Err(Problem::Encryption);
                }
                Self::read(tree.root())
            }
            (None, None) => Err(Problem::Message("it names nobody")),
            (Some(_), Some(_)) => Err(Problem::Message("it names somebody twice")),
        }
    }

    /// Whether somebody else means this name: what they leave out is what it stands for (§8.3.7).
    pub fn is_meant_by(&self, other: &Self) -> bool {
        let same = |own: &Option<String>, other: &Option<String>| {
            other.is_none() || own.is_none() || own == other
        };
        let format = self.format == other.format || other.format == name_id::UNSPECIFIED;
        self.value == other.value
            && format
            && same(&self.name_qualifier, &other.name_qualifier)
            && same(&self.sp_name_qualifier, &other.sp_name_qualifier)
    }

    /// Writes it.
    pub(super) fn write(&self, writer: &mut Writer) {
        self.write_with(writer, &[]);
    }

    /// An element of its own, to be encrypted.
    pub(super) fn standalone(&self) -> String {
        let mut writer = Writer::new();
        self.write_with(&mut writer, &[("xmlns:saml", ns::SAML)]);
        writer.finish()
    }

    fn write_with(&self, writer: &mut Writer, before: &[(&str, &str)]) {
        let mut attributes = before.to_vec();
        attributes.push(("Format", &self.format));
        if let Some(qualifier) = &self.name_qualifier {
            attributes.push(("NameQualifier", qualifier));
        }
        if let Some(qualifier) = &self.sp_name_qualifier {
            attributes.push(("SPNameQualifier", qualifier));
        }
        writer.leaf("saml:NameID", &attributes, &self.value);
    }
}

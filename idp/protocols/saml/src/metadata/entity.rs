//! What every role of an entity has: keys, addresses, and what it tells people (SAML Metadata §2.3, §2.4).

use std::collections::BTreeMap;

use clau_domain::url::WebUrl;

use crate::encryption::Recipient;
use crate::error::Problem;
use crate::key::{Certificate, PeerKey};
use crate::names::ns;
use crate::xml::Node;

/// A text by language tag.
pub type Localised = BTreeMap<String, String>;

/// The keys of a role.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    /// Those that sign.
    pub signing: Vec<PeerKey>,
    /// Their certificates, for operators.
    pub certificates: Vec<Certificate>,
    /// For whom something can be encrypted.
    pub encryption: Vec<Recipient>,
    /// Keys that cannot be used, and why.
    pub unusable: Vec<Problem>,
}

/// An address for messages (§2.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The binding.
    pub binding: String,
    /// Where requests go.
    pub location: WebUrl,
    /// Where responses go, if elsewhere.
    pub response_location: Option<WebUrl>,
}

impl Endpoint {
    /// Where responses go.
    pub fn for_responses(&self) -> &WebUrl {
        self.response_location.as_ref().unwrap_or(&self.location)
    }

    /// Reads one; none where its address is not one that anything is sent to (SAML-07).
    pub(super) fn read(node: Node<'_>) -> Option<Self> {
        let response = node.attribute("ResponseLocation");
        Some(Self {
            binding: node.attribute("Binding")?.trim().to_owned(),
            location: address(node.attribute("Location")?)?,
            response_location: match response {
                Some(text) => Some(address(text)?),
                None => None,
            },
        })
    }

    /// Reads those of a role that can be used.
    pub(super) fn all(role: Node<'_>, name: &'static str) -> Vec<Self> {
        role.children_named(ns::MD, name)
            .filter_map(Self::read)
            .collect()
    }
}

/// An address that messages may be sent to: `https` and nothing else (SAML-07).
pub(super) fn address(text: &str) -> Option<WebUrl> {
    WebUrl::parse(text.trim())
        .ok()
        .filter(|url| url.is_https() && !url.as_str().contains('#'))
}

impl Keys {
    /// §2.4.1.1: a key without a use is for both.
    pub(super) fn read(role: Node<'_>) -> Result<Self, Problem> {
        let mut keys = Self::default();
        for descriptor in role.children_named(ns::MD, "KeyDescriptor") {
            let usage = descriptor.attribute("use").map(str::trim);
            let methods: Vec<String> = descriptor
                .children_named(ns::MD, "EncryptionMethod")
                .filter_map(|method| method.attribute("Algorithm"))
                .map(str::to_owned)
                .collect();
            let info = descriptor.one(ns::DS, "KeyInfo", "a key is missing")?;
            let data = info.children_named(ns::DS, "X509Data");
            for text in data.flat_map(|data| data.children_named(ns::DS, "X509Certificate")) {
                let read = Certificate::from_base64(&text.text()?);
                match read.and_then(|certificate| Ok((certificate.key()?, certificate))) {
                    Ok((key, certificate)) => keys.take(usage, key, certificate, &methods),
                    Err(problem) => keys.unusable.push(problem),
                }
            }
        }
        Ok(keys)
    }

    fn take(
        &mut self,
        usage: Option<&str>,
        key: PeerKey,
        certificate: Certificate,
        methods: &[String],
    ) {
        if usage != Some("signing") && key.encrypts() {
            match Recipient::new(certificate.clone(), methods) {
                Some(recipient) => self.encryption.push(recipient),
                None => self
                    .unusable
                    .push(Problem::Key("it understands no encryption that is allowed")),
            }
        }
        if usage != Some("encryption") {
            self.signing.push(key);
            self.certificates.push(certificate);
        }
    }
}

/// Texts of one name with their languages.
pub(super) fn localised<'d>(nodes: impl Iterator<Item = Node<'d>>) -> Localised {
    nodes
        .filter_map(|node| {
            let text = node.text().ok()?;
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let language = node.attribute_in(ns::XML, "lang").unwrap_or("fr");
            (!text.is_empty()).then(|| (language.to_ascii_lowercase(), text))
        })
        .collect()
}

/// The values of an attribute of the entity (Metadata Extension for Entity Attributes §2).
pub(super) fn entity_attribute(entity: Node<'_>, name: &str) -> Vec<String> {
    entity
        .children_named(ns::MD, "Extensions")
        .flat_map(|it| it.children_named(ns::MDATTR, "EntityAttributes"))
        .flat_map(|it| it.children_named(ns::SAML, "Attribute"))
        .filter(|attribute| attribute.attribute("Name") == Some(name))
        .flat_map(|attribute| attribute.children_named(ns::SAML, "AttributeValue"))
        .filter_map(|value| value.uri().ok())
        .collect()
}

/// Who has registered the entity (Metadata Extensions for Registration §2.1).
pub(super) fn registration_authority(entity: Node<'_>) -> Option<String> {
    let mut info = entity
        .children_named(ns::MD, "Extensions")
        .flat_map(|it| it.children_named(ns::MDRPI, "RegistrationInfo"));
    let authority = info.next()?.attribute("registrationAuthority")?;
    Some(authority.trim().to_owned())
}

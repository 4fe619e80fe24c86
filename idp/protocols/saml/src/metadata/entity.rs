//! What every role of an entity has, whatever it is: a name, dates, keys, addresses (SAML Metadata §2.3, §2.4).
//! The one reader of all that; a role adds what it alone has.

use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;

use super::document::{cache_duration, valid_until};
use super::keys::Keys;
use super::shown::Shown;
use crate::error::Problem;
use crate::names::ns;
use crate::xml::Node;

/// Longest name of an entity, in bytes (SAML Core §8.3.6).
const LONGEST_NAME: usize = 1024;

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

/// An address for messages that has a number (§2.2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedEndpoint {
    /// Its index.
    pub index: u16,
    /// Whether it is the default; not said by most.
    pub is_default: Option<bool>,
    /// The binding.
    pub binding: String,
    /// The address.
    pub location: WebUrl,
}

impl Endpoint {
    /// Where responses go.
    pub fn for_responses(&self) -> &WebUrl {
        self.response_location.as_ref().unwrap_or(&self.location)
    }

    fn read(node: Node<'_>) -> Result<Self, Problem> {
        let response = node.attribute("ResponseLocation");
        Ok(Self {
            binding: binding(node)?,
            location: location(node)?,
            response_location: response.map(address).transpose()?,
        })
    }

    /// The one of some that speaks the first of `bindings` that any of them speaks.
    pub(super) fn by<'e>(all: &'e [Self], bindings: &[&str]) -> Option<&'e Self> {
        let mut wanted = bindings.iter();
        wanted.find_map(|wanted| all.iter().find(|endpoint| endpoint.binding == *wanted))
    }
}

impl IndexedEndpoint {
    fn read(node: Node<'_>) -> Result<Self, Problem> {
        let unnumbered = Problem::Message("an address has no number where it must have one");
        let index = node.attribute("index").ok_or(unnumbered)?;
        Ok(Self {
            index: index.trim().parse().map_err(|_| unnumbered)?,
            is_default: match node.attribute("isDefault") {
                None => None,
                Some(_) => Some(node.flag("isDefault", false)?),
            },
            binding: binding(node)?,
            location: location(node)?,
        })
    }

    /// Which of some is meant where none is named (§2.2.3): the default, else the first that does not say that
    /// it is not, else the first.
    pub(super) fn default_of<'e>(all: &[&'e Self]) -> Option<&'e Self> {
        let by = |said: Option<bool>| all.iter().find(|one| one.is_default == said);
        by(Some(true)).or_else(|| by(None)).or(all.first()).copied()
    }
}

fn binding(node: Node<'_>) -> Result<String, Problem> {
    let name = node.required("Binding", "an address does not say how it is spoken to")?;
    Ok(name.trim().to_owned())
}

fn location(node: Node<'_>) -> Result<WebUrl, Problem> {
    address(node.required("Location", "an address is missing")?)
}

/// An address that messages may be sent to: `https` and nothing else (SAML-07).
fn address(text: &str) -> Result<WebUrl, Problem> {
    WebUrl::parse(text.trim())
        .ok()
        .filter(|url| url.is_https() && !url.as_str().contains('#'))
        .ok_or(Problem::Message(
            "an address is not one of https, or written in a way that programs read differently",
        ))
}

/// What a role has in common with every other.
#[derive(Debug)]
pub(super) struct Common<'d> {
    pub(super) role: Node<'d>,
    pub(super) entity_id: String,
    pub(super) valid_until: Option<Timestamp>,
    pub(super) cache_duration: Option<Duration>,
    pub(super) keys: Keys,
    pub(super) logout: Vec<Endpoint>,
    pub(super) artifact_resolution: Vec<IndexedEndpoint>,
    pub(super) name_id_formats: Vec<String>,
    pub(super) shown: Shown,
    /// What was passed over, and why.
    pub(super) ignored: Vec<Problem>,
}

impl<'d> Common<'d> {
    /// Reads the role of an `EntityDescriptor` that speaks SAML 2.0.
    pub(super) fn read(
        entity: Node<'d>,
        role: &'static str,
        missing: &'static str,
    ) -> Result<Self, Problem> {
        if !entity.is(ns::MD, "EntityDescriptor") {
            return Err(Problem::Message("it is not the metadata of one entity"));
        }
        let entity_id = entity_id(entity)?.to_owned();
        let role = entity
            .children_named(ns::MD, role)
            .find(|role| supports_saml2(*role))
            .ok_or(Problem::Message(missing))?;
        let durations = [entity, role].map(cache_duration);
        let mut common = Self {
            role,
            entity_id,
            valid_until: valid_until(role, valid_until(entity, None)?)?,
            cache_duration: durations.into_iter().flatten().min(),
            keys: Keys::read(role)?,
            logout: Vec::new(),
            artifact_resolution: Vec::new(),
            name_id_formats: Vec::new(),
            shown: Shown::read(entity, role),
            ignored: Vec::new(),
        };
        common.logout = common.endpoints("SingleLogoutService");
        common.artifact_resolution = common.indexed("ArtifactResolutionService");
        for format in role.children_named(ns::MD, "NameIDFormat") {
            match format.uri() {
                Ok(format) => common.name_id_formats.push(format),
                Err(problem) => common.ignored.push(problem),
            }
        }
        Ok(common)
    }

    /// The addresses of a name that can be used; the others are remembered as ignored.
    pub(super) fn endpoints(&mut self, name: &'static str) -> Vec<Endpoint> {
        self.usable(name, Endpoint::read)
    }

    /// The same for addresses that have a number.
    pub(super) fn indexed(&mut self, name: &'static str) -> Vec<IndexedEndpoint> {
        self.usable(name, IndexedEndpoint::read)
    }

    fn usable<T>(
        &mut self,
        name: &'static str,
        read: impl Fn(Node<'d>) -> Result<T, Problem>,
    ) -> Vec<T> {
        let mut usable = Vec::new();
        for node in self.role.children_named(ns::MD, name) {
            match read(node) {
                Ok(endpoint) => usable.push(endpoint),
                Err(problem) => self.ignored.push(problem),
            }
        }
        usable
    }
}

/// The name of an entity (§2.3.2).
pub(super) fn entity_id(entity: Node<'_>) -> Result<&str, Problem> {
    let name = entity.required("entityID", "an entity has no name")?.trim();
    if name.is_empty() {
        return Err(Problem::Message("an entity has no name"));
    }
    if name.len() > LONGEST_NAME {
        return Err(Problem::Message("the name of an entity is too long"));
    }
    Ok(name)
}

fn supports_saml2(role: Node<'_>) -> bool {
    let protocols = role.attribute("protocolSupportEnumeration");
    protocols.is_some_and(|list| list.split_whitespace().any(|name| name == ns::SAMLP))
}

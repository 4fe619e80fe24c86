//! A service provider, as its metadata describes it (SAML Metadata §2.4.4).

use clau_domain::time::Timestamp;
use clau_domain::url::WebUrl;

use super::document::valid_until;
use super::entity::{
    Endpoint, Keys, Localised, address, entity_attribute, localised, registration_authority,
};
use crate::error::Problem;
use crate::message::AcsChoice;
use crate::names::{binding, ns, subject_id};
use crate::xml::Node;

/// The name under which an entity lists what it is (RFC 8409 §3).
const CATEGORY: &str = "http://macedir.org/entity-category";

/// An address that takes answers (§2.4.4, `AssertionConsumerService`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acs {
    /// Its index.
    pub index: u16,
    /// Whether it is the default; not said by most.
    pub is_default: Option<bool>,
    /// The binding.
    pub binding: String,
    /// The address.
    pub location: WebUrl,
}

/// An attribute that a service asks for (§2.4.4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedAttribute {
    /// Its name.
    pub name: String,
    /// Whether the service does not work without it.
    pub is_required: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Consuming {
    index: u16,
    is_default: bool,
    requested: Vec<RequestedAttribute>,
}

/// A service provider.
#[derive(Clone, Debug)]
pub struct ServiceProvider {
    /// Its name.
    pub entity_id: String,
    /// Until when this is good.
    pub valid_until: Option<Timestamp>,
    /// Where answers go; never none.
    pub acs: Vec<Acs>,
    /// Where it is told of logouts.
    pub logout: Vec<Endpoint>,
    /// Its keys.
    pub keys: Keys,
    /// It signs its requests, so that one without a signature is not its own (SAML-08).
    pub signs_requests: bool,
    /// It wants assertions signed.
    pub wants_signed_assertions: bool,
    /// The formats of name identifiers that it takes, the best first.
    pub name_id_formats: Vec<String>,
    /// How people call it.
    pub names: Localised,
    /// What it is, as federations agree on it.
    pub categories: Vec<String>,
    /// Which subject identifier it wants (`pairwise-id`, `subject-id`, `any`, `none`).
    pub subject_id: Option<String>,
    /// Who has registered it.
    pub registered_by: Option<String>,
    consuming: Vec<Consuming>,
}

impl ServiceProvider {
    /// Reads an `EntityDescriptor`.
    ///
    /// # Errors
    /// [`Problem::Message`] for an entity that is no service that answers could be sent to.
    pub fn read(entity: Node<'_>) -> Result<Self, Problem> {
        if !entity.is(ns::MD, "EntityDescriptor") {
            return Err(Problem::Message("it is not the metadata of one entity"));
        }
        let entity_id = entity.required("entityID", "an entity has no name")?.trim();
        if entity_id.is_empty() || entity_id.len() > 1024 {
            return Err(Problem::Message("an entity has no name"));
        }
        let mut roles = entity.children_named(ns::MD, "SPSSODescriptor");
        let role = roles
            .find(|role| supports_saml2(*role))
            .ok_or(Problem::Message("it is no service of SAML 2.0"))?;
        let acs: Vec<Acs> = role
            .children_named(ns::MD, "AssertionConsumerService")
            .filter_map(acs)
            .collect();
        if acs.is_empty() {
            return Err(Problem::Message(
                "it has no https address that takes answers by form or artifact",
            ));
        }
        let formats = role.children_named(ns::MD, "NameIDFormat").map(Node::uri);
        let wanted = entity_attribute(entity, subject_id::REQUIREMENT);
        Ok(Self {
            entity_id: entity_id.to_owned(),
            valid_until: valid_until(role, valid_until(entity, None)?)?,
            acs,
            logout: Endpoint::all(role, "SingleLogoutService"),
            keys: Keys::read(role)?,
            signs_requests: role.flag("AuthnRequestsSigned", false)?,
            wants_signed_assertions: role.flag("WantAssertionsSigned", false)?,
            name_id_formats: formats.collect::<Result<_, _>>()?,
            names: names(entity, role),
            categories: entity_attribute(entity, CATEGORY),
            subject_id: wanted.into_iter().next(),
            registered_by: registration_authority(entity),
            consuming: consuming(role),
        })
    }

    /// The address that a request wants its answer at (SAML-07): one of the metadata, by a binding that is
    /// spoken; none for anything else.
    pub fn acs_for(&self, choice: &AcsChoice) -> Option<&Acs> {
        match choice {
            AcsChoice::Index(index) => self.acs.iter().find(|acs| acs.index == *index),
            AcsChoice::Location { location, binding } => self.acs.iter().find(|acs| {
                let named = binding.as_ref();
                acs.location.as_str() == location && named.is_none_or(|named| *named == acs.binding)
            }),
            AcsChoice::Default { binding } => {
                let named = binding.as_ref();
                let fits = |acs: &&Acs| named.is_none_or(|named| *named == acs.binding);
                // §2.4.4: the default, else the first that does not say that it is not, else the first.
                let mut all = self.acs.iter().filter(fits);
                let first = all.next();
                let mut defaults = self.acs.iter().filter(fits);
                defaults
                    .find(|acs| acs.is_default == Some(true))
                    .or_else(|| {
                        let mut open = self.acs.iter().filter(fits);
                        open.find(|acs| acs.is_default.is_none())
                    })
                    .or(first)
            }
        }
    }

    /// What it asks for, by the index of a request, or by default (§2.4.4.1). None where it lists nothing.
    ///
    /// # Errors
    /// [`Problem::Refused`] for an index that its metadata does not know.
    pub fn requested(&self, index: Option<u16>) -> Result<Option<&[RequestedAttribute]>, Problem> {
        let found = match index {
            Some(index) => Some(
                self.consuming
                    .iter()
                    .find(|list| list.index == index)
                    .ok_or(Problem::Refused(
                        "its metadata has no such list of attributes",
                    ))?,
            ),
            None => {
                let mut defaults = self.consuming.iter();
                defaults
                    .find(|list| list.is_default)
                    .or_else(|| self.consuming.first())
            }
        };
        Ok(found.map(|list| list.requested.as_slice()))
    }

    /// Where it is told of logouts by one of `bindings`, the best first.
    pub fn logout_by(&self, bindings: &[&str]) -> Option<&Endpoint> {
        bindings.iter().find_map(|wanted| {
            let mut all = self.logout.iter();
            all.find(|endpoint| endpoint.binding == *wanted)
        })
    }
}

fn supports_saml2(role: Node<'_>) -> bool {
    let protocols = role.attribute("protocolSupportEnumeration");
    protocols.is_some_and(|list| list.split_whitespace().any(|name| name == ns::SAMLP))
}

/// One that can be used: by form or by artifact, at an `https` address.
fn acs(node: Node<'_>) -> Option<Acs> {
    let name = node.attribute("Binding")?.trim();
    if ![binding::POST, binding::ARTIFACT, binding::PAOS].contains(&name) {
        return None;
    }
    let is_default = node.attribute("isDefault").map(str::trim);
    Some(Acs {
        index: node.attribute("index")?.trim().parse().ok()?,
        is_default: is_default.map(|text| text == "true" || text == "1"),
        binding: name.to_owned(),
        location: address(node.attribute("Location")?)?,
    })
}

fn names(entity: Node<'_>, role: Node<'_>) -> Localised {
    let shown = role
        .children_named(ns::MD, "Extensions")
        .flat_map(|it| it.children_named(ns::MDUI, "UIInfo"))
        .flat_map(|it| it.children_named(ns::MDUI, "DisplayName"));
    let served = role
        .children_named(ns::MD, "AttributeConsumingService")
        .flat_map(|it| it.children_named(ns::MD, "ServiceName"));
    let run = entity
        .children_named(ns::MD, "Organization")
        .flat_map(|it| it.children_named(ns::MD, "OrganizationDisplayName"));
    [localised(shown), localised(served), localised(run)]
        .into_iter()
        .find(|names| !names.is_empty())
        .unwrap_or_default()
}

fn consuming(role: Node<'_>) -> Vec<Consuming> {
    role.children_named(ns::MD, "AttributeConsumingService")
        .filter_map(|list| {
            let requested = list.children_named(ns::MD, "RequestedAttribute");
            Some(Consuming {
                index: list.attribute("index")?.trim().parse().ok()?,
                is_default: list.flag("isDefault", false).unwrap_or(false),
                requested: requested
                    .filter_map(|attribute| {
                        Some(RequestedAttribute {
                            name: attribute.attribute("Name")?.trim().to_owned(),
                            is_required: attribute.flag("isRequired", false).unwrap_or(false),
                        })
                    })
                    .collect(),
            })
        })
        .collect()
}

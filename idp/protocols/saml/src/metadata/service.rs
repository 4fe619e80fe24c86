//! A service provider, as its metadata describes it (SAML Metadata §2.4.4).

use std::time::Duration;

use clau_domain::time::Timestamp;

use super::entity::{Common, Endpoint, IndexedEndpoint};
use super::keys::Keys;
use super::own::Contact;
use super::shown::{Links, Localised, Shown, entity_attribute};
use crate::error::Problem;
use crate::message::AcsChoice;
use crate::names::{binding, ns, subject_id};
use crate::xml::Node;

/// An address that takes answers (§2.4.4, `AssertionConsumerService`).
pub type Acs = IndexedEndpoint;

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
    /// How long it may be kept before it is fetched again.
    pub cache_duration: Option<Duration>,
    /// Where answers go; never none.
    pub acs: Vec<Acs>,
    /// Where it is told of logouts.
    pub logout: Vec<Endpoint>,
    /// Where its artifacts are resolved.
    pub artifact_resolution: Vec<IndexedEndpoint>,
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
    /// Where it says what it is.
    pub information: Links,
    /// Where it says what it does with what it learns about people.
    pub privacy: Links,
    /// Whom to ask.
    pub contacts: Vec<Contact>,
    /// What it is, as federations agree on it.
    pub categories: Vec<String>,
    /// Which subject identifier it wants (`pairwise-id`, `subject-id`, `any`, `none`).
    pub subject_id: Option<String>,
    /// Who has registered it.
    pub registered_by: Option<String>,
    consuming: Vec<Consuming>,
    ignored: Vec<Problem>,
}

impl ServiceProvider {
    /// Reads an `EntityDescriptor`.
    ///
    /// # Errors
    /// [`Problem::Message`] for an entity that is no service that answers could be sent to;
    /// [`Problem::NoKey`] for one that signs its requests and has no key that could verify one (SIG-06).
    pub fn read(entity: Node<'_>) -> Result<Self, Problem> {
        let missing = "it is no service of SAML 2.0";
        let mut common = Common::read(entity, "SPSSODescriptor", missing)?;
        let role = common.role;
        let acs = acs(&mut common)?;
        let signs_requests = role.flag("AuthnRequestsSigned", false)?;
        if signs_requests && common.keys.signing.is_empty() {
            return Err(Problem::NoKey);
        }
        let wanted = entity_attribute(entity, subject_id::REQUIREMENT);
        let Shown {
            names,
            information,
            privacy,
            contacts,
            categories,
            supported: _,
            registered_by,
        } = common.shown;
        Ok(Self {
            entity_id: common.entity_id,
            valid_until: common.valid_until,
            cache_duration: common.cache_duration,
            acs,
            logout: common.logout,
            artifact_resolution: common.artifact_resolution,
            keys: common.keys,
            signs_requests,
            wants_signed_assertions: role.flag("WantAssertionsSigned", false)?,
            name_id_formats: common.name_id_formats,
            names,
            information,
            privacy,
            contacts,
            categories,
            subject_id: wanted.into_iter().next(),
            registered_by,
            consuming: consuming(role),
            ignored: common.ignored,
        })
    }

    /// What of its metadata cannot be used, for whoever registers it.
    pub fn warnings(&self) -> impl Iterator<Item = Problem> {
        self.keys.unusable.iter().chain(&self.ignored).copied()
    }

    /// The address that a request wants its answer at (SAML-07): one of the metadata, by a binding that is
    /// spoken; none for anything else.
    pub fn acs_for(&self, choice: &AcsChoice) -> Option<&Acs> {
        match choice {
            AcsChoice::Index(index) => self.acs.iter().find(|acs| acs.index == *index),
            AcsChoice::Location { location, binding } => {
                let at = |acs: &&&Acs| acs.location.as_str() == location;
                self.spoken(binding.as_deref()).iter().find(at).copied()
            }
            AcsChoice::Default { binding } => {
                IndexedEndpoint::default_of(&self.spoken(binding.as_deref()))
            }
        }
    }

    /// Those of a binding; where none is named, those that a browser reaches. Programs name theirs (SAML
    /// Profiles §4.2.4.1), and are served without it where a service has no others.
    fn spoken(&self, named: Option<&str>) -> Vec<&Acs> {
        let by = |fits: &dyn Fn(&str) -> bool| -> Vec<&Acs> {
            let all = self.acs.iter();
            all.filter(|acs| fits(&acs.binding)).collect()
        };
        match named {
            Some(named) => by(&|binding| binding == named),
            None => {
                let browsers = by(&|binding| binding != binding::PAOS);
                if browsers.is_empty() {
                    by(&|_| true)
                } else {
                    browsers
                }
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
        Endpoint::by(&self.logout, bindings)
    }
}

/// The addresses that can be used: by a binding that answers go by, at an `https` address (SAML-07).
fn acs(common: &mut Common<'_>) -> Result<Vec<Acs>, Problem> {
    let mut all = common.indexed("AssertionConsumerService");
    all.retain(|acs| {
        let spoken = [binding::POST, binding::ARTIFACT, binding::PAOS];
        spoken.contains(&acs.binding.as_str())
    });
    if all.is_empty() {
        return Err(Problem::Message(
            "it has no https address that takes answers by form or artifact",
        ));
    }
    Ok(all)
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

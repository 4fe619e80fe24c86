//! An identity provider, as its metadata describes it (SAML Metadata §2.4.3): whom the hub asks who somebody
//! is, by which keys its answers are believed, and for which scopes.

use std::time::Duration;

use clau_domain::time::Timestamp;

use super::entity::{Common, Endpoint, IndexedEndpoint};
use super::keys::Keys;
use super::own::Contact;
use super::shown::{Links, Localised, Shown, entity_attribute, extensions};
use crate::error::Problem;
use crate::names::{binding, ns};
use crate::xml::Node;

/// The name under which a provider lists how sure it is of people (SAML V2.0 Identity Assurance Profiles §3).
const ASSURANCE: &str = "urn:oasis:names:tc:SAML:attribute:assurance-certification";
/// Longest scope, in bytes: the longest name of a host.
const LONGEST_SCOPE: usize = 253;

/// An identity provider.
#[derive(Clone, Debug)]
pub struct IdentityProvider {
    /// Its name.
    pub entity_id: String,
    /// Until when this is good.
    pub valid_until: Option<Timestamp>,
    /// How long it may be kept before it is fetched again.
    pub cache_duration: Option<Duration>,
    /// Where requests for a login go; never none.
    pub sso: Vec<Endpoint>,
    /// Where it is told of logouts.
    pub logout: Vec<Endpoint>,
    /// Where its artifacts are resolved.
    pub artifact_resolution: Vec<IndexedEndpoint>,
    /// Its keys; never without one that signs (SIG-06).
    pub keys: Keys,
    /// It takes no request for a login that is not signed.
    pub wants_signed_requests: bool,
    /// The formats of name identifiers that it gives.
    pub name_id_formats: Vec<String>,
    /// What may stand behind the `@` of what it says of people (SAML-12). Expressions are not read: nobody can
    /// see what one of them lets in.
    pub scopes: Vec<String>,
    /// How people call it.
    pub names: Localised,
    /// Where it says what it is.
    pub information: Links,
    /// Where it says what it does with what it knows about people.
    pub privacy: Links,
    /// Whom to ask.
    pub contacts: Vec<Contact>,
    /// What it is, as federations agree on it; `hide-from-discovery` among them.
    pub categories: Vec<String>,
    /// For which categories of services it releases what they need.
    pub supported: Vec<String>,
    /// How sure it is of people, as federations have looked at it.
    pub assurance: Vec<String>,
    /// Who has registered it.
    pub registered_by: Option<String>,
    ignored: Vec<Problem>,
}

impl IdentityProvider {
    /// Reads an `EntityDescriptor`.
    ///
    /// # Errors
    /// [`Problem::Message`] for an entity that is no identity provider that could be asked; [`Problem::NoKey`]
    /// for one whose answers nothing could verify (SIG-06).
    pub fn read(entity: Node<'_>) -> Result<Self, Problem> {
        let missing = "it is no identity provider of SAML 2.0";
        let mut common = Common::read(entity, "IDPSSODescriptor", missing)?;
        let role = common.role;
        let mut sso = common.endpoints("SingleSignOnService");
        let spoken = [binding::REDIRECT, binding::POST];
        sso.retain(|endpoint| spoken.contains(&endpoint.binding.as_str()));
        if sso.is_empty() {
            return Err(Problem::Message(
                "it has no https address that takes requests by redirect or form",
            ));
        }
        if common.keys.signing.is_empty() {
            return Err(Problem::NoKey);
        }
        let Shown {
            names,
            information,
            privacy,
            contacts,
            categories,
            supported,
            registered_by,
        } = common.shown;
        Ok(Self {
            entity_id: common.entity_id,
            valid_until: common.valid_until,
            cache_duration: common.cache_duration,
            sso,
            logout: common.logout,
            artifact_resolution: common.artifact_resolution,
            keys: common.keys,
            wants_signed_requests: role.flag("WantAuthnRequestsSigned", false)?,
            name_id_formats: common.name_id_formats,
            scopes: scopes(entity, role, &mut common.ignored),
            names,
            information,
            privacy,
            contacts,
            categories,
            supported,
            assurance: entity_attribute(entity, ASSURANCE),
            registered_by,
            ignored: common.ignored,
        })
    }

    /// What of its metadata cannot be used, for whoever registers it.
    pub fn warnings(&self) -> impl Iterator<Item = Problem> {
        self.keys.unusable.iter().chain(&self.ignored).copied()
    }

    /// Where it is asked by one of `bindings`, the best first.
    pub fn sso_by(&self, bindings: &[&str]) -> Option<&Endpoint> {
        Endpoint::by(&self.sso, bindings)
    }

    /// Where it is told of logouts by one of `bindings`, the best first.
    pub fn logout_by(&self, bindings: &[&str]) -> Option<&Endpoint> {
        Endpoint::by(&self.logout, bindings)
    }

    /// Where an artifact is resolved that names the service with `index` (SAML Bindings §3.6.4).
    pub fn resolver(&self, index: u16) -> Option<&IndexedEndpoint> {
        let mut all = self.artifact_resolution.iter();
        all.find(|service| service.index == index && service.binding == binding::SOAP)
    }
}

/// Scopes stand in the extensions of the role, or in those of the entity.
fn scopes(entity: Node<'_>, role: Node<'_>, ignored: &mut Vec<Problem>) -> Vec<String> {
    let mut scopes = Vec::new();
    let elements = extensions(role)
        .chain(extensions(entity))
        .flat_map(|it| it.children_named(ns::SHIBMD, "Scope"));
    for scope in elements {
        match read_scope(scope) {
            Ok(scope) if scopes.contains(&scope) => {}
            Ok(scope) => scopes.push(scope),
            Err(problem) => ignored.push(problem),
        }
    }
    scopes
}

fn read_scope(node: Node<'_>) -> Result<String, Problem> {
    if node.flag("regexp", false)? {
        return Err(Problem::Message("a scope is an expression"));
    }
    let scope = node.uri()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if scope.len() > LONGEST_SCOPE || !scope.chars().all(plain) {
        return Err(Problem::Message("a scope is not the name of a domain"));
    }
    Ok(scope)
}

//! What a source may say behind an `@` (SAML-12): within the scopes of its registration, or of its metadata
//! where that names none, and nothing where neither does. What lies outside is left out; where that leaves
//! nothing of an attribute that is read, the answer is refused, so that nobody is taken for somebody else by
//! the next best name.

use clau_domain::connector::Field;
use clau_saml::metadata::IdentityProvider;
use clau_saml::names::subject_id;

use super::registration::Registered;
use crate::contract::Fault;

/// Attributes whose values have a scope: eduPerson (2022-08) and the subject identifiers of OASIS, by their
/// numbers, their old names and as they are called by hand.
const SCOPED: [&str; 14] = [
    subject_id::PAIRWISE,
    subject_id::GENERAL,
    // eduPersonPrincipalName.
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.6",
    "urn:mace:dir:attribute-def:eduPersonPrincipalName",
    "eduPersonPrincipalName",
    "eppn",
    // eduPersonPrincipalNamePrior.
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.12",
    "eduPersonPrincipalNamePrior",
    // eduPersonScopedAffiliation.
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
    "urn:mace:dir:attribute-def:eduPersonScopedAffiliation",
    "eduPersonScopedAffiliation",
    // eduPersonUniqueId.
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.13",
    "urn:mace:dir:attribute-def:eduPersonUniqueId",
    "eduPersonUniqueId",
];
/// Attributes that are a scope: schacHomeOrganization.
const SCOPES: [&str; 2] = ["urn:oid:1.3.6.1.4.1.25178.1.2.9", "schacHomeOrganization"];

/// Names and values, as they came.
pub(super) type Attributes = Vec<(String, Vec<String>)>;

/// What of `attributes` lies within what the source may say.
pub(super) fn within(
    registered: &Registered,
    provider: &IdentityProvider,
    attributes: Attributes,
) -> Result<Attributes, Fault> {
    let scopes = scopes(registered, provider);
    let may = |scope: &str| scopes.iter().any(|known| known.eq_ignore_ascii_case(scope));
    let mut kept = Vec::with_capacity(attributes.len());
    for (name, mut values) in attributes {
        let came = values.len();
        if is_scoped(registered, &name) {
            // One `@` and no more: of two, readers disagree which is the one.
            values.retain(|value| match value.split_once('@') {
                Some((who, scope)) => !who.is_empty() && may(scope.trim()),
                None => false,
            });
        } else if SCOPES.contains(&name.as_str()) {
            values.retain(|value| may(value.trim()));
        }
        if values.is_empty() && came > 0 && is_read(registered, &name) {
            return Err(Fault::Untrusted(format!(
                "no value of `{name}` is within its scopes"
            )));
        }
        kept.push((name, values));
    }
    Ok(kept)
}

/// The scopes that it may use.
pub(super) fn scopes<'a>(
    registered: &'a Registered,
    provider: &'a IdentityProvider,
) -> &'a [String] {
    match registered.settings.scopes.as_slice() {
        [] => &provider.scopes,
        given => given,
    }
}

/// Whether the values of an attribute have a scope. Mail that an academy has given counts where the
/// registration names scopes: people are found by it.
pub(super) fn is_scoped(registered: &Registered, name: &str) -> bool {
    let is_academic = || {
        let names = registered.connector.attributes.get(&Field::AcademicMail);
        names.is_some_and(|names| names.iter().any(|known| known == name))
    };
    SCOPED.contains(&name) || (!registered.settings.scopes.is_empty() && is_academic())
}

/// Whether anything is read of an attribute.
fn is_read(registered: &Registered, name: &str) -> bool {
    let mut names = registered.connector.attributes.values().flatten();
    names.any(|known| known == name)
}

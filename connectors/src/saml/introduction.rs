//! What the hub says of itself to a source: metadata of a service provider, signed, with the attributes that
//! the registration reads, so that whoever releases them sees what they are asked for.

use std::time::Duration;

use clau_domain::connector::Field;
use clau_domain::url::WebUrl;
use clau_saml::metadata::{Localised, OwnServiceMetadata};

use super::{Saml, fault, signing_key};
use crate::contract::{Call, Fault, Introduction};

/// After what time it is to be fetched again.
const CACHE: Duration = Duration::from_secs(3600);

pub(super) fn introduction(saml: &Saml, call: &Call<'_>) -> Result<Introduction, Fault> {
    let key = signing_key(call)?;
    let keys = call.keys;
    let signing = match keys.saml_signing_certificates.as_slice() {
        [] => std::slice::from_ref(key.certificate()),
        published => published,
    };
    let (acs, slo) = (saml.addresses.saml_acs(), saml.addresses.saml_slo());
    let host = WebUrl::parse(&acs).map_or_else(|_| acs.clone(), |url| url.host().to_owned());
    let format = saml.registered.settings.name_id_format.as_str();
    let own = OwnServiceMetadata {
        entity_id: &saml.own_entity_id(),
        acs: &acs,
        slo: &slo,
        cache: CACHE,
        signing,
        encryption: keys.saml_encryption_certificate.as_ref(),
        name_id_format: Some(format).filter(|format| !format.is_empty()),
        names: &Localised::from([("fr".to_owned(), host)]),
        attributes: &attributes(saml),
    };
    Ok(Introduction {
        // SAML Metadata, appendix A.
        content_type: "application/samlmetadata+xml",
        body: own.write(key).map_err(fault)?,
    })
}

/// The names of all attributes that are read, each once.
fn attributes(saml: &Saml) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, wanted) in named(saml) {
        let new = wanted.iter().filter(|name| !names.contains(name));
        let new: Vec<String> = new.cloned().collect();
        names.extend(new);
    }
    names
}

/// What is read, and under which names.
pub(super) fn named(saml: &Saml) -> impl Iterator<Item = (Field, &[String])> {
    let attributes = saml.registered.connector.attributes.iter();
    attributes.map(|(field, names)| (*field, names.as_slice()))
}

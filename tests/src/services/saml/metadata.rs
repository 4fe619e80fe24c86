//! What this service says of itself (SAML Metadata §2.4.4), and what it reads of the hub (§2.4.3). Of the hub
//! only keys that sign and addresses of its own are taken: whatever else stands in its document, nobody is
//! sent to another host.

use clau_domain::time::Timestamp;
use clau_saml::encryption::Cipher;
use clau_saml::error::Problem;
use clau_saml::key::{Certificate, PeerKey};
use clau_saml::metadata::{Document, Trust};
use clau_saml::names::{attribute_name, binding, ns};
use clau_saml::xml::{Node, Writer};
use url::Url;

use super::gate::Identity;
use super::hub::{Hub, LogoutAddresses};
use super::protocol::Party;

/// How the key of what is encrypted for this service is wrapped (XML Encryption §5.5.2).
const OAEP: &str = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p";
/// After what time the hub is to fetch this again (§2.2.1).
const CACHE: &str = "PT1H";

/// The service's own metadata.
pub(super) fn own(party: &Party, identity: &Identity) -> String {
    let mut writer = Writer::new();
    writer
        .open(
            "md:EntityDescriptor",
            &[
                ("xmlns:md", ns::MD),
                ("entityID", &party.entity_id),
                ("cacheDuration", CACHE),
            ],
        )
        .open(
            "md:SPSSODescriptor",
            &[
                ("protocolSupportEnumeration", ns::SAMLP),
                ("AuthnRequestsSigned", "true"),
                ("WantAssertionsSigned", "true"),
            ],
        )
        .open("md:Extensions", &[])
        .open("mdui:UIInfo", &[("xmlns:mdui", ns::MDUI)]);
    for (language, name) in identity.names {
        writer.leaf("mdui:DisplayName", &[("xml:lang", language)], name);
    }
    writer.close().close();
    key(&mut writer, "signing", party.keys.signing.certificate());
    key(&mut writer, "encryption", &party.keys.encryption);
    for (name, location) in [
        (binding::REDIRECT, &party.logout),
        (binding::SOAP, &party.logout_by_program),
    ] {
        writer.empty(
            "md:SingleLogoutService",
            &[("Binding", name), ("Location", location)],
        );
    }
    writer.leaf("md:NameIDFormat", &[], party.name_id);
    writer.empty(
        "md:AssertionConsumerService",
        &[
            ("Binding", binding::POST),
            ("Location", &party.consumer),
            ("index", "0"),
            ("isDefault", "true"),
        ],
    );
    wishes(&mut writer, identity);
    writer.finish()
}

fn key(writer: &mut Writer, usage: &str, certificate: &Certificate) {
    writer
        .open("md:KeyDescriptor", &[("use", usage)])
        .open("ds:KeyInfo", &[("xmlns:ds", ns::DS)])
        .open("ds:X509Data", &[])
        .leaf("ds:X509Certificate", &[], &certificate.base64())
        .close()
        .close();
    if usage == "encryption" {
        for method in [Cipher::Aes256Gcm.uri(), Cipher::Aes128Gcm.uri(), OAEP] {
            writer.empty("md:EncryptionMethod", &[("Algorithm", method)]);
        }
    }
    writer.close();
}

/// What it asks for (§2.4.4.1).
fn wishes(writer: &mut Writer, identity: &Identity) {
    writer.open(
        "md:AttributeConsumingService",
        &[("index", "0"), ("isDefault", "true")],
    );
    for (language, name) in identity.names {
        writer.leaf("md:ServiceName", &[("xml:lang", language)], name);
    }
    for name in identity.attributes {
        writer.empty(
            "md:RequestedAttribute",
            &[("Name", name), ("NameFormat", attribute_name::BASIC)],
        );
    }
    writer.close();
}

/// Reads the hub's metadata, which came from its own address at `base`.
///
/// # Errors
/// It is somebody else's, expired, or names no key or no address of the hub's.
pub(super) fn read_hub(
    document: &[u8],
    entity_id: &str,
    base: &Url,
    now: Timestamp,
) -> Result<Hub, Problem> {
    let trust = Trust {
        pinned: &[],
        now,
        longest_life: None,
    };
    let document = Document::entity(document, &trust)?;
    let entity = document.root();
    if entity.attribute("entityID") != Some(entity_id) {
        return Err(Problem::Message("it is another entity's"));
    }
    let role = entity.one(ns::MD, "IDPSSODescriptor", "it is no identity provider")?;
    let keys = keys(role)?;
    if keys.is_empty() {
        return Err(Problem::NoKey);
    }
    let login = address(role, "SingleSignOnService", base);
    let login = login.ok_or(Problem::Message("nobody can sign in by redirect"))?;
    Ok(Hub {
        login: login.requests,
        logout: address(role, "SingleLogoutService", base),
        keys,
    })
}

/// The keys that sign (§2.4.1.1). One that cannot be used is none.
fn keys(role: Node<'_>) -> Result<Vec<PeerKey>, Problem> {
    let mut keys = Vec::new();
    for descriptor in role.children_named(ns::MD, "KeyDescriptor") {
        if descriptor.attribute("use") == Some("encryption") {
            continue;
        }
        let info = descriptor.one(ns::DS, "KeyInfo", "a key is missing")?;
        let data = info.children_named(ns::DS, "X509Data");
        for text in data.flat_map(|data| data.children_named(ns::DS, "X509Certificate")) {
            keys.extend(Certificate::from_base64(&text.text()?)?.key().ok());
        }
    }
    Ok(keys)
}

/// Where messages go by redirect. `None` where that is not at the hub itself.
fn address(role: Node<'_>, name: &'static str, base: &Url) -> Option<LogoutAddresses> {
    let mut endpoints = role.children_named(ns::MD, name);
    let endpoint =
        endpoints.find(|endpoint| endpoint.attribute("Binding") == Some(binding::REDIRECT))?;
    let at_hub = |text: &str| {
        let url = Url::parse(text).ok()?;
        (url.origin() == base.origin()).then(|| text.to_owned())
    };
    let requests = at_hub(endpoint.attribute("Location")?)?;
    let responses = match endpoint.attribute("ResponseLocation") {
        Some(text) => at_hub(text)?,
        None => requests.clone(),
    };
    Some(LogoutAddresses {
        requests,
        responses,
    })
}

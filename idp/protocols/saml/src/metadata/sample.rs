//! Federations as tests and benches need them: services that look like those of a national federation, in a
//! document that a key has signed. Never for anything else: the hub publishes no metadata but its own.

use clau_domain::time::Timestamp;

use crate::error::Problem;
use crate::key::{Certificate, SigningKey};
use crate::message::finish;
use crate::names::{attribute_name, binding, name_id, ns};
use crate::signature;
use crate::xml::Writer;

/// The document of a federation, for tests.
#[derive(Clone, Debug)]
pub struct FederationForTests<'a> {
    /// Until when it says that it is good.
    pub valid_until: Option<Timestamp>,
    /// How many services are in it.
    pub services: usize,
    /// About how many bytes each of them has; never fewer than what a service needs.
    pub bytes: usize,
    /// The certificate of every one of them.
    pub certificate: &'a Certificate,
}

impl FederationForTests<'_> {
    /// The name of a service of it.
    pub fn entity_id(number: usize) -> String {
        format!("https://service{number}.univ-exemple.example/shibboleth")
    }

    /// Writes it, signed by `key`.
    ///
    /// # Errors
    /// [`Problem::Own`].
    pub fn write(&self, key: &SigningKey) -> Result<String, Problem> {
        self.write_with("", key)
    }

    /// Writes it with `more` entities behind its own, as somebody else has written them.
    ///
    /// # Errors
    /// [`Problem::Own`] when that makes no document.
    pub fn write_with(&self, more: &str, key: &SigningKey) -> Result<String, Problem> {
        let mut writer = Writer::new();
        let until = self.valid_until.map(Timestamp::rfc3339);
        let mut attributes = vec![
            ("xmlns", ns::MD),
            ("xmlns:alg", ns::ALG),
            ("xmlns:ds", ns::DS),
            ("xmlns:mdattr", ns::MDATTR),
            ("xmlns:mdrpi", ns::MDRPI),
            ("xmlns:mdui", ns::MDUI),
            ("xmlns:saml", ns::SAML),
            ("xmlns:shibmd", ns::SHIBMD),
            ("xmlns:xs", ns::XS),
            ("xmlns:xsi", ns::XSI),
            ("ID", "_20261123T080000Z"),
            ("Name", "https://federation.example/"),
            ("cacheDuration", "PT1H"),
        ];
        if let Some(until) = &until {
            attributes.push(("validUntil", until));
        }
        writer.open("EntitiesDescriptor", &attributes);
        signature::place(&mut writer, "_20261123T080000Z", key);
        for number in 0..self.services {
            self.service(&mut writer, number);
        }
        writer.element(more).text("\n");
        finish(writer, Some(key))
    }

    fn service(&self, writer: &mut Writer, number: usize) {
        let name = format!("Service numérique n° {number}");
        line(writer, 1);
        writer.open(
            "EntityDescriptor",
            &[("entityID", &Self::entity_id(number))],
        );
        registration(writer);
        line(writer, 2);
        writer.open(
            "SPSSODescriptor",
            &[("protocolSupportEnumeration", ns::SAMLP)],
        );
        self.shown(writer, &name);
        for usage in ["signing", "encryption"] {
            self.key(writer, usage);
        }
        endpoints(writer, number);
        wishes(writer, &name);
        line(writer, 2);
        writer.close();
        contacts(writer, number);
        line(writer, 1);
        writer.close();
    }

    fn shown(&self, writer: &mut Writer, name: &str) {
        line(writer, 3);
        writer.open("Extensions", &[]);
        line(writer, 4);
        writer.open("mdui:UIInfo", &[]);
        for language in ["fr", "en"] {
            line(writer, 5);
            writer.leaf("mdui:DisplayName", &[("xml:lang", language)], name);
        }
        // What is wanting to the size stands here: descriptions are what makes real ones long.
        let words = "Des ressources & services pour les élèves et leurs enseignants. ";
        let room = self
            .bytes
            .saturating_sub(REST + 2 * self.certificate.base64().len());
        let text = words.repeat(room / words.len() / 2);
        for language in ["fr", "en"] {
            line(writer, 5);
            writer.leaf("mdui:Description", &[("xml:lang", language)], &text);
        }
        for (element, path) in [
            ("mdui:InformationURL", "aide"),
            ("mdui:PrivacyStatementURL", "donnees"),
        ] {
            line(writer, 5);
            let address = format!("https://univ-exemple.example/{path}");
            writer.leaf(element, &[("xml:lang", "fr")], &address);
        }
        line(writer, 4);
        writer.close();
        line(writer, 3);
        writer.close();
    }

    fn key(&self, writer: &mut Writer, usage: &str) {
        line(writer, 3);
        writer
            .open("KeyDescriptor", &[("use", usage)])
            .open("ds:KeyInfo", &[])
            .open("ds:X509Data", &[])
            .open("ds:X509Certificate", &[]);
        let base64 = self.certificate.base64();
        let mut rest = base64.as_str();
        while let Some((first, after)) = rest.split_at_checked(64) {
            writer.text("\n").text(first);
            rest = after;
        }
        writer.text("\n").text(rest).text("\n");
        writer.close().close().close();
        if usage == "encryption" {
            for method in ["aes256-gcm", "aes128-gcm"] {
                line(writer, 4);
                let method = format!("http://www.w3.org/2009/xmlenc11#{method}");
                writer.empty("EncryptionMethod", &[("Algorithm", &method)]);
            }
            line(writer, 3);
        }
        writer.close();
    }
}

/// The metadata of one entity, which has the attribute `ID="{id}"`, signed by `key` as whoever publishes it does
/// (Metadata Query Protocol §3): for tests.
///
/// # Errors
/// [`Problem::Own`] when that makes no document.
pub fn signed_for_tests(entity: &str, id: &str, key: &SigningKey) -> Result<String, Problem> {
    let mut writer = Writer::new();
    signature::place(&mut writer, id, key);
    let head = entity.find('>').map(|end| end + 1);
    let (head, rest) = head
        .and_then(|end| entity.split_at_checked(end))
        .ok_or(Problem::Own("it is no element"))?;
    signature::fill(&[head, &writer.finish(), rest].concat(), key)
}

/// About what a service has beside its descriptions and certificates, in bytes.
const REST: usize = 5_480;

/// A new line, and how deep it begins: documents that people read have half their nodes in these.
fn line(writer: &mut Writer, depth: usize) {
    writer.text("\n").text(&"  ".repeat(depth));
}

fn registration(writer: &mut Writer) {
    line(writer, 2);
    writer.open("Extensions", &[]);
    line(writer, 3);
    writer.empty(
        "mdrpi:RegistrationInfo",
        &[
            ("registrationAuthority", "https://federation.example/"),
            ("registrationInstant", "2019-03-04T10:11:12Z"),
        ],
    );
    line(writer, 3);
    writer.open("mdattr:EntityAttributes", &[]);
    line(writer, 4);
    writer.open(
        "saml:Attribute",
        &[
            ("Name", "http://macedir.org/entity-category"),
            ("NameFormat", attribute_name::URI),
        ],
    );
    for category in [
        "http://refeds.org/category/research-and-scholarship",
        "http://www.geant.net/uri/dataprotection-code-of-conduct/v1",
    ] {
        line(writer, 5);
        writer.leaf(
            "saml:AttributeValue",
            &[("xsi:type", "xs:string")],
            category,
        );
    }
    line(writer, 4);
    writer.close();
    line(writer, 3);
    writer.close();
    for algorithm in signature::Algorithm::ALL.into_iter().take(4) {
        line(writer, 3);
        writer.empty("alg:SigningMethod", &[("Algorithm", algorithm.uri())]);
    }
    line(writer, 2);
    writer.close();
}

fn endpoints(writer: &mut Writer, number: usize) {
    let at =
        |path: &str| format!("https://service{number}.univ-exemple.example/Shibboleth.sso/{path}");
    line(writer, 3);
    let location = at("Artifact/SOAP");
    writer.empty(
        "ArtifactResolutionService",
        &[
            ("Binding", binding::SOAP),
            ("Location", &location),
            ("index", "1"),
        ],
    );
    for (name, path) in [
        (binding::SOAP, "SLO/SOAP"),
        (binding::REDIRECT, "SLO/Redirect"),
        (binding::POST, "SLO/POST"),
        (binding::ARTIFACT, "SLO/Artifact"),
    ] {
        line(writer, 3);
        writer.empty(
            "SingleLogoutService",
            &[("Binding", name), ("Location", &at(path))],
        );
    }
    for format in [name_id::TRANSIENT, name_id::PERSISTENT] {
        line(writer, 3);
        writer.leaf("NameIDFormat", &[], format);
    }
    for (index, name, path) in [
        ("1", binding::POST, "SAML2/POST"),
        (
            "2",
            "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST-SimpleSign",
            "SAML2/POST-SimpleSign",
        ),
        ("3", binding::ARTIFACT, "SAML2/Artifact"),
        ("4", binding::PAOS, "SAML2/ECP"),
    ] {
        line(writer, 3);
        let location = at(path);
        writer.empty(
            "AssertionConsumerService",
            &[("Binding", name), ("Location", &location), ("index", index)],
        );
    }
}

fn wishes(writer: &mut Writer, name: &str) {
    line(writer, 3);
    writer.open("AttributeConsumingService", &[("index", "1")]);
    line(writer, 4);
    writer.leaf("ServiceName", &[("xml:lang", "fr")], name);
    for (friendly, oid) in [
        ("displayName", "urn:oid:2.16.840.1.113730.3.1.241"),
        ("mail", "urn:oid:0.9.2342.19200300.100.1.3"),
        ("eduPersonPrincipalName", "urn:oid:1.3.6.1.4.1.5923.1.1.1.6"),
        (
            "eduPersonScopedAffiliation",
            "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
        ),
    ] {
        line(writer, 4);
        writer.empty(
            "RequestedAttribute",
            &[
                ("FriendlyName", friendly),
                ("Name", oid),
                ("NameFormat", attribute_name::URI),
                ("isRequired", "true"),
            ],
        );
    }
    line(writer, 3);
    writer.close();
}

fn contacts(writer: &mut Writer, number: usize) {
    line(writer, 2);
    writer.open("Organization", &[]);
    for element in ["OrganizationName", "OrganizationDisplayName"] {
        line(writer, 3);
        writer.leaf(element, &[("xml:lang", "fr")], "Université d'Exemple");
    }
    line(writer, 3);
    writer.leaf(
        "OrganizationURL",
        &[("xml:lang", "fr")],
        "https://univ-exemple.example/",
    );
    line(writer, 2);
    writer.close();
    for kind in ["technical", "support"] {
        line(writer, 2);
        writer.open("ContactPerson", &[("contactType", kind)]);
        line(writer, 3);
        let mail = format!("mailto:{kind}{number}@univ-exemple.example");
        writer.leaf("EmailAddress", &[], &mail);
        line(writer, 2);
        writer.close();
    }
}

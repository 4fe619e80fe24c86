//! The hub's own metadata, as an identity provider (SAML Metadata §2.4.3): signed, with every key that signs
//! or will.

use std::time::Duration;

use clau_domain::time::Timestamp;

use super::shown::Localised;
use crate::encryption;
use crate::error::Problem;
use crate::key::{Certificate, SigningKey};
use crate::message::{finish, mint_from};
use crate::names::{binding, name_id, ns};
use crate::signature::{self, Algorithm, SHA256};
use crate::xml::Writer;

/// Whom to ask (§2.3.2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// `technical`, `support`.
    pub kind: &'static str,
    /// An address of mail.
    pub mail: String,
}

/// What the hub says of itself.
#[derive(Clone, Debug)]
pub struct OwnMetadata<'a> {
    /// Its name.
    pub entity_id: &'a str,
    /// Where it is reached, without a slash at the end.
    pub base: &'a str,
    /// When this is written.
    pub now: Timestamp,
    /// Until when it is good from now.
    pub life: Duration,
    /// After what time partners are to fetch it again.
    pub cache: Duration,
    /// The keys that sign, or will, or have.
    pub signing: &'a [Certificate],
    /// The key for which partners encrypt.
    pub encryption: Option<&'a Certificate>,
    /// What stands behind the `@` of scoped attributes.
    pub scope: &'a str,
    /// How people call it.
    pub names: &'a Localised,
    /// Where its pages are.
    pub home: &'a str,
    /// Whom to ask.
    pub contacts: &'a [Contact],
}

impl OwnMetadata<'_> {
    /// Writes it, signed by `key`.
    ///
    /// # Errors
    /// [`Problem::Own`].
    pub fn write(&self, key: &SigningKey) -> Result<String, Problem> {
        let until = (self.now + self.life).rfc3339();
        let cache = format!("PT{}S", self.cache.as_secs());
        let id = mint_from(&[self.entity_id, &until]);
        let mut writer = Writer::new();
        writer.open(
            "md:EntityDescriptor",
            &[
                ("xmlns:md", ns::MD),
                ("ID", &id),
                ("entityID", self.entity_id),
                ("validUntil", &until),
                ("cacheDuration", &cache),
            ],
        );
        signature::place(&mut writer, &id, key);
        algorithms(&mut writer);
        writer.open(
            "md:IDPSSODescriptor",
            &[
                ("protocolSupportEnumeration", ns::SAMLP),
                ("WantAuthnRequestsSigned", "false"),
            ],
        );
        self.shown(&mut writer);
        for certificate in self.signing {
            key_descriptor(&mut writer, "signing", certificate);
        }
        if let Some(certificate) = self.encryption {
            key_descriptor(&mut writer, "encryption", certificate);
        }
        self.endpoints(&mut writer);
        writer.close();
        self.organisation(&mut writer);
        finish(writer, Some(key))
    }

    fn shown(&self, writer: &mut Writer) {
        writer.open("md:Extensions", &[]).leaf(
            "shibmd:Scope",
            &[("xmlns:shibmd", ns::SHIBMD), ("regexp", "false")],
            self.scope,
        );
        writer.open("mdui:UIInfo", &[("xmlns:mdui", ns::MDUI)]);
        for (language, name) in self.names {
            writer.leaf("mdui:DisplayName", &[("xml:lang", language)], name);
        }
        for language in self.names.keys() {
            writer.leaf("mdui:InformationURL", &[("xml:lang", language)], self.home);
        }
        writer.close().close();
    }

    /// In the order of the schema (§2.4.2, §2.4.3).
    fn endpoints(&self, writer: &mut Writer) {
        let at = |path: &str| format!("{}{path}", self.base);
        writer.empty(
            "md:ArtifactResolutionService",
            &[
                ("Binding", binding::SOAP),
                ("Location", &at("/saml/artifact")),
                ("index", "0"),
                ("isDefault", "true"),
            ],
        );
        for name in [binding::REDIRECT, binding::POST, binding::SOAP] {
            let location = at("/saml/slo");
            writer.empty(
                "md:SingleLogoutService",
                &[("Binding", name), ("Location", &location)],
            );
        }
        for format in [
            name_id::TRANSIENT,
            name_id::PERSISTENT,
            name_id::EMAIL,
            name_id::UNSPECIFIED,
        ] {
            writer.leaf("md:NameIDFormat", &[], format);
        }
        for name in [binding::REDIRECT, binding::POST, binding::SOAP] {
            let location = at("/saml/sso");
            writer.empty(
                "md:SingleSignOnService",
                &[("Binding", name), ("Location", &location)],
            );
        }
    }

    fn organisation(&self, writer: &mut Writer) {
        writer.open("md:Organization", &[]);
        for name in ["md:OrganizationName", "md:OrganizationDisplayName"] {
            for (language, text) in self.names {
                writer.leaf(name, &[("xml:lang", language)], text);
            }
        }
        for language in self.names.keys() {
            writer.leaf("md:OrganizationURL", &[("xml:lang", language)], self.home);
        }
        writer.close();
        for contact in self.contacts {
            let mail = format!("mailto:{}", contact.mail);
            writer
                .open("md:ContactPerson", &[("contactType", contact.kind)])
                .leaf("md:EmailAddress", &[], &mail)
                .close();
        }
    }
}

/// What the hub signs and digests with (Metadata Profile for Algorithm Support §2.2).
pub(super) fn algorithms(writer: &mut Writer) {
    writer.open("md:Extensions", &[]).empty(
        "alg:DigestMethod",
        &[("xmlns:alg", ns::ALG), ("Algorithm", SHA256)],
    );
    for algorithm in [Algorithm::RsaSha256, Algorithm::EcdsaSha256] {
        writer.empty(
            "alg:SigningMethod",
            &[("xmlns:alg", ns::ALG), ("Algorithm", algorithm.uri())],
        );
    }
    writer.close();
}

pub(super) fn key_descriptor(writer: &mut Writer, usage: &str, certificate: &Certificate) {
    writer
        .open("md:KeyDescriptor", &[("use", usage)])
        .open("ds:KeyInfo", &[("xmlns:ds", ns::DS)])
        .open("ds:X509Data", &[])
        .leaf("ds:X509Certificate", &[], &certificate.base64())
        .close()
        .close();
    if usage == "encryption" {
        // A partner that is told nothing takes what it likes, which may be what the hub never opens (SIG-10).
        for method in encryption::METHODS {
            writer.empty("md:EncryptionMethod", &[("Algorithm", method)]);
        }
    }
    writer.close();
}

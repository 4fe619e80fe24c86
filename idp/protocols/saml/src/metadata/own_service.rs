//! The hub's own metadata, as a service provider of one identity provider (SAML Metadata §2.4.4): signed, with
//! every key that signs or will. It has no date: partners are given it by mail as often as they fetch it, and a
//! copy that expires would stop logins on a day that nobody has written down.

use std::time::Duration;

use super::own::{algorithms, key_descriptor};
use crate::error::Problem;
use crate::key::{Certificate, SigningKey};
use crate::message::{finish, mint_from};
use crate::names::{attribute_name, binding, ns};
use crate::signature;
use crate::xml::Writer;

/// What the hub says of itself to an identity provider.
#[derive(Clone, Debug)]
pub struct OwnServiceMetadata<'a> {
    /// What it is called there.
    pub entity_id: &'a str,
    /// Where answers go, by form.
    pub acs: &'a str,
    /// Where logouts go, by redirect, form and SOAP.
    pub slo: &'a str,
    /// After what time the partner is to fetch it again.
    pub cache: Duration,
    /// The keys that sign, or will, or have.
    pub signing: &'a [Certificate],
    /// The key for which the partner encrypts.
    pub encryption: Option<&'a Certificate>,
    /// How people are to be called; not said where it is none.
    pub name_id_format: Option<&'a str>,
    /// How people call the hub, by language.
    pub names: &'a super::Localised,
    /// The attributes that are read, by name.
    pub attributes: &'a [String],
}

impl OwnServiceMetadata<'_> {
    /// Writes it, signed by `key`.
    ///
    /// # Errors
    /// [`Problem::Own`].
    pub fn write(&self, key: &SigningKey) -> Result<String, Problem> {
        let cache = format!("PT{}S", self.cache.as_secs());
        let id = mint_from(&[self.entity_id, self.acs]);
        let mut writer = Writer::new();
        writer.open(
            "md:EntityDescriptor",
            &[
                ("xmlns:md", ns::MD),
                ("ID", &id),
                ("entityID", self.entity_id),
                ("cacheDuration", &cache),
            ],
        );
        signature::place(&mut writer, &id, key);
        algorithms(&mut writer);
        writer.open(
            "md:SPSSODescriptor",
            &[
                ("protocolSupportEnumeration", ns::SAMLP),
                ("AuthnRequestsSigned", "true"),
                ("WantAssertionsSigned", "true"),
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
        self.wishes(&mut writer);
        finish(writer, Some(key))
    }

    fn shown(&self, writer: &mut Writer) {
        if self.names.is_empty() {
            return;
        }
        writer
            .open("md:Extensions", &[])
            .open("mdui:UIInfo", &[("xmlns:mdui", ns::MDUI)]);
        for (language, name) in self.names {
            writer.leaf("mdui:DisplayName", &[("xml:lang", language)], name);
        }
        writer.close().close();
    }

    /// In the order of the schema (§2.4.2, §2.4.4).
    fn endpoints(&self, writer: &mut Writer) {
        for name in [binding::REDIRECT, binding::POST, binding::SOAP] {
            writer.empty(
                "md:SingleLogoutService",
                &[("Binding", name), ("Location", self.slo)],
            );
        }
        if let Some(format) = self.name_id_format {
            writer.leaf("md:NameIDFormat", &[], format);
        }
        writer.empty(
            "md:AssertionConsumerService",
            &[
                ("Binding", binding::POST),
                ("Location", self.acs),
                ("index", "0"),
                ("isDefault", "true"),
            ],
        );
    }

    /// Which attributes are read (§2.4.4.1). The schema wants the service named, and at least one of them.
    fn wishes(&self, writer: &mut Writer) {
        if self.attributes.is_empty() || self.names.is_empty() {
            return;
        }
        writer.open("md:AttributeConsumingService", &[("index", "0")]);
        for (language, name) in self.names {
            writer.leaf("md:ServiceName", &[("xml:lang", language)], name);
        }
        for name in self.attributes {
            let format = if name.contains(':') {
                attribute_name::URI
            } else {
                attribute_name::BASIC
            };
            writer.empty(
                "md:RequestedAttribute",
                &[("Name", name), ("NameFormat", format)],
            );
        }
        writer.close();
    }
}

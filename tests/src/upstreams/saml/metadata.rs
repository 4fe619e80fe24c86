//! What a simulator says of itself (SAML Metadata §2.4.3). Not signed: it is fetched over the connection that
//! proves it, or handed over by hand.

use clau_saml::key::Certificate;
use clau_saml::names::{binding, ns};
use clau_saml::xml::Writer;

use super::manner::Manner;
use crate::upstreams::arguments::Arguments;

/// After what time the hub is to fetch it again.
const CACHE: &str = "PT1H";

/// The document.
pub(super) fn write(manner: &Manner, arguments: &Arguments, signing: &Certificate) -> String {
    let at = |path: &str| arguments.address(path.trim_start_matches('/'));
    let entity_id = (manner.entity_id)(arguments);
    let mut writer = Writer::new();
    writer
        .open(
            "md:EntityDescriptor",
            &[
                ("xmlns:md", ns::MD),
                ("entityID", &entity_id),
                ("cacheDuration", CACHE),
            ],
        )
        .open(
            "md:IDPSSODescriptor",
            &[
                ("protocolSupportEnumeration", ns::SAMLP),
                ("WantAuthnRequestsSigned", "true"),
            ],
        )
        .open("md:Extensions", &[]);
    if let Some(scope) = manner.scope {
        let attributes = [("xmlns:shibmd", ns::SHIBMD), ("regexp", "false")];
        writer.leaf("shibmd:Scope", &attributes, scope);
    }
    writer
        .open("mdui:UIInfo", &[("xmlns:mdui", ns::MDUI)])
        .leaf("mdui:DisplayName", &[("xml:lang", "fr")], manner.name)
        .close()
        .close();
    writer
        .open("md:KeyDescriptor", &[("use", "signing")])
        .open("ds:KeyInfo", &[("xmlns:ds", ns::DS)])
        .open("ds:X509Data", &[])
        .leaf("ds:X509Certificate", &[], &signing.base64())
        .close()
        .close()
        .close();
    if let Some(path) = manner.paths.single_logout {
        for name in [binding::REDIRECT, binding::POST] {
            let location = at(path);
            writer.empty(
                "md:SingleLogoutService",
                &[("Binding", name), ("Location", &location)],
            );
        }
    }
    for format in manner.name_ids {
        writer.leaf("md:NameIDFormat", &[], format);
    }
    for (name, path) in [
        (binding::REDIRECT, manner.paths.redirect),
        (binding::POST, manner.paths.post),
    ] {
        let location = at(path);
        writer.empty(
            "md:SingleSignOnService",
            &[("Binding", name), ("Location", &location)],
        );
    }
    writer.finish()
}

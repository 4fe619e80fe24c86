//! Names that the specifications fix: namespaces, formats, methods, bindings, statuses, contexts. Only
//! names: what they mean is where they are used.

/// Namespaces.
pub mod ns {
    /// SAML 2.0 assertions (SAML Core §1.2).
    pub const SAML: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
    /// SAML 2.0 protocol (SAML Core §1.2).
    pub const SAMLP: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
    /// SAML 2.0 metadata (SAML Metadata §1.1).
    pub const MD: &str = "urn:oasis:names:tc:SAML:2.0:metadata";
    /// Entity attributes in metadata (SAML V2.0 Metadata Extension for Entity Attributes §1.1).
    pub const MDATTR: &str = "urn:oasis:names:tc:SAML:metadata:attribute";
    /// What metadata tells people (SAML V2.0 Metadata Extensions for Login and Discovery §1.1).
    pub const MDUI: &str = "urn:oasis:names:tc:SAML:metadata:ui";
    /// Who has registered an entity (SAML V2.0 Metadata Extensions for Registration §1.1).
    pub const MDRPI: &str = "urn:oasis:names:tc:SAML:metadata:rpi";
    /// Algorithms that an entity understands (SAML V2.0 Metadata Profile for Algorithm Support §1.1).
    pub const ALG: &str = "urn:oasis:names:tc:SAML:metadata:algsupport";
    /// Scopes of an identity provider, as Shibboleth spells them.
    pub const SHIBMD: &str = "urn:mace:shibboleth:metadata:1.0";
    /// XML Signature.
    pub const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
    /// XML Encryption 1.0.
    pub const XENC: &str = "http://www.w3.org/2001/04/xmlenc#";
    /// XML Schema.
    pub const XS: &str = "http://www.w3.org/2001/XMLSchema";
    /// XML Schema, in documents.
    pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
    /// SOAP 1.1 (§4.1).
    pub const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
    /// Enhanced Client or Proxy (SAML Profiles §4.2).
    pub const ECP: &str = "urn:oasis:names:tc:SAML:2.0:profiles:SSO:ecp";
    /// Reverse SOAP (SAML Profiles §4.2.3.1).
    pub const PAOS: &str = "urn:liberty:paos:2003-08";
    /// Exclusive canonicalisation.
    pub const EXC_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
    /// XML itself: `xml:lang`.
    pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
}

/// Bindings (SAML Bindings §3).
pub mod binding {
    /// §3.2.
    pub const SOAP: &str = "urn:oasis:names:tc:SAML:2.0:bindings:SOAP";
    /// §3.3.
    pub const PAOS: &str = "urn:oasis:names:tc:SAML:2.0:bindings:PAOS";
    /// §3.4.
    pub const REDIRECT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect";
    /// §3.5.
    pub const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";
    /// §3.6.
    pub const ARTIFACT: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact";
}

/// Formats of name identifiers (SAML Core §8.3).
pub mod name_id {
    /// §8.3.1.
    pub const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
    /// §8.3.2.
    pub const EMAIL: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress";
    /// §8.3.6.
    pub const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
    /// §8.3.7.
    pub const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    /// §8.3.8.
    pub const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
    /// An encrypted identifier is asked for (§3.4.1.1).
    pub const ENCRYPTED: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:encrypted";
}

/// Formats of attribute names (SAML Core §8.2).
pub mod attribute_name {
    /// §8.2.1.
    pub const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified";
    /// §8.2.2.
    pub const URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";
    /// §8.2.3.
    pub const BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
}

/// Authentication contexts (SAML Authentication Context §3.4).
pub mod context {
    /// §3.4.8: a password, over whatever.
    pub const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";
    /// §3.4.9: a password, over TLS.
    pub const PASSWORD_PROTECTED_TRANSPORT: &str =
        "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    /// §3.4.25: it is not said how.
    pub const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified";
    /// §3.4.21: a session with the hub that began before.
    pub const PREVIOUS_SESSION: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PreviousSession";
}

/// Subject confirmation methods (SAML Profiles §3).
pub mod confirmation {
    /// §3.3: whoever brings it.
    pub const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
}

/// Reasons for a logout (SAML Core §3.7.3).
pub mod logout_reason {
    /// The person asked for it.
    pub const USER: &str = "urn:oasis:names:tc:SAML:2.0:logout:user";
    /// Somebody in charge did.
    pub const ADMIN: &str = "urn:oasis:names:tc:SAML:2.0:logout:admin";
}

/// Purposes of attributes in metadata of a service (SAML Subject Identifier Attributes Profile).
pub mod subject_id {
    /// `pairwise-id` (§3.4).
    pub const PAIRWISE: &str = "urn:oasis:names:tc:SAML:attribute:pairwise-id";
    /// `subject-id` (§3.3).
    pub const GENERAL: &str = "urn:oasis:names:tc:SAML:attribute:subject-id";
    /// Which of them a service wants (§4).
    pub const REQUIREMENT: &str = "urn:oasis:names:tc:SAML:profiles:subject-id:req";
}

/// Categories of services, as federations agree on them.
pub mod category {
    /// REFEDS Research and Scholarship.
    pub const RESEARCH_AND_SCHOLARSHIP: &str =
        "http://refeds.org/category/research-and-scholarship";
    /// REFEDS Anonymous Access.
    pub const ANONYMOUS: &str = "https://refeds.org/category/anonymous";
    /// REFEDS Pseudonymous Access.
    pub const PSEUDONYMOUS: &str = "https://refeds.org/category/pseudonymous";
    /// REFEDS Personalized Access.
    pub const PERSONALIZED: &str = "https://refeds.org/category/personalized";
    /// GÉANT Data Protection Code of Conduct, version 1.
    pub const CODE_OF_CONDUCT_1: &str =
        "http://www.geant.net/uri/dataprotection-code-of-conduct/v1";
    /// REFEDS Data Protection Code of Conduct, version 2.
    pub const CODE_OF_CONDUCT_2: &str = "https://refeds.org/category/code-of-conduct/v2";
}

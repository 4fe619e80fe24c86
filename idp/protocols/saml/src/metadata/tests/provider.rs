//! Identity providers: as a university and AD FS describe them, and what is not taken from anybody.

use super::*;

#[test]
fn renater() {
    let read = provider(&sample("renater-idp")).expect("a provider");
    assert_eq!(
        read.entity_id,
        "https://idp.univ-exemple.example/idp/shibboleth"
    );
    assert!(read.wants_signed_requests);
    // By form and by redirect, in SAML 2.0.
    assert_eq!(read.sso.len(), 2);
    let sso = read.sso_by(&[binding::REDIRECT, binding::POST]);
    assert_eq!(
        sso.expect("an address").location.as_str(),
        "https://idp.univ-exemple.example/idp/profile/SAML2/Redirect/SSO"
    );
    let logout = read.logout_by(&[binding::SOAP, binding::POST]);
    assert_eq!(
        logout.expect("an address").location.as_str(),
        "https://idp.univ-exemple.example/idp/profile/SAML2/POST/SLO"
    );
    assert!(read.resolver(2).is_some());
    // The service with this number speaks SAML 1.1.
    assert!(read.resolver(1).is_none() && read.resolver(0).is_none());
    assert_eq!(read.keys.certificates, [RSA.certificate().clone()]);
    assert_eq!(read.keys.encryption.len(), 1);
    assert_eq!(read.name_id_formats.len(), 2);
    assert_eq!(
        read.names,
        Localised::from([
            ("fr".to_owned(), "Université d’Exemple".to_owned()),
            ("en".to_owned(), "Exemple University".to_owned()),
        ])
    );
    assert_eq!(
        read.categories,
        ["http://refeds.org/category/hide-from-discovery"]
    );
    assert_eq!(
        read.supported,
        ["http://refeds.org/category/research-and-scholarship"]
    );
    assert_eq!(read.assurance, ["https://refeds.org/sirtfi"]);
    assert_eq!(
        read.registered_by.as_deref(),
        Some("https://federation.renater.fr/")
    );
    assert_eq!(read.contacts.len(), 1);
}

#[test]
fn saml_12_scopes_are_names_and_no_expressions() {
    let read = provider(&sample("renater-idp")).expect("a provider");
    assert_eq!(
        read.scopes,
        ["univ-exemple.example", "etu.univ-exemple.example"]
    );
    // An empty format, an expression, and a name that is none.
    assert_eq!(read.warnings().count(), 3);
    let xml = sample("renater-idp").replace(r#"regexp="true""#, r#"regexp="yes""#);
    let read = provider(&xml).expect("a provider");
    assert_eq!(read.scopes.len(), 2);
}

#[test]
fn adfs() {
    let read = provider(&sample("adfs")).expect("a provider");
    assert_eq!(read.sso.len(), 2);
    assert_eq!(read.keys.signing.len(), 1);
    assert!(read.scopes.is_empty() && !read.wants_signed_requests);
    assert_eq!(read.warnings().count(), 0);
}

#[test]
fn sig_06_a_provider_whose_answers_nothing_could_verify_is_none() {
    let xml = sample("renater-idp");
    let sealed = xml.replace(r#"use="signing""#, r#"use="encryption""#);
    assert_eq!(provider(&sealed).err(), Some(Problem::NoKey));
    let weak = xml.replace(
        &lines(RSA.certificate()),
        include_str!("samples/weak-certificate.txt"),
    );
    assert_eq!(provider(&weak).err(), Some(Problem::NoKey));
}

#[test]
fn saml_07_a_provider_that_cannot_be_asked_over_https_is_none() {
    let xml = sample("renater-idp");
    for (from, to) in [
        ("https://idp", "http://idp"),
        ("SingleSignOnService", "SingleSignOn"),
        ("IDPSSODescriptor", "SPSSODescriptor"),
    ] {
        assert!(
            matches!(provider(&xml.replace(from, to)), Err(Problem::Message(_))),
            "{to}"
        );
    }
}

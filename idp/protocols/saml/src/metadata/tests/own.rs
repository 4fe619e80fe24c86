//! The hub's own metadata, read as a partner reads it.

use super::*;
use crate::encryption::{Cipher, Wrapping};

#[test]
fn our_own_metadata_is_read_by_everybody() {
    let next = key(KeyKind::P256);
    let signing = [RSA.certificate().clone(), next.certificate().clone()];
    let names = Localised::from([
        ("fr".to_owned(), "ENT <é>".to_owned()),
        ("oc".to_owned(), "ENT & \"é\"".to_owned()),
    ]);
    let contacts = [Contact {
        kind: "support",
        mail: "aide@ent.example".to_owned(),
    }];
    let own = OwnMetadata {
        entity_id: "https://ent.example/saml/metadata",
        base: "https://ent.example",
        now: NOW,
        life: DAY,
        cache: Duration::from_secs(3600),
        signing: &signing,
        encryption: Some(OTHER.certificate()),
        scope: "ent.example",
        names: &names,
        home: "https://ent.example/",
        contacts: &contacts,
    };
    let xml = own.write(&RSA).expect("metadata");
    // The same again is the same: partners compare.
    assert_eq!(own.write(&RSA).as_deref(), Ok(xml.as_str()));
    let pinned = [RSA.certificate().clone()];
    let trust = Trust {
        pinned: &pinned,
        now: NOW,
        longest_life: Some(DAY * 2),
    };
    let document = Document::entity(xml.as_bytes(), &trust).expect("signed");
    let read = IdentityProvider::read(document.root()).expect("a provider");
    assert_eq!(read.entity_id, own.entity_id);
    assert_eq!(read.valid_until, Some(NOW + DAY));
    assert_eq!(read.cache_duration, Some(own.cache));
    assert_eq!(read.keys.certificates, signing);
    let [recipient] = read.keys.encryption.as_slice() else {
        panic!("one key for encryption: {:?}", read.keys)
    };
    assert_eq!(&recipient.certificate, OTHER.certificate());
    assert_eq!(
        (recipient.cipher, recipient.wrapping),
        (Cipher::Aes256Gcm, Wrapping::Oaep)
    );
    assert_eq!(read.names, names);
    assert_eq!(read.scopes, ["ent.example"]);
    assert_eq!(read.contacts, contacts);
    for wanted in [binding::REDIRECT, binding::POST] {
        let sso = read.sso_by(&[wanted]).expect("an address");
        assert_eq!(sso.location.as_str(), "https://ent.example/saml/sso");
    }
    for wanted in [binding::REDIRECT, binding::POST, binding::SOAP] {
        let logout = read.logout_by(&[wanted]).expect("an address");
        assert_eq!(logout.location.as_str(), "https://ent.example/saml/slo");
    }
    let resolver = read.resolver(0).expect("an address");
    assert_eq!(
        resolver.location.as_str(),
        "https://ent.example/saml/artifact"
    );
    assert_eq!(read.warnings().count(), 0);
    assert_eq!(
        ServiceProvider::read(document.root()).err(),
        Some(Problem::Message("it is no service of SAML 2.0"))
    );
}

#[test]
fn what_the_hub_is_as_a_service_is_read_by_everybody() {
    let next = key(KeyKind::P256);
    let signing = [RSA.certificate().clone(), next.certificate().clone()];
    let names = Localised::from([("fr".to_owned(), "ENT <é>".to_owned())]);
    let attributes = ["urn:oid:2.5.4.4".to_owned(), "ctemail".to_owned()];
    let own = OwnServiceMetadata {
        entity_id: "sp-ent-exemple",
        acs: "https://ent.example/saml/sp/x/acs",
        slo: "https://ent.example/saml/sp/x/slo",
        cache: Duration::from_secs(3600),
        signing: &signing,
        encryption: Some(OTHER.certificate()),
        name_id_format: Some(name_id::PERSISTENT),
        names: &names,
        attributes: &attributes,
    };
    let xml = own.write(&RSA).expect("metadata");
    assert_eq!(own.write(&RSA).as_deref(), Ok(xml.as_str()));
    let pinned = [RSA.certificate().clone()];
    // However long somebody has kept it.
    let trust = Trust {
        pinned: &pinned,
        now: NOW + DAY * 10_000,
        longest_life: None,
    };
    let document = Document::entity(xml.as_bytes(), &trust).expect("signed");
    let read = ServiceProvider::read(document.root()).expect("a service");
    assert_eq!(read.entity_id, own.entity_id);
    assert_eq!(read.cache_duration, Some(own.cache));
    assert_eq!(read.keys.certificates, signing);
    assert_eq!(read.keys.encryption.len(), 1);
    assert!(read.signs_requests && read.wants_signed_assertions);
    assert_eq!(read.names, names);
    assert_eq!(read.name_id_formats, [name_id::PERSISTENT]);
    let [acs] = read.acs.as_slice() else {
        panic!("one address: {:?}", read.acs)
    };
    assert_eq!(acs.location.as_str(), own.acs);
    for wanted in [binding::REDIRECT, binding::POST, binding::SOAP] {
        let logout = read.logout_by(&[wanted]).expect("an address");
        assert_eq!(logout.location.as_str(), own.slo);
    }
    assert!(xml.contains(
        r#"Name="urn:oid:2.5.4.4" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri""#
    ));
    assert!(xml.contains(
        r#"Name="ctemail" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:basic""#
    ));
    assert_eq!(read.warnings().count(), 0);
}

#[test]
fn an_entity_is_asked_for_by_its_encoded_name() {
    assert_eq!(
        query_path("https://sp.example/é?x"),
        "entities/https%3A%2F%2Fsp.example%2F%C3%A9%3Fx"
    );
    assert_eq!(query_path("../a"), "entities/..%2Fa");
    // The example of the profile.
    assert_eq!(
        query_path_by_digest("http://example.org/service"),
        "entities/%7Bsha1%7D11d72e8cf351eb6c75c721e838f469677ab41bdb"
    );
    assert_eq!(
        digest_of("http://example.org/service"),
        "11d72e8cf351eb6c75c721e838f469677ab41bdb"
    );
}

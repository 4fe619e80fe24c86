//! Metadata as partners write it, as federations publish it, and as nobody should.

use std::time::Duration;

use clau_domain::time::Timestamp;

use super::*;
use crate::error::Problem;
use crate::key::{Certificate, KeyKind, SigningKey};
use crate::message::AcsChoice;
use crate::names::{binding, ns};
use crate::signature::tests::key;
use crate::xml::{Limits, Tree};

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn service(inside: &str, certificate: &str) -> String {
    format!(
        r#"<?xml version="1.0"?>
<!-- as an operator got it by mail -->
<md:EntityDescriptor xmlns:md="{md}" xmlns:ds="{ds}" entityID="https://sp.example/saml">
  <md:Extensions>
    <mdattr:EntityAttributes xmlns:mdattr="{mdattr}">
      <saml:Attribute xmlns:saml="{saml}" Name="http://macedir.org/entity-category">
        <saml:AttributeValue>http://refeds.org/category/research-and-scholarship</saml:AttributeValue>
      </saml:Attribute>
    </mdattr:EntityAttributes>
    <mdrpi:RegistrationInfo xmlns:mdrpi="{mdrpi}" registrationAuthority="https://federation.renater.fr/"/>
  </md:Extensions>
  <md:SPSSODescriptor AuthnRequestsSigned="true" protocolSupportEnumeration="urn:oasis:names:tc:SAML:1.1:protocol {samlp}">
    <md:Extensions><mdui:UIInfo xmlns:mdui="{mdui}">
      <mdui:DisplayName xml:lang="fr">Médiathèque
         du lycée</mdui:DisplayName>
      <mdui:DisplayName xml:lang="en">Library</mdui:DisplayName>
    </mdui:UIInfo></md:Extensions>
    <md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>
      {certificate}
    </ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>
    {inside}
  </md:SPSSODescriptor>
</md:EntityDescriptor>"#,
        md = ns::MD,
        ds = ns::DS,
        mdattr = ns::MDATTR,
        mdrpi = ns::MDRPI,
        mdui = ns::MDUI,
        saml = ns::SAML,
        samlp = ns::SAMLP,
    )
}

fn acs(index: u16, binding: &str, location: &str, more: &str) -> String {
    format!(
        r#"<md:AssertionConsumerService index="{index}" Binding="{binding}" Location="{location}" {more}/>"#
    )
}

fn read(xml: &str) -> Result<ServiceProvider, Problem> {
    let tree = Tree::parse(xml.as_bytes(), &Limits::ENTITY)?;
    ServiceProvider::read(tree.root())
}

#[test]
fn a_service_is_read_as_it_is_written() {
    let certificate = key(KeyKind::Rsa2048).certificate().base64();
    let lines: Vec<String> = certificate
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let inside = [
        acs(0, binding::POST, "https://sp.example/acs", ""),
        acs(1, binding::ARTIFACT, "https://sp.example/art", ""),
        acs(2, "urn:oasis:names:tc:SAML:1.0:profiles:browser-post", "https://sp.example/old", ""),
        r#"<md:AttributeConsumingService index="7"><md:ServiceName xml:lang="fr">x</md:ServiceName>
           <md:RequestedAttribute Name="urn:oid:2.5.4.4" isRequired="true"/></md:AttributeConsumingService>"#
            .to_owned(),
    ]
    .concat();
    let read = read(&service(&inside, &lines.join("\n"))).expect("a service");
    assert_eq!(read.entity_id, "https://sp.example/saml");
    assert!(read.signs_requests && !read.wants_signed_assertions);
    assert_eq!(read.acs.len(), 2);
    assert_eq!(read.keys.signing.len(), 1);
    assert_eq!(
        read.keys.encryption.len(),
        1,
        "a key without a use is for both"
    );
    assert_eq!(read.names["fr"], "Médiathèque du lycée");
    assert_eq!(
        read.categories,
        ["http://refeds.org/category/research-and-scholarship"]
    );
    assert_eq!(
        read.registered_by.as_deref(),
        Some("https://federation.renater.fr/")
    );
    let requested = read.requested(None).expect("a list").expect("a list");
    assert_eq!(requested[0].name, "urn:oid:2.5.4.4");
    assert!(read.requested(Some(3)).is_err());
}

#[test]
fn saml_07_only_https_addresses_of_the_metadata_take_answers() {
    let certificate = key(KeyKind::P256).certificate().base64();
    for location in [
        "http://sp.example/acs",
        "javascript:alert(1)",
        "https://user@sp.example/acs",
        "//sp.example/acs",
        "https://sp.example/acs#x",
        "",
    ] {
        let xml = service(&acs(0, binding::POST, location, ""), &certificate);
        assert!(read(&xml).is_err(), "{location}");
    }
    let inside = [
        acs(
            4,
            binding::POST,
            "https://sp.example/a",
            r#"isDefault="false""#,
        ),
        acs(5, binding::POST, "https://sp.example/b", ""),
        acs(6, binding::ARTIFACT, "https://sp.example/c", ""),
    ]
    .concat();
    let service = read(&service(&inside, &certificate)).expect("a service");
    let at = |choice: AcsChoice| service.acs_for(&choice).map(|acs| acs.index);
    let location = |location: &str, binding: Option<&str>| AcsChoice::Location {
        location: location.to_owned(),
        binding: binding.map(str::to_owned),
    };
    assert_eq!(at(AcsChoice::Default { binding: None }), Some(5));
    assert_eq!(
        at(AcsChoice::Default {
            binding: Some(binding::ARTIFACT.to_owned())
        }),
        Some(6)
    );
    assert_eq!(
        at(AcsChoice::Default {
            binding: Some("x".to_owned())
        }),
        None
    );
    assert_eq!(at(AcsChoice::Index(4)), Some(4));
    assert_eq!(at(AcsChoice::Index(9)), None);
    assert_eq!(at(location("https://sp.example/a", None)), Some(4));
    assert_eq!(
        at(location("https://sp.example/a", Some(binding::ARTIFACT))),
        None
    );
    for other in [
        "https://sp.example/a/",
        "https://sp.example/A",
        "https://evil.example/a",
        "https://sp.example/a?x",
    ] {
        assert_eq!(at(location(other, None)), None, "{other}");
    }
}

#[test]
fn sig_06_a_key_that_is_too_weak_is_told_and_not_used() {
    let xml = service(&acs(0, binding::POST, "https://sp.example/a", ""), "AAAA");
    let read = read(&xml).expect("a service");
    assert!(read.keys.signing.is_empty());
    assert_eq!(read.keys.unusable.len(), 1);
}

/// A federation of `count` services, signed.
fn federation(count: usize, until: Timestamp, key: &SigningKey) -> String {
    let certificate = key.certificate().base64();
    let mut inside = String::new();
    for number in 0..count {
        let entity = service(
            &acs(0, binding::POST, "https://sp.example/a", ""),
            &certificate,
        );
        let (_, entity) = entity.split_once("-->").expect("after the comment");
        inside.push_str(&entity.replace(
            "https://sp.example/saml",
            &format!("https://sp{number}.example/é"),
        ));
    }
    let mut writer = crate::xml::Writer::new();
    writer.open(
        "md:EntitiesDescriptor",
        &[
            ("xmlns:md", ns::MD),
            ("ID", "_f"),
            ("validUntil", &until.rfc3339()),
        ],
    );
    crate::signature::place(&mut writer, "_f", key);
    writer
        .open("md:EntitiesDescriptor", &[("xmlns:x", "urn:x")])
        .element(&inside);
    crate::signature::fill(&writer.finish(), key).expect("signed")
}

fn trust(pinned: &[Certificate]) -> Trust<'_> {
    Trust {
        pinned,
        now: NOW,
        longest_life: Some(DAY * 30),
    }
}

#[test]
fn saml_11_a_federation_is_believed_when_its_key_has_signed_it_and_it_is_fresh() {
    let (key, other) = (key(KeyKind::P256), key(KeyKind::P256));
    let pinned = [other.certificate().clone(), key.certificate().clone()];
    let xml = federation(3, NOW + DAY * 9, &key);
    let document = Document::federation(xml.as_bytes(), &trust(&pinned)).expect("believed");
    let entities: Vec<Entity> = document
        .entities()
        .collect::<Result<_, _>>()
        .expect("entities");
    assert_eq!(entities.len(), 3);
    assert_eq!(entities[2].entity_id, "https://sp2.example/é");
    assert_eq!(entities[0].valid_until, Some(NOW + DAY * 9));
    for entity in &entities {
        let service = read(&entity.xml).expect("a document of its own");
        assert_eq!(service.entity_id, entity.entity_id);
    }

    let refused = |xml: &str, pinned: &[Certificate]| {
        Document::federation(xml.as_bytes(), &trust(pinned)).expect_err("refused")
    };
    assert_eq!(refused(&xml, &pinned[..1]), Problem::WrongSignature);
    assert_eq!(refused(&xml, &[]), Problem::NoKey);
    let half = xml.get(..xml.len() / 2).expect("ASCII there");
    assert!(matches!(refused(half, &pinned), Problem::Xml(_)));
    let changed = xml.replace("https://sp1.example/", "https://evil.example/");
    assert_eq!(refused(&changed, &pinned), Problem::WrongSignature);
    let start = xml.find("<ds:Signature ").expect("a signature");
    let end = xml.find("</ds:Signature>").expect("a signature") + "</ds:Signature>".len();
    let unsigned = [&xml[..start], &xml[end..]].concat();
    assert_eq!(refused(&unsigned, &pinned), Problem::Unsigned);
    for until in [NOW, NOW - DAY, NOW + DAY * 31] {
        let xml = federation(1, until, &key);
        assert!(
            matches!(refused(&xml, &pinned), Problem::Expired(_)),
            "{until}"
        );
    }
    let forever = xml.replace("validUntil", "validUntill");
    assert!(Document::federation(forever.as_bytes(), &trust(&pinned)).is_err());
}

#[test]
fn our_own_metadata_is_read_by_everybody() {
    let key = key(KeyKind::Rsa2048);
    let certificate = key.certificate().clone();
    let names = Localised::from([("fr".to_owned(), "ENT <é>".to_owned())]);
    let own = OwnMetadata {
        entity_id: "https://ent.example/saml/metadata",
        base: "https://ent.example",
        now: NOW,
        life: DAY,
        cache: Duration::from_secs(3600),
        signing: std::slice::from_ref(&certificate),
        encryption: Some(&certificate),
        scope: "ent.example",
        names: &names,
        home: "https://ent.example/",
        contacts: &[],
    };
    let xml = own.write(&key).expect("metadata");
    let pinned = [certificate];
    let document = Document::entity(xml.as_bytes(), &trust(&pinned)).expect("signed");
    assert_eq!(document.cache_duration(), Some(Duration::from_secs(3600)));
    assert_eq!(document.valid_until(), Some(NOW + DAY));
    assert!(xml.contains("ENT &lt;é&gt;"));
}

#[test]
fn an_entity_is_asked_for_by_its_encoded_name() {
    assert_eq!(
        query_path("https://sp.example/é?x"),
        "entities/https%3A%2F%2Fsp.example%2F%C3%A9%3Fx"
    );
}

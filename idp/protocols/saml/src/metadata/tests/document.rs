//! Documents and whether they are believed: one that `xmlsec1` has signed, with everything in it that people
//! put there, and what somebody could make of such a one.

use super::*;
use crate::signature;
use crate::xml::Writer;

const FEDERATION: &str = include_str!("samples/federation.xml");

fn federation_certificate() -> Certificate {
    Certificate::from_pem(include_str!("samples/federation.pem")).expect("a certificate")
}

fn trust(pinned: &[Certificate]) -> Trust<'_> {
    Trust {
        pinned,
        now: NOW,
        longest_life: Some(DAY * 30),
    }
}

fn entities(xml: &str, pinned: &[Certificate]) -> Result<Vec<Entity>, Problem> {
    let document = Document::federation(xml.as_bytes(), &trust(pinned))?;
    let entities: Vec<Entity> = document.entities().collect::<Result<_, _>>()?;
    assert_eq!(document.count(), entities.len());
    Ok(entities)
}

/// A federation of `services`, signed.
fn federation(services: usize, until: Option<Timestamp>, key: &SigningKey) -> String {
    let sample = FederationForTests {
        valid_until: until,
        services,
        bytes: 8_000,
        certificate: RSA.certificate(),
    };
    sample.write(key).expect("signed")
}

/// A document with `inside`, signed as whoever publishes it would.
fn signed(attributes: &[(&str, &str)], inside: &str, key: &SigningKey) -> String {
    let until = (NOW + DAY).rfc3339();
    let mut all = vec![("xmlns:md", ns::MD), ("ID", "_f"), ("validUntil", &until)];
    all.extend(attributes);
    let mut writer = Writer::new();
    writer.open("md:EntitiesDescriptor", &all);
    signature::place(&mut writer, "_f", key);
    writer.element(inside);
    signature::fill(&writer.finish(), key).expect("signed")
}

/// Where the first signature of a document stands.
fn signature_in(xml: &str) -> std::ops::Range<usize> {
    let start = xml.find("<ds:Signature").expect("a signature");
    let end = xml.find("</ds:Signature>").expect("a signature");
    start..end + "</ds:Signature>".len()
}

fn without_signature(xml: &str) -> String {
    let signature = signature_in(xml);
    [&xml[..signature.start], &xml[signature.end..]].concat()
}

#[test]
fn saml_11_what_a_federation_signs_with_xmlsec1_is_read() {
    let pinned = [federation_certificate()];
    let entities = entities(FEDERATION, &pinned).expect("believed");
    let found: Vec<(&str, Option<Timestamp>)> = entities
        .iter()
        .map(|entity| (entity.entity_id.as_str(), entity.valid_until))
        .collect();
    let hour = Duration::from_secs(3600);
    assert_eq!(
        found,
        [
            ("https://une.example/sp", Some(NOW + DAY * 9)),
            // The date of the group, which is in another zone, and the entity's own.
            ("https://deux.example/sp", Some(NOW + DAY * 7 - hour)),
            ("https://trois.example/sp", Some(NOW + DAY * 6)),
        ]
    );
    let read: Vec<ServiceProvider> = entities
        .iter()
        .map(|entity| service(&entity.xml).expect("a document of its own"))
        .collect();
    for (service, entity) in read.iter().zip(&entities) {
        assert_eq!(service.entity_id, entity.entity_id);
    }
    assert_eq!(read[0].names["fr"], "Une <première & seule>");
    assert_eq!(
        read[0].acs[0].location.as_str(),
        "https://une.example/acs?a=1&b=\"2\""
    );
    assert_eq!(read[0].keys.encryption.len(), 1);
    assert_eq!(read[0].categories.len(), 1);
    let document = Document::federation(FEDERATION.as_bytes(), &trust(&pinned)).expect("believed");
    assert_eq!(document.cache_duration(), Some(hour));
    assert_eq!(document.valid_until(), Some(NOW + DAY * 9));
}

/// What is kept of an entity has the canonical form that was signed, byte for byte.
fn assert_split_is_what_was_signed(document: &Document<'_>) {
    let mut nodes = document.root().descendants().filter(|node| {
        let holder = node.parent();
        node.is(ns::MD, "EntityDescriptor")
            && holder.is_none_or(|holder| holder.is(ns::MD, "EntitiesDescriptor"))
    });
    for entity in document.entities() {
        let entity = entity.expect("an entity");
        let node = nodes.next().expect("as many");
        let alone = Tree::parse(entity.xml.as_bytes(), &Limits::ENTITY).expect("a document");
        let whole = signature::canonical(document.tree(), node).expect("canonical");
        let split = signature::canonical(&alone, alone.root()).expect("canonical");
        assert_eq!(
            String::from_utf8_lossy(&split),
            String::from_utf8_lossy(&whole)
        );
    }
    assert_eq!(nodes.count(), 0);
}

#[test]
fn sig_08_an_entity_that_is_kept_is_the_one_that_was_signed() {
    let pinned = [federation_certificate()];
    let document = Document::federation(FEDERATION.as_bytes(), &trust(&pinned)).expect("believed");
    assert_split_is_what_was_signed(&document);

    // Every way to declare a namespace around an entity.
    let inside = r#"<md:EntitiesDescriptor xmlns="urn:a" xmlns:p="urn:p" xmlns:q="urn:q&amp;&lt;&quot;'&#10;x">
        <md:EntityDescriptor entityID="a" xmlns:p="urn:inner"><p:x q:y="1"><z/></p:x></md:EntityDescriptor>
        <md:EntityDescriptor entityID="b" xmlns=""><x p:y="1"/></md:EntityDescriptor>
        <md:EntitiesDescriptor xmlns="" xmlns:r="urn:r"><md:EntityDescriptor
            entityID="c"><x r:y="1"/></md:EntityDescriptor></md:EntitiesDescriptor>
        <EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="d"/>
        <q:EntityDescriptor entityID="e"/>
        </md:EntitiesDescriptor>"#;
    let key = key(KeyKind::P256);
    let xml = signed(
        &[("xmlns:q", "urn:outer"), ("xmlns:xml", ns::XML)],
        inside,
        &key,
    );
    let pinned = [key.certificate().clone()];
    let document = Document::federation(xml.as_bytes(), &trust(&pinned)).expect("believed");
    assert_split_is_what_was_signed(&document);
    let names: Vec<String> = document
        .entities()
        .map(|entity| entity.expect("an entity").entity_id)
        .collect();
    assert_eq!(names, ["a", "b", "c", "d"]);
}

#[test]
fn saml_11_a_federation_is_believed_when_its_key_has_signed_it_and_it_is_fresh() {
    let (key, other) = (key(KeyKind::P256), key(KeyKind::P256));
    let pinned = [other.certificate().clone(), key.certificate().clone()];
    let xml = federation(3, Some(NOW + DAY * 9), &key);
    let found = entities(&xml, &pinned).expect("believed");
    assert_eq!(found.len(), 3);
    for (number, entity) in found.iter().enumerate() {
        assert_eq!(entity.entity_id, FederationForTests::entity_id(number));
        assert_eq!(entity.valid_until, Some(NOW + DAY * 9));
        let service = service(&entity.xml).expect("a document of its own");
        assert_eq!(service.entity_id, entity.entity_id);
        assert_eq!((service.acs.len(), service.warnings().count()), (3, 0));
    }

    let refused = |xml: &str, pinned: &[Certificate]| entities(xml, pinned).expect_err("refused");
    assert_eq!(refused(&xml, &pinned[..1]), Problem::WrongSignature);
    assert_eq!(refused(&xml, &[]), Problem::NoKey);
    let rsa = [RSA.certificate().clone()];
    assert_eq!(refused(&xml, &rsa), Problem::WrongSignature);
    let weak = Certificate::from_base64(include_str!("samples/weak-certificate.txt"));
    let weak = [key.certificate().clone(), weak.expect("Base64")];
    assert!(matches!(refused(&xml, &weak), Problem::Key(_)));
    for (from, to) in [
        ("https://service1.", "https://evil1."),
        ("isRequired=\"true\"", "isRequired=\"false\""),
        ("cacheDuration", "validFrom"),
    ] {
        assert!(xml.contains(from), "{from}");
        let changed = xml.replacen(from, to, 1);
        assert_eq!(refused(&changed, &pinned), Problem::WrongSignature);
    }
    assert_eq!(
        refused(&without_signature(&xml), &pinned),
        Problem::Unsigned
    );
    for until in [NOW, NOW - DAY, NOW + DAY * 31] {
        let xml = federation(1, Some(until), &key);
        let problem = refused(&xml, &pinned);
        assert!(matches!(problem, Problem::Expired(_)), "{until}: {problem}");
    }
    let forever = federation(1, None, &key);
    assert!(matches!(refused(&forever, &pinned), Problem::Expired(_)));
    // One who need not say until when does not say it, and is believed as long as nobody says otherwise.
    let lasting = Trust {
        longest_life: None,
        ..trust(&pinned)
    };
    assert!(Document::federation(forever.as_bytes(), &lasting).is_ok());
}

#[test]
fn saml_11_what_is_cut_off_is_refused_wherever() {
    let pinned = [federation_certificate()];
    let end = FEDERATION
        .rfind("</md:EntitiesDescriptor>")
        .expect("the end");
    let end = end + "</md:EntitiesDescriptor>".len();
    assert!(entities(&FEDERATION[..end], &pinned).is_ok());
    for end in (0..end).filter(|end| FEDERATION.is_char_boundary(*end)) {
        assert!(entities(&FEDERATION[..end], &pinned).is_err(), "{end}");
    }
}

#[test]
fn saml_11_there_is_an_end_to_entities_and_bytes() {
    let key = key(KeyKind::P256);
    let pinned = [key.certificate().clone()];
    let many = |count: usize| -> String {
        let one = |number| format!(r#"<md:EntityDescriptor entityID="{number}"/>"#);
        signed(&[], &(0..count).map(one).collect::<String>(), &key)
    };
    let most = super::super::document::MOST_ENTITIES;
    assert_eq!(
        entities(&many(most), &pinned).map(|all| all.len()),
        Ok(most)
    );
    assert_eq!(
        entities(&many(most + 1), &pinned),
        Err(Problem::TooLarge("entities"))
    );
    let large = vec![b' '; Limits::FEDERATION.bytes + 1];
    let problem = Document::federation(&large, &trust(&pinned)).err();
    assert_eq!(problem, Some(Problem::TooLarge("bytes")));
    let large = vec![b' '; Limits::ENTITY.bytes + 1];
    let problem = Document::entity(&large, &given(NOW)).err();
    assert_eq!(problem, Some(Problem::TooLarge("bytes")));
}

#[test]
fn saml_11_a_federation_names_each_entity_once_and_all_of_them() {
    let key = key(KeyKind::P256);
    let pinned = [key.certificate().clone()];
    let one = r#"<md:EntityDescriptor entityID="a"/>"#;
    let group = format!("<md:EntitiesDescriptor>{one}</md:EntitiesDescriptor>");
    for (inside, expected) in [
        (String::new(), Ok(0)),
        (one.to_owned(), Ok(1)),
        (
            [one, &group].concat(),
            Err(Problem::Message("two entities with one name")),
        ),
        (
            "<md:EntityDescriptor/>".to_owned(),
            Err(Problem::Message("an entity has no name")),
        ),
        (
            r#"<md:EntityDescriptor entityID="a" validUntil="x"/>"#.to_owned(),
            Err(Problem::Message(
                "an instant is not one of XML Schema in UTC",
            )),
        ),
    ] {
        let found = entities(&signed(&[], &inside, &key), &pinned);
        assert_eq!(found.map(|all| all.len()), expected, "{inside}");
    }
    // One entity is no federation, and the other way round.
    let trust = trust(&pinned);
    let xml = signed(&[], one, &key);
    assert!(Document::entity(xml.as_bytes(), &trust).is_err());
    let lone = sample("mellon");
    assert!(Document::federation(lone.as_bytes(), &trust).is_err());
}

/// One entity with a signature over it.
fn signed_entity(key: &SigningKey) -> String {
    let mut writer = Writer::new();
    writer.open(
        "md:EntityDescriptor",
        &[
            ("xmlns:md", ns::MD),
            ("ID", "_e"),
            ("entityID", "https://sp.example/saml"),
        ],
    );
    signature::place(&mut writer, "_e", key);
    writer
        .open(
            "md:SPSSODescriptor",
            &[("protocolSupportEnumeration", ns::SAMLP)],
        )
        .element(&acs(0, binding::POST, "https://sp.example/acs", ""));
    signature::fill(&writer.finish(), key).expect("signed")
}

#[test]
fn saml_11_one_entity_is_believed_by_any_of_the_keys_that_are_pinned() {
    let (old, new) = (key(KeyKind::P256), key(KeyKind::Rsa2048));
    let both = [old.certificate().clone(), new.certificate().clone()];
    let read = |xml: &str, pinned: &[Certificate]| {
        let trust = Trust {
            pinned,
            ..given(NOW)
        };
        Document::entity(xml.as_bytes(), &trust).map(drop)
    };
    for key in [&old, &new] {
        let xml = signed_entity(key);
        assert_eq!(read(&xml, &both), Ok(()));
        assert_eq!(read(&xml, &[key.certificate().clone()]), Ok(()));
        assert_eq!(
            read(&xml, &[OTHER.certificate().clone()]),
            Err(Problem::WrongSignature)
        );
        assert_eq!(
            read(&without_signature(&xml), &both),
            Err(Problem::Unsigned)
        );
        let changed = xml.replace("sp.example/acs", "evil.example/acs");
        assert_eq!(read(&changed, &both), Err(Problem::WrongSignature));
        // Where an operator vouches for it nobody asks who has signed it.
        assert_eq!(read(&changed, &[]), Ok(()));
    }
}

#[test]
fn an_answer_is_about_the_entity_that_was_asked_for() {
    let xml = sample("renater");
    let document = Document::entity(xml.as_bytes(), &given(NOW)).expect("metadata");
    let asked = "https://orientation.univ-exemple.example/shibboleth";
    assert_eq!(document.is_about(asked), Ok(()));
    for other in [
        "https://orientation.univ-exemple.example/shibboleth/",
        "https://ORIENTATION.univ-exemple.example/shibboleth",
        "",
    ] {
        assert!(matches!(document.is_about(other), Err(Problem::Refused(_))));
    }
}

#[test]
fn sig_01_a_signature_counts_on_the_root_and_there_is_no_other() {
    let key = key(KeyKind::P256);
    let pinned = [key.certificate().clone()];
    let refused = |xml: &str| {
        let problem = entities(xml, &pinned).expect_err("refused");
        assert!(
            matches!(problem, Problem::Signature(_) | Problem::WrongSignature),
            "{problem}: {xml}"
        );
    };
    let good = signed(&[], r#"<md:EntityDescriptor entityID="a"/>"#, &key);
    assert!(entities(&good, &pinned).is_ok());
    let until = (NOW + DAY).rfc3339();
    let evil = r#"<md:EntityDescriptor entityID="evil"/>"#;
    let wrapped = |first: &str, second: &str| {
        format!(
            r#"<md:EntitiesDescriptor xmlns:md="{}" ID="_w" validUntil="{until}">{first}{second}</md:EntitiesDescriptor>"#,
            ns::MD
        )
    };
    // The good one within another, before and after what was never signed.
    refused(&wrapped(&good, evil));
    refused(&wrapped(evil, &good));
    // The same, with the signature moved to the root, about the group or about the root.
    let signature = good[signature_in(&good)].to_owned();
    let unsigned = without_signature(&good);
    refused(&wrapped(&signature, &[&unsigned, evil].concat()));
    refused(&wrapped(
        &signature.replace("#_f", "#_w"),
        &[&unsigned, evil].concat(),
    ));
    // Two elements with the identifier that was signed.
    refused(&wrapped(&signature, &[&unsigned, evil].concat()).replace("_w", "_f"));
    // A second signature, on the root and on an entity that brings its own.
    let at = signature_in(&good).end;
    refused(&[&good[..at], &signature, &good[at..]].concat());
    let entity = signed_entity(&key);
    refused(&signed(&[], &entity, &key));
    // Behind the first entity, and in the extensions.
    let end = unsigned.rfind("</md:EntitiesDescriptor>").expect("the end");
    refused(&[&unsigned[..end], &signature, &unsigned[end..]].concat());
    let extensions = format!("<md:Extensions>{signature}</md:Extensions>");
    let start = signature_in(&good).start;
    refused(&[&unsigned[..start], &extensions, &unsigned[start..]].concat());
}

#[test]
fn sig_02_the_signature_of_a_federation_is_about_the_root_by_its_identifier() {
    let pinned = [federation_certificate()];
    for (from, to) in [
        ("URI=\"#federation-20261123\"", "URI=\"\""),
        ("URI=\"#federation-20261123\"", ""),
        (
            "URI=\"#federation-20261123\"",
            "URI=\"federation-20261123\"",
        ),
        ("URI=\"#federation-20261123\"", "URI=\"#xpointer(/)\""),
        (
            "URI=\"#federation-20261123\"",
            "URI=\"#xpointer(id('federation-20261123'))\"",
        ),
        ("ID=\"federation-20261123\"", ""),
        (
            "entityID=\"https://une",
            "ID=\"federation-20261123\" entityID=\"https://une",
        ),
        (
            "entityID=\"https://une",
            "Id=\"federation-20261123\" entityID=\"https://une",
        ),
        (
            "entityID=\"https://une",
            "xml:id=\"federation-20261123\" entityID=\"https://une",
        ),
    ] {
        assert!(FEDERATION.contains(from));
        let xml = FEDERATION.replacen(from, to, 1);
        let problem = entities(&xml, &pinned).expect_err("refused");
        assert!(
            matches!(problem, Problem::Signature(_) | Problem::WrongSignature),
            "{to}: {problem}"
        );
    }
}

#[test]
fn sig_04_and_sig_05_a_federation_signs_as_everybody_does() {
    let pinned = [federation_certificate()];
    let exclusive =
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    for (from, to) in [
        ("xmldsig-more#rsa-sha256", "xmldsig-more#hmac-sha256"),
        (
            "2001/04/xmldsig-more#rsa-sha256",
            "2000/09/xmldsig#rsa-sha1",
        ),
        (
            "2001/04/xmldsig-more#rsa-sha256",
            "2001/04/xmldsig-more#ecdsa-sha256",
        ),
        ("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1"),
        (
            exclusive,
            "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\"/>",
        ),
        (
            exclusive,
            "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#WithComments\"/>",
        ),
        (
            "2000/09/xmldsig#enveloped-signature",
            "TR/1999/REC-xpath-19991116",
        ),
        ("PrefixList=\"xs\"", "PrefixList=\"xs xsi\""),
    ] {
        assert!(FEDERATION.contains(from), "{from}");
        let xml = FEDERATION.replacen(from, to, 1);
        let problem = entities(&xml, &pinned).expect_err("refused");
        assert!(
            matches!(problem, Problem::Signature(_) | Problem::WrongSignature),
            "{to}: {problem}"
        );
    }
}

#[test]
fn sig_06_the_key_of_a_federation_is_the_pinned_one() {
    // Somebody else signs, with a certificate in the document as everybody has it there.
    let xml = federation(1, Some(NOW + DAY), &OTHER);
    assert!(xml.contains(&OTHER.certificate().base64()));
    assert_eq!(
        entities(&xml, &[federation_certificate()]),
        Err(Problem::WrongSignature)
    );
}

#[test]
fn xml_04_comments_are_nothing_in_metadata() {
    let inside = acs(0, binding::POST, "https://sp.example/acs", "");
    let xml = written(
        "",
        &format!("<md:NameIDFormat>urn:a<!-- x -->b<?y z?><![CDATA[c]]></md:NameIDFormat>{inside}"),
    );
    let read = service(&xml).expect("a service");
    assert_eq!(read.name_id_formats, ["urn:abc"]);
    // In a signed document they are not signed, and change nothing that is read.
    let pinned = [federation_certificate()];
    let before = entities(FEDERATION, &pinned).expect("believed");
    let xml = FEDERATION.replace(
        "<!-- un groupe -->",
        "<!-- <md:EntityDescriptor entityID='x'/> -->",
    );
    assert_eq!(entities(&xml, &pinned), Ok(before));
    let xml = FEDERATION.replace("Une &lt;", "Une<!-- x --> &lt;");
    let read = entities(&xml, &pinned).expect("believed");
    let name = service(&read[0].xml).expect("a service").names["fr"].clone();
    assert_eq!(name, "Une <première & seule>");
}

#[test]
fn xml_02_and_xml_07_no_declarations_and_no_other_encodings_in_metadata() {
    let pinned = [federation_certificate()];
    let declared =
        |declaration: &str| FEDERATION.replacen("<!-- Sign", &format!("{declaration}<!-- Sign"), 1);
    for xml in [
        declared("<!DOCTYPE x>"),
        declared("<!DOCTYPE x [<!ENTITY a \"b\">]>"),
        FEDERATION.replace("encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\""),
        FEDERATION.replace("Une &lt;", "Une &lieu;"),
    ] {
        let problem = entities(&xml, &pinned).expect_err("refused");
        assert!(matches!(problem, Problem::Xml(_)), "{problem}");
    }
    let latin: Vec<u8> = FEDERATION
        .chars()
        .map(|c| u8::try_from(c).unwrap_or(b'?'))
        .collect();
    assert!(Document::federation(&latin, &trust(&pinned)).is_err());
}

#[test]
fn xml_03_metadata_has_no_depth_without_end() {
    let deep = |count: usize| {
        let open = "<md:EntitiesDescriptor>".repeat(count);
        let close = "</md:EntitiesDescriptor>".repeat(count);
        format!(
            r#"<md:EntitiesDescriptor xmlns:md="{}" validUntil="{}">{open}{close}</md:EntitiesDescriptor>"#,
            ns::MD,
            (NOW + DAY).rfc3339()
        )
    };
    let pinned = [federation_certificate()];
    assert_eq!(entities(&deep(62), &pinned), Err(Problem::Unsigned));
    assert_eq!(
        entities(&deep(64), &pinned),
        Err(Problem::TooLarge("depth"))
    );
}

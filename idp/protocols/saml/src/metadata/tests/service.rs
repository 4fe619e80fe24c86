//! Service providers: as Shibboleth, SimpleSAMLphp, mod_auth_mellon, AD FS and a federation describe them, and
//! what is not taken from anybody.

use super::*;
use crate::encryption::{Cipher, Wrapping};
use crate::message::AcsChoice;
use crate::names::name_id;

const WEAK: &str = include_str!("samples/weak-certificate.txt");

fn default_location(service: &ServiceProvider) -> &str {
    let acs = service.acs_for(&AcsChoice::Default { binding: None });
    acs.expect("an address").location.as_str()
}

#[test]
fn shibboleth() {
    let read = service(&sample("shibboleth")).expect("a service");
    assert_eq!(read.entity_id, "https://transports.example/shibboleth");
    assert_eq!((read.valid_until, read.cache_duration), (None, None));
    assert!(!read.signs_requests && !read.wants_signed_assertions);
    let bindings: Vec<&str> = read.acs.iter().map(|acs| acs.binding.as_str()).collect();
    assert_eq!(bindings, [binding::PAOS, binding::POST, binding::ARTIFACT]);
    // The one for programs stands first; a browser is not sent there.
    assert_eq!(
        default_location(&read),
        "https://transports.example/Shibboleth.sso/SAML2/POST"
    );
    let paos = AcsChoice::Default {
        binding: Some(binding::PAOS.to_owned()),
    };
    assert_eq!(read.acs_for(&paos).expect("an address").index, 1);
    assert_eq!(read.keys.certificates, [RSA.certificate().clone()]);
    let [recipient] = read.keys.encryption.as_slice() else {
        panic!("one key for encryption: {:?}", read.keys)
    };
    assert_eq!(&recipient.certificate, OTHER.certificate());
    assert_eq!(
        (recipient.cipher, recipient.wrapping),
        (Cipher::Aes256Gcm, Wrapping::Oaep)
    );
    assert_eq!(read.artifact_resolution[0].index, 1);
    assert_eq!(
        read.artifact_resolution[0].location.as_str(),
        "https://transports.example/Shibboleth.sso/Artifact/SOAP"
    );
    let logout = read.logout_by(&[binding::SOAP, binding::REDIRECT]);
    assert_eq!(
        logout.expect("an address").location.as_str(),
        "https://transports.example/Shibboleth.sso/SLO/SOAP"
    );
    assert!(read.names.is_empty() && read.contacts.is_empty());
    assert_eq!(read.warnings().count(), 0);
}

#[test]
fn simplesamlphp() {
    let read = service(&sample("simplesamlphp")).expect("a service");
    assert!(read.signs_requests && read.wants_signed_assertions);
    assert_eq!(read.acs.len(), 2);
    assert_eq!(read.names["fr"], "Bourses & aides aux familles");
    assert_eq!(read.names["oc"], "Borsas e ajudas a las familhas");
    assert_eq!(read.name_id_formats, [name_id::TRANSIENT]);
    // The old key and the new one.
    let signing = [OTHER.certificate().clone(), RSA.certificate().clone()];
    assert_eq!(read.keys.certificates, signing);
    assert_eq!(read.keys.signing.len(), 2);
    assert_eq!(read.keys.encryption.len(), 1);
    // Logout by SOAP would go over http: it is as if it were not there, and the operator hears of it.
    assert!(read.logout_by(&[binding::SOAP]).is_none());
    assert_eq!(read.warnings().count(), 1);
    let logout = read.logout_by(&[binding::SOAP, binding::REDIRECT]);
    let logout = logout.expect("an address");
    assert_eq!(
        logout.for_responses().as_str(),
        "https://bourses.example/simplesaml/logout-done"
    );
    assert_ne!(logout.location.as_str(), logout.for_responses().as_str());
    let requested = read.requested(None).expect("known").expect("a list");
    let requested: Vec<(&str, bool)> = requested
        .iter()
        .map(|attribute| (attribute.name.as_str(), attribute.is_required))
        .collect();
    assert_eq!(requested, [("ENTPersonLogin", true), ("mail", false)]);
    assert_eq!(
        read.contacts,
        [Contact {
            kind: "technical",
            mail: "web@region.example".to_owned()
        }]
    );
}

#[test]
fn mellon() {
    let read = service(&sample("mellon")).expect("a service");
    assert_eq!(
        read.entity_id,
        "https://restauration.example/mellon/metadata"
    );
    assert_eq!(read.acs.len(), 3);
    assert_eq!(
        default_location(&read),
        "https://restauration.example/mellon/postResponse"
    );
    assert_eq!(read.keys.signing.len(), 1);
    assert_eq!(read.keys.encryption.len(), 1);
    assert_eq!(read.warnings().count(), 0);
}

#[test]
fn adfs() {
    let read = service(&sample("adfs")).expect("a service");
    // A name is a name, whatever it looks like.
    assert_eq!(
        read.entity_id,
        "http://adfs.academie.example/adfs/services/trust"
    );
    assert_eq!(read.acs.len(), 2);
    assert_eq!(
        default_location(&read),
        "https://adfs.academie.example/adfs/ls/"
    );
    // The keys of another role are not this one's.
    assert_eq!(read.keys.certificates, [RSA.certificate().clone()]);
    assert_eq!(read.keys.encryption.len(), 1);
    assert_eq!(read.name_id_formats[0], name_id::EMAIL);
    // What is in a signature that nobody has verified is no key of anybody.
    let xml = sample("adfs");
    let (head, tail) = xml.split_once("<RoleDescriptor").expect("a role");
    let unkeyed = format!("{head}<Unknown{tail}")
        .replace("</RoleDescriptor>", "</Unknown>")
        .replace("<KeyDescriptor", "<NoKeyDescriptor")
        .replace("</KeyDescriptor>", "</NoKeyDescriptor>");
    let read = service(&unkeyed).expect("a service");
    assert!(read.keys.signing.is_empty());
}

#[test]
fn renater() {
    let read = service(&sample("renater")).expect("a service");
    assert_eq!(read.valid_until, Some(NOW + DAY * 9));
    // The role's is the shorter one.
    assert_eq!(read.cache_duration, Some(Duration::from_secs(3600)));
    assert_eq!(
        read.names,
        Localised::from([
            ("fr".to_owned(), "S’orienter à l’université".to_owned()),
            ("en".to_owned(), "Finding your way to university".to_owned()),
        ])
    );
    // An address that is not https is not one that people are sent to.
    let information: Vec<(&str, &str)> = read
        .information
        .iter()
        .map(|(language, url)| (language.as_str(), url.as_str()))
        .collect();
    assert_eq!(
        information,
        [("fr", "https://orientation.univ-exemple.example/aide")]
    );
    assert_eq!(
        read.privacy["fr"].as_str(),
        "https://orientation.univ-exemple.example/donnees"
    );
    assert_eq!(
        read.categories,
        [
            "http://refeds.org/category/research-and-scholarship",
            "http://www.geant.net/uri/dataprotection-code-of-conduct/v1",
        ]
    );
    assert_eq!(read.subject_id.as_deref(), Some("pairwise-id"));
    assert_eq!(
        read.registered_by.as_deref(),
        Some("https://federation.renater.fr/")
    );
    // Keys without a use are for both.
    assert_eq!(read.keys.signing.len(), 2);
    assert_eq!(read.keys.encryption.len(), 2);
    assert_eq!(
        default_location(&read),
        "https://www.orientation.univ-exemple.example/Shibboleth.sso/SAML2/POST"
    );
    let mails: Vec<(&str, &str)> = read
        .contacts
        .iter()
        .map(|contact| (contact.kind, contact.mail.as_str()))
        .collect();
    assert_eq!(
        mails,
        [
            ("technical", "dsi@univ-exemple.example"),
            ("technical", "reseau@univ-exemple.example"),
        ]
    );
    let list = |index| read.requested(index).expect("known").expect("a list");
    assert_eq!(list(None)[0].name, "urn:oid:1.3.6.1.4.1.7135.1.2.1.14");
    assert_eq!(list(Some(1)).len(), 2);
    assert!(matches!(read.requested(Some(3)), Err(Problem::Refused(_))));
}

#[test]
fn saml_11_one_entity_is_good_until_its_date_and_no_longer() {
    let xml = sample("renater");
    let at = |now| Document::entity(xml.as_bytes(), &given(now)).map(|it| it.valid_until());
    let until = NOW + DAY * 9;
    assert_eq!(at(until - Duration::from_millis(1)), Ok(Some(until)));
    assert!(matches!(at(until), Err(Problem::Expired(_))));
    // The date of the role counts as much, for whoever asks for the role.
    let inside = acs(0, binding::POST, "https://sp.example/acs", "");
    let xml = written(r#"validUntil="2026-11-24T09:00:00+01:00""#, &inside);
    assert_eq!(
        service(&xml).expect("a service").valid_until,
        Some(NOW + DAY)
    );
    let xml = written(r#"validUntil="tomorrow""#, &inside);
    assert!(matches!(service(&xml), Err(Problem::Message(_))));
}

#[test]
fn saml_07_only_https_addresses_of_the_metadata_take_answers() {
    for location in [
        "http://sp.example/acs",
        "http://localhost/acs",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user@sp.example/acs",
        "https://sp.example\\@evil.example/acs",
        "//sp.example/acs",
        "/acs",
        "https://sp.example/a/../acs",
        "https://sp.example/acs#x",
        "https://",
        "",
    ] {
        let xml = written("", &acs(0, binding::POST, location, ""));
        assert!(
            matches!(service(&xml), Err(Problem::Message(_))),
            "{location}"
        );
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
        acs(7, binding::REDIRECT, "https://sp.example/d", ""),
        acs(8, binding::POST, "http://sp.example/e", ""),
    ]
    .concat();
    let service = service(&written("", &inside)).expect("a service");
    assert_eq!(service.acs.len(), 3);
    assert_eq!(service.warnings().count(), 1);
    let at = |choice: AcsChoice| service.acs_for(&choice).map(|acs| acs.index);
    let location = |location: &str, binding: Option<&str>| AcsChoice::Location {
        location: location.to_owned(),
        binding: binding.map(str::to_owned),
    };
    let default = |binding: Option<&str>| AcsChoice::Default {
        binding: binding.map(str::to_owned),
    };
    assert_eq!(at(default(None)), Some(5));
    assert_eq!(at(default(Some(binding::ARTIFACT))), Some(6));
    assert_eq!(at(default(Some("x"))), None);
    assert_eq!(at(default(Some(binding::REDIRECT))), None);
    assert_eq!(at(AcsChoice::Index(4)), Some(4));
    for unknown in [0, 7, 8, 9] {
        assert_eq!(at(AcsChoice::Index(unknown)), None);
    }
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
        "https://sp.example/d",
        "http://sp.example/e",
        "",
    ] {
        assert_eq!(at(location(other, None)), None, "{other}");
    }
}

#[test]
fn the_default_is_what_says_so_else_the_first_that_does_not_say_no_else_the_first() {
    for (said, expected) in [
        (["", "", ""], 0),
        (["", r#"isDefault="true""#, ""], 1),
        ([r#"isDefault="0""#, "", r#"isDefault="1""#], 2),
        ([r#"isDefault="false""#, "", ""], 1),
        ([r#"isDefault="false""#; 3], 0),
        ([r#"isDefault="true""#; 3], 0),
    ] {
        let inside: String = (0..3u16)
            .zip(said)
            .map(|(index, said)| {
                let location = format!("https://sp.example/{index}");
                acs(index, binding::POST, &location, said)
            })
            .collect();
        let service = service(&written("", &inside)).expect("a service");
        assert_eq!(
            default_location(&service),
            format!("https://sp.example/{expected}"),
            "{said:?}"
        );
    }
}

#[test]
fn a_service_of_programs_alone_is_one() {
    let inside = acs(0, binding::PAOS, "https://sp.example/paos", "");
    let service = service(&written("", &inside)).expect("a service");
    assert_eq!(default_location(&service), "https://sp.example/paos");
}

#[test]
fn what_is_no_service_is_refused_with_its_reason() {
    let good = acs(0, binding::POST, "https://sp.example/acs", "");
    let xml = written("", &good);
    assert!(service(&xml).is_ok());
    let long = "x".repeat(1025);
    for (what, xml) in [
        ("no name", xml.replace("entityID", "entityId")),
        ("an empty name", xml.replace("https://sp.example/saml", " ")),
        ("a long name", xml.replace("https://sp.example/saml", &long)),
        (
            "another namespace",
            xml.replace(ns::MD, "urn:example:metadata"),
        ),
        (
            "SAML 1.1 alone",
            xml.replace(ns::SAMLP, "urn:oasis:names:tc:SAML:1.1:protocol"),
        ),
        ("another role", xml.replace("SPSSO", "IDPSSO")),
        (
            "a group",
            xml.replace("EntityDescriptor", "EntitiesDescriptor"),
        ),
        (
            "nowhere to answer",
            xml.replace("AssertionConsumer", "Assertion"),
        ),
        ("no number", xml.replace("index=", "number=")),
        (
            "a number too large",
            xml.replace(r#"index="0""#, r#"index="65536""#),
        ),
        ("no binding", xml.replace("Binding=", "binding=")),
        (
            "neither true nor false",
            written(r#"AuthnRequestsSigned="yes""#, &good),
        ),
        (
            "a key without anything",
            written("", &format!("<md:KeyDescriptor/>{good}")),
        ),
        ("nothing", String::new()),
        ("no XML", "metadata".to_owned()),
        ("half of it", xml[..xml.len() / 2].to_owned()),
    ] {
        let problem = service(&xml).err().unwrap_or_else(|| panic!("{what}"));
        let told = matches!(problem, Problem::Message(_) | Problem::Xml(_));
        assert!(told, "{what}: {problem}");
    }
}

#[test]
fn sig_05_an_rsa_key_under_2048_bits_is_no_key_of_anybody() {
    let weak = Certificate::from_base64(WEAK).expect("Base64");
    assert_eq!(
        weak.key().err(),
        Some(Problem::Key("an RSA key has fewer than 2048 bits"))
    );
}

#[test]
fn sig_06_keys_that_cannot_be_used_are_told_and_the_others_are_used() {
    let good = acs(0, binding::POST, "https://sp.example/acs", "");
    let rsa = RSA.certificate().base64();
    let ec = key(KeyKind::P256).certificate().base64();
    let read = |keys: &[String]| service(&written("", &(keys.concat() + &good)));
    let cbc = "http://www.w3.org/2001/04/xmlenc#aes256-cbc";
    // The descriptor, then how many keys sign, how many take encryption, and how many are told of.
    for (keys, expected) in [
        (vec![], (0, 0, 0)),
        (vec![key_descriptor("", &rsa, &[])], (1, 1, 0)),
        (vec![key_descriptor("", &ec, &[])], (1, 0, 0)),
        (vec![key_descriptor(r#"use="signing""#, &rsa, &[])], (1, 0, 0)),
        (vec![key_descriptor(r#"use="encryption""#, &rsa, &[])], (0, 1, 0)),
        (vec![key_descriptor(r#"use="encryption""#, &ec, &[])], (0, 0, 1)),
        (vec![key_descriptor(r#"use="sealing""#, &rsa, &[])], (0, 0, 1)),
        (vec![key_descriptor("", &rsa, &[cbc])], (1, 0, 1)),
        (vec![key_descriptor("", WEAK, &[])], (0, 0, 1)),
        (vec![key_descriptor("", "AAAA", &[])], (0, 0, 1)),
        (vec![key_descriptor("", "é", &[])], (0, 0, 1)),
        (vec![key_descriptor("", "", &[])], (0, 0, 1)),
        (vec![key_descriptor("", "<x/>", &[])], (0, 0, 1)),
        (
            vec!["<md:KeyDescriptor><ds:KeyInfo><ds:KeyName>k</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>".to_owned()],
            (0, 0, 1),
        ),
        // The same key twice is one key.
        (
            vec![key_descriptor("", &rsa, &[]), key_descriptor(r#"use="encryption""#, &rsa, &[])],
            (1, 1, 0),
        ),
        (
            vec![key_descriptor("", WEAK, &[]), key_descriptor("", &rsa, &[])],
            (1, 1, 1),
        ),
        // Each key is tried on each message: there is an end to them.
        (vec![key_descriptor("", WEAK, &[]); 40], (0, 0, 17)),
    ] {
        let keys = read(&keys).expect("a service").keys;
        let found = (
            keys.signing.len(),
            keys.encryption.len(),
            keys.unusable.len(),
        );
        assert_eq!(found, expected, "{:?}", keys.unusable);
    }
    // A service that signs its requests, and whose signature nothing could verify, is none.
    let signs = r#"AuthnRequestsSigned="true""#;
    for keys in ["", &key_descriptor("", WEAK, &[])] {
        let xml = written(signs, &format!("{keys}{good}"));
        assert_eq!(service(&xml).err(), Some(Problem::NoKey));
    }
}

#[test]
fn whom_to_ask_is_an_address_of_mail_and_nothing_else() {
    let read = |mail: &str| {
        let xml = written("", &acs(0, binding::POST, "https://sp.example/acs", "")).replace(
            "</md:EntityDescriptor>",
            &format!(
                r#"<md:ContactPerson contactType="support"><md:EmailAddress>{mail}</md:EmailAddress></md:ContactPerson></md:EntityDescriptor>"#
            ),
        );
        let service = service(&xml).expect("a service");
        service.contacts.first().map(|contact| contact.mail.clone())
    };
    assert_eq!(read("mailto:a@b.example").as_deref(), Some("a@b.example"));
    assert_eq!(read(" a@b.example\n").as_deref(), Some("a@b.example"));
    for other in [
        "",
        "a",
        "@b.example",
        "a@",
        "a@b@c.example",
        "a@b.example?bcc=c@d.example",
        "a@b.example&amp;bcc=c@d.example",
        "a b@c.example",
        "A &lt;a@b.example&gt;",
        "javascript:alert(1)",
    ] {
        assert_eq!(read(other), None, "{other}");
    }
}

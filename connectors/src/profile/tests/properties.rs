//! What holds for whatever strangers write: no panic, no value out of bounds, and what the hub writes itself is
//! read as it was meant. The fuzz target `said` enters by the same door.

use clau_domain::connector::ConnectorId;
use clau_domain::identity::{Claims, Vector, VectorOf};
use clau_domain::ids::{PersonId, StructureId};
use clau_domain::person::{
    Affiliation, AffiliationDetail, Contact, Kin, Names, Person, StructureRef,
};
use clau_domain::policy::{Attribute, decide};
use clau_domain::random::SeededForTests;
use clau_domain::service::{Day, Service};
use clau_domain::structure::StructureKind;
use clau_domain::uai::Uai;
use clau_saml::spelling::Spelling;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const PROFILES: [&str; 7] = [
    "plain",
    "educonnect",
    "academie",
    "franceconnect",
    "proconnect",
    "renater",
    "agriculture",
];

/// A text of the notations that are read, or of none.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[0-9A-Z|;$@ \u{0}\u{301}\u{200B}é]{0,40}",
        "[1-5]\\|[A-Z]{0,4}\\|[a-zé]{0,4}\\|[0-9]{0,5}\\|0310001[A-Z]?(;[1-4]\\|A\\|b\\|1\\|0310001A){0,3}",
        "(\\{AAF\\}|\\{UAI\\}|\\{ECT\\})?[0-9]{0,7}[A-Z|]{0,3}[0-9]{0,4}",
        "0310001A\\$UAJ\\$PU\\$[A-Z]{0,4}\\$x\\$T3\\$CLG\\$340",
        "[0-9]{1,4}[-/][0-9]{1,2}[-/][0-9]{1,4}",
        "https?://[a-z.@]{1,20}/[a-z?]{0,5}",
        "a{190,320}",
    ]
}

/// Whatever a source could say, under the names that a connector reads.
fn anything(connector: &Connector) -> impl Strategy<Value = Said> + use<> {
    let mut names: Vec<String> = connector.attributes.values().flatten().cloned().collect();
    names.push("another".to_owned());
    let mut contexts: Vec<Option<String>> = connector.levels.keys().cloned().map(Some).collect();
    contexts.push(None);
    let name = proptest::sample::select(names);
    (
        proptest::option::of(value()),
        proptest::sample::select(contexts),
        vec((name, vec(value(), 0..4)), 0..12),
    )
        .prop_map(|(subject, context, attributes)| Said {
            subject,
            context,
            authenticated_at: NOW,
            attributes,
        })
}

fn within_bounds(read: &Identified, source: &ConnectorId) {
    let identity = &read.identity;
    assert_eq!(&identity.source, source);
    assert!((1..=256).contains(&identity.subject.len()));
    assert!(identity.vectors.len() <= 20 && identity.feed_keys.len() <= 100);
    let Claims {
        login,
        family_name,
        birth_name,
        given_name,
        given_names,
        title,
        birth_date: _,
        gender,
        birth_place,
        birth_country,
        mail,
        academic_mail,
        ine,
        key,
        siret,
        roles,
        classes,
    } = &identity.claims;
    assert!(roles.len() <= 100 && classes.len() <= 100 && given_names.len() <= 100);
    let names = [family_name, birth_name, given_name];
    for name in names.into_iter().chain(given_names).chain(classes) {
        assert!(!name.contains(['|', '$']), "{name:?}");
    }
    let texts = [login, title, gender, birth_place, birth_country, siret]
        .into_iter()
        .chain(names)
        .chain(given_names)
        .chain(classes)
        .chain([mail, academic_mail, ine, key].into_iter().flatten());
    for text in texts {
        assert!(text.chars().count() <= 254, "{text:?}");
        let tidy = crate::text::line(text, 254);
        assert!(text.is_empty() || tidy.as_ref() == Some(text), "{text:?}");
    }
    let pupils = identity
        .vectors
        .iter()
        .filter(|it| it.who == VectorOf::Pupil);
    assert!(pupils.count() == 0 || identity.vectors.len() == 1);
}

proptest! {
    #[test]
    fn avl_08_whatever_a_source_says_is_read_or_refused(
        (connector, said) in (
            proptest::sample::select(&PROFILES[..]),
            proptest::sample::select(&["saml", "oidc", "cas", "ldap"][..]),
        )
            .prop_flat_map(|(profile, kind)| {
                let connector = registered(profile, kind, json!({}));
                let said = anything(&connector);
                (Just(connector), said)
            })
    ) {
        match identify(&connector, &said) {
            Ok(read) => within_bounds(&read, &connector.id),
            Err(fault) => prop_assert!(matches!(fault, Fault::Untrusted(_) | Fault::TooWeak(_))),
        }
    }

    #[test]
    fn fed_08_a_vector_that_is_written_is_read_as_it_was(
        family in "[A-Za-zÀ-ÿœŒ' -]{0,30}",
        given in "[A-Za-zÀ-ÿœŒ' -]{0,30}",
        children in vec(("[0-9]{1,7}", 0_usize..3), 1..6),
        code in 1_u8..=4,
    ) {
        let schools = ["0310001A", "0320002B", "2A00001C"];
        let (code, children) = match code {
            3 | 4 => (code, &children[..1]),
            _ => (code, &children[..]),
        };
        let written: Vec<String> = children
            .iter()
            .map(|(number, school)| format!("{code}|{family}|{given}|{number}|{}", schools[*school]))
            .collect();
        let connector = registered("educonnect", "saml", json!({}));
        let said = Said {
            attributes: vec![("FrEduVecteur".to_owned(), written)],
            ..said("saml", &[])
        };
        let read = identify(&connector, &said);
        let tidy = |name: &str| crate::text::name(name, 200);
        match (code, tidy(&family), tidy(&given)) {
            (1 | 2, Some(family_name), Some(given_name)) => {
                let mut expected: Vec<Vector> = Vec::new();
                for (number, school) in children {
                    let vector = Vector {
                        who: VectorOf::Guardian {
                            family_name: family_name.clone(),
                            given_name: given_name.clone(),
                        },
                        pupil: number.clone(),
                        uai: schools[*school].parse::<Uai>().expect("a school"),
                    };
                    if !expected.contains(&vector) {
                        expected.push(vector);
                    }
                }
                prop_assert_eq!(read.expect("a guardian").identity.vectors, expected);
            }
            (1 | 2, ..) => prop_assert!(read.is_err()),
            _ => {
                let vectors = read.expect("a pupil").identity.vectors;
                prop_assert_eq!(vectors.len(), 1);
                prop_assert_eq!(&vectors[0].pupil, &children[0].0);
            }
        }
    }

    #[test]
    fn fed_08_what_the_hub_tells_other_hubs_is_read_as_it_was_meant(
        family in "[A-Za-zÀ-ÿœŒ'|$; -]{1,20}",
        given in "[A-Za-zÀ-ÿœŒ'|$; -]{1,20}",
        numbers in proptest::collection::btree_set("[0-9]{1,7}", 1..4),
    ) {
        let numbers: Vec<String> = numbers.into_iter().collect();
        let told = told(&family, &given, &numbers);
        let connector = registered("educonnect", "saml", json!({}));
        let said = Said { attributes: told, ..said("saml", &[]) };
        let read = identify(&connector, &said);
        let fits = |name: &str| !name.contains('|') && crate::text::name(name, 200).is_some();
        if family.contains(';') || given.contains(';') {
            // Front ends join by it: such a name cannot be told apart from two, and nobody is found by it.
            prop_assert!(read.is_err() || read.is_ok_and(|read| read.identity.vectors.is_empty()));
        } else if fits(&family) && fits(&given) {
            let vectors = read.expect("a guardian").identity.vectors;
            let pupils: Vec<&String> = vectors.iter().map(|vector| &vector.pupil).collect();
            prop_assert_eq!(pupils, numbers.iter().collect::<Vec<_>>());
            for vector in vectors {
                let expected = VectorOf::Guardian {
                    family_name: crate::text::name(&family, 200).unwrap_or_default(),
                    given_name: crate::text::name(&given, 200).unwrap_or_default(),
                };
                prop_assert_eq!(vector.who, expected);
            }
        } else if family.contains('|') || given.contains('|') {
            // What is not told is not read (FED-08, emitting).
            prop_assert_eq!(read.expect("somebody").identity.vectors, vec![]);
        } else {
            prop_assert!(read.is_err());
        }
    }
}

/// What `clau-saml` tells a service of national education of a guardian with children in one school.
fn told(family: &str, given: &str, numbers: &[String]) -> Vec<(String, Vec<String>)> {
    let id = |seed: usize| PersonId::mint(NOW, &SeededForTests::new(seed as u64 * 1_000));
    let affiliation = |profile, number: &str| Affiliation {
        structure: StructureRef {
            id: StructureId::mint(NOW, &SeededForTests::new(7)),
            source: "toulouse".to_owned(),
            key: "1001".to_owned(),
            uai: "0310001A".parse().ok(),
            kind: StructureKind::School,
            name: "Collège".to_owned(),
            kind_label: "COLLEGE".to_owned(),
            ministry: String::new(),
        },
        profile,
        detail: AffiliationDetail {
            school_record: number.to_owned(),
            ..AffiliationDetail::default()
        },
    };
    let child = |(index, number): (usize, &String)| Kin {
        id: id(10 + index),
        external: None,
        names: Names::default(),
        legal_rank: 1,
        affiliations: vec![affiliation(Profile::Pupil, number)],
    };
    let person = Person {
        id: id(1),
        login: "a.lou".to_owned(),
        names: Names {
            family: family.to_owned(),
            given: given.to_owned(),
            ..Names::default()
        },
        birth_date: None,
        external: None,
        ine: None,
        contact: Contact::default(),
        further: Default::default(),
        affiliations: vec![affiliation(Profile::Guardian, "")],
        children: numbers.iter().enumerate().map(child).collect(),
        guardians: Vec::new(),
        renewed: Default::default(),
    };
    let service: Service = serde_json::from_value(json!({
        "id": "other-hub", "name": "Other", "access": [{}],
        "release": { "attributes": Attribute::ALL, "approval": "DPO, 2026-09-01: sample" },
    }))
    .expect("a registration");
    let Day(today) = Day::try_from("2026-11-23".to_owned()).expect("a day");
    let grant = decide(&person, &service, "pairwise".to_owned(), today).expect("everybody may");
    let spelling = Spelling {
        issuer: "https://ent.example/saml/metadata",
        audience: "https://other.example",
        scope: "ent.example",
        ent_id: None,
        profile: clau_saml::spelling::Profile::Fredu,
    };
    let text = |value: &clau_saml::message::Value| match value {
        clau_saml::message::Value::Text(text) => text.clone(),
        clau_saml::message::Value::NameId(_) => String::new(),
    };
    let spelled = spelling.spell(grant.released());
    spelled
        .attributes
        .iter()
        .map(|it| (it.name.clone(), it.values.iter().map(text).collect()))
        .collect()
}

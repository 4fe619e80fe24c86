//! Tests of claims: the letter of each, and that none leaves without its attribute.

use std::collections::{BTreeMap, BTreeSet};

use clau_domain::ids::{PersonId, StructureId};
use clau_domain::person::{
    AffiliationDetail, BirthDate, Contact, ExternalKey, Function, Names, StructureRef,
};
use clau_domain::policy::{Grant, decide};
use clau_domain::profile::Profile;
use clau_domain::random::SeededForTests;
use clau_domain::service::{AccessRule, Day, Release, Service};
use clau_domain::structure::StructureKind;
use clau_domain::time::Timestamp;

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);

fn everything() -> ScopeSet {
    ScopeSet::parse(&crate::scope::STANDARD.join(" ")).expect("good")
}

fn id(seed: u64) -> PersonId {
    PersonId::mint(NOW, &SeededForTests::new(seed * 1_000))
}

fn external(key: &str) -> Option<ExternalKey> {
    Some(ExternalKey {
        source: "toulouse".to_owned(),
        key: key.to_owned(),
    })
}

/// Has something to say under every claim.
fn person() -> Person {
    let strings = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    let kin = |seed, key| Kin {
        id: id(seed),
        external: external(key),
        names: Names {
            given: "Secret".to_owned(),
            ..Names::default()
        },
        legal_rank: 1,
        affiliations: Vec::new(),
    };
    Person {
        id: id(1),
        login: "a.vidal".to_owned(),
        names: Names {
            family: "Vidal".to_owned(),
            given: "Aude".to_owned(),
            title: "Mme".to_owned(),
            ..Names::default()
        },
        birth_date: BirthDate::new(2011, 5, 14).ok(),
        external: external("1234567"),
        ine: Some("123456789AB".to_owned()),
        contact: Contact {
            mail: Some("aude@example.fr".to_owned()),
            mobile: Some("+33600000000".to_owned()),
            address: strings(&["1 rue du Taur", "Bât. A"]),
            postal_code: "31000".to_owned(),
            city: "Toulouse".to_owned(),
            country: "FR".to_owned(),
            ..Contact::default()
        },
        further: BTreeMap::from([("club".to_owned(), strings(&["chess"]))]),
        affiliations: vec![Affiliation {
            structure: StructureRef {
                id: StructureId::mint(NOW, &SeededForTests::new(11_000)),
                source: "toulouse".to_owned(),
                key: "1001".to_owned(),
                uai: "0318000C".parse().ok(),
                kind: StructureKind::School,
                name: "Collège Clémence Isaure".to_owned(),
                kind_label: "COLLEGE".to_owned(),
                ministry: "EDUCATION NATIONALE".to_owned(),
            },
            profile: Profile::Pupil,
            detail: AffiliationDetail {
                classes: strings(&["6A"]),
                groups: strings(&["6LV2"]),
                functions: vec![Function {
                    code: "ENS".to_owned(),
                    label: "ENSEIGNEMENT".to_owned(),
                    ..Function::default()
                }],
                main_teacher_of: strings(&["6B"]),
                mefs: strings(&["10010012110"]),
                level: "6EME".to_owned(),
                stream: "GENERAL".to_owned(),
                status: "SCOLAIRE".to_owned(),
                regime: "EXTERNE".to_owned(),
                scholarship: Some(true),
                transport: Some(false),
                subjects: vec![("030602".to_owned(), "ESPAGNOL LV2".to_owned())],
                ..AffiliationDetail::default()
            },
        }],
        children: vec![kin(2, "2")],
        guardians: vec![kin(3, "3")],
        renewed: BTreeMap::new(),
    }
}

fn grant(attributes: &[Attribute]) -> Grant {
    grant_to(&person(), attributes)
}

fn grant_to(person: &Person, attributes: &[Attribute]) -> Grant {
    let service = Service {
        saml: None,
        login: clau_domain::service::ServiceLogin::default(),
        id: "bourses".parse().expect("an identifier"),
        name: "Bourses".to_owned(),
        enabled: true,
        access: vec![
            AccessRule::default(),
            AccessRule {
                profiles: vec![Profile::Citizen],
                ..AccessRule::default()
            },
        ],
        release: Release {
            attributes: attributes.to_vec(),
            approval: "DPO, 2026-09-01: sample".to_owned(),
        },
        cas: None,
        oidc: None,
        session: Default::default(),
        tile: None,
    };
    let Day(today) = Day::try_from("2026-11-23".to_owned()).expect("a day");
    decide(person, &service, "pairwise-1".to_owned(), today).expect("everybody may")
}

fn all_claims(attributes: &[Attribute]) -> Map<String, Value> {
    claims(&everything(), [], grant(attributes).released())
}

#[test]
fn a_citizen_is_called_so_and_nothing_national() {
    let mut citizen = person();
    citizen.affiliations[0].profile = Profile::Citizen;
    let grant = grant_to(&citizen, &[Attribute::Profile]);
    let said = claims(&everything(), [], grant.released());
    assert_eq!(said["ent_profiles"], json!(["Citizen"]));
    assert_eq!(said["ent_affiliations"], json!([{ "profile": "Citizen" }]));
}

#[test]
fn every_claim_to_the_letter() {
    let expected = json!({
        "name": "Aude Vidal", "family_name": "Vidal", "given_name": "Aude",
        "preferred_username": "a.vidal", "birthdate": "2011-05-14",
        "email": "aude@example.fr", "email_verified": false,
        "phone_number": "+33600000000", "phone_number_verified": false,
        "address": {
            "street_address": "1 rue du Taur\nBât. A", "postal_code": "31000",
            "locality": "Toulouse", "country": "FR",
        },
        "ent_uid": id(1).to_string(), "ent_external_id": "TOULOUSE-1234567",
        "ent_ine": "123456789AB", "ent_title": "Mme", "ent_profiles": ["National_ELV"],
        "ent_affiliations": [{
            "profile": "National_ELV", "uai": "0318000C", "structure": "Collège Clémence Isaure",
            "type": "COLLEGE", "ministry": "EDUCATION NATIONALE", "classes": ["6A"],
            "main_teacher_of": ["6B"], "groups": ["6LV2"],
            "functions": [{"code": "ENS", "label": "ENSEIGNEMENT"}], "level": "6EME",
            "mef": ["10010012110"], "stream": "GENERAL", "status": "SCOLAIRE",
            "subjects": [{"code": "030602", "label": "ESPAGNOL LV2"}], "regime": "EXTERNE",
            "scholarship": true, "transport": false,
        }],
        "ent_children": [{"uid": id(2).to_string(), "external_id": "TOULOUSE-2"}],
        "ent_guardians": [{"uid": id(3).to_string(), "external_id": "TOULOUSE-3"}],
        "ent_attributes": {"club": ["chess"]},
    });
    let all = all_claims(&Attribute::ALL);
    assert_eq!(json!(all), expected);
    let documented: BTreeSet<&str> = CLAIMS.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        all.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        documented
    );
}

#[test]
fn log_05_nothing_leaves_but_by_its_attribute() {
    assert_eq!(all_claims(&[]), Map::new());
    let all = Value::Object(all_claims(&Attribute::ALL));
    for missing in Attribute::ALL {
        let others: Vec<Attribute> = Attribute::ALL
            .into_iter()
            .filter(|attribute| *attribute != missing)
            .collect();
        let without = Value::Object(all_claims(&others));
        let changes = without != all;
        // The pseudonym is `sub`, and the postal code is part of the address.
        let told_elsewhere = [Attribute::PairwiseId, Attribute::PostalCode].contains(&missing);
        assert_eq!(changes, !told_elsewhere, "{missing:?}");
    }
    for only in Attribute::ALL {
        let told = all_claims(&[only]);
        for (name, value) in &told {
            let part = match (name.as_str(), value) {
                ("ent_affiliations", Value::Array(list)) => list.iter().all(|item| {
                    let whole = &all["ent_affiliations"][0];
                    let members = item.as_object().expect("an object");
                    members
                        .iter()
                        .all(|(member, value)| whole[member] == *value)
                        && members.len() < 10
                }),
                ("address", _) => true,
                _ => all[name] == *value,
            };
            assert!(part, "{only:?}: {name}");
        }
        assert!(told.len() <= 2, "{only:?}: {told:?}");
    }
    let postal = all_claims(&[Attribute::PostalCode]);
    assert_eq!(json!(postal), json!({"address": {"postal_code": "31000"}}));
}

#[test]
fn scopes_and_wishes_bring_claims_and_never_more_than_is_released() {
    let grant = grant(&[Attribute::GivenName, Attribute::Mail]);
    let openid = ScopeSet::parse("openid").expect("good");
    let wish = Wish {
        essential: true,
        values: Vec::new(),
    };
    let wished =
        ["given_name", "birthdate", "sub", "unknown"].map(|name| (name.to_owned(), wish.clone()));
    let wished: BTreeMap<String, Wish> = wished.into_iter().collect();
    let told = claims(&openid, &wished, grant.released());
    assert_eq!(json!(told), json!({"given_name": "Aude"}));
    let profile = ScopeSet::parse("openid profile").expect("good");
    let told = claims(&profile, [], grant.released());
    assert_eq!(json!(told), json!({"given_name": "Aude"}));
}

#[test]
fn oidc_20_the_subject_is_a_pseudonym_unless_both_sides_chose_otherwise() {
    let with_uid = grant(&[Attribute::Uid]);
    let without = grant(&[]);
    let pairwise = "pairwise-1";
    assert_eq!(
        subject(SubjectType::Pairwise, with_uid.released()),
        pairwise
    );
    assert_eq!(subject(SubjectType::Pairwise, without.released()), pairwise);
    assert_eq!(subject(SubjectType::Public, without.released()), pairwise);
    assert_eq!(
        subject(SubjectType::Public, with_uid.released()),
        id(1).to_string()
    );
    let mail = grant(&[Attribute::Mail]);
    let email = ScopeSet::parse("email").expect("good");
    let told = claims(&email, [], mail.released());
    assert_eq!(told["email_verified"], json!(false));
}

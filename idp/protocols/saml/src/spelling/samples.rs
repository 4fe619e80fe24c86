//! Made-up people for the tests of this module: a pupil, a teacher in two schools, a guardian of two children
//! in two schools, a head, and somebody whom no feed brings.

use std::collections::BTreeMap;

use clau_domain::ids::{PersonId, StructureId};
use clau_domain::person::{
    Affiliation, AffiliationDetail, Contact, ExternalKey, Function, Kin, Names, Person,
    StructureRef,
};
use clau_domain::policy::{Attribute, Grant, decide};
use clau_domain::profile::Profile;
use clau_domain::random::SeededForTests;
use clau_domain::service::{AccessRule, Day, Release, Service};
use clau_domain::structure::StructureKind;
use clau_domain::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);

/// A grant for a service that receives `attributes`.
pub(super) fn grant(person: &Person, attributes: &[Attribute]) -> Grant {
    let service = Service {
        login: clau_domain::service::ServiceLogin::default(),
        saml: None,
        id: "sample".parse().expect("an identifier"),
        name: "Sample".to_owned(),
        enabled: true,
        access: vec![AccessRule::default(), citizens()],
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
    let pairwise = "0123456789abcdef0123456789abcdef".to_owned();
    decide(person, &service, pairwise, today).expect("everybody may")
}

/// Names citizens, whom no rule for everybody names.
fn citizens() -> AccessRule {
    AccessRule {
        profiles: vec![Profile::Citizen],
        ..AccessRule::default()
    }
}

/// The id of the person with a number.
pub(super) fn id(number: u64) -> PersonId {
    PersonId::mint(NOW, &SeededForTests::new(number * 1_000))
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn pairs(values: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    values.iter().map(owned).collect()
}

fn external(key: &str) -> Option<ExternalKey> {
    Some(ExternalKey {
        source: "toulouse".to_owned(),
        key: key.to_owned(),
    })
}

fn names(title: &str, given: &str, family: &str) -> Names {
    Names {
        title: title.to_owned(),
        given: given.to_owned(),
        family: family.to_owned(),
        birth: "SECRET".to_owned(),
        others: strings(&["Secret"]),
    }
}

pub(super) fn school(number: u64, uai: &str, kind_label: &str, name: &str) -> StructureRef {
    StructureRef {
        id: StructureId::mint(NOW, &SeededForTests::new(number * 1_000)),
        source: "toulouse".to_owned(),
        key: (1_000 + number).to_string(),
        uai: uai.parse().ok(),
        kind: StructureKind::School,
        name: name.to_owned(),
        kind_label: kind_label.to_owned(),
        ministry: "EDUCATION NATIONALE".to_owned(),
    }
}

fn college() -> StructureRef {
    school(11, "0318000C", "COLLEGE", "Collège Clémence Isaure")
}

fn lycee() -> StructureRef {
    school(12, "0318003F", "LYCEE PROFESSIONNEL", "Lycée Séverac")
}

fn function(code: &str, label: &str, post_code: &str, post_label: &str) -> Function {
    Function {
        code: code.to_owned(),
        label: label.to_owned(),
        post_code: post_code.to_owned(),
        post_label: post_label.to_owned(),
    }
}

fn nobody(number: u64, names: Names) -> Person {
    Person {
        renewed: BTreeMap::new(),
        id: id(number),
        login: format!("{}.{}", names.given, names.family),
        names,
        birth_date: None,
        external: external(&(2_000_000 + number).to_string()),
        ine: None,
        contact: Contact::default(),
        further: BTreeMap::new(),
        affiliations: Vec::new(),
        children: Vec::new(),
        guardians: Vec::new(),
    }
}

fn as_pupil(structure: StructureRef, class: &str, level: &str, record: &str) -> Affiliation {
    Affiliation {
        structure,
        profile: Profile::Pupil,
        detail: AffiliationDetail {
            classes: strings(&[class]),
            groups: strings(&["6LV2-ESP", "Chorale"]),
            mefs: strings(&["10010012110"]),
            mef_label: level.to_owned(),
            level: level.to_owned(),
            stream: "ENSEIGNEMENT GENERAL".to_owned(),
            status: "SCOLAIRE".to_owned(),
            regime: "DEMI-PENSIONNAIRE".to_owned(),
            scholarship: Some(true),
            transport: Some(false),
            subjects: pairs(&[("030201", "ESPAGNOL LV2"), ("061300", "MATHEMATIQUES")]),
            school_record: record.to_owned(),
            ..AffiliationDetail::default()
        },
    }
}

fn kin(number: u64, given: &str, rank: u8, affiliations: Vec<Affiliation>) -> Kin {
    Kin {
        id: id(number),
        external: external(&(2_000_000 + number).to_string()),
        names: names("", given, "ROUQUETTE"),
        legal_rank: rank,
        affiliations,
    }
}

/// A pupil of 6A, with two guardians.
pub(super) fn pupil() -> Person {
    Person {
        login: "maelle.rouquette".to_owned(),
        birth_date: "2014-05-14".parse().ok(),
        ine: Some("0123456789A".to_owned()),
        contact: Contact {
            home_phone: Some("+33 5 61 00 00 02".to_owned()),
            address: strings(&["3 rue de l'Orme", "Bât. B"]),
            postal_code: "31000".to_owned(),
            city: "TOULOUSE".to_owned(),
            country: "FRANCE".to_owned(),
            ..Contact::default()
        },
        affiliations: vec![as_pupil(college(), "6A", "6EME", "12345")],
        guardians: vec![
            kin(3, "Bruno", 1, Vec::new()),
            kin(6, "Anne", 2, Vec::new()),
        ],
        ..nobody(2, names("Mlle", "Maëlle", "ROUQUETTE"))
    }
}

/// Teaches in two schools, and has a child in the first.
pub(super) fn teacher() -> Person {
    let teaching = |structure, detail| Affiliation {
        structure,
        profile: Profile::Teacher,
        detail,
    };
    let mathematics = function("ENS", "ENSEIGNEMENT", "L1000", "MATHEMATIQUES");
    Person {
        login: "oceane.dalmeida".to_owned(),
        birth_date: "1984-02-09".parse().ok(),
        contact: Contact {
            mail: Some("oceane@courriel.example".to_owned()),
            academic_mail: Some("Oceane.Dalmeida@ac-toulouse.example".to_owned()),
            work_phone: Some("+33 5 61 00 00 01".to_owned()),
            ..Contact::default()
        },
        affiliations: vec![
            teaching(
                college(),
                AffiliationDetail {
                    classes: strings(&["6A", "5EME 01"]),
                    groups: strings(&["6LV2-ESP"]),
                    functions: vec![mathematics.clone()],
                    main_teacher_of: strings(&["6A"]),
                    class_subjects: pairs(&[("6A", "061300"), ("5EME 01", "061300")]),
                    subjects: pairs(&[("061300", "MATHEMATIQUES")]),
                    ..AffiliationDetail::default()
                },
            ),
            teaching(
                lycee(),
                AffiliationDetail {
                    classes: strings(&["TCAP1"]),
                    functions: vec![mathematics],
                    ..AffiliationDetail::default()
                },
            ),
            guardian_at(college(), "6EME"),
        ],
        children: vec![kin(
            4,
            "Léo",
            1,
            vec![as_pupil(college(), "6A", "6EME", "12399")],
        )],
        ..nobody(1, names("Mme", "Océane", "D'ALMEIDA"))
    }
}

fn guardian_at(structure: StructureRef, level: &str) -> Affiliation {
    Affiliation {
        structure,
        profile: Profile::Guardian,
        detail: AffiliationDetail {
            level: level.to_owned(),
            ..AffiliationDetail::default()
        },
    }
}

/// A father with a daughter in the collège and a son in the lycée.
pub(super) fn guardian() -> Person {
    let daughter = as_pupil(college(), "6A", "6EME", "12345");
    let son = as_pupil(lycee(), "TCAP1", "TERM CAP", "67890");
    Person {
        login: "bruno.rouquette".to_owned(),
        contact: Contact {
            mail: Some("bruno@courriel.example".to_owned()),
            mobile: Some("+33 6 00 00 00 03".to_owned()),
            postal_code: "31000".to_owned(),
            ..Contact::default()
        },
        affiliations: vec![
            guardian_at(college(), "6EME"),
            guardian_at(lycee(), "TERM CAP"),
        ],
        children: vec![
            kin(2, "Maëlle", 1, vec![daughter]),
            kin(5, "Hugo", 1, vec![son]),
        ],
        ..nobody(3, names("M.", "Bruno", "ROUQUETTE"))
    }
}

/// Heads the collège.
pub(super) fn head() -> Person {
    Person {
        login: "helene.prat".to_owned(),
        contact: Contact {
            academic_mail: Some("helene.prat@ac-toulouse.example".to_owned()),
            ..Contact::default()
        },
        affiliations: vec![Affiliation {
            structure: college(),
            profile: Profile::Head,
            detail: AffiliationDetail {
                functions: vec![function("DIR", "DIRECTION", "D0010", "PRINCIPAL")],
                ..AffiliationDetail::default()
            },
        }],
        ..nobody(7, names("Mme", "Hélène", "PRAT"))
    }
}

/// An agent of the region, whom no feed brings.
pub(super) fn agent() -> Person {
    Person {
        login: "agent.region".to_owned(),
        external: None,
        contact: Contact {
            mail: Some("agent.region@region.example".to_owned()),
            ..Contact::default()
        },
        further: BTreeMap::from([
            ("badge".to_owned(), strings(&["A12", "A12", " ", "B7"])),
            ("entpersonprofils".to_owned(), strings(&["forged"])),
            ("eduPersonPrincipalName".to_owned(), strings(&["forged"])),
            (" ".to_owned(), strings(&["forged"])),
        ]),
        affiliations: vec![Affiliation {
            structure: StructureRef {
                kind: StructureKind::Authority,
                source: "local".to_owned(),
                key: "REGION".to_owned(),
                ..school(13, "", "", "Région Exemple")
            },
            profile: Profile::Authority,
            detail: AffiliationDetail::default(),
        }],
        ..nobody(8, names("", "Bastien", "VIDAL"))
    }
}

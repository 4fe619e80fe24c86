//! Made-up people for the tests of this crate: a teacher who is also a guardian, a pupil, a guardian
//! with children in two schools, and one whose names are an attack.

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

use crate::answer::AuthenticationFacts;

/// When everything happens.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);

/// Signed in half an hour ago.
pub(crate) const FACTS: AuthenticationFacts = AuthenticationFacts {
    authenticated_at: Timestamp::from_millis(1_795_419_000_000),
    from_new_login: false,
    long_term: false,
    assurance: clau_domain::session::Assurance::SingleFactor,
};

/// A grant for a service that receives `attributes`.
pub(crate) fn grant(person: &Person, attributes: &[Attribute]) -> Grant {
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
    decide(person, &service, "pairwise-1".to_owned(), today).expect("everybody may")
}

/// Names citizens, whom no rule for everybody names.
fn citizens() -> AccessRule {
    AccessRule {
        profiles: vec![Profile::Citizen],
        ..AccessRule::default()
    }
}

/// A grant for a service that receives everything.
pub(crate) fn grant_of_all(person: &Person) -> Grant {
    grant(person, &Attribute::ALL)
}

fn id(seed: u64) -> u64 {
    seed * 1_000
}

fn person_id(seed: u64) -> PersonId {
    PersonId::mint(NOW, &SeededForTests::new(id(seed)))
}

fn school(seed: u64, uai: &str, kind_label: &str, name: &str) -> StructureRef {
    StructureRef {
        id: StructureId::mint(NOW, &SeededForTests::new(id(seed))),
        source: "toulouse".to_owned(),
        key: (1_000 + seed).to_string(),
        uai: Some(uai.parse().expect("a UAI")),
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
    school(
        12,
        "0318003F",
        "LYCEE PROFESSIONNEL",
        "Lycée Déodat & Séverac",
    )
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
        ..Names::default()
    }
}

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

fn pairs(values: &[(&str, &str)]) -> Vec<(String, String)> {
    values
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

/// Teaches in two schools and has a child in one of them.
pub(crate) fn teacher() -> Person {
    let function = Function {
        code: "ENS".to_owned(),
        label: "ENSEIGNEMENT".to_owned(),
        post_code: "L1000".to_owned(),
        post_label: "MATHEMATIQUES".to_owned(),
    };
    Person {
        id: person_id(1),
        login: "oceane.fabre".to_owned(),
        names: names("Mme", "Océane", "D'ALMEIDA"),
        birth_date: "1984-02-09".parse().ok(),
        external: external("2000001"),
        ine: None,
        contact: Contact {
            mail: Some("oceane@courriel.example".to_owned()),
            academic_mail: Some("oceane.dalmeida@ac-toulouse.example".to_owned()),
            work_phone: Some("+33 5 61 00 00 01".to_owned()),
            ..Contact::default()
        },
        further: BTreeMap::from([("badge cantine".to_owned(), strings(&["A12"]))]),
        affiliations: vec![
            Affiliation {
                structure: college(),
                profile: Profile::Teacher,
                detail: AffiliationDetail {
                    classes: strings(&["6A", "5EME 01"]),
                    groups: strings(&["6LV2-ESP"]),
                    functions: vec![function.clone()],
                    main_teacher_of: strings(&["6A"]),
                    class_subjects: pairs(&[("6A", "061300"), ("5EME 01", "061300")]),
                    mefs: strings(&["10010012110"]),
                    subjects: pairs(&[("061300", "MATHEMATIQUES")]),
                    disciplines: strings(&["MATHEMATIQUES"]),
                    ..AffiliationDetail::default()
                },
            },
            Affiliation {
                structure: lycee(),
                profile: Profile::Teacher,
                detail: AffiliationDetail {
                    classes: strings(&["TCAP1"]),
                    functions: vec![function],
                    ..AffiliationDetail::default()
                },
            },
            Affiliation {
                structure: college(),
                profile: Profile::Guardian,
                detail: AffiliationDetail {
                    level: "6EME".to_owned(),
                    ..Default::default()
                },
            },
        ],
        children: vec![kin(
            4,
            "Léo",
            "FABRE",
            pupil_affiliation(college(), "6A", "6EME"),
        )],
        guardians: Vec::new(),
        renewed: BTreeMap::new(),
    }
}

fn pupil_affiliation(structure: StructureRef, class: &str, level: &str) -> Affiliation {
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
            regime: "DEMI-PENSIONNAIRE DANS L'ETABLISSEMENT".to_owned(),
            scholarship: Some(true),
            transport: Some(false),
            subjects: pairs(&[("030201", "ESPAGNOL LV2"), ("061300", "MATHEMATIQUES")]),
            school_record: "12345".to_owned(),
            ..AffiliationDetail::default()
        },
    }
}

fn kin(seed: u64, given: &str, family: &str, affiliation: Affiliation) -> Kin {
    Kin {
        id: person_id(seed),
        external: external(&(2_000_000 + seed).to_string()),
        names: names("", given, family),
        legal_rank: 1,
        affiliations: vec![affiliation],
    }
}

/// A pupil of 6A.
pub(crate) fn pupil() -> Person {
    let guardian = Kin {
        affiliations: Vec::new(),
        ..kin(3, "Bruno", "ROUQUETTE", guardian_of_6a())
    };
    Person {
        id: person_id(2),
        login: "maelle.rouquette".to_owned(),
        names: names("Mme", "Maëlle", "ROUQUETTE"),
        birth_date: "2014-05-14".parse().ok(),
        external: external("2000002"),
        ine: Some("0123456789A".to_owned()),
        contact: Contact {
            home_phone: Some("+33 5 61 00 00 02".to_owned()),
            address: strings(&["3 rue de l'Orme & Cie", "Bât. <B>"]),
            postal_code: "31000".to_owned(),
            city: "TOULOUSE".to_owned(),
            ..Contact::default()
        },
        further: BTreeMap::new(),
        affiliations: vec![pupil_affiliation(college(), "6A", "6EME")],
        children: Vec::new(),
        guardians: vec![guardian],
        renewed: BTreeMap::new(),
    }
}

fn guardian_of_6a() -> Affiliation {
    Affiliation {
        structure: college(),
        profile: Profile::Guardian,
        detail: AffiliationDetail {
            level: "6EME".to_owned(),
            ..Default::default()
        },
    }
}

/// A father with a daughter in the collège and a son in the lycée.
pub(crate) fn guardian() -> Person {
    let at_lycee = Affiliation {
        structure: lycee(),
        detail: AffiliationDetail {
            level: "TERM CAP".to_owned(),
            ..Default::default()
        },
        ..guardian_of_6a()
    };
    Person {
        id: person_id(3),
        login: "bruno.rouquette".to_owned(),
        names: names("M.", "Bruno", "ROUQUETTE"),
        birth_date: None,
        external: external("2000003"),
        ine: None,
        contact: Contact {
            mail: Some("bruno@courriel.example".to_owned()),
            mobile: Some("+33 6 00 00 00 03".to_owned()),
            postal_code: "31000".to_owned(),
            city: "TOULOUSE".to_owned(),
            ..Contact::default()
        },
        further: BTreeMap::new(),
        affiliations: vec![guardian_of_6a(), at_lycee],
        children: vec![
            kin(
                2,
                "Maëlle",
                "ROUQUETTE",
                pupil_affiliation(college(), "6A", "6EME"),
            ),
            kin(
                5,
                "Hugo",
                "ROUQUETTE",
                pupil_affiliation(lycee(), "TCAP1", "TERM CAP"),
            ),
        ],
        guardians: Vec::new(),
        renewed: BTreeMap::new(),
    }
}

/// Somebody whom FranceConnect vouches for and no school knows.
pub(crate) fn citizen() -> Person {
    Person {
        login: "claire.soler".to_owned(),
        names: names("Mme", "Claire", "SOLER"),
        external: None,
        affiliations: vec![Affiliation {
            structure: college(),
            profile: Profile::Citizen,
            detail: AffiliationDetail::default(),
        }],
        children: Vec::new(),
        ..guardian()
    }
}

/// A pupil with every text replaced by `text`.
pub(crate) fn named(text: &str) -> Person {
    let mut person = pupil();
    person.login = text.to_owned();
    person.names = names(text, text, text);
    person.contact.mail = Some(text.to_owned());
    person.contact.address = strings(&[text]);
    if let Some(external) = &mut person.external {
        external.key = text.to_owned();
    }
    for affiliation in &mut person.affiliations {
        affiliation.structure.name = text.to_owned();
        affiliation.detail.classes = strings(&[text]);
        affiliation.detail.groups = strings(&[text]);
    }
    person.further = BTreeMap::from([(text.to_owned(), strings(&[text]))]);
    person
}

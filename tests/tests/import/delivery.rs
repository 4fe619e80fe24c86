//! Deliveries made in a test, record by record.

use clau_domain::feed::{
    FeedKey, FileName, GuardianRecord, InStructure, Item, Kinship, Place, PupilRecord, Record,
    RecordKind, Relation, StaffFunction, StaffRecord, StructureRecord, SubjectRecord, Unusable,
};
use clau_domain::person::{BirthDate, Contact, Function, Names};

/// A delivery that is being written.
#[derive(Clone, Default)]
pub(crate) struct Feed(pub(crate) Vec<Item>);

pub(crate) fn key(text: &str) -> FeedKey {
    FeedKey::new(text).expect(text)
}

fn names(given: &str, family: &str) -> Names {
    Names {
        given: given.into(),
        family: family.into(),
        ..Names::default()
    }
}

impl Feed {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn add(&mut self, file: &str, record: Record) -> &mut Self {
        let line = self.0.len() as u64 + 1;
        let at = Place {
            file: FileName::new(file),
            line,
        };
        self.0.push(Item::Record {
            at,
            record,
            warnings: Vec::new(),
        });
        self
    }

    pub(crate) fn school(&mut self, code: &str) -> &mut Self {
        self.add("Etab", Record::Structure(Box::new(school(code))))
    }

    pub(crate) fn pseudo(&mut self, code: &str) -> &mut Self {
        let record = StructureRecord {
            pseudo: true,
            kind_label: "SANS OBJET".into(),
            ..school(code)
        };
        self.add("Etab", Record::Structure(Box::new(record)))
    }

    pub(crate) fn subject(&mut self, code: &str, label: &str) -> &mut Self {
        let record = SubjectRecord {
            key: key(code),
            label: label.into(),
            national: String::new(),
        };
        self.add("Matiere", Record::Subject(record))
    }

    /// A pupil `given family` of a school, with guardians by key and legal rank.
    pub(crate) fn pupil(
        &mut self,
        code: &str,
        name: (&str, &str),
        school: &str,
        ties: &[(&str, u8)],
    ) -> &mut Self {
        self.add(
            "Eleve",
            Record::Pupil(Box::new(pupil(code, name, school, ties))),
        )
    }

    pub(crate) fn guardian(&mut self, code: &str, name: (&str, &str)) -> &mut Self {
        let record = GuardianRecord {
            key: key(code),
            names: names(name.0, name.1),
            contact: Contact::default(),
            share_address: None,
        };
        self.add("PersRelEleve", Record::Guardian(Box::new(record)))
    }

    /// A member of staff with functions by school and code.
    pub(crate) fn staff(
        &mut self,
        code: &str,
        name: (&str, &str),
        functions: &[(&str, &str)],
    ) -> &mut Self {
        self.add(
            "PersEducNat",
            Record::Staff(Box::new(staff(code, name, functions))),
        )
    }

    pub(crate) fn unusable(&mut self, kind: RecordKind, code: &str, reason: Unusable) -> &mut Self {
        let line = self.0.len() as u64 + 1;
        let at = Place {
            file: FileName::new("broken"),
            line,
        };
        self.0.push(Item::Unusable {
            at,
            kind,
            key: code.into(),
            reason,
        });
        self
    }

    /// Takes the records with a key out.
    pub(crate) fn without(&self, code: &str) -> Self {
        let other = |item: &&Item| !matches!(item, Item::Record { record, .. } if record.key().as_str() == code);
        Self(self.0.iter().filter(other).cloned().collect())
    }

    pub(crate) fn items(&self) -> Vec<Item> {
        self.0.clone()
    }
}

pub(crate) fn school(code: &str) -> StructureRecord {
    StructureRecord {
        key: key(code),
        uai: None,
        other_uai: None,
        name: format!("College {code}"),
        kind_label: "COLLEGE".into(),
        kind_code: "340".into(),
        ministry: String::new(),
        ministry_code: String::new(),
        contract: String::new(),
        siret: String::new(),
        street: String::new(),
        postal_code: String::new(),
        city: String::new(),
        phone: String::new(),
        mail: String::new(),
        academy: String::new(),
        academy_code: String::new(),
        hosts: Vec::new(),
        classes: Vec::new(),
        groups: Vec::new(),
        pseudo: false,
    }
}

pub(crate) fn pupil(
    code: &str,
    name: (&str, &str),
    school: &str,
    ties: &[(&str, u8)],
) -> PupilRecord {
    PupilRecord {
        key: key(code),
        names: names(name.0, name.1),
        birth_date: BirthDate::new(2012, 5, 17).ok(),
        ine: None,
        school_record: String::new(),
        school_record_men: String::new(),
        structure: (!school.is_empty()).then(|| key(school)),
        classes: if school.is_empty() {
            Vec::new()
        } else {
            vec![InStructure {
                structure: key(school),
                name: "6A".into(),
            }]
        },
        groups: Vec::new(),
        mef: String::new(),
        mef_label: String::new(),
        level: "6EME".into(),
        stream: String::new(),
        status: String::new(),
        regime: String::new(),
        scholarship: None,
        transport: None,
        subjects: Vec::new(),
        contact: Contact::default(),
        guardians: ties
            .iter()
            .map(|(guardian, legal)| relation(guardian, *legal))
            .collect(),
        lives_with: Vec::new(),
    }
}

pub(crate) fn relation(guardian: &str, legal: u8) -> Relation {
    Relation {
        guardian: key(guardian),
        kinship_code: "10".into(),
        kinship: Kinship::Mother,
        legal,
        financial: legal == 1,
        contact: true,
        payment: false,
    }
}

pub(crate) fn staff(code: &str, name: (&str, &str), functions: &[(&str, &str)]) -> StaffRecord {
    let function = |(school, code): &(&str, &str)| StaffFunction {
        structure: key(school),
        function: Function {
            code: (*code).into(),
            ..Function::default()
        },
    };
    StaffRecord {
        key: key(code),
        names: names(name.0, name.1),
        birth_date: None,
        mail: None,
        structure: functions.first().map(|(school, _)| key(school)),
        functions: functions.iter().map(function).collect(),
        classes: Vec::new(),
        groups: Vec::new(),
        class_subjects: Vec::new(),
        group_subjects: Vec::new(),
        main_teacher_of: Vec::new(),
        disciplines: Vec::new(),
        subjects: Vec::new(),
        mefs: Vec::new(),
        teaches: None,
    }
}

/// Two schools; a family with children in both, a family in each, staff in one and in both.
pub(crate) fn two_schools() -> Feed {
    let mut feed = Feed::new();
    feed.school("A").school("B").subject("030001", "FRANCAIS");
    feed.pupil("1", ("Jean", "Martin"), "A", &[("11", 1), ("12", 2)]);
    feed.pupil("2", ("Lucie", "Martin"), "B", &[("11", 1), ("12", 2)]);
    feed.pupil("3", ("Paul", "Durand"), "A", &[("13", 1), ("14", 0)]);
    feed.pupil("4", ("Zoé", "Roux"), "B", &[("15", 1)]);
    for (code, name) in [
        ("11", ("Anne", "Martin")),
        ("12", ("Luc", "Martin")),
        ("13", ("Marie", "Durand")),
        ("14", ("Oncle", "Durand")),
        ("15", ("Rose", "Roux")),
    ] {
        feed.guardian(code, name);
    }
    feed.staff(
        "21",
        ("Ada", "Prof"),
        &[("A", "ENS"), ("B", "ENS"), ("Z", "ENS")],
    );
    feed.staff("22", ("Guy", "Chef"), &[("A", "DIR")]);
    feed
}

//! People and schools for the directory's tests.

use std::collections::BTreeMap;

use clau_domain::ids::{PersonId, StructureId};
use clau_domain::person::{AffiliationDetail, Contact, Names};
use clau_domain::profile::Profile;
use clau_domain::random::SeededForTests;
use clau_domain::structure::{Structure, StructureDetail, StructureKind};
use clau_storage::people::{self, PersonRow, RecordKey, RelationRow};
use clau_storage::{Database, structures};

use crate::stage::{START, digest};

static RANDOM: SeededForTests = SeededForTests::new(2);

/// A new person's id.
pub(crate) fn id() -> PersonId {
    PersonId::mint(START, &RANDOM)
}

/// A person of a name, with everything a row can hold.
pub(crate) fn row(given: &str, family: &str) -> PersonRow {
    PersonRow {
        names: Names {
            family: family.to_owned(),
            birth: format!("{family}-née"),
            given: given.to_owned(),
            others: vec!["Zoé".to_owned(), "D’Arc".to_owned()],
            title: "Mme".to_owned(),
        },
        birth_date: Some("2012-02-29".to_owned()),
        ine: Some("123456789AB".to_owned()),
        contact: Contact {
            mail: Some("x@example.org".to_owned()),
            mobile: Some("+33 6".to_owned()),
            address: vec!["1, rue de l’Église".to_owned()],
            ..Contact::default()
        },
        further: BTreeMap::from([("badge".to_owned(), vec!["7".to_owned(), "8".to_owned()])]),
    }
}

/// A school of a source.
pub(crate) async fn school(database: &Database, key: &str, uai: Option<&str>) -> Structure {
    let school = Structure {
        id: StructureId::mint(START, &RANDOM),
        source: "toulouse".to_owned(),
        key: key.to_owned(),
        uai: uai.map(|uai| uai.parse().expect("a UAI")),
        kind: StructureKind::School,
        name: format!("Lycée {key}"),
        detail: StructureDetail {
            city: "Albi".to_owned(),
            ..StructureDetail::default()
        },
    };
    let mut tx = database.begin().await.expect("begin");
    structures::put(&mut tx, &school).await.expect("put");
    tx.commit().await.expect("commit");
    school
}

/// Writes a person as a source delivers them: a record of a kind, with one affiliation or none.
pub(crate) async fn person(
    database: &Database,
    row: &PersonRow,
    kind: &str,
    affiliation: Option<(&Structure, Profile)>,
) -> PersonId {
    let id = id();
    let key = id.to_string();
    let record = RecordKey {
        source: "toulouse",
        kind,
        key: &key,
    };
    let detail = AffiliationDetail {
        classes: vec!["2GT1".to_owned()],
        level: "seconde".to_owned(),
        ..AffiliationDetail::default()
    };
    let affiliations: Vec<_> = affiliation
        .map(|(school, profile)| (school.id, profile, detail))
        .into_iter()
        .collect();
    let mut tx = database.begin().await.expect("begin");
    people::put(&mut tx, id, row).await.expect("put");
    people::put_record(&mut tx, &record, id, digest("record"), &affiliations)
        .await
        .expect("record");
    tx.commit().await.expect("commit");
    id
}

/// Makes somebody answer for a pupil with a rank.
pub(crate) async fn relation(
    database: &Database,
    pupil: PersonId,
    guardian: PersonId,
    legal_rank: u8,
) {
    let relation = RelationRow {
        pupil,
        guardian,
        source: "toulouse",
        kinship: "10",
        legal_rank,
    };
    let mut tx = database.begin().await.expect("begin");
    people::put_relation(&mut tx, relation)
        .await
        .expect("relation");
    tx.commit().await.expect("commit");
}

/// Writes a person by a record of a source, kind and key, with one affiliation or none.
pub(crate) async fn recorded(
    database: &Database,
    (source, kind, key): (&str, &str, &str),
    row: &PersonRow,
    affiliation: Option<(&Structure, Profile, AffiliationDetail)>,
) -> PersonId {
    let id = id();
    let record = RecordKey { source, kind, key };
    let affiliations: Vec<_> = affiliation
        .map(|(school, profile, detail)| (school.id, profile, detail))
        .into_iter()
        .collect();
    let mut tx = database.begin().await.expect("begin");
    people::put(&mut tx, id, row).await.expect("put");
    people::put_record(&mut tx, &record, id, digest(key), &affiliations)
        .await
        .expect("record");
    tx.commit().await.expect("commit");
    id
}

/// A person of a name and nothing else.
pub(crate) fn plain(given: &str, family: &str) -> PersonRow {
    PersonRow {
        names: Names {
            family: family.to_owned(),
            given: given.to_owned(),
            ..Names::default()
        },
        birth_date: None,
        ine: None,
        contact: Contact::default(),
        further: BTreeMap::new(),
    }
}

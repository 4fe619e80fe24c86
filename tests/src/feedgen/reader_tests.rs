//! What the generator writes, the product's reader reads: every record, from a directory and from
//! both kinds of archive; and each fault of `faults` is refused with its file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clau_connectors::feed::aaf::{Limits, Set};
use clau_domain::feed::{Item, Reason, Record, Refusal, WarningKind};

use super::{Plan, Summary, faults, write};

/// Counts of records by kind, and of oddities by kind.
#[derive(Debug, Default, PartialEq)]
struct Found {
    records: BTreeMap<String, usize>,
    warnings: BTreeMap<String, usize>,
}

fn read(path: &Path) -> Result<Found, Refusal> {
    let set = Set::open(path, &Limits::default())?;
    let mut found = Found::default();
    for item in set.entries() {
        match item? {
            Item::Record {
                record, warnings, ..
            } => {
                *found
                    .records
                    .entry(format!("{:?}", record.kind()))
                    .or_default() += 1;
                for warning in warnings {
                    *found
                        .warnings
                        .entry(format!("{:?}", warning.kind))
                        .or_default() += 1;
                }
            }
            Item::Unusable { at, reason, .. } => panic!("{at}: {reason}"),
        }
    }
    Ok(found)
}

fn expected(summary: &Summary) -> BTreeMap<String, usize> {
    [
        ("Structure", summary.schools + summary.zones),
        ("Subject", summary.subjects),
        ("Mef", summary.mefs),
        ("Pupil", summary.pupils),
        ("Guardian", summary.guardians),
        ("Staff", summary.staff),
    ]
    .map(|(kind, count)| (kind.to_owned(), count))
    .into()
}

#[test]
fn every_record_is_read_from_every_form_of_delivery() {
    let scratch = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for name in ["feed", "feed.zip", "feed.tar.gz"] {
        let path = scratch.path().join(name);
        let summary = write(&Plan::tiny(), &path).unwrap();
        let found = read(&path).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert_eq!(found.records, expected(&summary), "{name}");
        all.push(found);
    }
    assert!(all.windows(2).all(|two| two[0] == two[1]));
}

#[test]
fn the_agricultural_delivery_is_read_to_the_last_record() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("feed");
    let summary = write(&Plan::demo().agriculture(), &path).unwrap();
    let found = read(&path).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(found.records, expected(&summary));
    let allowed = ["DoubleEscaped", "MissingTitle", "BadBirthDate"];
    assert!(
        found
            .warnings
            .keys()
            .all(|kind| allowed.contains(&kind.as_str())),
        "{:?}",
        found.warnings
    );
}

#[test]
fn a_demo_region_has_the_oddities_it_should_and_no_other() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("feed");
    let plan = Plan {
        pupils: 3_000,
        guardians: 4_500,
        ..Plan::demo()
    };
    let summary = write(&plan, &path).unwrap();
    let found = read(&path).unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(found.records, expected(&summary));
    let meant = [
        WarningKind::UaiCheckLetter,
        WarningKind::DoubleEscaped,
        WarningKind::MissingTitle,
    ];
    for kind in meant {
        assert!(
            found.warnings.contains_key(&format!("{kind:?}")),
            "{kind:?}: {:?}",
            found.warnings
        );
    }
    let allowed = [
        "UaiCheckLetter",
        "DoubleEscaped",
        "MissingTitle",
        "BadBirthDate",
        "BadUai",
    ];
    assert!(
        found
            .warnings
            .keys()
            .all(|kind| allowed.contains(&kind.as_str())),
        "{:?}",
        found.warnings
    );
}

#[test]
fn accents_survive_every_encoding() {
    let scratch = tempfile::tempdir().unwrap();
    write(&Plan::demo(), scratch.path()).unwrap();
    let set = Set::open(scratch.path(), &Limits::default()).unwrap();
    let mut names = String::new();
    for item in set.entries() {
        if let Ok(Item::Record {
            record: Record::Guardian(guardian),
            ..
        }) = item
        {
            names.push_str(&guardian.names.family);
            names.push_str(&guardian.names.given);
        }
    }
    for letter in ['é', 'É', 'ç', 'ï', '\'', 'Ç'] {
        assert!(names.contains(letter), "{letter}");
    }
    assert!(!names.contains('\u{FFFD}') && !names.contains("&#"));
}

type Fault = fn(&Path) -> std::io::Result<std::path::PathBuf>;
type Expected = fn(&Reason) -> bool;

#[test]
fn imp_01_imp_05_every_fault_refuses_the_whole_set_and_names_the_file() {
    let table: [(Fault, Expected); 5] = [
        (
            |d| faults::truncate(d, "_Eleve_0000"),
            |r| matches!(r, Reason::Truncated { .. }),
        ),
        (
            |d| faults::misencode(d, "_PersEducNat_0000"),
            |r| matches!(r, Reason::Misencoded { .. }),
        ),
        (
            |d| faults::foreign(d, "_PersRelEleve_0000"),
            |r| matches!(r, Reason::ForeignRoot { .. }),
        ),
        (
            |d| faults::external_entity(d, "_EtabEducNat_0000"),
            |r| {
                matches!(
                    r,
                    Reason::InternalSubset | Reason::ForeignDocumentType | Reason::Entity { .. }
                )
            },
        ),
        (
            |d| faults::deletion(d, "_Eleve_0000"),
            |r| matches!(r, Reason::DeltaRequest { .. }),
        ),
    ];
    for (fault, is_expected) in table {
        let scratch = tempfile::tempdir().unwrap();
        write(&Plan::tiny(), scratch.path()).unwrap();
        let path = fault(scratch.path()).unwrap();
        let refusal = read(scratch.path()).unwrap_err();
        assert!(is_expected(&refusal.reason), "{refusal}");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(refusal.to_string().contains(&name), "{refusal}");
    }
    let scratch = tempfile::tempdir().unwrap();
    write(&Plan::tiny(), scratch.path()).unwrap();
    faults::lose(scratch.path(), "_MefEducNat_").unwrap();
    assert!(matches!(
        read(scratch.path()).unwrap_err().reason,
        Reason::Incomplete { .. }
    ));
    assert!(fs::read_dir(scratch.path()).unwrap().count() > 5);
}

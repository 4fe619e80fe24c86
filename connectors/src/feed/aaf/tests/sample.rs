//! The anonymised feed in the real format, where it is at hand; it belongs to another project and is
//! not copied into this one.

use super::*;

fn sample() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/aaf");
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: there is no {}", path.display());
    None
}

#[test]
fn every_record_of_the_sample_is_read() {
    let Some(path) = sample() else { return };
    let set = Set::open(&path, &Limits::default()).expect("a set");
    let header = set.header();
    assert_eq!(header.project, "FULL_ENTTSSERVICES");
    assert_eq!(header.date.to_string(), "2013-01-17");
    assert_eq!(header.version.as_deref(), Some("AAF-VE1301"));
    assert_eq!(header.files.len(), 46);

    let contents = read(&set).expect("readable");
    let counts: Vec<_> = RecordKind::ALL
        .iter()
        .map(|kind| contents.count(*kind))
        .collect();
    assert_eq!(counts, [10, 718, 2504, 642, 9975, 701]);
    assert_eq!((contents.records.len(), contents.unusable), (14_550, 0));
    assert_eq!(set.position().bytes(), set.bytes_total());

    let warned = contents.warnings_by_kind();
    assert_eq!(
        warned.get(&WarningKind::NumberGap),
        Some(&1),
        "Eleve_0000 is missing"
    );
    assert_eq!(warned.get(&WarningKind::PrefixedName), Some(&40));
    println!("{warned:#?}");
}

#[test]
fn relations_of_the_sample_are_as_counted() {
    let Some(path) = sample() else { return };
    let contents = read_path(&path).expect("readable");
    let (mut ranks, mut alone, mut themselves) = ([0; 3], 0, 0);
    for record in &contents.records {
        let Record::Pupil(pupil) = record else {
            continue;
        };
        alone += usize::from(pupil.guardians.is_empty());
        for relation in &pupil.guardians {
            ranks[usize::from(relation.legal)] += 1;
            themselves += usize::from(relation.kinship_code == "7");
        }
    }
    assert_eq!(ranks, [153, 622, 289]);
    assert_eq!((alone, themselves), (20, 26));
}

#[test]
fn pseudo_structures_of_the_sample_are_told_apart() {
    let Some(path) = sample() else { return };
    let contents = read_path(&path).expect("readable");
    let pseudo = contents.records.iter().filter(|record| match record {
        Record::Structure(structure) => structure.pseudo,
        _ => false,
    });
    assert_eq!(pseudo.count(), 10);
}

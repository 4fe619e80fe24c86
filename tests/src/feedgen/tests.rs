//! What a generated delivery must be: well-formed, as many as asked, the same for the same seed,
//! with the statistics of real ones.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::*;

pub(super) type Record = BTreeMap<String, Vec<String>>;

/// Reads every record of a kind with a parser of another make than the product's reader.
pub(super) fn read(directory: &Path, part: &str) -> Vec<Record> {
    let mut records = Vec::new();
    for path in faults::files(directory, part).unwrap() {
        let bytes = fs::read(&path).unwrap();
        let text = if bytes.starts_with(b"<?xml version=\"1.0\" encoding=\"ISO-8859-15\"") {
            encoding_rs::ISO_8859_15.decode(&bytes).0.into_owned()
        } else {
            String::from_utf8(bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let mut reader = Reader::from_str(&text);
        let (mut record, mut name, mut value) = (Record::new(), String::new(), None::<String>);
        loop {
            match reader
                .read_event()
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            {
                Event::Eof => break,
                Event::Start(tag) => match tag.name().as_ref() {
                    "addRequest" => record = Record::new(),
                    "attr" => {
                        name = tag
                            .try_get_attribute("name")
                            .unwrap()
                            .unwrap()
                            .value
                            .into_owned();
                        record.entry(name.clone()).or_default();
                    }

                    "value" => value = Some(String::new()),
                    _ => {}
                },
                Event::Text(text) => {
                    if let Some(value) = &mut value {
                        value.push_str(&text);
                    }
                }
                Event::GeneralRef(entity) => {
                    if let Some(value) = &mut value {
                        match &*entity {
                            "amp" => value.push('&'),
                            "apos" => value.push('\''),
                            "lt" => value.push('<'),
                            "gt" => value.push('>'),
                            _ => value.push(entity.resolve_char_ref().unwrap().unwrap()),
                        }
                    }
                }
                Event::End(tag) => match tag.name().as_ref() {
                    "value" => record
                        .entry(name.clone())
                        .or_default()
                        .extend(value.take().filter(|v| !v.is_empty())),
                    "addRequest" => records.push(std::mem::take(&mut record)),
                    _ => {}
                },
                _ => {}
            }
        }
    }
    records
}

pub(super) fn first<'r>(record: &'r Record, name: &str) -> &'r str {
    record
        .get(name)
        .and_then(|values| values.first())
        .map_or("", String::as_str)
}

pub(super) fn written(plan: &Plan) -> (tempfile::TempDir, Summary) {
    let directory = tempfile::tempdir().unwrap();
    let summary = write(plan, directory.path()).unwrap();
    (directory, summary)
}

/// One large enough for statistics and small enough for a debug build.
fn county() -> Plan {
    Plan {
        schools: 14,
        pupils: 5_000,
        guardians: 7_500,
        staff: 500,
        ..Plan::region()
    }
}

#[test]
fn a_tiny_delivery_holds_what_was_asked_and_every_file_is_well_formed() {
    let plan = Plan::tiny();
    let (directory, summary) = written(&plan);
    assert_eq!(
        (summary.pupils, summary.schools, summary.staff),
        (60, 2, 30)
    );
    assert!(summary.guardians >= 100);
    let counts = [
        ("_Eleve_", summary.pupils),
        ("_PersRelEleve_", summary.guardians),
        ("_PersEducNat_", summary.staff),
        ("_EtabEducNat_", summary.schools + summary.zones),
        ("_MatiereEducNat_", summary.subjects),
        ("_MefEducNat_", summary.mefs),
    ];
    for (part, expected) in counts {
        let records = read(directory.path(), part);
        assert_eq!(records.len(), expected, "{part}");
        let keys: HashSet<&str> = records
            .iter()
            .map(|r| {
                [
                    "ENTPersonJointure",
                    "ENTStructureJointure",
                    "ENTMatJointure",
                    "ENTMefJointure",
                ]
                .map(|name| first(r, name))
                .into_iter()
                .find(|k| !k.is_empty())
                .unwrap()
            })
            .collect();
        assert_eq!(keys.len(), records.len(), "keys are unique in {part}");
    }
    assert!(
        summary.files.iter().any(|file| file.records == 0),
        "one empty chunk"
    );
    assert!(
        summary
            .files
            .iter()
            .filter(|file| file.name.contains("_Eleve_"))
            .count()
            > 1
    );
}

#[test]
fn encodings_and_line_ends_are_mixed() {
    let (directory, summary) = written(&Plan::tiny());
    let (mut latin, mut undeclared, mut windows_lines) = (0, 0, 0);
    for file in &summary.files {
        let bytes = fs::read(directory.path().join(&file.name)).unwrap();
        latin += usize::from(bytes.windows(11).any(|w| w == b"ISO-8859-15"));
        undeclared += usize::from(bytes.starts_with(b"<!DOCTYPE"));
        windows_lines += usize::from(bytes.windows(2).any(|w| w == b"\r\n"));
    }
    assert!(
        latin > 0 && undeclared > 0 && windows_lines > 0,
        "{latin} {undeclared} {windows_lines}"
    );
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for name in ["a.tar.gz", "a.zip"] {
        let first = write(&Plan::tiny(), &one.path().join(name)).unwrap();
        let second = write(&Plan::tiny(), &two.path().join(name)).unwrap();
        assert_eq!(first, second);
        assert_eq!(
            fs::read(one.path().join(name)).unwrap(),
            fs::read(two.path().join(name)).unwrap()
        );
    }
    let other = write(
        &Plan {
            seed: 2,
            ..Plan::tiny()
        },
        &two.path().join("b.zip"),
    )
    .unwrap();
    assert!(
        other.cast.first()
            != write(&Plan::tiny(), &one.path().join("b.zip"))
                .unwrap()
                .cast
                .first()
    );
}

#[test]
fn relations_are_spread_as_in_real_feeds() {
    let (directory, _) = written(&county());
    let pupils = read(directory.path(), "_Eleve_");
    let guardians: HashSet<String> = read(directory.path(), "_PersRelEleve_")
        .iter()
        .map(|g| first(g, "ENTPersonJointure").to_owned())
        .collect();
    let total = pupils.len();
    let (mut relations, mut none, mut one, mut two, mut own, mut contacts) = (0, 0, 0, 0, 0, 0);
    for pupil in &pupils {
        let all: Vec<Vec<&str>> = pupil["ENTElevePersRelEleve"]
            .iter()
            .map(|value| value.split('$').collect())
            .collect();
        assert!(all.iter().all(|fields| fields.len() == 6));
        assert!(
            all.iter().all(|fields| guardians.contains(fields[0])),
            "every guardian referred to is there"
        );
        relations += all.len();
        contacts += all.iter().filter(|fields| fields[3] == "0").count();
        match all.iter().filter(|fields| fields[3] != "0").count() {
            0 => none += 1,
            1 => one += 1,
            _ => two += 1,
        }
        own += usize::from(
            all.iter()
                .any(|fields| fields[1] == "70" || fields[1] == "7"),
        );
        if !all.is_empty() {
            assert_eq!(
                all.iter().filter(|fields| fields[2] == "1").count(),
                1,
                "one payer"
            );
        }
    }
    let share = |part: usize| part * 1000 / total;
    assert!(
        (1_500..1_900).contains(&share(relations)),
        "relations {}",
        share(relations)
    );
    assert!((15..45).contains(&share(none)), "none {}", share(none));
    assert!((470..570).contains(&share(one)), "one {}", share(one));
    assert!((400..500).contains(&share(two)), "two {}", share(two));
    assert!((20..60).contains(&share(own)), "own {}", share(own));
    assert!(
        (100..400).contains(&share(contacts)),
        "contacts {}",
        share(contacts)
    );
}

#[test]
fn classes_and_keys_agree_between_files_except_those_that_dangle_on_purpose() {
    let (directory, summary) = written(&county());
    let structures = read(directory.path(), "_EtabEducNat_");
    let mut classes = HashSet::new();
    let mut keys = HashSet::new();
    for structure in &structures {
        let key = first(structure, "ENTStructureJointure");
        keys.insert(key.to_owned());
        let uai = first(structure, "ENTStructureUAI");
        let letter = places::check_letter(uai[..7].parse().unwrap());
        assert_eq!(
            uai.ends_with(letter),
            first(structure, "ENTStructureTypeStruct") != "SANS OBJET",
            "{uai}"
        );
        for class in &structure["ENTStructureClasses"] {
            classes.insert(format!("{key}${}", class.split('$').next().unwrap()));
        }
    }
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for pupil in read(directory.path(), "_Eleve_") {
        assert!(keys.contains(first(&pupil, "ENTPersonStructRattach")));
        for class in &pupil["ENTEleveClasses"] {
            assert!(classes.contains(class), "{class}");
            *sizes.entry(class.clone()).or_default() += 1;
        }
    }
    assert!(sizes.values().all(|size| *size < 60), "{sizes:?}");
    let staff = read(directory.path(), "_PersEducNat_");
    let held: Vec<&str> = staff
        .iter()
        .flat_map(|s| {
            s["ENTPersonFonctions"]
                .iter()
                .map(|f| f.split('$').next().unwrap())
        })
        .collect();
    assert!(
        held.iter().any(|key| !keys.contains(*key)),
        "some keys dangle"
    );
    assert!(
        staff.iter().any(|s| s["ENTPersonFonctions"].len() >= 15),
        "somebody serves many schools"
    );
    assert!(staff.iter().all(|s| {
        s["ENTPersonFonctions"]
            .iter()
            .all(|f| f.split('$').count() == 5)
    }));
    let mails: Vec<&str> = staff
        .iter()
        .map(|s| first(s, "mail"))
        .filter(|m| !m.is_empty())
        .collect();
    assert_eq!(
        mails.iter().collect::<HashSet<_>>().len(),
        mails.len(),
        "academic mails are unique"
    );
    assert_eq!(summary.cast.len(), 6, "{:?}", summary.cast);
}

#[test]
fn oddities_of_real_feeds_are_there() {
    let (directory, summary) = written(&county());
    let all: String = faults::files(directory.path(), ".xml")
        .unwrap()
        .iter()
        .map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned())
        .collect();
    for part in [
        "&apos;",
        "&amp;apos;",
        "<value/>",
        "<value></value>",
        "D&apos;",
        "Z.REMP-",
    ] {
        assert!(all.contains(part), "{part}");
    }
    assert!(summary.unrelated_guardians > 0);
    let pupils = read(directory.path(), "_Eleve_");
    let mut names: BTreeMap<(String, String), usize> = BTreeMap::new();
    for pupil in &pupils {
        *names
            .entry((
                first(pupil, "sn").to_owned(),
                first(pupil, "givenName").to_owned(),
            ))
            .or_default() += 1;
    }
    assert!(names.values().any(|count| *count > 2), "homonyms");
    assert!(pupils.iter().any(|p| first(p, "ENTEleveINE").is_empty()));
    assert!(pupils.iter().any(|p| p["ENTEleveClasses"].is_empty()));
    assert!(pupils.iter().any(|p| first(p, "personalTitle").is_empty()));
}

#[test]
fn the_next_day_is_the_same_region_with_some_changes() {
    let plan = Plan::demo();
    let (today, before) = written(&plan);
    let (tomorrow, after) = written(&plan.next_day());
    let index = |directory: &Path| -> BTreeMap<String, Record> {
        read(directory, "_Eleve_")
            .into_iter()
            .map(|r| (first(&r, "ENTPersonJointure").to_owned(), r))
            .collect()
    };
    let (old, new) = (index(today.path()), index(tomorrow.path()));
    let gone = old.keys().filter(|key| !new.contains_key(*key)).count();
    let come = new.keys().filter(|key| !old.contains_key(*key)).count();
    let changed = old
        .iter()
        .filter(|(key, record)| new.get(*key).is_some_and(|r| r != *record))
        .count();
    assert!((1..40).contains(&gone), "gone {gone}");
    assert!((1..40).contains(&come), "come {come}");
    assert!((1..120).contains(&changed), "changed {changed}");
    assert!(before.files.iter().all(|f| f.name.contains("_20261116_")));
    assert!(after.files.iter().all(|f| f.name.contains("_20261117_")));
}

#[test]
fn faults_change_what_they_say() {
    let (directory, summary) = written(&Plan::tiny());
    let school = first(
        &read(directory.path(), "_EtabEducNat_")[1],
        "ENTStructureJointure",
    )
    .to_owned();
    let before = read(directory.path(), "_Eleve_").len();
    let dropped = faults::drop_pupils(directory.path(), &school, 50).unwrap();
    assert!(dropped > 0);
    assert_eq!(read(directory.path(), "_Eleve_").len(), before - dropped);
    let cut = faults::truncate(directory.path(), "_Eleve_").unwrap();
    assert!(!fs::read(cut).unwrap().ends_with(b"</ficAlimMENESR>\n"));
    let entity = faults::external_entity(directory.path(), "_PersEducNat_").unwrap();
    assert!(String::from_utf8_lossy(&fs::read(entity).unwrap()).contains("<!ENTITY"));
    let bad = faults::misencode(directory.path(), "_EtabEducNat_").unwrap();
    assert!(String::from_utf8(fs::read(bad).unwrap()).is_err());
    assert!(faults::lose(directory.path(), "_MefEducNat_").unwrap() >= 1);
    assert!(faults::files(directory.path(), "_MefEducNat_").is_err());
    assert!(summary.records() > 200);
}

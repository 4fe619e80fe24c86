//! The names of the files of a set: `<project>_Complet_<yyyymmdd>_<Type>_<nnnn>.xml`, perhaps with a
//! prefix. Owns which files belong to a set and whether they are one delivery (IMP-05). Never looks
//! into a file. Spec: french-ent.md §2.1.

use std::collections::BTreeMap;

use clau_domain::feed::{
    FeedDate, FileName, Place, Reason, RecordKind, Refusal, SetFile, Warning, WarningKind,
};

use super::{Found, Source};

/// The word for a kind in the names of files.
pub(super) const fn word(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Structure => "EtabEducNat",
        RecordKind::Subject => "MatiereEducNat",
        RecordKind::Mef => "MefEducNat",
        RecordKind::Pupil => "Eleve",
        RecordKind::Guardian => "PersRelEleve",
        RecordKind::Staff => "PersEducNat",
    }
}

/// Whether a file is one of the feed, by its name.
pub(super) fn concerns(name: &str) -> bool {
    FeedName::parse(name).is_some()
}

/// A set, by its names.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) project: String,
    pub(super) date: FeedDate,
    /// In the order in which they are read.
    pub(super) files: Vec<(SetFile, Source)>,
}

/// Orders the files that were found and checks that they are one delivery.
pub(super) fn plan(whole: &FileName, found: Vec<Found>) -> Result<(Plan, Vec<Warning>), Refusal> {
    let mut warnings = Vec::new();
    let mut files: BTreeMap<(RecordKind, u32), (Stem, SetFile, Source)> = BTreeMap::new();
    for Found {
        name,
        bytes,
        source,
    } in found
    {
        let file = FileName::new(&name);
        let Some(parsed) = FeedName::parse(&name) else {
            if has_xml_extension(&name) {
                warnings.push(of_file(file, WarningKind::ForeignFile, String::new()));
            }
            continue;
        };
        let FeedName { kind, number, stem } = parsed;
        let stem = stem.map_err(|reason| Refusal::of_file(file.clone(), reason))?;
        let entry = SetFile {
            name: file.clone(),
            kind,
            number,
            bytes,
        };
        if let Some((_, other, _)) = files.insert((kind, number), (stem, entry, source)) {
            let other = other.name.to_string();
            return Err(Refusal::of_file(file, Reason::DuplicateFile { other }));
        }
    }
    let Some(project) = files
        .values()
        .map(|(stem, _, _)| &stem.project)
        .min_by_key(|p| p.len())
        .cloned()
    else {
        return Err(Refusal::of_file(whole.clone(), Reason::Empty));
    };
    let mut date = None;
    for (stem, file, _) in files.values() {
        let expected = *date.get_or_insert(stem.date);
        if stem.date != expected {
            let reason = Reason::MixedDates {
                expected,
                found: stem.date,
            };
            return Err(Refusal::of_file(file.name.clone(), reason));
        }
        match stem.project.strip_suffix(&project) {
            Some("") => {}
            Some(prefix) if prefix.ends_with(['-', '_', '.']) => {
                let detail = prefix.to_owned();
                warnings.push(of_file(
                    file.name.clone(),
                    WarningKind::PrefixedName,
                    detail,
                ));
            }
            _ => {
                let (expected, found) = (project, stem.project.clone());
                let reason = Reason::MixedProjects { expected, found };
                return Err(Refusal::of_file(file.name.clone(), reason));
            }
        }
    }
    let Some(date) = date else {
        return Err(Refusal::of_file(whole.clone(), Reason::Empty));
    };
    gaps(files.values().map(|(_, file, _)| file), &mut warnings);
    let files = files
        .into_values()
        .map(|(_, file, source)| (file, source))
        .collect();
    Ok((
        Plan {
            project,
            date,
            files,
        },
        warnings,
    ))
}

/// What the name of a file says.
struct FeedName {
    kind: RecordKind,
    number: u32,
    stem: Result<Stem, Reason>,
}

/// What must be the same in all names of a set.
struct Stem {
    project: String,
    date: FeedDate,
}

impl FeedName {
    /// Looks for `_<Type>_<nnnn>` anywhere in the name of an XML file.
    fn parse(name: &str) -> Option<Self> {
        if !has_xml_extension(name) {
            return None;
        }
        RecordKind::ALL.into_iter().find_map(|kind| {
            let (stem, rest) = name.split_once(&format!("_{}_", word(kind)))?;
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let number = rest
                .get(..digits)
                .filter(|digits| digits.len() >= 4)?
                .parse()
                .ok()?;
            Some(Self {
                kind,
                number,
                stem: Stem::parse(stem),
            })
        })
    }
}

impl Stem {
    fn parse(stem: &str) -> Result<Self, Reason> {
        if stem.to_ascii_lowercase().contains("delta") {
            return Err(Reason::Delta);
        }
        let (rest, day) = stem.rsplit_once('_').ok_or(Reason::Unnamed)?;
        let (project, completeness) = rest.rsplit_once('_').ok_or(Reason::Unnamed)?;
        let date = FeedDate::from_compact(day).ok_or(Reason::Unnamed)?;
        if project.is_empty() || !completeness.eq_ignore_ascii_case("complet") {
            return Err(Reason::Unnamed);
        }
        Ok(Self {
            project: project.to_owned(),
            date,
        })
    }
}

fn has_xml_extension(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("xml"))
}

/// Every kind has at least one file: without guardians or staff, everybody of that kind would be
/// taken for gone (IMP-04, IMP-05).
pub(super) fn complete(whole: &FileName, files: &[SetFile]) -> Result<(), Refusal> {
    let absent = |kind: &RecordKind| !files.iter().any(|file| file.kind == *kind);
    let missing: Vec<&str> = RecordKind::ALL
        .into_iter()
        .filter(absent)
        .map(word)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Refusal::of_file(
            whole.clone(),
            Reason::Incomplete { missing },
        ))
    }
}

/// Warns about numbers that are skipped. A set that lacks a file may still be the whole delivery (the
/// sender skips empty chunks); if people are missing the importer's thresholds see it.
fn gaps<'a>(files: impl Iterator<Item = &'a SetFile>, warnings: &mut Vec<Warning>) {
    let mut previous: Option<&SetFile> = None;
    for file in files {
        let expected = match previous {
            Some(before) if before.kind == file.kind => before.number.saturating_add(1),
            _ => 0,
        };
        if file.number > expected {
            let last = file.number - 1;
            let missing = if expected == last {
                format!("{expected:04}")
            } else {
                format!("{expected:04} to {last:04}")
            };
            let detail = format!("{missing} of {}", word(file.kind));
            warnings.push(of_file(file.name.clone(), WarningKind::NumberGap, detail));
        }
        previous = Some(file);
    }
}

fn of_file(file: FileName, kind: WarningKind, detail: String) -> Warning {
    Warning {
        at: Place { file, line: 0 },
        key: None,
        kind,
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_matched_anywhere() {
        for (name, kind, number, project) in [
            (
                "ENT2DVA-ENT16_Complet_20240916_PersEducNat_0000.xml",
                RecordKind::Staff,
                0,
                "ENT2DVA-ENT16",
            ),
            (
                "clean-FULL_X_Complet_20130117_PersRelEleve_0039.xml",
                RecordKind::Guardian,
                39,
                "clean-FULL_X",
            ),
            (
                "ENT_0310001A_Complet_20200101_Eleve_0001.XML",
                RecordKind::Pupil,
                1,
                "ENT_0310001A",
            ),
            (
                "ENT_COMPLET_20200101_MefEducNat_12345_v2.xml",
                RecordKind::Mef,
                12_345,
                "ENT",
            ),
        ] {
            let found = FeedName::parse(name).expect(name);
            let stem = found.stem.expect(name);
            assert_eq!(
                (found.kind, found.number, stem.project.as_str()),
                (kind, number, project)
            );
        }
        for other in [
            "ficAlimMENESR.dtd",
            "README.xml",
            "ENT_Complet_20200101_Eleve_000.xml",
            "ENT_Complet_20200101_Eleve_0000.xml.md5",
            "ENT_Complet_20200101_Eleve_99999999999.xml",
            "ENT_Complet_20200101_Eleve_é.xml",
        ] {
            assert!(!concerns(other), "{other}");
        }
    }

    #[test]
    fn imp_05_a_name_says_which_delivery() {
        let stem = |name| FeedName::parse(name).expect(name).stem.map(|_| ());
        for name in [
            "_Eleve_0000.xml",
            "ENT_20200101_Eleve_0000.xml",
            "ENT_Complet_20200231_Eleve_0000.xml",
        ] {
            assert_eq!(stem(name), Err(Reason::Unnamed), "{name}");
        }
        assert_eq!(
            stem("ENT_Delta_20200101_Eleve_0000.xml"),
            Err(Reason::Delta)
        );
    }
}

//! Structures, subjects and MEF (french-ent.md §2.7, §2.8). Owns their attributes and the wrapping
//! that feeds put around the name of a school.

use clau_domain::feed::{Division, Group, MefRecord, StructureRecord, SubjectRecord, WarningKind};
use clau_domain::uai::Uai;

use super::{CODE, NAME, Reading, TEXT};

/// What the feed calls a structure that is none: a replacement zone.
const NO_TYPE: &str = "SANS OBJET";
/// Most MEF of a class, or classes of a group.
const PARTS: usize = 500;

pub(super) fn structure(reading: &mut Reading<'_>) -> StructureRecord {
    let uai = uai(reading, "ENTStructureUAI");
    if let Some(uai) = uai.as_ref().filter(|uai| !uai.check_letter_holds()) {
        reading.warn(WarningKind::UaiCheckLetter, "ENTStructureUAI", uai.as_str());
    }
    let other_uai =
        self::uai(reading, "ENTEtablissementUAI").filter(|other| Some(other) != uai.as_ref());
    let kind_label = reading.text("ENTStructureTypeStruct", NAME);
    let (street, post_office_box) = (
        reading.text("street", TEXT),
        reading.text("postOfficeBox", NAME),
    );
    let parts = [street, post_office_box]
        .into_iter()
        .filter(|part| !part.is_empty());
    let street = parts.collect::<Vec<_>>().join(", ");
    let pseudo = kind_label == NO_TYPE || uai.is_none();
    StructureRecord {
        key: reading.key.clone(),
        uai,
        other_uai,
        name: name(reading),
        kind_label,
        kind_code: reading.text("ENTStructureCodeTypeStruct", CODE),
        ministry: reading.text("ENTEtablissementMinistereTutelle", TEXT),
        ministry_code: reading.text("ENTEtablissementCodeMinistereTutelle", CODE),
        contract: reading.text("ENTEtablissementContrat", CODE),
        siret: reading.text("ENTStructureSIREN", CODE),
        street,
        postal_code: reading.text("postalCode", CODE),
        city: reading.text("l", NAME),
        phone: reading.text("telephoneNumber", CODE),
        mail: reading.mail("ENTStructureMailSI").unwrap_or_default(),
        academy: reading.text("ENTServAcAcademie", NAME),
        academy_code: reading.text("ENTServAcCodeAcademie", CODE),
        hosts: reading.references("ENTEtablissementStructRattachFctl"),
        classes: divisions(reading, "ENTStructureClasses", CODE)
            .into_iter()
            .map(|(name, label, mefs)| Division { name, label, mefs })
            .collect(),
        groups: divisions(reading, "ENTStructureGroupes", NAME)
            .into_iter()
            .map(|(name, label, divisions)| Group {
                name,
                label,
                divisions,
            })
            .collect(),
        pseudo,
    }
}

pub(super) fn subject(reading: &mut Reading<'_>) -> SubjectRecord {
    SubjectRecord {
        key: reading.key.clone(),
        label: reading.text("ENTLibelleMatiere", TEXT),
        national: reading.text("ENTMatiereRattach", CODE),
    }
}

pub(super) fn mef(reading: &mut Reading<'_>) -> MefRecord {
    MefRecord {
        key: reading.key.clone(),
        label: reading.text("ENTLibelleMef", TEXT),
        national: reading.text("ENTMEFRattach", CODE),
        statistical: reading.text("ENTMEFSTAT11", CODE),
        level: reading.text("ENTNivFormation", TEXT),
        stream: reading.text("ENTFiliere", TEXT),
    }
}

fn uai<'a>(reading: &mut Reading<'a>, attribute: &'a str) -> Option<Uai> {
    let written = reading.raw(attribute);
    if written.is_empty() {
        return None;
    }
    let uai = written.parse();
    if uai.is_err() {
        reading.warn(WarningKind::BadUai, attribute, written);
    }
    uai.ok()
}

/// `TYPE$NOM$VILLE` in recent files, `CLG-NOM-ac-ACADEMIE` in older ones: the type and the name. The
/// town has an attribute of its own.
fn name(reading: &mut Reading<'_>) -> String {
    const NAME_OF: &str = "ENTStructureNomCourant";
    let written = reading.raw(NAME_OF);
    let parts: Vec<String> = written
        .split('$')
        .take(3)
        .map(|part| reading.clean(NAME_OF, part, NAME))
        .collect();
    match parts.as_slice() {
        [only] => unwrapped(only),
        [kind, name, town] if kind.is_empty() && name.is_empty() => town.clone(),
        [kind, name, ..] => format!("{kind} {name}").trim().to_owned(),
        [] => String::new(),
    }
}

/// `CLG-JEAN JAURES-ac-TOULOUSE` as `CLG JEAN JAURES`.
fn unwrapped(name: &str) -> String {
    let Some((rest, _)) = name.rsplit_once("-ac-") else {
        return name.to_owned();
    };
    match rest.split_once('-') {
        Some((kind, name)) if kind.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            format!("{kind} {name}").trim().to_owned()
        }
        _ => rest.trim().to_owned(),
    }
}

/// `name$label$further…`: classes with their MEF, groups with their classes.
fn divisions<'a>(
    reading: &mut Reading<'a>,
    attribute: &'a str,
    longest: usize,
) -> Vec<(String, String, Vec<String>)> {
    let mut all: Vec<(String, String, Vec<String>)> = Vec::new();
    let values: Vec<&str> = reading.values(attribute).collect();
    for value in values {
        let mut parts = value.split('$');
        let name = reading.clean(attribute, parts.next().unwrap_or_default(), NAME);
        let label = reading.clean(attribute, parts.next().unwrap_or_default(), TEXT);
        if name.is_empty() {
            reading.warn(WarningKind::FieldCount, attribute, value);
            continue;
        }
        let mut further: Vec<String> = Vec::new();
        for part in parts.take(PARTS) {
            let part = reading.clean(attribute, part, longest);
            if !part.is_empty() && !further.contains(&part) {
                further.push(part);
            }
        }
        let division = (name, label, further);
        if !all.contains(&division) {
            all.push(division);
        }
    }
    all
}

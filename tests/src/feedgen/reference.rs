//! The records that are about no person: structures, subjects and MEF (french-ent.md §2.7, §2.8).

use std::io;

use super::catalogue::{
    AGRICULTURAL_LEVELS, AGRICULTURE, APPRENTICE_LEVELS, COLLEGE, COLLEGE_LEVELS, LYCEE,
    LYCEE_LEVELS, Level, OTHER_MEFS, OTHER_SUBJECTS, SEGPA_LEVELS, VOCATIONAL, VOCATIONAL_LEVELS,
};
use super::draw::Draw;
use super::schools::{Region, School};
use super::xml::{Series, Sink};
use super::{Academy, Plan};

/// Writes the schools and the replacement zones.
pub(crate) fn structures(
    out: &mut Series,
    sink: &mut Sink,
    plan: &Plan,
    region: &Region,
) -> io::Result<()> {
    for zone in &region.zones {
        out.begin(&zone.key);
        out.one("ENTStructureJointure", &zone.key);
        out.one("ENTStructureUAI", &zone.uai);
        out.one("ENTEtablissementUAI", &zone.uai);
        out.one("ENTStructureSIREN", "");
        out.one("ENTStructureNomCourant", &zone.name);
        out.one("ENTStructureTypeStruct", "SANS OBJET");
        out.one("ENTEtablissementMinistereTutelle", "");
        out.one("ENTEtablissementContrat", "PU");
        for empty in [
            "postOfficeBox",
            "street",
            "postalCode",
            "l",
            "telephoneNumber",
            "ENTEtablissementBassin",
        ] {
            out.one(empty, "");
        }
        out.one("ENTServAcAcademie", plan.academy.label());
        out.one("ENTStructureClasses", "");
        out.one("ENTStructureGroupes", "");
        out.end(sink)?;
    }
    for school in &region.schools {
        structure(out, plan, school);
        out.end(sink)?;
    }
    Ok(())
}

fn structure(out: &mut Series, plan: &Plan, school: &School) {
    let mut draw = Draw::keyed(plan.seed, "structure typing", school.index as u64);
    let (kind, code, short) = school.kind_labels();
    out.begin(&school.key);
    out.one("ENTStructureJointure", &school.key);
    out.one("ENTStructureUAI", &school.uai);
    out.one("ENTEtablissementUAI", &school.uai);
    out.one(
        "ENTStructureSIREN",
        &if draw.chance(100) {
            String::new()
        } else {
            format!("19{:07}00{:03}", 3_000_000 + school.index, 11)
        },
    );
    let name = if draw.chance(200) {
        format!("{short}-{}-ac-{}", school.name, plan.academy.label())
    } else {
        format!("{kind}${}${}", school.name, school.commune.name)
    };
    out.one("ENTStructureNomCourant", &name);
    out.one("ENTStructureTypeStruct", kind);
    out.one("ENTStructureCodeTypeStruct", code);
    // The number of the other ministry was not seen (french-ent.md §1.3).
    let (ministry, number) = match school.kind.is_agricultural() {
        true => ("MINISTERE DE L'AGRICULTURE", ""),
        false => ("MINISTERE DE L'EDUCATION NATIONALE", "06"),
    };
    out.one("ENTEtablissementMinistereTutelle", ministry);
    out.one("ENTEtablissementCodeMinistereTutelle", number);
    out.one(
        "ENTEtablissementContrat",
        if draw.chance(80) { "PR" } else { "PU" },
    );
    out.one(
        "postOfficeBox",
        if draw.chance(200) { "BP 40012" } else { "" },
    );
    out.one(
        "street",
        &format!("{} AVENUE DE L'ECOLE", draw.between(1, 90)),
    );
    out.one("postalCode", school.commune.postal_code);
    out.one("l", school.commune.name);
    out.one(
        "telephoneNumber",
        &format!("+33 5 36 49 {:02} {:02}", draw.below(100), draw.below(100)),
    );
    out.one("facsimileTelephoneNumber", "");
    out.one(
        "ENTStructureMailSI",
        &format!(
            "{}@{}",
            school.uai.to_lowercase(),
            plan.academy.mail_domain()
        ),
    );
    out.many("ENTEtablissementStructRattachFctl", school.host.as_deref());
    out.one(
        "ENTEtablissementBassin",
        &format!("16{:03}$BASSIN DE {}", school.area + 1, school.commune.name),
    );
    out.one("ENTServAcAcademie", plan.academy.label());
    out.one("ENTServAcCodeAcademie", &plan.academy.code().to_string());
    out.many(
        "ENTStructureClasses",
        school
            .classes()
            .map(|(class, level)| format!("{class}${} {class}${}", level.label, level.mef)),
    );
    out.many(
        "ENTStructureGroupes",
        school
            .groups()
            .iter()
            .map(|(name, label, classes)| format!("{name}${label}${}", classes.join("$"))),
    );
}

/// Writes the subjects; gives their number.
pub(crate) fn subjects(out: &mut Series, sink: &mut Sink, plan: &Plan) -> io::Result<usize> {
    let taught: &[_] = match plan.academy {
        Academy::Agriculture => &[AGRICULTURE],
        _ => &[COLLEGE, LYCEE, VOCATIONAL],
    };
    let mut all: Vec<(&str, &str)> = taught
        .iter()
        .flat_map(|list| list.iter().map(|s| (s.code, s.label)))
        .collect();
    all.extend(OTHER_SUBJECTS);
    all.sort_unstable();
    all.dedup_by_key(|(code, _)| *code);
    for (code, label) in &all {
        out.begin(code);
        out.one("ENTMatJointure", code);
        out.one("ENTLibelleMatiere", label);
        if !code.bytes().all(|byte| byte.is_ascii_digit()) {
            out.one("ENTMatiereRattach", "099900");
        }
        out.end(sink)?;
    }
    Ok(all.len())
}

/// Writes the MEF; gives their number.
pub(crate) fn mefs(out: &mut Series, sink: &mut Sink, plan: &Plan) -> io::Result<usize> {
    let taught: Vec<_> = levels_of(plan.academy).collect();
    for level in &taught {
        mef(out, level.mef, level.label, (level.formation, level.track));
        out.end(sink)?;
    }
    for (code, label) in OTHER_MEFS {
        mef(out, code, label, ("", ""));
        out.end(sink)?;
    }
    Ok(taught.len() + OTHER_MEFS.len())
}

fn mef(out: &mut Series, code: &str, label: &str, (formation, track): (&str, &str)) {
    out.begin(code);
    out.one("ENTMefJointure", code);
    out.one("ENTLibelleMef", label);
    out.one("ENTNivFormation", formation);
    out.one("ENTFiliere", track);
    // A local one says which national one it stands for.
    out.one(
        "ENTMEFRattach",
        if code.bytes().all(|byte| byte.is_ascii_digit()) {
            code
        } else {
            "10310019110"
        },
    );
    out.one(
        "ENTMEFSTAT11",
        &format!("2{}", code.get(1..).unwrap_or(code)),
    );
}

/// Levels of all academies.
pub(crate) fn levels() -> impl Iterator<Item = &'static Level> {
    [Academy::Toulouse, Academy::Agriculture]
        .into_iter()
        .flat_map(levels_of)
}

fn levels_of(academy: Academy) -> impl Iterator<Item = &'static Level> {
    let lists: &[&[Level]] = match academy {
        Academy::Agriculture => &[AGRICULTURAL_LEVELS, APPRENTICE_LEVELS],
        _ => &[
            COLLEGE_LEVELS,
            SEGPA_LEVELS,
            LYCEE_LEVELS,
            VOCATIONAL_LEVELS,
        ],
    };
    lists.iter().copied().flatten()
}

//! The records of each kind as the academy writes them, with what is missing or odd in real ones.
//!
//! Owns attribute names, composite values and the share of oddities of people (french-ent.md
//! §2.4–2.6); what is about no person is in `reference`.
//! Decides nothing about people: it spells what households, staff and schools say.

use super::draw::{Draw, at};
use super::households::{self, Child, Guardian, Household};
use super::names;
use super::places::Home;
use super::schools::{self, Kind, Region, School};
use super::staff::Member;
use super::xml::Series;

const REGIMES: &[&str] = &[
    "DEMI-PENSIONNAIRE DANS L'ETABLISSEMENT",
    "DEMI-PENSIONNAIRE DANS L'ETABLISSEMENT",
    "DEMI-PENSIONNAIRE DANS L'ETABLISSEMENT 4",
    "DEMI-PENSIONNAIRE DANS L'ETABLISSEMENT 5",
    "EXTERNE LIBRE",
    "EXTERNE LIBRE",
    "EXTERNE SURVEILLE",
    "INTERNE 5 JOURS",
    "INTERNE DANS L'ETABLISSEMENT",
    "",
];

/// Writes the attributes of a pupil; the caller ends the record.
pub(crate) fn pupil(out: &mut Series, household: &Household, child: &Child, region: &Region) {
    let Some(school) = region.schools.get(child.school) else {
        return;
    };
    let mut draw = typing_of(child);
    let key = households::key(child.number);
    out.begin(&key);
    out.one("ENTPersonJointure", &key);
    out.one("ENTEleveINE", &ine(&mut draw, child, school));
    out.one("ENTEleveStructRattachId", &child.school_record());
    if school.kind.is_agricultural() {
        let number = (700_000 + child.number).to_string();
        out.one("ENTEleveStructureRattachIdMEN", &number);
    }
    out.one(
        "ENTPersonDateNaissance",
        &birth_date(&mut draw, child.birth),
    );
    out.one(
        "ENTPersonNomPatro",
        &names::typed(&mut draw, &child.birth_name),
    );
    out.one("sn", &names::typed(&mut draw, &child.usual_name));
    let first = names::typed_given(&mut draw, child.given.first);
    out.one("givenName", &first);
    out.many(
        "ENTPersonAutresPrenoms",
        std::iter::once(first.as_str()).chain(names::others(&mut draw, child.given)),
    );
    let title = match (draw.chance(10), child.given.feminine) {
        (true, _) => "",
        (_, true) => "Mme",
        (_, false) => "M.",
    };
    out.one("personalTitle", title);
    relations(out, household, child);
    out.one("ENTEleveBoursier", if draw.chance(230) { "O" } else { "N" });
    out.one("ENTEleveRegime", draw.pick(REGIMES));
    out.one(
        "ENTEleveTransport",
        if draw.chance(320) { "O" } else { "N" },
    );
    let status = match school.kind {
        Kind::Cfaa => "APPRENTI",
        Kind::Legta if child.level.age >= 18 => "ETUDIANT",
        Kind::LyceePro if draw.chance(120) => "APPRENTI",
        _ => "SCOLAIRE",
    };
    out.one("ENTEleveStatutEleve", status);
    out.one(
        "ENTEleveMEF",
        if draw.chance(3) { "" } else { child.level.mef },
    );
    out.one("ENTEleveLibelleMEF", child.level.label);
    out.one("ENTEleveNivFormation", child.level.formation);
    out.one("ENTEleveFiliere", child.level.track);
    let subjects = school.subjects();
    out.many(
        "ENTEleveEnseignements",
        subjects.iter().map(|subject| subject.label),
    );
    out.many(
        "ENTEleveCodeEnseignements",
        subjects.iter().map(|subject| subject.code),
    );
    out.one("ENTPersonStructRattach", &school.key);
    // A newcomer who waits for a class.
    let class = child.class_name(school).filter(|_| !draw.chance(10));
    out.many(
        "ENTEleveClasses",
        class.map(|class| format!("{}${class}", school.key)),
    );
    let groups: Vec<String> = class.map_or_else(Vec::new, |class| {
        let language = draw.pick_skewed(schools::LANGUAGES);
        vec![
            format!(
                "{}${}",
                school.key,
                schools::half_class(class, 1 + child.number % 2)
            ),
            format!(
                "{}${}",
                school.key,
                schools::language_group(child.level, language)
            ),
        ]
    });
    out.many("ENTEleveGroupes", groups);
    address(out, household.homes.get(child.home));
    let mail = format!(
        "{}.{}@example.org",
        names::mail_part(child.given.first),
        names::mail_part(&child.usual_name)
    );
    out.one("mail", if draw.chance(100) { &mail } else { "" });
    out.one("homePhone", "");
    let home_of = |index: usize| household.guardians.get(index).map(|g| g.home);
    let lives_with = child
        .relations
        .iter()
        .filter(|r| r.legal > 0 && home_of(r.guardian) == Some(child.home));
    out.many(
        "ENTEleveAdresseRel",
        lives_with.filter_map(|r| guardian_key(household, r.guardian)),
    );
}

fn relations(out: &mut Series, household: &Household, child: &Child) {
    let legal = child.relations.iter().filter(|relation| relation.legal > 0);
    out.many(
        "ENTEleveAutoriteParentale",
        legal.filter_map(|relation| guardian_key(household, relation.guardian)),
    );
    let flag = u8::from;
    let values = child.relations.iter().filter_map(|relation| {
        let key = guardian_key(household, relation.guardian)?;
        Some(format!(
            "{key}${}${}${}${}${}",
            relation.kinship,
            flag(relation.financial),
            relation.legal,
            flag(relation.contact),
            flag(relation.payment)
        ))
    });
    out.many("ENTElevePersRelEleve", values);
}

fn guardian_key(household: &Household, index: usize) -> Option<String> {
    household
        .guardians
        .get(index)
        .map(|guardian| households::key(guardian.number))
}

/// Writes the attributes of a guardian; the caller ends the record.
pub(crate) fn guardian(out: &mut Series, guardian: &Guardian, home: Option<&Home>, seed: u64) {
    let mut draw = Draw::keyed(seed, "typing", guardian.number as u64);
    let key = households::key(guardian.number);
    out.begin(&key);
    out.one("ENTPersonJointure", &key);
    out.one("ENTPersonDateNaissance", "");
    out.one(
        "ENTPersonNomPatro",
        &names::typed(&mut draw, &guardian.birth_name),
    );
    out.one("sn", &names::typed(&mut draw, &guardian.usual_name));
    out.one(
        "givenName",
        &names::typed_given(&mut draw, guardian.given.first),
    );
    out.one("personalTitle", guardian.title);
    // Numbers no subscriber has: kept free by the regulator for fiction.
    let phone = |draw: &mut Draw, prefix: &str, present: usize| {
        if draw.chance(present) {
            format!("{prefix}{:04}", draw.below(10_000))
        } else {
            String::new()
        }
    };
    out.one("homePhone", &phone(&mut draw, "053649", 400));
    out.one("telephoneNumber", &phone(&mut draw, "+33 5 36 49 ", 200));
    let mobile = phone(&mut draw, "063998", 800);
    out.many("mobile", (!mobile.is_empty()).then_some(mobile.as_str()));
    out.one(
        "ENTPersonMobileSMS",
        if draw.chance(500) { &mobile } else { "" },
    );
    let mail = format!(
        "{}.{}@example.net",
        names::mail_part(guardian.given.first),
        names::mail_part(&guardian.usual_name)
    );
    out.one("mail", if draw.chance(700) { &mail } else { "" });
    address(out, home);
    out.one(
        "ENTPersonAdresseDiffusion",
        if draw.chance(450) { "O" } else { "N" },
    );
}

fn address(out: &mut Series, home: Option<&Home>) {
    out.one("ENTPersonAdresse", home.map_or("", |home| &home.lines));
    out.one(
        "ENTPersonCodePostal",
        home.map_or("", |home| home.commune.postal_code),
    );
    out.one("ENTPersonVille", home.map_or("", |home| home.commune.name));
    out.one("ENTPersonPays", if home.is_some() { "FRANCE" } else { "" });
}

/// Writes the attributes of a member of staff; the caller ends the record.
pub(crate) fn staff(out: &mut Series, member: &Member, mail: &str, seed: u64) {
    let mut draw = typing_of_staff(member, seed);
    out.begin(&member.key);
    out.one("ENTPersonJointure", &member.key);
    out.one("ENTPersonDateNaissance", &date(member.birth));
    out.one("ENTPersonNomPatro", &member.birth_name.to_uppercase());
    out.one(
        "sn",
        &names::without_accents(&member.usual_name).to_uppercase(),
    );
    out.one(
        "givenName",
        &names::without_accents(member.given.first).to_uppercase(),
    );
    out.one("personalTitle", member.title);
    out.one("mail", if is_without_mail(&mut draw) { "" } else { mail });
    out.one(
        "ENTPersonStructRattach",
        member.attached.as_deref().unwrap_or(""),
    );
    let main = member
        .functions
        .first()
        .map_or("", |function| function.0.as_str());
    let discipline = member.subject.map(|subject| subject.discipline);
    out.many(
        "ENTAuxEnsCategoDiscipline",
        discipline.map(|(code, label)| format!("{}${label}", code.get(..2).unwrap_or(code))),
    );
    // The other way round than its neighbour: so it is in the national format.
    out.many(
        "ENTAuxEnsDisciplinesPoste",
        discipline.map(|(code, label)| format!("{label}${code}")),
    );
    let mut mefs: Vec<&str> = member.classes.iter().map(|(_, mef, _)| *mef).collect();
    mefs.dedup();
    out.many(
        "ENTAuxEnsMEF",
        mefs.iter()
            .map(|mef| format!("{main}${mef}${}", mef_label(mef))),
    );
    let taught = member.subject.filter(|_| !member.classes.is_empty());
    out.many(
        "ENTAuxEnsMatiereEnseignEtab",
        taught.map(|subject| format!("{main}${}", subject.label)),
    );
    let mut classes: Vec<String> = member
        .classes
        .iter()
        .map(|(class, _, _)| format!("{main}${class}"))
        .collect();
    if let Some(twice) = classes.first().filter(|_| draw.chance(30)).cloned() {
        classes.push(twice);
    }
    out.many("ENTAuxEnsClasses", classes);
    let groups = member
        .classes
        .iter()
        .take(2)
        .map(|(class, _, _)| format!("{main}${}", schools::half_class(class, 1)));
    out.many("ENTAuxEnsGroupes", groups);
    let code = taught.map_or("", |subject| subject.code);
    out.many(
        "ENTAuxEnsClassesMatieres",
        member
            .classes
            .iter()
            .map(|(class, _, _)| format!("{main}${class}${code}")),
    );
    let group_subjects = member
        .classes
        .iter()
        .take(2)
        .map(|(class, _, _)| format!("{main}${}${code}", schools::half_class(class, 1)));
    out.many("ENTAuxEnsGroupesMatieres", group_subjects);
    let led = member.classes.iter().filter(|(_, _, leads)| *leads);
    out.many(
        "ENTAuxEnsClassesPrincipal",
        led.map(|(class, _, _)| format!("{main}${class}")),
    );
    let functions = member.functions.iter();
    out.many(
        "ENTPersonFonctions",
        functions.map(|(key, code, label, post, post_label)| {
            format!("{key}${code}${label}${post}${post_label}")
        }),
    );
    let present = if member.teaches { "O" } else { "N" };
    out.one("PersEducNatPresenceDevantEleves", present);
    // Newer feeds say it of most, not of all.
    if !draw.chance(200) {
        out.one("ENTPersonCategorieEnseignant", present);
    }
}

/// How the academy has typed the record of a member of staff.
fn typing_of_staff(member: &Member, seed: u64) -> Draw {
    let index = u64::from(member.birth.0) + member.key.len() as u64;
    Draw::keyed(seed, "staff typing", index)
}

/// Whether the feed has an academic address of a member of staff.
pub(crate) fn has_mail(member: &Member, seed: u64) -> bool {
    !is_without_mail(&mut typing_of_staff(member, seed))
}

/// What is typed first: a few have no address yet.
fn is_without_mail(draw: &mut Draw) -> bool {
    draw.chance(50)
}

fn mef_label(code: &str) -> &'static str {
    super::reference::levels()
        .find(|level| level.mef == code)
        .map_or("", |level| level.label)
}

/// How the office has typed the record of a pupil; what it has typed first is [`ine`].
fn typing_of(child: &Child) -> Draw {
    Draw::keyed(u64::from(child.birth.0), "typing", child.number as u64)
}

/// The national number that the feed has of a pupil; empty where it has none.
pub(crate) fn ine_of(child: &Child, school: &School) -> String {
    ine(&mut typing_of(child), child, school)
}

/// A national pupil number in the form in use: nine digits and two letters. The numbers of people in two
/// feeds may be the same, national ones never.
fn ine(draw: &mut Draw, child: &Child, school: &School) -> String {
    if draw.chance(40) {
        return String::new();
    }
    let number = child.number;
    let first = match school.kind.is_agricultural() {
        true => 90_000_000,
        false => 60_000_000,
    };
    let letters = ["A", "B", "C", "D", "E", "F", "G", "H", "J", "K"];
    format!(
        "{:09}{}{}",
        first + number,
        at(&letters, number / 7),
        at(&letters, number / 3)
    )
}

fn birth_date(draw: &mut Draw, (year, month, day): (u16, u8, u8)) -> String {
    // One in four thousand is no date: a form filled by hand.
    if draw.below(4_000) == 0 {
        format!("31/02/{year}")
    } else {
        date((year, month, day))
    }
}

fn date((year, month, day): (u16, u8, u8)) -> String {
    format!("{day:02}/{month:02}/{year:04}")
}

//! Pupils, guardians and staff (french-ent.md §2.4–2.6). Owns their attributes and nothing else: who
//! becomes a person of the region is the importer's to say.

use clau_domain::feed::{
    FeedKey, GuardianRecord, Kinship, PupilRecord, Relation, StaffFunction, StaffRecord, TaughtMef,
    TaughtSubject, WarningKind,
};
use clau_domain::person::{BirthDate, Contact, Function, Names};

use super::{CODE, NAME, Reading, TEXT};

pub(super) fn pupil(reading: &mut Reading<'_>) -> PupilRecord {
    PupilRecord {
        key: reading.key.clone(),
        names: names(reading),
        birth_date: birth_date(reading),
        ine: ine(reading),
        school_record: reading.text("ENTEleveStructRattachId", CODE),
        school_record_men: reading.text("ENTEleveStructureRattachIdMEN", CODE),
        structure: reading.one_reference("ENTPersonStructRattach"),
        classes: reading.in_structures("ENTEleveClasses"),
        groups: reading.in_structures("ENTEleveGroupes"),
        mef: reading.text("ENTEleveMEF", CODE),
        mef_label: reading.text("ENTEleveLibelleMEF", TEXT),
        level: reading.text("ENTEleveNivFormation", TEXT),
        stream: reading.text("ENTEleveFiliere", TEXT),
        status: reading.text("ENTEleveStatutEleve", NAME),
        regime: reading.text("ENTEleveRegime", NAME),
        scholarship: reading.flag("ENTEleveBoursier"),
        transport: reading.flag("ENTEleveTransport"),
        subjects: subjects(reading),
        contact: contact(reading),
        guardians: relations(reading),
        lives_with: reading.references("ENTEleveAdresseRel"),
    }
}

pub(super) fn guardian(reading: &mut Reading<'_>) -> GuardianRecord {
    GuardianRecord {
        key: reading.key.clone(),
        names: names(reading),
        contact: contact(reading),
        share_address: reading.flag("ENTPersonAdresseDiffusion"),
    }
}

pub(super) fn staff(reading: &mut Reading<'_>) -> StaffRecord {
    let category = reading.flag("ENTPersonCategorieEnseignant");
    let presence = reading.flag("PersEducNatPresenceDevantEleves");
    StaffRecord {
        key: reading.key.clone(),
        names: names(reading),
        birth_date: birth_date(reading),
        mail: reading.mail("mail"),
        structure: reading.one_reference("ENTPersonStructRattach"),
        functions: functions(reading),
        classes: reading.in_structures("ENTAuxEnsClasses"),
        groups: reading.in_structures("ENTAuxEnsGroupes"),
        class_subjects: taught_subjects(reading, "ENTAuxEnsClassesMatieres"),
        group_subjects: taught_subjects(reading, "ENTAuxEnsGroupesMatieres"),
        main_teacher_of: reading.in_structures("ENTAuxEnsClassesPrincipal"),
        disciplines: disciplines(reading),
        subjects: reading.in_structures("ENTAuxEnsMatiereEnseignEtab"),
        mefs: taught_mefs(reading),
        teaches: category.or(presence),
    }
}

fn names(reading: &mut Reading<'_>) -> Names {
    let birth = reading.text("ENTPersonNomPatro", NAME);
    let mut family = reading.text("sn", NAME);
    if family.is_empty() {
        family.clone_from(&birth);
    }
    let given = reading.text("givenName", NAME);
    if family.is_empty() {
        reading.warn(WarningKind::MissingName, "sn", "");
    }
    if given.is_empty() {
        reading.warn(WarningKind::MissingName, "givenName", "");
    }
    let mut others = reading.texts("ENTPersonAutresPrenoms", NAME);
    // The list repeats the first name.
    others.retain(|other| *other != given);
    let title = title(reading);
    let birth = if birth == family {
        String::new()
    } else {
        birth
    };
    Names {
        family,
        birth,
        given,
        others,
        title,
    }
}

/// `M.` or `Mme`: the feed's `Mlle` has had no meaning in law since 2012.
fn title(reading: &mut Reading<'_>) -> String {
    let written = reading.raw("personalTitle");
    match written.trim_end_matches('.').to_ascii_lowercase().as_str() {
        "m" | "mr" | "monsieur" => "M.".to_owned(),
        "mme" | "mlle" | "madame" | "mademoiselle" => "Mme".to_owned(),
        "" => {
            reading.warn(WarningKind::MissingTitle, "", "");
            String::new()
        }
        _ => {
            reading.warn(WarningKind::UnknownTitle, "personalTitle", written);
            String::new()
        }
    }
}

fn birth_date(reading: &mut Reading<'_>) -> Option<BirthDate> {
    let written = reading.raw("ENTPersonDateNaissance");
    if written.is_empty() {
        return None;
    }
    let date = BirthDate::from_french(written);
    if date.is_err() {
        reading.warn(WarningKind::BadBirthDate, "ENTPersonDateNaissance", written);
    }
    date.ok()
}

fn ine(reading: &mut Reading<'_>) -> Option<String> {
    let ine = reading.raw("ENTEleveINE").to_ascii_uppercase();
    if ine.is_empty() {
        return None;
    }
    if ine.len() != 11 || !ine.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        reading.warn(WarningKind::BadIne, "ENTEleveINE", &ine);
        return None;
    }
    Some(ine)
}

fn contact(reading: &mut Reading<'_>) -> Contact {
    let mut phone = |name| Some(reading.text(name, CODE)).filter(|phone| !phone.is_empty());
    let (home_phone, work_phone) = (phone("homePhone"), phone("telephoneNumber"));
    let sms = phone("ENTPersonMobileSMS");
    // Several mobiles are no oddity: the attribute is a list.
    let mobiles = reading.texts("mobile", CODE);
    let address = reading.raw("ENTPersonAdresse");
    // Lines joined by `$`, trailing empty ones kept.
    let lines = address.split('$').take(8);
    let lines: Vec<String> = lines
        .map(|line| reading.clean("ENTPersonAdresse", line, TEXT))
        .collect();
    Contact {
        mail: reading.mail("mail"),
        academic_mail: None,
        home_phone,
        work_phone,
        mobile: mobiles.into_iter().next().or(sms),
        address: lines.into_iter().filter(|line| !line.is_empty()).collect(),
        postal_code: reading.text("ENTPersonCodePostal", CODE),
        city: reading.text("ENTPersonVille", NAME),
        country: reading.text("ENTPersonPays", NAME),
    }
}

/// `key$kinship$financial$legal$contact$payment`. Anything but six fields gives no relation, and an
/// unknown rank is none: who would profit from a guess is a stranger.
fn relations(reading: &mut Reading<'_>) -> Vec<Relation> {
    const NAME: &str = "ENTElevePersRelEleve";
    let mut relations: Vec<Relation> = Vec::new();
    for [key, kinship_code, financial, legal, contact, payment] in reading.fields(NAME) {
        let Some(guardian) = reading.reference(NAME, key) else {
            continue;
        };
        let kinship_code = reading.clean(NAME, kinship_code, CODE);
        let kinship = Kinship::of_code(&kinship_code);
        if kinship.is_none() {
            reading.warn(WarningKind::UnknownKinship, NAME, &kinship_code);
        }
        let legal = match legal.trim_ascii() {
            "0" | "" => 0,
            "1" => 1,
            "2" => 2,
            other => {
                reading.warn(WarningKind::UnknownRank, NAME, other);
                0
            }
        };
        let mut yes = |value: &str| match value.trim_ascii() {
            "1" => true,
            "0" | "" => false,
            other => {
                reading.warn(WarningKind::UnknownFlag, NAME, other);
                false
            }
        };
        let relation = Relation {
            guardian,
            kinship_code,
            kinship: kinship.unwrap_or(Kinship::Other),
            legal,
            financial: yes(financial),
            contact: yes(contact),
            payment: yes(payment),
        };
        if !relations.contains(&relation) {
            relations.push(relation);
        }
    }
    relations
}

/// Codes and labels of the subjects: two parallel lists. Where their lengths differ nobody knows
/// which label is whose, so the labels are left out (the subjects' own records have them).
fn subjects(reading: &mut Reading<'_>) -> Vec<(String, String)> {
    const CODES: &str = "ENTEleveCodeEnseignements";
    const LABELS: &str = "ENTEleveEnseignements";
    let codes: Vec<&str> = reading.raw.values(CODES).collect();
    let labels: Vec<&str> = reading.raw.values(LABELS).collect();
    let all_empty = |values: &[&str]| values.iter().all(|value| value.trim_ascii().is_empty());
    let parallel = codes.len() == labels.len();
    if !parallel && !all_empty(&codes) && !all_empty(&labels) {
        let lengths = format!("{} codes, {} labels", codes.len(), labels.len());
        reading.warn(WarningKind::UnevenLists, LABELS, &lengths);
    }
    let pairs: Vec<(&str, &str)> = if parallel {
        codes.into_iter().zip(labels).collect()
    } else if all_empty(&codes) {
        labels.into_iter().map(|label| ("", label)).collect()
    } else {
        codes.into_iter().map(|code| (code, "")).collect()
    };
    let mut subjects = Vec::with_capacity(pairs.len());
    for (code, label) in pairs {
        let subject = (
            reading.clean(CODES, code, CODE),
            reading.clean(LABELS, label, TEXT),
        );
        if subject != (String::new(), String::new()) && !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    subjects
}

/// `etab$code$label$post code$post label`. The first two decide who somebody is; labels that are
/// missing do not keep a member of staff out.
fn functions(reading: &mut Reading<'_>) -> Vec<StaffFunction> {
    const NAME: &str = "ENTPersonFonctions";
    let mut functions: Vec<StaffFunction> = Vec::new();
    let values: Vec<&str> = reading.values(NAME).collect();
    for value in values {
        let count = value.split('$').count();
        if count != 5 {
            reading.warn(WarningKind::FieldCount, NAME, value);
        }
        if count < 2 {
            continue;
        }
        let mut parts = value.split('$');
        let mut part = || parts.next().unwrap_or_default();
        let (key, code) = (part(), part());
        // With too many fields a label holds a `$`, and the labels cannot be told apart.
        let labels = if count <= 5 {
            [part(), part(), part()]
        } else {
            [""; 3]
        };
        let Some(structure) = reading.reference(NAME, key) else {
            continue;
        };
        let [label, post_code, post_label] = labels;
        let function = Function {
            code: reading.clean(NAME, code, CODE),
            label: reading.clean(NAME, label, TEXT),
            post_code: reading.clean(NAME, post_code, CODE),
            post_label: reading.clean(NAME, post_label, TEXT),
        };
        let function = StaffFunction {
            structure,
            function,
        };
        if !functions.contains(&function) {
            functions.push(function);
        }
    }
    functions
}

/// `etab$name$subject`.
fn taught_subjects<'a>(reading: &mut Reading<'a>, attribute: &'a str) -> Vec<TaughtSubject> {
    let mut all = Vec::new();
    for [key, name, subject] in reading.fields(attribute) {
        let Some(division) = reading.in_structure(attribute, key, name) else {
            continue;
        };
        let taught = TaughtSubject {
            division,
            subject: reading.clean(attribute, subject, CODE),
        };
        if !all.contains(&taught) {
            all.push(taught);
        }
    }
    all
}

/// `code$label` of recruitment, then `label$code` of the post: the order is reversed in the format.
fn disciplines(reading: &mut Reading<'_>) -> Vec<(String, String)> {
    const RECRUITED: &str = "ENTAuxEnsCategoDiscipline";
    const POST: &str = "ENTAuxEnsDisciplinesPoste";
    let mut all: Vec<(String, String)> = Vec::new();
    let recruited = reading.fields::<2>(RECRUITED);
    let posts = reading.fields::<2>(POST);
    let recruited = recruited
        .into_iter()
        .map(|[code, label]| (RECRUITED, code, label));
    let posts = posts.into_iter().map(|[label, code]| (POST, code, label));
    for (attribute, code, label) in recruited.chain(posts) {
        let code = reading.clean(attribute, code, CODE);
        let discipline = (code, reading.clean(attribute, label, TEXT));
        if !all.contains(&discipline) {
            all.push(discipline);
        }
    }
    all
}

/// `etab$mef$label`.
fn taught_mefs(reading: &mut Reading<'_>) -> Vec<TaughtMef> {
    const NAME: &str = "ENTAuxEnsMEF";
    let mut all = Vec::new();
    for [key, mef, label] in reading.fields(NAME) {
        let structure: Option<FeedKey> = reading.reference(NAME, key);
        let Some(structure) = structure else { continue };
        let mef = reading.clean(NAME, mef, CODE);
        let taught = TaughtMef {
            structure,
            mef,
            label: reading.clean(NAME, label, TEXT),
        };
        if !all.contains(&taught) {
            all.push(taught);
        }
    }
    all
}

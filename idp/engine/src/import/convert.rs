//! A record of a feed turned into the rows that are staged: which affiliations it gives, with which
//! profile (IMP-07: by the allow-list of functions and by nothing else), and the digest by which an
//! unchanged record is known. Pure. Never decides whether the record is imported. Spec: french-ent.md
//! §1.2, §2.4–2.8.

use std::collections::BTreeMap;

use clau_domain::feed::{
    GuardianRecord, InStructure, MefRecord, PupilRecord, Record, Relation, StaffRecord,
    StructureRecord, SubjectRecord, Unusable,
};
use clau_domain::person::{AffiliationDetail, Contact};
use clau_domain::profile::Profile;
use clau_domain::secret::Digest;
use clau_domain::structure::StructureDetail;
use clau_domain::uai::Uai;
use clau_storage::StorageError;
use clau_storage::imports::stage::{
    Batch, StageAffiliation, StageNomenclature, StagePerson, StagePlace, StageRelation,
    StageStructure,
};
use clau_storage::people::PersonRow;
use serde::Serialize;

use super::report::Reason;

/// Puts a record into the batch.
///
/// # Errors
/// None in practice: the types serialise.
pub(super) fn record(
    batch: &mut Batch,
    place: StagePlace,
    record: Record,
) -> Result<(), StorageError> {
    match record {
        Record::Structure(record) => batch.structures.push(structure(place, *record)?),
        Record::Subject(record) => batch.nomenclature.push(subject(place, record)?),
        Record::Mef(record) => batch.nomenclature.push(mef(place, record)?),
        Record::Pupil(record) => batch.people.push(pupil(place, *record)?),
        Record::Guardian(record) => batch.people.push(guardian(place, *record)?),
        Record::Staff(record) => batch.people.push(staff(place, *record)?),
    }
    Ok(())
}

/// Why the reader could make nothing of a record, as the report says it.
pub(super) const fn unusable(reason: Unusable) -> Reason {
    match reason {
        Unusable::NoKey => Reason::NoKey,
        Unusable::BadKey => Reason::BadKey,
        Unusable::TwoKeys => Reason::TwoKeys,
    }
}

fn structure(place: StagePlace, record: StructureRecord) -> Result<StageStructure, StorageError> {
    let divisions = |divisions: Vec<(String, String)>| divisions;
    let detail = json(&StructureDetail {
        kind_label: record.kind_label,
        kind_code: record.kind_code,
        ministry: record.ministry,
        contract: record.contract,
        siret: record.siret,
        street: record.street,
        postal_code: record.postal_code,
        city: record.city,
        phone: record.phone,
        mail: record.mail,
        classes: divisions(
            record
                .classes
                .into_iter()
                .map(|c| (c.name, c.label))
                .collect(),
        ),
        groups: divisions(
            record
                .groups
                .into_iter()
                .map(|g| (g.name, g.label))
                .collect(),
        ),
    })?;
    let uai = record.uai.as_ref().map(|uai| Uai::as_str(uai).to_owned());
    let name = if record.name.is_empty() {
        uai.clone()
            .unwrap_or_else(|| record.key.as_str().to_owned())
    } else {
        record.name
    };
    let digest = digest(&[&name, uai.as_deref().unwrap_or_default(), &detail]);
    Ok(StageStructure {
        place,
        key: record.key.into(),
        uai,
        name,
        detail,
        digest,
        pseudo: record.pseudo,
        unusable: None,
    })
}

fn subject(place: StagePlace, record: SubjectRecord) -> Result<StageNomenclature, StorageError> {
    let detail = json(&BTreeMap::from([("national", &record.national)]))?;
    Ok(nomenclature(
        place,
        "subject",
        (record.key.into(), record.label),
        detail,
    ))
}

fn mef(place: StagePlace, record: MefRecord) -> Result<StageNomenclature, StorageError> {
    let detail = json(&BTreeMap::from([
        ("level", &record.level),
        ("national", &record.national),
        ("statistical", &record.statistical),
        ("stream", &record.stream),
    ]))?;
    Ok(nomenclature(
        place,
        "mef",
        (record.key.into(), record.label),
        detail,
    ))
}

fn nomenclature(
    place: StagePlace,
    kind: &'static str,
    (key, label): (String, String),
    detail: String,
) -> StageNomenclature {
    let digest = digest(&[&label, &detail]);
    StageNomenclature {
        place,
        kind,
        key,
        label,
        detail,
        digest,
        unusable: None,
    }
}

fn pupil(place: StagePlace, record: PupilRecord) -> Result<StagePerson, StorageError> {
    let own = AffiliationDetail {
        mefs: Vec::from_iter(Some(record.mef).filter(|mef| !mef.is_empty())),
        mef_label: record.mef_label,
        level: record.level,
        stream: record.stream,
        status: record.status,
        regime: record.regime,
        scholarship: record.scholarship,
        transport: record.transport,
        subjects: record.subjects,
        school_record: record.school_record,
        ..AffiliationDetail::default()
    };
    let level = own.level.clone();
    let mut places = Places::default();
    let home = record.structure.map(String::from).unwrap_or_default();
    if !home.is_empty() {
        places.0.insert((home.clone(), Profile::Pupil), own);
    }
    // A class or group of another school (shared courses, inclusion) makes the pupil one of it too.
    let elsewhere = || AffiliationDetail {
        level: level.clone(),
        ..AffiliationDetail::default()
    };
    for InStructure { structure, name } in record.classes {
        push(
            &mut places.at(structure, Profile::Pupil, elsewhere).classes,
            name,
        );
    }
    for InStructure { structure, name } in record.groups {
        push(
            &mut places.at(structure, Profile::Pupil, elsewhere).groups,
            name,
        );
    }
    let person = PersonRow {
        names: record.names,
        birth_date: record.birth_date.map(|date| date.to_string()),
        ine: record.ine,
        contact: record.contact,
        further: BTreeMap::new(),
    };
    let key = (record.key.into(), home);
    finish(
        place,
        "pupil",
        key,
        person,
        (places, relations(record.guardians)),
    )
}

fn guardian(place: StagePlace, record: GuardianRecord) -> Result<StagePerson, StorageError> {
    let person = PersonRow {
        names: record.names,
        birth_date: None,
        ine: None,
        contact: record.contact,
        further: BTreeMap::new(),
    };
    // A guardian belongs where the children do: that is read, never written.
    let key = (record.key.into(), String::new());
    finish(
        place,
        "guardian",
        key,
        person,
        (Places::default(), Vec::new()),
    )
}

fn staff(place: StagePlace, record: StaffRecord) -> Result<StagePerson, StorageError> {
    let mut places = Places::default();
    for given in record.functions {
        let profile = match given.function.code.as_str() {
            // "SANS OBJET": only whether they teach says what they do.
            "" | "-" if record.teaches == Some(true) => Profile::Teacher,
            code => Profile::of_function(code),
        };
        let functions = &mut places
            .at(given.structure, profile, Default::default)
            .functions;
        if !functions.contains(&given.function) {
            functions.push(given.function);
        }
    }
    let home = record.structure.map(String::from).unwrap_or_default();
    if !home.is_empty() && places.profiles(&home).next().is_none() {
        let teaches = record.teaches == Some(true);
        let profile = if teaches {
            Profile::Teacher
        } else {
            Profile::Staff
        };
        places
            .0
            .insert((home.clone(), profile), AffiliationDetail::default());
    }
    for InStructure { structure, name } in record.classes {
        push(&mut places.teaching(structure).classes, name);
    }
    for InStructure { structure, name } in record.groups {
        push(&mut places.teaching(structure).groups, name);
    }
    for InStructure { structure, name } in record.main_teacher_of {
        push(&mut places.teaching(structure).main_teacher_of, name);
    }
    for taught in record.class_subjects {
        let InStructure { structure, name } = taught.division;
        push(
            &mut places.teaching(structure).class_subjects,
            (name, taught.subject),
        );
    }
    for InStructure { structure, name } in record.subjects {
        push(
            &mut places.teaching(structure).subjects,
            (String::new(), name),
        );
    }
    for taught in record.mefs {
        push(&mut places.teaching(taught.structure).mefs, taught.mef);
    }
    let disciplines: Vec<String> = record
        .disciplines
        .into_iter()
        .map(|(_, label)| label)
        .collect();
    for ((_, profile), detail) in &mut places.0 {
        if matches!(profile, Profile::Teacher | Profile::Librarian) {
            detail.disciplines.clone_from(&disciplines);
        }
    }
    let person = PersonRow {
        names: record.names,
        birth_date: record.birth_date.map(|date| date.to_string()),
        ine: None,
        contact: Contact {
            mail: record.mail.clone(),
            academic_mail: record.mail,
            ..Contact::default()
        },
        further: BTreeMap::new(),
    };
    finish(
        place,
        "staff",
        (record.key.into(), home),
        person,
        (places, Vec::new()),
    )
}

/// Affiliations in the making: one for each structure and profile.
#[derive(Default)]
struct Places(BTreeMap<(String, Profile), AffiliationDetail>);

impl Places {
    fn at(
        &mut self,
        structure: impl Into<String>,
        profile: Profile,
        new: impl FnOnce() -> AffiliationDetail,
    ) -> &mut AffiliationDetail {
        self.0
            .entry((structure.into(), profile))
            .or_insert_with(new)
    }

    fn profiles(&self, structure: &str) -> impl Iterator<Item = Profile> {
        let first = (structure.to_owned(), Profile::ALL[0]);
        let structure = structure.to_owned();
        self.0
            .range(first..)
            .take_while(move |((s, _), _)| *s == structure)
            .map(|((_, p), _)| *p)
    }

    /// Where what somebody teaches in a school is written: with what they are there as a teacher, or
    /// else with the first thing they are. Whoever has a class in a school teaches in it.
    fn teaching(&mut self, structure: impl Into<String>) -> &mut AffiliationDetail {
        let structure = structure.into();
        let mut profile = None;
        for candidate in self.profiles(&structure) {
            match candidate {
                Profile::Teacher => profile = Some(candidate),
                _ => profile = profile.or(Some(candidate)),
            }
        }
        self.at(
            structure,
            profile.unwrap_or(Profile::Teacher),
            Default::default,
        )
    }
}

/// One relation for each guardian. Where a record names a guardian twice and contradicts itself, the
/// lesser authority holds: nobody gets at a child by a doubtful line.
fn relations(delivered: Vec<Relation>) -> Vec<StageRelation> {
    let lesser = |a: u8, b: u8| if a == 0 || b == 0 { 0 } else { a.max(b) };
    let mut relations: Vec<StageRelation> = Vec::with_capacity(delivered.len());
    for relation in delivered {
        let guardian = String::from(relation.guardian);
        match relations
            .iter_mut()
            .find(|known| known.guardian == guardian)
        {
            Some(known) => {
                known.legal_rank = lesser(known.legal_rank, relation.legal);
                known.financial &= relation.financial;
                known.contact &= relation.contact;
                known.payment &= relation.payment;
            }
            None => relations.push(StageRelation {
                guardian,
                kinship: relation.kinship_code,
                legal_rank: relation.legal,
                financial: relation.financial,
                contact: relation.contact,
                payment: relation.payment,
            }),
        }
    }
    relations
}

fn finish(
    place: StagePlace,
    kind: &'static str,
    (key, home): (String, String),
    person: PersonRow,
    (places, relations): (Places, Vec<StageRelation>),
) -> Result<StagePerson, StorageError> {
    let mut affiliations = Vec::with_capacity(places.0.len());
    for ((structure, profile), detail) in places.0 {
        let detail = json(&detail)?;
        affiliations.push(StageAffiliation {
            structure,
            profile: profile.code(),
            detail,
        });
    }
    let detail = person.detail()?;
    let search = person.search();
    let mut parts: Vec<&str> = vec![
        &person.names.family,
        &person.names.given,
        person.birth_date.as_deref().unwrap_or_default(),
        person.contact.mail.as_deref().unwrap_or_default(),
        person.ine.as_deref().unwrap_or_default(),
        &detail,
        &home,
    ];
    for affiliation in &affiliations {
        parts.extend([
            &affiliation.structure,
            affiliation.profile,
            &affiliation.detail,
        ]);
    }
    let ties: Vec<String> = relations.iter().map(|tie| format!("{tie:?}")).collect();
    parts.extend(ties.iter().map(String::as_str));
    let digest = digest(&parts);
    Ok(StagePerson {
        place,
        kind,
        key,
        home,
        family_name: person.names.family,
        given_name: person.names.given,
        search,
        birth_date: person.birth_date,
        mail: person.contact.mail,
        ine: person.ine,
        detail,
        digest,
        unusable: None,
        affiliations,
        relations,
    })
}

/// A record that cannot be used, staged all the same: it is named in the report, and if the directory
/// knows its key, the directory keeps what it has (REL-06).
pub(super) fn unusable_record(
    batch: &mut Batch,
    place: StagePlace,
    kind: clau_domain::feed::RecordKind,
    (key, reason): (String, Reason),
) {
    use clau_domain::feed::RecordKind;
    let unusable = Some(reason.as_str());
    let (name, detail, digest) = (String::new(), "{}".to_owned(), digest(&[]));
    match kind {
        RecordKind::Structure => batch.structures.push(StageStructure {
            place,
            key,
            uai: None,
            name,
            detail,
            digest,
            pseudo: false,
            unusable,
        }),
        RecordKind::Subject | RecordKind::Mef => batch.nomenclature.push(StageNomenclature {
            place,
            kind: kind.as_str(),
            key,
            label: name,
            detail,
            digest,
            unusable,
        }),
        RecordKind::Pupil | RecordKind::Guardian | RecordKind::Staff => {
            batch.people.push(StagePerson {
                place,
                kind: kind.as_str(),
                key,
                home: String::new(),
                family_name: name,
                given_name: String::new(),
                search: String::new(),
                birth_date: None,
                mail: None,
                ine: None,
                detail,
                digest,
                unusable,
                affiliations: Vec::new(),
                relations: Vec::new(),
            });
        }
    }
}

fn push<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

fn json(value: &impl Serialize) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|error| StorageError::Defect(error.to_string()))
}

fn digest(parts: &[&str]) -> Digest {
    Digest::of("feed-record", &parts.join("\0"))
}

#[cfg(test)]
mod tests;

//! What a service receives of a person, in the words of OpenID Connect. Reads through
//! [`Released`] and through nothing else: what the registration does not allow reads as absent, whatever
//! the scopes ask for (LOG-05).
//!
//! | scope | claim | content | attribute |
//! | --- | --- | --- | --- |
//! | `profile` | `name`, `family_name`, `given_name` | names | `family_name`, `given_name` |
//! | | `preferred_username` | login | `login` |
//! | | `birthdate` | `2011-05-14` | `birth_date` |
//! | `email` | `email`, `email_verified` | mail address; never claimed to be verified | `mail` |
//! | `phone` | `phone_number`, `phone_number_verified` | mobile, else home telephone | `phones` |
//! | `address` | `address` | street and what follows; the postal code alone where only it may leave | `address`, `postal_code` |
//! | `ent` | `ent_uid` | the hub's own id | `uid` |
//! | | `ent_external_id` | key in the feed with its source, `TOULOUSE-1234567` | `external_id` |
//! | | `ent_ine` | national pupil identifier | `ine` |
//! | | `ent_title` | `M.` or `Mme` | `title` |
//! | | `ent_profiles` | national codes, `National_ELV`; `Citizen` | `profile` |
//! | | `ent_affiliations` | what the person is, one object for each structure and profile | see below |
//! | | `ent_children`, `ent_guardians` | list of `{uid, external_id}` | `children`, `guardians` |
//! | | `ent_attributes` | further attributes of local people: name to list of values | `further` |
//!
//! Members of an affiliation: `profile` (`profile`); `uai`, `structure`, `type`, `ministry`
//! (`structures`); `classes`, `main_teacher_of` (`classes`); `groups` (`groups`); `functions`
//! (`functions`); `level`, `mef`, `stream`, `status` (`schooling`); `subjects` (`subjects`); `regime`,
//! `scholarship`, `transport` (`school_life`). A member without a value is left out.

use std::collections::BTreeSet;

use clau_domain::person::{Affiliation, Kin, Person};
use clau_domain::policy::{Attribute, Released};
use serde_json::{Map, Value, json};

use crate::client::SubjectType;
use crate::request::Wish;
use crate::scope::{ADDRESS, EMAIL, ENT, PHONE, PROFILE, ScopeSet};

/// Every claim about a person that can be asked for, with the scope that brings it.
pub const CLAIMS: [(&str, &str); 19] = [
    ("name", PROFILE),
    ("family_name", PROFILE),
    ("given_name", PROFILE),
    ("preferred_username", PROFILE),
    ("birthdate", PROFILE),
    ("email", EMAIL),
    ("email_verified", EMAIL),
    ("phone_number", PHONE),
    ("phone_number_verified", PHONE),
    ("address", ADDRESS),
    ("ent_uid", ENT),
    ("ent_external_id", ENT),
    ("ent_ine", ENT),
    ("ent_title", ENT),
    ("ent_profiles", ENT),
    ("ent_affiliations", ENT),
    ("ent_children", ENT),
    ("ent_guardians", ENT),
    ("ent_attributes", ENT),
];

/// `sub`. A public one needs the release of the hub's own id; without it the client gets its pseudonym
/// (OIDC-20).
pub fn subject(kind: SubjectType, released: Released<'_>) -> String {
    let public = released
        .person_for(Attribute::Uid)
        .filter(|_| kind == SubjectType::Public);
    match public {
        Some(person) => person.id.to_string(),
        None => released.pairwise().to_owned(),
    }
}

/// The claims that scopes bring, and those that were wished for one by one (OIDC Core §5.4, §5.5).
pub fn claims<'a>(
    scope: &ScopeSet,
    wished: impl IntoIterator<Item = (&'a String, &'a Wish)>,
    released: Released<'_>,
) -> Map<String, Value> {
    let mut names: Vec<&str> = CLAIMS
        .iter()
        .filter(|(_, brought_by)| scope.has(brought_by))
        .map(|(name, _)| *name)
        .collect();
    names.extend(wished.into_iter().map(|(name, _)| name.as_str()));
    names
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), claim(name, released)?)))
        .collect()
}

/// One claim; `None` when there is nothing to say or it may not be said.
fn claim(name: &str, released: Released<'_>) -> Option<Value> {
    let from = |attribute| released.person_for(attribute);
    match name {
        "name" => {
            let person = from(Attribute::GivenName).and(from(Attribute::FamilyName))?;
            said(&person.names.display())
        }
        "family_name" => said(&from(Attribute::FamilyName)?.names.family),
        "given_name" => said(&from(Attribute::GivenName)?.names.given),
        "preferred_username" => said(&from(Attribute::Login)?.login),
        "birthdate" => Some(json!(from(Attribute::BirthDate)?.birth_date?.to_string())),
        "email" => said(from(Attribute::Mail)?.contact.mail.as_deref()?),
        // The directory's word; nobody has answered a mail yet (OIDC-20).
        "email_verified" => from(Attribute::Mail)?
            .contact
            .mail
            .as_ref()
            .map(|_| json!(false)),
        "phone_number" => said(phone(from(Attribute::Phones)?)?),
        "phone_number_verified" => phone(from(Attribute::Phones)?).map(|_| json!(false)),
        "address" => address(released),
        "ent_uid" => Some(json!(from(Attribute::Uid)?.id.to_string())),
        "ent_external_id" => {
            let external = from(Attribute::ExternalId)?.external.as_ref()?;
            Some(json!(external.to_string()))
        }
        "ent_ine" => said(from(Attribute::Ine)?.ine.as_deref()?),
        "ent_title" => said(&from(Attribute::Title)?.names.title),
        "ent_profiles" => listed(json!(from(Attribute::Profile)?.profiles())),
        "ent_affiliations" => affiliations(released),
        "ent_children" => kin(&from(Attribute::Children)?.children),
        "ent_guardians" => kin(&from(Attribute::Guardians)?.guardians),
        "ent_attributes" => {
            let further = &from(Attribute::Further)?.further;
            (!further.is_empty()).then(|| json!(further))
        }
        _ => None,
    }
}

/// The attributes that claims are made of, by the claims' names: what the person is told has left.
pub fn attributes<'a>(
    claims: impl IntoIterator<Item = &'a String>,
    released: Released<'_>,
) -> BTreeSet<Attribute> {
    claims
        .into_iter()
        .flat_map(|name| made_of(name))
        .copied()
        .filter(|attribute| released.allows(*attribute))
        .chain([Attribute::PairwiseId])
        .collect()
}

/// What a claim is read from; nothing for a claim that the hub does not know.
pub fn made_of(claim: &str) -> &'static [Attribute] {
    match claim {
        "name" => &[Attribute::GivenName, Attribute::FamilyName],
        "family_name" => &[Attribute::FamilyName],
        "given_name" => &[Attribute::GivenName],
        "preferred_username" => &[Attribute::Login],
        "birthdate" => &[Attribute::BirthDate],
        "email" | "email_verified" => &[Attribute::Mail],
        "phone_number" | "phone_number_verified" => &[Attribute::Phones],
        "address" => &[Attribute::Address, Attribute::PostalCode],
        "ent_uid" => &[Attribute::Uid],
        "ent_external_id" => &[Attribute::ExternalId],
        "ent_ine" => &[Attribute::Ine],
        "ent_title" => &[Attribute::Title],
        "ent_profiles" => &[Attribute::Profile],
        "ent_affiliations" => &AFFILIATION,
        "ent_children" => &[Attribute::Children],
        "ent_guardians" => &[Attribute::Guardians],
        "ent_attributes" => &[Attribute::Further],
        _ => &[],
    }
}

/// What the members of an affiliation are read from.
const AFFILIATION: [Attribute; 8] = [
    Attribute::Profile,
    Attribute::Structures,
    Attribute::Classes,
    Attribute::Groups,
    Attribute::Functions,
    Attribute::Schooling,
    Attribute::Subjects,
    Attribute::SchoolLife,
];

fn said(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| json!(text))
}

fn listed(list: Value) -> Option<Value> {
    Some(list).filter(|list| *list != json!([]))
}

fn phone(person: &Person) -> Option<&str> {
    let contact = &person.contact;
    contact.mobile.as_deref().or(contact.home_phone.as_deref())
}

fn address(released: Released<'_>) -> Option<Value> {
    let mut members = Map::new();
    if let Some(person) = released.person_for(Attribute::Address) {
        let contact = &person.contact;
        insert(
            &mut members,
            "street_address",
            said(&contact.address.join("\n")),
        );
        insert(&mut members, "postal_code", said(&contact.postal_code));
        insert(&mut members, "locality", said(&contact.city));
        insert(&mut members, "country", said(&contact.country));
    } else if let Some(person) = released.person_for(Attribute::PostalCode) {
        insert(
            &mut members,
            "postal_code",
            said(&person.contact.postal_code),
        );
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

/// Identifiers only: names and schools of others leave through their own registration.
fn kin(kin: &[Kin]) -> Option<Value> {
    let one = |kin: &Kin| {
        let mut members = Map::new();
        insert(&mut members, "uid", Some(json!(kin.id.to_string())));
        let external = kin
            .external
            .as_ref()
            .map(|external| json!(external.to_string()));
        insert(&mut members, "external_id", external);
        Value::Object(members)
    };
    listed(Value::Array(kin.iter().map(one).collect()))
}

fn affiliations(released: Released<'_>) -> Option<Value> {
    // Any of these lets the list be walked; each member is then read through its own.
    let allowed = AFFILIATION
        .into_iter()
        .find(|attribute| released.allows(*attribute))?;
    let list: Vec<Value> = released
        .affiliations_for(allowed)
        .iter()
        .map(|affiliation| members_of(affiliation, released))
        .filter(|members| !members.is_empty())
        .map(Value::Object)
        .collect();
    listed(Value::Array(list))
}

fn members_of(affiliation: &Affiliation, released: Released<'_>) -> Map<String, Value> {
    let (structure, detail) = (&affiliation.structure, &affiliation.detail);
    let functions: Vec<Value> = detail
        .functions
        .iter()
        .map(|function| json!({ "code": function.code, "label": function.label }))
        .collect();
    let subjects: Vec<Value> = detail
        .subjects
        .iter()
        .map(|(code, label)| json!({ "code": code, "label": label }))
        .collect();
    let rows = [
        (
            Attribute::Profile,
            "profile",
            said(affiliation.profile.code()),
        ),
        (
            Attribute::Structures,
            "uai",
            structure.uai.as_ref().and_then(|uai| said(uai.as_str())),
        ),
        (Attribute::Structures, "structure", said(&structure.name)),
        (Attribute::Structures, "type", said(&structure.kind_label)),
        (Attribute::Structures, "ministry", said(&structure.ministry)),
        (Attribute::Classes, "classes", listed(json!(detail.classes))),
        (
            Attribute::Classes,
            "main_teacher_of",
            listed(json!(detail.main_teacher_of)),
        ),
        (Attribute::Groups, "groups", listed(json!(detail.groups))),
        (Attribute::Functions, "functions", listed(json!(functions))),
        (Attribute::Schooling, "level", said(&detail.level)),
        (Attribute::Schooling, "mef", listed(json!(detail.mefs))),
        (Attribute::Schooling, "stream", said(&detail.stream)),
        (Attribute::Schooling, "status", said(&detail.status)),
        (Attribute::Subjects, "subjects", listed(json!(subjects))),
        (Attribute::SchoolLife, "regime", said(&detail.regime)),
        (
            Attribute::SchoolLife,
            "scholarship",
            detail.scholarship.map(Value::Bool),
        ),
        (
            Attribute::SchoolLife,
            "transport",
            detail.transport.map(Value::Bool),
        ),
    ];
    let mut members = Map::new();
    for (attribute, name, value) in rows {
        if released.allows(attribute) {
            insert(&mut members, name, value);
        }
    }
    members
}

fn insert(members: &mut Map<String, Value>, name: &str, value: Option<Value>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests;

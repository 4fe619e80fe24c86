//! What an assertion says of a person. Owns the names under which the hub sends things: those of the SDET's
//! annex (french-ent.md §2), and the two of GAR (§6.2). What is not sent is not known.

use clau_saml::message::Asserted;
use clau_saml::names::name_id;

use crate::services::person::{Child, Person, Role};

/// Names of attributes, as the annex spells them.
pub mod names {
    /// By what the ENT knows the person.
    pub const UID: &str = "uid";
    /// Family name.
    pub const FAMILY: &str = "sn";
    /// Given name.
    pub const GIVEN: &str = "givenName";
    /// What they are: national codes.
    pub const PROFILES: &str = "ENTPersonProfils";
    /// Of a guardian: by what the ENT knows the children.
    pub const CHILDREN: &str = "ENTAuxPersRelEleveEleve";
    /// The ENT, at the GAR.
    pub const ENT: &str = "idEnt";
    /// The person, at the GAR.
    pub const GAR: &str = "GARPersonIdentifiant";
}

/// Longest identifier of a person at the GAR (french-ent.md §6.1).
const LONGEST_GAR: usize = 64;

/// A person by the names of the SDET, known to this service by a persistent name.
///
/// # Errors
/// The name is one that changes: what the person does here would be lost.
pub fn sdet(asserted: &Asserted) -> Result<Person, &'static str> {
    if asserted.name_id.format != name_id::PERSISTENT {
        return Err("the person's name is not a persistent one");
    }
    let user = asserted.name_id.value.clone();
    let given_name = one(asserted, names::GIVEN)?;
    let name = match (&given_name, one(asserted, names::FAMILY)?) {
        (Some(given), Some(family)) => Some(format!("{given} {family}")),
        (given, family) => given.clone().or(family),
    };
    let child = |uid: &str| Child {
        uid: uid.to_owned(),
        external_id: String::new(),
    };
    Ok(Person {
        name: name.unwrap_or_else(|| user.clone()),
        user,
        role: Role::of_profiles(values(asserted, names::PROFILES)),
        uid: one(asserted, names::UID)?,
        given_name,
        children: values(asserted, names::CHILDREN).map(child).collect(),
        ..Person::default()
    })
}

/// A person by the two attributes of the GAR. Whatever else is sent is not looked at, nor is the name in the
/// subject, which may be another at every login.
///
/// # Errors
/// One of the two is missing, or there twice, or none that a person has there.
pub fn gar(asserted: &Asserted) -> Result<Person, &'static str> {
    let ent = one(asserted, names::ENT)?.ok_or("it does not say which ENT it is from")?;
    let user = one(asserted, names::GAR)?.ok_or("it does not say who it is")?;
    if user.chars().count() > LONGEST_GAR {
        return Err("the identifier is longer than those of the GAR");
    }
    // Enough to tell two people apart on one screen, and nothing about either.
    let short: String = user.chars().take(8).collect();
    Ok(Person {
        name: format!("Lecteur {short}"),
        user,
        ent: Some(ent),
        ..Person::default()
    })
}

fn values<'a>(asserted: &'a Asserted, name: &str) -> impl Iterator<Item = &'a str> {
    let of_name = asserted
        .attributes
        .iter()
        .filter(move |(known, _)| known == name);
    of_name
        .flat_map(|(_, values)| values)
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
}

fn one(asserted: &Asserted, name: &str) -> Result<Option<String>, &'static str> {
    let mut values = values(asserted, name);
    match (values.next(), values.next()) {
        (first, None) => Ok(first.map(str::to_owned)),
        _ => Err("an attribute has two values where a person has one"),
    }
}

#[cfg(test)]
mod tests {
    use clau_domain::time::Timestamp;
    use clau_saml::message::NameId;

    use super::*;

    fn asserted(format: &str, attributes: &[(&str, &[&str])]) -> Asserted {
        let owned = |(name, values): &(&str, &[&str])| {
            let values = values.iter().map(|&value| value.to_owned()).collect();
            ((*name).to_owned(), values)
        };
        Asserted {
            assertion_id: "_a".to_owned(),
            remembered_until: Timestamp::from_millis(0),
            name_id: NameId {
                value: "n1".to_owned(),
                format: format.to_owned(),
                name_qualifier: None,
                sp_name_qualifier: None,
            },
            session_index: None,
            session_ends: None,
            authenticated_at: Timestamp::from_millis(0),
            context: String::new(),
            attributes: attributes.iter().map(owned).collect(),
            encrypted: false,
        }
    }

    #[test]
    fn a_guardian_has_children_without_names() {
        let person = sdet(&asserted(
            name_id::PERSISTENT,
            &[
                ("sn", &["d’Artigues"]),
                ("givenName", &["Inès"]),
                ("ENTPersonProfils", &["National_TUT"]),
                ("ENTAuxPersRelEleveEleve", &["c1", " c2 ", ""]),
                ("uid", &["g1"]),
            ],
        ))
        .unwrap();
        assert_eq!(
            (person.user.as_str(), person.name.as_str()),
            ("n1", "Inès d’Artigues")
        );
        assert_eq!(person.role, Some(Role::Guardian));
        assert_eq!(person.uid.as_deref(), Some("g1"));
        assert!(person.child("c1").is_some() && person.child("c2").is_some());
        assert_eq!(person.children.len(), 2);
    }

    #[test]
    fn what_is_not_sent_is_not_known() {
        let person = sdet(&asserted(name_id::PERSISTENT, &[])).unwrap();
        assert_eq!((person.name.as_str(), person.role), ("n1", None));
        assert!(person.children.is_empty() && person.uid.is_none());
        assert!(sdet(&asserted(name_id::TRANSIENT, &[])).is_err());
        let twice = [("uid", ["a", "b"].as_slice())];
        assert!(sdet(&asserted(name_id::PERSISTENT, &twice)).is_err());
        let twice = [("uid", ["a"].as_slice()), ("uid", ["b"].as_slice())];
        assert!(sdet(&asserted(name_id::PERSISTENT, &twice)).is_err());
    }

    #[test]
    fn the_gar_knows_two_identifiers_and_nothing_else() {
        let long = "x".repeat(65);
        let gar = |ent: &str, person: &str| {
            gar(&asserted(
                name_id::TRANSIENT,
                &[
                    ("idEnt", &[ent]),
                    ("GARPersonIdentifiant", &[person]),
                    ("givenName", &["Léa"]),
                ],
            ))
        };
        let person = gar("ENTCLAU", "3f9a72c1-5b0e").unwrap();
        assert_eq!(
            (person.user.as_str(), person.ent.as_deref()),
            ("3f9a72c1-5b0e", Some("ENTCLAU"))
        );
        assert_eq!(person.name, "Lecteur 3f9a72c1");
        assert!(person.given_name.is_none());
        for (ent, person) in [("", "p1"), ("ENTCLAU", " "), ("ENTCLAU", long.as_str())] {
            assert!(gar(ent, person).is_err(), "{ent} {person}");
        }
    }
}

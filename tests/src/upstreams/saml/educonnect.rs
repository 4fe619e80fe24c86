//! ÉduConnect (french-ent.md §4.1, §4.3, §4.4, §4.6): pupils and guardians. A Shibboleth identity provider
//! that is mostly entered by its own address, says whom its people are in the feeds of academies
//! (`FrEduCtRefId`) and, as before, in vectors, one for each child, and knows no logout but its own page.

use std::io;

use clau_domain::time::Timestamp;
use clau_saml::names::name_id;

use super::manner::{Manner, Paths, Seal, Spelling, Unsolicited};
use crate::feedgen::{Character, Role, Ward};
use crate::upstreams::arguments::Arguments;
use crate::upstreams::page::Sign;
use crate::upstreams::people::{Person, Region, one};

/// ÉduConnect.
pub const MANNER: Manner = Manner {
    id: "educonnect",
    sign: Sign {
        title: "ÉduConnect (simulateur)",
        about: "Il tient la place d’ÉduConnect, le guichet national des élèves et de leurs responsables.",
    },
    name: "ÉduConnect",
    entity_id: |arguments| arguments.address("idp/shibboleth"),
    paths: Paths {
        metadata: "/idp/shibboleth",
        redirect: "/idp/profile/SAML2/Redirect/SSO",
        post: "/idp/profile/SAML2/POST/SSO",
        unsolicited: Unsolicited {
            path: "/idp/profile/SAML2/Unsolicited/SSO",
            service: "providerId",
            target: "target",
        },
        single_logout: None,
        logout: "/Logout",
    },
    seal: Seal {
        assertion: true,
        response: true,
        encrypted: true,
    },
    name_ids: &[name_id::TRANSIENT],
    scope: None,
    people,
    at_login,
    spelling,
};

fn at_login(arguments: &Arguments, now: Timestamp) -> Vec<(&'static str, String)> {
    let date = now.in_zone(&jiff::tz::TimeZone::UTC);
    let date = date.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string();
    vec![
        ("FrEduUrlRetour", arguments.address("Logout")),
        ("FrEduCtDateConnexion", date),
    ]
}

/// What is for every service has numbers (french-ent.md §4.4); what is for an ENT has names (§4.3).
fn spelling(name: &'static str) -> Spelling {
    let oid = match name {
        "sn" => "urn:oid:2.5.4.4",
        "givenName" => "urn:oid:2.5.4.42",
        "FrEduUrlRetour" => "urn:oid:1.3.6.1.4.1.20326.10.999.1.5",
        "FrEduCtDateConnexion" => "urn:oid:1.3.6.1.4.1.20326.10.999.1.6",
        "FrEduCtPersonAffiliation" => "urn:oid:1.3.6.1.4.1.20326.10.999.1.7",
        "FrEduCtId" => "urn:oid:1.3.6.1.4.1.20326.10.999.1.57",
        "FrEduCtDateNaissance" => "urn:oid:1.3.6.1.4.1.20326.10.999.1.67",
        "FrEduCtEleveUAI" => "urn:oid:1.3.6.1.4.1.20326.10.999.1.72",
        _ => return Spelling::basic(name),
    };
    Spelling::oid(oid, name)
}

fn people(region: &Region) -> io::Result<Vec<Person>> {
    let pupil = region.first(Role::Pupil)?;
    let mut people = vec![
        of_pupil(pupil, "élève"),
        of_guardian(
            region.first(Role::Parent)?,
            "responsable, deux établissements",
        ),
        of_guardian(
            region.first(Role::ParentOfTwoMinistries)?,
            "responsable, trois enfants dans trois établissements, dont un agricole",
        ),
    ];
    for parent in region.all(Role::HomonymParent).take(1) {
        let mut person = of_guardian(
            parent,
            "responsable, l’autre parent de son enfant a les mêmes nom et prénom",
        );
        // The older form says no more than the vector.
        person
            .attributes
            .retain(|(name, _)| *name != "FrEduCtRefId");
        people.push(person);
    }
    let schools = region.agricultural_schools()?;
    let agricultural = region.at_school(&schools.saml);
    let pupils = agricultural.filter(|person| person.role == Role::AgriculturalPupil);
    people.extend(pupils.map(|pupil| of_pupil(pupil, "élève d’un lycée agricole")));
    people.push(stranger());
    people.push(usurper(pupil));
    Ok(people)
}

fn of_pupil(pupil: &Character, about: &str) -> Person {
    let known = &pupil.identity;
    let uai = pupil.schools.first().map_or("", String::as_str);
    let attributes = [
        one("FrEduCtId", &opaque(pupil)),
        one("FrEduCtPersonAffiliation", "eleve2d"),
        one("FrEduCtRefId", &reference(pupil.academy, &pupil.key)),
        // Without names since 2018.
        one(
            "FrEduVecteur",
            &format!("4|||{}|{uai}", known.school_record),
        ),
        one("FrEduCtDateNaissance", &known.birth_date),
        one("FrEduCtEleveUAI", uai),
        one("sn", &known.family_name),
        one("givenName", &known.given_name),
    ];
    Person {
        id: format!("{}-{}", pupil.academy, pupil.key),
        name: pupil.name.clone(),
        about: about.to_owned(),
        attributes: attributes.into_iter().flatten().collect(),
    }
}

fn of_guardian(guardian: &Character, about: &str) -> Person {
    let known = &guardian.identity;
    let own = reference(guardian.academy, &guardian.key);
    let others = guardian.elsewhere.iter();
    let others = others.map(|(academy, key)| reference(*academy, key));
    let vectors = guardian.children.iter();
    let vectors = vectors.map(|ward| vector([&known.family_name, &known.given_name], ward));
    let mut attributes: Vec<_> = [
        one("FrEduCtId", &opaque(guardian)),
        one("FrEduCtPersonAffiliation", "resp2d"),
        one("sn", &known.family_name),
        one("givenName", &known.given_name),
    ]
    .into_iter()
    .flatten()
    .collect();
    attributes.push(("FrEduCtRefId", std::iter::once(own).chain(others).collect()));
    attributes.push(("FrEduVecteur", vectors.collect()));
    Person {
        id: format!("{}-{}", guardian.academy, guardian.key),
        name: guardian.name.clone(),
        about: about.to_owned(),
        attributes,
    }
}

/// A guardian whose child no feed has brought.
fn stranger() -> Person {
    let names = ["Lestrade", "Aurore"];
    let ward = Ward {
        academy: 16,
        key: String::new(),
        school_record: "999999".to_owned(),
        uai: "0318000C".to_owned(),
    };
    invented(
        "inconnue",
        names,
        &ward,
        "responsable d’un enfant inconnu de l’ENT",
    )
}

/// A guardian who names a child that is not theirs.
fn usurper(pupil: &Character) -> Person {
    let ward = Ward {
        academy: pupil.academy,
        key: pupil.key.clone(),
        school_record: pupil.identity.school_record.clone(),
        uai: pupil.schools.first().cloned().unwrap_or_default(),
    };
    let about = format!("nomme l’enfant d’une autre famille : {}", pupil.name);
    invented("autre-famille", ["Vauquelin", "Firmin"], &ward, &about)
}

fn invented(id: &str, [family, given]: [&str; 2], ward: &Ward, about: &str) -> Person {
    let attributes = [
        one("FrEduCtId", &digest(id)),
        one("FrEduCtPersonAffiliation", "resp2d"),
        one("FrEduVecteur", &vector([family, given], ward)),
        one("sn", family),
        one("givenName", given),
    ];
    Person {
        id: id.to_owned(),
        name: format!("{given} {family}"),
        about: about.to_owned(),
        attributes: attributes.into_iter().flatten().collect(),
    }
}

/// `{AAF}academy|…|key`; what stands in the middle was not seen in a primary source.
fn reference(academy: u8, key: &str) -> String {
    format!("{{AAF}}{academy}|2D|{key}")
}

/// `profile|name|first name|number of the child|UAI of the child`.
fn vector([family, given]: [&str; 2], ward: &Ward) -> String {
    format!("2|{family}|{given}|{}|{}", ward.school_record, ward.uai)
}

/// 96 hexadecimal digits that never change of a person.
fn opaque(person: &Character) -> String {
    digest(&format!("{} {}", person.academy, person.key))
}

fn digest(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA384, text.as_bytes());
    digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_vectors_are_those_of_the_feeds() {
        let region = Region::demo(1).unwrap();
        let people = people(&region).unwrap();
        let by = |about: &str| {
            let mut all = people.iter();
            all.find(|person| person.about.contains(about)).unwrap()
        };
        let parent = by("trois enfants");
        let known = region.first(Role::ParentOfTwoMinistries).unwrap();
        let (_, elsewhere) = &known.elsewhere[0];
        assert_eq!(
            parent.values("FrEduCtRefId"),
            [
                format!("{{AAF}}98|2D|{}", known.key),
                format!("{{AAF}}16|2D|{elsewhere}")
            ]
        );
        assert_eq!(parent.values("FrEduVecteur").len(), 3);
        for (vector, ward) in parent.values("FrEduVecteur").iter().zip(&known.children) {
            let fields: Vec<&str> = vector.split('|').collect();
            let names = [
                known.identity.family_name.as_str(),
                &known.identity.given_name,
            ];
            assert_eq!(
                fields,
                ["2", names[0], names[1], &ward.school_record, &ward.uai]
            );
        }
        let pupil = by("élève d’un lycée agricole");
        assert!(pupil.values("FrEduCtRefId")[0].starts_with("{AAF}98|"));
        assert!(by("mêmes nom et prénom").values("FrEduCtRefId").is_empty());
        for person in &people {
            assert_eq!(person.values("FrEduCtId")[0].len(), 96);
            for vector in person.values("FrEduVecteur") {
                assert_eq!(vector.split('|').count(), 5, "{vector}");
            }
        }
        let ids: std::collections::BTreeSet<&str> =
            people.iter().map(|person| person.id.as_str()).collect();
        assert_eq!(ids.len(), people.len());
    }

    #[test]
    fn the_date_has_its_own_form() {
        let arguments = crate::upstreams::testing::arguments("educonnect");
        let said = at_login(&arguments, Timestamp::from_millis(1_795_420_800_123));
        assert_eq!(said[1].1, "2026-11-23 08:00:00.123");
        assert_eq!(said[0].1, arguments.address("Logout"));
    }
}

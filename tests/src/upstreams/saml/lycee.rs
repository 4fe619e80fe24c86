//! A lycée of the Ministry of Agriculture with an identity provider of its own (french-ent.md §5): a
//! Shibboleth whose assertions are encrypted and whose answers are not signed around them. It speaks for the
//! centre of apprentices beside it as well, and, as one cannot know, for others.

use std::io;

use clau_saml::names::name_id;

use super::manner::{Manner, Paths, Seal, Spelling, Unsolicited};
use crate::feedgen::Role;
use crate::upstreams::page::Sign;
use crate::upstreams::people::{Person, Region, login, one, school_attributes};

/// The lycée.
pub const MANNER: Manner = Manner {
    id: "lycee-agricole-auch",
    sign: Sign {
        title: "Lycée agricole d’Auch (simulateur)",
        about: "Il tient la place du fournisseur d’identité d’un lycée agricole.",
    },
    name: "Lycée agricole d’Auch",
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
        single_logout: Some("/idp/profile/SAML2/Redirect/SLO"),
        logout: "/idp/profile/Logout",
    },
    seal: Seal {
        assertion: true,
        response: false,
        encrypted: true,
    },
    name_ids: &[name_id::TRANSIENT, name_id::PERSISTENT],
    scope: Some("educagri.example"),
    people,
    at_login: |_, _| Vec::new(),
    spelling,
};

fn spelling(name: &'static str) -> Spelling {
    let oid = match name {
        "uid" => "urn:oid:0.9.2342.19200300.100.1.1",
        "sn" => "urn:oid:2.5.4.4",
        "givenName" => "urn:oid:2.5.4.42",
        "displayName" => "urn:oid:2.16.840.1.113730.3.1.241",
        "mail" => "urn:oid:0.9.2342.19200300.100.1.3",
        _ => return Spelling::basic(name),
    };
    Spelling::oid(oid, name)
}

fn people(region: &Region) -> io::Result<Vec<Person>> {
    let schools = region.agricultural_schools()?;
    let of = |uai: &str| -> Vec<Person> {
        let here = region.at_school(uai);
        let person = |character| Person {
            id: login(character),
            name: character.name.clone(),
            about: about(character.role, uai == schools.apprentices).to_owned(),
            attributes: school_attributes(character),
        };
        here.map(person).collect()
    };
    let mut people = of(&schools.saml);
    people.extend(of(&schools.apprentices));
    let newcomer = [
        ("ENTPersonStructRattachRNE", schools.saml.as_str()),
        ("mail", "lise.barbaste@educagri.example"),
    ];
    people.push(invented(
        "lise.barbaste",
        ["Barbaste", "Lise"],
        newcomer,
        "enseignante que le flux n’a pas amenée",
    ));
    let elsewhere = [
        ("ENTPersonStructRattachRNE", "0318000C"),
        ("mail", "ugo.lamothe@educagri.example"),
    ];
    people.push(invented(
        "ugo.lamothe",
        ["Lamothe", "Ugo"],
        elsewhere,
        "se dit enseignant d’un collège, pour lequel ce lycée ne peut rien dire",
    ));
    Ok(people)
}

fn about(role: Role, apprentices: bool) -> &'static str {
    match (role, apprentices) {
        (Role::AgriculturalPupil, false) => "élève",
        (Role::AgriculturalPupil, true) => "apprenti du centre voisin",
        (_, false) => "enseignant",
        (_, true) => "formateur du centre voisin",
    }
}

fn invented(
    uid: &str,
    [family, given]: [&str; 2],
    more: [(&'static str, &str); 2],
    about: &str,
) -> Person {
    let name = format!("{given} {family}");
    let mut attributes: Vec<_> = [
        one("uid", uid),
        one("sn", family),
        one("givenName", given),
        one("displayName", &name),
        one("ENTPersonProfils", "National_ENS"),
    ]
    .into_iter()
    .flatten()
    .collect();
    attributes.extend(more.iter().filter_map(|(name, value)| one(name, value)));
    Person {
        id: uid.to_owned(),
        name,
        about: about.to_owned(),
        attributes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lycee_speaks_for_two_schools_and_claims_a_third() {
        let region = Region::demo(1).unwrap();
        let schools = region.agricultural_schools().unwrap();
        let people = people(&region).unwrap();
        let uai = |person: &Person| person.values("ENTPersonStructRattachRNE")[0].clone();
        let uais: Vec<String> = people.iter().map(uai).collect();
        let own = [&schools.saml, &schools.apprentices];
        assert_eq!(uais.iter().filter(|uai| own.contains(uai)).count(), 5);
        assert_eq!(uais.last().unwrap(), "0318000C");
        for person in people.iter().take(4) {
            assert_eq!(person.values("uid"), std::slice::from_ref(&person.id));
            assert_eq!(person.values("ENTPersonJointure").len(), 1);
        }
    }
}

//! The guichet of an academy (french-ent.md §4.1, §4.5, §4.7): its agents, by an RSA FIM in the style of
//! ClearTrust. They are known by their academic address, as they write it; schools stand in composite values.

use std::io;

use clau_saml::names::name_id;

use super::manner::{Manner, Paths, Seal, Spelling, Unsolicited};
use crate::feedgen::{Character, Role};
use crate::upstreams::page::Sign;
use crate::upstreams::people::{Person, Region, one};

/// The guichet of the demo region's academy.
pub const MANNER: Manner = Manner {
    id: "guichet",
    sign: Sign {
        title: "Guichet de l’académie (simulateur)",
        about: "Il tient la place du guichet des agents de l’académie.",
    },
    name: "Guichet des agents de l’académie de démonstration",
    // Academies have no address for a name.
    entity_id: |_| "urn:fi:ac-demonstration:ent:1.0".to_owned(),
    paths: Paths {
        metadata: "/sso/metadata",
        redirect: "/sso/SSO",
        post: "/sso/SSO",
        unsolicited: Unsolicited {
            path: "/sso/SSO",
            service: "SPEntityID",
            target: "TARGET",
        },
        single_logout: Some("/sso/SLO"),
        logout: "/sso/logout",
    },
    seal: Seal {
        assertion: true,
        response: true,
        encrypted: false,
    },
    name_ids: &[name_id::TRANSIENT, name_id::UNSPECIFIED],
    scope: None,
    people,
    at_login: |_, _| Vec::new(),
    spelling: Spelling::basic,
};

/// Mark for "none".
const NONE: &str = "X";

fn people(region: &Region) -> io::Result<Vec<Person>> {
    let mut people = vec![
        agent(region.first(Role::Teacher)?, "professeur principal", "ENS"),
        agent(region.first(Role::Head)?, "chef d’établissement", "DIR"),
    ];
    people.push(invented(
        "agent.academie",
        ["N’Guessan", "Inès"],
        "Agent.Academie@ent-region.example",
        "agent du rectorat, qui administre l’ENT",
    ));
    people.push(invented(
        "nouvelle.venue",
        ["Peyrefitte", "Alix"],
        "alix.peyrefitte@ac-toulouse.example",
        "agent que le flux n’a pas encore amené",
    ));
    Ok(people)
}

fn agent(known: &Character, about: &str, function: &str) -> Person {
    let identity = &known.identity;
    let names = [identity.family_name.as_str(), &identity.given_name];
    let uai = known.schools.first().map_or("", String::as_str);
    let headed = match function {
        "DIR" => format!("{uai}$UAJ$PU$N$T3$CLG$340"),
        _ => NONE.to_owned(),
    };
    let schools = [
        one(
            "FrEduRne",
            &format!("{uai}$UAJ$PU${function}${uai}$T3$CLG$340"),
        ),
        one("FrEduRneResp", &headed),
        one("FrEduFonctAdm", function),
    ];
    let mut attributes = common(&known.key, names, &capitals(&identity.mail));
    attributes.extend(schools.into_iter().flatten());
    Person {
        id: known.key.clone(),
        name: known.name.clone(),
        about: about.to_owned(),
        attributes,
    }
}

fn invented(uid: &str, names: [&str; 2], mail: &str, about: &str) -> Person {
    let mut attributes = common(uid, names, mail);
    attributes.extend(
        [one("FrEduRneResp", NONE), one("FrEduFonctAdm", "ADF")]
            .into_iter()
            .flatten(),
    );
    Person {
        id: uid.to_owned(),
        name: format!("{} {}", names[1], names[0]),
        about: about.to_owned(),
        attributes,
    }
}

fn common(uid: &str, [family, given]: [&str; 2], mail: &str) -> Vec<(&'static str, Vec<String>)> {
    let name = format!("{given} {family}");
    let attributes = [
        one("ctremoteuser", uid),
        one("uid", uid),
        one("ctemail", mail),
        one("mail", mail),
        one("ctln", &family.to_uppercase()),
        one("ctfn", given),
        one("cn", &name),
        one("displayName", &name),
        one("codaca", "16"),
    ];
    attributes.into_iter().flatten().collect()
}

/// `Prenom.Nom@…`: addresses compare without case, and this one is written as people write it.
fn capitals(mail: &str) -> String {
    let mut before = '.';
    let mut text = String::with_capacity(mail.len());
    let (user, domain) = mail.split_once('@').unwrap_or((mail, ""));
    for letter in user.chars() {
        text.push(match before {
            '.' | '-' => letter.to_ascii_uppercase(),
            _ => letter,
        });
        before = letter;
    }
    format!("{text}@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_known_by_the_address_of_the_feed_and_their_schools() {
        let region = Region::demo(1).unwrap();
        let people = people(&region).unwrap();
        let teacher = region.first(Role::Teacher).unwrap();
        let mail = &people[0].values("ctemail")[0];
        assert_ne!(mail, &teacher.identity.mail);
        assert_eq!(mail.to_lowercase(), teacher.identity.mail);
        let rne: Vec<&str> = people[0].values("FrEduRne")[0].split('$').collect();
        assert_eq!(rne.len(), 8);
        assert_eq!((rne[0], rne[3]), (teacher.schools[0].as_str(), "ENS"));
        assert_eq!(people[0].values("FrEduRneResp"), ["X"]);
        assert_eq!(people[1].values("FrEduRneResp")[0].split('$').count(), 7);
    }

    #[test]
    fn addresses_are_written_as_people_write_them() {
        assert_eq!(
            capitals("jean-luc.fabre2@x.example"),
            "Jean-Luc.Fabre2@x.example"
        );
    }
}

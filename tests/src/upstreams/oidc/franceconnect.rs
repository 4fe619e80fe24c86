//! FranceConnect, version 2, and FranceConnect+ (french-ent.md §7.1): citizens by their pivot identity, under
//! a name that each service has for itself. A request has what it must have and nothing else: not even PKCE.

use std::io;

use serde_json::{Value, json};

use super::manner::{Citizen, Codes, Levels, Lifetimes, Manner, Parameters, claims};
use crate::feedgen::{Character, Role};
use crate::services::server::digest;
use crate::upstreams::page::Sign;
use crate::upstreams::people::Region;

/// FranceConnect.
pub const MANNER: Manner = Manner {
    id: "franceconnect",
    sign: Sign {
        title: "FranceConnect (simulateur)",
        about: "Il tient la place de FranceConnect, par lequel les citoyens prouvent leur identité.",
    },
    parameters: PARAMETERS,
    codes: CODES,
    levels: Levels {
        known: &["eidas1", "eidas2", "eidas3"],
        here: &["eidas1"],
        default: "eidas1",
        strict: true,
    },
    prompts: &["login", "consent"],
    silent: false,
    scopes: SCOPES,
    subject,
    lifetimes: Lifetimes {
        code: 30,
        access_token: 60,
        id_token: 60,
        session: 1_800,
    },
    encrypted: false,
    people,
};

/// FranceConnect+: stronger, shorter, encrypted.
pub const PLUS: Manner = Manner {
    id: "franceconnect-plus",
    sign: Sign {
        title: "FranceConnect+ (simulateur)",
        about: "Il tient la place de FranceConnect+, par lequel les citoyens prouvent fortement leur identité.",
    },
    levels: Levels {
        known: &["eidas1", "eidas2", "eidas3"],
        here: &["eidas2", "eidas3"],
        default: "eidas3",
        strict: true,
    },
    lifetimes: Lifetimes {
        session: 600,
        ..MANNER.lifetimes
    },
    encrypted: true,
    ..MANNER
};

const PARAMETERS: Parameters = Parameters {
    required: &[
        "client_id",
        "acr_values",
        "response_type",
        "nonce",
        "state",
        "redirect_uri",
        "scope",
    ],
    optional: &["claims", "prompt", "idp_hint", "ui_locales"],
    shortest_nonce: 22,
};

const CODES: Codes = Codes {
    parameter: "Y030007",
    client: "Y04EA6EF",
    redirect: "Y04C013C",
    logout: "Y04CFAEF",
};

const SCOPES: &[(&str, &[&str])] = &[
    (
        "profile",
        &[
            "given_name",
            "given_name_array",
            "family_name",
            "birthdate",
            "gender",
            "preferred_username",
        ],
    ),
    ("birth", &["birthplace", "birthcountry"]),
    (
        "identite_pivot",
        &[
            "given_name",
            "given_name_array",
            "family_name",
            "birthdate",
            "gender",
            "birthplace",
            "birthcountry",
        ],
    ),
    ("gender", &["gender"]),
    ("birthdate", &["birthdate"]),
    ("birthcountry", &["birthcountry"]),
    ("birthplace", &["birthplace"]),
    ("given_name", &["given_name", "given_name_array"]),
    ("family_name", &["family_name"]),
    ("email", &["email"]),
    ("preferred_username", &["preferred_username"]),
    ("idp_id", &["idp_id"]),
];

/// Another one for each service, and the same as long as the person is.
fn subject(citizen: &Citizen, client: &str) -> String {
    format!("{}v1", digest(&format!("{} {client}", citizen.id)))
}

fn people(region: &Region) -> io::Result<Vec<Citizen>> {
    let pupil = region.first(Role::Pupil)?;
    Ok(vec![
        citizen(
            "labruguiere",
            "citoyenne que l’ENT ne connaît pas",
            &["Mathilde", "Anne-Sophie", "Solange"],
            "Labruguière",
            Born {
                on: "1979-04-12",
                place: "81105",
                country: "99100",
            },
            true,
        ),
        guardian(region.first(Role::Parent)?),
        citizen(
            "teixeira-nunes",
            "citoyen né à l’étranger, sans jour ni mois de naissance",
            &["João", "Miguel"],
            "Teixeira Nunes",
            Born {
                on: "1974-00-00",
                place: "",
                country: "99139",
            },
            false,
        ),
        of_age(pupil),
    ])
}

/// Where and when somebody was born: INSEE codes.
struct Born<'a> {
    on: &'a str,
    place: &'a str,
    country: &'a str,
}

/// A guardian of the region: the feed has no birth date of them, so that nobody can match them by it.
fn guardian(known: &Character) -> Citizen {
    let identity = &known.identity;
    let mut citizen = citizen(
        &known.key,
        "responsable de deux élèves, à relier une fois",
        &[&identity.given_name],
        &identity.birth_name,
        Born {
            on: "1981-09-30",
            place: "31555",
            country: "99100",
        },
        identity.feminine,
    );
    if identity.family_name != identity.birth_name {
        let name = json!(identity.family_name);
        citizen.claims.insert("preferred_username".to_owned(), name);
    }
    citizen
}

/// Somebody with the name and the birth date of a pupil, who is somebody else: the feed has no place of birth,
/// and without it nobody is taken for them.
fn of_age(pupil: &Character) -> Citizen {
    let identity = &pupil.identity;
    citizen(
        "homonyme",
        "a les nom, prénom et date de naissance d’un élève",
        &[&identity.given_name],
        &identity.birth_name,
        Born {
            on: &identity.birth_date,
            place: "34172",
            country: "99100",
        },
        identity.feminine,
    )
}

fn citizen(
    id: &str,
    about: &str,
    given: &[&str],
    family: &str,
    born: Born<'_>,
    feminine: bool,
) -> Citizen {
    let gender = if feminine { "female" } else { "male" };
    let first = given.first().copied().unwrap_or_default();
    Citizen {
        id: id.to_owned(),
        name: format!("{first} {family}"),
        about: about.to_owned(),
        provider: "dgfip",
        methods: &["pwd"],
        claims: claims([
            // All first names in one text, and one by one.
            ("given_name", json!(given.join(" "))),
            ("given_name_array", json!(given)),
            ("family_name", json!(family.to_uppercase())),
            ("birthdate", json!(born.on)),
            ("gender", json!(gender)),
            ("birthplace", json!(born.place)),
            ("birthcountry", json!(born.country)),
            ("email", json!(format!("{id}@example.net"))),
            ("preferred_username", Value::Null),
            ("idp_id", json!("dgfip")),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_releases_what_it_names_and_no_more() {
        let region = Region::demo(1).unwrap();
        let people = people(&region).unwrap();
        let scope = |words: &[&str]| {
            words
                .iter()
                .map(|&word| word.to_owned())
                .collect::<Vec<_>>()
        };
        let pivot = people[0].released(&MANNER, &scope(&["openid", "identite_pivot"]));
        assert_eq!(pivot.len(), 7);
        assert!(!pivot.contains_key("email"));
        assert_eq!(pivot["given_name"], "Mathilde Anne-Sophie Solange");
        assert!(
            people[0]
                .released(&MANNER, &scope(&["openid", "unknown"]))
                .is_empty()
        );
        let parent = region.first(Role::Parent).unwrap();
        let birth_name = parent.identity.birth_name.to_uppercase();
        assert_eq!(people[1].claims["family_name"], json!(birth_name));
    }

    #[test]
    fn each_service_has_its_own_name_for_a_citizen() {
        let region = Region::demo(1).unwrap();
        let people = people(&region).unwrap();
        let first = subject(&people[0], "a");
        assert_ne!(first, subject(&people[0], "b"));
        assert_ne!(first, subject(&people[1], "a"));
        assert_eq!(first, subject(&people[0], "a"));
        assert!(first.ends_with("v1") && first.len() == 66);
    }
}

//! ProConnect (french-ent.md §7.2): public agents by the provider of their employer, which also gives them
//! their name: who changes employers is called otherwise. Parameters that it does not know are refused, as its
//! documentation says.

use std::io;

use serde_json::{Value, json};

use super::manner::{Citizen, Codes, Levels, Lifetimes, Manner, Parameters, claims};
use crate::feedgen::{Character, Role};
use crate::services::server::digest;
use crate::upstreams::page::Sign;
use crate::upstreams::people::Region;

/// ProConnect.
pub const MANNER: Manner = Manner {
    id: "proconnect",
    sign: Sign {
        title: "ProConnect (simulateur)",
        about: "Il tient la place de ProConnect, par lequel les agents publics prouvent qui ils sont.",
    },
    parameters: Parameters {
        required: &[
            "client_id",
            "response_type",
            "state",
            "redirect_uri",
            "scope",
        ],
        optional: &[
            "acr_values",
            "claims",
            "response_mode",
            "nonce",
            "login_hint",
            "siret_hint",
            "prompt",
            "idp_hint",
            "code_challenge",
            "code_challenge_method",
        ],
        shortest_nonce: 1,
    },
    codes: Codes {
        parameter: "Y000400",
        client: "oidc-provider-rendered-error:invalid_client",
        redirect: "oidc-provider-rendered-error:invalid_redirect_uri",
        logout: "oidc-provider-rendered-error:invalid_request",
    },
    levels: Levels {
        known: LEVELS,
        here: LEVELS,
        default: "eidas1",
        strict: false,
    },
    prompts: &["login", "consent", "none"],
    silent: true,
    scopes: &[
        ("given_name", &["given_name"]),
        ("usual_name", &["usual_name"]),
        ("email", &["email"]),
        ("uid", &["uid"]),
        ("siret", &["siret"]),
        ("siren", &["siren"]),
        ("phone", &["phone_number"]),
        ("organizational_unit", &["organizational_unit"]),
        ("belonging_population", &["belonging_population"]),
        ("organization_label", &["organization_label"]),
        ("idp_id", &["idp_id"]),
        ("idp_acr", &["idp_acr"]),
    ],
    subject: |citizen, _| digest(&format!("{} {}", citizen.provider, citizen.id)),
    lifetimes: Lifetimes {
        code: 30,
        access_token: 3_600,
        id_token: 3_600,
        session: 8 * 3_600,
    },
    encrypted: false,
    people,
};

const LEVELS: &[&str] = &[
    "eidas0",
    "eidas0-mfa",
    "eidas1",
    "eidas1-mfa",
    "eidas2",
    "eidas3",
    "https://proconnect.gouv.fr/assurance/certification-dirigeant",
];

/// Numbers of made-up employers.
const REGION: &str = "20005379200018";
const MINISTRY: &str = "11004601800013";
const DRAAF: &str = "11007001800012";

fn people(region: &Region) -> io::Result<Vec<Citizen>> {
    Ok(vec![
        agent(
            ["agent.region", "Bastien", "Cœurdassier"],
            "agent.region@ent-region.example",
            ("region-demonstration", REGION),
            "agent de la région",
        ),
        agent(
            ["leonor.castaing", "Léonor", "Castaing"],
            "leonor.castaing@agriculture.example",
            ("ministere-agriculture", DRAAF),
            "agente de la DRAAF, que l’ENT ne connaît pas",
        ),
        teacher(region.first(Role::Teacher)?),
    ])
}

/// A teacher who comes by the ministry's provider instead of the guichet.
fn teacher(known: &Character) -> Citizen {
    let identity = &known.identity;
    agent(
        [&known.key, &identity.given_name, &identity.family_name],
        &identity.mail,
        ("ministere-education", MINISTRY),
        "enseignant, par le fournisseur de son ministère",
    )
}

fn agent(
    [uid, given, family]: [&str; 3],
    mail: &str,
    (provider, siret): (&'static str, &'static str),
    about: &str,
) -> Citizen {
    Citizen {
        id: uid.to_owned(),
        name: format!("{given} {family}"),
        about: about.to_owned(),
        provider,
        methods: &["pwd"],
        claims: claims([
            ("uid", json!(uid)),
            ("given_name", json!(given)),
            ("usual_name", json!(family)),
            ("email", json!(mail)),
            ("siret", json!(siret)),
            ("siren", json!(siret.get(..9))),
            ("idp_id", json!(provider)),
            ("idp_acr", json!("eidas1")),
            ("phone_number", Value::Null),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_provider_behind_gives_the_name() {
        let region = Region::demo(1).unwrap();
        let mut people = people(&region).unwrap();
        let name = |citizen: &Citizen| (MANNER.subject)(citizen, "client");
        let before = name(&people[0]);
        assert_eq!(before, (MANNER.subject)(&people[0], "another"));
        people[0].provider = "autre-employeur";
        assert_ne!(before, name(&people[0]));
        let teacher = region.first(Role::Teacher).unwrap();
        assert_eq!(people[2].claims["email"], json!(teacher.identity.mail));
    }
}

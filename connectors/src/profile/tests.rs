//! Tests of profiles: what each fills in, what is read of synthetic people, and what strangers try.

mod attacks;
mod completion;
mod properties;
mod samples;

use clau_domain::identity::{ClaimedRole, ExternalIdentity};
use clau_domain::profile::Profile;
use serde_json::{Value, json};

use super::*;

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);

/// A registration, as it is given.
fn given(profile: &str, kind: &str, more: Value) -> Connector {
    let how = match kind {
        "saml" => json!({ "metadata_file": "idp.xml" }),
        "oidc" => json!({ "issuer": "https://op.example", "client_id": "ent" }),
        "cas" => json!({ "url": "https://cas.example/cas" }),
        "ldap" => {
            json!({ "servers": ["ldaps://ldap.example"], "bind_dn": "cn=ent", "base": "dc=x" })
        }
        _ => json!(null),
    };
    let mut registration = json!({ "id": "source", "name": "Source", "profile": profile });
    registration[kind] = how;
    if let Value::Object(more) = more {
        for (key, value) in more {
            match (&mut registration[&key], value) {
                (Value::Object(known), Value::Object(value)) => known.extend(value),
                (place, value) => *place = value,
            }
        }
    }
    serde_json::from_value(registration).expect("a registration")
}

/// The same, completed.
fn registered(profile: &str, kind: &str, more: Value) -> Connector {
    complete(&given(profile, kind, more))
}

/// What a source of a kind says: a lasting name, a context of the kind, attributes.
fn said(kind: &str, attributes: &[(&str, &[&str])]) -> Said {
    let context = match kind {
        "saml" => Some("urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"),
        "oidc" => Some("eidas1"),
        _ => None,
    };
    let list = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    Said {
        subject: Some("a-lasting-name".to_owned()),
        context: context.map(str::to_owned),
        authenticated_at: NOW,
        attributes: attributes
            .iter()
            .map(|(name, values)| ((*name).to_owned(), list(values)))
            .collect(),
    }
}

fn read(connector: &Connector, kind: &str, attributes: &[(&str, &[&str])]) -> ExternalIdentity {
    let identified = identify(connector, &said(kind, attributes));
    identified.expect("somebody").identity
}

/// `0310001A National_ENS ENS`, with `-` for what is not said.
fn role(text: &str) -> ClaimedRole {
    let words: Vec<&str> = text.split(' ').collect();
    let said = |word: &str| (word != "-").then(|| word.to_owned());
    ClaimedRole {
        uai: said(words[0]).map(|word| word.parse().expect("a school")),
        profile: said(words[1]).map(|word| word.parse::<Profile>().expect("a profile")),
        function: said(words[2]).unwrap_or_default(),
    }
}

fn roles(texts: &[&str]) -> Vec<ClaimedRole> {
    texts.iter().map(|text| role(text)).collect()
}

//! What a source says, whatever it is: a profile, a kind, and lines of `name=value` in its words. Nothing may
//! panic, and what is read keeps its bounds.
#![no_main]

use clau_connectors::profile::{Said, complete, identify};
use clau_domain::connector::Connector;
use clau_domain::identity::VectorOf;
use clau_domain::time::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

const PROFILES: [&str; 7] = [
    "plain",
    "educonnect",
    "academie",
    "franceconnect",
    "proconnect",
    "renater",
    "agriculture",
];

fn registered(choice: u8) -> Option<Connector> {
    let profile = PROFILES.get(usize::from(choice) % PROFILES.len())?;
    let (kind, how) = match choice / 64 {
        0 => ("saml", json!({ "metadata_file": "idp.xml" })),
        1 => ("oidc", json!({ "issuer": "https://op.example", "client_id": "ent" })),
        2 => ("cas", json!({ "url": "https://cas.example" })),
        _ => (
            "ldap",
            json!({ "servers": ["ldaps://ldap.example"], "bind_dn": "cn=ent", "base": "dc=x" }),
        ),
    };
    let registration = json!({ "id": "source", "name": "Source", "profile": profile, kind: how });
    serde_json::from_value(registration).ok()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, text)) = bytes.split_first() else {
        return;
    };
    let (Some(given), Ok(text)) = (registered(*choice), std::str::from_utf8(text)) else {
        return;
    };
    let connector = complete(&given);
    let mut lines = text.lines();
    let said = Said {
        subject: lines.next().map(str::to_owned),
        context: connector.levels.keys().next().cloned(),
        authenticated_at: Timestamp::from_millis(1_795_420_800_000),
        attributes: lines
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), vec![value.to_owned()]))
            .collect(),
    };
    let Ok(read) = identify(&connector, &said) else {
        return;
    };
    let identity = read.identity;
    assert!(!identity.subject.is_empty() && identity.subject.len() <= 256);
    assert!(identity.vectors.len() <= 20);
    let is_pupil = identity.vectors.iter().any(|it| it.who == VectorOf::Pupil);
    assert!(!is_pupil || identity.vectors.len() == 1);
    assert!(!identity.claims.family_name.contains(['|', '$']));
});

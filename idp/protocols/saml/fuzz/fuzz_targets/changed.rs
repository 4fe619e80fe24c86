//! A signed answer with some bytes put in place of others: it is refused, or it says what it said (SIG-08).
#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use clau_domain::time::Timestamp;
use clau_saml::binding::{Received, Role, envelope};
use clau_saml::key::{KeyKind, PeerKey, SigningKey, Subject};
use clau_saml::message::{
    Asserted, Assertion, Attribute, Authentication, Expected, Header, NameId, Response, Sealing,
    Status, Value,
};
use clau_saml::names::{attribute_name, context, name_id};
use libfuzzer_sys::fuzz_target;

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_000);
const IDP: &str = "https://ent.example/saml/metadata";
const SP: &str = "https://sp.example/saml";
const ACS: &str = "https://sp.example/acs";
const REQUEST: &str = "_c0ffee";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    let subject = Subject {
        name: "ent.example",
        year: 2026,
        serial: [1; 16],
    };
    SigningKey::generate(KeyKind::P256, subject).expect("a key")
});
static KEYS: LazyLock<[PeerKey; 1]> = LazyLock::new(|| [KEY.certificate().key().expect("its own")]);

/// The answer, signed in each of the ways, in an envelope, and what it says.
static ANSWERS: LazyLock<Vec<(String, Asserted)>> = LazyLock::new(|| {
    let ways = [(true, false), (false, true), (true, true)];
    let sealed = ways.iter().map(|(assertion, response)| {
        let sealing = Sealing {
            assertion: *assertion,
            response: *response,
            ..Sealing::signed(&KEY)
        };
        let xml = envelope(&answer().write(&sealing).expect("an answer"));
        let said = read(xml.as_bytes()).expect("a good answer");
        (xml, said)
    });
    sealed.collect()
});

fn answer() -> Response {
    Response {
        header: Header {
            id: "_5a17".to_owned(),
            instant: NOW,
            destination: Some(ACS.to_owned()),
            issuer: IDP.to_owned(),
        },
        in_response_to: Some(REQUEST.to_owned()),
        status: Status::success(),
        assertion: Some(Assertion {
            id: "_a55e".to_owned(),
            issuer: IDP.to_owned(),
            instant: NOW,
            name_id: NameId {
                value: "somebody".to_owned(),
                format: name_id::PERSISTENT.to_owned(),
                name_qualifier: None,
                sp_name_qualifier: Some(SP.to_owned()),
            },
            recipient: ACS.to_owned(),
            in_response_to: Some(REQUEST.to_owned()),
            audience: SP.to_owned(),
            authentication: Authentication {
                at: NOW,
                context: context::PASSWORD_PROTECTED_TRANSPORT.to_owned(),
                session_index: "_5e55".to_owned(),
                session_ends: NOW + Duration::from_secs(3600),
            },
            attributes: vec![Attribute {
                name: "urn:oid:2.5.4.4".to_owned(),
                format: attribute_name::URI,
                friendly_name: None,
                values: vec![Value::Text("Déléage <&> \"x\"".to_owned())],
            }],
        }),
    }
}

fn read(bytes: &[u8]) -> Option<Asserted> {
    let received = Received::from_soap(bytes.to_vec(), Role::Response);
    let opened = received.open().ok()?;
    let authentic = if opened.is_signed() {
        opened.authenticate(&*KEYS).ok()?
    } else {
        opened.accept_unsigned().ok()?
    };
    let expected = Expected {
        issuer: IDP,
        keys: &*KEYS,
        audience: SP,
        recipient: ACS,
        in_response_to: Some(REQUEST),
        decryption: &[],
        now: NOW,
    };
    Asserted::read(&authentic, &expected).ok()?.ok()
}

fuzz_target!(|change: (usize, usize, usize, &[u8])| {
    let (which, start, length, by) = change;
    let (good, said) = &ANSWERS[which % ANSWERS.len()];
    let start = start % good.len();
    let end = (start + length % 256).min(good.len());
    let mut bytes = good.as_bytes().to_vec();
    bytes.splice(start..end, by.iter().copied());
    assert!(read(&bytes).is_none_or(|read| read == *said));
});

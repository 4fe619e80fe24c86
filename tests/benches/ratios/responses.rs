//! SAML Responses signed per second and core, against the bare library's signatures with the same key, kept in
//! both cases; and Responses verified and read, against the bare library's verifications. An RSA key of 2048 bits
//! is what the goals are about; the hub's own have 3072, with which the bare signature takes longer and the rest
//! does not.
//!
//! A Response is all that stands between what the hub knows of a person and the text that it sends: elements,
//! canonical form, digest, signature. Reading one goes from the form that carried it to the attributes in it.
//! Where both the assertion and the Response are signed, two signatures cannot be avoided, and the goal is half.

use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use clau_domain::time::Timestamp;
use clau_saml::binding::{Form, Received, Role};
use clau_saml::key::{KeyKind, PeerKey, SigningKey, Subject};
use clau_saml::message::{
    Asserted, Assertion, Attribute, Authentication, Expected, Header, NameId, Response, Sealing,
    Status, Value,
};
use clau_saml::names::{attribute_name, context, name_id};

use crate::measure::{Goal, Report, taking_turns};

const NOW: Timestamp = Timestamp::from_millis(1_795_420_800_007);
const IDP: &str = "https://ent.example.fr/saml/metadata";
const SP: &str = "https://transport.example.fr/shibboleth";
const ACS: &str = "https://transport.example.fr/Shibboleth.sso/SAML2/POST";
const REQUEST: &str = "_2b6f0c9d4e8a71350f6e2d1c9b8a7f54";

/// Each key, with the goals for one signature and for one verification, if there are any. The second one of a
/// signature is 8,000 Responses on a core that makes 50,000 bare signatures.
const KEYS: [(&str, KeyKind, Option<f64>, Option<f64>); 3] = [
    ("RSA-2048", KeyKind::Rsa2048, Some(0.6), Some(0.4)),
    ("RSA-3072", KeyKind::Rsa3072, None, None),
    ("P-256", KeyKind::P256, Some(8_000.0 / 50_000.0), None),
];

pub(crate) fn measure(report: &mut Report) {
    for (name, kind, signing, verifying) in KEYS {
        let subject = Subject {
            name: "ent.example.fr",
            year: 2026,
            serial: [7; 16],
        };
        let key = SigningKey::generate(kind, subject).expect("a key");
        for (what, whole) in [("assertion signed", false), ("both signed", true)] {
            let signatures = if whole { 2.0 } else { 1.0 };
            let measured = Measured {
                key: &key,
                name: &format!("{name}, {what}"),
                whole,
            };
            measured.sign(report, signing.map(|goal| goal / signatures));
            measured.read(report, verifying.map(|goal| goal / signatures));
        }
    }
}

/// One key, and what it signs.
struct Measured<'a> {
    key: &'a SigningKey,
    name: &'a str,
    /// The Response is signed as well, not the assertion alone.
    whole: bool,
}

impl Measured<'_> {
    fn write(&self) -> String {
        let sealing = Sealing {
            response: self.whole,
            ..Sealing::signed(self.key)
        };
        answer().write(&sealing).expect("an answer")
    }

    fn sign(&self, report: &mut Report, goal: Option<f64>) {
        let written = self.write();
        let mut bare = bare(self.key);
        let signed = signed_part(&written);
        let (bare, ours) = taking_turns(
            || drop((bare.sign)(signed)),
            || drop(black_box(self.write())),
        );
        let name = self.name;
        report.note(&format!("{name}: bare signatures, one core"), bare, "/s");
        report.note(&format!("{name}: Responses, one core"), ours, "/s");
        self.ratio(report, "Responses / bare signatures", ours / bare, goal);
    }

    fn read(&self, report: &mut Report, goal: Option<f64>) {
        let form = Form::new(ACS, Role::Response, &self.write(), None);
        let fields = form.fields.into_iter();
        let fields: Vec<_> = fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        let keys = [self.key.certificate().key().expect("our own key")];
        let written = self.write();
        let signed = signed_part(&written);
        let mut bare = bare(self.key);
        let signature = (bare.sign)(signed);
        let (bare, ours) = taking_turns(
            || {
                let verified = bare.public.verify_sig(signed, &signature);
                verified.expect("our own signature");
            },
            || drop(black_box(read(&fields, &keys))),
        );
        let name = self.name;
        report.note(&format!("{name}: bare verifications"), bare, "/s");
        report.note(&format!("{name}: Responses read, one core"), ours, "/s");
        self.ratio(report, "read / bare verifications", ours / bare, goal);
    }

    fn ratio(&self, report: &mut Report, what: &str, ratio: f64, goal: Option<f64>) {
        let what = format!("{}: {what}", self.name);
        match goal {
            Some(goal) => report.add(&what, ratio, "", Goal::AtLeast(goal)),
            None => report.note(&what, ratio, ""),
        }
    }
}

/// What a service makes of a form.
fn read(fields: &[(String, String)], keys: &[PeerKey]) -> Asserted {
    let received = Received::from_form(fields).expect("our own form");
    let opened = received.open().expect("our own answer");
    let authentic = opened.authenticate(keys).expect("our own signature");
    let expected = Expected {
        issuer: IDP,
        keys,
        audience: SP,
        recipient: ACS,
        in_response_to: Some(REQUEST),
        decryption: &[],
        now: NOW,
    };
    let asserted = Asserted::read(&authentic, &expected).expect("our own answer");
    asserted.expect("a login")
}

/// The bytes that the bare library signs: as long as what the signature in a Response is over.
fn signed_part(written: &str) -> &[u8] {
    let (_, rest) = written.split_once("<ds:SignedInfo>").expect("it is signed");
    let (signed, _) = rest.split_once("</ds:SignedInfo>").expect("it is whole");
    signed.as_bytes()
}

/// Signs a message.
type Sign = Box<dyn FnMut(&[u8]) -> Vec<u8>>;

/// The bare library with a key of ours.
struct Bare {
    sign: Sign,
    public: ParsedPublicKey,
}

fn bare(key: &SigningKey) -> Bare {
    let pkcs8 = key.to_pkcs8().expect("PKCS#8");
    let random = SystemRandom::new();
    if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8) {
        let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key());
        let sign = move |message: &[u8]| {
            let signature = pair.sign(&random, message).expect("signs");
            signature.as_ref().to_vec()
        };
        return Bare {
            sign: Box::new(sign),
            public: public.expect("the same key"),
        };
    }
    let pair = RsaKeyPair::from_pkcs8(&pkcs8).expect("the same key");
    let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key());
    let sign = move |message: &[u8]| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
            .expect("signs");
        signature
    };
    Bare {
        sign: Box::new(sign),
        public: public.expect("the same key"),
    }
}

/// What a school's pupil is to a service with the attributes of SupAnn.
fn answer() -> Response {
    Response {
        header: Header {
            id: "_5a17c0de5a17c0de5a17c0de5a17c0de".to_owned(),
            instant: NOW,
            destination: Some(ACS.to_owned()),
            issuer: IDP.to_owned(),
        },
        in_response_to: Some(REQUEST.to_owned()),
        status: Status::success(),
        assertion: Some(Assertion {
            id: "_a55e47a55e47a55e47a55e47a55e47a5".to_owned(),
            issuer: IDP.to_owned(),
            instant: NOW,
            name_id: NameId {
                value: "Yz3kqk0cC1T5mJc0d5lX9o2G8u4b1fEwq7nRr6vVhA0".to_owned(),
                format: name_id::PERSISTENT.to_owned(),
                name_qualifier: Some(IDP.to_owned()),
                sp_name_qualifier: Some(SP.to_owned()),
            },
            recipient: ACS.to_owned(),
            in_response_to: Some(REQUEST.to_owned()),
            audience: SP.to_owned(),
            authentication: Authentication {
                at: NOW,
                context: context::PASSWORD_PROTECTED_TRANSPORT.to_owned(),
                session_index: "_5e55105e55105e55105e55105e55105e".to_owned(),
                session_ends: NOW + Duration::from_secs(8 * 3600),
            },
            attributes: vec![
                attribute("urn:oid:2.5.4.42", "givenName", &["Océane"]),
                attribute("urn:oid:2.5.4.4", "sn", &["Déléage"]),
                attribute(
                    "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
                    "eduPersonScopedAffiliation",
                    &["student@ent.example.fr", "member@ent.example.fr"],
                ),
                attribute(
                    "urn:oid:1.3.6.1.4.1.7135.1.2.1.14",
                    "supannEtablissement",
                    &["{UAI}0310999T"],
                ),
            ],
        }),
    }
}

fn attribute(name: &str, friendly: &'static str, values: &[&str]) -> Attribute {
    let values = values.iter().map(|value| Value::Text((*value).to_owned()));
    Attribute {
        name: name.to_owned(),
        format: attribute_name::URI,
        friendly_name: Some(friendly),
        values: values.collect(),
    }
}

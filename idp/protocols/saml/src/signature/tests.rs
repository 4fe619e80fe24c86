//! Signatures over small documents: ours verify, everything else does not. The attacks on whole messages
//! are with the messages.

use super::*;
use crate::key::{KeyKind, Subject};
use crate::xml::Limits;

pub(crate) fn key(kind: KeyKind) -> SigningKey {
    SigningKey::generate(
        kind,
        Subject {
            name: "ent.example",
            year: 2026,
            serial: [0x81; 16],
        },
    )
    .expect("a key")
}

fn signed(key: &SigningKey) -> String {
    let mut writer = Writer::new();
    writer
        .open("saml:Assertion", &[("xmlns:saml", ns::SAML), ("ID", "_a")])
        .leaf("saml:Issuer", &[], "https://ent.example");
    place(&mut writer, "_a", key);
    writer.leaf("saml:Subject", &[("Name", "<é>")], "a & b");
    fill(&writer.finish(), key).expect("a signature")
}

fn check(xml: &str, keys: &[PeerKey]) -> Result<(), Problem> {
    let tree = Tree::parse(xml.as_bytes(), &Limits::PROTOCOL)?;
    let covered = verify(&tree, tree.root(), keys)?;
    assert!(covered.covers(tree.root()));
    Ok(())
}

#[test]
fn sig_05_rsa_and_ecdsa_sign_and_verify() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        let key = key(kind);
        let xml = signed(&key);
        let peer = key.certificate().key().expect("a key");
        assert_eq!(check(&xml, std::slice::from_ref(&peer)), Ok(()), "{xml}");
        // Any of several keys, as while one is replaced.
        let other = self::key(kind).certificate().key().expect("a key");
        assert_eq!(check(&xml, &[other.clone(), peer]), Ok(()));
        assert_eq!(check(&xml, &[other]), Err(Problem::WrongSignature));
        assert_eq!(check(&xml, &[]), Err(Problem::NoKey));
        for (from, to) in [
            ("a &amp; b", "a &amp; c"),
            ("_a\"", "_b\""),
            ("&lt;é&gt;", "&lt;e&gt;"),
        ] {
            assert!(xml.contains(from));
            assert!(
                check(
                    &xml.replace(from, to),
                    &[key.certificate().key().expect("a key")]
                )
                .is_err()
            );
        }
    }
}

#[test]
fn sig_06_a_key_of_the_message_is_never_believed() {
    let (ours, theirs) = (key(KeyKind::P256), key(KeyKind::P256));
    let xml = signed(&theirs);
    assert!(xml.contains(&theirs.certificate().base64()));
    let known = ours.certificate().key().expect("a key");
    assert_eq!(check(&xml, &[known]), Err(Problem::WrongSignature));
}

#[test]
fn keys_survive_storage_and_belong_to_their_certificates() {
    for kind in [KeyKind::Rsa2048, KeyKind::P256] {
        let key = key(kind);
        let pkcs8 = key.to_pkcs8().expect("PKCS#8");
        let again = SigningKey::from_pkcs8(&pkcs8, key.certificate().clone()).expect("a key");
        assert_eq!(again.certificate(), key.certificate());
        let other = self::key(kind);
        assert!(SigningKey::from_pkcs8(&pkcs8, other.certificate().clone()).is_err());
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }
}

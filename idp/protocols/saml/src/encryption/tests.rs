//! What is encrypted for a key opens with it, and in no other way.

use super::*;
use crate::key::KeyKind;
use crate::signature::tests::key;

const ELEMENT_XML: &str =
    "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">é&amp;</saml:NameID>";

fn sealed(to: &Recipient) -> String {
    encrypt(ELEMENT_XML, "saml:EncryptedID", to).expect("encrypted")
}

fn opened(xml: &str, key: &DecryptionKey) -> Result<String, Problem> {
    let tree = Tree::parse(xml.as_bytes(), &Limits::PROTOCOL)?;
    decrypt(tree.root(), std::slice::from_ref(key))
}

#[test]
fn sig_10_what_is_encrypted_opens_with_the_key_alone() {
    let key = key(KeyKind::Rsa2048);
    let private = DecryptionKey::from_pkcs8(&key.to_pkcs8().expect("PKCS#8")).expect("a key");
    for methods in [
        vec![],
        vec!["http://www.w3.org/2009/xmlenc11#aes128-gcm".to_owned()],
        vec![
            OAEP_11.to_owned(),
            "http://www.w3.org/2009/xmlenc11#aes256-gcm".to_owned(),
        ],
    ] {
        let to = Recipient::new(key.certificate().clone(), &methods).expect("a recipient");
        let xml = sealed(&to);
        assert!(!xml.contains("é&amp;"));
        assert_eq!(opened(&xml, &private).as_deref(), Ok(ELEMENT_XML), "{xml}");
        let other = key_of_another();
        assert_eq!(opened(&xml, &other), Err(Problem::Encryption));
        // A tag that does not fit, a key that is too short, another algorithm: one answer.
        for (from, to) in [
            ("#aes256-gcm", "#aes256-cbc"),
            ("#aes128-gcm", "#aes128-cbc"),
            ("rsa-oaep", "rsa-1_5"),
            ("EncryptedKey", "EncryptedKeys"),
        ] {
            if xml.contains(from) {
                assert_eq!(
                    opened(&xml.replace(from, to), &private),
                    Err(Problem::Encryption)
                );
            }
        }
    }
}

fn key_of_another() -> DecryptionKey {
    let pkcs8 = key(KeyKind::Rsa2048).to_pkcs8().expect("PKCS#8");
    DecryptionKey::from_pkcs8(&pkcs8).expect("a key")
}

#[test]
fn sig_10_whoever_understands_only_cbc_or_pkcs1_gets_nothing_encrypted() {
    let certificate = key(KeyKind::Rsa2048).certificate().clone();
    for methods in [
        vec!["http://www.w3.org/2001/04/xmlenc#aes256-cbc".to_owned()],
        vec!["http://www.w3.org/2001/04/xmlenc#rsa-1_5".to_owned()],
    ] {
        assert!(Recipient::new(certificate.clone(), &methods).is_none());
    }
    let ec = key(KeyKind::P256).certificate().clone();
    let to = Recipient::new(ec, &[]).expect("not looked at yet");
    assert!(encrypt(ELEMENT_XML, "saml:EncryptedID", &to).is_err());
}

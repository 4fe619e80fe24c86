//! Signatures over small documents: ours verify, everything else does not. The attacks on whole messages
//! are with the messages.

use bergshamra_dsig::verify::VerifiedReference;

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

#[test]
fn sig_01_what_lies_in_a_signature_is_not_signed_by_it() {
    let key = key(KeyKind::P256);
    let known = [key.certificate().key().expect("a key")];
    // The signature is taken out of what is digested, so anybody may put something into its `KeyInfo`.
    let more = "<saml:Advice/></ds:KeyInfo>";
    let xml = signed(&key).replace("</ds:KeyInfo>", more);
    assert!(xml.contains(more));
    let tree = Tree::parse(xml.as_bytes(), &Limits::PROTOCOL).expect("XML");
    let covered = verify(&tree, tree.root(), &known).expect("a good signature");
    for node in tree.root().descendants() {
        let mut around = std::iter::successors(Some(node), |node| node.parent());
        let is_in_signature = around.any(|node| node.is(ns::DS, "Signature"));
        assert_eq!(
            covered.covers(node),
            !is_in_signature,
            "{}",
            node.local_name()
        );
    }
}

#[test]
fn sig_07_the_library_is_believed_when_it_says_everything() {
    let key = key(KeyKind::P256);
    let xml = signed(&key);
    let tree = Tree::parse(xml.as_bytes(), &Limits::PROTOCOL).expect("XML");
    let shapes = shape::all(&tree, tree.root()).expect("a good shape");
    let verifier = Verifier {
        algorithm: key.algorithm(),
        keys: vec![key.certificate().key().expect("a key")],
    };
    let context = DsigContext::new(KeysManager::new()).with_hsm_verifier(Box::new(verifier));
    let good = verify_all_document(&context, tree.document()).expect("a result");
    let root = Covered(vec![tree.root().id()]);
    assert_eq!(covered(&shapes, good.clone()), Ok(root));
    let mut bad = vec![
        Vec::new(),
        [good.clone(), good.clone()].concat(),
        vec![VerifyResult::Invalid {
            reason: String::new(),
        }],
    ];
    let child = tree.root().children().next().expect("an issuer").id();
    let changes: [fn(&mut VerifyResult, NodeId); 6] = [
        |it, child| signature_of(it, |node, _| *node = child),
        |it, _| signature_of(it, |_, references| references.clear()),
        |it, _| signature_of(it, |_, references| references.extend(references.clone())),
        |it, _| reference_of(it, |reference| reference.digest_verified = false),
        |it, _| reference_of(it, |reference| reference.resolved_node = None),
        |it, child| reference_of(it, |reference| reference.resolved_node = Some(child)),
    ];
    for change in changes {
        let mut results = good.clone();
        change(&mut results[0], child);
        bad.push(results);
    }
    for results in bad {
        assert_eq!(
            covered(&shapes, results.clone()),
            Err(Problem::WrongSignature),
            "{results:?}"
        );
    }
}

fn signature_of(
    result: &mut VerifyResult,
    change: impl FnOnce(&mut NodeId, &mut Vec<VerifiedReference>),
) {
    let VerifyResult::Valid {
        signature_node,
        references,
        ..
    } = result
    else {
        panic!("a good signature");
    };
    change(signature_node, references);
}

fn reference_of(result: &mut VerifyResult, change: impl FnOnce(&mut VerifiedReference)) {
    signature_of(result, |_, references| change(&mut references[0]));
}

#[test]
fn sig_07_a_signature_over_nothing_verifies_nothing() {
    use kryptering::Verifier as _;
    let key = key(KeyKind::P256);
    let verifier = Verifier {
        algorithm: key.algorithm(),
        keys: vec![key.certificate().key().expect("a key")],
    };
    for (data, verifies) in [(b"".as_slice(), false), (b"x", true)] {
        let signature = key.signature(data).expect("a signature");
        assert_eq!(verifier.verify(data, &signature).ok(), Some(verifies));
    }
}

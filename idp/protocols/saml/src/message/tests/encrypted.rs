//! What is encrypted obeys the rules of what is not (SIG-10): signed inside, or around, or not believed; a
//! ciphertext from elsewhere proves nothing; whatever cannot be opened is refused in one voice.

use super::*;
use crate::encryption::{self, Recipient};

fn recipient() -> Recipient {
    Recipient::new(SERVICE.certificate().clone(), &[]).expect("a recipient")
}

/// Encrypts an element for the service: anybody can.
fn sealed_in(element: &str, around: &'static str) -> String {
    encryption::encrypt(element, around, &recipient()).expect("encrypted")
}

/// An answer with its assertion encrypted as it stands.
fn with_sealed(xml: &str) -> String {
    let assertion = element(xml, "saml:Assertion").to_owned();
    changed(
        xml,
        &assertion,
        &sealed_in(&assertion, "saml:EncryptedAssertion"),
    )
}

/// Reads as the service that has the key.
fn open(xml: &str) -> Result<Asserted, Problem> {
    receive(xml, &expected(&trusted(), &[private(&SERVICE)]))
}

#[test]
fn sig_10_signed_inside_or_around_and_never_without() {
    let inside = with_sealed(&resigned(&bare(), &EC));
    let around = resigned_root(&with_sealed(&bare()), "_5a17", &EC);
    let both = resigned_root(&inside, "_5a17", &EC);
    for (name, xml) in [("inside", &inside), ("around", &around), ("both", &both)] {
        assert!(!xml.contains(GENUINE));
        let opened = open(xml).map(|it| (it.name_id.value, it.encrypted));
        assert_eq!(opened, Ok((GENUINE.to_owned(), true)), "{name}");
        // Without the key, or with another, or with several of which one fits.
        assert_eq!(read(xml), Err(Problem::Encryption), "{name}");
        let keys = trusted();
        let other = [private(&RSA)];
        assert_eq!(
            receive(xml, &expected(&keys, &other)),
            Err(Problem::Encryption),
            "{name}"
        );
        let several = [private(&RSA), private(&SERVICE)];
        assert!(receive(xml, &expected(&keys, &several)).is_ok(), "{name}");
    }
    for (name, xml, problem) in [
        ("neither", with_sealed(&bare()), Problem::Unsigned),
        (
            "inside, by a stranger",
            with_sealed(&resigned(&bare(), &ATTACKER)),
            Problem::WrongSignature,
        ),
        (
            "around, by a stranger",
            resigned_root(&with_sealed(&bare()), "_5a17", &ATTACKER),
            Problem::WrongSignature,
        ),
        (
            "inside by a stranger, around by the right one",
            resigned_root(&with_sealed(&resigned(&bare(), &ATTACKER)), "_5a17", &EC),
            Problem::WrongSignature,
        ),
        (
            "inside by the right one, around by a stranger",
            resigned_root(&with_sealed(&resigned(&bare(), &EC)), "_5a17", &ATTACKER),
            Problem::WrongSignature,
        ),
        (
            "inside, changed afterwards",
            with_sealed(&resigned(&bare(), &EC).replace(GENUINE, FORGED)),
            Problem::WrongSignature,
        ),
    ] {
        assert_eq!(open(&xml), Err(problem), "{name}");
    }
    // No key of the identity provider is known.
    let service = [private(&SERVICE)];
    assert_eq!(
        receive(&inside, &expected(&[], &service)),
        Err(Problem::NoKey)
    );
}

#[test]
fn sig_10_a_ciphertext_of_another_answer_is_no_proof() {
    // What was signed inside stays bound to the request that it answered.
    let genuine = with_sealed(&resigned(&bare(), &EC));
    let ciphertext = element(&genuine, "saml:EncryptedAssertion");
    let keys = trusted();
    let service = [private(&SERVICE)];
    let asked_again = Expected {
        in_response_to: Some("_later"),
        ..expected(&keys, &service)
    };
    let later = bare().replacen(REQUEST, "_later", 1);
    let replayed = replaced(&later, "saml:Assertion", ciphertext);
    let problem = refused(receive(&replayed, &asked_again), "a later request");
    assert!(matches!(problem, Problem::Refused(_)), "{problem}");
    let unsolicited = Expected {
        in_response_to: None,
        ..expected(&keys, &service)
    };
    let nobody = replaced(
        &bare().replacen(&format!(" InResponseTo=\"{REQUEST}\""), "", 1),
        "saml:Assertion",
        ciphertext,
    );
    refused(receive(&nobody, &unsolicited), "nobody asked");
    // What was signed around it is nothing without it.
    let around = resigned_root(&with_sealed(&bare()), "_5a17", &EC);
    let ciphertext = element(&around, "saml:EncryptedAssertion");
    assert_eq!(
        open(&replaced(&bare(), "saml:Assertion", ciphertext)),
        Err(Problem::Unsigned)
    );
    let other = resigned_root(&with_sealed(&bare()), "_5a17", &EC);
    assert_eq!(
        open(&replaced(&other, "saml:EncryptedAssertion", ciphertext)),
        Err(Problem::WrongSignature)
    );
    // Beside a good assertion, or twice, or within one.
    let good = resigned(&bare(), &EC);
    refused(
        open(&changed(
            &good,
            "</samlp:Response>",
            &format!("{ciphertext}</samlp:Response>"),
        )),
        "one more",
    );
    refused(
        open(&replaced(
            &good,
            "saml:Assertion",
            &format!("{ciphertext}{ciphertext}"),
        )),
        "two",
    );
}

#[test]
fn sig_10_what_was_encrypted_is_an_assertion_and_nothing_that_looks_like_one() {
    // Signed around it by the right key, so that nothing but its name is wrong.
    let bare = bare();
    let plain = element(&bare, "saml:Assertion");
    let around = |plain: &str| {
        let sealed = sealed_in(plain, "saml:EncryptedAssertion");
        resigned_root(&replaced(&bare, "saml:Assertion", &sealed), "_5a17", &EC)
    };
    assert!(open(&around(plain)).is_ok());
    for (name, more) in [
        ("saml:Evidence", ""),
        ("saml:assertion", ""),
        ("x:Assertion", " xmlns:x=\"urn:x\""),
    ] {
        let other = plain
            .replace("<saml:Assertion", &format!("<{name}{more}"))
            .replace("</saml:Assertion", &format!("</{name}"));
        let problem = refused(open(&around(&other)), name);
        assert!(matches!(problem, Problem::Message(_)), "{name}: {problem}");
    }
}

#[test]
fn sig_10_the_wrapping_attacks_within_a_ciphertext() {
    let signed = resigned(&bare(), &EC);
    let good = element(&signed, "saml:Assertion").to_owned();
    let signature = element(&good, "ds:Signature").to_owned();
    let original = without(&good, "ds:Signature");
    let evil = original.replace(GENUINE, FORGED);
    let other = evil.replace("_a55e", "_ea55");
    let issuer = "</saml:Issuer>";
    let with = |plain: &str| {
        replaced(
            &bare(),
            "saml:Assertion",
            &sealed_in(plain, "saml:EncryptedAssertion"),
        )
    };
    assert!(open(&with(&good)).is_ok());
    for (name, plain) in [
        ("no signature", original.clone()),
        (
            "another assertion around it",
            changed(
                &other,
                "</saml:Assertion>",
                &format!("{good}</saml:Assertion>"),
            ),
        ),
        (
            "in an advice",
            changed(
                &other,
                "</saml:Assertion>",
                &format!("<saml:Advice>{good}</saml:Advice></saml:Assertion>"),
            ),
        ),
        ("the signature of another", after(&evil, issuer, &signature)),
        (
            "the original in the signature",
            after(
                &other,
                issuer,
                &changed(
                    &signature,
                    "</ds:Signature>",
                    &format!("{original}</ds:Signature>"),
                ),
            ),
        ),
        (
            "the original in an object",
            after(
                &other,
                issuer,
                &changed(
                    &signature,
                    "</ds:Signature>",
                    &format!("<ds:Object>{original}</ds:Object></ds:Signature>"),
                ),
            ),
        ),
        ("a signed answer", signed),
        ("two of them", format!("{good}{other}")),
        ("a text before it", format!("x{good}")),
        ("a text after it", format!("{good}x")),
        ("a document type", format!("<!DOCTYPE x>{good}")),
        ("a comment", format!("<!-- x -->{good}")),
        (
            "a comment in the name",
            changed(
                &good,
                GENUINE,
                &format!("{}<!---->{}", &GENUINE[..3], &GENUINE[3..]),
            ),
        ),
        (
            "an element of another kind",
            "<saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">x</saml:NameID>"
                .to_owned(),
        ),
        ("nothing", String::new()),
        ("no XML", "x".to_owned()),
        ("markup that does not end", "<".repeat(1000)),
    ] {
        refused(open(&with(&plain)), name);
    }
    // A declaration, and spaces, are no part of the element.
    for plain in [
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{good}\n"),
        format!(" \r\n{good}"),
    ] {
        assert!(open(&with(&plain)).is_ok());
    }
    // What was encrypted comes out as it went in.
    let odd = changed(&original, "member", "<![CDATA[<a></a>< b />]]> it's");
    let xml = resigned_root(&with(&odd), "_5a17", &EC);
    let attributes = open(&xml).expect("a good answer").attributes;
    assert_eq!(attributes[1].1[0], "<a></a>< b /> it's");
}

#[test]
fn sig_10_an_encrypted_name_is_read_like_a_plain_one() {
    let name = element(&bare(), "saml:NameID").to_owned();
    let declared = changed(
        &name,
        "<saml:NameID",
        &format!("<saml:NameID xmlns:saml=\"{}\"", ns::SAML),
    );
    let hidden = |plain: &str| changed(&bare(), &name, &sealed_in(plain, "saml:EncryptedID"));
    let good = resigned(&hidden(&declared), &EC);
    assert!(!good.contains(GENUINE));
    assert_eq!(
        open(&good).map(|it| it.name_id),
        read(&resigned(&bare(), &EC)).map(|it| it.name_id)
    );
    assert_eq!(read(&good), Err(Problem::Encryption));
    // The name of another answer in place of it: it was signed.
    let other = hidden(&declared.replace(GENUINE, FORGED));
    let xml = replaced(
        &good,
        "saml:EncryptedID",
        element(&other, "saml:EncryptedID"),
    );
    assert_eq!(open(&xml), Err(Problem::WrongSignature));
    for plain in [
        declared.replace("saml:NameID", "saml:Issuer"),
        declared.replace("SAML:2.0:assertion", "SAML:1.0:assertion"),
        format!("<x>{declared}</x>"),
        declared.replace(GENUINE, ""),
        declared.replace(GENUINE, "a<!---->b"),
        declared.replace(GENUINE, "a<b/>c"),
        format!("{declared}{declared}"),
    ] {
        refused(open(&resigned(&hidden(&plain), &EC)), &plain);
    }
}

#[test]
fn sig_10_whatever_cannot_be_opened_is_refused_in_one_voice() {
    let good = with_sealed(&resigned(&bare(), &EC));
    assert!(open(&good).is_ok());
    let values: Vec<String> = good
        .match_indices("<xenc:CipherValue>")
        .map(|(at, tag)| {
            let rest = &good[at + tag.len()..];
            rest[..rest.find('<').expect("its end")].to_owned()
        })
        .collect();
    let [wrapped, data] = values.as_slice() else {
        panic!("a key and its data");
    };
    let flipped = |text: &str, at: usize| {
        let mut bytes = STANDARD.decode(text).expect("Base64");
        let at = at % bytes.len();
        bytes[at] ^= 1;
        STANDARD.encode(bytes)
    };
    let cut = |text: &str, by: usize| {
        let bytes = STANDARD.decode(text).expect("Base64");
        STANDARD.encode(&bytes[..bytes.len().saturating_sub(by)])
    };
    let key = element(&good, "xenc:EncryptedKey").to_owned();
    let reference = "<xenc:CipherReference URI=\"http://127.0.0.1:1/x\"/>";
    let mut cases = vec![
        ("no key", changed(&good, &key, "")),
        ("two keys", changed(&good, &key, &format!("{key}{key}"))),
        (
            "a key by reference",
            changed(&good, &key, "<ds:RetrievalMethod URI=\"#k\"/>"),
        ),
        (
            "data by reference",
            changed(
                &good,
                &format!("<xenc:CipherValue>{data}</xenc:CipherValue>"),
                reference,
            ),
        ),
        (
            "data by reference, too",
            changed(
                &good,
                &format!("<xenc:CipherValue>{data}</xenc:CipherValue>"),
                &format!("<xenc:CipherValue></xenc:CipherValue>{reference}"),
            ),
        ),
        (
            "PKCS#1",
            good.replace("xmlenc#rsa-oaep-mgf1p", "xmlenc#rsa-1_5"),
        ),
        (
            "CBC",
            good.replace("2009/xmlenc11#aes256-gcm", "2001/04/xmlenc#aes256-cbc"),
        ),
        ("a shorter key", good.replace("aes256-gcm", "aes128-gcm")),
        (
            "3DES",
            good.replace("2009/xmlenc11#aes256-gcm", "2001/04/xmlenc#tripledes-cbc"),
        ),
        (
            "no algorithm",
            changed(&good, element(&good, "xenc:EncryptionMethod"), ""),
        ),
        (
            "another digest",
            good.replace("xmldsig#sha1", "xmldsig-more#md5"),
        ),
        (
            "another digest of the list",
            good.replace(
                "http://www.w3.org/2000/09/xmldsig#sha1",
                "http://www.w3.org/2001/04/xmlenc#sha256",
            ),
        ),
        (
            "a symmetric wrap",
            good.replace("xmlenc#rsa-oaep-mgf1p", "xmlenc#kw-aes256"),
        ),
        (
            "nothing",
            changed(&good, element(&good, "xenc:EncryptedData"), ""),
        ),
        (
            "twice",
            changed(
                &good,
                element(&good, "xenc:EncryptedData"),
                &element(&good, "xenc:EncryptedData").repeat(2),
            ),
        ),
        ("no Base64", changed(&good, data, "*")),
        (
            "an element in it",
            changed(&good, data, &format!("{data}<x/>")),
        ),
    ];
    for at in [0, 11, 12, 40, 200, 1000, usize::MAX] {
        cases.push((
            "a bit of the data",
            changed(&good, data, &flipped(data, at)),
        ));
        cases.push((
            "a bit of the key",
            changed(&good, wrapped, &flipped(wrapped, at)),
        ));
    }
    for by in [1, 16, 17, 28, 100_000] {
        cases.push(("data that ends early", changed(&good, data, &cut(data, by))));
        cases.push((
            "a key that ends early",
            changed(&good, wrapped, &cut(wrapped, by)),
        ));
    }
    for (name, xml) in cases {
        assert_eq!(open(&xml), Err(Problem::Encryption), "{name}");
    }
}

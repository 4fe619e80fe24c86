//! Signatures that are good for somebody, by some algorithm, over something, and not for us (SIG-03 to
//! SIG-07). Where it can be, the library has made them and would believe them: what is refused here is
//! refused by our rules.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    self as aws, ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair,
    KeyPair as _,
};
use kryptering::{HashAlgorithm, SignatureAlgorithm};

use super::*;
use crate::key::Certificate;
use crate::signature::Algorithm;

/// A signer of any algorithm, for signatures that our own keys do not make.
struct Signer<F>(SignatureAlgorithm, F);

impl<F: Fn(&[u8]) -> Vec<u8> + Send + Sync> kryptering::Signer for Signer<F> {
    fn algorithm(&self) -> SignatureAlgorithm {
        self.0
    }

    fn sign(&self, data: &[u8]) -> kryptering::Result<Vec<u8>> {
        Ok((self.1)(data))
    }
}

/// A message with an empty signature in its assertion, by an algorithm of this name.
fn template(algorithm: &str) -> String {
    let xml = bare();
    let start = range(&xml, "saml:Assertion").start;
    let (before, assertion) = xml.split_at(start);
    let empty = place("_a55e", &EC).replace(Algorithm::EcdsaSha256.uri(), algorithm);
    format!("{before}{}", after(assertion, "</saml:Issuer>", &empty))
}

fn rsa_with(algorithm: Algorithm, padding: &'static dyn aws::RsaEncoding) -> String {
    let pair = RsaKeyPair::from_pkcs8(&RSA.to_pkcs8().expect("PKCS#8")).expect("the same key");
    let sign = move |data: &[u8]| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(padding, &SystemRandom::new(), data, &mut signature)
            .expect("signs");
        signature
    };
    forged(
        &template(algorithm.uri()),
        Box::new(Signer(algorithm.kryptering(), sign)),
    )
}

/// A signature by an elliptic curve that is not for our own keys, and the key that verifies it.
fn ec_with(algorithm: Algorithm, curve: &'static aws::EcdsaSigningAlgorithm) -> (String, PeerKey) {
    let pair = EcdsaKeyPair::generate(curve).expect("a key");
    let spki = aws_lc_rs::encoding::AsDer::as_der(pair.public_key()).expect("a key");
    let spki: aws_lc_rs::encoding::PublicKeyX509Der<'_> = spki;
    let peer = PeerKey::from_spki(spki.as_ref()).expect("a key");
    let sign = move |data: &[u8]| {
        let signature = pair.sign(&SystemRandom::new(), data).expect("signs");
        signature.as_ref().to_vec()
    };
    let signer = Signer(algorithm.kryptering(), sign);
    (forged(&template(algorithm.uri()), Box::new(signer)), peer)
}

#[test]
fn sig_05_every_algorithm_of_the_list_verifies() {
    for (algorithm, padding) in [
        (
            Algorithm::RsaSha256,
            &aws::RSA_PKCS1_SHA256 as &'static dyn aws::RsaEncoding,
        ),
        (Algorithm::RsaSha384, &aws::RSA_PKCS1_SHA384),
        (Algorithm::RsaSha512, &aws::RSA_PKCS1_SHA512),
        (Algorithm::PssSha256, &aws::RSA_PSS_SHA256),
        (Algorithm::PssSha384, &aws::RSA_PSS_SHA384),
        (Algorithm::PssSha512, &aws::RSA_PSS_SHA512),
    ] {
        let xml = rsa_with(algorithm, padding);
        assert!(read(&xml).is_ok(), "{algorithm:?}");
        // The same value under another name of the family.
        for other in Algorithm::ALL {
            if other != algorithm {
                let xml = changed(&xml, algorithm.uri(), other.uri());
                assert_eq!(
                    read(&xml),
                    Err(Problem::WrongSignature),
                    "{algorithm:?} as {other:?}"
                );
            }
        }
    }
    for (algorithm, curve) in [
        (Algorithm::EcdsaSha384, &ECDSA_P384_SHA384_FIXED_SIGNING),
        (Algorithm::EcdsaSha512, &ECDSA_P521_SHA512_FIXED_SIGNING),
    ] {
        let (xml, peer) = ec_with(algorithm, curve);
        assert!(
            receive(&xml, &expected(&[peer], &[])).is_ok(),
            "{algorithm:?}"
        );
        assert_eq!(read(&xml), Err(Problem::WrongSignature));
    }
}

#[test]
fn sig_05_digests_of_the_list_and_no_others() {
    let good = template(Algorithm::EcdsaSha256.uri());
    let sha256 = "http://www.w3.org/2001/04/xmlenc#sha256";
    for (uri, allowed) in [
        (sha256, true),
        ("http://www.w3.org/2001/04/xmldsig-more#sha384", true),
        ("http://www.w3.org/2001/04/xmlenc#sha512", true),
        ("http://www.w3.org/2000/09/xmldsig#sha1", false),
        ("http://www.w3.org/2001/04/xmldsig-more#sha224", false),
        ("http://www.w3.org/2007/05/xmldsig-more#sha3-256", false),
    ] {
        let mut document = uppsala::parse(&good).expect("XML");
        let xml = changed(&good, sha256, uri);
        document.replace_tree_from(&uppsala::parse(&xml).expect("XML"));
        let context =
            DsigContext::new_permissive(KeysManager::new()).with_hsm_signer(Box::new(EC.clone()));
        match bergshamra_dsig::sign::sign_document(&context, &mut document) {
            Ok(()) => assert_eq!(read(&document.to_xml()).is_ok(), allowed, "{uri}"),
            Err(_) => assert!(!allowed, "{uri}"),
        }
    }
    let signed = sealed(&EC, true, false);
    for uri in [
        "http://www.w3.org/2001/04/xmldsig-more#md5",
        "http://www.w3.org/2001/04/xmlenc#ripemd160",
        "http://www.w3.org/2000/09/xmldsig#sha1",
        "",
    ] {
        let problem = refused(read(&changed(&signed, sha256, uri)), uri);
        assert!(matches!(problem, Problem::Signature(_)), "{uri}: {problem}");
    }
}

const HMACS: [(&str, Option<(hmac::Algorithm, HashAlgorithm)>); 8] = [
    ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", None),
    ("http://www.w3.org/2001/04/xmldsig-more#hmac-md5", None),
    (
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha224",
        Some((hmac::HMAC_SHA224, HashAlgorithm::Sha224)),
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        Some((hmac::HMAC_SHA256, HashAlgorithm::Sha256)),
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha384",
        Some((hmac::HMAC_SHA384, HashAlgorithm::Sha384)),
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha512",
        Some((hmac::HMAC_SHA512, HashAlgorithm::Sha512)),
    ),
    (
        "http://www.w3.org/2001/04/xmldsig-more#hmac-ripemd160",
        None,
    ),
    ("http://www.w3.org/2007/05/xmldsig-more#sha3-256-hmac", None),
];

#[test]
fn sig_05_no_hmac_whatever_its_key() {
    let pem = |der: &[u8]| {
        let body = STANDARD.encode(der);
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    };
    for signer in [&*RSA, &*EC] {
        let certificate = signer.certificate();
        let key = bergshamra_keys::loader::load_x509_cert_der(certificate.der()).expect("a key");
        let public: Vec<Vec<u8>> = vec![
            certificate.der().to_vec(),
            certificate.base64().into_bytes(),
            pem(certificate.der()).into_bytes(),
            key.to_spki_der().expect("a key"),
            Vec::new(),
        ];
        for (uri, algorithm) in HMACS {
            for secret in &public {
                let Some((algorithm, hash)) = algorithm else {
                    // A value of the right length; it is not looked at.
                    let xml = changed(&sealed(&EC, true, false), Algorithm::EcdsaSha256.uri(), uri);
                    let problem = refused(read(&xml), uri);
                    assert!(matches!(problem, Problem::Signature(_)), "{uri}: {problem}");
                    continue;
                };
                let secret = hmac::Key::new(algorithm, secret);
                let sign = move |data: &[u8]| hmac::sign(&secret, data).as_ref().to_vec();
                let signer = Signer(SignatureAlgorithm::Hmac(hash), sign);
                let xml = forged(&template(uri), Box::new(signer));
                let problem = refused(read(&xml), uri);
                assert!(matches!(problem, Problem::Signature(_)), "{uri}: {problem}");
            }
        }
    }
}

#[test]
fn sig_05_no_algorithm_that_is_broken_or_unknown() {
    for (key, own) in [
        (&*RSA, Algorithm::RsaSha256.uri()),
        (&*EC, Algorithm::EcdsaSha256.uri()),
    ] {
        let good = sealed(key, true, true);
        for uri in [
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
            "http://www.w3.org/2009/xmldsig11#dsa-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-ripemd160",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha224",
            "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1",
            "http://www.w3.org/2007/05/xmldsig-more#rsa-pss",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha224",
            "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519",
            "http://www.w3.org/2021/04/xmldsig-more#eddsa-ed448",
            "http://www.w3.org/2001/04/xmldsig-more#RSA-SHA256",
            " http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            "rsa-sha256",
            "none",
            "",
        ] {
            // In the answer's signature, and in the assertion's.
            for xml in [good.replacen(own, uri, 1), good.replace(own, uri)] {
                let problem = refused(read(&xml), uri);
                assert!(matches!(problem, Problem::Signature(_)), "{uri}: {problem}");
            }
        }
        let method = element(&good, "ds:SignatureMethod").to_owned();
        for (name, by) in [
            ("none", String::new()),
            ("no algorithm", "<ds:SignatureMethod/>".to_owned()),
            (
                "a foreign one",
                method.replace("Algorithm", "xmlns:x=\"urn:x\" x:Algorithm"),
            ),
            (
                "a length",
                method.replace(
                    "/>",
                    "><ds:HMACOutputLength>8</ds:HMACOutputLength></ds:SignatureMethod>",
                ),
            ),
        ] {
            let problem = refused(read(&changed(&good, &method, &by)), name);
            assert!(
                matches!(problem, Problem::Signature(_)),
                "{name}: {problem}"
            );
        }
    }
}

#[test]
fn sig_05_the_kind_of_key_fits_the_algorithm() {
    // A key of one kind for a signature of the other: neither is tried.
    let (rsa, ec) = (sealed(&RSA, true, false), sealed(&EC, true, false));
    assert_eq!(
        receive(&rsa, &expected(&[peer(&EC)], &[])).map(drop),
        Err(Problem::WrongSignature)
    );
    assert_eq!(
        receive(&ec, &expected(&[peer(&RSA)], &[])).map(drop),
        Err(Problem::WrongSignature)
    );
    // Two signatures in one message by two algorithms.
    let inside = resigned(&bare(), &EC);
    let mixed = resigned_root(&inside, "_5a17", &RSA);
    assert!(read(&inside).is_ok());
    let problem = refused(read(&mixed), "two algorithms");
    assert!(matches!(problem, Problem::Signature(_)), "{problem}");
}

/// Self-signed, made by OpenSSL for this test: RSA of 1024 bits, RSA of 2047, DSA, Ed25519, ECDSA on secp256k1.
const WEAK: [(&str, &str); 5] = [
    ("RSA-1024", include_str!("keys/rsa1024.pem")),
    ("RSA-2047", include_str!("keys/rsa2047.pem")),
    ("DSA", include_str!("keys/dsa.pem")),
    ("Ed25519", include_str!("keys/ed25519.pem")),
    ("secp256k1", include_str!("keys/secp256k1.pem")),
];

#[test]
fn sig_05_weak_keys_and_keys_of_other_kinds_are_no_keys() {
    for (name, pem) in WEAK {
        let certificate = Certificate::from_pem(pem).expect("a certificate");
        assert!(matches!(certificate.key(), Err(Problem::Key(_))), "{name}");
    }
    let good = Certificate::from_pem(include_str!("keys/rsa2048.pem")).expect("a certificate");
    assert!(
        good.key().is_ok(),
        "the same by the same hand, with 2048 bits"
    );
    for size in [KeySize::Rsa2048, KeySize::Rsa4096] {
        let pair = RsaKeyPair::generate(size).expect("a key");
        let spki = aws_lc_rs::encoding::AsDer::as_der(pair.public_key()).expect("a key");
        let spki: aws_lc_rs::encoding::PublicKeyX509Der<'_> = spki;
        assert!(PeerKey::from_spki(spki.as_ref()).is_ok());
        let short = spki.as_ref();
        assert!(PeerKey::from_spki(&short[..short.len() - 1]).is_err());
    }
    for junk in [&b""[..], b"\x30\x00", &[0x30, 0x80, 0, 0], &[0xff; 300]] {
        assert!(PeerKey::from_spki(junk).is_err());
        assert!(Certificate::from_der(junk).key().is_err());
    }
}

#[test]
fn sig_06_the_key_is_the_metadatas_whatever_the_message_says() {
    for (own, foreign) in [(&*EC, &*ATTACKER), (&*RSA, &*ATTACKER_RSA)] {
        let certificate = |key: &SigningKey| key.certificate().base64();
        // Signed by the attacker, who sends along: their certificate, ours, both, none, a key, an address.
        let xml = sealed(foreign, true, true);
        let info = element(&xml, "ds:KeyInfo").to_owned();
        let data = |inside: &str| format!("<ds:KeyInfo>{inside}</ds:KeyInfo>");
        let x509 = |text: &str| {
            format!("<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data>")
        };
        for (name, by) in [
            ("theirs", info.clone()),
            ("ours", data(&x509(&certificate(own)))),
            (
                "both",
                data(&format!(
                    "{}{}",
                    x509(&certificate(own)),
                    x509(&certificate(foreign))
                )),
            ),
            (
                "both in one",
                data(&x509(&format!(
                    "{}</ds:X509Certificate><ds:X509Certificate>{}",
                    certificate(own),
                    certificate(foreign)
                ))),
            ),
            ("none", String::new()),
            ("empty", data("")),
            ("a name", data("<ds:KeyName>ent.example</ds:KeyName>")),
            (
                "a value",
                data(
                    "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB</ds:Modulus><ds:Exponent>Aw==</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>",
                ),
            ),
            (
                "an address",
                data(
                    "<ds:RetrievalMethod URI=\"http://127.0.0.1:1/key\" Type=\"http://www.w3.org/2000/09/xmldsig#rawX509Certificate\"/>",
                ),
            ),
            ("a file", data("<ds:RetrievalMethod URI=\"Cargo.toml\"/>")),
            (
                "a reference",
                data(
                    "<dsig11:KeyInfoReference xmlns:dsig11=\"http://www.w3.org/2009/xmldsig11#\" URI=\"#_5a17\"/>",
                ),
            ),
            (
                "an encrypted key",
                data("<xenc:EncryptedKey xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\"/>"),
            ),
        ] {
            let xml = xml.replace(&info, &by);
            assert_eq!(read(&xml), Err(Problem::WrongSignature), "{name}");
            // Ours stay ours with the same in it: it is not signed, and nobody looks.
            let good = sealed(own, true, false);
            let good = replaced(&good, "ds:KeyInfo", &by);
            assert!(read(&good).is_ok(), "{name}");
        }
        assert_eq!(
            receive(&sealed(own, true, true), &expected(&[], &[])).map(drop),
            Err(Problem::NoKey)
        );
        // Signed by the right key for another partner.
        let only = [peer(foreign)];
        assert_eq!(
            receive(&sealed(own, true, true), &expected(&only, &[])).map(drop),
            Err(Problem::WrongSignature)
        );
    }
}

#[test]
fn sig_06_both_signatures_are_the_senders() {
    // One good signature does not speak for the other.
    let inside = resigned(&bare(), &ATTACKER);
    assert_eq!(
        read(&resigned_root(&inside, "_5a17", &EC)),
        Err(Problem::WrongSignature)
    );
    let inside = resigned(&bare(), &EC);
    assert_eq!(
        read(&resigned_root(&inside, "_5a17", &ATTACKER)),
        Err(Problem::WrongSignature)
    );
    assert!(read(&resigned_root(&inside, "_5a17", &EC)).is_ok());
}

#[test]
fn sig_03_parts_of_a_signature_in_their_number_and_order() {
    let good = sealed(&EC, true, false);
    let part = |name: &str| element(&good, name).to_owned();
    let (info, value, key) = (
        part("ds:SignedInfo"),
        part("ds:SignatureValue"),
        part("ds:KeyInfo"),
    );
    let (method, c14n) = (
        part("ds:SignatureMethod"),
        part("ds:CanonicalizationMethod"),
    );
    let (reference, transforms) = (part("ds:Reference"), part("ds:Transforms"));
    let (digest, digested) = (part("ds:DigestMethod"), part("ds:DigestValue"));
    let object = "<ds:Object><ds:Manifest/></ds:Object>";
    let swap = |a: &str, b: &str| changed(&good, &format!("{a}{b}"), &format!("{b}{a}"));
    let cases = [
        ("no SignedInfo", changed(&good, &info, "")),
        ("two of them", changed(&good, &info, &format!("{info}{info}"))),
        ("a forged one first", changed(&good, &info, &format!("{}{info}", info.replace("_a55e", "_5a17")))),
        ("a forged one last", changed(&good, &value, &format!("{}{value}", info.replace("_a55e", "_5a17")))),
        ("no value", changed(&good, &value, "")),
        ("two values", changed(&good, &value, &format!("{value}{value}"))),
        ("two keys", changed(&good, &key, &format!("{key}{key}"))),
        ("an object", changed(&good, &key, &format!("{key}{object}"))),
        ("an object without a key", changed(&good, &key, object)),
        ("another order", swap(&info, &value)),
        ("the key first", swap(&value, &key)),
        ("no canonicalisation", changed(&good, &c14n, "")),
        ("two", changed(&good, &c14n, &format!("{c14n}{c14n}"))),
        ("method first", swap(&c14n, &method)),
        ("no method", changed(&good, &method, "")),
        ("two methods", changed(&good, &method, &format!("{method}{method}"))),
        ("no reference", changed(&good, &reference, "")),
        ("two references", changed(&good, &reference, &format!("{reference}{reference}"))),
        ("no transforms", changed(&good, &transforms, "")),
        ("two lists", changed(&good, &transforms, &format!("{transforms}{transforms}"))),
        ("no digest method", changed(&good, &digest, "")),
        ("no digest", changed(&good, &digested, "")),
        ("two digests", changed(&good, &digested, &format!("{digested}{digested}"))),
        ("digest first", swap(&digest, &digested)),
        ("a stranger among them", changed(&good, &info, &format!("<x:y xmlns:x=\"urn:x\"/>{info}"))),
        ("a stranger in it", changed(&good, &method, &format!("{method}<x:y xmlns:x=\"urn:x\"/>"))),
        ("parts of another namespace", good.replace("<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">", "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo xmlns:ds=\"urn:x\"/>")),
        ("a child of the digest method", changed(&good, &digest, &digest.replace("/>", "><x/></ds:DigestMethod>"))),
    ];
    assert!(read(&good).is_ok());
    for (name, xml) in cases {
        let problem = refused(read(&xml), name);
        assert!(
            matches!(problem, Problem::Signature(_)),
            "{name}: {problem}"
        );
    }
}

#[test]
fn sig_03_values_are_one_text_of_strict_base64() {
    // xml-crypto CVE-2025-29775: what is compared is not what was signed.
    for key in [&*RSA, &*EC] {
        let good = sealed(key, true, false);
        for name in ["ds:DigestValue", "ds:SignatureValue"] {
            let whole = element(&good, name);
            let tag = format!("<{name}>");
            let end = format!("</{name}>");
            let value = &whole[tag.len()..whole.len() - end.len()];
            let with = |by: &str| changed(&good, whole, &format!("{tag}{by}{end}"));
            let (head, tail) = value.split_at(20);
            for by in [
                String::new(),
                " ".to_owned(),
                format!("<!-- x -->{value}"),
                format!("{head}<!-- x -->{tail}"),
                format!("<?x y?>{value}"),
                format!("<![CDATA[{value}]]>"),
                format!("<![CDATA[AAAA]]>{value}"),
                format!("{value}<![CDATA[]]>"),
                format!("{head}<![CDATA[{tail}]]>"),
                format!("{value}<x/>"),
                format!("<x>{value}</x>"),
                format!("{value}{value}"),
                format!("{value}="),
                format!("{value}A"),
                format!("{value}AAAA"),
                value.trim_end_matches('=').to_owned() + "=",
                value.replace(['+', '/'], "-").replace('=', "") + ".",
                value[..value.len() - 4].to_owned(),
                format!("{head}*{tail}"),
                format!("{head}\u{a0}{tail}"),
                "AAAA".to_owned(),
            ] {
                if by == value {
                    continue;
                }
                let problem = refused(read(&with(&by)), &format!("{name}: {by}"));
                // Signatures have the length that their key says; everything else is seen before.
                let early = matches!(problem, Problem::Signature(_) | Problem::Xml(_));
                let length = problem == Problem::WrongSignature && name == "ds:SignatureValue";
                assert!(early || length, "{name} {by}: {problem}");
            }
        }
        // Lines, as many signers write them: not signed in the one, and good.
        let whole = element(&good, "ds:SignatureValue").to_owned();
        let lines = whole.replacen('>', ">\n", 1);
        let lines = format!("{}&#13;\n{}", &lines[..60], &lines[60..]);
        assert!(read(&changed(&good, &whole, &lines)).is_ok());
    }
}

#[test]
fn sig_04_two_transforms_and_no_others() {
    let template = template(Algorithm::EcdsaSha256.uri());
    let transforms = element(&template, "ds:Transforms").to_owned();
    let exclusive = ns::EXC_C14N;
    let enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
    let list = |steps: &[&str]| {
        let steps = steps
            .iter()
            .map(|uri| format!("<ds:Transform Algorithm=\"{uri}\"/>"));
        format!(
            "<ds:Transforms>{}</ds:Transforms>",
            steps.collect::<String>()
        )
    };
    let sign = |by: &str| {
        let mut document = uppsala::parse(&template).expect("XML");
        let xml = changed(&template, &transforms, by);
        document.replace_tree_from(&uppsala::parse(&xml).expect("XML"));
        let context =
            DsigContext::new_permissive(KeysManager::new()).with_hsm_signer(Box::new(EC.clone()));
        match bergshamra_dsig::sign::sign_document(&context, &mut document) {
            Ok(()) => document.to_xml(),
            // It cannot be signed so: the rules must refuse the shape.
            Err(_) => changed(
                &sealed(&EC, true, false),
                element(&sealed(&EC, true, false), "ds:Transforms"),
                by,
            ),
        }
    };
    assert!(read(&sign(&list(&[enveloped, exclusive]))).is_ok());
    let others = [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
        "http://www.w3.org/2006/12/xml-c14n11",
        "http://www.w3.org/2006/12/xml-c14n11#WithComments",
        "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        "http://www.w3.org/2010/xml-c14n2",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/2000/09/xmldsig#base64",
        "http://www.w3.org/2002/07/decrypt#XML",
        "http://schemas.openxmlformats.org/package/2006/RelationshipTransform",
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform",
        "urn:x",
        "",
    ];
    for other in others {
        for steps in [
            &[enveloped, other][..],
            &[other, exclusive],
            &[enveloped, exclusive, other],
            &[enveloped, other, exclusive],
            &[other, enveloped, exclusive],
            &[other],
        ] {
            let problem = refused(read(&sign(&list(steps))), &format!("{steps:?}"));
            assert!(
                matches!(problem, Problem::Signature(_)),
                "{steps:?}: {problem}"
            );
        }
    }
    for steps in [
        &[][..],
        &[enveloped],
        &[exclusive],
        &[exclusive, enveloped],
        &[enveloped, enveloped],
        &[enveloped, enveloped, exclusive],
        &[enveloped, exclusive, exclusive],
    ] {
        let problem = refused(read(&sign(&list(steps))), &format!("{steps:?}"));
        assert!(
            matches!(problem, Problem::Signature(_)),
            "{steps:?}: {problem}"
        );
    }
    for inside in [
        "<ds:XPath>true()</ds:XPath>",
        "<xsl:stylesheet xmlns:xsl=\"http://www.w3.org/1999/XSL/Transform\" version=\"1.0\"/>",
        "<ec:InclusiveNamespaces xmlns:ec=\"urn:x\" PrefixList=\"saml\"/>",
        "<e:InclusiveNamespaces xmlns:e=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"saml\"/>\
         <e:InclusiveNamespaces xmlns:e=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs\"/>",
    ] {
        for uri in [enveloped, exclusive] {
            let by = changed(
                &list(&[enveloped, exclusive]),
                &format!("\"{uri}\"/>"),
                &format!("\"{uri}\">{inside}</ds:Transform>"),
            );
            let problem = refused(read(&sign(&by)), &by);
            assert!(matches!(problem, Problem::Signature(_)), "{by}: {problem}");
        }
    }
    // The canonicalisation of what is signed: the exclusive one, too.
    let method = "<ds:CanonicalizationMethod Algorithm=\"";
    for other in others {
        let xml = changed(
            &sealed(&EC, true, false),
            &format!("{method}{exclusive}"),
            &format!("{method}{other}"),
        );
        let problem = refused(read(&xml), other);
        assert!(
            matches!(problem, Problem::Signature(_)),
            "{other}: {problem}"
        );
    }
}

#[test]
fn sig_04_lists_of_prefixes_are_honoured() {
    let prefixes = |list: &str| {
        format!(
            "<ec:InclusiveNamespaces xmlns:ec=\"{}\" PrefixList=\"{list}\"/>",
            ns::EXC_C14N
        )
    };
    let template = template(Algorithm::EcdsaSha256.uri());
    for list in [
        "xs",
        "saml samlp",
        "#default",
        "#default xs xsi",
        "",
        "unknown",
    ] {
        let long = format!("\"{}\">{}</ds:Transform>", ns::EXC_C14N, prefixes(list));
        let short = format!("\"{}\"></ds:Transform>", ns::EXC_C14N);
        // A prefix that nothing but the list makes part of what is signed.
        let xml = changed(&template, &short, &long);
        let xml = changed(
            &xml,
            "<samlp:Response ",
            "<samlp:Response xmlns:xs=\"urn:xs\" xmlns=\"urn:d\" ",
        );
        let good = forged(&xml, Box::new(EC.clone()));
        assert!(read(&good).is_ok(), "{list}");
        let other = changed(&good, "xmlns:xs=\"urn:xs\"", "xmlns:xs=\"urn:xt\"");
        assert_eq!(read(&other).is_err(), list.contains("xs"), "{list}");
        let other = changed(&good, "xmlns=\"urn:d\"", "xmlns=\"urn:e\"");
        assert_eq!(read(&other).is_err(), list.contains("#default"), "{list}");
        let other = changed(
            &good,
            &format!("PrefixList=\"{list}\""),
            "PrefixList=\"other\"",
        );
        assert_eq!(read(&other), Err(Problem::WrongSignature));
    }
}

#[test]
fn sig_07_nothing_is_not_signed() {
    // Void canonicalisation: digest and signature over no bytes at all, by the right key.
    let digest = |algorithm| STANDARD.encode(aws_lc_rs::digest::digest(algorithm, b""));
    let empty = digest(&aws_lc_rs::digest::SHA256);
    let nothing = EC.signature(b"").expect("a signature");
    let good = sealed(&EC, true, false);
    let digested = element(&good, "ds:DigestValue").to_owned();
    let value = element(&good, "ds:SignatureValue").to_owned();
    let with = |xml: &str, digest: bool, signature: bool| {
        let mut xml = xml.to_owned();
        if digest {
            xml = changed(
                &xml,
                &digested,
                &format!("<ds:DigestValue>{empty}</ds:DigestValue>"),
            );
        }
        if signature {
            let text = STANDARD.encode(&nothing);
            xml = changed(
                &xml,
                &value,
                &format!("<ds:SignatureValue>{text}</ds:SignatureValue>"),
            );
        }
        xml
    };
    assert!(read(&with(&good, false, false)).is_ok());
    for xml in [good.clone(), changed(&good, GENUINE, FORGED)] {
        for (digest, signature) in [(true, true), (true, false), (false, true)] {
            assert_eq!(
                read(&with(&xml, digest, signature)),
                Err(Problem::WrongSignature)
            );
        }
    }
    // The rest of the signature stays, what it is over is gone.
    let gone = replaced(&good, "saml:Subject", "");
    assert_eq!(read(&with(&gone, true, true)), Err(Problem::WrongSignature));
}

#[test]
fn sig_07_a_signature_over_anything_else_is_wrong() {
    let good = sealed(&EC, true, false);
    let value = element(&good, "ds:SignatureValue").to_owned();
    let of = |message: &[u8]| {
        let text = STANDARD.encode(EC.signature(message).expect("a signature"));
        changed(
            &good,
            &value,
            &format!("<ds:SignatureValue>{text}</ds:SignatureValue>"),
        )
    };
    let info = element(&good, "ds:SignedInfo");
    for other in [
        b"".as_slice(),
        b"\n",
        info.as_bytes(),
        element(&good, "saml:Subject").as_bytes(),
    ] {
        assert_eq!(read(&of(other)), Err(Problem::WrongSignature));
    }
    // Another signature of the same key, over another assertion.
    let mut second = answer();
    if let Some(assertion) = &mut second.assertion {
        assertion.name_id.value = FORGED.to_owned();
    }
    let sealing = Sealing {
        response: false,
        ..Sealing::signed(&EC)
    };
    let second = second.write(&sealing).expect("an answer");
    let swapped = replaced(&good, "ds:Signature", element(&second, "ds:Signature"));
    assert_eq!(read(&swapped), Err(Problem::WrongSignature));
    let swapped = replaced(&good, "ds:SignedInfo", element(&second, "ds:SignedInfo"));
    assert_eq!(read(&swapped), Err(Problem::WrongSignature));
    let swapped = replaced(
        &good,
        "ds:SignatureValue",
        element(&second, "ds:SignatureValue"),
    );
    assert_eq!(read(&swapped), Err(Problem::WrongSignature));
    // Mirrored and constant values, which forgeries of ECDSA begin with.
    for bytes in [[0; 64], [1; 64], [0xff; 64]] {
        let text = STANDARD.encode(bytes);
        let xml = changed(
            &good,
            &value,
            &format!("<ds:SignatureValue>{text}</ds:SignatureValue>"),
        );
        assert_eq!(read(&xml), Err(Problem::WrongSignature));
    }
}

//! Tests of encrypted tokens: the RFCs' own examples, tokens made by another library, tokens made to deceive.

use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{OaepPublicEncryptingKey, PrivateDecryptingKey};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::*;

/// A token with the key that opens it.
#[derive(Deserialize)]
struct Vector {
    name: String,
    /// The algorithm that the key is published for.
    key: String,
    pkcs8: String,
    token: String,
    clear: String,
}

impl Vector {
    fn all() -> Vec<Self> {
        serde_json::from_str(include_str!("tests/vectors.json")).expect("our own file")
    }

    fn named(name: &str) -> Self {
        let mut all = Self::all().into_iter();
        all.find(|vector| vector.name == name).expect("a vector")
    }

    fn keys(&self) -> Vec<Arc<DecryptionKey>> {
        let pkcs8 = decoded(&self.pkcs8).expect("base64url");
        let key = DecryptionKey::from_pkcs8(&self.key, &pkcs8).expect("a key");
        vec![Arc::new(key)]
    }
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token with this header, its content encrypted by `key` as it stands.
fn sealed(header: &Value, encrypted_key: &[u8], cipher: &'static Algorithm, key: &[u8]) -> String {
    let protected = encoded(header.to_string());
    let key = LessSafeKey::new(UnboundKey::new(cipher, key).expect("of the right length"));
    let mut content = b"{}".to_vec();
    let nonce = Nonce::assume_unique_for_key([7; 12]);
    key.seal_in_place_append_tag(nonce, Aad::from(protected.as_str()), &mut content)
        .expect("seals");
    let (content, tag) = content.split_at(content.len() - 16);
    format!(
        "{protected}.{}.{}.{}.{}",
        encoded(encrypted_key),
        encoded([7; 12]),
        encoded(content),
        encoded(tag)
    )
}

fn bob() -> DecryptionKey {
    let secret = decoded("VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw").expect("base64url");
    let key = PrivateKey::from_private_key(&ECDH_P256, &secret).expect("a key");
    let pkcs8: Pkcs8V1Der<'_> = key.as_der().expect("PKCS#8");
    DecryptionKey::from_pkcs8("ECDH-ES", pkcs8.as_ref()).expect("the same key")
}

fn from_alice() -> Value {
    json!({
        "alg": "ECDH-ES", "enc": "A128GCM", "apu": "QWxpY2U", "apv": "Qm9i",
        "epk": {
            "kty": "EC", "crv": "P-256",
            "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
            "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
        },
    })
}

#[test]
fn what_others_have_encrypted_opens() {
    for vector in Vector::all() {
        let clear = open(&vector.token, &vector.keys());
        let clear = clear.unwrap_or_else(|error| panic!("{}: {error}", vector.name));
        assert_eq!(*clear, vector.clear, "{}", vector.name);
        assert!(is_encrypted(&vector.token));
    }
}

#[test]
fn the_example_of_rfc_7518_appendix_c() {
    // Its derived key encrypts a token here: who opens it has derived the same.
    let derived = decoded("VqqN6vgjbSBcIijNcacQGg").expect("base64url");
    let bob = Arc::new(bob());
    let token = sealed(&from_alice(), &[], &AES_128_GCM, &derived);
    assert_eq!(*open(&token, &[Arc::clone(&bob)]).expect("opens"), "{}");
    assert_eq!(
        bob.public()["x"],
        "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ"
    );
    // Another name of either party is another key.
    for (name, value) in [("apu", "Qm9i"), ("apv", "QWxpY2U"), ("enc", "A256GCM")] {
        let mut other = from_alice();
        other[name] = json!(value);
        let token = sealed(&other, &[], &AES_128_GCM, &derived);
        assert_eq!(open(&token, &[Arc::clone(&bob)]), Err(Unopened), "{name}");
    }
}

#[test]
fn every_kind_of_key_is_stored_and_published() {
    for (algorithm, kind) in [
        ("ECDH-ES", "EC"),
        ("ECDH-ES+A128KW", "EC"),
        ("ECDH-ES+A256KW", "EC"),
        ("RSA-OAEP-256", "RSA"),
        ("RSA-OAEP", "RSA"),
    ] {
        let key = DecryptionKey::generate(algorithm).expect("a key");
        let stored = key.to_pkcs8().expect("PKCS#8");
        let again = DecryptionKey::from_pkcs8(algorithm, &stored).expect("the same key");
        assert_eq!(key.kid(), again.kid());
        assert_eq!(key.public(), again.public());
        assert_eq!(again.algorithm(), algorithm);
        let public = key.public();
        assert_eq!(public["kty"], kind);
        assert_eq!(public["use"], "enc");
        assert_eq!(public["alg"], algorithm);
        assert_eq!(public["kid"], key.kid());
        for private in ["d", "p", "q", "dp", "dq", "qi"] {
            assert!(public.get(private).is_none(), "{algorithm}: {private}");
        }
        assert!(!format!("{key:?}").contains(&encoded(&stored[20..40])));
        let other = if kind == "EC" { "RSA-OAEP" } else { "ECDH-ES" };
        let refused = DecryptionKey::from_pkcs8(other, &stored).err();
        assert_eq!(refused, Some(BadDecryptionKey::Pkcs8), "{algorithm}");
    }
    for algorithm in ["", "RSA1_5", "dir", "A256KW", "ECDH-ES+A192KW", "ecdh-es"] {
        let refused = DecryptionKey::generate(algorithm).err();
        assert_eq!(refused, Some(BadDecryptionKey::Algorithm), "{algorithm}");
    }
}

#[test]
fn a_changed_token_does_not_open_wherever_it_was_changed() {
    for name in [
        "jwcrypto, ECDH-ES A256GCM",
        "jwcrypto, RSA-OAEP-256 A256GCM",
    ] {
        let vector = Vector::named(name);
        let keys = vector.keys();
        let parts: Vec<&str> = vector.token.split('.').collect();
        for place in 0..5 {
            let Ok(bytes) = decoded(parts[place]) else {
                panic!("not base64url")
            };
            for position in 0..bytes.len() {
                let mut bytes = bytes.clone();
                bytes[position] ^= 1;
                let changed = encoded(bytes);
                let mut parts = parts.clone();
                parts[place] = &changed;
                let token = parts.join(".");
                assert_eq!(open(&token, &keys), Err(Unopened), "{place}, {position}");
            }
            let mut parts = parts.clone();
            parts[place] = "";
            let token = parts.join(".");
            assert_eq!(open(&token, &keys).is_ok(), token == vector.token);
        }
        for cut in 0..vector.token.len() {
            assert_eq!(open(&vector.token[..cut], &keys), Err(Unopened), "{cut}");
        }
        for longer in [
            format!("{}.", vector.token),
            format!("{}.x", vector.token),
            format!("{}=", vector.token),
            format!(" {}", vector.token),
            format!("{}{}", vector.token, "A".repeat(LONGEST)),
        ] {
            assert_eq!(open(&longer, &keys), Err(Unopened));
        }
    }
}

#[test]
fn a_header_chooses_no_rules() {
    let derived = decoded("VqqN6vgjbSBcIijNcacQGg").expect("base64url");
    let keys = [Arc::new(bob())];
    let with = |name: &str, value: Value| {
        let mut header = from_alice();
        header[name] = value;
        open(&sealed(&header, &[], &AES_128_GCM, &derived), &keys)
    };
    assert!(with("cty", json!("JWT")).is_ok());
    assert!(with("kid", json!("a name that somebody gave by hand")).is_ok());
    assert!(with("kid", json!(keys[0].kid())).is_ok());
    for (name, value) in [
        ("zip", json!("DEF")),
        ("crit", json!(["exp"])),
        ("jku", json!("https://evil.example/keys")),
        ("jwk", json!({})),
        ("x5u", json!("https://evil.example/cert")),
        ("x5c", json!([])),
        ("b64", json!(false)),
        ("alg", json!("dir")),
        ("alg", json!("RSA1_5")),
        ("alg", json!("none")),
        ("alg", json!("RSA-OAEP")),
        ("alg", json!("ECDH-ES+A192KW")),
        ("alg", json!(7)),
        ("enc", json!("A128CBC-HS256")),
        ("enc", json!(null)),
        ("kid", json!(7)),
        ("apu", json!(7)),
        ("apu", json!("not base64url!")),
        ("epk", json!(null)),
        ("epk", json!("x")),
    ] {
        assert_eq!(with(name, value.clone()), Err(Unopened), "{name} = {value}");
    }
    // Direct agreement has no key to send.
    let token = sealed(&from_alice(), &[1; 24], &AES_128_GCM, &derived);
    assert_eq!(open(&token, &keys), Err(Unopened));
    // A name that comes twice is read by two readers in two ways.
    let twice = r#"{"alg":"ECDH-ES","alg":"ECDH-ES","enc":"A128GCM"}"#;
    let token = format!("{}....", encoded(twice));
    assert_eq!(open(&token, &keys), Err(Unopened));
}

#[test]
fn the_senders_half_is_a_point_of_the_curve() {
    let derived = decoded("VqqN6vgjbSBcIijNcacQGg").expect("base64url");
    let keys = [Arc::new(bob())];
    let good = from_alice()["epk"].clone();
    let zero = encoded([0; 32]);
    for (name, value) in [
        // Off the curve: agreeing with such points tells a private key bit by bit.
        ("x", json!(zero)),
        ("y", json!(zero)),
        ("y", good["x"].clone()),
        ("x", json!("gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5")),
        ("x", json!(null)),
        ("kty", json!("OKP")),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("d", json!("0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo")),
    ] {
        let mut header = from_alice();
        header["epk"][name] = value.clone();
        let token = sealed(&header, &[], &AES_128_GCM, &derived);
        assert_eq!(open(&token, &keys), Err(Unopened), "{name} = {value}");
    }
}

#[test]
fn a_key_of_another_length_or_for_somebody_else_is_the_same_error() {
    let key = DecryptionKey::generate("RSA-OAEP-256").expect("a key");
    let pkcs8 = key.to_pkcs8().expect("PKCS#8");
    let public = PrivateDecryptingKey::from_pkcs8(&pkcs8)
        .expect("RSA")
        .public_key();
    let public = OaepPublicEncryptingKey::new(public).expect("RSA");
    let wrapped = |content_key: &[u8], padding| {
        let mut room = vec![0; public.ciphertext_size()];
        let wrapped = public.encrypt(padding, content_key, &mut room, None);
        wrapped.expect("encrypts").to_vec()
    };
    let header = json!({"alg": "RSA-OAEP-256", "enc": "A256GCM"});
    let keys = [Arc::new(key)];
    let right = wrapped(&[1; 32], &OAEP_SHA256_MGF1SHA256);
    let token = sealed(&header, &right, &AES_256_GCM, &[1; 32]);
    assert_eq!(*open(&token, &keys).expect("opens"), "{}");
    let stranger = Arc::new(DecryptionKey::generate("RSA-OAEP-256").expect("a key"));
    assert_eq!(open(&token, &[stranger]), Err(Unopened));
    assert_eq!(open(&token, &[]), Err(Unopened));
    assert_eq!(open(&token, &[Arc::new(bob())]), Err(Unopened));
    for wrong in [
        wrapped(&[1; 31], &OAEP_SHA256_MGF1SHA256),
        wrapped(&[1; 16], &OAEP_SHA256_MGF1SHA256),
        wrapped(&[2; 32], &OAEP_SHA256_MGF1SHA256),
        wrapped(&[1; 32], &OAEP_SHA1_MGF1SHA1),
        vec![0; 384],
        vec![0xff; 384],
        vec![1; 20],
        Vec::new(),
    ] {
        let token = sealed(&header, &wrong, &AES_256_GCM, &[1; 32]);
        assert_eq!(open(&token, &keys), Err(Unopened), "{} bytes", wrong.len());
    }
}

proptest! {
    #[test]
    fn no_text_panics_or_opens(text in ".{0,200}", parts in any::<[Vec<u8>; 5]>()) {
        let keys = [Arc::new(bob())];
        prop_assert_eq!(open(&text, &keys), Err(Unopened));
        let made: Vec<String> = parts.iter().map(encoded).collect();
        prop_assert_eq!(open(&made.join("."), &keys), Err(Unopened));
        let header = encoded(from_alice().to_string());
        let made = format!("{header}.{}", made[1..].join("."));
        prop_assert_eq!(open(&made, &keys), Err(Unopened));
    }
}

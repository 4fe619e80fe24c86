//! Keys and signed tokens as a client has them (RFC 7515, 7517, 7518, 7638), on `aws-lc-rs` alone: a
//! reader of its own, so that a fault in the hub's is not repeated here. Signs whatever a test wants
//! signed, right or wrong; verifies against a published key set and nothing else.

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519, EcdsaKeyPair,
    Ed25519KeyPair, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// A private key of a client and the algorithm it is registered for.
pub(crate) struct Key {
    alg: &'static str,
    kid: String,
    pair: Pair,
    members: Map<String, Value>,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    /// A new key for `ES256`, `EdDSA`, `RS256` or `PS256`.
    pub(crate) fn generate(alg: &'static str) -> Self {
        let (pair, members) = match alg {
            "ES256" => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
                    .expect("the library makes a key");
                let point = pair.public_key().as_ref().to_vec();
                let (x, y) = point[1..].split_at(32);
                let members = json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)});
                (Pair::Ec(pair), members)
            }
            "EdDSA" => {
                let pair = Ed25519KeyPair::generate().expect("the library makes a key");
                let x = encode(pair.public_key().as_ref());
                (
                    Pair::Ed25519(pair),
                    json!({"kty": "OKP", "crv": "Ed25519", "x": x}),
                )
            }
            "RS256" | "PS256" => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("the library makes a key");
                let (n, e) = rsa_numbers(pair.public_key().as_ref());
                let members = json!({"kty": "RSA", "n": encode(&n), "e": encode(&e)});
                (Pair::Rsa(pair), members)
            }
            other => panic!("no client of ours signs by {other}"),
        };
        let Value::Object(members) = members else {
            panic!("a key is an object");
        };
        Self {
            alg,
            kid: thumbprint(&members),
            pair,
            members,
        }
    }

    /// Its algorithm.
    pub(crate) fn alg(&self) -> &'static str {
        self.alg
    }

    /// Its identifier, which is its thumbprint.
    pub(crate) fn kid(&self) -> &str {
        &self.kid
    }

    /// The public key alone, as a DPoP proof carries it.
    pub(crate) fn bare_jwk(&self) -> Value {
        Value::Object(self.members.clone())
    }

    /// The public key as a key set publishes it.
    pub(crate) fn jwk(&self) -> Value {
        let mut members = self.members.clone();
        members.insert("kid".to_owned(), json!(self.kid));
        members.insert("alg".to_owned(), json!(self.alg));
        members.insert("use".to_owned(), json!("sig"));
        Value::Object(members)
    }

    /// A token with a header of `alg`, `kid` and `typ`.
    pub(crate) fn sign(&self, typ: &str, claims: &Value) -> String {
        let header = json!({"alg": self.alg, "kid": self.kid, "typ": typ});
        self.sign_with(&header, claims)
    }

    /// A token with any header; the signature is made by the algorithm that the header names, where
    /// the key can, and by its own otherwise.
    pub(crate) fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let signed = unsigned(header, claims);
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Ec(pair) => pair
                .sign(&random, signed.as_bytes())
                .expect("the library signs")
                .as_ref()
                .to_vec(),
            Pair::Ed25519(pair) => pair.sign(signed.as_bytes()).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let padding = match header["alg"].as_str().unwrap_or(self.alg) {
                    "RS256" => &RSA_PKCS1_SHA256,
                    _ => &RSA_PSS_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(padding, &random, signed.as_bytes(), &mut signature)
                    .expect("the library signs");
                signature
            }
        };
        format!("{signed}.{}", encode(&signature))
    }
}

/// A set of public keys.
pub(crate) fn jwks(keys: &[&Key]) -> Value {
    json!({"keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>()})
}

/// A token signed with a client's secret.
pub(crate) fn hs256(secret: &str, header: &Value, claims: &Value) -> String {
    let signed = unsigned(header, claims);
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", encode(tag.as_ref()))
}

/// A token that nobody has signed: `alg` is `none` and there is no signature.
pub(crate) fn none(claims: &Value) -> String {
    format!("{}.", unsigned(&json!({"alg": "none"}), claims))
}

/// Header and claims, encoded, without a signature.
pub(crate) fn unsigned(header: &Value, claims: &Value) -> String {
    format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    )
}

/// Header and claims of a token whose signature nobody looks at.
pub(crate) fn peek(token: &str) -> (Value, Value) {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "not a signed token: {token}");
    let part = |text: &str| {
        serde_json::from_slice(&decode(text))
            .unwrap_or_else(|error| panic!("a part of {token} is not JSON: {error}"))
    };
    (part(parts[0]), part(parts[1]))
}

/// Header and claims of a token that a key of the set has signed. Panics unless the header names a
/// key of the set, by `kid`, with that key's own algorithm, and the signature holds.
pub(crate) fn verified(token: &str, set: &Value) -> (Value, Value) {
    let (header, claims) = peek(token);
    let kid = header["kid"].as_str().expect("the header names a key");
    let keys = set["keys"].as_array().expect("a key set");
    let fitting: Vec<&Value> = keys.iter().filter(|key| key["kid"] == kid).collect();
    assert_eq!(fitting.len(), 1, "{kid} is not one key of {set}");
    let key = fitting[0];
    assert_eq!(header["alg"], key["alg"], "key and header disagree");
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let (message, signature) = (signed.as_bytes(), decode(signature));
    let part = |name: &str| decode(key[name].as_str().expect("a member of the key"));
    let outcome = match key["alg"].as_str() {
        Some("ES256") => {
            let point = [&[4], part("x").as_slice(), part("y").as_slice()].concat();
            UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &signature)
        }
        Some("EdDSA") => UnparsedPublicKey::new(&ED25519, part("x")).verify(message, &signature),
        Some(rsa @ ("RS256" | "PS256")) => {
            let parameters = match rsa {
                "RS256" => &RSA_PKCS1_2048_8192_SHA256,
                _ => &RSA_PSS_2048_8192_SHA256,
            };
            let (n, e) = (part("n"), part("e"));
            RsaPublicKeyComponents { n, e }.verify(parameters, message, &signature)
        }
        other => panic!("{other:?} is not an algorithm that this client takes"),
    };
    assert!(outcome.is_ok(), "the signature of {token} does not hold");
    (header, claims)
}

/// `at_hash`, `c_hash`: the left half of the digest that goes with the algorithm (OIDC Core §3.1.3.6).
pub(crate) fn half_hash(alg: &str, text: &str) -> String {
    let algorithm = if alg == "EdDSA" { &SHA512 } else { &SHA256 };
    let hash = digest(algorithm, text.as_bytes());
    encode(&hash.as_ref()[..hash.as_ref().len() / 2])
}

/// SHA-256 in base64url: `code_challenge`, `ath`.
pub(crate) fn sha256(text: &str) -> String {
    encode(digest(&SHA256, text.as_bytes()).as_ref())
}

/// As many random characters, of those that stand in addresses as they are.
pub(crate) fn random(length: usize) -> String {
    let mut bytes = vec![0; length];
    aws_lc_rs::rand::fill(&mut bytes).expect("the system gives randomness");
    let mut text = encode(&bytes);
    text.truncate(length);
    text
}

/// Base64url without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD
        .decode(text)
        .unwrap_or_else(|error| panic!("{text} is not base64url: {error}"))
}

/// RFC 7638: the required members in alphabetical order.
fn thumbprint(members: &Map<String, Value>) -> String {
    let sorted: std::collections::BTreeMap<_, _> = members.iter().collect();
    sha256(&json!(sorted).to_string())
}

/// Modulus and exponent of an `RSAPublicKey` in DER: a sequence of two integers.
fn rsa_numbers(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    fn content(der: &[u8]) -> (&[u8], &[u8]) {
        let (length, rest) = match usize::from(der[1]) {
            short @ ..0x80 => (short, &der[2..]),
            long => {
                let (bytes, rest) = der[2..].split_at(long & 0x7f);
                let length = bytes
                    .iter()
                    .fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
                (length, rest)
            }
        };
        rest.split_at(length)
    }
    let plain = |number: &[u8]| match number {
        [0, rest @ ..] => rest.to_vec(),
        all => all.to_vec(),
    };
    let (numbers, _) = content(der);
    let (n, rest) = content(numbers);
    let (e, _) = content(rest);
    (plain(n), plain(e))
}

#[test]
fn each_kind_of_key_signs_what_the_reader_verifies() {
    for alg in ["ES256", "EdDSA", "RS256", "PS256"] {
        let key = Key::generate(alg);
        let token = key.sign("JWT", &json!({"a": alg}));
        let (header, claims) = verified(&token, &jwks(&[&key]));
        assert_eq!((&header["alg"], &claims["a"]), (&json!(alg), &json!(alg)));
        assert_eq!(key.bare_jwk().get("kid"), None);
        // Somebody else's key under the same name.
        let mut other = Key::generate(alg).jwk();
        other["kid"] = json!(key.kid());
        let set = json!({"keys": [other]});
        let fooled = std::panic::catch_unwind(|| verified(&token, &set));
        assert!(fooled.is_err(), "{alg}: any signature will do");
    }
}

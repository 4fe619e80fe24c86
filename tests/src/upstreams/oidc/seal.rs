//! Encrypting a signed token for the hub (RFC 7516, 7518 §4.3, §4.6, §5.3), as FranceConnect+ does: A256GCM
//! under a key that RSA-OAEP wraps or ECDH-ES agrees upon, with issuer and audience repeated in the header.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey,
    PublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

/// How the content is encrypted: the one way that FranceConnect+ has.
const CONTENT: &str = "A256GCM";

/// Why a token cannot be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unsealable(pub(super) &'static str);

/// Encrypts `token` for the holder of `key`.
pub(super) fn seal(
    token: &str,
    key: &Map<String, Value>,
    (issuer, audience): (&str, &str),
) -> Result<String, Unsealable> {
    let (mut header, content_key, encrypted_key) = match text(key, "kty") {
        Some("RSA") => wrapped(key)?,
        Some("EC") => agreed(key)?,
        _ => return Err(Unsealable("the key is neither RSA nor on P-256")),
    };
    if let Some(kid) = text(key, "kid") {
        header.insert("kid".to_owned(), json!(kid));
    }
    for (name, value) in [
        ("enc", CONTENT),
        ("cty", "JWT"),
        ("iss", issuer),
        ("aud", audience),
    ] {
        header.insert(name.to_owned(), json!(value));
    }
    let protected = encode(Value::Object(header).to_string().as_bytes());
    let mut nonce = [0_u8; 12];
    random(&mut nonce)?;
    let cipher = UnboundKey::new(&AES_256_GCM, &content_key);
    let cipher = LessSafeKey::new(cipher.map_err(|_| Unsealable("no cipher"))?);
    let mut content = token.as_bytes().to_vec();
    let tag = cipher
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(protected.as_bytes()),
            &mut content,
        )
        .map_err(|_| Unsealable("it cannot be encrypted"))?;
    let parts = [
        protected,
        encode(&encrypted_key),
        encode(&nonce),
        encode(&content),
        encode(tag.as_ref()),
    ];
    Ok(parts.join("."))
}

type Managed = (Map<String, Value>, Vec<u8>, Vec<u8>);

/// A key of the content that only the reader's RSA key opens.
fn wrapped(key: &Map<String, Value>) -> Result<Managed, Unsealable> {
    let bad = Unsealable("the RSA key cannot be read");
    let components = PublicKeyComponents {
        n: bytes(key, "n")?,
        e: bytes(key, "e")?,
    };
    let public: PublicEncryptingKey = components.try_into().map_err(|_| bad)?;
    let public = OaepPublicEncryptingKey::new(public).map_err(|_| bad)?;
    let (name, padding) = match text(key, "alg") {
        Some("RSA-OAEP") => ("RSA-OAEP", &OAEP_SHA1_MGF1SHA1),
        None | Some("RSA-OAEP-256") => ("RSA-OAEP-256", &OAEP_SHA256_MGF1SHA256),
        Some(_) => return Err(Unsealable("the RSA key is for another algorithm")),
    };
    let mut content_key = vec![0; 32];
    random(&mut content_key)?;
    let mut room = vec![0; public.ciphertext_size()];
    let encrypted = public
        .encrypt(padding, &content_key, &mut room, None)
        .map_err(|_| bad)?
        .to_vec();
    let header = Map::from_iter([("alg".to_owned(), json!(name))]);
    Ok((header, content_key, encrypted))
}

/// A key of the content that both sides come to (RFC 7518 §4.6.2).
fn agreed(key: &Map<String, Value>) -> Result<Managed, Unsealable> {
    let bad = Unsealable("the key is no point of P-256");
    let named = text(key, "alg").is_none_or(|name| name == "ECDH-ES");
    if text(key, "crv") != Some("P-256") || !named {
        return Err(bad);
    }
    let point = [vec![4], bytes(key, "x")?, bytes(key, "y")?].concat();
    let private = PrivateKey::generate(&ECDH_P256).map_err(|_| bad)?;
    let own = private.compute_public_key().map_err(|_| bad)?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, point);
    let content_key = agree(&private, peer, bad, |secret| Ok(derived(secret)))?;
    let (x, y) = own.as_ref().get(1..).unwrap_or_default().split_at(32);
    let header = Map::from_iter([
        ("alg".to_owned(), json!("ECDH-ES")),
        (
            "epk".to_owned(),
            json!({ "kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y) }),
        ),
    ]);
    Ok((header, content_key, Vec::new()))
}

/// One round of the Concat KDF: 256 bits for A256GCM, of nobody in particular.
fn derived(secret: &[u8]) -> Vec<u8> {
    let with_length = |text: &[u8]| {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
        [&length[..], text].concat()
    };
    let info = [
        1_u32.to_be_bytes().to_vec(),
        secret.to_vec(),
        with_length(CONTENT.as_bytes()),
        with_length(b""),
        with_length(b""),
        256_u32.to_be_bytes().to_vec(),
    ];
    digest(&SHA256, &info.concat()).as_ref().to_vec()
}

fn random(bytes: &mut [u8]) -> Result<(), Unsealable> {
    rand::fill(bytes).map_err(|_| Unsealable("no randomness"))
}

fn text<'k>(key: &'k Map<String, Value>, name: &str) -> Option<&'k str> {
    key.get(name).and_then(Value::as_str)
}

fn bytes(key: &Map<String, Value>, name: &str) -> Result<Vec<u8>, Unsealable> {
    let value = text(key, name).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    value.ok_or(Unsealable("a member of the key is missing"))
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

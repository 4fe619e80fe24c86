//! Public keys in JSON (RFC 7517, RFC 7518 §6, RFC 8037 §2): reading, writing, thumbprints (RFC 7638).
//! Private keys are refused: nobody sends one on purpose, and what has been sent is not private.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::algorithm::Algorithm;
use super::json::{BadJson, object};

/// Most keys of a set that are read.
pub const MOST_KEYS: usize = 32;

/// Longest `kid` that is read, in bytes.
const LONGEST_KID: usize = 256;

/// Why a text is not a public key that the hub can use. The fault of whoever published it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadJwk {
    /// Not JSON as it should be.
    #[error(transparent)]
    Json(#[from] BadJson),
    /// A member that is missing, of another type, or not base64url.
    #[error("member `{0}` of the key is missing or not what it should be")]
    Member(&'static str),
    /// A private or symmetric key.
    #[error("the key is not a public key; if it is in use, it must be replaced")]
    Private,
    /// Another type, curve, use or algorithm than the hub knows.
    #[error("the key is of a type, curve, use or algorithm that is not supported")]
    Unsupported,
    /// RSA of fewer than 2048 or more than 8192 bits, or with an exponent that nobody uses.
    #[error("RSA keys must have 2048 to 8192 bits and an odd exponent of at least 3")]
    Rsa,
    /// Not a point of the curve.
    #[error("the key's coordinates are not a point of its curve")]
    Point,
    /// A set without a `keys` list, or with too many.
    #[error("a key set has a list `keys` of at most {MOST_KEYS} keys")]
    Set,
}

/// A public key for signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    kid: Option<String>,
    algorithm: Option<Algorithm>,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Material {
    /// Modulus and exponent, big-endian, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// Uncompressed point of P-256.
    P256(Vec<u8>),
    /// Uncompressed point of P-384.
    P384(Vec<u8>),
    /// Public key of Ed25519.
    Ed25519(Vec<u8>),
}

impl Jwk {
    /// Reads a key.
    ///
    /// # Errors
    /// [`BadJwk`].
    pub fn parse(members: &Map<String, Value>) -> Result<Self, BadJwk> {
        // RFC 7518 §6.2.2, §6.3.2, §6.4.1: members that only private and symmetric keys have.
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
            if members.contains_key(private) {
                return Err(BadJwk::Private);
            }
        }
        match text(members, "use")? {
            None | Some("sig") => {}
            Some(_) => return Err(BadJwk::Unsupported),
        }
        let algorithm = match text(members, "alg")? {
            None => None,
            Some(name) => Some(name.parse().map_err(|_| BadJwk::Unsupported)?),
        };
        let kid = text(members, "kid")?.map(str::to_owned);
        if kid.as_ref().is_some_and(|kid| kid.len() > LONGEST_KID) {
            return Err(BadJwk::Member("kid"));
        }
        let material = match (text(members, "kty")?, text(members, "crv")?) {
            (Some("RSA"), _) => Material::rsa(bytes(members, "n")?, bytes(members, "e")?)?,
            (Some("EC"), Some("P-256")) => Material::P256(point(members, 32)?),
            (Some("EC"), Some("P-384")) => Material::P384(point(members, 48)?),
            (Some("OKP"), Some("Ed25519")) => {
                let x = bytes(members, "x")?;
                if x.len() != 32 {
                    return Err(BadJwk::Member("x"));
                }
                Material::Ed25519(x)
            }
            (Some(_), _) => return Err(BadJwk::Unsupported),
            (None, _) => return Err(BadJwk::Member("kty")),
        };
        let jwk = Self {
            kid,
            algorithm,
            material,
        };
        // Whether the point is on the curve, and whether the algorithm is one of this type of key.
        let algorithm = jwk.algorithm.unwrap_or(jwk.material.usual_algorithm());
        jwk.parsed(algorithm)?;
        Ok(jwk)
    }

    pub(super) fn new(material: Material, algorithm: Algorithm) -> Self {
        let mut jwk = Self {
            kid: None,
            algorithm: Some(algorithm),
            material,
        };
        jwk.kid = Some(jwk.thumbprint());
        jwk
    }

    /// Identifier within its set.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm that its owner says it is for.
    pub fn algorithm(&self) -> Option<Algorithm> {
        self.algorithm
    }

    /// The key for others to read, public members only.
    pub fn to_json(&self) -> Value {
        let mut members = self.material.members();
        if let Some(kid) = &self.kid {
            members.insert("kid".to_owned(), json!(kid));
        }
        if let Some(algorithm) = self.algorithm {
            members.insert("alg".to_owned(), json!(algorithm));
        }
        members.insert("use".to_owned(), json!("sig"));
        Value::Object(members)
    }

    /// SHA-256 thumbprint (RFC 7638): the same for the same key, whatever else stands beside it.
    pub fn thumbprint(&self) -> String {
        self.material.thumbprint()
    }

    /// The key, parsed for one algorithm.
    pub(super) fn parsed(&self, algorithm: Algorithm) -> Result<ParsedPublicKey, BadJwk> {
        if self.algorithm.is_some_and(|known| known != algorithm) {
            return Err(BadJwk::Unsupported);
        }
        let parsed = match (&self.material, algorithm) {
            (Material::Rsa { n, e }, Algorithm::Rs256) => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256)
            }
            (Material::Rsa { n, e }, Algorithm::Ps256) => {
                RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PSS_2048_8192_SHA256)
            }
            (Material::P256(point), Algorithm::Es256) => {
                ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
            }
            (Material::P384(point), Algorithm::Es384) => {
                ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point)
            }
            (Material::Ed25519(x), Algorithm::EdDsa) => ParsedPublicKey::new(&ED25519, x),
            _ => return Err(BadJwk::Unsupported),
        };
        parsed.map_err(|_| match self.material {
            Material::Rsa { .. } => BadJwk::Rsa,
            _ => BadJwk::Point,
        })
    }
}

impl Material {
    pub(super) fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<Self, BadJwk> {
        let bits = n.len() * 8 - n.first().map_or(0, |first| first.leading_zeros() as usize);
        let exponent = e
            .iter()
            .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        let plain = |number: &[u8]| number.first().is_some_and(|first| *first != 0);
        let good = plain(&n)
            && plain(&e)
            && (2048..=8192).contains(&bits)
            && e.len() <= 4
            && exponent >= 3
            && exponent % 2 == 1;
        good.then_some(Self::Rsa { n, e }).ok_or(BadJwk::Rsa)
    }

    fn usual_algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::P384(_) => Algorithm::Es384,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// See [`Jwk::thumbprint`].
    pub(super) fn thumbprint(&self) -> String {
        let mut names: Vec<(String, Value)> = self.members().into_iter().collect();
        names.sort_by(|left, right| left.0.cmp(&right.0));
        // Names and values need no escaping: they are ours, or base64url.
        let members: Vec<String> = names
            .iter()
            .map(|(name, value)| format!("\"{name}\":\"{}\"", value.as_str().unwrap_or_default()))
            .collect();
        let canonical = format!("{{{}}}", members.join(","));
        URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()))
    }

    /// The members that make the key (RFC 7638 §3.2).
    pub(super) fn members(&self) -> Map<String, Value> {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let ec = |curve: &str, point: &[u8]| {
            // Uncompressed: 0x04, x, y.
            let coordinates = point.get(1..).unwrap_or_default();
            let (x, y) = coordinates.split_at(coordinates.len() / 2);
            vec![
                ("crv", curve.to_owned()),
                ("kty", "EC".to_owned()),
                ("x", encode(x)),
                ("y", encode(y)),
            ]
        };
        let members = match self {
            Self::Rsa { n, e } => vec![
                ("e", encode(e)),
                ("kty", "RSA".to_owned()),
                ("n", encode(n)),
            ],
            Self::P256(point) => ec("P-256", point),
            Self::P384(point) => ec("P-384", point),
            Self::Ed25519(x) => vec![
                ("crv", "Ed25519".to_owned()),
                ("kty", "OKP".to_owned()),
                ("x", encode(x)),
            ],
        };
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::String(value)))
            .collect()
    }
}

/// The public keys of a client or of the hub.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JwkSet {
    /// In the order of the list.
    pub keys: Vec<Jwk>,
}

impl JwkSet {
    /// Reads a set. Keys that the hub cannot use are overlooked (RFC 7517 §5): a set often holds keys
    /// for other purposes.
    ///
    /// # Errors
    /// [`BadJwk`] when it is no set, or when it holds a private key: then no key of it can be trusted.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadJwk> {
        Self::from_members(&object(bytes)?)
    }

    /// The same, of an object that was already read.
    ///
    /// # Errors
    /// See [`JwkSet::parse`].
    pub fn from_members(members: &Map<String, Value>) -> Result<Self, BadJwk> {
        let Some(Value::Array(list)) = members.get("keys") else {
            return Err(BadJwk::Set);
        };
        if list.len() > MOST_KEYS {
            return Err(BadJwk::Set);
        }
        let mut keys = Vec::new();
        for item in list {
            let Value::Object(members) = item else {
                return Err(BadJwk::Set);
            };
            match Jwk::parse(members) {
                Ok(key) => keys.push(key),
                Err(BadJwk::Private) => return Err(BadJwk::Private),
                Err(_) => {}
            }
        }
        Ok(Self { keys })
    }

    /// The set for others to read.
    pub fn to_json(&self) -> Value {
        json!({ "keys": self.keys.iter().map(Jwk::to_json).collect::<Vec<_>>() })
    }
}

pub(super) fn text<'a>(
    members: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, BadJwk> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(BadJwk::Member(name)),
    }
}

fn bytes(members: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, BadJwk> {
    let text = text(members, name)?.ok_or(BadJwk::Member(name))?;
    // The longest is a modulus of 8192 bits.
    if text.len() > 1_400 {
        return Err(BadJwk::Member(name));
    }
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| BadJwk::Member(name))
}

/// The uncompressed point that `x` and `y` make; whether it lies on its curve is for whoever uses it to see.
pub(super) fn point(members: &Map<String, Value>, length: usize) -> Result<Vec<u8>, BadJwk> {
    let (x, y) = (bytes(members, "x")?, bytes(members, "y")?);
    if x.len() != length {
        return Err(BadJwk::Member("x"));
    }
    if y.len() != length {
        return Err(BadJwk::Member("y"));
    }
    Ok([&[4], x.as_slice(), y.as_slice()].concat())
}

//! Compact signatures (RFC 7515 §7.1): writing, and reading against keys and algorithms that the
//! caller names. What a token claims can be read only through [`Verified`], and only a verified
//! signature makes one (OIDC-09, OIDC-10).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Map, Value};

use super::algorithm::Algorithm;
use super::claims::{BadClaim, Claims};
use super::json::object;
use super::jwk::Jwk;
use super::key::{BadKey, SigningKey, VerifyingKey};

/// Longest token that is read, in bytes (AVL-02).
pub const LONGEST: usize = 16_384;

/// Room for most tokens that are written, in bytes.
const USUAL: usize = 2048;

/// What a token is for. Each kind is written with its own `typ` and never read as another (OIDC-10,
/// RFC 8725 §3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typ {
    /// ID token (OIDC Core §2).
    IdToken,
    /// Access token (RFC 9068 §2.1).
    AccessToken,
    /// Logout token (OIDC Back-Channel Logout §2.4).
    LogoutToken,
    /// Signed user information (OIDC Core §5.3.2). It has no `exp`, which keeps it from being an ID
    /// token.
    UserInfo,
    /// Signed introspection (RFC 9701 §5).
    Introspection,
    /// Client assertion (RFC 7523 §2.2). Clients of today write `JWT` or nothing.
    ClientAssertion,
    /// Client assertion of the hub itself towards a provider upstream: `JWT`, because some refuse any other.
    OwnAssertion,
    /// Request object (RFC 9101 §10.8). Clients of today write `JWT` or nothing.
    RequestObject,
    /// DPoP proof (RFC 9449 §4.2).
    Dpop,
}

impl Typ {
    /// The `typ` that is written.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdToken | Self::UserInfo | Self::OwnAssertion => "JWT",
            Self::AccessToken => "at+jwt",
            Self::LogoutToken => "logout+jwt",
            Self::Introspection => "token-introspection+jwt",
            Self::ClientAssertion => "client-authentication+jwt",
            Self::RequestObject => "oauth-authz-req+jwt",
            Self::Dpop => "dpop+jwt",
        }
    }

    /// Whether a header's `typ` is this one. Media types compare without case, and `application/`
    /// may stand in front (RFC 7515 §4.1.9).
    fn fits(self, written: Option<&str>, maker: Maker) -> bool {
        let lenient =
            maker == Maker::Provider || matches!(self, Self::ClientAssertion | Self::RequestObject);
        let Some(written) = written else {
            return lenient;
        };
        let lower = written.to_ascii_lowercase();
        let name = lower.strip_prefix("application/").unwrap_or(&lower);
        name.eq_ignore_ascii_case(self.name()) || (lenient && name == "jwt")
    }
}

/// Who has made a token: the house is strict with its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// The hub, or a client that follows its rules.
    Ours,
    /// A provider upstream.
    Provider,
}

/// Why a token is refused. The fault of whoever presents it; never repeats the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// Not three parts of base64url around JSON objects, or too long.
    #[error("not a compact signed token")]
    Malformed,
    /// A header member that would let the token choose its own key or rules.
    #[error("the token's header has `{0}`, which is never accepted")]
    Header(&'static str),
    /// Another algorithm than the registered one.
    #[error("the token is not signed by the registered algorithm")]
    Algorithm,
    /// Another kind of token.
    #[error("the token is of another type (`typ`) than the one that is expected here")]
    Typ,
    /// A key that is not registered. Its owner may have published a new one.
    #[error("the token is signed by a key that is not registered")]
    UnknownKey,
    /// A signature that does not fit.
    #[error("the token's signature does not verify")]
    Signature,
    /// A claim that is missing or wrong.
    #[error(transparent)]
    Claim(#[from] BadClaim),
}

/// Claims whose signature was verified. Made by [`verify`] alone.
#[derive(Clone, Debug)]
pub struct Verified {
    claims: Claims,
    kid: Option<String>,
}

impl Verified {
    /// What was signed.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// What was signed, to keep.
    pub fn into_claims(self) -> Claims {
        self.claims
    }

    /// The identifier of the key that the header named.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }
}

impl SigningKey {
    /// Writes and signs a token.
    ///
    /// # Errors
    /// [`BadKey::Library`].
    pub fn sign(&self, typ: Typ, claims: &impl Serialize) -> Result<String, BadKey> {
        let header = Header {
            alg: self.algorithm().name(),
            kid: self.kid(),
            typ: typ.name(),
        };
        let mut token = String::with_capacity(USUAL);
        write_part(&header, &mut token)?;
        token.push('.');
        write_part(claims, &mut token)?;
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

/// The header that is written.
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    kid: &'a str,
    typ: &'static str,
}

/// Appends JSON as tokens have it. No tree of values is built on the way: beside an Ed25519 signature it
/// would take half the time.
fn write_part(part: &impl Serialize, token: &mut String) -> Result<(), BadKey> {
    let mut json = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut json, part).map_err(|_| BadKey::Library)?;
    URL_SAFE_NO_PAD.encode_string(json, token);
    Ok(())
}

/// Verifies `token` as a `typ` by one of `keys`: those of the party that should have signed it, each
/// with the algorithm that is registered for it. A `kid` in the header only picks among them.
///
/// # Errors
/// [`BadToken`]. [`BadToken::UnknownKey`] may mean that the key set should be read anew, at a measured
/// pace.
pub fn verify(token: &str, typ: Typ, keys: &[VerifyingKey]) -> Result<Verified, BadToken> {
    verify_of(Maker::Ours, token, typ, keys)
}

/// The same for a token of a provider upstream. Providers write `JWT`, or nothing, even where a kind of token
/// has a `typ` of its own: what it is, its claims must say then.
///
/// # Errors
/// See [`verify`].
pub fn verify_of_provider(
    token: &str,
    typ: Typ,
    keys: &[VerifyingKey],
) -> Result<Verified, BadToken> {
    verify_of(Maker::Provider, token, typ, keys)
}

fn verify_of(
    maker: Maker,
    token: &str,
    typ: Typ,
    keys: &[VerifyingKey],
) -> Result<Verified, BadToken> {
    let parts = Parts::read(token)?;
    if parts.header.contains_key("jwk") {
        return Err(BadToken::Header("jwk"));
    }
    parts.check_header(typ, maker)?;
    let name = parts.text("alg")?.ok_or(BadToken::Algorithm)?;
    let kid = parts.text("kid")?;
    let fitting: Vec<&VerifyingKey> = keys
        .iter()
        .filter(|key| key.algorithm_name() == name)
        .collect();
    if fitting.is_empty() {
        return Err(if keys.is_empty() {
            BadToken::UnknownKey
        } else {
            BadToken::Algorithm
        });
    }
    let mut candidates = fitting
        .into_iter()
        .filter(|key| match (kid, key.kid()) {
            (Some(wanted), Some(known)) => wanted == known,
            _ => true,
        })
        .peekable();
    if candidates.peek().is_none() {
        return Err(BadToken::UnknownKey);
    }
    if !candidates.any(|key| key.accepts(parts.signed.as_bytes(), &parts.signature)) {
        return Err(BadToken::Signature);
    }
    parts.verified()
}

/// Verifies a token that brings its own public key (a DPoP proof, RFC 9449 §4.3): what it proves is
/// only that its maker holds that key.
pub(crate) fn verify_with_embedded_key(
    token: &str,
    typ: Typ,
    algorithms: &[Algorithm],
) -> Result<(Verified, Jwk), BadToken> {
    let parts = Parts::read(token)?;
    parts.check_header(typ, Maker::Ours)?;
    let algorithm = parts
        .text("alg")?
        .and_then(|name| name.parse().ok())
        .filter(|algorithm| algorithms.contains(algorithm))
        .ok_or(BadToken::Algorithm)?;
    let Some(Value::Object(members)) = parts.header.get("jwk") else {
        return Err(BadToken::UnknownKey);
    };
    let jwk = Jwk::parse(members).map_err(|_| BadToken::UnknownKey)?;
    let key = VerifyingKey::new(&jwk, algorithm).map_err(|_| BadToken::Algorithm)?;
    if !key.accepts(parts.signed.as_bytes(), &parts.signature) {
        return Err(BadToken::Signature);
    }
    Ok((parts.verified()?, jwk))
}

/// A claim of a token that nobody has verified: to look up whose keys should verify it, for nothing else.
pub(crate) fn claimed_string(token: &str, name: &'static str) -> Option<String> {
    let parts = Parts::read(token).ok()?;
    let claims = Claims::new(object(&parts.payload).ok()?);
    claims.string(name).ok().flatten().map(str::to_owned)
}

/// A token taken apart. Nothing in it is believed.
struct Parts<'a> {
    signed: &'a str,
    header: Map<String, Value>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn read(token: &'a str) -> Result<Self, BadToken> {
        if token.len() > LONGEST {
            return Err(BadToken::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(BadToken::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(BadToken::Malformed)?;
        let decode = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| BadToken::Malformed)
        };
        Ok(Self {
            signed,
            header: object(&decode(header)?).map_err(|_| BadToken::Malformed)?,
            payload: decode(payload)?,
            signature: decode(signature)?,
        })
    }

    /// What no token may say, whoever signed it.
    fn check_header(&self, typ: Typ, maker: Maker) -> Result<(), BadToken> {
        // `b64` without `crit` would change what is signed (RFC 7797 §6); the others name a key.
        for refused in ["crit", "jku", "x5u", "x5c", "b64", "zip", "enc"] {
            if self.header.contains_key(refused) {
                return Err(BadToken::Header(refused));
            }
        }
        if typ.fits(self.text("typ")?, maker) {
            Ok(())
        } else {
            Err(BadToken::Typ)
        }
    }

    fn text(&self, name: &str) -> Result<Option<&str>, BadToken> {
        match self.header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(BadToken::Malformed),
        }
    }

    fn verified(self) -> Result<Verified, BadToken> {
        let kid = self.text("kid")?.map(str::to_owned);
        let claims = object(&self.payload).map_err(|_| BadToken::Malformed)?;
        Ok(Verified {
            claims: Claims::new(claims),
            kid,
        })
    }
}

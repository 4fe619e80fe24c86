//! Secrets that people and programs carry, and the digests by which the hub knows them. The clear
//! text exists only in a [`Token`] on its way out or in; what is stored is a [`Digest`], which is
//! useless to whoever reads the database (KEY-04, KEY-08).

use std::fmt;
use std::marker::PhantomData;

pub use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::random::Random;

/// What a token is for. Each kind has its own key space: the digest covers the kind's name, so that
/// a token presented as another kind is never found (CAS-05).
pub trait Kind: 'static {
    /// Name of the key space, fixed for ever: it is part of every stored digest.
    const NAME: &'static str;
    /// What the text starts with (CAS protocol §3: `ST-`, `PGT-`, …), empty for none.
    const PREFIX: &'static str;
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $prefix:literal;)*) => {
        $($(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $kind {}
        impl Kind for $kind {
            const NAME: &'static str = $name;
            const PREFIX: &'static str = $prefix;
        })*
        /// Names of all key spaces, for the cross-matrix test of CAS-05.
        pub const KINDS: &[&str] = &[$($name),*];
    };
}

kinds! {
    /// A browser's signed-in session: the value of the session cookie.
    SessionKind = "session", "";
    /// A login in progress: travels in the page's address and forms.
    LoginKind = "login", "";
    /// A second factor that is being set up: travels in the form of that page.
    FactorSetupKind = "factor-setup", "";
    /// The browser that started a login: travels in a cookie only (SES-03).
    BrowserKind = "browser", "";
    /// A device on which this account has signed in before (PWD-03).
    DeviceKind = "device", "";
    /// CAS service ticket (CAS protocol §3.1).
    ServiceTicketKind = "cas-st", "ST-";
    /// CAS proxy ticket (CAS protocol §3.2).
    ProxyTicketKind = "cas-pt", "PT-";
    /// CAS proxy-granting ticket (CAS protocol §3.3).
    ProxyGrantingKind = "cas-pgt", "PGT-";
    /// CAS proxy-granting ticket IOU (CAS protocol §3.4): handed out twice, never stored.
    ProxyGrantingIouKind = "cas-pgtiou", "PGTIOU-";
    /// A service that a session has opened; found by the spent ticket that opened it.
    ParticipationKind = "participation", "";
    /// OAuth authorization code (RFC 6749 §4.1.2).
    AuthorizationCodeKind = "oidc-code", "";
    /// Device code (RFC 8628 §3.2): what the device asks with. What people type is another text.
    DeviceCodeKind = "oidc-device", "";
    /// Registration access token (RFC 7592 §1.2): a client reads and changes its own registration.
    RegistrationKind = "oidc-registration", "";
    /// Initial access token (RFC 7591 §1.2): an invitation to register a client.
    InvitationKind = "oidc-invitation", "";
    /// A pushed authorization request (RFC 9126 §2.2): the end of its `request_uri`.
    PushedRequestKind = "oidc-par", "";
    /// An authorization request that was accepted and waits for its person (OIDC-06).
    StartedKind = "oidc-started", "";
    /// A consent page that waits for its answer (OIDC-18).
    ConsentKind = "oidc-consent", "";
    /// A client assertion that was used (RFC 7523 §3): the digest of its `jti`.
    AssertionKind = "oidc-assertion", "";
    /// A DPoP proof that was used (RFC 9449 §11.1): the digest of its `jti`.
    DpopProofKind = "oidc-dpop", "";
    /// What a browser still has to tell services about a logout (Front-Channel Logout 1.0).
    FrontChannelKind = "oidc-frontchannel", "";
    /// A SAML request that came in a form, before its browser has shown its cookies.
    SamlArrivedKind = "saml-arrived", "";
    /// A SAML request that was accepted and waits for its person.
    SamlStartedKind = "saml-started", "";
    /// A SAML request that was used (SAML-05): the digest of its sender and identifier.
    SamlRequestKind = "saml-request", "";
    /// A SAML answer that waits to be fetched (SAML Bindings §3.6): the digest of the artifact's handle.
    SamlArtifactKind = "saml-artifact", "";
    /// A logout that a SAML service asked for and is to be answered.
    SamlLogoutKind = "saml-logout", "";
    /// Where a service's part in a session is, by the service's name for the person.
    SamlNamedKind = "saml-named", "";
    /// A logout request of ours that a service is to answer through the browser.
    SamlToldKind = "saml-told", "";
    /// A login that has gone to an upstream and is to come back (FED-06): `state`, `RelayState`.
    UpstreamStateKind = "upstream-state", "";
    /// An upstream's answer that came in a form, before its browser has shown its cookies (SES-04).
    UpstreamArrivedKind = "upstream-arrived", "";
    /// What an upstream has said and must not say again (SAML-05): the digest of its name and identifier.
    UpstreamOnceKind = "upstream-once", "";
    /// The session that an upstream's name for it leads to.
    UpstreamNamedKind = "upstream-named", "";
    /// A session that is over here and is to end at its upstream: named by the logout.
    UpstreamLeftKind = "upstream-left", "";
    /// A logout of ours that has gone to an upstream and is to come back.
    UpstreamLogoutKind = "upstream-logout", "";
    /// A logout that an upstream asked for through the browser and that is to be answered.
    UpstreamAskedKind = "upstream-asked", "";
    /// A client secret that the hub made (RFC 7591 §3.2.1).
    RegistrationSecretKind = "oidc-secret", "";
}

/// 32 random bytes as 43 characters of `A-Z a-z 0-9 -` behind the kind's prefix: 254 bits or more
/// (CAS-04 and CAS protocol §3.7 allow letters, digits and the hyphen only).
pub struct Token<K: Kind> {
    text: SecretString,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Token<K> {
    /// A new token.
    pub fn mint(random: &dyn Random) -> Self {
        const ALPHABET: &[u8; 62] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let mut text = String::with_capacity(K::PREFIX.len() + 43);
        text.push_str(K::PREFIX);
        while text.len() < K::PREFIX.len() + 43 {
            for byte in random.bytes::<64>() {
                // 248 = 4 × 62: the bytes above would favour the first letters.
                if byte < 248 && text.len() < K::PREFIX.len() + 43 {
                    let index = usize::from(byte) % ALPHABET.len();
                    text.extend(ALPHABET.get(index).copied().map(char::from));
                }
            }
        }
        Self::wrap(text)
    }

    /// Reads what somebody presents. `None` when it cannot be a token of this kind: wrong prefix,
    /// length or characters; nothing is looked up for such text.
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix(K::PREFIX)?;
        let plausible = body.len() == 43 && body.bytes().all(|byte| byte.is_ascii_alphanumeric());
        plausible.then(|| Self::wrap(text.to_owned()))
    }

    /// The clear text, for the one answer that carries it.
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// What is stored in its place.
    pub fn digest(&self) -> Digest {
        Digest::of(K::NAME, self.expose())
    }

    fn wrap(text: String) -> Self {
        Self {
            text: SecretString::from(text),
            kind: PhantomData,
        }
    }
}

impl<K: Kind> Clone for Token<K> {
    fn clone(&self) -> Self {
        Self {
            text: self.text.clone(),
            kind: PhantomData,
        }
    }
}

impl<K: Kind> fmt::Debug for Token<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({}, redacted)", K::NAME)
    }
}

/// SHA-256 over a key space's name and a secret. Two kinds never share a digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `secret` in the key space `space`.
    pub fn of(space: &str, secret: &str) -> Self {
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        context.update(space.as_bytes());
        context.update(&[0]);
        context.update(secret.as_bytes());
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
            *to = *from;
        }
        Self(bytes)
    }

    /// A digest read back from storage.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// First 8 hexadecimal digits: enough to follow one item through the logs, too little to be it.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = hex::decode(text).map_err(|_| "a digest is hexadecimal")?;
        Self::from_slice(&bytes).ok_or("a digest has 32 bytes")
    }
}

/// Keyed digest (HMAC-SHA-256, hexadecimal, 32 characters) of something that must be recognised
/// later but not read: a login typed by a stranger, a value in a log (LOG-02).
pub fn keyed_digest(key: &[u8], space: &str, text: &str) -> String {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
    let mut context = aws_lc_rs::hmac::Context::with_key(&key);
    context.update(space.as_bytes());
    context.update(&[0]);
    context.update(text.as_bytes());
    let tag = hex::encode(context.sign());
    tag.chars().take(32).collect()
}

/// Equality of two secrets in time that does not depend on where they differ (KEY-04).
pub fn same_secret(left: &str, right: &str) -> bool {
    use subtle::ConstantTimeEq;
    left.as_bytes().ct_eq(right.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededForTests;

    #[test]
    fn cas_04_tickets_have_128_bits_or_more_of_the_allowed_characters() {
        let ticket = Token::<ServiceTicketKind>::mint(&SeededForTests::new(7));
        let body = ticket.expose().strip_prefix("ST-").expect("prefix");
        assert_eq!(body.len(), 43);
        assert!(body.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let other = Token::<ServiceTicketKind>::mint(&SeededForTests::new(99));
        assert_ne!(other.expose(), ticket.expose());
    }

    #[test]
    fn cas_05_kinds_never_share_a_key_space() {
        let names: std::collections::BTreeSet<_> = KINDS.iter().collect();
        assert_eq!(names.len(), KINDS.len());
        let session = Token::<SessionKind>::mint(&SeededForTests::new(7));
        let as_login = Token::<LoginKind>::parse(session.expose()).expect("same alphabet");
        assert_ne!(session.digest(), as_login.digest());
        assert!(Token::<ServiceTicketKind>::parse(session.expose()).is_none());
    }

    #[test]
    fn key_08_debug_shows_nothing() {
        let token = Token::<SessionKind>::mint(&SeededForTests::new(7));
        assert_eq!(format!("{token:?}"), "Token(session, redacted)");
    }

    #[test]
    fn digests_survive_text() {
        let digest = Digest::of("a", "b");
        let text = String::from(digest);
        assert_eq!(Digest::try_from(text).expect("hexadecimal"), digest);
    }
}

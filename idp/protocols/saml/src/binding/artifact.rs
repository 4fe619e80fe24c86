//! Artifacts (SAML Bindings §3.6.4): a name for a message that its receiver fetches. Single use, and bound to
//! the receiver, by whoever keeps the message.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clau_domain::random::Random;

/// The type that everybody speaks: SHA-1 of the issuer's name, and a handle (§3.6.4.2). The digest finds the
/// issuer among known ones and proves nothing.
const TYPE: [u8; 2] = [0, 4];

/// An artifact of type 4.
#[derive(Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Which of the issuer's resolution services keeps the message.
    pub endpoint: u16,
    source: [u8; 20],
    handle: [u8; 20],
}

impl Artifact {
    /// A new one of an issuer.
    pub fn mint(issuer: &str, endpoint: u16, random: &dyn Random) -> Self {
        Self {
            endpoint,
            source: source(issuer),
            handle: random.bytes(),
        }
    }

    /// Reads the text of one; none for what is no artifact of type 4.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        let rest = bytes.strip_prefix(&TYPE)?;
        let (endpoint, rest) = rest.split_first_chunk::<2>()?;
        let (source, handle) = rest.split_first_chunk::<20>()?;
        Some(Self {
            endpoint: u16::from_be_bytes(*endpoint),
            source: *source,
            handle: handle.try_into().ok()?,
        })
    }

    /// As it travels.
    pub fn text(&self) -> String {
        let mut bytes = TYPE.to_vec();
        bytes.extend(self.endpoint.to_be_bytes());
        bytes.extend(self.source);
        bytes.extend(self.handle);
        STANDARD.encode(bytes)
    }

    /// Whether an issuer has made it.
    pub fn is_of(&self, issuer: &str) -> bool {
        self.source == source(issuer)
    }

    /// The handle, in hexadecimal: what whoever keeps the message takes a digest of.
    pub fn handle(&self) -> String {
        self.handle
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// Without the handle: whoever has it has the message.
impl std::fmt::Debug for Artifact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Artifact({}, redacted)", self.endpoint)
    }
}

fn source(issuer: &str) -> [u8; 20] {
    let mut bytes = [0; 20];
    let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, issuer.as_bytes());
    for (to, from) in bytes.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    bytes
}

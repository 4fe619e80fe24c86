//! The hub's own keys: one master key from the configuration, and one key for each purpose derived
//! from it (KEY-01). Never hands out key material: it seals, opens and digests.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clau_domain::ids::PersonId;
use clau_domain::random::Random;
use clau_domain::secret::{Digest, keyed_digest};
use clau_storage::Database;
use clau_storage::accounts::SealedCode;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::{Cx, Hub};

/// The one secret of a deployment, 32 bytes: the same on every node, kept apart from the database.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// Reads the 64 hexadecimal digits of a configuration or key file.
    ///
    /// # Errors
    /// [`Error::Config`] when the text is something else; the text itself is not repeated.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Config("the master key must be 64 hexadecimal digits".to_owned());
        let text = text.trim();
        let mut bytes = Zeroizing::new([0; 32]);
        if text.len() != 64 || !text.is_ascii() {
            return Err(wrong());
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(2 * index..2 * index + 2).ok_or_else(wrong)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }

    /// A new key as text, for a key file.
    pub fn generate(random: &dyn Random) -> Zeroizing<String> {
        let bytes = Zeroizing::new(random.bytes::<32>());
        Zeroizing::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(redacted)")
    }
}

/// Keys by purpose.
pub struct Keys {
    /// Seals activation codes in the database.
    codes: LessSafeKey,
    /// Seals the state of a login that nobody has proven anything in yet.
    logins: LessSafeKey,
    /// Recognises activation codes.
    code_digest: Zeroizing<[u8; 32]>,
    /// Names people and logins in logs and counters.
    log_digest: Zeroizing<[u8; 32]>,
    /// Derives pseudonyms. The one key that must never change.
    pairwise: Zeroizing<[u8; 32]>,
    /// Authenticates forms.
    forms: Zeroizing<[u8; 32]>,
    /// Seals private signing keys in the database (KEY-03).
    signing_keys: LessSafeKey,
    /// Seals client secrets that must be read again, for `client_secret_jwt`.
    client_secrets: LessSafeKey,
    /// Makes access tokens that only the hub reads.
    access_tokens: LessSafeKey,
    /// Makes refresh tokens.
    refresh_tokens: LessSafeKey,
    /// Seals what the hub proves itself with to upstreams.
    connector_secrets: LessSafeKey,
    /// Seals the secrets of second factors (MFA-07).
    factors: LessSafeKey,
    /// Tells what is stored of a recovery code.
    recovery_digest: Zeroizing<[u8; 32]>,
    /// Names sessions to clients (`sid`).
    sessions: Zeroizing<[u8; 32]>,
    /// Tells two master keys apart without telling them.
    fingerprint: String,
}

/// What is sealed, each with a key of its own (KEY-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sealed {
    /// A private signing key.
    SigningKey,
    /// A client's secret.
    ClientSecret,
    /// What an access token stands for.
    AccessToken,
    /// What a refresh token stands for.
    RefreshToken,
    /// A connector's secret.
    ConnectorSecret,
    /// The secret of a second factor.
    Factor,
}

/// Letters and digits that nobody mistakes on paper: no I, L, O, U.
const CODE_ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of an activation code: 12 of 5 bits, 60 bits, behind the throttle of every login
/// (PWD-10).
const CODE_LENGTH: usize = 12;
/// Characters of a recovery code: 80 bits (MFA-09).
const RECOVERY_LENGTH: usize = 16;

impl Keys {
    /// Derives every key.
    pub fn derive(master: &MasterKey) -> Self {
        let prk = Salt::new(HKDF_SHA256, b"clau keys v1").extract(master.0.as_ref());
        Self {
            codes: aead(&prk, "seal activation codes"),
            logins: aead(&prk, "seal login starts"),
            code_digest: key(&prk, "digest activation codes"),
            log_digest: key(&prk, "digest logs and counters"),
            pairwise: key(&prk, "pairwise identifiers"),
            forms: key(&prk, "authenticate forms"),
            signing_keys: aead(&prk, "seal signing keys"),
            client_secrets: aead(&prk, "seal client secrets"),
            access_tokens: aead(&prk, "make access tokens"),
            refresh_tokens: aead(&prk, "make refresh tokens"),
            connector_secrets: aead(&prk, "seal connector secrets"),
            factors: aead(&prk, "seal second factors"),
            recovery_digest: key(&prk, "digest recovery codes"),
            sessions: key(&prk, "name sessions to clients"),
            fingerprint: keyed_digest(key(&prk, "fingerprint").as_ref(), "fingerprint", ""),
        }
    }

    /// Refuses a master key that is not the one that this database was first used with (KEY-07).
    ///
    /// # Errors
    /// [`Error::Config`] when it is another one.
    pub async fn confirm(&self, database: &Database) -> Result<(), Error> {
        let known = clau_storage::settings::insert_if_absent(
            database,
            "key_fingerprint",
            &self.fingerprint,
        )
        .await?;
        if known == self.fingerprint {
            return Ok(());
        }
        Err(Error::Config(format!(
            "the master key is not the one that this database was used with: the database expects \
             the key with fingerprint {}, this one has {}. Every node must have the same key; after \
             a restore, restore the key file as well",
            short(&known),
            short(&self.fingerprint)
        )))
    }

    /// A new activation code, ready to be stored and, by [`Keys::open_code`], to be printed.
    pub fn new_code(&self, cx: &Cx<'_>, person: PersonId, life: std::time::Duration) -> SealedCode {
        let code = code_of(cx.random, CODE_LENGTH);
        SealedCode {
            digest: self.digest_code(person, &code),
            sealed: seal(&self.codes, cx.random, &person.to_string(), code.as_bytes()),
            until: cx.now + life,
        }
    }

    /// The code behind a sealed one, in groups of four as it is printed; `None` when it was sealed
    /// for somebody else or by another key.
    pub fn open_code(&self, person: PersonId, sealed: &[u8]) -> Option<String> {
        let code = open(&self.codes, &person.to_string(), sealed)?;
        String::from_utf8(code).ok().map(|code| in_groups(&code))
    }

    /// A new recovery code, as it is printed. Only [`Keys::digest_recovery`] of it is ever stored.
    pub(crate) fn new_recovery_code(&self, random: &dyn Random) -> String {
        in_groups(&code_of(random, RECOVERY_LENGTH))
    }

    /// What is stored of a recovery code, read as [`Keys::digest_code`] reads: of this person alone.
    pub(crate) fn digest_recovery(&self, person: PersonId, typed: &str) -> Digest {
        let key = self.recovery_digest.as_ref();
        let tag = keyed_digest(key, &person.to_string(), &as_read(typed));
        Digest::of("recovery-code", &tag)
    }

    /// What is stored of an activation code.
    pub fn digest_code(&self, person: PersonId, typed: &str) -> Digest {
        let key = self.code_digest.as_ref();
        let tag = keyed_digest(key, &person.to_string(), &as_read(typed));
        Digest::of("activation-code", &tag)
    }

    /// The pseudonym of a person in a sector, as [`Hub::pseudonym`] gives it out: the same for ever, in
    /// no other sector, and another one each time that it was `renewed`.
    pub(crate) fn pairwise(&self, person: PersonId, sector: &str, renewed: u32) -> String {
        let text = match renewed {
            0 => person.to_string(),
            // An id has no such sign in it: no other person's text is the same.
            times => format!("{person}#{times}"),
        };
        keyed_digest(self.pairwise.as_ref(), sector, &text)
    }

    /// How a client is told of a session (`sid`): another name for each client.
    pub(crate) fn session_name(&self, session: &Digest, client: &str) -> String {
        keyed_digest(self.sessions.as_ref(), client, &session.to_string())
    }

    /// How a login, an address or a person is called in logs and counters (LOG-02).
    pub fn alias(&self, space: &str, text: &str) -> String {
        keyed_digest(self.log_digest.as_ref(), space, text)
            .chars()
            .take(16)
            .collect()
    }

    /// The same at its full length, for others to see: a name that means nothing to them.
    pub(crate) fn alias_long(&self, space: &str, text: &str) -> String {
        keyed_digest(self.sessions.as_ref(), space, text)
    }

    /// Seals a login that has proven nothing yet, so that its page costs no write.
    pub(crate) fn seal_login(&self, random: &dyn Random, state: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(seal(&self.logins, random, "login", state))
    }

    /// Opens what [`Keys::seal_login`] sealed.
    pub(crate) fn open_login(&self, text: &str) -> Option<Vec<u8>> {
        open(&self.logins, "login", &URL_SAFE_NO_PAD.decode(text).ok()?)
    }

    /// Seals what one purpose alone opens again; `about` is authenticated with it.
    pub(crate) fn seal(
        &self,
        purpose: Sealed,
        random: &dyn Random,
        about: &str,
        clear: &[u8],
    ) -> Vec<u8> {
        seal(self.purpose(purpose), random, about, clear)
    }

    /// Opens what [`Keys::seal`] sealed for the same purpose and about the same thing.
    pub(crate) fn unseal(
        &self,
        purpose: Sealed,
        about: &str,
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        open(self.purpose(purpose), about, sealed).map(Zeroizing::new)
    }

    fn purpose(&self, purpose: Sealed) -> &LessSafeKey {
        match purpose {
            Sealed::SigningKey => &self.signing_keys,
            Sealed::ClientSecret => &self.client_secrets,
            Sealed::AccessToken => &self.access_tokens,
            Sealed::RefreshToken => &self.refresh_tokens,
            Sealed::ConnectorSecret => &self.connector_secrets,
            Sealed::Factor => &self.factors,
        }
    }

    fn form(&self, binding: &str) -> String {
        keyed_digest(self.forms.as_ref(), "form", binding)
    }
}

impl Hub {
    /// The token that a form of this browser carries (SES-09): bound to a cookie's value, the
    /// session's or the browser's, and worth nothing with another.
    pub fn form_token(&self, cookie: &str) -> String {
        self.keys().form(cookie)
    }

    /// Whether a form's token belongs to the cookie that came with it.
    pub fn form_token_holds(&self, cookie: &str, token: &str) -> bool {
        clau_domain::secret::same_secret(&self.keys().form(cookie), token)
    }
}

fn short(fingerprint: &str) -> String {
    fingerprint.chars().take(8).collect()
}

/// A code of so many characters, each of 5 bits.
fn code_of(random: &dyn Random, length: usize) -> String {
    let letter = |_| {
        let index = usize::try_from(random.below(32)).ok()?;
        CODE_ALPHABET.get(index).copied().map(char::from)
    };
    (0..length).filter_map(letter).collect()
}

/// A code as it is printed, in groups of four.
fn in_groups(code: &str) -> String {
    let group = |start: usize| code.get(start..(start + 4).min(code.len()));
    let groups: Vec<&str> = (0..code.len()).step_by(4).filter_map(group).collect();
    groups.join("-")
}

/// A code as it was typed. Case, hyphens and spaces are forgiven, and the letters that look like digits are read as
/// them.
fn as_read(typed: &str) -> String {
    let letters = typed.chars().filter(char::is_ascii_alphanumeric).take(64);
    letters
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn key(prk: &Prk, purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    let filled = prk
        .expand(&[purpose.as_bytes()], Length(32))
        .and_then(|okm| okm.fill(bytes.as_mut()));
    // HKDF gives up to 255 × 32 bytes; 32 never fail.
    debug_assert!(filled.is_ok());
    bytes
}

fn aead(prk: &Prk, purpose: &str) -> LessSafeKey {
    let bytes = key(prk, purpose);
    #[expect(
        clippy::expect_used,
        reason = "the key has the length that the algorithm asks for"
    )]
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, bytes.as_ref()).expect("32 bytes"))
}

/// AES-256-GCM with a random nonce in front; `purpose` is authenticated, not stored.
fn seal(key: &LessSafeKey, random: &dyn Random, purpose: &str, clear: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_LEN] = random.bytes();
    let mut sealed = nonce.to_vec();
    let mut body = clear.to_vec();
    let aad = Aad::from(purpose.as_bytes());
    let done = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut body);
    // Fails only past 64 GiB; an empty result opens as nothing.
    if done.is_err() {
        return Vec::new();
    }
    sealed.append(&mut body);
    sealed
}

fn open(key: &LessSafeKey, purpose: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut body = body.to_vec();
    let clear = key
        .open_in_place(nonce, Aad::from(purpose.as_bytes()), &mut body)
        .ok()?;
    Some(clear.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Client;
    use clau_domain::random::SeededForTests;
    use clau_domain::time::Timestamp;
    use std::time::Duration;

    fn keys(digit: &str) -> Keys {
        Keys::derive(&MasterKey::parse(&digit.repeat(64)).expect("hexadecimal"))
    }

    #[test]
    fn pwd_10_codes_are_found_again_however_they_are_typed() {
        let random = SeededForTests::new(1);
        let now = Timestamp::from_millis(0);
        let cx = Cx {
            now,
            random: &random,
            client: Client::operator(),
            reference: String::new(),
        };
        let keys = keys("a");
        let person = PersonId::mint(now, &random);
        let code = keys.new_code(&cx, person, Duration::from_secs(60));
        let printed = keys.open_code(person, &code.sealed).expect("ours");
        assert_eq!(printed.len(), 14);
        for typed in [
            printed.clone(),
            printed.to_lowercase(),
            printed.replace('-', " "),
            printed.replace('0', "o"),
        ] {
            assert_eq!(keys.digest_code(person, &typed), code.digest, "{typed}");
        }
        let other = PersonId::mint(now, &random);
        assert_ne!(keys.digest_code(other, &printed), code.digest);
        assert_eq!(keys.open_code(other, &code.sealed), None);
    }

    #[test]
    fn key_01_purposes_and_masters_do_not_mix() {
        let random = SeededForTests::new(2);
        let (a, b) = (keys("a"), keys("b"));
        let sealed = a.seal_login(&random, b"state");
        assert_eq!(a.open_login(&sealed).as_deref(), Some(&b"state"[..]));
        assert_eq!(b.open_login(&sealed), None);
        assert_eq!(a.open_login(&format!("{sealed}AA")), None);
        let person = PersonId::mint(Timestamp::from_millis(0), &random);
        let pronote = |keys: &Keys| keys.pairwise(person, "pronote", 0);
        assert_eq!(pronote(&a), pronote(&a));
        assert_ne!(pronote(&a), a.pairwise(person, "moodle", 0));
        assert_ne!(pronote(&a), pronote(&b));
    }

    #[test]
    fn pseudonyms_survive_upgrades_and_each_renewal_gives_another() {
        let keys = keys("a");
        let person: PersonId = "0197f2a4-7c00-7000-8000-000000000001".parse().expect("id");
        // As the first release gave them out: whatever changes here, services lose everybody they know.
        assert_eq!(
            keys.pairwise(person, "pronote", 0),
            "72ca7082adfe4a3ad625bccf8ccfc458"
        );
        assert_eq!(
            keys.pairwise(person, "//example.fr", 0),
            "d088f0c703f7f2c0e96ba23dbc79defa"
        );
        let many: std::collections::BTreeSet<String> = (0..100)
            .map(|times| keys.pairwise(person, "pronote", times))
            .collect();
        assert_eq!(many.len(), 100);
        assert!(many.iter().all(|one| one.len() == 32));
    }

    #[test]
    fn key_08_master_keys_are_not_shown() {
        assert!(MasterKey::parse("short").is_err());
        let text = MasterKey::generate(&SeededForTests::new(3));
        let key = MasterKey::parse(&text).expect("generated");
        assert!(!format!("{key:?}").contains(&text[..8]));
    }
}

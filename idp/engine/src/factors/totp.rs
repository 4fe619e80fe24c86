//! One secret of an application that counts time (RFC 6238): SHA-1, six digits, half a minute, as every application
//! knows it without being told. Owns what a code is worth at a moment; that it is worth it once is the store's
//! affair.

use clau_domain::random::Random;
use clau_domain::time::Timestamp;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use crate::error::Error;

/// Bytes of a secret (RFC 4226 §4, R6: 160 bits).
const BYTES: usize = 20;

/// A secret in clear. Without a debug text.
pub(super) struct Secret(Zeroizing<[u8; BYTES]>);

impl Secret {
    /// A new one.
    pub(super) fn mint(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; BYTES]);
        random.fill(bytes.as_mut());
        Self(bytes)
    }

    /// One that was stored; none where it was no secret.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; BYTES] = bytes.try_into().ok()?;
        Some(Self(Zeroizing::new(bytes)))
    }

    /// The bytes, to be sealed.
    pub(super) fn expose(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// The step of time that a code belongs to, if that is this one, the one before or the next: clocks differ, and
    /// people type slowly (RFC 6238 §5.2). Spaces are forgiven.
    pub(super) fn accepts(&self, typed: &str, now: Timestamp) -> Option<i64> {
        let code: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
        // Six ASCII digits and nothing else, before a library reads it.
        if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let seconds = u64::try_from(now.as_millis() / 1000).ok()?;
        let step = self.totp("", "").ok()?.check(&code, seconds)?;
        i64::try_from(step).ok()
    }

    /// What an application reads from a picture.
    pub(super) fn uri(&self, issuer: &str, account: &str) -> Result<String, Error> {
        self.totp(issuer, account)?
            .to_url()
            .map_err(|error| Error::Defect(error.to_string()))
    }

    /// For those who type it: base32 in groups of four.
    pub(super) fn in_groups(&self) -> String {
        let secret = totp_rs::Secret::new_stack(*self.0);
        let text = Zeroizing::new(secret.to_base32());
        let letters: Vec<char> = text.chars().collect();
        let groups: Vec<String> = letters
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        groups.join(" ")
    }

    /// A colon would be read as the end of the issuer.
    fn totp(&self, issuer: &str, account: &str) -> Result<Totp, Error> {
        let plain = |text: &str| text.replace(':', " ");
        Builder::new()
            .with_secret(totp_rs::Secret::new_stack(*self.0))
            .with_issuer(Some(plain(issuer)))
            .with_account_name(plain(account))
            .build()
            .map_err(|error| Error::Defect(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the secret of the SHA-1 rows, and the last six of its eight digits.
    #[test]
    fn mfa_07_codes_are_those_of_the_specification() {
        let secret = Secret::read(b"12345678901234567890").unwrap();
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let now = Timestamp::from_millis(seconds * 1000);
            assert_eq!(secret.accepts(code, now), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn mfa_07_a_code_is_good_for_three_steps_and_no_longer() {
        let secret = Secret::read(b"12345678901234567890").unwrap();
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        // Of step 1, which begins at 30 s.
        for (seconds, good) in [
            (0, true),
            (30, true),
            (89, true),
            (90, false),
            (3600, false),
        ] {
            let step = secret.accepts("287 082", at(seconds));
            assert_eq!(step, good.then_some(1), "{seconds}");
        }
        for wrong in [
            "",
            "28708",
            "2870822",
            "28708a",
            "２８７０８２",
            "-87082",
            "+87082",
        ] {
            assert_eq!(secret.accepts(wrong, at(30)), None, "{wrong}");
        }
    }

    #[test]
    fn applications_are_told_whose_it_is_and_nothing_is_torn_by_a_colon() {
        let secret = Secret::read(b"12345678901234567890").unwrap();
        let uri = secret.uri("Région : l’ENT", "lea.martin").unwrap();
        assert!(uri.starts_with("otpauth://totp/"), "{uri}");
        assert!(
            uri.contains("secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"),
            "{uri}"
        );
        assert!(
            uri.contains("issuer=") && uri.contains("lea.martin"),
            "{uri}"
        );
        assert_eq!(
            secret.in_groups(),
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
        );
        assert!(Secret::read(b"short").is_none());
    }
}

//! What a new password must be: long enough and not one that an attacker tries first. Length and a
//! block-list, no composition rules (NIST SP 800-63B-4 §3.1.1.2, CNIL deliberation 2022-100). Never
//! hashes and never stores.

mod obvious;
pub mod refused;
#[cfg(test)]
mod tests;

use unicode_normalization::UnicodeNormalization;

use crate::names::fold;
use crate::secret::{ExposeSecret, SecretString};

pub use refused::Refused;

/// Longest password accepted, in bytes after normalisation.
pub const LONGEST_BYTES: usize = 1024;

/// A password in the one form in which it is hashed and compared: NFC. Has no `Debug` text.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// What is wrong with a new password, for the person who chose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer characters than `at_least`.
    TooShort {
        /// Fewest characters allowed.
        at_least: usize,
    },
    /// More than [`LONGEST_BYTES`].
    TooLong,
    /// One that others have used and lost, a word with digits around it, a run or a walk over the keyboard, a date.
    Common,
    /// Made of the person's own name, login, class, school or town.
    Personal,
}

impl Password {
    /// A password as typed, to be compared with the stored hash. `None` past [`LONGEST_BYTES`] and
    /// when empty: neither is worth a hash.
    pub fn typed(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 4 * LONGEST_BYTES {
            return None;
        }
        let normal: String = text.nfc().collect();
        (normal.len() <= LONGEST_BYTES).then(|| Self(SecretString::from(normal)))
    }

    /// A password that somebody chooses. `at_least` is in characters; `personal` are words that it
    /// must not be made of (names, login, class, school, town); `refused` are those of everybody.
    ///
    /// # Errors
    /// The first weakness found.
    pub fn choose(
        text: &str,
        at_least: usize,
        personal: &[&str],
        refused: &Refused,
    ) -> Result<Self, Weakness> {
        let password = Self::typed(text).ok_or(if text.is_empty() {
            Weakness::TooShort { at_least }
        } else {
            Weakness::TooLong
        })?;
        let clear = password.0.expose_secret();
        if clear.chars().count() < at_least {
            return Err(Weakness::TooShort { at_least });
        }
        let folded = fold(clear);
        // First: that it is their own name says more than that others have it, too.
        if obvious::is_personal(&folded, personal, |word| refused.contains(word)) {
            return Err(Weakness::Personal);
        }
        let obvious = obvious::is_monotonous(&folded)
            || obvious::is_a_number(&folded)
            || obvious::is_a_walk(&folded);
        if obvious
            || refused.contains(clear)
            || obvious::forms(&folded)
                .iter()
                .any(|form| refused.contains(form))
        {
            return Err(Weakness::Common);
        }
        Ok(password)
    }

    /// The clear text, for the hash alone.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Fewest characters by population (PWD-02): staff hold other people's data.
pub const fn shortest(staff: bool) -> usize {
    if staff { 12 } else { 8 }
}

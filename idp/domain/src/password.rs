//! What a new password must be: long enough and not one that an attacker tries first. Length and a
//! block-list, no composition rules (NIST SP 800-63B-4 §3.1.1.2, CNIL deliberation 2022-100). Never
//! hashes and never stores.

use unicode_normalization::UnicodeNormalization;

use crate::names::fold;
use crate::secret::{ExposeSecret, SecretString};

/// Longest password accepted, in bytes after normalisation.
pub const LONGEST_BYTES: usize = 1024;

/// Common passwords and words without their digits, folded, one a line: French and English ones,
/// keyboard walks, clubs, heroes, school words.
const COMMON: &str = include_str!("password/common.txt");

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
    /// Common, or made of one character or a run of neighbours.
    Common,
    /// Made of the person's own name, login or school.
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
    /// must not be made of (names, login, school).
    ///
    /// # Errors
    /// The first weakness found.
    pub fn choose(text: &str, at_least: usize, personal: &[&str]) -> Result<Self, Weakness> {
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
        if is_monotonous(&folded) || is_common(&folded) {
            return Err(Weakness::Common);
        }
        if is_personal(&folded, personal) {
            return Err(Weakness::Personal);
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

/// The word inside a decorated one: `M0tdepasse2026!` is `motdepasse`.
fn core(folded: &str) -> String {
    let undressed: String = folded
        .trim_matches(|c: char| !c.is_alphabetic() && c != '@' && c != '$')
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            '7' => 't',
            other => other,
        })
        .collect();
    undressed.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn is_common(folded: &str) -> bool {
    let core = core(folded);
    let halved = core
        .get(..core.len() / 2)
        .filter(|half| half.repeat(2) == core);
    COMMON
        .lines()
        .any(|word| !word.is_empty() && (word == folded || word == core || halved == Some(word)))
}

/// One character over and over, two taking turns, or a run up or down: `aaaaaaaa`, `12345678`.
fn is_monotonous(folded: &str) -> bool {
    let codes: Vec<i64> = folded.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps: std::collections::BTreeSet<i64> = codes
        .windows(2)
        .filter_map(|pair| Some(pair.last()? - pair.first()?))
        .collect();
    let distinct: std::collections::BTreeSet<i64> = codes.iter().copied().collect();
    // `1234567890` turns once from 9 to 0.
    let run = steps.iter().all(|step| matches!(step, 1 | -1 | 9 | -9));
    distinct.len() <= 2 || run
}

/// Nothing much is left when the person's own words are taken out.
fn is_personal(folded: &str, personal: &[&str]) -> bool {
    let mut rest = folded.to_owned();
    let mut taken = false;
    for word in personal.iter().flat_map(|words| {
        fold(words)
            .split(separator)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    }) {
        if word.chars().count() >= 3 && rest.contains(&word) {
            rest = rest.replace(&word, "");
            taken = true;
        }
    }
    taken && rest.chars().filter(|c| c.is_alphabetic()).count() < 4
}

fn separator(c: char) -> bool {
    !c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pwd_02_length_and_block_list_without_composition_rules() {
        for good in [
            "le petit chat boit du lait",
            "trottinette verte",
            "Zv8kPq2wLm4r",
            "☃☃ montagne bleue ☃☃",
        ] {
            assert!(
                Password::choose(good, 12, &["Élodie Roux"]).is_ok(),
                "{good}"
            );
        }
        for (bad, expected) in [
            ("", Weakness::TooShort { at_least: 8 }),
            ("courte", Weakness::TooShort { at_least: 8 }),
            ("Azertyuiop", Weakness::Common),
            ("M0tdepasse2026!", Weakness::Common),
            ("12345678", Weakness::Common),
            ("aaaaaaaaaa", Weakness::Common),
            ("soleil1234", Weakness::Common),
            ("elodieroux09", Weakness::Personal),
            ("ROUX.elodie!", Weakness::Personal),
        ] {
            let chosen = Password::choose(bad, 8, &["Élodie", "Roux", "elodie.roux"]);
            assert_eq!(chosen.err(), Some(expected), "{bad}");
        }
        assert!(
            Password::choose(&"é ".repeat(64), 8, &[]).is_err(),
            "two characters taking turns"
        );
        assert!(Password::typed(&"x".repeat(1025)).is_none());
        assert!(Password::typed(&"x".repeat(1024)).is_some());
    }

    #[test]
    fn pwd_02_two_ways_to_type_an_accent_are_one_password() {
        let composed = Password::typed("caf\u{e9} noir").expect("short enough");
        let decomposed = Password::typed("cafe\u{301} noir").expect("short enough");
        assert_eq!(composed.expose(), decomposed.expose());
    }
}

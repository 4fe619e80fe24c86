//! UAI (ex RNE): the identifier of a French school, 7 digits and a check letter.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A UAI by its form: seven digits (or `2A`/`2B` and five digits) and a capital letter. The check
/// letter may be wrong: pseudo-structures of real feeds (`1004001V`) fail it, so it is
/// [reported](Uai::check_letter_holds), never a reason to refuse.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Uai(String);

/// A text that has not the form of a UAI.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a UAI: seven digits and a letter, as in 0310001A")]
pub struct NotUai(String);

impl Uai {
    /// The eight characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the letter is the one that the number asks for: the number modulo 23 as an index into
    /// the alphabet without I, O and Q.
    pub fn check_letter_holds(&self) -> bool {
        const LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";
        let (number, letter) = self.0.split_at(7);
        // Corsica is written 2A and 2B, and counted as 620 and 720 in three digits.
        let number = match number.as_bytes() {
            [b'2', b'A', rest @ ..] => format!("62{}", String::from_utf8_lossy(rest)),
            [b'2', b'B', rest @ ..] => format!("72{}", String::from_utf8_lossy(rest)),
            _ => number.to_owned(),
        };
        let index = number.parse::<usize>().map(|number| number % 23);
        index.ok().and_then(|index| LETTERS.get(index)) == letter.as_bytes().first()
    }

    /// `031` for Haute-Garonne: the first three characters.
    pub fn department(&self) -> &str {
        self.0.get(..3).unwrap_or_default()
    }
}

impl TryFrom<String> for Uai {
    type Error = NotUai;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let upper = text.trim().to_ascii_uppercase();
        let (number, letter) = match upper.len() {
            8 if upper.is_ascii() => upper.split_at(7),
            _ => return Err(NotUai(text)),
        };
        let corsica = number.starts_with("2A") || number.starts_with("2B");
        let digits = if corsica {
            number.get(2..).unwrap_or_default()
        } else {
            number
        };
        let good = digits.bytes().all(|byte| byte.is_ascii_digit())
            && letter.bytes().all(|byte| byte.is_ascii_uppercase());
        if good {
            Ok(Self(upper))
        } else {
            Err(NotUai(text))
        }
    }
}

impl FromStr for Uai {
    type Err = NotUai;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::try_from(text.to_owned())
    }
}

impl From<Uai> for String {
    fn from(uai: Uai) -> Self {
        uai.0
    }
}

impl fmt::Display for Uai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_letters_of_real_schools_hold() {
        for uai in [
            "0290009C", "0790031E", "0410017W", "0441550W", "0490910Y", "0492285T", "0380083J",
        ] {
            assert!(uai.parse::<Uai>().expect(uai).check_letter_holds(), "{uai}");
        }
    }

    #[test]
    fn pseudo_structures_are_read_and_told_apart() {
        let pseudo: Uai = "1004001V".parse().expect("form");
        assert!(!pseudo.check_letter_holds());
    }

    #[test]
    fn other_texts_are_refused() {
        for bad in ["", "031000A", "03100011", "0310001é", "031 001A", "éééé"] {
            assert!(bad.parse::<Uai>().is_err(), "{bad}");
        }
        assert_eq!(
            "0290009c".parse::<Uai>().expect("case").as_str(),
            "0290009C"
        );
    }
}

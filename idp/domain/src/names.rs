//! Logins made from names, and names compared across spellings. Never says which login is taken:
//! that is storage's.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A login in the one form in which it is stored, compared and shown: ASCII lower case, digits, `.`,
/// `-`, `_`. So restricted, no two logins look alike in another script (ADM-13).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LoginName(String);

/// Longest login, in characters.
pub const LONGEST: usize = 64;

/// A text that cannot be a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a login has 3 to 64 letters without accents, digits, dots, hyphens or underscores")]
pub struct NotALogin;

impl LoginName {
    /// Reads what somebody typed in the login field. Accents, capitals and spaces around are
    /// forgiven: a child who writes `Élodie.Roux` means `elodie.roux`.
    pub fn typed(text: &str) -> Result<Self, NotALogin> {
        let text = text.trim();
        if text.len() > 4 * LONGEST {
            return Err(NotALogin);
        }
        let folded = fold(text);
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let good = (3..=LONGEST).contains(&folded.len()) && folded.bytes().all(allowed);
        if good {
            Ok(Self(folded))
        } else {
            Err(NotALogin)
        }
    }

    /// `prenom.nom`, and for the second person of that name `prenom.nom2`. `number` counts from 1.
    pub fn of_person(given: &str, family: &str, number: u64) -> Self {
        let given = part(given, 28);
        let family = part(family, 28);
        let base = match (given.is_empty(), family.is_empty()) {
            (false, false) => format!("{given}.{family}"),
            // Names in another script fold to nothing; the number still tells people apart.
            (true, true) => "compte.ent".to_owned(),
            (false, true) => format!("{given}.ent"),
            (true, false) => format!("{family}.ent"),
        };
        Self(if number <= 1 {
            base
        } else {
            format!("{base}{number}")
        })
    }

    /// The login's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LoginName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoginName({})", self.0)
    }
}

impl TryFrom<String> for LoginName {
    type Error = NotALogin;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::typed(&text)
    }
}

impl From<LoginName> for String {
    fn from(login: LoginName) -> Self {
        login.0
    }
}

/// A name or a reason as somebody typed it, fit for a page and a log: one line in NFC, without control characters.
pub fn one_line(text: &str) -> String {
    let words: Vec<String> = text
        .nfc()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect::<String>()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    words.join(" ")
}

/// Lower case without accents: `Ñuño` becomes `nuno`, `Œuvrard` becomes `oeuvrard`. Characters that
/// have no ASCII counterpart stay as they are.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'œ' | 'Œ' => folded.push_str("oe"),
            'æ' | 'Æ' => folded.push_str("ae"),
            'ß' | 'ẞ' => folded.push_str("ss"),
            'ø' | 'Ø' => folded.push('o'),
            'ł' | 'Ł' => folded.push('l'),
            'đ' | 'Đ' | 'ð' | 'Ð' => folded.push('d'),
            'þ' | 'Þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            '’' | 'ʼ' => folded.push('\''),
            '‐' | '‑' | '–' => folded.push('-'),
            _ => folded.extend(c.to_lowercase()),
        }
    }
    folded
}

/// A name as one word for comparison: folded, without spaces, hyphens and apostrophes.
pub fn comparable(name: &str) -> String {
    fold(name).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// One half of a login: letters and digits, words joined by single hyphens, apostrophes dropped
/// (`d'Arcy` is `darcy`), at most `longest` characters and never ending in a hyphen.
fn part(name: &str, longest: usize) -> String {
    let mut part = String::new();
    for c in fold(name).chars() {
        match c {
            'a'..='z' | '0'..='9' => part.push(c),
            '\'' => {}
            _ if part.is_empty() || part.ends_with('-') => {}
            _ if c.is_alphanumeric() => {}
            _ => part.push('-'),
        }
    }
    part.truncate(longest);
    part.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_readable() {
        for (given, family, number, expected) in [
            ("Élodie", "Roux", 1, "elodie.roux"),
            (
                "Jean-Noël",
                "d’Œuvrard de la Tour",
                1,
                "jean-noel.doeuvrard-de-la-tour",
            ),
            ("Kù", "Long", 2, "ku.long2"),
            ("Marie Ange", "LE GOFF", 3, "marie-ange.le-goff3"),
            ("李", "王", 1, "compte.ent"),
            ("", "Ñuño", 1, "nuno.ent"),
        ] {
            assert_eq!(
                LoginName::of_person(given, family, number).as_str(),
                expected
            );
        }
        let long = LoginName::of_person(&"a".repeat(99), &"b ".repeat(99), 12_345);
        assert!(LoginName::typed(long.as_str()).is_ok_and(|typed| typed == long));
    }

    #[test]
    fn adm_13_what_is_typed_meets_what_is_stored() {
        for typed in [
            "Elodie.Roux",
            " élodie.roux ",
            "ÉLODIE.ROUX",
            "ｅlodie.roux",
        ] {
            assert_eq!(
                LoginName::typed(typed).expect(typed).as_str(),
                "elodie.roux"
            );
        }
        // Cyrillic letters that look Latin are not folded and so never match.
        for bad in ["", "ab", "еlodie.roux", "a b c", "x\0y", &"a".repeat(65)] {
            assert!(LoginName::typed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn spellings_compare_equal() {
        assert_eq!(comparable("D'Arcy-Le Goff"), comparable("d’arcy le-GOFF"));
    }

    proptest::proptest! {
        #[test]
        fn adm_13_a_login_that_is_made_or_typed_reads_back_as_itself(
            given in ".{0,60}",
            family in ".{0,60}",
            number in 0_u64..1_000_000,
        ) {
            let made = LoginName::of_person(&given, &family, number);
            proptest::prop_assert_eq!(LoginName::typed(made.as_str()), Ok(made));
            if let Ok(typed) = LoginName::typed(&given) {
                proptest::prop_assert_eq!(LoginName::typed(typed.as_str()), Ok(typed));
            }
        }

        #[test]
        fn nothing_that_is_typed_panics(text in "\\PC{0,200}") {
            let refused = crate::password::Refused::default();
            let _ = crate::password::Password::choose(&text, 8, &[&text, "Élodie"], &refused);
            let _ = crate::password::Password::choose(&text, 8, &["Élodie"], &refused);
            let _ = crate::language::Language::negotiate(&text);
            let _ = crate::person::BirthDate::from_french(&text);
            let _ = text.parse::<crate::uai::Uai>().map(|uai| uai.check_letter_holds());
        }
    }
}

//! Text of others, made fit to be kept: NFC, on one line, without what nobody sees. Never decides what a text
//! means, and never touches what somebody is recognised by: that is taken as it is or not at all.

use unicode_normalization::UnicodeNormalization;

/// Characters that nobody sees but that change what a text is taken for: controls, marks of
/// direction, zero-width characters, what Unicode does not assign to text at all.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF0}'..='\u{FFFB}' | '\u{FFFE}' | '\u{FFFF}'
            | '\u{E0000}'..='\u{E007F}')
}

/// A text on one line, in NFC, without invisible characters. None where nothing is left, or more than
/// `longest` characters are: what is too long is not what it says it is.
pub(crate) fn line(value: &str, longest: usize) -> Option<String> {
    tidy(value, longest, false)
}

/// The same of a name. What separates fields in the notations of national education (`$`, `|`) becomes a
/// space, as in the feeds: a name that held it would later be read as two (FED-08, IMP-09).
pub(crate) fn name(value: &str, longest: usize) -> Option<String> {
    tidy(value, longest, true)
}

fn tidy(value: &str, longest: usize, of_name: bool) -> Option<String> {
    // No character takes more than four bytes, and normalising does not make many of one.
    if value.len() > longest.saturating_mul(16) {
        return None;
    }
    let seen = value.chars().filter_map(|c| match c {
        '$' | '|' if of_name => Some(' '),
        c if c.is_whitespace() => Some(' '),
        c if is_invisible(c) => None,
        c => Some(c),
    });
    // Last, because what was removed may have stood between a letter and its accent.
    let normal: String = seen.nfc().collect();
    let words: Vec<&str> = normal.split_whitespace().collect();
    let line = words.join(" ");
    (!line.is_empty() && line.chars().count() <= longest).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_tidied_and_what_is_too_long_is_none() {
        for (value, as_line, as_name) in [
            (" Rouquette ", Some("Rouquette"), Some("Rouquette")),
            ("d\u{2019}A\u{301}rcy", Some("d’Árcy"), Some("d’Árcy")),
            ("Le\n\t Goff\u{200B}", Some("Le Goff"), Some("Le Goff")),
            ("A|B$C", Some("A|B$C"), Some("A B C")),
            ("|", Some("|"), None),
            (" \u{202E}\0 ", None, None),
            ("", None, None),
        ] {
            assert_eq!(line(value, 20).as_deref(), as_line, "{value:?}");
            assert_eq!(name(value, 20).as_deref(), as_name, "{value:?}");
        }
        assert_eq!(line(&"é".repeat(200), 200), Some("é".repeat(200)));
        assert_eq!(line(&"é".repeat(201), 200), None);
        assert_eq!(line(&" ".repeat(10_000), 200), None);
    }

    proptest::proptest! {
        #[test]
        fn what_is_tidy_stays_as_it_is(value in "\\PC{0,40}|[ $|a-z\u{0}\u{301}\u{200B}é]{0,40}") {
            for tidied in [line(&value, 60), name(&value, 60)].into_iter().flatten() {
                proptest::prop_assert!(!tidied.chars().any(is_invisible));
                proptest::prop_assert_eq!(line(&tidied, 60), Some(tidied));
            }
        }
    }
}

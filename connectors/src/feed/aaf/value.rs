//! Values of a feed as clean text (IMP-09). Owns what may be left in a text: NFC, no control or
//! invisible characters, no separators, no HTML, a length. Never decides what a text means.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use crate::text::is_invisible;

/// Rounds in which HTML entities are undone: values escaped three times were never met.
const UNESCAPE_ROUNDS: usize = 3;
/// Longest HTML entity that is known, without `&` and `;`.
const ENTITY_LIMIT: usize = 8;

/// A cleaned text and what had to be done to it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cleaned {
    pub(super) text: String,
    /// Control or invisible characters were removed.
    pub(super) controls: bool,
    /// HTML entities were undone.
    pub(super) entities: bool,
    /// `$` or `|` became a space.
    pub(super) separators: bool,
    /// The text was cut.
    pub(super) cut: bool,
}

/// Cleans a value of at most `longest` characters.
pub(super) fn clean(value: &str, longest: usize) -> Cleaned {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'$' | b'|');
    let value = value.trim_ascii();
    if value.len() <= longest && value.bytes().all(plain) {
        return Cleaned {
            text: value.to_owned(),
            ..Cleaned::default()
        };
    }
    let mut cleaned = Cleaned::default();
    let mut value = value.to_owned();
    for _ in 0..UNESCAPE_ROUNDS {
        let Some(undone) = unescape(&value) else {
            break;
        };
        cleaned.entities = true;
        value = undone;
    }
    for c in value.chars() {
        match c {
            '$' | '|' => {
                cleaned.separators = true;
                cleaned.text.push(' ');
            }
            // A line that was broken for layout is one space.
            '\t' | '\n' | '\r' if cleaned.text.ends_with(' ') => {}
            c if c.is_whitespace() => cleaned.text.push(' '),
            c if is_invisible(c) => cleaned.controls = true,
            c => cleaned.text.push(c),
        }
    }
    // Last, because what was removed may have stood between a letter and its accent.
    if is_nfc_quick(cleaned.text.chars()) != IsNormalized::Yes {
        cleaned.text = cleaned.text.nfc().collect();
    }
    let trimmed = cleaned.text.trim();
    let kept = match trimmed.char_indices().nth(longest) {
        Some((end, _)) => {
            cleaned.cut = true;
            trimmed.get(..end).unwrap_or_default().trim_end()
        }
        None => trimmed,
    };
    cleaned.text = kept.to_owned();
    cleaned
}

/// Undoes HTML entities that are known. Nothing where there is none.
fn unescape(value: &str) -> Option<String> {
    let mut undone = String::new();
    let mut found = false;
    let mut rest = value;
    while let Some(position) = rest.find('&') {
        let (before, from) = rest.split_at(position);
        let window = from.bytes().skip(1).take(ENTITY_LIMIT + 1);
        let length = window.take_while(|byte| *byte != b';').count();
        let entity = from
            .get(1..=length)
            .filter(|_| from.as_bytes().get(length + 1) == Some(&b';'));
        undone.push_str(before);
        let (c, used) = match entity.and_then(character) {
            Some(c) => (c, length + 2),
            None => ('&', 1),
        };
        undone.push(c);
        found |= used > 1;
        rest = from.get(used..).unwrap_or_default();
    }
    undone.push_str(rest);
    found.then_some(undone)
}

/// The character of an HTML entity: numeric, those of XML, and the letters and signs of French.
fn character(entity: &str) -> Option<char> {
    if let Some(number) = entity.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
            None => number.parse(),
        };
        return code.ok().and_then(char::from_u32);
    }
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "rsquo" | "lsquo" => '’',
        "ndash" | "mdash" => '-',
        "deg" => '°',
        "euro" => '€',
        "agrave" => 'à',
        "acirc" => 'â',
        "auml" => 'ä',
        "aelig" => 'æ',
        "ccedil" => 'ç',
        "egrave" => 'è',
        "eacute" => 'é',
        "ecirc" => 'ê',
        "euml" => 'ë',
        "icirc" => 'î',
        "iuml" => 'ï',
        "ntilde" => 'ñ',
        "ocirc" => 'ô',
        "ouml" => 'ö',
        "oelig" => 'œ',
        "ugrave" => 'ù',
        "ucirc" => 'û',
        "uuml" => 'ü',
        "yuml" => 'ÿ',
        "Agrave" => 'À',
        "Acirc" => 'Â',
        "Auml" => 'Ä',
        "AElig" => 'Æ',
        "Ccedil" => 'Ç',
        "Egrave" => 'È',
        "Eacute" => 'É',
        "Ecirc" => 'Ê',
        "Euml" => 'Ë',
        "Icirc" => 'Î',
        "Iuml" => 'Ï',
        "Ntilde" => 'Ñ',
        "Ocirc" => 'Ô',
        "Ouml" => 'Ö',
        "OElig" => 'Œ',
        "Ugrave" => 'Ù',
        "Ucirc" => 'Û',
        "Uuml" => 'Ü',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cleaned(value: &str) -> String {
        clean(value, 40).text
    }

    #[test]
    fn imp_09_text_is_nfc_and_visible() {
        assert_eq!(cleaned("E\u{301}lodie"), "Élodie");
        assert_eq!(cleaned(" Anne\u{A0}Marie \n"), "Anne Marie");
        assert_eq!(cleaned("1 RUE\r\n  DU PUITS"), "1 RUE   DU PUITS");
        let hidden = clean("Ro\u{202E}ux\u{7}\u{200B}", 40);
        assert_eq!((hidden.text.as_str(), hidden.controls), ("Roux", true));
    }

    #[test]
    fn imp_09_lengths_are_capped_by_characters() {
        let long = clean(&"é".repeat(41), 40);
        assert_eq!((long.text.chars().count(), long.cut), (40, true));
        assert!(!clean(&"é".repeat(40), 40).cut);
        assert_eq!(clean("abc def", 4).text, "abc");
    }

    #[test]
    fn imp_09_separators_do_not_pass() {
        let odd = clean("6A|LATIN$", 40);
        assert_eq!((odd.text.as_str(), odd.separators), ("6A LATIN", true));
    }

    #[test]
    fn html_entities_are_undone_and_mean_nothing() {
        assert_eq!(
            cleaned("L&apos;Ha&yuml;-les-Roses &amp;amp; co"),
            "L'Haÿ-les-Roses & co"
        );
        assert_eq!(cleaned("&#201;lodie &#xE9;t &lt;b&gt;"), "Élodie ét <b>");
        assert_eq!(
            cleaned("R&D; &unknown; A & B &#xD800; &#0;"),
            "R&D; &unknown; A & B &#xD800;"
        );
        assert!(clean("caf&eacute;", 40).entities);
        assert!(!clean("A & B", 40).entities);
        assert_eq!(cleaned("&#36;&#124;x"), "x");
        // An entity that would be longer than any ends the look-out, also inside a character.
        assert_eq!(cleaned("&éééééééé;&;&"), "&éééééééé;&;&");
    }

    proptest! {
        #[test]
        fn imp_09_whatever_comes_in_is_clean(value in any::<String>(), longest in 1_usize..60) {
            let text = clean(&value, longest).text;
            prop_assert!(text.chars().count() <= longest);
            prop_assert!(!text.contains(['$', '|']));
            prop_assert!(!text.chars().any(is_invisible));
            prop_assert_eq!(text.trim(), text.as_str());
            prop_assert!(text.nfc().eq(text.chars()));
            let again = clean(&text, longest).text;
            prop_assert!(again == text || text.contains('&'));
        }
    }
}

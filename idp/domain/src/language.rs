//! The languages of pages and mails, and how a browser's wish picks one.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language that every page exists in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// French: the default.
    #[default]
    Fr,
    /// Occitan.
    Oc,
    /// English.
    En,
}

impl Language {
    /// All of them, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::Fr, Self::Oc, Self::En];

    /// BCP 47 tag, for the `lang` attribute.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::Oc => "oc",
            Self::En => "en",
        }
    }

    /// The language's own name, for the switch.
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Fr => "Français",
            Self::Oc => "Occitan",
            Self::En => "English",
        }
    }

    /// The best of our languages for an `Accept-Language` header (RFC 9110 §12.5.4); French when
    /// none fits or the header makes no sense.
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best = (0, Self::Fr);
        for wish in accept_language.split(',').take(20) {
            let (tag, rest) = wish.split_once(';').unwrap_or((wish, "q=1"));
            let primary = tag.trim().split('-').next().unwrap_or_default();
            let Ok(language) = primary.to_ascii_lowercase().parse() else {
                continue;
            };
            let quality = rest
                .trim()
                .strip_prefix("q=")
                .and_then(|q| q.parse::<f32>().ok());
            let quality = (quality.unwrap_or(0.0).clamp(0.0, 1.0) * 1000.0) as u32;
            if quality > best.0 {
                best = (quality, language);
            }
        }
        best.1
    }
}

/// A tag that is none of our languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of fr, oc, en")]
pub struct UnknownLanguage;

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|language| language.tag() == text)
            .ok_or(UnknownLanguage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_s_wish_is_followed() {
        for (header, expected) in [
            ("", Language::Fr),
            ("de-DE,de;q=0.9", Language::Fr),
            ("en-GB,en;q=0.9,fr;q=0.8", Language::En),
            ("oc,fr;q=0.9", Language::Oc),
            ("de,oc;q=0.3,en;q=0.2", Language::Oc),
            ("fr;q=0,en;q=0.1", Language::En),
            ("en;q=x,,;;q=", Language::Fr),
        ] {
            assert_eq!(Language::negotiate(header), expected, "{header}");
        }
    }
}

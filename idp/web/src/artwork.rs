//! Marks of the identity services among which people choose, drawn for this hub: the official artwork has to
//! be had from its owners, so these keep to their colours and their wording only. Whoever has the official
//! files puts them into [`Artwork::svg`] and nowhere else. Beside words that say the same, so hidden from
//! screen readers; nothing in them comes from outside (WEB-02).

use clau_domain::connector::ConnectorProfile;

/// How a source looks where people choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Artwork {
    /// As every other choice.
    #[default]
    Plain,
    /// ÉduConnect.
    Educonnect,
    /// FranceConnect: a button of its own, whose words are fixed.
    Franceconnect,
    /// ProConnect: the same.
    Proconnect,
}

/// A mortarboard.
const EDUCONNECT: &str =
    r#"<path d="M12 4L2 9l10 5 10-5zM6 11.5V16c2 2.5 10 2.5 12 0v-4.5M22 9v6"/>"#;
/// Two rings that hold each other, in the three colours on blue.
const FRANCECONNECT: &str = r##"<circle cx="9" cy="12" r="5.5" stroke="#fff"/><path d="M12.6 7.8a5.5 5.5 0 1 1-1 7.2" stroke="#ff5c66"/>"##;
/// A briefcase, in the same colours.
const PROCONNECT: &str =
    r##"<path d="M4 8h16v11H4zM9 8V5h6v3" stroke="#fff"/><path d="M4 13h16" stroke="#ff5c66"/>"##;
/// A door.
const PLAIN: &str = r#"<path d="M14 4h5v16h-5M4 12h11M11 8l4 4-4 4"/>"#;

impl Artwork {
    /// What people know sources of a kind by.
    pub const fn of(profile: ConnectorProfile) -> Self {
        match profile {
            ConnectorProfile::Educonnect => Self::Educonnect,
            ConnectorProfile::Franceconnect => Self::Franceconnect,
            ConnectorProfile::Proconnect => Self::Proconnect,
            ConnectorProfile::Plain
            | ConnectorProfile::Academie
            | ConnectorProfile::Renater
            | ConnectorProfile::Agriculture => Self::Plain,
        }
    }

    /// The drawing.
    pub(crate) fn svg(self) -> String {
        let shape = match self {
            Self::Plain => PLAIN,
            Self::Educonnect => EDUCONNECT,
            Self::Franceconnect => FRANCECONNECT,
            Self::Proconnect => PROCONNECT,
        };
        format!(
            r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{shape}</svg>"#
        )
    }

    /// The style of its choice.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "by-plain",
            Self::Educonnect => "by-educonnect",
            Self::Franceconnect | Self::Proconnect => "by-state",
        }
    }

    /// The name that stands after "identify with", where the words are fixed.
    pub(crate) const fn brand(self) -> Option<&'static str> {
        match self {
            Self::Franceconnect => Some("FranceConnect"),
            Self::Proconnect => Some("ProConnect"),
            Self::Plain | Self::Educonnect => None,
        }
    }

    /// Where people read what it is; below the choice, as its owners ask.
    pub(crate) const fn about(self) -> Option<&'static str> {
        match self {
            Self::Franceconnect => Some("https://franceconnect.gouv.fr/"),
            Self::Proconnect => Some("https://www.proconnect.gouv.fr/"),
            Self::Plain | Self::Educonnect => None,
        }
    }
}

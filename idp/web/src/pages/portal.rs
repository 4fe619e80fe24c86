//! The portal: tiles, announcements, for whom or where.

use askama::Template;

use super::context::Chooser;
use super::{Frame, Page, ProfileLine};
use crate::icons::Icon;

/// The portal.
#[derive(Debug, Template)]
#[template(path = "portal.html")]
pub struct PortalPage {
    /// Around it.
    pub frame: Frame,
    /// First name.
    pub name: String,
    /// What was searched for; empty shows everything.
    pub query: String,
    /// For which child, or in which school.
    pub chooser: Chooser,
    /// Announcements.
    pub announcements: Vec<Announcement>,
    /// Favourites first, then category by category.
    pub sections: Vec<Section>,
    /// How many tiles fit the search.
    pub found: usize,
}

impl Page for PortalPage {}

/// An announcement.
#[derive(Clone, Debug)]
pub struct Announcement {
    /// Headline.
    pub title: String,
    /// Plain text with line breaks.
    pub text: String,
    /// Who speaks; `None` for the region.
    pub structure: Option<String>,
}

impl Announcement {
    pub(crate) fn lines(&self) -> impl Iterator<Item = &str> {
        self.text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
    }
}

/// A heading with its tiles.
#[derive(Clone, Debug)]
pub struct Section {
    /// Text of the heading.
    pub title_key: &'static str,
    /// Tiles.
    pub tiles: Vec<Tile>,
}

/// One service.
#[derive(Clone, Debug)]
pub struct Tile {
    /// Identifier of the service.
    pub id: String,
    /// Title.
    pub title: String,
    /// One sentence; may be empty.
    pub description: String,
    /// Drawing.
    pub icon: Icon,
    /// Colour of the drawing's ground, 1 to 6: a help for the eye only.
    pub tint: usize,
    /// Where it leads: an address checked when the service was registered.
    pub href: String,
    /// Why the person may use it.
    pub reasons: Vec<ProfileLine>,
    /// Whether it is a favourite.
    pub favourite: bool,
}

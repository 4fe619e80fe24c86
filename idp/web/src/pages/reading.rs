//! Pages that are only read: the charter and the accessibility statement.

use askama::Template;

use super::{Frame, Page};

/// The charter, for anybody.
#[derive(Debug, Template)]
#[template(path = "charter.html")]
pub struct CharterPage {
    /// Around it.
    pub frame: Frame,
    /// Version of the charter; may be empty.
    pub version: String,
}

impl Page for CharterPage {}

/// The accessibility statement that French law asks for.
#[derive(Debug, Template)]
#[template(path = "accessibility.html")]
pub struct AccessibilityPage {
    /// Around it.
    pub frame: Frame,
}

impl Page for AccessibilityPage {}

//! Icons as inline SVG: drawn for this hub on a 24 × 24 grid, in the text's own colour. Always beside
//! words, so hidden from screen readers. The only markup that templates take unescaped, and all of it
//! is written here (WEB-02).

/// A drawing of the built-in set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icon {
    name: &'static str,
    shape: &'static str,
}

/// The set by name: what a service's registration may name in `tile.icon`.
const SET: &[Icon] = &[
    icon(
        "app",
        r#"<rect x="4" y="4" width="7" height="7" rx="1.5"/><rect x="13" y="4" width="7" height="7" rx="1.5"/><rect x="4" y="13" width="7" height="7" rx="1.5"/><rect x="13" y="13" width="7" height="7" rx="1.5"/>"#,
    ),
    icon(
        "bell",
        r#"<path d="M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4"/>"#,
    ),
    icon(
        "book",
        r#"<path d="M5 4h5a2 2 0 0 1 2 2v14a2 2 0 0 0-2-2H3V5M19 4h-5a2 2 0 0 0-2 2v14a2 2 0 0 1 2-2h7V5"/>"#,
    ),
    icon(
        "bus",
        r#"<rect x="4" y="4" width="16" height="13" rx="2"/><path d="M4 11h16M12 4v7M7 17v3M17 17v3M7 14h1M16 14h1"/>"#,
    ),
    icon(
        "calculator",
        r#"<rect x="5" y="3" width="14" height="18" rx="2"/><path d="M8 7h8M8 12h1M12 12h1M16 12h.01M8 16h1M12 16h1M16 16h.01"/>"#,
    ),
    icon(
        "calendar",
        r#"<rect x="4" y="5" width="16" height="15" rx="2"/><path d="M4 10h16M8 3v4M16 3v4"/>"#,
    ),
    icon(
        "chart",
        r#"<path d="M4 20V4M4 20h16M9 16v-4M13 16V8M17 16v-6"/>"#,
    ),
    icon(
        "clipboard",
        r#"<rect x="5" y="5" width="14" height="16" rx="2"/><path d="M9 5V3h6v2M9 11h6M9 15h4"/>"#,
    ),
    icon(
        "coin",
        r#"<circle cx="12" cy="12" r="8.5"/><path d="M15 8.5a4.5 4.5 0 1 0 0 7M7.5 11h5M7.5 13.5h4"/>"#,
    ),
    icon(
        "compass",
        r#"<circle cx="12" cy="12" r="9"/><path d="M15.5 8.5l-2 5-5 2 2-5z"/>"#,
    ),
    icon(
        "film",
        r#"<rect x="4" y="5" width="16" height="14" rx="2"/><path d="M8 5v14M16 5v14M4 12h16"/>"#,
    ),
    icon(
        "flask",
        r#"<path d="M10 3h4M11 3v6l-6 10a1.4 1.4 0 0 0 1.2 2h11.6a1.4 1.4 0 0 0 1.2-2L13 9V3M7.5 15h9"/>"#,
    ),
    icon("folder", r#"<path d="M3 6h6l2 2h10v11H3z"/>"#),
    icon(
        "fork",
        r#"<path d="M7 3v8M4 3v5a3 3 0 0 0 6 0V3M7 11v10M17 3c-2 1-3 4-3 7h3zM17 10v11"/>"#,
    ),
    icon(
        "globe",
        r#"<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18"/>"#,
    ),
    icon(
        "heart",
        r#"<path d="M12 20S4 15 4 9a4 4 0 0 1 8-1 4 4 0 0 1 8 1c0 6-8 11-8 11z"/>"#,
    ),
    icon(
        "key",
        r#"<circle cx="8" cy="8" r="4.5"/><path d="M11.2 11.2L20 20M16 16l2.5-2.5M18.5 18.5l1.5-1.5"/>"#,
    ),
    icon(
        "mail",
        r#"<rect x="3" y="5" width="18" height="14" rx="2"/><path d="M3.5 7l8.5 6 8.5-6"/>"#,
    ),
    icon(
        "music",
        r#"<circle cx="7" cy="18" r="3"/><circle cx="17" cy="16" r="3"/><path d="M10 18V6l10-2v12"/>"#,
    ),
    icon(
        "notebook",
        r#"<rect x="6" y="3" width="13" height="18" rx="2"/><path d="M4 7h4M4 12h4M4 17h4M11 8h5M11 12h5"/>"#,
    ),
    icon("pen", r#"<path d="M4 20l1-5L16 4l4 4L9 19zM14 6l4 4"/>"#),
    icon(
        "school",
        r#"<path d="M3 21h18M5 21v-9l7-5 7 5v9M12 7V3h4v2h-4M10 21v-4h4v4M9 13h.01M15 13h.01"/>"#,
    ),
    icon(
        "shield",
        r#"<path d="M12 3l8 3v5c0 5-3.5 8.5-8 10-4.5-1.5-8-5-8-10V6zM9 12l2 2 4-4"/>"#,
    ),
    icon(
        "star",
        r#"<path d="M12 3.5l2.6 5.4 5.9.8-4.3 4.1 1 5.9-5.2-2.8-5.2 2.8 1-5.9L3.5 9.7l5.9-.8z"/>"#,
    ),
    icon(
        "users",
        r#"<circle cx="9" cy="8" r="3.5"/><path d="M3 20a6 6 0 0 1 12 0M16 4.7a3.5 3.5 0 0 1 0 6.6M17.5 14.5A6 6 0 0 1 21 20"/>"#,
    ),
    // Used by pages, not by tiles; a registration may name them all the same.
    icon(
        "paper",
        r#"<path d="M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6"/>"#,
    ),
    icon(
        "info",
        r#"<circle cx="12" cy="12" r="9"/><path d="M12 11v5M12 8h.01"/>"#,
    ),
    icon("alert", r#"<path d="M12 3L2.5 20h19zM12 10v4M12 17h.01"/>"#),
    icon(
        "search",
        r#"<circle cx="11" cy="11" r="6.5"/><path d="M16 16l5 5"/>"#,
    ),
    icon(
        "screen",
        r#"<rect x="3" y="4" width="18" height="12" rx="2"/><path d="M9 20h6M12 16v4"/>"#,
    ),
    icon("check", r#"<path d="M4 12.5l5.5 5.5L20 7"/>"#),
    icon("cross", r#"<path d="M6 6l12 12M18 6L6 18"/>"#),
    icon(
        "person",
        r#"<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5a7.5 7.5 0 0 1 15 0"/>"#,
    ),
];

const fn icon(name: &'static str, shape: &'static str) -> Icon {
    Icon { name, shape }
}

impl Icon {
    /// The icon of that name; a plain square of tiles when there is none.
    pub fn named(name: &str) -> Self {
        let found = SET.iter().find(|icon| icon.name == name).or(SET.first());
        found.copied().unwrap_or(icon("", ""))
    }

    /// Names of the set, for the messages of `clau apply`.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SET.iter().map(|icon| icon.name)
    }

    /// The element. Nothing in it comes from outside.
    pub fn svg(self) -> String {
        format!(
            r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>"#,
            self.shape
        )
    }
}

/// The element of an icon by name, for templates.
pub(crate) fn svg(name: &str) -> String {
    Icon::named(name).svg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn web_02_an_unknown_name_never_reaches_the_markup() {
        let drawn = Icon::named("\"><script>").svg();
        assert_eq!(drawn, Icon::named("app").svg());
        assert!(!drawn.contains("script"));
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = Icon::names().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
